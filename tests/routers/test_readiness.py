"""Readiness over HTTP, of now: whole answers, the same for everyone who may see a unit, and nothing beyond."""

from __future__ import annotations

import csv
import io
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from app.db.session import Database
from app.schemas.readiness import ReadinessOut
from tests.routers.readiness import READINESS, TODAY, Register, ago, ask, model, person, staff, waterfall
from tests.world import World

pytestmark = pytest.mark.anyio


async def test_a_unit_says_what_is_ready_and_why_the_rest_is_not(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    register = Register(database, world)
    ids = await register.in_service(8, "tn-sfax")
    await register.in_service(1, "tn-sfax", since=ago(200))
    await register.items(2, "tn-sfax")
    await register.report(ids[:1], "down", "failure")
    await register.report(ids[1:2], "degraded")
    await register.move(ids[2:3], "withdraw", {"reason": "surplus"})
    for _ in range(3):
        await person(owner, world, "tn-sfax", ("operator", world["radio-type"]))
    found = await ask(client, world, "?unit=AG-TN-SFAX")
    unit = {"id": str(world["tn-sfax"]), "reference": "AG-TN-SFAX", "label": "Agency tn-sfax"}
    radio = {"id": str(world["radio"]), "reference": "MOD-RADIO-1", "label": "Radio One"}
    figures: dict[str, Any] = {
        "held": 11,
        "functional": 7,
        "crewed": 6,
        "ready": 6,
        "ready_confirmed": 6,
        "waterfall": waterfall(not_in_service=2, withdrawn=1, down_failure=1, operators_missing=1),
        "operators": staff(4, 3, 0, 1),
        "maintainers": staff(0, 0, 0, 0),
    }
    assert found == {
        "as_of": None,
        "known_at": None,
        "on": TODAY.isoformat(),
        "confirmation_days": 90,
        "by": "unit_model",
        "total": figures,
        "rows": [
            {"unit": unit, "model": radio, "agency": None, "component": None, **figures, "contract": False,
             "allotment": None}
        ],
    }  # fmt: skip
    ReadinessOut.model_validate(found)
