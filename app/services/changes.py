"""The change feed (API 15): its order is made here, and it is read here, under the rows of whoever reads.

The order (HOUSE 3): the worker gives committed changes their final position a few times a second; a reader who finds
it late does so itself. Reading: `after` for pages and streams; webhooks read the same rows in `webhook_changes`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.db.session import Database, Statement, Tx
from app.domain import changes as rules
from app.domain.access import Caller
from app.domain.changes import Era, Marks, Point, Sight, Wanted
from app.domain.errors import Rejected
from app.security import positions

#: Change rows that get their position in one transaction.
BATCH = 5_000
#: Positions that one reading looks at, whether it may see what is there or not.
SCAN = 10_000
#: Seconds after which a change without a position makes a reader do the sequencer's work.
LATE_S = 1.0
#: Change rows that are forgotten in one transaction.
FORGET = 10_000

_SEQUENCE = Statement("SELECT app.sequence_changes(:most)")
_LAG = Statement("SELECT app.change_lag()")
_NEWEST = Statement("SELECT app.feed_newest()")
_FORGET = Statement("SELECT app.forget_changes(:days, :most)")
_LOOK = Statement("SELECT app.feed_newest() AS newest, app.feed_waits() AS waits")
# Organisations that take part in what is audited begin and end without a right that changes (ADR 26).
_AUDITED = "CASE WHEN CAST(:audits AS boolean) THEN app.audited() END AS audited"
_MARKS = Statement("SELECT f.newest, f.forgotten, f.eras FROM feed f")
_START = Statement(f"SELECT f.newest, f.forgotten, f.eras, {_AUDITED} FROM feed f")

# Positions have no gaps, so a span of positions is a bound on the rows that are looked at. The marks are read in the
# same snapshot, as the first row: what is up to `newest` in it is all there.
_SEEN = """
WITH marks AS MATERIALIZED (
    SELECT f.newest, f.forgotten, f.eras, coalesce(CAST(:after AS bigint), f.forgotten) AS start FROM feed f
),
seen AS MATERIALIZED (
    SELECT c.position, c.resource, c.object_id, c.action, c.version, c.recorded_at FROM changes c
    WHERE c.position > (SELECT m.start FROM marks m)
      AND c.position <= (SELECT m.start FROM marks m) + CAST(:scan AS bigint)
      AND c.resource <> ALL (CAST(:hidden AS text[]))
      AND (CAST(:kinds AS text[]) IS NULL OR c.resource = 'tree'
           OR c.resource || '.' || c.action = ANY (CAST(:kinds AS text[])))
    ORDER BY c.position LIMIT CAST(:limit AS integer) + 1
)
"""
_WAITS = "CASE WHEN m.newest <= m.start + CAST(:limit AS integer) THEN app.feed_waits() ELSE 0 END AS waits"
_AFTER = Statement(f"""{_SEEN}
SELECT s.position, s.resource, s.object_id, s.action, s.version, s.recorded_at, NULL::bigint AS start,
       NULL::bigint AS newest, NULL::bigint AS forgotten, NULL::jsonb AS eras, NULL::double precision AS waits,
       NULL::uuid[] AS audited
FROM seen s
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, m.start, m.newest, m.forgotten, m.eras, {_WAITS}, {_AUDITED}
FROM marks m
ORDER BY position NULLS FIRST
""")

# The same events as text, made by PostgreSQL (ADR 3): what `web/feed.py` makes of an `Event`, to the letter. Every
# value is a word of ours, a number or a uuid, so nothing needs escaping; `:source` is JSON already. Only where all of
# the page is of the present era and no branch of agencies was moved; `plain` says so.
_WRITTEN = Statement(f"""{_SEEN},
shown AS MATERIALIZED (SELECT s.* FROM seen s ORDER BY s.position LIMIT CAST(:limit AS integer)),
era AS MATERIALIZED (
    SELECT CAST(:key AS bytea) || uuid_send((m.eras -> -1 ->> 'id')::uuid) AS salt FROM marks m
)
SELECT m.start, m.newest, m.forgotten, m.eras, {_WAITS}, e.items, e.last, (SELECT count(*) FROM seen) AS found,
       m.start >= (m.eras -> -1 ->> 'after')::bigint AND NOT coalesce(e.moved, false) AS plain
FROM marks m CROSS JOIN LATERAL (
    SELECT string_agg(
        '{{"specversion":"1.0","id":"' || left(encode(sha256(r.salt || int8send(s.position)), 'hex'), 32)
        || '","source":' || CAST(:source AS text) || ',"type":"' || CASE s.action
            WHEN 'left' THEN '{rules.OUT_OF_SIGHT}'
            ELSE 'bmp.' || s.resource || CASE s.action
                WHEN 'insert' THEN '.created' WHEN 'update' THEN '.changed' ELSE '.deleted' END END
        || '","subject":"/api/v1/' || s.resource || '/' || s.object_id::text || '","time":"' || app.iso(s.recorded_at)
        || '","datacontenttype":"application/json","partitionkey":"' || s.object_id::text
        || '","data":{{"id":"' || s.object_id::text || '","resource":"' || s.resource || '"'
        || coalesce(',"version":' || s.version::text, '') || '}}}}', ',' ORDER BY s.position) AS items,
        max(s.position) AS last, bool_or(s.resource = 'tree') AS moved
    FROM shown s CROSS JOIN era r) e
