"""Equipment items over HTTP. Hot operations: the whole router is lean (HOUSE 3.9)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Listed, Ref
from app.schemas.equipment import (
    BulkOut,
    ConditionIn,
    EffectiveOut,
    EquipmentBulkIn,
    EquipmentChange,
    EquipmentCorrectionIn,
    EquipmentDetail,
    EquipmentIn,
    EquipmentOut,
    EquipmentQuery,
    EquipmentReadQuery,
    EventOut,
    Moment,
    ReceiptIn,
    TransitionIn,
)
from app.schemas.history import EventQuery
from app.services import equipment, equipment_bulk, equipment_events, equipment_moves
from app.web.answers import answer_changed, answer_computed, answer_created, answer_json, answer_one
from app.web.callers import EquipmentConfirmer, EquipmentReader, EquipmentWriter
from app.web.lean import LeanRoute
from app.web.lists import LIST_CONTENT, answer_query
from app.web.params import IfMatch, Language, Transaction

router = APIRouter(prefix="/equipment", tags=["equipment"], route_class=LeanRoute)
Item = Annotated[Ref, Path()]
_STEP = problems(404, 409, 412, 428)


@router.get("", response_model=Listed[EquipmentOut], responses=LIST_CONTENT)
async def list_equipment(
    request: Request, query: Annotated[EquipmentQuery, Query()], _: EquipmentReader, tx: Transaction, language: Language
) -> Response:
    """Items in sight: of one's components, or of one's agency and the units below it.

    With `as_of` and `known_at` their facts are those of that moment; identity, price and note are not dated.
    """
    listing = equipment.listing_at(query.past, len(query.id or ()))
    return await answer_query(request, tx, listing, query, language)


@router.get("/{item}", response_model=EquipmentDetail, responses=problems(404))
async def get_equipment(
    request: Request,
    item: Item,
    query: Annotated[EquipmentReadQuery, Query()],
    _: EquipmentReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One item by its id or reference, with the steps that are possible from here and what blocks them."""
    found = await equipment_moves.get(tx, item, query, language)
    return answer_one(request, found.body, found.version)


@router.post("", status_code=201, response_model=EquipmentDetail, responses=problems(409))
async def create_equipment(body: EquipmentIn, _: EquipmentWriter, tx: Transaction) -> Response:
    """Register an item that was ordered. Deliveries register what has arrived, many at once."""
    made = await equipment_moves.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/equipment/{made.id}")


@router.patch("/{item}", response_model=EquipmentDetail, responses=_STEP)
async def change_equipment(
    item: Item, body: EquipmentChange, version: IfMatch, _: EquipmentWriter, tx: Transaction
) -> Response:
    """Change what the JSON Merge Patch names. Stage, condition, title, custody and unit move by events only."""
    changed = await equipment_moves.change(tx, item, version, body)
    return answer_changed(changed.body, changed.version)


@router.post("/bulk", response_model=BulkOut, responses=problems(409))
async def bulk_equipment(body: EquipmentBulkIn, _: EquipmentWriter, tx: Transaction) -> Response:
    """Up to 1 000 registrations, changes and steps: all of them or, with `atomic` false, a result per item."""
    return answer_json(await equipment_bulk.carry_out(tx, body))


@router.post("/{item}/transitions", response_model=EquipmentDetail, responses=_STEP)
async def move_equipment(
    item: Item, body: TransitionIn, version: IfMatch, _: EquipmentWriter, tx: Transaction
) -> Response:
    """Take one step. A step that is not possible from here answers 409 and names those that are."""
    moved = await equipment_moves.move(tx, item, version, body)
    return answer_changed(moved.body, moved.version)


@router.post("/{item}/condition", response_model=EquipmentDetail, responses=_STEP)
async def report_equipment_condition(
    item: Item, body: ConditionIn, version: IfMatch, _: EquipmentConfirmer, tx: Transaction
) -> Response:
    """Report what an item can do (EN 13306), as somebody has seen. Focal points do this for their units."""
    moved = await equipment_moves.report_condition(tx, item, version, body)
    return answer_changed(moved.body, moved.version)


@router.post("/{item}/receipt", response_model=EquipmentDetail, responses=_STEP)
async def confirm_equipment_receipt(
    item: Item, body: ReceiptIn, version: IfMatch, _: EquipmentConfirmer, tx: Transaction
) -> Response:
    """Confirm that the receiving unit has the item that was handed over to it.

    That is the receiving side's: a focal point of the unit's own agency tree, or a client that acts for one. An
    implementer's account, and whoever prepared or approved the handover, is refused (403 `separation_of_duties`).
    """
    moved = await equipment_moves.confirm_receipt(tx, item, version, body)
    return answer_changed(moved.body, moved.version)


@router.post("/{item}/corrections", response_model=EquipmentDetail, responses=_STEP)
async def correct_equipment(
    item: Item, body: EquipmentCorrectionIn, version: IfMatch, _: EquipmentWriter, tx: Transaction
) -> Response:
    """Correct an event, or take it back: a new event that refers to it; nothing is edited.

    Refused, with the event named, when a later one would become impossible. What a document did is undone by
    annulling the document.
    """
    moved = await equipment_moves.correct(tx, item, version, body)
    return answer_changed(moved.body, moved.version)


@router.get("/{item}/events", response_model=EffectiveOut, responses=problems(404))
async def list_equipment_events(
    request: Request, item: Item, query: Annotated[Moment, Query()], _: EquipmentReader, tx: Transaction
) -> Response:
    """What counts of an item's history: corrected, without what was taken back, in the order of the world."""
    return answer_computed(request, await equipment_events.counting(tx, item, query))


@router.get("/{item}/history", response_model=Listed[EventOut], responses={**LIST_CONTENT, **problems(404)})
async def list_equipment_history(
    request: Request,
    item: Item,
    query: Annotated[EventQuery, Query()],
    _: EquipmentReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Every event as it was recorded, in the order of the chain; auditors also get the hashes."""
    within = await equipment_events.of(tx, item)
    return await answer_query(request, tx, equipment_events.LISTING, query, language, within=within)
