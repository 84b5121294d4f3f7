"""The roles and the database of an embedded server, as SQL that makes or mends them (HOUSE 4).

`bmp_owner` owns the database and runs migrations; `bmp_app` and `bmp_worker` own nothing and cannot bypass row-level
security. Nobody else may connect. Passwords reach the server as SCRAM verifiers only, so that neither its log nor a
process list can ever show one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping

DATABASE = "bmp"
ROLES = {"owner": "bmp_owner", "app": "bmp_app", "worker": "bmp_worker", "postgres": "postgres"}
SCRAM_ROUNDS = 4096  # what PostgreSQL uses itself; the passwords are 192 random bits


def scram_verifier(password: str) -> str:
    """What PostgreSQL stores for an ASCII password (RFC 5803)."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, SCRAM_ROUNDS)
    client = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    stored, served, salt_text = (base64.b64encode(part).decode() for part in (client, server, salt))
    return f"SCRAM-SHA-256${SCRAM_ROUNDS}:{salt_text}${stored}:{served}"


def set_password(role: str, password: str) -> str:
    """The statement that gives a role its password, on one line."""
    return f"ALTER ROLE {role} PASSWORD '{scram_verifier(password)}';\n"


def mend(passwords: Mapping[str, str]) -> str:
    """The psql script that makes what is missing and puts right what differs; running it again changes nothing.

    `passwords` is by role name, the superuser's not among them.
    """
    names = ", ".join(f"'{role}'" for role in passwords)
    rights = "LOGIN INHERIT NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION"
    alterations = "".join(f"ALTER ROLE {role} {rights};\n{set_password(role, passwords[role])}" for role in passwords)
    return f"""\
SET client_min_messages = warning;
SELECT format('CREATE ROLE %I', wanted) FROM unnest(ARRAY[{names}]) AS wanted
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) \\gexec
{alterations}
SELECT 'CREATE DATABASE {DATABASE} OWNER bmp_owner TEMPLATE template0'
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = '{DATABASE}') \\gexec
ALTER DATABASE {DATABASE} OWNER TO bmp_owner;
REVOKE ALL ON DATABASE {DATABASE}, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE {DATABASE} TO bmp_app, bmp_worker;
\\connect {DATABASE}
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS public;
ALTER SCHEMA public OWNER TO bmp_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO bmp_app, bmp_worker;
"""
