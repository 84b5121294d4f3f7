-- As the foundation had it.
CREATE OR REPLACE FUNCTION app.fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN lower(regexp_replace(regexp_replace(normalize(value, NFD), '[\u0300-\u036f\u064b-\u065f]', '', 'g'), '\s+', ' ', 'g'));
