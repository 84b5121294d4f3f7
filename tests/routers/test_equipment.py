"""Items over HTTP: whole answers, every refusal, walls between implementers, the past."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from app.db.plans import parameters, plan_page
from app.db.session import Database
from app.domain.asked import Asked
from app.domain.equipment import Stage
from app.main import create_app
from app.schemas.equipment import EffectiveOut, EquipmentDetail, EquipmentOut, EventOut
from app.services import door
from app.services.equipment import KNOWN, KNOWN_ALL, listing_at
from app.settings import Settings
from tests.conftest import running
from tests.routers.papers import Desk
from tests.services.test_door import caller_of, custody, radio
from tests.world import World

pytestmark = pytest.mark.anyio
URL = "/api/v1/equipment"
RECEIVING = "Receipt is confirmed by the receiving side: somebody of the unit's own agency."


async def make(client: httpx.AsyncClient, world: World, account: str = "icmpd.manager", **more: Any) -> dict[str, Any]:
    body = {"component": "BMP-TN", "model": "MOD-RADIO-1", **more}
    response = await client.post(URL, json=body, headers=world.headers(account))
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def handed_over(database: Database, world: World, unit: str = "tn-sfax") -> UUID:
    """An item at a unit, the documents' part done by the door."""
    caller = await caller_of(database, world, "icmpd.manager")
    give = {
        "title_organisation_id": world["tn-coast-guard"],
        "custody_organisation_id": world["tn-coast-guard"],
        "custody_site_id": world[f"site-{unit}"],
        "unit_id": world[unit],
    }
    async with database.transaction(caller) as tx:
        item = radio(world, stage="delivered", **custody(world))
        await door.register(tx, [item])
        title = {"title_organisation_id": world["icmpd"]}
        await door.move(tx, [door.Move(item.id, "accept", title)], by_document=True)
        await door.move(tx, [door.Move(item.id, "hand_over", give)], by_document=True)
    return item.id


async def test_create_shows_the_whole_item(client: httpx.AsyncClient, world: World) -> None:
    body = {
        "component": "BMP-TN",
        "model": str(world["radio"]),
        "identifiers": [{"scheme": "serial", "value": "sn-1"}, {"scheme": "imei", "value": "49-015420-323751-8"}],
        "supplier": str(world["supplier"]),
        "title_organisation": "ORG-SUPPLIER",
        "custody_organisation": "ORG-ICMPD",
        "custody_site": "SITE-STORE",
        "unit_price": {"amount": "1234.5", "currency": "EUR"},
        "external_id": "ERP-1",
        "note": "first of twelve",
    }
    response = await client.post(URL, json=body, headers=world.headers("icmpd.manager"))
    made = response.json()
    assert response.status_code == 201, made
    assert response.headers["location"] == f"{URL}/{made['id']}"
    assert response.headers["etag"].startswith('"1-')
    EquipmentDetail.model_validate_json(response.content)
    assert re.fullmatch(rf"EQ-TN-{datetime.now(UTC).year}-\d{{6}}", made["reference"])
    assert {**made, "created_at": 0, "updated_at": 0, "last_event_at": 0} == {
        "id": made["id"],
        "reference": made["reference"],
        "serial": "SN-1",
        "identifiers": [
            {"scheme": "serial", "value": "SN-1", "issuer": "SYNTHETIC RADIOS"},
            {"scheme": "imei", "value": "490154203237518", "issuer": ""},
        ],
        "component": {"id": str(world["tunisia"]), "reference": "BMP-TN", "label": "Tunisia"},
        "model": {"id": str(world["radio"]), "reference": "MOD-RADIO-1", "label": "Radio One"},
        "stage": "ordered",
        "condition": "unknown",
        "condition_reason": None,
        "confirmed_at": None,
        "title": {"id": str(world["supplier"]), "reference": "ORG-SUPPLIER", "label": "Organisation supplier"},
        "custody_organisation": {"id": str(world["icmpd"]), "reference": "ORG-ICMPD", "label": "Organisation icmpd"},
        "custody_site": {"id": str(world["store"]), "reference": "SITE-STORE", "label": "Central store"},
        "unit": None,
        "receipt_confirmed_at": None,
        "warranty_starts_on": None,
        "warranty_ends_on": None,
        "unit_price": {"amount": "1234.50", "currency": "EUR"},
        "external_id": "ERP-1",
        "version": 1,
        "last_event_at": 0,
        "created_at": 0,
        "updated_at": 0,
        "supplier": {"id": str(world["supplier"]), "reference": "SUP-1", "label": "Synthetic supplier"},
        "delivery": None,
        "parent": None,
        "replaced_by": None,
        "children": 0,
        "event_count": 1,
        "note": "first of twelve",
        "available_actions": [
            {"action": "ship", "allowed": True, "missing": [], "because": None, "required": []},
            {
                "action": "deliver",
                "allowed": True,
                "missing": [],
                "because": None,
                "required": ["custody_organisation_id", "custody_site_id"],
            },
            {"action": "cancel", "allowed": True, "missing": [], "because": None, "required": ["reason"]},
        ],
    }
    again = await client.get(f"{URL}/{made['reference']}", headers=world.headers("italy.manager"))
    assert again.json() == made
    EquipmentDetail.model_validate_json(again.content)


