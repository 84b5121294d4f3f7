"""How many exports run at once in one worker, and the response that streams them.

An export holds a database connection for as long as its reader takes, so there are few of them at a time: for one
caller, and for all together at most half of the connections.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from uuid import UUID

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.domain.errors import TooManyAttempts, Unavailable


class TooManyExports(TooManyAttempts):
    """As many exports of this caller run as may at once. Wait for one to end, or close its connection."""

    code = "too_many_exports"
    title = "Too many of your exports are running"


class ExportsBusy(Unavailable):
    """As many exports run as this worker takes at once. Lists by pages are served as always."""

    code = "exports_busy"
    title = "Too many exports are running"


class Places:
    """The exports that run in this worker."""

    def __init__(self, *, of_caller: int, of_all: int, connections: int) -> None:
        """At most so many for one caller, so many for all, and never more than half of the connections."""
        self._of_caller = of_caller
        self._of_all = max(1, min(of_all, connections // 2))
        self._taken: Counter[UUID | None] = Counter()

    @property
    def taken(self) -> int:
        """How many run."""
        return self._taken.total()

    @contextmanager
    def one(self, caller: UUID | None) -> Iterator[None]:
        """A place for as long as the block runs; TooManyExports or ExportsBusy when there is none."""
        if self._taken[caller] >= self._of_caller:
            raise TooManyExports(f"{self._of_caller} of your exports are running already.", retry_after=5)
        if self.taken >= self._of_all:
            raise ExportsBusy(retry_after=5)
        self._taken[caller] += 1
        try:
            yield
        finally:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]


class Streamed(Response):
    """200, sent while it is made. When the caller goes away, or anything fails, the chunks are closed at once.

    Starlette's own streaming leaves its generator to the garbage collector then, and the query with it.
    """

    def __init__(self, first: bytes, chunks: AsyncGenerator[bytes, None], media_type: str) -> None:
        """The first chunk is there already; the others are asked for one by one."""
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.init_headers()
        self._first = first
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all; whichever comes first, the end or the caller's going, ends it."""
        sending = asyncio.ensure_future(self._send(send, head=scope.get("state", {}).get("head", False)))
        leaving = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            sending.cancel()
            leaving.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            await self._chunks.aclose()

    async def _send(self, send: Send, *, head: bool) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if not head:  # a HEAD has its headers, and nobody reads the rest
            await send({"type": "http.response.body", "body": self._first, "more_body": True})
            async for chunk in self._chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
