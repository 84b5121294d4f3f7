"""Training records over HTTP: from nomination to completion, and what stands in the way (DOMAIN 4)."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import asyncpg
import httpx
import pytest

from app.domain.time import add_months
from tests.routers.training import API, TODAY, close, day, get, post, record, session, trainee
from tests.world import World, ident

pytestmark = pytest.mark.anyio


async def test_from_nomination_to_a_qualification(client: httpx.AsyncClient, world: World) -> None:
    held = await session(client, world)
    person = await trainee(client, world)
    made = await record(client, world, held["id"], person["id"], until="attended")
    await close(client, world, held)
    answer = await post(client, world, f"/records/{made['id']}/complete", {}, version=made["version"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    done = answer.json()
    assert done == {
        "id": made["id"],
        "session": {"id": held["id"], "reference": held["reference"], "label": held["reference"]},
        "course": {"id": str(world["course"]), "reference": "CRS-RADIO-OP", "label": "Operating the radio"},
        "component": {"id": str(world["tunisia"]), "reference": "BMP-TN", "label": "Tunisia"},
        "trainee": {"id": person["id"], "reference": person["id"], "label": person["label"]},
        "agency": {"id": str(world["tn-sfax"]), "reference": "AG-TN-SFAX", "label": "Agency tn-sfax"},
        "stage": "completed",
        "half_days_attended": 9,
        "pre_test": None,
        "post_test": 80,
        "practical": None,
        "rights_module_done": True,
        "completed_on": TODAY.isoformat(),
        "reason": None,
        "occurred_at": done["occurred_at"],
        "version": 5,
        "created_at": made["created_at"],
        "updated_at": done["updated_at"],
    }
    answer = await get(client, world, f"/qualifications?record_id={made['id']}")
    (gained,) = answer.json()["items"]
    assert gained == {
        "id": gained["id"],
        "trainee": done["trainee"],
        "agency": done["agency"],
        "kind": "operator",
        "model": {"id": str(world["radio"]), "reference": "MOD-RADIO-1", "label": "Radio One"},
        "type": None,
        "period": {"start": TODAY.isoformat(), "end": add_months(TODAY, 24).isoformat()},
        "source": "record",
        "status": "valid",
        "record_id": made["id"],
        "evidence": None,
        "proposed_by": None,
        "recognised_by": None,
        "recorded_at": gained["recorded_at"],
        "revoked_on": None,
        "reason": None,
        "version": 1,
        "created_at": gained["created_at"],
        "updated_at": gained["updated_at"],
    }


async def test_completion_says_what_is_missing_until_it_is_there(client: httpx.AsyncClient, world: World) -> None:
    held = await session(client, world)
    person = await trainee(client, world)
    made = await record(
        client, world, held["id"], person["id"], until="attended", half_days_attended=7, post_test=59,
        rights_module_done=False,
    )  # fmt: skip
    path = f"/records/{made['id']}"
    answer = await post(client, world, f"{path}/complete", {}, version=4)
    assert (answer.status_code, answer.json()["code"]) == (409, "requirements_missing")
    assert answer.json()["missing"] == ["session_closed", "attendance_met", "assessment_passed", "rights_module_done"]
    answer = await post(client, world, f"{path}/fail", {}, version=4)
    assert answer.json()["missing"] == ["session_closed"]
    await close(client, world, held)
    answer = await post(
        client, world, f"{path}/results", {"half_days_attended": 8, "post_test": 60, "rights_module_done": True},
        version=4,
    )  # fmt: skip
    assert (answer.status_code, answer.json()["stage"], answer.json()["version"]) == (200, "attended", 5)
    answer = await post(client, world, f"{path}/fail", {}, version=5)
    assert answer.json()["missing"] == ["not_passed"]
    answer = await post(client, world, f"{path}/complete", {}, version=5)
    assert (answer.status_code, answer.json()["stage"]) == (200, "completed")
    answer = await post(client, world, f"{path}/withdraw", {"reason": "other"}, version=6)
    assert (answer.status_code, answer.json()["code"], answer.json()["legal"]) == (409, "transition_not_allowed", [])


async def test_a_unit_without_due_diligence_completes_nothing(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    held = await session(client, world)
    person = await trainee(client, world)
    made = await record(client, world, held["id"], person["id"], until="attended")
    await close(client, world, held)
    await owner.execute("UPDATE programmes SET enforced_requirements = '{due_diligence,no_suspension}'")
    try:
        answer = await post(client, world, f"/records/{made['id']}/complete", {}, version=4)
        assert (answer.status_code, answer.json()["missing"]) == (409, ["due_diligence"])
        for unit, decision, kind in (
            ("tn-zarzis", "granted", "due_diligence"),
            ("tn-sfax", "granted", "due_diligence"),
            ("tn-sfax", "refused", "no_suspension"),
        ):
            await owner.execute(
                "INSERT INTO requirements (id, component_id, agency_id, kind, subject_unit_id, decision, reference, "
                "starts_on, ends_on, decided_by, decided_by_person) "
                "VALUES ($1, $2, $3, $4, $3, $5, 'DD', $6, $7, $8, $8)",
                ident(),
                world["tunisia"],
                world[unit],
                kind,
                decision,
                date(TODAY.year, 1, 1),
                add_months(TODAY, 3),
                world.accounts["icmpd.safeguards"],
            )
            answer = await post(client, world, f"/records/{made['id']}/complete", {}, version=4)
            expected = (
                ["no_suspension"] if kind == "no_suspension" else ["due_diligence"] if unit != "tn-sfax" else None
            )
            if expected is None:
                break
            assert answer.json()["missing"] == expected
        assert (answer.status_code, answer.json()["stage"]) == (200, "completed")
    finally:
        await owner.execute("UPDATE programmes SET enforced_requirements = '{}'")


async def test_steps_follow_the_graph_and_the_session(client: httpx.AsyncClient, world: World) -> None:
    held = await session(client, world, open_=False, starts_on=day(5), ends_on=day(9))
    person = await trainee(client, world)
    made = await record(client, world, held["id"], person["id"])
    path = f"/records/{made['id']}"
    answer = await post(client, world, f"{path}/enrol", {}, version=1)
    assert (answer.status_code, answer.json()["legal"]) == (409, ["vet", "withdraw", "exclude"])
    for verb, version in (("vet", 1), ("enrol", 2)):
        assert (await post(client, world, f"{path}/{verb}", {}, version=version)).status_code == 200
    answer = await post(client, world, f"{path}/results", {"pre_test": 10}, version=3)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "before_dependency"
    answer = await client.post(f"{API}{path}/vet", json={}, headers=world.headers("icmpd.training"))
    assert answer.status_code == 428
    answer = await post(client, world, f"{path}/vet", {}, version=2)
    assert (answer.status_code, answer.json()["current"]) == (412, 3)
    answer = await post(client, world, f"{path}/exclude", {"reason": "she is ill"}, version=3)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reason")
    answer = await post(client, world, f"{path}/withdraw", {"reason": "posted_elsewhere"}, version=3)
    assert (answer.status_code, answer.json()["stage"], answer.json()["reason"]) == (
        200,
        "withdrawn",
        "posted_elsewhere",
    )


async def test_results_have_bounds(client: httpx.AsyncClient, world: World) -> None:
    held = await session(client, world)
    person = await trainee(client, world)
    made = await record(client, world, held["id"], person["id"], until="enrolled")
    path = f"/records/{made['id']}"
    answer = await post(client, world, f"{path}/attend", {"half_days_attended": 11}, version=3)
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/half_days_attended", "out_of_range")]
    answer = await post(client, world, f"{path}/attend", {"half_days_attended": 5, "post_test": 101}, version=3)
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/post_test"]
    answer = await post(client, world, f"{path}/attend", {}, version=3)
    assert (answer.status_code, answer.json()["missing"]) == (409, ["attendance_recorded"])
    answer = await post(client, world, f"{path}/attend", {"half_days_attended": None}, version=3)
    assert answer.status_code == 422
    tomorrow = f"{day(1)}T00:00:00Z"
    answer = await post(
        client, world, f"{path}/attend", {"half_days_attended": 5, "occurred_at": tomorrow}, version=3
    )  # fmt: skip
    assert [e["code"] for e in answer.json()["errors"]] == ["in_the_future"]


async def test_places_are_counted(client: httpx.AsyncClient, world: World) -> None:
    held = await session(client, world, capacity=1)
    people = [await trainee(client, world) for _ in range(2)]
    made = [await record(client, world, held["id"], each["id"], until="vetted") for each in people]
    answers = await asyncio.gather(
        *(post(client, world, f"/records/{each['id']}/enrol", {}, version=2) for each in made)
    )
    assert sorted(each.status_code for each in answers) == [200, 409]


async def test_two_officers_at_one_record(client: httpx.AsyncClient, world: World) -> None:
    held = await session(client, world)
    person = await trainee(client, world)
    made = await record(client, world, held["id"], person["id"])
    answers = await asyncio.gather(
        post(client, world, f"/records/{made['id']}/vet", {}, version=1),
        post(
            client, world, f"/records/{made['id']}/exclude", {"reason": "not_eligible"}, version=1, by="italy.manager"
        ),
    )
    assert sorted(each.status_code for each in answers) == [200, 412]


async def test_focal_points_nominate_and_withdraw_their_own_people_only(
    client: httpx.AsyncClient, world: World
) -> None:
    held = await session(client, world)
    other = await session(client, world, component="BMP-MA")
    own = await trainee(client, world, by="tn.focal.sfax")
    foreign = await trainee(client, world, agency="AG-TN-ZARZIS", posting=None)
    answer = await post(
        client, world, f"/sessions/{held['reference']}/records", {"trainees": [own["id"]]}, by="tn.focal.sfax"
    )
    assert answer.status_code == 201, answer.text
    (nominated,) = answer.json()["items"]
    assert nominated == {"id": nominated["id"], "version": 1, "stage": "nominated", "problem": None}
    for body, pointer in (
        ({"session": held["id"], "trainee": foreign["id"]}, "/trainee"),
        ({"session": other["id"], "trainee": own["id"]}, "/session"),
    ):
        answer = await post(client, world, "/records", body, by="tn.focal.sfax")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    answer = await post(client, world, f"/records/{nominated['id']}/vet", {}, version=1, by="tn.focal.sfax")
    assert (answer.status_code, answer.json()["scope"]) == (403, "training:write")
    answer = await post(
        client, world, f"/records/{nominated['id']}/withdraw", {"reason": "by_agency"}, version=1, by="tn.focal.sfax"
    )
    assert (answer.status_code, answer.json()["stage"]) == (200, "withdrawn")
    answer = await get(client, world, f"/records/{nominated['id']}", by="ma.focal")
    assert answer.status_code == 404


async def test_nominations_that_cannot_be(client: httpx.AsyncClient, world: World) -> None:
    held = await session(client, world)
    person = await trainee(client, world)
    moroccan = await trainee(client, world, agency="AG-MA-NADOR", posting=None)
    body = {"trainees": [person["id"], moroccan["id"], str(ident())]}
    answer = await post(client, world, f"/sessions/{held['id']}/records", body)
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
        ("/trainees/1", "agency_not_taking_part"),
        ("/trainees/2", "reference_unknown"),
    ]
    answer = await post(client, world, f"/sessions/{held['id']}/records", {"trainees": [person["id"]] * 2})
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/trainees", "repeated")]
    twice = {"session": held["id"], "trainee": person["id"]}
    answers = await asyncio.gather(*(post(client, world, "/records", twice) for _ in range(2)))
    assert sorted(each.status_code for each in answers) == [201, 409]
    await close(client, world, held, {"open_records": "end"})
    answer = await post(
        client, world, "/records", {"session": held["id"], "trainee": (await trainee(client, world))["id"]}
    )
    assert (answer.status_code, answer.json()["session"]) == (409, "closed")


async def test_many_at_once(client: httpx.AsyncClient, world: World) -> None:
    held = await session(client, world)
    made = [await record(client, world, held["id"], (await trainee(client, world))["id"]) for _ in range(2)]
    good = [{"id": each["id"], "version": 1, "action": "vet"} for each in made]
    bad = {"id": made[1]["id"], "version": 7, "action": "vet"}
    answer = await post(client, world, "/records/bulk", {"items": [good[0], bad]})
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/items/1", "stale")]
    answer = await post(client, world, "/records/bulk", {"items": [good[0], good[0]]})
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/items/1/id", "repeated")]
    unknown = {"id": str(ident()), "version": 1, "action": "exclude", "reason": "no_show"}
    answer = await post(client, world, "/records/bulk", {"atomic": False, "items": [good[0], bad, unknown]})
    assert answer.status_code == 200
    assert answer.json() == {
        "items": [
            {"id": made[0]["id"], "version": 2, "stage": "vetted", "problem": None},
            {
                "id": made[1]["id"],
                "version": None,
                "stage": None,
                "problem": {"code": "stale", "detail": "The current version is 1.", "current": 1},
            },
            {
                "id": unknown["id"],
                "version": None,
                "stage": None,
                "problem": {"code": "not_found", "detail": "Nothing here by that name that you may see"},
            },
        ]
    }
    answer = await post(client, world, "/records/bulk", {"items": [good[1]]}, by="icmpd.morocco")
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/items/0", "not_found")]


async def test_the_past_is_told_as_it_was_and_as_it_was_known(client: httpx.AsyncClient, world: World) -> None:
    held = await session(client, world)
    person = await trainee(client, world)
    made = await record(client, world, held["id"], person["id"], until="attended")
    path = f"/records/{made['id']}"
    await close(client, world, held)
    done = (await post(client, world, f"{path}/complete", {}, version=4)).json()
    events = (await get(client, world, f"{path}/events")).json()["items"]
    assert [each["kind"] for each in events] == ["nominate", "vet", "enrol", "attend", "complete"]
    answer = await get(client, world, f"{path}?as_of={events[2]['occurred_at']}")
    assert (answer.json()["stage"], answer.json()["half_days_attended"]) == ("enrolled", None)
    answer = await get(client, world, f"{path}?as_of={made['created_at'][:4]}-01-01T00:00:00Z")
    assert answer.status_code == 404
    answer = await post(
        client, world, f"{path}/corrections", {"event": events[3]["id"], "note": "Wrong person."}, version=5
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"], answer.json()["kind"]) == (409, "history_broken", "complete")
    body = {"event": events[4]["id"], "note": "Wrong person."}
    answer = await post(client, world, f"{path}/corrections", body, version=5)
    assert (answer.status_code, answer.json()["stage"], answer.json()["completed_on"]) == (200, "attended", None)
    answer = await get(client, world, f"/qualifications?record_id={made['id']}")
    assert [(q["status"], q["revoked_on"]) for q in answer.json()["items"]] == [("revoked", TODAY.isoformat())]
    known = events[4]["recorded_at"]
    for query, stage in ((f"known_at={known}", "completed"), (f"as_of={done['occurred_at']}", "attended")):
        answer = await get(client, world, f"/records?session_id={held['id']}&{query}")
        assert [each["stage"] for each in answer.json()["items"]] == [stage]
        assert (await get(client, world, f"{path}?{query}")).json()["stage"] == stage
    answer = await get(client, world, f"/sessions/{held['id']}/records?known_at={known}&format=jsonl")
    assert answer.json()["stage"] == "completed"
    assert (await post(client, world, f"{path}/complete", {}, version=6)).status_code == 200


async def test_corrections_that_cannot_be(client: httpx.AsyncClient, world: World) -> None:
    held = await session(client, world)
    person = await trainee(client, world)
    made = await record(client, world, held["id"], person["id"])
    path = f"/records/{made['id']}"
    (nomination,) = (await get(client, world, f"{path}/events")).json()["items"]
    answer = await post(client, world, f"{path}/corrections", {"event": nomination["id"], "note": "no"}, version=1)
    assert answer.status_code == 409
    answer = await post(client, world, f"{path}/corrections", {"event": str(ident()), "note": "no"}, version=1)
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/event", "reference_unknown")]
    answer = await post(
        client, world, f"{path}/corrections", {"event": nomination["id"], "note": "card 12345678"}, version=1
    )
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/note", "identity_number")]


async def test_a_step_before_completion_is_taken_back_and_taken_anew(client: httpx.AsyncClient, world: World) -> None:
    held = await session(client, world)
    made = await record(client, world, held["id"], (await trainee(client, world))["id"], until="attended")
    path = f"/records/{made['id']}"
    for kind, stage, version in (("attend", "enrolled", 4), ("enrol", "vetted", 5)):
        last = [each for each in (await get(client, world, f"{path}/events")).json()["items"] if each["kind"] == kind]
        body = {"event": last[-1]["id"], "note": "Of somebody else."}
        stale = await post(client, world, f"{path}/corrections", body, version=version - 1)
        assert (stale.status_code, stale.json()["current"]) == (412, version)
        answer = await post(client, world, f"{path}/corrections", body, version=version)
        assert (answer.status_code, answer.json()["stage"], answer.json()["half_days_attended"]) == (200, stage, None)
        twice = await post(client, world, f"{path}/corrections", body, version=version + 1)
        assert [each["code"] for each in twice.json()["errors"]] == ["reference_unknown"], "it counts no more"
    assert (await post(client, world, f"{path}/enrol", {}, version=6)).json()["stage"] == "enrolled"


async def test_records_of_a_cancelled_session_and_of_others_components_are_not_corrected(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    account = world.accounts["eu.training"] = ident()
    world.organisations["eu.training"] = "eu"
    await owner.execute(
        "INSERT INTO accounts (id, organisation_id, account_name, display_name) VALUES ($1, $2, 'eu.training', 'X')",
        account, world["eu"],
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO grants (id, account_id, organisation_id, role) VALUES ($1, $2, $3, 'training_officer')",
        ident(), account, world["eu"],
    )  # fmt: skip
    held = await session(client, world, open_=False, starts_on=day(5), ends_on=day(9))
    made = await record(client, world, held["id"], (await trainee(client, world))["id"], until="vetted")
    path = f"/records/{made['id']}"
    body = {"event": (await get(client, world, f"{path}/events")).json()["items"][1]["id"], "note": "Too early."}
    assert (await get(client, world, path, by="eu.training")).status_code == 200
    seen = await post(client, world, f"{path}/corrections", body, version=2, by="eu.training")
    assert (seen.status_code, seen.json()["detail"]) == (403, "You may see this, but not change it.")
    version = (await get(client, world, f"/sessions/{held['id']}")).json()["version"]
    cancelled = await post(client, world, f"/sessions/{held['id']}/cancel", version=version)
    assert cancelled.status_code == 200, cancelled.text
    version = (await get(client, world, path)).json()["version"]
    late = await post(client, world, f"{path}/corrections", body, version=version)
    assert (late.status_code, late.json()["detail"]) == (
        409,
        "The session was cancelled; its records stay as they are.",
    )


async def test_late_records_need_a_reason_and_the_scope(client: httpx.AsyncClient, world: World) -> None:
    held = await session(client, world, starts_on=day(-60), ends_on=day(-56))
    person = await trainee(client, world)
    late = {"session": held["id"], "trainee": person["id"], "occurred_at": f"{day(-70)}T08:00:00Z"}
    reason = {"backdating_reason": "The list came by post."}
    answer = await post(client, world, "/records", late)
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/backdating_reason", "reason_required")]
    answer = await post(client, world, "/records", {**late, "backdating_reason": "Card 12345678"})
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/backdating_reason", "identity_number")]
    answer = await post(client, world, "/records", {**late, **reason})
    assert (answer.status_code, answer.json()["days"]) == (403, 30)
    manager = "icmpd.manager"
    answer = await post(client, world, "/records", {**late, **reason}, by=manager)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    path = f"/records/{made['id']}"
    steps: tuple[tuple[str, int, dict[str, Any]], ...] = (
        ("vet", -69, {}),
        ("enrol", -68, {}),
        ("attend", -56, {"half_days_attended": 10, "post_test": 90, "rights_module_done": True}),
    )
    for version, (verb, offset, body) in enumerate(steps, 1):
        answer = await post(
            client, world, f"{path}/{verb}", {**body, **reason, "occurred_at": f"{day(offset)}T09:00:00Z"},
            version=version, by=manager,
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
    await close(client, world, held)
    for offset, code in ((-58, "before_dependency"), (-55, None)):
        body = {**reason, "occurred_at": f"{day(offset)}T09:00:00Z"}
        answer = await post(client, world, f"{path}/complete", body, version=4, by=manager)
        assert [e["code"] for e in answer.json().get("errors", [])] == ([code] if code else [])
    assert (answer.status_code, answer.json()["completed_on"]) == (200, day(-55))
    answer = await get(client, world, f"/qualifications?trainee_id={person['id']}&valid_on={day(-55)}")
    assert [each["period"]["start"] for each in answer.json()["items"]] == [day(-55)]
    answer = await get(client, world, f"/records?session_id={held['id']}&as_of={day(-57)}T00:00:00Z")
    assert [each["stage"] for each in answer.json()["items"]] == ["enrolled"]
    answer = await get(client, world, f"/records?session_id={held['id']}&as_of={day(-58)}")
    assert [each["stage"] for each in answer.json()["items"]] == ["enrolled"], "a day means its end"
    answer = await get(
        client, world, f"/records?session_id={held['id']}&as_of={day(-57)}T00:00:00Z&known_at={day(-50)}T00:00:00Z"
    )
    assert answer.json()["items"] == []


async def test_observers_and_strangers_see_no_record(client: httpx.AsyncClient, world: World) -> None:
    held = await session(client, world)
    made = await record(client, world, held["id"], (await trainee(client, world))["id"])
    for path in ("/records", f"/records/{made['id']}", f"/sessions/{held['id']}/records"):
        assert (await get(client, world, path, by="observer")).status_code == 403
    assert (await get(client, world, f"/records/{made['id']}", by="nobody")).status_code == 404
    assert (await get(client, world, "/records", by="nobody")).json()["items"] == []
    assert (await get(client, world, f"/records/{made['id']}", by="icmpd.morocco")).status_code == 404
    assert (await get(client, world, f"/records/{made['id']}", by="italy.manager")).status_code == 200
    answer = await get(client, world, f"/records?below={world['tn-directorate']}&trainee_id={made['trainee']['id']}")
    assert [each["id"] for each in answer.json()["items"]] == [made["id"]]
