"""The response that is sent while it is made: exports, files and events end by it, however they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

log = structlog.get_logger(__name__)


class _UnreadError(Exception):
    """What was sent was left unread for too long."""


class Streamed(Response):
    """200, sent while it is made. When the caller goes away, or anything fails, the chunks are closed at once.

    Starlette's own streaming leaves its generator to the garbage collector then, and the query with it.
    """

    def __init__(
        self, first: bytes, chunks: AsyncGenerator[bytes, None], media_type: str, patience_s: float | None = None
    ) -> None:
        """The first chunk is there already, so that whatever was wrong could be said by a problem.

        With `patience_s`, a reader who leaves unread what was sent for so many seconds is cut off.
        """
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.init_headers()  # no length: nobody knows it yet
        self._first = first
        self._chunks = chunks
        self._patience_s = patience_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all; whichever comes first, the end or the caller's going, ends it."""
        sending = asyncio.create_task(self._send(send, head=scope.get("state", {}).get("head", False)))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (sending, leaving):
                each.cancel()
            outcome, _ = await asyncio.gather(sending, leaving, return_exceptions=True)
            await self._chunks.aclose()
        if isinstance(outcome, _UnreadError):
            log.info("streams.unread")  # the answer is not ended: its reader is told that it is not whole
        elif isinstance(outcome, Exception):
            raise outcome

    async def _send(self, send: Send, *, head: bool) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if not head:  # a HEAD has its headers, and nobody reads the rest
            await self._send_one(send, self._first)
            async for chunk in self._chunks:
                await self._send_one(send, chunk)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_one(self, send: Send, chunk: bytes) -> None:
        """The server waits while the connection is full, so nothing is gathered for a slow reader."""
        try:
            async with asyncio.timeout(self._patience_s):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except TimeoutError as error:
            raise _UnreadError from error


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
