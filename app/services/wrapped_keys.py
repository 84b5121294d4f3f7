"""Every place where keys lie that are wrapped by a key-encryption key (`security/vault.py`): counted, wrapped anew.

One list for `bmp vault`, backups and the doctor: what is not on it is lost when an old key-encryption key is retired.
So a test of the house looks for columns that are missing here. All of it runs as the owner.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.security import vault
from app.security.keys import Keys

BATCH = 500

Connection = Any  # asyncpg's, which is not typed
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Wrapped:
    """One column of wrapped keys. NULL: the key was destroyed."""

    table: str
    #: The column with the id that the key is bound to, which is the row's own.
    owner: str
    #: Whose keys they are, for sentences.
    whose: str
    column: str = "wrapped_key"
    #: The column that repeats the version for people who look at the table.
    version: str = ""

    @property
    def needs(self) -> str:
        """SQL of the version of the key-encryption key that opens it, as the bytes say."""
        return f"('x' || encode(substring({self.column} FROM 2 FOR 4), 'hex'))::bit(32)::bigint"


WRAPPED = (
    Wrapped("vault", "trainee_id", "people", version="key_version"),
    Wrapped("webhook_secrets", "id", "webhooks"),
    Wrapped("imports", "id", "imported files"),
)


async def in_use(connection: Connection) -> dict[int, Counter[str]]:
    """By version of a key-encryption key: how many keys of whom need it."""
    found: dict[int, Counter[str]] = {}
    for each in WRAPPED:
        for row in await connection.fetch(
            f"SELECT {each.needs} AS version, count(*) AS count FROM {each.table} "
            f"WHERE {each.column} IS NOT NULL GROUP BY 1"
        ):
            found.setdefault(int(row["version"]), Counter())[each.whose] += row["count"]
    return found


async def rewrap(connection: Connection, keys: Keys, *, progress: Progress | None = None) -> int:
    """Wrap every key with the newest key-encryption key, batch by batch; how many were wrapped anew.

    May run while the service serves, and again after it was interrupted: a key that was changed or destroyed meanwhile
    is left as it is.
    """
    done = 0
    for each in WRAPPED:
        after = UUID(int=0)
        while rows := await _older(connection, keys, each, after):
            done += await _renew(connection, keys, each, rows)
            after = rows[-1]["id"]
            if progress is not None:
                progress(done)
    return done


async def _older(connection: Connection, keys: Keys, place: Wrapped, after: UUID) -> list[Any]:
    found: list[Any] = await connection.fetch(
        f"SELECT {place.owner} AS id, {place.column} AS wrapped FROM {place.table} "
        f"WHERE {place.column} IS NOT NULL AND {place.needs} < $1 AND {place.owner} > $2 "
        f"ORDER BY {place.owner} LIMIT $3",
        keys.newest_kek()[0],
        after,
        BATCH,
    )
    return found


async def _renew(connection: Connection, keys: Keys, place: Wrapped, rows: list[Any]) -> int:
    renewed = [vault.rewrap(keys, row["wrapped"], owner_id=row["id"]) for row in rows]
    told = f", {place.version} = n.version" if place.version else ""
    status = await connection.execute(
        f"UPDATE {place.table} t SET {place.column} = n.renewed{told} "
        "FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::integer[]) n(id, old, renewed, version) "
        f"WHERE t.{place.owner} = n.id AND t.{place.column} = n.old",
        [row["id"] for row in rows],
        [row["wrapped"] for row in rows],
        renewed,
        [vault.wrapped_version(each) for each in renewed],
    )
    return int(status.rsplit(" ", 1)[-1])
