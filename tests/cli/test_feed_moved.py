"""The change feed outlives its server: dumped from PostgreSQL 16 and restored on 18, readers go on where they were."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from app.db.embedded import TEST_SETTINGS, Embedded
from app.db.migrating import migrate
from app.db.session import Database
from app.domain.access import Caller
from app.domain.changes import Point, Wanted
from app.domain.errors import FeedRewound
from app.security import keys as key_files
from app.services import changes, rights
from tests.cli.conftest import bmp
from tests.feed import rename, settle
from tests.world import World, build

#: An id that the new server will not have given for a long time.
FAR = 4_000_000_000


@pytest.fixture(scope="module")
def old(root: Path) -> Iterator[Embedded]:
    data = root / "sixteen"
    with Embedded(data, 16, TEST_SETTINGS) as server:
        key_files.create_missing(data / "secrets")
        migrate(server.dsn("owner"))
        yield server


@asynccontextmanager
async def reading(server: Embedded) -> AsyncIterator[tuple[Database, Database, asyncpg.Connection]]:
    """The application's way, the worker's way, and the owner's connection."""
    app, worker = Database(server.dsn("app"), size=2), Database(server.dsn("worker"), size=2)
    owner = await asyncpg.connect(server.dsn("owner"))
    await app.open()
    await worker.open()
    try:
        yield app, worker, owner
    finally:
        await owner.close()
        await app.close()
        await worker.close()


async def auditor(database: Database, world: World) -> Caller:
    async with database.transaction() as tx:
        return await rights.of_principal(tx, world.accounts["auditor"])


async def before(server: Embedded) -> tuple[World, Point]:
    """A reader who is up to date, and changes behind it that have no place yet, some with ids far ahead."""
    async with reading(server) as (app, _, owner):
        world = await build(owner, None)
        await settle(owner)
        caller = await auditor(app, world)
        async with app.transaction(caller, read_only=True) as tx:
            point = await changes.here(tx, caller)
        for name in ("a", "b", "c", "d"):
            await rename(owner, world["store"], name)
        await owner.execute(
            "UPDATE changes SET xact = $1::text::xid8 WHERE position IS NULL AND version % 2 = 0", str(FAR)
        )
        return world, point


async def went_on(server: Embedded, world: World, point: Point) -> tuple[Point, list[str]]:
    """Life on the old server after its backup: a reader follows it there."""
    async with reading(server) as (app, _, owner):
        await rename(owner, world["store"], "only there")
        await settle(owner)
        page = await changes.after(app, await auditor(app, world), point, Wanted(), 100)
        return page.point, [event.id for event in page.events]


async def after(server: Embedded, world: World, behind: Point, ahead: Point, lost: list[str]) -> None:
    async with reading(server) as (app, worker, owner):
        caller = await auditor(app, world)
        with pytest.raises(FeedRewound):
            await changes.after(app, caller, ahead, Wanted(), 100)
        for name in ("e", "f"):
            await rename(owner, world["store"], name)
        placed = 0
        while some := await sequence(worker):
            placed += some
        assert placed == 6
        assert await owner.fetchval("SELECT count(*) FROM changes WHERE position IS NULL") == 0
        page = await changes.after(app, caller, behind, Wanted(), 100)
        assert [event.version for event in page.events] == [2, 3, 4, 5, 6, 7]
        assert {event.object_id for event in page.events} == {world["store"]}
        assert [event.position for event in page.events] == list(range(behind.position + 1, behind.position + 7))
        assert not set(lost) & {event.id for event in page.events}, "another history has other ids"
        with pytest.raises(FeedRewound):
            await changes.after(app, caller, ahead, Wanted(), 100)
        assert (await changes.after(app, caller, page.point, Wanted(), 100)).events == ()


async def sequence(worker: Database) -> int:
    async with worker.transaction() as tx:
        return await changes.sequence(tx)


def test_a_reader_goes_on_after_backup_and_restore_from_16_to_18(old: Embedded, root: Path) -> None:
    world, point = asyncio.run(before(old))
    made = bmp(
        *("backup", "--to", root / "backups", "--keys-to", root / "safe", "--no-trial", "--data", old.folder.root),
        environment={"BMP_POSTGRES_MAJOR": "16"},
    )
    assert made.code == 0, made.said
    ahead, lost = asyncio.run(went_on(old, world, point))
    new = root / "eighteen"
    answer = bmp("restore", made.facts["backup"], "--keys-from", made.facts["keys"], "--data", new)
    assert answer.code == 0, answer.said
    with Embedded(new, 18, TEST_SETTINGS) as server:
        asyncio.run(after(server, world, point, ahead, lost))


async def clone(server: Embedded) -> str:
    """A copy that nobody told that it is one."""
    connection = await asyncpg.connect(server.dsn("postgres", "postgres"))
    try:
        await connection.execute("CREATE DATABASE copied TEMPLATE bmp OWNER bmp_owner")
    finally:
        await connection.close()
    owner = await asyncpg.connect(server.dsn("owner", "copied"))
    try:
        before_it = await owner.fetchval("SELECT jsonb_array_length(eras) FROM feed")
        for _ in range(2):
            await owner.fetchval("SELECT app.sequence_changes(10)")
        found = await owner.fetchrow("SELECT jsonb_array_length(eras) AS n, eras -> -1 ->> 'after' AS after FROM feed")
        assert found is not None
        return f"{before_it}→{found['n']} after {found['after']} of {await owner.fetchval('SELECT newest FROM feed')}"
    finally:
        await owner.close()


def test_a_copied_database_begins_an_era_by_itself(root: Path) -> None:
    data = root / "original"
    with Embedded(data, 18, TEST_SETTINGS) as server:
        migrate(server.dsn("owner"))
        assert asyncio.run(clone(server)) == "1→2 after 0 of 0"
