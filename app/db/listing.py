"""Lists, single reads and exports of a resource, from one declaration (API 4 to 6, HOUSE 3).

A `Listing` says what a resource shows, by what it is filtered and in which orders it comes; `plans.py` builds the
statements from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from app.db.columns import Column
from app.domain.errors import Fault, Rejected

KeyKind = Literal["instant", "uuid", "text", "integer", "date"]
#: What the whole of a list is streamed as (API 13).
Form = Literal["jsonl", "csv", "xlsx"]


@dataclass(frozen=True, slots=True)
class Order:
    """A named order: columns of the row, not null, backed by an index that ends in the id."""

    columns: tuple[tuple[str, KeyKind], ...]
    #: The type of the id that ends the order.
    id_kind: KeyKind = "uuid"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, the id last."""
        return (*(name for name, _ in self.columns), "id")

    @property
    def kinds(self) -> tuple[KeyKind, ...]:
        """The types of the cursor's values."""
        return (*(kind for _, kind in self.columns), self.id_kind)


@dataclass(frozen=True, slots=True)
class Filter:
    """A declared filter. `one` compares with one value, `many` with several; `:value` is the parameter."""

    one: str
    many: str | None = None
    #: Backed by an index: a house test bounds the rows it reads. Others are residual.
    indexed: bool = False
    #: Turns what the schema parsed into what the statement takes.
    adapt: Callable[[Any], Any] | None = None
    #: The table whose ids it compares with. References of its rows are taken as well (API 2), see `reading.named`.
    to: str | None = None


def equals(column: str, *, indexed: bool = False, to: str | None = None) -> Filter:
    """Any of the values given; with `to`, ids or references of that table's rows."""
    return Filter(f"{column} = :value", f"{column} = ANY(:value)", indexed=indexed, to=to)


def span(column: str) -> dict[str, Filter]:
    """`<column>.gte` and `<column>.lt`, as API 5 names ranges."""
    bare = column.rsplit(".", 1)[-1]
    return {f"{bare}_gte": Filter(f"{column} >= :value"), f"{bare}_lt": Filter(f"{column} < :value")}


def dated() -> dict[str, Filter]:
    """The filters of `schemas.common.DatedQuery`."""
    return span("t.created_at") | span("t.updated_at")


NEWEST = {"created_at": Order((("created_at", "instant"),))}


@dataclass(frozen=True, slots=True)
class Listing:
    """The declaration of one resource's reads."""

    resource: str
    table: str
    columns: tuple[Column, ...]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=lambda: NEWEST)
    default_sort: str = "-created_at"
    #: The tenancy column by which a caller with few components is served branch by branch.
    component: str | None = None
    #: The column that says which unit of a beneficiary a row belongs to.
    agency: str | None = None
    #: A predicate on `:search` (folded, LIKE-escaped and wrapped in %) or on `:words` (as given).
    search: str | None = None
    #: Whether the search found more than it may return (HOUSE 4): a boolean on `:search` or `:words`.
    truncated: str | None = None
    #: A condition that always holds (one table, two resources).
    only: str = ""
    #: The column of the human reference that is accepted wherever an id is (API 2).
    reference: str | None = "reference"
    #: Where several rows share a reference, the one that it means comes first in this order (a course's last edition).
    means: str = ""
    versioned: bool = True
    #: The SQL of the version, where it is more than a column.
    version: str = "t.version"
    personal: bool = False

    def __post_init__(self) -> None:
        """Rows that have an id are found by it, several at once: the filter that every list has."""
        if any(column.name == "id" for column in self.columns):
            own = equals("t.id", indexed=True, to=self.table if self.reference else None)
            object.__setattr__(self, "filters", {"id": own, **self.filters})

    @property
    def sorts(self) -> tuple[str, ...]:
        """Every value that `sort=` takes."""
        return tuple(f"{sign}{name}" for name in self.orders for sign in ("", "-"))

    def order_of(self, sort: str | None) -> tuple[Order, bool]:
        """The order and whether it descends; an unknown one is an error."""
        wanted = sort or self.default_sort
        order = self.orders.get(wanted.removeprefix("-"))
        if order is None:
            allowed = ", ".join(self.sorts)
            raise Rejected([Fault("/query/sort", "unknown_sort", f"Possible orders: {allowed}.")])
        return order, wanted.startswith("-")

    def shown(self, fields: Sequence[str], *, one: bool = False) -> tuple[Column, ...]:
        """The columns asked for; an unknown field is an error, never ignored."""
        if not fields:
            return tuple(c for c in self.columns if one or not c.detail)
        known = {c.name for c in self.columns}
        if unknown := [str(place) for place, name in enumerate(fields, start=1) if name not in known]:
            places = (
                f"Number {unknown[0]} is no field"
                if len(unknown) == 1
                else f"Numbers {', '.join(unknown)} are no fields"
            )
            possible = ", ".join(c.name for c in self.columns)
            raise Rejected(
                [Fault("/query/fields", "unknown_field", f"{places} of this resource. Possible: {possible}.")]
            )
        return tuple(c for c in self.columns if c.name in fields or c.name == "id")

    def check_expand(self, expand: Iterable[str]) -> None:
        """Only what is declared can be expanded."""
        allowed = {c.name for c in self.columns if c.expanded}
        if any(name not in allowed for name in expand):
            listed = ", ".join(sorted(allowed)) or "none"
            raise Rejected([Fault("/query/expand", "unknown_expand", f"Possible here: {listed}.")])
