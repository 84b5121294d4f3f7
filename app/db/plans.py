"""The statements of lists, single reads and exports, built from a `Listing` and the shape of a request (HOUSE 3).

Each is compiled once and remembered. Row-level security stands behind as the wall; the predicates on the caller's
components that are added here only make it fast (HOUSE 3.12).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.db.columns import Column, in_sheet
from app.db.listing import Form, Listing, Order
from app.db.session import Statement
from app.domain.access import Caller
from app.domain.asked import Asked
from app.domain.errors import Fault, Rejected
from app.domain.names import fold

Shape = Literal["all", "one", "several", "own", "wall"]


def shape_for(listing: Listing, caller: Caller | None) -> Shape:
    """How a caller's list is served: one component, several, all of them, or a beneficiary's own units."""
    if caller is None or listing.component is None:
        return "wall"
    if not caller.see:
        return "own" if caller.own is not None and listing.agency is not None else "wall"
    if caller.own is not None and listing.agency is not None:
        return "wall"
    if len(caller.see) == 1:
        return "one"
    return "all" if caller.sees_all else "several"


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement with what is needed to read its rows."""

    statement: Statement
    order: Order | None = None


_PLANS: dict[tuple[Any, ...], Plan] = {}
_MOST_PLANS = 4000


def _remembered(key: tuple[Any, ...], build: Callable[[], Plan]) -> Plan:
    plan = _PLANS.get(key)
    if plan is None:
        if len(_PLANS) >= _MOST_PLANS:
            _PLANS.clear()
        plan = _PLANS[key] = build()
    return plan


def plan_one(listing: Listing, by: str, asked: Asked) -> Plan:
    """The statement for one row by `id` or by its reference."""
    key = (listing.resource, "one", by, asked.fields, asked.expand, asked.language)

    def build() -> Plan:
        columns = listing.shown(asked.fields, one=True)
        listing.check_expand(asked.expand)
        version = listing.version if listing.versioned else "NULL::integer"
        only = f" AND {listing.only}" if listing.only else ""
        return Plan(
            Statement(
                f"SELECT (SELECT row_to_json(x) FROM ({_projection(columns, asked)}) x)::text, {version}, t.id "
                f"FROM {listing.table} t {_joins(columns)} WHERE t.{by} = :ident{only}{first(listing)}"
            )
        )

    return _remembered(key, build)


def plan_written(listing: Listing, asked: Asked, name: str, written: str, source: str) -> Plan:
    """The statement that writes rows and shows them at once: (JSON text, version, id) of each.

    `written` ends in the CTE `source`, which has the columns of the listing's table. `name` says which writing it is.
    """
    key = (listing.resource, "written", name, asked.fields, asked.expand, asked.language)

    def build() -> Plan:
        columns = listing.shown(asked.fields, one=True)
        listing.check_expand(asked.expand)
        return Plan(
            Statement(
                f"{written} SELECT (SELECT row_to_json(x) FROM ({_projection(columns, asked)}) x)::text, "
                f"t.version, t.id FROM {source} t {_joins(columns)}"
            )
        )

    return _remembered(key, build)


def first(listing: Listing) -> str:
    """The one row that a reference means."""
    return f" ORDER BY {listing.means} LIMIT 1" if listing.means else ""


def plan_page(listing: Listing, asked: Asked, shape: Shape) -> Plan:
    """The statement for a page: one row more than fits, after the cursor, each as JSON text with its order keys.

    The limit is part of the statement: a parameter would make the planner guess a tenth of the table.
    """
    filters = _filter_shape(asked)
    key = (
        listing.resource,
        "page",
        filters,
        asked.limit,
        asked.sort,
        asked.after is not None,
        asked.search is not None,
        asked.fields,
        asked.expand,
        asked.language,
        shape,
    )

    def build() -> Plan:
        order, descending = listing.order_of(asked.sort)
        columns = listing.shown(asked.fields)
        listing.check_expand(asked.expand)
        page = _page(listing, asked, shape, order, descending=descending)
        keys = ", ".join(f"t.{name}" for name in order.names)
        return Plan(
            Statement(
                f"SELECT (SELECT row_to_json(x) FROM ({_projection(columns, asked)}) x)::text, {keys} "
                f"FROM ({page}) t {_joins(columns)} ORDER BY {_order_by(order, descending=descending)}"
            ),
            order,
        )

    return _remembered(key, build)


def plan_count(listing: Listing, asked: Asked, shape: Shape, bound: int | None = None) -> Plan:
    """The statement that counts everything a list would show, `bound` at most."""
    key = (listing.resource, "count", _filter_shape(asked), asked.search is not None, shape, bound)

    def build() -> Plan:
        where = _where([*_conditions(listing, asked), *_scope(listing, shape)])
        limit = "" if bound is None else f" LIMIT {bound}"
        return Plan(Statement(f"SELECT count(*) FROM (SELECT FROM {listing.table} t{where}{limit}) x"))

    return _remembered(key, build)


