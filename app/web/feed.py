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
        "time": event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "datacontenttype": "application/json",
        "partitionkey": "scope" if about is None else str(about),
        "data": data,
    }


async def answer_changes(request: Request, caller: Caller, point: Point | None, wanted: Wanted, limit: int) -> Response:
    """A page of the feed: as PostgreSQL wrote it, or where it holds more than rows, as it is made here."""
    settings: Settings = request.app.state.settings
    database: Database = request.app.state.database
    source = orjson.dumps(settings.issuer).decode("utf-8")
    page = await changes.written(database, caller, point, wanted, limit, source)
    if page is not None:
        items = b"[" + page.items.encode("utf-8") + b"]"
        return answer_feed(
            request, items, next_cursor=changes.cursor_of(database, page.point), limit=limit, more=page.more
        )
    made = await changes.after(database, caller, point, wanted, limit)
    items = orjson.dumps([cloud_event(event, settings.issuer) for event in made.events])
    return answer_feed(request, items, next_cursor=changes.cursor_of(database, made.point), limit=limit, more=made.more)


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
    data = orjson.dumps(cloud_event(event, settings.issuer))
    return b"id: %s\ndata: %s\n\n" % (changes.cursor_of(database, behind).encode("ascii"), data)
