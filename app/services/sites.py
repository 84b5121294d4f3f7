"""Sites: list, get, create, change."""

from __future__ import annotations

from uuid import UUID

from app.db import reading, writing
from app.db.columns import instant, names, plain, related, truth
from app.db.listing import NEWEST, Listing, Order, dated, equals
from app.db.session import Statement, Tx
from app.domain.access import Scope
from app.domain.errors import Rejected
from app.schemas.sites import SiteChange, SiteIn
from app.services.agencies import IS_BENEFICIARY
from app.services.agencies import LISTING as AGENCIES
from app.services.importing import Importing
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
        "agency_id": equals("t.agency_id", indexed=True, to="agencies"),
        "organisation_id": equals("t.organisation_id", indexed=True, to="organisations"),
        "active": equals("t.active"),
        "external_id": equals("t.external_id", indexed=True),
        **dated(),
    },
    orders={**NEWEST, "name": Order((("folded", "text"),))},
    search="(t.folded LIKE app.fold(:search) OR lower(t.reference) LIKE app.fold(:search))",
)

OWNER_OF = Statement("SELECT organisation_id FROM sites WHERE id = :id")

COUNTRY_OF = Statement("SELECT country FROM sites WHERE id = :id")


async def create(tx: Tx, body: SiteIn) -> reading.Reading:
    """Add a site. Organisation and agency have to be in the caller's sight, and the agency part of the organisation."""
    _check_locode(body.un_locode, body.country)
    site_id = body.id or writing.new_id()
    organisation_id = await reference_to(tx, ORGANISATIONS, body.organisation, "/organisation")
    agency_id = await reference_to(tx, AGENCIES, body.agency, "/agency")
    await _check_agency(tx, organisation_id, agency_id)
    values = {
        **body.model_dump(exclude={"id", "names", "organisation", "agency"}),
        **body.names.columns(),
        "id": site_id,
        "organisation_id": organisation_id,
        "agency_id": agency_id,
    }
    await writing.insert(tx, "sites", values)
    return await reading.answer(tx, LISTING, site_id)


async def change(tx: Tx, ident: str, version: int, body: SiteChange) -> reading.Reading:
    """Change what the patch names."""
    site_id = await reading.resolve(tx, LISTING, ident)
    values = body.model_dump(exclude_unset=True, exclude={"names", "agency"})
    if "names" in body.model_fields_set:
        values |= body.names.columns()
    if "agency" in body.model_fields_set:
        values["agency_id"] = await reference_to(tx, AGENCIES, body.agency, "/agency")
        await _check_agency(tx, await tx.value(OWNER_OF, id=site_id), values["agency_id"])
    if body.un_locode is not None:
        _check_locode(body.un_locode, await tx.value(COUNTRY_OF, id=site_id))
    await writing.patch(tx, "sites", site_id, version, values)
    return await reading.answer(tx, LISTING, site_id)


def _check_locode(un_locode: str | None, country: str) -> None:
    if un_locode is not None and not un_locode.startswith(country):
        said = f"A UN/LOCODE begins with its country; this site's is {country}."
        raise Rejected.at("/un_locode", "locode_of_other_country", said)


async def _check_agency(tx: Tx, organisation_id: UUID, agency_id: UUID | None) -> None:
    """A beneficiary's site belongs to a part of its tree: without, everybody would see it (DOMAIN 2)."""
    if agency_id is None and await tx.value(IS_BENEFICIARY, id=organisation_id):
        raise Rejected.at("/agency", "agency_missing", "A beneficiary's site names the agency that it belongs to.")


IMPORTING = Importing(
    listing=LISTING,
    scope=Scope.REGISTER_WRITE,
    body=SiteIn,
    patch=SiteChange,
    create=lambda work, body: create(work.tx, body),
    change=lambda work, ident, version, patch: change(work.tx, str(ident), version, patch),
    refers={"organisation": ORGANISATIONS, "agency": AGENCIES},
    unique_within="organisation",
    when={
        "agency_reference": "Required where the organisation is a beneficiary: the agency whose place it is.",
    },
    beside={"agency": frozenset({"organisation"}), "external_id": frozenset({"organisation"})},
)
