CREATE OR REPLACE FUNCTION app.chain_field(value text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value IS NULL THEN '\xffffffff'::bytea
            ELSE int4send(octet_length(convert_to(value, 'UTF8'))) || convert_to(value, 'UTF8') END;
CREATE OR REPLACE FUNCTION app.micros(value timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN trunc(extract(epoch FROM value) * 1000000)::bigint::text;

CREATE OR REPLACE FUNCTION app.next_references(kind text, country text, year integer, n integer) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := 'ref_' || lower(kind) || '_' || lower(country) || '_' || year;
    prefix text := kind || '-' || country || '-' || year || '-';
BEGIN
    IF kind !~ '^[A-Z]{2,4}$' OR country !~ '^[A-Z]{2}$' OR year NOT BETWEEN 1900 AND 2100 OR n NOT BETWEEN 1 AND 100000
    THEN
        RAISE EXCEPTION 'not a reference' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF to_regclass('app.' || name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(name, 7));
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS app.%I', name);
    END IF;
    RETURN (SELECT array_agg(prefix || CASE WHEN v < 1000000 THEN lpad(v::text, 6, '0') ELSE v::text END ORDER BY v)
            FROM (SELECT nextval(('app.' || name)::regclass) AS v FROM generate_series(1, n)) s);
END $$;
DROP FUNCTION app.reference(text, text, integer, bigint);
DROP FUNCTION app.next_numbers(text, text, integer, integer);
DROP FUNCTION app.keep_answer(uuid, text, text, text, integer, text, text, text, uuid);
