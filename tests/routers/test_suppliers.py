"""Suppliers, and the organisations that they are, over HTTP."""

from __future__ import annotations

import uuid

import asyncpg
import httpx
import pytest

from tests.world import World

pytestmark = pytest.mark.anyio

SUPPLIERS = "/api/v1/suppliers"


async def organisation(owner: asyncpg.Connection, ident: str) -> dict[str, object]:
    row = await owner.fetchrow(
        "SELECT reference, kinds, name_en, name_fr, country, version FROM organisations WHERE id = $1", uuid.UUID(ident)
    )
    return dict(row) if row else {}


async def test_a_supplier_and_its_organisation_come_and_change_together(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    sent = {"reference": "SUP-9", "names": {"en": "Synthetic Marine"}, "country": "IT", "external_id": "erp-9"}
    made = await client.post(SUPPLIERS, json=sent, headers=world.headers("icmpd.procurement"))
    assert made.status_code == 201, made.text
    body = made.json()
    assert body == {
        "id": body["id"],
        "reference": "SUP-9",
        "label": "Synthetic Marine",
        "names": {"en": "Synthetic Marine", "fr": None, "it": None, "ar": None},
        "country": "IT",
        "active": True,
        "external_id": "erp-9",
        "version": 1,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
    }
    kept = {
        "reference": "SUP-9",
        "kinds": ["supplier"],
        "name_en": "Synthetic Marine",
        "name_fr": None,
        "country": "IT",
        "version": 1,
    }
    assert await organisation(owner, body["id"]) == kept
    changed = await client.patch(
        f"{SUPPLIERS}/SUP-9",
        json={"names": {"fr": "Marine synthétique"}, "country": None},
        headers=world.headers("icmpd.manager", If_Match="1"),
    )
    assert changed.json() == {
        **body,
        "names": {**body["names"], "fr": "Marine synthétique"},
        "country": None,
        "version": 2,
        "updated_at": changed.json()["updated_at"],
    }
    followed = {**kept, "name_fr": "Marine synthétique", "country": None, "version": 2}
    assert await organisation(owner, body["id"]) == followed
    closed = await client.patch(
        f"{SUPPLIERS}/SUP-9", json={"active": False}, headers=world.headers("icmpd.manager", If_Match="2")
    )
    assert closed.json()["active"] is False
    assert await organisation(owner, body["id"]) == followed
    assert (await client.get(f"{SUPPLIERS}?active=false", headers=world.headers("tn.focal"))).json()["items"] == [
        closed.json()
    ]


async def test_an_organisation_of_other_kinds_too_keeps_its_own_name(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    await owner.execute("UPDATE organisations SET kinds = '{supplier,donor}' WHERE id = $1", world["supplier"])
    changed = await client.patch(
        f"{SUPPLIERS}/SUP-1", json={"names": {"en": "Renamed"}}, headers=world.headers("icmpd.manager", If_Match="1")
    )
    assert changed.json()["label"] == "Renamed"
    assert (await organisation(owner, str(world["supplier"])))["name_en"] == "Organisation supplier"


async def test_refusals_leave_nothing_behind(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    before = await owner.fetchval("SELECT count(*) FROM organisations")
    for sent, account, status in (
        ({"reference": "ORG-ICMPD", "names": {"en": "Twin"}}, "icmpd.manager", 409),
        ({"reference": "SUP-1", "names": {"en": "Twin"}}, "icmpd.manager", 409),
        ({"id": str(world["italy"]), "reference": "SUP-8", "names": {"en": "Twin"}}, "icmpd.manager", 409),
        ({"reference": "SUP-8", "names": {"en": "Twin"}}, "icmpd.logistics", 403),
        ({"reference": "SUP-8", "names": {"en": "Twin"}, "kinds": ["donor"]}, "icmpd.manager", 422),
        ({"reference": "SUP-8", "names": {"en": "Twin"}, "country": "Italy"}, "icmpd.manager", 422),
    ):
        answer = await client.post(SUPPLIERS, json=sent, headers=world.headers(account))
        assert answer.status_code == status, answer.text
    assert await owner.fetchval("SELECT count(*) FROM organisations") == before
    stale = await client.patch(f"{SUPPLIERS}/SUP-1", json={}, headers=world.headers("icmpd.manager", If_Match="99"))
    assert stale.status_code == 412
    assert (await client.get(f"{SUPPLIERS}/SUP-8", headers=world.headers("icmpd.manager"))).status_code == 404
