"""The first administrator of a deployment, or another one when all are gone: appointed by whoever has the machine.

Everybody else gets their account from somebody who has one (services/accounts.py). This one comes from the owner of
the database, which only the operator's commands use, and shows in the security log like any other.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.db.writing import new_id
from app.domain.errors import Conflict, NotFound
from app.security.tokens import hash_secret, new_secret
from app.services.links import LIVES, Link

Connection = Any  # asyncpg's, of the owner; it is not typed

_ACCOUNT = (
    "INSERT INTO accounts (id, organisation_id, account_name, display_name) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (account_name) DO NOTHING RETURNING id"
)
_GRANT = "INSERT INTO grants (id, account_id, organisation_id, role) VALUES ($1, $2, $3, 'administrator')"
_LINK = (
    "INSERT INTO one_time_links (secret_hash, account_id, kind, created_by, expires_at) "
    "VALUES ($1, $2, 'invitation', $2, $3)"
)
_LOG = (
    "INSERT INTO security_log (id, kind, organisation_id, subject_id, facts) "
    "VALUES ($1, 'account.created', $2, $3, $4::text::jsonb)"
)


async def appoint(connection: Connection, *, organisation: str, account_name: str, display_name: str) -> Link:
    """A new account with the role `administrator`, and the invitation with which its password is set, shown once.

    `organisation` is a reference. Raises NotFound for an unknown one, Conflict for a name that is taken.
    """
    async with connection.transaction():
        organisation_id = await connection.fetchval("SELECT id FROM organisations WHERE reference = $1", organisation)
        if organisation_id is None:
            raise NotFound(f"There is no organisation {organisation}.")
        account_id = await connection.fetchval(_ACCOUNT, new_id(), organisation_id, account_name, display_name)
        if account_id is None:
            raise Conflict(f"There is an account {account_name} already.")
        await connection.execute(_GRANT, new_id(), account_id, organisation_id)
        link = Link("invitation", new_secret(), datetime.now(UTC) + LIVES["invitation"])
        await connection.execute(_LINK, hash_secret(link.secret), account_id, link.expires_at)
        await connection.execute(_LOG, new_id(), organisation_id, account_id, '{"role": "administrator", "by": "bmp"}')
    return link


async def named(connection: Connection, account_name: str | None) -> tuple[UUID, str]:
    """Id and name of an active account; without a name, of the administrator who has been there longest.

    Raises NotFound.
    """
    row = await connection.fetchrow(
        "SELECT a.id, a.account_name FROM accounts a WHERE a.active AND CASE WHEN $1::text IS NULL THEN EXISTS "
        "(SELECT 1 FROM grants g WHERE g.account_id = a.id AND g.role = 'administrator') ELSE a.account_name = $1 END "
        "ORDER BY a.created_at, a.id LIMIT 1",
        account_name,
    )
    if row is None:
        raise NotFound(
            "There is no administrator yet: bmp account create --administrator makes the first one."
            if account_name is None
            else f"There is no open account {account_name}."
        )
    return row["id"], row["account_name"]
