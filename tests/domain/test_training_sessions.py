from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.domain.errors import Conflict, TransitionNotAllowed
from app.domain.training import RECORD_TRANSITIONS, RecordAction, RecordStage
from app.domain.training_sessions import (
    SESSION_TRANSITIONS,
    UNFINISHED,
    SessionAction,
    SessionStatus,
    check_session_allows,
    decide_session,
    ending,
)

LAST = date(2026, 3, 6)
PLANNED, RUNNING, CLOSED, CANCELLED = SessionStatus


@pytest.mark.parametrize("action", SessionAction)
@pytest.mark.parametrize("status", SessionStatus)
def test_every_step_is_in_the_table_or_refused(status: SessionStatus, action: SessionAction) -> None:
    if (status, action) in SESSION_TRANSITIONS:
        assert decide_session(status, action, LAST, LAST) is SESSION_TRANSITIONS[status, action]
        return
    with pytest.raises(TransitionNotAllowed) as refused:
        decide_session(status, action, LAST, LAST)
    legal = {"planned": ["open", "cancel"], "running": ["close", "cancel"], "closed": [], "cancelled": []}
    assert refused.value.facts == {"stage": status.value, "action": action.value, "legal": legal[status]}


def test_a_session_is_not_closed_before_its_last_day() -> None:
    with pytest.raises(Conflict) as refused:
        decide_session(RUNNING, SessionAction.CLOSE, LAST, LAST - timedelta(days=1))
    assert refused.value.facts == {"ends_on": "2026-03-06"}
    assert decide_session(RUNNING, SessionAction.CANCEL, LAST, LAST - timedelta(days=1)) is CANCELLED


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("nominate", {PLANNED, RUNNING}),
        (RecordAction.VET, {PLANNED, RUNNING}),
        (RecordAction.ENROL, {PLANNED, RUNNING}),
        (RecordAction.ATTEND, {RUNNING, CLOSED}),
        ("record_results", {RUNNING, CLOSED}),
        (RecordAction.COMPLETE, {RUNNING, CLOSED}),
        (RecordAction.FAIL, {RUNNING, CLOSED}),
        (RecordAction.WITHDRAW, {PLANNED, RUNNING, CLOSED}),
        (RecordAction.EXCLUDE, {PLANNED, RUNNING, CLOSED}),
    ],
)
def test_what_may_happen_to_records_while_a_session_is_so(action: str, allowed: set[SessionStatus]) -> None:
    for status in SessionStatus:
        if status in allowed:
            check_session_allows(status, action)
        else:
            with pytest.raises(Conflict) as refused:
                check_session_allows(status, action)
            assert refused.value.facts == {"session": status.value}


@pytest.mark.parametrize(
    ("stage", "attended", "end"),
    [
        ("nominated", None, (RecordAction.WITHDRAW, "other")),
        ("vetted", None, (RecordAction.WITHDRAW, "other")),
        ("enrolled", None, (RecordAction.EXCLUDE, "no_show")),
        ("enrolled", 0, (RecordAction.EXCLUDE, "no_show")),
        ("enrolled", 1, (RecordAction.ATTEND, None)),
    ],
)
def test_how_a_record_ends_with_its_session(
    stage: str, attended: int | None, end: tuple[RecordAction, str | None]
) -> None:
    assert ending(RecordStage(stage), attended) == end


def test_every_unfinished_record_has_an_end_in_the_graph() -> None:
    for stage in UNFINISHED:
        for attended in (None, 3):
            assert (stage, ending(stage, attended)[0]) in RECORD_TRANSITIONS
