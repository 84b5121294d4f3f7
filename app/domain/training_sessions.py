"""The life of a training session, and in which of its states something may happen to its records (DOMAIN 4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from app.domain.errors import Conflict, TransitionNotAllowed
from app.domain.training import RecordAction, RecordStage


class SessionStatus(StrEnum):
    """Where a session stands."""

    PLANNED = "planned"
    RUNNING = "running"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class SessionAction(StrEnum):
    """What can be done to a session."""

    OPEN = "open"
    CLOSE = "close"
    CANCEL = "cancel"


SESSION_TRANSITIONS: Mapping[tuple[SessionStatus, SessionAction], SessionStatus] = {
    (SessionStatus.PLANNED, SessionAction.OPEN): SessionStatus.RUNNING,
    (SessionStatus.RUNNING, SessionAction.CLOSE): SessionStatus.CLOSED,
    (SessionStatus.PLANNED, SessionAction.CANCEL): SessionStatus.CANCELLED,
    (SessionStatus.RUNNING, SessionAction.CANCEL): SessionStatus.CANCELLED,
}

_AHEAD = frozenset({SessionStatus.PLANNED, SessionStatus.RUNNING})
_HELD = frozenset({SessionStatus.RUNNING, SessionStatus.CLOSED})
#: Places are given out before a session ends; attendance and results may be entered after it. Leaving is always
#: possible while the session stands.
_WHILE: Mapping[str, frozenset[SessionStatus]] = {
    "nominate": _AHEAD,
    RecordAction.VET: _AHEAD,
    RecordAction.ENROL: _AHEAD,
    RecordAction.ATTEND: _HELD,
    "record_results": _HELD,
    RecordAction.COMPLETE: _HELD,
    RecordAction.FAIL: _HELD,
    RecordAction.WITHDRAW: _AHEAD | _HELD,
    RecordAction.EXCLUDE: _AHEAD | _HELD,
}


def decide_session(status: SessionStatus, action: SessionAction, ends_on: date, on: date) -> SessionStatus:
    """The status after a step. Raises TransitionNotAllowed, and Conflict for a session closed before its last day."""
    to = SESSION_TRANSITIONS.get((status, action))
    if to is None:
        legal = [each.value for each in SessionAction if (status, each) in SESSION_TRANSITIONS]
        raise TransitionNotAllowed(
            f"A session that is {status} cannot {action}.", stage=status.value, action=action.value, legal=legal
        )
    if action is SessionAction.CLOSE and on < ends_on:
        raise Conflict("A session is closed on its last day or later.", ends_on=ends_on.isoformat())
    return to


#: Stages that a session leaves nobody in: who attended may still complete or fail, these could only be forgotten.
UNFINISHED = (RecordStage.NOMINATED, RecordStage.VETTED, RecordStage.ENROLLED)


def ending(stage: RecordStage, half_days_attended: int | None) -> tuple[RecordAction, str | None]:
    """How a record of `UNFINISHED` ends with its session, and the reason given.

    Attendance that was entered is attendance. Who had a place and was never there did not show up; who never had a
    place is withdrawn.
    """
    if stage is not RecordStage.ENROLLED:
        return RecordAction.WITHDRAW, "other"
    if half_days_attended:
        return RecordAction.ATTEND, None
    return RecordAction.EXCLUDE, "no_show"


def check_session_allows(status: SessionStatus, action: str) -> None:
    """Refuse what happens to a record while its session is not in a state for it. Raises Conflict."""
    allowed = _WHILE[action]
    if status not in allowed:
        wanted = " or ".join(sorted(allowed))
        raise Conflict(f"The session is {status}; this needs one that is {wanted}.", session=status.value)
