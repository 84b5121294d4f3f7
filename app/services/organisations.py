"""Organisations of every kind."""

from __future__ import annotations

from app.db.columns import instant, names, plain, structure
from app.db.listing import NEWEST, Filter, Listing, Order, equals

LISTING = Listing(
    resource="organisations",
    table="organisations",
    columns=(
        plain("id"),
        plain("reference"),
        *names(),
        structure("kinds", "to_json(t.kinds)"),
        plain("country"),
        plain("external_id", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "kind": Filter("t.kinds @> ARRAY[CAST(:value AS text)]", "t.kinds && CAST(:value AS text[])"),
        "country": equals("t.country"),
    },
    orders={**NEWEST, "name": Order((("folded", "text"),))},
    search="t.folded LIKE app.fold(:search)",
)
