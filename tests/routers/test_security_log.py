"""The security log over HTTP."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx
import pytest

from app.schemas.security_log import SecurityEntryOut
from tests.feed import Reader, settle
from tests.world import World, ident

pytestmark = pytest.mark.anyio
URL = "/api/v1/security-log"


async def test_what_it_tells(client: httpx.AsyncClient, world: World) -> None:
    body = {"account_name": "synthetic.logged", "display_name": "X", "grants": [{"role": "monitoring_officer"}]}
    headers = world.headers("italy.manager", X_Request_Id="request-of-this-test")
    made = (await client.post("/api/v1/accounts", json=body, headers=headers)).json()
    await client.post("/api/v1/oauth/token", data={"grant_type": "password", "username": "no-one", "password": "x"})
    answer = await client.get(URL, headers=world.headers("auditor"))
    entries = answer.json()["items"]
    for entry in entries:
        SecurityEntryOut.model_validate(entry)
    assert [entry["kind"] for entry in entries] == ["sign_in.failed", "grant.added", "account.created"]
    assert entries[1] == {
        "id": entries[1]["id"],
        "recorded_at": entries[1]["recorded_at"],
        "kind": "grant.added",
        "organisation": {"id": str(world["italy"]), "reference": "ORG-ITALY", "label": "Organisation italy"},
        "actor_id": str(world.accounts["italy.manager"]),
        "subject_id": made["id"],
        "facts": {"role": "monitoring_officer", "component_id": None},
        "request_id": "request-of-this-test",
    }
    assert (entries[0]["actor_id"], entries[0]["subject_id"], entries[0]["organisation"]) == (None, None, None)
    one = await client.get(f"{URL}/{entries[1]['id']}", headers=world.headers("root"))
    assert one.json() == entries[1]
    filtered = await client.get(
        URL,
        params={
            "kind": "grant.added,account.created",
            "actor_id": str(world.accounts["italy.manager"]),
            "subject_id": made["id"],
            "organisation_id": str(world["italy"]),
            "recorded_at.gte": entries[1]["recorded_at"],
            "recorded_at.lt": "2099-01-01T00:00:00Z",
        },
        headers=world.headers("root"),
    )
    assert [entry["id"] for entry in filtered.json()["items"]] == [entries[1]["id"]]


async def test_who_may_read_it(client: httpx.AsyncClient, world: World) -> None:
    statuses = {
        account: (await client.get(URL, headers=world.headers(account))).status_code
        for account in ("root", "auditor", "icmpd.manager", "observer", "tn.focal")
    }
    assert statuses == {"root": 200, "auditor": 200, "icmpd.manager": 403, "observer": 403, "tn.focal": 403}
    unknown = await client.get(URL, params={"kind": "coffee"}, headers=world.headers("root"))
    assert unknown.status_code == 422


async def test_nobody_changes_it(owner: asyncpg.Connection, client: httpx.AsyncClient, world: World) -> None:
    await client.post("/api/v1/oauth/token", data={"grant_type": "password", "username": "no-one", "password": "x"})
    for statement in ("UPDATE security_log SET kind = 'x'", "DELETE FROM security_log"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute(statement)


async def auditor_of(owner: asyncpg.Connection, world: World, component: str, *, also: str | None = None) -> str:
    """An auditor of one component, who may have the whole rights of a programme manager in another one."""
    account = ident()
    name = f"auditor.{account}"
    await owner.execute(
        "INSERT INTO accounts (id, organisation_id, account_name, display_name) VALUES ($1, $2, $3, 'Synthetic')",
        account, world["court"], name,
    )  # fmt: skip
    for role, where in (("auditor", component), ("programme_manager", also)):
        if where:
            await owner.execute(
                "INSERT INTO grants (id, account_id, organisation_id, role, component_id) VALUES ($1, $2, $3, $4, $5)",
                ident(), account, world["court"], role, world[where],
            )  # fmt: skip
    world.accounts[name], world.organisations[name] = account, "court"
    return name


async def organisations_in(client: httpx.AsyncClient, world: World, account: str, path: str) -> set[str | None]:
    """The organisations of everything that an account reads there."""
    answer = await client.get(f"/api/v1/{path}?limit=200", headers=world.headers(account))
    assert answer.status_code == 200, answer.text
    found = [each["organisation"] for each in answer.json()["items"]]
    return {each and str(each["reference"]) for each in found}


async def test_an_auditor_reads_of_organisations_that_take_part_in_what_is_audited(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    """The log, accounts, clients; who signed in where nobody knows is for an auditor of the whole deployment."""
    for organisation in ("icmpd", "italy", "tn-coast-guard", "ma-border", "stranger", None):
        await owner.execute(
            "INSERT INTO security_log (id, kind, organisation_id, facts) VALUES ($1, 'sign_in.failed', $2, '{}')",
            ident(), world[organisation] if organisation else None,
        )  # fmt: skip
    for name in ("icmpd.manager", "tn.focal", "ma.focal", "nobody"):
        await owner.execute(
            "INSERT INTO clients (id, owner_id, organisation_id, client_id, name, scopes, authentication) "
            "VALUES ($1, $2, $3, $4, 'Synthetic', '{register:read}', 'client_secret_basic')",
            ident(), world.accounts[name], world[world.organisations[name]], f"client.{name}",
        )  # fmt: skip
    part = {"ORG-ICMPD", "ORG-ITALY", "ORG-TN-COAST-GUARD", "ORG-COURT", "ORG-EU"}
    tunisia = await auditor_of(owner, world, "tunisia")
    mixed = await auditor_of(owner, world, "tunisia", also="morocco")
    for account in (tunisia, mixed):
        assert await organisations_in(client, world, account, "accounts") == part
        assert await organisations_in(client, world, account, "clients") == {"ORG-ICMPD", "ORG-TN-COAST-GUARD"}
        seen = await organisations_in(client, world, account, "security-log")
        assert {"ORG-ICMPD", "ORG-ITALY", "ORG-TN-COAST-GUARD"} <= seen <= part
    for account in ("auditor", "root"):
        assert {None, "ORG-MA-BORDER", "ORG-STRANGER"} <= await organisations_in(client, world, account, "security-log")
        assert {"ORG-MA-BORDER", "ORG-STRANGER"} <= await organisations_in(client, world, account, "accounts")
    for path in (f"accounts/{world.accounts['ma.focal']}", "clients/client.ma.focal"):
        answers = [await client.get(f"/api/v1/{path}", headers=world.headers(each)) for each in (tunisia, "auditor")]
        assert [answer.status_code for answer in answers] == [404, 200]


async def test_an_auditor_hears_of_the_same_accounts_by_the_feed(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    tunisia = await auditor_of(owner, world, "tunisia", also="morocco")
    headers = world.headers(tunisia)
    start = (await client.get("/api/v1/changes/cursor", headers=headers)).json()["cursor"]
    for name in ("ma.focal", "tn.focal"):
        await owner.execute("UPDATE accounts SET version = version + 1 WHERE id = $1", world.accounts[name])
    answer = await client.get(
        "/api/v1/changes", params={"after": start, "resource": "accounts", "limit": "200"}, headers=headers
    )
    told = {item["data"]["id"] for item in answer.json()["items"]}
    assert [str(world.accounts[name]) in told for name in ("tn.focal", "ma.focal")] == [True, False]


async def test_whoever_took_part_is_still_audited(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    """An audit is about what was done; a delegation that has not begun says nothing yet."""
    morocco = await auditor_of(owner, world, "morocco")
    assert "ORG-ITALY" not in await organisations_in(client, world, morocco, "accounts")
    delegation = ident()
    await owner.execute(
        "INSERT INTO delegations (id, organisation_id, programme_id, component_id, power, starts_at) "
        "VALUES ($1, $2, $3, $4, 'manage', clock_timestamp() + interval '1 day')",
        delegation, world["italy"], world["programme"], world["morocco"],
    )  # fmt: skip
    assert "ORG-ITALY" not in await organisations_in(client, world, morocco, "accounts")
    await owner.execute(
        "UPDATE delegations SET starts_at = clock_timestamp() - interval '2 days', "
        "ends_at = clock_timestamp() - interval '1 day' WHERE id = $1",
        delegation,
    )
    assert "ORG-ITALY" in await organisations_in(client, world, morocco, "accounts")


async def test_an_organisation_that_begins_to_take_part_changes_the_scope_of_its_auditors(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    """By a delegation or by an agency that takes part; those who audit all, or something else, hear of no scope."""
    accounts = {
        "one": await auditor_of(owner, world, "morocco"),
        "mixed": await auditor_of(owner, world, "morocco", also="tunisia"),
        "other": await auditor_of(owner, world, "tunisia"),
        "all": "auditor",
        "root": "root",
    }
    nothing: dict[str, list[Any]] = {name: [] for name in accounts}
    readers = {name: Reader(client, world, account) for name, account in accounts.items()}
    await settle(owner)
    begun = {name: (await each.begin())["scope"] for name, each in readers.items()}
    assert {name for name, scope in begun.items() if "organisations" in scope} == {"one", "mixed", "other"}
    assert str(world["stranger"]) not in begun["one"]["organisations"]
    assert await told_of_scope(owner, readers) == nothing

    delegation = ident()
    await owner.execute(
        "INSERT INTO delegations (id, organisation_id, programme_id, component_id, power, starts_at) "
        "VALUES ($1, $2, $3, $4, 'observe', clock_timestamp() - interval '1 day')",
        delegation, world["stranger"], world["programme"], world["morocco"],
    )  # fmt: skip
    told = await told_of_scope(owner, readers)
    assert {name: len(scopes) for name, scopes in told.items()} == {
        "one": 1,
        "mixed": 1,
        "other": 0,
        "all": 0,
        "root": 0,
    }
    for name in ("one", "mixed"):
        now = set(told[name][0]["organisations"])
        assert now - set(begun[name]["organisations"]) == {str(world["stranger"])}
        assert "ORG-STRANGER" in await organisations_in(client, world, accounts[name], "accounts")
    assert await told_of_scope(owner, readers) == nothing, "said until a later cursor is sent, not longer"

    agency, organisation = ident(), world["stranger"]
    await owner.execute("DELETE FROM delegations WHERE id = $1", delegation)
    ended = await told_of_scope(owner, readers)
    assert [str(organisation) in scope["organisations"] for scope in ended["one"]] == [False]
    await owner.execute(
        "INSERT INTO agencies (id, reference, organisation_id, country, name_en) "
        "VALUES ($1, 'AG-STRANGER', $2, 'MA', 'X')",
        agency, organisation,
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO participations (id, component_id, agency_id, starts_at) "
        "VALUES ($1, $2, $3, clock_timestamp() - interval '1 day')",
        ident(), world["morocco"], agency,
    )  # fmt: skip
    told = await told_of_scope(owner, readers)
    assert [str(organisation) in scope["organisations"] for scope in told["one"]] == [True]
    assert told["other"] == []


async def told_of_scope(owner: asyncpg.Connection, readers: dict[str, Reader]) -> dict[str, list[dict[str, Any]]]:
    """The scopes of which each reader was told since the last time."""
    await settle(owner)
    found = {name: await each.poll() for name, each in readers.items()}
    return {
        name: [each["data"]["scope"] for each in events if each["type"] == "bmp.scope.changed"]
        for name, events in found.items()
    }
