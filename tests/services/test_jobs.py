"""The queue and the work on it, step by step in this process: states, rights, back-off, dead letters, schedules."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from app import worker
from app.db.session import Database, Statement, Tx
from app.domain.access import Caller, Scope
from app.domain.errors import Conflict, NotFound, Unauthorised
from app.security.keys import Keys
from app.services import job_kinds, jobs, jobs_running, rights
from app.services.job_kinds import Schedule
from app.services.jobs_running import Desk, JobContext, Kind, run_one
from app.settings import Settings
from tests.job_kinds import KINDS
from tests.services.test_door import caller_of
from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(settings: Settings, keys: Keys) -> AsyncIterator[Desk]:
    """A worker's place of work, with an empty queue."""
    database = Database(worker.database_url(settings), size=4)
    aside = Database(worker.database_url(settings), size=4)
    await database.open()
    await aside.open()
    describe = worker._describer(settings)
    yield Desk(settings, keys, database, aside, KINDS, f"worker-{uuid4()}", describe, asyncio.Event(), report_s=0)
    await database.close()
    await aside.close()


@pytest.fixture(autouse=True)
async def empty(owner: asyncpg.Connection) -> None:
    await owner.execute("DELETE FROM jobs")


async def ask(database: Database, world: World, kind: str, account: str = "icmpd.manager", **more: Any) -> UUID:
    caller = await caller_of(database, world, account)
    args = {"site": str(world["store"]), **more.pop("args", {})}
    async with database.transaction(caller) as tx:
        return await jobs.enqueue(tx, kind, args, **more)


async def row(owner: asyncpg.Connection, job: UUID) -> asyncpg.Record:
    return await owner.fetchrow(
        "SELECT j.*, d.result::text, d.memo::text FROM jobs j JOIN job_details d ON d.job_id = j.id WHERE j.id = $1",
        job,
    )


async def due(owner: asyncpg.Connection, job: UUID) -> None:
    """What waits for its next attempt has waited long enough."""
    await owner.execute("UPDATE jobs SET run_after = clock_timestamp() - interval '1 s' WHERE id = $1", job)


async def version(owner: asyncpg.Connection, world: World) -> int:
    return int(await owner.fetchval("SELECT version FROM sites WHERE id = $1", world["store"]))


def problem_of(found: asyncpg.Record) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(found["problem"])
    return told


