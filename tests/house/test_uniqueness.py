"""What a refusal of something unique tells: nothing of rows out of sight, but for what SECURITY.md says is unavoidable.

Unique constraints do not obey policies (HOUSE 4). Each one of the models is named here with the reason for which its
refusal tells no more than the caller may see; a newcomer fails until somebody has thought about it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.db import models
from app.db.base import Base
from tests.conftest import running
from tests.house.sides import API, Side, told
from tests.routers.training import day, made_up_name
from tests.world import World

pytestmark = pytest.mark.anyio

assert models.__all__  # importing it fills the metadata

ATTACKER = "italy.manager"
#: Columns of a tenant: whoever may write there sees what is there.
TENANT = {"component_id", "agency_id"}
#: The organisation's own keys: told to who manages some part of that organisation's tree (SECURITY.md).
WITHIN_ORGANISATION = {("agencies", "external_id"), ("sites", "external_id")}
#: Tables that every caller reads whole.
OPEN = {"courses", "equipment_types", "equipment_models", "suppliers", "programmes", "organisations", "course_covers"}
#: Begins with a row that the caller named, and sees with all that hangs on it.
OF_A_ROW_IN_SIGHT = {("attachments", "file_id"), ("grants", "account_id"), ("training_records", "session_id")}
#: Made by the service from a sequence, or at random: nobody gives them.
MADE_HERE = {("deliveries", "reference"), ("training_sessions", "reference"), ("documents", "reference"),
             ("items", "reference"), ("clients", "client_id")}  # fmt: skip
#: Unique in the deployment, and known to be (SECURITY.md).
UNAVOIDABLE = {("agencies", "reference"), ("sites", "reference"), ("components", "reference"),
               ("accounts", "account_name"), ("accounts", "issuer"), ("identifiers", "scheme")}  # fmt: skip


def test_every_unique_constraint_has_been_thought_about() -> None:
    reasons = WITHIN_ORGANISATION | OF_A_ROW_IN_SIGHT | MADE_HERE | UNAVOIDABLE
    open_ones = []
    for table in Base.metadata.sorted_tables:
        for each in table.constraints:
            if not isinstance(each, sa.UniqueConstraint) or table.name in OPEN:
                continue
            names = [column.name for column in each.columns]
            if not TENANT & set(names) and names[0] != "id" and (table.name, names[0]) not in reasons:
                open_ones.append((table.name, names))
    assert open_ones == []


@pytest.fixture
async def sides(app: FastAPI, world: World) -> AsyncIterator[tuple[httpx.AsyncClient, Side, Side]]:
    async with running(app) as client:
        yield client, Side(client, world, "MA"), Side(client, world, "TN")


def everything_with_an_external_id(side: Side) -> dict[str, Any]:
    posting = {"unit": side.unit, "site": side.site, "starts_on": day(-400)}
    person = {"name": made_up_name(), "agency": side.unit, "posting": posting, "grade_band": "officer"}
    days = {"starts_on": day(-10), "ends_on": day(-6), "half_days": 10, "language": "fr", "course": "CRS-RADIO-OP"}
    place = {"reference": f"REF-{uuid4().hex[:8].upper()}", "names": {"en": "Place"}, "country": side.country}
    return {
        "agencies": place | {"parent": f"AG-{side.country}-DIRECTORATE", "organisation": side.organisation},
        "sites": place | {"kind": "port", "organisation": side.organisation, "agency": side.unit},
        "equipment": {"component": side.component, "model": "MOD-RADIO-1"},
        "deliveries": {"component": side.component, "supplier": "SUP-1", "site": "SITE-STORE"},
        "sessions": {"component": side.component, **days},
        "trainees": person | {"sex": "male", "language": "ar"},
    }


async def test_an_external_id_of_others_is_free(
    app: FastAPI, world: World, sides: tuple[httpx.AsyncClient, Side, Side]
) -> None:
    """And taken where it is one's own: the same body twice."""
    client, foreign, home = sides
    schemas = app.openapi()["components"]["schemas"]
    known = {
        name for name, each in schemas.items() if "external_id" in each.get("properties", {}) and name.endswith("In")
    }
    catalogue = {"OrganisationIn", "SupplierIn", "CourseIn", "EditionIn", "EquipmentModelIn"}
    paths = list(everything_with_an_external_id(home))
    assert len(known - catalogue) == len(paths), known
    for path in paths:
        theirs = everything_with_an_external_id(foreign)[path] | {"external_id": "their key"}
        by = "icmpd.training" if path in {"trainees", "sessions"} else "icmpd.manager"
        made = await client.post(f"{API}/{path}", json=theirs, headers=world.headers(by))
        assert made.status_code == 201, (path, made.text)
        for status in (201, 409):
            mine = everything_with_an_external_id(home)[path] | {"external_id": "their key"}
            answer = await client.post(f"{API}/{path}", json=mine, headers=world.headers(ATTACKER))
            assert (path, answer.status_code) == (path, status), answer.text
            assert answer.json().get("pointer") == (None if status == 201 else "/external_id")


async def test_a_serial_out_of_sight_is_taken_as_one_in_sight_is(
    world: World, owner: asyncpg.Connection, sides: tuple[httpx.AsyncClient, Side, Side]
) -> None:
    client, foreign, home = sides
    for side in (foreign, home):
        serial = {"scheme": "serial", "value": f"TAKEN-{side.country}"}
        body = {"component": side.component, "model": "MOD-RADIO-1", "identifiers": [serial]}
        made = await client.post(f"{API}/equipment", json=body, headers=world.headers("icmpd.manager"))
        assert made.status_code == 201, made.text
    headers = world.headers(ATTACKER)
    body = {"component": "BMP-TN", "supplier": "SUP-1", "site": "SITE-STORE"}
    delivery = (await client.post(f"{API}/deliveries", json=body, headers=headers)).json()["id"]
    body = {"component": "BMP-TN", "model": "MOD-RADIO-1"}
    item = (await client.post(f"{API}/equipment", json=body, headers=headers)).json()["id"]
    for method, path, body in ways(delivery, item):
        answers = []
        for country in ("MA", "TN"):
            sent = json.dumps(body).replace("<serial>", f"TAKEN-{country}")
            answer = await client.request(
                method,
                f"{API}/{path}",
                content=sent,
                headers=world.headers(ATTACKER, If_Match="1", Content_Type="application/json"),
            )
            answers.append(told(answer, f"TAKEN-{country}"))
        assert answers[0] == answers[1], path
        assert "already registered" in answers[0][1], (path, answers)


def ways(delivery: str, item: str) -> list[tuple[str, str, Any]]:
    """All ways in which a caller names an identifier."""
    serial = {"identifiers": [{"scheme": "serial", "value": "<serial>"}]}
    new = {"component": "BMP-TN", "model": "MOD-RADIO-1", **serial}
    bulk = [{"operation": "create", **new}, {"operation": "transition", "id": item, "version": 99, "action": "ship"}]
    return [
        ("POST", "equipment", new),
        ("POST", "equipment/bulk", {"items": bulk}),
        ("POST", "equipment/bulk", {"items": bulk, "atomic": False}),
        ("POST", f"deliveries/{delivery}/register", {"model": "MOD-RADIO-1", "serials": ["<serial>"]}),
        ("POST", f"deliveries/{delivery}/register", {"model": "MOD-RADIO-1", "serials": ["<serial>", f"N-{item[:8]}"]}),
    ]
