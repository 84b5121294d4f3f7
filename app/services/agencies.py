"""Beneficiary agencies: a tree whose leaves are units."""

from __future__ import annotations

from app.db.columns import instant, names, plain, related, truth
from app.db.listing import NEWEST, Filter, Listing, Order, equals

LISTING = Listing(
    resource="agencies",
    table="agencies",
    columns=(
        plain("id"),
        plain("reference"),
        *names(),
        related("parent", "agencies", "t.parent_id"),
        related("organisation", "organisations", "t.organisation_id"),
        plain("country"),
        truth("is_unit"),
        truth("active"),
        plain("external_id", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "country": equals("t.country"),
        "is_unit": equals("t.is_unit"),
        "active": equals("t.active"),
        "parent_id": equals("t.parent_id", indexed=True),
        "organisation_id": equals("t.organisation_id"),
        "below": Filter("t.id = ANY (app.below(ARRAY[:value]::uuid[]))", "t.id = ANY (app.below(:value))"),
    },
    orders={**NEWEST, "name": Order((("folded", "text"),))},
    search="t.folded LIKE app.fold(:search)",
)
