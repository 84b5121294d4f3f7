"""What an import found, put by on disk while it runs and written to its tables at the end, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, NamedTuple
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
    "INSERT INTO import_faults (import_id, id, owner_id, row_number, column_name, code, detail) "
    'SELECT :import_id, f.n, app.caller(), f."row", f."column", f.code, f.detail FROM jsonb_to_recordset('
    'CAST(:lines AS jsonb)) AS f(n bigint, "row" bigint, "column" text, code text, detail text)'
)
_CHANGES = Statement(
    "INSERT INTO import_changes (import_id, id, owner_id, row_number, last_row, outcome, object_id, reference, before, "
    'after) SELECT :import_id, f.n, app.caller(), f."row", f.last, f.outcome, f.id, f.reference, f.before, f.after '
    'FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS f(n bigint, "row" bigint, last bigint, outcome text, id uuid, '
    "reference text, before jsonb, after jsonb)"
)
_END = Statement(
    "UPDATE imports SET outcome = :outcome, mode = :mode, rows = :rows, faults = :faults, created = :created, "
    "changed = :changed, unchanged = :unchanged, version = version + 3, updated_at = clock_timestamp() WHERE id = :id "
    # An erasure destroys the keys of files with people in them: what was read before it must not be written after it.
    "AND wrapped_key IS NOT NULL"
)


class Became(NamedTuple):
    """What became of one row; what it is called, where it was created or changed."""

    row: int
    outcome: Outcome
    id: UUID | None = None
    reference: str | None = None
    edited: Edited | None = None


def _alike(line: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Neighbours that are told as one: they became the same, neither is named, and nothing wrong stands between."""
    near = line["outcome"] == other["outcome"] and line["last"] + 1 == other["row"]
    return near and "id" not in line and "id" not in other


@dataclass(slots=True)
class Report:
    """Counts, and everything that is to be told; in memory only a batch of it."""

    rows: int = 0
    faults: int = 0
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    _faults: Spool = field(default_factory=Spool)
    _changes: Spool = field(default_factory=Spool)
    _waiting: list[dict[str, Any]] = field(default_factory=list)

    def add_faults(self, found: Sequence[CellFault]) -> None:
        """Wrong cells, in the order of their rows."""
        for start in range(0, len(found), _BATCH):
            told = [
                {"n": n, "row": f.row, "column": f.column, "code": f.code, "detail": f.detail}
                for n, f in enumerate(found[start : start + _BATCH], start=self.faults + start + 1)
            ]
            self._faults.append(orjson.dumps(told))
        self.faults += len(found)

    def add_rows(self, outcomes: Sequence[Became]) -> None:
        """What became of rows, in their order."""
        for each in outcomes:
            self.counts[each.outcome] += 1
            line: dict[str, Any] = {"row": each.row, "last": each.row, "outcome": each.outcome.value}
            if each.id is not None:
                line |= {"id": str(each.id), "reference": each.reference}
            if each.edited is not None:
                line |= {"before": dict(each.edited.before), "after": dict(each.edited.after)}
            elif self._waiting and _alike(self._waiting[-1], line):
                self._waiting[-1]["last"] = each.row
                continue
            self._waiting.append(line)
            if len(self._waiting) >= _BATCH:
                self._put_by()

    def _put_by(self) -> None:
        self._changes.append(orjson.dumps(self._waiting))
        self._waiting = []

    def _lines(self, *, kept: bool) -> Iterator[dict[str, Any]]:
        """Lines with their numbers. What was created is named where it was kept; else neighbours are told as one."""
        last: dict[str, Any] | None = None
        number = 0
        for line in chain.from_iterable(orjson.loads(piece) for piece in self._changes):
            if not kept and line["outcome"] == Outcome.CREATED:
                line = {name: line[name] for name in ("row", "last", "outcome")}  # noqa: PLW2901
            if last is not None and _alike(last, line):
                last["last"] = line["last"]
                continue
            if last is not None:
                yield last
            number += 1
            last = line | {"n": number}
        if last is not None:
            yield last

    async def write(self, tx: Tx, import_id: UUID, *, mode: str, outcome: str) -> dict[str, Any]:
        """Everything into the import's tables, instead of what an earlier job found there; the job's result."""
        self._put_by()
        await tx.run(_CLEAR_FAULTS, import_id=import_id)
        await tx.run(_CLEAR_CHANGES, import_id=import_id)
        for piece in self._faults:
            await tx.run(_FAULTS, import_id=import_id, lines=piece.decode())
        lines = self._lines(kept=outcome == "committed")
        while batch := list(islice(lines, _BATCH)):
            await tx.run(_CHANGES, import_id=import_id, lines=orjson.dumps(batch).decode())
        counts = {each.value: count for each, count in self.counts.items()}
        found = {"rows": self.rows, "faults": self.faults, **counts}
        if not await tx.run(_END, id=import_id, mode=mode, outcome=outcome, **found):
            raise Conflict("The file was destroyed while it was read, because somebody was erased.")
        return {"import": str(import_id), "outcome": outcome, **found}

    def close(self) -> None:
        """Give the room on disk back."""
        self._faults.close()
        self._changes.close()
