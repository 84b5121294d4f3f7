"""What a database is filled with: the public facts always, the synthetic programme in the demo."""

from __future__ import annotations

import asyncio

import asyncpg
from rich.console import Console

from app.cli.progress import Told, progress
from app.db.embedded import Embedded
from app.db.session import Database
from app.security import keys
from app.services import demo, seeding
from app.settings import Settings


def seed_facts(url: str) -> dict[str, int]:
    """Write the public facts that are missing, as the owner; rows added by table."""
    return asyncio.run(_seed(url))


async def _seed(url: str) -> dict[str, int]:
    connection = await asyncpg.connect(url)
    try:
        return await seeding.seed(connection)
    finally:
        await connection.close()


def fill(settings: Settings, url: str, console: Console) -> None:
    """Public facts, and the synthetic programme when this is a demo; what is there already is left alone."""
    seed_facts(url)
    if settings.demo:
        build_demo(settings, url, console)


def build_demo(settings: Settings, url: str, console: Console, **size: int) -> dict[str, int]:
    """Build the synthetic programme through the services, unless it is there; what was built."""

    async def build(told: Told) -> dict[str, int]:
        loaded = keys.load(settings.secrets_dir)
        database = Database(
            Embedded(settings.data, settings.postgres_major).dsn("app"), size=4, cursor_secret=loaded.cursor
        )
        await database.open()
        try:
            return await demo.build(database, url, secrets_dir=settings.secrets_dir, progress=told, **size)
        finally:
            await database.close()

    with progress(console) as told:
        return asyncio.run(build(told))
