"""Sites over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.sites import SiteChange, SiteIn, SiteOut, SiteQuery
from app.services import sites
from app.web.answers import answer_changed, answer_created
from app.web.callers import RegisterReader, RegisterWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/sites", tags=["sites"], route_class=HouseRoute)


@router.get("", response_model=Listed[SiteOut], responses=LIST_CONTENT)
async def list_sites(
    request: Request, query: Annotated[SiteQuery, Query()], _: RegisterReader, tx: Transaction, language: Language
) -> Response:
    """Sites that the caller may see: those of agencies in sight, and those of implementers and suppliers."""
    return await answer_query(request, tx, sites.LISTING, query, language)


@router.get("/{site}", response_model=SiteOut, responses=problems(404))
async def get_site(
    request: Request,
    site: Annotated[Ref, Path()],
    query: Annotated[ReadQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One site by its id or reference."""
    return await answer_read(request, tx, sites.LISTING, site, query, language)


@router.post("", status_code=201, response_model=SiteOut, responses=problems(409))
async def create_site(body: SiteIn, _: RegisterWriter, tx: Transaction) -> Response:
    """Add a site of the caller's organisation, of a supplier, or of an agency that the caller manages."""
    made = await sites.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/sites/{made.id}")


@router.patch("/{site}", response_model=SiteOut, responses=problems(404, 409, 412, 428))
async def change_site(
    site: Annotated[Ref, Path()], body: SiteChange, version: IfMatch, _: RegisterWriter, tx: Transaction
) -> Response:
    """Change what the JSON Merge Patch names; `If-Match` says on which version it is based."""
    changed = await sites.change(tx, site, version, body)
    return answer_changed(changed.body, changed.version)


offer_history(router, sites.LISTING)
