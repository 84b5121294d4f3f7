"""A receiver of webhooks for tests: HTTP/1.1 with keep-alive on the loopback, that answers what it is told to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Got:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body)
        return found


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered. `hold` is waited for before."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    hold: asyncio.Event | None = None


@dataclass
class Receiver:
    """What came in, in order; and what the next ones are answered."""

    port: int = 0
    scheme: str = "http"
    got: list[Got] = field(default_factory=list)
    connections: int = 0
    #: One after the other for the requests to come; then `otherwise`.
    replies: list[Reply] = field(default_factory=list)
    otherwise: Callable[[Got], Reply] = lambda _got: Reply()
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    keep: bool = True

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (head := await reader.readuntil(b"\r\n\r\n")) is not None:
                lines = head.decode("latin-1").split("\r\n")[1:-2]
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                got = Got(headers, await reader.readexactly(int(headers.get("content-length", "0"))))
                await self._answer(got, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, got: Got, writer: asyncio.StreamWriter) -> None:
        if self.keep:
            self.got.append(got)
        reply = self.replies.pop(0) if self.replies else self.otherwise(got)
        async with self.arrived:
            self.arrived.notify_all()
        if reply.hold is not None:
            await reply.hold.wait()
        headers = {"Content-Length": str(len(reply.body)), **reply.headers}
        if reply.status == 204:
            headers.pop("Content-Length")
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {reply.status} X\r\n{told}\r\n".encode("latin-1") + reply.body)
        await writer.drain()

    async def until(self, number: int) -> None:
        """Wait for so many requests."""
        async with asyncio.timeout(60), self.arrived:
            await self.arrived.wait_for(lambda: len(self.got) >= number)


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[Receiver]:
    receiver = Receiver(scheme="https" if tls else "http")
    server = await asyncio.start_server(receiver.talk, host, 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
