"""The one door of training records: load, decide, write, for one record or a thousand (DOMAIN 4).

Rows are locked in the order of their ids (sessions first, where places are counted). Decisions are the domain's; what
it says is written set-based: states, events and, for completions, the qualifications that follow from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.db import writing
from app.db.session import Tx
from app.domain.access import Scope
from app.domain.errors import Conflict, DomainError, Fault, Forbidden, NotFound, Rejected, SessionHasOpenRecords, Stale
from app.domain.requirements import RequirementKind, Subject, missing
from app.domain.time import check_occurred_at
from app.domain.training import (
    RECORD_TRANSITIONS,
    Course,
    Record,
    RecordAction,
    RecordFacts,
    RecordStage,
    check_results,
    decide_record,
    derive,
)
from app.domain.training_sessions import SessionStatus, check_session_allows, ending
from app.services import records_rows as rows_of

RECORD_RESULTS = "record_results"
#: A refusal names that many records at most.
MOST_NAMED = 100
#: Two servers may disagree that much about now; the step before may have been recorded by the other one.
_CLOCKS_APART = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Move:
    """A step of one record. `results` are entered before the step is decided; `payload` holds a reason."""

    record_id: UUID
    version: int
    action: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class When:
    """When the steps happened (None: now), why they are recorded late, and from how many days on that is late."""

    occurred_at: datetime | None = None
    note: str | None = None
    backdating_days: int = 30


@dataclass(frozen=True, slots=True)
class Moved:
    """What a record became."""

    record_id: UUID
    version: int
    stage: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing happened to a record."""

    record_id: UUID
    error: DomainError


@dataclass(frozen=True, slots=True)
class _Done:
    row: Any
    move: Move
    record: Record
    course: Course
    occurred_at: datetime


async def move(tx: Tx, moves: Sequence[Move], when: When) -> list[Moved | Refused]:
    """Carry out what is possible; one result per move, in the order given. Nothing is written for a refused one."""
    ids = [each.record_id for each in moves]
    _check_once(ids)
    free = await _free_places(tx, moves, ids)
    rows = {row["id"]: row for row in await tx.rows(rows_of.LOAD, ids=ids)}
    unseen = await _why_not(tx, [each for each in ids if each not in rows])
    unmet = await _unmet(tx, [rows[m.record_id] for m in moves if m.record_id in rows and m.action == "complete"], when)
    results: list[Moved | Refused] = []
    done: list[_Done] = []
    for each in moves:
        row = rows.get(each.record_id)
        try:
            if row is None:
                raise unseen[each.record_id]
            decided = _decide(tx, row, each, when, unmet.get(each.record_id, frozenset()))
            if each.action == RecordAction.ENROL:
                _take_place(free, row["session_id"])
        except DomainError as error:
            results.append(Refused(each.record_id, error))
            continue
        done.append(decided)
        results.append(Moved(each.record_id, row["version"] + 1, decided.record.stage.value))
    await _write(tx, done, when.note)
    return results


async def withdraw_all(tx: Tx, session_id: UUID) -> None:
    """Withdraw every open record of a session that is not held. The caller holds the lock of the session."""
    rows = await tx.rows(rows_of.OPEN, session_id=session_id)
    moves = [Move(row["id"], row["version"], RecordAction.WITHDRAW, {"reason": "other"}) for row in rows]
    for result in await move(tx, moves, When()):
        if isinstance(result, Refused):
            raise result.error


async def end_all(tx: Tx, session_id: UUID, *, ending_the_rest: bool) -> None:
    """Bring the records of a session that is being closed to attendance or an end; the caller holds its lock.

    SessionHasOpenRecords unless that was asked for.
    """
    rows = await tx.rows(rows_of.UNFINISHED, session_id=session_id)
    if rows and not ending_the_rest:
        raise SessionHasOpenRecords(
            f"{len(rows)} records were not brought to attendance or an end; see `open_records`.",
            records=[str(row["id"]) for row in rows[:MOST_NAMED]],
            count=len(rows),
        )
    moves = []
    for row in rows:
        action, reason = ending(RecordStage(row["stage"]), row["half_days_attended"])
        moves.append(Move(row["id"], row["version"], action, {} if reason is None else {"reason": reason}))
    for result in await move(tx, moves, When()):
        if isinstance(result, Refused):
            raise result.error


def _check_once(ids: Sequence[UUID]) -> None:
    faults = [
        Fault(f"/items/{index}/id", "repeated", "A record is named once.")
        for index, each in enumerate(ids)
        if each in ids[:index]
    ]
    if faults:
        raise Rejected(faults)


async def _free_places(tx: Tx, moves: Sequence[Move], ids: list[UUID]) -> dict[UUID, int]:
    """How many places each session with a capacity has left, counted under the sessions' locks."""
    if not any(each.action == RecordAction.ENROL for each in moves):
        return {}
    await tx.rows(rows_of.LOCK_SESSIONS, ids=ids)
    return {row["id"]: row["free"] for row in await tx.rows(rows_of.PLACES, ids=ids)}


def _take_place(free: dict[UUID, int], session_id: UUID) -> None:
    if session_id not in free:
        return
    if free[session_id] <= 0:
        raise Conflict("All places of this session are taken.")
    free[session_id] -= 1


async def _why_not(tx: Tx, ids: list[UUID]) -> dict[UUID, DomainError]:
    if not ids:
        return {}
    seen = {row["id"] for row in await tx.rows(rows_of.SEEN, ids=ids)}
    return {each: Forbidden("You may see this, but not change it.") if each in seen else NotFound() for each in ids}


