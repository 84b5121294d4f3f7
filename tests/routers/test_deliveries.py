"""Deliveries over HTTP: drafts, registration of items, receipt, discrepancies."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from tests.routers.papers import DELIVERIES, EQUIPMENT, Desk, faults
from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture
def desk(client: httpx.AsyncClient, world: World) -> Desk:
    return Desk(client, world)


async def test_a_delivery_is_announced_changed_received_and_closed(desk: Desk) -> None:
    world = desk.world
    sent = {
        "component": "BMP-TN",
        "supplier": "SUP-1",
        "site": "SITE-STORE",
        "contract_reference": "C-2026-1",
        "tranche": 1,
        "expected_on": "2026-01-31",
        "note": "First tranche",
        "external_id": "erp-1",
    }
    answer = await desk.call("POST", DELIVERIES, sent)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made == {
        "id": made["id"],
        "reference": made["reference"],
        "component": {"id": str(world["tunisia"]), "reference": "BMP-TN", "label": "Tunisia"},
        "supplier": {"id": str(world["supplier"]), "reference": "SUP-1", "label": "Synthetic supplier"},
        "site": {"id": str(world["store"]), "reference": "SITE-STORE", "label": "Central store"},
        "status": "draft",
        "contract_reference": "C-2026-1",
        "tranche": 1,
        "expected_on": "2026-01-31",
        "received_at": None,
        "external_id": "erp-1",
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
        "items": [],
        "discrepancies": [],
        "recorded_by": {"id": str(world.accounts["icmpd.logistics"]), "label": "Synthetic icmpd.logistics"},
        "received_by": None,
        "note": "First tranche",
        "available_actions": ["receive"],
    }
    assert made["reference"].startswith("DEL-TN-20")
    assert answer.headers["location"] == f"{DELIVERIES}/{made['id']}"
    path = f"{DELIVERIES}/{made['reference']}"
    sent = {"tranche": 2, "note": None, "site": "SITE-TN-SFAX", "supplier": "SUP-1", "contract_reference": "C-2026-1"}
    patched = await desk.done("PATCH", path, sent, version=1)
    assert patched == {
        **made,
        "tranche": 2,
        "note": None,
        "site": {"id": str(world["site-tn-sfax"]), "reference": "SITE-TN-SFAX", "label": "Port of tn-sfax"},
        "version": 2,
        "updated_at": patched["updated_at"],
    }
    body = {
        "site": "SITE-STORE",
        "discrepancies": [{"kind": "surplus", "quantity": 3, "note": "Three spare batteries"}],
    }
    received = await desk.done("POST", f"{path}/receive", body, version=2, account="icmpd.manager")
    assert received == {
        **patched,
        "site": made["site"],
        "status": "received",
        "received_at": received["received_at"],
        "discrepancies": [{"kind": "surplus", "item": None, "quantity": 3, "note": "Three spare batteries"}],
        "received_by": {"id": str(world.accounts["icmpd.manager"]), "label": "Synthetic icmpd.manager"},
        "version": 3,
        "updated_at": received["updated_at"],
        "available_actions": ["close"],
    }
    late = await desk.call("PATCH", path, {"tranche": 3, "note": "late"}, version=3)
    assert faults(late) == [("/tranche", "not_draft")]
    noted = await desk.done("PATCH", path, {"note": "late", "discrepancies": []}, version=3)
    assert (noted["note"], noted["discrepancies"]) == ("late", [])
    closed = await desk.done("POST", f"{path}/close", version=4)
    assert (closed["status"], closed["available_actions"]) == ("closed", [])
    for method, address, more in (
        ("PATCH", path, {"note": "no"}),
        ("POST", f"{path}/receive", {}),
        ("POST", f"{path}/register", {"model": "MOD-RADIO-1", "count": 1}),
        ("POST", f"{path}/link", {"items": [str(uuid4())]}),
    ):
        refused = await desk.call(method, address, more, version=5)
        assert (refused.status_code, refused.json()["code"]) == (409, "transition_not_allowed"), address
    history = await desk.get(f"{path}/history")
    assert [each["action"] for each in history["items"]] == ["update"] * 4 + ["insert"]
    in_list = (await desk.get(f"{DELIVERIES}?external_id=erp-1&q={made['reference'][:10].lower()}"))["items"]
    assert [each["id"] for each in in_list] == [made["id"]]


async def test_items_come_by_serials_by_range_and_by_count(desk: Desk) -> None:
    made = await desk.delivery()
    path = f"{DELIVERIES}/{made['id']}/register"
    price = {"amount": "1250.500", "currency": "TND"}
    listed = await desk.call(
        "POST", path, {"model": "MOD-RADIO-1", "serials": ["by list 2", "by  list 1"], "unit_price": price}
    )
    assert listed.status_code == 201, listed.text
    assert listed.headers["location"] == f"{DELIVERIES}/{made['id']}"
    body = listed.json()
    assert [each["serial"] for each in body["items"]] == ["BY LIST 2", "BY LIST 1"]
    assert body["registered"] == 2
    ranged = await desk.done("POST", path, {"model": "MOD-RADIO-1", "range": "RG-008..RG-011"})
    assert [each["serial"] for each in ranged["items"]] == ["RG-008", "RG-009", "RG-010", "RG-011"]
    counted = await desk.done("POST", path, {"model": "MOD-RADIO-1", "count": 3, "title_organisation": "ORG-ICMPD"})
    assert [each["serial"] for each in counted["items"]] == [None] * 3
    items = await desk.items_of(made)
    assert [item["reference"] for item in items] == sorted(
        each["reference"] for each in [*body["items"], *ranged["items"], *counted["items"]]
    )
    first = await desk.get(f"{EQUIPMENT}/{body['items'][0]['id']}")
    assert (first["stage"], first["unit_price"], first["title"]["reference"], first["supplier"]["reference"]) == (
        "ordered",
        price,
        "ORG-SUPPLIER",
        "SUP-1",
    )
    assert first["delivery"]["reference"] == made["reference"]
    assert items[-1]["title"]["reference"] == "ORG-ICMPD"
    assert (await desk.get(f"{DELIVERIES}/{made['id']}"))["items"] == [{"stage": "ordered", "items": 9}]


async def test_a_serial_that_is_known_or_wrong_is_named_at_its_place_and_nothing_is_registered(desk: Desk) -> None:
    made = await desk.delivery()
    path = f"{DELIVERIES}/{made['id']}/register"
    await desk.done("POST", path, {"model": "MOD-RADIO-1", "range": "KN-1..KN-3"})
    known = await desk.call("POST", path, {"model": "MOD-RADIO-1", "serials": ["KN-9", "kn-2", "KN-3"]})
    assert (known.status_code, known.json()["code"]) == (409, "taken")
    assert known.json()["pointers"] == ["/serials/1", "/serials/2"]
    single = await desk.call("POST", path, {"model": "MOD-RADIO-1", "serials": ["kn-2"]})
    assert (single.status_code, single.json()["code"]) == (409, "taken")
    in_range = await desk.call("POST", path, {"model": "MOD-RADIO-1", "range": "KN-3..KN-9"})
    assert (in_range.status_code, in_range.json()["pointers"]) == (409, ["/range"])
    for sent, expected in (
        ({"serials": ["A 1", "a  1"]}, [("/serials/1", "repeated")]),
        ({"serials": ["A" * 65, "OK"]}, [("/serials/0", "invalid_identifier")]),
        ({"range": "X-9..X-1"}, [("/range", "reversed_range")]),
        ({"range": "X-1"}, [("/range", "not_a_range")]),
        ({"range": "X-1..X-10001"}, [("/range", "range_too_large")]),
        (
            {"count": 1, "unit_price": {"amount": "1.234", "currency": "EUR"}},
            [("/unit_price/amount", "too_many_decimals")],
        ),
        ({"count": 1, "model": "NO-SUCH"}, [("/model", "reference_unknown")]),
        ({"count": 1, "title_organisation": "NO-SUCH"}, [("/title_organisation", "reference_unknown")]),
        ({"count": 2, "occurred_at": "2099-01-01T00:00:00Z"}, None),
        ({"count": 1, "serials": ["A"]}, [("", "value_error")]),
        ({}, [("", "value_error")]),
    ):
        answer = await desk.call("POST", path, {"model": "MOD-RADIO-1", **sent})
        assert expected is None or faults(answer) == expected
        assert answer.status_code == 422
    assert (await desk.get(f"{DELIVERIES}/{made['id']}"))["items"] == [{"stage": "ordered", "items": 3}]


async def test_what_was_received_is_delivered_and_what_is_missing_stays(desk: Desk) -> None:
    made = await desk.delivery(4)
    items = await desk.items_of(made)
    body = {
        "occurred_at": items[-1]["created_at"],
        "discrepancies": [
            {"kind": "missing", "item": items[0]["reference"], "note": "Not in the crate"},
            {"kind": "damaged", "item": items[1]["id"]},
        ],
    }
    early = await desk.call(
        "POST", f"{DELIVERIES}/{made['id']}/receive", {**body, "occurred_at": "2099-01-01T00:00:00Z"}, version=1
    )
    assert faults(early) == [("/occurred_at", "in_the_future")]
    received = await desk.done("POST", f"{DELIVERIES}/{made['id']}/receive", body, version=1)
    assert received["items"] == [{"stage": "delivered", "items": 3}, {"stage": "ordered", "items": 1}]
    assert received["discrepancies"] == [
        {
            "kind": "missing",
            "item": {"id": items[0]["id"], "reference": items[0]["reference"]},
            "quantity": 1,
            "note": "Not in the crate",
        },
        {
            "kind": "damaged",
            "item": {"id": items[1]["id"], "reference": items[1]["reference"]},
            "quantity": 1,
            "note": None,
        },
    ]
    now = await desk.items_of(made)
    assert [(i["stage"], i["condition"], (i["custody_site"] or {}).get("reference")) for i in now] == [
        ("ordered", "unknown", None),
        *[("delivered", "unknown", "SITE-STORE")] * 3,
    ]
    assert now[1]["custody_organisation"]["reference"] == "ORG-ICMPD"
    surplus = await desk.done(
        "POST", f"{DELIVERIES}/{made['id']}/register", {"model": "MOD-RADIO-1", "serials": ["SURPLUS-1"]}
    )
    extra = await desk.get(f"{EQUIPMENT}/{surplus['items'][0]['id']}")
    assert (extra["stage"], extra["custody_site"]["reference"], extra["event_count"]) == ("delivered", "SITE-STORE", 2)
    other = await desk.delivery(0)
    linked = await desk.done("POST", f"{DELIVERIES}/{other['id']}/link", {"items": [items[0]["reference"]]})
    assert linked == {"linked": 1}
    assert [item["id"] for item in await desk.items_of(other)] == [items[0]["id"]]


async def test_items_ordered_before_come_with_a_delivery(desk: Desk) -> None:
    ordered = [
        await desk.done("POST", EQUIPMENT, {"component": "BMP-TN", "model": "MOD-RADIO-1"}, account="icmpd.manager")
        for _ in range(2)
    ]
    moroccan = await desk.done(
        "POST", EQUIPMENT, {"component": "BMP-MA", "model": "MOD-RADIO-1"}, account="icmpd.manager"
    )
    _, arrived = await desk.arrived(1)
    made = await desk.delivery()
    path = f"{DELIVERIES}/{made['id']}/link"
    wrong = await desk.call(
        "POST", path, {"items": [ordered[0]["id"], moroccan["id"], arrived[0]["reference"]]}, account="icmpd.manager"
    )
    assert faults(wrong) == [("/items/1", "other_component"), ("/items/2", "arrived_already")]
    twice = await desk.call("POST", path, {"items": [ordered[0]["id"], ordered[0]["reference"], "EQ-NO"]})
    assert faults(twice) == [("/items/1", "repeated"), ("/items/2", "reference_unknown")]
    assert await desk.done("POST", path, {"items": [item["id"] for item in ordered]}) == {"linked": 2}
    received = await desk.done("POST", f"{DELIVERIES}/{made['id']}/receive", {}, version=1)
    assert received["items"] == [{"stage": "delivered", "items": 2}]


async def test_a_delivery_without_a_site_is_not_received(desk: Desk) -> None:
    made = await desk.delivery(1, site=None)
    answer = await desk.call("POST", f"{DELIVERIES}/{made['id']}/receive", {}, version=1)
    assert faults(answer) == [("/site", "missing")]
    others = await desk.items_of(await desk.delivery(1))
    stranger = await desk.call(
        "POST",
        f"{DELIVERIES}/{made['id']}/receive",
        {"site": "SITE-STORE", "discrepancies": [{"kind": "missing", "item": others[0]["id"]}]},
        version=1,
    )
    assert faults(stranger) == [("/discrepancies/0/item", "other_delivery")]


async def test_back_dating_needs_a_reason_and_the_scope(desk: Desk) -> None:
    made = await desk.delivery()
    old = {"model": "MOD-RADIO-1", "count": 2, "occurred_at": "2025-01-01T00:00:00Z"}
    path = f"{DELIVERIES}/{made['id']}/register"
    assert faults(await desk.call("POST", path, old)) == [("/backdating_reason", "reason_required")]
    late = {**old, "backdating_reason": "Found in the paper file"}
    assert (await desk.call("POST", path, late)).status_code == 403
    await desk.done("POST", path, late, account="icmpd.manager")
    receive = f"{DELIVERIES}/{made['id']}/receive"
    then = {"occurred_at": "2025-02-01T00:00:00Z"}
    answer = await desk.call("POST", receive, then, version=1, account="icmpd.manager")
    assert faults(answer) == [("/backdating_reason", "reason_required")]
    received = await desk.done(
        "POST", receive, {**then, "backdating_reason": "as above"}, version=1, account="icmpd.manager"
    )
    assert received["received_at"] == "2025-02-01T00:00:00.000000Z"


async def test_deliveries_of_other_components_are_out_of_sight_and_out_of_reach(desk: Desk) -> None:
    made = await desk.delivery(1)
    path = f"{DELIVERIES}/{made['reference']}"
    for account in ("icmpd.morocco", "ma.focal", "nobody"):
        assert (await desk.call("GET", path, account=account)).status_code == 404
        assert made["id"] not in (await desk.call("GET", DELIVERIES, account=account)).text
    for account, status in (("icmpd.morocco", 404), ("nobody", 404), ("observer", 403), ("auditor", 403)):
        answer = await desk.call("POST", f"{path}/receive", {}, version=1, account=account)
        assert answer.status_code == status, account
    assert (await desk.call("GET", path, account="observer")).status_code == 200
    for sent, account, expected in (
        ({"component": "BMP-MA"}, "italy.logistics", [("/component", "reference_unknown")]),
        ({"component": "BMP-TN", "site": "SITE-MA-NADOR"}, "italy.logistics", [("/site", "reference_unknown")]),
        ({"component": "BMP-TN", "supplier": "SUP-NO"}, "italy.logistics", [("/supplier", "reference_unknown")]),
    ):
        assert faults(await desk.call("POST", DELIVERIES, sent, account=account)) == expected
    taken = await desk.call("POST", DELIVERIES, {"component": "BMP-TN", "id": made["id"]})
    assert (taken.status_code, taken.json()["pointer"]) == (409, "/id")


async def test_versions_are_asked_for(desk: Desk) -> None:
    made = await desk.delivery()
    for verb in ("receive", "close"):
        path = f"{DELIVERIES}/{made['id']}/{verb}"
        body: dict[str, Any] | None = {} if verb == "receive" else None
        assert (await desk.call("POST", path, body)).status_code == 428
        stale = await desk.call("POST", path, body, version=7)
        assert (stale.status_code, stale.json()["current"]) == (412, 1)
    assert (await desk.call("POST", f"{DELIVERIES}/{made['id']}/close", version=1)).status_code == 409


async def test_ten_clients_with_one_serial_register_it_once(desk: Desk, owner: asyncpg.Connection) -> None:
    made = await desk.delivery()
    path = f"{DELIVERIES}/{made['id']}/register"
    answers = await asyncio.gather(
        *(desk.call("POST", path, {"model": "MOD-RADIO-1", "serials": ["ONE-1", f"OTHER-{n}"]}) for n in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert await owner.fetchval("SELECT count(*) FROM items WHERE delivery_id = $1", made["id"]) == 2


async def test_ten_thousand_items_are_registered_and_received_in_two_calls(
    desk: Desk, owner: asyncpg.Connection
) -> None:
    made = await desk.delivery()
    key: dict[str, Any] = {**desk.world.headers(desk.account), "Idempotency-Key": "ten-thousand"}
    path = f"{DELIVERIES}/{made['id']}/register"
    body = {"model": "MOD-RADIO-1", "serials": [f"TT-{n:05d}" for n in range(10_000)]}
    answer = await desk.client.post(path, json=body, headers=key)
    assert (answer.status_code, answer.json()["registered"]) == (201, 10_000)
    again = await desk.client.post(path, json=body, headers=key)
    assert (again.status_code, again.headers["location"]) == (303, f"{DELIVERIES}/{made['id']}")
    received = await desk.done("POST", f"{DELIVERIES}/{made['id']}/receive", {}, version=1)
    assert received["items"] == [{"stage": "delivered", "items": 10_000}]
    events = "SELECT count(*) FROM events e JOIN items i ON i.id = e.item_id WHERE i.delivery_id = $1"
    assert await owner.fetchval(events, made["id"]) == 20_000
    more = await desk.call("POST", path, {"model": "MOD-RADIO-1", "count": 10_001})
    assert faults(more) == [("/count", "less_than_equal")]


async def test_an_item_that_arrives_by_another_way_meanwhile_is_not_linked(
    desk: Desk, owner: asyncpg.Connection, owner_dsn: str
) -> None:
    ordered = await desk.done(
        "POST", EQUIPMENT, {"component": "BMP-TN", "model": "MOD-RADIO-1"}, account="icmpd.manager"
    )
    made = await desk.delivery()
    other = await asyncpg.connect(owner_dsn)
    try:
        async with other.transaction():
            await other.execute(
                "UPDATE items SET stage = 'delivered', head = '\\x01', event_count = event_count + 1 WHERE id = $1",
                UUID(ordered["id"]),
            )
            linking = asyncio.create_task(
                desk.call("POST", f"{DELIVERIES}/{made['id']}/link", {"items": [ordered["id"]]})
            )
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            while not linking.done() and not await owner.fetchval(waiting):
                pass  # each question lets the other call go on
        answer = await linking
    finally:
        await other.close()
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert (await desk.get(f"{DELIVERIES}/{made['id']}"))["items"] == []


async def test_who_only_observes_changes_nothing(desk: Desk, owner: asyncpg.Connection) -> None:
    made = await desk.delivery(1)
    path = f"{DELIVERIES}/{made['id']}"
    italy = desk.world["italy"]
    await owner.execute("UPDATE delegations SET power = 'observe' WHERE organisation_id = $1", italy)
    try:
        for method, address, body in (
            ("POST", DELIVERIES, {"component": "BMP-TN"}),
            ("PATCH", path, {"note": "no"}),
            ("POST", f"{path}/register", {"model": "MOD-RADIO-1", "count": 1}),
            ("POST", f"{path}/receive", {}),
        ):
            answer = await desk.call(method, address, body, version=1, account="italy.logistics")
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), address
    finally:
        await owner.execute("UPDATE delegations SET power = 'manage' WHERE organisation_id = $1", italy)
    assert (await desk.get(path))["version"] == 1
