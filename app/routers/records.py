"""Training records over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.domain.access import Scope
from app.problems import problems
from app.schemas.common import Listed
from app.schemas.records import (
    ExcludeIn,
    RecordBulkIn,
    RecordCorrectionIn,
    Recorded,
    RecordEventsOut,
    RecordIn,
    RecordOut,
    RecordQuery,
    RecordRead,
    ResultsIn,
    StepIn,
    WithdrawIn,
)
from app.services import records, records_corrections
from app.web.answers import answer_changed, answer_created, answer_json, answer_one
from app.web.callers import TraineesNominator, TraineesReader, TrainingWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query
from app.web.params import Configuration, IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/records", tags=["records"], route_class=HouseRoute)
Record = Annotated[str, Path(min_length=1, max_length=200, description="The id of the record.")]
_STEP = problems(404, 409, 412, 428)


@router.get("", response_model=Listed[RecordOut], responses=LIST_CONTENT)
async def list_records(
    request: Request, query: Annotated[RecordQuery, Query()], _: TraineesReader, tx: Transaction, language: Language
) -> Response:
    """Training records, by pseudonym; with `as_of` or `known_at` as they stood, or were known, then."""
    return await answer_query(request, tx, *records.asked(query), language)


@router.get("/{record}", response_model=RecordOut, responses=problems(404))
async def get_record(
    request: Request,
    record: Record,
    query: Annotated[RecordRead, Query()],
    _: TraineesReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One training record, now or in the past (`as_of`, `known_at`)."""
    found = await records.read(tx, record, query, language)
    return answer_one(request, found.body, found.version, personal=True)


@router.get("/{record}/events", response_model=RecordEventsOut, responses=problems(404))
async def list_record_events(request: Request, record: Record, _: TraineesReader, tx: Transaction) -> Response:
    """Everything that happened to a record, corrections and what they took back included."""
    return answer_one(request, await records.events(tx, record), None, personal=True)


@router.post("", status_code=201, response_model=RecordOut, responses=problems(404, 409))
async def create_record(body: RecordIn, _: TraineesNominator, tx: Transaction, settings: Configuration) -> Response:
    """Nominate a trainee for a session. Focal points nominate people of their own agency."""
    made = await records.nominate(tx, body, settings.backdating_days)
    return answer_created(made.body, made.version, f"/api/v1/records/{made.id}", personal=True)


@router.post("/bulk", response_model=Recorded, responses=problems(409))
async def change_records(body: RecordBulkIn, _: TrainingWriter, tx: Transaction, settings: Configuration) -> Response:
    """Steps of up to 1 000 records: all or none (422 names every refused one), or each on its own."""
    return answer_json(await records.bulk(tx, body, settings.backdating_days), personal=True)


@router.post("/{record}/vet", response_model=RecordOut, responses=_STEP)
async def vet_record(
    record: Record, body: StepIn, version: IfMatch, _: TrainingWriter, tx: Transaction, settings: Configuration
) -> Response:
    """The nominee may be enrolled."""
    changed = await records.step(tx, record, version, "vet", body, settings.backdating_days)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post("/{record}/enrol", response_model=RecordOut, responses=_STEP)
async def enrol_record(
    record: Record, body: StepIn, version: IfMatch, _: TrainingWriter, tx: Transaction, settings: Configuration
) -> Response:
    """The nominee has a place in the session."""
    changed = await records.step(tx, record, version, "enrol", body, settings.backdating_days)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post("/{record}/attend", response_model=RecordOut, responses=_STEP)
async def attend_record(
    record: Record, body: ResultsIn, version: IfMatch, _: TrainingWriter, tx: Transaction, settings: Configuration
) -> Response:
    """The trainee came; attendance in half-days has to be known by now."""
    changed = await records.step(tx, record, version, "attend", body, settings.backdating_days)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post("/{record}/results", response_model=RecordOut, responses=_STEP)
async def record_results(
    record: Record, body: ResultsIn, version: IfMatch, _: TrainingWriter, tx: Transaction, settings: Configuration
) -> Response:
    """Enter or change attendance and results of somebody enrolled or attended."""
    changed = await records.step(tx, record, version, "record_results", body, settings.backdating_days)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post("/{record}/complete", response_model=RecordOut, responses=_STEP)
async def complete_record(
    record: Record, body: StepIn, version: IfMatch, _: TrainingWriter, tx: Transaction, settings: Configuration
) -> Response:
    """The trainee completed the course. Qualifications follow at once.

    It needs a closed session, enough attendance, the assessment passed, the rights module done, and the enforced
    requirements of the unit; 409 names what is missing.
    """
    changed = await records.step(tx, record, version, "complete", body, settings.backdating_days)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post("/{record}/fail", response_model=RecordOut, responses=_STEP)
async def fail_record(
    record: Record, body: StepIn, version: IfMatch, _: TrainingWriter, tx: Transaction, settings: Configuration
) -> Response:
    """The trainee did not reach what completion takes."""
    changed = await records.step(tx, record, version, "fail", body, settings.backdating_days)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post("/{record}/withdraw", response_model=RecordOut, responses=_STEP)
async def withdraw_record(
    record: Record, body: WithdrawIn, version: IfMatch, _: TraineesNominator, tx: Transaction, settings: Configuration
) -> Response:
    """The trainee or the agency steps back."""
    changed = await records.step(tx, record, version, "withdraw", body, settings.backdating_days)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post("/{record}/exclude", response_model=RecordOut, responses=_STEP)
async def exclude_record(
    record: Record, body: ExcludeIn, version: IfMatch, _: TrainingWriter, tx: Transaction, settings: Configuration
) -> Response:
    """The trainee is not, or no longer, admitted."""
    changed = await records.step(tx, record, version, "exclude", body, settings.backdating_days)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post("/{record}/corrections", response_model=RecordOut, responses=_STEP)
async def correct_record(
    record: Record, body: RecordCorrectionIn, version: IfMatch, _: TrainingWriter, tx: Transaction
) -> Response:
    """Take back the last step, recorded by mistake: qualifications that it gave never held. `known_at` still tells."""
    changed = await records_corrections.correct(tx, record, version, body)
    return answer_changed(changed.body, changed.version, personal=True)


offer_history(router, records.LISTING, Scope.TRAINEES_READ)
