"""What an import looks up set-based, as its caller: references, what rows stand for, and what there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from app.db import hints
from app.db.columns import LANGUAGES
from app.db.listing import Listing
from app.db.session import Statement, Tx
from app.domain.nearest import meant
from app.services.importing import Importing
from app.services.imports_columns import Cell

_MOST_REMEMBERED = 50_000
#: Unknown references of one file that are compared with others, and how many others at most.
_MOST_HINTS = 50
_MOST_COMPARED = 2_000
_STATEMENTS: dict[str, Statement] = {}


def _statement(sql: str) -> Statement:
    """A statement built from declarations only, compiled once."""
    made = _STATEMENTS.get(sql)
    if made is None:
        made = _STATEMENTS[sql] = Statement(sql)
    return made


def as_id(text: str) -> UUID | None:
    """The id that a text is, if it is one."""
    if len(text) not in {32, 36, 38}:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None


class References:
    """Ids behind ids and references, remembered while they are few; only what the caller sees is found."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: dict[tuple[str, str], UUID] = {}
        #: Ids of what would be there by now if this were no validation.
        self._accepted: dict[tuple[str, str], UUID] = {}
        #: What else there is, by resource; and the nearest of it for what is unknown.
        self._there: dict[str, list[str]] = {}
        self._hints: dict[tuple[str, str], str] = {}

    async def load(self, tx: Tx, wanted: Iterable[tuple[Listing, Iterable[str]]]) -> None:
        """Look up, one statement per resource, what is not remembered."""
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        for listing, texts in wanted:
            missing = [text for text in texts if (listing.resource, text) not in self._known]
            if missing:
                await self._look_up(tx, listing, missing)

    async def _look_up(self, tx: Tx, listing: Listing, texts: Sequence[str]) -> None:
        ids = {text: found for text in texts if (found := as_id(text)) is not None}
        column = listing.reference or "id::text"
        only = f" AND {listing.only}" if listing.only else ""
        order = f" ORDER BY {listing.means}" if listing.means else ""
        statement = _statement(
            f"SELECT t.id, t.{column} AS reference FROM {listing.table} t "
            f"WHERE (t.id = ANY(CAST(:ids AS uuid[])) OR t.{column} = ANY(CAST(:texts AS text[]))){only}{order}"
        )
        named = [text for text in texts if text not in ids] if listing.reference else []
        seen: set[UUID] = set()
        for row in await tx.rows(statement, ids=list(ids.values()), texts=named):
            seen.add(row["id"])
            self._known.setdefault((listing.resource, row["reference"]), row["id"])
        for text, ident in ids.items():
            if ident in seen:
                self._known[listing.resource, text] = ident

    async def compare(self, tx: Tx, wanted: Iterable[tuple[Listing, Iterable[str]]]) -> None:
        """Find what is meant by references that are unknown: the first of a file, among what the caller sees."""
        for listing, texts in wanted:
            if not hints.may(tx, listing.table):
                continue
            unknown = {(listing.resource, text) for text in texts} - self._known.keys() - self._hints.keys()
            for key in sorted(unknown)[: max(0, _MOST_HINTS - len(self._hints))]:
                if listing.resource not in self._there:
                    self._there[listing.resource] = await hints.called(tx, listing.table, _MOST_COMPARED)
                self._hints[key] = meant(key[1], self._there[listing.resource])

    def hint(self, listing: Listing, text: str) -> str:
        """A question about what may be meant, with a blank in front; empty where nothing is near."""
        return self._hints.get((listing.resource, text), "")

    def get(self, listing: Listing, text: str) -> UUID | None:
        """The id, if the caller sees such a thing."""
        found = self._known.get((listing.resource, text))
        return found or self._accepted.get((listing.resource, text.lower())) if self._accepted else found

    def accept(self, listing: Listing, ids: Iterable[str]) -> None:
        """Remember what a validation found right and did not write."""
        self._accepted |= {(listing.resource, text.lower()): UUID(text) for text in ids}


class Known:
    """A row that there is: its version and its cells, as an export in the import's language shows them."""

    __slots__ = ("called", "cells", "coming", "id", "version")

    def __init__(self, row: Any, names: Sequence[str], coming: Sequence[str]) -> None:
        """From a record of `current`: what there is by `names`, then what there is to be by those in `coming`."""
        self.id: UUID = row[0]
        self.version: int = row[1]
        #: Its reference; its id, where it has none.
        self.called: str = row[2]
        values = tuple(row)[3:]
        self.cells: dict[str, str | None] = dict(zip(names, values[: len(names)], strict=True))
        self.coming: dict[str, str | None] = dict(zip(coming, values[len(names) :], strict=True))


