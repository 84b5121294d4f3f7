"""Acceptance certificates over HTTP: their life, what they do to items, and who may do what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.routers.papers import ACCEPTANCES, EQUIPMENT, Desk, faults
from tests.world import World

pytestmark = pytest.mark.anyio

TESTS = [{"name": "Transmission on channel 16", "passed": True, "note": None}]


@pytest.fixture
def desk(client: httpx.AsyncClient, world: World) -> Desk:
    return Desk(client, world)


def related(world: World, name: str, reference: str, label: str) -> dict[str, str]:
    return {"id": str(world[name]), "reference": reference, "label": label}


async def test_a_certificate_from_draft_to_accepted_and_rejected_items(desk: Desk, owner: asyncpg.Connection) -> None:
    world = desk.world
    delivery, items = await desk.arrived(3)
    lines = [
        {"item": items[0]["id"], "outcome": "accepted", "tests": TESTS},
        {"item": items[1]["reference"], "outcome": "accepted", "condition": "degraded", "note": "Scratched"},
        {"item": items[2]["id"], "outcome": "rejected", "reason": "damaged", "tests": [{**TESTS[0], "passed": False}]},
    ]
    answer = await desk.call(
        "POST",
        ACCEPTANCES,
        {
            "component": "BMP-TN",
            "kind": "partial_provisional",
            "delivery": delivery["reference"],
            "warranty_days": 730,
            "lines": lines,
        },
        account="icmpd.procurement",
    )
    assert answer.status_code == 201, answer.text
    made = answer.json()
    procurement = {"id": str(world.accounts["icmpd.procurement"]), "label": "Synthetic icmpd.procurement"}
    assert made == {
        "id": made["id"],
        "reference": made["reference"],
        "kind": "partial_provisional",
        "component": related(world, "tunisia", "BMP-TN", "Tunisia"),
        "delivery": {"id": delivery["id"], "reference": delivery["reference"], "label": delivery["reference"]},
        "status": "draft",
        "title_organisation": related(world, "icmpd", "ORG-ICMPD", "Organisation icmpd"),
        "effective_at": None,
        "warranty_days": 730,
        "prepared_by": procurement,
        "submitted_at": None,
        "approved_at": None,
        "annulled_at": None,
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
        "lines": {"accepted": 2, "rejected": 1, "handed_over": 0},
        "approvals": [],
        "submitted_by": None,
        "annulled_by": None,
        "reason": None,
        "note": None,
        "available_actions": ["submit"],
    }
    assert answer.headers["location"] == f"{ACCEPTANCES}/{made['id']}"
    submitted = await desk.submitted(ACCEPTANCES, made)
    assert submitted == {
        **made,
        "status": "submitted",
        "submitted_by": procurement,
        "submitted_at": submitted["submitted_at"],
        "version": 2,
        "updated_at": submitted["updated_at"],
        "available_actions": ["approve", "return"],
    }
    shown = (await desk.get(f"{ACCEPTANCES}/{made['reference']}/lines"))["items"]
    assert shown[1] == {
        "id": items[1]["id"],
        "item": {"id": items[1]["id"], "reference": items[1]["reference"], "label": items[1]["serial"]},
        "serial": items[1]["serial"],
        "model": related(world, "radio", "MOD-RADIO-1", "Radio One"),
        "stage": "delivered",
        "outcome": "accepted",
        "condition": "degraded",
        "reason": None,
        "note": "Scratched",
        "tests": [],
        "item_version": items[1]["version"],
        "current_version": items[1]["version"],
    }
    approved = await desk.approved(ACCEPTANCES, submitted, "italy.manager")
    italian = str(world.accounts["italy.manager"])
    assert approved == {
        **submitted,
        "status": "approved",
        "approvals": [
            {
                "round": 1,
                "decision": "approved",
                "person": {"id": italian, "label": "Synthetic italy.manager"},
                "organisation": related(world, "italy", "ORG-ITALY", "Organisation italy"),
                "document_version": 2,
                "reason": None,
                "recorded_at": approved["approvals"][0]["recorded_at"],
            }
        ],
        "prepared_by": {**procurement, "label": None},
        "submitted_by": {**procurement, "label": None},
        "effective_at": approved["approved_at"],
        "approved_at": approved["approved_at"],
        "version": 3,
        "updated_at": approved["updated_at"],
        "available_actions": ["annul"],
    }
    now = await desk.items_of(delivery)
    day = datetime.fromisoformat(approved["effective_at"]).astimezone(UTC).date()
    until = (day + timedelta(days=730)).isoformat()
    told = [
        (i["stage"], i["condition"], i["title"]["reference"], i["warranty_starts_on"], i["warranty_ends_on"])
        for i in now
    ]
    assert told == [
        ("accepted", "up", "ORG-ICMPD", day.isoformat(), until),
        ("accepted", "degraded", "ORG-ICMPD", day.isoformat(), until),
        ("rejected", "unknown", "ORG-SUPPLIER", None, None),
    ]
    event = await owner.fetchrow(
        "SELECT kind, document_id, payload FROM events WHERE item_id = $1 ORDER BY position DESC LIMIT 1",
        items[2]["id"],
    )
    assert (event["kind"], str(event["document_id"]), event["payload"]) == (
        "reject",
        made["id"],
        '{"reason": "damaged"}',
    )
    met = await owner.fetch("SELECT item_id, decision, reference FROM requirements WHERE kind = 'test_passed'")
    assert [(str(r["item_id"]), r["decision"], r["reference"]) for r in met] == [
        (items[0]["id"], "granted", made["reference"])
    ]
    history = await desk.get(f"{ACCEPTANCES}/{made['id']}/history")
    assert [each["action"] for each in history["items"]] == ["update", "update", "insert"]


async def test_duties_are_kept_apart_between_natural_persons(desk: Desk, owner: asyncpg.Connection) -> None:
    announced = await desk.delivery(1)
    received = await desk.done(
        "POST", f"/api/v1/deliveries/{announced['id']}/receive", {}, version=1, account="icmpd.manager"
    )
    (item,) = await desk.items_of(received)
    paper = await desk.submitted(
        ACCEPTANCES, await desk.certificate([{"item": item["id"], "outcome": "accepted"}]), "icmpd.manager2"
    )
    path = f"{ACCEPTANCES}/{paper['id']}/approve"
    for account, because in (
        ("icmpd.logistics", "recorded the delivery"),
        ("icmpd.manager", "recorded the delivery"),
        ("icmpd.manager2", "submitted this document"),
    ):
        answer = await desk.call("POST", path, {}, version=2, account=account)
        assert (answer.status_code, answer.json()["code"]) == (403, "separation_of_duties"), answer.text
        assert answer.json()["because"] == because
    await owner.execute("UPDATE programmes SET approvers_from_different_organisations = true")
    try:
        await owner.execute(
            "INSERT INTO accounts (id, organisation_id, account_name, display_name) VALUES ($1, $2, 'third', 'Third')",
            third := uuid4(),
            desk.world["icmpd"],
        )
        await owner.execute(
            "INSERT INTO grants (id, account_id, organisation_id, role) VALUES ($1, $2, $3, 'programme_manager')",
            uuid4(),
            third,
            desk.world["icmpd"],
        )
        desk.world.accounts["third"], desk.world.organisations["third"] = third, "icmpd"
        answer = await desk.call("POST", path, {}, version=2, account="third")
        assert (answer.status_code, answer.json()["code"]) == (403, "separation_of_duties")
        assert "organisation" in answer.json()["detail"]
        await desk.approved(ACCEPTANCES, paper, "italy.manager")
    finally:
        await owner.execute("UPDATE programmes SET approvers_from_different_organisations = false")
        del desk.world.accounts["third"]


async def test_a_client_counts_as_its_owner(desk: Desk, owner: asyncpg.Connection) -> None:
    _, items = await desk.arrived(1)
    paper = await desk.submitted(ACCEPTANCES, await desk.certificate([{"item": items[0]["id"], "outcome": "accepted"}]))
    client = uuid4()
    await owner.execute(
        "INSERT INTO clients (id, client_id, organisation_id, owner_id, name, authentication, scopes) VALUES "
        "($1, 'logistics-script', $2, $3, 'Script', 'client_secret_basic', '{equipment:read,acceptances:approve}')",
        client,
        desk.world["icmpd"],
        desk.world.accounts["icmpd.logistics"],
    )
    desk.world.accounts["script"], desk.world.organisations["script"] = client, "icmpd"
    try:
        answer = await desk.call("POST", f"{ACCEPTANCES}/{paper['id']}/approve", {}, version=2, account="script")
    finally:
        del desk.world.accounts["script"]
    assert (answer.status_code, answer.json()["code"]) == (403, "separation_of_duties"), answer.text


async def test_lines_that_changed_since_they_were_read_are_named(desk: Desk) -> None:
    delivery, items = await desk.arrived(2)
    paper = await desk.submitted(
        ACCEPTANCES, await desk.certificate([{"item": item["id"], "outcome": "accepted"} for item in items])
    )
    await desk.done("PATCH", f"{EQUIPMENT}/{items[1]['id']}", {"note": "seen"}, version=items[1]["version"])
    path = f"{ACCEPTANCES}/{paper['id']}/approve"
    changed = await desk.call("POST", path, {}, version=2, account="italy.manager")
    assert (changed.status_code, changed.json()["code"]) == (409, "lines_changed")
    assert changed.json()["lines"] == [items[1]["id"]]
    named = [{"item": item["reference"], "version": item["version"]} for item in items]
    stale = await desk.call("POST", path, {"lines": named}, version=2, account="italy.manager")
    assert stale.json()["lines"] == [items[1]["id"]]
    named[1]["version"] += 1
    short = await desk.call("POST", path, {"lines": named[1:]}, version=2, account="italy.manager")
    assert short.json()["lines"] == [items[0]["id"]]
    foreign = await desk.call(
        "POST", path, {"lines": [{"item": "EQ-MA-1", "version": 1}]}, version=2, account="italy.manager"
    )
    assert faults(foreign) == [("/lines/0/item", "reference_unknown")]
    await desk.done("POST", path, {"lines": named}, version=2, account="italy.manager")
    assert {item["stage"] for item in await desk.items_of(delivery)} == {"accepted"}


async def test_returned_revised_changed_and_submitted_again(desk: Desk) -> None:
    delivery, items = await desk.arrived(2)
    paper = await desk.submitted(ACCEPTANCES, await desk.certificate([{"item": items[0]["id"], "outcome": "accepted"}]))
    path = f"{ACCEPTANCES}/{paper['id']}"
    edit = await desk.call("PATCH", path, {"note": "no"}, version=2, account="icmpd.procurement")
    assert (edit.status_code, edit.json()["code"], edit.json()["legal"]) == (
        409,
        "transition_not_allowed",
        ["approve", "return"],
    )
    empty = await desk.call("POST", f"{path}/return", {}, version=2, account="italy.manager")
    assert faults(empty) == [("/reason", "missing")]
    returned = await desk.done(
        "POST", f"{path}/return", {"reason": "One is missing"}, version=2, account="italy.manager"
    )
    assert (returned["status"], returned["reason"], returned["version"]) == ("returned", "One is missing", 3)
    assert [(a["decision"], a["round"], a["reason"]) for a in returned["approvals"]] == [
        ("returned", 1, "One is missing")
    ]
    assert returned["available_actions"] == ["submit", "revise"]
    draft = await desk.done("POST", f"{path}/revise", version=3, account="icmpd.procurement")
    assert draft["status"] == "draft"
    lines = [{"item": item["id"], "outcome": "accepted"} for item in items]
    changed = await desk.done(
        "PATCH",
        path,
        {
            "kind": "partial_provisional",
            "delivery": delivery["id"],
            "title_organisation": "ORG-ITALY",
            "lines": lines,
            "note": "Both",
            "warranty_days": 0,
        },
        version=4,
        account="icmpd.procurement",
    )
    assert (changed["kind"], changed["delivery"]["id"], changed["note"], changed["lines"]["accepted"]) == (
        "partial_provisional",
        delivery["id"],
        "Both",
        2,
    )
    again = await desk.submitted(ACCEPTANCES, changed)
    approved = await desk.approved(ACCEPTANCES, again, "italy.manager")
    assert [(a["decision"], a["round"]) for a in approved["approvals"]] == [("returned", 1), ("approved", 2)]
    now = await desk.items_of(delivery)
    assert [(i["title"]["reference"], i["warranty_starts_on"]) for i in now] == [("ORG-ITALY", None)] * 2


async def test_enforced_requirements_are_named_for_each_item(desk: Desk, owner: asyncpg.Connection) -> None:
    delivery, items = await desk.arrived(2)
    paper = await desk.submitted(
        ACCEPTANCES, await desk.certificate([{"item": item["id"], "outcome": "accepted"} for item in items])
    )
    tested = await desk.submitted(
        ACCEPTANCES,
        await desk.certificate([{"item": item["id"], "outcome": "accepted", "tests": TESTS} for item in items]),
    )
    await owner.execute("UPDATE programmes SET enforced_requirements = '{test_passed}'")
    try:
        path = f"{ACCEPTANCES}/{paper['id']}/approve"
        blocked = await desk.call("POST", path, {}, version=2, account="italy.manager")
        assert blocked.status_code == 409
        assert [(i["item_id"], i["code"], i["missing"]) for i in blocked.json()["items"]] == [
            (item["id"], "requirements_missing", ["test_passed"]) for item in sorted(items, key=lambda i: i["id"])
        ]
        assert (await desk.get(f"{ACCEPTANCES}/{paper['id']}"))["approvals"] == []
        await desk.approved(ACCEPTANCES, tested, "italy.manager")
    finally:
        await owner.execute("UPDATE programmes SET enforced_requirements = '{}'")
    assert {item["stage"] for item in await desk.items_of(delivery)} == {"accepted"}


async def test_an_approved_certificate_is_annulled_by_somebody_else(desk: Desk, owner: asyncpg.Connection) -> None:
    delivery, items = await desk.arrived(2)
    lines = [{"item": item["id"], "outcome": "accepted", "tests": TESTS} for item in items]
    paper = await desk.submitted(ACCEPTANCES, await desk.certificate(lines))
    approved = await desk.approved(ACCEPTANCES, paper, "italy.manager")
    path = f"{ACCEPTANCES}/{paper['id']}/annul"
    reason = {"reason": "The wrong delivery was inspected"}
    same = await desk.call("POST", path, reason, version=3, account="italy.manager")
    assert (same.status_code, same.json()["because"]) == (403, "approved this document already")
    annulled = await desk.done("POST", path, reason, version=3, account="icmpd.manager")
    assert annulled == {
        **approved,
        "prepared_by": annulled["prepared_by"],
        "submitted_by": annulled["submitted_by"],
        "approvals": annulled["approvals"],
        "status": "annulled",
        "reason": reason["reason"],
        "annulled_at": annulled["annulled_at"],
        "annulled_by": {"id": str(desk.world.accounts["icmpd.manager"]), "label": "Synthetic icmpd.manager"},
        "version": 4,
        "updated_at": annulled["updated_at"],
        "available_actions": [],
    }
    now = await desk.items_of(delivery)
    assert [(i["stage"], i["condition"], i["title"]["reference"], i["warranty_starts_on"]) for i in now] == [
        ("delivered", "unknown", "ORG-SUPPLIER", None)
    ] * 2
    void = await owner.fetch(
        "SELECT revoked_reason FROM requirements WHERE reference = $1 AND revoked_at IS NOT NULL", paper["reference"]
    )
    assert [row["revoked_reason"] for row in void] == ["The certificate was annulled."] * 2


async def test_what_depends_on_a_certificate_keeps_it_from_being_annulled(desk: Desk) -> None:
    items = await desk.accepted(1)
    (paper,) = (await desk.get(f"{ACCEPTANCES}?item_id={items[0]['id']}"))["items"]
    await desk.handed_over(items)
    answer = await desk.call(
        "POST", f"{ACCEPTANCES}/{paper['id']}/annul", {"reason": "too late"}, version=3, account="icmpd.manager"
    )
    assert (answer.status_code, answer.json()["code"], answer.json()["kind"]) == (409, "history_broken", "hand_over")
    assert (await desk.get(f"{EQUIPMENT}/{items[0]['id']}"))["stage"] == "handed_over"
    assert (await desk.get(f"{ACCEPTANCES}/{paper['id']}"))["status"] == "approved"
