"""What many bodies and queries share: each type of value declared once, with its bounds (HOUSE 2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time
from functools import cache, lru_cache
from typing import Annotated, Any, Generic, Literal, Self, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from app.domain.asked import Asked
from app.domain.countries import COUNTRIES

FIRST_YEAR, LAST_YEAR = 1900, 2100


def _believable(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"the year has to be between {FIRST_YEAR} and {LAST_YEAR}")
    return value


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant needs its offset, for instance Z")
    _believable(value)  # before it is moved: the first and the last day of the calendar cannot be
    return _believable(value.astimezone(UTC))  # type: ignore[return-value]


_WRITTEN_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WRITTEN_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


def _as_day(value: Any) -> Any:
    """Only `YYYY-MM-DD` (API 3): pydantic also reads numbers as seconds since 1970, and instants at midnight."""
    if isinstance(value, date) or (isinstance(value, str) and _WRITTEN_DAY.fullmatch(value)):
        return value
    raise ValueError("a date is written as YYYY-MM-DD")


def _as_instant(value: Any) -> Any:
    """Only RFC 3339 (API 3): pydantic also reads numbers as seconds since 1970, and dates as their midnight."""
    if isinstance(value, datetime) or (isinstance(value, str) and _WRITTEN_INSTANT.fullmatch(value)):
        return value
    raise ValueError("an instant is written as in RFC 3339, with its offset: 2024-01-31T08:30:00Z")


def _as_truth(value: Any) -> Any:
    """Only true and false: pydantic also reads numbers, and words such as `no`, which somebody may mean otherwise."""
    if isinstance(value, bool):
        return value
    raise PydanticKnownError("bool_parsing" if isinstance(value, str) else "bool_type")


def _day_or_instant(value: Any, of_day: Callable[[date], datetime], meant: str) -> Any:
    if isinstance(value, str) and _WRITTEN_DAY.fullmatch(value):
        try:
            return of_day(date.fromisoformat(value))
        except ValueError:
            raise ValueError("there is no such day") from None
    try:
        return _as_instant(value)
    except ValueError as error:
        raise ValueError(f"{error}; or a day alone, 2024-01-31, for {meant} in UTC") from None


def _as_then(value: Any) -> Any:
    """An instant, or a day for its last moment in UTC: what happened on that day has happened by then."""
    return _day_or_instant(value, last_moment_of, "its end")


def _as_bound(value: Any) -> Any:
    """An instant, or a day for its first moment in UTC: from that day on, or before that day."""
    return _day_or_instant(value, first_moment_of, "its beginning")


def none_of(known: Collection[str], sentence: str) -> PydanticCustomError:
    """The error for a word that is none of those known; `fault_words` says which there are, and the nearest."""
    return PydanticCustomError("value_error", sentence, {"known": tuple(known)})


def _until_now(value: datetime) -> datetime:
    """The same. The end of today is how today alone is read: it means now."""
    now = datetime.now(UTC)
    if value > now and value != last_moment_of(now.date()):
        raise PydanticCustomError("in_future", "this instant is still to come")
    return value


def first_moment_of(day: date) -> datetime:
    """The beginning of a day in UTC."""
    return datetime.combine(day, time.min, UTC)


def last_moment_of(day: date) -> datetime:
    """The last instant of a day in UTC that can be told apart from the next day."""
    return datetime.combine(day, time.max, UTC)


def split_commas(value: Any) -> Any:
    """Repeated and comma-separated values mean the same: any of (API 5)."""
    if isinstance(value, str):
        value = [value]
    return [p for item in value for p in (item.split(",") if isinstance(item, str) else [item])] if value else value


def _no_uuid(value: str) -> str:
    """A reference is accepted wherever an id is (API 2), so it must not look like one."""
    try:
        UUID(value)
    except ValueError:
        return value
    raise ValueError("a reference may not have the form of a UUID")


def _known_country(value: str) -> str:
    if value not in COUNTRIES:
        raise ValueError("there is no country of this code in ISO 3166-1")
    return value


T = TypeVar("T")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9._-]{1,49}$"), AfterValidator(_no_uuid)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), AfterValidator(_known_country)]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Instant = Annotated[datetime, BeforeValidator(_as_instant), AfterValidator(_in_utc)]
_INSTANT_OR_DAY = WithJsonSchema(
    {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
)
#: What a question about the past names: an instant, or a day for its end in UTC. Nobody knows what is still to come.
Then = Annotated[
    datetime,
    BeforeValidator(_as_then),
    AfterValidator(_in_utc),
    AfterValidator(_until_now),
    _INSTANT_OR_DAY,
]
#: A bound of a range of instants: an instant, or a day for its beginning in UTC.
Bound = Annotated[datetime, BeforeValidator(_as_bound), AfterValidator(_in_utc), _INSTANT_OR_DAY]
Day = Annotated[date, BeforeValidator(_as_day), AfterValidator(_believable)]
#: A boolean of a body. Parameters of queries are texts, and stay `bool`.
Truth = Annotated[bool, BeforeValidator(_as_truth)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
#: An id, or the human reference that is accepted wherever an id is (API 2).
REF = "An id, or the human reference."
Ref = Annotated[str, StringConstraints(min_length=1, max_length=200), Field(description=REF)]
#: Numbers that rows without a UUID are counted by; JavaScript knows them exactly.
Number = Annotated[int, Field(ge=0, le=2**53 - 1)]
#: What `q` takes; where a list looks for it, its `q` says.
Words = Annotated[str, StringConstraints(min_length=2, max_length=200)]
Several = Annotated[list[T], BeforeValidator(split_commas), Field(min_length=1, max_length=100)]
Language = Literal["en", "fr", "it", "ar"]


def _absent() -> None:
    """The value of a member that was not sent. Nobody reads it: patches look at what was set."""


def keep(**options: Any) -> Any:
    """A member of a patch that may be left out but not be null: what cannot be empty cannot be emptied."""
    return Field(default_factory=_absent, **options)


class Body(BaseModel):
    """What comes in: an unknown member is an error, never ignored."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """What goes out; the schema is the promise, tests compare answers with it."""

    model_config = ConfigDict(extra="forbid")


class Names(Body):
    """A name in four languages; English is always there (DOMAIN 8)."""

    en: Text
    fr: Text | None = None
    it: Text | None = None
    ar: Text | None = None

    def columns(self) -> dict[str, str | None]:
        """As the columns of a table."""
        return {"name_en": self.en, "name_fr": self.fr, "name_it": self.it, "name_ar": self.ar}


class NamesChange(Body):
    """A merge patch of names: languages that are absent stay, null takes one away; English cannot be taken away."""

    en: Text = keep()
    fr: Text | None = None
    it: Text | None = None
    ar: Text | None = None

    def columns(self) -> dict[str, str | None]:
        """The columns that the patch names."""
        return {f"name_{language}": text for language, text in self.model_dump(exclude_unset=True).items()}


class Period(Body):
    """A half-open period of instants (API 3): its start belongs to it, its end does not. No end: still running."""

    start: Instant = Field(examples=["2018-08-01T00:00:00Z"])
    end: Instant | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.end is not None and self.end <= self.start:
            raise ValueError("the end has to be after the start")
        return self


class PeriodChange(Body):
    """A merge patch of a period."""

    start: Instant = keep()
    end: Instant | None = None


class PeriodOut(Answer):
    """A half-open period of instants; no end: still running."""

    start: datetime
    end: datetime | None


class Days(Body):
    """A half-open period of days (API 3): the first belongs to it, `end` does not. No end: still running."""

    start: Day = Field(examples=["2024-01-01"])
    end: Day | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.end is not None and self.end <= self.start:
            raise ValueError("the end has to be after the start")
        return self


class DaysChange(Body):
    """A merge patch of a period of days."""

    start: Day = keep()
    end: Day | None = None


class DaysOut(Answer):
    """A half-open period of days; no end: still running."""

    start: date
    end: date | None


class NamesOut(Answer):
    """A name in four languages; null where there is none."""

    en: str
    fr: str | None
    it: str | None
    ar: str | None


class Related(Answer):
    """A related object: enough to show and to follow it. `expand` adds members that depend on its kind."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"additionalProperties": True})

    id: UUID
    reference: str
    label: str


