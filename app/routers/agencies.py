"""Agencies over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.agencies import AgencyChange, AgencyIn, AgencyOut, AgencyQuery
from app.schemas.common import Listed, ReadQuery, Ref
from app.services import agencies
from app.web.answers import answer_changed, answer_created
from app.web.callers import RegisterReader, RegisterWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/agencies", tags=["agencies"], route_class=HouseRoute)


@router.get("", response_model=Listed[AgencyOut], responses=LIST_CONTENT)
async def list_agencies(
    request: Request,
    query: Annotated[AgencyQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Agencies that the caller may see: a beneficiary its own tree, others the trees that take part."""
    return await answer_query(request, tx, agencies.LISTING, query, language)


@router.get("/{agency}", response_model=AgencyOut, responses=problems(404))
async def get_agency(
    request: Request,
    agency: Annotated[Ref, Path()],
    query: Annotated[ReadQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One agency by its id or reference."""
    return await answer_read(request, tx, agencies.LISTING, agency, query, language)


@router.post("", status_code=201, response_model=AgencyOut, responses=problems(409))
async def create_agency(body: AgencyIn, _: RegisterWriter, tx: Transaction) -> Response:
    """Add an agency below one that the caller manages. The top of a tree is the administrator's to add."""
    made = await agencies.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/agencies/{made.id}")


@router.patch("/{agency}", response_model=AgencyOut, responses=problems(404, 409, 412, 428))
async def change_agency(
    agency: Annotated[Ref, Path()], body: AgencyChange, version: IfMatch, _: RegisterWriter, tx: Transaction
) -> Response:
    """Change what the JSON Merge Patch names. Units are leaves, and nothing can stand below itself."""
    changed = await agencies.change(tx, agency, version, body)
    return answer_changed(changed.body, changed.version)


offer_history(router, agencies.LISTING)