def plan_export(
    listing: Listing, asked: Asked, form: Form, kinds: Mapping[str, str] | None = None
) -> tuple[tuple[str, ...], Statement]:
    """The query of an export and the names of its columns: JSON text per row, or one cell per column.

    For a spreadsheet, first without and then with the database's types of the cells (`kinds`, by name).
    """
    order, descending = listing.order_of(asked.sort)
    columns = listing.shown(asked.fields)
    listing.check_expand(asked.expand)
    where = _where([*_conditions(listing, asked)])
    if form == "jsonl":
        columns = _made_once(columns, asked)
        names: tuple[str, ...] = ()
        head = f"SELECT (SELECT row_to_json(x) FROM ({_projection(columns, asked)}) x)::text"
    else:
        cells = [
            (cell.name, in_sheet(cell.sheet, (kinds or {}).get(cell.name, "")) if form == "xlsx" else cell.table)
            for column in columns
            for cell in column.in_table
        ]
        names = tuple(name for name, _ in cells)
        head = "SELECT " + ", ".join(f'{_in_language(e, asked)} AS "{n}"' for n, e in cells)
    tail = f"FROM {listing.table} t {_joins(columns)}{where} ORDER BY {_order_by(order, descending=descending)}"
    return names, Statement(f"{head} {tail}")


def parameters(listing: Listing, asked: Asked, caller: Caller | None, shape: Shape) -> dict[str, Any]:
    """The values of a statement's parameters."""
    values: dict[str, Any] = {}
    for name, value in asked.filters.items():
        adapt = listing.filters[name].adapt
        given = adapt(value) if adapt else value
        values[f"f_{name}"] = given[0] if isinstance(given, list) and len(given) == 1 else given
    if asked.search is not None:
        values["search"], values["words"] = like_pattern(fold(asked.search)), asked.search
    if asked.after is not None:
        values.update({f"k{i}": key for i, key in enumerate(asked.after)})
    if caller is not None and shape == "one":
        values["component"] = caller.see[0]
    if caller is not None and shape == "several":
        values["components"] = list(caller.see)
    return values


def like_pattern(words: str) -> str:
    """Words as a LIKE pattern that matches them anywhere; the wildcards of input are ordinary characters."""
    escaped = words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def _filter_shape(asked: Asked) -> tuple[tuple[str, bool], ...]:
    return tuple((name, isinstance(value, list) and len(value) != 1) for name, value in sorted(asked.filters.items()))


def _conditions(listing: Listing, asked: Asked) -> list[str]:
    made = [listing.only] if listing.only else []
    for name, many in _filter_shape(asked):
        declared = listing.filters[name]
        text = declared.many if many and declared.many else declared.one
        made.append(text.replace(":value", f":f_{name}"))
    if asked.search is not None:
        if listing.search is None:
            raise Rejected([Fault("/query/q", "no_search", "This list has no text search.")])
        made.append(listing.search)
    return made


def _scope(listing: Listing, shape: Shape) -> list[str]:
    if shape == "one":
        return [f"t.{listing.component} = :component"]
    if shape == "several":
        return [f"t.{listing.component} = ANY(:components)"]
    return []


def _page(listing: Listing, asked: Asked, shape: Shape, order: Order, *, descending: bool) -> str:
    conditions = _conditions(listing, asked)
    if asked.after is not None:
        row = ", ".join(f"t.{name}" for name in order.names)
        keys = ", ".join(f":k{i}" for i in range(len(order.names)))
        conditions.append(f"({row}) {'<' if descending else '>'} ({keys})")
    tail = f"ORDER BY {_order_by(order, descending=descending)} LIMIT {asked.limit + 1}"
    if shape in {"several", "own"}:
        column, source = (
            (listing.component, "unnest(CAST(:components AS uuid[]))")
            if shape == "several"
            else (listing.agency, "unnest(app.own_agencies())")
        )
        where = _where([f"t.{column} = b.id", *conditions])
        branch = f"SELECT * FROM {listing.table} t{where} {tail}"
        return f"SELECT t.* FROM {source} b(id) CROSS JOIN LATERAL ({branch}) t {tail}"
    return f"SELECT * FROM {listing.table} t{_where([*_scope(listing, shape), *conditions])} {tail}"


def _order_by(order: Order, *, descending: bool) -> str:
    return ", ".join(f"t.{name}{' DESC' if descending else ''}" for name in order.names)


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(f'({c})' for c in conditions)}" if conditions else ""


def _projection(columns: Sequence[Column], asked: Asked) -> str:
    shown = (f'{c.expanded if c.name in asked.expand and c.expanded else c.json} AS "{c.name}"' for c in columns)
    return _in_language("SELECT " + ", ".join(shown), asked)


def _made_once(columns: Sequence[Column], asked: Asked) -> tuple[Column, ...]:
    """Columns of related objects with their JSON made once per key, where nothing else builds on the same join."""
    joins = Counter(join for c in columns for join in (c.needs, c.join) if join)

    def change(c: Column) -> Column:
        if c.once is None or joins[c.join] > 1 or (c.name in asked.expand and c.expanded):
            return c
        return replace(c, join=_in_language(c.once[0], asked), json=c.once[1])

    return tuple(change(c) for c in columns)


def _in_language(expression: str, asked: Asked) -> str:
    return expression.replace("{lang}", asked.language)


def _joins(columns: Sequence[Column]) -> str:
    return " ".join(dict.fromkeys(join for c in columns for join in (c.needs, c.join) if join))
