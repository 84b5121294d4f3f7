"""One object of each resource, made over HTTP as a programme would: the small world of the house's tests.

Stories, not fixtures: each is the happy path of one part of the product, and touches every operation of it once.
"""

from __future__ import annotations

from typing import Any

from app.db.session import Database
from app.security.keys import Keys
from app.services import audit
from app.settings import Settings
from tests.house import background, evidence, papers
from tests.house.walking import Walk, day

OFFICER = "icmpd.training"
PASSWORD = "lantern-orbit-thistle-9"
OTHER_PASSWORD = "saffron-meadow-cobalt-4"
SINCE = "2018-08-01T00:00:00Z"


async def everything(walk: Walk, settings: Settings, keys: Keys) -> None:
    """All stories in the order in which they need each other."""
    await organisations(walk)
    await programme(walk)
    await places(walk)
    await catalogue(walk)
    await people(walk)
    await scripts(walk)
    await items(walk)
    await papers.everything(walk)
    await evidence.everything(walk)
    await training(walk)
    await trainees(walk)
    await qualifications(walk)
    await auditing(walk, settings, keys)
    await background.imports(walk, settings, keys)
    await background.jobs(walk, settings, keys)
    await background.webhooks(walk, settings, keys)


async def organisations(walk: Walk) -> None:
    body = {"reference": "ORG-ONE", "names": {"en": "One", "ar": "واحد"}, "kinds": ["implementer"], "country": "IT"}
    made = await walk.make("/organisations", body, by="root")
    await walk.change("/organisations", made, {"names": {"fr": "Un"}}, by="root")
    body = {"organisation": "ORG-ONE", "component": "BMP-TN", "power": "observe", "period": {"start": SINCE}}
    made = await walk.make("/delegations", body, by="root")
    made = await walk.change("/delegations", made, {"reason": "Agreed"}, by="root")
    await walk.step("/delegations", made, "end", {"reason": "Over"}, by="root")


async def programme(walk: Walk) -> None:
    body: dict[str, Any] = {
        "reference": "PRG-ONE",
        "names": {"en": "One programme"},
        "starts_on": "2024-01-01",
        "outcomes": [{"code": "oc_1", "names": {"en": "Borders are managed"}}],
        "funding": [{"source": "Synthetic fund", "amount": {"amount": "1000.00", "currency": "EUR"}}],
    }
    made = await walk.make("/programmes", body, by="root")
    await walk.change("/programmes", made, {"status": "running"}, by="root")
    body = {
        "reference": "PRG-ONE-LY",
        "names": {"en": "Libya"},
        "programme": "PRG-ONE",
        "country": "LY",
        "domains": ["mobility"],
    }
    made = await walk.make("/components", body, by="root")
    await walk.change("/components", made, {"objective": "Radios that work"}, by="root")


async def places(walk: Walk) -> None:
    body: dict[str, Any] = {
        "reference": "AG-ONE",
        "names": {"en": "Unit one"},
        "parent": "AG-TN-DIRECTORATE",
        "organisation": "ORG-TN-COAST-GUARD",
        "country": "TN",
        "is_unit": True,
    }
    made = await walk.make("/agencies", body)
    await walk.change("/agencies", made, {"external_id": "hr-1"})
    body = {
        "reference": "SITE-ONE",
        "names": {"en": "Port one"},
        "kind": "port",
        "organisation": "ORG-TN-COAST-GUARD",
        "agency": "AG-ONE",
        "country": "TN",
        "un_locode": "TNSFA",
    }
    made = await walk.make("/sites", body)
    await walk.change("/sites", made, {"names": {"fr": "Port un"}})
    body = {"component": "BMP-TN", "agency": "AG-ONE", "period": {"start": SINCE}}
    made = await walk.make("/participations", body)
    await walk.change("/participations", made, {"period": {"end": "2040-01-01T00:00:00Z"}})
    body = {"agency": "AG-TN-SFAX", "contract_reference": "C-1", "period": {"start": day(-100)}}
    made = await walk.make("/support-arrangements", body)
    await walk.change("/support-arrangements", made, {"contract_reference": "C-2"})


