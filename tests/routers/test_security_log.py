"""The security log over HTTP."""

from __future__ import annotations

import asyncpg
import httpx
import pytest

from app.schemas.security_log import SecurityEntryOut
from tests.world import World

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
