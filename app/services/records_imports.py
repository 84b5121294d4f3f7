"""Training records by import: nominations, then the steps that lead to where the file says they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.db import writing
from app.db.session import Statement, Tx
from app.domain.access import Scope
from app.domain.errors import DomainError, Forbidden, NotFound, Rejected, TransitionNotAllowed
from app.domain.training import RECORD_REASONS, RecordAction
from app.schemas.imports import RecordRow
from app.schemas.records import RecordIn, Results
from app.services import records, records_moves, trainees, training_sessions
from app.services.importing import Edited, Importing, New, Own, Refusals, Work
from app.services.imports_writing import in_groups
from app.services.records_moves import RECORD_RESULTS, Move, Refused, When

_LINE = ("nominated", "vetted", "enrolled", "attended", "completed")
_STEPS = {"vetted": "vet", "enrolled": "enrol", "attended": "attend", "completed": "complete", "failed": "fail"}
_ENDS = {"withdrawn": RecordAction.WITHDRAW, "excluded": RecordAction.EXCLUDE}
_RESULTS = ("half_days_attended", "pre_test", "post_test", "practical", "rights_module_done")
_BY_PERSON = Statement(
    "SELECT d.n, r.id FROM jsonb_to_recordset(CAST(:sent AS jsonb)) AS d(n bigint, session uuid, trainee uuid) "
    "JOIN training_records r ON r.session_id = d.session AND r.trainee_id = d.trainee"
)
_COMPONENTS = Statement("SELECT id, component_id FROM training_records WHERE id = ANY(CAST(:ids AS uuid[]))")


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


@dataclass(slots=True)
class _Lead:
    """A record on its way: the steps that are left, and what is entered along."""

    row: int
    id: UUID
    version: int
    steps: list[str]
    results: Mapping[str, Any]
    reason: str | None

    def move(self) -> Move:
        """The next step. Results go along with the first that takes them."""
        step = self.steps.pop(0)
        sent: Mapping[str, Any] = {}
        if self.results and step in {RECORD_RESULTS, RecordAction.ATTEND}:
            sent, self.results = self.results, {}
        payload = {"reason": self.reason} if step in _ENDS.values() and self.reason else {}
        return Move(self.id, self.version, step, payload, sent)


class RecordWriter:
    """Nominations for a session together; steps of many records together, in the order of the file."""

    async def create(self, work: Work, rows: Sequence[New]) -> Refusals:
        """Nominate, and go on as far as the row says."""

        async def write(part: Sequence[New]) -> Refusals:
            ids = [row.body.id or writing.new_id() for row in part]
            together: dict[Any, dict[UUID, RecordIn]] = {}
            for record_id, row in zip(ids, part, strict=True):
                body = RecordIn.model_validate(row.body.model_dump(include=set(RecordIn.model_fields)))
                alike = (body.session, body.occurred_at, body.backdating_reason)
                together.setdefault(alike, {})[record_id] = body
            for bodies in together.values():
                await records.nominate_together(work.tx, bodies, work.settings.backdating_days)
            return await self._go_on(work, zip(ids, part, strict=True))

        return await in_groups(work, rows, write)

    async def _go_on(self, work: Work, nominated: Iterable[tuple[UUID, New]]) -> Refusals:
        leads, refused = [], []
        for record_id, row in nominated:
            body: RecordRow = row.body
            results = body.model_dump(include=body.model_fields_set & set(_RESULTS))
            try:
                steps = _steps("nominated", body.stage, results)
            except DomainError as error:
                refused.append((row.row, error))
                continue
            leads.append(_Lead(row.row, record_id, 1, steps, results, body.reason))
        return refused + await _lead(work, leads)

    async def change(self, work: Work, rows: Sequence[Edited]) -> Refusals:
        """Enter results, and take the steps."""

        async def write(part: Sequence[Edited]) -> Refusals:
            leads, refused = [], []
            for row in part:
                there = str(row.there["stage"])
                results = row.patch.model_dump(include=row.patch.model_fields_set & set(_RESULTS)) if row.patch else {}
                try:
                    steps = _steps(there, str(row.after.get("stage") or there), results)
                except DomainError as error:
                    refused.append((row.row, error))
                    continue
                leads.append(_Lead(row.row, row.id, row.version, steps, results, row.after.get("reason")))
            return refused + await _lead(work, leads)

        return await in_groups(work, rows, write)


def _steps(there: str, wanted: str, results: Mapping[str, Any]) -> list[str]:
    steps = path(there, wanted) if wanted != there else []
    return steps or ([RECORD_RESULTS] if results else [])


async def _lead(work: Work, leads: Sequence[_Lead]) -> Refusals:
    """Lead records on: the first step of all that have one, then the second of those that were not refused, and so on.

    Where somebody leaves and somebody else takes a place, one after the other: in the order of the file.
    """
    refused: Refusals = []
    going = [lead for lead in leads if lead.steps]
    components = {row["id"]: row["component_id"] for row in await _components(work.tx, going)}
    for lead in list(going):
        if (error := _out_of_reach(work.tx, components.get(lead.id))) is not None:
            refused.append((lead.row, error))
            going.remove(lead)
    steps = {step for lead in going for step in lead.steps}
    if steps & set(_ENDS.values()) and RecordAction.ENROL in steps:
        for lead in going:
            refused += await _lead_together(work, [lead])
        return refused
    return refused + await _lead_together(work, going)


async def _lead_together(work: Work, leads: Sequence[_Lead]) -> Refusals:
    refused: Refusals = []
    going = list(leads)
    while going:
        moves = [lead.move() for lead in going]
        results = await records_moves.move(work.tx, moves, When(backdating_days=work.settings.backdating_days))
        left = []
        for lead, result in zip(going, results, strict=True):
            if isinstance(result, Refused):
                refused.append((lead.row, result.error))
                continue
            lead.version = result.version
            if lead.steps:
                left.append(lead)
            elif lead.results:
                said = "Attendance and results are entered once enrolled."
                refused.append((lead.row, Rejected.at("/stage", "results_not_taken", said)))
        going = left
    return refused


async def _components(tx: Tx, leads: Sequence[_Lead]) -> list[Any]:
    return await tx.rows(_COMPONENTS, ids=[lead.id for lead in leads]) if leads else []


def _out_of_reach(tx: Tx, component: UUID | None) -> DomainError | None:
    """Steps take another scope than nominations, which may be held for fewer components."""
    if tx.caller is None or component is None:
        return NotFound()
    if not tx.caller.may(Scope.TRAINING_WRITE):
        return Forbidden(f"This needs the scope {Scope.TRAINING_WRITE}.", scope=Scope.TRAINING_WRITE)
    if not tx.caller.may_in(Scope.TRAINING_WRITE, component):
        return Forbidden("You may nominate for this component, but not lead its records on.")
    return None


IMPORTING = Importing(
    listing=records.LISTING,
    scope=Scope.TRAINEES_NOMINATE,
    body=RecordRow,
    create=lambda work, body: records.nominate(work.tx, body, work.settings.backdating_days),
    patch=Results,
    refers={"session": training_sessions.LISTING, "trainee": trainees.LISTING},
    own=(Own("backdating_reason", along=True),),
    keys=(("id",), ("session", "trainee")),
    moves=frozenset({"stage", "reason"}),
    values={"reason": tuple(dict.fromkeys(code for codes in RECORD_REASONS.values() for code in codes))},
    says={
        "stage": "Where the record is to stand; the steps that lead there are taken one after the other.",
        "trainee_id": "The trainee's pseudonym: the id that an export of trainees shows, not the short label.",
        "reason": "Why somebody is withdrawn or excluded; for these stages only.",
        "half_days_attended": "Of the half-days that the session has.",
    },
    when={
        "reason": "Required with the stages withdrawn and excluded, and only there.",
        "half_days_attended": "Optional, from the stage enrolled on.",
        "pre_test": "Optional, from the stage enrolled on.",
        "post_test": "Optional, from the stage enrolled on.",
        "practical": "Optional, from the stage enrolled on.",
        "rights_module_done": "Optional, from the stage enrolled on.",
        "backdating_reason": "Required where it happened long ago, only in new rows.",
    },
    needs=("stage",),
    find=find,
    find_keys=("session", "trainee"),
    beside={
        "session": frozenset({"trainee"}),
        "trainee": frozenset({"session"}),
        "stage": frozenset({"session", "trainee", "reason", *_RESULTS}),
        "stage:literal_error": frozenset(),
        "reason": frozenset({"stage"}),
        **dict.fromkeys(_RESULTS, frozenset({"session", "stage"})),
    },
    writer=RecordWriter(),
    batch=200,
)
