"""Reads of a declared resource: a page, one row, an export. Every list and every single read goes through here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from asyncpg.pgproto import pgproto

from app.db import cursors, hints
from app.db.constraints import translate
from app.db.listing import Form, Listing
from app.db.plans import Shape, first, parameters, plan_count, plan_export, plan_one, plan_page, shape_for
from app.db.session import Statement, Tx
from app.domain.asked import Asked
from app.domain.errors import Fault, NotFound, Rejected


@dataclass(frozen=True, slots=True)
class Reading:
    """One object as the JSON that goes out, its version and its id."""

    body: bytes
    version: int | None
    id: UUID


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list: `items` is a JSON array as it goes out."""

    items: bytes
    next: str | None
    limit: int
    total: int | None = None
    truncated: bool = False
    #: `total` is the planner's guess: too many match to count them for an estimate.
    estimated: bool = False


_PLAINLY = Asked()


async def one(tx: Tx, listing: Listing, ident: UUID | str, asked: Asked | None = None) -> Reading:
    """One row by id or reference; NotFound when unknown or out of sight (the two are one)."""
    by, value = ("id", ident) if isinstance(ident, UUID) else by_ident(listing, ident)
    row = await tx.row(plan_one(listing, by, asked or _PLAINLY).statement, ident=value)
    if row is None:
        raise NotFound
    return Reading(row[0].encode(), row[1], row[2])


async def answer(tx: Tx, listing: Listing, ident: UUID) -> Reading:
    """What a service that has written one row answers: the row as it is now. Nothing, where nobody reads it."""
    if tx.remembered is not None:
        return Reading(b"", None, ident)
    return await one(tx, listing, ident)


def by_ident(listing: Listing, ident: str) -> tuple[str, UUID | str]:
    """Whether a path segment is an id or a human reference (API 2)."""
    try:
        return "id", _id(ident)
    except ValueError:
        if listing.reference is None or not 0 < len(ident) <= 200:  # noqa: PLR2004  no reference is longer
            raise NotFound from None
        return listing.reference, ident


def _id(ident: str) -> UUID:
    """As Python reads it; what is written as usual is read by the driver, in a tenth of the time."""
    try:
        made: UUID = pgproto.UUID(ident)
    except ValueError:
        return UUID(ident)
    return made


async def resolve(tx: Tx, listing: Listing, ident: str) -> UUID:
    """The id behind an id or a reference, of a row that the caller may see."""
    by, value = by_ident(listing, ident)
    only = f" AND {listing.only}" if listing.only else ""
    found: UUID | None = await tx.value(
        _statement(f"SELECT t.id FROM {listing.table} t WHERE t.{by} = :ident{only}{first(listing)}"), ident=value
    )
    if found is None:
        raise NotFound
    return found


#: An estimate is exact up to that many rows.
COUNTED = 10_000
#: Places of unknown references that are told.
MOST_PLACES = 10
#: Tables whose human reference has another name.
REFERENCES = {"accounts": "account_name", "clients": "client_id"}


async def named(tx: Tx, listing: Listing, asked: Asked) -> Asked:
    """The question with ids in the place of references, all of them looked up in one statement (API 2).

    Where only ids were given there is nothing to look up. Rows out of sight are not found, like those that do not
    exist: Rejected, because a filter is never ignored. A reference that several rows share means all of them.
    """
    given = {
        name: [each if isinstance(each, UUID) else id_or_name(each) for each in value]
        for name, value in asked.filters.items()
        if isinstance(value, list) and name in listing.filters and listing.filters[name].to is not None
    }
    if not given:
        return asked
    wanted = {name: [v for v in values if isinstance(v, str)] for name, values in given.items()}
    known = await _look_up(tx, listing, {name: texts for name, texts in wanted.items() if texts})
    faults = [
        Fault(f"/query/{name}", "reference_unknown", await _nothing_of(tx, listing.filters[name].to, values, lost))
        for name, values in given.items()
        if (lost := [n for n, each in enumerate(values) if isinstance(each, str) and (name, each) not in known])
    ]
    if faults:
        raise Rejected(faults)
    filters = {
        name: [each for v in values for each in (known[name, v] if isinstance(v, str) else (v,))]
        for name, values in given.items()
    }
    return replace(asked, filters={**asked.filters, **filters})


async def _nothing_of(tx: Tx, table: str | None, values: Sequence[UUID | str], lost: Sequence[int]) -> str:
    """Which of them are unknown, by their places: what was sent is not repeated (API 7)."""
    hint = await hints.hint(tx, table, str(values[lost[0]]))
    if len(values) == 1:
        return f"There is nothing in your sight that has this reference.{hint}"
    places = ", ".join(str(place + 1) for place in lost[:MOST_PLACES]) + (", …" if len(lost) > MOST_PLACES else "")
    number, verb = ("number", "is") if len(lost) == 1 else ("numbers", "are")
    return f"Of these {len(values)} references {number} {places} {verb} of nothing in your sight.{hint}"


def id_or_name(value: str) -> UUID | str:
    """The id that a text is, or else the text."""
    try:
        return UUID(value)
    except ValueError:
        return value