async def catalogue(walk: Walk) -> None:
    made = await walk.make("/suppliers", {"reference": "SUP-ONE", "names": {"en": "Supplier one"}, "country": "IT"})
    await walk.change("/suppliers", made, {"external_id": "erp-1"})
    body: dict[str, Any] = {
        "reference": "TYPE-ONE",
        "names": {"en": "Type one"},
        "domain": "communication",
        "cpv": "32344280-2",
        "hs": "8517.62",
    }
    made = await walk.make("/equipment-types", body)
    await walk.change("/equipment-types", made, {"controlled_hint": "5A002"})
    body = {
        "reference": "MOD-ONE",
        "names": {"en": "Model one"},
        "type": "TYPE-ONE",
        "manufacturer": "Synthetic Works",
        "controlled": True,
        "control_reference": "5A002",
        "operators": {"persons": 2, "items": 3},
        "acceptance_tests": [{"code": "range", "text": "Reaches five nautical miles."}],
        "maintenance_plan": [{"code": "battery", "text": "Check the battery.", "every_months": 6}],
    }
    made = await walk.make("/equipment-models", body)
    await walk.change("/equipment-models", made, {"useful_life_months": 96})
    body = {
        "reference": "CRS-ONE",
        "names": {"en": "Course one"},
        "kind": "operation",
        "languages": ["fr", "ar"],
        "covers": [{"type": "TYPE-ONE"}, {"model": "MOD-ONE"}],
        "hours_rights": 2,
        "validity_months": 24,
    }
    made = await walk.make("/courses", body, by=OFFICER)
    await walk.change("/courses", made, {"external_id": "lms-1"}, by=OFFICER)
    await walk.do("POST", "/courses/CRS-ONE/editions", {"pass_mark": 75}, by=OFFICER)


async def people(walk: Walk) -> None:
    body: dict[str, Any] = {
        "account_name": "synthetic.one",
        "display_name": "Synthetic One",
        "grants": [{"role": "monitoring_officer"}],
    }
    made = await walk.make("/accounts", body, by="root")
    made = await walk.change("/accounts", made, {"language": "fr"}, by="root")
    made = await walk.step("/accounts", made, "grants", {"role": "observer", "component": "BMP-TN"}, by="root")
    grant = next(each for each in made["grants"] if each["role"] == "observer")
    account = f"/accounts/{made['id']}"
    made = await walk.do("DELETE", f"{account}/grants/{grant['id']}", by="root", version=made["version"])
    for verb in ("invitation", "reset"):
        link = await walk.do("POST", f"{account}/{verb}", by="root")
        await walk.do("POST", "/oauth/redeem", {"secret": link["secret"], "password": PASSWORD}, headers={})
    form = {"grant_type": "password", "username": "synthetic.one", "password": PASSWORD}
    own, first, second, third = [await _signed_in(walk, form) for _ in range(4)]
    await walk.do("GET", "/me", headers=own)
    sessions = (await walk.do("GET", "/me/sessions", headers=own))["items"]
    others = [each["id"] for each in sorted(sessions, key=lambda each: each["created_at"])][
        1:
    ]  # the first is one's own
    await walk.do("DELETE", f"/me/sessions/{others[0]}", headers=own)
    await walk.do("GET", f"{account}/sessions", by="root")
    await walk.do("DELETE", f"{account}/sessions/{others[1]}", by="root")
    await walk.do("POST", "/me/password", {"current": PASSWORD, "password": OTHER_PASSWORD}, headers=own)
    await walk.do("DELETE", f"{account}/sessions", by="root")
    assert len({str(each) for each in (own, first, second, third)}) == 4
    made = await walk.do("GET", account, by="root")
    made = await walk.step("/accounts", made, "close", by="root")
    await walk.step("/accounts", made, "reopen", by="root")


async def _signed_in(walk: Walk, form: dict[str, str]) -> dict[str, str]:
    token = await walk.do("POST", "/oauth/token", form=form, headers={})
    return {"Authorization": f"Bearer {token['access_token']}"}


