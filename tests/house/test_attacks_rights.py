"""Rights that end where they were given: by component, by agency, by organisation, by client (DOMAIN 2)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from app.db.session import Database, Statement
from tests.conftest import running
from tests.house.sides import API, Side, rights
from tests.routers.papers import Desk
from tests.routers.training import day
from tests.world import World, ident

pytestmark = pytest.mark.anyio

ATTACKER = "italy.manager"
Sides = tuple[httpx.AsyncClient, Side, Side]

_built: list[Side] = []


@pytest.fixture(scope="module")
def world(template: World, database_name: str) -> World:
    """A copy: what is added to it stands in this module's database only."""
    return World(dict(template.ids), dict(template.accounts), dict(template.organisations), template.keys)


@pytest.fixture
async def sides(app: FastAPI, world: World) -> AsyncIterator[Sides]:
    async with running(app) as client:
        if not _built:
            _built.extend([await Side(client, world, "MA").build(), await Side(client, world, "TN").build()])
        for each in _built:
            each.client = client
        yield client, _built[0], _built[1]


async def other_component(owner: asyncpg.Connection, world: World) -> UUID:
    """A second component in Tunisia, of ICMPD alone, with the same agencies."""
    if "second" not in world.ids:
        world.ids["second"] = ident()
        await owner.execute(
            "INSERT INTO components (id, programme_id, reference, country, domains, name_en) "
            "VALUES ($1, $2, 'BMP-TN-2', 'TN', '{mobility}', 'Second')",
            world["second"],
            world["programme"],
        )
        await owner.execute(
            "INSERT INTO delegations (id, organisation_id, programme_id, component_id, power, starts_at) "
            "VALUES ($1, $2, $3, $4, 'manage', '2018-08-01Z')",
            ident(),
            world["icmpd"],
            world["programme"],
            world["second"],
        )
        await owner.execute(
            "INSERT INTO participations (id, component_id, agency_id, starts_at) VALUES ($1, $2, $3, '2018-08-01Z')",
            ident(),
            world["second"],
            world["tn-directorate"],
        )
    return world["second"]


async def test_revisions_are_walled_like_what_they_tell_of(
    app: FastAPI, database: Database, owner: asyncpg.Connection, world: World
) -> None:
    """Two components work with one agency: neither sees the other's papers, nor what changed in them."""
    second = await other_component(owner, world)
    async with running(app) as client:
        desk = Desk(client, world)
        body = {"component": "BMP-TN-2", "receiving_unit": "AG-TN-SFAX", "site": "SITE-TN-SFAX", "lines": []}
        made = await desk.done("POST", f"{API}/handovers", body)
        hidden = await desk.call("GET", f"{API}/handovers/{made['id']}", account=ATTACKER)
        assert hidden.status_code == 404
    caller = await rights(database, world, ATTACKER)
    async with database.transaction(caller) as tx:
        rows = await tx.rows(
            Statement(
                "SELECT resource, object_id FROM revisions WHERE component_id = :id AND resource <> 'participations'"
            ),
            id=second,
        )
    assert [tuple(row) for row in rows] == []


async def two_roles(owner: asyncpg.Connection, world: World) -> str:
    """A person who manages Morocco, and plans training in Tunisia."""
    name = "icmpd.two"
    if name not in world.accounts:
        account = world.accounts[name] = ident()
        world.organisations[name] = "icmpd"
        await owner.execute(
            "INSERT INTO accounts (id, organisation_id, account_name, display_name) "
            "VALUES ($1, $2, $3, 'Synthetic Two')",
            account,
            world["icmpd"],
            name,
        )
        roles = (("programme_manager", "morocco"), ("training_officer", "tunisia"), ("procurement_officer", "tunisia"))
        for role, component in roles:
            await owner.execute(
                "INSERT INTO grants (id, account_id, organisation_id, role, component_id) VALUES ($1, $2, $3, $4, $5)",
                ident(),
                account,
                world["icmpd"],
                role,
                world[component],
            )
    return name


async def test_a_scope_for_one_component_is_none_for_another(
    world: World, owner: asyncpg.Connection, sides: Sides
) -> None:
    """Back-dating is a scope of programme managers: held in Morocco, it back-dates nothing in Tunisia."""
    client, foreign, home = sides
    headers = world.headers(await two_roles(owner, world))
    long_ago = (datetime.now(UTC) - timedelta(days=200)).isoformat()
    late = {"occurred_at": long_ago, "backdating_reason": "Papers came late."}
    codes = {}
    for country in ("MA", "TN"):
        body = {"component": f"BMP-{country}", "model": "MOD-RADIO-1", **late}
        codes["item", country] = (await client.post(f"{API}/equipment", json=body, headers=headers)).status_code
    for side in (foreign, home):
        session: dict[str, Any] = {
            "component": side.component,
            "course": "CRS-RADIO-OP",
            "starts_on": day(-10),
            "ends_on": day(-6),
        }
        session |= {"half_days": 10, "language": "fr"}
        made = (await client.post(f"{API}/sessions", json=session, headers=headers)).json()
        body = {"session": made["id"], "trainee": side.made["trainees"]["id"], **late}
        codes["record", side.country] = (await client.post(f"{API}/records", json=body, headers=headers)).status_code
    assert codes == {("item", "MA"): 201, ("item", "TN"): 403, ("record", "MA"): 201, ("record", "TN"): 403}


