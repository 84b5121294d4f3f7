"""The seed writes the public facts once, and the people of each organisation see what follows from them."""

from __future__ import annotations

import asyncio
import uuid

import asyncpg
import httpx
import pytest

from app.domain.requirements import RequirementKind
from app.services import seeding
from tests.world import World

pytestmark = pytest.mark.anyio

EVERYTHING = {
    "organisations": 6,
    "programmes": 1,
    "components": 2,
    "agencies": 2,
    "delegations": 4,
    "participations": 2,
    "equipment_types": 32,
    "sites": 22,
}
NOTHING = dict.fromkeys(EVERYTHING, 0)


async def counted(connection: asyncpg.Connection) -> dict[str, int]:
    return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in (*EVERYTHING, "revisions")}


async def test_it_writes_everything_once_also_when_two_seed_at_the_same_time(
    owner_dsn: str,
) -> None:
    one = await asyncpg.connect(owner_dsn)
    two = await asyncpg.connect(owner_dsn)
    try:
        for table in ("organisations", "components", "agencies", "equipment_types", "programmes"):
            await one.execute(f"UPDATE {table} SET reference = 'W-' || reference")
        both = await asyncio.gather(seeding.seed(one), seeding.seed(two))
        assert sorted(both, key=lambda counts: counts["sites"]) == [NOTHING, EVERYTHING]
        await one.execute("UPDATE components SET objective = 'Edited here' WHERE reference = 'BMP-MA'")
        before = await counted(one)
        assert await seeding.seed(two) == NOTHING
        assert await counted(one) == before
        assert await one.fetchval("SELECT objective FROM components WHERE reference = 'BMP-MA'") == "Edited here"
    finally:
        await one.close()
        await two.close()


async def test_delegations_say_who_manages_and_who_observes(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT o.reference AS organisation, c.reference AS component, d.power FROM delegations d "
        "JOIN organisations o ON o.id = d.organisation_id JOIN programmes p ON p.id = d.programme_id "
        "LEFT JOIN components c ON c.id = d.component_id WHERE p.reference = 'BMP-MAGHREB'"
    )
    assert {tuple(row) for row in rows} == {
        ("ORG-ICMPD", None, "manage"),
        ("ORG-MOI-IT", "BMP-TN", "manage"),
        ("ORG-EU", None, "observe"),
        ("ORG-ECA", None, "observe"),
    }


async def test_an_account_of_the_ministry_sees_the_tunisian_sites_only(
    owner: asyncpg.Connection, client: httpx.AsyncClient, world: World
) -> None:
    ministry = await owner.fetchval("SELECT id FROM organisations WHERE reference = 'ORG-MOI-IT'")
    account = uuid.uuid4()
    await owner.execute(
        "INSERT INTO accounts (id, organisation_id, account_name, display_name) VALUES ($1, $2, 'seeded', 'Synthetic')",
        account,
        ministry,
    )
    await owner.execute(
        "INSERT INTO grants (id, account_id, organisation_id, role) VALUES ($1, $2, $3, 'programme_manager')",
        uuid.uuid4(),
        account,
        ministry,
    )
    world.accounts["seeded"], world.organisations["seeded"] = account, "seeded"
    headers = world.headers("seeded")
    sites = (await client.get("/api/v1/sites?limit=200&q=SITE-TN&sort=name", headers=headers)).json()
    assert [site["un_locode"] for site in sites["items"] if site["un_locode"]] == [
        "TNBIZ",
        "TNDJE",
        "TNGAE",
        "TNKER",
        "TNLGN",
        "TNMAH",
        "TNMIR",
        "TNRDS",
        "TNSFA",
        "TNSUS",
        "TNTBJ",
        "TNTUN",
        "TNZRZ",
    ]
    assert (await client.get("/api/v1/sites/SITE-MANDR", headers=headers)).status_code == 404
    programme = (await client.get("/api/v1/programmes/BMP-MAGHREB", headers=headers)).json()
    assert programme["enforced_requirements"] == [kind.value for kind in RequirementKind]
    assert programme["starts_on"] == "2018-08-01"
    assert programme["funding"][0] == {
        "source": "EU Emergency Trust Fund for Africa, North of Africa window",
        "reference": "T05-EUTF-NOA-REG-07",
        "amount": {"amount": "65000000.00", "currency": "EUR"},
        "note": "Phases I and II together.",
    }
    components = (await client.get("/api/v1/components", headers={**headers, "Accept-Language": "it"})).json()
    assert [(c["reference"], c["label"], c["domains"]) for c in components["items"]] == [
        ("BMP-TN", "Tunisia", ["communication", "detection", "search_and_rescue", "mobility"])
    ]


def test_the_lists_hold_what_the_database_takes() -> None:
    types = seeding.facts("equipment_types.csv")
    assert len({row["code"] for row in types}) == 32
    assert all(row[f"name_{language}"] for row in types for language in seeding.LANGUAGES)
    places = seeding.facts("places.csv")
    assert all(row["un_locode"][:2] == row["country"] for row in places)
    assert all(row[f"name_{language}"] for row in places for language in seeding.LANGUAGES)
