"""Support arrangements: list, get, create, change."""

from __future__ import annotations

from app.db import reading, writing
from app.db.columns import instant, period, plain, related
from app.db.listing import Filter, Listing, dated, equals
from app.db.session import Statement, Tx
from app.domain.errors import Fault, Rejected
from app.schemas.support_arrangements import SupportArrangementChange, SupportArrangementIn
from app.services.agencies import LISTING as AGENCIES
from app.services.equipment_models import LISTING as MODELS
from app.services.references import reference_to

LISTING = Listing(
    resource="support-arrangements",
    table="support_arrangements",
    columns=(
        plain("id"),
        related("agency", "agencies", "t.agency_id", expand="'country', {a}.country, 'is_unit', {a}.is_unit"),
        related("model", "equipment_models", "t.model_id"),
        related("supporting_unit", "agencies", "t.supporting_unit_id"),
        plain("contract_reference", free_text=True),
        period("t.starts_on", "t.ends_on", instants=False),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "agency_id": equals("t.agency_id", indexed=True, to="agencies"),
        "model_id": equals("t.model_id", to="equipment_models"),
        "supporting_unit_id": equals("t.supporting_unit_id", indexed=True, to="agencies"),
        "running_on": Filter("t.starts_on <= :value AND (t.ends_on IS NULL OR t.ends_on > :value)"),
        **dated(),
    },
    reference=None,
)

NO_UNITS = Statement("SELECT id FROM agencies WHERE id = ANY(CAST(:ids AS uuid[])) AND NOT is_unit")


async def create(tx: Tx, body: SupportArrangementIn) -> reading.Reading:
    """Arrange support for a unit that the caller manages, by a unit in sight or by contract."""
    arrangement_id = body.id or writing.new_id()
    agency_id = await reference_to(tx, AGENCIES, body.agency, "/agency")
    supporting_id = await reference_to(tx, AGENCIES, body.supporting_unit, "/supporting_unit")
    await _check_units(tx, {"/agency": agency_id, "/supporting_unit": supporting_id})
    values = {
        "id": arrangement_id,
        "agency_id": agency_id,
        "model_id": await reference_to(tx, MODELS, body.model, "/model"),
        "supporting_unit_id": supporting_id,
        "contract_reference": body.contract_reference,
        "starts_on": body.period.start,
        "ends_on": body.period.end,
    }
    await writing.insert(tx, "support_arrangements", values)
    return await reading.one(tx, LISTING, arrangement_id)


async def _check_units(tx: Tx, named: dict[str, object]) -> None:
    """Items stand at units and so do maintainers: both ends are leaves of the tree."""
    no_units = {row["id"] for row in await tx.rows(NO_UNITS, ids=[ident for ident in named.values() if ident])}
    faults = [
        Fault(pointer, "not_a_unit", "This agency is not a unit.")
        for pointer, ident in named.items()
        if ident in no_units
    ]
    if faults:
        raise Rejected(faults)


async def change(tx: Tx, ident: str, version: int, body: SupportArrangementChange) -> reading.Reading:
    """Change its period, or the reference of its contract."""
    arrangement_id = await reading.resolve(tx, LISTING, ident)
    values = body.model_dump(exclude_unset=True, exclude={"period"})
    if "period" in body.model_fields_set:
        columns = {"start": "starts_on", "end": "ends_on"}
        given = body.period.model_dump(exclude_unset=True)
        values |= {columns[edge]: day for edge, day in given.items()}
    await writing.patch(tx, "support_arrangements", arrangement_id, version, values)
    return await reading.one(tx, LISTING, arrangement_id)
