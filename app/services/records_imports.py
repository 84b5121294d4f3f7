"""Training records by import: nominations, then the steps that lead to where the file says they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.db import writing
from app.db.session import Statement, Tx
from app.domain.access import Scope
from app.domain.errors import DomainError, Rejected, TransitionNotAllowed
from app.domain.training import RecordAction
from app.schemas.imports import RecordRow
from app.schemas.records import RecordIn, Results
from app.services import records, records_moves, trainees, training_sessions
from app.services.importing import Edited, Importing, New, Own, Refusals, Work
from app.services.imports_writing import one_by_one
from app.services.records_moves import RECORD_RESULTS, Move, Refused, When

_LINE = ("nominated", "vetted", "enrolled", "attended", "completed")
_STEPS = {"vetted": "vet", "enrolled": "enrol", "attended": "attend", "completed": "complete", "failed": "fail"}
_ENDS = {"withdrawn": RecordAction.WITHDRAW, "excluded": RecordAction.EXCLUDE}
_RESULTS = ("half_days_attended", "pre_test", "post_test", "practical", "rights_module_done")
_BY_PERSON = Statement(
    "SELECT d.n, r.id FROM jsonb_to_recordset(CAST(:sent AS jsonb)) AS d(n bigint, session uuid, trainee uuid) "
    "JOIN training_records r ON r.session_id = d.session AND r.trainee_id = d.trainee"
)


async def find(work: Work, rows: Mapping[int, Mapping[str, Any]]) -> dict[int, UUID]:
    """Records by session and trainee: there is one at most."""
    sent = [
        {"n": number, "session": each["session"], "trainee": each["trainee"]}
        for number, each in rows.items()
        if each.get("session") and each.get("trainee")
    ]
    return {row["n"]: row["id"] for row in await work.tx.rows(_BY_PERSON, sent=sent)} if sent else {}


def path(there: str, wanted: str) -> list[str]:
    """The steps from one stage to another; TransitionNotAllowed when none lead there."""
    if wanted in _ENDS:
        return [_ENDS[wanted]]
    line = (*_LINE[:-1], wanted) if wanted == "failed" else _LINE
    if there not in line or wanted not in line or line.index(there) > line.index(wanted):
        raise TransitionNotAllowed("No steps lead there from the present stage.", pointer="/stage")
    return [_STEPS[stage] for stage in line[line.index(there) + 1 : line.index(wanted) + 1]]


class RecordWriter:
    """Each row by itself: what one of them does may decide about the next (places of a session)."""

    async def create(self, work: Work, rows: Sequence[New]) -> Refusals:
        """Nominate, and go on as far as the row says."""

        async def write(row: New) -> None:
            body: RecordRow = row.body
            record_id = body.id or writing.new_id()
            nomination = body.model_dump(include=set(RecordIn.model_fields)) | {"id": record_id}
            await records.nominate(work.tx, RecordIn.model_validate(nomination), work.settings.backdating_days)
            results = body.model_dump(include=body.model_fields_set & set(_RESULTS))
            await self._lead(work, record_id, 1, "nominated", body.stage, body.reason, results)

        return await one_by_one(work.tx, rows, write)

    async def change(self, work: Work, rows: Sequence[Edited]) -> Refusals:
        """Enter results, and take the steps."""

        async def write(row: Edited) -> None:
            there = str(row.there["stage"])
            results = row.patch.model_dump(include=row.patch.model_fields_set & set(_RESULTS)) if row.patch else {}
            wanted = str(row.after.get("stage") or there)
            await self._lead(work, row.id, row.version, there, wanted, row.after.get("reason"), results)

        return await one_by_one(work.tx, rows, write)

    async def _lead(
        self, work: Work, record_id: UUID, version: int, there: str, wanted: str, reason: str | None, results: Any
    ) -> None:
        """One step after the other. Results go along with the first step that takes them."""
        steps = path(there, wanted) if wanted != there else []
        if (steps or results) and work.tx.caller is not None:
            work.tx.caller.require(Scope.TRAINING_WRITE)
        if results and not steps:
            steps = [RECORD_RESULTS]
        for step in steps:
            sent: Mapping[str, Any] = {}
            if results and step in {RECORD_RESULTS, RecordAction.ATTEND}:
                sent, results = results, {}
            payload = {"reason": reason} if step in _ENDS.values() and reason else {}
            version = await _step(work.tx, Move(record_id, version, step, payload, sent), work.settings.backdating_days)
        if results:
            raise Rejected.at("/stage", "results_not_taken", "Attendance and results are entered once enrolled.")


async def _step(tx: Tx, move: Move, days: int) -> int:
    (result,) = await records_moves.move(tx, [move], When(backdating_days=days))
    if isinstance(result, Refused):
        error: DomainError = result.error
        raise error
    return result.version


IMPORTING = Importing(
    listing=records.LISTING,
    scope=Scope.TRAINEES_NOMINATE,
    body=RecordRow,
    create=lambda work, body: records.nominate(work.tx, body, work.settings.backdating_days),
    patch=Results,
    refers={"session": training_sessions.LISTING, "trainee": trainees.LISTING},
    own=(Own("backdating_reason", only_new=True),),
    keys=(("id",), ("session", "trainee")),
    moves=frozenset({"stage", "reason"}),
    needs=("stage",),
    find=find,
    writer=RecordWriter(),
    batch=200,
)