async def _look_up(tx: Tx, listing: Listing, wanted: dict[str, list[str]]) -> dict[tuple[str, str], list[UUID]]:
    """The ids behind references, by filter and reference, under the caller's own rows."""
    if not wanted:
        return {}
    parts = []
    for name in sorted(wanted):
        table = listing.filters[name].to or ""
        column = REFERENCES.get(table, "reference")
        parts.append(
            f"SELECT '{name}' AS name, r.{column} AS given, r.id FROM {table} r "
            f"WHERE r.{column} = ANY(CAST(:{name} AS text[]))"
        )
    found: dict[tuple[str, str], list[UUID]] = {}
    rows = await tx.rows(_statement(f"{' UNION ALL '.join(parts)} ORDER BY id"), **wanted)
    for row in rows:
        found.setdefault((row["name"], row["given"]), []).append(row["id"])
    return found


async def page(tx: Tx, listing: Listing, asked: Asked, cursor: str | None = None) -> Page:
    """A page of the list, with the cursor of the next one when there is more."""
    secret = tx.cursor_secret
    if cursor is not None:
        asked = asked.behind(cursors.read(secret, listing, asked, cursor))
    shape = shape_for(listing, tx.caller)
    plan = plan_page(listing, asked, shape)
    values = parameters(listing, asked, tx.caller, shape)
    rows = await tx.rows(plan.statement, **values)
    following = None
    if len(rows) > asked.limit:
        rows = rows[: asked.limit]
        following = cursors.make(secret, listing, asked, tuple(rows[-1])[1:])
    total, estimated = await _total(tx, listing, asked, shape, values)
    truncated = False
    if asked.search is not None and listing.truncated is not None:
        truncated = await tx.value(_statement(f"SELECT {listing.truncated}"), **values)
    items = "[" + ",".join([row[0] for row in rows]) + "]"
    return Page(items.encode(), following, asked.limit, total, truncated, estimated)


async def _total(
    tx: Tx, listing: Listing, asked: Asked, shape: Shape, values: dict[str, Any]
) -> tuple[int | None, bool]:
    """How many match, and whether that is a guess. An estimate counts up to a bound; beyond it the planner guesses."""
    if asked.total == "none":
        return None, False
    if asked.total == "exact":
        return await tx.value(plan_count(listing, asked, shape).statement, **values), False
    counted: int = await tx.value(plan_count(listing, asked, shape, COUNTED + 1).statement, **values)
    if counted <= COUNTED:
        return counted, False
    connection = await tx.connection  # a plan is no table: it cannot come together with the identity (ADR 7)
    inside = plan_count(listing, asked, shape).statement
    rows = inside.sql.replace("count(*)", "1", 1)
    plan = orjson.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {rows}", *inside.values(values)))
    return max(counted, round(plan[0]["Plan"]["Plan Rows"], -3)), True


_STATEMENTS: dict[str, Statement] = {}


def _statement(sql: str) -> Statement:
    """A statement built from declarations only, compiled once."""
    made = _STATEMENTS.get(sql)
    if made is None:
        made = _STATEMENTS[sql] = Statement(sql)
    return made


async def export(
    tx: Tx, listing: Listing, asked: Asked, form: Form, deliver: Callable[[bytes], Awaitable[None]]
) -> None:
    """Every row that the list would show, delivered in whole lines while COPY makes them, with constant memory.

    JSON Lines and CSV come as they go out, rows of a spreadsheet as COPY's text format (`documents/sheets.py`).
    """
    kinds = dict(await sheet_columns(tx, listing, asked)) if form == "xlsx" else None
    _, statement = plan_export(listing, asked, form, kinds)
    values = statement.values(parameters(listing, asked, tx.caller, "wall"))
    connection = await tx.connection
    try:
        await connection.copy_from_query(statement.sql, *values, output=deliver, **_COPY[form])
    except asyncpg.PostgresError as error:
        raise translate(error) from error


#: JSON made by PostgreSQL holds no control characters, so its CSV dialect never quotes: a line is a document.
_COPY: dict[Form, dict[str, Any]] = {
    "csv": {"format": "csv", "header": True},
    "jsonl": {"format": "csv", "delimiter": "\x01", "quote": "\x02"},
    "xlsx": {"format": "text", "delimiter": "\x01", "null": ""},
}
_KINDS: dict[str, tuple[tuple[str, str], ...]] = {}
_MOST_KINDS = 1000


async def sheet_columns(tx: Tx, listing: Listing, asked: Asked) -> tuple[tuple[str, str], ...]:
    """The cells of a row by name, each with its type in the database. The database is asked once per declaration."""
    names, statement = plan_export(listing, asked, "xlsx")
    known = _KINDS.get(statement.sql)
    if known is None:
        prepared = await (await tx.connection).prepare(statement.sql)
        known = tuple(zip(names, (each.type.name for each in prepared.get_attributes()), strict=True))
        if len(_KINDS) >= _MOST_KINDS:
            _KINDS.clear()
        _KINDS[statement.sql] = known
    return known
