"""Upkeep of the vault: erasure with its tombstone, replay after a restore, re-wrapping, re-indexing (DOMAIN 4).

The functions that take a connection are run as the owner of the database by commands (`bmp vault rotate`,
`bmp restore`); `erase` is run by the service under the caller's own rows.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from app.db.session import Statement, Tx
from app.domain.errors import Forbidden
from app.security import vault
from app.security.keys import Keys

#: The list of erasures, one JSON object a line. It stands outside the database: a backup taken before an erasure
#: brings the person back, and this list takes them away again.
TOMBSTONES = "erasures.jsonl"
BATCH = 500

Connection = Any  # asyncpg's, which is not typed
Progress = Callable[[int], None]

_EMPTY = (
    "UPDATE vault SET wrapped_key = NULL, sealed_name = NULL, sealed_contact = NULL, blind_index = NULL, "
    "erased_at = {at} WHERE trainee_id = ANY ({ids})"
)
_MARK = (
    "UPDATE trainees SET erased_at = {at}, external_id = NULL, version = version + 1, "
    "updated_at = clock_timestamp() WHERE id = ANY ({ids}) AND erased_at IS NULL"
)
_EMPTY_OWN = Statement(_EMPTY.format(at="clock_timestamp()", ids="CAST(:ids AS uuid[])"))
_MARK_OWN = Statement(_MARK.format(at="clock_timestamp()", ids="CAST(:ids AS uuid[])") + " RETURNING id, erased_at")
_FORGET = Statement("SELECT app.forget_trainees(CAST(:ids AS uuid[]))")


async def erase(tx: Tx, trainee_ids: Sequence[UUID], folder: Path) -> None:
    """Destroy what tells who these pseudonyms are: wrapped key, sealed texts, blind index, foreign ids, free texts.

    Counts, dates and outcomes of records and qualifications stay. The tombstones are on the disk before the commit: an
    erasure that was asked for and lost on the way is carried out by a later replay, never forgotten by it.
    """
    ids = list(trainee_ids)
    marked = await tx.rows(_MARK_OWN, ids=ids)
    emptied = await tx.run(_EMPTY_OWN, ids=ids)
    if len(marked) != len(ids) or emptied != len(ids):
        raise Forbidden("You may see this person, but not change them.")
    await tx.run(_FORGET, ids=ids)
    lines = [{"trainee_id": str(row["id"]), "erased_at": row["erased_at"].isoformat()} for row in marked]
    await asyncio.to_thread(_append, folder / TOMBSTONES, lines)


async def replay_erasures(connection: Connection, folder: Path) -> int:
    """Erase again, as the owner, whoever is on the list and came back with a restore; the number of people erased."""
    entries = await asyncio.to_thread(_read, folder / TOMBSTONES)
    erased = 0
    async with connection.transaction():
        for trainee_id, erased_at in entries.items():
            parameters = ([trainee_id], erased_at)
            await connection.execute(_EMPTY.format(at="$2", ids="$1::uuid[]") + " AND erased_at IS NULL", *parameters)
            status = await connection.execute(_MARK.format(at="$2", ids="$1::uuid[]"), *parameters)
            await connection.execute("SELECT app.forget_trainees($1::uuid[])", [trainee_id])
            erased += int(status.rsplit(" ", 1)[-1])
    return erased


async def complete_tombstones(connection: Connection, folder: Path) -> int:
    """Write down erasures that the database knows and the list does not (a lost folder); how many were missing."""
    known = await asyncio.to_thread(_read, folder / TOMBSTONES)
    rows = await connection.fetch("SELECT id, erased_at FROM trainees WHERE erased_at IS NOT NULL ORDER BY erased_at")
    lines = [
        {"trainee_id": str(row["id"]), "erased_at": row["erased_at"].isoformat()}
        for row in rows
        if row["id"] not in known
    ]
    await asyncio.to_thread(_append, folder / TOMBSTONES, lines)
    return len(lines)


async def reindex(connection: Connection, keys: Keys, *, progress: Progress | None = None) -> int:
    """Make the blind indexes anew for the tree as it stands, as the owner; how many differed.

    Needed after an agency with people was moved to another tree: indexes are made with the top of the tree.
    """
    done, after = 0, UUID(int=0)
    while rows := await connection.fetch(
        "SELECT v.trainee_id, v.wrapped_key, v.sealed_name, v.blind_index, (SELECT c.ancestor_id FROM agency_closure c "
        "WHERE c.descendant_id = v.agency_id ORDER BY c.depth DESC LIMIT 1) AS top_id FROM vault v "
        "WHERE v.wrapped_key IS NOT NULL AND v.trainee_id > $1 ORDER BY v.trainee_id LIMIT $2",
        after,
        BATCH,
    ):
        made = [(row, vault.blind_index(keys, row["top_id"], _name(keys, row))) for row in rows]
        other = [(row, index) for row, index in made if index != row["blind_index"]]
        await connection.executemany(
            "UPDATE vault SET blind_index = $2 WHERE trainee_id = $1 AND sealed_name = $3",
            [(row["trainee_id"], index, row["sealed_name"]) for row, index in other],
        )
        done += len(other)
        after = rows[-1]["trainee_id"]
        if progress is not None:
            progress(done)
    return done


def _name(keys: Keys, row: Any) -> str:
    return vault.unseal(
        keys,
        table="vault",
        column="sealed_name",
        row_id=row["trainee_id"],
        wrapped=row["wrapped_key"],
        sealed=row["sealed_name"],
    )


def _append(path: Path, lines: Sequence[dict[str, str]]) -> None:
    """One write per call in append mode, on the disk before it returns; several workers may write side by side."""
    if not lines:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # A line that a crash cut short must not swallow this one: begin anew.
        os.write(descriptor, b"\n" + b"".join(orjson.dumps(line) + b"\n" for line in lines))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> dict[UUID, datetime]:
    """The list; a last line that was cut short by a crash is skipped (its erasure was never committed)."""
    if not path.exists():
        return {}
    found: dict[UUID, datetime] = {}
    for line in path.read_bytes().split(b"\n"):
        try:
            entry = orjson.loads(line)
            found.setdefault(UUID(entry["trainee_id"]), datetime.fromisoformat(entry["erased_at"]))
        except (ValueError, KeyError, TypeError):
            continue
    return found
