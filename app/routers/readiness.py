"""Readiness over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Ref
from app.schemas.readiness import (
    DemandOut,
    DemandQuery,
    ReadinessOut,
    ReadinessQuery,
    SiteReadinessOut,
    SiteReadinessQuery,
)
from app.services import readiness, readiness_demand, readiness_rows
from app.services.readiness import Found
from app.web.answers import answer_one, answer_stream, representation
from app.web.callers import ReadinessReader
from app.web.lists import FORMS, LIST_CONTENT
from app.web.params import Configuration, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/readiness", tags=["readiness"], route_class=HouseRoute)


@router.get("", response_model=ReadinessOut, responses=LIST_CONTENT)
async def get_readiness(
    request: Request,
    query: Annotated[ReadinessQuery, Query()],
    _: ReadinessReader,
    tx: Transaction,
    language: Language,
    settings: Configuration,
) -> Response:
    """Of what was handed over to units, how much works and has enough qualified people; and why the rest is not ready.

    Figures of a unit and model are computed over all its items and people, whoever paid, so everyone who may see the
    unit gets the same. Operators and maintainers are allotted separately, each person once per kind, over all models of
    the unit. `held - ready` is exactly the sum of `waterfall`.

    With `component_id` or `programme_id` the items of these components are counted wherever they are; what people crew
    and keep is shared out in proportion, so that components add up to their units.
    """
    found = await readiness.of(tx, query, language, settings.confirmation_days)
    return await _answered(request, found, query.format, "readiness")


@router.get("/demand", response_model=DemandOut, responses=LIST_CONTENT)
async def get_demand(
    request: Request,
    query: Annotated[DemandQuery, Query()],
    _: ReadinessReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Training demand: whom units would have to send to courses so that every functional item is crewed and kept.

    Told for today, and for a later day when qualifications and postings have ended and nobody was trained.
    """
    found = await readiness_demand.of(tx, query, language)
    return await _answered(request, found, query.format, "training-demand")


@router.get("/sites/{site}", response_model=SiteReadinessOut, responses={**problems(404), **LIST_CONTENT})
async def get_site_readiness(
    request: Request,
    site: Annotated[Ref, Path(examples=["SITE-TNSFA"])],
    query: Annotated[SiteReadinessQuery, Query()],
    _: ReadinessReader,
    tx: Transaction,
    language: Language,
    settings: Configuration,
) -> Response:
    """Readiness of what stands at a site, by model; people count only where they are posted to it."""
    found = await readiness.of_site(tx, site, query, language, settings.confirmation_days)
    return await _answered(request, found, query.format, "site-readiness")


async def _answered(request: Request, found: Found, wanted: str | None, name: str) -> Response:
    """The whole answer as JSON, or its rows as a table."""
    form = representation(request, FORMS, wanted)
    rows = found.answer["rows"]
    if form == "json":
        return answer_one(request, readiness_rows.document(found.answer), None, personal=found.personal)
    lines: Iterable[bytes]
    if form == "xlsx":
        lines = [await asyncio.to_thread(readiness_rows.sheet, rows, found.columns, name)]
    else:
        lines = readiness_rows.jsonl(rows) if form == "jsonl" else readiness_rows.table(rows, found.columns)
    return await answer_stream(_streamed(lines), media_type=FORMS[form], filename=f"{name}.{form}")


async def _streamed(lines: Iterable[bytes]) -> AsyncGenerator[bytes, None]:
    for line in lines:
        yield line
