"""Requirements over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from app.domain.access import Scope
from app.problems import problems
from app.schemas.common import Listed, ReadQuery
from app.schemas.requirements import (
    KindsOut,
    RequirementIn,
    RequirementOut,
    RequirementQuery,
    RequirementRevokeIn,
    WaiveIn,
)
from app.services import requirements
from app.web.answers import answer_changed, answer_computed, answer_created
from app.web.callers import EquipmentReader, RequirementsWaiver, RequirementsWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/requirements", tags=["requirements"], route_class=HouseRoute)
Requirement = Annotated[UUID, Path(description="The id of the requirement.")]
_STEP = problems(404, 409, 412, 428)


@router.get("", response_model=Listed[RequirementOut], responses=LIST_CONTENT)
async def list_requirements(
    request: Request,
    query: Annotated[RequirementQuery, Query()],
    _: EquipmentReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Decisions that guards read: of components that the caller may see, and those about the own agency."""
    return await answer_query(request, tx, requirements.LISTING, query, language)


@router.get("/kinds", response_model=KindsOut)
async def list_requirement_kinds(request: Request, _: EquipmentReader) -> Response:
    """Every kind: what it may be recorded about, and which steps it guards where a programme enforces it."""
    return answer_computed(request, KindsOut(items=requirements.kinds()))


@router.get("/{requirement}", response_model=RequirementOut, responses=problems(404))
async def get_requirement(
    request: Request,
    requirement: Requirement,
    query: Annotated[ReadQuery, Query()],
    _: EquipmentReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One decision."""
    return await answer_read(request, tx, requirements.LISTING, requirement, query, language)


@router.post("", status_code=201, response_model=RequirementOut, responses=problems(409))
async def create_requirement(body: RequirementIn, _: RequirementsWriter, tx: Transaction) -> Response:
    """Record a decision with its evidence, or ask for a waiver (`requested`), which somebody else grants."""
    made = await requirements.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/requirements/{made.id}")


@router.post("/{requirement}/waive", response_model=RequirementOut, responses=_STEP)
async def waive_requirement(
    requirement: Requirement, body: WaiveIn, version: IfMatch, _: RequirementsWaiver, tx: Transaction
) -> Response:
    """Grant a requested waiver: another person than who asked for it (403 `separation_of_duties`), and independent.

    409 `second_person_not_independent` when one of the two handed out the link that let the other one in.
    """
    changed = await requirements.waive(tx, requirement, version, body)
    return answer_changed(changed.body, changed.version)


@router.post("/{requirement}/revoke", response_model=RequirementOut, responses=_STEP)
async def revoke_requirement(
    requirement: Requirement, body: RequirementRevokeIn, version: IfMatch, _: RequirementsWriter, tx: Transaction
) -> Response:
    """Take a decision, or a request, back. What was done by it meanwhile stays done."""
    changed = await requirements.revoke(tx, requirement, version, body.reason)
    return answer_changed(changed.body, changed.version)


offer_history(router, requirements.LISTING, Scope.EQUIPMENT_READ)
