-- The identity of the caller, as the settings of this transaction say it; and the few pure functions that tables use.
-- A setting identifies a caller only for the service's own login roles, whose passwords nobody else has (HOUSE 4).
SET LOCAL check_function_bodies = off;

CREATE SCHEMA app;
REVOKE ALL ON SCHEMA app FROM PUBLIC;
GRANT USAGE ON SCHEMA app TO bmp_app, bmp_worker;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO bmp_app, bmp_worker;
ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE FUNCTION app.setting(name text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN session_user IN ('bmp_app', 'bmp_worker')
            THEN nullif(current_setting('app.' || name, true), '') END;

CREATE FUNCTION app.caller() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE RETURN app.setting('caller')::uuid;
CREATE FUNCTION app.person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE RETURN app.setting('person')::uuid;
CREATE FUNCTION app.org() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE RETURN app.setting('org')::uuid;
CREATE FUNCTION app.has(flag text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(position(flag IN app.setting('flags')) > 0, false);
CREATE FUNCTION app.see() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(app.setting('see')::uuid[], '{}');
CREATE FUNCTION app.manage() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(app.setting('manage')::uuid[], '{}');
CREATE FUNCTION app.joined() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(app.setting('joined')::uuid[], '{}');

-- Whole subtrees below the caller's agencies. They read the closure as its owner: the caller's own rows decide nothing.
CREATE FUNCTION app.below(roots uuid[]) RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT c.descendant_id), '{}') FROM public.agency_closure c
    WHERE c.ancestor_id = ANY (roots)
$$;
CREATE FUNCTION app.agencies() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN app.setting('roots') IS NULL THEN '{}'::uuid[] ELSE app.below(app.setting('roots')::uuid[]) END;
CREATE FUNCTION app.managed_agencies() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN app.setting('manage_roots') IS NULL THEN '{}'::uuid[]
            ELSE app.below(app.setting('manage_roots')::uuid[]) END;
CREATE FUNCTION app.own_agencies() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN app.setting('own') IS NULL THEN '{}'::uuid[] ELSE app.below(app.setting('own')::uuid[]) END;

-- Accents and case folded, in four languages, without extensions; the twin of app/domain/names.py.
CREATE FUNCTION app.fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN lower(regexp_replace(regexp_replace(normalize(value, NFD), '[\u0300-\u036f\u064b-\u065f]', '', 'g'), '\s+', ' ', 'g'));

-- An exclusion constraint needs a range where btree_gist is not to be had.
CREATE TYPE app.uuidrange AS RANGE (subtype = uuid);
GRANT USAGE ON TYPE app.uuidrange TO bmp_app, bmp_worker;
CREATE FUNCTION app.one(value uuid) RETURNS app.uuidrange LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN app.uuidrange(value, value, '[]');

-- What an update changed, by column, with the new values.
CREATE FUNCTION app.difference(old jsonb, new jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(n.key, n.value), '{}') FROM jsonb_each(new) n
    WHERE n.value IS DISTINCT FROM old -> n.key AND n.key NOT IN ('folded', 'updated_at', 'version')
$$;

-- RFC 3339 in UTC with Z and microseconds, the one way in which answers print an instant.
CREATE FUNCTION app.iso(value timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE STRICT
RETURN to_char(value AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

-- Length-prefixed field of the event chain; the twin of app/domain/chain.py, which documents the format.
CREATE FUNCTION app.chain_field(value text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value IS NULL THEN '\xffffffff'::bytea
            ELSE int4send(octet_length(convert_to(value, 'UTF8'))) || convert_to(value, 'UTF8') END;
CREATE FUNCTION app.micros(value timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN trunc(extract(epoch FROM value) * 1000000)::bigint::text;
CREATE FUNCTION app.event_hash(
    item uuid, pos integer, kind text, occurred timestamptz, recorded timestamptz, actor uuid, person uuid,
    changes jsonb, payload jsonb, texts bytea, corrects integer, document uuid, previous bytea
) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sha256(
    app.chain_field('1') || app.chain_field(item::text) || app.chain_field(pos::text) || app.chain_field(kind)
    || app.chain_field(app.micros(occurred)) || app.chain_field(app.micros(recorded))
    || app.chain_field(actor::text) || app.chain_field(person::text)
    || app.chain_field(changes::text) || app.chain_field(payload::text)
    || app.chain_field(encode(texts, 'hex')) || app.chain_field(corrects::text) || app.chain_field(document::text)
    || app.chain_field(encode(previous, 'hex')));

-- Minor units as a decimal string; the exponents of ISO 4217 that are not two (app/domain/money.py).
CREATE FUNCTION app.decimal(minor bigint, currency text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE
    WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN (minor::numeric / 1000)::numeric(20, 3)::text
    WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV',
                      'XAF', 'XOF', 'XPF') THEN minor::text
    ELSE (minor::numeric / 100)::numeric(20, 2)::text END;
