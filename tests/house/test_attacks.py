"""Callers who try to read, find or change what belongs to another component or agency (HOUSE 4, DOMAIN 2).

The attacker is `italy.manager`: nearly every scope, but only in Tunisia. Whatever it names of Morocco has to be
answered exactly as something that does not exist; operations and references come from the OpenAPI document.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from app.db.session import Database, Statement
from app.db.tenancy import TENANCY
from tests.conftest import running
from tests.house.sides import API, GIVEN, Side, bodies_of, body_of, places, put, rights, told, writing
from tests.world import World

pytestmark = pytest.mark.anyio

ATTACKER = "italy.manager"
Sides = tuple[httpx.AsyncClient, Side, Side]

_built: list[Side] = []


@pytest.fixture
async def sides(app: FastAPI, world: World) -> AsyncIterator[Sides]:
    async with running(app) as client:
        if not _built:
            _built.extend([await Side(client, world, "MA").build(), await Side(client, world, "TN").build()])
        for each in _built:
            each.client = client
        yield client, _built[0], _built[1]


async def test_what_is_named_in_the_address_is_unknown_when_it_belongs_to_others(
    app: FastAPI, world: World, sides: Sides
) -> None:
    """Every operation on an object: the same answer for another component's object as for one that does not exist."""
    client, foreign, home = sides
    document = app.openapi()
    headers = world.headers(ATTACKER, If_Match="1")
    different, tried, reached = [], 0, set()
    every = [(m, p, o) for m, p, o in writing(document)]
    every += [("get", p, i["get"]) for p, i in document["paths"].items() if "security" in i.get("get", {})]
    for method, path, operation in every:
        resource = path.removeprefix(f"{API}/").partition("/")[0]
        if resource not in foreign.made or path.count("{") != 1:
            continue
        theirs, nothing = foreign.made[resource]["id"], str(uuid4())
        body = body_of(document, operation, GIVEN | home.names) if method != "get" else None
        answers = [
            told(
                await client.request(
                    method,
                    re.sub(r"\{[^}]+\}", each, path),
                    headers=headers,
                    **({} if body is None else {"json": body}),
                ),
                each,
            )
            for each in (theirs, nothing)
        ]
        tried += 1
        if answers[0][0] in {403, 404}:
            reached.add((method, path))
        if answers[0] != answers[1] or answers[0][0] < 400:
            different.append((method, path, answers))
    assert different == []
    assert tried > 60
    assert tried - len(reached) <= 1  # a body that nobody can make without knowing the object


async def test_what_is_named_in_a_body_is_unknown_when_it_belongs_to_others(
    app: FastAPI, world: World, sides: Sides
) -> None:
    """Every reference of every body: the same refusal for another component's object as for one that does not exist."""
    client, foreign, home = sides
    document = app.openapi()
    different, reached, missed = [], 0, set()
    for method, path, operation in writing(document):
        resource = path.removeprefix(f"{API}/").partition("/")[0]
        if "{" in path and resource not in home.made:
            continue
        address = re.sub(r"\{[^}]+\}", home.made.get(resource, {"id": ""})["id"], path)
        asked = [(body, *each) for body in bodies_of(document, path, operation, home) for each in places(body, home)]
        for body, name, place in asked:
            answers = []
            for each in (foreign.names[name], str(uuid4())):
                headers = world.headers(ATTACKER, If_Match="1")
                answer = await client.request(method, address, json=put(body, place, each), headers=headers)
                answers.append(told(answer, each))
            pointer = "/" + "/".join(str(step) for step in place)
            hit = "reference_unknown" in answers[0][1] and f'"{pointer}"' in answers[0][1]
            if hit or "not_found" in answers[0][1]:
                reached += 1
            else:
                missed.add((path.removeprefix(f"{API}/"), pointer))
            if answers[0] != answers[1] or answers[0][0] < 400:
                different.append((method, path, pointer, answers))
    assert different == []
    assert reached >= 50
    # Refused before the reference was looked at: by scope, by organisation, by the file that has to be one's own.
    assert missed <= {
        ("attachments", "/object"),
        ("trainees/search", "/agency"),
        ("delegations", "/component"),
        ("accounts", "/agency"),
    }


