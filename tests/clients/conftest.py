"""What tests of the clients share: clients of the application in this process, a real server, and a bad connection."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from app import worker
from app.main import create_app
from app.settings import Settings
from bmp_client import AsyncClient, Change, Client, Retries
from tests.conftest import running
from tests.world import ISSUER, World

#: Attempts without pauses: what is waited for is tried apart.
EAGER = Retries(first_s=0.0)
Answer = Callable[[httpx.Request], httpx.Response | Exception | None]


@dataclass
class Line:
    """A connection that fails as it is told: each plan is asked for once, with the request that it belongs to.

    A plan that returns None lets the request through; an exception *after* the service has answered is a lost answer.
    """

    inner: httpx.AsyncBaseTransport
    plans: list[Answer | str] = field(default_factory=list)
    seen: list[httpx.Request] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    async def carry(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        plan = self.plans.pop(0) if self.plans and not request.url.path.endswith("/oauth/token") else None
        if callable(plan):
            made = plan(request)
            if isinstance(made, Exception):
                raise made
            if made is not None:
                return made
        answer = await self.inner.handle_async_request(request)
        self.answers.append(answer.status_code)
        if plan == "lost":
            await answer.aread()
            raise httpx.ReadError("the connection broke", request=request)
        return answer

    def of(self, method: str) -> list[httpx.Request]:
        return [each for each in self.seen if each.method == method and "/oauth/" not in each.url.path]


class Bad(httpx.AsyncBaseTransport):
    def __init__(self, line: Line) -> None:
        self.line = line

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.line.carry(request)


def busy(seconds: int | None = 0, status: int = 503) -> Answer:
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return lambda _: httpx.Response(status, headers=headers, json={"code": "unavailable", "detail": "Not now."})


@pytest.fixture
async def line(app: FastAPI) -> AsyncIterator[Line]:
    async with running(app):
        yield Line(httpx.ASGITransport(app, raise_app_exceptions=False))


@pytest.fixture
async def bmp(line: Line, world: World) -> AsyncIterator[AsyncClient]:
    """A client of the application in this process, over a connection that can fail."""
    token = world.token("icmpd.manager")
    async with AsyncClient(ISSUER, token=token, transport=Bad(line), retries=EAGER) as client:
        yield client


@dataclass
class Served:
    """The application behind a real port."""

    url: str
    settings: Settings

    def client(self, world: World, account: str = "icmpd.manager", **more: Any) -> Client:
        return Client(self.url, token=lambda: world.token(account), retries=EAGER, **more)


def until() -> Iterator[None]:
    """Try again until the worker has done its part; a minute without it is a failure and not a hanging run."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        yield
    pytest.fail("the worker did not get there")


def site(**more: Any) -> Any:
    made = {"reference": f"SITE-{uuid4().hex[:10].upper()}", "kind": "store", "organisation": "ORG-ICMPD"}
    return {**made, "country": "TN", "names": {"en": "A synthetic store"}, **more}


def caught_up(bmp: Client, after: str | None, wanted: set[str]) -> list[Change]:
    """Every event, once the worker has put all that is wanted in order."""
    seen: list[Change] = []
    for _ in until():
        if wanted <= {str(each.id) for each in seen}:
            break
        for change in bmp.changes.follow(after):
            seen.append(change)
            after = change.cursor
    return seen


def settled(bmp: Client) -> str | None:
    """The cursor behind everything that was done before; what is put in order late is not taken for a test's own."""
    start = bmp.changes.cursor().cursor
    return caught_up(bmp, start, {bmp.sites.create(**site())["id"]})[-1].cursor


@contextmanager
def serving(settings: Settings, *, working: bool = True) -> Iterator[Served]:
    """The application on a port, by uvicorn in a thread, and the worker beside it."""
    listening = socket.socket(proto=socket.IPPROTO_TCP)  # without it asyncio waits 40 ms for each answer's second piece
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(settings), log_config=None, lifespan="on", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    ready = threading.Event()

    async def serve() -> None:
        stopping = asyncio.Event()
        task = asyncio.create_task(worker.work(settings, stopping)) if working else None
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn tells it by this flag only
            await asyncio.sleep(0.01)
        ready.set()
        await serving
        stopping.set()
        if task is not None:
            await task

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    assert server.started
    try:
        yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", settings)
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def served(settings: Settings) -> Iterator[Served]:
    """For streams and for the synchronous client."""
    here = {"stream_seconds": 3600, "webhook_allow": ("127.0.0.1",)}
    with serving(settings.model_copy(update=here)) as made:
        yield made
