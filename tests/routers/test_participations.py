"""Participations over HTTP: they decide which trees a component's people see."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.world import World

pytestmark = pytest.mark.anyio

PARTICIPATIONS = "/api/v1/participations"


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


async def add(client: httpx.AsyncClient, world: World, agency: str, account: str, **more: Any) -> httpx.Response:
    sent = {"component": "BMP-TN", "agency": agency, "period": {"start": "2020-01-01T00:00:00Z"}, **more}
    return await client.post(PARTICIPATIONS, json=sent, headers=world.headers(account))


async def new_top(client: httpx.AsyncClient, world: World, reference: str, **more: Any) -> str:
    sent = {
        "reference": reference,
        "names": {"en": "Customs"},
        "organisation": "ORG-TN-COAST-GUARD",
        "country": "TN",
        **more,
    }
    answer = await client.post("/api/v1/agencies", json=sent, headers=world.headers("root"))
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


async def test_from_its_beginning_to_its_end_the_tree_is_seen(client: httpx.AsyncClient, world: World) -> None:
    agency = await new_top(client, world, "AG-TN-CUSTOMS")
    path = f"/api/v1/agencies/{agency}"
    assert (await client.get(path, headers=world.headers("italy.manager"))).status_code == 404
    made = await add(client, world, "AG-TN-CUSTOMS", "root", period={"start": "2020-01-01T01:00:00+01:00"})
    assert made.status_code == 201, made.text
    body = made.json()
    assert body == {
        "id": body["id"],
        "component": {"id": str(world["tunisia"]), "reference": "BMP-TN", "label": "Tunisia"},
        "agency": {"id": agency, "reference": "AG-TN-CUSTOMS", "label": "Customs"},
        "period": {"start": "2020-01-01T00:00:00.000000Z", "end": None},
        "version": 1,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
    }
    assert (await client.get(path, headers=world.headers("italy.manager"))).status_code == 200
    ended = await client.patch(
        f"{PARTICIPATIONS}/{body['id']}",
        json={"period": {"end": "2021-01-01T00:00:00Z"}},
        headers=world.headers("italy.manager", If_Match="1"),
    )
    assert ended.json() == {
        **body,
        "period": {"start": "2020-01-01T00:00:00.000000Z", "end": "2021-01-01T00:00:00.000000Z"},
        "version": 2,
        "updated_at": ended.json()["updated_at"],
    }
    assert (await client.get(path, headers=world.headers("italy.manager"))).status_code == 404
    listed = await client.get(
        f"{PARTICIPATIONS}?agency_id={agency}&running_at=2020-06-01T00:00:00Z", headers=world.headers("root")
    )
    assert [item["id"] for item in listed.json()["items"]] == [body["id"]]
    late = await client.get(
        f"{PARTICIPATIONS}?agency_id={agency}&running_at=2021-01-01T00:00:00Z", headers=world.headers("root")
    )
    assert late.json()["items"] == []
    history = await client.get(f"{PARTICIPATIONS}/{body['id']}/history", headers=world.headers("root"))
    assert [entry["changed"] for entry in history.json()["items"]] == [
        {"ends_at": "2021-01-01T00:00:00.000000Z"},
        {
            "component_id": str(world["tunisia"]),
            "agency_id": agency,
            "starts_at": "2020-01-01T00:00:00.000000Z",
            "ends_at": None,
        },
    ]


async def test_an_agency_takes_part_once_at_a_time(client: httpx.AsyncClient, world: World) -> None:
    await new_top(client, world, "AG-TN-ONCE")
    answers = await asyncio.gather(*(add(client, world, "AG-TN-ONCE", "root") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    twice = await add(client, world, "AG-TN-ONCE", "root", period={"start": "2030-01-01T00:00:00Z"})
    assert (twice.status_code, twice.json()["pointer"]) == (409, "/period")
    earlier = {"start": "2019-01-01T00:00:00Z", "end": "2020-01-01T00:00:00Z"}
    assert (await add(client, world, "AG-TN-ONCE", "root", period=earlier)).status_code == 201


@pytest.mark.parametrize(
    ("account", "more", "status", "expected"),
    [
        ("italy.manager", {"component": "BMP-MA"}, 422, [("/component", "reference_unknown")]),
        ("italy.manager", {"agency": "AG-MA-NADOR"}, 422, [("/agency", "reference_unknown")]),
        ("icmpd.manager", {"agency": "AG-MA-NADOR"}, 422, [("/agency", "other_country")]),
        ("root", {"period": {"start": "2020-01-01T00:00:00Z", "end": "2020-01-01T00:00:00Z"}}, 422,
         [("/period", "value_error")]),
        ("root", {"period": {"start": "2020-01-01T00:00:00"}}, 422, [("/period/start", "value_error")]),
        ("root", {"period": {"end": "2020-01-01T00:00:00Z"}}, 422, [("/period/start", "missing")]),
        ("tn.focal", {}, 403, None),
        ("observer", {}, 403, None),
    ],
)  # fmt: skip
async def test_who_may_not_and_what_cannot_be(
    client: httpx.AsyncClient, world: World, account: str, more: dict[str, Any], status: int, expected: Any
) -> None:
    answer = await add(client, world, more.pop("agency", "AG-TN-SFAX"), account, **more)
    assert answer.status_code == status, answer.text
    if expected:
        assert faults(answer) == expected


async def test_a_patch_leaves_no_empty_period(client: httpx.AsyncClient, world: World) -> None:
    made = (await add(client, world, "AG-TN-ZARZIS", "italy.manager")).json()
    path = f"{PARTICIPATIONS}/{made['id']}"
    empty = await client.patch(
        path, json={"period": {"end": "2019-01-01T00:00:00Z"}}, headers=world.headers("italy.manager", If_Match="1")
    )
    assert (empty.status_code, faults(empty)) == (422, [("/period/end", "period_empty")])
    null = await client.patch(
        path, json={"period": {"start": None}}, headers=world.headers("italy.manager", If_Match="1")
    )
    assert null.status_code == 422
    assert (await client.patch(path, json={}, headers=world.headers("italy.manager"))).status_code == 428
    hidden = await client.patch(path, json={}, headers=world.headers("icmpd.morocco", If_Match="1"))
    assert hidden.status_code == 404
    by_name = await client.get(f"{PARTICIPATIONS}/BMP-TN", headers=world.headers("root"))
    assert by_name.status_code == 404
    search = await client.get(f"{PARTICIPATIONS}?q=customs", headers=world.headers("root"))
    assert (search.status_code, faults(search)) == (422, [("/q", "unknown_parameter")])