#: Functions that read as their owner, with what an attacker would give them.
QUESTIONS = {
    "SELECT * FROM app.item_history(:items)": "items",
    "SELECT * FROM app.states_known(:items, now(), now())": "items",
    "SELECT * FROM app.states_known(NULL, now(), now())": "",
    "SELECT s.* FROM unnest(CAST(:items AS uuid[])) i CROSS JOIN LATERAL app.state_known(i, now(), now()) s": "items",
    "SELECT app.search_items('SECRET-MA', 100)": "",
    "SELECT app.search_items('EQ-MA', 100)": "",
    "SELECT app.search_items('', 5000)": "",
    "SELECT app.items_identified(ARRAY['SECRET-MA-1', 'SECRETMA1'])": "",
    "SELECT * FROM app.records_at(now(), now())": "",
    "SELECT * FROM app.delivery_recorders(:items)": "items",
    "SELECT * FROM app.readiness_units(:units, NULL, current_date, NULL)": "units",
    "SELECT * FROM app.readiness_units(NULL, :components, current_date, NULL)": "components",
    "SELECT * FROM app.readiness_now(:units, NULL, current_date, current_date)": "units",
    "SELECT * FROM app.readiness_people(:units, NULL, current_date, NULL)": "units",
    "SELECT * FROM app.readiness_people(NULL, :components, current_date, now())": "components",
    "SELECT * FROM app.readiness_supports(:units, NULL, current_date, NULL)": "units",
    "SELECT * FROM app.readiness_site(:site, NULL, NULL, current_date)": "site",
    "SELECT * FROM app.readiness_site_people(:site, current_date, NULL)": "site",
    "SELECT * FROM app.people_of(:units, NULL, current_date)": "units",
    "SELECT * FROM app.held_known(now(), now())": "",
}


async def test_functions_that_read_as_their_owner_tell_nothing_of_others(
    database: Database, world: World, sides: Sides
) -> None:
    _, foreign, home = sides
    caller = await rights(database, world, ATTACKER)
    given = {
        "items": [UUID(foreign.names["item"]), UUID(home.names["item"])],
        "units": [world["ma-nador"], world["ma-directorate"]],
        "components": [world["morocco"]],
        "site": world["site-ma-nador"],
    }
    secret = [
        *foreign.names.values(),
        *(each["id"] for each in foreign.made.values()),
        str(world.accounts["icmpd.manager"]),
    ]
    for question, name in QUESTIONS.items():
        for reading in (True, False):
            async with database.transaction(caller, read_only=reading) as tx:
                rows = await tx.rows(Statement(question), **({name: given[name]} if name else {}))
            said = str([dict(row) for row in rows])
            if "delivery_recorders" not in question:
                assert [each for each in secret[:-1] if each in said] == [], question


async def test_tables_show_nothing_of_others(
    database: Database, owner: asyncpg.Connection, world: World, sides: Sides
) -> None:
    """Every table with a component or an agency, read without any filter by who has no part in them."""
    caller = await rights(database, world, ATTACKER)
    columns = await owner.fetch(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c WHERE c.table_schema = 'public' "
        "AND c.column_name IN ('component_id', 'agency_id', 'unit_id')"
    )
    seen, there = [], 0
    for table, column in columns:
        if "SELECT" not in TENANCY[table].grants:
            continue
        ids = [world["morocco"], world["ma-nador"], world["ma-directorate"]]
        there += await owner.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = ANY($1)", ids)
        async with database.transaction(caller) as tx:
            n = await tx.value(Statement(f"SELECT count(*) FROM {table} WHERE {column} = ANY(:ids)"), ids=ids)
        if n:
            seen.append((table, column, n))
    assert seen == []
    assert there > 20


async def test_a_serial_of_others_is_taken_but_nobody_says_by_whom(world: World, sides: Sides) -> None:
    client, foreign, _ = sides
    headers = world.headers(ATTACKER)
    for query in ("q=SECRET-MA", "q=SECRETMA", f"q={foreign.made['equipment']['reference']}", "identifier=SECRET-MA-1",
                  f"component_id={world['morocco']}", f"id={foreign.names['item']}"):  # fmt: skip
        answer = await client.get(f"{API}/equipment?{query}&total=exact", headers=headers)
        if answer.status_code == 200:
            assert (query, answer.json()["items"], answer.json()["page"].get("total", 0)) == (query, [], 0)
        else:
            assert answer.status_code == 422, (query, answer.text)
    body = {
        "component": "BMP-TN",
        "model": "MOD-RADIO-1",
        "identifiers": [{"scheme": "serial", "value": "SECRET-MA-1"}],
    }
    answer = await client.post(f"{API}/equipment", json=body, headers=headers)
    assert answer.status_code == 409
    for each in (foreign.names["item"], foreign.made["equipment"]["reference"], "BMP-MA", str(world["morocco"])):
        assert each not in answer.text


async def test_lists_and_their_counts_hold_nothing_of_others(app: FastAPI, world: World, sides: Sides) -> None:
    """Every list in every form, as the attacker, a focal point of the other country and a stranger."""
    client, foreign, _ = sides
    document = app.openapi()
    for account in (ATTACKER, "italy.logistics", "tn.focal", "tn.focal.sfax", "nobody"):
        headers = world.headers(account)
        for path, methods in document["paths"].items():
            if "security" not in methods.get("get", {}) or "{" in path or not path.startswith(API):
                continue
            names = {each["name"] for each in methods["get"].get("parameters", ())}
            ways = [""] + (["?total=exact&limit=200", "?format=jsonl", "?format=csv"] if "cursor" in names else [])
            ways += ["?as_of=2099-01-01T00:00:00Z"] if "as_of" in names else []
            for way in ways:
                answer = await client.get(f"{path}{way}", headers=headers)
                if answer.status_code != 200:
                    assert answer.status_code in {403, 406, 422}, (account, path, way, answer.text)
                    continue
                told_ids = [name for name, each in foreign.names.items() if each in answer.text]
                assert (account, path, way, told_ids) == (account, path, way, [])
                assert "SECRET-MA" not in answer.text