async def test_a_job_has_its_effect_and_says_so_in_one_commit(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    before = await version(owner, world)
    job = await ask(database, world, "test.rename")
    assert (await row(owner, job))["state"] == "queued"
    assert await run_one(desk)
    found = await row(owner, job)
    assert (found["state"], found["attempts"], found["result"]) == ("succeeded", 1, '{"attempt": 1}')
    assert (found["worker"], found["lease_until"], found["finished_at"] is None) == (None, None, False)
    assert await version(owner, world) == before + 1
    assert not await run_one(desk)


async def test_what_is_rolled_back_was_never_asked_for(desk: Desk, database: Database, world: World) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    tx = Tx(database, caller)
    await jobs.enqueue(tx, "test.rename", {})
    await tx.close()
    assert not await run_one(desk)


async def test_nobody_asks_for_a_job_without_being_somebody(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(Unauthorised):
            await jobs.enqueue(tx, "test.rename", {})


async def test_kinds_that_a_worker_does_not_know_wait_for_one_that_does(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    job = await ask(database, world, "test.newer")
    assert not await run_one(desk)
    assert (await row(owner, job))["state"] == "queued"


async def test_the_same_key_is_the_same_job_until_it_has_ended(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    first = await ask(database, world, "test.rename", unique_key="once")
    assert await ask(database, world, "test.rename", unique_key="once") == first
    other = await ask(database, world, "test.rename", account="italy.manager", unique_key="once")
    assert other != first, "another person's job is none of mine"
    assert await ask(database, world, "test.reject", unique_key="once") not in {first, other}
    while await run_one(desk):
        pass
    again = await ask(database, world, "test.rename", unique_key="once")
    assert again not in {first, other}


async def test_what_cannot_be_carried_out_fails_at_once(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    job = await ask(database, world, "test.reject")
    await run_one(desk)
    found = await row(owner, job)
    assert (found["state"], found["attempts"]) == ("failed", 1)
    assert problem_of(found) == {
        "type": "http://test/problems/invalid",
        "title": "Some of what was sent is not valid",
        "status": 422,
        "detail": "There is no such thing.",
        "instance": f"/api/v1/jobs/{job}",
        "code": "invalid",
        "errors": [{"pointer": "/rows/3", "code": "unknown_reference", "detail": "There is no such thing."}],
    }


async def test_what_may_work_later_backs_off_dies_and_can_be_tried_again(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    job = await ask(database, world, "test.fail", max_attempts=3)
    pauses = []
    for attempt in (1, 2):
        assert await run_one(desk)
        found = await row(owner, job)
        assert (found["state"], found["attempts"], problem_of(found)["code"]) == ("queued", attempt, "internal")
        pauses.append(await owner.fetchval("SELECT extract(epoch FROM run_after - clock_timestamp())::float FROM jobs"))
        assert not await run_one(desk), "it waits"
        await due(owner, job)
    assert 0 < pauses[0] <= 2
    assert 1 < pauses[1] <= 4
    assert await run_one(desk)
    found = await row(owner, job)
    assert (found["state"], found["attempts"]) == ("dead", 3)
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        await jobs.retry(tx, job)
    found = await row(owner, job)
    assert (found["state"], found["attempts"], found["problem"], found["finished_at"]) == ("queued", 0, None, None)
    assert await run_one(desk)
    assert (await row(owner, job))["attempts"] == 1


async def test_our_own_mistakes_say_nothing_but_that_they_are_ours(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    job = await ask(database, world, "test.stumble", max_attempts=1)
    await run_one(desk)
    found = await row(owner, job)
    assert (found["state"], problem_of(found)["code"]) == ("dead", "internal")
    assert "person" not in found["problem"]


async def test_whoever_is_silent_too_long_loses_the_job_and_cannot_write_for_it(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    """A worker that was paused wakes up after another took its job over: neither its effect nor its end is kept."""
    job = await ask(database, world, "test.rename")
    before = await version(owner, world)
    late = await claimed(desk)
    await owner.execute("UPDATE jobs SET lease_until = clock_timestamp() - interval '1 s'")
    assert await run_one(replace(desk, worker="another"))
    found = await row(owner, job)
    assert (found["state"], found["attempts"], found["claims"]) == ("succeeded", 2, 2)
    with pytest.raises(jobs_running._Lost):
        await KINDS["test.rename"].run(late)
    with pytest.raises(jobs_running._Lost):
        await late.beat()
    assert await version(owner, world) == before + 1
    assert (await row(owner, job))["result"] == '{"attempt": 2}'


async def claimed(desk: Desk) -> JobContext:
    """A job that somebody has begun with."""
    async with desk.aside.transaction() as tx:
        found = await tx.value(jobs_running._CLAIM, worker=desk.worker, lease=30, known=sorted(desk.kinds))
    assert found is not None
    return JobContext(desk, found)


async def test_no_job_is_taken_over_while_its_worker_is_about_to_commit(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    job = await ask(database, world, "test.rename")
    before = await version(owner, world)
    slow = await claimed(desk)
    async with slow.conclusion() as tx:
        await owner.execute("UPDATE jobs SET lease_until = clock_timestamp() - interval '1 s'")
        assert not await run_one(replace(desk, worker="another")), "what was begun is committed first, or never"
        await tx.run(Statement("UPDATE sites SET version = version + 1 WHERE id = :id"), id=world["store"])
    assert (await row(owner, job))["state"] == "succeeded"
    assert await version(owner, world) == before + 1


async def test_a_job_that_loses_its_workers_dies_in_the_end(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    job = await ask(database, world, "test.rename", max_attempts=2)
    for _ in range(2):
        await claimed(desk)
        await owner.execute("UPDATE jobs SET lease_until = clock_timestamp() - interval '1 s'")
    assert await run_one(desk)
    found = await row(owner, job)
    assert (found["state"], found["attempts"], problem_of(found)["code"]) == ("dead", 2, "worker_lost")


async def test_steps_are_kept_and_whoever_takes_over_goes_on_behind_them(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    job = await ask(database, world, "test.steps", args={"steps": 4})
    before = await version(owner, world)
    first = await claimed(desk)
    async with first.transaction() as tx:
        await tx.run(Statement("UPDATE sites SET version = version + 1 WHERE id = :id"), id=world["store"])
        await first.note(tx, {"done": 1})
    await owner.execute("UPDATE jobs SET lease_until = clock_timestamp() - interval '1 s'")
    assert await run_one(desk)
    found = await row(owner, job)
    assert (found["state"], found["result"]) == ("succeeded", '{"to": 4, "from": 1}')
    assert (found["done"], found["total"], found["phase"]) == (4, 4, "steps")
    assert await version(owner, world) == before + 4


async def test_a_queued_job_is_cancelled_at_once_and_a_running_one_at_its_next_step(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    queued = await ask(database, world, "test.rename")
    async with database.transaction(caller) as tx:
        await jobs.cancel(tx, queued)
        await jobs.cancel(tx, queued)
    assert (await row(owner, queued))["state"] == "cancelled"
    assert not await run_one(desk)

    running = await ask(database, world, "test.steps", args={"steps": 2})
    job = await claimed(desk)
    async with database.transaction(caller) as tx:
        await jobs.cancel(tx, running)
    assert (await row(owner, running))["state"] == "running"
    await jobs_running._attempt(desk, job)
    found = await row(owner, running)
    assert (found["state"], found["done"], found["result"]) == ("cancelled", 0, None)
    async with database.transaction(caller) as tx:
        with pytest.raises(Conflict):
            await jobs.retry(tx, running)


async def test_a_cancelled_job_whose_worker_was_lost_is_cancelled_by_the_next(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    job = await ask(database, world, "test.rename")
    before = await version(owner, world)
    await claimed(desk)
    await owner.execute("SELECT app.cancel_any_job($1)", job)
    await owner.execute("UPDATE jobs SET lease_until = clock_timestamp() - interval '1 s'")
    assert await run_one(desk)
    assert (await row(owner, job))["state"] == "cancelled"
    assert await version(owner, world) == before


async def test_what_has_ended_cannot_be_cancelled(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    job = await ask(database, world, "test.rename")
    await run_one(desk)
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        with pytest.raises(Conflict, match="ended"):
            await jobs.cancel(tx, job)
        with pytest.raises(NotFound):
            await jobs.cancel(tx, uuid4())


async def test_a_worker_that_stops_gives_its_job_back_uncounted(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    job = await ask(database, world, "test.rename")
    desk.stopping.set()
    await run_one(desk)
    found = await row(owner, job)
    assert (found["state"], found["attempts"], found["problem"]) == ("queued", 0, None)
    desk.stopping.clear()
    await run_one(desk)
    assert (await row(owner, job))["state"] == "succeeded"


async def test_a_job_has_no_more_rights_than_its_requester_has_now(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    job = await ask(database, world, "test.rename", account="icmpd.logistics")
    before = await version(owner, world)
    await owner.execute("UPDATE accounts SET active = false WHERE id = $1", world.accounts["icmpd.logistics"])
    try:
        await run_one(desk)
    finally:
        await owner.execute("UPDATE accounts SET active = true WHERE id = $1", world.accounts["icmpd.logistics"])
    found = await row(owner, job)
    assert (found["state"], problem_of(found)["code"]) == ("failed", "requester_not_allowed")
    assert await version(owner, world) == before


async def test_nor_more_than_the_token_allowed_that_asked_for_it(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    narrow = rights.narrowed(caller, frozenset({Scope.REGISTER_READ.value}))
    async with database.transaction(narrow) as tx:
        job = await jobs.enqueue(tx, "test.rename", {"site": str(world["store"])})
    await run_one(desk)
    found = await row(owner, job)
    assert (found["state"], problem_of(found)["code"]) == ("failed", "requester_not_allowed")


async def test_rights_are_read_again_before_the_commit(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    """Taken away while the job worked: its effect is rolled back. Changed in another way: it is tried again."""
    before = await version(owner, world)
    account = world.accounts["icmpd.morocco"]

    async def meanwhile(statement: str, job: JobContext) -> None:
        async with job.conclusion() as tx:
            await tx.run(Statement("UPDATE sites SET version = version + 1 WHERE id = :id"), id=world["store"])
            await owner.execute(statement, account)

    async def replaced(job: JobContext) -> None:
        if job.attempt > 1:
            job.result = {"seen": "again"}
            return
        await meanwhile("UPDATE grants SET component_id = NULL WHERE account_id = $1", job)

    async def taken(job: JobContext) -> None:
        await meanwhile("DELETE FROM grants WHERE account_id = $1", job)

    kinds = {"test.replaced": Kind(replaced, Scope.REGISTER_WRITE), "test.taken": Kind(taken, Scope.REGISTER_WRITE)}
    here = replace(desk, kinds=kinds)
    job = await ask(database, world, "test.replaced", account="icmpd.morocco")
    await run_one(here)
    found = await row(owner, job)
    assert (found["state"], problem_of(found)["code"]) == ("queued", "unavailable")
    await due(owner, job)
    await run_one(here)
    assert (await row(owner, job))["state"] == "succeeded"

    job = await ask(database, world, "test.taken", account="icmpd.morocco")
    await run_one(here)
    found = await row(owner, job)
    assert (found["state"], problem_of(found)["code"]) == ("failed", "requester_not_allowed")
    assert await version(owner, world) == before


async def test_schedules_have_one_leader_and_do_not_pile_up(
    desk: Desk, database: Database, owner: asyncpg.Connection
) -> None:
    schedules = (Schedule("test", "jobs.forget", 3600),)

    async def start() -> int:
        async with desk.database.transaction() as tx:
            return await job_kinds.start_due(tx, schedules)

    assert sum(await asyncio.gather(*[start() for _ in range(4)])) == 1
    assert await start() == 0
    await owner.execute("UPDATE schedules SET due_at = clock_timestamp() - interval '5 h' WHERE name = 'test'")
    assert await start() == 0, "the one before is in the queue still"
    assert await owner.fetchval("SELECT due_at > clock_timestamp() FROM schedules WHERE name = 'test'")
    assert await run_one(replace(desk, kinds=job_kinds.KINDS))
    await owner.execute("UPDATE schedules SET due_at = clock_timestamp() - interval '5 h' WHERE name = 'test'")
    assert await start() == 1
    missed = "SELECT due_at > clock_timestamp() AND due_at <= clock_timestamp() + interval '1 h' FROM schedules"
    assert await owner.fetchval(f"{missed} WHERE name = 'test'"), "what was missed is not made up for"


async def test_old_jobs_are_forgotten_and_others_not(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    old, recent, waiting = [await ask(database, world, "test.rename") for _ in range(3)]
    ages = ((old, 40, 31), (recent, 40, 29), (waiting, 40, None))
    for job, made, ended in ages:
        await owner.execute(
            "UPDATE jobs SET created_at = clock_timestamp() - make_interval(days => $2), state = $4, "
            "finished_at = clock_timestamp() - make_interval(days => $3) WHERE id = $1",
            job,
            made,
            ended,
            "succeeded" if ended else "queued",
        )
    async with desk.database.transaction() as tx:
        await job_kinds.start_due(tx, (Schedule("forget", "jobs.forget", 3600),))
    assert await run_one(replace(desk, kinds=job_kinds.KINDS))
    left = {record["id"] for record in await owner.fetch("SELECT id FROM jobs WHERE requester_id IS NOT NULL")}
    assert left == {recent, waiting}


async def _execute(database: Database, caller: Caller | None, sql: str) -> None:
    async with database.transaction(caller) as tx:
        await (await tx.connection).execute(sql)


async def test_the_application_role_cannot_do_the_workers_part(database: Database, world: World) -> None:
    caller = await caller_of(database, world, "root")
    for call in ("claim_job('x', 1, '{}')", f"hold_job('{uuid4()}', 1)", f"cancel_any_job('{uuid4()}')"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _execute(database, caller, f"SELECT app.{call}")


async def test_an_attempt_is_cut_short_when_its_signs_of_life_tell_that_it_was_taken_over(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def wait(_job: JobContext) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    job = await ask(database, world, "test.wait")
    working = asyncio.create_task(run_one(replace(desk, kinds={"test.wait": Kind(wait)}, lease_s=0)))
    await begun.wait()
    await owner.execute("UPDATE jobs SET claims = claims + 1 WHERE id = $1", job)
    assert await working
    assert ended.is_set()
    assert (await row(owner, job))["state"] == "running", "it is somebody else's now"


async def test_what_cannot_even_be_said_is_left_to_whoever_takes_over(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    async def closes(_job: JobContext) -> None:
        await gone.close()

    gone = Database(worker.database_url(desk.settings), size=2)
    await gone.open()
    job = await ask(database, world, "test.closes")
    here = replace(desk, kinds={"test.closes": Kind(closes)}, aside=gone, database=gone)
    assert await run_one(here)
    assert (await row(owner, job))["state"] == "running"
    await owner.execute("UPDATE jobs SET lease_until = clock_timestamp() - interval '1 s'")
    kinds = {"test.closes": Kind(nothing)}
    assert await run_one(replace(desk, kinds=kinds))
    assert (await row(owner, job))["state"] == "succeeded"


async def nothing(_job: JobContext) -> None:
    """Succeeds."""


async def test_how_long_the_queue_is(desk: Desk, database: Database, owner: asyncpg.Connection, world: World) -> None:
    await ask(database, world, "test.rename")
    await ask(database, world, "test.rename")
    await claimed(desk)
    await owner.execute("UPDATE jobs SET run_after = clock_timestamp() - interval '90 s'")
    async with desk.database.transaction(read_only=True) as tx:
        found = await jobs_running.waiting(tx)
    assert (found.queued, found.running) == (1, 1)
    assert found.seconds >= 90


async def test_a_verification_goes_on_where_another_attempt_came_to(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    caller = await caller_of(database, world, "auditor")
    async with database.transaction(caller) as tx:
        job = await jobs.enqueue(tx, "audit.verify", {"component": None, "item": None, "checkpoint": False})
    broken = {"item_id": str(uuid4()), "reference": "EQ-1", "problem": "gap", "position": 2, "detail": "Seen before."}
    memo = {"items": 500, "events": 900, "broken": 1, "problems": [broken], "after": None, "complete": False}
    await owner.execute(
        "UPDATE job_details SET memo = $2::text::jsonb WHERE job_id = $1", job, orjson.dumps(memo).decode()
    )
    assert await run_one(replace(desk, kinds=job_kinds.KINDS))
    result = orjson.loads((await row(owner, job))["result"])
    assert (result["items"], result["holds"], result["problems"][0]["reference"]) == (500, False, "EQ-1")


async def test_what_succeeded_has_done_all_of_it_whenever_it_told_so_last(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    """Progress is told a few times a second only: the last of it comes with the end."""

    async def counted(job: JobContext) -> None:
        for done in (500, 1000, 1503):
            await job.progress(done, 1503, "chains")

    async def uncounted(job: JobContext) -> None:
        await job.progress(40, None, "rows")
        await job.progress(72, None, "rows")

    async def stuck(job: JobContext) -> None:
        await counted(job)
        raise Conflict("Somebody was faster.")

    kinds = {"test.counted": Kind(counted), "test.uncounted": Kind(uncounted), "test.stuck": Kind(stuck)}
    seldom = replace(desk, kinds=kinds, report_s=3600)
    asked = {kind: await ask(database, world, kind) for kind in kinds}
    while await run_one(seldom):
        pass
    found = {kind: await row(owner, job) for kind, job in asked.items()}
    assert {kind: (each["state"], each["done"], each["total"], each["phase"]) for kind, each in found.items()} == {
        "test.counted": ("succeeded", 1503, 1503, "chains"),
        "test.uncounted": ("succeeded", 72, 72, "rows"),
        "test.stuck": ("failed", 1503, 1503, "chains"),
    }


async def test_whoever_claims_beside_another_gets_the_next_job(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    """Each claim holds its own job only, however many wait: a free slot does not wait for the next look."""
    asked = [await ask(database, world, "test.rename") for _ in range(3)]
    claim = {"worker": desk.worker, "lease": 30, "known": sorted(desk.kinds)}
    async with desk.aside.transaction() as one, desk.aside.transaction() as other:
        first = await one.value(jobs_running._CLAIM, **claim)
        second = await other.value(jobs_running._CLAIM, **claim)
        assert [UUID(each["id"]) for each in (first, second)] == asked[:2]


async def test_a_job_is_not_claimed_while_whoever_held_it_writes(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    """The next one is, in the same claim."""
    held, free = [await ask(database, world, "test.rename") for _ in range(2)]
    async with desk.database.transaction() as tx:
        await tx.run(Statement("SELECT pg_advisory_xact_lock_shared(hashtextextended(:key, 0))"), key=f"job:{held}")
        assert await run_one(desk)
        assert not await run_one(desk)
    assert [(await row(owner, job))["state"] for job in (held, free)] == ["queued", "succeeded"]


async def test_a_job_whose_work_was_asked_for_anew_names_the_one_that_lives(
    desk: Desk, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    first = await ask(database, world, "test.reject", unique_key="once")
    assert await run_one(desk)
    second = await ask(database, world, "test.reject", unique_key="once")
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        with pytest.raises(Conflict) as refused:
            await jobs.retry(tx, first)
    assert refused.value.facts == {"job": str(second)}
    assert str(refused.value) == (
        f"Job {second} is doing the same: wait for it or cancel it, then ask again if this is still needed."
    )
    async with database.transaction(caller) as tx:
        await jobs.cancel(tx, second)
        assert str(await jobs._under_way(tx, first)).endswith("; ask again."), "it ended a moment ago"
        await jobs.retry(tx, first)
    assert (await row(owner, first))["state"] == "queued"
