"""The one door: registering, moving, refusing; what it leaves behind is compared with the domain's own fold."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.db.session import Database, Tx
from app.db.writing import new_id
from app.domain.access import Caller
from app.domain.errors import Conflict, Forbidden, NotFound, Rejected, Stale, Taken, TransitionNotAllowed
from app.services import door, door_corrections, equipment
from app.services.door import Move, Moved, NewItem, Refused
from app.services.rights import Rights
from tests.world import World

pytestmark = pytest.mark.anyio


async def caller_of(database: Database, world: World, account: str) -> Caller:
    return await Rights(database, seconds=0).of(str(world.accounts[account]), "x")


def radio(world: World, *serials: str, component: str = "tunisia", **more: Any) -> NewItem:
    identifiers = [{"scheme": "serial", "value": serial} for serial in serials]
    return NewItem(new_id(), world[component], world["radio"], identifiers, **more)


def custody(world: World) -> dict[str, Any]:
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
    assert taken.value.constraint == "uq_identifiers_scheme_issuer_value"
    assert taken.value.facts == {"pointer": "/identifiers"}
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


async def test_a_document_is_taken_back_as_long_as_nothing_depends_on_it(
    database: Database, world: World, owner: asyncpg.Connection
) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    title, accepted, handed = {"title_organisation_id": world["icmpd"]}, new_id(), new_id()
    give = {
        "title_organisation_id": world["tn-coast-guard"],
        "custody_organisation_id": world["tn-coast-guard"],
        "custody_site_id": world["site-tn-sfax"],
        "unit_id": world["tn-sfax"],
    }
    items = [radio(world, stage="delivered", **custody(world)) for _ in range(3)]
    async with database.transaction(caller) as tx:
        await door.register(tx, items)
        await door.move(tx, [Move(i.id, "accept", title) for i in items], document_id=accepted, by_document=True)
        await door.move(tx, [Move(i.id, "hand_over", give) for i in items[:2]], document_id=handed, by_document=True)
    with pytest.raises(Conflict) as depends:
        async with database.transaction(caller) as tx:
            await door_corrections.annul(tx, accepted, reason="Signed by mistake.")
    assert {(i["item_id"], i["code"], i["kind"]) for i in depends.value.facts["items"]} == {
        (str(i.id), "history_broken", "hand_over") for i in items[:2]
    }
    async with database.transaction(caller) as tx:
        back = await door_corrections.annul(tx, handed, reason="Signed by mistake.")
        assert sorted(back, key=lambda m: m.item_id) == [Moved(i.id, 5, 5, "accepted") for i in items[:2]]
        assert await door_corrections.annul(tx, handed, reason="Again.") == []
    units = await owner.fetch("SELECT DISTINCT unit_id FROM items WHERE id = ANY($1)", [i.id for i in items])
    assert [row["unit_id"] for row in units] == [None]
    astray = await owner.fetch("SELECT * FROM app.holdings_astray()")
    assert astray == []


async def test_counts_that_went_astray_are_found(
    database: Database, world: World, owner: asyncpg.Connection, owner_dsn: str
) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    give = {
        "title_organisation_id": world["tn-coast-guard"],
        "custody_organisation_id": world["tn-coast-guard"],
        "custody_site_id": world["site-tn-zarzis"],
        "unit_id": world["tn-zarzis"],
    }
    async with database.transaction(caller) as tx:
        item = radio(world, stage="delivered", **custody(world))
        await door.register(tx, [item])
        await door.move(tx, [Move(item.id, "accept", {"title_organisation_id": world["icmpd"]})], by_document=True)
        await door.move(tx, [Move(item.id, "hand_over", give)], by_document=True)
    owners = Database(owner_dsn, size=1)
    await owners.open()
    try:
        async with owners.transaction() as tx:
            assert await equipment.check_holdings(tx) == []
            await owner.execute("UPDATE holdings SET n = n + 1 WHERE unit_id = $1", world["tn-zarzis"])
            (found,) = await equipment.check_holdings(tx)
    finally:
        await owner.execute("UPDATE holdings SET n = n - 1 WHERE unit_id = $1", world["tn-zarzis"])
        await owners.close()
    assert (found["unit_id"], found["place"], found["counted"], found["kept"]) == (world["tn-zarzis"], "n", 1, 2)


async def test_ten_thousand_in_one_call(database: Database, world: World, owner: asyncpg.Connection) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    items = [radio(world, f"RANGE-{n:05d}", stage="delivered", **custody(world)) for n in range(10_000)]
    async with database.transaction(caller) as tx:
        made = await door.register(tx, items)
    assert len({reference for _, reference in made}) == 10_000
    assert await owner.fetchval("SELECT count(*) FROM events WHERE item_id = ANY($1)", [i.id for i in items]) == 20_000


async def test_two_people_move_one_item_by_two_connections(database: Database, world: World) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        (item,) = await registered(tx, world)

    async def ship() -> str:
        try:
            async with database.transaction(caller) as tx:
                await door.move(tx, [Move(item, "ship", {}, 1)])
        except Stale:
            return "stale"
        return "moved"

    assert sorted(await asyncio.gather(ship(), ship())) == ["moved", "stale"]


async def test_a_person_may_back_date_only_where_the_role_was_given(
    database: Database, world: World, owner: asyncpg.Connection
) -> None:
    """Manager of Morocco, logistics everywhere: back-dating is the manager's, so it ends at the border."""
    account = world.accounts["icmpd.logistics"]
    await owner.execute(
        "INSERT INTO grants (id, account_id, organisation_id, role, component_id) VALUES ($1, $2, $3, $4, $5)",
        new_id(),
        account,
        world["icmpd"],
        "programme_manager",
        world["morocco"],
    )
    manager = await caller_of(database, world, "icmpd.manager")
    long_ago = datetime.now(UTC) - timedelta(days=90)
    async with database.transaction(manager) as tx:
        for component in ("tunisia", "morocco"):
            item = radio(world, f"B-{component}", component=component)
            await door.register(tx, [item], occurred_at=long_ago, reason="Archive.")
            world.ids[f"late-{component}"] = item.id
    both = (await caller_of(database, world, "icmpd.logistics")).within("equipment:write")
    moves = {c: Move(world[f"late-{c}"], "ship", {}, 1) for c in ("tunisia", "morocco")}
    with pytest.raises(Forbidden):
        async with database.transaction(both) as tx:
            await door.move(tx, [moves["tunisia"]], occurred_at=long_ago, reason="Late.")
    async with database.transaction(both) as tx:
        (moved,) = await door.move(tx, [moves["morocco"]], occurred_at=long_ago, reason="Late.")
    assert isinstance(moved, Moved)