async def test_a_cursor_moved_to_another_list_or_caller_shows_nothing_new(world: World, sides: Sides) -> None:
    client, foreign, _ = sides
    first = await client.get(f"{API}/equipment?limit=1", headers=world.headers("icmpd.manager"))
    cursor = first.json()["page"]["next"]
    assert cursor
    moved = await client.get(f"{API}/equipment?limit=1&cursor={cursor}", headers=world.headers(ATTACKER))
    assert moved.status_code == 200
    assert foreign.names["item"] not in moved.text
    for path in ("deliveries", "equipment-models", "sites"):
        other = await client.get(f"{API}/{path}?limit=1&cursor={cursor}", headers=world.headers("icmpd.manager"))
        assert (path, other.status_code) == (path, 422)
    wider = f"{API}/equipment?limit=1&cursor={cursor}&component_id={world['morocco']}"
    assert (await client.get(wider, headers=world.headers("icmpd.manager"))).status_code == 422


async def test_observers_and_tokens_without_the_scope_see_no_people(
    database: Database, world: World, sides: Sides
) -> None:
    client, foreign, home = sides
    people = [
        side.made[path]["id"]
        for side in (foreign, home)
        for path in ("trainees", "postings", "records", "qualifications")
    ]
    for path in ("trainees", "postings", "records", "qualifications", "identity-reads", "trainees/" + people[0]):
        answer = await client.get(f"{API}/{path}", headers=world.headers("observer"))
        assert (path, answer.status_code) == (path, 403)
    caller = await rights(database, world, "observer")
    async with database.transaction(caller) as tx:
        for table, tenancy in TENANCY.items():
            if tenancy.personal:
                assert (table, await tx.value(Statement(f"SELECT count(*) FROM {table}"))) == (table, 0)
        assert await tx.value(Statement("SELECT count(*) FROM revisions WHERE personal")) == 0
    narrow = {"Authorization": f"Bearer {world.token('icmpd.manager', frozenset({'equipment:read'}))}"}
    assert (await client.get(f"{API}/trainees", headers=narrow)).status_code == 403


async def test_focal_points_see_their_own_tree_only(world: World, sides: Sides) -> None:
    client, foreign, home = sides
    for account, side, other in (("ma.focal", home, foreign), ("tn.focal", foreign, home)):
        headers = world.headers(account)
        for path in ("trainees", "postings", "records", "qualifications", "handovers", "support-arrangements", "sites"):
            ident_ = side.made[path]["id"] if path in side.made else side.names["site"]
            assert (path, (await client.get(f"{API}/{path}/{ident_}", headers=headers)).status_code) == (path, 404)
        mine = await client.get(f"{API}/trainees/{other.made['trainees']['id']}", headers=headers)
        assert mine.status_code == 200
        theirs = await client.get(f"{API}/equipment/{side.names['item']}", headers=headers)
        assert theirs.status_code == 404


async def test_an_idempotency_key_gives_its_answer_to_its_request_only(
    world: World, owner: asyncpg.Connection, sides: Sides
) -> None:
    client, _, home = sides
    key = {"Idempotency_Key": "attack-1"}
    body = {"component": "BMP-TN", "model": "MOD-RADIO-1"}
    made = await client.post(f"{API}/equipment", json=body, headers=world.headers("icmpd.manager", **key))
    assert made.status_code == 201
    other = await client.post(f"{API}/equipment", json=body, headers=world.headers(ATTACKER, **key))
    assert other.status_code == 201
    assert other.json()["id"] != made.json()["id"]
    changed = await client.post(
        f"{API}/equipment", json={**body, "note": "x"}, headers=world.headers("icmpd.manager", **key)
    )
    assert changed.status_code == 422
    step = {"action": "ship"}
    path = f"{API}/equipment/{made.json()['id']}/transitions"
    done = await client.post(
        path, json=step, headers=world.headers("icmpd.manager", If_Match="1", Idempotency_Key="attack-2")
    )
    assert done.status_code == 200, done.text
    moved = f"{API}/equipment/{home.names['item']}/transitions"
    again = await client.post(
        moved, json=step, headers=world.headers("icmpd.manager", If_Match="1", Idempotency_Key="attack-2")
    )
    assert again.status_code == 422
    await owner.execute("UPDATE delegations SET ends_at = now() WHERE organisation_id = $1", world["italy"])
    try:
        gone = await client.post(f"{API}/equipment", json=body, headers=world.headers(ATTACKER, **key))
        assert gone.status_code == 404
    finally:
        await owner.execute("UPDATE delegations SET ends_at = NULL WHERE organisation_id = $1", world["italy"])
