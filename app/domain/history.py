"""What an item's events say: its state now, at a moment, or as it was known at a moment (DOMAIN 3, Time).

State is the fold of *effective* events by (`occurred_at`, chain position). Nothing is ever edited: a correction is a
new event that replaces the one it refers to, keeping its place in the chain order; an annulment takes it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.domain.equipment import Decision, Facts, decide, register
from app.domain.errors import Conflict, HistoryBroken, Rejected
from app.domain.item import ItemState, with_changes
from app.domain.transitions import REGISTER_KIND, TRANSITIONS, Action

#: Kinds of events that speak about other events.
CORRECT_KIND = "correct"
ANNUL_KIND = "annul"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of an item's chain; `position` counts from 1.

    `corrects` is the position of the event that this one replaces, or with `annulled` takes back. Either is an event
    of its own (`correct`, `annul`); the row it refers to stays as it is.
    """

    kind: str
    occurred_at: datetime
    recorded_at: datetime
    position: int
    changes: Mapping[str, Any] = field(default_factory=dict)
    corrects: int | None = None
    annulled: bool = False


def effective(
    events: Iterable[Event], *, as_of: datetime | None = None, known_at: datetime | None = None
) -> list[Event]:
    """The events that count, in the order of the fold.

    `as_of` leaves out what happened later in the world, `known_at` what was recorded later here; both bounds belong to
    the answer. A corrected event keeps its kind and position and takes the instant and changes of its last correction.
    """
    known = sorted((e for e in events if known_at is None or e.recorded_at <= known_at), key=lambda e: e.position)
    current: dict[int, Event] = {}
    roots: dict[int, int] = {}
    for event in known:
        if event.corrects is None:
            current[event.position] = event
            continue
        root = roots[event.position] = roots.get(event.corrects, event.corrects)
        if event.annulled:
            current.pop(root, None)
        elif root in current:
            current[root] = replace(current[root], occurred_at=event.occurred_at, changes=event.changes)
    found = [e for e in current.values() if as_of is None or e.occurred_at <= as_of]
    return sorted(found, key=lambda e: (e.occurred_at, e.position))


def fold(
    events: Iterable[Event], *, as_of: datetime | None = None, known_at: datetime | None = None
) -> ItemState | None:
    """The state that a history amounts to; None when the item did not exist, or was not known, at that moment.

    `version` counts the effective events; an item's row may have moved further (it counts other changes too).
    """
    state = ItemState()
    counted = effective(events, as_of=as_of, known_at=known_at)
    for event in counted:
        state = with_changes(state, event.changes, event.occurred_at)
    return state if counted else None


def _is_possible(state: ItemState, event: Event, *, first: bool) -> bool:
    """True when the graph has this step from here and it leads where the event says it led."""
    if first or event.kind == REGISTER_KIND:
        return first and event.kind == REGISTER_KIND
    transition = TRANSITIONS.get((state.stage, Action(event.kind)))
    if transition is None:
        return False
    changes = event.changes
    if "remembers_stage" in transition.effects and changes["stage_before_loss"] != state.stage:
        return False
    expected = state.stage_before_loss if "restores_stage" in transition.effects else transition.to or state.stage
    return bool(changes.get("stage", state.stage) == expected)


def replay(counted: Sequence[Event]) -> ItemState:
    """The state after effective events in order, each checked against the graph.

    Raises HistoryBroken naming the first one that is not possible where it stands.
    """
    state = ItemState()
    for index, event in enumerate(counted):
        if not _is_possible(state, event, first=index == 0):
            raise HistoryBroken(
                f"The event {event.kind} of {event.occurred_at.isoformat()} would no longer be possible.",
                position=event.position,
                kind=event.kind,
                occurred_at=event.occurred_at.isoformat(),
            )
        state = with_changes(state, event.changes, event.occurred_at)
    return state


