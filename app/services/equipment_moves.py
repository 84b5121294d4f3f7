"""One item at a time: get, create, change, and the steps of its life. All of them answer with the whole item."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.db import reading, writing
from app.db.plans import plan_written
from app.db.reading import Reading
from app.db.session import Statement, Tx
from app.domain.asked import Asked
from app.domain.equipment import Action, Facts, ItemState, Stage, available_actions
from app.domain.errors import Conflict, Fault, NotFound, Rejected
from app.domain.item import Condition
from app.domain.money import parse_money
from app.domain.requirements import KINDS, Requirement, RequirementDecision, RequirementKind, Subject, missing
from app.schemas.common import Money
from app.schemas.equipment import (
    ConditionIn,
    EquipmentChange,
    EquipmentCorrectionIn,
    EquipmentIn,
    EquipmentReadQuery,
    ReceiptIn,
    TransitionIn,
)
from app.services import door, door_corrections, door_references, door_register, door_rows
from app.services.components import LISTING as COMPONENTS
from app.services.door import Move, NewItem
from app.services.door_corrections import Correction
from app.services.door_facts import Receiver, receives
from app.services.equipment import COLUMNS, LISTING, ONE, listing_at
from app.services.equipment_models import LISTING as MODELS
from app.services.organisations import LISTING as ORGANISATIONS
from app.services.references import reference_to
from app.services.sites import LISTING as SITES
from app.services.suppliers import LISTING as SUPPLIERS

_ACTIONS = b',"available_actions":'
#: Whether one item stands below another, or is it.
_BELOW = Statement(
    "WITH RECURSIVE up AS (SELECT id, parent_id FROM items WHERE id = :parent UNION "
    "SELECT i.id, i.parent_id FROM items i JOIN up ON i.id = up.parent_id) "
    "SELECT EXISTS (SELECT 1 FROM up WHERE id = :id)"
)


async def get(tx: Tx, ident: str, query: EquipmentReadQuery, language: str) -> Reading:
    """One item now, with its available actions; or at another moment, without them."""
    asked = query.asked(language)
    if not query.past:
        return with_actions(tx, await reading.one(tx, ONE, ident, asked))
    item_id = await reading.resolve(tx, LISTING, ident)
    fields = asked.fields or tuple(column.name for column in COLUMNS)
    then = Asked({**query.past, "id": item_id}, limit=1, fields=fields, expand=asked.expand, language=language)
    page = await reading.page(tx, listing_at(query.past, 1), then)
    if page.items == b"[]":
        raise NotFound("The item did not exist, or was out of your sight, at that moment.")
    return Reading(page.items[1:-1], None, item_id)


def with_actions(tx: Tx, read: Reading) -> Reading:
    """The answer with what the item's steps are, instead of the facts about its guards at its end."""
    head, found, facts = read.body.rpartition(_ACTIONS)
    if not found:
        return read
    scopes = tx.caller.scopes if tx.caller else frozenset()
    receiving = receives(tx.caller, own_unit=True)
    actions = _steps(facts[:-1], receiving, scopes, datetime.now(UTC).date())
    return Reading(head + _ACTIONS + actions + b"}", read.version, read.id)


@lru_cache(maxsize=1024)
def _steps(facts: bytes, receiving: bool, scopes: frozenset[str], today: date) -> bytes:  # noqa: FBT001  a key
    """The steps as JSON, from the facts about the guards as PostgreSQL told them; most items have the same."""
    told = orjson.loads(facts)
    unmet = frozenset() if told["enforced"] is None else _unmet(told["enforced"], told["rows"] or (), today)
    standing = told["receiver"] or {"own": True, "part": False}  # confirmed: what is missing is only that it is not
    receiver = Receiver(receiving and standing["own"], standing["part"])
    return _actions(told["stage"], told["received"], receiver, scopes, unmet)


