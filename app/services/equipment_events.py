"""The history of one item: events as they were recorded, and what of them counts (DOMAIN 3, Time and Chain)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.db import reading
from app.db.columns import actor, facts, instant, plain, related, structure
from app.db.listing import Listing, Order, equals
from app.db.session import Statement, Tx
from app.domain.errors import NotFound
from app.domain.history import effective, fold
from app.domain.persons import unnamed
from app.schemas.equipment import EffectiveEventOut, EffectiveOut, Moment
from app.services.authority import caller_of
from app.services.door_rows import event_of
from app.services.equipment import LISTING as ITEMS

_AUDITOR = "CASE WHEN app.has('u') THEN encode(t.{name}, 'hex') END"

#: Positions count from 1 per item, so they serve as the id that ends the order.
LISTING = Listing(
    resource="equipment-events",
    table="(SELECT e.*, e.position AS id FROM events e)",
    columns=(
        plain("position"),
        plain("kind"),
        instant("occurred_at"),
        instant("recorded_at"),
        actor(),
        facts("changes", "t.changes"),
        facts("payload", "t.payload"),
        structure(
            "texts",
            "(SELECT x.text::json FROM event_texts x WHERE x.item_id = t.item_id AND x.position = t.position)",
        ),
        plain("corrects"),
        related("document", "documents", "t.document_id", text="{a}.reference"),
        plain("previous", _AUDITOR.format(name="previous")),
        plain("hash", _AUDITOR.format(name="hash")),
        plain("text_hash", _AUDITOR.format(name="text_hash")),
    ),
    filters={"item_id": equals("t.item_id", indexed=True, to="items")},
    orders={"position": Order((("item_id", "uuid"),), id_kind="integer")},
    default_sort="position",
    reference=None,
    versioned=False,
)

_HISTORY = Statement("SELECT * FROM app.item_history(ARRAY[CAST(:id AS uuid)])")
_SEEN = Statement("SELECT app.see() AS see, app.own_agencies() AS own, component_id FROM items WHERE id = :id")


async def of(tx: Tx, ident: str) -> dict[str, UUID]:
    """The filter of one item's events. NotFound when the item itself is out of the caller's sight."""
    return {"item_id": await reading.resolve(tx, ITEMS, ident)}


async def counting(tx: Tx, ident: str, moment: Moment) -> EffectiveOut:
    """The events that count at a moment, and the state that they amount to.

    A unit of a beneficiary is told what happened since it got the item: what is before that belongs to others.
    """
    item_id = await reading.resolve(tx, ITEMS, ident)
    seen = await tx.row(_SEEN, id=item_id)
    if seen is None:
        raise NotFound
    events = [event_of(row) for row in await tx.rows(_HISTORY, id=item_id)]
    told = dict if caller_of(tx).may_know_who(seen["component_id"]) else unnamed
    at: dict[str, Any] = {"as_of": moment.as_of, "known_at": moment.known_at}
    counted = effective(events, **at)
    state = fold(events, **at)
    if seen["component_id"] not in seen["see"]:
        own = set(seen["own"])
        counted = [e for e in counted if _unit_at(events, e.occurred_at, moment) in own]
        state = state if state is not None and state.unit_id in own else None
    return EffectiveOut(
        items=[
            EffectiveEventOut(
                position=e.position,
                kind=e.kind,
                occurred_at=e.occurred_at.astimezone(UTC),
                recorded_at=e.recorded_at.astimezone(UTC),
                changes=told(e.changes),
            )
            for e in counted
        ],
        stage=state.stage if state else None,
        condition=state.condition if state else None,
    )


def _unit_at(events: Any, at: datetime, moment: Moment) -> UUID | None:
    state = fold(events, as_of=at, known_at=moment.known_at)
    return state.unit_id if state else None
