"""Streams about one thing that changes, such as a job: looked at again and again, told when it differs (API 14)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response

from app.db.session import Database, Tx
from app.domain.access import Caller
from app.web.callers import admit, bearer
from app.web.streams import HEARTBEAT_S, MEDIA_TYPE, Step, Told, answer_events

_EVENT: dict[str, Any] = {
    "type": "object",
    "description": "One event; `data` is JSON.",
    "required": ["event", "data"],
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}, "retry": {"type": "integer"}},
}
CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events as they happen.", "content": {MEDIA_TYPE: {"schema": _EVENT}}}
}
#: Seconds between two looks.
LOOK_S = 1.0


class Seen(Protocol):
    """What a look found: the data of an event, and whether nothing will follow."""

    @property
    def data(self) -> bytes:
        """One line of JSON."""

    @property
    def last(self) -> bool:
        """True when this is the end."""


Look = Callable[[Tx], Awaitable[Seen]]


async def answer_watched(request: Request, scope: str | None, name: str, look: Look) -> Response:
    """200 with events called `name`. What the first look refuses is an ordinary problem."""
    house = request.app.state
    step = watching(house.database, scope, name, look)
    return await answer_events(house.streams.run(house.gate, bearer(request), step, LOOK_S))


def watching(database: Database, scope: str | None, name: str, look: Look) -> Step:
    """One look each, with the rights of now and a connection for no longer than it takes."""
    before, spoke = b"", time.monotonic()

    async def step(caller: Caller) -> Told:
        nonlocal before, spoke
        async with database.transaction(admit(caller, scope), read_only=True) as tx:
            seen = await look(tx)
        told, now = b"", time.monotonic()
        if seen.data != before:
            told = b"event: %s\ndata: %s\n\n" % (name.encode("ascii"), seen.data.replace(b"\n", b""))
        elif now - spoke >= HEARTBEAT_S:
            told = b": here\n\n"
        before, spoke = seen.data, now if told else spoke
        return Told(told, last=seen.last)

    return step