def _decide(tx: Tx, row: Any, wanted: Move, when: When, unmet: frozenset[RequirementKind]) -> _Done:
    if row["version"] != wanted.version:
        raise Stale(f"The current version is {row['version']}.", current=row["version"])
    status = SessionStatus(row["session_status"])
    occurred_at = _occurred(tx, row, wanted, when)
    course = rows_of.course_of(row)
    facts = RecordFacts(course, row["half_days"], status is SessionStatus.CLOSED, occurred_at.date(), unmet)
    record = rows_of.record_of(row)
    if wanted.action == RECORD_RESULTS or (record.stage, RecordAction(wanted.action)) in RECORD_TRANSITIONS:
        check_session_allows(status, wanted.action)  # a step that the graph does not know is refused by the graph
    if wanted.results or wanted.action == RECORD_RESULTS:
        record = replace(record, **wanted.results)
        check_results(record, row["half_days"])
    if wanted.action != RECORD_RESULTS:
        record = decide_record(record, RecordAction(wanted.action), wanted.payload, facts)
    return _Done(row, wanted, record, course, occurred_at)


def _occurred(tx: Tx, row: Any, wanted: Move, when: When) -> datetime:
    """When it happened: not in the future, not before the step before it, nor before the days of the session."""
    not_before = row["occurred_at"]
    if wanted.action in {RecordAction.ATTEND, RECORD_RESULTS}:
        not_before = max(not_before, _morning(row["starts_on"]))
    if wanted.action in {RecordAction.COMPLETE, RecordAction.FAIL}:
        not_before = max(not_before, _morning(row["ends_on"]))
    return instant_of(tx, when, not_before, row["component_id"])


def instant_of(tx: Tx, when: When, not_before: datetime | None, component_id: UUID) -> datetime:
    """The instant that was said, or now. Rejected, or Forbidden when it is too long ago for this caller there."""
    now = datetime.now(UTC)
    if when.occurred_at is None and not_before is not None:
        now = max(now, min(not_before, now + _CLOCKS_APART))
    check_occurred_at(
        when.occurred_at or now,
        now,
        not_before=not_before,
        backdating_days=when.backdating_days,
        reason=when.note,
        may_backdate=tx.caller is not None and tx.caller.may_in(Scope.EQUIPMENT_BACKDATE, component_id),
    )
    return when.occurred_at or now


def _morning(on: date) -> datetime:
    return datetime.combine(on, time(), UTC)


async def _unmet(tx: Tx, rows: Sequence[Any], when: When) -> dict[UUID, frozenset[RequirementKind]]:
    """The enforced requirements of each trainee's unit that are not met on the day (DOMAIN 4 and 7)."""
    if not any(row["enforced_requirements"] for row in rows):
        return {}
    on = (when.occurred_at or datetime.now(UTC)).date()
    units = {
        row["id"]: row["unit_id"]
        for row in await tx.rows(rows_of.UNITS, trainee_ids=_column(rows, "trainee_id"), on=on)
    }
    decisions = await tx.rows(
        rows_of.REQUIREMENTS,
        unit_ids=[each for each in units.values() if each],
        component_ids=list(set(_column(rows, "component_id"))),
    )
    found = {}
    for row in rows:
        unit_id = units.get(row["trainee_id"])
        about = [rows_of.requirement_of(d) for d in decisions if d["component_id"] == row["component_id"]]
        subjects: list[Subject] = [("unit", unit_id)] if unit_id else []
        found[row["id"]] = frozenset(missing(row["enforced_requirements"], about, on, subjects, "complete"))
    return found


def _column(rows: Iterable[Any], name: str) -> list[Any]:
    return [row[name] for row in rows]


async def _write(tx: Tx, done: Sequence[_Done], note: str | None) -> None:
    if not done:
        return
    states = [_state(tx, each) for each in done]
    await tx.run(rows_of.WRITE, rows=states)
    await tx.run(rows_of.EVENTS, rows=[_event(tx, d, s, note) for d, s in zip(done, states, strict=True)])
    gained = [q for each in done if each.move.action == RecordAction.COMPLETE for q in _gained(each)]
    if gained:
        await tx.run(rows_of.QUALIFY, rows=gained)


def _state(tx: Tx, done: _Done) -> dict[str, Any]:
    record = done.record
    return {
        "id": done.row["id"],
        "stage": record.stage.value,
        "half_days_attended": record.half_days_attended,
        "pre_test": record.pre_test,
        "post_test": record.post_test,
        "practical": record.practical,
        "rights_module_done": record.rights_module_done,
        "completed_on": record.completed_on,
        "reason": record.reason,
        "decided_by_person": rows_of.person_of(tx),
        "occurred_at": done.occurred_at,
    }


def _event(tx: Tx, done: _Done, state: dict[str, Any], note: str | None) -> dict[str, Any]:
    row = done.row
    return rows_of.event(
        tx,
        row,
        done.move.action,
        done.occurred_at,
        {name: state[name] for name in rows_of.STATE if state[name] != row[name]},
        note=note,
    )


def _gained(done: _Done) -> list[dict[str, Any]]:
    """The qualifications that a completed record gives, as rows."""
    return [
        {
            "id": writing.new_id(),
            "trainee_id": done.row["trainee_id"],
            "agency_id": done.row["agency_id"],
            "kind": each.kind.value,
            "model_id": each.covers[1] if each.covers[0] == "model" else None,
            "type_id": each.covers[1] if each.covers[0] == "type" else None,
            "starts_on": each.valid.start,
            "ends_on": each.valid.end,
            "record_id": done.row["id"],
        }
        for each in derive(done.row["trainee_id"], done.row["id"], done.record, done.course)
    ]
