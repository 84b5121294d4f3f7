"""The tree of agencies under two writers at once, on two real connections."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable

import asyncpg
import pytest

from tests.world import World

pytestmark = pytest.mark.anyio

ADD = (
    "INSERT INTO agencies (id, reference, parent_id, organisation_id, country, is_unit, name_en) "
    "VALUES ($1, $2, $3, $4, 'TN', $5, 'Synthetic')"
)


async def add(connection: asyncpg.Connection, world: World, parent: uuid.UUID, *, unit: bool = False) -> uuid.UUID:
    ident = uuid.uuid4()
    await connection.execute(ADD, ident, f"AG-{ident.hex[:10].upper()}", parent, world["tn-coast-guard"], unit)
    return ident


async def second_after_first(
    one: asyncpg.Connection, two: asyncpg.Connection, first: Awaitable[object], second: Awaitable[object]
) -> None:
    """The second begins while the first is not committed, and has to wait for it."""
    transaction = one.transaction()
    await transaction.start()
    await first
    waiting = asyncio.ensure_future(second)
    queued = "SELECT count(*) FROM pg_locks WHERE pid = $1 AND locktype = 'advisory' AND NOT granted"
    while not (waiting.done() or await one.fetchval(queued, two.get_server_pid())):
        pass  # asking gives the other connection its turn
    await transaction.commit()
    await waiting


@pytest.fixture
async def other(owner_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(owner_dsn)
    yield connection
    await connection.close()


async def test_two_branches_do_not_come_to_stand_below_each_other(
    owner: asyncpg.Connection, other: asyncpg.Connection, world: World
) -> None:
    left = await add(owner, world, world["tn-directorate"])
    right = await add(owner, world, world["tn-directorate"])
    move = "UPDATE agencies SET parent_id = $2 WHERE id = $1"
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await second_after_first(owner, other, owner.execute(move, left, right), other.execute(move, right, left))
    assert refused.value.constraint_name == "ck_agencies_no_cycle"
    assert await owner.fetchval("SELECT parent_id FROM agencies WHERE id = $1", right) == world["tn-directorate"]


async def test_nothing_is_added_below_what_becomes_a_unit(
    owner: asyncpg.Connection, other: asyncpg.Connection, world: World
) -> None:
    station = await add(owner, world, world["tn-directorate"])
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await second_after_first(
            owner,
            other,
            owner.execute("UPDATE agencies SET is_unit = true WHERE id = $1", station),
            add(other, world, station),
        )
    assert refused.value.constraint_name == "ck_agencies_unit_is_leaf"
    assert await owner.fetchval("SELECT count(*) FROM agencies WHERE parent_id = $1", station) == 0
