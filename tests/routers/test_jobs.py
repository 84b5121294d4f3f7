"""Jobs over HTTP: who sees what, 202 and its Location, cancel, retry, progress as events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from app import worker
from app.db.session import Database
from app.schemas.audit import VerifiedOut
from app.schemas.jobs import JobListed, JobOut
from app.security.keys import Keys
from app.services import job_kinds, jobs
from app.services.jobs_running import Desk, run_one
from app.settings import Settings
from app.web import watching
from tests.job_kinds import KINDS
from tests.routers.test_audit import item  # noqa: F401  a fixture
from tests.world import World

pytestmark = pytest.mark.anyio
API = "/api/v1"


@pytest.fixture
async def desk(settings: Settings, keys: Keys, owner: asyncpg.Connection) -> AsyncIterator[Desk]:
    """A worker's place of work, with an empty queue."""
    await owner.execute("DELETE FROM jobs")
    database, aside = (Database(worker.database_url(settings), size=2) for _ in range(2))
    await database.open()
    await aside.open()
    kinds = job_kinds.KINDS | KINDS
    describe = worker._describer(settings)
    yield Desk(settings, keys, database, aside, kinds, "here", describe, asyncio.Event(), report_s=0)
    await database.close()
    await aside.close()


async def start(client: httpx.AsyncClient, world: World, account: str = "auditor", **body: Any) -> httpx.Response:
    return await client.post(f"{API}/audit/verifications", json=body, headers=world.headers(account))


async def read(client: httpx.AsyncClient, world: World, path: str, account: str = "auditor") -> dict[str, Any]:
    response = await client.get(path, headers=world.headers(account))
    assert response.status_code == 200, response.text
    JobOut.model_validate_json(response.content)
    found: dict[str, Any] = response.json()
    return found


async def test_a_verification_is_a_job_with_a_result(
    client: httpx.AsyncClient,
    world: World,
    desk: Desk,
    item: UUID,  # noqa: F811
) -> None:
    started = await start(client, world, checkpoint=True)
    assert started.status_code == 202
    job = started.json()
    assert started.headers["location"] == f"{API}/jobs/{job['id']}"
    assert (job["state"], job["kind"], job["requester_id"]) == (
        "queued",
        "audit.verify",
        str(world.accounts["auditor"]),
    )
    assert job["args"] == {"item": None, "component": None, "checkpoint": True}
    again = await start(client, world, checkpoint=True)
    assert again.json()["id"] == job["id"], "the same question is under way"

    assert await run_one(desk)
    found = await read(client, world, started.headers["location"])
    VerifiedOut.model_validate(found["result"])
    assert found["result"] == {
        "holds": True,
        "items": 1,
        "events": 4,
        "broken": 0,
        "problems": [],
        "next": None,
        "checkpoint": {"at": None, "lines": 0, "problem": None},
    }
    assert (found["state"], found["progress"]) == ("succeeded", {"done": 1, "total": 1, "phase": "chains"})
    assert found["finished_at"] is not None


async def test_a_broken_chain_is_found_in_the_background_too(
    client: httpx.AsyncClient,
    world: World,
    desk: Desk,
    item: UUID,  # noqa: F811
    owner: asyncpg.Connection,
) -> None:
    await owner.execute("ALTER TABLE events DISABLE TRIGGER USER")
    await owner.execute("UPDATE events SET changes = '{}' WHERE item_id = $1 AND position = 2", item)
    await owner.execute("ALTER TABLE events ENABLE TRIGGER USER")
    started = await start(client, world, item=str(item))
    assert await run_one(desk)
    result = (await read(client, world, started.headers["location"]))["result"]
    assert (result["holds"], result["items"], result["broken"]) == (False, 1, 1)
    assert (result["problems"][0]["id"], result["problems"][0]["problem"]) == (str(item), "hash")


async def test_what_is_out_of_sight_is_no_job(client: httpx.AsyncClient, world: World, desk: Desk) -> None:
    refused = await start(client, world, component="BMP-XX")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/component")
    assert (await start(client, world, account="observer")).status_code == 403
    assert not await run_one(desk)


async def test_everybody_sees_their_own_and_the_administrator_how_all_fare(
    client: httpx.AsyncClient, world: World, desk: Desk, owner: asyncpg.Connection
) -> None:
    job = (await start(client, world)).json()
    path = f"{API}/jobs/{job['id']}"
    for account in ("icmpd.manager", "observer", "icmpd.safeguards"):
        for method, address in (
            ("GET", path),
            ("GET", f"{path}/events"),
            ("POST", f"{path}/cancel"),
            ("POST", f"{path}/retry"),
        ):
            response = await client.request(method, address, headers=world.headers(account))
            assert (account, address, response.status_code) == (account, address, 404)
        listed = await client.get(f"{API}/jobs", headers=world.headers(account))
        assert listed.json()["items"] == []
    mine = await client.get(f"{API}/jobs?state=queued&kind=audit.verify", headers=world.headers("auditor"))
    assert [each["id"] for each in mine.json()["items"]] == [job["id"]]
    JobListed.model_validate(mine.json()["items"][0])
    assert mine.headers["cache-control"] == "private, no-store"
    await owner.execute("UPDATE jobs SET state = 'dead', finished_at = clock_timestamp()")
    dead = await client.get(f"{API}/jobs?state=dead", headers=world.headers("root"))
    assert [each["id"] for each in dead.json()["items"]] == [job["id"]]
    whole = await read(client, world, path, "root")
    assert (whole["state"], whole["args"], whole["result"]) == ("dead", None, None), "not what it is about"
    assert (await read(client, world, path))["args"] is not None
    refused = await client.post(f"{path}/retry", headers=world.headers("root"))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), "it would act with somebody's rights"
    tried = await client.post(f"{path}/retry", headers=world.headers("auditor"))
    assert (tried.status_code, tried.json()["state"]) == (200, "queued")
    assert await run_one(desk)
    assert (await read(client, world, path))["state"] == "succeeded", "with the rights of whoever asked for it"


