"""Delegations over HTTP: what they give, and that it ends with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
import uuid_utils.compat as uuids

from app.main import create_app
from app.schemas.delegations import DelegationOut
from tests.conftest import running
from tests.world import World

pytestmark = pytest.mark.anyio
URL = "/api/v1/delegations"
SINCE_2018 = {"start": "2018-08-01T00:00:00Z"}


async def delegate(client: httpx.AsyncClient, world: World, **more: Any) -> dict[str, Any]:
    body = {"organisation": "ORG-STRANGER", "component": "BMP-TN", "power": "observe", "period": SINCE_2018, **more}
    answer = await client.post(URL, json=body, headers=world.headers("root"))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    DelegationOut.model_validate(made)
    return made


async def components(client: httpx.AsyncClient, world: World, account: str) -> dict[str, str]:
    me = (await client.get("/api/v1/me", headers=world.headers(account))).json()
    return {each["reference"]: each["power"] for each in me["components"]}


async def end(client: httpx.AsyncClient, world: World, made: dict[str, Any], **body: Any) -> httpx.Response:
    headers = world.headers("root", If_Match=str(made["version"]))
    return await client.post(f"{URL}/{made['id']}/end", json=body, headers=headers)


async def test_access_comes_and_goes_with_it(client: httpx.AsyncClient, world: World) -> None:
    assert await components(client, world, "nobody") == {}
    made = await delegate(client, world)
    assert made == {
        "id": made["id"],
        "organisation": {"id": str(world["stranger"]), "reference": "ORG-STRANGER", "label": "Organisation stranger"},
        "programme": {"id": str(world["programme"]), "reference": "BMP", "label": "Synthetic programme"},
        "component": {"id": str(world["tunisia"]), "reference": "BMP-TN", "label": "Tunisia"},
        "power": "observe",
        "period": {"start": "2018-08-01T00:00:00.000000Z", "end": None},
        "running": True,
        "reason": None,
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    assert await components(client, world, "nobody") == {"BMP-TN": "observe"}
    site = "/api/v1/sites/SITE-TN-SFAX"
    assert (await client.get(site, headers=world.headers("nobody"))).status_code == 200
    ended = await end(client, world, made, reason="Over")
    assert ended.status_code == 200
    assert (ended.json()["running"], ended.json()["reason"], ended.json()["version"]) == (False, "Over", 2)
    assert await components(client, world, "nobody") == {}
    assert (await client.get(site, headers=world.headers("nobody"))).status_code == 404
    again = await end(client, world, ended.json())
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_rights_that_are_remembered_end_with_the_delegation(
    settings: Any, owner: asyncpg.Connection, world: World
) -> None:
    """The cache of a worker never outlives the end that it knows of, and a change in the process empties it."""
    async with running(create_app(settings.model_copy(update={"rights_cache_seconds": 20}))) as client:
        token = world.headers("nobody")
        made = await delegate(client, world)
        me = (await client.get("/api/v1/me", headers=token)).json()
        assert [each["reference"] for each in me["components"]] == ["BMP-TN"]
        assert (await end(client, world, made)).status_code == 200
        assert (await client.get("/api/v1/me", headers=token)).json()["components"] == []


async def test_whole_programme_and_manage(client: httpx.AsyncClient, world: World) -> None:
    made = await delegate(client, world, component=None, programme="BMP", power="manage")
    assert made["component"] is None
    assert await components(client, world, "nobody") == {"BMP-MA": "manage", "BMP-TN": "manage"}
    await end(client, world, made)


async def test_one_that_has_not_begun_never_will(client: httpx.AsyncClient, world: World) -> None:
    start = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    made = await delegate(client, world, period={"start": start})
    assert made["running"] is False
    assert await components(client, world, "nobody") == {}
    ended = (await end(client, world, made)).json()
    assert ended["period"]["end"] == ended["period"]["start"]


async def test_an_end_to_come(client: httpx.AsyncClient, world: World) -> None:
    made = await delegate(client, world)
    past = await end(client, world, made, ends_at="2020-01-01T00:00:00Z")
    assert (past.status_code, past.json()["errors"][0]["pointer"]) == (422, "/ends_at")
    later = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    ended = await end(client, world, made, ends_at=later.isoformat())
    assert ended.json()["running"] is True
    assert ended.json()["period"]["end"] == later.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    sooner = await end(client, world, ended.json())
    assert sooner.json()["running"] is False


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"organisation": "ORG-NOWHERE"}, "/organisation"),
        ({"component": "BMP-XX"}, "/component"),
        ({"component": None}, ""),
        ({"programme": "NONE"}, "/programme"),
        ({"period": {"start": "2024-01-01T00:00:00Z", "end": "2024-01-01T00:00:00Z"}}, "/period"),
        ({"period": {"start": "2024-01-01T00:00:00"}}, "/period/start"),
        ({"power": "own"}, "/power"),
        ({"surprise": 1}, "/surprise"),
    ],
)
async def test_wrong_content(client: httpx.AsyncClient, world: World, more: dict[str, Any], pointer: str) -> None:
    body = {"organisation": "ORG-STRANGER", "component": "BMP-TN", "power": "observe", "period": SINCE_2018, **more}
    answer = await client.post(URL, json=body, headers=world.headers("root"))
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, [pointer])


async def test_component_of_another_programme(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    other = uuids.uuid7()
    await owner.execute(
        "INSERT INTO programmes (id, reference, status, name_en) VALUES ($1, 'OTHER', 'running', 'Other')", other
    )
    body = {"organisation": "ORG-ITALY", "programme": "OTHER", "component": "BMP-TN", "power": "observe"}
    answer = await client.post(URL, json={**body, "period": SINCE_2018}, headers=world.headers("root"))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "other_programme")


async def test_change_and_who_may(client: httpx.AsyncClient, world: World) -> None:
    made = await delegate(client, world)
    url = f"{URL}/{made['id']}"
    changed = await client.patch(url, json={"reason": "Agreed"}, headers=world.headers("root", If_Match="1"))
    assert (changed.status_code, changed.json()["reason"], changed.json()["version"]) == (200, "Agreed", 2)
    power = await client.patch(url, json={"power": "manage"}, headers=world.headers("root", If_Match="2"))
    assert power.status_code == 422
    for account in ("icmpd.manager", "italy.manager", "auditor"):
        headers = world.headers(account, If_Match="2")
        assert (await client.patch(url, json={"reason": "x"}, headers=headers)).status_code == 403
        assert (await client.post(f"{url}/end", json={}, headers=headers)).status_code == 403
        assert (await client.post(URL, json={}, headers=world.headers(account))).status_code == 403
    stale = await client.post(f"{url}/end", json={}, headers=world.headers("root", If_Match="1"))
    assert (stale.status_code, stale.json()["current"]) == (412, 2)
    await end(client, world, changed.json())


async def test_list_is_what_one_may_see(client: httpx.AsyncClient, world: World) -> None:
    async def listed(account: str, **filters: Any) -> set[tuple[str, str]]:
        answer = await client.get(URL, params={"running": "true", **filters}, headers=world.headers(account))
        return {(each["organisation"]["reference"], each["component"]["reference"]) for each in answer.json()["items"]}

    tunisia = {("ORG-ICMPD", "BMP-TN"), ("ORG-ITALY", "BMP-TN"), ("ORG-EU", "BMP-TN"), ("ORG-COURT", "BMP-TN")}
    morocco = {("ORG-ICMPD", "BMP-MA"), ("ORG-EU", "BMP-MA"), ("ORG-COURT", "BMP-MA")}
    assert await listed("italy.manager") == tunisia
    assert await listed("root") == tunisia | morocco
    assert await listed("root", power="manage", component_id=str(world["morocco"])) == {("ORG-ICMPD", "BMP-MA")}
    assert await listed("nobody") == set()
    assert await listed("root", organisation_id=str(world["italy"])) == {("ORG-ITALY", "BMP-TN")}
