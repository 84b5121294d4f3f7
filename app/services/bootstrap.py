"""First people and scripts, made by whoever holds the owner's connection: before there is anybody to ask (`bmp`).

Everything else goes through services/accounts.py and services/clients.py with a caller. These functions take the
owner's driver connection, because the application role cannot act without one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from pydantic import TypeAdapter, ValidationError

from app.db import writing
from app.db.constraints import translate
from app.domain.access import Role, Scope
from app.domain.errors import NotFound, Rejected
from app.schemas.accounts import AccountName, GivenRole
from app.security.passwords import check_password, hash_password
from app.security.tokens import hash_secret, new_secret
from app.services import fault_words

OwnerConnection = Any  # asyncpg's, untyped

_NAME: TypeAdapter[str] = TypeAdapter(AccountName)


async def account(
    connection: OwnerConnection,
    *,
    organisation: str,
    account_name: str,
    password: str | None,
    roles: Sequence[GivenRole],
    agency: str | None = None,
    component: str | None = None,
    display_name: str = "",
) -> UUID:
    """An account with a password and roles (an administrator's too); places by their references.

    NotFound for an unknown reference, Rejected for a bad name or password, Taken for a name in use.
    """
    try:
        name = _NAME.validate_python(account_name)
    except ValidationError as error:
        raise Rejected.at("/account_name", "account_name", fault_words.told(error.errors()[0])) from None
    hashed = None
    if password is not None:
        check_password(password, account_name=name)
        hashed = await hash_password(password)
    account_id = writing.new_id()
    try:
        async with connection.transaction():
            organisation_id = await _referred(connection, "organisations", organisation)
            agency_id = await _referred(connection, "agencies", agency) if agency else None
            component_id = await _referred(connection, "components", component) if component else None
            await connection.execute(
                "INSERT INTO accounts (id, organisation_id, agency_id, account_name, display_name) "
                "VALUES ($1, $2, $3, $4, $5)",
                *(account_id, organisation_id, agency_id, name, display_name or name),
            )
            if hashed is not None:
                await connection.execute(
                    "INSERT INTO credentials (account_id, password_hash) VALUES ($1, $2)", account_id, hashed
                )
            await _log(connection, "account.created", organisation_id, account_id, {"bootstrap": True})
            for role in roles:
                await connection.execute(
                    "INSERT INTO grants (id, account_id, organisation_id, role, component_id) "
                    "VALUES ($1, $2, $3, $4, $5)",
                    *(writing.new_id(), account_id, organisation_id, role, component_id),
                )
                await _log(connection, "grant.added", organisation_id, account_id, {"role": Role(role).value})
    except asyncpg.IntegrityConstraintViolationError as error:
        raise translate(error) from error
    return account_id


async def client(
    connection: OwnerConnection,
    *,
    owner: str,
    client_id: str,
    name: str,
    scopes: Collection[str],
    secret: str | None = None,
) -> str:
    """A client of an account (by name) with a secret, made here unless it is given; the secret."""
    made, shown = writing.new_id(), secret or new_secret()
    named = sorted(Scope(scope).value for scope in scopes)
    try:
        async with connection.transaction():
            row = await connection.fetchrow("SELECT id, organisation_id FROM accounts WHERE account_name = $1", owner)
            if row is None:
                raise NotFound("There is no such account.")
            await connection.execute(
                "INSERT INTO clients (id, client_id, organisation_id, owner_id, name, scopes, authentication) "
                "VALUES ($1, $2, $3, $4, $5, $6, 'client_secret_basic')",
                *(made, client_id, row["organisation_id"], row["id"], name, named),
            )
            await connection.execute(
                "INSERT INTO client_secrets (id, client_id, secret_hash) VALUES ($1, $2, $3)",
                *(writing.new_id(), made, hash_secret(shown)),
            )
            await _log(connection, "client.created", row["organisation_id"], made, {"scopes": named})
    except asyncpg.IntegrityConstraintViolationError as error:
        raise translate(error) from error
    return shown


#: Whose references are looked up, so that no name of a table comes from outside.
_BY_REFERENCE = {
    table: f"SELECT id FROM {table} WHERE reference = $1" for table in ("organisations", "agencies", "components")
}


async def _referred(connection: OwnerConnection, table: str, reference: str) -> UUID:
    found: UUID | None = await connection.fetchval(_BY_REFERENCE[table], reference)
    if found is None:
        raise NotFound(f"There is nothing with this reference among {table}.")
    return found


async def _log(
    connection: OwnerConnection, kind: str, organisation_id: UUID, subject_id: UUID, facts: dict[str, Any]
) -> None:
    await connection.execute(
        "INSERT INTO security_log (id, kind, organisation_id, subject_id, facts) "
        "VALUES ($1, $2, $3, $4, CAST(CAST($5 AS text) AS jsonb))",
        *(writing.new_id(), kind, organisation_id, subject_id, orjson.dumps(facts).decode()),
    )
