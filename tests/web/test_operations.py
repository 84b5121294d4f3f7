from __future__ import annotations

from importlib.metadata import version

import asyncpg
import httpx
import pytest

from app.db.migrating import head
from app.db.session import Database
from app.main import create_app
from app.security.keys import Keys, KeysError
from app.settings import Settings
from tests.conftest import running
from tests.world import ISSUER, World

pytestmark = pytest.mark.anyio


async def test_alive_and_ready(client: httpx.AsyncClient, owner: asyncpg.Connection) -> None:
    alive = await client.get("/livez")
    assert (alive.status_code, alive.json(), alive.headers["cache-control"]) == (200, {"status": "alive"}, "no-store")
    ready = await client.get("/readyz")
    checks = {"database": "ok", "migrations": "ok", "keys": "ok"}
    waiting = await owner.fetchval("SELECT count(*) FROM changes WHERE position IS NULL")
    changes = {**ready.json()["changes"], "waiting": waiting}
    assert changes.keys() == {"waiting", "seconds", "behind"}
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "checks": checks, "changes": changes})
    assert changes["seconds"] >= 0


async def test_the_root_says_what_there_is(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["vary"]) == (200, "Accept")
    told = answer.json()
    assert told == {
        "name": "bmp",
        "title": "Border Management Programmes API",
        "version": version("bmp"),
        "api": {"v1": "/api/v1"},
        "documentation": {
            "swagger": "/docs",
            "scalar": "/scalar",
            "redoc": "/redoc",
            "openapi": "/openapi.json",
            "problems": "/problems",
        },
        "health": {"live": "/livez", "ready": "/readyz"},
        "metadata": "/.well-known/oauth-authorization-server",
    }
    for path in (*told["documentation"].values(), *told["health"].values(), told["metadata"]):
        assert (await client.get(path)).status_code == 200, path
    browser = await client.get("/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (browser.status_code, browser.headers["location"]) == (303, "docs")
    assert (await client.head("/")).status_code == 200
    refused = await client.post("/")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    page = await client.get("/problems/not_found", headers={"Accept": "text/html"})
    assert "href='../problems'" in page.text


async def test_not_ready_for_tables_of_another_version(client: httpx.AsyncClient, owner: asyncpg.Connection) -> None:
    await owner.execute("UPDATE alembic_version SET version_num = 'older'")
    try:
        answer = await client.get("/readyz")
    finally:
        await owner.execute("UPDATE alembic_version SET version_num = $1", head())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["checks"] == {"database": "ok", "migrations": "behind", "keys": "ok"}


async def test_not_ready_without_a_database_but_alive(settings: Settings) -> None:
    nowhere = Database("postgresql://bmp_app:x@127.0.0.1:1/none", size=2, acquire_timeout=0.5)
    await nowhere.open()
    try:
        async with running(create_app(settings, nowhere)) as client:
            ready = await client.get("/readyz")
            alive = await client.get("/livez")
    finally:
        await nowhere.close()
    assert ready.status_code == 503
    assert ready.json()["checks"] == {"database": "unreachable", "migrations": "unknown", "keys": "ok"}
    assert alive.status_code == 200


async def test_a_database_that_is_away_is_503_for_callers(settings: Settings, world: World) -> None:
    nowhere = Database("postgresql://bmp_app:x@127.0.0.1:1/none", size=2, acquire_timeout=0.5)
    await nowhere.open()
    try:
        async with running(create_app(settings, nowhere)) as client:
            answer = await client.get("/api/v1/sites", headers=world.headers("icmpd.manager"))
    finally:
        await nowhere.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1


async def test_what_runs_here(client: httpx.AsyncClient) -> None:
    answer = await client.get("/version")
    assert answer.json() == {"name": "bmp", "version": version("bmp"), "api": "v1", "schema": head()}


async def test_keys_and_metadata_are_published(client: httpx.AsyncClient, keys: Keys) -> None:
    published = (await client.get("/.well-known/jwks.json")).json()["keys"]
    assert [(k["kid"], k["use"], k["alg"], "d" in k) for k in published] == [
        (key.kid, "sig", "ES256", False) for key in keys.verifiers()
    ]
    answer = await client.get("/.well-known/oauth-authorization-server")
    assert answer.headers["cache-control"] == "public, max-age=300"
    told = answer.json()
    assert told["issuer"] == ISSUER
    assert told["token_endpoint"] == f"{ISSUER}/api/v1/oauth/token"
    assert told["jwks_uri"] == f"{ISSUER}/.well-known/jwks.json"
    assert told["grant_types_supported"] == ["client_credentials", "refresh_token", "password"]
    assert "equipment:read" in told["scopes_supported"]


async def test_requests_are_counted_by_operation_and_status(client: httpx.AsyncClient) -> None:
    def counted(text: str) -> float:
        line = 'bmp_requests_total{operation="operations_get_version",status="200"} '
        return sum(float(row.removeprefix(line)) for row in text.splitlines() if row.startswith(line))

    before = counted((await client.get("/metrics")).text)
    await client.get("/version")
    await client.get("/nothing/that/is/there")
    after = await client.get("/metrics")
    assert counted(after.text) == before + 1
    assert after.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "bmp_database_connections " in after.text
    assert "/nothing/that" not in after.text


async def test_the_service_refuses_to_start_without_its_keys(settings: Settings, database: Database) -> None:
    without = settings.model_copy(update={"secrets": settings.data})
    with pytest.raises(KeysError):
        async with running(create_app(without, database)):
            pass
