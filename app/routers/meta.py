"""The service's own vocabulary over HTTP: what front ends draw their forms from."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.schemas.meta import CodesOut, ScopesAndRoles, Workflows
from app.services import meta
from app.web.answers import answer_computed
from app.web.callers import AnyCaller
from app.web.params import Language
from app.web.route import HouseRoute

router = APIRouter(prefix="/meta", tags=["meta"], route_class=HouseRoute)


@router.get("/workflows", response_model=Workflows)
async def get_workflows(request: Request, _: AnyCaller) -> Response:
    """The graphs of equipment, deliveries, documents, training sessions and records, with guards and scopes."""
    return answer_computed(request, meta.workflows().model_dump(mode="json", by_alias=True))


@router.get("/scopes-and-roles", response_model=ScopesAndRoles)
async def get_scopes_and_roles(request: Request, _: AnyCaller) -> Response:
    """Every scope, and the fixed roles that give them."""
    return answer_computed(request, meta.scopes_and_roles())


@router.get("/codes", response_model=CodesOut)
async def get_codes(request: Request, _: AnyCaller, language: Language) -> Response:
    """Every code that a field may hold, with its label in the caller's language."""
    return answer_computed(request, meta.codes(language))
