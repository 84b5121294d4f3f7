-- As before, but by the index whatever the table's statistics say: keys are taken away at night, a connection plans its
-- first claim while there are none, and would read the whole table with each later one until somebody analyses it.
CREATE OR REPLACE FUNCTION app.claim_key(lock bigint, caller uuid, operation text, key_hex text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
    wanted text := convert_from(decode(key_hex, 'hex'), 'UTF8');
BEGIN
    IF NOT pg_try_advisory_xact_lock(lock) THEN
        RAISE EXCEPTION 'a request with this key is still running' USING ERRCODE = 'BMP01';
    END IF;
    PERFORM 1 FROM public.idempotency_keys k
    WHERE k.caller_id = claim_key.caller AND k.operation = claim_key.operation AND k.key = wanted;
    IF FOUND THEN
        RAISE EXCEPTION 'this key was used before' USING ERRCODE = 'BMP02';
    END IF;
END $$;
