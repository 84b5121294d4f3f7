"""Workers as real processes: killed in the middle, two at a time, cancelled, stopped. Gates are held by the test."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.db.session import Database
from app.services import jobs
from app.settings import Settings
from tests.job_kinds import GATE
from tests.services.test_door import caller_of
from tests.test_worker import ROOT, environment
from tests.world import World

pytestmark = pytest.mark.anyio
PATIENCE_S = 60

Process = asyncio.subprocess.Process
Start = Callable[[], Awaitable[Process]]


@pytest.fixture
async def start(settings: Settings, owner: asyncpg.Connection) -> AsyncIterator[Start]:
    """Starts workers that know the kinds of tests; whatever is left of them is killed."""
    assert settings.database_worker_url is not None
    url = settings.database_worker_url.get_secret_value()
    started: list[Process] = []

    async def one() -> Process:
        made = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.job_kinds"), cwd=ROOT, env=environment(settings, DATABASE_WORKER_URL=url)
        )
        started.append(made)
        return made

    await owner.execute("DELETE FROM jobs")
    yield one
    for each in started:
        if each.returncode is None:
            each.kill()
            await each.wait()


@asynccontextmanager
async def closed_gate(owner_dsn: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", GATE)
        yield
    finally:
        await connection.close()


async def ask(database: Database, world: World, kind: str, **args: Any) -> UUID:
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        return await jobs.enqueue(tx, kind, {"site": str(world["store"]), **args})


async def until(owner: asyncpg.Connection, question: str, *values: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await owner.fetchval(question, *values):  # noqa: ASYNC110  another process makes it so
            await asyncio.sleep(0.02)


async def ended(owner: asyncpg.Connection, job: UUID) -> asyncpg.Record:
    await until(owner, "SELECT finished_at IS NOT NULL FROM jobs WHERE id = $1", job)
    return await owner.fetchrow("SELECT * FROM jobs WHERE id = $1", job)


async def at_the_gate(owner: asyncpg.Connection, workers: int = 1) -> None:
    await until(
        owner,
        "SELECT count(*) = $2 FROM pg_locks WHERE locktype = 'advisory' AND objid = $1::bigint AND NOT granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        GATE,
        workers,
    )


async def version(owner: asyncpg.Connection, world: World) -> int:
    return int(await owner.fetchval("SELECT version FROM sites WHERE id = $1", world["store"]))


async def lease_runs_out(owner: asyncpg.Connection) -> None:
    await owner.execute("UPDATE jobs SET lease_until = clock_timestamp() - interval '1 s' WHERE state = 'running'")


async def test_a_killed_workers_job_is_taken_over_and_has_its_effect_once(
    start: Start, database: Database, owner: asyncpg.Connection, owner_dsn: str, world: World
) -> None:
    before = await version(owner, world)
    first = await start()
    async with closed_gate(owner_dsn):
        job = await ask(database, world, "test.rename", gate=True)
        await at_the_gate(owner)
        first.kill()
        await first.wait()
        await lease_runs_out(owner)
        await start()
    found = await ended(owner, job)
    assert (found["state"], found["attempts"], found["claims"]) == ("succeeded", 2, 2)
    assert await version(owner, world) == before + 1
    assert await owner.fetchval("SELECT name_en FROM sites WHERE id = $1", world["store"]) == "attempt 2"


async def test_steps_of_a_killed_worker_are_not_repeated(
    start: Start, database: Database, owner: asyncpg.Connection, owner_dsn: str, world: World
) -> None:
    before = await version(owner, world)
    first = await start()
    async with closed_gate(owner_dsn):
        job = await ask(database, world, "test.steps", steps=6, gate=True)
        await at_the_gate(owner)
        first.kill()
        await first.wait()
        await lease_runs_out(owner)
        await start()
    found = await ended(owner, job)
    assert (found["state"], found["attempts"]) == ("succeeded", 2)
    assert await owner.fetchval("SELECT result::text FROM job_details WHERE job_id = $1", job) == '{"to": 6, "from": 3}'
    assert await version(owner, world) == before + 6


async def test_two_workers_share_the_queue_and_no_job_runs_twice(
    start: Start, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    before = await version(owner, world)
    asked = [await ask(database, world, "test.rename") for _ in range(60)]
    await asyncio.gather(start(), start())
    for job in asked:
        assert (await ended(owner, job))["state"] == "succeeded"
    assert await owner.fetchval("SELECT max(claims) FROM jobs") == 1
    assert await version(owner, world) == before + 60


async def test_a_running_job_is_cancelled_at_its_next_step(
    start: Start, database: Database, owner: asyncpg.Connection, owner_dsn: str, world: World
) -> None:
    before = await version(owner, world)
    await start()
    async with closed_gate(owner_dsn):
        job = await ask(database, world, "test.steps", steps=4, gate=True)
        await at_the_gate(owner)
        caller = await caller_of(database, world, "icmpd.manager")
        async with database.transaction(caller) as tx:
            await jobs.cancel(tx, job)
    found = await ended(owner, job)
    assert found["state"] == "cancelled"
    assert await version(owner, world) == before + 3, "what was begun is done, and nothing after it"


async def test_a_worker_that_is_asked_to_stop_gives_back_what_it_has_not_done(
    start: Start, database: Database, owner: asyncpg.Connection, owner_dsn: str, world: World
) -> None:
    before = await version(owner, world)
    first = await start()
    async with closed_gate(owner_dsn):
        job = await ask(database, world, "test.steps", steps=4, gate=True)
        await at_the_gate(owner)
        first.send_signal(signal.SIGTERM)
    assert await first.wait() == 0
    await start()
    found = await ended(owner, job)
    assert found["state"] == "succeeded"
    assert await version(owner, world) == before + 4
