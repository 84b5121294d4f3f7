"""Handover protocols: list, get, create, change. Their life is `services/documents.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.db import reading, writing
from app.db.columns import instant, money, plain, related, structure, truth
from app.db.listing import NEWEST, Filter, Listing, dated, equals
from app.db.session import Statement, Tx
from app.domain.asked import Asked
from app.domain.documents import DocumentKind, LineOutcome
from app.domain.errors import Fault, Rejected
from app.schemas.handovers import HandoverChange, HandoverIn, HandoverLine, Signatory
from app.services import documents, handovers_missing
from app.services.agencies import LISTING as AGENCIES
from app.services.authority import caller_of
from app.services.components import LISTING as COMPONENTS
from app.services.documents import Paper, detail_columns, life_columns
from app.services.documents_lines import follow_unit, replace_lines
from app.services.organisations import LISTING as ORGANISATIONS
from app.services.references import reference_to
from app.services.sites import LISTING as SITES

_OF_ITEM = "EXISTS (SELECT 1 FROM document_lines l WHERE l.document_id = t.id AND l.item_id {is_it})"

LISTING = Listing(
    resource="handovers",
    table="documents",
    columns=(
        plain("id"),
        plain("reference"),
        related("component", "components", "t.component_id", expand="'country', {a}.country"),
        related("receiving_unit", "agencies", "t.agency_id", expand="'country', {a}.country"),
        related("organisation", "organisations", "t.to_organisation_id", expand="'country', {a}.country"),
        related("site", "sites", "t.to_site_id", expand="'kind', {a}.kind"),
        truth("retransfer"),
        plain("status"),
        instant("effective_at"),
        plain("signed_file_id"),
        plain("signed_sha256"),
        *life_columns(),
        *detail_columns(),
        structure("signatories", detail=True),
    ),
    filters={
        "component_id": equals("t.component_id", indexed=True, to="components"),
        "receiving_unit_id": equals("t.agency_id", indexed=True, to="agencies"),
        "agency_id": Filter(
            "t.agency_id = ANY ((SELECT app.below(ARRAY[CAST(:value AS uuid)]))::uuid[])",
            "t.agency_id = ANY ((SELECT app.below(CAST(:value AS uuid[])))::uuid[])",
            to="agencies",
        ),
        "organisation_id": equals("t.to_organisation_id", to="organisations"),
        "item_id": Filter(_OF_ITEM.format(is_it="= :value"), _OF_ITEM.format(is_it="= ANY(:value)"), to="items"),
        "retransfer": equals("t.retransfer"),
        "status": equals("t.status"),
        **dated(),
    },
    orders=NEWEST,
    component="component_id",
    agency="agency_id",
    search="lower(t.reference) LIKE app.fold(:search)",
    only="t.kind = 'handover'",
)

_UNIT = Statement("SELECT is_unit, organisation_id FROM agencies WHERE id = :unit")
_SITE_OF = Statement("SELECT agency_id FROM sites WHERE id = CAST(:site AS uuid)")
_IS_BENEFICIARY = Statement("SELECT 'beneficiary' = ANY(kinds) FROM organisations WHERE id = :id")
_FILE = Statement("SELECT sha256 FROM files WHERE id = :id")


def _payload(document: Mapping[str, Any], _line: Mapping[str, Any], _at: datetime) -> dict[str, Any]:
    """Title to the organisation named, custody to the unit's organisation at the site, the unit assigned (DOMAIN 3).

    A unit that takes part no longer is out of sight; it is the door that says so, by its guard `receiving_unit`.
    """
    return {
        "title_organisation_id": document["to_organisation_id"],
        "custody_organisation_id": document["unit_organisation_id"] or document["to_organisation_id"],
        "custody_site_id": document["to_site_id"],
        "unit_id": document["agency_id"],
    }


#: One protocol: the columns of the list, the detail, and at the very end what it lacks.
ONE = replace(LISTING, resource="handover", columns=(*LISTING.columns, handovers_missing.MISSING))


async def get(tx: Tx, ident: UUID | str, asked: Asked | None = None) -> reading.Reading:
    """One protocol with what it lacks."""
    return await handovers_missing.one(tx, ONE, ident, asked)


PAPER = Paper(DocumentKind.HANDOVER, LISTING, "HO", _payload, show=get)


async def create(tx: Tx, body: HandoverIn) -> reading.Reading:
    """Draw up a protocol for a unit. Signatories and the signed paper may come later, before it is submitted."""
    caller = caller_of(tx)
    document_id = body.id or writing.new_id()
    component_id = await reference_to(tx, COMPONENTS, body.component, "/component")
    unit_id = await reference_to(tx, AGENCIES, body.receiving_unit, "/receiving_unit")
    site_id = await reference_to(tx, SITES, body.site, "/site")
    owner = await reference_to(tx, ORGANISATIONS, body.organisation, "/organisation")
    owner = await _check_places(tx, unit_id, site_id, owner)
    await writing.insert(
        tx,
        "documents",
        {
            "id": document_id,
            "reference": await documents.reference_for(tx, PAPER.letters, component_id),
            "kind": PAPER.kind.value,
            "component_id": component_id,
            "agency_id": unit_id,
            "to_organisation_id": owner,
            "to_site_id": site_id,
            "signatories": await _signatories(tx, body.signatories),
            **await _signed(tx, body),
            "prepared_by": caller.id,
            "prepared_by_person": caller.person_id,
            **body.model_dump(include={"retransfer", "effective_at", "note"}),
        },
    )
    await replace_lines(tx, document_id, component_id, unit_id, _lines(body.lines), new=True)
    return await get(tx, document_id)


async def change(tx: Tx, ident: str, version: int, body: HandoverChange) -> reading.Reading:
    """Change what the patch names in a draft or a returned protocol."""
    row = await documents.open_editable(tx, PAPER, ident, version)
    sent = body.model_fields_set
    values = body.model_dump(include=sent & {"retransfer", "effective_at", "note"})
    unit_id: UUID = row["agency_id"]
    if sent & {"receiving_unit", "site", "organisation"}:
        values |= await _places(tx, row, body)
        unit_id = values["agency_id"]
    if "signatories" in sent:
        values["signatories"] = await _signatories(tx, body.signatories)
    if sent & {"signed_file", "signed_sha256"}:
        values |= await _signed(tx, body)
    others = "lines" in sent and await replace_lines(
        tx, row["id"], row["component_id"], unit_id, _lines(body.lines)
    )  # fmt: skip
    if not others and unit_id != row["agency_id"]:
        await follow_unit(tx, row["id"], unit_id)
    hands = {"drawn_up_by": documents.hands(tx, row)}
    await writing.patch(tx, "documents", row["id"], version, values, along=hands, anyway=others)
    return await get(tx, row["id"])


async def _places(tx: Tx, row: Mapping[str, Any], body: HandoverChange) -> dict[str, UUID]:
    """Unit, site and owner as the patch leaves them. With another unit, the owner is its organisation again."""
    sent = body.model_fields_set
    unit_id, site_id, owner = row["agency_id"], row["to_site_id"], row["to_organisation_id"]
    if "receiving_unit" in sent:
        unit_id = await reference_to(tx, AGENCIES, body.receiving_unit, "/receiving_unit")
        owner = None
    if "site" in sent:
        site_id = await reference_to(tx, SITES, body.site, "/site")
    if "organisation" in sent:
        owner = await reference_to(tx, ORGANISATIONS, body.organisation, "/organisation")
    owner = await _check_places(tx, unit_id, site_id, owner)
    return {"agency_id": unit_id, "to_site_id": site_id, "to_organisation_id": owner}


async def _check_places(tx: Tx, unit_id: UUID, site_id: UUID, owner: UUID | None) -> UUID:
    """A leaf, a site of its own, a beneficiary as owner (by default the unit's); Rejected otherwise.

    Whether the unit takes part in the component on the day of the handover is asked by the door.
    """
    unit = await tx.row(_UNIT, unit=unit_id)
    faults = []
    if unit is None or not unit["is_unit"]:
        faults.append(Fault("/receiving_unit", "not_a_unit", "Items are handed over to a unit, a leaf of the tree."))
    if await tx.value(_SITE_OF, site=site_id) != unit_id:
        faults.append(Fault("/site", "other_unit", "The site is not one of the receiving unit."))
    if owner is not None and not await tx.value(_IS_BENEFICIARY, id=owner):
        faults.append(Fault("/organisation", "not_a_beneficiary", "Items are handed over to a beneficiary."))
    if faults or unit is None:
        raise Rejected(faults)
    made: UUID = owner or unit["organisation_id"]
    return made


async def _signatories(tx: Tx, signatories: Sequence[Signatory]) -> list[dict[str, Any]]:
    kept = []
    for n, each in enumerate(signatories):
        organisation = await reading.one(
            tx,
            ORGANISATIONS,
            await reference_to(tx, ORGANISATIONS, each.organisation, f"/signatories/{n}/organisation"),
        )
        named = {"id": str(organisation.id), "reference": orjson.loads(organisation.body)["reference"]}
        signed_on = each.signed_on.isoformat() if each.signed_on else None
        kept.append({"side": each.side, "organisation": named, "function": each.function, "signed_on": signed_on})
    return kept


async def _signed(tx: Tx, body: HandoverIn | HandoverChange) -> dict[str, Any]:
    """The signed file and its hash, or the hash alone. Rejected when the two differ."""
    if body.signed_file is None:
        return {"signed_file_id": None, "signed_sha256": body.signed_sha256}
    found = await tx.value(_FILE, id=body.signed_file)
    if found is None:
        raise Rejected.at("/signed_file", "reference_unknown", "There is no such file that you may see.")
    if body.signed_sha256 not in {None, found}:
        raise Rejected.at("/signed_sha256", "other_hash", "This is not the hash of the signed file.")
    return {"signed_file_id": body.signed_file, "signed_sha256": found}


def _lines(lines: Sequence[HandoverLine]) -> list[dict[str, Any]]:
    return [{**line.model_dump(), "outcome": LineOutcome.HANDED_OVER.value, "tests": []} for line in lines]


#: Null where there is no price, or none in EUR: rates are named, never assumed (DOMAIN 8).
_THRESHOLD = "CASE WHEN i.currency = 'EUR' THEN i.unit_price_minor > p.proof_threshold_minor END"
_PROOF = (
    "FROM document_lines l JOIN documents d ON d.id = l.document_id "
    "WHERE l.item_id = i.id AND d.kind = 'handover' AND d.status = 'approved'"
)
#: Items on the books of a unit without a signed protocol that is held here. A unit is assigned by handovers only.
MISSING_PROOFS = Listing(
    resource="missing-proofs",
    table=f"(SELECT i.*, {_THRESHOLD} AS above_threshold, CASE WHEN EXISTS (SELECT 1 {_PROOF}) THEN 'signed_file' "
    "ELSE 'handover' END AS missing FROM items i JOIN components c ON c.id = i.component_id "
    "JOIN programmes p ON p.id = c.programme_id WHERE i.unit_id IS NOT NULL "
    f"AND ({_THRESHOLD}) IS NOT FALSE AND NOT EXISTS (SELECT 1 {_PROOF} AND d.signed_file_id IS NOT NULL))",
    columns=(
        plain("id"),
        plain("reference"),
        plain("serial", free_text=True),
        related("component", "components", "t.component_id"),
        related("model", "equipment_models", "t.model_id"),
        related("unit", "agencies", "t.unit_id"),
        plain("stage"),
        money("unit_price", "t.unit_price_minor", "t.currency"),
        truth("above_threshold"),
        plain("missing"),
        instant("created_at"),
    ),
    filters={
        "id": equals("t.id", indexed=True, to="items"),
        "component_id": equals("t.component_id", indexed=True, to="components"),
        "unit_id": equals("t.unit_id", indexed=True, to="agencies"),
        "model_id": equals("t.model_id", to="equipment_models"),
        "above_threshold": equals("t.above_threshold"),
    },
    orders=NEWEST,
    versioned=False,
)
