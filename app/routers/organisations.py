"""Organisations over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.organisations import OrganisationChange, OrganisationIn, OrganisationOut, OrganisationQuery
from app.services import organisations
from app.web.answers import answer_changed, answer_created
from app.web.callers import OrganisationsWriter, RegisterReader
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, RightsTransaction, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/organisations", tags=["organisations"], route_class=HouseRoute)


@router.get("", response_model=Listed[OrganisationOut], responses=LIST_CONTENT)
async def list_organisations(
    request: Request,
    query: Annotated[OrganisationQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Organisations of every kind. They are public within the deployment: every caller sees all of them."""
    return await answer_query(request, tx, organisations.LISTING, query, language)


@router.get("/{organisation}", response_model=OrganisationOut, responses=problems(404))
async def get_organisation(
    request: Request,
    organisation: Annotated[Ref, Path()],
    query: Annotated[ReadQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One organisation by its id or reference."""
    return await answer_read(request, tx, organisations.LISTING, organisation, query, language)


@router.post("", status_code=201, response_model=OrganisationOut, responses=problems(409))
async def create_organisation(body: OrganisationIn, _: OrganisationsWriter, tx: Transaction) -> Response:
    """Add an organisation. Suppliers are added as suppliers; what others may see and do, delegations say."""
    made = await organisations.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/organisations/{made.id}")


@router.patch("/{organisation}", response_model=OrganisationOut, responses=problems(404, 409, 412, 428))
async def change_organisation(
    organisation: Annotated[Ref, Path()],
    body: OrganisationChange,
    version: IfMatch,
    _: OrganisationsWriter,
    tx: RightsTransaction,
) -> Response:
    """Change what the JSON Merge Patch names; `If-Match` says on which version it is based."""
    changed = await organisations.change(tx, organisation, version, body)
    return answer_changed(changed.body, changed.version)


offer_history(router, organisations.LISTING)
