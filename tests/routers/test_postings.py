"""Postings over HTTP: one unit at a time, sites of that unit only, moves between units."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.routers.training import day, get, patch, post, trainee
from tests.world import World, ident

pytestmark = pytest.mark.anyio


async def test_a_posting_and_its_bounds(client: httpx.AsyncClient, world: World) -> None:
    person = await trainee(client, world, posting=None)
    body = {
        "trainee": person["id"],
        "unit": "AG-TN-SFAX",
        "site": "SITE-TN-SFAX",
        "period": {"start": day(-100), "end": day(-50)},
    }
    answer = await post(client, world, "/postings", body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made == {
        "id": made["id"],
        "trainee": {"id": person["id"], "reference": person["id"], "label": person["label"]},
        "unit": {"id": str(world["tn-sfax"]), "reference": "AG-TN-SFAX", "label": "Agency tn-sfax"},
        "site": {"id": str(world["site-tn-sfax"]), "reference": "SITE-TN-SFAX", "label": "Port of tn-sfax"},
        "period": {"start": day(-100), "end": day(-50)},
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    assert (await get(client, world, f"/postings/{made['id']}")).json() == made
    mine = f"/postings?trainee_id={person['id']}"
    found = await get(client, world, f"{mine}&on={day(-51)}&below={world['tn-directorate']}")
    assert found.json()["items"] == [made]
    assert (await get(client, world, f"{mine}&on={day(-50)}")).json()["items"] == []
    answer = await post(client, world, "/postings", {**body, "period": {"start": day(-51)}})
    assert (answer.status_code, answer.json()["pointer"]) == (409, "/period")
    answer = await post(client, world, "/postings", {**body, "period": {"start": day(-50)}})
    assert answer.status_code == 201
    for change, pointer in (
        ({"period": {"start": day(-10), "end": day(-10)}}, "/period"),
        ({"unit": "AG-TN-DIRECTORATE"}, "/unit"),
        ({"site": "SITE-TN-ZARZIS"}, "/site"),
        ({"trainee": str(ident())}, "/trainee"),
        ({"unit": "AG-MA-NADOR", "site": None}, "/unit"),
    ):
        answer = await post(client, world, "/postings", {**body, **change})
        assert answer.status_code == 422, change
        assert [e["pointer"] for e in answer.json()["errors"]] == [pointer]


async def test_a_posting_ends_and_changes_site(client: httpx.AsyncClient, world: World) -> None:
    person = await trainee(client, world)
    path = f"/postings/{person['posting']['id']}"
    answer = await patch(client, world, path, {"site": None, "period": {"end": day(-2)}}, version=1)
    assert (answer.status_code, answer.json()["site"], answer.json()["version"]) == (200, None, 2)
    assert answer.json()["period"] == {"start": day(-400), "end": day(-2)}
    answer = await patch(client, world, path, {"period": {"start": day(-2)}}, version=2)
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/period/end", "empty_period")]
    answer = await patch(client, world, path, {"site": "SITE-TN-ZARZIS"}, version=2)
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/site"]
    assert (await patch(client, world, path, {"site": None}, version=1)).status_code == 412
    for by in ("icmpd.morocco", "ma.focal"):
        assert (await get(client, world, path, by=by)).status_code == 404
    assert (await patch(client, world, path, {"site": None}, version=2, by="icmpd.morocco")).status_code == 404
    assert (await get(client, world, f"/trainees/{person['id']}")).json()["posting"] is None


async def test_a_move_takes_the_person_to_the_new_unit(client: httpx.AsyncClient, world: World) -> None:
    person = await trainee(client, world)
    path = f"/postings/{person['posting']['id']}"
    assert (await get(client, world, path, by="tn.focal.sfax")).status_code == 200
    body = {"unit": "AG-TN-ZARZIS", "site": "SITE-TN-ZARZIS", "on": day(-3)}
    answer = await post(client, world, f"{path}/move", {**body, "on": day(-400)}, version=1)
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/on", "outside_of_posting")]
    answer = await post(client, world, f"{path}/move", body, version=1)
    assert answer.status_code == 201, answer.text
    assert answer.json()["period"] == {"start": day(-3), "end": None}
    assert answer.json()["unit"]["reference"] == "AG-TN-ZARZIS"
    before = (await get(client, world, path)).json()
    assert (before["period"]["end"], before["version"]) == (day(-3), 2)
    moved = (await get(client, world, f"/trainees/{person['id']}")).json()
    assert (moved["agency"]["reference"], moved["posting"]["unit"]["reference"]) == ("AG-TN-ZARZIS", "AG-TN-ZARZIS")
    assert (await get(client, world, f"/trainees/{person['id']}", by="tn.focal.sfax")).status_code == 404
    answer = await post(client, world, f"/trainees/{person['id']}/identity", {"purpose": "Attendance sheet"})
    assert answer.status_code == 200


async def test_two_who_post_one_person_at_once(client: httpx.AsyncClient, world: World) -> None:
    person = await trainee(client, world, posting=None)
    bodies = [
        {"trainee": person["id"], "unit": unit, "period": {"start": day(0)}} for unit in ("AG-TN-SFAX", "AG-TN-ZARZIS")
    ]
    answers = await asyncio.gather(*(post(client, world, "/postings", body) for body in bodies))
    assert sorted(each.status_code for each in answers) == [201, 409]
