"""Support arrangements over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.support_arrangements import (
    SupportArrangementChange,
    SupportArrangementIn,
    SupportArrangementOut,
    SupportArrangementQuery,
)
from app.services import support_arrangements
from app.web.answers import answer_changed, answer_created
from app.web.callers import RegisterReader, RegisterWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/support-arrangements", tags=["support-arrangements"], route_class=HouseRoute)


@router.get("", response_model=Listed[SupportArrangementOut], responses=LIST_CONTENT)
async def list_support_arrangements(
    request: Request,
    query: Annotated[SupportArrangementQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Who maintains which unit's equipment, where its own people do not."""
    return await answer_query(request, tx, support_arrangements.LISTING, query, language)


@router.get("/{support_arrangement}", response_model=SupportArrangementOut, responses=problems(404))
async def get_support_arrangement(
    request: Request,
    support_arrangement: Annotated[Ref, Path()],
    query: Annotated[ReadQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One arrangement."""
    return await answer_read(request, tx, support_arrangements.LISTING, support_arrangement, query, language)


@router.post("", status_code=201, response_model=SupportArrangementOut, responses=problems(409))
async def create_support_arrangement(body: SupportArrangementIn, _: RegisterWriter, tx: Transaction) -> Response:
    """Arrange support for a unit: by the maintainers of another unit, or by contract."""
    made = await support_arrangements.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/support-arrangements/{made.id}")


@router.patch("/{support_arrangement}", response_model=SupportArrangementOut, responses=problems(404, 409, 412, 428))
async def change_support_arrangement(
    support_arrangement: Annotated[Ref, Path()],
    body: SupportArrangementChange,
    version: IfMatch,
    _: RegisterWriter,
    tx: Transaction,
) -> Response:
    """Change its period, or the reference of its contract."""
    changed = await support_arrangements.change(tx, support_arrangement, version, body)
    return answer_changed(changed.body, changed.version)


offer_history(router, support_arrangements.LISTING)
