"""Handover protocols over HTTP: two approvers, what they do to items, requirements, retransfer, missing proofs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from tests.routers.papers import EQUIPMENT, HANDOVERS, Desk, faults
from tests.world import World

pytestmark = pytest.mark.anyio

SHA = "ab" * 32


@pytest.fixture
def desk(client: httpx.AsyncClient, world: World) -> Desk:
    return Desk(client, world)


@pytest.fixture
async def enforced(owner: asyncpg.Connection) -> AsyncIterator[None]:
    await owner.execute(
        "UPDATE programmes SET enforced_requirements = "
        "'{end_use_undertaking,due_diligence,export_check,eu_visibility,test_passed,no_suspension,no_open_allegation}'"
    )
    yield
    await owner.execute("UPDATE programmes SET enforced_requirements = '{}'")


def related(world: World, name: str, reference: str, label: str) -> dict[str, str]:
    return {"id": str(world[name]), "reference": reference, "label": label}


async def test_a_protocol_is_prepared_by_one_and_approved_by_two(desk: Desk, owner: asyncpg.Connection) -> None:
    world = desk.world
    items = await desk.accepted(2)
    made = await desk.protocol(items, note="With chargers")
    logistics = {"id": str(world.accounts["icmpd.logistics"]), "label": "Synthetic icmpd.logistics"}
    organisation = {"id": str(world["icmpd"]), "reference": "ORG-ICMPD"}
    coast_guard = {"id": str(world["tn-coast-guard"]), "reference": "ORG-TN-COAST-GUARD"}
    assert made == {
        "id": made["id"],
        "reference": made["reference"],
        "component": related(world, "tunisia", "BMP-TN", "Tunisia"),
        "receiving_unit": related(world, "tn-sfax", "AG-TN-SFAX", "Agency tn-sfax"),
        "organisation": related(world, "tn-coast-guard", "ORG-TN-COAST-GUARD", "Organisation tn-coast-guard"),
        "site": related(world, "site-tn-sfax", "SITE-TN-SFAX", "Port of tn-sfax"),
        "retransfer": False,
        "status": "draft",
        "effective_at": None,
        "signed_file_id": None,
        "signed_sha256": SHA,
        "prepared_by": logistics,
        "submitted_at": None,
        "approved_at": None,
        "annulled_at": None,
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
        "lines": {"accepted": 0, "rejected": 0, "handed_over": 2},
        "approvals": [],
        "submitted_by": None,
        "annulled_by": None,
        "reason": None,
        "note": "With chargers",
        "available_actions": ["submit"],
        "missing": {"submit": [], "approve": [], "requirements": []},
        "signatories": [
            {"side": "giving", "organisation": organisation, "function": "Head of logistics", "signed_on": None},
            {"side": "receiving", "organisation": coast_guard, "function": "Head of base", "signed_on": None},
        ],
    }
    assert made["reference"].startswith("HO-TN-20")
    submitted = await desk.submitted(HANDOVERS, made, "icmpd.manager2")
    path = f"{HANDOVERS}/{made['id']}/approve"
    for account, because in (
        ("icmpd.logistics", "prepared this document"),
        ("icmpd.manager2", "submitted this document"),
    ):
        refused = await desk.call("POST", path, {}, version=2, account=account)
        assert (refused.status_code, refused.json()["because"]) == (403, because)
    first = await desk.approved(HANDOVERS, submitted, "icmpd.manager")
    assert (first["status"], first["version"], first["approved_at"]) == ("submitted", 3, None)
    assert {item["stage"] for item in [await desk.get(f"{EQUIPMENT}/{i['id']}") for i in items]} == {"accepted"}
    twice = await desk.call("POST", path, {}, version=3, account="icmpd.manager")
    assert (twice.status_code, twice.json()["because"]) == (403, "approved this document already")
    stale = await desk.call("POST", path, {}, version=2, account="italy.manager")
    assert stale.status_code == 412
    second = await desk.approved(HANDOVERS, first, "italy.manager")
    assert (second["status"], second["effective_at"]) == ("approved", second["approved_at"])
    assert [
        (a["person"]["id"], a["organisation"]["reference"], a["document_version"]) for a in second["approvals"]
    ] == [
        (str(world.accounts["icmpd.manager"]), "ORG-ICMPD", 2),
        (str(world.accounts["italy.manager"]), "ORG-ITALY", 3),
    ]
    for item in items:
        now = await desk.get(f"{EQUIPMENT}/{item['id']}")
        assert (now["stage"], now["title"]["reference"], now["unit"]["reference"]) == (
            "handed_over",
            "ORG-TN-COAST-GUARD",
            "AG-TN-SFAX",
        )
        assert (now["custody_organisation"]["reference"], now["custody_site"]["reference"]) == (
            "ORG-TN-COAST-GUARD",
            "SITE-TN-SFAX",
        )
        assert now["version"] == item["version"] + 1
    documents = await owner.fetch("SELECT document_id FROM events WHERE kind = 'hand_over'")
    assert {str(row["document_id"]) for row in documents} == {made["id"]}
    for account in ("tn.focal", "tn.focal.sfax", "observer", "auditor"):
        assert (await desk.get(f"{HANDOVERS}/{made['reference']}", account))["status"] == "approved"
        assert len((await desk.get(f"{HANDOVERS}/{made['id']}/lines", account))["items"]) == 2
    receipt = await desk.call(
        "POST",
        f"{EQUIPMENT}/{items[0]['id']}/receipt",
        {},
        version=items[0]["version"] + 1,
        account="tn.focal.sfax",
    )
    assert receipt.status_code == 200, receipt.text


async def test_without_signatories_of_both_sides_and_the_hash_nothing_is_submitted(desk: Desk) -> None:
    items = await desk.accepted(1)
    made = await desk.protocol(items, signatories=[], signed_sha256=None)
    path = f"{HANDOVERS}/{made['id']}"
    blocked = await desk.call("POST", f"{path}/submit", version=1)
    assert (blocked.status_code, blocked.json()["missing"]) == (409, ["signatories", "signed_file"])
    one_side = [{"side": "giving", "organisation": "ORG-ICMPD", "function": "Head of logistics"}]
    await desk.done("PATCH", path, {"signatories": one_side, "signed_sha256": SHA}, version=1)
    blocked = await desk.call("POST", f"{path}/submit", version=2)
    assert blocked.json()["missing"] == ["signatories"]
    both = [*one_side, {**one_side[0], "side": "receiving", "signed_on": "2026-01-02"}]
    changed = await desk.done("PATCH", path, {"signatories": both}, version=2)
    assert [each["signed_on"] for each in changed["signatories"]] == [None, "2026-01-02"]
    assert (await desk.submitted(HANDOVERS, changed, "icmpd.logistics"))["status"] == "submitted"


@pytest.mark.usefixtures("enforced")
async def test_enforced_requirements_are_asked_by_the_door_and_named(desk: Desk, owner: asyncpg.Connection) -> None:
    world = desk.world
    _, items = await desk.arrived(1)
    tests = [{"name": "Range", "passed": True}]
    certificate = await desk.certificate([{"item": items[0]["id"], "outcome": "accepted", "tests": tests}])
    await desk.approved(
        "/api/v1/acceptances", await desk.submitted("/api/v1/acceptances", certificate), "italy.manager"
    )
    # What is missing shows from the first line on, to everybody who sees the requirements of the component.
    drawn = await desk.protocol(items, signed_sha256=None)
    lacking = ["end_use_undertaking", "due_diligence", "export_check", "eu_visibility"]
    named = [{"id": items[0]["id"], "reference": items[0]["reference"]}]
    assert drawn["missing"]["submit"] == ["signed_file"]
    assert drawn["missing"]["approve"] == lacking
    assert drawn["missing"]["requirements"][1] == {
        "kind": "due_diligence",
        "about": ["unit"],
        "lines": 1,
        "every_line": True,
        "items": named,
    }
    assert [each["kind"] for each in drawn["missing"]["requirements"]] == lacking
    assert (await desk.get(f"{HANDOVERS}/{drawn['id']}")) == drawn
    assert (await desk.get(f"{HANDOVERS}/{drawn['id']}?fields=missing")).keys() == {"id", "missing"}
    assert "missing" not in await desk.get(f"{HANDOVERS}/{drawn['id']}?fields=status")
    assert (await desk.get(f"{HANDOVERS}/{drawn['id']}", "tn.focal"))["missing"] is None
    signed = await desk.done(
        "PATCH", f"{HANDOVERS}/{drawn['id']}", {"signed_sha256": "ab" * 32}, version=drawn["version"]
    )
    assert (signed["missing"]["submit"], signed["missing"]["approve"]) == ([], lacking)
    paper = await desk.submitted(HANDOVERS, await desk.protocol(items), "icmpd.logistics")
    assert (paper["missing"]["submit"], paper["missing"]["approve"]) == (None, lacking)
    paper = await desk.approved(HANDOVERS, paper, "icmpd.manager")
    path = f"{HANDOVERS}/{paper['id']}/approve"
    blocked = await desk.call("POST", path, {}, version=3, account="italy.manager")
    assert (blocked.status_code, blocked.json()["code"], blocked.json()["missing"]) == (
        409,
        "requirements_missing",
        ["end_use_undertaking", "due_diligence", "export_check", "eu_visibility"],
    )
    add = (
        "INSERT INTO requirements (id, component_id, kind, {subject}, decision, reference, starts_on, ends_on, "
        "decided_by, decided_by_person) VALUES ($1, $2, $3, $4, 'granted', 'R-1', '2020-01-01', $5, $6, $6)"
    )
    account = world.accounts["icmpd.safeguards"]
    for kind, subject, of in (
        ("end_use_undertaking", "document_id", UUID(paper["id"])),
        ("due_diligence", "subject_unit_id", world["tn-sfax"]),
        ("export_check", "item_id", UUID(items[0]["id"])),
        ("eu_visibility", "model_id", world["radio"]),
    ):
        await owner.execute(add.format(subject=subject), uuid4(), world["tunisia"], kind, of, None, account)
        lacking.remove(kind)
        assert (await desk.get(f"{HANDOVERS}/{paper['id']}"))["missing"]["approve"] == lacking
    done = await desk.approved(HANDOVERS, paper, "italy.manager")
    assert (done["status"], done["missing"]) == ("approved", None)


async def test_a_unit_that_takes_no_part_receives_nothing(desk: Desk, owner: asyncpg.Connection) -> None:
    items = await desk.accepted(1)
    paper = await desk.submitted(HANDOVERS, await desk.protocol(items), "icmpd.logistics")
    paper = await desk.approved(HANDOVERS, paper, "icmpd.manager")
    tunisia = desk.world["tunisia"]
    await owner.execute("UPDATE participations SET ends_at = '2020-01-01Z' WHERE component_id = $1", tunisia)
    try:
        blocked = await desk.call("POST", f"{HANDOVERS}/{paper['id']}/approve", {}, version=3, account="italy.manager")
        lacks = (await desk.get(f"{HANDOVERS}/{paper['id']}"))["missing"]
    finally:
        await owner.execute("UPDATE participations SET ends_at = NULL WHERE component_id = $1", tunisia)
    assert (blocked.status_code, blocked.json()["missing"]) == (409, ["receiving_unit"])
    assert lacks == {"submit": None, "approve": ["receiving_unit"], "requirements": []}
    assert (await desk.get(f"{EQUIPMENT}/{items[0]['id']}"))["stage"] == "accepted"
    assert (await desk.approved(HANDOVERS, paper, "italy.manager"))["status"] == "approved"


async def test_a_second_handover_changes_title_custody_and_unit_only(desk: Desk) -> None:
    items = await desk.accepted(1)
    await desk.handed_over(items)
    draft = await desk.protocol(items)
    wrong = await desk.call("POST", f"{HANDOVERS}/{draft['id']}/submit", version=1)
    assert (wrong.status_code, wrong.json()["items"][0]["stage"]) == (409, "handed_over")
    changed = await desk.done(
        "PATCH",
        f"{HANDOVERS}/{draft['id']}",
        {"retransfer": True, "receiving_unit": "AG-TN-ZARZIS", "site": "SITE-TN-ZARZIS"},
        version=1,
    )
    assert (changed["receiving_unit"]["reference"], changed["organisation"]["reference"]) == (
        "AG-TN-ZARZIS",
        "ORG-TN-COAST-GUARD",
    )
    for account, status in (("tn.focal.sfax", 404), ("tn.focal", 200)):
        assert (await desk.call("GET", f"{HANDOVERS}/{draft['id']}", account=account)).status_code == status
        lines = await desk.call("GET", f"{HANDOVERS}/{draft['id']}/lines", account=account)
        assert (lines.status_code, len(lines.json().get("items", ()))) == (status, 1 if status == 200 else 0)
    paper = await desk.submitted(HANDOVERS, changed, "icmpd.logistics")
    paper = await desk.approved(HANDOVERS, paper, "icmpd.manager")
    await desk.approved(HANDOVERS, paper, "italy.manager")
    now = await desk.get(f"{EQUIPMENT}/{items[0]['id']}")
    assert (now["stage"], now["unit"]["reference"], now["custody_site"]["reference"]) == (
        "handed_over",
        "AG-TN-ZARZIS",
        "SITE-TN-ZARZIS",
    )


async def test_an_approved_protocol_is_annulled_and_the_items_come_back(desk: Desk) -> None:
    items = await desk.accepted(2)
    paper = await desk.handed_over(items)
    path = f"{HANDOVERS}/{paper['id']}/annul"
    reason = {"reason": "Wrong unit"}
    for account in ("icmpd.manager", "italy.manager"):
        assert (await desk.call("POST", path, reason, version=4, account=account)).status_code == 403
    in_service = await desk.done(
        "POST",
        f"{EQUIPMENT}/{items[1]['id']}/transitions",
        {"action": "put_in_service"},
        version=items[1]["version"] + 1,
    )
    kept = await desk.call("POST", path, reason, version=4, account="icmpd.manager2")
    assert (kept.status_code, kept.json()["code"]) == (409, "conflict")
    assert [(i["item_id"], i["code"], i["kind"]) for i in kept.json()["items"]] == [
        (in_service["id"], "history_broken", "put_in_service")
    ]
    assert (await desk.get(f"{EQUIPMENT}/{items[0]['id']}"))["stage"] == "handed_over"
    other = await desk.accepted(1)
    second = await desk.handed_over(other)
    await desk.done("POST", f"{HANDOVERS}/{second['id']}/annul", reason, version=4, account="icmpd.manager2")
    back = await desk.get(f"{EQUIPMENT}/{other[0]['id']}")
    assert (back["stage"], back["unit"], back["title"]["reference"], back["custody_site"]["reference"]) == (
        "accepted",
        None,
        "ORG-ICMPD",
        "SITE-STORE",
    )
    again = await desk.handed_over(other)
    assert again["status"] == "approved"


async def test_what_cannot_be_and_what_is_out_of_reach(desk: Desk) -> None:
    items = await desk.accepted(1)
    moroccan = await desk.done(
        "POST", EQUIPMENT, {"component": "BMP-MA", "model": "MOD-RADIO-1"}, account="icmpd.manager"
    )
    body: dict[str, Any] = {"component": "BMP-TN", "receiving_unit": "AG-TN-SFAX", "site": "SITE-TN-SFAX"}
    for more, account, expected in (
        ({"component": "BMP-MA"}, "italy.manager", [("/component", "reference_unknown")]),
        ({"receiving_unit": "AG-MA-NADOR"}, "italy.manager", [("/receiving_unit", "reference_unknown")]),
        (
            {"receiving_unit": "AG-TN-DIRECTORATE"},
            "italy.manager",
            [("/receiving_unit", "not_a_unit"), ("/site", "other_unit")],
        ),
        ({"site": "SITE-MA-NADOR"}, "italy.manager", [("/site", "reference_unknown")]),
        ({"site": "SITE-STORE"}, "italy.manager", [("/site", "other_unit")]),
        ({"organisation": "ORG-ITALY"}, "italy.manager", [("/organisation", "not_a_beneficiary")]),
        ({"organisation": str(uuid4())}, "italy.manager", [("/organisation", "reference_unknown")]),
        ({"lines": [{"item": moroccan["id"]}]}, "italy.manager", [("/lines/0/item", "reference_unknown")]),
        ({"lines": [{"item": moroccan["id"]}]}, "icmpd.manager", [("/lines/0/item", "other_component")]),
        ({"signed_file": str(uuid4())}, "icmpd.manager", [("/signed_file", "reference_unknown")]),
        (
            {"signatories": [{"side": "giving", "organisation": "ORG-NO", "function": "Head"}]},
            "icmpd.manager",
            [("/signatories/0/organisation", "reference_unknown")],
        ),
    ):
        assert faults(await desk.call("POST", HANDOVERS, {**body, **more}, account=account)) == expected
    paper = await desk.protocol(items)
    path = f"{HANDOVERS}/{paper['reference']}"
    for account in ("icmpd.morocco", "ma.focal", "nobody"):
        for address in (path, f"{path}/lines", f"{path}/history"):
            assert (await desk.call("GET", address, account=account)).status_code == 404, (account, address)
        assert paper["id"] not in (await desk.call("GET", HANDOVERS, account=account)).text
    for account, status in (("icmpd.morocco", 404), ("observer", 403), ("tn.focal", 403)):
        assert (await desk.call("POST", f"{path}/submit", version=1, account=account)).status_code == status
    changed = await desk.done(
        "PATCH", path, {"organisation": "ORG-TN-COAST-GUARD", "effective_at": None, "note": "x", "lines": []}, version=1
    )
    assert changed["lines"]["handed_over"] == 0


async def test_filters_of_the_list(desk: Desk) -> None:
    items = await desk.accepted(1)
    paper = await desk.protocol(items)
    world = desk.world
    for query in (
        f"item_id={items[0]['id']}&status=draft",
        f"item_id={items[0]['id']}&agency_id={world['tn-directorate']}&retransfer=false",
        f"item_id={items[0]['id']}&receiving_unit_id={world['tn-sfax']},{world['ma-nador']}",
        f"q={paper['reference'].lower()}",
    ):
        assert [each["id"] for each in (await desk.get(f"{HANDOVERS}?{query}"))["items"]] == [paper["id"]], query
    table = await desk.call("GET", f"{HANDOVERS}?format=csv&fields=reference,prepared_by&item_id={items[0]['id']}")
    person = str(world.accounts["icmpd.logistics"])
    assert table.text == (
        f"id,reference,prepared_by_id,prepared_by_label\n{paper['id']},{paper['reference']},{person},"
        "Synthetic icmpd.logistics\n"
    )


async def test_items_above_the_threshold_without_a_proof_are_reported(desk: Desk, owner: asyncpg.Connection) -> None:
    items = await desk.accepted(4)
    prices = ((600_000, "EUR"), (400_000, "EUR"), (100, "TND"), (700_000, "EUR"))
    for item, (minor, currency) in zip(items, prices, strict=True):
        await owner.execute(
            "UPDATE items SET unit_price_minor = $2, currency = $3 WHERE id = $1", UUID(item["id"]), minor, currency
        )
    paper = await desk.handed_over(items)
    report = f"{HANDOVERS}/missing-proofs?unit_id={desk.world['tn-sfax']}"

    async def reported(query: str = "", account: str | None = None) -> dict[str, tuple[Any, Any]]:
        found = (await desk.get(f"{report}{query}", account))["items"]
        mine = {item["id"] for item in items}
        return {each["id"]: (each["above_threshold"], each["missing"]) for each in found if each["id"] in mine}

    assert await reported() == {
        items[0]["id"]: (True, "signed_file"),
        items[2]["id"]: (None, "signed_file"),
        items[3]["id"]: (True, "signed_file"),
    }
    assert set(await reported("&above_threshold=true", "tn.focal.sfax")) == {items[0]["id"], items[3]["id"]}
    assert await reported("", "ma.focal") == {}
    await owner.execute("DELETE FROM document_lines WHERE item_id = $1", UUID(items[3]["id"]))
    assert (await reported())[items[3]["id"]] == (True, "handover")
    file_id = uuid4()
    await owner.execute(
        "INSERT INTO files (id, owner_id, organisation_id, file_name, media_type, size, sha256) "
        "VALUES ($1, $2, $3, 'signed.pdf', 'application/pdf', 1, $4)",
        file_id,
        desk.world.accounts["icmpd.logistics"],
        desk.world["icmpd"],
        SHA,
    )
    await owner.execute("UPDATE documents SET signed_file_id = $2 WHERE id = $1", UUID(paper["id"]), file_id)
    assert set(await reported("&above_threshold=true")) == {items[3]["id"]}


async def test_a_return_ends_the_round_of_approvals(desk: Desk) -> None:
    items = await desk.accepted(1)
    paper = await desk.submitted(HANDOVERS, await desk.protocol(items), "icmpd.logistics")
    paper = await desk.approved(HANDOVERS, paper, "icmpd.manager")
    path = f"{HANDOVERS}/{paper['id']}"
    returned = await desk.done("POST", f"{path}/return", {"reason": "Wrong base"}, version=3, account="italy.manager")
    assert (returned["status"], returned["reason"]) == ("returned", "Wrong base")
    revised = await desk.done("POST", f"{path}/revise", version=4)
    again = await desk.submitted(HANDOVERS, revised, "icmpd.logistics")
    first = await desk.approved(HANDOVERS, again, "icmpd.manager")
    assert first["status"] == "submitted"
    second = await desk.approved(HANDOVERS, first, "italy.manager")
    assert second["status"] == "approved"
    assert [(each["round"], each["decision"]) for each in second["approvals"]] == [
        (1, "approved"),
        (1, "returned"),
        (2, "approved"),
        (2, "approved"),
    ]


async def test_two_who_approve_at_once_read_the_same_version_and_one_reads_again(desk: Desk) -> None:
    items = await desk.accepted(1)
    paper = await desk.submitted(HANDOVERS, await desk.protocol(items), "icmpd.logistics")
    path = f"{HANDOVERS}/{paper['id']}/approve"
    answers = await asyncio.gather(
        *(desk.call("POST", path, {}, version=2, account=account) for account in ("icmpd.manager", "italy.manager"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    now = await desk.get(f"{HANDOVERS}/{paper['id']}")
    assert (now["status"], now["version"], len(now["approvals"])) == ("submitted", 3, 1)
