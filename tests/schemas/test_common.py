"""What many bodies share: times in one form only (API 3)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.schemas.common import Bound, Day, Instant, Then
from app.services.fault_words import told

DAY: TypeAdapter[date] = TypeAdapter(Day)
INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
THEN: TypeAdapter[datetime] = TypeAdapter(Then)
BOUND: TypeAdapter[datetime] = TypeAdapter(Bound)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-01-31T08:30:00Z", datetime(2024, 1, 31, 8, 30, tzinfo=UTC)),
        ("2024-01-31t08:30:00z", datetime(2024, 1, 31, 8, 30, tzinfo=UTC)),
        ("2024-01-31T08:30:00.123456+01:00", datetime(2024, 1, 31, 7, 30, 0, 123456, tzinfo=UTC)),
        (datetime(2024, 1, 31, tzinfo=UTC), datetime(2024, 1, 31, tzinfo=UTC)),
    ],
)
def test_an_instant_is_written_as_in_rfc_3339_and_means_utc(written: Any, meant: datetime) -> None:
    found = INSTANT.validate_python(written)
    assert (found, found.tzinfo) == (meant, UTC)


@pytest.mark.parametrize(
    "written",
    [
        0, 0.0, True, "0", "1700000000",
        "2024-01-31", "2024-01-31T08:30:00", "2024-01-31 08:30:00Z", "2024-01-31T08:30Z", "",
        "2024-01-31T25:00:00Z", "2024-02-30T00:00:00Z", "1899-12-31T23:59:59Z", "2101-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "\uff12\uff1024-01-31T08:30:00Z", None, [], {},
    ],
)  # fmt: skip
def test_nothing_else_is_an_instant(written: Any) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_python(written)


def test_nobody_is_told_of_what_is_still_to_come() -> None:
    today = datetime.now(UTC).date()
    assert THEN.validate_python(today.isoformat()).date() == today, "today alone means now"
    for written in ("2099-01-01", "2099-01-01T00:00:00Z"):
        with pytest.raises(ValidationError, match="in_future"):
            THEN.validate_python(written)


@pytest.mark.parametrize(
    "written",
    [0, True, "0", "2024-01-31T00:00:00", "2024-01-31T00:00:00Z", "2024-1-31", "2024-02-30", "1899-12-31", None],
)
def test_nothing_but_year_month_and_day_is_a_date(written: Any) -> None:
    assert DAY.validate_python("2024-01-31") == date(2024, 1, 31)
    with pytest.raises(ValidationError):
        DAY.validate_python(written)


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (DAY, "2024-02-30"), (DAY, "2024-13-01"), (DAY, "2024-00-10"),
        (INSTANT, "2024-02-30T00:00:00Z"), (INSTANT, "2024-01-31T25:00:00Z"), (THEN, "2024-01-31T08:61:00Z"),
    ],
)  # fmt: skip
def test_what_has_the_form_of_a_time_and_is_none_is_told_so(kind: TypeAdapter[Any], written: str) -> None:
    with pytest.raises(ValidationError) as refused:
        kind.validate_python(written)
    assert [told(each) for each in refused.value.errors()] == ["There is no such day or time."]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-02-29", datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2024-01-31T08:30:00+01:00", datetime(2024, 1, 31, 7, 30, tzinfo=UTC)),
        (datetime(2024, 1, 31, tzinfo=UTC), datetime(2024, 1, 31, tzinfo=UTC)),
    ],
)
def test_questions_about_the_past_take_a_day_for_its_end(written: Any, meant: datetime) -> None:
    assert THEN.validate_python(written) == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2023-02-29", "there is no such day"),
        ("1/2/2024", "or a day alone, 2024-01-31, for its end in UTC"),
        ("2024-01-31T08:30:00", "or a day alone, 2024-01-31, for its end in UTC"),
        (0, "or a day alone, 2024-01-31, for its end in UTC"),
        ("1899-12-31", "the year has to be between 1900 and 2100"),
        ("9999-12-31", "the year has to be between 1900 and 2100"),
    ],
)
def test_and_say_how_either_is_written(written: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        THEN.validate_python(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2099-01-01", datetime(2099, 1, 1, tzinfo=UTC)),
        ("2024-01-31T08:30:00+01:00", datetime(2024, 1, 31, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_bound_of_a_range_takes_a_day_for_its_beginning(written: str, meant: datetime) -> None:
    assert BOUND.validate_python(written) == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [("2026-13-01", "there is no such day"), ("x", "or a day alone, 2024-01-31, for its beginning in UTC")],
)
def test_and_says_so(written: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        BOUND.validate_python(written)
