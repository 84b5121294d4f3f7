"""The first administrator of a deployment, or another one when all are gone: appointed by whoever has the machine.

Everybody else gets their account from somebody who has one (services/accounts.py). This one gets a one-time link, as
everybody does, so that no password is ever typed into a command.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.domain.errors import NotFound
from app.security.tokens import hash_secret, new_secret
from app.services import bootstrap
from app.services.links import LIVES, Link

Connection = Any  # asyncpg's, of the owner; it is not typed

_LINK = (
    "INSERT INTO one_time_links (secret_hash, account_id, kind, created_by, expires_at) "
    "VALUES ($1, $2, 'invitation', $2, $3)"
)


async def appoint(connection: Connection, *, organisation: str, account_name: str, display_name: str) -> Link:
    """A new account with the role `administrator`, and the invitation with which its password is set, shown once.

    `organisation` is a reference. Raises what `bootstrap.account` raises.
    """
    async with connection.transaction():
        account_id = await bootstrap.account(
            connection,
            organisation=organisation,
            account_name=account_name,
            display_name=display_name,
            password=None,
            roles=["administrator"],
        )
        link = Link("invitation", new_secret(), datetime.now(UTC) + LIVES["invitation"])
        await connection.execute(_LINK, hash_secret(link.secret), account_id, link.expires_at)
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