async def references(tx: Tx, listing: Listing, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What these are called, where they have references."""
    if listing.reference is None:
        return {}
    sql = f"SELECT t.id, t.{listing.reference} FROM {listing.table} t WHERE t.id = ANY(CAST(:ids AS uuid[]))"
    return {row[0]: row[1] for row in await tx.rows(_statement(sql), ids=list(ids))}


async def some(tx: Tx, listing: Listing, most: int) -> list[UUID]:
    """A few of what the caller sees."""
    only = f" WHERE {listing.only}" if listing.only else ""
    return [row[0] for row in await tx.rows(_statement(f"SELECT t.id FROM {listing.table} t{only} LIMIT {most}"))]


async def seen(tx: Tx, listing: Listing, ids: Sequence[UUID]) -> list[UUID]:
    """Which of these ids the caller sees."""
    only = f" AND {listing.only}" if listing.only else ""
    statement = _statement(f"SELECT t.id FROM {listing.table} t WHERE t.id = ANY(CAST(:ids AS uuid[])){only}")
    return [row[0] for row in await tx.rows(statement, ids=list(ids))]


async def current(
    tx: Tx, importing: Importing, cells: Sequence[Cell], ids: Sequence[UUID], language: str
) -> dict[UUID, Known]:
    """What there is behind ids, by columns that have something to show."""
    shown = [cell for cell in cells if cell.known is not None]
    listing = importing.listing
    joins = " ".join(dict.fromkeys(join for cell in shown for join in cell.join))
    coming = [cell for cell in cells if cell.coming is not None]
    asked = [*(cell.known for cell in shown), *(cell.coming for cell in coming)]
    columns = "".join(f', ({each})::text AS "c{n}"' for n, each in enumerate(asked))
    version = "t.version" if listing.versioned else "1"
    only = f" AND {listing.only}" if listing.only else ""
    called = f"t.{listing.reference}" if listing.reference else "t.id::text"
    which = f"t.id = ANY(CAST(:ids AS uuid[])){only}"
    sql = f"SELECT t.id, {version}, {called}{columns} FROM {listing.table} t {joins} WHERE {which}"
    names = [cell.name for cell in shown]
    rows = await tx.rows(_statement(sql.replace("{lang}", language)), ids=list(ids))
    return {row[0]: Known(row, names, [cell.name for cell in coming]) for row in rows}


async def labels(
    tx: Tx, importing: Importing, cells: Sequence[Cell], ids: Sequence[UUID]
) -> dict[tuple[UUID, str], set[str]]:
    """The labels of rows in every language: a file may have been exported in any of them."""
    found: dict[tuple[UUID, str], set[str]] = {}
    for language in LANGUAGES:
        for ident, known in (await current(tx, importing, cells, ids, language)).items():
            for name, text in known.cells.items():
                if text is not None:
                    found.setdefault((ident, name), set()).add(text)
    return found


_NAMES = ", ".join(f"r.after->>'name_{language}'" for language in LANGUAGES)
_FORMER = Statement(
    f"SELECT DISTINCT r.object_id, n.name FROM revisions r, LATERAL unnest(ARRAY[{_NAMES}]) AS n(name) "
    "WHERE r.object_id = ANY(CAST(:ids AS uuid[])) AND n.name IS NOT NULL"
)


async def names(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    """Every name that these have ever had, as far as the caller sees their history."""
    found: dict[UUID, set[str]] = {}
    for row in await tx.rows(_FORMER, ids=list(ids)):
        found.setdefault(row[0], set()).add(row[1])
    return found


async def by_key(
    tx: Tx, listing: Listing, column: str, texts: Sequence[str], within: tuple[str, Sequence[UUID]] | None
) -> dict[tuple[UUID | None, str], list[UUID]]:
    """Rows by a text column; `within` is the column that the text is unique in, with its values."""
    only = f" AND {listing.only}" if listing.only else ""
    order = f" ORDER BY {listing.means}" if listing.means else ""
    scope = f"t.{within[0]}" if within else "NULL::uuid"
    inside = f"t.{within[0]} = ANY(CAST(:within AS uuid[])) AND " if within else ""
    statement = _statement(
        f"SELECT t.id, {scope} AS scope, t.{column} AS key FROM {listing.table} t "
        f"WHERE {inside}t.{column} = ANY(CAST(:texts AS text[])){only}{order}"
    )
    values: dict[str, Any] = {"texts": list(texts), **({"within": list(within[1])} if within else {})}
    found: dict[tuple[UUID | None, str], list[UUID]] = {}
    for row in await tx.rows(statement, **values):
        found.setdefault((row["scope"], row["key"]), []).append(row["id"])
    return found


_MARK = Statement("SELECT n, first_row FROM app.mark_import(:job_id, :marks, :rows)")


async def mark(tx: Tx, job_id: UUID, marks: Sequence[str], rows: Sequence[int]) -> dict[int, int]:
    """Remember what rows stand for; place in `marks` → the row of the file that had it before."""
    found = await tx.rows(_MARK, job_id=job_id, marks=list(marks), rows=list(rows))
    return {row["n"]: row["first_row"] for row in found}
