"""Histories of objects, from the revisions that triggers write (API 21). Items have events besides."""

from __future__ import annotations

from uuid import UUID

from app.db import reading
from app.db.columns import Column, instant, plain, structure
from app.db.listing import Listing, Order, equals
from app.db.session import Tx

_ACTOR = "coalesce(j_account.display_name, j_client.name)"

LISTING = Listing(
    resource="history",
    table="revisions",
    columns=(
        plain("id"),
        plain("action"),
        plain("version"),
        instant("recorded_at"),
        Column(
            "actor",
            f"CASE WHEN t.actor_id IS NULL THEN NULL ELSE json_build_object('id', t.actor_id, 'label', {_ACTOR}) END",
            cells=(("actor_id", "t.actor_id"), ("actor_label", _ACTOR)),
            join="LEFT JOIN accounts j_account ON j_account.id = t.actor_id "
            "LEFT JOIN clients j_client ON j_client.id = t.actor_id",
            free_text=True,
        ),
        structure("changed", "app.revealed(t.after)"),
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
