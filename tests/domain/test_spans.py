from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.history import Event, fold
from app.domain.item import Stage
from app.domain.spans import spans

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def event(position: int, day: int, kind: str = "report_condition", **changes: str | None) -> Event:
    at = DAY + timedelta(days=day)
    return Event(kind, at, DAY + timedelta(days=100 + position), position, changes)


def test_no_events_make_no_spans() -> None:
    assert spans([]) == []


def test_events_of_one_instant_make_one_span() -> None:
    register, ship = event(1, 0, "register", stage="ordered"), event(2, 0, "ship", stage="shipped")
    (only,) = spans([register, ship])
    assert (only.starts_at, only.ends_at, only.state.stage) == (DAY, None, Stage.SHIPPED)


def test_what_was_not_known_yet_makes_no_span() -> None:
    register, ship = event(1, 0, "register", stage="ordered"), event(2, 3, "ship", stage="shipped")
    known = spans([register, ship], known_at=register.recorded_at)
    assert [(s.starts_at, s.ends_at, s.state.stage) for s in known] == [(DAY, None, Stage.ORDERED)]


@given(days=st.lists(st.integers(0, 20), min_size=1, max_size=10), at=st.integers(-1, 21))
def test_a_span_says_what_the_fold_says(days: list[int], at: int) -> None:
    stages = ("up", "degraded")
    events = [event(1, 0, "register", stage="ordered", condition="unknown")]
    events += [event(n, day, condition=stages[n % 2]) for n, day in enumerate(days, start=2)]
    instant = DAY + timedelta(days=at)
    found = [s for s in spans(events) if s.starts_at <= instant and (s.ends_at is None or instant < s.ends_at)]
    assert [s.state for s in found] == [state for state in [fold(events, as_of=instant)] if state is not None]
