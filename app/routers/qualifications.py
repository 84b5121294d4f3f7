"""Qualifications over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.domain.access import Scope
from app.problems import problems
from app.schemas.common import Listed, ReadQuery
from app.schemas.qualifications import (
    QualificationIn,
    QualificationOut,
    QualificationQuery,
    QualificationRevokeIn,
    RecogniseIn,
    RefuseIn,
)
from app.services import qualifications
from app.web.answers import answer_changed, answer_created
from app.web.callers import QualificationsRecogniser, TraineesNominator, TraineesReader
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/qualifications", tags=["qualifications"], route_class=HouseRoute)
Qualification = Annotated[str, Path(min_length=1, max_length=200, description="The id of the qualification.")]


@router.get("", response_model=Listed[QualificationOut], responses=LIST_CONTENT)
async def list_qualifications(
    request: Request,
    query: Annotated[QualificationQuery, Query()],
    _: TraineesReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Who may operate or maintain what, from when to when; by pseudonym."""
    return await answer_query(request, tx, qualifications.LISTING, query, language)


@router.get("/{qualification}", response_model=QualificationOut, responses=problems(404))
async def get_qualification(
    request: Request,
    qualification: Qualification,
    query: Annotated[ReadQuery, Query()],
    _: TraineesReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One qualification."""
    return await answer_read(request, tx, qualifications.LISTING, qualification, query, language)


@router.post("", status_code=201, response_model=QualificationOut, responses=problems(409))
async def create_qualification(body: QualificationIn, _: TraineesNominator, tx: Transaction) -> Response:
    """Propose a prior qualification (a licence, an earlier training) with its evidence, in words."""
    made = await qualifications.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/qualifications/{made.id}", personal=True)


@router.post("/{qualification}/recognise", response_model=QualificationOut, responses=problems(404, 409, 412, 428))
async def recognise_qualification(
    qualification: Qualification, body: RecogniseIn, version: IfMatch, _: QualificationsRecogniser, tx: Transaction
) -> Response:
    """Recognise a prior qualification that somebody else proposed; it counts from then on."""
    changed = await qualifications.recognise(tx, qualification, version, body)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post("/{qualification}/refuse", response_model=QualificationOut, responses=problems(404, 409, 412, 428))
async def refuse_qualification(
    qualification: Qualification, body: RefuseIn, version: IfMatch, _: QualificationsRecogniser, tx: Transaction
) -> Response:
    """Do not recognise a prior qualification that somebody else proposed."""
    changed = await qualifications.refuse(tx, qualification, version, body)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post("/{qualification}/revoke", response_model=QualificationOut, responses=problems(404, 409, 412, 428))
async def revoke_qualification(
    qualification: Qualification,
    body: QualificationRevokeIn,
    version: IfMatch,
    _: QualificationsRecogniser,
    tx: Transaction,
) -> Response:
    """End a qualification from a day on, whatever it came from."""
    changed = await qualifications.revoke(tx, qualification, version, body)
    return answer_changed(changed.body, changed.version, personal=True)


offer_history(router, qualifications.LISTING, Scope.TRAINEES_READ)
