from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Forbidden, Rejected
from app.domain.time import (
    Period,
    add_months,
    check_occurred_at,
    deadline_on,
    end_of,
    parse_day,
    parse_days,
    parse_instant,
    start_of,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
days = st.dates(date(2000, 1, 1), date(2000, 2, 1))


@st.composite
def periods(draw: st.DrawFn) -> Period[date]:
    start = draw(days)
    length = draw(st.none() | st.integers(1, 20))
    return Period(start, None if length is None else start + timedelta(days=length))


@given(periods(), periods())
def test_overlap_and_intersection_agree_with_the_days_that_are_in_both(a: Period[date], b: Period[date]) -> None:
    every_day = [date(2000, 1, 1) + timedelta(days=n) for n in range(70)]
    both = [day for day in every_day if a.contains(day) and b.contains(day)]
    assert a.overlaps(b) == bool(both) == b.overlaps(a)
    shared = a.intersection(b)
    assert [day for day in every_day if shared and shared.contains(day)] == both


def test_a_period_is_never_empty() -> None:
    with pytest.raises(ValueError, match="ends after its start"):
        Period(date(2026, 1, 1), date(2026, 1, 1))


def test_touching_periods_do_not_overlap() -> None:
    first, second = Period(date(2026, 1, 1), date(2026, 2, 1)), Period(date(2026, 2, 1))
    assert not first.overlaps(second)
    assert first.intersection(second) is None


@pytest.mark.parametrize(
    ("on", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 11, 15), 14, date(2028, 1, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_months_are_counted_to_the_same_day_or_the_last(on: date, months: int, expected: date) -> None:
    assert add_months(on, months) == expected


def test_the_first_day_of_a_deadline_is_not_counted() -> None:
    assert deadline_on(date(2026, 3, 1), 30) == date(2026, 3, 31)


def test_a_local_day_need_not_have_24_hours() -> None:
    zone = ZoneInfo("Africa/Casablanca")
    ramadan = next(
        day
        for day in (date(2026, 2, 1) + timedelta(days=n) for n in range(60))
        if end_of(day, zone) - start_of(day, zone) != timedelta(hours=24)
    )
    assert end_of(ramadan, zone) - start_of(ramadan, zone) == timedelta(hours=25)
    assert start_of(date(2026, 6, 1), ZoneInfo("Africa/Tunis")) == datetime(2026, 5, 31, 23, tzinfo=UTC)


def test_days_and_instants_are_read_strictly() -> None:
    assert parse_day("2026-02-28", "/on") == date(2026, 2, 28)
    assert parse_instant("2026-02-28T10:00:00.5+01:00", "/at") == datetime(2026, 2, 28, 9, 0, 0, 500_000, UTC)
    assert parse_instant("2026-02-28T10:00Z", "/at") == datetime(2026, 2, 28, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-02-29", "invalid_date"),
        ("20260228", "invalid_date"),
        ("٢٠٢٦-02-28", "invalid_date"),
        ("1899-12-31", "date_out_of_range"),
        ("2101-01-01", "date_out_of_range"),
    ],
)
def test_what_is_not_a_day_is_refused(text: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        parse_day(text, "/on")
    assert [(f.pointer, f.code) for f in refused.value.faults] == [("/on", code)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-02-28T10:00:00", "invalid_instant"),
        ("2026-02-28", "invalid_instant"),
        ("2026-02-30T10:00:00Z", "invalid_instant"),
        ("0001-01-01T00:00:00+01:00", "invalid_instant"),
        ("1850-01-01T00:00:00Z", "date_out_of_range"),
    ],
)
def test_what_is_not_an_instant_is_refused(text: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        parse_instant(text, "/at")
    assert [(f.pointer, f.code) for f in refused.value.faults] == [("/at", code)]


def test_a_period_of_days_is_read_from_its_two_ends() -> None:
    assert parse_days({"start": "2026-01-01", "end": "2026-02-01"}, "/p") == Period(date(2026, 1, 1), date(2026, 2, 1))
    assert parse_days({"start": "2026-01-01"}, "/p") == Period(date(2026, 1, 1))


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("2026", ("/p", "invalid_period")),
        ({"start": 1}, ("/p", "invalid_period")),
        ({"start": "2026-01-01", "until": None}, ("/p", "invalid_period")),
        ({"start": "2026-01-01", "end": 3}, ("/p/end", "invalid_date")),
        ({"start": "2026-01-01", "end": "2026-01-01"}, ("/p/end", "empty_period")),
    ],
)
def test_what_is_not_a_period_is_refused(value: Any, fault: tuple[str, str]) -> None:
    with pytest.raises(Rejected) as refused:
        parse_days(value, "/p")
    assert [(f.pointer, f.code) for f in refused.value.faults] == [fault]


def test_something_may_have_happened_from_what_it_depends_on_until_now() -> None:
    check_occurred_at(NOW, NOW, not_before=NOW)
    check_occurred_at(NOW - timedelta(days=30), NOW)
    check_occurred_at(NOW - timedelta(days=31), NOW, reason="Paper form", may_backdate=True)


@pytest.mark.parametrize(
    ("occurred_at", "options", "fault"),
    [
        (NOW.replace(tzinfo=None), {}, ("/occurred_at", "invalid_instant")),
        (NOW.replace(year=1899), {}, ("/occurred_at", "date_out_of_range")),
        (NOW + timedelta(microseconds=1), {}, ("/occurred_at", "in_the_future")),
        (NOW - timedelta(days=2), {"not_before": NOW - timedelta(days=1)}, ("/occurred_at", "before_dependency")),
        (NOW - timedelta(days=31), {"may_backdate": True}, ("/backdating_reason", "reason_required")),
        (NOW - timedelta(days=31), {"may_backdate": True, "reason": "  "}, ("/backdating_reason", "reason_required")),
        (NOW - timedelta(days=6), {"backdating_days": 5}, ("/backdating_reason", "reason_required")),
    ],
)
def test_when_something_cannot_have_happened(
    occurred_at: datetime, options: dict[str, Any], fault: tuple[str, str]
) -> None:
    with pytest.raises(Rejected) as refused:
        check_occurred_at(occurred_at, NOW, **options)
    assert [(f.pointer, f.code) for f in refused.value.faults] == [fault]


def test_backdating_needs_its_scope() -> None:
    with pytest.raises(Forbidden):
        check_occurred_at(NOW - timedelta(days=31), NOW, reason="Paper form")