async def scripts(walk: Walk) -> None:
    body = {"name": "Nightly", "scopes": ["register:read", "equipment:read"], "components": ["BMP-TN"]}
    made = (await walk.do("POST", "/clients", body))["client"]
    walk.found["/clients"] = [made]
    made = await walk.change("/clients", made, {"name": "Nightly export"})
    rotated = await walk.step("/clients", made, "rotate-secret", {})
    secret = {"grant_type": "client_credentials"}
    answer = await walk.client.post(
        "/api/v1/oauth/token", data=secret, auth=(rotated["client"]["client_id"], rotated["client_secret"])
    )
    await walk.do("POST", "/oauth/revoke", form={"token": answer.json()["access_token"]}, headers={})
    await walk.step("/clients", rotated["client"], "close")


async def items(walk: Walk) -> None:
    body: dict[str, Any] = {
        "component": "BMP-TN",
        "model": "MOD-ONE",
        "identifiers": [{"scheme": "serial", "value": "sn-1"}],
        "supplier": "SUP-ONE",
        "title_organisation": "ORG-SUPPLIER",
        "custody_organisation": "ORG-ICMPD",
        "custody_site": "SITE-STORE",
        "unit_price": {"amount": "1234.5", "currency": "EUR"},
        "external_id": "ERP-1",
        "note": "first of twelve",
    }
    made = await walk.make("/equipment", body)
    made = await walk.change("/equipment", made, {"note": "first of thirteen"})
    made = await walk.step("/equipment", made, "transitions", {"action": "ship"})
    body = {"position": made["event_count"], "reason": "Another item was shipped.", "annul": True}
    await walk.step("/equipment", made, "corrections", body)
    bulk: dict[str, Any] = {
        "atomic": False,
        "items": [
            {"operation": "create", "component": "BMP-TN", "model": "MOD-ONE"},
            {"operation": "transition", "id": made["id"], "version": 99, "action": "ship"},
        ],
    }
    await walk.do("POST", "/equipment/bulk", bulk)


async def training(walk: Walk) -> None:
    body: dict[str, Any] = {
        "component": "BMP-TN",
        "course": "CRS-RADIO-OP",
        "starts_on": day(-10),
        "ends_on": day(-6),
        "half_days": 10,
        "language": "fr",
        "site": "SITE-TN-SFAX",
        "host": "ORG-TN-COAST-GUARD",
        "trainers": [{"organisation": "ORG-ICMPD", "role": "lead", "persons": 2}],
    }
    cancelled = await walk.make("/sessions", body, by=OFFICER)
    await walk.step("/sessions", cancelled, "cancel", by=OFFICER)
    held = await walk.make("/sessions", body, by=OFFICER)
    held = await walk.change("/sessions", held, {"capacity": 20}, by=OFFICER)
    held = await walk.step("/sessions", held, "open", by=OFFICER)
    people = [await _trainee(walk) for _ in range(6)]
    records = [
        await walk.make("/records", {"session": held["id"], "trainee": each["id"]}, by=OFFICER) for each in people[:4]
    ]
    named = {"trainees": [each["id"] for each in people[4:]]}
    more = (await walk.do("POST", f"/sessions/{held['id']}/records", named, by=OFFICER))["items"]
    await walk.step("/records", more[0], "withdraw", {"reason": "posted_elsewhere"}, by=OFFICER)
    await walk.step("/records", more[1], "exclude", {"reason": "not_eligible"}, by=OFFICER)
    vetted = {"items": [{"id": records[3]["id"], "version": 1, "action": "vet"}]}
    await walk.do("POST", "/records/bulk", vetted, by=OFFICER)
    marks = {"half_days_attended": 9, "post_test": 80, "rights_module_done": True}
    attended = []
    for each in records[:2]:
        vetted_one = await walk.step("/records", each, "vet", {}, by=OFFICER)
        enrolled = await walk.step("/records", vetted_one, "enrol", {}, by=OFFICER)
        attended.append(await walk.step("/records", enrolled, "attend", marks, by=OFFICER))
    passed = await walk.step("/records", attended[0], "results", {"post_test": 90}, by=OFFICER)
    failing = await walk.step("/records", attended[1], "results", {"post_test": 1}, by=OFFICER)
    held = await walk.do("GET", f"/sessions/{held['id']}", by=OFFICER)
    await walk.step("/sessions", held, "close", {"open_records": "end"}, by=OFFICER)
    await walk.step("/records", passed, "complete", {}, by=OFFICER)
    failed = await walk.step("/records", failing, "fail", {}, by=OFFICER)
    events = (await walk.do("GET", f"/records/{failed['id']}/events", by=OFFICER))["items"]
    body = {"event": events[-1]["id"], "note": "Wrong person."}
    await walk.step("/records", failed, "corrections", body, by=OFFICER)


