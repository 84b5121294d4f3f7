"""Streams of server-sent events: what they send, what they hold on to, and every way in which they end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import orjson
import pytest
from fastapi import FastAPI

from app.domain.errors import TooManyAttempts, Unavailable
from app.main import create_app
from app.security.tokens import issue_access
from app.settings import Settings
from app.web import streams
from app.web.streams import Streams
from tests.conftest import running
from tests.feed import Reader, rename, settle
from tests.world import ISSUER, World

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]

MANAGER = "icmpd.manager"


class Listener:
    """One reader of a stream, without a socket: sees each chunk as it is sent, and can go away or stop reading."""

    def __init__(self, app: FastAPI, headers: dict[str, str], *, query: str = "", method: str = "GET") -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.reading = asyncio.Event()
        self.reading.set()
        self._gone = asyncio.Event()
        self._asked = False
        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": "/api/v1/changes/events",
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "app": app,
        }
        self.task = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.reading.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            return
        self.chunks.put_nowait(message["body"])
        if not message.get("more_body"):
            self.chunks.put_nowait(None)

    async def next(self) -> dict[str, str]:
        """The next block of the stream, by field; comments are under `:`."""
        chunk = await asyncio.wait_for(self.chunks.get(), 10)
        assert chunk is not None, "the stream is over"
        return fields(chunk)

    async def event(self) -> dict[str, Any]:
        """The next block that has data."""
        while "data" not in (block := await self.next()):
            pass
        return {**block, "data": orjson.loads(block["data"])}

    async def closed(self) -> str:
        """Why the stream ended, passing over whatever it sends before."""
        while (block := await self.event()).get("event") != "close":
            pass
        await asyncio.wait_for(self.task, 10)
        return str(block["data"]["reason"])

    async def leave(self) -> None:
        self._gone.set()
        await asyncio.wait_for(self.task, 10)


def fields(chunk: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in chunk.decode().splitlines():
        name, _, value = line.partition(": ") if not line.startswith(":") else (":", "", line[2:])
        if name:
            found[name] = value
    return found


@pytest.fixture
def live(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Streams that stay open, and processes that look often."""
    monkeypatch.setattr(streams, "LOOK_S", 0.01)
    return settings.model_copy(update={"stream_seconds": 3600})


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    app = create_app(settings)
    async with running(app) as client:
        yield app, client


async def test_events_come_as_they_happen_and_a_reader_goes_on_where_it_was(
    live: Settings, world: World, owner: asyncpg.Connection
) -> None:
    await settle(owner)
    async with serving(live) as (app, client):
        follow = Reader(client, world, MANAGER)
        await follow.begin()
        first = Listener(app, world.headers(MANAGER))
        hello = await first.next()
        assert (first.status, hello["retry"]) == (200, "3000")
        assert first.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert first.headers["cache-control"] == "private, no-store"
        await rename(owner, world["store"], "one")
        await settle(owner)
        one = await first.event()
        await first.leave()
        await rename(owner, world["store"], "two")
        await rename(owner, world["site-ma-nador"], "three")
        await settle(owner)
        second = Listener(app, world.headers(MANAGER, Last_Event_ID=one["id"]))
        two, three = [
            {**fields(part + b"\n"), "data": orjson.loads(fields(part + b"\n")["data"])}
            for part in (await second.chunks.get() or b"").split(b"\n\n")
            if b"data" in part
        ]
        assert [each["data"] for each in (one, two, three)] == await follow.poll()
        assert (two["data"]["type"], three["id"]) == ("bmp.sites.changed", follow.cursor)
        await second.leave()
        assert app.state.streams.open == 0


async def test_filters_and_sight_are_those_of_the_pages(
    live: Settings, world: World, owner: asyncpg.Connection
) -> None:
    await settle(owner)
    async with serving(live) as (app, _):
        focal = Listener(app, world.headers("ma.focal"), query="resource=sites")
        await focal.next()
        await rename(owner, world["site-tn-sfax"])
        await owner.execute("UPDATE courses SET version = version + 1")
        await settle(owner)
        block = await focal.next()
        assert (set(block), block[":"]) == ({"id", ":"}, "here"), "the cursor moves on behind what is out of sight"
        await rename(owner, world["site-ma-nador"])
        await settle(owner)
        assert (await focal.event())["data"]["data"]["id"] == str(world["site-ma-nador"])
        await focal.leave()


