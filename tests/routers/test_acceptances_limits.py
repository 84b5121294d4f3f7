"""Acceptance certificates over HTTP: what is refused, at which place, and who is kept out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.routers.papers import ACCEPTANCES, EQUIPMENT, HANDOVERS, Desk, faults
from tests.world import World

pytestmark = pytest.mark.anyio

TESTS = [{"name": "Transmission on channel 16", "passed": True, "note": None}]


@pytest.fixture
def desk(client: httpx.AsyncClient, world: World) -> Desk:
    return Desk(client, world)


async def test_submission_says_what_is_missing_and_which_items_stand_elsewhere(desk: Desk) -> None:
    empty = await desk.certificate([])
    answer = await desk.call("POST", f"{ACCEPTANCES}/{empty['id']}/submit", version=1, account="icmpd.procurement")
    assert (answer.status_code, answer.json()["code"], answer.json()["missing"]) == (
        409,
        "requirements_missing",
        ["lines"],
    )
    (ordered,) = await desk.items_of(await desk.delivery(1))
    paper = await desk.certificate([{"item": ordered["id"], "outcome": "rejected", "reason": "damaged"}])
    wrong = await desk.call("POST", f"{ACCEPTANCES}/{paper['id']}/submit", version=1, account="icmpd.procurement")
    assert (wrong.status_code, wrong.json()["items"]) == (
        409,
        [{"item_id": ordered["id"], "reference": ordered["reference"], "stage": "ordered"}],
    )
    final = await desk.certificate([{"item": ordered["id"], "outcome": "accepted"}], kind="final")
    approved = await desk.approved(ACCEPTANCES, await desk.submitted(ACCEPTANCES, final), "italy.manager")
    assert approved["status"] == "approved"
    assert (await desk.get(f"{EQUIPMENT}/{ordered['id']}"))["stage"] == "ordered"


async def test_two_certificates_over_one_item_and_two_approvers_at_once(desk: Desk) -> None:
    _, items = await desk.arrived(1)
    line = {"item": items[0]["id"], "outcome": "accepted"}
    first = await desk.submitted(ACCEPTANCES, await desk.certificate([line]))
    second = await desk.submitted(ACCEPTANCES, await desk.certificate([line]))
    answers = await asyncio.gather(
        *(
            desk.call("POST", f"{ACCEPTANCES}/{paper['id']}/approve", {}, version=2, account=account)
            for paper in (first, second)
            for account in ("italy.manager", "italy.logistics", "icmpd.manager")
        )
    )
    assert [answer.status_code for answer in answers].count(200) == 1
    codes = {answer.json().get("code") for answer in answers}
    assert codes <= {None, "stale", "lines_changed"}
    assert (await desk.get(f"{EQUIPMENT}/{items[0]['id']}"))["version"] == items[0]["version"] + 1


async def test_an_acceptance_in_the_past_takes_effect_then(desk: Desk) -> None:
    delivery, items = await desk.arrived(1)
    then = items[0]["last_event_at"]
    line = {"item": items[0]["id"], "outcome": "accepted"}
    paper = await desk.submitted(ACCEPTANCES, await desk.certificate([line], effective_at=then))
    approved = await desk.approved(ACCEPTANCES, paper, "italy.manager")
    assert approved["effective_at"] == then
    assert (await desk.items_of(delivery))[0]["last_event_at"] == then
    for at, expected in (
        ("2099-01-01T00:00:00Z", ("/occurred_at", "in_the_future")),
        ("2020-01-01T00:00:00Z", ("/backdating_reason", "reason_required")),
    ):
        empty = await desk.certificate([line], effective_at=at, kind="final")
        empty = await desk.submitted(ACCEPTANCES, empty)
        answer = await desk.call("POST", f"{ACCEPTANCES}/{empty['id']}/approve", {}, version=2, account="italy.manager")
        assert faults(answer) == [expected]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"outcome": "rejected"}, "value_error"),
        ({"outcome": "accepted", "reason": "damaged"}, "value_error"),
        ({"outcome": "rejected", "reason": "other"}, "value_error"),
        ({"outcome": "rejected", "reason": "damaged", "condition": "up"}, "value_error"),
        ({"outcome": "accepted", "tests": [{"name": "Range", "passed": False}]}, "value_error"),
        ({"outcome": "handed_over"}, "literal_error"),
    ],
)
async def test_lines_that_contradict_themselves(desk: Desk, line: dict[str, Any], expected: str) -> None:
    answer = await desk.call(
        "POST",
        ACCEPTANCES,
        {"component": "BMP-TN", "kind": "provisional", "lines": [{"item": "EQ-1", **line}]},
        account="icmpd.procurement",
    )
    assert [code for _, code in faults(answer)] == [expected]


async def test_other_components_are_out_of_sight_and_out_of_reach(desk: Desk) -> None:
    moroccan = await desk.done(
        "POST", EQUIPMENT, {"component": "BMP-MA", "model": "MOD-RADIO-1"}, account="icmpd.manager"
    )
    morocco = await desk.done("POST", "/api/v1/deliveries", {"component": "BMP-MA"}, account="icmpd.manager")
    tunisian = await desk.done(
        "POST", EQUIPMENT, {"component": "BMP-TN", "model": "MOD-RADIO-1"}, account="icmpd.manager"
    )
    body = {"component": "BMP-TN", "kind": "provisional"}
    for more, account, expected in (
        ({"component": "BMP-MA"}, "italy.manager", ("/component", "reference_unknown")),
        ({"delivery": morocco["id"]}, "italy.manager", ("/delivery", "reference_unknown")),
        ({"title_organisation": str(uuid4())}, "italy.manager", ("/title_organisation", "reference_unknown")),
        (
            {"lines": [{"item": moroccan["id"], "outcome": "accepted"}]},
            "italy.manager",
            ("/lines/0/item", "reference_unknown"),
        ),
        (
            {"lines": [{"item": moroccan["id"], "outcome": "accepted"}]},
            "icmpd.manager",
            ("/lines/0/item", "other_component"),
        ),
    ):
        assert faults(await desk.call("POST", ACCEPTANCES, {**body, **more}, account=account)) == [expected]
    other = await desk.call("POST", ACCEPTANCES, {**body, "delivery": morocco["id"]}, account="icmpd.manager")
    assert faults(other) == [("/delivery", "other_component")]
    paper = await desk.certificate([{"item": tunisian["id"], "outcome": "accepted"}])
    path = f"{ACCEPTANCES}/{paper['reference']}"
    for account in ("icmpd.morocco", "ma.focal", "nobody", "tn.focal"):
        for address in (path, f"{path}/lines", f"{path}/history"):
            assert (await desk.call("GET", address, account=account)).status_code == 404, (account, address)
    for account, status in (("icmpd.morocco", 404), ("observer", 403), ("auditor", 403), ("tn.focal", 403)):
        answer = await desk.call("POST", f"{path}/submit", version=1, account=account)
        assert answer.status_code == status, account
    assert (await desk.call("GET", f"{HANDOVERS}/{paper['id']}")).status_code == 404
    assert (await desk.call("POST", f"{path}/submit", account="icmpd.procurement")).status_code == 428
    stale = await desk.call("POST", f"{path}/submit", version=5, account="icmpd.procurement")
    assert (stale.status_code, stale.json()["current"]) == (412, 1)


async def test_what_cannot_have_been_accepted_then_is_said_once_or_by_the_item(desk: Desk) -> None:
    now = datetime.now(UTC)
    announced = await desk.delivery()
    register = f"/api/v1/deliveries/{announced['id']}/register"
    older = {"model": "MOD-RADIO-1", "count": 1, "occurred_at": (now - timedelta(days=3)).isoformat()}
    await desk.done("POST", register, older)
    await desk.done("POST", register, {"model": "MOD-RADIO-1", "count": 2})
    received = await desk.done("POST", f"/api/v1/deliveries/{announced['id']}/receive", {}, version=1)
    items = await desk.items_of(received)
    then = (now - timedelta(days=2)).isoformat()
    for chosen, expected in (
        (items[1:], [("/occurred_at", "before_dependency")]),
        (items, [("", "transition_not_allowed"), ("/occurred_at", "before_dependency")]),
    ):
        lines = [{"item": item["id"], "outcome": "accepted"} for item in chosen]
        paper = await desk.submitted(ACCEPTANCES, await desk.certificate(lines, effective_at=then))
        answer = await desk.call("POST", f"{ACCEPTANCES}/{paper['id']}/approve", {}, version=2, account="italy.manager")
        assert sorted(faults(answer)) == expected
        told = [error["detail"] for error in answer.json()["errors"] if error["code"] == "transition_not_allowed"]
        assert [text.split(": ")[0] for text in told] == [items[0]["reference"]] * (len(expected) - 1)


@pytest.mark.parametrize(
    ("sent", "name", "expected"),
    [
        ({"kind": "final"}, "kind", "final"),
        ({"title_organisation": "ORG-ITALY"}, "title_organisation", "ORG-ITALY"),
        ({"delivery": None}, "delivery", None),
        ({"lines": []}, "lines", {"accepted": 0, "rejected": 0, "handed_over": 0}),
        ({"effective_at": "2026-01-01T01:00:00+01:00"}, "effective_at", "2026-01-01T00:00:00.000000Z"),
        ({"note": "seen"}, "note", "seen"),
    ],
)
async def test_a_patch_changes_what_it_names(desk: Desk, sent: dict[str, Any], name: str, expected: Any) -> None:
    delivery, items = await desk.arrived(1)
    line = {"item": items[0]["id"], "outcome": "accepted"}
    made = await desk.certificate([line], delivery=delivery["id"])
    changed = await desk.done("PATCH", f"{ACCEPTANCES}/{made['id']}", sent, version=1, account="icmpd.procurement")
    told = changed[name]["reference"] if name == "title_organisation" else changed[name]
    assert told == expected
    assert {key for key in made if made[key] != changed[key]} == {name, "version", "updated_at"}


async def test_who_only_observes_decides_nothing(desk: Desk, owner: asyncpg.Connection) -> None:
    _, items = await desk.arrived(1)
    line = {"item": items[0]["id"], "outcome": "accepted"}
    paper = await desk.submitted(ACCEPTANCES, await desk.certificate([line]))
    path, italy = f"{ACCEPTANCES}/{paper['id']}", desk.world["italy"]
    await owner.execute("UPDATE delegations SET power = 'observe' WHERE organisation_id = $1", italy)
    try:
        for method, address, body in (
            ("POST", ACCEPTANCES, {"component": "BMP-TN", "kind": "final"}),
            ("PATCH", path, {"note": "no"}),
            ("POST", f"{path}/approve", {}),
            ("POST", f"{path}/return", {"reason": "no"}),
        ):
            answer = await desk.call(method, address, body, version=2, account="italy.manager")
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), address
    finally:
        await owner.execute("UPDATE delegations SET power = 'manage' WHERE organisation_id = $1", italy)
    assert (await desk.get(path))["version"] == 2
