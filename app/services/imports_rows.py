"""What rows of a file mean: which are new, which differ from what there is and how, which are wrong (API 12)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, cast
from uuid import UUID

from app.db.listing import Listing
from app.documents.tables import DELIMITERS, NO_OBJECT, Row, Table
from app.domain.imports import ABSENT, ERROR_COLUMN, Absent, CellFault, undefused
from app.services import imports_known, imports_words
from app.services.importing import Edited, Importing, Work
from app.services.imports_cells import Places, Unread, put, read
from app.services.imports_columns import Cell, Columns, columns_of
from app.services.imports_known import Known, References, as_id
from app.services.imports_matching import Matching
from app.services.imports_settling import Decided, Sent, Settling, Verdict


class Reader:
    """Reads the rows of one file, batch by batch."""

    def __init__(self, importing: Importing, table: Table, job_id: UUID, language: str) -> None:
        """What is wrong with the header stands in `faults`, in the order of the rows that have a column first."""
        self.importing, self.job_id, self.language = importing, job_id, language
        self.columns: Columns = columns_of(importing)
        self.header: list[Cell | None] = []
        self.faults: list[CellFault] = []
        for name, row in zip(table.header, table.first, strict=True):
            self.header.append(self._column(name, row))
        self._names = [cell.name if cell else None for cell in self.header]
        self._errors_at = table.header.index(ERROR_COLUMN) if ERROR_COLUMN in table.header else None
        self.cells = [cell for cell in self.header if cell is not None]
        self.places = Places(self.columns, self.cells, {own.name: own.member for own in importing.own if own.member})
        #: A column of the file is unknown: nobody knows what it says, so what its rows do not say is not asked for.
        self.guesses = any(fault.code == "unknown_column" for fault in self.faults)
        self._matching = Matching(importing, self.columns, self.cells, self.places)
        self._settling = Settling(importing, self.columns, self.cells, self.places, guesses=self.guesses)
        self.refers: dict[str, Listing] = dict(importing.refers)
        #: Columns whose present value is asked for: those of the file, and the ids of what it refers to.
        self._asked = list(self.cells)
        self._telling = [cell for cell in self.cells if cell.path and cell.creates and not cell.part]
        self._naming = [cell for cell in self.cells if cell.part in {"id", "reference", "either"}]
        for member in {cell.path[0] for cell in self._naming}:
            ids = [c for c in self.columns.cells.values() if c.path == (member,) and c.part == "id"]
            self._asked += [cell for cell in ids if cell not in self._asked]
        labelled = (self.columns.cells.get(f"{c.name.removesuffix('_label')}_id") for c in self.cells if c.derived)
        self._asked += [cell for cell in labelled if cell is not None and cell not in self._asked]
        self._asked += [c for name in importing.needs if (c := self.columns.cells[name]) not in self._asked]
        self._references = References()
        #: Rows are looked at as new ones beforehand, as long as rows before them were.
        self._expects_new = True

    def _column(self, name: str, row: int) -> Cell | None:
        if name in {ERROR_COLUMN, ""}:
            return None
        cell = self.columns.cells.get(name)
        if cell is None:
            said = imports_words.unknown_column(name, self.columns.cells)
            self.faults.append(CellFault(row, self._told(name), "unknown_column", said))
        elif cell in self.header:
            self.faults.append(CellFault(row, name[:64], "repeated_column", "The column stands here twice."))
        return cell

    @property
    def reads_on(self) -> bool:
        """Whether rows are looked at: beside a few unknown columns they are, where most are known."""
        unknown = [fault for fault in self.faults if fault.code == "unknown_column"]
        return len(unknown) == len(self.faults) and (not unknown or len(self.cells) > len(unknown))

    def header_below(self, rows: Iterable[Row]) -> CellFault | None:
        """The row that names the columns, where what stands above it (a title) was taken for the header."""
        for row in rows:
            texts = [cell.strip() for cell in (*row.cells, *row.beside) if isinstance(cell, str)]
            if len(texts) == 1:  # a title has no delimiter, so another one was found than the table has
                texts = max(([part.strip(' "') for part in texts[0].split(mark)] for mark in DELIMITERS), key=len)
            known = self.columns.cells.keys() & texts
            if len(known) > max(1, len(self.cells), len(texts) // 2):
                return CellFault(row.number, None, "header_below", imports_words.HEADER_BELOW)
        return None

    def is_certain(self, fault: CellFault, sent: Sent) -> bool:
        """False for what an unknown column may say."""
        return self._settling.is_certain(fault, sent)

    def _told(self, name: str) -> str:
        """A column that is not ours, by name; in a file about people by its place: its first row may be somebody."""
        return f"#{len(self.header) + 1}" if self.importing.listing.personal else name[:64]

    def prepare(self, rows: Iterable[Row]) -> list[Sent]:
        """What can be said of rows without the database; for a thread, while the database works on those before.

        Row by row: of texts that are too long for any cell nothing is kept.
        """
        return [self._prepared(row) for row in rows]

    def _prepared(self, row: Row) -> Sent:
        sent = self._read(row)
        self._resolve_all(sent)
        if not sent.open:
            self._complete(sent)
        return sent

    def _complete(self, sent: Sent) -> None:
        """Everything that follows from the texts, once it is known what they refer to."""
        sent.members = self._members(sent)
        sent.arranged = dict(sent.members)
        if self.importing.arrange is not None:
            self.importing.arrange(sent.arranged)
        sent.marks = self._marks(sent)
        if self._expects_new:
            sent.verdict = self._settling.verdict(sent)

    async def decide(self, work: Work, rows: Sequence[Sent]) -> Decided:
        """What rows come to, against what there is now; `taken` of them, where one stands on another one of them."""
        sent = rows[: self._before_what_stands_on_them(rows)]
        await self._refer(work, [each for each in sent if each.open])
        await self._match(work, sent)
        await self._mark(work, sent)
        decided = Decided(rows={each.number: each for each in sent}, taken=len(sent))
        hidden = await self._hidden(work, sent)
        shown = await self._labels(work, sent)
        for each in sent:
            self._settling.settle(each, decided, hidden, shown)
            decided.faults += each.faults
        self._expects_new = bool(decided.new)
        return decided

    # --- rows without their wrong cells

    def without(self, sent: Sent, names: Collection[str]) -> Sent:
        """The same row as if it did not have these columns; nothing is wrong with it yet."""
        texts = {name: ABSENT if name in names else text for name, text in sent.texts.items()}
        made = Sent(sent.number, texts, known=sent.known, met=sent.met)
        self._resolve_all(made)
        return made

    def as_new(self, sent: Sent, stand_ins: Iterable[tuple[Cell, str]]) -> Verdict:
        """What such a row comes to, should it be new, with something valid in cells that it has to have."""
        sent.members = self._members(sent)
        for cell, text in stand_ins:
            put(sent.members, cell.path, read(cell, text))
        sent.arranged = dict(sent.members)
        if self.importing.arrange is not None:
            self.importing.arrange(sent.arranged)
        return self._settling.verdict(sent)

    def edited(self, sent: Sent, known: Known, edits: Mapping[str, str | None]) -> Edited | None:
        """What such a row comes to, where it stands for something known."""
        return self._settling.edited(sent, known, edits)

    # --- reading

    def _read(self, row: Row) -> Sent:
        if None in self._names:
            texts = {n: text for n, text in zip(self._names, row.cells, strict=True) if n is not None}
        else:
            texts = dict(zip(cast("list[str]", self._names), row.cells, strict=True))
        for name in [name for name, text in texts.items() if isinstance(text, str) and text[:1] == "'"]:
            texts[name] = undefused(cast("str", texts[name]))
        sent = Sent(row.number, texts)
        if self._says_only_what_was_wrong(row):
            sent.unread = True
            sent.fault(None, *imports_words.ONLY_ERRORS)
        for index, code, detail in row.faults:
            place = self.header[index] if 0 <= index < len(self.header) else None
            sent.unread = sent.unread or code == NO_OBJECT[0]
            if index < 0 or place is not None:
                sent.fault(place.name if place else None, code, detail)
                if place is not None:
                    texts[place.name] = ABSENT
        return sent

    def _says_only_what_was_wrong(self, row: Row) -> bool:
        own = self._errors_at
        if own is None or not isinstance(row.cells[own], str) or any(index != own for index, *_ in row.faults):
            return False
        return not any(isinstance(text, str) for n, text in enumerate(row.cells) if n != own)

    # --- references

    def _references_of(self, sent: Sent) -> list[tuple[Cell, str]]:
        return [(cell, text) for cell in self._naming if isinstance(text := sent.texts[cell.name], str)]

    async def _refer(self, work: Work, rows: Sequence[Sent]) -> None:
        """Look up what has not been met before; what is still unknown then is a fault."""
        by_listing: dict[str, tuple[Listing, set[str]]] = {}
        for sent in rows:
            for cell, text in self._references_of(sent):
                listing = self.refers[cell.path[0]]
                by_listing.setdefault(listing.resource, (listing, set()))[1].add(text.strip())
        await self._references.load(work.tx, list(by_listing.values()))
        await self._references.compare(work.tx, list(by_listing.values()))
        for sent in rows:
            self._resolve_all(sent)
            for cell, text in self._references_of(sent) if sent.open else ():
                listing = self.refers[cell.path[0]]
                if self._references.get(listing, text.strip()) is None:
                    hint = self._references.hint(listing, text.strip())
                    sent.fault(cell.name, "reference_unknown", imports_words.unknown_reference(listing.resource, hint))
            self._complete(sent)

    def accept(self, ids: Iterable[str]) -> None:
        """New things that are only looked at, not written: rows below may stand on them by their ids."""
        if self.importing.resource in {listing.resource for listing in self.refers.values()}:
            self._references.accept(self.importing.listing, ids)

    def _before_what_stands_on_them(self, rows: Sequence[Sent]) -> int:
        """Where the first row stands that refers to a row above it, which has to be written before (a parent)."""
        own = {member for member, listing in self.refers.items() if listing.resource == self.importing.resource}
        if not own:
            return len(rows)
        above: set[str] = set()
        for place, sent in enumerate(rows):
            for cell, text in self._references_of(sent):
                if cell.path[0] in own and text.strip().lower() in above:
                    return place
            names = (sent.texts.get(name) for name in ("id", "reference"))
            above.update(text.strip().lower() for text in names if isinstance(text, str))
        return len(rows)

    def _resolve_all(self, sent: Sent) -> None:
        """What a row refers to; `open` where something has not been looked up yet, or is not there."""
        sent.refers, sent.open = {}, False
        for cell in self._naming:
            text = sent.texts[cell.name]
            if isinstance(text, Absent):
                continue
            member = cell.path[0]
            found = None if text is None else self._references.get(self.refers[member], text.strip())
            if text is not None and found is None:
                sent.open = True
            else:
                sent.refers.setdefault(member, set()).add(found)

    # --- members of a body

    def _members(self, sent: Sent) -> dict[str, Any]:
        """What a new row says: every column that has a value."""
        members: dict[str, Any] = {}
        texts = sent.texts
        for cell in self._telling:
            text = texts[cell.name]
            if not isinstance(text, str):
                continue
            try:
                put(members, cell.path, read(cell, text))
            except Unread:
                sent.fault(cell.name, "json_broken", imports_words.wanted(cell))
        for member, ids in sent.refers.items():
            for ident in ids:
                if ident is not None:
                    members[member] = str(ident)
                    break
        return members

    # --- what rows stand for

    async def _match(self, work: Work, rows: Sequence[Sent]) -> None:
        found: dict[int, set[UUID]] = {sent.number: set() for sent in rows}
        await self._matching.by_id(work, rows, found)
        names = {cell.name for cell in self.cells}
        for key in self.importing.keys:
            if len(key) == 1 and key[0] != "id" and key[0] in names:
                await self._matching.by_column(work, [sent for sent in rows if not sent.by_id], key[0], found)
        if self.importing.find is not None:
            open_rows = {s.number: s.members for s in rows if not found[s.number]}
            by_number = {sent.number: sent for sent in rows}
            for number, ident in (await self.importing.find(work, open_rows)).items():
                found[number].add(ident)
                by_number[number].met += self.places.said(by_number[number].texts, self.importing.find_keys)
        await self._matching.anywhere(work, rows, found)
        ids = {ident for each in found.values() for ident in each}
        known: dict[UUID, Known] = {}
        if ids:
            known = await imports_known.current(work.tx, self.importing, self._asked, list(ids), self.language)
        for sent in rows:
            matches = [known[ident] for ident in found[sent.number] if ident in known]
            if len(matches) > 1:
                sent.fault(None, "keys_disagree", imports_words.keys_disagree(sent.met))
            elif matches:
                sent.known = matches[0]

    async def _mark(self, work: Work, rows: Sequence[Sent]) -> None:
        """Rows that stand for the same as another row of the file."""
        marks: list[str] = []
        numbers: list[int] = []
        said: list[Sequence[str]] = []
        for sent in rows:
            own = sent.marks if sent.known is None else {f"id {sent.known.id}": sent.met}
            if not own and not sent.unread and not (sent.faults and self._keys_are_wrong(sent)):
                sent.fault(None, "key_missing", imports_words.key_missing(self.importing))
            for text, columns in own.items():
                marks.append(blake2b(text.encode(), digest_size=16).hexdigest())
                numbers.append(sent.number)
                said.append(columns)
        if not marks:
            return
        repeated = await imports_known.mark(work.tx, self.job_id, marks, numbers)
        for place, first in repeated.items():
            sent = next(each for each in rows if each.number == numbers[place])
            if first != sent.number and not any(fault.code == "repeated_row" for fault in sent.faults):
                called = sent.known.called if sent.known is not None else None
                sent.fault(
                    None,
                    "repeated_row",
                    imports_words.repeated(first, self.places.said(sent.texts, said[place]), called),
                )

    def _wrong(self, sent: Sent) -> set[str]:
        """Members that have a wrong cell."""
        return self.columns.members(fault.column for fault in sent.faults)

    def _keys_are_wrong(self, sent: Sent) -> bool:
        """True when a cell that may tell the row again is wrong."""
        keys = {name for key in (*self.importing.keys, self.importing.find_keys) for name in key}
        keys |= {self.importing.unique_within or ""}
        keys |= {own.member for own in self.importing.own if own.name in keys}
        return not keys.isdisjoint(self._wrong(sent))

    def _marks(self, sent: Sent) -> dict[str, Sequence[str]]:
        wrong = self._wrong(sent) if sent.faults else frozenset()
        made: dict[str, Sequence[str]] = {}
        for key in self.importing.keys:
            values = [sent.members.get(name) for name in key]
            scope = self.importing.unique_within if key == ("external_id",) else None
            if all(values) and scope not in wrong:
                made[f"{key} {sent.members.get(scope) if scope else ''} {values}"] = key
        if self.importing.unique is not None and wrong.isdisjoint(self.importing.find_keys):
            made |= self.importing.unique(sent.arranged)
        return made

    # --- the verdict

    async def _hidden(self, work: Work, rows: Sequence[Sent]) -> dict[UUID, dict[str, str | None]]:
        names = frozenset(cell.name for cell in self.cells if cell.hidden and not cell.along)
        ids = [sent.known.id for sent in rows if sent.known is not None]
        if not names or not ids or self.importing.hidden is None:
            return {}
        return await self.importing.hidden(work, ids, names)

    async def _labels(self, work: Work, rows: Sequence[Sent]) -> dict[tuple[UUID, str], set[str]]:
        """Labels in all languages, where one of the file is not what it is in the import's; and those of former names.

        A file that was exported before something was renamed says what its id and reference still stand for. Where
        neither is given, another label is an edit, be it a former name.
        """
        derived = [cell for cell in self.cells if cell.derived]
        differing = [
            (sent, sent.known, cell)
            for sent in rows
            if sent.known is not None
            for cell in derived
            if not self._settling.agrees(sent.texts[cell.name], cell, sent.known.cells.get(cell.name))
        ]
        if not differing:
            return {}
        found = await imports_known.labels(
            work.tx, self.importing, derived, list({known.id for _, known, _ in differing})
        )
        named = {(known.id, cell.name): _named_by(known, cell) for sent, known, cell in differing if _says(sent, cell)}
        names = await imports_known.names(work.tx, list({ident for ident in named.values() if ident is not None}))
        for place, ident in named.items():
            found.setdefault(place, set()).update(names.get(ident, ()) if ident else ())
        return found


def _says(sent: Sent, cell: Cell) -> bool:
    """Whether the row says beside a label which object it is that is called so."""
    about = cell.name.removesuffix("_label")
    columns = (
        ("id", "reference", "external_id") if cell.name == "label" else (f"{about}_id", f"{about}_reference", about)
    )
    return any(isinstance(text := sent.texts.get(name), str) and text for name in columns)


def _named_by(known: Known, cell: Cell) -> UUID | None:
    """What a label calls by its name."""
    if cell.name == "label":
        return known.id
    return as_id(known.cells.get(f"{cell.name.removesuffix('_label')}_id") or "")
