"""The security log over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.security_log import SecurityEntryOut, SecurityLogQuery
from app.services import security_log
from app.web.callers import SecurityReader
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/security-log", tags=["security-log"], route_class=HouseRoute)


@router.get("", response_model=Listed[SecurityEntryOut], responses=LIST_CONTENT)
async def list_security_log(
    request: Request,
    query: Annotated[SecurityLogQuery, Query()],
    _: SecurityReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Changes of rights, failed log-ins, reused refresh tokens, rotated secrets, closed accounts: newest first."""
    return await answer_query(request, tx, security_log.LISTING, query, language)


@router.get("/{entry}", response_model=SecurityEntryOut, responses=problems(404))
async def get_security_log_entry(
    request: Request,
    entry: Annotated[Ref, Path()],
    query: Annotated[ReadQuery, Query()],
    _: SecurityReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One entry."""
    return await answer_read(request, tx, security_log.LISTING, entry, query, language)
