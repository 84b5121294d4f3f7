"""Beneficiary agencies, a tree whose leaves are units: list, get, create, change."""

from __future__ import annotations

from app.db import reading, writing
from app.db.columns import instant, names, plain, related, truth
from app.db.listing import NEWEST, Filter, Listing, Order, dated, equals
from app.db.session import Statement, Tx
from app.domain.access import Scope
from app.domain.errors import Rejected
from app.schemas.agencies import AgencyChange, AgencyIn
from app.services.importing import Importing
from app.services.organisations import LISTING as ORGANISATIONS
from app.services.references import reference_to

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
        "parent_id": equals("t.parent_id", indexed=True, to="agencies"),
        "organisation_id": equals("t.organisation_id", indexed=True, to="organisations"),
        "external_id": equals("t.external_id", indexed=True),
        "below": Filter(
            "t.id = ANY (app.below(ARRAY[:value]::uuid[]))", "t.id = ANY (app.below(:value))", to="agencies"
        ),
        **dated(),
    },
    orders={**NEWEST, "name": Order((("folded", "text"),))},
    search="(t.folded LIKE app.fold(:search) OR lower(t.reference) LIKE app.fold(:search))",
)

IS_BENEFICIARY = Statement("SELECT 'beneficiary' = ANY(kinds) FROM organisations WHERE id = :id")


async def create(tx: Tx, body: AgencyIn) -> reading.Reading:
    """Add an agency below one that the caller manages; the administrator also adds the top of a tree."""
    agency_id = body.id or writing.new_id()
    organisation_id = await reference_to(tx, ORGANISATIONS, body.organisation, "/organisation")
    if not await tx.value(IS_BENEFICIARY, id=organisation_id):
        raise Rejected.at("/organisation", "not_a_beneficiary", "Agencies are parts of beneficiaries.")
    values = {
        **body.model_dump(exclude={"id", "names", "parent", "organisation"}),
        **body.names.columns(),
        "id": agency_id,
        "organisation_id": organisation_id,
        "parent_id": await reference_to(tx, LISTING, body.parent, "/parent"),
    }
    await writing.insert(tx, "agencies", values)
    return await reading.answer(tx, LISTING, agency_id)


async def change(tx: Tx, ident: str, version: int, body: AgencyChange) -> reading.Reading:
    """Change what the patch names. A unit stays a leaf, and nothing comes to stand below itself (422)."""
    agency_id = await reading.resolve(tx, LISTING, ident)
    values = body.model_dump(exclude_unset=True, exclude={"names", "parent"})
    if "names" in body.model_fields_set:
        values |= body.names.columns()
    if "parent" in body.model_fields_set:
        values["parent_id"] = await reference_to(tx, LISTING, body.parent, "/parent")
    await writing.patch(tx, "agencies", agency_id, version, values)
    return await reading.answer(tx, LISTING, agency_id)


IMPORTING = Importing(
    listing=LISTING,
    scope=Scope.REGISTER_WRITE,
    body=AgencyIn,
    patch=AgencyChange,
    create=lambda work, body: create(work.tx, body),
    change=lambda work, ident, version, patch: change(work.tx, str(ident), version, patch),
    refers={"organisation": ORGANISATIONS, "parent": LISTING},
    unique_within="organisation",
    when={
        "parent_reference": "Required except at the top of a tree, which only an administrator adds.",
    },
    beside={
        "is_unit": frozenset({"parent"}),
        "parent": frozenset({"organisation", "is_unit"}),
        "external_id": frozenset({"organisation"}),
    },
)
