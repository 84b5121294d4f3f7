"""The job of an import: read, find out what each row means, write, and keep all of it or nothing (API 12, ADR 20).

Looking and doing are one and the same: a validation writes as a commit would and is rolled back, except where a
resource's writer can tell without writing. What was found is written in the transaction that ends the job.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

from app.db.memory import Memory
from app.db.session import Statement, Tx
from app.documents.tables import Row, Table
from app.domain.errors import Conflict, NotFound, Rejected
from app.domain.imports import CellFault, Mode, Outcome
from app.services import imports_known, imports_store, vaulting
from app.services.importing import Edited, Importing, New, Work
from app.services.imports_further import Further
from app.services.imports_report import Became, Report
from app.services.imports_rows import Reader
from app.services.imports_settling import Decided, Sent
from app.services.imports_writing import RowByRow

if TYPE_CHECKING:
    from app.services.jobs_running import JobContext

_ROW = Statement("SELECT * FROM imports WHERE id = :id")
_UNMARK = Statement("SELECT app.unmark_import(:job_id)")


#: In so many rows below what should be the header, another one is looked for.
_TITLES = 20


class _NotKept(Exception):
    """The transaction ends here and leaves nothing: it was to be looked at only, or something is wrong."""


class Run:
    """One attempt at one import."""

    def __init__(self, job: JobContext, importing: Importing) -> None:
        """Nothing has been read yet."""
        self.job, self.importing = job, importing
        self.import_id = UUID(job.args["import"])
        self.mode = Mode(job.args["mode"])
        self.report = Report()
        self.compared: list[tuple[UUID, UUID]] = []
        #: What is wrong with columns that stand first in a row to come.
        self._of_columns: list[CellFault] = []

    async def carry_out(self) -> None:
        """Validate, or commit; then write what was found."""
        try:
            async with self.job.transaction() as tx:
                row = await tx.row(_ROW, id=self.import_id)
            if row is None:
                raise NotFound("The import was deleted.")
            if row["job_id"] != self.job.id:
                raise Conflict("Another job went on with this import.")
            if self.mode is Mode.COMMIT:
                async with self.job.conclusion() as tx:
                    await self._work(tx, row)
                    self._keep()
                    await self._conclude(tx, "committed")
            else:
                async with self.job.transaction() as tx:
                    await self._work(tx, row)
                    self._keep()
        except _NotKept:
            async with self.job.conclusion() as tx:
                await self._conclude(tx, "invalid" if self.report.faults else "valid")
        finally:
            self.report.close()

    def _keep(self) -> None:
        if self.report.faults or self.mode is Mode.VALIDATE:
            raise _NotKept

    async def _conclude(self, tx: Tx, outcome: str) -> None:
        for start in range(0, len(self.compared), 1000):
            await vaulting.log_compared(tx, self.compared[start : start + 1000])
        await tx.run(_UNMARK, job_id=self.job.id)
        self.job.result = await self.report.write(tx, self.import_id, mode=self.mode.value, outcome=outcome)

    async def _work(self, tx: Tx, row: Any) -> None:
        tx.remembered = Memory()  # services that write one row are called for many
        work = Work(tx, self.job.keys, self.job.settings, self.mode is Mode.COMMIT, self.compared)
        try:
            table = await asyncio.to_thread(imports_store.table, self.job.settings, self.job.keys, row, self.importing)
            reader = Reader(self.importing, table, self.job.id, row["language"])
            self._of_columns = list(reader.faults)
            if reader.reads_on:
                sure = replace(work, commit=work.commit and not reader.faults)
                await self._read_all(sure, reader, table)
            elif (below := await asyncio.to_thread(reader.header_below, islice(table.rows, _TITLES))) is not None:
                self._of_columns = [below]
            self.report.add_faults(self._of_columns)
        except Rejected as refused:
            if not all(fault.pointer == "/file" for fault in refused.faults):
                raise
            self.report.add_faults(self._of_columns)
            self.report.add_faults([CellFault(0, None, f.code, f.detail) for f in refused.faults])

    async def _read_all(self, work: Work, reader: Reader, table: Table) -> None:
        """Batch by batch; the next one is read and looked at while the database works on this one."""
        rows = _without_help(table.rows)

        def ahead() -> list[Sent]:
            return reader.prepare(islice(rows, self.importing.batch))

        coming = asyncio.create_task(asyncio.to_thread(ahead))
        try:
            while batch := await coming:
                coming = asyncio.create_task(asyncio.to_thread(ahead))
                self.report.rows += len(batch)
                while batch:
                    decided = await reader.decide(work, batch)
                    await self._write(work, reader, decided)
                    batch = batch[decided.taken :]
                await self.job.progress(self.report.rows, None, "rows")
        finally:
            if not coming.done():
                await asyncio.wait([coming])
            if not coming.cancelled():
                coming.exception()

    async def _write(self, work: Work, reader: Reader, decided: Decided) -> None:
        writer = self.importing.writer or RowByRow(self.importing)
        rows = decided.rows
        refused = await writer.create(work, decided.new) if decided.new else []
        if decided.edited:
            refused = refused + await writer.change(work, decided.edited)
        wrong = {number for number, _ in refused}
        if not work.commit:
            sent = (rows[each.row].texts.get("id") for each in decided.new if each.row not in wrong)
            reader.accept(text.strip() for text in sent if isinstance(text, str))
        faults = list(decided.faults)
        for number, error in refused:
            faults += reader.places.of_error(number, error, rows[number].texts)
        if faults:
            by_row: dict[int, list[CellFault]] = {}
            for fault in faults:
                by_row.setdefault(fault.row, []).append(fault)
            further = Further(reader, writer)
            faults += await further.look(work, [(rows[number], found) for number, found in by_row.items()])
            faults = [fault for fault in faults if reader.is_certain(fault, rows[fault.row])]
            faults.sort(key=lambda fault: fault.row)
        faults = self._with_columns(faults, max(rows))
        self.report.add_faults(faults)
        outcomes = [
            *await self._created(work, [each for each in decided.new if each.row not in wrong]),
            *(self._changed(each, rows[each.row]) for each in decided.edited if each.row not in wrong),
            *(Became(number, Outcome.UNCHANGED) for number, _ in decided.unchanged),
        ]
        outcomes.sort(key=lambda each: each.row)
        self.report.add_rows(outcomes)

    def _with_columns(self, faults: list[CellFault], last: int) -> list[CellFault]:
        """Faults of rows up to this one, and before them those of columns that stand there first."""
        found = [fault for fault in self._of_columns if fault.row <= last]
        self._of_columns = self._of_columns[len(found) :]
        return sorted([*found, *faults], key=lambda fault: fault.row) if found else faults

    async def _created(self, work: Work, new: Sequence[New]) -> list[Became]:
        """What is new, by name where it is written."""
        if not work.commit or not new:
            return [Became(each.row, Outcome.CREATED) for each in new]
        ids = {each.row: each.body.id for each in new}
        names = await imports_known.references(work.tx, self.importing.listing, list(ids.values()))
        return [Became(row, Outcome.CREATED, ident, names.get(ident)) for row, ident in ids.items()]

    def _changed(self, edited: Edited, sent: Sent) -> Became:
        named = self.importing.listing.reference is not None and sent.known is not None
        reference = sent.known.called if named and sent.known is not None else None
        return Became(edited.row, Outcome.CHANGED, edited.id, reference, edited)


def _without_help(rows: Iterator[Row]) -> Iterator[Row]:
    """A template explains itself in rows below its header, whose first cell begins with `#`."""
    explaining = True
    for row in rows:
        first = next((cell for cell in row.cells if isinstance(cell, str)), "")
        if explaining and first.startswith("#"):
            continue
        explaining = False
        yield row


async def run(job: JobContext, importing: Importing) -> None:
    """The function of the job kinds `imports.<resource>`."""
    await Run(job, importing).carry_out()
