"""The examples of the register work when pasted (API 18): against the seed and the few names of the demo they use."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx
import pytest
import uuid_utils.compat as uuids
from fastapi import FastAPI

from app.services import seeding
from tests.world import World

pytestmark = pytest.mark.anyio

#: resource → who adds and changes one
RESOURCES = {
    "programmes": "root",
    "components": "root",
    "agencies": "icmpd.manager",
    "participations": "icmpd.manager",
    "sites": "icmpd.manager",
    "suppliers": "icmpd.manager",
    "equipment-types": "icmpd.manager",
    "equipment-models": "icmpd.manager",
    "courses": "icmpd.training",
    "support-arrangements": "icmpd.manager",
}


@pytest.fixture
async def seeded(owner: asyncpg.Connection, client: httpx.AsyncClient, world: World) -> None:
    """The seed in place of the synthetic world, managed by the world's ICMPD, with the demo's units and radio."""
    if not await owner.fetchval("SELECT count(*) FROM programmes WHERE reference = $1", seeding.PROGRAMME):
        for table in ("organisations", "components", "agencies", "equipment_types", "programmes"):
            await owner.execute(f"UPDATE {table} SET reference = 'W-' || reference")
        await seeding.seed(owner)
        await owner.execute(
            "INSERT INTO delegations (id, organisation_id, programme_id, power, starts_at) "
            "SELECT $1, $2, p.id, 'manage', '2018-08-01Z' FROM programmes p WHERE p.reference = $3",
            uuids.uuid7(),
            world["icmpd"],
            seeding.PROGRAMME,
        )
        common = {"parent": "AG-TN-CG", "organisation": "ORG-TN-CG", "country": "TN", "is_unit": True}
        model = {"reference": "MOD-COM-RADIO-1", "names": {"en": "R"}, "type": "COM-RADIO", "manufacturer": "S"}
        bodies: list[tuple[str, dict[str, Any]]] = [
            ("agencies", {**common, "reference": "AG-TN-SFAX", "names": {"en": "Sfax"}}),
            ("agencies", {**common, "reference": "AG-TN-BIZERTE", "names": {"en": "Bizerte"}}),
            ("equipment-models", model),
        ]
        for resource, body in bodies:
            made = await client.post(f"/api/v1/{resource}", json=body, headers=world.headers("icmpd.manager"))
            assert made.status_code == 201, made.text


def example(app: FastAPI, path: str, verb: str) -> dict[str, Any]:
    contents = app.openapi()["paths"][path][verb]["requestBody"]["content"]
    found: dict[str, Any] = next(iter(contents.values()))["example"]
    return found


@pytest.mark.parametrize("resource", RESOURCES)
async def test_examples_of_adding_and_changing(
    app: FastAPI, client: httpx.AsyncClient, world: World, seeded: None, resource: str
) -> None:
    account, path = RESOURCES[resource], f"/api/v1/{resource}"
    made = await client.post(path, json=example(app, path, "post"), headers=world.headers(account))
    assert made.status_code == 201, made.text
    one = next(each for each in app.openapi()["paths"] if each.startswith(f"{path}/{{") and each.endswith("}"))
    changed = await client.patch(
        f"{path}/{made.json()['id']}", json=example(app, one, "patch"), headers=world.headers(account, If_Match="1")
    )
    assert (changed.status_code, changed.json().get("version")) == (200, 2), changed.text


async def test_the_example_of_a_new_edition(
    app: FastAPI, client: httpx.AsyncClient, world: World, seeded: None
) -> None:
    body = example(app, "/api/v1/courses/{course}/editions", "post")
    made = await client.post(
        "/api/v1/courses/CRS-RADIO-OP/editions", json=body, headers=world.headers("icmpd.training")
    )
    assert (made.status_code, made.json()["edition"]) == (201, 2), made.text
