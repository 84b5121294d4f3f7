"""An import whose worker is killed after the last row was written and before it committed: nothing half, then once."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import asyncpg
import httpx
import pytest

from app.security.keys import Keys
from app.settings import Settings
from tests.importing import Importer, as_csv
from tests.test_worker import ROOT, environment
from tests.test_worker_jobs import until
from tests.world import World

pytestmark = pytest.mark.anyio
WRITTEN = "SELECT count(*) FROM items WHERE external_id LIKE 'kill-%'"


async def _worker(settings: Settings) -> asyncio.subprocess.Process:
    assert settings.database_worker_url is not None
    url = settings.database_worker_url.get_secret_value()
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.worker"),
        cwd=ROOT,
        env=environment(settings, DATABASE_WORKER_URL=url, BMP_DATA=str(settings.data)),
    )


async def test_an_import_that_was_killed_is_written_once_by_the_next_worker(
    client: httpx.AsyncClient, world: World, settings: Settings, keys: Keys, owner: asyncpg.Connection, owner_dsn: str
) -> None:
    imports = Importer(client, world, settings, keys)
    rows: list[dict[str, Any]] = [
        {"component": "BMP-TN", "model": "MOD-RADIO-1", "serial": f"KILL-{n}", "external_id": f"kill-{n}"}
        for n in range(200)
    ]
    gate = await asyncpg.connect(owner_dsn)
    await gate.execute("BEGIN; LOCK TABLE import_changes IN SHARE MODE")  # the report is written last
    made = (await imports.upload(as_csv(rows), "equipment", mode="commit")).json()
    first = await _worker(settings)
    try:
        await until(
            owner, "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'import_changes'::regclass)"
        )
        first.kill()
        await first.wait()
        assert await owner.fetchval(WRITTEN) == 0
    finally:
        await gate.close()
        if first.returncode is None:
            first.kill()
            await first.wait()
    await owner.execute("UPDATE jobs SET lease_until = clock_timestamp() - interval '1 s' WHERE state = 'running'")
    second = await _worker(settings)
    try:
        await until(owner, "SELECT state = 'succeeded' FROM jobs WHERE id = $1", made["job"]["id"])
    finally:
        second.terminate()
        await second.wait()
    found = await imports.get(f"/imports/{made['id']}")
    assert (found["state"], found["created"], await owner.fetchval(WRITTEN)) == ("committed", 200, 200)
    assert await owner.fetchval("SELECT attempts FROM jobs WHERE id = $1", made["job"]["id"]) == 2
    assert await owner.fetchval("SELECT count(*) FROM import_marks") == 0