async def test_cancel_and_retry_say_what_is_not_possible(client: httpx.AsyncClient, world: World, desk: Desk) -> None:
    job = (await start(client, world)).json()
    path = f"{API}/jobs/{job['id']}"
    headers = world.headers("auditor")
    refused = await client.post(f"{path}/retry", headers=headers)
    assert (refused.status_code, refused.json()["state"]) == (409, "queued")
    cancelled = await client.post(f"{path}/cancel", headers=headers)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert (await client.post(f"{path}/cancel", headers=headers)).status_code == 200
    assert not await run_one(desk)
    assert (await client.post(f"{path}/retry", headers=headers)).status_code == 409
    done = (await start(client, world)).json()
    await run_one(desk)
    refused = await client.post(f"{API}/jobs/{done['id']}/cancel", headers=headers)
    assert (refused.status_code, refused.json()["state"]) == (409, "succeeded")
    assert (await client.get(f"{API}/jobs/{uuid4()}", headers=headers)).status_code == 404
    assert (await client.get(f"{API}/jobs/no-id", headers=headers)).status_code == 422


async def test_a_kept_answer_is_repeated_to_whoever_may_see_the_job(
    client: httpx.AsyncClient, world: World, desk: Desk
) -> None:
    headers = world.headers("auditor", Idempotency_Key=str(uuid4()))
    first = await client.post(f"{API}/audit/verifications", json={}, headers=headers)
    await run_one(desk)
    second = await client.post(f"{API}/audit/verifications", json={}, headers=headers)
    assert (second.status_code, second.headers["idempotency-replayed"]) == (202, "true")
    assert second.headers["location"] == first.headers["location"]
    assert second.content == first.content


def told(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of a stream."""
    made = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "event" in lines:
            made.append((lines["event"], json.loads(lines["data"])))
    return made


@pytest.fixture
def short(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Streams of so many seconds, without a pause between two looks."""
    monkeypatch.setattr(watching, "LOOK_S", 0.0)
    return lambda seconds: monkeypatch.setattr(app.state.streams, "_seconds", seconds)


def looked_at(app: FastAPI, monkeypatch: pytest.MonkeyPatch, then: Callable[[int], Awaitable[None]]) -> None:
    """Call `then` with the number of each look; no connection is held before it."""
    looks = count(1)
    real = jobs.watching

    def watched(job_id: UUID) -> Any:
        look = real(job_id)

        async def one(tx: Any) -> Any:
            assert app.state.database.busy == 0
            seen = await look(tx)
            await then(next(looks))
            return seen

        return one

    monkeypatch.setattr(jobs, "watching", watched)


async def test_progress_arrives_as_events_until_the_job_has_ended(
    client: httpx.AsyncClient, app: FastAPI, world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch, short: Any
) -> None:
    job = (await start(client, world)).json()

    async def then(look: int) -> None:
        """Between the first look and the second the worker does its work."""
        if look == 1:
            await run_one(desk)

    looked_at(app, monkeypatch, then)
    short(600)
    stream = await client.get(f"{API}/jobs/{job['id']}/events", headers=world.headers("auditor"))
    assert (stream.status_code, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert stream.headers["cache-control"] == "private, no-store"
    assert stream.text.startswith("retry: 3000\n")
    *found, end = told(stream.text)
    assert [(name, data["state"]) for name, data in found] == [("job", "queued"), ("job", "succeeded")]
    assert end == ("close", {"reason": "ended"})
    JobListed.model_validate(found[-1][1])
    assert app.state.streams.open == 0
    once = told((await client.get(f"{API}/jobs/{job['id']}/events", headers=world.headers("auditor"))).text)
    assert [data.get("state", "") for _, data in once] == ["succeeded", ""]


async def test_a_stream_ends_with_its_time_and_its_rights(
    client: httpx.AsyncClient,
    world: World,
    desk: Desk,
    owner: asyncpg.Connection,
    app: FastAPI,
    monkeypatch: pytest.MonkeyPatch,
    short: Any,
) -> None:
    job = (await start(client, world)).json()
    path = f"{API}/jobs/{job['id']}/events"
    short(0)
    ended = told((await client.get(path, headers=world.headers("auditor"))).text)
    assert ended[-1] == ("close", {"reason": "reconnect"})

    async def then(look: int) -> None:
        if look == 2:
            await owner.execute("UPDATE accounts SET active = false WHERE id = $1", world.accounts["auditor"])

    looked_at(app, monkeypatch, then)
    short(600)
    try:
        ended = told((await client.get(path, headers=world.headers("auditor"))).text)
    finally:
        await owner.execute("UPDATE accounts SET active = true WHERE id = $1", world.accounts["auditor"])
    assert ended[-1] == ("close", {"reason": "unauthorised"})
    assert app.state.streams.open == 0


async def test_a_stream_has_a_head_and_a_place(
    client: httpx.AsyncClient, app: FastAPI, world: World, desk: Desk, short: Any
) -> None:
    waiting = (await start(client, world)).json()
    path = f"{API}/jobs/{waiting['id']}/events"
    short(600)
    head = await client.head(path, headers=world.headers("auditor"))
    assert (head.status_code, head.content, head.headers["x-accel-buffering"]) == (200, b"", "no")
    app.state.streams._open[world.accounts["auditor"]] = 4
    refused = await client.get(path, headers=world.headers("auditor"))
    app.state.streams._open.clear()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "15")
