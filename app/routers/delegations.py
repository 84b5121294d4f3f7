"""Delegations over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.delegations import DelegationChange, DelegationEnd, DelegationIn, DelegationOut, DelegationQuery
from app.services import delegations
from app.web.answers import answer_changed, answer_created
from app.web.callers import DelegationsWriter, RegisterReader
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, RightsTransaction, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/delegations", tags=["delegations"], route_class=HouseRoute)


@router.get("", response_model=Listed[DelegationOut], responses=LIST_CONTENT)
async def list_delegations(
    request: Request, query: Annotated[DelegationQuery, Query()], _: RegisterReader, tx: Transaction, language: Language
) -> Response:
    """Delegations of one's own organisation and of components in sight; those that have ended too."""
    return await answer_query(request, tx, delegations.LISTING, query, language)


@router.get("/{delegation}", response_model=DelegationOut, responses=problems(404))
async def get_delegation(
    request: Request,
    delegation: Annotated[Ref, Path()],
    query: Annotated[ReadQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One delegation."""
    return await answer_read(request, tx, delegations.LISTING, delegation, query, language)


@router.post("", status_code=201, response_model=DelegationOut, responses=problems(409))
async def create_delegation(body: DelegationIn, _: DelegationsWriter, tx: RightsTransaction) -> Response:
    """Delegate a component, or a whole programme, to an organisation."""
    made = await delegations.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/delegations/{made.id}")


@router.patch("/{delegation}", response_model=DelegationOut, responses=problems(404, 412, 428))
async def change_delegation(
    delegation: Annotated[Ref, Path()], body: DelegationChange, version: IfMatch, _: DelegationsWriter, tx: Transaction
) -> Response:
    """Change what the JSON Merge Patch names; `If-Match` says on which version it is based."""
    changed = await delegations.change(tx, delegation, version, body)
    return answer_changed(changed.body, changed.version)


@router.post("/{delegation}/end", response_model=DelegationOut, responses=problems(404, 409, 412, 428))
async def end_delegation(
    delegation: Annotated[Ref, Path()],
    body: DelegationEnd,
    version: IfMatch,
    _: DelegationsWriter,
    tx: RightsTransaction,
) -> Response:
    """End it, now or at an instant to come. The organisation's access ends with it, within a minute."""
    ended = await delegations.end(tx, delegation, version, body)
    return answer_changed(ended.body, ended.version)


offer_history(router, delegations.LISTING)
