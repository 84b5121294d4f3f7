"""The one door (DOMAIN 3, HOUSE 6): everything that happens to an item goes through here, many items at once.

Single calls, bulk calls, imports and documents all use it. It loads and locks in the order of ids, loads the guards'
facts for all, lets `domain/` decide each, and writes states, events, hashes and spans set-based.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.db.session import Statement, Tx
from app.domain.access import Scope
from app.domain.equipment import TRANSITIONS, Action, Decision, Facts, ItemState, decide
from app.domain.errors import (
    Conflict,
    DomainError,
    Fault,
    Forbidden,
    NotFound,
    Rejected,
    Stale,
)
from app.domain.history import ANNUL_KIND, Event, decide_in_past, fold
from app.domain.spans import Span, spans
from app.domain.time import check_occurred_at
from app.services import door_facts, door_rows
from app.services.door_facts import ASKING, Answers, Question, Receiver
from app.services.door_register import NewItem
from app.services.door_register import register_items as register
from app.services.door_rows import Late, Step, state_of

__all__ = ["Move", "Moved", "NewItem", "Refused", "move", "register"]


@dataclass(frozen=True, slots=True)
class Move:
    """One item through the door."""

    item_id: UUID
    #: A value of `domain.transitions.Action`.
    action: str
    #: What the action requires; ids in it have been resolved under the caller's rows (`door_references.resolve`).
    payload: Mapping[str, Any]
    #: The version that the caller read; None where a document's lines carry it.
    version: int | None = None
    #: Free text: hashed with a salt and stored apart.
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of an item."""

    item_id: UUID
    version: int
    position: int
    stage: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an item was left as it was."""

    item_id: UUID
    error: DomainError


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What holds for all moves of a call."""

    occurred_at: datetime | None
    reason: str | None
    document_id: UUID | None = None
    by_document: bool = False
    #: The document takes effect by lapse of time (`basis=deemed`), tested or not.
    deemed: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What was looked up for the guards of a call."""

    answers: Answers | None
    receivers: Mapping[UUID, Receiver]


async def move(
    tx: Tx,
    moves: Sequence[Move],
    *,
    occurred_at: datetime | None = None,
    reason: str | None = None,
    document_id: UUID | None = None,
    by_document: bool = False,
    partial: bool = False,
    deemed: bool = False,
) -> list[Moved | Refused]:
    """Move items; a result per move, in the order given.

    `occurred_at` None is now. `reason` says why something is recorded late. `by_document` tells that an approved
    document orders the steps: whoever calls has checked who may approve it; `deemed`, that it takes effect by lapse
    of time. With `partial` a refusal is a result; otherwise nothing is written: a single move raises its own error,
    several raise Conflict (facts: `items`) when every refusal is one, else Rejected with a place per item
    (`/items/<n>`).
    """
    around = Circumstances(occurred_at, reason, document_id, by_document, deemed)
    decided = await _decide_all(tx, moves, around)
    refused = [(n, each) for n, each in enumerate(decided) if isinstance(each, Refused)]
    if refused and not partial:
        raise refusal_of(refused, len(moves))
    steps = [each for each in decided if isinstance(each, Step)]
    rows = await door_rows.write(tx, steps, document_id=document_id) if steps else []
    moved = {row["id"]: Moved(row["id"], row["version"], row["event_count"], row["stage"]) for row in rows}
    return [each if isinstance(each, Refused) else moved[each.row["id"]] for each in decided]


async def move_showing(
    tx: Tx, one: Move, statement: Statement, *, occurred_at: datetime | None = None, reason: str | None = None
) -> Any:
    """Move one item and return the row that `statement` (begun by `door_rows.WRITE`) makes of it."""
    around = Circumstances(occurred_at, reason)
    (decided,) = await _decide_all(tx, [one], around)
    if isinstance(decided, Refused):
        raise decided.error
    return (await door_rows.write(tx, [decided], statement=statement))[0]


def refusal_of(refused: Sequence[tuple[int, Refused]], among: int) -> DomainError:
    """One error for all refusals of a call."""
    if among == 1:
        return refused[0][1].error
    if all(isinstance(each.error, Conflict) for _, each in refused):
        items = [
            {"item_id": str(each.item_id), "code": each.error.code, "detail": each.error.detail, **each.error.facts}
            for _, each in refused
        ]
        return Conflict(f"{len(items)} of {among} items cannot take this step.", items=items)
    return Rejected([fault for n, each in refused for fault in faults_of(each.error, f"/items/{n}")])


def faults_of(error: DomainError, prefix: str) -> list[Fault]:
    """An item's problem as places in a list of items."""
    if isinstance(error, Rejected):
        return [Fault(prefix + fault.pointer, fault.code, fault.detail) for fault in error.faults]
    return [Fault(prefix, error.code, error.detail)]


