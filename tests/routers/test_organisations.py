"""Organisations over HTTP."""

from __future__ import annotations

import asyncpg
import httpx
import pytest
import uuid_utils.compat as uuids

from app.schemas.organisations import OrganisationOut
from tests.world import World

pytestmark = pytest.mark.anyio
URL = "/api/v1/organisations"
NEW = {"reference": "ORG-NEW", "names": {"en": "New", "fr": "Nouvelle"}, "kinds": ["donor", "implementer", "donor"]}


async def test_create_get_change(client: httpx.AsyncClient, world: World) -> None:
    made = await client.post(URL, json={**NEW, "country": "FR"}, headers=world.headers("root"))
    assert made.status_code == 201
    body = made.json()
    OrganisationOut.model_validate(body)
    assert made.headers["location"] == f"{URL}/{body['id']}"
    assert body == {
        "id": body["id"],
        "reference": "ORG-NEW",
        "label": "New",
        "names": {"en": "New", "fr": "Nouvelle", "it": None, "ar": None},
        "kinds": ["donor", "implementer"],
        "country": "FR",
        "external_id": None,
        "version": 1,
        "created_at": body["created_at"],
        "updated_at": body["created_at"],
    } | {"updated_at": body["updated_at"]}
    read = await client.get(f"{URL}/ORG-NEW", headers=world.headers("tn.focal"))
    assert read.json() == body
    patch = {"names": {"fr": None}, "kinds": ["audit_body"], "country": None}
    changed = await client.patch(f"{URL}/ORG-NEW", json=patch, headers=world.headers("root", If_Match="1"))
    assert changed.status_code == 200
    expected = {"names": {**body["names"], "fr": None}, "kinds": ["audit_body"], "country": None, "version": 2}
    assert changed.json() == body | expected | {"updated_at": changed.json()["updated_at"]}
    history = (await client.get(f"{URL}/ORG-NEW/history", headers=world.headers("root"))).json()["items"]
    assert [each["action"] for each in history] == ["update", "insert"]
    stale = await client.patch(f"{URL}/ORG-NEW", json=patch, headers=world.headers("root", If_Match="1"))
    assert (stale.status_code, stale.json()["current"]) == (412, 2)
    missing = await client.patch(f"{URL}/ORG-NEW", json=patch, headers=world.headers("root"))
    assert missing.status_code == 428


async def test_only_administrators_change_them(client: httpx.AsyncClient, world: World) -> None:
    for account in ("icmpd.manager", "auditor", "tn.focal", "observer"):
        made = await client.post(URL, json=NEW, headers=world.headers(account))
        changed = await client.patch(
            f"{URL}/ORG-ICMPD", json={"country": "AT"}, headers=world.headers(account, If_Match="1")
        )
        assert [(a.status_code, a.json()["scope"]) for a in (made, changed)] == [(403, "organisations:write")] * 2


async def test_a_supplier_stays_one_and_is_not_made_here(client: httpx.AsyncClient, world: World) -> None:
    made = await client.post(URL, json={**NEW, "kinds": ["supplier"]}, headers=world.headers("root"))
    assert (made.status_code, made.json()["errors"][0]["pointer"]) == (422, "/kinds/0")
    changed = await client.patch(
        f"{URL}/ORG-SUPPLIER", json={"kinds": ["implementer"]}, headers=world.headers("root", If_Match="1")
    )
    assert changed.json()["kinds"] == ["implementer", "supplier"]


async def test_a_patch_of_one_member(client: httpx.AsyncClient, owner: asyncpg.Connection, world: World) -> None:
    patch = {"country": "IT", "external_id": "EXT-1"}
    changed = await client.patch(f"{URL}/ORG-ITALY", json=patch, headers=world.headers("root", If_Match="1"))
    assert (changed.json()["country"], changed.json()["external_id"]) == ("IT", "EXT-1")
    logged = await owner.fetchval("SELECT count(*) FROM security_log WHERE subject_id = $1", world["italy"])
    assert logged == 0


async def test_taken_and_unknown(client: httpx.AsyncClient, world: World) -> None:
    taken = await client.post(URL, json={**NEW, "reference": "ORG-ITALY"}, headers=world.headers("root"))
    assert (taken.status_code, taken.json()["code"], taken.json()["pointer"]) == (409, "taken", "/reference")
    unknown = await client.get(f"{URL}/{uuids.uuid7()}", headers=world.headers("root"))
    assert unknown.status_code == 404
    null = await client.patch(f"{URL}/ORG-ITALY", json={"names": None}, headers=world.headers("root", If_Match="1"))
    assert null.status_code == 422


async def test_list_filters(client: httpx.AsyncClient, world: World) -> None:
    found = await client.get(URL, params={"kind": "beneficiary", "sort": "name"}, headers=world.headers("nobody"))
    assert [each["reference"] for each in found.json()["items"]][-2:] == ["ORG-MA-BORDER", "ORG-TN-COAST-GUARD"]
    search = await client.get(URL, params={"q": "italy"}, headers=world.headers("nobody"))
    assert [each["reference"] for each in search.json()["items"]] == ["ORG-ITALY"]
    unknown = await client.get(URL, params={"kind": "club"}, headers=world.headers("nobody"))
    assert unknown.status_code == 422
