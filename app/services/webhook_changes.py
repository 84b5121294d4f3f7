"""What a webhook's owner may see of the changes, and each as a CloudEvent: the change feed's rows, rules and ids.

Which rows those are the policy of `changes` says, as for `GET /changes` (ADR 12).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from app.db.session import Database, Statement
from app.db.tenancy import TENANCY
from app.domain.access import Caller
from app.domain.changes import Marks, Wanted, sights
from app.domain.webhook_events import DELETED, kinds, type_of
from app.security import positions
from app.services import changes

_CHANGES = Statement(
    "SELECT c.position, c.resource, c.object_id, c.action, c.version, c.recorded_at FROM changes c "
    "WHERE c.position > :after AND c.position <= :upto "
    "AND c.resource || '.' || c.action = ANY(CAST(:kinds AS text[])) ORDER BY c.position"
)
_TOLD = Statement("SELECT c.position FROM changes c WHERE c.position = ANY(CAST(:positions AS bigint[]))")
_THERE = {
    word: Statement(f"SELECT id FROM {table} WHERE id = ANY(CAST(:ids AS uuid[]))")
    for table, t in TENANCY.items()
    if t.tells_of is None
    for word in t.in_feed
}


@dataclass(frozen=True, slots=True)
class Event:
    """One change as it is told."""

    id: str
    position: int
    type: str
    resource: str
    object_id: UUID
    version: int | None
    occurred_at: datetime


async def visible(database: Database, caller: Caller, after: int, upto: int, wanted: Wanted) -> list[Event]:
    """The changes between two positions that the caller may see right now and wants to hear of, in their order."""
    found: dict[int, Event] = {}
    for sight in sights(caller):
        asked = kinds(wanted, sight.resources)
        if asked:
            async with database.transaction(sight.caller, read_only=True) as tx:
                marks = await changes.marks(tx)
                rows = await tx.rows(_CHANGES, after=after, upto=upto, kinds=asked)
            found |= {row["position"]: _event(database.cursor_secret, marks, row) for row in rows}
    return [found[position] for position in sorted(found)]


def _event(secret: bytes, marks: Marks, row: Any) -> Event:
    position, kind = row["position"], type_of(row["resource"], row["action"])
    ident = positions.event_id(secret, marks.era_of(position).id, position)
    return Event(ident, position, kind, row["resource"], row["object_id"], row["version"], row["recorded_at"])


async def in_sight(database: Database, caller: Caller, events: Iterable[Mapping[str, Any]]) -> set[UUID]:
    """The ids of those of these deliveries that the caller may be told right now.

    Objects are looked up. What was deleted is nowhere to be looked up: the change is, under the policy of `changes`,
    which knows where the object was.
    """
    seen: set[UUID] = set()
    events = list(events)
    for sight in sights(caller):
        told = [each for each in events if each["resource"] in sight.resources]
        if not told:
            continue
        gone = {each["at_position"]: each["id"] for each in told if each["type"].endswith(DELETED)}
        ids: dict[str, dict[UUID, UUID]] = {}
        for each in told:
            if each["at_position"] not in gone:
                ids.setdefault(each["resource"], {})[each["object_id"]] = each["id"]
        if gone:
            async with database.transaction(sight.caller, read_only=True) as tx:
                rows = await tx.rows(_TOLD, positions=sorted(gone))
            seen |= {gone[row["position"]] for row in rows}
        for resource, deliveries in ids.items():
            async with database.transaction(sight.caller, read_only=True) as tx:
                rows = await tx.rows(_THERE[resource], ids=sorted(deliveries))
            seen |= {deliveries[row["id"]] for row in rows}
    return seen


def body_of(source: str, event: Mapping[str, Any]) -> bytes:
    """A CloudEvent with thin data: what happened to which object; to read it takes the reader's own rights."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": event["event_id"],
            "source": source,
            "type": event["type"],
            "subject": f"/api/v1/{event['resource']}/{event['object_id']}",
            "time": event["occurred_at"].astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "partitionkey": str(event["object_id"]),
            "data": {
                "id": str(event["object_id"]),
                "resource": event["resource"],
                "version": event["version"],
            },
        }
    )
