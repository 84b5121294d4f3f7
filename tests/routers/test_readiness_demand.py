"""Training demand: persons per unit and course, now and when qualifications have expired."""

from __future__ import annotations

import csv
import io
from typing import Any

import asyncpg
import httpx
import pytest

from app.db.session import Database
from app.db.writing import new_id
from app.schemas.readiness import DemandOut
from tests.routers.readiness import READINESS, TODAY, Register, ask, faults, model, past, person, unit
from tests.world import World

pytestmark = pytest.mark.anyio

UNTIL = past(-30).isoformat()


def related(world: World, name: str, reference: str, label: str) -> dict[str, str]:
    return {"id": str(world[name]), "reference": reference, "label": label}


async def test_demand_follows_from_the_gaps_of_both_days(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-school")
    await Register(database, world).in_service(6, "tn-school")
    skill = ("operator", world["radio"])
    await person(owner, world, "tn-school", skill)
    await person(owner, world, "tn-school", skill, valid=(past(400), past(-20)))
    found = await ask(client, world, f"?unit=AG-TN-SCHOOL&until={UNTIL}", path="/demand")
    assert found == {
        "on": TODAY.isoformat(),
        "until": UNTIL,
        "total": {"now": 1, "by_until": 2},
        "rows": [
            {
                "unit": related(world, "tn-school", "AG-TN-SCHOOL", "Agency tn-school"),
                "course": related(world, "course", "CRS-RADIO-OP", "Operating the radio"),
                "kind": "operator",
                "models": [related(world, "radio", "MOD-RADIO-1", "Radio One")],
                "now": 1,
                "by_until": 2,
                "suppressed": False,
            }
        ],
    }
    DemandOut.model_validate(found)
    ahead = await ask(client, world, "?unit=AG-TN-SCHOOL", path="/demand")
    assert (ahead["until"], ahead["total"]) == (past(-180).isoformat(), {"now": 1, "by_until": 2})
    soon = await ask(client, world, f"?agency=AG-TN-SCHOOL&until={TODAY}", path="/demand")
    assert soon["total"] == {"now": 1, "by_until": 1}
    table = await client.get(
        f"{READINESS}/demand?unit=AG-TN-SCHOOL&until={UNTIL}&format=csv", headers=world.headers("tn.focal")
    )
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert (row["unit_reference"], row["course_reference"], row["models"]) == (
        "AG-TN-SCHOOL",
        "CRS-RADIO-OP",
        "MOD-RADIO-1",
    )
    assert (row["kind"], row["now"], row["by_until"], row["suppressed"]) == ("operator", "1", "2", "false")


async def test_the_last_edition_counts_and_a_gap_in_the_catalogue_has_no_course(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-gap")
    drill = await model(owner, world, "MOD-DRILL", operators_n=1, maintainers_n=1)
    await Register(database, world).in_service(2, "tn-gap", model=drill)

    async def course(edition: int, subject: str, value: Any) -> str:
        made = new_id()
        await owner.execute(
            "INSERT INTO courses (id, reference, edition, kind, languages, name_en) "
            "VALUES ($1, 'CRS-DRILL', $2, 'technical_maintenance', '{fr}', 'Keeping the drill')",
            made,
            edition,
        )
        await owner.execute(
            f"INSERT INTO course_covers (id, course_id, {subject}) VALUES ($1, $2, $3)", new_id(), made, value
        )
        return str(made)

    await course(1, "model_id", drill)
    last = await course(2, "type_id", world["radio-type"])
    found = await ask(client, world, "?unit=AG-TN-GAP", path="/demand")
    rows = [(row["course"] and row["course"]["id"], row["kind"], row["now"]) for row in found["rows"]]
    assert rows == [(last, "maintainer", 2), (None, "operator", 2)]


async def test_an_observer_is_told_no_number_under_five(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-small")
    await unit(owner, world, "tn-large")
    rope = await model(owner, world, "MOD-ROPE", operators_n=1)
    await Register(database, world).in_service(4, "tn-small", model=rope)
    await Register(database, world).in_service(5, "tn-large", model=rope)
    found = await ask(client, world, "?unit=AG-TN-SMALL,AG-TN-LARGE", path="/demand", by="observer")
    assert [(row["now"], row["by_until"], row["suppressed"]) for row in found["rows"]] == [
        (5, 5, False),
        (None, None, True),
    ]
    assert found["total"] == {"now": None, "by_until": None}


async def test_demand_looks_ahead_and_stays_in_sight(client: httpx.AsyncClient, world: World) -> None:
    refused = await client.get(f"{READINESS}/demand?until={past(1)}", headers=world.headers("icmpd.manager"))
    assert (refused.status_code, faults(refused)) == (422, [("/until", "in_past")])
    hidden = await client.get(f"{READINESS}/demand?unit=AG-TN-SCHOOL", headers=world.headers("ma.focal"))
    assert (hidden.status_code, faults(hidden)) == (422, [("/unit", "reference_unknown")])
    assert (await ask(client, world, path="/demand", by="ma.focal"))["rows"] == []
