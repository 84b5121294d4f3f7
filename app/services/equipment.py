"""Equipment items: what they show, and the use cases around them. `stage` moves through `services/door.py` only."""

from __future__ import annotations

from dataclasses import replace

from app.db.columns import Column, instant, money, plain, related, structure
from app.db.listing import NEWEST, Filter, Listing, equals, span

_ORGANISATION = "'country', {a}.country"
_AGENCY = "'country', {a}.country, 'is_unit', {a}.is_unit"


def _detail(column: Column) -> Column:
    return replace(column, detail=True)


COLUMNS: tuple[Column, ...] = (
    plain("id"),
    plain("reference"),
    plain("serial", free_text=True),
    structure("identifiers"),
    related("component", "components", "t.component_id", expand="'country', {a}.country"),
    related(
        "model",
        "equipment_models",
        "t.model_id",
        expand="'manufacturer', {a}.manufacturer, 'model_number', {a}.model_number, 'type_id', {a}.type_id",
    ),
    plain("stage"),
    plain("condition"),
    plain("condition_reason", "nullif(t.condition_reason, '')"),
    instant("confirmed_at"),
    related("title", "organisations", "t.title_id", expand=_ORGANISATION),
    related("custody_organisation", "organisations", "t.custody_organisation_id", expand=_ORGANISATION),
    related("custody_site", "sites", "t.custody_site_id", expand="'kind', {a}.kind, 'country', {a}.country"),
    related("unit", "agencies", "t.unit_id", expand=_AGENCY),
    instant("receipt_confirmed_at"),
    plain("warranty_starts_on"),
    plain("warranty_ends_on"),
    money("unit_price", "t.unit_price_minor", "t.currency"),
    plain("external_id", free_text=True),
    plain("version"),
    instant("last_event_at", "t.occurred_at"),
    instant("created_at"),
    instant("updated_at"),
    _detail(related("supplier", "suppliers", "t.supplier_id")),
    _detail(related("delivery", "deliveries", "t.delivery_id", text="{a}.reference")),
    _detail(related("parent", "items", "t.parent_id", text="{a}.reference")),
    _detail(related("replaced_by", "items", "t.replaced_by_id", text="{a}.reference")),
    plain("children", "(SELECT count(*) FROM items c WHERE c.parent_id = t.id)", detail=True),
    plain("event_count", detail=True),
    plain("note", free_text=True, detail=True),
)

LISTING = Listing(
    resource="equipment",
    table="items",
    columns=COLUMNS,
    filters={
        "component_id": equals("t.component_id", indexed=True),
        "stage": equals("t.stage"),
        "condition": equals("t.condition"),
        "condition_reason": equals("t.condition_reason"),
        "model_id": equals("t.model_id", indexed=True),
        "type_id": Filter(
            "t.model_id IN (SELECT m.id FROM equipment_models m WHERE m.type_id = :value)",
            "t.model_id IN (SELECT m.id FROM equipment_models m WHERE m.type_id = ANY(:value))",
        ),
        "unit_id": equals("t.unit_id", indexed=True),
        "agency_id": Filter(
            "t.unit_id = ANY ((SELECT app.below(ARRAY[CAST(:value AS uuid)]))::uuid[])",
            "t.unit_id = ANY ((SELECT app.below(CAST(:value AS uuid[])))::uuid[])",
        ),
        "site_id": equals("t.custody_site_id", indexed=True),
        "title_id": equals("t.title_id"),
        "custody_organisation_id": equals("t.custody_organisation_id"),
        "delivery_id": equals("t.delivery_id", indexed=True),
        "supplier_id": equals("t.supplier_id"),
        "parent_id": equals("t.parent_id", indexed=True),
        "external_id": equals("t.external_id"),
        "identifier": Filter(
            "t.id = ANY ((SELECT app.items_identified(ARRAY[CAST(:value AS text)]))::uuid[])",
            "t.id = ANY ((SELECT app.items_identified(CAST(:value AS text[])))::uuid[])",
        ),
        "unconfirmed_since": Filter("(t.confirmed_at IS NULL OR t.confirmed_at < :value)"),
        **span("t.confirmed_at"),
        **span("t.created_at"),
        **span("t.updated_at"),
    },
    orders=NEWEST,
    component="component_id",
    agency="unit_id",
    search="t.id = ANY ((SELECT app.search_items(:words, 5000))::uuid[])",
)