async def test_a_stream_that_waits_holds_no_connection(
    live: Settings, world: World, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LOOK_S", 3600)
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.05)
    await settle(owner)
    async with serving(live) as (app, _):
        many = [Listener(app, world.headers(account)) for account in list(world.accounts)[:8]]
        for each in many:
            await each.next()
            assert (await each.next())[":"] == "here"  # and rights were asked for again
        assert app.state.streams.open == 8
        monkeypatch.setattr(streams, "HEARTBEAT_S", 3600)
        for each in many:
            await each.next()
        assert app.state.database.busy <= 1, "the process' one look at most"
        for each in many:
            await each.leave()


async def test_it_ends_with_the_token(live: Settings, world: World, owner: asyncpg.Connection) -> None:
    assert world.keys is not None
    token = issue_access(
        world.keys,
        issuer=ISSUER,
        audience=ISSUER,
        subject=str(world.accounts[MANAGER]),
        client_id="tests",
        scopes=["register:read"],
        org="icmpd",
        org_kind="implementer",
        minutes=1,
        now=datetime.now(UTC) - timedelta(seconds=58),
        jti=str(uuid4()),
    )
    async with serving(live) as (app, _):
        listener = Listener(app, {"Authorization": f"Bearer {token}"})
        assert await listener.closed() == "token_expired"


async def test_it_ends_with_the_rights(
    live: Settings, world: World, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.02)
    account = world.accounts["icmpd.manager2"]
    async with serving(live) as (app, _):
        listener = Listener(app, world.headers("icmpd.manager2"))
        await listener.next()
        await owner.execute("UPDATE accounts SET active = false WHERE id = $1", account)
        assert await listener.closed() == "unauthorised"
    await owner.execute("UPDATE accounts SET active = true WHERE id = $1", account)


async def test_it_says_when_the_feed_was_put_back(
    live: Settings, world: World, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.02)
    await settle(owner)
    async with serving(live) as (app, _):
        listener = Listener(app, world.headers(MANAGER))
        await listener.next()
        await owner.execute("UPDATE feed SET newest = newest - 1")
        assert await listener.closed() == "feed_rewound"
        await owner.execute("UPDATE feed SET newest = newest + 1")


async def test_it_ends_after_its_time(client: httpx.AsyncClient, world: World, owner: asyncpg.Connection) -> None:
    answer = await client.get("/api/v1/changes/events", headers=world.headers(MANAGER))
    assert answer.text.endswith('event: close\ndata: {"reason":"reconnect"}\n\n')


async def test_streams_are_limited_in_number(live: Settings, world: World, owner: asyncpg.Connection) -> None:
    few = live.model_copy(update={"streams_per_caller": 1, "streams": 2})
    async with serving(few) as (app, client):
        first = Listener(app, world.headers(MANAGER))
        await first.next()
        answer = await client.get("/api/v1/changes/events", headers=world.headers(MANAGER))
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
        second = Listener(app, world.headers("auditor"))
        await second.next()
        answer = await client.get("/api/v1/changes/events", headers=world.headers("root"))
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) == 3
        await first.leave()
        await second.leave()


