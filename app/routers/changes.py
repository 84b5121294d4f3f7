"""The change feed over HTTP: pages, a place to begin, and a stream (API 15)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from app.problems import problems
from app.schemas.changes import ChangePage, ChangesQuery, EventsQuery, StartOut
from app.services import changes
from app.web.answers import answer_json
from app.web.callers import AnyCaller, bearer
from app.web.feed import answer_changes, telling
from app.web.lean import LeanRoute
from app.web.params import Transaction
from app.web.streams import MEDIA_TYPE, answer_events

router = APIRouter(prefix="/changes", tags=["changes"], route_class=LeanRoute)

#: One event of the stream, field by field.
SENT: dict[str, Any] = {
    "title": "ServerSentEvent",
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "The cursor behind the event; send it as `Last-Event-ID`."},
        "event": {"type": "string", "enum": ["message", "close"], "description": "`close` is the last one."},
        "data": {"type": "string", "description": 'A CloudEvent as of `GET /changes`, or `{"reason": …}`.'},
        "retry": {"type": "integer", "description": "Milliseconds to wait before coming back."},
    },
}
EXAMPLE = 'id: 9Qd…\ndata: {"specversion":"1.0","type":"bmp.equipment.changed",…}\n\n'

STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events as they happen. `data` is a CloudEvent; `id` is the cursor behind it.",
        "content": {MEDIA_TYPE: {"schema": SENT, "example": EXAMPLE}},
    }
}
LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID", max_length=200, description="The `id` of the last event received; wins over `after`."
    ),
]


@router.get("", response_model=ChangePage, responses=problems(410))
async def list_changes(request: Request, query: Annotated[ChangesQuery, Query()], caller: AnyCaller) -> Response:
    """What changed since a cursor: every committed change that the caller may see, in an order that never changes.

    Without `after`, from the oldest change that is kept. A caller hears of the resources that its scopes can read.
    Deal with the events, keep `page.next`, ask again with it: at once while `page.more`, also where a page is empty.
    Events of one object come in the order in which they happened. Delivery is at least once; `id` tells repeats.
    `bmp.object.out_of_sight` names an object that the caller saw and can no longer see: drop it.
    `bmp.scope.changed` says that the caller sees other components, agencies or resources than at the cursor, or audits
    other organisations: read anew what came into sight, and drop what went. 410 `cursor_expired` or `feed_rewound`:
    begin again with a new cursor.
    """
    database = request.app.state.database
    point = None if query.after is None else changes.point_of(database, query.after, "query/after")
    return await answer_changes(request, caller, point, query.wanted(), query.limit)


@router.get("/cursor", response_model=StartOut)
async def get_cursor(caller: AnyCaller, tx: Transaction, request: Request) -> Response:
    """The place behind the last change, and what the caller may see now.

    Take it first, then read every list once, then follow the feed from it: nothing is missed in between.
    """
    point, scope = await changes.start(tx, caller)
    return answer_json({"cursor": changes.cursor_of(request.app.state.database, point), "scope": scope}, personal=True)


@router.get("/events", responses=problems(410) | STREAM, response_class=Response, openapi_extra={"x-stream": True})
async def stream_changes(
    request: Request, query: Annotated[EventsQuery, Query()], caller: AnyCaller, last_event_id: LastEventId = None
) -> Response:
    """The same feed as server-sent events, as they happen. Without a cursor, from now on.

    A dropped connection goes on where it was by `Last-Event-ID`, which browsers send by themselves. The stream ends
    with an event `close` that gives the `reason`: `token_expired` (come back with a new token), `reconnect`,
    `stopping`, or the code of a problem. A comment every 15 seconds keeps the connection open. Streams are limited in
    number: 429 for a caller who has too many, 503 where the process has.
    """
    start = await changes.begin(request.app.state.database, caller, last_event_id, query.after)
    step = telling(request.app.state.database, request.app.state.settings, start, query.wanted())
    return await answer_events(request.app.state.streams.run(request.app.state.gate, bearer(request), step))
