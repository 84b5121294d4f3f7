"""Calls by operation: what was asked, what was answered, and how many statements it took."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import asyncpg
import httpx

from app.db import session
from app.main import create_app
from app.settings import Settings
from tests.world import World

API = "/api/v1"
METHODS = ("get", "post", "put", "patch", "delete")


TODAY = datetime.now(UTC).date()


def day(offset: int) -> str:
    """A day from today."""
    return (TODAY + timedelta(days=offset)).isoformat()


def resolved(document: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Refusals stand once among the components, and operations refer to them."""
    name = answer.get("$ref", "").rsplit("/", 1)[-1]
    return dict(document["components"]["responses"][name]) if name else answer


@dataclass(frozen=True, slots=True)
class Call:
    """One answer, and the operation it belongs to."""

    operation: str
    method: str
    path: str
    address: str
    account: str
    response: httpx.Response
    statements: tuple[str, ...]


class Document:
    """An OpenAPI document that finds the operation behind a request."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.raw = document
        self.operations: dict[tuple[str, str], dict[str, Any]] = {
            (method, path): item[method]
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item
        }
        shapes = sorted(document["paths"], key=lambda path: (path.count("{"), path))
        self._shapes: list[tuple[re.Pattern[str], str]] = [
            (re.compile(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path))), path) for path in shapes
        ]

    def path_of(self, method: str, address: str) -> str:
        """The template that an address is of; addresses without parameters come first."""
        plain = address.partition("?")[0]
        for shape, path in self._shapes:
            if shape.fullmatch(plain) and (method.lower(), path) in self.operations:
                return path
        raise LookupError(f"{method} {plain} is not documented")


@cache
def documented() -> Document:
    """What the service says of itself: once per process, since it takes seconds. Nobody changes it."""
    return Document(create_app(Settings(secrets=Path("unused"), database_url="postgresql://unused/unused")).openapi())


@dataclass
class Tally:
    """The statements that reached the driver since the last look, in order."""

    seen: list[str] = field(default_factory=list)

    def note(self, query: Any) -> None:
        """Called by the driver. What it asks by itself about types is not ours."""
        if "typeinfo_tree" not in query.query and "pg_catalog.pg_type" not in query.query:
            self.seen.append(query.query)

    async def taken(self) -> tuple[str, ...]:
        """What there was, forgotten afterwards. The driver tells on the loop's next turn."""
        await asyncio.sleep(0)
        seen, self.seen = tuple(self.seen), []
        return seen


@contextmanager
def counted() -> Iterator[Tally]:
    """Every connection that a pool opens from now on tells its statements."""
    tally, prepare = Tally(), session._prepare_connection

    async def watched(connection: asyncpg.Connection) -> None:
        await prepare(connection)
        connection.add_query_logger(tally.note)

    with patch.object(session, "_prepare_connection", watched):
        yield tally


class Walk:
    """Somebody who calls operations one after the other and keeps every answer."""

    def __init__(self, client: httpx.AsyncClient, world: World, document: Document, tally: Tally) -> None:
        self.client = client
        self.world = world
        self.document = document
        self.tally = tally
        self.calls: list[Call] = []
        #: Objects by the resource they were made under, newest last: what single reads and the fuzzer look up.
        self.found: dict[str, list[dict[str, Any]]] = {}

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        by: str = "icmpd.manager",
        version: int | None = None,
        headers: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
        content: bytes | None = None,
        file: bytes | None = None,
    ) -> Call:
        """One call, whatever comes of it."""
        if headers is None:
            headers = self.world.headers(by, **({} if version is None else {"If_Match": str(version)}))
        sent: dict[str, Any] = {"data": form} if form is not None else {} if body is None else {"json": body}
        if content is not None:
            sent = {"content": content}
        if file is not None:
            sent["files"] = {"file": ("rows.csv", file)}
        own = path == "/" or path.startswith(("/livez", "/readyz", "/version", "/.well", "/api"))
        address = path if own else f"{API}{path}"
        await self.tally.taken()
        response = await self.client.request(method, address, headers=headers, **sent)
        template = self.document.path_of(method, address)
        operation = self.document.operations[method.lower(), template]["operationId"]
        call = Call(operation, method, template, address, by, response, await self.tally.taken())
        self.calls.append(call)
        return call

    async def do(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """One call that has to work; what it answers."""
        call = await self.ask(method, path, body, **more)
        assert call.response.is_success, (method, path, call.response.status_code, call.response.text)
        return call.response.json() if call.response.content else None

    async def make(self, path: str, body: Any, **more: Any) -> Any:
        """A new object."""
        made = await self.do("POST", path, body, **more)
        self.found.setdefault(path, []).append(made)
        return made

    async def step(self, path: str, made: dict[str, Any], verb: str, body: Any = None, **more: Any) -> Any:
        """The next step of an object, with the version that it had."""
        return await self.do("POST", f"{path}/{made['id']}/{verb}", body, version=made["version"], **more)

    async def change(self, path: str, made: dict[str, Any], body: Any, **more: Any) -> Any:
        """A merge patch."""
        return await self.do("PATCH", f"{path}/{made['id']}", body, version=made["version"], **more)
