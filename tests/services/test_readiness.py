"""What readiness reads (the summary, the spans, the events) against the domain's own fold of every item's history."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from app.db.session import Database
from app.domain.access import Caller
from app.domain.history import Event, fold
from app.domain.readiness import Tally, tally
from app.services import door, readiness_facts
from app.services.door_rows import event_of
from app.services.readiness_facts import Moment, Place
from tests.services.test_door import caller_of, custody, radio
from tests.services.test_door_spans import Story
from tests.world import World

pytestmark = pytest.mark.anyio

Histories = Mapping[UUID, tuple[UUID, UUID, Sequence[Event]]]


async def histories(owner: asyncpg.Connection) -> Histories:
    """Model, component and events of every item."""
    await owner.set_type_codec("jsonb", encoder=str, decoder=orjson.loads, schema="pg_catalog")
    items = await owner.fetch("SELECT id, model_id, component_id FROM items")
    events: dict[UUID, list[Event]] = {}
    for row in await owner.fetch("SELECT * FROM events ORDER BY item_id, position"):
        events.setdefault(row["item_id"], []).append(event_of(row))
    return {item["id"]: (item["model_id"], item["component_id"], events[item["id"]]) for item in items}


def folded(known: Histories, moment: Moment) -> set[Tally]:
    """The tallies that the events amount to, by the domain alone."""
    rows = []
    for model_id, component_id, events in known.values():
        state = fold(events, as_of=moment.at, known_at=moment.known)
        if state is None or state.unit_id is None:
            continue
        confirmed = state.condition_confirmed_at
        lately = confirmed is not None and confirmed.date() >= moment.since
        key = (UUID(str(state.unit_id)), model_id, component_id)
        rows.append((*key, state.stage, state.condition, state.condition_reason, lately, 1))
    return set(tally(rows))


async def read(database: Database, caller: Caller, moment: Moment, *, most: int = 20_000) -> set[Tally]:
    """The tallies that the service reads; `most` changes since then are gone back by, more are counted anew."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(readiness_facts, "MOST_CHANGES", most)
        async with database.transaction(caller, read_only=True) as tx:
            found = await readiness_facts.counts(tx, Place(), moment)
    assert len(set(found)) == len(found)
    return set(found)


async def in_service(story: Story) -> None:
    """An item that came into service on some day of the last month, and works or not since another."""
    world, random = story.world, story.random
    story.first = datetime.now(UTC) - timedelta(days=29)
    item = radio(world, stage="delivered", **custody(world))
    story.item_id = item.id
    unit = random.choice(["tn-sfax", "tn-zarzis"])
    give = {
        "title_organisation_id": world["tn-coast-guard"],
        "custody_organisation_id": world["tn-coast-guard"],
        "custody_site_id": world[f"site-{unit}"],
        "unit_id": world[unit],
    }
    condition = random.choice([{"condition": "up"}, {"condition": "down", "condition_reason": "failure"}])
    steps: list[tuple[str, dict[str, Any]]] = [
        ("accept", {"title_organisation_id": world["icmpd"]}),
        ("hand_over", give),
        ("put_in_service", {}),
        ("report_condition", condition),
    ]
    times = sorted(story.first + timedelta(minutes=random.randint(1, 41_000)) for _ in steps)
    async with story.database.transaction(story.caller) as tx:
        await door.register(tx, [item], occurred_at=story.first)
        for (action, payload), at in zip(steps, times, strict=True):
            await door.move(tx, [door.Move(item.id, action, payload)], occurred_at=at, by_document=True)


