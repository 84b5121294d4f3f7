"""The change feed on the wire: CloudEvents (API 15), as pages and as server-sent events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.db.session import Database
from app.domain.access import Caller
from app.domain.changes import Point, Wanted
from app.services import changes
from app.services.changes import Event, Page
from app.settings import Settings
from app.web.answers import answer_feed
from app.web.streams import Told

API = "/api/v1"
#: Events that a stream takes from the database at once: what waits for a slow reader is bounded by it.
AT_ONCE = 100
_AS_WRITTEN = orjson.OPT_UTC_Z


def cloud_event(event: Event, source: str) -> dict[str, Any]:
    """One event in CloudEvents' JSON format."""
    about = event.object_id
    data: dict[str, Any] = {}
    if event.scope is not None:
        about, subject, data["scope"] = event.branch, f"{API}/me", event.scope
        if about is not None:
            data["id"] = str(about)
    else:
        subject = f"{API}/{event.resource}/{about}"
        data = {"id": str(about), "resource": event.resource}
        if event.version is not None:
            data["version"] = event.version
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": source,
        "type": event.type,
        "subject": subject,
        "time": event.at,
        "datacontenttype": "application/json",
        "partitionkey": "scope" if about is None else str(about),
        "data": data,
    }


def answer_changes(request: Request, page: Page, limit: int) -> Response:
    """A page of the feed."""
    settings: Settings = request.app.state.settings
    items = orjson.dumps([cloud_event(event, settings.issuer) for event in page.events], option=_AS_WRITTEN)
    following = changes.cursor_of(request.app.state.database, page.point)
    return answer_feed(request, items, next_cursor=following, limit=limit, more=page.more)


def telling(
    database: Database, settings: Settings, start: Point, wanted: Wanted
) -> Callable[[Caller], Awaitable[Told]]:
    """What a stream of the feed has to tell next, each time it is asked."""
    standing = start

    async def step(caller: Caller) -> Told:
        nonlocal standing
        page = await changes.after(database, caller, standing, wanted, AT_ONCE)
        told = b"".join(_sent(database, settings, standing, page, event) for event in page.events)
        if standing != page.point or not told:  # also behind what is out of sight, so that nobody looks at it twice
            told += f"id: {changes.cursor_of(database, page.point)}\n: here\n\n".encode("ascii")
        standing = page.point
        return Told(told, page.more, page.marks.newest)

    return step


def _sent(database: Database, settings: Settings, before: Point, page: Page, event: Event) -> bytes:
    """One event, with the cursor behind it as its id: what comes back in `Last-Event-ID`."""
    if event.position:
        behind = Point(page.marks.era_of(event.position).id, event.position, page.point.scope)
    else:
        behind = Point(before.era, before.position, page.point.scope)
    data = orjson.dumps(cloud_event(event, settings.issuer), option=_AS_WRITTEN)
    return b"id: %s\ndata: %s\n\n" % (changes.cursor_of(database, behind).encode("ascii"), data)
