"""What was recorded wrongly: a correction is a new event that refers to the old one, an annulment takes it back.

Nothing is edited. Either is refused when it makes a later event impossible, and the refusal names that event
(DOMAIN 3, Time). What an approved document did is undone only by annulling the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.db.session import Statement, Tx
from app.domain.access import Scope
from app.domain.equipment import TRANSITIONS, Decision, Facts
from app.domain.errors import DomainError, Forbidden, NotFound, Rejected, Stale
from app.domain.history import Event, decide_annulment, decide_correction, effective
from app.domain.transitions import REGISTER_KIND
from app.services import door_facts, door_rows
from app.services.door import Moved, Refused, check_when, late_step, refusal_of
from app.services.door_rows import Step

_SCOPES: dict[str, Scope] = {
    REGISTER_KIND: Scope.EQUIPMENT_WRITE,
    **{action.value: transition.scope for (_, action), transition in TRANSITIONS.items()},
}
#: One document moves an item once.
_OF_DOCUMENT = Statement(
    "SELECT item_id, position FROM events WHERE document_id = CAST(:document AS uuid) AND corrects IS NULL"
)


@dataclass(frozen=True, slots=True)
class Correction:
    """What should have been said about the event at `position`; or, with `annul`, that it did not happen."""

    item_id: UUID
    version: int
    position: int
    reason: str
    payload: Mapping[str, Any]
    #: When it really happened; None keeps the instant of the event.
    occurred_at: datetime | None = None
    annul: bool = False


async def correct(tx: Tx, one: Correction, statement: Statement) -> Any:
    """Correct or annul one event; the row that `statement` (begun by `door_rows.WRITE`) makes of the item.

    NotFound, Forbidden, Stale; Rejected for a position that holds nothing which counts; Conflict for what a document
    did; HistoryBroken when a later event would become impossible.
    """
    row = await _lock(tx, one.item_id)
    if one.version != row["version"]:
        raise Stale(f"The current version is {row['version']}.", current=row["version"])
    events = (await door_rows.histories(tx, [one.item_id]))[one.item_id]
    target = _root(events, one.position)
    door_facts.check_scope(tx.caller, _SCOPES[target.kind], row["component_id"])
    at = one.occurred_at or target.occurred_at
    for instant in (at, target.occurred_at):
        check_when(tx, instant, row, one.reason)
    decision = _decide(tx, one, events, target, at)
    step = late_step(row, events, decision, at, target.position)
    return (await door_rows.write(tx, [step], statement=statement))[0]


def _decide(tx: Tx, one: Correction, events: Sequence[Event], target: Event, at: datetime) -> Decision:
    facts = Facts(at, tx.caller.person_id if tx.caller else None)
    if one.annul:
        return decide_annulment(events, target.position, facts, {"backdating_reason": one.reason})
    payload = {**one.payload, "backdating_reason": one.reason}
    return decide_correction(events, target.position, payload, facts)


def _root(events: Sequence[Event], position: int) -> Event:
    """The event that counts at a position; a correction's position means what it corrected."""
    roots = {event.position: event.corrects for event in events if event.corrects is not None}
    found: int | None = position
    while found in roots:
        found = roots[found]
    for event in effective(events):
        if event.position == found:
            return event
    raise Rejected.at("/position", "unknown_event", "This refers to no event of the item that still counts.")


async def _lock(tx: Tx, item_id: UUID) -> Mapping[str, Any]:
    rows = await tx.rows(door_rows.LOCK, ids=[item_id])
    if rows:
        row: Mapping[str, Any] = rows[0]
        return row
    if await tx.rows(door_rows.VISIBLE, ids=[item_id]):
        raise Forbidden("You may see this, but not change it.")
    raise NotFound


async def annul(tx: Tx, document_id: UUID, *, reason: str) -> list[Moved]:
    """Take back everything that an approved document did to its items; whoever calls has checked who may do that.

    Raises what `door.move` raises: a single refusal itself, several as Conflict with the items. HistoryBroken where
    something that happened since depends on what the document did.
    """
    done = {row["item_id"]: row["position"] for row in await tx.rows(_OF_DOCUMENT, document=document_id)}
    rows = await tx.rows(door_rows.LOCK, ids=list(done))
    if len(rows) != len(done):
        raise Forbidden("You may not change every item of this document.")
    past = await door_rows.histories(tx, list(done))
    steps: list[Step] = []
    refused: list[tuple[int, Refused]] = []
    for n, row in enumerate(rows):
        try:
            steps += _annulled(tx, row, past[row["id"]], done[row["id"]], reason)
        except DomainError as error:
            refused.append((n, Refused(row["id"], error)))
    if refused:
        raise refusal_of(refused, len(rows))
    written = await door_rows.write(tx, steps, document_id=document_id) if steps else []
    return [Moved(row["id"], row["version"], row["event_count"], row["stage"]) for row in written]


def _annulled(tx: Tx, row: Mapping[str, Any], events: Sequence[Event], position: int, reason: str) -> list[Step]:
    """The step that takes one event back, or nothing when it does not count any more."""
    if all(event.position != position for event in effective(events)):
        return []
    facts = Facts(row["now"], tx.caller.person_id if tx.caller else None)
    decision = decide_annulment(events, position, facts, {"backdating_reason": reason}, through_document=True)
    return [late_step(row, events, decision, row["now"], position)]