async def test_a_reader_who_does_not_read_is_let_go(
    live: Settings, world: World, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PATIENCE_S", 0.05)
    await settle(owner)
    async with serving(live) as (app, _):
        listener = Listener(app, world.headers(MANAGER))
        await listener.next()
        listener.reading.clear()
        await rename(owner, world["store"])
        await settle(owner)
        await asyncio.wait_for(listener.task, 10)
        assert app.state.streams.open == 0
        assert listener.chunks.empty(), "nothing was gathered for it"


async def test_a_stream_does_not_hold_up_the_end(live: Settings, world: World, owner: asyncpg.Connection) -> None:
    async with serving(live) as (app, client):
        listener = Listener(app, world.headers(MANAGER))
        await listener.next()
        app.state.streams.stop()
        assert await listener.closed() == "stopping"
        answer = await client.get("/api/v1/changes/events", headers=world.headers(MANAGER))
        assert answer.status_code == 503


async def test_head_is_answered_at_once(live: Settings, world: World, owner: asyncpg.Connection) -> None:
    async with serving(live) as (app, client):
        answer = await client.head("/api/v1/changes/events", headers=world.headers(MANAGER))
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert app.state.streams.open == 0


async def test_an_application_that_fails_while_sending_is_heard_of(
    live: Settings, world: World, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(live) as (app, _):
        listener = Listener(app, world.headers(MANAGER))
        await listener.next()
        monkeypatch.setattr(Streams, "_over", lambda *_: 1 / 0)
        app.state.streams.stop()
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(listener.task, 10)
        assert app.state.streams.open == 0


async def test_a_database_that_is_away_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LOOK_S", 0.0)
    answers: list[int | Exception] = [Unavailable(), OSError(), 3]

    async def look() -> int:
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(found, Exception):
            raise found
        return found

    made = Streams(look, most=1, most_each=1, seconds=1)
    await made._wait(2, 10)
    assert answers == [3]
    await made._wait(3, 0.01)
    await made.close()


def test_places_are_given_back() -> None:
    async def look() -> int:
        return 0

    made = Streams(look, most=3, most_each=1, seconds=1)
    one, other = uuid4(), uuid4()
    with made._place(one):
        with pytest.raises(TooManyAttempts), made._place(one):
            pass
        with made._place(other):
            assert made.open == 2
    assert made.open == 0
    assert not made._open


async def test_signals_are_heard_and_handed_on() -> None:
    async def look() -> int:
        return 0

    heard: list[int] = []
    made = Streams(look, most=1, most_each=1, seconds=1)
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        forget = made.heed_signals()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(made._news.wait(), 10)
        assert made.stopping
        forget()
        os.kill(os.getpid(), signal.SIGTERM)
        assert heard == [signal.SIGTERM, signal.SIGTERM]
        assert (await asyncio.to_thread(made.heed_signals))() is None
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.fixture
def started(settings: Settings) -> Callable[[], Any]:
    """The service as a process of its own, on a socket."""

    @asynccontextmanager
    async def run() -> AsyncIterator[tuple[subprocess.Popen[bytes], str]]:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            listener.set_inheritable(True)
            assert settings.database_url is not None
            environment = os.environ | {
                "DATABASE_URL": settings.database_url.get_secret_value(),
                "BMP_SECRETS": str(settings.secrets),
                "BMP_PUBLIC_URL": ISSUER,
            }
            command = [sys.executable, "-m", "uvicorn", "--factory", "app.main:create_app", "--log-level", "warning"]
            process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own program, started before anything waits
                [*command, "--fd", str(listener.fileno())],
                pass_fds=[listener.fileno()],
                cwd=ROOT,
                env=environment,
            )
            try:
                yield process, f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                process.kill()
                process.wait()

    return run


async def test_a_process_that_is_told_to_stop_ends_its_streams_first(
    started: Callable[[], Any], world: World, owner: asyncpg.Connection
) -> None:
    """Over a real socket: the last event comes, the connection ends in order, and the process does not wait long."""
    await settle(owner)
    async with started() as (process, address), httpx.AsyncClient(base_url=address, timeout=30) as client:
        async with client.stream("GET", "/api/v1/changes/events", headers=world.headers(MANAGER)) as answer:
            assert answer.status_code == 200
            chunks = answer.aiter_raw()
            assert (await anext(chunks)).startswith(b"retry: 3000\n")
            await rename(owner, world["store"])
            await settle(owner)
            assert b"bmp.sites.changed" in await anext(chunks)
            process.send_signal(signal.SIGTERM)
            rest = b"".join([chunk async for chunk in chunks])
        assert rest.endswith(b'event: close\ndata: {"reason":"stopping"}\n\n')
        assert await asyncio.to_thread(process.wait, 8) in {0, -signal.SIGTERM}
