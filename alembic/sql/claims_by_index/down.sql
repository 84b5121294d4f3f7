-- As before, but the key is text of the database's collation: what convert_from answers has that of its second
-- argument, a name, and compared by it the index found only the caller and the operation, and read all their keys.
CREATE OR REPLACE FUNCTION app.claim_key(lock bigint, caller uuid, operation text, key_hex text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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
