"""The verdict on a row: new, edited and how, unchanged, or wrong. Cells that cannot be changed are no way in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import ValidationError

from app.domain.errors import DomainError
from app.domain.imports import Absent, CellFault, Text, same, undefused
from app.services import imports_words
from app.services.importing import Edited, Importing, New
from app.services.imports_cells import Places, Unread, is_truth, put, read
from app.services.imports_columns import Cell, Columns
from app.services.imports_known import Known

_MASK = "…"
#: Columns that change with every change: where they differ, somebody changed the row since the file was made.
_STAMPS = frozenset({"version", "updated_at"})
_CHANGED = ("changed_meanwhile", "This was changed since the file was made; export it again, or empty this cell.")
_RENAMED = (
    "This is not its name. A label follows from the name and is not edited here: edit the name, "
    "or refer to something else by its id or reference; or empty this cell."
)


def _read_only(sent: Sent, known: Known) -> tuple[str, str]:
    """What cannot be changed, and of what: the row may have met something that was not meant."""
    said = imports_words.stands_for(known.called, sent.met)
    return "read_only", f"This cannot be changed by an import; leave it as it was. {said}"


class Verdict(NamedTuple):
    """What a row comes to, should it be new."""

    faults: list[CellFault]
    #: The body, and what the resource's writer makes of it.
    body: Any = None
    ready: Any = None


@dataclass(slots=True)
class Sent:
    """One row on its way: its texts by column, what it stands for, and what is wrong with it."""

    number: int
    texts: dict[str, Text]
    faults: list[CellFault] = field(default_factory=list)
    #: Member → the ids that its columns name; None where one is empty.
    refers: dict[str, set[UUID | None]] = field(default_factory=dict)
    known: Known | None = None
    by_id: bool = False
    #: Columns by which it met what it stands for.
    met: list[str] = field(default_factory=list)
    #: What differs from what is known, by column.
    edits: dict[str, str | None] = field(default_factory=dict)
    #: Something that it refers to has not been looked up yet.
    open: bool = False
    #: What it says, should it be new: by member, and as the body takes it.
    members: dict[str, Any] = field(default_factory=dict)
    arranged: dict[str, Any] = field(default_factory=dict)
    #: What no other new row of the file may share with it, and the columns that say it.
    marks: dict[str, Sequence[str]] = field(default_factory=dict)
    #: Nothing of it could be read, so nothing else is wrong with it.
    unread: bool = False
    #: Its wrong cells may be what tells whether it is new.
    unsure: bool = False
    #: The body, or what is wrong with it, should it be new.
    verdict: Verdict | None = None

    def fault(self, column: str | None, code: str, detail: str) -> None:
        """One wrong cell."""
        self.faults.append(CellFault(self.number, column, code, detail))


@dataclass(slots=True)
class Decided:
    """What a batch of rows comes to."""

    new: list[New] = field(default_factory=list)
    edited: list[Edited] = field(default_factory=list)
    unchanged: list[tuple[int, UUID]] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    #: The rows by number, for the places of later faults.
    rows: dict[int, Sent] = field(default_factory=dict)
    #: How many of the rows were looked at.
    taken: int = 0


class Settling:
    """Settles rows of one file, once it is known what they stand for."""

    def __init__(
        self, importing: Importing, columns: Columns, cells: Sequence[Cell], places: Places, *, guesses: bool
    ) -> None:
        """`cells` are those of the file's header; `guesses`: there is one more that nobody knows."""
        self._guesses = guesses
        self.importing, self.columns, self.cells, self.places = importing, columns, cells, places
        self._never_new = [cell for cell in cells if not cell.creates and not cell.derived]
        scope = importing.unique_within
        keys = [(*key, scope) if scope and key == ("external_id",) else key for key in importing.keys]
        #: Members that do together to find what a row stands for.
        self._known_by = [key for key in (*keys, importing.find_keys) if key]

    @staticmethod
    def agrees(text: Text, cell: Cell, known: str | None) -> bool:
        """True when a cell says what there is, or nothing."""
        if not isinstance(text, str):
            return True
        return same(cell.kind, text, undefused(known) if known is not None else None)

    def settle(
        self,
        sent: Sent,
        decided: Decided,
        hidden: Mapping[UUID, Mapping[str, str | None]],
        labels: Mapping[tuple[UUID, str], set[str]],
    ) -> None:
        """One row, into `decided` or its own faults."""
        if sent.unread:
            return
        if sent.known is None:
            self._settle_new(sent, decided)
        else:
            edits = sent.edits = self._edits(sent, sent.known, hidden.get(sent.known.id, {}))
            self._check_derived(sent, sent.known, edits, labels)
            if sent.faults:
                return
            if edits:
                edited = self.edited(sent, sent.known, edits)
                if edited is not None:
                    decided.edited.append(edited)
            else:
                decided.unchanged.append((sent.number, sent.known.id))

    def verdict(self, sent: Sent) -> Verdict:
        """What a row comes to, should it be new. It asks nobody, so it can be found while the database is busy."""
        found = [
            CellFault(sent.number, cell.name, *self._never(cell, text))
            for cell in self._never_new
            if isinstance(text := sent.texts[cell.name], str) and not self._begins(cell, text)
        ]
        for member, ids in sent.refers.items():
            if len(ids) > 1 and len({ident for ident in ids if ident is not None}) > 1:
                column, detail = self._column_of(sent, member), "The id and the reference differ."
                found.append(CellFault(sent.number, column, "references_disagree", detail))
        try:
            body: Any = self.importing.body.model_validate(sent.arranged)
            body.id = body.id or self.importing.new_id()  # what is written is told by its id
            ready = self.importing.ready(body) if self.importing.ready is not None else None
        except ValidationError as error:
            told = {fault.column for fault in found}
            of_body = self.places.of_body(sent.number, error, sent.texts)
            return Verdict(found + [fault for fault in of_body if fault.column is None or fault.column not in told])
        except DomainError as error:
            return Verdict(found + self.places.of_error(sent.number, error, sent.texts))
        return Verdict(found, body, ready)

    @staticmethod
    def _never(cell: Cell, text: str) -> tuple[str, str]:
        """What is wrong with a cell that no new row decides: what nobody could read is that first."""
        if cell.kind == "truth" and not is_truth(text):
            return "bool_parsing", imports_words.wanted(cell)
        return "read_only", imports_words.never_new(cell)

    @staticmethod
    def _begins(cell: Cell, text: str) -> bool:
        """True when a cell says what everything new begins with."""
        if not cell.begins:
            return False
        value = read(cell, text)
        return same(cell.kind, str(value), cell.begins)

    def _settle_new(self, sent: Sent, decided: Decided) -> None:
        found = sent.verdict or self.verdict(sent)
        wrong = {fault.column for fault in sent.faults}
        sent.faults += [fault for fault in found.faults if fault.column is None or fault.column not in wrong]
        unsure = bool(sent.faults) and self._is_unsure(sent)
        sent.unsure = unsure or self._guesses
        if unsure:  # what nothing new may lack or say, it may, should it be there already
            header = {cell.name for cell in self.cells}
            certain = [
                fault
                for fault in sent.faults
                if not (fault.code == "missing" and fault.column not in header) and fault.code != "read_only"
            ]
            # Where nothing else is wrong, the columns are missing by which the row would be known.
            sent.faults = certain or sent.faults
        if not sent.faults:
            decided.new.append(New(sent.number, found.body, found.ready))

    def _is_unsure(self, sent: Sent) -> bool:
        """True when what the row may be known by is wrong, and nothing else says that it is new."""
        wrong = self.columns.members(fault.column for fault in sent.faults)
        said = sent.members.keys() | wrong
        given = [members for members in self._known_by if said.issuperset(members)]
        return any(wrong.intersection(members) for members in given) and all(
            wrong.intersection(members) for members in given
        )

    def is_certain(self, fault: CellFault, sent: Sent) -> bool:
        """False for what an unknown column may say: what is missing, that a row is new, and what hangs on either."""
        if not self._guesses:
            return True
        if fault.column is None:
            return fault.code != "key_missing"
        cell = self.columns.cells.get(fault.column)
        header = {each.name for each in self.cells}
        if cell is None or cell.name not in header or (sent.known is None and fault.code in {"taken", "read_only"}):
            return False
        if imports_words.is_of_one_text(fault.code, fault.detail, cell, self.columns.cells):
            return True
        if fault.code == "missing" and not header.issuperset(self.columns.writers.get(cell.path, ())):
            return False
        member = cell.path[0] if cell.path else cell.name
        beside = self.importing.beside
        needed = beside.get(f"{member}:{fault.code}", beside.get(member, frozenset()))
        return needed <= {each.path[0] if each.path else each.name for each in self.cells}

    def _column_of(self, sent: Sent, member: str) -> str | None:
        return self.places.column((member,), sent.texts)

    def _edits(self, sent: Sent, known: Known, hidden: Mapping[str, str | None]) -> dict[str, str | None]:
        """Columns that differ, with what they are to be. What cannot be changed and differs is a fault."""
        edits: dict[str, str | None] = {}
        coming = self._says_what_comes(sent, known)
        for cell in self.cells:
            text = sent.texts[cell.name]
            if isinstance(text, Absent) or cell.derived or cell.part or (coming and cell.coming):
                continue
            if cell.along:
                sent.faults += self._unreadable(sent, cell) if text is not None else ()
                continue
            there = hidden.get(cell.name) if cell.hidden else known.cells.get(cell.name)
            there = undefused(there) if there is not None else None
            if same(cell.kind, text, there) or (text is None and self._stays_when_empty(cell)):
                continue
            if text is not None and there is not None and self._says_the_same(cell, text, there):
                continue
            edits[cell.name] = text
            if cell.changes:
                continue
            unreadable = self._unreadable(sent, cell)
            sent.faults += unreadable
            if not unreadable:
                sent.fault(cell.name, *(_CHANGED if cell.name in _STAMPS else _read_only(sent, known)))
        for member, ids in sent.refers.items():
            self._edit_reference(sent, known, member, ids, edits)
        return edits

    def _says_the_same(self, cell: Cell, text: str, there: str) -> bool:
        """In another spelling, which was made one when it was written."""
        if not cell.changes and text.strip() == there:
            return True
        alike = self.importing.alike.get(cell.name)
        return alike is not None and alike(text, there)

    def _unreadable(self, sent: Sent, cell: Cell) -> list[CellFault]:
        """What is wrong with a cell that is for new rows, whatever the row stands for: banana is no day."""
        if cell.kind in {"text", None} or not cell.creates:
            return []
        found = sent.verdict or self.verdict(sent)
        return [fault for fault in found.faults if fault.column == cell.name and fault.code != "read_only"]

    def _says_what_comes(self, sent: Sent, known: Known) -> bool:
        """Whether the row says just what there is to be: the file that brought it may come again before its day."""
        return any(known.coming.values()) and all(
            self.agrees(sent.texts[cell.name], cell, known.coming.get(cell.name)) for cell in self.cells if cell.coming
        )

    def _stays_when_empty(self, cell: Cell) -> bool:
        """What cannot be changed or empty, is not shown, or moves by a step only, is not emptied by an empty cell."""
        return not cell.changes or cell.kind == "truth" or cell.hidden or cell.name in self.importing.moves

    def _edit_reference(
        self, sent: Sent, known: Known, member: str, ids: set[UUID | None], edits: dict[str, str | None]
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
            sent.fault(column, *_read_only(sent, known))
        elif cell.changes:
            to = next(iter(differing))
            edits[cell.name] = str(to) if to else None

    def _check_derived(
        self, sent: Sent, known: Known, edits: Mapping[str, str | None], labels: Mapping[tuple[UUID, str], set[str]]
    ) -> None:
        """A label says what its object is called, in whatever language; it is no way to change it."""
        for cell in self.cells:
            text = sent.texts[cell.name]
            if not cell.derived or self.agrees(text, cell, known.cells.get(cell.name)):
                continue
            follows = cell.name.removesuffix("_label") + "_id" if cell.name != "label" else ""
            renamed = cell.name == "label" and any(name.startswith("name_") for name in edits)
            told = {undefused(each) for each in labels.get((known.id, cell.name), ())}
            if text not in told and follows not in edits and not renamed:
                sent.fault(cell.name, "read_only", _RENAMED)

    def edited(self, sent: Sent, known: Known, edits: Mapping[str, str | None]) -> Edited | None:
        """The row with what differs; None where that is no patch: its faults say why."""
        members: dict[str, Any] = {}
        for name in edits:
            cell = self.columns.cells[name]
            if cell.path and cell.path[0] not in self.importing.moves:
                self._put_whole(members, cell, sent, known, edits)
        if members:
            self._put_along(members, sent)
        if self.importing.arrange is not None:
            self.importing.arrange(members)
        try:
            patch = self.importing.patch.model_validate(members) if self.importing.patch and members else None
        except ValidationError as error:
            sent.faults += self.places.of_body(sent.number, error, sent.texts)
            return None
        if sent.faults:
            return None
        masked = {name for name in edits if self.columns.cells[name].hidden}
        before = {name: _MASK if name in masked else known.cells.get(name) for name in edits}
        after = {name: _MASK if name in masked else text for name, text in edits.items()}
        return Edited(sent.number, known.id, known.version, patch, before, after, known.cells)

    def _put_along(self, members: dict[str, Any], sent: Sent) -> None:
        """How the edits are meant."""
        for cell in self.cells:
            text = sent.texts[cell.name]
            if cell.along and cell.changes and isinstance(text, str):
                put(members, cell.path, read(cell, text))

    def _put_whole(
        self, members: dict[str, Any], edited: Cell, sent: Sent, known: Known, edits: Mapping[str, str | None]
    ) -> None:
        """A member with all of its parts, once: what the file does not say of it is as it was."""
        if edited.path[0] in members:
            return
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
                sent.fault(cell.name, "json_broken", imports_words.wanted(cell))
        whole = members.get(edited.path[0])
        if isinstance(whole, dict) and len(edited.path) > 1 and all(part is None for part in whole.values()):
            members[edited.path[0]] = None