async def test_list_filters_and_search(client: httpx.AsyncClient, world: World) -> None:
    mine = await make(client, world, identifiers=[{"scheme": "serial", "value": "FIND-ME-42"}], external_id="LIST-1")
    await make(client, world, "icmpd.morocco", component="BMP-MA")

    async def ids(account: str = "icmpd.manager", **query: Any) -> list[str]:
        response = await client.get(URL, params=query, headers=world.headers(account))
        assert response.status_code == 200, response.text
        for item in response.json()["items"]:
            EquipmentOut.model_validate_json(json.dumps(item))
        return [item["id"] for item in response.json()["items"]]

    for query in (
        {"q": "find-me"},
        {"q": "me-42"},
        {"q": mine["reference"][-12:].lower()},
        {"identifier": "FIND-ME-42"},
        {"external_id": "LIST-1"},
        {"external_id": "LIST-1", "type_id": str(world["radio-type"]), "stage": "ordered,shipped"},
        {"external_id": "LIST-1", "unconfirmed_since": "2100-01-01T00:00:00Z"},
    ):
        assert await ids(**query) == [mine["id"]], query
    assert await ids(q="nothing such") == []
    assert await ids("icmpd.morocco", q="find-me") == []
    assert await ids("ma.focal") == []
    assert mine["id"] not in await ids("icmpd.morocco")
    assert await ids(agency_id=str(world["tn-directorate"])) == []
    wrong = await client.get(URL, params={"stage": "flying"}, headers=world.headers("icmpd.manager"))
    assert wrong.status_code == 422


async def test_csv_and_json_lines_of_the_list(client: httpx.AsyncClient, world: World) -> None:
    await make(client, world, external_id="=1+1")
    query = {"external_id": "=1+1", "fields": "reference,external_id,stage"}
    lines = await client.get(URL, params={**query, "format": "jsonl"}, headers=world.headers("icmpd.manager"))
    (one,) = [json.loads(line) for line in lines.text.splitlines()]
    assert set(one) == {"id", "reference", "external_id", "stage"}
    table = await client.get(URL, params={**query, "format": "csv"}, headers=world.headers("icmpd.manager"))
    head, row = table.text.splitlines()
    assert head == "id,reference,stage,external_id"
    assert row == f"{one['id']},{one['reference']},ordered,'=1+1"


async def test_steps_and_their_refusals(client: httpx.AsyncClient, world: World) -> None:
    made = await make(client, world)
    steps = f"{URL}/{made['reference']}/transitions"

    async def step(body: dict[str, Any], account: str = "icmpd.manager", **headers: str) -> httpx.Response:
        return await client.post(steps, json=body, headers=world.headers(account, **headers))

    assert (await step({"action": "ship"})).status_code == 428
    stale = await step({"action": "ship"}, If_Match="4")
    assert (stale.status_code, stale.json()["current"]) == (412, 1)
    wrong = await step({"action": "reinstate"}, If_Match="1")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "transition_not_allowed")
    assert wrong.json()["legal"] == ["ship", "deliver", "cancel"]
    empty = await step({"action": "cancel", "payload": {"reason": "whim"}}, If_Match="1")
    assert (empty.status_code, [(e["pointer"], e["code"]) for e in empty.json()["errors"]]) == (
        422,
        [("/payload/reason", "unknown_value")],
    )
    ahead = await step({"action": "ship", "occurred_at": "2099-01-01T00:00:00Z"}, If_Match="1")
    assert [(e["pointer"], e["code"]) for e in ahead.json()["errors"]] == [("/occurred_at", "in_the_future")]
    moved = await step({"action": "ship", "note": "by sea"}, If_Match="1", Idempotency_Key="k-ship")
    assert (moved.status_code, moved.json()["stage"], moved.json()["version"]) == (200, "shipped", 2)
    EquipmentDetail.model_validate_json(moved.content)
    again = await step({"action": "ship", "note": "by sea"}, If_Match="1", Idempotency_Key="k-ship")
    assert (again.status_code, again.headers["idempotency-replayed"], again.content) == (200, "true", moved.content)
    for account, status in (("auditor", 403), ("icmpd.morocco", 404), ("tn.focal", 403), ("nobody", 404)):
        refused = await step({"action": "deliver"}, account, If_Match="2")
        assert refused.status_code == status, (account, refused.text)
    arrive = {"action": "deliver", "payload": {"custody_organisation_id": "ORG-ICMPD", "custody_site_id": "SITE-STORE"}}
    there = await step(arrive, If_Match="2")
    assert there.json()["custody_site"]["reference"] == "SITE-STORE"
    accept = next(a for a in there.json()["available_actions"] if a["action"] == "accept")
    assert (accept["allowed"], accept["missing"]) == (False, ["by_document"])
    by_hand = await step({"action": "accept", "payload": {"title_organisation_id": "ORG-ICMPD"}}, If_Match="3")
    assert (by_hand.status_code, by_hand.json()["missing"]) == (409, ["by_document"])


