#!/bin/sh
# The three roles and their database, on a server of one's own. Run once as somebody who may create roles and databases:
#   OWNER_PASSWORD=… APP_PASSWORD=… WORKER_PASSWORD=… PGHOST=… PGUSER=… sh docs/guides/roles.sh
# Running it again sets the passwords and rights anew and changes nothing else. Passwords go to psql's standard input,
# where no process list shows them; psql quotes them.
set -eu
: "${OWNER_PASSWORD:?}" "${APP_PASSWORD:?}" "${WORKER_PASSWORD:?}"
export OWNER_PASSWORD APP_PASSWORD WORKER_PASSWORD

psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname="${PGDATABASE:-postgres}" <<'SQL'
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
\getenv worker_password WORKER_PASSWORD
SET client_min_messages = warning;
SELECT format('CREATE ROLE %I', wanted) FROM unnest(ARRAY['bmp_owner', 'bmp_app', 'bmp_worker']) AS wanted
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) \gexec
-- bmp_app and bmp_worker own nothing, and go around no policy.
ALTER ROLE bmp_owner LOGIN INHERIT NOCREATEROLE NOCREATEDB PASSWORD :'owner_password';
ALTER ROLE bmp_app LOGIN INHERIT NOCREATEROLE NOCREATEDB PASSWORD :'app_password';
ALTER ROLE bmp_worker LOGIN INHERIT NOCREATEROLE NOCREATEDB PASSWORD :'worker_password';
-- Who is no superuser has to be a member of the owner to give it a database, and needs to be one only for that.
GRANT bmp_owner TO CURRENT_USER;
SELECT 'CREATE DATABASE bmp OWNER bmp_owner ENCODING ''UTF8'' TEMPLATE template0'
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = 'bmp') \gexec
REVOKE ALL ON DATABASE bmp FROM PUBLIC;
GRANT CONNECT ON DATABASE bmp TO bmp_app, bmp_worker;
\connect bmp
SET client_min_messages = warning;
ALTER SCHEMA public OWNER TO bmp_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO bmp_app, bmp_worker;
REVOKE bmp_owner FROM CURRENT_USER;
SQL
