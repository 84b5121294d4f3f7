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


async def webhooks(walk: Walk, settings: Settings, keys: Keys) -> None:
    """A manager tells a register of sites, changes its mind in every way, and asks for events again."""
    body = {"url": "https://receiver.example/bmp", "resources": ["sites"]}
    made = (await walk.do("POST", "/webhooks", body))["webhook"]
    changed = await walk.change("/webhooks", made, {"description": "Register of sites"})
    rotated = (await walk.step("/webhooks", changed, "rotate-secret", {}))["webhook"]
    off = await walk.step("/webhooks", rotated, "disable")
    await walk.step("/webhooks", off, "enable")
    ping = await walk.do("POST", f"/webhooks/{made['id']}/ping")
    await walk.do("POST", f"/webhooks/{made['id']}/deliveries/{ping['id']}/replay")
    await walk.do("GET", f"/webhooks/{made['id']}/deliveries/{ping['id']}")
    span = {"since": "2024-01-31T08:00:00Z", "until": "2024-01-31T09:00:00Z"}
    replayed = await walk.do("POST", f"/webhooks/{made['id']}/replay", span)
    async with desk(settings, keys) as place:
        await run_one(place)
    assert (await walk.do("GET", f"/jobs/{replayed['id']}"))["result"] == {"deliveries": 0}
    short = (await walk.do("POST", "/webhooks", body))["webhook"]
    await walk.do("DELETE", f"/webhooks/{short['id']}", version=1)
    walk.found.setdefault("/webhooks", []).append(await walk.do("GET", f"/webhooks/{made['id']}"))


async def imports(walk: Walk, settings: Settings, keys: Keys) -> None:
    """A list of suppliers comes in with a mistake, is corrected and written; another one is deleted."""
    await walk.do("GET", "/imports/templates", by="icmpd.manager")
    await walk.ask("GET", "/imports/templates/suppliers?format=xlsx")
    wrong, right = b"reference,name_en\nSUP-IN-1,\n", b"reference,name_en\nSUP-IN-1,One\n"
    async with desk(settings, keys) as place:
        faulty = await walk.do("POST", "/imports", form={"resource": "suppliers"}, file=wrong)
        await run_one(place)
        made = await walk.do("POST", "/imports", form={"resource": "suppliers"}, file=right)
        await run_one(place)
        await walk.do("POST", f"/imports/{made['id']}/commit")
        await run_one(place)
    faulty = await walk.do("GET", f"/imports/{faulty['id']}")
    await walk.do("GET", f"/imports/{faulty['id']}/faults")
    await walk.ask("GET", f"/imports/{faulty['id']}/file?with=faults")
    made = await walk.do("GET", f"/imports/{made['id']}")
    assert made["state"] == "committed"
    await walk.do("GET", f"/imports/{made['id']}/changes")
    walk.found.setdefault("/imports", []).append(made)
    await walk.do("DELETE", f"/imports/{faulty['id']}", version=faulty["version"])


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
