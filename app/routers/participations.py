"""Participations over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.participations import ParticipationChange, ParticipationIn, ParticipationOut, ParticipationQuery
from app.services import participations
from app.web.answers import answer_changed, answer_created
from app.web.callers import RegisterReader, RegisterWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/participations", tags=["participations"], route_class=HouseRoute)


@router.get("", response_model=Listed[ParticipationOut], responses=LIST_CONTENT)
async def list_participations(
    request: Request,
    query: Annotated[ParticipationQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Which agencies take part in which components, and when."""
    return await answer_query(request, tx, participations.LISTING, query, language)


@router.get("/{participation}", response_model=ParticipationOut, responses=problems(404))
async def get_participation(
    request: Request,
    participation: Annotated[Ref, Path()],
    query: Annotated[ReadQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One participation."""
    return await answer_read(request, tx, participations.LISTING, participation, query, language)


@router.post("", status_code=201, response_model=ParticipationOut, responses=problems(409))
async def create_participation(body: ParticipationIn, _: RegisterWriter, tx: Transaction) -> Response:
    """Let an agency, and everything below it, take part in a component of its country."""
    made = await participations.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/participations/{made.id}")


@router.patch("/{participation}", response_model=ParticipationOut, responses=problems(404, 409, 412, 428))
async def change_participation(
    participation: Annotated[Ref, Path()],
    body: ParticipationChange,
    version: IfMatch,
    _: RegisterWriter,
    tx: Transaction,
) -> Response:
    """Change its period, mostly to end it. What followed from it ends within a minute."""
    changed = await participations.change(tx, participation, version, body)
    return answer_changed(changed.body, changed.version)


offer_history(router, participations.LISTING)
