"""Server-sent events of something that changes: looked at again and again, told when it differs.

No database connection is held between two looks, and each look is made with the caller's rights of that moment. A
stream ends with what it tells about, with the caller's token, or after `BMP_STREAM_SECONDS`; callers connect again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.db.session import Tx
from app.domain.access import Caller
from app.domain.errors import DomainError, TooManyAttempts
from app.web.answers import answer_stream
from app.web.callers import admit, bearer

MEDIA_TYPE = "text/event-stream"
#: Seconds between two looks, and between two signs of life where there is nothing to tell.
LOOK_S, COMMENT_S = 1.0, 15.0
#: Streams that one caller may have open with one worker process.
MOST = 10

_EVENT: dict[str, Any] = {
    "type": "object",
    "description": "One event; `data` is JSON.",
    "required": ["event", "data"],
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}, "retry": {"type": "integer"}},
}
CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events as they happen.", "content": {MEDIA_TYPE: {"schema": _EVENT}}}
}


class Seen(Protocol):
    """What a look found: the data of an event, and whether nothing will follow."""

    @property
    def data(self) -> bytes:
        """One line of JSON."""

    @property
    def last(self) -> bool:
        """True when this is the end."""


Look = Callable[[Tx], Awaitable[Seen]]


@dataclass(slots=True)
class Streams:
    """How many streams each caller has open. One per process, at `app.state.watches`."""

    most: int = MOST
    _open: dict[UUID, int] = field(default_factory=dict)

    def enter(self, caller: UUID) -> None:
        """One more; TooManyAttempts when there are as many as there may be."""
        if self._open.get(caller, 0) >= self.most:
            raise TooManyAttempts("You have too many event streams open.", retry_after=5)
        self._open[caller] = self._open.get(caller, 0) + 1

    def leave(self, caller: UUID) -> None:
        """One less."""
        left = self._open.pop(caller) - 1
        if left:
            self._open[caller] = left


async def answer_events(request: Request, caller: Caller, scope: str | None, name: str, look: Look) -> Response:
    """200 with events called `name`. What the first look refuses is an ordinary problem."""
    response = await answer_stream(_watch(request, caller.id, scope, name, look), media_type=MEDIA_TYPE)
    response.headers["x-accel-buffering"] = "no"  # a proxy that gathers would send events late
    return response


async def _watch(
    request: Request, caller: UUID, scope: str | None, name: str, look: Look
) -> AsyncGenerator[bytes, None]:
    house = request.app.state
    house.watches.enter(caller)
    try:
        seen = await _look(request, scope, look)
        yield b"retry: 3000\n" + _event(name, seen.data)
        if request.scope["state"].get("head"):  # nobody reads a body
            return
        async for chunk in _follow(request, scope, name, look, seen):
            yield chunk
    finally:
        house.watches.leave(caller)


async def _follow(
    request: Request, scope: str | None, name: str, look: Look, seen: Seen
) -> AsyncGenerator[bytes, None]:
    ends = time.monotonic() + request.app.state.settings.stream_seconds
    expires = request.app.state.gate.claims(bearer(request)).exp
    spoke = time.monotonic()
    while not seen.last:
        await asyncio.sleep(LOOK_S)
        if time.time() >= expires or time.monotonic() >= ends:
            yield _event("end", b'{"reason":"time"}')
            return
        before = seen.data
        try:
            seen = await _look(request, scope, look)
        except DomainError as error:  # revoked, out of sight, or no database: whoever connects again is told which
            yield _event("end", b'{"reason":"%s"}' % error.code.encode())
            return
        if seen.data != before:
            spoke = time.monotonic()
            yield _event(name, seen.data)
        elif time.monotonic() - spoke >= COMMENT_S:
            spoke = time.monotonic()
            yield b": still here\n\n"


async def _look(request: Request, scope: str | None, look: Look) -> Seen:
    """One look, with the rights of now and a connection for no longer than it takes."""
    house = request.app.state
    caller = admit(await house.gate.caller(bearer(request)), scope)
    async with house.database.transaction(caller, read_only=True) as tx:
        return await look(tx)


def _event(name: str, data: bytes) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode("ascii"), data.replace(b"\n", b""))
