"""The one door: registering, moving, refusing; what it leaves behind is compared with the domain's own fold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.db.session import Database, Tx
from app.db.writing import new_id
from app.domain.access import Caller
from app.domain.errors import Conflict, Forbidden, NotFound, Rejected, Stale, Taken, TransitionNotAllowed
from app.services import door
from app.services.door import Move, Moved, NewItem, Refused
from app.services.rights import Rights
from tests.world import World

pytestmark = pytest.mark.anyio


async def caller_of(database: Database, world: World, account: str) -> Caller:
    return await Rights(database, seconds=0).of(str(world.accounts[account]), "x")


def radio(world: World, *serials: str, component: str = "tunisia", **more: Any) -> NewItem:
    identifiers = [{"scheme": "serial", "value": serial} for serial in serials]
    return NewItem(new_id(), world[component], world["radio"], identifiers, **more)


def custody(world: World) -> dict[str, UUID]:
    return {"custody_organisation_id": world["icmpd"], "custody_site_id": world["store"]}


async def registered(tx: Tx, world: World, n: int = 1, **more: Any) -> list[UUID]:
    return [item_id for item_id, _ in await door.register(tx, [radio(world, **more) for _ in range(n)])]


async def test_register_writes_item_event_span_and_identifiers(
    database: Database, world: World, owner: asyncpg.Connection
) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    item = radio(world, " sn  77 ", custody_organisation_id=world["icmpd"], note="first", external_id="X-1")
    async with database.transaction(caller) as tx:
        made = await door.register(tx, [item])
    (row,) = await owner.fetch("SELECT * FROM items WHERE id = $1", item.id)
    year = datetime.now(UTC).year
    assert made == [(item.id, row["reference"])]
    assert row["reference"].startswith(f"EQ-TN-{year}-")
    assert (row["stage"], row["version"], row["event_count"], row["serial"]) == ("ordered", 1, 1, "SN 77")
    (event,) = await owner.fetch("SELECT * FROM events WHERE item_id = $1", item.id)
    assert (event["kind"], event["position"], event["previous"]) == ("register", 1, b"")
    assert event["hash"] == row["head"]
    assert event["occurred_at"] <= event["recorded_at"]
    spans = await owner.fetch("SELECT starts_at, ends_at::text, stage FROM item_spans WHERE item_id = $1", item.id)
    assert [tuple(s) for s in spans] == [(event["occurred_at"], "infinity", "ordered")]
    known = await owner.fetch("SELECT scheme, issuer, value FROM identifiers WHERE item_id = $1", item.id)
    assert [tuple(k) for k in known] == [("serial", "SYNTHETIC RADIOS", "SN 77")]


async def test_items_arrive_with_two_chained_events(
    database: Database, world: World, owner: asyncpg.Connection
) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    items = [radio(world, stage="delivered", **custody(world)) for _ in range(3)]
    async with database.transaction(caller) as tx:
        made = await door.register(tx, items)
    assert [item_id for item_id, _ in made] == [item.id for item in items]
    references = [reference for _, reference in made]
    assert references == sorted(set(references))
    events = await owner.fetch("SELECT * FROM events WHERE item_id = $1 ORDER BY position", items[1].id)
    assert [(e["kind"], e["previous"]) for e in events] == [("register", b""), ("deliver", events[0]["hash"])]
    row = await owner.fetchrow("SELECT stage, version, head, custody_site_id FROM items WHERE id = $1", items[1].id)
    assert tuple(row or ()) == ("delivered", 2, events[1]["hash"], world["store"])


async def test_a_move_is_written_whole(database: Database, world: World, owner: asyncpg.Connection) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        ids = await registered(tx, world, 2)
    async with database.transaction(caller) as tx:
        moved = await door.move(tx, [Move(i, "ship", {}, 1, text="by sea") for i in ids])
    assert moved == [Moved(i, 2, 2, "shipped") for i in ids]
    event = await owner.fetchrow("SELECT * FROM events WHERE item_id = $1 AND position = 2", ids[0])
    assert event is not None
    assert event["text_hash"] is not None
    text = await owner.fetchval("SELECT text FROM event_texts WHERE item_id = $1 AND position = 2", ids[0])
    assert text == '{"note": "by sea"}'
    spans = await owner.fetch(
        "SELECT stage, ends_at::text = 'infinity' AS open FROM item_spans WHERE item_id = $1 ORDER BY starts_at", ids[0]
    )
    assert [tuple(s) for s in spans] == [("ordered", False), ("shipped", True)]


async def test_refusals_leave_nothing(database: Database, world: World, owner: asyncpg.Connection) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        one, other = await registered(tx, world, 2)
    with pytest.raises(TransitionNotAllowed) as refused:
        async with database.transaction(caller) as tx:
            await door.move(tx, [Move(one, "put_in_service", {}, 1)])
    assert refused.value.facts["legal"] == ["ship", "deliver", "cancel"]
    with pytest.raises(Stale) as stale:
        async with database.transaction(caller) as tx:
            await door.move(tx, [Move(one, "ship", {}, 7)])
    assert stale.value.facts == {"current": 1}
    with pytest.raises(Rejected) as rejected:
        async with database.transaction(caller) as tx:
            await door.move(tx, [Move(one, "ship", {}, 1), Move(other, "ship", {}, 9)])
    assert [(f.pointer, f.code) for f in rejected.value.faults] == [("/items/1", "stale")]
    with pytest.raises(Conflict) as conflict:
        async with database.transaction(caller) as tx:
            await door.move(tx, [Move(one, "ship", {}, 1), Move(other, "reinstate", {}, 1)])
    assert [i["item_id"] for i in conflict.value.facts["items"]] == [str(other)]
    assert await owner.fetchval("SELECT max(event_count) FROM items WHERE id = ANY($1)", [one, other]) == 1


async def test_partial_moves_what_can_move(database: Database, world: World) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        one, other = await registered(tx, world, 2)
        ghost = new_id()
        results = await door.move(
            tx,
            [Move(one, "ship", {}, 1), Move(other, "ship", {}, 5), Move(ghost, "ship", {}, 1), Move(one, "ship", {})],
            partial=True,
        )
    assert results[0] == Moved(one, 2, 2, "shipped")
    assert [type(r.error) for r in results[1:] if isinstance(r, Refused)] == [Stale, NotFound, Rejected]


async def test_documents_order_and_others_do_not(database: Database, world: World) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        (item,) = [i for i, _ in await door.register(tx, [radio(world, stage="delivered", **custody(world))])]
    title = {"title_organisation_id": world["icmpd"]}
    with pytest.raises(Conflict) as refused:
        async with database.transaction(caller) as tx:
            await door.move(tx, [Move(item, "accept", title, 2)])
    assert refused.value.facts["missing"] == ["by_document"]
    async with database.transaction(caller) as tx:
        await door.move(tx, [Move(item, "accept", title, None)], document_id=None, by_document=True)
    give = {
        "title_organisation_id": world["tn-coast-guard"],
        "custody_organisation_id": world["tn-coast-guard"],
        "custody_site_id": world["site-tn-sfax"],
        "unit_id": world["tn-sfax"],
    }
    with pytest.raises(Conflict) as elsewhere:
        async with database.transaction(caller) as tx:
            await door.move(tx, [Move(item, "hand_over", {**give, "unit_id": world["ma-nador"]})], by_document=True)
    assert elsewhere.value.facts["missing"] == ["receiving_unit"]
    async with database.transaction(caller) as tx:
        (moved,) = await door.move(tx, [Move(item, "hand_over", give)], by_document=True)
    assert moved == Moved(item, 4, 4, "handed_over")


async def test_out_of_sight_is_not_found_and_observed_is_forbidden(database: Database, world: World) -> None:
    manager = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(manager) as tx:
        (item,) = await registered(tx, world, component="morocco")
    italy = await caller_of(database, world, "italy.manager")
    with pytest.raises(NotFound):
        async with database.transaction(italy) as tx:
            await door.move(tx, [Move(item, "ship", {}, 1)])
    auditor = await caller_of(database, world, "auditor")
    with pytest.raises(Forbidden):
        async with database.transaction(auditor) as tx:
            await door.move(tx, [Move(item, "ship", {}, 1)])
    with pytest.raises(Rejected) as unseen:
        async with database.transaction(italy) as tx:
            await registered(tx, world, component="morocco")
    assert [(f.pointer, f.code) for f in unseen.value.faults] == [("/component", "reference_unknown")]


async def test_an_identifier_is_registered_once(database: Database, world: World) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        await door.register(tx, [radio(world, "TWICE")])
    italy = await caller_of(database, world, "italy.manager")
    with pytest.raises(Taken) as taken:
        async with database.transaction(italy) as tx:
            await door.register(tx, [radio(world, "twice")])
    assert taken.value.facts == {
        "constraint": "uq_identifiers_scheme_issuer_value",
        "pointer": "/identifiers",
    }
    with pytest.raises(Taken) as named:
        async with database.transaction(italy) as tx:
            await door.register(tx, [radio(world, "NEW"), radio(world, "OTHER", "Twice")])
    assert named.value.facts["pointers"] == ["/items/1/identifiers/1"]


async def test_time_is_never_ahead_and_seldom_far_back(database: Database, world: World) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    long_ago = datetime.now(UTC) - timedelta(days=90)
    async with database.transaction(caller) as tx:
        made = await door.register(tx, [radio(world)], occurred_at=long_ago, reason="Found in the paper archive.")
    move = Move(made[0][0], "ship", {}, 1)
    for at, code in ((datetime.now(UTC) + timedelta(hours=1), "in_the_future"), (long_ago, "reason_required")):
        with pytest.raises(Rejected) as refused:
            async with database.transaction(caller) as tx:
                await door.move(tx, [move], occurred_at=at)
        assert [f.code for f in refused.value.faults] == [code]
    logistics = await caller_of(database, world, "icmpd.logistics")
    with pytest.raises(Forbidden):
        async with database.transaction(logistics) as tx:
            await door.move(tx, [move], occurred_at=long_ago, reason="Late.")
    async with database.transaction(caller) as tx:
        (moved,) = await door.move(tx, [move], occurred_at=long_ago + timedelta(days=1), reason="Late.")
    assert isinstance(moved, Moved)
