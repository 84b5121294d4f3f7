"""How the items of a delivery come in: up to ten thousand in one call, by serials, by a range, or by count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from app.db import writing
from app.db.session import Tx
from app.domain.deliveries import DeliveryStage, check_delivery_open
from app.domain.equipment import Stage
from app.domain.errors import Fault, Rejected, Taken
from app.domain.identifiers import Scheme, expand_range, normalise
from app.domain.money import parse_money
from app.schemas.deliveries import RegisteredItem, RegisteredOut, RegisterIn
from app.services import deliveries, door
from app.services.documents_lines import MOST_FAULTS
from app.services.door import NewItem
from app.services.equipment_models import LISTING as MODELS
from app.services.organisations import LISTING as ORGANISATIONS
from app.services.references import reference_to

_PLACE = re.compile(r"(?:/items/(\d+))?(/.*)?")


async def register(tx: Tx, ident: str, body: RegisterIn) -> tuple[UUID, RegisteredOut]:
    """Register items with a delivery: `ordered` while it is a draft, `delivered` once it was received (surplus).

    The delivery's id, and what was registered. Taken (facts: `pointers`) for serials that are known already.
    """
    row = await deliveries.shared(tx, ident)
    stage = DeliveryStage(row["status"])
    check_delivery_open(stage)
    serials = _serials(body)
    shared = {
        "component_id": row["component_id"],
        "model_id": await reference_to(tx, MODELS, body.model, "/model"),
        "supplier_id": row["supplier_id"],
        "delivery_id": row["id"],
        "title_organisation_id": await reference_to(tx, ORGANISATIONS, body.title_organisation, "/title_organisation")
        or row["supplier_id"],
        "note": body.note,
        **_price(body),
    }
    if stage is not DeliveryStage.DRAFT:
        shared |= {"stage": Stage.DELIVERED.value, **await deliveries.arrival(tx, row["site_id"])}
    items = [
        NewItem(id=writing.new_id(), identifiers=[] if serial is None else [_serial(serial)], **shared)
        for serial in serials
    ]
    with _places(body):
        made = await door.register(tx, items, occurred_at=body.occurred_at, reason=body.backdating_reason)
    told = [
        RegisteredItem(id=item_id, reference=reference, serial=serial)
        for (item_id, reference), serial in zip(made, serials, strict=True)
    ]
    return row["id"], RegisteredOut(registered=len(told), items=told)


def _serial(value: str) -> Mapping[str, Any]:
    return {"scheme": Scheme.SERIAL.value, "value": value}


def _price(body: RegisterIn) -> dict[str, Any]:
    if body.unit_price is None:
        return {}
    price = parse_money(body.unit_price.amount, body.unit_price.currency, "/unit_price")
    return {"unit_price_minor": price.minor, "currency": price.currency}


def _serials(body: RegisterIn) -> list[str] | list[None]:
    """One serial per item in its one spelling, or none per counted item. Rejected for a serial that is named twice."""
    if body.count is not None:
        return [None] * body.count
    if body.range is not None:
        return [normalise(Scheme.SERIAL, each, "/range") for each in expand_range(body.range)]
    read: list[str] = []
    faults: list[Fault] = []
    seen: set[str] = set()
    for n, value in enumerate(body.serials or ()):
        try:
            serial = normalise(Scheme.SERIAL, value)
        except Rejected as refused:
            faults += [Fault(f"/serials/{n}", fault.code, fault.detail) for fault in refused.faults]
            continue
        if serial in seen:
            faults.append(Fault(f"/serials/{n}", "repeated", "This serial is named twice."))
        seen.add(serial)
        read.append(serial)
    if faults:
        raise Rejected(faults[:MOST_FAULTS])
    return read


@contextmanager
def _places(body: RegisterIn) -> Iterator[None]:
    """What the door finds wrong with an item, at the place of the body that names it."""
    try:
        yield
    except Rejected as refused:
        found = {(fault.code, place): fault for fault in refused.faults for place in [_place(body, fault.pointer)]}
        raise Rejected(
            [Fault(place, code, fault.detail) for (code, place), fault in found.items()][:MOST_FAULTS]
        ) from None
    except Taken as taken:
        named = taken.facts.get("pointers") or [taken.facts.get("pointer", "")]
        places = list(dict.fromkeys(_place(body, pointer) for pointer in named))
        raise Taken(taken.detail, **{**taken.facts, "pointer": places[0], "pointers": places}) from None


def _place(body: RegisterIn, pointer: str) -> str:
    match = _PLACE.fullmatch(pointer)
    n, rest = (match[1] or "0", match[2] or "") if match else ("0", pointer)
    if rest.startswith("/identifiers"):
        return "/range" if body.range is not None else f"/serials/{n}"
    return rest
