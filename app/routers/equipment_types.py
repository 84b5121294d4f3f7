"""Equipment types over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.equipment_types import EquipmentTypeChange, EquipmentTypeIn, EquipmentTypeOut, EquipmentTypeQuery
from app.services import equipment_types
from app.web.answers import answer_changed, answer_created
from app.web.callers import CatalogueWriter, RegisterReader
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/equipment-types", tags=["equipment-types"], route_class=HouseRoute)


@router.get("", response_model=Listed[EquipmentTypeOut], responses=LIST_CONTENT)
async def list_equipment_types(
    request: Request,
    query: Annotated[EquipmentTypeQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Equipment types: one catalogue for the deployment."""
    return await answer_query(request, tx, equipment_types.LISTING, query, language)


@router.get("/{equipment_type}", response_model=EquipmentTypeOut, responses=problems(404))
async def get_equipment_type(
    request: Request,
    equipment_type: Annotated[Ref, Path()],
    query: Annotated[ReadQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One type by its id or reference."""
    return await answer_read(request, tx, equipment_types.LISTING, equipment_type, query, language)


@router.post("", status_code=201, response_model=EquipmentTypeOut, responses=problems(409))
async def create_equipment_type(body: EquipmentTypeIn, _: CatalogueWriter, tx: Transaction) -> Response:
    """Add a type."""
    made = await equipment_types.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/equipment-types/{made.id}")


@router.patch("/{equipment_type}", response_model=EquipmentTypeOut, responses=problems(404, 409, 412, 428))
async def change_equipment_type(
    equipment_type: Annotated[Ref, Path()],
    body: EquipmentTypeChange,
    version: IfMatch,
    _: CatalogueWriter,
    tx: Transaction,
) -> Response:
    """Change what the JSON Merge Patch names."""
    changed = await equipment_types.change(tx, equipment_type, version, body)
    return answer_changed(changed.body, changed.version)


offer_history(router, equipment_types.LISTING)