async def test_the_summary_the_spans_and_the_events_tell_the_same(
    database: Database, world: World, owner: asyncpg.Connection
) -> None:
    caller, receiver = [await caller_of(database, world, name) for name in ("icmpd.manager", "tn.focal")]
    for seed in range(40):
        story = Story(database, world, caller, receiver, seed)
        await in_service(story)
        for _ in range(5):
            await story.step(owner)
    known = await histories(owner)
    events = sorted((e for *_, each in known.values() for e in each), key=lambda e: e.recorded_at)
    today = datetime.now(UTC).date()
    for days in (0, 3, 90):
        now = Moment(today, days=days)
        expected = folded(known, now)
        assert await read(database, caller, now) == expected
        assert expected
    random = Random(5)  # noqa: S311  repeatable, no secrets
    places: set[str] = set()
    for _ in range(25):
        at = random.choice(events).occurred_at + timedelta(seconds=random.choice([0, 0, 40_000]))
        then = Moment(at.date(), at, days=2)
        expected = folded(known, then)
        assert await read(database, caller, then) == expected
        assert await read(database, caller, then, most=0) == expected
        places |= {name for each in expected for name, n in each._asdict().items() if n}
        asked = Moment(at.date(), at, random.choice(events).recorded_at, days=2)
        assert await read(database, caller, asked) == folded(known, asked)
    assert {"not_in_service", "withdrawn", "down_failure", "condition_unknown", "functional", "confirmed"} <= places


async def test_months_and_days_of_confirmation_add_up_at_every_edge(
    database: Database, world: World, owner: asyncpg.Connection
) -> None:
    """Old confirmations are read by month, recent ones by day: whatever day the period begins on."""
    caller = await caller_of(database, world, "icmpd.manager")
    known = await histories(owner)
    today = datetime.now(UTC).date()
    for days in range(45):
        moment = Moment(today, days=days)
        assert await read(database, caller, moment) == folded(known, moment)
    kept = await owner.fetch("SELECT whole_month, sum(n) AS n FROM confirmations GROUP BY 1")
    assert len({row["n"] for row in kept}) == 1


async def test_writers_at_once_lose_no_count(database: Database, world: World, owner: asyncpg.Connection) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    items = [radio(world, stage="delivered", **custody(world)) for _ in range(12)]
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
        ("report_condition", {"condition": "up"}),
    ]
    async with database.transaction(caller) as tx:
        await door.register(tx, items)

    async def follow(mine: Sequence[door.NewItem]) -> None:
        for action, payload in steps:
            async with database.transaction(caller) as tx:
                moves = [door.Move(item.id, action, payload) for item in mine]
                await door.move(tx, moves, by_document=True)

    await asyncio.gather(*(follow(items[n::4]) for n in range(4)))
    assert await owner.fetch("SELECT * FROM app.holdings_astray()") == []
    unit, model_id = world["tn-zarzis"], world["radio"]
    held = await owner.fetchval(
        "SELECT functional FROM holdings WHERE unit_id = $1 AND model_id = $2 AND component_id = $3",
        unit,
        model_id,
        world["tunisia"],
    )
    assert held >= len(items)


async def test_counts_and_people_stay_within_what_is_asked_and_seen(
    database: Database, world: World, owner: asyncpg.Connection
) -> None:
    """The functions read past the policies, so they hold the walls themselves."""
    assert await owner.fetchval("SELECT sum(n) FROM holdings") > 0
    today = datetime.now(UTC).date()
    stranger = await caller_of(database, world, "nobody")
    morocco = await caller_of(database, world, "icmpd.morocco")
    places = (Place(), Place([world["tn-sfax"]]), Place([world["tn-directorate"]]), Place(None, [world["tunisia"]]))
    for caller in (stranger, morocco):
        for place in places:
            for moment in (Moment(today), Moment(today, datetime.now(UTC)), Moment(today, None, datetime.now(UTC))):
                values = {**place.values, **moment.values}
                async with database.transaction(caller, read_only=True) as tx:
                    assert await readiness_facts.counts(tx, place, moment) == []
                    assert await tx.rows(readiness_facts.THEN, **values | {"at": datetime.now(UTC)}) == []
                    assert await tx.rows(readiness_facts.PEOPLE, **values) == []
                    assert await tx.rows(readiness_facts.SUPPORTS, **values) == []
    async with database.transaction(None, read_only=True) as tx:
        assert await tx.rows(readiness_facts.NOW, **Place().values, **Moment(today).values) == []
