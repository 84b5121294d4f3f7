"""What rows of a file stand for among what there is, by their ids and by the columns that identify them (API 12)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.services import imports_known, imports_words
from app.services.importing import Importing, Work
from app.services.imports_cells import Places
from app.services.imports_columns import Cell, Columns
from app.services.imports_known import as_id
from app.services.imports_settling import Sent


class Matching:
    """Looks up what rows of one file stand for, a batch at a time; `found` takes it by the rows' numbers."""

    def __init__(self, importing: Importing, columns: Columns, cells: Sequence[Cell], places: Places) -> None:
        """`cells` are those of the file's header."""
        self._importing, self._columns, self._cells, self._places = importing, columns, cells, places
        scope = importing.unique_within
        #: Columns that say within what an external id is meant.
        self._within = [cell.name for cell in cells if cell.path[:1] == (scope,)]

    async def by_id(self, work: Work, rows: Sequence[Sent], found: dict[int, set[UUID]]) -> None:
        """An id that is known decides by itself; other keys are then cells like any other."""
        if "id" not in {cell.name for cell in self._cells}:
            return
        given: dict[UUID, list[Sent]] = {}
        for sent in rows:
            text = sent.texts["id"]
            if not isinstance(text, str):
                continue
            ident = as_id(text.strip())
            if ident is None:
                sent.fault("id", "uuid_parsing", "This has to be a UUID.")
            else:
                given.setdefault(ident, []).append(sent)
        if not given:
            return
        for ident in await imports_known.seen(work.tx, self._importing.listing, list(given)):
            for sent in given[ident]:
                found[sent.number].add(ident)
                sent.by_id = True
                sent.met.append("id")

    async def by_column(self, work: Work, rows: Sequence[Sent], name: str, found: dict[int, set[UUID]]) -> None:
        """By a column that identifies; an external id within what it is unique in."""
        given = [(sent, text) for sent in rows if isinstance(text := sent.texts[name], str)]
        if not given:
            return
        scope = self._importing.unique_within if name == "external_id" else None
        inside = None
        if scope is not None:
            ids = {i for sent, _ in given for i in sent.refers.get(scope, ()) if i is not None}
            inside = (f"{scope}_id", list(ids))
        texts = [text.strip() for _, text in given]
        there = await imports_known.by_key(work.tx, self._importing.listing, name, texts, inside)
        for sent, text in given:
            scopes: Sequence[UUID | None] = [i for i in sent.refers.get(scope, ()) if i] if scope else [None]
            for where in scopes:
                if met := there.get((where, text.strip()), ())[:1]:
                    found[sent.number].update(met)
                    sent.met += self._places.said(sent.texts, (name, *((scope,) if scope else ())))
            if name == "reference" and not there.get((None, text.strip())) and not self._columns.cells[name].creates:
                sent.fault(name, "reference_unknown", imports_words.unknown_reference(self._importing.resource))

    async def anywhere(self, work: Work, rows: Sequence[Sent], found: dict[int, set[UUID]]) -> None:
        """Rows that nothing else has found, by an external id of which they do not say within what it is unique.

        It is enough where only one thing in sight has it.
        """
        scope = self._importing.unique_within
        if scope is None or all(cell.name != "external_id" for cell in self._cells):
            return
        given = [
            (sent, text.strip())
            for sent in rows
            if not found[sent.number]
            and isinstance(text := sent.texts["external_id"], str)
            and not any(isinstance(sent.texts[name], str) for name in self._within)
        ]
        if not given:
            return
        texts = [text for _, text in given]
        there = await imports_known.by_key(work.tx, self._importing.listing, "external_id", texts, None)
        for sent, text in given:
            met = there.get((None, text), ())
            if len(met) > 1:
                sent.fault("external_id", "key_ambiguous", imports_words.ambiguous(scope))
            elif met:
                found[sent.number].update(met)
                sent.met.append("external_id")
