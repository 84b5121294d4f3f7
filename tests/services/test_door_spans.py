"""Random histories through the door, back-dated events, corrections and annulments included.

What the database keeps (the item's row, its spans, its chain) is compared with what the domain folds from the events.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.session import Database, Statement
from app.domain.access import Caller
from app.domain.chain import ChainedEvent, verify
from app.domain.equipment import TRANSITIONS, Action
from app.domain.errors import Conflict, Rejected, SeparationOfDuties
from app.domain.history import fold
from app.domain.payload import CODES
from app.domain.spans import spans
from app.services import door, door_corrections, door_rows
from app.services.door_corrections import Correction
from app.services.door_rows import SPANNED, STATE, columns_of, event_of
from tests.services.test_door import caller_of, custody, radio
from tests.world import World

pytestmark = pytest.mark.anyio

ENDINGS = {Action.CANCEL, Action.RETURN, Action.DISPOSE, Action.LOSE, Action.REJECT}
KNOWN = Statement("SELECT * FROM app.states_known(ARRAY[CAST(:id AS uuid)], :as_of, :known)")
KNOWN_ALONE = Statement("SELECT * FROM app.state_known(:id, :as_of, :known)")
SHOWN = Statement(f"{door_rows.WRITE} SELECT t.id FROM changed t")


def payload_for(world: World, action: Action, random: Random, unit: str) -> dict[str, Any]:
    transition = next(t for (_, a), t in TRANSITIONS.items() if a is action)
    given_fields: dict[str, Any] = {
        "title_organisation_id": world["tn-coast-guard"],
        "custody_organisation_id": world["tn-coast-guard"],
        "custody_site_id": world[f"site-{unit}"],
        "unit_id": world[unit],
        "replaced_by": world["icmpd"],
        "authority": "Board",
        "evidence": "Minutes",
    }
    made: dict[str, Any] = {}
    for name in transition.required:
        made[name] = random.choice(CODES[action, name]) if (action, name) in CODES else given_fields[name]
    if "other" in made.values():
        made["note"] = "explained"
    if made.get("condition") == "down":
        made["condition_reason"] = "failure"
    return made


class Story:
    """One item and what happens to it."""

    def __init__(self, database: Database, world: World, caller: Caller, receiver: Caller, seed: int) -> None:
        self.database, self.world, self.random = database, world, Random(seed)  # noqa: S311  repeatable stories, no secrets
        self.caller, self.receiver = caller, receiver
        self.item_id: UUID
        self.first = datetime.now(UTC) - timedelta(days=25)

    async def begin(self) -> None:
        stage = self.random.choice(["ordered", "delivered"])
        item = radio(self.world, stage=stage, **custody(self.world))
        async with self.database.transaction(self.caller) as tx:
            await door.register(tx, [item], occurred_at=self.first)
        self.item_id = item.id

    async def step(self, owner: asyncpg.Connection) -> bool:
        row = await owner.fetchrow("SELECT stage, version, event_count, unit_id FROM items WHERE id = $1", self.item_id)
        assert row is not None
        legal = [action for (stage, action) in TRANSITIONS if stage == row["stage"] and action != "exchange_return"]
        past = self.random.random() < 0.4
        at = self.first + (datetime.now(UTC) - self.first) * self.random.random() if past else None
        unit = self.random.choice(["tn-sfax", "tn-zarzis"])
        correcting = self.random.random() < 0.3
        action = self.random.choice(list(Action) if past or not legal else legal)
        receiving = not correcting and action is Action.CONFIRM_RECEIPT and row["unit_id"] is not None
        try:
            async with self.database.transaction(self.receiver if receiving else self.caller) as tx:
                if correcting:
                    position = self.random.randint(1, row["event_count"])
                    await self._correct(tx, owner, position, row["version"], at, unit)
                elif legal:
                    if action in ENDINGS and self.random.random() < 0.8:
                        return False
                    payload = payload_for(self.world, action, self.random, unit)
                    one = door.Move(self.item_id, action, payload, row["version"])
                    await door.move(tx, [one], occurred_at=at, by_document=True)
        except (Conflict, Rejected, SeparationOfDuties):
            return False
        return True

    async def _correct(
        self, tx: Any, owner: asyncpg.Connection, position: int, version: int, at: datetime | None, unit: str
    ) -> None:
        kind = await owner.fetchval(
            "SELECT kind FROM events WHERE item_id = $1 AND position = $2", self.item_id, position
        )
        action = Action(kind) if kind in set(Action) else None
        payload = payload_for(self.world, action, self.random, unit) if action else {}
        annul = self.random.random() < 0.4
        correction = Correction(self.item_id, version, position, "It was otherwise.", payload, at, annul)
        await door_corrections.correct(tx, correction, SHOWN)


async def compare(owner: asyncpg.Connection, item_id: UUID) -> None:
    await owner.set_type_codec("jsonb", encoder=str, decoder=__import__("json").loads, schema="pg_catalog")
    rows = await owner.fetch("SELECT * FROM events WHERE item_id = $1 ORDER BY position", item_id)
    events = [event_of(row) for row in rows]
    item = await owner.fetchrow("SELECT * FROM items WHERE id = $1", item_id)
    state = fold(events)
    assert item is not None
    assert state is not None
    assert {name: item[name] for name in STATE} == columns_of(state)
    assert item["occurred_at"] == state.last_occurred_at
    kept = await owner.fetch(
        "SELECT *, nullif(ends_at, 'infinity') AS until FROM item_spans WHERE item_id = $1 ORDER BY starts_at", item_id
    )
    assert [(s["starts_at"], s["until"], *(s[name] for name in SPANNED)) for s in kept] == [
        (s.starts_at, s.ends_at, *(columns_of(s.state)[name] for name in SPANNED)) for s in spans(events)
    ]
    names = ChainedEvent.__slots__
    chain = [ChainedEvent(**{name: row[name] for name in names}) for row in rows]
    assert verify(chain, item["head"], item["event_count"]) is None


async def compare_known(database: Database, caller: Caller, owner: asyncpg.Connection, item_id: UUID) -> None:
    """`app.states_known` and `app.state_known` against the domain's fold, at every instant that the events know."""
    rows = await owner.fetch("SELECT * FROM events WHERE item_id = $1 ORDER BY position", item_id)
    events = [event_of(row) for row in rows]
    async with database.transaction(caller, read_only=True) as tx:
        for known in {e.recorded_at for e in events}:
            for as_of in {e.occurred_at for e in events}:
                (then,) = await tx.rows(KNOWN, id=item_id, as_of=as_of, known=known) or [None]
                assert await tx.row(KNOWN_ALONE, id=item_id, as_of=as_of, known=known) == then
                state = fold(events, as_of=as_of, known_at=known)
                assert (then is None) == (state is None)
                if then is not None and state is not None:
                    assert {name: then[name] for name in STATE} == columns_of(state)
                    assert then["starts_at"] == state.last_occurred_at


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(min_value=0, max_value=2**32))
async def test_what_is_kept_is_what_the_events_say(
    database: Database, world: World, owner: asyncpg.Connection, seed: int
) -> None:
    caller, receiver = [await caller_of(database, world, name) for name in ("icmpd.manager", "tn.focal")]
    story = Story(database, world, caller, receiver, seed)
    await story.begin()
    for _ in range(12):
        await story.step(owner)
        await compare(owner, story.item_id)
    await compare_known(database, story.caller, owner, story.item_id)
    assert await owner.fetch("SELECT * FROM app.holdings_astray()") == []


async def test_the_stories_do_get_somewhere(database: Database, world: World, owner: asyncpg.Connection) -> None:
    """The property above would be empty if every step were refused."""
    caller, receiver = [await caller_of(database, world, name) for name in ("icmpd.manager", "tn.focal")]
    kinds: set[str] = set()
    for seed in range(25):
        story = Story(database, world, caller, receiver, seed)
        await story.begin()
        for _ in range(20):
            await story.step(owner)
        kinds |= {row["kind"] for row in await owner.fetch("SELECT kind FROM events WHERE item_id = $1", story.item_id)}
    assert {"correct", "annul", "hand_over", "report_condition", "lose", "confirm_receipt"} <= kinds
    late = await owner.fetchval(
        "SELECT count(*) FROM events e JOIN events f ON f.item_id = e.item_id AND f.position < e.position "
        "AND f.occurred_at > e.occurred_at WHERE e.corrects IS NULL"
    )
    assert late > 5
