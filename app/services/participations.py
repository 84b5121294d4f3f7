"""Participations: list, get, create, change. They decide which part of which tree a component's people see."""

from __future__ import annotations

from app.db import reading, writing
from app.db.columns import instant, period, plain, related
from app.db.listing import Filter, Listing, dated, equals
from app.db.session import Statement, Tx
from app.domain.errors import Rejected
from app.schemas.participations import ParticipationChange, ParticipationIn
from app.services.agencies import LISTING as AGENCIES
from app.services.components import LISTING as COMPONENTS
from app.services.references import reference_to

LISTING = Listing(
    resource="participations",
    table="participations",
    columns=(
        plain("id"),
        related("component", "components", "t.component_id", expand="'country', {a}.country"),
        related("agency", "agencies", "t.agency_id", expand="'country', {a}.country, 'is_unit', {a}.is_unit"),
        period("t.starts_at", "t.ends_at", instants=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "component_id": equals("t.component_id", indexed=True, to="components"),
        "agency_id": equals("t.agency_id", indexed=True, to="agencies"),
        "running_at": Filter("t.starts_at <= :value AND (t.ends_at IS NULL OR t.ends_at > :value)"),
        **dated(),
    },
    reference=None,
)

SAME_COUNTRY = Statement(
    "SELECT a.country = c.country FROM agencies a, components c WHERE a.id = :agency AND c.id = :component"
)


async def create(tx: Tx, body: ParticipationIn) -> reading.Reading:
    """Let an agency take part. A component is the national part of a programme: its agencies are of its country."""
    participation_id = body.id or writing.new_id()
    component_id = await reference_to(tx, COMPONENTS, body.component, "/component")
    agency_id = await reference_to(tx, AGENCIES, body.agency, "/agency")
    if not await tx.value(SAME_COUNTRY, agency=agency_id, component=component_id):
        raise Rejected.at("/agency", "other_country", "The agency is of another country than the component.")
    values = {
        "id": participation_id,
        "component_id": component_id,
        "agency_id": agency_id,
        "starts_at": body.period.start,
        "ends_at": body.period.end,
    }
    await writing.insert(tx, "participations", values)
    return await reading.one(tx, LISTING, participation_id)


async def change(tx: Tx, ident: str, version: int, body: ParticipationChange) -> reading.Reading:
    """Change its period. When it ends, what followed from it ends within a minute."""
    participation_id = await reading.resolve(tx, LISTING, ident)
    given = body.period.model_dump(exclude_unset=True) if "period" in body.model_fields_set else {}
    columns = {"start": "starts_at", "end": "ends_at"}
    values = {columns[edge]: instant for edge, instant in given.items()}
    await writing.patch(tx, "participations", participation_id, version, values)
    return await reading.one(tx, LISTING, participation_id)
