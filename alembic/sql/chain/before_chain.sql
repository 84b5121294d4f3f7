-- The same bytes as before, made of functions that PostgreSQL can put into the statement that calls them: convert_to,
-- and the epoch of an instant, depend on settings in its eyes, which kept every field a call of its own. 'escape' turns
-- text into its bytes when its backslashes are doubled.
CREATE OR REPLACE FUNCTION app.chain_field(value text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(int4send(octet_length(value)) || decode(replace(value, '\', '\\'), 'escape'), '\xffffffff'::bytea);

CREATE OR REPLACE FUNCTION app.micros(value timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN trunc(extract(epoch FROM value - timestamptz '1970-01-01 00:00:00Z') * 1000000)::bigint::text;
