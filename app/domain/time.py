"""Days, instants and half-open periods (DOMAIN 8).

Instants are UTC. A period `[start, end)` has a start and, unless it is open, an end that no longer belongs to it.
Deadlines count calendar days, the first day excluded.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Generic, TypeVar

from app.domain.errors import Fault, Forbidden, Rejected

FIRST_YEAR, LAST_YEAR = 1900, 2100
#: For how many days an event may be recorded late without a reason and a scope, unless a deployment says otherwise.
BACKDATING_DAYS = 30

Point = TypeVar("Point", date, datetime)

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period(Generic[Point]):
    """A half-open period of days or of instants; `end` None means that it is open. Raises ValueError if empty."""

    start: Point
    end: Point | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError("a period ends after its start")

    def contains(self, point: Point) -> bool:
        """True from the start on, until just before the end."""
        return self.start <= point and (self.end is None or point < self.end)

    def overlaps(self, other: Period[Point]) -> bool:
        """True when the two share at least one point; touching ends do not overlap."""
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)

    def intersection(self, other: Period[Point]) -> Period[Point] | None:
        """What the two share, or None."""
        if not self.overlaps(other):
            return None
        ends = [end for end in (self.end, other.end) if end is not None]
        return Period(max(self.start, other.start), min(ends) if ends else None)


def check_year(on: date, pointer: str) -> None:
    """Refuse years outside 1900 to 2100: they are typing errors. Raises Rejected."""
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise Rejected.at(pointer, "date_out_of_range", f"The year is between {FIRST_YEAR} and {LAST_YEAR}.")


def parse_day(text: str, pointer: str) -> date:
    """A date `YYYY-MM-DD` between 1900 and 2100. Raises Rejected."""
    try:
        on = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        on = None
    if on is None:
        raise Rejected.at(pointer, "invalid_date", "A date is written YYYY-MM-DD.")
    check_year(on, pointer)
    return on


def parse_instant(text: str, pointer: str) -> datetime:
    """An RFC 3339 instant with its offset, turned to UTC. Raises Rejected (a bare local time is not an instant)."""
    try:
        at = datetime.fromisoformat(text).astimezone(UTC) if _INSTANT.fullmatch(text) else None
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise Rejected.at(pointer, "invalid_instant", "An instant is written as RFC 3339 with Z or an offset.")
    check_year(at, pointer)
    return at


def parse_days(value: Any, pointer: str) -> Period[date]:
    """A period of days from `{"start": …, "end": … or null}`. Raises Rejected."""
    if not isinstance(value, dict) or not isinstance(value.get("start"), str) or value.keys() - {"start", "end"}:
        raise Rejected.at(pointer, "invalid_period", 'A period is written {"start": …, "end": …}.')
    start = parse_day(value["start"], f"{pointer}/start")
    last = value.get("end")
    end = None if last is None else parse_day(str(last), f"{pointer}/end")
    if end is not None and end <= start:
        raise Rejected.at(f"{pointer}/end", "empty_period", "The period ends before it begins.")
    return Period(start, end)


def add_months(on: date, months: int) -> date:
    """The same day some months later; the last day of the month where that month is shorter (31 Jan + 1 = 28 Feb)."""
    years, month = divmod(on.month - 1 + months, 12)
    year = on.year + years
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


def deadline_on(start_on: date, days: int) -> date:
    """The last day of a deadline of so many calendar days; the first day is not counted (DOMAIN 8)."""
    return start_on + timedelta(days=days)


def start_of(on: date, zone: tzinfo) -> datetime:
    """The first instant of a local day, in UTC. A day need not have 24 hours (Ramadan in Morocco)."""
    return datetime.combine(on, time(), zone).astimezone(UTC)


def end_of(on: date, zone: tzinfo) -> datetime:
    """The first instant that no longer belongs to a local day, in UTC."""
    return start_of(on + timedelta(days=1), zone)


def check_occurred_at(
    occurred_at: datetime,
    now: datetime,
    *,
    not_before: datetime | None = None,
    backdating_days: int = BACKDATING_DAYS,
    reason: str | None = None,
    may_backdate: bool = False,
    pointer: str = "/occurred_at",
) -> None:
    """When something may be said to have happened (DOMAIN 3).

    Never in the future, never before what it depends on (`not_before`), within 1900 to 2100. More than
    `backdating_days` ago needs a reason and the scope to back-date. Raises Rejected, or Forbidden without the scope.
    """
    if occurred_at.tzinfo is None:
        raise Rejected.at(pointer, "invalid_instant", "An instant is written as RFC 3339 with Z or an offset.")
    check_year(occurred_at, pointer)
    if occurred_at > now:
        raise Rejected.at(pointer, "in_the_future", "Nothing that is still to come can be recorded as having happened.")
    if not_before is not None and occurred_at < not_before:
        raise Rejected.at(pointer, "before_dependency", f"This cannot have happened before {not_before.isoformat()}.")
    if now - occurred_at <= timedelta(days=backdating_days):
        return
    if not (reason and reason.strip()):
        fault = Fault("/backdating_reason", "reason_required", f"More than {backdating_days} days ago needs a reason.")
        raise Rejected([fault])
    if not may_backdate:
        raise Forbidden(f"More than {backdating_days} days ago needs the scope to back-date.", days=backdating_days)
