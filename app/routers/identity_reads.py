"""The log of identity reads over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.schemas.common import Listed
from app.schemas.identity_reads import IdentityReadOut, IdentityReadQuery
from app.services.trainees_identity import READS
from app.web.callers import AuditReader
from app.web.lists import LIST_CONTENT, answer_query
from app.web.params import Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/identity-reads", tags=["identity-reads"], route_class=HouseRoute)


@router.get("", response_model=Listed[IdentityReadOut], responses=LIST_CONTENT)
async def list_identity_reads(
    request: Request, query: Annotated[IdentityReadQuery, Query()], _: AuditReader, tx: Transaction, language: Language
) -> Response:
    """Who read the name of which trainee, when and why; searches that found nobody too (`trainee` is null)."""
    return await answer_query(request, tx, READS, query, language)
