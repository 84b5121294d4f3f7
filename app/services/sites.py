"""Sites: list, get, create, change."""

from __future__ import annotations

from uuid import UUID

from app.db import reading, writing
from app.db.columns import instant, names, plain, related, truth
from app.db.listing import NEWEST, Listing, Order, equals
from app.db.session import Tx
from app.schemas.sites import SiteChange, SiteIn
from app.services.agencies import LISTING as AGENCIES
from app.services.organisations import LISTING as ORGANISATIONS
from app.services.references import reference_to

LISTING = Listing(
    resource="sites",
    table="sites",
    columns=(
        plain("id"),
        plain("reference"),
        *names(),
        plain("kind"),
        related("organisation", "organisations", "t.organisation_id", expand="'country', {a}.country"),
        related("agency", "agencies", "t.agency_id", expand="'country', {a}.country, 'is_unit', {a}.is_unit"),
        plain("country"),
        plain("admin_area", free_text=True),
        plain("un_locode"),
        truth("active"),
        plain("external_id", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "kind": equals("t.kind"),
        "country": equals("t.country"),
        "agency_id": equals("t.agency_id", indexed=True),
        "organisation_id": equals("t.organisation_id", indexed=True),
        "active": equals("t.active"),
    },
    orders={**NEWEST, "name": Order((("folded", "text"),))},
    search="t.folded LIKE app.fold(:search)",
)


async def create(tx: Tx, body: SiteIn) -> reading.Reading:
    """Add a site. Organisation and agency have to be in the caller's sight."""
    site_id = body.id or writing.new_id()
    await writing.insert(
        tx,
        "sites",
        {
            "id": site_id,
            "reference": body.reference,
            **body.names.columns(),
            "kind": body.kind,
            "organisation_id": await reference_to(tx, ORGANISATIONS, body.organisation, "/organisation"),
            "agency_id": await reference_to(tx, AGENCIES, body.agency, "/agency"),
            "country": body.country,
            "admin_area": body.admin_area,
            "un_locode": body.un_locode,
            "external_id": body.external_id,
        },
    )
    return await reading.one(tx, LISTING, site_id)


async def change(tx: Tx, ident: str, version: int, body: SiteChange) -> reading.Reading:
    """Change what the patch names."""
    site_id: UUID = await reading.resolve(tx, LISTING, ident)
    values = body.model_dump(exclude_unset=True, exclude={"names", "agency"})
    if body.names is not None:
        values |= body.names.columns()
    if "agency" in body.model_fields_set:
        values["agency_id"] = await reference_to(tx, AGENCIES, body.agency, "/agency")
    await writing.change(tx, "sites", site_id, version, values)
    return await reading.one(tx, LISTING, site_id)
