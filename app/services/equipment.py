"""What equipment items show, and by what they are found: now, at an instant, and as it was known at an instant.

The same columns in all three cases: only the table behind them differs. What happens to items is in
`equipment_moves.py`, `equipment_bulk.py` and, for all of it, `door.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.db.columns import Column, instant, money, plain, related, structure
from app.db.listing import NEWEST, Filter, Listing, equals, span
from app.db.session import Statement, Tx
from app.domain.equipment import TRANSITIONS
from app.services.door_facts import ASKING, PART_IN_HANDOVER, RECEIVING_SIDE
from app.services.door_rows import STATE

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
        "component_id": equals("t.component_id", indexed=True, to="components"),
        "stage": equals("t.stage"),
        "condition": equals("t.condition"),
        "condition_reason": equals("t.condition_reason"),
        "model_id": equals("t.model_id", indexed=True, to="equipment_models"),
        "type_id": Filter(
            "t.model_id IN (SELECT m.id FROM equipment_models m WHERE m.type_id = :value)",
            "t.model_id IN (SELECT m.id FROM equipment_models m WHERE m.type_id = ANY(:value))",
            to="equipment_types",
        ),
        "unit_id": equals("t.unit_id", indexed=True, to="agencies"),
        "agency_id": Filter(
            "t.unit_id = ANY ((SELECT app.below(ARRAY[CAST(:value AS uuid)]))::uuid[])",
            "t.unit_id = ANY ((SELECT app.below(CAST(:value AS uuid[])))::uuid[])",
            to="agencies",
        ),
        "site_id": equals("t.custody_site_id", indexed=True, to="sites"),
        "title_id": equals("t.title_id", to="organisations"),
        "custody_organisation_id": equals("t.custody_organisation_id", to="organisations"),
        "delivery_id": equals("t.delivery_id", indexed=True, to="deliveries"),
        "supplier_id": equals("t.supplier_id", to="suppliers"),
        "parent_id": equals("t.parent_id", indexed=True, to="items"),
        "external_id": equals("t.external_id"),
        "identifier": Filter(
            "t.id = ANY ((SELECT app.items_identified(ARRAY[CAST(:value AS text)]))::uuid[])",
            "t.id = ANY ((SELECT app.items_identified(CAST(:value AS text[])))::uuid[])",
        ),
        "unconfirmed_since": Filter("(t.confirmed_at IS NULL OR t.confirmed_at < :value)"),
        **span("t.confirmed_at"),
        **span("t.created_at"),
        **span("t.updated_at"),
        # The listings of the past, below, are asked with these; see `listing_at`.
        "as_of": Filter("true"),
        "known_at": Filter("true"),
    },
    orders=NEWEST,
    component="component_id",
    agency="unit_id",
    search="t.id = ANY ((SELECT app.search_items(:words, 5000))::uuid[])",
    truncated="cardinality(app.search_items(:words, 5001)) > 5000",
)

# What the guards ask about requirements, told along where a step from this stage asks: one statement instead of three.
# `equipment_moves.with_actions` turns it into the answer's `available_actions`.
_ASKING = ", ".join(f"'{stage}'" for stage in sorted({stage for stage, action in TRANSITIONS if action in ASKING}))
# Likewise what confirming receipt asks of the caller, while it is outstanding.
_GUARDS = f"""json_build_object('stage', t.stage, 'received', t.receipt_confirmed_at IS NOT NULL,
    'receiver', CASE WHEN t.receipt_confirmed_at IS NULL AND t.unit_id IS NOT NULL THEN (SELECT json_build_object(
        'own', {RECEIVING_SIDE}, 'part', {PART_IN_HANDOVER}) FROM (SELECT t.id, t.unit_id) i) END,
    'enforced', CASE WHEN t.stage IN ({_ASKING}) THEN (SELECT to_json(p.enforced_requirements) FROM components c
        JOIN programmes p ON p.id = c.programme_id WHERE c.id = t.component_id) END,
    'rows', CASE WHEN t.stage IN ({_ASKING}) THEN (SELECT json_agg(json_build_object('kind', r.kind,
        'decision', r.decision, 'starts_on', r.starts_on, 'ends_on', r.ends_on, 'at', r.updated_at,
        'by', r.decided_by_person, 'requested_by', r.requested_by_person))
        FROM requirements r WHERE (r.item_id = t.id OR r.model_id = t.model_id AND r.component_id = t.component_id)
        AND r.revoked_at IS NULL) END)"""
#: One item: the columns of the list, the detail, and at the very end what `available_actions` is made of.
ONE = replace(LISTING, resource="equipment-item", columns=(*COLUMNS, Column("available_actions", _GUARDS, detail=True)))

_KEPT = (
    "id",
    "reference",
    "component_id",
    "model_id",
    "parent_id",
    "delivery_id",
    "supplier_id",
    "serial",
    "identifiers",
    "unit_price_minor",
    "currency",
    "event_count",
    "external_id",
    "note",
    "version",
    "created_at",
    "updated_at",
)
_THEN = ", ".join([*(f"i.{name}" for name in _KEPT), *(f"s.{name}" for name in STATE), "s.starts_at AS occurred_at"])


def _past(resource: str, source: str, **filters: Filter) -> Listing:
    """The items with the facts of another moment; identity, price and note are not dated."""
    columns = tuple(replace(column, detail=False) for column in COLUMNS)
    return replace(
        LISTING,
        resource=resource,
        table=source,
        columns=columns,
        filters={**LISTING.filters, **filters},
        component=None,
    )


#: Read from the spans: one look-up per item, whatever its history.
AS_OF = _past(
    "equipment-as-of",
    f"(SELECT {_THEN}, s.ends_at FROM item_spans s JOIN items i ON i.id = s.item_id)",
    as_of=Filter("t.occurred_at <= :value AND t.ends_at > :value"),
)
#: Folded from the events that were known, item after item: the first page after as many as it shows, however many there
#: are. An item is known from the instant at which it was recorded, and by then was something.
KNOWN = _past(
    "equipment-known",
    f"(SELECT {_THEN} FROM items i CROSS JOIN LATERAL app.state_known(i.id, CAST(:f_as_of AS timestamptz), "
    "CAST(:f_known_at AS timestamptz)) s WHERE i.created_at <= CAST(:f_known_at AS timestamptz))",
)
#: All folded at once, where only what they were then says which are meant: by dated facts, or at an instant at which
#: many that were known later were nothing yet.
KNOWN_ALL = _past(
    "equipment-known-all",
    f"(SELECT {_THEN} FROM app.states_known(NULL, CAST(:f_as_of AS timestamptz), CAST(:f_known_at AS timestamptz)) s "
    "JOIN items i ON i.id = s.item_id)",
)
#: Filters by dated facts, and filters that leave few items whatever these were.
_DATED = {"stage", "condition", "condition_reason", "unit_id", "agency_id", "site_id", "title_id",
          "custody_organisation_id", "unconfirmed_since", "confirmed_at_gte", "confirmed_at_lt"}  # fmt: skip
_FEW = {"id", "delivery_id", "parent_id", "external_id", "identifier"}


def listing_at(filters: Mapping[str, Any]) -> Listing:
    """The listing that answers what is asked, about now or a moment of the past (`schemas.equipment.Moment.past`)."""
    if "known_at" in filters:
        many = _DATED & filters.keys() or filters["as_of"] < filters["known_at"]
        return KNOWN_ALL if many and not _FEW & filters.keys() else KNOWN
    return AS_OF if "as_of" in filters else LISTING


_ASTRAY = Statement("SELECT * FROM app.holdings_astray()")


async def check_holdings(tx: Tx) -> list[dict[str, Any]]:
    """Where the counts that readiness reads differ from the items, as the owner sees both; empty when all is well.

    Each difference names its key, how many items there are (`counted`) and how many the summary says (`kept`).
    """
    return [dict(row) for row in await tx.rows(_ASTRAY)]
