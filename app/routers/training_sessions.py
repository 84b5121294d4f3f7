"""Training sessions over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.domain.access import Scope
from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.records import NominationsIn, Recorded, RecordOut, SessionRecordQuery
from app.schemas.training_sessions import CloseIn, SessionChange, SessionIn, SessionOut, SessionQuery
from app.services import records, training_sessions
from app.web.answers import answer_changed, answer_created, answer_json
from app.web.callers import TraineesNominator, TraineesReader, TrainingReader, TrainingWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import Configuration, IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/sessions", tags=["sessions"], route_class=HouseRoute)
Session = Annotated[Ref, Path()]


@router.get("", response_model=Listed[SessionOut], responses=LIST_CONTENT)
async def list_sessions(
    request: Request, query: Annotated[SessionQuery, Query()], _: TrainingReader, tx: Transaction, language: Language
) -> Response:
    """Sessions of components that the caller sees or whose agency takes part in."""
    return await answer_query(request, tx, training_sessions.LISTING, query, language)


@router.get("/{session}", response_model=SessionOut, responses=problems(404))
async def get_session(
    request: Request,
    session: Session,
    query: Annotated[ReadQuery, Query()],
    _: TrainingReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One session by its id or reference."""
    return await answer_read(request, tx, training_sessions.LISTING, session, query, language)


@router.post("", status_code=201, response_model=SessionOut, responses=problems(409))
async def create_session(body: SessionIn, _: TrainingWriter, tx: Transaction) -> Response:
    """Plan a session of a course. The language has to be one of the course's."""
    made = await training_sessions.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/sessions/{made.id}")


@router.patch("/{session}", response_model=SessionOut, responses=problems(404, 409, 412, 428))
async def change_session(
    session: Session, body: SessionChange, version: IfMatch, _: TrainingWriter, tx: Transaction
) -> Response:
    """Change what the JSON Merge Patch names, while the session is planned or running."""
    changed = await training_sessions.change(tx, session, version, body)
    return answer_changed(changed.body, changed.version)


@router.post("/{session}/open", response_model=SessionOut, responses=problems(404, 409, 412, 428))
async def open_session(session: Session, version: IfMatch, _: TrainingWriter, tx: Transaction) -> Response:
    """The session begins: from now on attendance and results can be entered."""
    changed = await training_sessions.open_(tx, session, version)
    return answer_changed(changed.body, changed.version)


@router.post("/{session}/close", response_model=SessionOut, responses=problems(404, 409, 412, 428))
async def close_session(
    session: Session, version: IfMatch, _: TrainingWriter, tx: Transaction, body: CloseIn | None = None
) -> Response:
    """The session is over, on its last day or later: from now on records can be completed or failed.

    Everybody has attended or left by then: 409 `session_has_open_records` names who is only nominated, vetted or
    enrolled, unless `open_records` says `end`. Who attended completes or fails afterwards; `?open=true` on the records
    and `?has_open_records=true` on the sessions find what is left.
    """
    changed = await training_sessions.close(tx, session, version, body)
    return answer_changed(changed.body, changed.version)


@router.post("/{session}/cancel", response_model=SessionOut, responses=problems(404, 409, 412, 428))
async def cancel_session(session: Session, version: IfMatch, _: TrainingWriter, tx: Transaction) -> Response:
    """The session is not held. Whoever was nominated or enrolled is withdrawn from it."""
    changed = await training_sessions.cancel(tx, session, version)
    return answer_changed(changed.body, changed.version)


@router.get("/{session}/records", response_model=Listed[RecordOut], responses={**LIST_CONTENT, **problems(404)})
async def list_session_records(
    request: Request,
    session: Session,
    query: Annotated[SessionRecordQuery, Query()],
    _: TraineesReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Training records of one session, as far as the caller may see them; pseudonyms only."""
    within = await records.of_session(tx, session)
    return await answer_query(request, tx, *records.asked(query), language, within=within)


@router.post("/{session}/records", status_code=201, response_model=Recorded, responses=problems(404, 409))
async def nominate_for_session(
    session: Session, body: NominationsIn, _: TraineesNominator, tx: Transaction, settings: Configuration
) -> Response:
    """Nominate several trainees for one session, all or none."""
    made = await records.nominate_all(tx, session, body, settings.backdating_days)
    return answer_json(made, status=201, personal=True)


offer_history(router, training_sessions.LISTING, Scope.TRAINING_READ)
