"""Sums of the past (ADR 30): whatever is recorded, corrected and summed in whatever order, `as_of` stays exact."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.session import Database, Statement
from app.domain.access import Caller
from app.domain.errors import Forbidden
from app.services import door, history_sums
from app.services.readiness_facts import Moment
from tests.services.test_door import caller_of, custody, radio
from tests.services.test_door_spans import Story
from tests.services.test_readiness import folded, histories, in_service, read
from tests.world import World

pytestmark = pytest.mark.anyio

DAYS = 5
LATE = Statement("SELECT * FROM history_late")
SUMS = Statement("SELECT * FROM history_sums")


@pytest.fixture
async def owners(owner_dsn: str) -> AsyncIterator[Database]:
    database = Database(owner_dsn, size=2)
    await database.open()
    yield database
    await database.close()


async def keep(owners: Database, *, days: int = DAYS, every: int = 4, most: int = 3) -> int:
    async with owners.transaction() as tx:
        return await history_sums.keep(tx, days=days, every=every, most=most)


async def keep_all(owners: Database, **more: int) -> int:
    rounds = 0
    while await keep(owners, **more):
        rounds += 1
    return rounds


async def astray(owners: Database) -> list[dict[str, Any]]:
    async with owners.transaction() as tx:
        return await history_sums.check(tx)


async def held(database: Database, world: World, n: int, at: datetime) -> list[door.NewItem]:
    """Items of one unit and model, in service since an instant."""
    caller = await caller_of(database, world, "icmpd.manager")
    items = [radio(world, stage="delivered", **custody(world)) for _ in range(n)]
    give = {
        "title_organisation_id": world["tn-coast-guard"],
        "custody_organisation_id": world["tn-coast-guard"],
        "custody_site_id": world["site-tn-zarzis"],
        "unit_id": world["tn-zarzis"],
    }
    steps: list[tuple[str, dict[str, Any]]] = [
        ("accept", {"title_organisation_id": world["icmpd"]}),
        ("hand_over", give),
        ("put_in_service", {}),
    ]
    async with database.transaction(caller) as tx:
        await door.register(tx, items, occurred_at=at)
        for n_th, (action, payload) in enumerate(steps, 1):
            moves = [door.Move(item.id, action, payload) for item in items]
            await door.move(tx, moves, occurred_at=at + timedelta(hours=n_th), by_document=True)
    return items


async def report(database: Database, caller: Caller, item: door.NewItem, at: datetime) -> None:
    async with database.transaction(caller) as tx:
        await door.move(tx, [door.Move(item.id, "report_condition", {"condition": "up"})], occurred_at=at)


async def same_everywhere(database: Database, caller: Caller, owners: Database) -> None:
    """At every instant that has sums, and between: from the sums as counted anew."""
    async with owners.transaction() as tx:
        instants = {row["summed_at"] for row in await tx.rows(SUMS)}
    assert instants
    for at in instants:
        for moment in (Moment(at.date(), at, days=days) for days in (0, DAYS, 12)):
            assert await read(database, caller, moment) == await read(database, caller, moment, most=0)
    assert await astray(owners) == []


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(min_value=0, max_value=2**32))
async def test_sums_tell_what_the_events_say(
    database: Database, world: World, owner: asyncpg.Connection, owners: Database, seed: int
) -> None:
    """Stories with late events, corrections and annulments, and sums made at any time between."""
    random = Random(seed)  # noqa: S311  repeatable, no secrets
    caller, receiver = [await caller_of(database, world, name) for name in ("icmpd.manager", "tn.focal")]
    story = Story(database, world, caller, receiver, seed)
    await in_service(story)
    for _ in range(6):
        await story.step(owner)
        if random.random() < 0.5:
            await keep(owners, every=random.choice([1, 3, 10]), most=random.choice([1, 5]))
    known = await histories(owner)
    instants = sorted(e.occurred_at for *_, events in known.values() for e in events)
    for _ in range(5):
        at = random.choice(instants) + timedelta(seconds=random.choice([0, 0, -1, 40_000]))
        moment = Moment(at.date(), at, days=random.choice([0, 2, DAYS, 30]))
        expected = folded(known, moment)
        assert await read(database, caller, moment) == expected
        assert await read(database, caller, moment, most=0) == expected
    assert await astray(owners) == []


async def test_the_property_is_not_empty(database: Database, world: World, owner: asyncpg.Connection) -> None:
    """Sums were made, late facts were added to them, and some wait."""
    caller, receiver = [await caller_of(database, world, name) for name in ("icmpd.manager", "tn.focal")]
    for seed in range(20):
        story = Story(database, world, caller, receiver, seed)
        await in_service(story)
        for _ in range(5):
            await story.step(owner)
    waiting = await owner.fetchval("SELECT count(*) FROM history_late")
    gone = await owner.fetchval("SELECT count(*) FROM history_late WHERE k = -1")
    assert waiting > gone > 0
    assert await owner.fetchval("SELECT app.keep_history(5, 10, 1000)") > 0
    row = await owner.fetchrow(
        "SELECT count(DISTINCT summed_at) AS instants, sum(functional) AS functional, sum(confirmed) AS confirmed, "
        "sum(down_failure) AS failed FROM history_sums"
    )
    assert row is not None
    assert row["instants"] > 5
    assert row["functional"] > row["confirmed"] > 0
    assert row["failed"] > 0


async def test_who_writes_late_while_sums_are_made_is_counted_once(
    database: Database, world: World, owners: Database
) -> None:
    """Sums made between a late write and its commit do not have it; what it noted counts for them."""
    caller = await caller_of(database, world, "icmpd.manager")
    first = datetime.now(UTC) - timedelta(days=20)
    items = await held(database, world, 6, first)
    async with owners.transaction() as tx:
        await tx.run(Statement("DELETE FROM history_sums"))
    async with database.transaction(caller) as tx:
        move = door.Move(items[0].id, "report_condition", {"condition": "up"})
        await door.move(tx, [move], occurred_at=first + timedelta(days=2))
        assert await keep_all(owners, every=1, most=50) > 0
        await same_everywhere(database, caller, owners)
    await same_everywhere(database, caller, owners)
    async with owners.transaction() as tx:
        assert len(await tx.rows(LATE)) > 0
    assert await keep_all(owners, every=1, most=50) > 0
    async with owners.transaction() as tx:
        assert await tx.rows(LATE) == []
    await same_everywhere(database, caller, owners)
    at = first + timedelta(days=3)
    functional = sum(t.functional for t in await read(database, caller, Moment(at.date(), at, days=DAYS)))
    await report(database, caller, items[1], first + timedelta(days=2, hours=1))
    found = await read(database, caller, Moment(at.date(), at, days=DAYS))
    assert sum(t.functional for t in found) == functional + 1


async def test_writers_and_sums_at_once_lose_nothing(database: Database, world: World, owners: Database) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    first = datetime.now(UTC) - timedelta(days=20)
    items = await held(database, world, 12, first)
    at = first + timedelta(days=9)
    functional = sum(t.functional for t in await read(database, caller, Moment(at.date(), at, days=DAYS)))

    async def write(mine: Sequence[door.NewItem]) -> None:
        for n, item in enumerate(mine):
            await report(database, caller, item, first + timedelta(days=2, hours=n))

    async def sum_up() -> None:
        for every in (9, 5, 3, 1):
            await keep(owners, every=every, most=4)

    await asyncio.gather(write(items[::2]), write(items[1::2]), sum_up())
    found = await read(database, caller, Moment(at.date(), at, days=DAYS))
    assert sum(t.functional for t in found) == functional + len(items)
    await same_everywhere(database, caller, owners)


async def test_of_two_at_once_one_does_nothing(owners: Database) -> None:
    await keep_all(owners)
    async with owners.transaction() as one:
        await history_sums.keep(one, days=DAYS)
        async with owners.transaction() as two:
            assert await history_sums.keep(two, days=DAYS + 1) == 0
    async with owners.transaction() as tx:
        assert {row["days"] for row in await tx.rows(SUMS)} == {DAYS}


async def test_other_days_of_confirmation_begin_anew(database: Database, world: World, owners: Database) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    await keep_all(owners, days=DAYS + 2, every=4)
    async with owners.transaction() as tx:
        assert {row["days"] for row in await tx.rows(SUMS)} == {DAYS + 2}
    await same_everywhere(database, caller, owners)


async def test_much_that_came_late_is_added_in_parts(
    database: Database, world: World, owner: asyncpg.Connection, owners: Database
) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    await keep_all(owners)
    await owner.execute(
        "INSERT INTO history_late (unit_id, model_id, component_id, place, starts_at, ends_at, k) "
        "SELECT $1, $2, $3, 'withdrawn', '2020-01-01Z', 'infinity', CASE WHEN n % 2 = 0 THEN 1 ELSE -1 END "
        "FROM generate_series(1, 5004) n",
        world["tn-zarzis"],
        world["radio"],
        world["tunisia"],
    )
    assert (await keep(owners), await keep(owners), await keep(owners)) == (5000, 4, 0)
    await same_everywhere(database, caller, owners)


async def test_sums_that_went_astray_are_found(owner: asyncpg.Connection, owners: Database) -> None:
    key = "summed_at, unit_id, model_id, component_id"
    chosen = f"WHERE ({key}) = (SELECT {key} FROM history_sums ORDER BY {key} LIMIT 1)"
    await owner.execute(f"UPDATE history_sums SET functional = functional + 2 {chosen}")
    found = await astray(owners)
    await owner.execute(f"UPDATE history_sums SET functional = functional - 2 {chosen}")
    assert (found[0]["place"], found[0]["too_many"]) == ("functional", 2)
    assert await astray(owners) == []


async def test_requests_make_no_sums_and_see_those_of_their_units(database: Database, world: World) -> None:
    manager, stranger = [await caller_of(database, world, name) for name in ("icmpd.manager", "icmpd.morocco")]
    with pytest.raises(Forbidden):
        async with database.transaction(manager) as tx:
            await history_sums.keep(tx, days=DAYS)
    async with database.transaction(manager, read_only=True) as tx:
        assert len(await tx.rows(SUMS)) > 0
    async with database.transaction(stranger, read_only=True) as tx:
        assert await tx.rows(SUMS) == []


async def test_whatever_changes_spans_is_noted(owner: asyncpg.Connection) -> None:
    """Also what the door never does: state, beginning and end in one statement, and rows taken away."""
    changes = (
        "UPDATE item_spans SET ends_at = ends_at - interval '1 minute', stage = 'withdrawn' WHERE ends_at < 'infinity'",
        "UPDATE item_spans SET starts_at = starts_at - interval '1 second', ends_at = 'infinity'",
        "UPDATE item_spans SET unit_id = NULL WHERE stage = 'in_service'",
        "UPDATE item_spans SET stage = 'in_service', unit_id = (SELECT min(unit_id::text)::uuid FROM item_spans)",
        "DELETE FROM item_spans WHERE condition = 'down'",
    )
    for change in changes:
        undone = owner.transaction()
        await undone.start()
        assert int((await owner.execute(change)).split()[-1]) > 0
        found = await owner.fetch("SELECT * FROM app.history_astray()")
        noted = await owner.fetchval("SELECT count(*) FROM history_late")
        await undone.rollback()
        assert (found, noted > 0) == ([], True)
