"""Equipment types: list, get, create, change."""

from __future__ import annotations

from app.db import reading, writing
from app.db.columns import instant, names, plain
from app.db.listing import NEWEST, Listing, Order, dated, equals
from app.db.session import Tx
from app.domain.access import Scope
from app.schemas.equipment_types import EquipmentTypeChange, EquipmentTypeIn
from app.services.importing import Importing

LISTING = Listing(
    resource="equipment-types",
    table="equipment_types",
    columns=(
        plain("id"),
        plain("reference"),
        *names(),
        plain("domain"),
        plain("cpv"),
        plain("hs"),
        plain("controlled_hint", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={"domain": equals("t.domain"), "cpv": equals("t.cpv"), **dated()},
    orders={**NEWEST, "name": Order((("folded", "text"),))},
    search="(t.folded LIKE app.fold(:search) OR lower(t.reference) LIKE app.fold(:search))",
)


async def create(tx: Tx, body: EquipmentTypeIn) -> reading.Reading:
    """Add a type to the catalogue."""
    type_id = body.id or writing.new_id()
    values = body.model_dump(exclude={"id", "names"})
    await writing.insert(tx, "equipment_types", {"id": type_id, **values, **body.names.columns()})
    return await reading.answer(tx, LISTING, type_id)


async def change(tx: Tx, ident: str, version: int, body: EquipmentTypeChange) -> reading.Reading:
    """Change what the patch names."""
    type_id = await reading.resolve(tx, LISTING, ident)
    values = body.model_dump(exclude_unset=True, exclude={"names"})
    if "names" in body.model_fields_set:
        values |= body.names.columns()
    await writing.patch(tx, "equipment_types", type_id, version, values)
    return await reading.answer(tx, LISTING, type_id)


IMPORTING = Importing(
    listing=LISTING,
    scope=Scope.CATALOGUE_WRITE,
    body=EquipmentTypeIn,
    patch=EquipmentTypeChange,
    create=lambda work, body: create(work.tx, body),
    change=lambda work, ident, version, patch: change(work.tx, str(ident), version, patch),
    keys=(("id",), ("reference",)),
)
