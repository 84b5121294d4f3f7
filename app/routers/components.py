"""Components over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.components import ComponentChange, ComponentIn, ComponentOut, ComponentQuery
from app.services import components
from app.web.answers import answer_changed, answer_created
from app.web.callers import RegisterReader, RegisterWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/components", tags=["components"], route_class=HouseRoute)


@router.get("", response_model=Listed[ComponentOut], responses=LIST_CONTENT)
async def list_components(
    request: Request,
    query: Annotated[ComponentQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Components that the caller may see: by delegation, or because its own agency takes part."""
    return await answer_query(request, tx, components.LISTING, query, language)


@router.get("/{component}", response_model=ComponentOut, responses=problems(404))
async def get_component(
    request: Request,
    component: Annotated[Ref, Path()],
    query: Annotated[ReadQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One component by its id or reference."""
    return await answer_read(request, tx, components.LISTING, component, query, language)


@router.post("", status_code=201, response_model=ComponentOut, responses=problems(409))
async def create_component(body: ComponentIn, _: RegisterWriter, tx: Transaction) -> Response:
    """Add a component to a programme. The deployment's administrator does, then delegates it."""
    made = await components.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/components/{made.id}")


@router.patch("/{component}", response_model=ComponentOut, responses=problems(404, 409, 412, 428))
async def change_component(
    component: Annotated[Ref, Path()], body: ComponentChange, version: IfMatch, _: RegisterWriter, tx: Transaction
) -> Response:
    """Change what the JSON Merge Patch names: who manages the component may, and the administrator."""
    changed = await components.change(tx, component, version, body)
    return answer_changed(changed.body, changed.version)


offer_history(router, components.LISTING)
