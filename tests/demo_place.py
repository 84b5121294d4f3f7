"""A database of its own with the demo in it, and people who log in with its credentials."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from app.db.embedded import Embedded
from app.db.migrating import migrate_async
from app.db.session import Database, Tx
from app.main import create_app
from app.security import keys as key_files
from app.services import demo, rights, seeding
from app.settings import Settings
from tests.conftest import running
from tests.world import ISSUER

ITEMS = 60
BLANK = "demo_blank"
TOKENS = "/api/v1/oauth/token"


@dataclass(frozen=True)
class Place:
    """A database and a folder of keys of its own."""

    cluster: Embedded
    name: str
    folder: Path

    async def build(self, *, told: Any = lambda _step, _done, _total: None, seed: int = 2026) -> dict[str, int]:
        database = Database(self.cluster.dsn("app", self.name), size=4)
        await database.open()
        try:
            return await demo.build(
                database,
                self.cluster.dsn("owner", self.name),
                secrets_dir=self.folder,
                items=ITEMS,
                seed=seed,
                progress=told,
            )
        finally:
            await database.close()

    async def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self.cluster.dsn("owner", self.name))
        try:
            return [tuple(row) for row in await connection.fetch(query, *values)]
        finally:
            await connection.close()

    @asynccontextmanager
    async def acting(self, account_id: UUID) -> AsyncIterator[Tx]:
        """A transaction of an account, as the application sees it."""
        database = Database(self.cluster.dsn("app", self.name), size=2)
        await database.open()
        try:
            async with database.transaction() as tx:
                caller = await rights.of_principal(tx, account_id)
            async with database.transaction(caller) as tx:
                yield tx
        finally:
            await database.close()

    def settings(self) -> Settings:
        return Settings(
            database_url=self.cluster.dsn("app", self.name),
            secrets=self.folder,
            data=self.folder,
            public_url=ISSUER,
            demo=True,
            rate_limit_per_minute=0,
        )

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with running(create_app(self.settings())) as client:
            yield client


async def make_database(cluster: Embedded, name: str, template: str) -> None:
    connection = await asyncpg.connect(cluster.dsn("postgres", "postgres"))
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {template} OWNER bmp_owner')
        await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
        await connection.execute(f'GRANT CONNECT ON DATABASE "{name}" TO bmp_app, bmp_worker')
    finally:
        await connection.close()


async def make_place(cluster: Embedded, name: str, folder: Path) -> Place:
    folder.chmod(0o700)  # noqa: ASYNC240 - a test has nobody to hold up
    key_files.create_missing(folder)
    await make_database(cluster, name, BLANK)
    return Place(cluster, name, folder)


async def make_blank(cluster: Embedded) -> None:
    """A database with the public facts only, from which the others are cloned; once per cluster."""
    connection = await asyncpg.connect(cluster.dsn("postgres", "postgres"))
    try:
        known = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", BLANK)
    finally:
        await connection.close()
    if known:
        return
    await make_database(cluster, BLANK, "template1")
    await migrate_async(cluster.dsn("owner", BLANK))
    owner = await asyncpg.connect(cluster.dsn("owner", BLANK))
    try:
        await seeding.seed(owner)
    finally:
        await owner.close()


async def ask_token(client: httpx.AsyncClient, entry: dict[str, Any]) -> httpx.Response:
    """What the token endpoint answers to an entry of the credentials file."""
    if entry.get("password"):
        form = {"grant_type": "password", "username": entry["account_name"], "password": entry["password"]}
        return await client.post(TOKENS, data=form)
    basic = base64.b64encode(f"{entry['client_id']}:{entry['client_secret']}".encode()).decode()
    return await client.post(
        TOKENS, data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )
