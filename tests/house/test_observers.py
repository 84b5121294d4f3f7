"""Observers are told nothing about single persons, staff included: in no form of any answer who acted (DOMAIN 2)."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st

from app.db.session import Database, Statement
from app.domain.persons import unnamed
from app.main import create_app
from app.security.keys import Keys
from app.settings import Settings
from tests.conftest import running
from tests.house import one_of_each, reads
from tests.house.walking import Call, Walk, counted, documented
from tests.world import World, ident

API = "/api/v1"
OBSERVER = "observer"


@pytest.fixture(scope="module")
def calls(settings: Settings, world: World, keys: Keys) -> list[Call]:
    """Everything that there is, read by an observer in every form."""

    async def walk() -> list[Call]:
        app = create_app(settings)
        with counted() as tally:
            async with running(app) as client:
                walking = Walk(client, world, documented(), tally)
                await one_of_each.everything(walking, settings, keys)
                told = len(walking.calls)
                await reads.everything(walking, (OBSERVER,))
                attached = await walking.do("GET", "/attachments?limit=200", by=OBSERVER)
                for each in attached["items"]:
                    await walking.do("GET", f"/files/{each['file']['id']}", by=OBSERVER)
                return walking.calls[told:]

    return asyncio.run(walk())


@pytest.mark.anyio
async def test_no_answer_tells_an_observer_who_acted(
    calls: list[Call], world: World, owner: asyncpg.Connection
) -> None:
    rows = await owner.fetch(
        "SELECT id, display_name AS name FROM accounts UNION ALL SELECT id, name FROM clients UNION ALL "
        "SELECT id, NULL FROM trainees"
    )
    people = {
        text for row in rows for text in (str(row["id"]), row["name"]) if text and row["id"] != world.accounts[OBSERVER]
    }
    answered = [call for call in calls if call.response.is_success]
    telling = [(call.address, each) for call in answered for each in people if each in call.response.text]
    assert telling == []
    seen = {call.path.removeprefix(f"{API}/") for call in answered if call.response.content}
    assert {"equipment/{item}/events", "acceptances/{acceptance}", "requirements", "files/{file}"} <= seen
    assert any(path.endswith("/history") for path in seen)
    forms = {call.response.headers["content-type"].partition(";")[0] for call in answered if "/history" in call.path}
    assert forms >= {"application/json", "application/jsonl", "text/csv"}


async def mixed(owner: asyncpg.Connection, world: World) -> str:
    """Somebody who manages Tunisia, and observes Morocco."""
    name = "icmpd.mixed"
    world.accounts[name], world.organisations[name] = ident(), "icmpd"
    await owner.execute(
        "INSERT INTO accounts (id, organisation_id, account_name, display_name) VALUES ($1, $2, $3, 'Synthetic Mixed')",
        *(world.accounts[name], world["icmpd"], name),
    )
    for role, component in (("observer", "morocco"), ("programme_manager", "tunisia")):
        await owner.execute(
            "INSERT INTO grants (id, account_id, organisation_id, role, component_id) VALUES ($1, $2, $3, $4, $5)",
            *(ident(), world.accounts[name], world["icmpd"], role, world[component]),
        )
    return name


@pytest.mark.anyio
async def test_an_observer_of_one_component_is_told_who_acted_in_another(
    app: FastAPI, world: World, owner: asyncpg.Connection
) -> None:
    headers = world.headers(await mixed(owner, world))
    actors: dict[str, object] = {}
    async with running(app) as client:
        for country in ("MA", "TN"):
            item = await registered(client, world, country)
            events = (await client.get(f"{API}/equipment/{item}/history", headers=headers)).json()["items"]
            actors[country] = events[0]["actor"] and events[0]["actor"]["id"]
    assert actors == {"MA": None, "TN": str(world.accounts["icmpd.manager"])}


async def registered(client: httpx.AsyncClient, world: World, country: str) -> UUID:
    body = {"component": f"BMP-{country}", "model": "MOD-RADIO-1"}
    made = await client.post(f"{API}/equipment", json=body, headers=world.headers("icmpd.manager"))
    assert made.status_code == 201, made.text
    return UUID(made.json()["id"])


NAMES = st.sampled_from(
    ["stage", "recorded_by", "decided_by_person", "owner_id", "actor_id", "replaced_by", "by", "_by"]
)


def test_both_twins_take_the_same_away(settings: Settings) -> None:
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()

    async def both(every: list[dict[str, int]]) -> None:
        database = Database(url, size=1)
        await database.open()
        try:
            async with database.transaction(read_only=True) as tx:
                for facts in every:
                    found = await tx.value(Statement("SELECT app.unnamed(CAST(:facts AS jsonb))"), facts=facts)
                    assert found == unnamed(facts)
        finally:
            await database.close()

    @rules(max_examples=5, deadline=None)
    @given(st.lists(st.dictionaries(NAMES, st.integers(0, 9)), min_size=20, max_size=20))
    def compare(every: list[dict[str, int]]) -> None:
        asyncio.run(both(every))

    compare()