async def test_enforced_requirements_are_told(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    made = await make(client, world)
    arrive = {"action": "deliver", "payload": {"custody_organisation_id": "ORG-ICMPD", "custody_site_id": "SITE-STORE"}}
    url = f"{URL}/{made['id']}"
    await client.post(f"{url}/transitions", json=arrive, headers=world.headers("icmpd.manager", If_Match="1"))

    async def missing() -> list[str]:
        item = (await client.get(url, headers=world.headers("icmpd.manager"))).json()
        found: list[str] = next(a["missing"] for a in item["available_actions"] if a["action"] == "accept")
        return found

    await owner.execute("UPDATE programmes SET enforced_requirements = '{test_passed,due_diligence}'")
    try:
        assert await missing() == ["by_document", "test_passed"]
        await owner.execute(
            "INSERT INTO requirements (id, component_id, kind, item_id, decision, reference, starts_on, decided_by, "
            "decided_by_person) VALUES ($1, $2, 'test_passed', $3, 'granted', 'T-1', '2020-01-01', $4, $4)",
            uuid4(),
            world["tunisia"],
            UUID(made["id"]),
            world.accounts["icmpd.manager2"],
        )
        assert await missing() == ["by_document"]
    finally:
        await owner.execute("UPDATE programmes SET enforced_requirements = '{}'")


async def test_no_reference_points_out_of_sight(client: httpx.AsyncClient, world: World) -> None:
    """Ids of another implementer's part of the world, in every field that takes one."""
    foreign = await make(client, world, "icmpd.morocco", component="BMP-MA")
    body = {"component": "BMP-TN", "model": "MOD-RADIO-1"}
    for field, value in (
        ("component", str(world["morocco"])),
        ("component", "BMP-MA"),
        ("custody_site", str(world["site-ma-nador"])),
        ("custody_site", "SITE-MA-NADOR"),
        ("parent", foreign["id"]),
        ("parent", foreign["reference"]),
        ("model", str(uuid4())),
        ("supplier", str(uuid4())),
        ("title_organisation", "ORG-NONE"),
    ):
        response = await client.post(URL, json={**body, field: value}, headers=world.headers("italy.manager"))
        assert response.status_code == 422, (field, response.text)
        assert [(e["pointer"], e["code"]) for e in response.json()["errors"]] == [(f"/{field}", "reference_unknown")]
    mine = await make(client, world, "italy.manager")
    for field, value in (
        ("custody_site_id", str(world["site-ma-nador"])),
        ("custody_organisation_id", str(uuid4())),
    ):
        sent = {"custody_organisation_id": "ORG-ITALY", "custody_site_id": "SITE-STORE", field: value}
        response = await client.post(
            f"{URL}/{mine['id']}/transitions",
            json={"action": "deliver", "payload": sent},
            headers=world.headers("italy.manager", If_Match="1"),
        )
        assert [(e["pointer"], e["code"]) for e in response.json()["errors"]] == [
            (f"/payload/{field}", "reference_unknown")
        ]
    for path in ("", "/events", "/history"):
        response = await client.get(f"{URL}/{foreign['id']}{path}", headers=world.headers("italy.manager"))
        assert response.status_code == 404
    response = await client.patch(
        f"{URL}/{foreign['id']}", json={"note": "x"}, headers=world.headers("italy.manager", If_Match="1")
    )
    assert response.status_code == 404


async def test_change_touches_only_what_is_named(client: httpx.AsyncClient, world: World) -> None:
    vessel = await make(client, world)
    made = await make(client, world, note="old", unit_price={"amount": "1.250", "currency": "TND"})
    headers = world.headers("icmpd.manager", If_Match="1")
    url = f"{URL}/{made['id']}"
    patch = {"note": None, "parent": vessel["reference"]}
    changed = await client.patch(url, json=patch, headers=headers)
    assert changed.status_code == 200, changed.text
    item = changed.json()
    assert (item["note"], item["parent"]["id"], item["version"]) == (None, vessel["id"], 2)
    assert item["unit_price"] == {"amount": "1.250", "currency": "TND"}
    whole = (await client.get(f"{URL}/{vessel['id']}", headers=headers)).json()
    assert whole["children"] == 1
    ring = await client.patch(f"{URL}/{vessel['id']}", json={"parent": made["id"]}, headers=headers)
    assert ring.status_code == 409
    assert (await client.patch(url, json={"note": "x"}, headers=headers)).status_code == 412
    assert (await client.patch(url, json={"stage": "disposed"}, headers=headers)).status_code == 422


async def test_lists_take_references_wherever_they_take_ids(
    client: httpx.AsyncClient, world: World, database: Database
) -> None:
    item_id = await handed_over(database, world)
    other = await make(client, world)
    headers = world.headers("icmpd.manager")

    async def ids(query: str, account: str = "icmpd.manager") -> set[str]:
        answer = await client.get(f"{URL}?limit=200&{query}", headers=world.headers(account))
        assert answer.status_code == 200, answer.text
        return {each["id"] for each in answer.json()["items"]}

    everything = await ids("component_id=BMP-TN")
    assert {str(item_id), other["id"]} <= everything
    assert everything == await ids(f"component_id={world['tunisia']}")
    both = await ids("component_id=BMP-TN,BMP-MA")
    assert both == await ids(f"component_id={world['tunisia']}&component_id=BMP-MA")
    here = await ids("unit_id=AG-TN-SFAX&model_id=MOD-RADIO-1&title_id=ORG-TN-COAST-GUARD&agency_id=AG-TN-DIRECTORATE")
    assert str(item_id) in here
    assert other["id"] not in here
    assert here == await ids(f"unit_id={world['tn-sfax']}&type_id=COM-RADIO&component_id=BMP-TN&site_id=SITE-TN-SFAX")
    # A reference out of sight is one that does not exist; an id out of sight matches nothing.
    for name in ("BMP-MA", "BMP-XX"):
        refused = await client.get(f"{URL}?component_id={name}", headers=world.headers("italy.manager"))
        assert refused.json()["errors"] == [
            {
                "pointer": "/component_id",
                "in": "query",
                "code": "reference_unknown",
                "detail": "There is nothing in your sight that has this reference.",
            }
        ]
    # What was perhaps meant is named, out of what the caller sees.
    for who, meant in (("icmpd.manager", " Did you mean BMP-MA?"), ("italy.manager", "")):
        asked = await client.get(f"{URL}?component_id=BMP-TN,BMP-M", headers=world.headers(who))
        sent = await client.post(URL, json={"component": "BMP-M", "model": "MOD-RADIO-1"}, headers=world.headers(who))
        told = [answer.json()["errors"][0]["detail"] for answer in (asked, sent)]
        assert told[0] == f"Of these 2 references number 2 is of nothing in your sight.{meant}"
        assert told[1] == f"There is no component of this id or reference that you may see.{meant}"
    # But only to who may read the register, few times a request, and nothing of what is counted.
    narrow = {
        "authorization": f"Bearer {world.token('icmpd.manager', frozenset({'equipment:read', 'equipment:write'}))}"
    }
    assert "Did you mean" not in (await client.get(f"{URL}?component_id=BMP-M", headers=narrow)).text
    body = {"operation": "create", "component": "BMP-M", "model": "MOD-RADIO-1"}
    many = await client.post(f"{URL}/bulk", headers=headers, json={"atomic": False, "items": [body] * 10})
    assert many.text.count("reference_unknown") == 10
    assert 1 <= many.text.count("Did you mean BMP-MA?") <= 3
    last = (await client.get(f"{URL}?limit=1", headers=headers)).json()["items"][0]["reference"]
    counted = await client.get(f"{URL}?id={last[:-1]}", headers=headers)
    assert counted.json()["errors"][0]["detail"] == "There is nothing in your sight that has this reference."
    assert await ids(f"component_id={world['morocco']}", "italy.manager") == set()
    # A cursor goes on whether the page after is asked by reference or by id, and so does an export.
    first = await client.get(f"{URL}?limit=1&component_id=BMP-TN", headers=headers)
    cursor = first.json()["page"]["next"]
    second = await client.get(f"{URL}?limit=1&component_id={world['tunisia']}&cursor={cursor}", headers=headers)
    assert second.status_code == 200, second.text
    lines = await client.get(f"{URL}?component_id=BMP-TN&format=jsonl&fields=id", headers=headers)
    assert {json.loads(line)["id"] for line in lines.text.splitlines()} == everything
    refused = await client.get(f"{URL}?component_id=BMP-XX&format=jsonl", headers=headers)
    assert refused.status_code == 422
    past = await client.get(f"{URL}?component_id=BMP-TN&as_of={datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", headers=headers)
    assert past.status_code == 200, past.text


async def test_taken_tells_nothing_about_whom(client: httpx.AsyncClient, world: World) -> None:
    body = {
        "component": "BMP-MA",
        "model": "MOD-RADIO-1",
        "identifiers": [{"scheme": "serial", "value": "ONE-OF-A-KIND"}],
    }
    assert (await client.post(URL, json=body, headers=world.headers("icmpd.morocco"))).status_code == 201
    refused = await client.post(URL, json={**body, "component": "BMP-TN"}, headers=world.headers("italy.manager"))
    assert (refused.status_code, refused.json()["code"]) == (409, "taken")
    assert "BMP-MA" not in refused.text
    assert "icmpd" not in refused.text.lower()


async def test_ten_clients_register_one_serial(client: httpx.AsyncClient, world: World) -> None:
    body = {"component": "BMP-TN", "model": "MOD-RADIO-1", "identifiers": [{"scheme": "serial", "value": "RACE"}]}
    answers = await asyncio.gather(
        *(client.post(URL, json=body, headers=world.headers("icmpd.manager")) for _ in range(10))
    )
    assert sorted(a.status_code for a in answers) == [201] + [409] * 9


async def test_two_people_move_one_item(client: httpx.AsyncClient, world: World) -> None:
    made = await make(client, world)
    answers = await asyncio.gather(
        *(
            client.post(
                f"{URL}/{made['id']}/transitions",
                json={"action": "ship"},
                headers=world.headers(account, If_Match="1"),
            )
            for account in ("icmpd.manager", "italy.manager")
        )
    )
    assert sorted(a.status_code for a in answers) == [200, 412]


async def test_focal_points_confirm_and_report(client: httpx.AsyncClient, world: World, database: Database) -> None:
    item_id = await handed_over(database, world)
    url = f"{URL}/{item_id}"
    seen = await client.get(url, headers=world.headers("tn.focal.sfax"))
    assert [(a["action"], a["allowed"]) for a in seen.json()["available_actions"]] == [
        ("confirm_receipt", True),
        ("report_condition", True),
    ]
    received = await client.post(f"{url}/receipt", json={}, headers=world.headers("tn.focal.sfax", If_Match="4"))
    assert received.status_code == 200, received.text
    assert received.json()["receipt_confirmed_at"] is not None
    twice = await client.post(f"{url}/receipt", json={}, headers=world.headers("tn.focal", If_Match="5"))
    assert (twice.status_code, twice.json()["missing"]) == (409, ["receipt_outstanding"])
    bare = await client.post(
        f"{url}/condition", json={"condition": "down"}, headers=world.headers("tn.focal", If_Match="5")
    )
    assert [(e["pointer"], e["code"]) for e in bare.json()["errors"]] == [("/condition_reason", "missing")]
    down = {"condition": "down", "condition_reason": "failure", "note": "Antenna broken."}
    reported = await client.post(f"{url}/condition", json=down, headers=world.headers("tn.focal", If_Match="5"))
    assert (reported.json()["condition"], reported.json()["condition_reason"]) == ("down", "failure")
    elsewhere = await client.post(f"{url}/condition", json=down, headers=world.headers("ma.focal", If_Match="6"))
    assert elsewhere.status_code == 404
    history = await client.get(f"{url}/history", headers=world.headers("tn.focal"))
    assert [e["kind"] for e in history.json()["items"]] == ["hand_over", "confirm_receipt", "report_condition"]
    assert history.json()["items"][2]["texts"] == {"note": "Antenna broken."}
    counted = await client.get(f"{url}/events", headers=world.headers("tn.focal"))
    assert [e["kind"] for e in counted.json()["items"]] == ["hand_over", "confirm_receipt", "report_condition"]


async def test_receipt_is_not_confirmed_by_who_gave_the_item_away(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    desk = Desk(client, world)
    (item,) = await desk.accepted(1)
    paper = await desk.handed_over([item])
    url = f"{URL}/{item['id']}"
    now = await desk.get(url)
    for account in ("icmpd.manager", "icmpd.logistics", "icmpd.manager2"):
        seen = {a["action"]: a for a in (await desk.get(url, account))["available_actions"]}
        assert seen["report_condition"]["allowed"]
        assert not seen["confirm_receipt"]["allowed"]
        assert "receiving_side" in seen["confirm_receipt"]["missing"]
        assert seen["confirm_receipt"]["because"] == RECEIVING
        refused = await desk.call("POST", f"{url}/receipt", {}, version=now["version"], account=account)
        assert (refused.status_code, refused.json()["code"]) == (403, "separation_of_duties")
        assert (refused.json()["because"], refused.json()["detail"]) == ("receiving_side", RECEIVING)
    step = {"operation": "transition", "id": item["id"], "version": now["version"], "action": "confirm_receipt"}
    bulk = await desk.done("POST", f"{URL}/bulk", {"items": [step], "atomic": False}, account="icmpd.manager")
    assert [e["code"] for e in bulk["items"][0]["errors"]] == ["separation_of_duties"]
    # A person of the receiving side who had a hand in the protocol does not confirm it either.
    focal = world.accounts["tn.focal"]
    await owner.execute("UPDATE document_approvals SET person_id = $1 WHERE document_id = $2 AND person_id = $3",
                        focal, UUID(paper["id"]), world.accounts["icmpd.manager"])  # fmt: skip
    seen = {a["action"]: a for a in (await desk.get(url, "tn.focal"))["available_actions"]}
    assert seen["confirm_receipt"]["missing"] == ["no_part_in_handover"]
    refused = await desk.call("POST", f"{url}/receipt", {}, version=now["version"], account="tn.focal")
    assert (refused.status_code, refused.json()["because"]) == (403, "no_part_in_handover")
    await desk.done("POST", f"{url}/receipt", {}, version=now["version"], account="tn.focal.sfax")


async def test_how_late_is_late_is_a_setting_of_the_deployment(
    settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BMP_BACKDATING_DAYS", "3000")  # what is read once is not read again
    days_ago = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    body = {"component": "BMP-TN", "model": "MOD-RADIO-1", "occurred_at": days_ago}
    step = {"action": "ship", "occurred_at": days_ago}
    for days, told in ((2, 422), (4, 200)):
        async with running(create_app(settings.model_copy(update={"backdating_days": days}))) as client:
            made = await client.post(URL, json=body, headers=world.headers("icmpd.manager"))
            assert made.status_code == {422: 422, 200: 201}[told], made.text
            if told == 200:
                url, headers = f"{URL}/{made.json()['id']}", world.headers("icmpd.manager", If_Match="1")
                moved = await client.post(f"{url}/transitions", json=step, headers=headers)
                assert moved.status_code == 200, moved.text


async def test_history_is_shown_as_recorded_and_as_it_counts(client: httpx.AsyncClient, world: World) -> None:
    made = await make(client, world)
    url = f"{URL}/{made['id']}"
    await client.post(
        f"{url}/transitions", json={"action": "ship"}, headers=world.headers("icmpd.manager", If_Match="1")
    )
    bad = await client.post(
        f"{url}/corrections",
        json={"position": 9, "reason": "?", "annul": True},
        headers=world.headers("icmpd.manager", If_Match="2"),
    )
    assert [(e["pointer"], e["code"]) for e in bad.json()["errors"]] == [("/position", "unknown_event")]
    undone = await client.post(
        f"{url}/corrections",
        json={"position": 2, "reason": "Another item was shipped.", "annul": True},
        headers=world.headers("icmpd.manager", If_Match="2"),
    )
    assert (undone.status_code, undone.json()["stage"], undone.json()["version"]) == (200, "ordered", 3)
    manager = (await client.get(f"{url}/history", headers=world.headers("icmpd.monitoring"))).json()["items"]
    auditor = (await client.get(f"{url}/history", headers=world.headers("auditor"))).json()["items"]
    for event in auditor:
        EventOut.model_validate_json(json.dumps(event))
    assert [(e["position"], e["kind"], e["corrects"]) for e in auditor] == [
        (1, "register", None),
        (2, "ship", None),
        (3, "annul", 2),
    ]
    assert [e["previous"] for e in auditor[1:]] == [e["hash"] for e in auditor[:2]]
    assert {e["hash"] for e in manager} == {None}
    counted = await client.get(f"{url}/events", headers=world.headers("auditor"))
    EffectiveOut.model_validate_json(counted.content)
    assert [e["kind"] for e in counted.json()["items"]] == ["register"]


async def test_a_correction_that_breaks_a_later_event_is_refused(
    client: httpx.AsyncClient, world: World, database: Database
) -> None:
    item_id = await handed_over(database, world)
    broken = await client.post(
        f"{URL}/{item_id}/corrections",
        json={"position": 2, "reason": "It never arrived.", "annul": True},
        headers=world.headers("icmpd.manager", If_Match="4"),
    )
    assert (broken.status_code, broken.json()["code"], broken.json()["kind"]) == (409, "history_broken", "accept")
    signed = await client.post(
        f"{URL}/{item_id}/corrections",
        json={"position": 4, "reason": "Wrong unit.", "annul": True},
        headers=world.headers("icmpd.manager", If_Match="4"),
    )
    assert (signed.status_code, signed.json()["code"]) == (409, "conflict")


async def test_as_of_and_known_at(client: httpx.AsyncClient, world: World, database: Database) -> None:
    now = datetime.now(UTC)
    first, shipped = now - timedelta(days=20), now - timedelta(days=10)
    made = await make(client, world, occurred_at=first.isoformat(), external_id="PAST")
    url = f"{URL}/{made['id']}"
    before = datetime.now(UTC)
    late = {"action": "ship", "occurred_at": shipped.isoformat()}
    moved = await client.post(f"{url}/transitions", json=late, headers=world.headers("icmpd.manager", If_Match="1"))
    assert moved.json()["stage"] == "shipped"
    headers = world.headers("icmpd.manager")

    async def stages(**moment: date) -> tuple[Any, Any]:
        params = {name: at.isoformat() for name, at in moment.items()}
        one = await client.get(url, params=params, headers=headers)
        several = await client.get(URL, params={**params, "external_id": "PAST"}, headers=headers)
        assert several.status_code == 200, several.text
        for item in several.json()["items"]:
            EquipmentDetail.model_validate_json(json.dumps({**item, "available_actions": None}))
        listed = [item["stage"] for item in several.json()["items"]]
        return one.json().get("stage", one.status_code), listed

    assert await stages(as_of=now) == ("shipped", ["shipped"])
    assert await stages(as_of=shipped - timedelta(days=1)) == ("ordered", ["ordered"])
    assert await stages(as_of=first - timedelta(days=1)) == (404, [])
    assert await stages(as_of=now, known_at=before) == ("ordered", ["ordered"])
    assert await stages(known_at=before) == ("ordered", ["ordered"])
    assert await stages(known_at=datetime.now(UTC)) == ("shipped", ["shipped"])
    assert await stages(known_at=first) == (404, [])
    assert await stages(as_of=shipped - timedelta(days=1), known_at=datetime.now(UTC)) == ("ordered", ["ordered"])
    known = {"known_at": before.isoformat(), "limit": "200"}
    every = {"stage": [stage.value for stage in Stage]}  # asked by a dated fact, all are folded at once
    one_by_one, at_once = [
        (await client.get(URL, params={**known, **more}, headers=headers)).json()["items"] for more in ({}, every)
    ]
    assert one_by_one == at_once
    assert ("ordered", made["id"]) in {(item["stage"], item["id"]) for item in at_once}
    assert await stages(as_of=shipped.date()) == ("shipped", ["shipped"]), "a day means its end"
    assert await stages(as_of=shipped.date() - timedelta(days=1)) == ("ordered", ["ordered"])
    assert await stages(as_of=first.date()) == ("ordered", ["ordered"])
    assert await stages(as_of=now.date()) == ("shipped", ["shipped"]), "of today too"
    assert await stages(known_at=now.date()) == ("shipped", ["shipped"])
    assert await stages(known_at=first.date()) == (404, [])
    item_id = await handed_over(database, world)
    focal = await client.get(
        f"{URL}/{item_id}", params={"as_of": before.isoformat()}, headers=world.headers("tn.focal")
    )
    assert focal.status_code == 404


async def test_of_the_past_only_the_items_asked_for_are_folded(
    client: httpx.AsyncClient, world: World, database: Database
) -> None:
    begun = datetime.now(UTC)
    items = [await make(client, world, external_id=f"FOLD-{n}") for n in range(4)]
    for item in items[1:]:
        answer = await client.post(
            f"{URL}/{item['id']}/transitions",
            json={"action": "ship"},
            headers=world.headers("icmpd.manager", If_Match="1"),
        )
        assert answer.status_code == 200, answer.text
    known, headers = datetime.now(UTC).isoformat(), world.headers("icmpd.manager")

    async def asked(**query: Any) -> list[dict[str, Any]]:
        answer = await client.get(URL, params={"known_at": known, "limit": 200, **query}, headers=headers)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    whole = {each["id"]: each for each in await asked()}
    for chosen in (items[:1], items[1:3], items):
        for named in ("id", "reference"):
            found = await asked(id=",".join(each[named] for each in chosen))
            assert {each["id"] for each in found} == {each["id"] for each in chosen}
            assert found == [whole[each["id"]] for each in found], "the same answers as without the filter"
    twice = await asked(id=f"{items[0]['id']},{items[0]['reference']}")
    assert twice == [whole[items[0]["id"]]]
    pair = ",".join(each["id"] for each in items[:2])
    assert [each["stage"] for each in await asked(id=pair, stage="shipped")] == ["shipped"]
    assert await asked(id=pair, known_at=begun.isoformat()) == []
    assert await asked(id=f"{uuid4()},{uuid4()}") == []
    answer = await client.get(
        URL, params={"known_at": known, "id": pair, "limit": 1, "total": "exact"}, headers=headers
    )
    assert (answer.json()["page"]["total"], len(answer.json()["items"])) == (2, 1)
    following = {"known_at": known, "id": pair, "limit": 1, "cursor": answer.json()["page"]["next"]}
    second = await client.get(URL, params=following, headers=headers)
    assert {each["id"] for page in (answer, second) for each in page.json()["items"]} == set(pair.split(","))
    lines = await client.get(URL, params={"known_at": known, "id": pair, "format": "jsonl"}, headers=headers)
    assert len(lines.text.splitlines()) == 2
    strangers = await client.get(URL, params={"known_at": known, "id": pair}, headers=world.headers("nobody"))
    assert strangers.json()["items"] == []

    caller = await caller_of(database, world, "icmpd.manager")
    past = {"as_of": datetime.now(UTC), "known_at": datetime.now(UTC)}
    for given in (items[:2], items[:1]):
        question = Asked({**past, "id": [UUID(each["id"]) for each in given]})
        statement = plan_page(KNOWN, question, "wall").statement
        async with database.transaction(caller, read_only=True) as tx:
            await tx.begin()
            connection = await tx.connection
            values = statement.values(parameters(KNOWN, question, caller, "wall"))
            told = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", *values)
        (folds,) = [each for each in nodes(json.loads(told)[0]["Plan"]) if each.get("Function Name") == "state_known"]
        assert folds["Actual Loops"] == len(given), "an item that is not asked for is not folded"


def test_of_the_past_all_are_folded_at_once_where_one_by_one_would_find_nothing_in_most() -> None:
    now = datetime.now(UTC)
    earlier = {"as_of": now - timedelta(days=900), "known_at": now}
    assert listing_at({"as_of": now, "known_at": now, "model_id": []}) is KNOWN
    assert listing_at(earlier) is listing_at({"as_of": now, "known_at": now, "stage": []}) is KNOWN_ALL
    assert listing_at({**earlier, "external_id": []}) is listing_at({**earlier, "id": [], "stage": []}) is KNOWN


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


async def test_bulk_all_or_nothing(client: httpx.AsyncClient, world: World) -> None:
    made = await make(client, world)
    items: list[dict[str, Any]] = [
        {
            "operation": "create",
            "component": "BMP-TN",
            "model": "MOD-RADIO-1",
            "identifiers": [{"scheme": "serial", "value": f"BULK-{n}"}],
        }
        for n in range(3)
    ]
    items.append({"operation": "change", "id": made["id"], "version": 1, "change": {"note": "in bulk"}})
    items.append({"operation": "transition", "id": made["id"], "version": 2, "action": "ship"})
    headers = world.headers("icmpd.manager")
    response = await client.post(f"{URL}/bulk", json={"items": items}, headers=headers)
    assert response.status_code == 200, response.text
    assert (response.json()["done"], response.json()["refused"]) == (5, 0)
    assert response.json()["items"][4] == {
        "index": 4,
        "status": "done",
        "id": made["id"],
        "reference": None,
        "version": 3,
        "errors": [],
    }
    again = await client.post(f"{URL}/bulk", json={"items": items}, headers=headers)
    assert again.status_code == 422
    assert [(e["pointer"], e["code"]) for e in again.json()["errors"]] == [
        ("/items/0", "taken"),
        ("/items/1", "taken"),
        ("/items/2", "taken"),
        ("/items/3", "stale"),
        ("/items/4", "stale"),
    ]
    items[1]["identifiers"][0]["value"] = "BULK-NEW"
    partly = await client.post(f"{URL}/bulk", json={"atomic": False, "items": items}, headers=headers)
    assert [i["status"] for i in partly.json()["items"]] == ["refused", "done", "refused", "refused", "refused"]
    wrong = [{**items[4], "version": 3, "action": "lose", "payload": {"reason": "forgotten"}}]
    told = await client.post(f"{URL}/bulk", json={"items": wrong}, headers=headers)
    assert [(e["pointer"], e["code"]) for e in told.json()["errors"]] == [("/items/0/payload/reason", "unknown_value")]


@pytest.mark.parametrize(
    ("item", "faults"),
    [
        ({"vesrion": 2, "change": {}}, {("/items/0/version", "missing"), ("/items/0/vesrion", "extra_forbidden")}),
        ({"version": 0, "change": {}}, {("/items/0/version", "greater_than_equal")}),
        ({"version": 1, "change": {"colour": 1}}, {("/items/0/change/colour", "extra_forbidden")}),
        ({"version": 1, "change": 5}, {("/items/0/change", "model_attributes_type")}),
        ({"version": 1}, {("/items/0/change", "missing")}),
        ({"version": 1, "change": {}, "transition": {}}, {("/items/0/transition", "extra_forbidden")}),
        (
            {"version": 1, "change": {"unit_price": {"amount": "x", "currency": "EUR"}}},
            {("/items/0/change/unit_price/amount", "string_pattern_mismatch")},
        ),
        ({"operation": "move"}, {("/items/0", "union_tag_invalid")}),
    ],
)
async def test_faults_of_a_change_in_bulk_are_where_they_were_sent(
    client: httpx.AsyncClient, world: World, item: dict[str, Any], faults: set[tuple[str, str]]
) -> None:
    """`change` is an operation and a member of it: the place of a fault names the member alone."""
    items = [{"operation": "change", "id": "EQ-1", **item}]
    answer = await client.post(f"{URL}/bulk", json={"items": items}, headers=world.headers("icmpd.manager"))
    assert answer.status_code == 422
    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == faults
