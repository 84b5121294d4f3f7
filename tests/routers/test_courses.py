"""Courses and their editions over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.world import World

pytestmark = pytest.mark.anyio

COURSES = "/api/v1/courses"
TRAINING = "icmpd.training"


def new_course(reference: str, **more: Any) -> dict[str, Any]:
    return {
        "reference": reference,
        "names": {"en": "Operating radios", "fr": "Utiliser les radios"},
        "kind": "operation",
        "languages": ["fr", "ar"],
        **more,
    }


async def create(client: httpx.AsyncClient, world: World, reference: str, **more: Any) -> dict[str, Any]:
    answer = await client.post(COURSES, json=new_course(reference, **more), headers=world.headers(TRAINING))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_course_says_what_it_covers_takes_and_gives(client: httpx.AsyncClient, world: World) -> None:
    body = await create(
        client,
        world,
        "CRS-1",
        covers=[{"type": "COM-RADIO"}, {"model": "MOD-RADIO-1"}],
        hours_theory=12,
        hours_practice=10,
        hours_rights=2,
        pass_mark=70,
        minimum_attendance=90,
        practical_required=True,
        validity_months=24,
        sqf_level=4,
        external_id="lms-1",
    )
    assert body == {
        "id": body["id"],
        "reference": "CRS-1",
        "edition": 1,
        "label": "Operating radios",
        "names": {"en": "Operating radios", "fr": "Utiliser les radios", "it": None, "ar": None},
        "kind": "operation",
        "covers": [
            {"kind": "type", "id": str(world["radio-type"]), "reference": "COM-RADIO", "label": "Portable radio"},
            {"kind": "model", "id": str(world["radio"]), "reference": "MOD-RADIO-1", "label": "Radio One"},
        ],
        "hours_theory": 12,
        "hours_practice": 10,
        "hours_rights": 2,
        "pass_mark": 70,
        "minimum_attendance": 90,
        "practical_required": True,
        "rights_required": True,
        "validity_months": 24,
        "sqf_level": 4,
        "languages": ["fr", "ar"],
        "active": True,
        "external_id": "lms-1",
        "version": 1,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
    }
    read = await client.get(f"{COURSES}/CRS-1", headers=world.headers("tn.focal"))
    assert read.json() == body
    model, kind = str(world["radio"]), str(world["radio-type"])
    for query in (f"model_id={model}&q=crs-1", f"type_id={kind}&q=crs-1", "external_id=lms-1", "reference=CRS-1"):
        found = (await client.get(f"{COURSES}?{query}", headers=world.headers("observer"))).json()["items"]
        assert [item["id"] for item in found] == [body["id"]], query


async def test_a_new_edition_is_a_new_row_and_the_reference_means_the_last(
    client: httpx.AsyncClient, world: World
) -> None:
    first = await create(client, world, "CRS-2", covers=[{"model": "MOD-RADIO-1"}], hours_theory=12, validity_months=24)
    added = await client.post(
        f"{COURSES}/CRS-2/editions",
        json={"hours_theory": 14, "validity_months": None, "names": {"it": "Usare le radio"}},
        headers=world.headers(TRAINING),
    )
    assert added.status_code == 201, added.text
    second = added.json()
    assert added.headers["location"] == f"{COURSES}/{second['id']}"
    assert second == {
        **first,
        "id": second["id"],
        "edition": 2,
        "names": {**first["names"], "it": "Usare le radio"},
        "hours_theory": 14,
        "validity_months": None,
        "created_at": second["created_at"],
        "updated_at": second["updated_at"],
    }
    third = await client.post(
        f"{COURSES}/{first['id']}/editions", json={"covers": [{"type": "COM-RADIO"}]}, headers=world.headers(TRAINING)
    )
    assert third.json()["edition"] == 3
    assert third.json()["hours_theory"] == 14
    assert [cover["reference"] for cover in third.json()["covers"]] == ["COM-RADIO"]
    by_reference = await client.get(f"{COURSES}/CRS-2", headers=world.headers(TRAINING))
    assert by_reference.json()["edition"] == 3
    by_id = await client.get(f"{COURSES}/{first['id']}", headers=world.headers(TRAINING))
    assert by_id.json() == first
    listed = (await client.get(f"{COURSES}?reference=CRS-2&sort=created_at", headers=world.headers(TRAINING))).json()
    assert [item["edition"] for item in listed["items"]] == [1, 2, 3]


async def test_of_two_new_editions_at_once_each_is_one(client: httpx.AsyncClient, world: World) -> None:
    await create(client, world, "CRS-3")
    answers = await asyncio.gather(
        *(
            client.post(f"{COURSES}/CRS-3/editions", json={"pass_mark": mark}, headers=world.headers(TRAINING))
            for mark in (61, 62, 63)
        )
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    editions = (await client.get(f"{COURSES}?reference=CRS-3&total=exact", headers=world.headers(TRAINING))).json()
    assert editions["page"]["total"] == 1 + sum(answer.status_code == 201 for answer in answers)
    assert sorted(item["edition"] for item in editions["items"]) == list(range(1, editions["page"]["total"] + 1))


async def test_a_patch_changes_words_and_whether_it_is_given_but_not_what_it_is(
    client: httpx.AsyncClient, world: World
) -> None:
    made = await create(client, world, "CRS-4")
    changed = await client.patch(
        f"{COURSES}/CRS-4",
        json={"active": False, "languages": ["it"], "external_id": "x", "names": {"ar": "تشغيل"}},
        headers=world.headers(TRAINING, If_Match="1"),
    )
    assert changed.json() == {
        **made,
        "active": False,
        "names": {**made["names"], "ar": "تشغيل"},
        "languages": ["it"],
        "external_id": "x",
        "version": 2,
        "updated_at": changed.json()["updated_at"],
    }
    for member, value in (("pass_mark", 10), ("covers", []), ("kind", "rights"), ("validity_months", 1)):
        refused = await client.patch(
            f"{COURSES}/CRS-4", json={member: value}, headers=world.headers(TRAINING, If_Match="2")
        )
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"/{member}")
    stale = await client.patch(f"{COURSES}/CRS-4", json={}, headers=world.headers(TRAINING, If_Match="1"))
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"covers": [{}]}, [("/covers/0", "value_error")]),
        ({"covers": [{"model": "MOD-RADIO-1", "type": "COM-RADIO"}]}, [("/covers/0", "value_error")]),
        ({"covers": [{"type": "COM-RADIO"}, {"type": "NO-SUCH"}]}, [("/covers/1/type", "reference_unknown")]),
        ({"covers": [{"model": "MOD-RADIO-1"}] * 2}, [("/covers/1", "repeated")]),
        ({"pass_mark": 101}, [("/pass_mark", "less_than_equal")]),
        ({"languages": []}, [("/languages", "too_short")]),
        ({"languages": ["de"]}, [("/languages/0", "literal_error")]),
        ({"sqf_level": 9}, [("/sqf_level", "less_than_equal")]),
        ({"validity_months": 0}, [("/validity_months", "greater_than_equal")]),
    ],
)
async def test_what_cannot_be_is_refused_and_leaves_nothing(
    client: httpx.AsyncClient, world: World, more: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    answer = await client.post(COURSES, json=new_course("CRS-BAD", **more), headers=world.headers(TRAINING))
    assert answer.status_code == 422, answer.text
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == expected
    assert (await client.get(f"{COURSES}/CRS-BAD", headers=world.headers(TRAINING))).status_code == 404


async def test_refusals(client: httpx.AsyncClient, world: World) -> None:
    taken = await client.post(COURSES, json=new_course("CRS-RADIO-OP"), headers=world.headers(TRAINING))
    assert (taken.status_code, taken.json()["pointer"]) == (409, "/reference")
    refused = await client.post(COURSES, json=new_course("CRS-5"), headers=world.headers("tn.focal"))
    assert (refused.status_code, refused.json()["scope"]) == (403, "catalogue:write")
    refused = await client.post(f"{COURSES}/CRS-RADIO-OP/editions", json={}, headers=world.headers("auditor"))
    assert refused.status_code == 403
    missing = await client.post(f"{COURSES}/NO-SUCH/editions", json={}, headers=world.headers(TRAINING))
    assert missing.status_code == 404