#: An amount of money as text.
AMOUNT = r"^\d{1,15}(\.\d{1,3})?$"


class Money(Body):
    """An amount as a decimal string and its ISO 4217 currency. TND has three decimals."""

    amount: Annotated[str, StringConstraints(pattern=AMOUNT)] = Field(examples=["1234.50"])
    currency: CurrencyCode = Field(examples=["EUR"])


class PageOut(Answer):
    """Where a page of a list stands."""

    next: str | None = Field(description="Cursor of the next page; null at the end.")
    limit: int
    total: int | None = Field(description="How many match; null unless `total` was asked for.")
    estimated: bool | None = Field(default=None, description="True when `total` is a guess.")
    truncated: bool | None = Field(default=None, description="True when a text search found more than it may return.")


class Listed(Answer, Generic[T]):
    """A page of a list."""

    items: list[T]
    page: PageOut

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`SitePage` for a page of `SiteOut`: the name in the OpenAPI document, and in clients made from it."""
        return f"{params[0].__name__.removesuffix('Out')}Page"


class ReadQuery(Body):
    """What every single read takes."""

    model_config = ConfigDict(frozen=True)

    fields: Several[str] | None = Field(
        None, description="Only these members and the id: `fields=id,reference`. All others are then left out."
    )
    expand: Several[str] | None = Field(
        None, description="Related objects to show with more than `{id, reference, label}`."
    )

    def asked(self, language: str) -> Asked:
        """As the reading helper takes it."""
        return _asked(tuple(self.fields or ()), tuple(self.expand or ()), language)


@lru_cache(maxsize=1024)
def _asked(fields: tuple[str, ...], expand: tuple[str, ...], language: str) -> Asked:
    return Asked(fields=fields, expand=expand, language=language)


class PageQuery(ReadQuery):
    """What every list takes beside its own filters. Every other member of a subclass is a filter of its listing."""

    limit: int = Field(50, ge=1, le=200, description="Number of objects on a page.")
    cursor: str | None = Field(
        None, max_length=2000, description="`page.next` of the page before; bound to its filters and order."
    )
    sort: str | None = Field(
        None, max_length=64, pattern=r"^-?[a-z_]+$", description="One of the list's orders; `-` turns it round."
    )
    total: Literal["none", "estimate", "exact"] = Field(
        "none",
        description="Whether to count what matches; it costs more. `estimate` counts up to 10 000 and then guesses.",
    )
    format: Literal["json", "jsonl", "csv", "xlsx"] | None = Field(
        None, description="`jsonl`, `csv` or `xlsx` stream every matching row instead of a page; wins over `Accept`."
    )
    trailer: bool = Field(
        default=False, description='End `jsonl` in a line `{"count": n}`, so that a file tells that it is whole.'
    )

    def asked(self, language: str) -> Asked:
        """As the reading helper takes it."""
        given = self.__dict__
        return Asked(
            filters={name: value for name in _filters_of(type(self)) if (value := given[name]) is not None},
            sort=self.sort,
            limit=self.limit,
            search=given.get("q"),
            fields=tuple(self.fields or ()),
            expand=tuple(self.expand or ()),
            language=language,
            total=self.total,
        )


#: What stands behind the description of a question about the past.
OR_A_DAY = "A day alone (`2026-03-01`) means its end in UTC, today alone means now; what is still to come is refused."

#: What the filter says that every list has whose rows have ids.
OWN_ID = "Only these. What is not there, or out of your sight, is not in the answer: the two are one."


class ListQuery(PageQuery):
    """A list of objects that have an id and no human reference."""

    id: Several[UUID] | None = Field(None, description=OWN_ID)


class ReferenceQuery(PageQuery):
    """A list of objects that have a human reference, which is accepted wherever an id is."""

    id: Several[Ref] | None = Field(None, description=f"{OWN_ID} A reference of nothing is an error.")


def sought(where: str) -> Any:
    """The parameter `q` of a list that looks somewhere else than `SearchQuery` does: say where."""
    return Field(None, description=f"Finds this text {where}. Case and accents make no difference.")


class SearchQuery(ReferenceQuery):
    """A list that can be searched by text: in names and reference, unless a subclass declares `q` with `sought`."""

    q: Words | None = sought("anywhere in a name, in any of the four languages, or in the reference")


_NOT_FILTERS = frozenset(SearchQuery.model_fields) - {"id"}


@cache
def _filters_of(query: type[ListQuery]) -> tuple[str, ...]:
    return tuple(name for name in query.model_fields if name not in _NOT_FILTERS)


class Dated(Body):
    """Filters by when objects were made and last changed."""

    created_at_gte: Bound | None = Field(
        None, alias="created_at.gte", description="Made at this instant or later; a day alone is its beginning in UTC."
    )
    created_at_lt: Bound | None = Field(
        None, alias="created_at.lt", description="Made before this instant, or this day in UTC."
    )
    updated_at_gte: Bound | None = Field(
        None,
        alias="updated_at.gte",
        description="Last changed at this instant or later; a day alone is its beginning in UTC.",
    )
    updated_at_lt: Bound | None = Field(
        None, alias="updated_at.lt", description="Last changed before this instant, or this day in UTC."
    )


class DatedQuery(Dated, SearchQuery):
    """A searchable list that can be cut by when its objects were made and last changed."""