def decide_in_past(events: Sequence[Event], action: Action, payload: Mapping[str, Any], facts: Facts) -> Decision:
    """A move recorded behind later events: decided by the state of then, and refused if a later event breaks by it.

    The decision's `state` is the one of *now*, with the late event in its place. Raises what `decide` raises,
    HistoryBroken, and Rejected when the item did not exist yet.
    """
    then = fold(events, as_of=facts.occurred_at)
    if then is None:
        raise Rejected.at("/occurred_at", "before_dependency", "The item was not registered yet.")
    decision = decide(then, action, payload, facts)
    late = _next_event(events, decision.kind, facts.occurred_at, decision.changes)
    return replace(decision, state=replay(effective([*events, late])))


def check_correction(events: Sequence[Event], correction: Event, *, through_document: bool = False) -> ItemState:
    """The state of now once a correction or annulment (an event with `corrects`) counts, or a refusal.

    Raises Rejected when it refers to nothing that counts; Conflict when the event was brought about by an approved
    document and that document is not what is being annulled (DOMAIN 3: documents are annulled, never edited);
    HistoryBroken when it would make another event impossible.
    """
    target = _target(events, correction.corrects)
    if target.kind == REGISTER_KIND and correction.annulled:
        raise Conflict("A registration is not annulled; cancel the item.", kind=target.kind)
    if is_by_document(target.kind) and not (through_document and correction.annulled):
        raise Conflict("What a document did is undone by annulling the document.", kind=target.kind)
    return replay(effective([*events, correction]))


def decide_correction(events: Sequence[Event], position: int, payload: Mapping[str, Any], facts: Facts) -> Decision:
    """The event at a position again, with what should have been said, at the instant `facts.occurred_at`.

    It is decided as the same move by the state that the *other* events give at that instant. The decision is of the
    kind `correct` and its state is the one of now. Raises what `decide` and `check_correction` raise.
    """
    target = _target(events, position)
    place = (facts.occurred_at, target.position)
    before = [e for e in effective(events) if (e.occurred_at, e.position) < place and e.position != target.position]
    if target.kind == REGISTER_KIND:
        decision = register(payload, facts)
    else:
        state = ItemState()
        for event in before:
            state = with_changes(state, event.changes, event.occurred_at)
        decision = decide(state, Action(target.kind), payload, facts)
    correction = _next_event(events, CORRECT_KIND, facts.occurred_at, decision.changes, position)
    return replace(decision, kind=CORRECT_KIND, state=check_correction(events, correction))


def decide_annulment(
    events: Sequence[Event], position: int, facts: Facts, texts: Mapping[str, str], *, through_document: bool = False
) -> Decision:
    """The event at a position taken back; `texts` holds the reason. Kind `annul`, no changes, state of now."""
    annulment = replace(_next_event(events, ANNUL_KIND, facts.occurred_at, {}, position), annulled=True)
    state = check_correction(events, annulment, through_document=through_document)
    return Decision(state, ANNUL_KIND, {}, {}, dict(texts))


def is_by_document(kind: str) -> bool:
    """True for events that only an approved document can bring about."""
    return any("by_document" in row.guards for (_stage, action), row in TRANSITIONS.items() if action == kind)


def _target(events: Sequence[Event], position: int | None) -> Event:
    """The event that a correction is about: corrections of corrections are about the first one."""
    roots = {event.position: event.corrects for event in events if event.corrects is not None}
    while position in roots:
        position = roots[position]
    found = [event for event in effective(events) if event.position == position]
    if not found:
        raise Rejected.at("/corrects", "unknown_event", "This refers to no event of the item that still counts.")
    return found[0]


def _next_event(
    events: Sequence[Event], kind: str, occurred_at: datetime, changes: Mapping[str, Any], corrects: int | None = None
) -> Event:
    """The event as it will stand in the chain, for a trial; its `recorded_at` is decided by the database."""
    recorded_at = max(event.recorded_at for event in events)
    return Event(kind, occurred_at, recorded_at, max(event.position for event in events) + 1, changes, corrects)
