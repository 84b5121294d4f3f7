"""Requirements: list, get, create, waive, revoke. Guards of the door read the same table (DOMAIN 3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from app.db import reading, writing
from app.db.columns import Column, instant, period, person, plain
from app.db.listing import Filter, Listing, equals
from app.db.session import Statement, Tx
from app.domain import requirements as rules
from app.domain.errors import Conflict, Fault, Forbidden, Rejected, Stale, TransitionNotAllowed
from app.domain.requirements import KINDS, Requirement, RequirementDecision, RequirementKind, SubjectKind
from app.schemas.requirements import KindOut, RequirementIn, WaiveIn
from app.services import persons
from app.services.agencies import LISTING as AGENCIES
from app.services.authority import caller_of
from app.services.components import LISTING as COMPONENTS
from app.services.equipment import LISTING as EQUIPMENT
from app.services.equipment_models import LISTING as MODELS
from app.services.references import reference_to

#: Certificates and protocols alike, by id or reference.
DOCUMENTS = Listing(resource="documents", table="documents", columns=())

#: Subject → (key, where its row is found).
_SUBJECTS: Mapping[str, tuple[str, Listing]] = {
    "item": ("item_id", EQUIPMENT),
    "unit": ("subject_unit_id", AGENCIES),
    "document": ("document_id", DOCUMENTS),
    "model": ("model_id", MODELS),
}
_KIND = "CASE " + " ".join(f"WHEN t.{key} IS NOT NULL THEN '{word}'" for word, (key, _) in _SUBJECTS.items()) + " END"
_ID = f"coalesce({', '.join(f't.{key}' for key, _ in _SUBJECTS.values())})"
_NAME = f"coalesce({', '.join(f's_{word}.reference' for word in _SUBJECTS)})"
_JOINS = " ".join(
    f"LEFT JOIN {listing.table} s_{word} ON s_{word}.id = t.{key}" for word, (key, listing) in _SUBJECTS.items()
)

LISTING = Listing(
    resource="requirements",
    table="requirements",
    columns=(
        plain("id"),
        plain("component_id"),
        plain("kind"),
        Column(
            "subject",
            f"json_build_object('kind', {_KIND}, 'id', {_ID}, 'reference', {_NAME})",
            cells=(("subject_kind", _KIND), ("subject_id", _ID), ("subject_reference", _NAME)),
            join=_JOINS,
        ),
        plain("decision"),
        plain("reference", free_text=True),
        period("t.starts_on", "t.ends_on", instants=False, name="valid"),
        person("decided_by", "t.decided_by_person"),
        person("requested_by", "t.requested_by_person"),
        Column(
            "file",
            "CASE WHEN t.file_sha256 IS NOT NULL THEN json_build_object('id', t.file_id, 'sha256', t.file_sha256) END",
            cells=(("file_id", "t.file_id"), ("file_sha256", "t.file_sha256")),
        ),
        instant("revoked_at"),
        plain("revoked_reason", free_text=True),
        plain("note", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "component_id": equals("t.component_id", indexed=True, to="components"),
        "kind": equals("t.kind"),
        "decision": equals("t.decision"),
        "item_id": equals("t.item_id", indexed=True, to="items"),
        "unit_id": equals("t.subject_unit_id", indexed=True, to="agencies"),
        "document_id": equals("t.document_id", indexed=True, to="documents"),
        "model_id": equals("t.model_id", to="equipment_models"),
        "revoked": Filter("(t.revoked_at IS NOT NULL) = :value"),
        "valid_on": Filter("(t.starts_on <= :value AND (t.ends_on IS NULL OR t.ends_on > :value))"),
    },
    component="component_id",
    reference=None,
)

#: Items and documents are held: they do not go to another unit unseen meanwhile.
_OWNER = {
    "item": Statement("SELECT component_id, unit_id AS agency_id, true AS fits FROM items WHERE id = :id FOR SHARE"),
    "document": Statement("SELECT component_id, agency_id, true AS fits FROM documents WHERE id = :id FOR SHARE"),
    "unit": Statement(
        "SELECT NULL::uuid AS component_id, id AS agency_id, is_unit AS fits FROM agencies WHERE id = :id"
    ),
    "model": Statement(
        "SELECT NULL::uuid AS component_id, NULL::uuid AS agency_id, true AS fits FROM equipment_models WHERE id = :id"
    ),
}
_FILE = Statement("SELECT sha256 FROM files WHERE id = :id")
_LOCK = Statement("SELECT r.*, clock_timestamp() AS now FROM requirements r WHERE r.id = :id FOR UPDATE")
#: Where the domain's faults are in the body.
_PLACES = {"/valid_until": "/valid/end", "/reference": "/reference"}


def kinds() -> list[KindOut]:
    """Every kind with what it may be about and what it guards. What holds for a model holds for each of its items."""
    return [
        KindOut(
            kind=kind,
            subjects=[word for word in _SUBJECTS if _rule_word(word) in rule.subjects],
            guards=sorted(rule.guards),
            presumed=rule.presumed,
            max_months=rule.max_months,
        )
        for kind, rule in KINDS.items()
    ]


def _rule_word(word: str) -> SubjectKind:
    return "item" if word == "model" else word  # type: ignore[return-value]


async def create(tx: Tx, body: RequirementIn) -> reading.Reading:
    """Record a decision with its evidence, or ask for a waiver. Its subject has to be in the caller's sight."""
    caller = caller_of(tx)
    word = next(name for name in _SUBJECTS if getattr(body, name) is not None)
    key, listing = _SUBJECTS[word]
    subject_id = await reference_to(tx, listing, getattr(body, word), f"/{word}")
    component_id, agency_id = await _belongs(tx, body, word, subject_id)
    sha256 = await _evidence(tx, body.file)
    starts_on, ends_on = (body.valid.start, body.valid.end) if body.valid else (_today(), None)
    requested_by = caller.person_id if body.decision == "requested" else None
    _check(
        Requirement(
            RequirementKind(body.kind),
            (_rule_word(word), subject_id),
            RequirementDecision(body.decision),
            starts_on,
            ends_on,
            datetime.now(UTC),
            caller.person_id,
            requested_by,
            body.reference,
            sha256,
        ),
        word,
    )
    requirement_id = body.id or writing.new_id()
    await writing.insert(
        tx,
        "requirements",
        {
            "id": requirement_id,
            "component_id": component_id,
            "agency_id": agency_id,
            key: subject_id,
            "starts_on": starts_on,
            "ends_on": ends_on,
            "decided_by": caller.id,
            "decided_by_person": caller.person_id,
            "requested_by_person": requested_by,
            "file_id": body.file,
            "file_sha256": sha256,
            **body.model_dump(include={"kind", "decision", "reference", "note"}),
        },
    )
    return await reading.one(tx, LISTING, requirement_id)


