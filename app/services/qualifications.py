"""Qualifications: list, get, propose, recognise, refuse, revoke. Those from records come from `records_moves`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.db import reading, writing
from app.db.columns import instant, period, plain, related
from app.db.listing import NEWEST, Filter, Listing, equals
from app.db.session import Statement, Tx
from app.domain.errors import Conflict, Forbidden, Rejected, Stale
from app.domain.training import check_recognition
from app.schemas.qualifications import QualificationIn, QualificationRevokeIn, RecogniseIn, RefuseIn
from app.services import persons
from app.services.equipment_models import LISTING as MODELS
from app.services.equipment_types import LISTING as TYPES
from app.services.pseudonyms import below, pseudonym
from app.services.records_rows import person_of
from app.services.references import reference_to
from app.services.trainees import LISTING as TRAINEES
from app.services.vaulting import check_about_person

_POSTED = (
    "EXISTS (SELECT 1 FROM postings p WHERE p.trainee_id = t.trainee_id AND p.unit_id {is_it} "
    "AND p.starts_on <= current_date AND (p.ends_on IS NULL OR p.ends_on > current_date))"
)
_OF_MODEL = "(t.model_id {is_it} OR t.type_id IN (SELECT m.type_id FROM equipment_models m WHERE m.id {is_it}))"
_HOLDS = (
    "(t.status = 'valid' OR (t.status = 'revoked' AND t.revoked_on > :value)) "
    "AND t.starts_on <= :value AND (t.ends_on IS NULL OR t.ends_on > :value)"
)

LISTING = Listing(
    resource="qualifications",
    table="qualifications",
    columns=(
        plain("id"),
        pseudonym("trainee", "t.trainee_id"),
        related("agency", "agencies", "t.agency_id"),
        plain("kind"),
        related("model", "equipment_models", "t.model_id"),
        related("type", "equipment_types", "t.type_id"),
        period("t.starts_on", "t.ends_on", instants=False),
        plain("source"),
        plain("status"),
        plain("record_id"),
        plain("evidence", free_text=True),
        plain("proposed_by", "t.proposed_by_person"),
        plain("recognised_by", "t.recognised_by_person"),
        instant("recorded_at"),
        plain("revoked_on"),
        plain("reason", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "trainee_id": equals("t.trainee_id", indexed=True),
        "agency_id": equals("t.agency_id", indexed=True, to="agencies"),
        "below": below("t.agency_id"),
        "unit_id": Filter(_POSTED.format(is_it="= :value"), _POSTED.format(is_it="= ANY(:value)"), to="agencies"),
        "model_id": Filter(
            _OF_MODEL.format(is_it="= :value"), _OF_MODEL.format(is_it="= ANY(:value)"), to="equipment_models"
        ),
        "type_id": equals("t.type_id", to="equipment_types"),
        "kind": equals("t.kind"),
        "source": equals("t.source"),
        "status": equals("t.status"),
        "record_id": equals("t.record_id"),
        "valid_on": Filter(_HOLDS),
        "expires_before": Filter("t.status = 'valid' AND t.ends_on > current_date AND t.ends_on < :value"),
        "known_at": Filter("t.recorded_at <= :value"),
    },
    orders=NEWEST,
    reference=None,
    personal=True,
)

_TRAINEE = Statement("SELECT t.agency_id, t.erased_at, t.merged_into_id FROM trainees t WHERE t.id = :id")
_LOCKED = Statement(
    "SELECT q.version, q.status, q.source, q.starts_on, q.ends_on, q.evidence, q.proposed_by_person "
    "FROM qualifications q WHERE q.id = :id FOR UPDATE"
)


async def create(tx: Tx, body: QualificationIn) -> reading.Reading:
    """Propose a prior qualification. It counts from the day on which somebody else recognises it."""
    trainee_id = await reference_to(tx, TRAINEES, str(body.trainee), "/trainee")
    trainee = await tx.row(_TRAINEE, id=trainee_id)
    if trainee is None or trainee["erased_at"] is not None or trainee["merged_into_id"] is not None:
        raise Rejected.at("/trainee", "not_counted", "This pseudonym was erased or merged.")
    made = body.id or writing.new_id()
    await writing.insert(
        tx,
        "qualifications",
        {
            "id": made,
            "trainee_id": trainee_id,
            "agency_id": trainee["agency_id"],
            "kind": body.kind,
            "model_id": await reference_to(tx, MODELS, body.model, "/model"),
            "type_id": await reference_to(tx, TYPES, body.type, "/type"),
            "starts_on": body.period.start,
            "ends_on": body.period.end,
            "source": "prior",
            "status": "proposed",
            "evidence": check_about_person(body.evidence, "/evidence"),
            "proposed_by_person": person_of(tx),
        },
    )
    return await reading.one(tx, LISTING, made)


async def recognise(tx: Tx, ident: str, version: int, body: RecogniseIn) -> reading.Reading:
    """Recognise what somebody else proposed."""
    found_id, row = await _proposed(tx, ident, version)
    evidence = check_about_person(body.evidence, "/evidence") or row["evidence"]
    await _check_other(tx, row, evidence)
    return await _decided(tx, found_id, version, {"status": "valid", "evidence": evidence})


async def refuse(tx: Tx, ident: str, version: int, body: RefuseIn) -> reading.Reading:
    """Do not recognise what somebody else proposed."""
    found_id, row = await _proposed(tx, ident, version)
    await _check_other(tx, row, row["evidence"])
    reason = check_about_person(body.reason, "/reason")
    return await _decided(tx, found_id, version, {"status": "refused", "reason": reason})


async def revoke(tx: Tx, ident: str, version: int, body: QualificationRevokeIn) -> reading.Reading:
    """End a qualification from a day on, whatever it came from. What it was before that day stays true."""
    found_id, row = await _locked(tx, ident, version)
    if row["status"] != "valid":
        raise Conflict(f"A qualification that is {row['status']} cannot be revoked.", status=row["status"])
    revoked_on = body.revoked_on or max(datetime.now(UTC).date(), row["starts_on"])
    if revoked_on < row["starts_on"] or (row["ends_on"] is not None and revoked_on >= row["ends_on"]):
        raise Rejected.at("/revoked_on", "outside_of_period", "It does not hold on that day anyway.")
    values = {"status": "revoked", "revoked_on": revoked_on, "reason": check_about_person(body.reason, "/reason")}
    await writing.change(tx, "qualifications", found_id, version, values)
    return await reading.one(tx, LISTING, found_id)


async def _check_other(tx: Tx, row: Any, evidence: str | None) -> None:
    proposed_by, decider = row["proposed_by_person"], person_of(tx)
    check_recognition(proposed_by, decider, evidence, await persons.bonds(tx, [proposed_by, decider]))


async def _decided(tx: Tx, found_id: UUID, version: int, values: dict[str, Any]) -> reading.Reading:
    values |= {"recognised_by_person": person_of(tx), "recorded_at": datetime.now(UTC)}
    await writing.change(tx, "qualifications", found_id, version, values)
    return await reading.one(tx, LISTING, found_id)


async def _proposed(tx: Tx, ident: str, version: int) -> tuple[UUID, Any]:
    found_id, row = await _locked(tx, ident, version)
    if row["status"] != "proposed":
        raise Conflict(f"This qualification is {row['status']}; only a proposed one is decided.", status=row["status"])
    return found_id, row


async def _locked(tx: Tx, ident: str, version: int) -> tuple[UUID, Any]:
    found_id = await reading.resolve(tx, LISTING, ident)
    row = await tx.row(_LOCKED, id=found_id)
    if row is None:
        raise Forbidden("You may see this, but not change it.")
    if row["version"] != version:
        raise Stale(f"The current version is {row['version']}.", current=row["version"])
    return found_id, row
