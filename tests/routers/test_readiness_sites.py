"""Readiness of a site: its items, and people only where posted to it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import asyncpg
import httpx
import pytest

from app.db.session import Database
from app.schemas.readiness import SiteReadinessOut
from tests.routers.readiness import READINESS, TODAY, Register, ago, ask, model, person, staff, support, unit, waterfall
from tests.world import World

pytestmark = pytest.mark.anyio


async def test_a_site_counts_what_stands_there_and_who_is_posted_to_it(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    ids = await Register(database, world).in_service(5, "tn-sfax")
    await Register(database, world).move(
        ids[:1], "move_custody", {"custody_organisation_id": world["icmpd"], "custody_site_id": world["store"]}
    )
    here = await person(owner, world, "tn-sfax", ("operator", world["radio"]), site="site-tn-sfax")
    await person(owner, world, "tn-sfax", ("operator", world["radio"]))
    found = await ask(client, world, "?expand=allotment", path="/sites/SITE-TN-SFAX")
    figures = {
        "held": 4,
        "functional": 4,
        "crewed": 2,
        "ready": 2,
        "ready_confirmed": 2,
        "waterfall": waterfall(operators_missing=2),
        "operators": staff(2, 1, 0, 1),
        "maintainers": staff(0, 0, 0, 0),
    }
    allotted = {"id": str(here), "reference": str(here), "label": f"T-{str(here)[:8].upper()}"}
    assert found == {
        "site": {"id": str(world["site-tn-sfax"]), "reference": "SITE-TN-SFAX", "label": "Port of tn-sfax"},
        "as_of": None,
        "known_at": None,
        "on": TODAY.isoformat(),
        "confirmation_days": 90,
        "total": figures,
        "rows": [
            {
                "unit": None,
                "model": {"id": str(world["radio"]), "reference": "MOD-RADIO-1", "label": "Radio One"},
                "agency": None,
                "component": None,
                **figures,
                "contract": False,
                "allotment": {
                    "operators": [allotted],
                    "operators_reserve": [],
                    "maintainers": [],
                    "maintainers_reserve": [],
                    "out_of_sight": 0,
                },
            }
        ],
    }
    SiteReadinessOut.model_validate(found)
    elsewhere = await ask(client, world, path="/sites/SITE-STORE")
    assert (elsewhere["total"]["held"], elsewhere["total"]["crewed"]) == (1, 0)
    table = await client.get(f"{READINESS}/sites/SITE-TN-SFAX?format=csv", headers=world.headers("observer"))
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert (row["model_reference"], row["held"], row["operators_allotted"]) == ("MOD-RADIO-1", "4", "")
    refused = await client.get(f"{READINESS}/sites/SITE-TN-SFAX?expand=allotment", headers=world.headers("observer"))
    assert (refused.status_code, refused.json()["scope"]) == (403, "trainees:read")


async def test_a_store_shows_what_its_caller_may_see(
    client: httpx.AsyncClient, world: World, database: Database
) -> None:
    for component, unit_name in (("morocco", "ma-nador"), ("tunisia", "tn-zarzis")):
        register = Register(database, world, component)
        ids = await register.items(1, unit_name)
        away = {"custody_organisation_id": world["icmpd"], "custody_site_id": world["store"]}
        await register.move(ids, "move_custody", away)
    seen = {
        account: (await ask(client, world, path=f"/sites/{world['store']}", by=account))["total"]["held"]
        for account in ("icmpd.manager", "italy.manager", "ma.focal", "nobody")
    }
    assert seen == {"icmpd.manager": 3, "italy.manager": 2, "ma.focal": 1, "nobody": 0}


async def test_a_site_out_of_sight_is_unknown(client: httpx.AsyncClient, world: World) -> None:
    for account in ("ma.focal", "icmpd.morocco", "nobody"):
        answer = await client.get(f"{READINESS}/sites/SITE-TN-SFAX", headers=world.headers(account))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_site_has_a_past_and_the_contracts_of_its_unit(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-dock")
    crane = await model(owner, world, "MOD-CRANE", operators_n=0, maintainers_n=1)
    before = await owner.fetchval("SELECT clock_timestamp()")
    register = Register(database, world)
    ids = await register.in_service(2, "tn-dock", model=crane, since=ago(50))
    recorded = await owner.fetchval("SELECT clock_timestamp()")
    away = {"custody_organisation_id": world["icmpd"], "custody_site_id": world["store"]}
    await register.move(ids[:1], "move_custody", away, ago(10))
    await person(owner, world, "tn-dock", ("maintainer", crane), site="site-tn-dock")
    path = "/sites/SITE-TN-DOCK"

    async def ready(**moment: object) -> tuple[int, int]:
        query = "&".join(f"{name}={value:%Y-%m-%dT%H:%M:%S.%fZ}" for name, value in moment.items())
        total = (await ask(client, world, f"?{query}", path=path))["total"]
        return total["held"], total["ready"]

    assert await ready() == (1, 1)
    assert await ready(as_of=ago(20)) == (2, 1)
    assert await ready(as_of=ago(5), known_at=recorded) == (2, 0)
    assert await ready(as_of=ago(5), known_at=before) == (0, 0)
    assert await ready(as_of=ago(49) - timedelta(days=30)) == (0, 0)
    await support(owner, world, "tn-dock")
    assert await ready(as_of=ago(20)) == (2, 2)
