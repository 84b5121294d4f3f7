"""Programmes over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.programmes import ProgrammeChange, ProgrammeIn, ProgrammeOut, ProgrammeQuery
from app.services import programmes
from app.web.answers import answer_changed, answer_created
from app.web.callers import RegisterReader, RegisterWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/programmes", tags=["programmes"], route_class=HouseRoute)


@router.get("", response_model=Listed[ProgrammeOut], responses=LIST_CONTENT)
async def list_programmes(
    request: Request,
    query: Annotated[ProgrammeQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Programmes of this deployment. Everybody sees them: what they say is public."""
    return await answer_query(request, tx, programmes.LISTING, query, language)


@router.get("/{programme}", response_model=ProgrammeOut, responses=problems(404))
async def get_programme(
    request: Request,
    programme: Annotated[Ref, Path()],
    query: Annotated[ReadQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One programme by its id or reference."""
    return await answer_read(request, tx, programmes.LISTING, programme, query, language)


@router.post("", status_code=201, response_model=ProgrammeOut, responses=problems(409))
async def create_programme(body: ProgrammeIn, _: RegisterWriter, tx: Transaction) -> Response:
    """Add a programme. The deployment's administrator does; components and delegations follow."""
    made = await programmes.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/programmes/{made.id}")


@router.patch("/{programme}", response_model=ProgrammeOut, responses=problems(404, 409, 412, 428))
async def change_programme(
    programme: Annotated[Ref, Path()], body: ProgrammeChange, version: IfMatch, _: RegisterWriter, tx: Transaction
) -> Response:
    """Change what the JSON Merge Patch names: who manages all of its components may, and the administrator."""
    changed = await programmes.change(tx, programme, version, body)
    return answer_changed(changed.body, changed.version)


offer_history(router, programmes.LISTING)
