"""What happens in the background, with the worker's part done in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from app import worker
from app.db.session import Database
from app.domain.errors import Conflict
from app.security.keys import Keys
from app.services.job_kinds import KINDS
from app.services.jobs_running import Desk, JobContext, Kind, run_one
from app.services.verifications import KIND
from app.settings import Settings
from tests.house.walking import Walk


@asynccontextmanager
async def desk(settings: Settings, keys: Keys) -> AsyncIterator[Desk]:
    """Where the worker works."""
    database, aside = (Database(worker.database_url(settings), size=2) for _ in range(2))
    await database.open()
    await aside.open()
    try:
        yield Desk(settings, keys, database, aside, KINDS, "here", worker._describer(settings), asyncio.Event())
    finally:
        await database.close()
        await aside.close()


async def _refuse(_job: JobContext) -> None:
    raise Conflict("Not today.")


async def jobs(walk: Walk, settings: Settings, keys: Keys) -> None:
    """An auditor verifies in the background, changes their mind about a part, and tries another part again."""
    start = "/audit/verifications"
    async with desk(settings, keys) as place:
        done = await walk.do("POST", start, {"checkpoint": True}, by="auditor")
        await run_one(place)
        part = await walk.do("POST", start, {"component": "BMP-TN"}, by="auditor")
        await walk.do("POST", f"/jobs/{part['id']}/cancel", by="auditor")
        failed = await walk.do("POST", start, {"component": "BMP-MA"}, by="auditor")
        await run_one(replace(place, kinds={KIND: Kind(_refuse)}))
        await walk.do("POST", f"/jobs/{failed['id']}/retry", by="auditor")
        await run_one(place)
    found = walk.found.setdefault("/jobs", [])
    for each in (done, part, failed):
        found.append(await walk.do("GET", f"/jobs/{each['id']}", by="auditor"))
    assert all(each["finished_at"] for each in found), "their events would not end"
