"""Qualifications over HTTP: proposed by one, recognised by another, revoked."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.routers.training import day, get, post, trainee
from tests.world import World, ident

pytestmark = pytest.mark.anyio


async def proposed(client: httpx.AsyncClient, world: World, *, by: str = "tn.focal", **more: Any) -> dict[str, Any]:
    person = await trainee(client, world)
    body = {
        "trainee": person["id"],
        "kind": "operator",
        "type": "COM-RADIO",
        "period": {"start": day(-300), "end": day(60)},
        "evidence": "Operator's licence, seen by the head of the unit",
        **more,
    }
    answer = await post(client, world, "/qualifications", body, by=by)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_prior_qualification_is_recognised_by_another(client: httpx.AsyncClient, world: World) -> None:
    made = await proposed(client, world, by="icmpd.training")
    path = f"/qualifications/{made['id']}"
    valid = f"/qualifications?trainee_id={made['trainee']['id']}&valid_on={day(0)}"
    assert (await get(client, world, valid)).json()["items"] == []
    answer = await post(client, world, f"{path}/recognise", {}, version=1)
    assert (answer.status_code, answer.json()["code"]) == (403, "separation_of_duties")
    answer = await post(client, world, f"{path}/recognise", {}, version=1, by="tn.focal")
    assert (answer.status_code, answer.json()["scope"]) == (403, "qualifications:recognise")
    answer = await post(client, world, f"{path}/recognise", {"evidence": "Seen too"}, version=1, by="italy.manager")
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert done == {
        "id": made["id"],
        "trainee": made["trainee"],
        "agency": {"id": str(world["tn-sfax"]), "reference": "AG-TN-SFAX", "label": "Agency tn-sfax"},
        "kind": "operator",
        "model": None,
        "type": {"id": str(world["radio-type"]), "reference": "COM-RADIO", "label": "Portable radio"},
        "period": {"start": day(-300), "end": day(60)},
        "source": "prior",
        "status": "valid",
        "record_id": None,
        "evidence": "Seen too",
        "proposed_by": str(world.accounts["icmpd.training"]),
        "recognised_by": str(world.accounts["italy.manager"]),
        "recorded_at": done["recorded_at"],
        "revoked_on": None,
        "reason": None,
        "version": 2,
        "created_at": made["created_at"],
        "updated_at": done["updated_at"],
    }
    assert (await get(client, world, path)).json() == done
    for query in (
        f"model_id={world['radio']}",
        f"unit_id={world['tn-sfax']}",
        f"expires_before={day(61)}",
        "kind=operator&source=prior&status=valid",
        f"valid_on={day(59)}",
        f"known_at={day(0)}",
    ):
        found = await get(client, world, f"/qualifications?trainee_id={made['trainee']['id']}&{query}")
        assert [each["id"] for each in found.json()["items"]] == [made["id"]], query
    for query in (f"expires_before={day(60)}", f"valid_on={day(60)}", "kind=maintainer"):
        found = await get(client, world, f"/qualifications?trainee_id={made['trainee']['id']}&{query}")
        assert found.json()["items"] == [], query
    assert (await post(client, world, f"{path}/recognise", {}, version=2, by="italy.manager")).status_code == 409


async def test_a_prior_qualification_is_refused(client: httpx.AsyncClient, world: World) -> None:
    made = await proposed(client, world)
    path = f"/qualifications/{made['id']}"
    answer = await post(client, world, f"{path}/refuse", {"reason": "Card 12345678 expired"}, version=1)
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/reason", "identity_number")]
    answer = await post(client, world, f"{path}/refuse", {"reason": "The licence has expired."}, version=1)
    assert (answer.status_code, answer.json()["status"]) == (200, "refused")
    answer = await post(client, world, f"{path}/revoke", {"reason": "No licence."}, version=2)
    assert (answer.status_code, answer.json()["status"]) == (409, 409)
    assert (await get(client, world, f"/qualifications?trainee_id={made['trainee']['id']}&valid_on={day(0)}")).json()[
        "items"
    ] == []


async def test_a_revoked_one_held_until_then(client: httpx.AsyncClient, world: World) -> None:
    made = await proposed(client, world)
    path = f"/qualifications/{made['id']}"
    await post(client, world, f"{path}/recognise", {}, version=1)
    for revoked_on in (day(-301), day(60)):
        answer = await post(client, world, f"{path}/revoke", {"reason": "Over.", "revoked_on": revoked_on}, version=2)
        assert [e["pointer"] for e in answer.json()["errors"]] == ["/revoked_on"]
    assert (await post(client, world, f"{path}/revoke", {"reason": "Over."}, version=1)).status_code == 412
    answer = await post(client, world, f"{path}/revoke", {"reason": "Over.", "revoked_on": day(-5)}, version=2)
    assert (answer.status_code, answer.json()["status"], answer.json()["revoked_on"]) == (200, "revoked", day(-5))
    for on, held in ((day(-6), True), (day(-5), False)):
        found = await get(client, world, f"/qualifications?trainee_id={made['trainee']['id']}&valid_on={on}")
        assert bool(found.json()["items"]) is held


async def test_proposals_that_cannot_be(client: httpx.AsyncClient, world: World) -> None:
    person = await trainee(client, world)
    body = {
        "trainee": person["id"],
        "kind": "operator",
        "model": "MOD-RADIO-1",
        "period": {"start": day(-3)},
        "evidence": "Seen by the head of the unit",
    }
    for change, pointer in (
        ({"type": "COM-RADIO"}, ""),
        ({"model": None}, ""),
        ({"model": "MOD-NONE"}, "/model"),
        ({"trainee": str(ident())}, "/trainee"),
        ({"evidence": "Licence no. 12-345-678"}, "/evidence"),
        ({"period": {"start": day(0), "end": day(-1)}}, "/period"),
        ({"kind": "pilot"}, "/kind"),
    ):
        answer = await post(client, world, "/qualifications", {**body, **change})
        assert answer.status_code == 422, change
        assert [e["pointer"] for e in answer.json()["errors"]] == [pointer], change
    answer = await post(client, world, "/qualifications", body, by="ma.focal")
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/trainee"]
    assert (await post(client, world, "/qualifications", body, by="auditor")).status_code == 403


async def test_out_of_sight(client: httpx.AsyncClient, world: World) -> None:
    made = await proposed(client, world)
    path = f"/qualifications/{made['id']}"
    for by, status in (("ma.focal", 404), ("icmpd.morocco", 404), ("observer", 403), ("tn.focal.sfax", 200)):
        assert (await get(client, world, path, by=by)).status_code == status
    for verb, body in (("recognise", {}), ("refuse", {"reason": "No."}), ("revoke", {"reason": "No."})):
        assert (await post(client, world, f"{path}/{verb}", body, version=1, by="icmpd.morocco")).status_code == 404


async def test_two_who_decide_at_once(client: httpx.AsyncClient, world: World) -> None:
    made = await proposed(client, world)
    path = f"/qualifications/{made['id']}"
    answers = await asyncio.gather(
        post(client, world, f"{path}/recognise", {}, version=1),
        post(client, world, f"{path}/refuse", {"reason": "Not enough."}, version=1, by="italy.manager"),
    )
    assert sorted(each.status_code for each in answers) in ([200, 409], [200, 412])