async def waive(tx: Tx, requirement_id: UUID, version: int, body: WaiveIn) -> reading.Reading:
    """Grant a requested waiver, by another person than who asked for it (SeparationOfDuties)."""
    row = await _open(tx, requirement_id, version)
    if row["decision"] != RequirementDecision.REQUESTED:
        raise TransitionNotAllowed(
            f"What is {row['decision']} is not waived; a waiver is asked for first.",
            stage=row["decision"],
            action="waive",
            legal=["revoke"],
        )
    caller = caller_of(tx)
    asked_by = row["requested_by_person"]
    rules.check_waiver(asked_by, caller.person_id, await persons.bonds(tx, [asked_by, caller.person_id]))
    values = {
        "decision": RequirementDecision.WAIVED.value,
        "decided_by": caller.id,
        "decided_by_person": caller.person_id,
        "reference": body.reference or row["reference"],
    }
    if body.note is not None:
        values["note"] = body.note
    await writing.change(tx, "requirements", requirement_id, version, values)
    return await reading.one(tx, LISTING, requirement_id)


async def revoke(tx: Tx, requirement_id: UUID, version: int, reason: str) -> reading.Reading:
    """Take a decision or a request back. What was done by it meanwhile stays done."""
    row = await _open(tx, requirement_id, version)
    values = {"revoked_at": row["now"], "revoked_reason": reason}
    await writing.change(tx, "requirements", requirement_id, version, values)
    return await reading.one(tx, LISTING, requirement_id)


async def _open(tx: Tx, requirement_id: UUID, version: int) -> Mapping[str, Any]:
    """The row under its lock, still at `version` and not revoked."""
    await reading.resolve(tx, LISTING, str(requirement_id))
    row = await tx.row(_LOCK, id=requirement_id)
    if row is None:
        raise Forbidden("You may see this, but not change it.")
    if row["version"] != version:
        raise Stale(f"The current version is {row['version']}.", current=row["version"])
    if row["revoked_at"] is not None:
        raise Conflict("This was revoked; record a new decision.")
    opened: Mapping[str, Any] = row
    return opened


async def _belongs(tx: Tx, body: RequirementIn, word: str, subject_id: UUID) -> tuple[UUID, UUID | None]:
    """The component and agency of the decision: those of its subject, or the component that the body names."""
    component_id = await reference_to(tx, COMPONENTS, body.component, "/component")
    owner = await tx.row(_OWNER[word], id=subject_id)
    if owner is None:
        raise Forbidden("You may see this, but record nothing about it.")
    if not owner["fits"]:
        raise Rejected.at(f"/{word}", "not_a_unit", "Decisions are about units, the leaves of the agency tree.")
    own: UUID | None = owner["component_id"]
    if own is not None and component_id not in {None, own}:
        raise Rejected.at("/component", "other_component", "The subject belongs to another component.")
    made = own or component_id
    if made is None:
        raise Rejected.at("/component", "missing", f"A decision about a {word} names its component.")
    return made, owner["agency_id"]


async def _evidence(tx: Tx, file_id: UUID | None) -> str | None:
    if file_id is None:
        return None
    found: str | None = await tx.value(_FILE, id=file_id)
    if found is None:
        raise Rejected.at("/file", "reference_unknown", "There is no such file that you may see.")
    return found


def _check(row: Requirement, word: str) -> None:
    """The domain's rule, its faults at their places in the body."""
    try:
        rules.check_requirement(row)
    except Rejected as refused:
        places = {**_PLACES, "/subject": f"/{word}"}
        raise Rejected([Fault(places.get(f.pointer, f.pointer), f.code, f.detail) for f in refused.faults]) from None


def _today() -> date:
    return datetime.now(UTC).date()