""")


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the feed lags.

    `waiting` counts changes without a position, up to 10 000. `seconds` is the age of the oldest of them. `behind`
    names the database session with the oldest open transaction (`pid`, `role`, `application`): nothing that was
    recorded since it began can have a position before it ends.
    """

    waiting: int
    seconds: float
    behind: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an object in sight, or to the reader's own scope (then `scope` says what it is now).

    `position` is 0 for what stands before all rows: that the scope is another one than at the point read from.
    """

    id: str
    type: str
    at: datetime
    position: int
    resource: str = ""
    object_id: UUID | None = None
    version: int | None = None
    scope: Mapping[str, object] | None = None
    #: The branch of the tree that came into sight or went out of it.
    branch: UUID | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Events in their order, the point behind them, and whether there may be more behind that."""

    events: tuple[Event, ...]
    point: Point
    marks: Marks
    more: bool
    #: The oldest change without a position has waited so long, in seconds.
    waits: float = 0.0
    #: The organisations that an auditor of some components reads of.
    audited: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A page whose events are JSON already, without the brackets."""

    items: str
    point: Point
    more: bool
    waits: float


async def sequence(tx: Tx, most: int = BATCH) -> int:
    """Give the next settled changes their position and return how many; 0 also while somebody else is at it."""
    return int(await tx.value(_SEQUENCE, most=most) or 0)


async def lag(tx: Tx) -> Lag:
    """How far the feed lags, and behind whom."""
    found = await tx.value(_LAG)
    return Lag(int(found["waiting"]), float(found["seconds"]), found["behind"])


async def newest(tx: Tx) -> int:
    """The last position: whether there is anything new at all, without an identity and without telling what."""
    return int(await tx.value(_NEWEST))


async def forget(tx: Tx, *, days: int, most: int = FORGET) -> int:
    """Forget changes recorded longer ago than so many days, oldest first; how many went. For the worker's role."""
    return int(await tx.value(_FORGET, days=days, most=most))


async def look(database: Database) -> int:
    """The last position, for whoever waits for something new; the sequencer's work is done first where it is late."""
    async with database.transaction(read_only=True) as tx:
        (row,) = await tx.rows(_LOOK)
    if _turn.is_due(float(row["waits"])) and await _turn.take(database):
        async with database.transaction(read_only=True) as tx:
            return await newest(tx)
    return int(row["newest"])


async def here(tx: Tx, caller: Caller) -> Point:
    """The point behind the last change."""
    return (await start(tx, caller))[0]


async def start(tx: Tx, caller: Caller) -> tuple[Point, Mapping[str, object]]:
    """The point behind the last change, and the scope: where a reader begins who is about to read everything once."""
    row = await tx.row(_START, audits=rules.audits_some(caller))
    marks, audited = _marks(row), _audited(row)
    point = Point(marks.era_of(marks.newest).id, marks.newest, rules.fingerprint(caller, audited))
    return point, rules.scope_of(caller, audited)


def _audited(row: Any) -> tuple[UUID, ...] | None:
    return None if row["audited"] is None else tuple(sorted(row["audited"]))


async def begin(database: Database, caller: Caller, last_event_id: str | None, cursor: str | None) -> Point:
    """Where a stream begins: behind what was received, at a cursor, or now."""
    if last_event_id is not None:
        return point_of(database, last_event_id, "header/Last-Event-ID")
    if cursor is not None:
        return point_of(database, cursor, "query/after")
    async with database.transaction(caller, read_only=True) as tx:
        return await here(tx, caller)


async def after(database: Database, caller: Caller, point: Point | None, wanted: Wanted, limit: int) -> Page:
    """What happened after a point, as far as this caller may see it now; without a point, from the oldest kept.

    CursorExpired and FeedRewound where the reader cannot go on from there. Never looks at more than SCAN positions,
    so a page may be empty and have more behind it.
    """
    page = await _page(database, caller, point, wanted, limit)
    if not page.more and _turn.is_due(page.waits) and await _turn.take(database):
        page = await _page(database, caller, point, wanted, limit)
    if point is None or point.scope == page.point.scope:
        return page
    return replace(page, events=(_scope_changed(database, caller, point, page), *page.events))


