"""The caller about itself: rights, sessions, password."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
import uuid_utils.compat as uuids

from app.schemas.me import MeOut
from app.security.passwords import hash_password
from tests.world import World

pytestmark = pytest.mark.anyio
URL = "/api/v1/me"
PASSWORD = "lantern-orbit-thistle-9"
OTHER = "saffron-meadow-cobalt-4"


async def sign_in(client: httpx.AsyncClient, account: str, password: str = PASSWORD) -> dict[str, str]:
    form = {"grant_type": "password", "username": account, "password": password}
    answer = await client.post("/api/v1/oauth/token", data=form)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def give_password(owner: asyncpg.Connection, world: World, account: str) -> None:
    await owner.execute(
        "INSERT INTO credentials (account_id, password_hash) VALUES ($1, $2)",
        world.accounts[account],
        await hash_password(PASSWORD),
    )


async def test_who_what_where(client: httpx.AsyncClient, world: World) -> None:
    answer = await client.get(URL, headers=world.headers("tn.focal.sfax", Accept_Language="fr"))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
    body = answer.json()
    MeOut.model_validate(body)
    sfax = {"id": str(world["tn-sfax"]), "reference": "AG-TN-SFAX", "label": "Unité tn-sfax"}
    expires_at = datetime.fromisoformat(body["token"]["expires_at"])
    assert body == {
        "id": str(world.accounts["tn.focal.sfax"]),
        "kind": "account",
        "account_name": "tn.focal.sfax",
        "display_name": "Synthetic tn.focal.sfax",
        "language": "en",
        "organisation": {
            "id": str(world["tn-coast-guard"]),
            "reference": "ORG-TN-COAST-GUARD",
            "label": "Organisation tn-coast-guard",
            "kinds": ["beneficiary"],
        },
        "agency": sfax,
        "roles": ["focal_point"],
        "scopes": [
            "equipment:confirm",
            "equipment:read",
            "files:read",
            "files:write",
            "readiness:read",
            "register:read",
            "trainees:identify",
            "trainees:nominate",
            "trainees:read",
            "training:read",
        ],
        "components": [],
        "agencies": [{**sfax, "power": "manage"}],
        "token": {"client_id": "tests", "session_id": None, "expires_at": body["token"]["expires_at"]},
    }
    assert 0 < (expires_at - datetime.now(UTC)).total_seconds() <= 600


async def test_powers(client: httpx.AsyncClient, world: World) -> None:
    async def told(account: str) -> tuple[dict[str, str], dict[str, str]]:
        body = (await client.get(URL, headers=world.headers(account))).json()
        return tuple({each["reference"]: each["power"] for each in body[kind]} for kind in ("components", "agencies"))  # type: ignore[return-value]

    both = {"BMP-MA": "manage", "BMP-TN": "manage"}
    tops = {"AG-MA-DIRECTORATE": "manage", "AG-TN-DIRECTORATE": "manage"}
    assert await told("icmpd.manager") == (both, tops)
    assert await told("icmpd.morocco") == ({"BMP-MA": "manage"}, {"AG-MA-DIRECTORATE": "manage"})
    assert await told("italy.manager") == ({"BMP-TN": "manage"}, {"AG-TN-DIRECTORATE": "manage"})
    observed = (dict.fromkeys(both, "observe"), dict.fromkeys(tops, "observe"))
    assert await told("observer") == observed
    assert await told("auditor") == observed
    assert await told("nobody") == ({}, {})


async def test_without_a_token(client: httpx.AsyncClient) -> None:
    answer = await client.get(URL)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="bmp"')


async def test_own_sessions(client: httpx.AsyncClient, owner: asyncpg.Connection, world: World) -> None:
    await give_password(owner, world, "italy.logistics")
    await give_password(owner, world, "italy.manager")
    first, second = [await sign_in(client, "italy.logistics") for _ in range(2)]
    colleague = await sign_in(client, "italy.manager")
    listed = (await client.get(f"{URL}/sessions", headers=first)).json()["items"]
    assert len(listed) == 2
    assert listed[0].keys() == {
        "id", "agent", "created_at", "used_at", "expires_at", "revoked_at", "revoked_because",
    }  # fmt: skip
    current = (await client.get(URL, headers=second)).json()["token"]["session_id"]
    assert current == listed[0]["id"]
    theirs = await client.delete(f"{URL}/sessions/{current}", headers=colleague)
    assert theirs.status_code == 404
    assert (await client.delete(f"{URL}/sessions/{current}", headers=first)).status_code == 204
    statuses = [(await client.get(URL, headers=each)).status_code for each in (first, second)]
    assert statuses == [200, 401]
    assert (await client.delete(f"{URL}/sessions/{current}", headers=first)).status_code == 404
    assert (await client.delete(f"{URL}/sessions/{uuids.uuid7()}", headers=first)).status_code == 404
    running = await client.get(f"{URL}/sessions", params={"running": "true"}, headers=first)
    assert [each["id"] for each in running.json()["items"]] == [listed[1]["id"]]


async def change(client: httpx.AsyncClient, headers: dict[str, str], current: str, new: str) -> httpx.Response:
    return await client.post(f"{URL}/password", json={"current": current, "password": new}, headers=headers)


async def test_own_password(client: httpx.AsyncClient, owner: asyncpg.Connection, world: World, app: Any) -> None:
    await give_password(owner, world, "icmpd.monitoring")
    here, elsewhere = [await sign_in(client, "icmpd.monitoring") for _ in range(2)]
    wrong = await change(client, here, "not-this-one-either", OTHER)
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "password_wrong")
    weak = await change(client, here, PASSWORD, "icmpd.monitoring")
    assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (422, "/password")
    assert (await change(client, here, PASSWORD, OTHER)).status_code == 204
    statuses = [(await client.get(URL, headers=each)).status_code for each in (here, elsewhere)]
    assert statuses == [200, 401]
    await sign_in(client, "icmpd.monitoring", OTHER)
    kinds = await owner.fetch(
        "SELECT kind, actor_id FROM security_log WHERE subject_id = $1 ORDER BY id", world.accounts["icmpd.monitoring"]
    )
    assert [tuple(row) for row in kinds] == [("password.changed", world.accounts["icmpd.monitoring"])]
    on = app.state.settings
    app.state.settings = on.model_copy(update={"login_attempts": 2})
    try:
        statuses = [(await change(client, here, "guess-guess-guess", OTHER)).status_code for _ in range(3)]
    finally:
        app.state.settings = on
    assert statuses == [422, 422, 429]


async def test_two_changes_of_a_password_at_once(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    """Both knew the old password when they began; one of them wins, and the other is told."""
    await give_password(owner, world, "icmpd.safeguards")
    here = await sign_in(client, "icmpd.safeguards")
    answers = await asyncio.gather(*(change(client, here, PASSWORD, OTHER) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [204, 409]


async def test_a_client_has_no_password(client: httpx.AsyncClient, world: World) -> None:
    body = {"name": "X", "scopes": ["register:read"]}
    made = (await client.post("/api/v1/clients", json=body, headers=world.headers("icmpd.manager"))).json()
    proof = (made["client"]["client_id"], made["client_secret"])
    given = await client.post("/api/v1/oauth/token", data={"grant_type": "client_credentials"}, auth=proof)
    headers = {"Authorization": f"Bearer {given.json()['access_token']}"}
    answer = await change(client, headers, PASSWORD, OTHER)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await client.get(f"{URL}/sessions", headers=headers)).json()["items"] == []


async def test_without_a_password(client: httpx.AsyncClient, world: World) -> None:
    answer = await change(client, world.headers("observer"), PASSWORD, OTHER)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "password_wrong")
