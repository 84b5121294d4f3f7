"""Deliveries over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.domain.access import Scope
from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.deliveries import (
    DeliveryChange,
    DeliveryDetail,
    DeliveryIn,
    DeliveryOut,
    DeliveryQuery,
    LinkedOut,
    LinkIn,
    ReceiveIn,
    RegisteredOut,
    RegisterIn,
)
from app.schemas.documents import LARGE
from app.services import deliveries, deliveries_items
from app.web.answers import answer_changed, answer_created, answer_json
from app.web.callers import DeliveriesWriter, EquipmentReader
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/deliveries", tags=["deliveries"], route_class=HouseRoute)
Delivery = Annotated[Ref, Path()]
_STEP = problems(404, 409, 412, 428)


@router.get("", response_model=Listed[DeliveryOut], responses=LIST_CONTENT)
async def list_deliveries(
    request: Request, query: Annotated[DeliveryQuery, Query()], _: EquipmentReader, tx: Transaction, language: Language
) -> Response:
    """Deliveries of components that the caller may see."""
    return await answer_query(request, tx, deliveries.LISTING, query, language)


@router.get("/{delivery}", response_model=DeliveryDetail, responses=problems(404))
async def get_delivery(
    request: Request,
    delivery: Delivery,
    query: Annotated[ReadQuery, Query()],
    _: EquipmentReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One delivery by its id or reference. Its items are `/equipment?delivery_id=`."""
    return await answer_read(request, tx, deliveries.LISTING, delivery, query, language)


@router.post("", status_code=201, response_model=DeliveryDetail, responses=problems(409))
async def create_delivery(body: DeliveryIn, _: DeliveriesWriter, tx: Transaction) -> Response:
    """Announce a delivery, a draft. Who records it does not approve the acceptance of its items."""
    made = await deliveries.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/deliveries/{made.id}")


@router.patch("/{delivery}", response_model=DeliveryDetail, responses=_STEP)
async def change_delivery(
    delivery: Delivery, body: DeliveryChange, version: IfMatch, _: DeliveriesWriter, tx: Transaction
) -> Response:
    """Change what the JSON Merge Patch names: all of a draft, discrepancies and note once it was received."""
    changed = await deliveries.change(tx, delivery, version, body)
    return answer_changed(changed.body, changed.version)


@router.post(
    "/{delivery}/register",
    status_code=201,
    response_model=RegisteredOut,
    responses=problems(404, 409),
    openapi_extra=LARGE,
)
async def register_items(delivery: Delivery, body: RegisterIn, _: DeliveriesWriter, tx: Transaction) -> Response:
    """Register up to 10 000 items in one call, all or none: by a list of serials, a range, or a count.

    Items of a draft are `ordered`; what is registered with a delivery that was received has arrived and is
    `delivered`. Large answers are not kept for repeated keys: such a retry is sent to the delivery (303).
    """
    delivery_id, made = await deliveries_items.register(tx, delivery, body)
    return answer_created(made.model_dump_json(), None, f"/api/v1/deliveries/{delivery_id}")


@router.post("/{delivery}/link", response_model=LinkedOut, responses=problems(404, 409), openapi_extra=LARGE)
async def link_items(delivery: Delivery, body: LinkIn, _: DeliveriesWriter, tx: Transaction) -> Response:
    """Items that were ordered before come with this delivery; they are delivered with it."""
    return answer_json(LinkedOut(linked=await deliveries.link(tx, delivery, body)))


@router.post("/{delivery}/receive", response_model=DeliveryDetail, responses=_STEP)
async def receive_delivery(
    delivery: Delivery, body: ReceiveIn, version: IfMatch, _: DeliveriesWriter, tx: Transaction
) -> Response:
    """It has arrived: its items are delivered at its site, in condition unknown, except those reported missing."""
    changed = await deliveries.receive(tx, delivery, version, body)
    return answer_changed(changed.body, changed.version)


@router.post("/{delivery}/close", response_model=DeliveryDetail, responses=_STEP)
async def close_delivery(delivery: Delivery, version: IfMatch, _: DeliveriesWriter, tx: Transaction) -> Response:
    """Nothing more is added to it or reported about it."""
    changed = await deliveries.close(tx, delivery, version)
    return answer_changed(changed.body, changed.version)


offer_history(router, deliveries.LISTING, Scope.EQUIPMENT_READ)
