"""What an import found, put by on disk while it runs and written to its tables at the end, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from app.db.session import Statement, Tx
from app.domain.errors import Conflict
from app.domain.imports import CellFault, Outcome
from app.security.sealed_files import Spool
from app.services.importing import Edited

_BATCH = 2_000

_CLEAR_FAULTS = Statement("DELETE FROM import_faults WHERE import_id = :import_id")
_CLEAR_CHANGES = Statement("DELETE FROM import_changes WHERE import_id = :import_id")
_FAULTS = Statement(
    "INSERT INTO import_faults (import_id, owner_id, row_number, column_name, code, detail) "
    'SELECT :import_id, app.caller(), f."row", f."column", f.code, f.detail FROM jsonb_to_recordset('
    'CAST(:lines AS jsonb)) AS f("row" bigint, "column" text, code text, detail text)'
)
_CHANGES = Statement(
    "INSERT INTO import_changes (import_id, owner_id, row_number, last_row, outcome, object_id, before, after) "
    'SELECT :import_id, app.caller(), f."row", f.last, f.outcome, f.id, f.before, f.after FROM jsonb_to_recordset('
    'CAST(:lines AS jsonb)) AS f("row" bigint, last bigint, outcome text, id uuid, before jsonb, '
    "after jsonb)"
)
_END = Statement(
    "UPDATE imports SET outcome = :outcome, mode = :mode, rows = :rows, faults = :faults, created = :created, "
    "changed = :changed, unchanged = :unchanged, version = version + 1, updated_at = clock_timestamp() WHERE id = :id "
    # An erasure destroys the keys of files with people in them: what was read before it must not be written after it.
    "AND wrapped_key IS NOT NULL"
)


@dataclass(slots=True)
class Report:
    """Counts, and everything that is to be told; in memory only a batch of it."""

    rows: int = 0
    faults: int = 0
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    _faults: Spool = field(default_factory=Spool)
    _changes: Spool = field(default_factory=Spool)
    _waiting: list[dict[str, Any]] = field(default_factory=list)
    _neighbours: dict[str, Any] | None = None

    def add_faults(self, found: Sequence[CellFault]) -> None:
        """Wrong cells, in the order of their rows."""
        self.faults += len(found)
        for start in range(0, len(found), _BATCH):
            told = [
                {"row": f.row, "column": f.column, "code": f.code, "detail": f.detail}
                for f in found[start : start + _BATCH]
            ]
            self._faults.append(orjson.dumps(told))

    def add_rows(self, outcomes: Sequence[tuple[int, Outcome, Edited | None]]) -> None:
        """What became of rows, in their order."""
        for number, outcome, edited in outcomes:
            self.counts[outcome] += 1
            near = self._neighbours
            if edited is None and near is not None and near["outcome"] == outcome:
                near["last"] = number
                continue
            self._flush_neighbours()
            line: dict[str, Any] = {"row": number, "last": number, "outcome": outcome.value, "id": None}
            if edited is None:
                self._neighbours = line
            else:
                self._add(line | {"id": str(edited.id), "before": dict(edited.before), "after": dict(edited.after)})

    def _flush_neighbours(self) -> None:
        if self._neighbours is not None:
            self._add(self._neighbours)
            self._neighbours = None

    def _add(self, line: dict[str, Any]) -> None:
        self._waiting.append(line)
        if len(self._waiting) >= _BATCH:
            self._changes.append(orjson.dumps(self._waiting))
            self._waiting = []

    async def write(self, tx: Tx, import_id: UUID, *, mode: str, outcome: str) -> dict[str, Any]:
        """Everything into the import's tables, instead of what an earlier job found there; the job's result."""
        self._flush_neighbours()
        if self._waiting:
            self._changes.append(orjson.dumps(self._waiting))
            self._waiting = []
        await tx.run(_CLEAR_FAULTS, import_id=import_id)
        await tx.run(_CLEAR_CHANGES, import_id=import_id)
        for piece in self._faults:
            await tx.run(_FAULTS, import_id=import_id, lines=piece.decode())
        for piece in self._changes:
            await tx.run(_CHANGES, import_id=import_id, lines=piece.decode())
        counts = {each.value: count for each, count in self.counts.items()}
        found = {"rows": self.rows, "faults": self.faults, **counts}
        if not await tx.run(_END, id=import_id, mode=mode, outcome=outcome, **found):
            raise Conflict("The file was destroyed while it was read, because somebody was erased.")
        return {"import": str(import_id), "outcome": outcome, **found}

    def close(self) -> None:
        """Give the room on disk back."""
        self._faults.close()
        self._changes.close()