def _unmet(enforced: Collection[str], rows: Collection[Mapping[str, Any]], today: date) -> frozenset[RequirementKind]:
    """Enforced kinds that could be met by the item itself and are not; its receiving unit is not known yet."""
    own = [kind for kind in enforced if "item" in KINDS[RequirementKind(kind)].subjects]
    subject: Subject = ("item", UUID(int=0))
    read = [
        Requirement(
            kind=RequirementKind(row["kind"]),
            subject=subject,
            decision=RequirementDecision(row["decision"]),
            valid_from=date.fromisoformat(row["starts_on"]),
            valid_until=date.fromisoformat(row["ends_on"]) if row["ends_on"] else None,
            decided_at=datetime.fromisoformat(row["at"]),
            decided_by=UUID(row["by"]),
            requested_by=UUID(row["requested_by"]) if row["requested_by"] else None,
        )
        for row in rows
    ]
    return frozenset(missing(own, read, today, [subject]))


@lru_cache(maxsize=4096)
def _actions(
    stage: str,
    received: bool,  # noqa: FBT001  a key of the cache
    receiver: Receiver,
    scopes: frozenset[str],
    unmet: frozenset[RequirementKind],
) -> bytes:
    """The steps from a stage as JSON; the same for all items that stand alike."""
    now = datetime.now(UTC)
    before = Stage.DELIVERED if stage == Stage.LOST else None
    state = ItemState(Stage(stage), before, Condition.UNKNOWN, receipt_confirmed_at=now if received else None)
    facts = Facts(now, missing_requirements=unmet, receiving_side=receiver.side, part_in_handover=receiver.part)
    return orjson.dumps(
        [
            {
                "action": each.action,
                "allowed": each.allowed,
                "missing": each.missing,
                "because": each.because,
                "required": each.required,
            }
            for each in available_actions(state, facts, scopes)
        ]
    )


async def create(tx: Tx, body: EquipmentIn) -> Reading:
    """Register an item in one statement, after references that are not ids have been looked up."""
    item = await new_item(tx, body)
    plan = plan_written(ONE, Asked(), "register", door_register.REGISTER, "made")
    rows = await door_register.write_new(
        tx, plan.statement, [item], occurred_at=body.occurred_at, reason=body.backdating_reason
    )
    return with_actions(tx, Reading(rows[0][0].encode(), rows[0][1], rows[0][2]))


async def new_item(tx: Tx, body: EquipmentIn, prefix: str = "") -> NewItem:
    """The item that a body describes, its references resolved under the caller's rows."""
    price = minor(body.unit_price, f"{prefix}/unit_price")
    return NewItem(
        id=body.id or writing.new_id(),
        component_id=await _id_of(tx, COMPONENTS, body.component, f"{prefix}/component"),
        model_id=await _id_of(tx, MODELS, body.model, f"{prefix}/model"),
        identifiers=[each.model_dump() for each in body.identifiers],
        supplier_id=await reference_to(tx, SUPPLIERS, body.supplier, f"{prefix}/supplier"),
        parent_id=await reference_to(tx, LISTING, body.parent, f"{prefix}/parent"),
        title_organisation_id=await reference_to(
            tx, ORGANISATIONS, body.title_organisation, f"{prefix}/title_organisation"
        ),
        custody_organisation_id=await reference_to(
            tx, ORGANISATIONS, body.custody_organisation, f"{prefix}/custody_organisation"
        ),
        custody_site_id=await reference_to(tx, SITES, body.custody_site, f"{prefix}/custody_site"),
        unit_price_minor=price,
        currency=body.unit_price.currency if body.unit_price else None,
        external_id=body.external_id,
        note=body.note,
    )


async def _id_of(tx: Tx, listing: Any, ident: str, pointer: str) -> UUID:
    """An id as it is (the registering statement sees for itself whether it is in sight), or a reference's."""
    try:
        return UUID(ident)
    except ValueError:
        return await reference_to(tx, listing, ident, pointer)


def minor(price: Money | None, pointer: str) -> int | None:
    """An amount in minor units."""
    return None if price is None else parse_money(price.amount, price.currency, pointer).minor


async def change(tx: Tx, ident: str, version: int, body: EquipmentChange) -> Reading:
    """Change what the patch names; nothing that events move."""
    item_id = await reading.resolve(tx, LISTING, ident)
    await change_one(tx, item_id, version, body)
    return with_actions(tx, await reading.one(tx, ONE, item_id))


