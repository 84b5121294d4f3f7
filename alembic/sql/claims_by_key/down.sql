-- Claims an idempotency key for this transaction, in the message that begins it: nobody else may run with the same key
-- until it ends (BMP01: somebody does), and it was not used before (BMP02: it was, and its answer can be looked up).
-- Each statement of a volatile function sees what was committed before it began, so no answer kept before the lock was
-- taken is missed. Runs as whoever calls it, under the policy of the table. The key comes as hexadecimal digits.
CREATE OR REPLACE FUNCTION app.claim_key(lock bigint, caller uuid, operation text, key_hex text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(lock) THEN
        RAISE EXCEPTION 'a request with this key is still running' USING ERRCODE = 'BMP01';
    END IF;
    PERFORM 1 FROM public.idempotency_keys k
    WHERE k.caller_id = claim_key.caller AND k.operation = claim_key.operation
      AND k.key = convert_from(decode(key_hex, 'hex'), 'UTF8');
    IF FOUND THEN
        RAISE EXCEPTION 'this key was used before' USING ERRCODE = 'BMP02';
    END IF;
END $$;
