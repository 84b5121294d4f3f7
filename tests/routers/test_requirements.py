"""Requirements over HTTP: decisions with evidence, waivers by two people, revocation; and what the door asks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from app.domain.time import add_months
from tests.routers.papers import EQUIPMENT, HANDOVERS, Desk, faults
from tests.world import World

pytestmark = pytest.mark.anyio

REQUIREMENTS = "/api/v1/requirements"


@pytest.fixture
def desk(client: httpx.AsyncClient, world: World) -> Desk:
    return Desk(client, world, "icmpd.safeguards")


def today() -> date:
    return datetime.now(UTC).date()


def year() -> dict[str, str]:
    return {"start": today().isoformat(), "end": add_months(today(), 12).isoformat()}


async def test_a_decision_about_a_unit_with_its_evidence(desk: Desk) -> None:
    world = desk.world
    sent = {
        "component": "BMP-TN",
        "kind": "due_diligence",
        "unit": "AG-TN-SFAX",
        "reference": "DD-2026-001",
        "valid": year(),
        "note": "Low risk",
    }
    answer = await desk.call("POST", REQUIREMENTS, sent)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made == {
        "id": made["id"],
        "component_id": str(world["tunisia"]),
        "kind": "due_diligence",
        "subject": {"kind": "unit", "id": str(world["tn-sfax"]), "reference": "AG-TN-SFAX"},
        "decision": "granted",
        "reference": "DD-2026-001",
        "valid": year(),
        "decided_by": {"id": str(world.accounts["icmpd.safeguards"]), "label": "Synthetic icmpd.safeguards"},
        "requested_by": None,
        "file": None,
        "revoked_at": None,
        "revoked_reason": None,
        "note": "Low risk",
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    path = f"{REQUIREMENTS}/{made['id']}"
    assert answer.headers["location"] == path
    shown = await desk.get(path, "tn.focal.sfax")
    assert shown == {**made, "decided_by": {**made["decided_by"], "label": None}}
    for account in ("ma.focal", "icmpd.morocco", "nobody"):
        for address in (path, f"{path}/history"):
            assert (await desk.call("GET", address, account=account)).status_code == 404
    for query, found in (
        (f"unit_id={world['tn-sfax']}&kind=due_diligence&decision=granted&revoked=false", True),
        (f"unit_id={world['tn-sfax']}&valid_on={today()}", True),
        (f"unit_id={world['tn-sfax']}&valid_on=2020-01-01", False),
        (f"unit_id={world['tn-sfax']}&revoked=true", False),
    ):
        ids = [each["id"] for each in (await desk.get(f"{REQUIREMENTS}?{query}"))["items"]]
        assert (made["id"] in ids) == found, query
    revoked = await desk.done("POST", f"{path}/revoke", {"reason": "New facts"}, version=1)
    assert revoked == {
        **made,
        "revoked_at": revoked["revoked_at"],
        "revoked_reason": "New facts",
        "version": 2,
        "updated_at": revoked["updated_at"],
    }
    again = await desk.call("POST", f"{path}/revoke", {"reason": "Again"}, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert len((await desk.get(f"{path}/history"))["items"]) == 2


async def test_a_waiver_is_asked_for_by_one_and_granted_by_another(desk: Desk) -> None:
    (item,) = (await Desk(desk.client, desk.world).arrived(1))[1]
    body = {"kind": "export_check", "item": item["reference"], "decision": "requested", "reference": "W-1"}
    made = await desk.done("POST", REQUIREMENTS, body)
    safeguards = str(desk.world.accounts["icmpd.safeguards"])
    assert (made["decision"], made["requested_by"]["id"], made["valid"]) == (
        "requested",
        safeguards,
        {"start": today().isoformat(), "end": None},
    )
    path = f"{REQUIREMENTS}/{made['id']}/waive"
    own = await desk.call("POST", path, {}, version=1)
    assert (own.status_code, own.json()["code"]) == (403, "separation_of_duties")
    for version, account, status in (
        (None, "icmpd.manager", 428),
        (9, "icmpd.manager", 412),
        (1, "icmpd.logistics", 403),
    ):
        assert (await desk.call("POST", path, {}, version=version, account=account)).status_code == status
    waived = await desk.done("POST", path, {"reference": "W-1/b", "note": "Urgent"}, version=1, account="icmpd.manager")
    assert (waived["decision"], waived["decided_by"]["id"], waived["requested_by"]["id"]) == (
        "waived",
        str(desk.world.accounts["icmpd.manager"]),
        safeguards,
    )
    assert (waived["reference"], waived["note"], waived["version"]) == ("W-1/b", "Urgent", 2)
    twice = await desk.call("POST", path, {}, version=2, account="icmpd.manager2")
    assert (twice.status_code, twice.json()["code"], twice.json()["legal"]) == (
        409,
        "transition_not_allowed",
        ["revoke"],
    )


async def test_the_file_is_evidence_and_its_hash_is_kept(desk: Desk) -> None:
    headers = {**desk.world.headers(desk.account), "Content-Type": "application/pdf"}
    file = (
        await desk.client.post("/api/v1/files?file_name=undertaking.pdf", content=b"%PDF-1.7 end use", headers=headers)
    ).json()
    body = {"component": "BMP-TN", "kind": "end_use_undertaking", "unit": "AG-TN-SFAX", "file": file["id"]}
    made = await desk.done("POST", REQUIREMENTS, body)
    assert (made["file"], made["reference"]) == ({"id": file["id"], "sha256": file["sha256"]}, None)
    assert (await desk.call("GET", f"/api/v1/files/{file['id']}", account="tn.focal.sfax")).status_code == 200
    foreign = await desk.call("POST", REQUIREMENTS, body, account="italy.manager")
    assert foreign.status_code == 201  # they see it now, with the requirement that it is attached to


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"unit": "AG-TN-SFAX"}, [("/reference", "evidence_required")]),
        ({"unit": "AG-TN-SFAX", "decision": "refused"}, [("/reference", "evidence_required")]),
        ({"unit": "AG-TN-SFAX", "decision": "waived", "reference": "R"}, [("/decision", "literal_error")]),
        ({"unit": "AG-TN-DIRECTORATE", "reference": "R"}, [("/unit", "not_a_unit")]),
        ({"unit": "AG-NO", "reference": "R"}, [("/unit", "reference_unknown")]),
        ({"unit": "AG-TN-SFAX", "component": None, "reference": "R"}, [("/component", "missing")]),
        ({"unit": "AG-TN-SFAX", "component": "BMP-NO", "reference": "R"}, [("/component", "reference_unknown")]),
        ({"model": "MOD-RADIO-1", "kind": "no_suspension", "reference": "R"}, [("/model", "wrong_subject")]),
        ({"model": "MOD-NO", "kind": "eu_visibility", "reference": "R"}, [("/model", "reference_unknown")]),
        ({"unit": "AG-TN-SFAX", "kind": "due_diligence", "reference": "R"}, [("/valid/end", "valid_too_long")]),
        ({"unit": "AG-TN-SFAX", "kind": "eu_visibility", "reference": "R"}, [("/unit", "wrong_subject")]),
        ({"unit": "AG-TN-SFAX", "model": "MOD-RADIO-1", "reference": "R"}, [("", "value_error")]),
        ({"reference": "R"}, [("", "value_error")]),
        ({"unit": "AG-TN-SFAX", "reference": "R", "file": str(uuid4())}, [("/file", "reference_unknown")]),
        (
            {"unit": "AG-TN-SFAX", "reference": "R", "valid": {"start": "2026-01-01", "end": "2026-01-01"}},
            [("/valid", "value_error")],
        ),
    ],
)
async def test_what_could_never_count(desk: Desk, sent: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    answer = await desk.call("POST", REQUIREMENTS, {"component": "BMP-TN", "kind": "end_use_undertaking", **sent})
    assert faults(answer) == expected


async def test_subjects_of_others_are_out_of_reach(desk: Desk) -> None:
    moroccan = await desk.done(
        "POST", EQUIPMENT, {"component": "BMP-MA", "model": "MOD-RADIO-1"}, account="icmpd.manager"
    )
    for sent, account, expected in (
        ({"kind": "export_check", "item": moroccan["id"]}, "italy.manager", ("/item", "reference_unknown")),
        (
            {"kind": "end_use_undertaking", "component": "BMP-TN", "unit": "AG-MA-NADOR"},
            "italy.manager",
            ("/unit", "reference_unknown"),
        ),
        (
            {"kind": "end_use_undertaking", "component": "BMP-MA", "unit": "AG-TN-SFAX"},
            "italy.manager",
            ("/component", "reference_unknown"),
        ),
        (
            {"kind": "export_check", "component": "BMP-TN", "item": moroccan["id"]},
            "icmpd.manager",
            ("/component", "other_component"),
        ),
        ({"kind": "export_check", "document": str(uuid4())}, "italy.manager", ("/document", "reference_unknown")),
    ):
        answer = await desk.call("POST", REQUIREMENTS, {"reference": "R", **sent}, account=account)
        assert faults(answer) == [expected]
    denied = await desk.call(
        "POST", REQUIREMENTS, {"kind": "export_check", "item": moroccan["id"], "reference": "R"}, account="observer"
    )
    assert denied.status_code == 403
    assert (await desk.call("GET", f"{REQUIREMENTS}/not-a-uuid")).status_code == 422
    assert (await desk.call("GET", f"{REQUIREMENTS}/{uuid4()}")).status_code == 404


async def test_a_decision_about_an_item_follows_it_to_its_unit(desk: Desk, owner: asyncpg.Connection) -> None:
    logistics = Desk(desk.client, desk.world)
    items = await logistics.accepted(1)
    made = await desk.done(
        "POST", REQUIREMENTS, {"kind": "eu_visibility", "item": items[0]["id"], "reference": "PHOTO-1"}
    )
    path = f"{REQUIREMENTS}/{made['id']}"
    decided = await owner.fetchval("SELECT updated_at FROM requirements WHERE id = $1", UUID(made["id"]))
    assert (await desk.call("GET", path, account="tn.focal.sfax")).status_code == 404
    await logistics.handed_over(items)
    assert (await desk.call("GET", path, account="tn.focal.sfax")).status_code == 200
    assert await owner.fetchval("SELECT updated_at FROM requirements WHERE id = $1", UUID(made["id"])) == decided


async def test_requirements_recorded_here_open_the_handover(desk: Desk, owner: asyncpg.Connection) -> None:
    logistics = Desk(desk.client, desk.world)
    items = await logistics.accepted(1)
    paper = await logistics.submitted(HANDOVERS, await logistics.protocol(items), "icmpd.logistics")
    paper = await logistics.approved(HANDOVERS, paper, "icmpd.manager")
    await owner.execute("UPDATE programmes SET enforced_requirements = '{eu_visibility,export_check,no_suspension}'")
    try:
        path = f"{HANDOVERS}/{paper['id']}/approve"
        blocked = await desk.call("POST", path, {}, version=3, account="italy.manager")
        assert blocked.json()["missing"] == ["export_check", "eu_visibility"]
        await desk.done(
            "POST",
            REQUIREMENTS,
            {"kind": "eu_visibility", "document": paper["reference"], "reference": "VIS-1"},
        )
        waiver = await desk.done(
            "POST",
            REQUIREMENTS,
            {"kind": "export_check", "item": items[0]["id"], "reference": "W-2", "decision": "requested"},
        )
        suspended = await desk.done(
            "POST",
            REQUIREMENTS,
            {
                "component": "BMP-TN",
                "kind": "no_suspension",
                "unit": "AG-TN-SFAX",
                "decision": "refused",
                "reference": "SUSP-1",
            },
        )
        blocked = await desk.call("POST", path, {}, version=3, account="italy.manager")
        assert blocked.json()["missing"] == ["export_check", "no_suspension"]
        await desk.done("POST", f"{REQUIREMENTS}/{waiver['id']}/waive", {}, version=1, account="icmpd.manager")
        await desk.done("POST", f"{REQUIREMENTS}/{suspended['id']}/revoke", {"reason": "Lifted"}, version=1)
        await logistics.approved(HANDOVERS, paper, "italy.manager")
    finally:
        await owner.execute("UPDATE programmes SET enforced_requirements = '{}'")
    assert (await desk.get(f"{EQUIPMENT}/{items[0]['id']}"))["stage"] == "handed_over"


async def test_kinds_say_what_they_are_about_and_what_they_guard(desk: Desk) -> None:
    kinds = {each["kind"]: each for each in (await desk.get(f"{REQUIREMENTS}/kinds"))["items"]}
    assert set(kinds) == {
        "end_use_undertaking",
        "due_diligence",
        "export_check",
        "eu_visibility",
        "test_passed",
        "no_suspension",
        "no_open_allegation",
    }
    assert kinds["due_diligence"] == {
        "kind": "due_diligence",
        "subjects": ["unit"],
        "guards": ["complete", "hand_over", "retransfer"],
        "presumed": False,
        "max_months": 12,
    }
    assert kinds["end_use_undertaking"]["subjects"] == ["item", "unit", "document", "model"]
    assert kinds["no_suspension"]["presumed"] is True


async def test_who_only_observes_takes_nothing_back(desk: Desk, owner: asyncpg.Connection) -> None:
    body = {"component": "BMP-TN", "kind": "no_suspension", "unit": "AG-TN-ZARZIS", "reference": "R"}
    made = await desk.done("POST", REQUIREMENTS, body)
    italy = desk.world["italy"]
    await owner.execute("UPDATE delegations SET power = 'observe' WHERE organisation_id = $1", italy)
    try:
        path = f"{REQUIREMENTS}/{made['id']}/revoke"
        answer = await desk.call("POST", path, {"reason": "no"}, version=1, account="italy.manager")
    finally:
        await owner.execute("UPDATE delegations SET power = 'manage' WHERE organisation_id = $1", italy)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