async def change_one(tx: Tx, item_id: UUID, version: int, body: EquipmentChange, prefix: str = "") -> int:
    """The patch itself; the version after it."""
    sent = body.model_fields_set
    values = body.model_dump(include=sent & {"external_id", "note"})
    if "unit_price" in sent:
        values["unit_price_minor"] = minor(body.unit_price, f"{prefix}/unit_price")
        values["currency"] = body.unit_price.currency if body.unit_price else None
    if "supplier" in sent:
        values["supplier_id"] = await reference_to(tx, SUPPLIERS, body.supplier, f"{prefix}/supplier")
    if "parent" in sent:
        values["parent_id"] = parent = await reference_to(tx, LISTING, body.parent, f"{prefix}/parent")
        if parent is not None and await tx.value(_BELOW, parent=parent, id=item_id):
            raise Conflict("An item cannot be part of itself.")
    return await writing.patch(tx, "items", item_id, version, values)


async def move(tx: Tx, ident: str, version: int, body: TransitionIn) -> Reading:
    """One step along the graph."""
    with payload_places():
        (payload,) = await door_references.resolve(tx, [body.payload.sent()], [""])
    return await _move(tx, ident, version, body.action, payload, body)


async def report_condition(tx: Tx, ident: str, version: int, body: ConditionIn) -> Reading:
    """What somebody has seen that the item can do."""
    sent = body.model_dump(include={"condition", "condition_reason"}, exclude_none=True)
    return await _move(tx, ident, version, Action.REPORT_CONDITION, sent, body, inside="")


async def confirm_receipt(tx: Tx, ident: str, version: int, body: ReceiptIn) -> Reading:
    """The receiving unit has it."""
    return await _move(tx, ident, version, Action.CONFIRM_RECEIPT, {}, body)


async def _move(
    tx: Tx,
    ident: str,
    version: int,
    action: Action,
    payload: Mapping[str, Any],
    body: TransitionIn | ConditionIn | ReceiptIn,
    inside: str = "/payload",
) -> Reading:
    item_id = await item_of(tx, ident)
    one = Move(item_id, action, payload, version, body.note)
    plan = plan_written(ONE, Asked(), "move", door_rows.WRITE, "changed")
    with payload_places(inside):
        row = await door.move_showing(
            tx, one, plan.statement, occurred_at=body.occurred_at, reason=body.backdating_reason
        )
    return with_actions(tx, Reading(row[0].encode(), row[1], row[2]))


async def item_of(tx: Tx, ident: str) -> UUID:
    """The id of an item; an id is taken as it is, because the door looks whether it is in sight."""
    try:
        return UUID(ident)
    except ValueError:
        return await reading.resolve(tx, LISTING, ident)


async def correct(tx: Tx, ident: str, version: int, body: EquipmentCorrectionIn) -> Reading:
    """A new event that corrects an old one, or takes it back."""
    item_id = await item_of(tx, ident)
    with payload_places():
        (payload,) = await door_references.resolve(tx, [body.payload.sent()], [""])
        if body.note is not None:
            payload["note"] = body.note
        one = Correction(item_id, version, body.position, body.reason, payload, body.occurred_at, body.annul)
        plan = plan_written(ONE, Asked(), "move", door_rows.WRITE, "changed")
        row = await door_corrections.correct(tx, one, plan.statement)
    return with_actions(tx, Reading(row[0].encode(), row[1], row[2]))


#: Members that stand beside the payload in a body.
_BESIDE = frozenset({"/occurred_at", "/backdating_reason", "/action", "/note", "/position", "/id"})


def placed(fault: Fault, inside: str = "/payload") -> Fault:
    """A fault of the domain at its place in the body of a step."""
    if fault.pointer in _BESIDE or not fault.pointer.removeprefix("/"):
        return fault
    return Fault(inside + fault.pointer, fault.code, fault.detail)


@contextmanager
def payload_places(inside: str = "/payload") -> Iterator[None]:
    """Faults of a step named at their places in the body."""
    try:
        yield
    except Rejected as refused:
        raise Rejected([placed(fault, inside) for fault in refused.faults]) from None


__all__ = [
    "change",
    "change_one",
    "confirm_receipt",
    "correct",
    "create",
    "get",
    "item_of",
    "move",
    "new_item",
    "payload_places",
    "placed",
    "report_condition",
]
