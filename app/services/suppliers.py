"""Suppliers: list, get, create, change. Each is an organisation too, written in the same transaction."""

from __future__ import annotations

from app.db import reading, writing
from app.db.columns import instant, names, plain, truth
from app.db.listing import NEWEST, Listing, Order, dated, equals
from app.db.session import Statement, Tx
from app.domain.access import Scope
from app.schemas.suppliers import SupplierChange, SupplierIn
from app.services.importing import Importing

LISTING = Listing(
    resource="suppliers",
    table="suppliers",
    columns=(
        plain("id"),
        plain("reference"),
        *names(),
        plain("country"),
        truth("active"),
        plain("external_id", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "country": equals("t.country"),
        "active": equals("t.active"),
        "external_id": equals("t.external_id", indexed=True),
        **dated(),
    },
    orders={**NEWEST, "name": Order((("folded", "text"),))},
    search="(t.folded LIKE app.fold(:search) OR lower(t.reference) LIKE app.fold(:search))",
)

#: What a supplier says about itself holds for its organisation, unless that is of other kinds too.
FOLLOW = Statement(
    "UPDATE organisations o SET name_en = s.name_en, name_fr = s.name_fr, name_it = s.name_it, name_ar = s.name_ar, "
    "country = s.country, version = o.version + 1, updated_at = clock_timestamp() "
    "FROM suppliers s WHERE s.id = :id AND o.id = s.id AND o.kinds = ARRAY['supplier'] "
    "AND (o.name_en, o.name_fr, o.name_it, o.name_ar, o.country) "
    "IS DISTINCT FROM (s.name_en, s.name_fr, s.name_it, s.name_ar, s.country)"
)


async def create(tx: Tx, body: SupplierIn) -> reading.Reading:
    """Add a supplier and its organisation."""
    supplier_id = body.id or writing.new_id()
    shared = {"id": supplier_id, "reference": body.reference, **body.names.columns(), "country": body.country}
    await writing.insert(tx, "organisations", {**shared, "kinds": ["supplier"]})
    await writing.insert(tx, "suppliers", {**shared, "external_id": body.external_id})
    return await reading.answer(tx, LISTING, supplier_id)


async def change(tx: Tx, ident: str, version: int, body: SupplierChange) -> reading.Reading:
    """Change what the patch names; its organisation follows."""
    supplier_id = await reading.resolve(tx, LISTING, ident)
    values = body.model_dump(exclude_unset=True, exclude={"names"})
    if "names" in body.model_fields_set:
        values |= body.names.columns()
    await writing.patch(tx, "suppliers", supplier_id, version, values)
    await tx.run(FOLLOW, id=supplier_id)
    return await reading.answer(tx, LISTING, supplier_id)


IMPORTING = Importing(
    listing=LISTING,
    scope=Scope.SUPPLIERS_WRITE,
    body=SupplierIn,
    patch=SupplierChange,
    create=lambda work, body: create(work.tx, body),
    change=lambda work, ident, version, patch: change(work.tx, str(ident), version, patch),
)
