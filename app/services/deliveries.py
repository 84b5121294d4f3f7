"""Deliveries: list, get, create, change, link, receive, close. `services/deliveries_items.py` registers items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.db import reading, writing
from app.db.columns import instant, person, plain, related, structure
from app.db.listing import NEWEST, Listing, dated, equals
from app.db.session import Statement, Tx
from app.domain.deliveries import (
    DeliveryAction,
    DeliveryStage,
    check_delivery_open,
    decide_delivery,
    legal_delivery_actions,
)
from app.domain.equipment import Action, Stage
from app.domain.errors import Conflict, Fault, Forbidden, Rejected, Stale
from app.schemas.deliveries import DeliveryChange, DeliveryIn, Discrepancy, LinkIn, ReceiveIn
from app.services import door
from app.services.authority import caller_of
from app.services.components import LISTING as COMPONENTS
from app.services.documents_lines import MOST_FAULTS, items_named, said_once
from app.services.door import Move, check_when
from app.services.references import reference_to
from app.services.sites import LISTING as SITES
from app.services.suppliers import LISTING as SUPPLIERS

_ACTIONS = " ".join(
    f"WHEN '{stage}' THEN '[{', '.join(chr(34) + action + chr(34) for action in legal_delivery_actions(stage))}]'"
    for stage in DeliveryStage
)
_BY_STAGE = (
    "(SELECT coalesce(json_agg(json_build_object('stage', s.stage, 'items', s.n) ORDER BY s.stage COLLATE \"C\"), "
    "'[]') FROM (SELECT i.stage, count(*) AS n FROM items i WHERE i.delivery_id = t.id GROUP BY i.stage) s)"
)

LISTING = Listing(
    resource="deliveries",
    table="deliveries",
    columns=(
        plain("id"),
        plain("reference"),
        related("component", "components", "t.component_id", expand="'country', {a}.country"),
        related("supplier", "suppliers", "t.supplier_id", expand="'country', {a}.country"),
        related("site", "sites", "t.site_id", expand="'kind', {a}.kind, 'country', {a}.country"),
        plain("status"),
        plain("contract_reference", free_text=True),
        plain("tranche"),
        plain("expected_on"),
        instant("received_at"),
        plain("external_id", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
        structure("items", _BY_STAGE, detail=True),
        structure("discrepancies", detail=True),
        person("recorded_by", "t.recorded_by_person", detail=True),
        person("received_by", "t.received_by_person", detail=True),
        plain("note", free_text=True, detail=True),
        structure("available_actions", f"(CASE t.status {_ACTIONS} END)::json", detail=True),
    ),
    filters={
        "component_id": equals("t.component_id", indexed=True, to="components"),
        "supplier_id": equals("t.supplier_id", to="suppliers"),
        "site_id": equals("t.site_id", to="sites"),
        "status": equals("t.status"),
        "contract_reference": equals("t.contract_reference"),
        "external_id": equals("t.external_id"),
        **dated(),
    },
    orders=NEWEST,
    component="component_id",
    search="(lower(t.reference) LIKE app.fold(:search) OR app.fold(t.contract_reference) LIKE app.fold(:search))",
)

_REFERENCE = Statement(
    "SELECT (app.next_references('DEL', (SELECT c.country FROM components c WHERE c.id = :component_id), "
    "extract(year FROM clock_timestamp() AT TIME ZONE 'UTC')::integer, 1))[1]"
)
_LOCK = Statement("SELECT d.* FROM deliveries d WHERE d.id = :id FOR UPDATE")
#: Asked under the lock: a statement that waits for a lock has told the time before it waited.
_NOW = Statement("SELECT clock_timestamp()")
#: Whoever adds items holds the delivery: it is not received or closed meanwhile, and others may add beside.
SHARE = Statement("SELECT d.* FROM deliveries d WHERE d.id = :id FOR SHARE")
_ORGANISATION_OF = Statement("SELECT organisation_id FROM sites WHERE id = CAST(:id AS uuid)")
_EXPECTED = Statement(
    "SELECT id, reference FROM items WHERE delivery_id = :id AND stage = ANY(CAST(:stages AS text[])) ORDER BY id"
)
_LINK = Statement(
    "WITH wanted AS (SELECT i.id FROM items i WHERE i.id = ANY(CAST(:ids AS uuid[])) ORDER BY i.id FOR NO KEY UPDATE) "
    "UPDATE items i SET delivery_id = :delivery, version = i.version + 1, updated_at = clock_timestamp() "
    "FROM wanted w WHERE i.id = w.id AND i.stage = ANY(CAST(:stages AS text[]))"
)
_NOTE_LINK = Statement("SELECT app.note_link(:delivery, :n)")
#: Stages of items that are still to come.
TO_COME = (Stage.ORDERED.value, Stage.SHIPPED.value)
#: What may still be said of a delivery that was received.
_LATE_FIELDS = frozenset({"discrepancies", "note", "external_id"})


async def create(tx: Tx, body: DeliveryIn) -> reading.Reading:
    """Announce a delivery. Whoever records it does not approve the acceptance of its items (DOMAIN 2)."""
    caller = caller_of(tx)
    delivery_id = body.id or writing.new_id()
    component_id = await reference_to(tx, COMPONENTS, body.component, "/component")
    await writing.insert(
        tx,
        "deliveries",
        {
            "id": delivery_id,
            "reference": await tx.value(_REFERENCE, component_id=component_id),
            "component_id": component_id,
            "supplier_id": await reference_to(tx, SUPPLIERS, body.supplier, "/supplier"),
            "site_id": await reference_to(tx, SITES, body.site, "/site"),
            "recorded_by": caller.id,
            "recorded_by_person": caller.person_id,
            **body.model_dump(include={"contract_reference", "tranche", "expected_on", "note", "external_id"}),
        },
    )
    return await reading.one(tx, LISTING, delivery_id)


async def change(tx: Tx, ident: str, version: int, body: DeliveryChange) -> reading.Reading:
    """Change what the patch names: all of a draft, what went wrong of a received one, nothing of a closed one."""
    row = await _open(tx, ident, version)
    stage = DeliveryStage(row["status"])
    check_delivery_open(stage, "change")
    sent = body.model_fields_set
    if stage is not DeliveryStage.DRAFT and sent - _LATE_FIELDS:
        raise Rejected(
            [Fault(f"/{name}", "not_draft", "This is changed in drafts only.") for name in sorted(sent - _LATE_FIELDS)]
        )
    values = body.model_dump(include=sent & {"contract_reference", "tranche", "expected_on", "note", "external_id"})
    if "supplier" in sent:
        values["supplier_id"] = await reference_to(tx, SUPPLIERS, body.supplier, "/supplier")
    if "site" in sent:
        values["site_id"] = await reference_to(tx, SITES, body.site, "/site")
    if "discrepancies" in sent:
        values["discrepancies"] = (await _reported(tx, row["id"], body.discrepancies))[0]
    await writing.patch(tx, "deliveries", row["id"], version, values)
    return await reading.one(tx, LISTING, row["id"])


async def link(tx: Tx, ident: str, body: LinkIn) -> int:
    """Items that were ordered before come with this delivery; how many.

    An item that did not come with another delivery is linked to the one with which it comes.
    """
    row = await shared(tx, ident)
    check_delivery_open(DeliveryStage(row["status"]), "link")
    pointers = [f"/items/{n}" for n in range(len(body.items))]
    items = await items_named(tx, body.items, pointers)
    faults: list[Fault] = []
    for pointer, item in zip(pointers, items, strict=True):
        if item["component_id"] != row["component_id"]:
            faults.append(Fault(pointer, "other_component", "The item belongs to another component."))
        elif item["stage"] not in TO_COME:
            faults.append(Fault(pointer, "arrived_already", f"The item is {item['stage']} already."))
    if faults:
        raise Rejected(faults[:MOST_FAULTS])
    linked = await tx.run(_LINK, delivery=row["id"], ids=[item["id"] for item in items], stages=list(TO_COME))
    if linked != len(items):
        raise Conflict("Somebody else moved some of these items just now; read them again.")
    await tx.run(_NOTE_LINK, delivery=row["id"], n=linked)
    return linked


async def receive(tx: Tx, ident: str, version: int, body: ReceiveIn) -> reading.Reading:
    """The delivery has arrived: its items are delivered through the one door, in condition unknown.

    Items reported missing stay where they are. Custody passes to the organisation of the site.
    """
    caller = caller_of(tx)
    row = await _open(tx, ident, version)
    stage = decide_delivery(DeliveryStage(row["status"]), DeliveryAction.RECEIVE)
    site_id = await reference_to(tx, SITES, body.site, "/site") or row["site_id"]
    discrepancies, missing = await _reported(tx, row["id"], body.discrepancies)
    now = await tx.value(_NOW)
    check_when(tx, body.occurred_at or now, {**row, "now": now, "occurred_at": now}, body.backdating_reason)
    expected = await tx.rows(_EXPECTED, id=row["id"], stages=list(TO_COME))
    custody = await arrival(tx, site_id)
    arrived = [item for item in expected if item["id"] not in missing]
    if arrived:
        with said_once([item["reference"] for item in arrived]):
            moves = [Move(item["id"], Action.DELIVER, custody) for item in arrived]
            await door.move(tx, moves, occurred_at=body.occurred_at, reason=body.backdating_reason)
    await writing.change(
        tx,
        "deliveries",
        row["id"],
        version,
        {
            "status": stage.value,
            "received_at": body.occurred_at or now,
            "site_id": site_id,
            "discrepancies": discrepancies,
            "received_by": caller.id,
            "received_by_person": caller.person_id,
        },
    )
    return await reading.one(tx, LISTING, row["id"])


async def close(tx: Tx, ident: str, version: int) -> reading.Reading:
    """Nothing more is added to the delivery or reported about it."""
    row = await _open(tx, ident, version)
    stage = decide_delivery(DeliveryStage(row["status"]), DeliveryAction.CLOSE)
    await writing.change(tx, "deliveries", row["id"], version, {"status": stage.value})
    return await reading.one(tx, LISTING, row["id"])


async def arrival(tx: Tx, site_id: UUID | None) -> dict[str, UUID]:
    """Custody of what arrives at a site. Rejected without one."""
    if site_id is None:
        raise Rejected.at("/site", "missing", "Where it arrived has to be known.")
    return {"custody_organisation_id": await tx.value(_ORGANISATION_OF, id=site_id), "custody_site_id": site_id}


async def shared(tx: Tx, ident: str) -> Mapping[str, Any]:
    """The delivery, held against being received or closed. Forbidden when it may be seen but not changed."""
    row = await tx.row(SHARE, id=await reading.resolve(tx, LISTING, ident))
    if row is None:
        raise Forbidden("You may see this, but not change it.")
    held: Mapping[str, Any] = row
    return held


async def _open(tx: Tx, ident: str, version: int) -> Mapping[str, Any]:
    row = await tx.row(_LOCK, id=await reading.resolve(tx, LISTING, ident))
    if row is None:
        raise Forbidden("You may see this, but not change it.")
    if row["version"] != version:
        raise Stale(f"The current version is {row['version']}.", current=row["version"])
    opened: Mapping[str, Any] = row
    return opened


async def _reported(
    tx: Tx, delivery_id: UUID, discrepancies: Sequence[Discrepancy]
) -> tuple[list[dict[str, Any]], set[UUID]]:
    """Discrepancies as they are kept, and the items that are missing. Items have to be those of the delivery."""
    named = [(n, each.item) for n, each in enumerate(discrepancies) if each.item is not None]
    pointers = [f"/discrepancies/{n}/item" for n, _ in named]
    items = await items_named(tx, [item for _, item in named], pointers) if named else []
    faults = [
        Fault(pointer, "other_delivery", "The item is not one of this delivery.")
        for pointer, item in zip(pointers, items, strict=True)
        if item["delivery_id"] != delivery_id
    ]
    if faults:
        raise Rejected(faults[:MOST_FAULTS])
    by_place = {n: item for (n, _), item in zip(named, items, strict=True)}
    kept = []
    for n, each in enumerate(discrepancies):
        item = by_place.get(n)
        kept.append(
            {
                "kind": each.kind,
                "item": {"id": str(item["id"]), "reference": item["reference"]} if item else None,
                "quantity": each.quantity,
                "note": each.note,
            }
        )
    return kept, {item["id"] for n, item in by_place.items() if discrepancies[n].kind == "missing"}
