"""Webhooks over HTTP: whose they are, secrets that are shown once, targets that are refused, the log."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from app.domain.access import Scope
from app.schemas.webhooks import WebhookDeliveryOut, WebhookMade, WebhookOut
from tests.world import World

pytestmark = pytest.mark.anyio
API = "/api/v1/webhooks"
TARGET = "https://receiver.example/bmp"


async def make(client: httpx.AsyncClient, world: World, account: str = "icmpd.manager", **body: Any) -> dict[str, Any]:
    response = await client.post(API, json={"url": TARGET, **body}, headers=world.headers(account))
    assert response.status_code == 201, response.text
    WebhookMade.model_validate_json(response.content)
    made: dict[str, Any] = response.json()
    assert response.headers["location"] == f"{API}/{made['webhook']['id']}"
    assert response.headers["cache-control"] == "private, no-store"
    return made


async def read(client: httpx.AsyncClient, world: World, ident: str, account: str = "icmpd.manager") -> Any:
    response = await client.get(f"{API}/{ident}", headers=world.headers(account))
    assert response.status_code == 200, response.text
    WebhookOut.model_validate_json(response.content)
    return response.json()


async def test_a_webhook_shows_its_secret_once(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    ident = str(uuid4())
    made = await make(client, world, id=ident, description="Register", resources=["sites"], types=["bmp.sites.changed"])
    webhook = made["webhook"]
    assert made["secret"].startswith("whsec_")
    assert (webhook["id"], webhook["status"], webhook["disabled_because"]) == (ident, "active", None)
    assert webhook["owner_id"] == str(world.accounts["icmpd.manager"])
    assert (webhook["resources"], webhook["types"]) == (["sites"], ["bmp.sites.changed"])
    assert webhook["health"] == {
        "failing_since": None, "resting_until": None, "delivered_at": None, "last_failure": None,
    }  # fmt: skip
    assert [each["expires_at"] for each in webhook["secrets"]] == [None]
    read_again = await client.get(f"{API}/{ident}", headers=world.headers("icmpd.manager"))
    assert "whsec_" not in read_again.text
    listed = await client.get(f"{API}?q=register", headers=world.headers("icmpd.manager"))
    assert [each["id"] for each in listed.json()["items"]] == [ident]
    again = await client.post(API, json={"id": ident, "url": TARGET}, headers=world.headers("icmpd.manager"))
    assert (again.status_code, again.json()["code"]) == (409, "taken")
    keyed = await client.post(
        API, json={"url": TARGET}, headers=world.headers("icmpd.manager", Idempotency_Key="secrets-are-not-kept")
    )
    assert (keyed.status_code, keyed.json()["code"]) == (400, "idempotency_not_supported")
    kinds = await owner.fetch("SELECT kind, facts::text FROM security_log WHERE subject_id = $1::uuid", ident)
    assert [row["kind"] for row in kinds] == ["webhook.created"]


@pytest.mark.parametrize(
    "url",
    ["http://receiver.example/", "https://localhost/", "https://10.0.0.1/", "https://[::1]/", "https://u:p@x.example"],
)
async def test_targets_that_are_refused(client: httpx.AsyncClient, world: World, url: str) -> None:
    refused = await client.post(API, json={"url": url}, headers=world.headers("icmpd.manager"))
    assert refused.status_code == 422
    assert refused.json()["errors"][0] | {"detail": ""} == {"pointer": "/url", "code": "url_not_allowed", "detail": ""}
    made = (await make(client, world))["webhook"]
    changed = await client.patch(
        f"{API}/{made['id']}", json={"url": url}, headers=world.headers("icmpd.manager", If_Match="1")
    )
    assert changed.status_code == 422
    assert (await read(client, world, made["id"]))["url"] == TARGET


@pytest.mark.parametrize("body", [{"resources": ["nothing"]}, {"types": ["bmp.sites.exploded"]}, {"resources": []}])
async def test_filters_that_are_none(client: httpx.AsyncClient, world: World, body: dict[str, Any]) -> None:
    refused = await client.post(API, json={"url": TARGET, **body}, headers=world.headers("icmpd.manager"))
    assert refused.status_code == 422


async def test_a_webhook_is_its_owners(client: httpx.AsyncClient, world: World) -> None:
    made = (await make(client, world))["webhook"]
    path = f"{API}/{made['id']}"
    for account in ("icmpd.manager2", "root", "auditor"):
        headers = world.headers(account, If_Match="1")
        span = {"since": "2024-01-01T00:00:00Z", "until": "2024-01-02T00:00:00Z"}
        for method, address, body in (
            ("GET", path, None),
            ("PATCH", path, {"description": "mine"}),
            ("DELETE", path, None),
            ("POST", f"{path}/rotate-secret", {}),
            ("POST", f"{path}/enable", None),
            ("POST", f"{path}/disable", None),
            ("POST", f"{path}/ping", None),
            ("GET", f"{path}/deliveries", None),
            ("GET", f"{path}/deliveries/{uuid4()}", None),
            ("POST", f"{path}/deliveries/{uuid4()}/replay", None),
            ("POST", f"{path}/replay", span),
        ):
            response = await client.request(method, address, headers=headers, json=body)
            assert (account, method, address, response.status_code) == (account, method, address, 404)
        listed = await client.get(API, headers=world.headers(account))
        assert made["id"] not in listed.text


async def test_a_token_that_allows_less_does_not_turn_a_webhook_to_itself(
    client: httpx.AsyncClient, world: World
) -> None:
    made = (await make(client, world))["webhook"]
    narrow = {
        "Authorization": f"Bearer {world.token('icmpd.manager', frozenset({Scope.REGISTER_READ.value}))}",
        "If-Match": '"1"',
    }
    path = f"{API}/{made['id']}"
    for method, address, body in (
        ("PATCH", path, {"url": "https://other.example/"}),
        ("POST", f"{path}/rotate-secret", {}),
        ("POST", f"{path}/ping", None),
    ):
        response = await client.request(method, address, headers=narrow, json=body)
        assert response.status_code == 403
        assert "equipment:read" in response.json()["lacking"]
    assert (await client.post(f"{path}/disable", headers=narrow)).status_code == 200, "to stop it takes less"


async def test_change_disable_enable_remove(client: httpx.AsyncClient, world: World, owner: asyncpg.Connection) -> None:
    made = (await make(client, world, resources=["sites"]))["webhook"]
    path = f"{API}/{made['id']}"

    async def call(method: str, address: str, version: int, body: Any = None) -> httpx.Response:
        sent = {} if body is None else {"json": body}
        headers = world.headers("icmpd.manager", If_Match=str(version))
        return await client.request(method, address, headers=headers, **sent)

    changed = await call("PATCH", path, 1, {"url": "https://other.example/", "resources": None})
    assert (changed.json()["url"], changed.json()["resources"], changed.json()["version"]) == (
        "https://other.example/",
        None,
        2,
    )
    assert (await call("PATCH", path, 1, {"description": "late"})).status_code == 412
    assert (await call("POST", f"{path}/enable", 2)).status_code == 409
    off = await call("POST", f"{path}/disable", 2)
    assert (off.json()["status"], off.json()["disabled_because"]) == ("disabled", "owner")
    assert (await call("POST", f"{path}/disable", 3)).status_code == 409
    assert (await client.post(f"{path}/ping", headers=world.headers("icmpd.manager"))).status_code == 409
    on = await call("POST", f"{path}/enable", 3)
    assert (on.json()["status"], on.json()["disabled_because"]) == ("active", None)
    assert (await call("DELETE", path, 3)).status_code == 412
    assert (await call("DELETE", path, 4)).status_code == 204
    assert (await call("DELETE", path, 4)).status_code == 404
    assert await owner.fetchval("SELECT count(*) FROM webhook_secrets WHERE webhook_id = $1::uuid", made["id"]) == 0
    rows = await owner.fetch(
        "SELECT kind FROM security_log WHERE subject_id = $1::uuid ORDER BY recorded_at", made["id"]
    )
    assert [row["kind"].removeprefix("webhook.") for row in rows] == [
        *("created", "changed", "disabled", "enabled", "removed")
    ]


async def test_rotation_leaves_two_live_secrets_at_most(client: httpx.AsyncClient, world: World) -> None:
    made = await make(client, world)
    path = f"{API}/{made['webhook']['id']}"
    seen = {made["secret"]}
    for version in (1, 2):
        headers = world.headers("icmpd.manager", If_Match=str(version))
        rotated = await client.post(f"{path}/rotate-secret", json={}, headers=headers)
        WebhookMade.model_validate_json(rotated.content)
        seen.add(rotated.json()["secret"])
        live = rotated.json()["webhook"]["secrets"]
        assert [each["expires_at"] is None for each in live] == [False, True]
    leaked = await client.post(
        f"{path}/rotate-secret", json={"overlap_hours": 0}, headers=world.headers("icmpd.manager", If_Match="3")
    )
    assert len(leaked.json()["webhook"]["secrets"]) == 1
    assert len({*seen, leaked.json()["secret"]}) == 4


async def test_a_ping_and_its_replay_stand_in_the_log(client: httpx.AsyncClient, world: World) -> None:
    made = (await make(client, world))["webhook"]
    path = f"{API}/{made['id']}"
    headers = world.headers("icmpd.manager")
    ping = await client.post(f"{path}/ping", headers=headers)
    assert ping.status_code == 202
    WebhookDeliveryOut.model_validate_json(ping.content)
    assert (ping.json()["type"], ping.json()["state"]) == ("bmp.webhooks.ping", "pending")
    found = await client.get(ping.headers["location"], headers=headers)
    assert found.json() == ping.json()
    again = await client.post(f"{path}/deliveries/{ping.json()['id']}/replay", headers=headers)
    assert (again.status_code, again.json()["event_id"]) == (202, ping.json()["event_id"])
    assert again.json()["replayed"] is True
    log = await client.get(f"{path}/deliveries?state=pending&total=exact", headers=headers)
    assert [each["id"] for each in log.json()["items"]] == [again.json()["id"], ping.json()["id"]]
    other = (await make(client, world))["webhook"]
    for address in (f"deliveries/{ping.json()['id']}", f"deliveries/{uuid4()}"):
        assert (await client.get(f"{API}/{other['id']}/{address}", headers=headers)).status_code == 404
        assert (await client.post(f"{API}/{other['id']}/{address}/replay", headers=headers)).status_code == 404


async def test_a_span_is_replayed_by_a_job(client: httpx.AsyncClient, world: World) -> None:
    made = (await make(client, world))["webhook"]
    span = {"since": "2024-01-01T00:00:00Z", "until": "2024-01-02T00:00:00Z"}
    started = await client.post(f"{API}/{made['id']}/replay", json=span, headers=world.headers("icmpd.manager"))
    assert (started.status_code, started.json()["kind"]) == (202, "webhooks.replay")
    assert started.headers["location"] == f"/api/v1/jobs/{started.json()['id']}"
    reversed_span = {"since": span["until"], "until": span["since"]}
    refused = await client.post(
        f"{API}/{made['id']}/replay", json=reversed_span, headers=world.headers("icmpd.manager")
    )
    assert refused.status_code == 422


async def test_there_are_only_so_many(client: httpx.AsyncClient, world: World, owner: asyncpg.Connection) -> None:
    await make(client, world, "italy.manager")
    await owner.execute(
        "INSERT INTO webhooks (id, owner_id, person_id, organisation_id, scopes, url) "
        "SELECT gen_random_uuid(), owner_id, person_id, organisation_id, scopes, url "
        "FROM webhooks, generate_series(1, 49) WHERE owner_id = $1",
        world.accounts["italy.manager"],
    )
    refused = await client.post(API, json={"url": TARGET}, headers=world.headers("italy.manager"))
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