async def _decide_all(tx: Tx, moves: Sequence[Move], around: Circumstances) -> list[Step | Refused]:
    ids = [each.item_id for each in moves]
    rows = {row["id"]: row for row in await tx.rows(door_rows.LOCK, ids=ids)}
    unlocked = {each for each in ids if each not in rows}
    visible = {row["id"] for row in await tx.rows(door_rows.VISIBLE, ids=list(unlocked))} if unlocked else set()
    now = max((row["now"] for row in rows.values()), default=around.occurred_at)
    at = around.occurred_at or now
    late = [r["id"] for r in rows.values() if around.occurred_at is not None and around.occurred_at < r["occurred_at"]]
    past = await door_rows.histories(tx, late) if late else {}
    told = Told(await _ask(tx, moves, rows, around, at), await _receivers(tx, moves, rows))
    decided: list[Step | Refused] = []
    seen: set[UUID] = set()
    for each in moves:
        try:
            if each.item_id in seen:
                raise Rejected.at("/id", "repeated", "An item takes one step per call.")
            seen.add(each.item_id)
            if each.item_id in unlocked:
                raise Forbidden("You may see this, but not change it.") if each.item_id in visible else NotFound
            row = rows[each.item_id]
            decided.append(_decide(tx, each, row, around, told, past.get(each.item_id)))
        except DomainError as error:
            decided.append(Refused(each.item_id, error))
    return decided


async def _ask(
    tx: Tx, moves: Sequence[Move], rows: Mapping[UUID, Any], around: Circumstances, at: datetime | None
) -> Answers | None:
    asking = [_question(m, rows[m.item_id]) for m in moves if m.action in ASKING and m.item_id in rows]
    if not asking or at is None:
        return None
    return await door_facts.ask(tx, asking, at, around.document_id)


async def _receivers(tx: Tx, moves: Sequence[Move], rows: Mapping[UUID, Any]) -> Mapping[UUID, Receiver]:
    items = [m.item_id for m in moves if m.action == Action.CONFIRM_RECEIPT and m.item_id in rows]
    return await door_facts.receivers(tx, items) if items else {}


def _question(each: Move, row: Mapping[str, Any]) -> Question:
    unit, site = each.payload.get("unit_id"), each.payload.get("custody_site_id")
    return Question(
        item_id=row["id"],
        component_id=row["component_id"],
        model_id=row["model_id"],
        action=Action(each.action),
        unit_id=UUID(str(unit)) if unit else None,
        site_id=UUID(str(site)) if site else None,
    )


def _decide(
    tx: Tx, each: Move, row: Mapping[str, Any], around: Circumstances, told: Told, past: list[Event] | None
) -> Step:
    """One item: its version, the caller's scope, when it happened, and what the domain says."""
    if each.version is not None and each.version != row["version"]:
        raise Stale(f"The current version is {row['version']}.", current=row["version"])
    action = _action(each.action)
    state = state_of(row)
    transition = TRANSITIONS.get((state.stage, action))
    if transition is not None and not around.by_document:
        door_facts.check_scope(tx.caller, transition.scope, row["component_id"])
    at = around.occurred_at or max(row["now"], row["occurred_at"])
    check_when(tx, at, row, around.reason)
    facts = _facts(tx, each, row, around, told, at)
    payload = dict(each.payload)
    if each.text is not None:
        payload["note"] = each.text
    if around.reason is not None:
        payload["backdating_reason"] = around.reason
    if past is not None:
        return late_step(row, past, decide_in_past(past, action, payload, facts), at)
    decision = decide(state, action, payload, facts)
    return Step(row, decision, at, decision.state.unit_id or state.unit_id)


def _action(word: str) -> Action:
    try:
        return Action(word)
    except ValueError:
        raise Rejected.at("/action", "unknown_value", f"One of: {', '.join(Action)}.") from None


def _facts(tx: Tx, each: Move, row: Mapping[str, Any], around: Circumstances, told: Told, at: datetime) -> Facts:
    action, answers = Action(each.action), told.answers
    receiver = told.receivers.get(row["id"])
    question = _question(each, row) if answers is not None and action in ASKING else None
    return Facts(
        occurred_at=at,
        actor_id=tx.caller.person_id if tx.caller else None,
        ordered_by_document=action if around.by_document else None,
        missing_requirements=answers.missing(question) if answers and question else frozenset(),
        receiving_unit=answers.receives(question) if answers and question else False,
        deemed=around.deemed,
        receiving_side=receiver is not None and receiver.side,
        part_in_handover=receiver is not None and receiver.part,
    )


def check_when(tx: Tx, at: datetime, row: Mapping[str, Any], reason: str | None) -> None:
    """Refuse the future, and back-dating beyond the limit without reason and scope (DOMAIN 3, Time)."""
    caller = tx.caller
    check_occurred_at(
        at,
        max(row["now"], row["occurred_at"]),
        backdating_days=tx.backdating_days,
        reason=reason,
        may_backdate=caller is not None and caller.may_in(Scope.EQUIPMENT_BACKDATE, row["component_id"]),
    )


def late_step(
    row: Mapping[str, Any], events: Sequence[Event], decision: Decision, at: datetime, corrects: int | None = None
) -> Step:
    """The step of an event that is not simply the latest: spans are laid anew from where they differ."""
    recorded_at = max(event.recorded_at for event in events)
    event = Event(
        decision.kind, at, recorded_at, row["event_count"] + 1, decision.changes, corrects, decision.kind == ANNUL_KIND
    )
    told = [*events, event]
    then = fold(told, as_of=at) or ItemState()
    return Step(row, decision, at, then.unit_id or row["unit_id"], corrects, _late(spans(events), spans(told)))


def _late(old: Sequence[Span], new: Sequence[Span]) -> Late:
    """From the first instant at which the spans differ, those that hold from now on."""
    states = {span.starts_at: span.state for span in old}
    others = {span.starts_at: span.state for span in new}
    differing = [at for at in {*states, *others} if states.get(at) != others.get(at)]
    return Late(min(differing, default=None), new)