async def test_nobody_hangs_a_branch_of_one_organisation_into_the_tree_of_another(world: World, sides: Sides) -> None:
    """Accounts of an organisation see its agencies and all below: adding one is giving sight, the administrator's."""
    client, _, _ = sides
    body = {
        "reference": "AG-TROJAN",
        "names": {"en": "Trojan"},
        "parent": "AG-TN-DIRECTORATE",
        "organisation": "ORG-MA-BORDER",
        "country": "TN",
    }
    answer = await client.post(f"{API}/agencies", json=body, headers=world.headers("icmpd.manager"))
    assert answer.status_code == 403, answer.text


async def test_a_unit_is_not_moved_below_another_organisation(world: World, sides: Sides) -> None:
    """The administrator may hang a branch of another organisation; nobody else moves anything below it."""
    client, _, _ = sides
    body = {"reference": "AG-GUEST", "names": {"en": "Guest"}, "parent": "AG-TN-DIRECTORATE", "country": "TN"}
    body |= {"organisation": "ORG-MA-BORDER"}
    made = await client.post(f"{API}/agencies", json=body, headers=world.headers("root"))
    assert made.status_code == 201, made.text
    moved = await client.patch(
        f"{API}/agencies/AG-TN-ZARZIS",
        json={"parent": "AG-GUEST"},
        headers=world.headers("icmpd.manager", If_Match="1"),
    )
    assert moved.status_code == 403


async def test_evidence_of_the_other_side_is_not_taken_away(
    world: World, owner: asyncpg.Connection, sides: Sides
) -> None:
    """A focal point adds files to items of its units and removes its own; the implementer's stay."""
    client, _, home = sides
    await owner.execute("UPDATE items SET unit_id = $1 WHERE id = $2", world["tn-sfax"], UUID(home.names["item"]))
    versions = {}
    for account in ("icmpd.manager", "tn.focal"):
        headers = world.headers(account, Content_Type="application/pdf")
        file = await client.post(f"{API}/files?file_name=a.pdf", content=b"%PDF-1.7\n%%EOF", headers=headers)
        assert file.status_code == 201, file.text
        body = {"file": file.json()["id"], "resource": "equipment", "object": home.names["item"]}
        made = await client.post(f"{API}/attachments", json=body, headers=world.headers(account))
        assert made.status_code == 201, made.text
        versions[account] = f"{API}/attachments/{made.json()['id']}", str(made.json()["version"])
    codes = []
    for by, of in (("tn.focal", "icmpd.manager"), ("tn.focal", "tn.focal"), ("icmpd.manager", "icmpd.manager")):
        path, version = versions[of]
        codes.append((await client.delete(path, headers=world.headers(by, If_Match=version))).status_code)
    assert codes == [403, 204, 204]


async def test_a_beneficiary_of_several_trees_sees_all_of_them(
    database: Database, world: World, owner: asyncpg.Connection
) -> None:
    """An organisation may have two directorates beside each other: its accounts see the items of both."""
    top = ident()
    await owner.execute(
        "INSERT INTO agencies (id, reference, organisation_id, country, is_unit, name_en) "
        "VALUES ($1, 'AG-MA-SECOND', $2, 'MA', true, 'Second')",
        top,
        world["ma-border"],
    )
    account = world.accounts["ma.whole"] = ident()
    world.organisations["ma.whole"] = "ma-border"
    await owner.execute(
        "INSERT INTO accounts (id, organisation_id, account_name, display_name) VALUES ($1, $2, 'ma.whole', 'Whole')",
        account,
        world["ma-border"],
    )
    caller = await rights(database, world, "ma.whole")
    for read_only in (True, False):
        async with database.transaction(caller, read_only=read_only) as tx:
            seen = await tx.value(Statement("SELECT app.own_agencies()"))
        assert set(seen) >= {top, world["ma-directorate"], world["ma-nador"]}


