"""Acceptance certificates: list, get, create, change. Their life is `services/documents.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.db import reading, writing
from app.db.columns import instant, plain, related
from app.db.listing import NEWEST, Filter, Listing, dated, equals
from app.db.session import Statement, Tx
from app.domain.documents import DocumentKind, LineOutcome, warranty
from app.domain.requirements import RequirementDecision, RequirementKind
from app.schemas.acceptances import AcceptanceChange, AcceptanceIn, AcceptanceLine
from app.services import documents
from app.services.authority import caller_of
from app.services.components import LISTING as COMPONENTS
from app.services.deliveries import LISTING as DELIVERIES
from app.services.documents import Paper, detail_columns, life_columns
from app.services.documents_lines import replace_lines
from app.services.organisations import LISTING as ORGANISATIONS
from app.services.references import reference_to

_OF_ITEM = "EXISTS (SELECT 1 FROM document_lines l WHERE l.document_id = t.id AND l.item_id {is_it})"

LISTING = Listing(
    resource="acceptances",
    table="documents",
    columns=(
        plain("id"),
        plain("reference"),
        plain("kind", "t.acceptance_kind"),
        related("component", "components", "t.component_id", expand="'country', {a}.country"),
        related("delivery", "deliveries", "t.delivery_id", text="{a}.reference", expand="'status', {a}.status"),
        plain("status"),
        related("title_organisation", "organisations", "t.to_organisation_id"),
        instant("effective_at"),
        plain("warranty_days"),
        *life_columns(),
        *detail_columns(),
    ),
    filters={
        "component_id": equals("t.component_id", indexed=True, to="components"),
        "delivery_id": equals("t.delivery_id", to="deliveries"),
        "item_id": Filter(_OF_ITEM.format(is_it="= :value"), _OF_ITEM.format(is_it="= ANY(:value)"), to="items"),
        "kind": equals("t.acceptance_kind"),
        "status": equals("t.status"),
        **dated(),
    },
    orders=NEWEST,
    component="component_id",
    search="lower(t.reference) LIKE app.fold(:search)",
    only="t.kind = 'acceptance'",
)

# A test that is recorded on an approved certificate meets the requirement for that item (DOMAIN 3, Requirements).
_TESTED = Statement(
    "INSERT INTO requirements (id, component_id, agency_id, kind, item_id, decision, reference, starts_on, decided_by, "
    "decided_by_person) SELECT r.id, :component_id, r.agency_id, CAST(:kind AS text), r.item_id, "
    "CAST(:decision AS text), CAST(:reference AS text), CAST(:starts_on AS date), :caller, :person "
    "FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id uuid, item_id uuid, agency_id uuid)"
)
_TESTS_TAKEN_BACK = Statement(
    "UPDATE requirements r SET revoked_at = clock_timestamp(), revoked_reason = CAST(:reason AS text), "
    "version = r.version + 1 FROM document_lines l WHERE l.document_id = :id AND r.item_id = l.item_id "
    "AND r.kind = CAST(:kind AS text) AND r.reference = CAST(:reference AS text) AND r.revoked_at IS NULL"
)


def _payload(document: Mapping[str, Any], line: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """What the door is told of one item. The warranty starts on the day of its own acceptance (UTC)."""
    if line["outcome"] == LineOutcome.REJECTED:
        return {"reason": line["reason"]}
    days = document["warranty_days"]
    period = warranty(at.astimezone(UTC).date(), line["warranty_days"] if days is None else days)
    return {
        "title_organisation_id": document["to_organisation_id"],
        "condition": line["condition"] or ("up" if line["tests"] else None),
        "warranty_from": period.start if period else None,
        "warranty_until": period.end if period else None,
    }


async def _tests_passed(tx: Tx, document: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Accepted items whose tests are on the certificate (all passed: `schemas/acceptances.py`) have passed the test."""
    tested = [line for line in lines if line["outcome"] == LineOutcome.ACCEPTED and line["tests"]]
    if not tested:
        return
    caller = caller_of(tx)
    await tx.run(
        _TESTED,
        component_id=document["component_id"],
        kind=RequirementKind.TEST_PASSED.value,
        decision=RequirementDecision.GRANTED.value,
        reference=document["reference"],
        starts_on=at.astimezone(UTC).date(),
        caller=caller.id,
        person=caller.person_id,
        rows=[{"id": writing.new_id(), "item_id": line["item_id"], "agency_id": line["unit_id"]} for line in tested],
    )


async def _tests_void(tx: Tx, document: Mapping[str, Any]) -> None:
    await tx.run(
        _TESTS_TAKEN_BACK,
        id=document["id"],
        kind=RequirementKind.TEST_PASSED.value,
        reference=document["reference"],
        reason="The certificate was annulled.",
    )


PAPER = Paper(DocumentKind.ACCEPTANCE, LISTING, "ACC", _payload, before=_tests_passed, after_annulment=_tests_void)


async def create(tx: Tx, body: AcceptanceIn) -> reading.Reading:
    """Draw up a certificate. Its delivery and items have to be of its component, and in the caller's sight."""
    caller = caller_of(tx)
    document_id = body.id or writing.new_id()
    component_id = await reference_to(tx, COMPONENTS, body.component, "/component")
    title = await reference_to(tx, ORGANISATIONS, body.title_organisation, "/title_organisation")
    await writing.insert(
        tx,
        "documents",
        {
            "id": document_id,
            "reference": await documents.reference_for(tx, PAPER.letters, component_id),
            "kind": PAPER.kind.value,
            "component_id": component_id,
            "acceptance_kind": body.kind.value,
            "delivery_id": await reference_to(tx, DELIVERIES, body.delivery, "/delivery"),
            "to_organisation_id": title or caller.organisation_id,
            "prepared_by": caller.id,
            "prepared_by_person": caller.person_id,
            **body.model_dump(include={"effective_at", "warranty_days", "note"}),
        },
    )
    await replace_lines(tx, document_id, component_id, None, _lines(body.lines), new=True)
    return await reading.one(tx, LISTING, document_id)


async def change(tx: Tx, ident: str, version: int, body: AcceptanceChange) -> reading.Reading:
    """Change what the patch names in a draft or a returned certificate."""
    row = await documents.open_editable(tx, PAPER, ident, version)
    sent = body.model_fields_set
    document_id: UUID = row["id"]
    values = body.model_dump(include=sent & {"effective_at", "warranty_days", "note"})
    if "kind" in sent:
        values["acceptance_kind"] = body.kind.value
    if "delivery" in sent:
        values["delivery_id"] = await reference_to(tx, DELIVERIES, body.delivery, "/delivery")
    if "title_organisation" in sent:
        values["to_organisation_id"] = await reference_to(
            tx, ORGANISATIONS, body.title_organisation, "/title_organisation"
        )
    others = "lines" in sent and await replace_lines(
        tx, document_id, row["component_id"], None, _lines(body.lines)
    )  # fmt: skip
    hands = {"drawn_up_by": documents.hands(tx, row)}
    await writing.patch(tx, "documents", document_id, version, values, along=hands, anyway=others)
    return await reading.one(tx, LISTING, document_id)


def _lines(lines: Sequence[AcceptanceLine]) -> list[dict[str, Any]]:
    return [line.model_dump() for line in lines]
