-- Keeps the answer of a request under its idempotency key, in the message that commits what it tells about. Runs as
-- whoever calls it, under the policy of the table. Whatever is not an id, a number or a word of ours comes as
-- hexadecimal digits.
CREATE FUNCTION app.keep_answer(
    caller uuid, operation text, key_hex text, body_hash_hex text, status integer, headers_hex text, answer_hex text,
    resource text, object uuid
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.idempotency_keys
        (caller_id, operation, key, body_hash, status, headers, answer, resource, object_id)
    VALUES (caller, operation, convert_from(decode(key_hex, 'hex'), 'UTF8'), decode(body_hash_hex, 'hex'), status,
        convert_from(decode(headers_hex, 'hex'), 'UTF8')::jsonb, decode(answer_hex, 'hex'), resource, object);
END $$;
GRANT EXECUTE ON FUNCTION
    app.keep_answer(uuid, text, text, text, integer, text, text, text, uuid) TO bmp_app, bmp_worker;
