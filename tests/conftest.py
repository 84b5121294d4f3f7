"""Real PostgreSQL for every test: one cluster per process, migrated once, cloned per module (HOUSE 7)."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck
from hypothesis import settings as examples

from app.db.embedded import Embedded, temporary
from app.db.migrating import migrate_async
from app.db.session import Database
from app.main import create_app
from app.security import keys as key_files
from app.security.keys import Keys
from app.settings import Settings
from tests.world import ISSUER, World, build

# A deadline per example, or a bound on how long examples take to make, would be a timed test: it fails on a busy
# machine and says nothing about the code (HOUSE 7).
examples.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("untimed")

MAJOR = int(os.environ.get("BMP_TEST_POSTGRES", "18"))


@pytest.fixture(autouse=True, scope="module")
def thawed() -> Iterator[None]:
    """Every application freezes what is there when it starts; what tests of a module left is collected after it."""
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Embedded]:
    with temporary(MAJOR) as server:
        yield server


@pytest.fixture(scope="session")
def secrets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    folder.chmod(0o700)
    key_files.create_missing(folder)
    return folder


@pytest.fixture(scope="session")
def keys(secrets_folder: Path) -> Keys:
    return key_files.load(secrets_folder)


@pytest.fixture(scope="session")
def template(cluster: Embedded, keys: Keys) -> World:
    """The database `bmp`, migrated and with the world in it; others are cloned from it."""

    async def make() -> World:
        await migrate_async(cluster.dsn("owner"))
        connection = await asyncpg.connect(cluster.dsn("owner"))
        try:
            return await build(connection, keys)
        finally:
            await connection.close()

    return asyncio.run(make())


@pytest.fixture(scope="module")
def database_name(request: pytest.FixtureRequest, cluster: Embedded, template: World) -> Iterator[str]:
    """A database of this module's own, with the world in it; everything in it is really committed."""
    name = "t_" + request.module.__name__.replace(".", "_").lower()[-50:]

    async def clone() -> None:
        connection = await asyncpg.connect(cluster.dsn("postgres", "postgres"))
        try:
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE bmp OWNER bmp_owner')
            await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
            await connection.execute(f'GRANT CONNECT ON DATABASE "{name}" TO bmp_app, bmp_worker')
        finally:
            await connection.close()

    async def drop() -> None:
        connection = await asyncpg.connect(cluster.dsn("postgres", "postgres"))
        try:
            await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        finally:
            await connection.close()

    asyncio.run(clone())
    yield name
    asyncio.run(drop())


@pytest.fixture(scope="module")
def owner_dsn(cluster: Embedded, database_name: str) -> str:
    return cluster.dsn("owner", database_name)


@pytest.fixture(scope="module")
def world(template: World, database_name: str) -> World:
    return template


@pytest.fixture
async def owner(owner_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection: to look behind the walls."""
    connection = await asyncpg.connect(owner_dsn)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def settings(
    cluster: Embedded, database_name: str, secrets_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    return Settings(
        database_url=cluster.dsn("app", database_name),
        database_worker_url=cluster.dsn("worker", database_name),
        database_owner_url=cluster.dsn("owner", database_name),
        secrets=secrets_folder,
        data=tmp_path_factory.mktemp("data"),
        public_url=ISSUER,
        rights_cache_seconds=0,
        rate_limit_per_minute=0,
        password_grant=True,
        stream_seconds=0,  # the transport of these tests waits for the whole answer
    )


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a started application, in this process."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
            yield client


@pytest.fixture(scope="module")
def app(settings: Settings) -> FastAPI:
    """One application of a module: building it takes longer than most tests. Each test starts and stops it anew."""
    return create_app(settings)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with running(app) as client:
        yield client


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The application role's own way to the database, without HTTP."""
    assert settings.database_url is not None
    made = Database(settings.database_url.get_secret_value(), size=4)
    await made.open()
    try:
        yield made
    finally:
        await made.close()
