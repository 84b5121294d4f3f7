"""Reads of a declared resource: a page, one row, an export. Every list and every single read goes through here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import asyncpg

from app.db import cursors
from app.db.constraints import translate
from app.db.listing import (
    Asked,
    Form,
    Listing,
    first,
    parameters,
    plan_count,
    plan_export,
    plan_one,
    plan_page,
    shape_for,
)
from app.db.session import Statement, Tx
from app.domain.errors import NotFound


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


async def one(tx: Tx, listing: Listing, ident: UUID | str, asked: Asked | None = None) -> Reading:
    """One row by id or reference; NotFound when unknown or out of sight (the two are one)."""
    by, value = ("id", ident) if isinstance(ident, UUID) else by_ident(listing, ident)
    row = await tx.row(plan_one(listing, by, asked or Asked()).statement, ident=value)
    if row is None:
        raise NotFound
    return Reading(row[0].encode(), row[1], row[2])


def by_ident(listing: Listing, ident: str) -> tuple[str, UUID | str]:
    """Whether a path segment is an id or a human reference (API 2)."""
    try:
        return "id", UUID(ident)
    except ValueError:
        if listing.reference is None or not 0 < len(ident) <= 200:  # noqa: PLR2004  no reference is longer
            raise NotFound from None
        return listing.reference, ident


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


async def page(tx: Tx, listing: Listing, asked: Asked, cursor: str | None = None) -> Page:
    """A page of the list, with the cursor of the next one when there is more."""
    secret = tx.cursor_secret
    if cursor is not None:
        asked = replace(asked, after=cursors.read(secret, listing, asked, cursor))
    shape = shape_for(listing, tx.caller)
    plan = plan_page(listing, asked, shape)
    values = parameters(listing, asked, tx.caller, shape)
    rows = await tx.rows(plan.statement, **values)
    following = None
    if len(rows) > asked.limit:
        rows = rows[: asked.limit]
        following = cursors.make(secret, listing, asked, tuple(rows[-1])[1:])
    total = None
    if asked.total != "none":
        total = await tx.value(plan_count(listing, asked, shape).statement, **values)
    truncated = False
    if asked.search is not None and listing.truncated is not None:
        truncated = await tx.value(_statement(f"SELECT {listing.truncated}"), **values)
    items = "[" + ",".join([row[0] for row in rows]) + "]"
    return Page(items.encode(), following, asked.limit, total, truncated)


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
