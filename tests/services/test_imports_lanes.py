"""Lanes: jobs that may write the same rows go one after the other; whoever waits takes no worker's slot (ADR 24)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.db.session import Database
from app.security.keys import Keys
from app.services import jobs, jobs_running
from app.services.imports_lanes import lanes_of
from app.services.imports_resources import IMPORTINGS
from app.services.jobs_running import Desk, run_one
from app.settings import Settings
from tests.house.background import desk
from tests.importing import Importer, as_csv, counts
from tests.job_kinds import GATE, KINDS
from tests.services.test_door import caller_of
from tests.test_worker_jobs import until
from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def empty(owner: asyncpg.Connection) -> None:
    await owner.execute("DELETE FROM jobs")


@asynccontextmanager
async def closed_gate(owner_dsn: str, sql: str) -> AsyncIterator[None]:
    """Jobs that come to what this locks wait there until the block ends."""
    gate = await asyncpg.connect(owner_dsn)
    try:
        await gate.execute(f"BEGIN; {sql}")
        yield
    finally:
        await gate.close()


@asynccontextmanager
async def two_workers(settings: Settings, keys: Keys) -> AsyncIterator[tuple[Desk, Desk]]:
    """With the kinds of tests."""
    async with desk(settings, keys) as one, desk(settings, keys) as two:
        yield replace(one, kinds=KINDS), replace(two, kinds=KINDS)


async def ask(database: Database, world: World, *lanes: str, gate: bool = False, site: str = "store") -> UUID:
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        args = {"site": str(world[site]), "gate": gate}
        return await jobs.enqueue(tx, "test.rename", args, lanes=lanes)


async def states(owner: asyncpg.Connection, *ids: UUID) -> list[tuple[str, str | None, int]]:
    rows = {row["id"]: row for row in await owner.fetch("SELECT id, state, phase, attempts FROM jobs")}
    return [(rows[each]["state"], rows[each]["phase"], rows[each]["attempts"]) for each in ids]


async def test_whoever_waits_for_a_lane_stays_in_the_queue_and_says_so(
    settings: Settings, keys: Keys, database: Database, world: World, owner: asyncpg.Connection, owner_dsn: str
) -> None:
    async with two_workers(settings, keys) as (one, two):
        async with closed_gate(owner_dsn, f"SELECT pg_advisory_xact_lock({GATE})"):
            first = await ask(database, world, "sites:a", gate=True)
            running = asyncio.create_task(run_one(one))
            await until(owner, "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory')")
            both = await ask(database, world, "sites:a", "sites:b")
            behind = await ask(database, world, "sites:b")
            other = await ask(database, world, "sites:c", site="site-ma-nador")
            plain = await ask(database, world, site="site-ma-nador")
            assert [await run_one(two), await run_one(two), await run_one(two)] == [True, True, False]
            assert await states(owner, first, both, behind, other, plain) == [
                ("running", None, 1),
                ("queued", "waiting", 0),
                ("queued", "waiting", 0),  # its lane is free, but somebody in front of it waits for that one, too
                ("succeeded", None, 1),
                ("succeeded", None, 1),
            ]
            async with two.aside.transaction() as tx:
                assert (await jobs_running.waiting(tx)).seconds == 0, "they do not wait for a worker"
        assert await running
        assert await run_one(two)
        assert [state for state, _, _ in await states(owner, both, behind)] == ["succeeded", "queued"]
        assert await run_one(two)
        assert await states(owner, both, behind) == [("succeeded", None, 1), ("succeeded", None, 1)]


async def test_thousands_that_wait_for_one_lane_hold_nobody_up(
    settings: Settings, keys: Keys, database: Database, world: World, owner: asyncpg.Connection
) -> None:
    """Reading the queue anew for each of them took longer than a statement may."""
    first = await ask(database, world, "sites:a")
    await owner.execute("UPDATE jobs SET state = 'running', lease_until = 'infinity' WHERE id = $1", first)
    columns = await owner.fetchval(
        "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'jobs'::regclass "
        "AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname NOT IN ('id', 'state', 'lease_until')"
    )
    await owner.execute(
        f"INSERT INTO jobs (id, state, {columns}) SELECT gen_random_uuid(), 'queued', {columns} FROM jobs, "
        "generate_series(1, 3000)"
    )
    plain = await ask(database, world)
    async with two_workers(settings, keys) as (one, _):
        assert await run_one(one)
        assert not await run_one(one)
    assert await states(owner, plain) == [("succeeded", None, 1)]
    assert await owner.fetchval("SELECT count(*) FROM jobs WHERE phase = 'waiting'") == 3000


async def test_nobody_is_overtaken_while_somebody_looks_at_it(
    settings: Settings, keys: Keys, database: Database, world: World, owner: asyncpg.Connection, owner_dsn: str
) -> None:
    """Two workers come at once: one holds the row of the job in front, the other may not take the one behind it."""
    first = await ask(database, world, "sites:a")
    await owner.execute("UPDATE jobs SET state = 'running', lease_until = 'infinity' WHERE id = $1", first)
    both, behind = await ask(database, world, "sites:a", "sites:b"), await ask(database, world, "sites:b")
    waits = "SELECT count(*) = $1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
    async with two_workers(settings, keys) as (one, two):
        async with closed_gate(owner_dsn, "SELECT pg_advisory_xact_lock(hashtextextended('lanes', 0))"):
            tasks = [asyncio.create_task(run_one(one))]
            await until(owner, waits, 1)
            tasks.append(asyncio.create_task(run_one(two)))
            await until(owner, waits, 2)
        assert await asyncio.gather(*tasks) == [False, False]
    assert [state for state, _, _ in await states(owner, both, behind)] == ["queued", "queued"]


async def test_a_job_that_waits_for_a_lane_can_be_cancelled(
    client: httpx.AsyncClient, settings: Settings, keys: Keys, database: Database, world: World, owner_dsn: str,
    owner: asyncpg.Connection,
) -> None:  # fmt: skip
    async with two_workers(settings, keys) as (one, two):
        async with closed_gate(owner_dsn, f"SELECT pg_advisory_xact_lock({GATE})"):
            await ask(database, world, "sites:a", gate=True)
            running = asyncio.create_task(run_one(one))
            await until(owner, "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory')")
            late = await ask(database, world, "sites:a")
            assert not await run_one(two)
            headers = world.headers("icmpd.manager")
            told = (await client.get(f"/api/v1/jobs/{late}", headers=headers)).json()
            assert (told["state"], told["progress"]["phase"]) == ("queued", "waiting")
            assert (await client.post(f"/api/v1/jobs/{late}/cancel", headers=headers)).json()["state"] == "cancelled"
        assert await running


async def test_imports_wait_for_their_own_ground_only(
    client: httpx.AsyncClient, settings: Settings, keys: Keys, world: World, owner: asyncpg.Connection, owner_dsn: str
) -> None:
    imports = Importer(client, world, settings, keys)

    def rows(component: str) -> bytes:
        part = {"component": component, "model": "MOD-RADIO-1"}
        return as_csv([{**part, "serial": f"L-{component}-{n}", "external_id": f"l-{n}"} for n in range(3)])

    async with desk(settings, keys) as one, desk(settings, keys) as two, desk(settings, keys) as three:
        async with closed_gate(owner_dsn, "LOCK TABLE import_changes IN SHARE MODE"):
            held: dict[str, Any] = (await imports.upload(rows("BMP-TN"), "equipment", by="italy.manager")).json()
            tasks = [asyncio.create_task(run_one(one))]
            stuck = "SELECT count(*) = $1 FROM pg_locks WHERE NOT granted AND relation = 'import_changes'::regclass"
            await until(owner, stuck, 1)
            same = (await imports.upload(rows("BMP-TN"), "equipment", by="icmpd.manager")).json()
            assert not await run_one(two), "no slot is taken by whoever waits"
            assert (await imports.job(same))["progress"]["phase"] == "waiting"
            other = (await imports.upload(rows("BMP-MA"), "equipment", by="icmpd.morocco")).json()
            assert not await run_one(two), "who writes in both components waits in front of it"
            await imports.client.post(
                f"/api/v1/jobs/{same['job']['id']}/cancel", headers=world.headers("icmpd.manager")
            )
            tasks.append(asyncio.create_task(run_one(three)))
            await until(owner, stuck, 2)
        assert await asyncio.gather(*tasks) == [True, True]
    for made, by in ((held, "italy.manager"), (other, "icmpd.morocco")):
        assert counts(await imports.get(f"/imports/{made['id']}", by=by)) == ("valid", 0, 3, 0, 0)


async def test_who_may_write_the_same_rows_shares_a_lane(database: Database, world: World) -> None:
    async def lanes(account: str, resource: str) -> set[str]:
        caller = await caller_of(database, world, account)
        async with database.transaction(caller) as tx:
            return set(await lanes_of(tx, IMPORTINGS[resource]))

    for resource in ("equipment", "sessions", "agencies", "trainees"):
        morocco, italy = await lanes("icmpd.morocco", resource), await lanes("italy.manager", resource)
        assert morocco, resource
        assert italy, resource
        assert not morocco & italy, resource
        everything = await lanes("icmpd.manager", resource)
        assert everything & morocco, resource
        assert everything & italy, resource
    for resource in ("records", "trainees"):
        assert await lanes("tn.focal.sfax", resource) & await lanes("italy.manager", resource), resource
    assert await lanes("icmpd.morocco", "sites") & await lanes("icmpd.manager", "sites")
    assert await lanes("root", "agencies") >= await lanes("icmpd.manager", "agencies")
    assert await lanes("root", "sites") >= await lanes("italy.manager", "sites")
    assert await lanes("icmpd.manager", "courses") == await lanes("italy.manager", "courses") == {"courses"}
