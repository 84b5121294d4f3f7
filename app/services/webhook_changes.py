"""What a webhook's owner may see of the changes, and each as a CloudEvent: the one place that reads the change table.

The change feed (`GET /changes`) tells the same; whoever changes the rule here changes it there.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from app.db.session import Database, Statement
from app.db.tenancy import TABLE_OF
from app.domain.access import Caller
from app.domain.webhook_events import VERBS, Wanted, sights, type_of

_CHANGES = Statement("SELECT * FROM app.webhook_changes(:after, :upto, CAST(:kinds AS text[]))")
_THERE = {
    resource: Statement(f"SELECT id FROM {table} WHERE id = ANY(CAST(:ids AS uuid[]))")
    for resource, table in TABLE_OF.items()
}
#: Events about what is gone: there is no row left whose sight could be asked for.
_DELETED = VERBS["delete"]


@dataclass(frozen=True, slots=True)
class Event:
    """One change as it is told."""

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
        kinds = wanted.kinds(sight.resources)
        if kinds:
            async with database.transaction(sight.caller, read_only=True) as tx:
                rows = await tx.rows(_CHANGES, after=after, upto=upto, kinds=kinds)
            found |= {row["position"]: _event(row) for row in rows}
    return [found[position] for position in sorted(found)]


def _event(row: Any) -> Event:
    kind = type_of(row["resource"], row["action"])
    return Event(row["position"], kind, row["resource"], row["object_id"], row["version"], row["recorded_at"])


async def in_sight(database: Database, caller: Caller, events: Iterable[Mapping[str, Any]]) -> set[UUID]:
    """The objects of these events that the caller may see right now; what was deleted counts by its resource alone."""
    asked: dict[str, set[UUID]] = {}
    seen: set[UUID] = set()
    readable: dict[str, Caller] = {name: each.caller for each in sights(caller) for name in each.resources}
    for event in events:
        if event["resource"] not in readable:
            continue
        if event["type"].endswith(f".{_DELETED}") or event["resource"] not in _THERE:
            seen.add(event["object_id"])
        else:
            asked.setdefault(event["resource"], set()).add(event["object_id"])
    for resource, ids in asked.items():
        async with database.transaction(readable[resource], read_only=True) as tx:
            seen |= {row["id"] for row in await tx.rows(_THERE[resource], ids=sorted(ids))}
    return seen


def event_id(secret: bytes, position: int) -> str:
    """The same for the same change, always; and no count of what others do can be read from it."""
    return hmac.digest(secret, b"bmp:webhook-event:%d" % position, "sha256")[:16].hex()


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
