-- Numbers of references, as many as are asked for. An array of numbers finds its n-th at once, one of texts reads up to
-- it, which made ten thousand references cost more than the items that they name.
CREATE FUNCTION app.next_numbers(kind text, country text, year integer, n integer) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := 'ref_' || lower(kind) || '_' || lower(country) || '_' || year;
BEGIN
    IF kind !~ '^[A-Z]{2,4}$' OR country !~ '^[A-Z]{2}$' OR year NOT BETWEEN 1900 AND 2100 OR n NOT BETWEEN 1 AND 100000
    THEN
        RAISE EXCEPTION 'not a reference' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF to_regclass('app.' || name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(name, 7));
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS app.%I', name);
    END IF;
    RETURN (SELECT array_agg(v ORDER BY v)
            FROM (SELECT nextval(('app.' || name)::regclass) AS v FROM generate_series(1, n)) s);
END $$;
GRANT EXECUTE ON FUNCTION app.next_numbers(text, text, integer, integer) TO bmp_app, bmp_worker;

-- How a number is printed: six digits at least.
CREATE FUNCTION app.reference(kind text, country text, year integer, number bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN kind || '-' || country || '-' || year::text || '-'
    || CASE WHEN number < 1000000 THEN lpad(number::text, 6, '0') ELSE number::text END;
GRANT EXECUTE ON FUNCTION app.reference(text, text, integer, bigint) TO bmp_app, bmp_worker;

CREATE OR REPLACE FUNCTION app.next_references(kind text, country text, year integer, n integer) RETURNS text[]
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN (SELECT array_agg(app.reference(kind, country, year, v) ORDER BY v)
        FROM unnest(app.next_numbers(kind, country, year, n)) v);
