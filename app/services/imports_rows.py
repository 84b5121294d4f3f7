"""What rows of a file mean: which are new, which differ from what there is and how, which are wrong (API 12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from app.db.listing import Listing
from app.documents.tables import Row
from app.domain.imports import ABSENT, ERROR_COLUMN, Absent, CellFault, Text, same, undefused
from app.services import imports_known
from app.services.importing import Edited, Importing, New, Work
from app.services.imports_cells import Places, Unread, put, read
from app.services.imports_columns import Cell, Columns, columns_of
from app.services.imports_known import Known, References, as_id

_MASK = "…"


@dataclass(slots=True)
class _Sent:
    """One row on its way: its texts by column, what it stands for, and what is wrong with it."""

    number: int
    texts: dict[str, Text]
    faults: list[CellFault] = field(default_factory=list)
    #: Member → the ids that its columns name; None where one is empty.
    refers: dict[str, set[UUID | None]] = field(default_factory=dict)
    known: Known | None = None
    by_id: bool = False
    members: dict[str, Any] = field(default_factory=dict)

    def fault(self, column: str | None, code: str, detail: str) -> None:
        self.faults.append(CellFault(self.number, column, code, detail))


@dataclass(slots=True)
class Decided:
    """What a batch of rows comes to."""

    new: list[New] = field(default_factory=list)
    edited: list[Edited] = field(default_factory=list)
    unchanged: list[tuple[int, UUID]] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    #: Row → its texts, for the places of later faults.
    texts: dict[int, Mapping[str, Text]] = field(default_factory=dict)
    #: How many of the rows were looked at.
    taken: int = 0


class Reader:
    """Reads the rows of one file, batch by batch."""

    def __init__(self, importing: Importing, header: Sequence[str], job_id: UUID, language: str) -> None:
        """What is wrong with the header stands in `faults`."""
        self.importing, self.job_id, self.language = importing, job_id, language
        self.columns: Columns = columns_of(importing)
        self.header: list[Cell | None] = []
        self.faults: list[CellFault] = []
        for name in header:
            self.header.append(self._column(name))
        self.cells = [cell for cell in self.header if cell is not None]
        self.places = Places(self.columns, self.cells, {own.name: own.member for own in importing.own if own.member})
        self.refers: dict[str, Listing] = dict(importing.refers)
        #: Columns whose present value is asked for: those of the file, and the ids of what it refers to.
        self._asked = list(self.cells)
        for member in {cell.path[0] for cell in self.cells if cell.part in {"id", "reference", "either"}}:
            ids = [c for c in self.columns.cells.values() if c.path == (member,) and c.part == "id"]
            self._asked += [cell for cell in ids if cell not in self._asked]
        self._asked += [c for name in importing.needs if (c := self.columns.cells[name]) not in self._asked]
        self._references = References()

    def _column(self, name: str) -> Cell | None:
        if name in {ERROR_COLUMN, ""}:
            return None
        cell = self.columns.cells.get(name)
        if cell is None:
            self.faults.append(CellFault(1, name[:64], "unknown_column", "There is no such column; see the template."))
        elif cell in self.header:
            self.faults.append(CellFault(1, name[:64], "repeated_column", "The column stands here twice."))
        return cell

    async def decide(self, work: Work, rows: Sequence[Row]) -> Decided:
        """What rows come to, against what there is now; `taken` of them, where one stands on another one of them."""
        sent = [self._read(row) for row in rows]
        await self._refer(work, sent)
        sent = sent[: self._before_what_stands_on_them(sent)]
        for each in sent:
            each.members = self._members(each)
        await self._match(work, sent)
        await self._mark(work, sent)
        decided = Decided(texts={each.number: each.texts for each in sent}, taken=len(sent))
        hidden = await self._hidden(work, sent)
        shown = await self._labels(work, sent)
        for each in sent:
            self._settle(each, decided, hidden, shown)
            decided.faults += each.faults
        return decided

    def _read(self, row: Row) -> _Sent:
        texts: dict[str, Text] = {}
        for cell, text in zip(self.header, row.cells, strict=True):
            if cell is not None:
                texts[cell.name] = undefused(text) if isinstance(text, str) else text
        sent = _Sent(row.number, texts)
        for index, code, detail in row.faults:
            place = self.header[index] if 0 <= index < len(self.header) else None
            if index < 0 or place is not None:
                sent.fault(place.name if place else None, code, detail)
                if place is not None:
                    texts[place.name] = ABSENT
        return sent

    # --- references

    def _references_of(self, sent: _Sent) -> list[tuple[Cell, str]]:
        return [
            (cell, text)
            for cell in self.cells
            if cell.part in {"id", "reference", "either"} and isinstance(text := sent.texts[cell.name], str)
        ]

    async def _refer(self, work: Work, rows: Sequence[_Sent]) -> None:
        wanted: dict[str, set[str]] = {}
        for sent in rows:
            for cell, text in self._references_of(sent):
                wanted.setdefault(cell.path[0], set()).add(text.strip())
        by_listing: dict[str, tuple[Listing, set[str]]] = {}
        for member, texts in wanted.items():
            listing = self.refers[member]
            by_listing.setdefault(listing.resource, (listing, set()))[1].update(texts)
        await self._references.load(work.tx, list(by_listing.values()))
        for sent in rows:
            for cell in self.cells:
                if cell.part in {"id", "reference", "either"}:
                    self._resolve(sent, cell)

    def _before_what_stands_on_them(self, rows: Sequence[_Sent]) -> int:
        """Where the first row stands that refers to a row above it, which has to be written before (a parent)."""
        own = {member for member, listing in self.refers.items() if listing.resource == self.importing.resource}
        if not own:
            return len(rows)
        above: set[str] = set()
        for place, sent in enumerate(rows):
            for cell, text in self._references_of(sent):
                if cell.path[0] in own and text.strip() in above:
                    return place
            above.update(t for name in ("id", "reference") if isinstance(t := sent.texts.get(name), str))
        return len(rows)

    def _resolve(self, sent: _Sent, cell: Cell) -> None:
        text, member = sent.texts[cell.name], cell.path[0]
        if isinstance(text, Absent):
            return
        found = None
        if text is not None:
            found = self._references.get(self.refers[member], text.strip())
            if found is None:
                what = self.refers[member].resource
                sent.fault(cell.name, "reference_unknown", f"There is no such {what} that you may see.")
                return
        sent.refers.setdefault(member, set()).add(found)

    # --- members of a body

    def _members(self, sent: _Sent) -> dict[str, Any]:
        """What a new row says: every column that has a value."""
        members: dict[str, Any] = {}
        for cell in self.cells:
            text = sent.texts[cell.name]
            if not isinstance(text, str) or not cell.path or cell.part:
                continue
            try:
                put(members, cell.path, read(cell, text))
            except Unread:
                sent.fault(cell.name, "json_broken", "This has to be JSON, or words between commas.")
        for member, ids in sent.refers.items():
            named = [ident for ident in ids if ident is not None]
            if named:
                members[member] = str(named[0])
        return members

    # --- what rows stand for

    async def _match(self, work: Work, rows: Sequence[_Sent]) -> None:
        found: dict[int, set[UUID]] = {sent.number: set() for sent in rows}
        await self._match_ids(work, rows, found)
        names = {cell.name for cell in self.cells}
        for key in self.importing.keys:
            if len(key) == 1 and key[0] != "id" and key[0] in names:
                await self._match_by(work, [sent for sent in rows if not sent.by_id], key[0], found)
        if self.importing.find is not None:
            open_rows = {s.number: s.members for s in rows if not found[s.number]}
            for number, ident in (await self.importing.find(work, open_rows)).items():
                found[number].add(ident)
        ids = {ident for each in found.values() for ident in each}
        known: dict[UUID, Known] = {}
        if ids:
            known = await imports_known.current(work.tx, self.importing, self._asked, list(ids), self.language)
        for sent in rows:
            matches = [known[ident] for ident in found[sent.number] if ident in known]
            if len(matches) > 1:
                sent.fault(None, "keys_disagree", "The columns that identify the row name different things.")
            elif matches:
                sent.known = matches[0]

    async def _match_ids(self, work: Work, rows: Sequence[_Sent], found: dict[int, set[UUID]]) -> None:
        """An id that is known decides by itself; other keys are then cells like any other."""
        if "id" not in {cell.name for cell in self.cells}:
            return
        given: dict[UUID, list[_Sent]] = {}
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
        for ident in await imports_known.seen(work.tx, self.importing.listing, list(given)):
            for sent in given[ident]:
                found[sent.number].add(ident)
                sent.by_id = True

    async def _match_by(self, work: Work, rows: Sequence[_Sent], name: str, found: dict[int, set[UUID]]) -> None:
        given = [(sent, text) for sent in rows if isinstance(text := sent.texts[name], str)]
        if not given:
            return
        scope = self.importing.unique_within if name == "external_id" else None
        inside = None
        if scope is not None:
            ids = {i for sent, _ in given for i in sent.refers.get(scope, ()) if i is not None}
            inside = (f"{scope}_id", list(ids))
        texts = [text.strip() for _, text in given]
        there = await imports_known.by_key(work.tx, self.importing.listing, name, texts, inside)
        for sent, text in given:
            scopes: Sequence[UUID | None] = [i for i in sent.refers.get(scope, ()) if i] if scope else [None]
            for where in scopes:
                found[sent.number].update(there.get((where, text.strip()), ())[:1])
            if name == "reference" and not there.get((None, text.strip())) and not self.columns.cells[name].creates:
                sent.fault(name, "reference_unknown", "There is nothing of this reference that you may see.")

    async def _mark(self, work: Work, rows: Sequence[_Sent]) -> None:
        """Rows that stand for the same as another row of the file."""
        marks: list[UUID] = []
        numbers: list[int] = []
        for sent in rows:
            for text in self._marks(sent):
                marks.append(UUID(bytes=blake2b(text.encode(), digest_size=16).digest()))
                numbers.append(sent.number)
        if not marks:
            return
        repeated = await imports_known.mark(work.tx, self.job_id, marks, numbers)
        for place, first in repeated.items():
            sent = next(each for each in rows if each.number == numbers[place])
            if first != sent.number and not any(fault.code == "repeated_row" for fault in sent.faults):
                sent.fault(None, "repeated_row", f"The same as in row {first}.")

    def _marks(self, sent: _Sent) -> list[str]:
        if sent.known is not None:
            return [f"id {sent.known.id}"]
        made = []
        for key in self.importing.keys:
            values = [sent.members.get(name) for name in key]
            if all(values):
                scope = self.importing.unique_within if key == ("external_id",) else None
                made.append(f"{key} {sent.members.get(scope) if scope else ''} {values}")
        if self.importing.unique is not None:
            made += self.importing.unique(sent.members)
        if not made and not sent.faults:
            names = ", ".join(" and ".join(key) for key in self.importing.keys)
            sent.fault(None, "key_missing", f"A row needs one of these, to be known again: {names}.")
        return made

    # --- the verdict

    async def _hidden(self, work: Work, rows: Sequence[_Sent]) -> dict[UUID, dict[str, str | None]]:
        names = frozenset(cell.name for cell in self.cells if cell.hidden and not cell.only_new)
        ids = [sent.known.id for sent in rows if sent.known is not None]
        if not names or not ids or self.importing.hidden is None:
            return {}
        return await self.importing.hidden(work, ids, names)

    async def _labels(self, work: Work, rows: Sequence[_Sent]) -> dict[tuple[UUID, str], set[str]]:
        """Labels in all languages, where one of the file is not what it is in the import's."""
        derived = [cell for cell in self.cells if cell.derived]
        ids = [
            sent.known.id
            for sent in rows
            if sent.known is not None
            and any(not self._agrees(sent.texts[c.name], c, sent.known.cells.get(c.name)) for c in derived)
        ]
        return await imports_known.labels(work.tx, self.importing, derived, ids) if ids else {}

    @staticmethod
    def _agrees(text: Text, cell: Cell, known: str | None) -> bool:
        if not isinstance(text, str):
            return True
        return same(cell.kind, text, undefused(known) if known is not None else None)

    def _settle(
        self,
        sent: _Sent,
        decided: Decided,
        hidden: Mapping[UUID, Mapping[str, str | None]],
        labels: Mapping[tuple[UUID, str], set[str]],
    ) -> None:
        if sent.known is None:
            self._settle_new(sent, decided)
        else:
            edits = self._edits(sent, sent.known, hidden.get(sent.known.id, {}))
            self._check_derived(sent, sent.known, edits, labels)
            if sent.faults:
                return
            if edits:
                self._settle_edited(sent, sent.known, edits, decided)
            else:
                decided.unchanged.append((sent.number, sent.known.id))

    def _settle_new(self, sent: _Sent, decided: Decided) -> None:
        for cell in self.cells:
            if not cell.creates and not cell.derived and isinstance(sent.texts[cell.name], str):
                sent.fault(cell.name, "read_only", "Nothing new can say this; leave the cell empty.")
        for member, ids in sent.refers.items():
            if len({ident for ident in ids if ident is not None}) > 1:
                sent.fault(self._column_of(sent, member), "references_disagree", "The id and the reference differ.")
        wrong = {fault.column for fault in sent.faults}
        try:
            members = dict(sent.members)
            if self.importing.arrange is not None:
                self.importing.arrange(members)
            body = self.importing.body.model_validate(members)
        except ValidationError as error:
            found = self.places.of_body(sent.number, error, sent.texts)
            sent.faults += [fault for fault in found if fault.column is None or fault.column not in wrong]
            return
        if not sent.faults:
            decided.new.append(New(sent.number, body))

    def _column_of(self, sent: _Sent, member: str) -> str | None:
        return self.places.column((member,), sent.texts)

    def _edits(self, sent: _Sent, known: Known, hidden: Mapping[str, str | None]) -> dict[str, str | None]:
        """Columns that differ, with what they are to be. What cannot be changed and differs is a fault."""
        edits: dict[str, str | None] = {}
        for cell in self.cells:
            text = sent.texts[cell.name]
            if isinstance(text, Absent) or cell.derived or cell.part or cell.only_new:
                continue
            there = hidden.get(cell.name) if cell.hidden else known.cells.get(cell.name)
            there = undefused(there) if there is not None else None
            if same(cell.kind, text, there) or (text is None and self._stays_when_empty(cell)):
                continue
            edits[cell.name] = text
            if not cell.changes:
                sent.fault(cell.name, "read_only", "This cannot be changed by an import; leave it as it was.")
        for member, ids in sent.refers.items():
            self._edit_reference(sent, known, member, ids, edits)
        return edits

    def _stays_when_empty(self, cell: Cell) -> bool:
        """What cannot be changed, is not shown, or moves by a step only, is not emptied by an empty cell."""
        return not cell.changes or cell.hidden or cell.name in self.importing.moves

    def _edit_reference(
        self, sent: _Sent, known: Known, member: str, ids: set[UUID | None], edits: dict[str, str | None]
    ) -> None:
        """The id and the reference of something: whichever was edited counts."""
        cell = next(c for c in self.columns.cells.values() if c.path == (member,) and c.part == "id")
        there = known.cells.get(cell.name)
        differing = {ident for ident in ids if str(ident or "") != (there or "")}
        if not differing or (differing == {None} and member in self.importing.moves):
            return
        column = self._column_of(sent, member) or cell.name
        if len(differing) > 1:
            sent.fault(column, "references_disagree", "The id and the reference differ.")
        elif not cell.changes and None not in differing:
            sent.fault(column, "read_only", "This cannot be changed by an import; leave it as it was.")
        elif cell.changes:
            to = next(iter(differing))
            edits[cell.name] = str(to) if to else None

    def _check_derived(
        self, sent: _Sent, known: Known, edits: Mapping[str, str | None], labels: Mapping[tuple[UUID, str], set[str]]
    ) -> None:
        """A label says what its object is called, in whatever language; it is no way to change it."""
        for cell in self.cells:
            text = sent.texts[cell.name]
            if not cell.derived or self._agrees(text, cell, known.cells.get(cell.name)):
                continue
            follows = cell.name.removesuffix("_label") + "_id" if cell.name != "label" else ""
            renamed = cell.name == "label" and any(name.startswith("name_") for name in edits)
            told = {undefused(each) for each in labels.get((known.id, cell.name), ())}
            if text not in told and follows not in edits and not renamed:
                sent.fault(cell.name, "read_only", "A label follows from the name; edit that.")

    def _settle_edited(self, sent: _Sent, known: Known, edits: Mapping[str, str | None], decided: Decided) -> None:
        members: dict[str, Any] = {}
        for name in edits:
            cell = self.columns.cells[name]
            if cell.path and cell.path[0] not in self.importing.moves:
                self._put_whole(members, cell, sent, known, edits)
        if self.importing.arrange is not None:
            self.importing.arrange(members)
        try:
            patch = self.importing.patch.model_validate(members) if self.importing.patch and members else None
        except ValidationError as error:
            sent.faults += self.places.of_body(sent.number, error, sent.texts)
            return
        masked = {name for name in edits if self.columns.cells[name].hidden}
        before = {name: _MASK if name in masked else known.cells.get(name) for name in edits}
        after = {name: _MASK if name in masked else text for name, text in edits.items()}
        decided.edited.append(Edited(sent.number, known.id, known.version, patch, before, after, known.cells))

    def _put_whole(
        self, members: dict[str, Any], edited: Cell, sent: _Sent, known: Known, edits: Mapping[str, str | None]
    ) -> None:
        """A member with all of its parts: what the file does not say of it is as it was."""
        if edited.part:
            members[edited.path[0]] = edits[edited.name]
            return
        for cell in self.cells:
            if cell.path[:1] != edited.path[:1] or cell.part:
                continue
            text = sent.texts[cell.name]
            there = known.cells.get(cell.name)
            value = (undefused(there) if there else None) if isinstance(text, Absent) else text
            try:
                put(members, cell.path, None if value is None else read(cell, value))
            except Unread:
                sent.fault(cell.name, "json_broken", "This has to be JSON, or words between commas.")
        whole = members.get(edited.path[0])
        if isinstance(whole, dict) and len(edited.path) > 1 and all(part is None for part in whole.values()):
            members[edited.path[0]] = None