async def _page(database: Database, caller: Caller, point: Point | None, wanted: Wanted, limit: int) -> Page:
    """One identity after the other, where roles differ by component; as far as all of them have looked."""
    first, *others = rules.sights(caller)
    (top, *rows) = await _rows(database, first, None if point is None else point.position, wanted, limit)
    # Parts that are read later know of later marks. What the first saw is there for all.
    marks, start, audited = _marks(top), int(top["start"]), _audited(top)
    if point is not None:
        rules.check(point, marks)
    parts = [rows, *[(await _rows(database, each, start, wanted, limit))[1:] for each in others]]
    reached = min([start + SCAN, marks.newest, *(part[limit - 1]["position"] for part in parts if len(part) > limit)])
    shown = _merged(parts, reached)[:limit]
    end = shown[-1]["position"] if len(shown) == limit else reached
    secret = database.cursor_secret
    events = tuple([_event(secret, caller, audited, marks, row) for row in shown])
    behind = Point(marks.era_of(end).id, end, rules.fingerprint(caller, audited))
    return Page(events, behind, marks, end < marks.newest, float(top["waits"]), audited)


async def written(
    database: Database, caller: Caller, point: Point | None, wanted: Wanted, limit: int, source: str
) -> Written | None:
    """The page that `after` gives, as JSON; None where it is not as plain as nearly every page is."""
    sight, *others = rules.sights(caller)
    scope = rules.fingerprint(caller)
    if others or rules.audits_some(caller) or (point is not None and point.scope != scope):
        return None
    hidden, kinds = wanted.rows(sight.resources)
    start = None if point is None else point.position
    key = positions.key_of_ids(database.cursor_secret)
    async with database.transaction(sight.caller, read_only=True) as tx:
        (row,) = await tx.rows(
            _WRITTEN, after=start, scan=SCAN, hidden=hidden, kinds=kinds, limit=limit, key=key, source=source
        )
    marks = _marks(row)
    if point is not None:
        rules.check(point, marks)
    end = row["last"] if row["found"] >= limit else min(row["start"] + SCAN, marks.newest)
    behind = Point(marks.era_of(end).id, end, scope)
    more = end < marks.newest
    if not row["plain"] or (not more and _turn.is_due(row["waits"])):
        return None
    return Written(row["items"] or "", behind, more, row["waits"])


def _merged(parts: Sequence[Sequence[Any]], reached: int) -> list[Any]:
    """The rows of all parts up to a position, each once and in order: parts overlap where roles do."""
    if len(parts) == 1:
        return [row for row in parts[0] if row["position"] <= reached]
    found = {row["position"]: row for part in parts for row in part if row["position"] <= reached}
    return [found[position] for position in sorted(found)]


async def _rows(database: Database, sight: Sight, start: int | None, wanted: Wanted, limit: int) -> Sequence[Any]:
    """The marks, then one row more than is asked for, so that it is known whether there are more."""
    hidden, kinds = wanted.rows(sight.resources)
    async with database.transaction(sight.caller, read_only=True) as tx:
        audits = rules.audits_some(sight.caller)
        return await tx.rows(_AFTER, after=start, scan=SCAN, hidden=hidden, kinds=kinds, limit=limit, audits=audits)


async def marks(tx: Tx) -> Marks:
    """Where the feed begins and ends, and its eras."""
    return _marks(await tx.row(_MARKS))


def _marks(row: Any) -> Marks:
    eras = tuple([Era(UUID(each["id"]), int(each["after"])) for each in row["eras"]])
    return Marks(int(row["newest"]), int(row["forgotten"]), eras)


def _event(secret: bytes, caller: Caller, audited: Sequence[UUID] | None, marks: Marks, row: Any) -> Event:
    position, resource, about, action, version, at, *_ = row
    ident = positions.event_id(secret, marks.era_of(position).id, position)
    if action in rules.MOVED:
        return Event(ident, rules.SCOPE_CHANGED, at, position, scope=rules.scope_of(caller, audited), branch=about)
    return Event(ident, rules.TYPE_OF[resource, action], at, position, resource, about, version)


def _scope_changed(database: Database, caller: Caller, point: Point, page: Page) -> Event:
    """The reader's scope is another one than at the point: said first, and again until a later point is read from."""
    about = point.scope + page.point.scope
    ident = positions.event_id(database.cursor_secret, point.era, point.position, about)
    return Event(ident, rules.SCOPE_CHANGED, datetime.now(UTC), 0, scope=rules.scope_of(caller, page.audited))


def point_of(database: Database, cursor: str, parameter: str) -> Point:
    """The point of a cursor; Rejected, naming the parameter, for a text that is none of ours."""
    try:
        return positions.unseal(database.cursor_secret, cursor)
    except positions.NoPoint:
        raise Rejected.at(f"/{parameter}", "cursor_invalid", "This cursor was not made by this change feed.") from None


def cursor_of(database: Database, point: Point) -> str:
    """The cursor of a point."""
    return positions.seal(database.cursor_secret, point)


class _Turn:
    """The sequencer's work, done by a reader: at most once a second, as a long transaction may hold everybody back."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def is_due(self, waits: float) -> bool:
        """True when the worker is late and this process has not just tried itself."""
        return waits > LATE_S and time.monotonic() - self._last > LATE_S

    async def take(self, database: Database) -> int:
        """Do it; how many changes got their position."""
        self._last = time.monotonic()
        async with database.transaction() as tx:
            return await sequence(tx)


_turn = _Turn()
