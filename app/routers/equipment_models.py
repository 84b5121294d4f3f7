"""Equipment models over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.equipment_models import (
    EquipmentModelChange,
    EquipmentModelDetail,
    EquipmentModelIn,
    EquipmentModelOut,
    EquipmentModelQuery,
)
from app.services import equipment_models
from app.web.answers import answer_changed, answer_created
from app.web.callers import CatalogueWriter, RegisterReader
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/equipment-models", tags=["equipment-models"], route_class=HouseRoute)


@router.get("", response_model=Listed[EquipmentModelOut], responses=LIST_CONTENT)
async def list_equipment_models(
    request: Request,
    query: Annotated[EquipmentModelQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Equipment models: one catalogue for the deployment."""
    return await answer_query(request, tx, equipment_models.LISTING, query, language)


@router.get("/{equipment_model}", response_model=EquipmentModelDetail, responses=problems(404))
async def get_equipment_model(
    request: Request,
    equipment_model: Annotated[Ref, Path()],
    query: Annotated[ReadQuery, Query()],
    _: RegisterReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One model by its id or reference, with its tests, maintenance and qualifying courses."""
    return await answer_read(request, tx, equipment_models.LISTING, equipment_model, query, language)


@router.post("", status_code=201, response_model=EquipmentModelDetail, responses=problems(409))
async def create_equipment_model(body: EquipmentModelIn, _: CatalogueWriter, tx: Transaction) -> Response:
    """Add a model of a type. A controlled one names the reference in the list of controlled goods."""
    made = await equipment_models.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/equipment-models/{made.id}")


@router.patch("/{equipment_model}", response_model=EquipmentModelDetail, responses=problems(404, 409, 412, 428))
async def change_equipment_model(
    equipment_model: Annotated[Ref, Path()],
    body: EquipmentModelChange,
    version: IfMatch,
    _: CatalogueWriter,
    tx: Transaction,
) -> Response:
    """Change what the JSON Merge Patch names. Its type stays what it is."""
    changed = await equipment_models.change(tx, equipment_model, version, body)
    return answer_changed(changed.body, changed.version)


offer_history(router, equipment_models.LISTING)
