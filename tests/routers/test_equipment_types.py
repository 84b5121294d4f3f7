"""Equipment types over HTTP."""

from __future__ import annotations

import typing
from typing import Any

import httpx
import pytest

from app.db.models.catalogue import DOMAINS
from app.schemas.equipment_types import EquipmentDomain
from tests.world import World

pytestmark = pytest.mark.anyio

TYPES = "/api/v1/equipment-types"
TRAILER: dict[str, Any] = {
    "reference": "VEH-TRAILER",
    "names": {"en": "Trailer", "fr": "Remorque", "it": "Rimorchio", "ar": "مقطورة"},
    "domain": "transport",
    "cpv": "34223300-9",
    "hs": "8716.39",
}


def test_the_contract_and_the_database_know_the_same_domains() -> None:
    assert typing.get_args(EquipmentDomain) == DOMAINS


async def test_a_type_is_made_read_changed_and_found(client: httpx.AsyncClient, world: World) -> None:
    made = await client.post(TYPES, json=TRAILER, headers=world.headers("icmpd.procurement"))
    assert made.status_code == 201, made.text
    body = made.json()
    assert body == {
        "id": body["id"],
        **TRAILER,
        "label": "Trailer",
        "controlled_hint": None,
        "version": 1,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
    }
    assert made.headers["location"] == f"{TYPES}/{body['id']}"
    read = await client.get(f"{TYPES}/VEH-TRAILER", headers=world.headers("tn.focal"))
    assert read.content == made.content
    changed = await client.patch(
        f"{TYPES}/VEH-TRAILER",
        json={"hs": None, "controlled_hint": "ML6: to be checked", "domain": "mobility"},
        headers=world.headers("icmpd.training", If_Match="1"),
    )
    assert changed.json() == {
        **body,
        "hs": None,
        "controlled_hint": "ML6: to be checked",
        "domain": "mobility",
        "version": 2,
        "updated_at": changed.json()["updated_at"],
    }
    for query in ("domain=mobility,security&q=remorque", "cpv=34223300-9", "q=veh-tr", "q=مقطورة"):
        found = (await client.get(f"{TYPES}?{query}", headers=world.headers("observer"))).json()
        assert [item["id"] for item in found["items"]] == [body["id"]], query
    renamed = await client.patch(
        f"{TYPES}/VEH-TRAILER", json={"names": {"fr": None}}, headers=world.headers("icmpd.manager", If_Match="2")
    )
    assert renamed.json()["names"] == {**TRAILER["names"], "fr": None}
    history = (await client.get(f"{TYPES}/VEH-TRAILER/history", headers=world.headers("nobody"))).json()["items"]
    assert [(entry["action"], entry["version"]) for entry in history] == [
        ("update", 3),
        ("update", 2),
        ("insert", 1),
    ]
    assert history[0]["changed"] == {"name_fr": None}
    assert history[1]["changed"] == {"hs": None, "controlled_hint": "ML6: to be checked", "domain": "mobility"}


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"cpv": "34223300"}, "/cpv"),
        ({"cpv": "٣٤٢٢٣٣٠٠-٩"}, "/cpv"),
        ({"hs": "87"}, "/hs"),
        ({"domain": "cooking"}, "/domain"),
        ({"names": {"en": " "}}, "/names/en"),
        ({"names": {"en": "x", "de": "y"}}, "/names/de"),
    ],
)
async def test_what_cannot_be_is_refused(
    client: httpx.AsyncClient, world: World, more: dict[str, Any], pointer: str
) -> None:
    answer = await client.post(TYPES, json={**TRAILER, **more}, headers=world.headers("icmpd.manager"))
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


async def test_refusals(client: httpx.AsyncClient, world: World) -> None:
    taken = await client.post(TYPES, json={**TRAILER, "reference": "COM-RADIO"}, headers=world.headers("icmpd.manager"))
    assert (taken.status_code, taken.json()["pointer"]) == (409, "/reference")
    refused = await client.post(TYPES, json=TRAILER, headers=world.headers("icmpd.logistics"))
    assert (refused.status_code, refused.json()["scope"]) == (403, "catalogue:write")
    assert (await client.get(f"{TYPES}/NO-SUCH", headers=world.headers("icmpd.manager"))).status_code == 404
    path = f"{TYPES}/COM-RADIO"
    assert (await client.patch(path, json={}, headers=world.headers("icmpd.manager"))).status_code == 428
    stale = await client.patch(path, json={}, headers=world.headers("icmpd.manager", If_Match="9"))
    assert (stale.status_code, stale.json()["current"]) == (412, 1)
