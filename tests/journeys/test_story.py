"""The story (issue 2): twelve radios and four operators, from the order to last month's readiness, over HTTP.

Everybody logs in at the token endpoint with the demo's credentials. The radios are the Tunisian Coast Guard's, in a
unit of their own, so that the figures are theirs alone; the demo around it is what others may see.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.db.embedded import Embedded
from app.services import demo, demo_access
from tests.demo_place import Place, ask_token, make_blank, make_place
from tests.journeys.outsiders import see_nothing

pytestmark = pytest.mark.anyio

API = "/api/v1"
LATE = "Synthetic story: taken over from paper."
UNIT, SITE, MODEL = "AG-TN-STORY", "SITE-STORY", "MOD-STORY-RADIO"
SERIALS = [f"STORY-{n:03d}" for n in range(1, 13)]
NOW = datetime.now(UTC)
NOTHING_MISSING = {
    "not_in_service": 0,
    "withdrawn": 0,
    "down_failure": 0,
    "down_awaiting_parts": 0,
    "down_under_repair": 0,
    "down_planned_maintenance": 0,
    "down_no_consumables": 0,
    "down_external": 0,
    "condition_unknown": 0,
    "operators_missing": 0,
    "maintainers_missing": 0,
}


def ago(days: int) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def day(days: int) -> str:
    return (NOW - timedelta(days=days)).date().isoformat()


@dataclass
class Person:
    """Somebody with a token."""

    client: httpx.AsyncClient
    name: str
    token: str

    async def ask(self, method: str, path: str, body: Any = None, version: int | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return await self.client.request(method, API + path, json=body, headers=headers)

    async def get(self, path: str) -> Any:
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, (self.name, path, answer.text)
        return answer.json()

    async def post(self, path: str, body: Any = None, version: int | None = None) -> Any:
        answer = await self.ask("POST", path, body, version)
        assert answer.status_code in {200, 201}, (self.name, path, answer.text)
        return answer.json()

    async def refused(self, path: str, body: Any = None, version: int | None = None) -> Any:
        answer = await self.ask("POST", path, body, version)
        assert answer.status_code in {403, 409}, (self.name, path, answer.text)
        return answer.json()


async def log_in(client: httpx.AsyncClient, entry: dict[str, Any]) -> Person:
    answer = await ask_token(client, entry)
    assert answer.status_code == 200, answer.text
    return Person(client, entry["account_name"], answer.json()["access_token"])


@dataclass
class Story:
    """Who plays, and what has come of it so far."""

    people: dict[str, Person]
    radios: list[str] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        return self.people[name]

    async def readiness(self, **asked: str) -> dict[str, Any]:
        """What the focal point is told of the radios of the unit: the one row by unit and model."""
        path = httpx.URL("/readiness", params={"unit": UNIT, "model": MODEL, **asked})
        told = await self.focal.get(str(path))
        assert len(told["rows"]) == 1, told
        row: dict[str, Any] = told["rows"][0]
        assert row["held"] - row["ready"] == sum(row["waterfall"].values())
        assert {key: row[key] for key in figures(row)} == {key: told["total"][key] for key in figures(row)}
        return figures(row)


def figures(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in ("held", "functional", "crewed", "ready", "waterfall")}


def expected(held: int, functional: int, crewed: int, ready: int, **reasons: int) -> dict[str, Any]:
    return {
        "held": held,
        "functional": functional,
        "crewed": crewed,
        "ready": ready,
        "waterfall": {**NOTHING_MISSING, **reasons},
    }


@pytest.fixture(scope="module")
def place(cluster: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Place:
    async def build() -> Place:
        await make_blank(cluster)
        made = await make_place(cluster, "demo_story", tmp_path_factory.mktemp("story"))
        await made.build()
        return made

    return asyncio.run(build())


async def test_the_story_of_twelve_radios_and_four_operators(place: Place) -> None:
    entries = {entry.get("account_name"): entry for entry in demo.credentials(place.settings())}
    async with place.client() as client:
        players = {
            "root": demo_access.ADMINISTRATOR,
            "icmpd": demo_access.MANAGER,
            "deputy": demo_access.DEPUTY,
            "italy": demo_access.ITALY,
            "safeguards": demo_access.SAFEGUARDS,
            "focal": demo_access.FOCAL_TN,
            "morocco": demo_access.MOROCCO,
            "nador": demo_access.FOCAL_MA,
        }
        story = Story({name: await log_in(client, entries[account]) for name, account in players.items()})
        await radios_are_ordered_and_arrive(story)
        await italy_accepts_ten_and_rejects_two(story)
        await a_handover_is_prepared_by_one_and_approved_by_two(story)
        await seven_are_put_in_service(story)
        await four_are_trained_and_three_complete(story)
        await readiness_says_what_is_ready_and_why_the_rest_is_not(story)
        await two_radios_fail_and_readiness_changes(story)
        await last_month_still_answers_and_a_late_correction_is_told_apart(story)
        outsiders = [story.morocco, story.nador, await somebody_delegated_to_morocco_only(story)]
        for outsider in outsiders:
            await see_nothing(outsider, story.made, SERIALS, story.radios)


async def radios_are_ordered_and_arrive(s: Story) -> None:
    unit = {"reference": UNIT, "names": {"en": "Synthetic unit of the story"}, "parent": "AG-TN-CG"}
    unit = await s.icmpd.post("/agencies", {**unit, "organisation": "ORG-TN-CG", "country": "TN", "is_unit": True})
    site = {"reference": SITE, "names": {"en": "Synthetic port of the story"}, "kind": "port", "agency": UNIT}
    site = await s.icmpd.post("/sites", {**site, "organisation": "ORG-TN-CG", "country": "TN"})
    model = {"reference": MODEL, "names": {"en": "Synthetic Radio of the story"}, "type": "COM-RADIO"}
    operators = {"manufacturer": "Synthetic Story Radios", "operators": {"persons": 1, "items": 2}}
    model = await s.icmpd.post("/equipment-models", {**model, **operators})
    body = {"component": "BMP-TN", "supplier": "SUP-001", "site": "SITE-STORE-TN"}
    delivery = await s.icmpd.post("/deliveries", body)
    order = {"model": MODEL, "range": f"{SERIALS[0]}..{SERIALS[-1]}", "occurred_at": ago(75), "backdating_reason": LATE}
    registered = await s.icmpd.post(f"/deliveries/{delivery['id']}/register", order)
    assert [item["serial"] for item in registered["items"]] == SERIALS
    s.radios = [item["id"] for item in registered["items"]]
    s.made |= {"unit": unit["id"], "site": site["id"], "delivery": delivery["id"], "model": model["id"]}
    s.made["reference"] = registered["items"][0]["reference"]
    moves = [{"operation": "transition", "id": radio, "version": 1, "action": "ship", **late(70)} for radio in s.radios]
    assert (await s.icmpd.post("/equipment/bulk", {"items": moves}))["done"] == 12
    received = await s.icmpd.post(f"/deliveries/{delivery['id']}/receive", late(65), delivery["version"])
    assert (received["status"], received["items"]) == ("received", [{"stage": "delivered", "items": 12}])


def late(days: int) -> dict[str, str]:
    return {"occurred_at": ago(days), "backdating_reason": LATE}


async def italy_accepts_ten_and_rejects_two(s: Story) -> None:
    passed = {"outcome": "accepted", "tests": [{"name": "Transmission on channel 16", "passed": True}]}
    failed = {"outcome": "rejected", "reason": "defective"}
    lines = [{"item": radio, **(passed if n < 10 else failed)} for n, radio in enumerate(s.radios)]
    body = {"component": "BMP-TN", "kind": "provisional", "delivery": s.made["delivery"], "effective_at": ago(60)}
    drawn = await s.icmpd.post("/acceptances", {**body, "lines": lines})
    s.made["acceptance"] = drawn["id"]
    submitted = await s.icmpd.post(f"/acceptances/{drawn['id']}/submit", {}, drawn["version"])
    approve = f"/acceptances/{drawn['id']}/approve"
    problem = await s.icmpd.refused(approve, {"backdating_reason": LATE}, submitted["version"])
    assert problem["code"] == "separation_of_duties"
    approved = await s.italy.post(approve, {"backdating_reason": LATE}, submitted["version"])
    assert (approved["status"], approved["lines"]) == ("approved", {"accepted": 10, "rejected": 2, "handed_over": 0})
    stages = [(await s.italy.get(f"/equipment/{radio}"))["stage"] for radio in s.radios]
    assert stages == ["accepted"] * 10 + ["rejected"] * 2


async def a_handover_is_prepared_by_one_and_approved_by_two(s: Story) -> None:
    upload = {"Authorization": f"Bearer {s.icmpd.token}", "Content-Type": "application/pdf"}
    path = f"{API}/files?file_name=signed.pdf"
    signed = await s.icmpd.client.post(path, content=b"%PDF-1.7\nsynthetic protocol\n%%EOF\n", headers=upload)
    assert signed.status_code == 201, signed.text
    sides = (("giving", "ORG-ICMPD"), ("receiving", "ORG-TN-CG"))
    body = {
        "component": "BMP-TN",
        "receiving_unit": UNIT,
        "site": SITE,
        "effective_at": ago(55),
        "signatories": [{"side": side, "organisation": who, "function": "Head of logistics"} for side, who in sides],
        "signed_file": signed.json()["id"],
        "lines": [{"item": radio} for radio in s.radios[:10]],
    }
    drawn = await s.icmpd.post("/handovers", body)
    s.made |= {"handover": drawn["id"], "handover_reference": drawn["reference"], "file": signed.json()["id"]}
    submitted = await s.icmpd.post(f"/handovers/{drawn['id']}/submit", {}, drawn["version"])
    approve, why = f"/handovers/{drawn['id']}/approve", {"backdating_reason": LATE}
    assert (await s.icmpd.refused(approve, why, submitted["version"]))["code"] == "separation_of_duties"
    once = await s.deputy.post(approve, why, submitted["version"])
    assert once["status"] == "submitted"
    assert (await s.deputy.refused(approve, why, once["version"]))["code"] == "separation_of_duties"
    problem = await s.italy.refused(approve, why, once["version"])
    wanted = ["end_use_undertaking", "due_diligence", "export_check", "eu_visibility"]
    assert [item["missing"] for item in problem["items"]] == [wanted] * 10
    await what_is_missing_is_recorded_or_waived(s)
    twice = await s.italy.post(approve, why, once["version"])
    assert (twice["status"], twice["lines"]["handed_over"]) == ("approved", 10)
    radio = await s.focal.get(f"/equipment/{s.radios[0]}")
    assert (radio["stage"], radio["unit"]["reference"], radio["title"]["reference"]) == (
        "handed_over",
        UNIT,
        "ORG-TN-CG",
    )
    for radio_id in s.radios[:10]:
        radio = await s.focal.get(f"/equipment/{radio_id}")
        received = await s.focal.post(f"/equipment/{radio_id}/receipt", {"occurred_at": ago(28)}, radio["version"])
        assert received["receipt_confirmed_at"] is not None


async def what_is_missing_is_recorded_or_waived(s: Story) -> None:
    unit: dict[str, Any] = {"component": "BMP-TN", "unit": UNIT, "valid": {"start": day(100), "end": day(-200)}}
    protocol: dict[str, Any] = {"document": s.made["handover"], "valid": {"start": day(100)}}
    for body in (
        {"kind": "end_use_undertaking", "reference": "EUU-STORY", **unit},
        {"kind": "due_diligence", "reference": "DD-STORY", **unit},
        {"kind": "export_check", "reference": "EXPORT-STORY", **protocol},
    ):
        s.made[body["kind"]] = (await s.icmpd.post("/requirements", body))["id"]
    asked = await s.icmpd.post(
        "/requirements", {"kind": "eu_visibility", "decision": "requested", "reference": "WAIVER-STORY", **protocol}
    )
    path = f"/requirements/{asked['id']}/waive"
    assert (await s.icmpd.refused(path, {}, asked["version"]))["code"] == "separation_of_duties"
    assert (await s.safeguards.post(path, {}, asked["version"]))["decision"] == "waived"


async def seven_are_put_in_service(s: Story) -> None:
    """Recorded late, behind the receipt: the order in the world is what counts."""
    for radio_id in s.radios[:7]:
        radio = await s.icmpd.get(f"/equipment/{radio_id}")
        step = {"action": "put_in_service", **late(50)}
        moved = await s.icmpd.post(f"/equipment/{radio_id}/transitions", step, radio["version"])
        assert (moved["stage"], moved["condition"]) == ("in_service", "up")
    assert await s.readiness() == expected(10, 7, 0, 0, not_in_service=3, operators_missing=7)


async def four_are_trained_and_three_complete(s: Story) -> None:
    body = {"component": "BMP-TN", "course": "CRS-COM-RADIO-OP", "starts_on": day(48), "ends_on": day(44)}
    session = await s.icmpd.post("/sessions", {**body, "half_days": 10, "language": "fr", "site": SITE})
    people = []
    for name in ("Alfa Story", "Bravo Story", "Charlie Story", "Delta Story"):
        person = {"name": f"Synthetic {name}", "agency": UNIT, "grade_band": "officer", "sex": "female"}
        posting = {"unit": UNIT, "site": SITE, "starts_on": day(400)}
        people.append((await s.focal.post("/trainees", {**person, "language": "ar", "posting": posting}))["id"])
    path = f"/sessions/{session['id']}"
    s.made |= {"session": session["id"], "trainee": people[0], "session_reference": session["reference"]}
    told = await s.icmpd.post(f"{path}/records", {"trainees": people, **late(55)})
    records = [(each["id"], each["version"]) for each in told["items"]]
    s.made["record"] = records[0][0]
    records = await step(s, records, "vet", 53)
    records = await step(s, records, "enrol", 51)
    session = await s.icmpd.post(f"{path}/open", None, session["version"])
    marks: dict[str, Any] = {"half_days_attended": 9, "rights_module_done": True}
    results = [{**marks, "post_test": mark} for mark in (90, 75, 60, 40)]
    records = await step(s, records, "attend", 44, results)
    await s.icmpd.post(f"{path}/close", None, session["version"])
    problem = await s.icmpd.refused(f"/records/{records[3][0]}/complete", late(42), records[3][1])
    assert (problem["code"], problem["missing"]) == ("requirements_missing", ["assessment_passed"])
    await step(s, records[:3], "complete", 42)
    await step(s, records[3:], "fail", 42)
    gained = await s.focal.get(f"/qualifications?unit_id={s.made['unit']}&model_id={s.made['model']}")
    assert {each["trainee"]["id"] for each in gained["items"]} == set(people[:3])


async def step(
    s: Story, records: list[tuple[str, int]], action: str, days: int, results: list[dict[str, Any]] | None = None
) -> list[tuple[str, int]]:
    more = results or [{} for _ in records]
    items = [
        {"id": record, "version": version, "action": action, **entered}
        for (record, version), entered in zip(records, more, strict=True)
    ]
    told = await s.icmpd.post("/records/bulk", {"items": items, **late(days)})
    return [(each["id"], each["version"]) for each in told["items"]]


AS_IT_WAS = expected(10, 7, 6, 6, not_in_service=3, operators_missing=1)


async def readiness_says_what_is_ready_and_why_the_rest_is_not(s: Story) -> None:
    assert await s.readiness() == AS_IT_WAS
    same = (await s.icmpd.get(f"/readiness?unit={UNIT}"))["total"]
    assert figures(same) == AS_IT_WAS
    demand = await s.focal.get(f"/readiness/demand?unit={UNIT}")
    assert [(row["course"]["reference"], row["now"]) for row in demand["rows"]] == [("CRS-COM-RADIO-OP", 1)]


async def two_radios_fail_and_readiness_changes(s: Story) -> None:
    for radio_id, figured in (
        (s.radios[0], expected(10, 6, 6, 6, not_in_service=3, down_failure=1)),
        (s.radios[1], expected(10, 5, 5, 5, not_in_service=3, down_failure=2)),
    ):
        radio = await s.focal.get(f"/equipment/{radio_id}")
        report = {"condition": "down", "condition_reason": "failure"}
        await s.focal.post(f"/equipment/{radio_id}/condition", report, radio["version"])
        assert await s.readiness() == figured


async def last_month_still_answers_and_a_late_correction_is_told_apart(s: Story) -> None:
    last_month = ago(31)
    assert await s.readiness(as_of=last_month) == AS_IT_WAS
    assert await s.readiness(as_of=ago(43)) == expected(10, 7, 0, 0, not_in_service=3, operators_missing=7)
    before = datetime.now(UTC).isoformat()
    radio = await s.icmpd.get(f"/equipment/{s.radios[2]}")
    events = (await s.icmpd.get(f"/equipment/{s.radios[2]}/events"))["items"]
    started = next(event for event in events if event["kind"] == "put_in_service")
    correction = {
        "position": started["position"],
        "reason": "It was put in service ten days ago.",
        "occurred_at": ago(10),
    }
    await s.icmpd.post(f"/equipment/{s.radios[2]}/corrections", correction, radio["version"])
    corrected = expected(10, 6, 6, 6, not_in_service=4)
    assert await s.readiness(as_of=last_month) == corrected
    assert await s.readiness(as_of=last_month, known_at=before) == AS_IT_WAS
    then = f"/equipment/{s.radios[2]}?{httpx.QueryParams({'as_of': last_month, 'known_at': before})}"
    assert (await s.focal.get(then))["stage"] == "in_service"
    now = f"/equipment/{s.radios[2]}?{httpx.QueryParams({'as_of': last_month})}"
    assert (await s.focal.get(now))["stage"] == "handed_over"


async def somebody_delegated_to_morocco_only(s: Story) -> Person:
    organisation = {
        "reference": "ORG-STORY",
        "names": {"en": "Synthetic agency of the story"},
        "kinds": ["implementer"],
    }
    await s.root.post("/organisations", organisation)
    delegation = {"organisation": "ORG-STORY", "component": "BMP-MA", "power": "manage"}
    await s.root.post("/delegations", {**delegation, "period": {"start": ago(100)}})
    account = {"account_name": "morocco.only@story.example", "display_name": "Synthetic Outsider"}
    grants = [{"role": "programme_manager"}]
    made = await s.root.post("/accounts", {**account, "organisation": "ORG-STORY", "grants": grants})
    link = await s.root.post(f"/accounts/{made['id']}/invitation")
    password = f"story {uuid4()}"
    await s.root.post("/oauth/redeem", {"secret": link["secret"], "password": password})
    return await log_in(s.root.client, {"account_name": account["account_name"], "password": password})
