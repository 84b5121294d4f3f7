"""What else is wrong with rows that have a fault: every bad cell in one round (API 12, ADR 34).

A service says the first thing that it refuses, and is not called at all for a body that is none. So a row with a fault
is tried again without its wrong cells, as often as something new is found; whatever a trial writes is taken back. Where
a new row cannot do without a cell, something valid stands in for it, and no check that looks at that cell is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.db.listing import Listing
from app.db.savepoint import Undo, savepoint
from app.db.session import Tx
from app.domain.imports import CellFault, Text
from app.services import imports_known, imports_words
from app.services.importing import Edited, New, Refusals, Work, Writer
from app.services.imports_columns import Cell
from app.services.imports_rows import Reader
from app.services.imports_settling import Sent

#: So often a row is tried at most.
_TRIALS = 6
#: So many things of a resource stand in for each other, where the first will not do.
_STAND_INS = 5
#: Faults of a row as a whole, beside which its cells still mean what their columns say.
_APART = frozenset({"repeated_row", "key_missing", "repeated_column"})


@dataclass(slots=True)
class _Doubt:
    """One row, and what is known to be wrong with it."""

    sent: Sent
    #: Columns that have a fault already, or are left out because a check of them needs one that has.
    wrong: set[str]
    repeated: bool
    #: Which of the possible stand-ins is tried.
    turn: int = 0
    #: Members that are left out as a whole, and those that are wrong because nothing is there.
    without: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)


class Further:
    """Looks at the rows of one file that have a fault."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        """`writer` is the one that writes sound rows."""
        self._reader, self._writer = reader, writer
        self._columns, self._importing = reader.columns, reader.importing
        self._there: dict[str, list[str]] = {}
        #: Members that a new row has to have, at least in part.
        self._needed = {cell.path[0] for cell in self._columns.cells.values() if cell.required}
        self._own = {own.name: own.member for own in self._importing.own if own.member}

    async def look(self, work: Work, rows: Iterable[tuple[Sent, Sequence[CellFault]]]) -> list[CellFault]:
        """Faults of these rows beside those that were found."""
        told: list[CellFault] = []
        open_ = [doubt for sent, faults in rows if (doubt := self._doubt(sent, faults)) is not None]
        for _ in range(_TRIALS):
            if not open_:
                break
            tried: list[tuple[_Doubt, New | Edited]] = []
            again: list[_Doubt] = []
            for doubt in open_:
                row, faults = await self._row(work.tx, doubt)
                if row is not None:
                    tried.append((doubt, row))
                elif self._goes_on(doubt, faults, told):
                    again.append(doubt)
            texts = {doubt.sent.number: doubt.sent.texts for doubt, _ in tried}
            refused = await self._try(work, [row for _, row in tried], texts)
            for doubt, _ in tried:
                if self._goes_on(doubt, refused.get(doubt.sent.number, ()), told):
                    again.append(doubt)
            open_ = again
        return told

    def _doubt(self, sent: Sent, faults: Sequence[CellFault]) -> _Doubt | None:
        """None: nothing can be said about the other cells."""
        if any(fault.column is None and fault.code not in _APART for fault in faults):
            return None
        wrong = {fault.column for fault in faults if fault.column is not None}
        return _Doubt(sent, wrong, repeated=any(fault.code == "repeated_row" for fault in faults))

    def _goes_on(self, doubt: _Doubt, faults: Sequence[CellFault], told: list[CellFault]) -> bool:
        """Tell what is new, and whether to try again."""
        if not faults:
            return False
        found = self._new(doubt, faults)
        told += found
        return bool(found) or self._another(doubt, faults)

    def _new(self, doubt: _Doubt, faults: Sequence[CellFault]) -> list[CellFault]:
        """Those that are new and hang on no wrong cell; their cells are left out from now on."""
        members = self._members_of(doubt.wrong | self._left_out(doubt))
        found = []
        for fault in faults:
            if fault.column is None or (member := self._member(fault.column)) in members:
                continue
            doubt.wrong.add(fault.column)
            beside = self._importing.beside
            needed = beside.get(f"{member}:{fault.code}", beside.get(member, frozenset()))
            stands = needed.isdisjoint(members) or self._is_of_one_text(fault)
            if stands and not self._is_apart(doubt, fault):
                found.append(fault)
        return found

    def _is_of_one_text(self, fault: CellFault) -> bool:
        cell = self._columns.cells.get(fault.column or "")
        return cell is not None and imports_words.is_of_one_text(fault.code, fault.detail, cell, self._columns.cells)

    @staticmethod
    def _is_apart(doubt: _Doubt, fault: CellFault) -> bool:
        """What is only wrong if the row is new, and that is not known; or is taken, by the same row of the file."""
        if doubt.sent.unsure:
            return fault.column not in doubt.sent.texts or fault.code in {"taken", "read_only"}
        return doubt.repeated and fault.code == "taken"

    def _another(self, doubt: _Doubt, faults: Sequence[CellFault]) -> bool:
        """Whether it may go better with other stand-ins, one more of them, or without what belongs to a wrong cell."""
        doubt.turn += 1
        doubt.without |= {member for name in doubt.wrong if (member := self._own.get(name))}
        doubt.filled |= {self._member(fault.column) for fault in faults if fault.column is not None}
        return doubt.turn < _STAND_INS

    def _member(self, column: str) -> str:
        cell = self._columns.cells.get(column)
        return cell.path[0] if cell is not None and cell.path else column

    def _members_of(self, columns: Iterable[str]) -> set[str]:
        return {self._member(name) for name in columns}

    # --- a row without its wrong cells

    async def _row(self, tx: Tx, doubt: _Doubt) -> tuple[New | Edited | None, list[CellFault]]:
        """The row to try, or what is wrong with it even so."""
        left_out = self._left_out(doubt)
        known = doubt.sent.known
        if known is not None:
            edits = {name: text for name, text in doubt.sent.edits.items() if name not in left_out}
            sent = self._reader.without(doubt.sent, left_out)
            edited = self._reader.edited(sent, known, edits) if edits else None
            return edited, sent.faults
        stand_ins = await self._stand_ins(tx, doubt, left_out)
        if stand_ins is None:
            return None, []
        sent = self._reader.without(doubt.sent, left_out)
        verdict = self._reader.as_new(sent, stand_ins)
        if verdict.faults:
            return None, verdict.faults
        return New(sent.number, verdict.body, verdict.ready), []

    def _left_out(self, doubt: _Doubt) -> frozenset[str]:
        """Columns that say the same as a wrong one, or only mean something together with it."""
        paths = {cell.path for name in doubt.wrong if (cell := self._columns.cells.get(name)) and cell.path}
        whole = {path[0] for path in paths if path[0] not in self._needed}
        return frozenset(
            name
            for name, cell in self._columns.cells.items()
            if name in doubt.wrong
            or cell.path in paths
            or (cell.path and cell.path[0] in whole)
            or self._own.get(name) in doubt.without
        )

    async def _stand_ins(self, tx: Tx, doubt: _Doubt, left_out: frozenset[str]) -> list[tuple[Cell, str]] | None:
        """Something valid for every cell that is left out and needed; None: there is nothing."""
        made: list[tuple[Cell, str]] = []
        for cell in self._columns.cells.values():
            if cell.name not in left_out or not (cell.required or self._is_filled(cell, doubt)):
                continue
            text = await self._stand_in(tx, cell, doubt)
            if text is not None:
                made.append((cell, text))
            elif cell.required:
                return None
        return made

    def _is_filled(self, cell: Cell, doubt: _Doubt) -> bool:
        """Whether something stands in for a cell that may be empty, but not in this row; once for its member."""
        if not cell.creates or len(cell.path) != 1 or self._own.get(cell.name) in doubt.without:
            return False
        return cell.path[0] in doubt.filled and cell.part in {"", "id"}

    async def _stand_in(self, tx: Tx, cell: Cell, doubt: _Doubt) -> str | None:
        listing = self._reader.refers.get(cell.path[0])
        if listing is not None:
            there = await self._any(tx, listing)
            return there[doubt.turn % len(there)] if there else None
        given = self._importing.stand_ins.get(cell.name)
        if given is not None:
            return given
        if cell.values:
            return cell.values[doubt.turn % len(cell.values)]
        if cell.path == ("reference",):  # one that nobody has, and that is no id
            return f"Z-{doubt.sent.number:030d}"
        return cell.example or ("x" if cell.kind == "text" and not cell.pattern else None)

    async def _any(self, tx: Tx, listing: Listing) -> list[str]:
        """A few things that the caller sees; components that it manages before others."""
        if listing.resource not in self._there:
            first = [str(each) for each in tx.caller.manage] if listing.table == "components" and tx.caller else []
            there = await imports_known.some(tx, listing, _STAND_INS)
            self._there[listing.resource] = list(dict.fromkeys([*first, *map(str, there)]))
        return self._there[listing.resource]

    # --- trials

    async def _try(
        self, work: Work, rows: Sequence[New | Edited], texts: Mapping[int, Mapping[str, Text]]
    ) -> Mapping[int, list[CellFault]]:
        """Write them and take it back; what is refused, by row."""
        if not rows:
            return {}
        trial = replace(work, commit=False, compared=[])
        refused: Refusals = []
        new = [row for row in rows if isinstance(row, New)]
        edited = [row for row in rows if isinstance(row, Edited)]
        try:
            async with savepoint(work.tx):
                refused += await self._writer.create(trial, new) if new else []
                refused += await self._writer.change(trial, edited) if edited else []
                raise Undo  # noqa: TRY301 - nothing of a trial stays
        except Undo:
            pass
        # Whose names were compared is told even of rows that come to nothing, and once.
        told = set(work.compared) if trial.compared else set()
        work.compared.extend(each for each in dict.fromkeys(trial.compared) if each not in told)
        found: dict[int, list[CellFault]] = {}
        for number, error in refused:
            found.setdefault(number, []).extend(self._reader.places.of_error(number, error, texts[number]))
        return found
