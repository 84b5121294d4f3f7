"""Histories of objects, from the revisions that triggers write (API 21). Items have events besides."""

from __future__ import annotations

from uuid import UUID

from app.db import reading
from app.db.columns import actor, facts, instant, plain
from app.db.listing import Listing, Order, equals
from app.db.session import Tx

LISTING = Listing(
    resource="history",
    table="revisions",
    columns=(
        plain("id"),
        plain("action"),
        plain("version"),
        instant("recorded_at"),
        actor(),
        facts("changed", "app.revealed(t.after)"),
    ),
    filters={"resource": equals("t.resource"), "object_id": equals("t.object_id", indexed=True)},
    orders={"recorded": Order((), id_kind="integer")},
    default_sort="-recorded",
    reference=None,
    versioned=False,
)


async def of(tx: Tx, listing: Listing, ident: str) -> dict[str, str | UUID]:
    """The filters of one object's history. NotFound when the object itself is out of the caller's sight."""
    return {"resource": listing.resource, "object_id": await reading.resolve(tx, listing, ident)}