async def _trainee(walk: Walk, **more: Any) -> Any:
    letters = "".join(chr(ord("a") + int(digit)) for digit in str(len(walk.found.get("/trainees", []))))
    body = {
        "name": f"Synthetic Person {letters}",
        "work_contact": "person.one@example.test",
        "agency": "AG-TN-SFAX",
        "posting": {"unit": "AG-TN-SFAX", "site": "SITE-TN-SFAX", "starts_on": day(-400)},
        "grade_band": "non_commissioned",
        "sex": "female",
        "language": "ar",
        **more,
    }
    return await walk.make("/trainees", body, by=OFFICER)


async def trainees(walk: Walk) -> None:
    one = await walk.change("/trainees", await _trainee(walk), {"external_id": "hr-7"}, by=OFFICER)
    double, gone = await _trainee(walk), await _trainee(walk)
    asked = {"name": "Synthetic Person a", "agency": "AG-TN-SFAX", "purpose": "Attendance sheet"}
    await walk.do("POST", "/trainees/search", asked, by=OFFICER)
    await walk.do("POST", f"/trainees/{one['id']}/identity", {"purpose": "Attendance sheet"}, by=OFFICER)
    merged = await walk.step("/trainees", double, "merge", {"into": one["id"]}, by=OFFICER)
    await walk.step("/trainees", merged, "unmerge", by=OFFICER)
    await walk.step("/trainees", gone, "erase", by=OFFICER)
    unposted = await _trainee(walk, posting=None)
    body: dict[str, Any] = {"trainee": unposted["id"], "unit": "AG-TN-SFAX", "period": {"start": day(-100)}}
    posting = await walk.make("/postings", body, by=OFFICER)
    posting = await walk.change("/postings", posting, {"site": "SITE-TN-SFAX"}, by=OFFICER)
    body = {"unit": "AG-TN-ZARZIS", "site": "SITE-TN-ZARZIS", "on": day(-3)}
    await walk.step("/postings", posting, "move", body, by=OFFICER)


async def qualifications(walk: Walk) -> None:
    people = walk.found["/trainees"]
    body = {
        "kind": "operator",
        "type": "COM-RADIO",
        "period": {"start": day(-300), "end": day(60)},
        "evidence": "Operator's licence, seen by the head of the unit",
    }
    one, two = [await walk.make("/qualifications", {**body, "trainee": each["id"]}, by=OFFICER) for each in people[:2]]
    one = await walk.step("/qualifications", one, "recognise", {}, by="italy.manager")
    await walk.step("/qualifications", two, "refuse", {"reason": "Not this radio."}, by="italy.manager")
    await walk.step("/qualifications", one, "revoke", {"reason": "Licence withdrawn."}, by="italy.manager")


async def auditing(walk: Walk, settings: Settings, keys: Keys) -> None:
    """The worker signs the day's checkpoint; an auditor compares."""
    assert settings.database_worker_url is not None
    worker = Database(settings.database_worker_url.get_secret_value(), size=1)
    await worker.open()
    try:
        await audit.sign(worker, keys, settings.data)
    finally:
        await worker.close()
    await walk.do("POST", "/audit/verify", {"checkpoint": True}, by="auditor")