async def test_a_client_reaches_no_further_than_its_components(world: World, sides: Sides) -> None:
    client, foreign, home = sides
    body = {"name": "Moroccan export", "scopes": ["equipment:read", "files:read"], "components": ["BMP-MA"]}
    made = await client.post(f"{API}/clients", json=body, headers=world.headers("icmpd.manager"))
    assert made.status_code == 201, made.text
    kept = await client.post(f"{API}/clients", json=body, headers=world.headers("icmpd.manager", Idempotency_Key="k"))
    assert kept.status_code == 400  # its secret would be kept with the answer
    proof = (made.json()["client"]["client_id"], made.json()["client_secret"])
    token = await client.post(f"{API}/oauth/token", data={"grant_type": "client_credentials"}, auth=proof)
    headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
    for path, status in (
        (f"equipment/{foreign.names['item']}", 200),
        (f"equipment/{home.names['item']}", 404),
        (f"deliveries/{home.names['delivery']}", 404),
        ("trainees", 403),
        ("clients", 403),
    ):
        assert (path, (await client.get(f"{API}/{path}", headers=headers)).status_code) == (path, status)
    wide = {"name": "Wide", "scopes": ["equipment:read", "trainees:erase"]}
    assert (await client.post(f"{API}/clients", json=wide, headers=world.headers("icmpd.manager"))).status_code == 403
    other = {"name": "Other", "scopes": ["equipment:read"], "components": ["BMP-MA"]}
    assert (await client.post(f"{API}/clients", json=other, headers=world.headers(ATTACKER))).status_code == 422


async def test_readiness_answers_for_what_is_out_of_sight_as_for_what_is_not(world: World, sides: Sides) -> None:
    client, foreign, _ = sides
    headers = world.headers(ATTACKER)
    asked = {"unit": foreign.names["unit"], "agency": str(world["ma-directorate"]), "component": str(world["morocco"])}
    for path in ("readiness", "readiness/demand"):
        for name, theirs in asked.items():
            answers = []
            for each in (theirs, str(uuid4())):
                answer = await client.get(f"{API}/{path}?{name}={each}", headers=headers)
                answers.append((answer.status_code, [f["code"] for f in answer.json().get("errors", [])]))
            assert answers[0] == answers[1]
            assert answers[0][0] == 422
    for site in (world["site-ma-nador"], uuid4()):
        assert (await client.get(f"{API}/readiness/sites/{site}", headers=headers)).status_code == 404


async def test_tokens_that_were_not_given_open_nothing(world: World, sides: Sides) -> None:
    client, _, _ = sides
    head, body, seal = world.token("icmpd.manager").split(".")
    _, others, _ = world.token(ATTACKER).split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0"
    for forged in (
        f"{head}.{others}.{seal}",
        f"{head}.{body}.",
        f"{unsigned}.{body}.",
        f"{unsigned}.{body}.{seal}",
        "x",
    ):
        answer = await client.get(f"{API}/equipment", headers={"Authorization": f"Bearer {forged}"})
        assert (forged[-9:], answer.status_code) == (forged[-9:], 401)


async def test_an_audit_of_one_component_opens_no_other_organisation(
    owner: asyncpg.Connection, world: World, sides: Sides
) -> None:
    """Counts, filters, exports, single reads and histories of what an auditor may read obey the same rows (ADR 26)."""
    client, *_ = sides
    account = world.accounts["scoped.auditor"] = ident()
    world.organisations["scoped.auditor"] = "court"
    await owner.execute(
        "INSERT INTO accounts (id, organisation_id, account_name, display_name) VALUES ($1, $2, $3, 'Synthetic')",
        account, world["court"], "scoped.auditor",
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO grants (id, account_id, organisation_id, role, component_id) VALUES ($1, $2, $3, 'auditor', $4)",
        ident(), account, world["court"], world["tunisia"],
    )  # fmt: skip
    entry, script = ident(), ident()
    await owner.execute(
        "INSERT INTO security_log (id, kind, organisation_id, subject_id, facts) "
        "VALUES ($1, 'sign_in.failed', $2, $3, '{}')",
        entry, world["stranger"], world.accounts["nobody"],
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO clients (id, owner_id, organisation_id, client_id, name, scopes, authentication) "
        "VALUES ($1, $2, $3, 'their.script', 'Synthetic', '{register:read}', 'client_secret_basic')",
        script, world.accounts["nobody"], world["stranger"],
    )  # fmt: skip
    headers = world.headers("scoped.auditor")
    elsewhere = {"organisation_id": str(world["stranger"]), "total": "exact"}
    for path in ("accounts", "clients", "security-log"):
        theirs = (await client.get(f"{API}/{path}", params=elsewhere, headers=world.headers("root"))).json()
        assert theirs["page"]["total"] > 0, "it is there, as the administrator sees"
        answer = await client.get(f"{API}/{path}", params=elsewhere, headers=headers)
        assert (answer.status_code, answer.json()["items"], answer.json()["page"]["total"]) == (200, [], 0)
        table = await client.get(f"{API}/{path}?format=csv", headers=headers)
        assert table.status_code == 200
        assert not {"nobody", "their.script", str(entry)} & set(table.text.replace("\n", ",").split(","))
    stranger = world.accounts["nobody"]
    for path in (
        f"accounts/{stranger}", f"accounts/{stranger}/history", f"accounts/{stranger}/sessions", f"clients/{script}",
        f"clients/{script}/history", f"security-log/{entry}",
    ):  # fmt: skip
        refused = await client.get(f"{API}/{path}", headers=headers)
        assert refused.status_code == 404, (path, refused.text)
