"""Connections: served in order, given back clean, cut when they are not."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.db import pool as pools
from app.db.embedded import Embedded
from app.db.pool import FairGate, Pool
from app.db.session import Database, Statement
from app.domain.access import Caller
from app.domain.errors import Unavailable

pytestmark = pytest.mark.anyio

PID = Statement("SELECT pg_backend_pid()")
SET = Statement("SELECT set_config('app.caller', '00000000-0000-0000-0000-000000000001', true)")
ASK = Statement("SELECT coalesce(current_setting('app.caller', true), '')")
FAIL = Statement("SELECT 1 / 0")
LONG = Statement("SELECT pg_sleep(600)")


@pytest.fixture
async def database(cluster: Embedded, database_name: str) -> Any:
    made = Database(cluster.dsn("app", database_name), size=1, acquire_timeout=5)
    await made.open()
    yield made
    await made.close()


async def test_places_are_given_in_the_order_of_asking() -> None:
    gate, served = FairGate(1), []
    await gate.enter(1)

    async def wait(name: str) -> None:
        await gate.enter(5)
        served.append(name)
        gate.leave()

    waiting = []
    for name in ("first", "second", "third"):
        waiting.append(asyncio.create_task(wait(name)))
        await asyncio.sleep(0)
    gate.leave()
    await asyncio.gather(*waiting)
    assert served == ["first", "second", "third"]
    assert gate.taken == 0


async def test_whoever_gives_up_waiting_takes_no_place() -> None:
    gate = FairGate(1)
    await gate.enter(1)
    task = asyncio.create_task(gate.enter(5))
    await asyncio.sleep(0)
    task.cancel()
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
    with pytest.raises(TimeoutError):
        await gate.enter(0)
    gate.leave()
    assert gate.taken == 0
    await gate.enter(0)


async def test_whose_time_is_up_is_sent_away_and_the_others_go_on_waiting() -> None:
    gate = FairGate(1)
    await gate.enter(1)
    patient = asyncio.create_task(gate.enter(600))
    await asyncio.sleep(0)
    hurried = [asyncio.create_task(gate.enter(within)) for within in (0.002, 0.001, 0)]
    assert [type(each) for each in await asyncio.gather(*hurried, return_exceptions=True)] == [TimeoutError] * 3
    assert not patient.done()
    gate.leave()
    await patient
    gate.leave()
    assert gate.taken == 0


def test_the_timer_of_a_loop_that_has_ended_keeps_nobody_waiting() -> None:
    gate = FairGate(1)

    async def leave_somebody_waiting() -> None:
        await gate.enter(1)
        task = asyncio.create_task(gate.enter(0.2))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def wait_too_long() -> None:
        async with asyncio.timeout(30):  # what ends by this is cancelled, and no TimeoutError inside
            with pytest.raises(TimeoutError):
                await gate.enter(0.3)

    asyncio.run(leave_somebody_waiting())
    asyncio.run(wait_too_long())


async def test_nobody_is_served_at_once_before_those_who_wait(database: Database) -> None:
    pool = database.pool
    assert pool.take_at_once() is None, "nothing is open yet"
    connection = await pool.take()
    waiting = asyncio.create_task(pool.take())
    await asyncio.sleep(0)
    pool.give_back_clean(connection)
    assert pool.take_at_once() is None, "the place is the waiting one's"
    assert await waiting is connection
    pool.give_back_clean(connection)
    assert pool.take_at_once() is connection
    assert connection is not None
    assert pool.busy == 1
    connection.terminate()
    pool.give_back_clean(connection)
    assert pool.take_at_once() is None, "what broke is not given"
    assert pool.busy == 0


async def test_a_connection_is_used_again(database: Database) -> None:
    async with database.transaction() as tx:
        first = await tx.value(PID)
    async with database.transaction(read_only=True) as tx:
        assert await tx.value(PID) == first
    assert database.busy == 0


async def test_a_cancelled_statement_leaves_nothing_to_the_next(database: Database) -> None:
    started = asyncio.Event()

    async def work() -> None:
        async with database.transaction() as tx:
            await tx.value(SET)
            started.set()
            await tx.value(LONG)

    task = asyncio.create_task(work())
    await started.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    async with database.transaction(read_only=True) as tx:
        assert await tx.value(ASK) == ""
    assert database.busy == 0


async def test_a_cancelled_read_leaves_nothing_to_the_next(database: Database) -> None:
    async def read() -> None:
        async with database.transaction(read_only=True) as tx:
            await tx.value(LONG)

    task = asyncio.create_task(read())
    for _ in range(1000):  # turns of the loop: it connects, then waits for the answer
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with database.transaction() as tx:
        assert await tx.value(ASK) == ""
    assert database.busy == 0


@pytest.mark.parametrize("read_only", [False, True])
async def test_whenever_somebody_leaves_the_next_one_finds_nothing(database: Database, *, read_only: bool) -> None:
    """At every turn of the loop, BEGIN with its identity on the way included, which the driver does not know of yet."""
    someone = Caller(
        id=UUID(int=1), person_id=UUID(int=1), organisation_id=UUID(int=1), kind="account",
        organisation_kinds=frozenset(), scopes=frozenset(),
    )  # fmt: skip

    async def work() -> None:
        async with database.transaction(someone, read_only=read_only) as tx:
            await tx.value(ASK)
            await tx.value(ASK)

    for turns in range(60):
        for _ in range(3):
            task = asyncio.create_task(work())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            async with database.transaction() as tx:
                assert await tx.value(ASK) == "", turns
    assert database.busy == 0


async def test_a_commit_after_a_failed_statement_is_no_success(database: Database) -> None:
    async def swallow() -> None:
        async with database.transaction() as tx:
            with pytest.raises(asyncpg.DivisionByZeroError):
                await (await tx.connection).fetch(FAIL.sql)

    with pytest.raises(RuntimeError, match="nothing was saved"):
        await swallow()
    async with database.transaction() as tx:
        assert await tx.value(ASK) == ""


async def test_a_connection_that_rested_too_long_is_replaced(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as tx:
        first = await tx.value(PID)
    monkeypatch.setattr(pools, "IDLE_SECONDS", -1.0)
    async with database.transaction() as tx:
        assert await tx.value(PID) != first


async def test_a_connection_that_broke_is_replaced(database: Database) -> None:
    async with database.transaction() as tx:
        first = await tx.value(PID)
        connection = await tx.connection
    connection.terminate()
    async with database.transaction() as tx:
        assert await tx.value(PID) != first


async def test_a_server_that_is_away_is_unavailable_and_takes_no_place() -> None:
    async def refuse() -> Any:
        raise ConnectionRefusedError

    pool = Pool(refuse, size=1, timeout=1)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await pool.take()
    assert pool.busy == 0


async def test_a_pool_that_closes_cuts_what_does_not_end(cluster: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "CLOSE_SECONDS", 0.01)
    database = Database(cluster.dsn("app"), size=1)
    await database.open()
    connection = await database.acquire()
    await database.close()
    assert connection.is_closed()
    with pytest.raises(Unavailable):
        await database.acquire()
