"""What the guards of the door ask about: requirements, receiving units, and whether the caller may take a step.

Loaded for all items of a call at once, and only for steps whose guards ask (most steps ask nothing).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.db.session import Statement, Tx
from app.domain.access import Caller
from app.domain.equipment import TRANSITIONS, Action
from app.domain.errors import Forbidden
from app.domain.requirements import Requirement, RequirementDecision, RequirementKind, Subject, missing

ENFORCED = Statement(
    "SELECT c.id, p.enforced_requirements FROM components c JOIN programmes p ON p.id = c.programme_id "
    "WHERE c.id = ANY(CAST(:components AS uuid[]))"
)
REQUIREMENTS = Statement(
    "SELECT r.component_id, r.kind, r.item_id, r.subject_unit_id, r.document_id, r.model_id, r.decision, r.reference, "
    "r.starts_on, r.ends_on, r.updated_at, r.decided_by_person, r.requested_by_person, r.file_sha256 "
    "FROM requirements r WHERE r.component_id = ANY(CAST(:components AS uuid[])) AND r.revoked_at IS NULL AND ("
    "r.item_id = ANY(CAST(:items AS uuid[])) OR r.subject_unit_id = ANY(CAST(:units AS uuid[])) "
    "OR r.model_id = ANY(CAST(:models AS uuid[])) OR r.document_id = CAST(:document AS uuid))"
)
#: Leaves of agencies that take part in a component on that day, with their sites.
RECEIVING = Statement(
    "SELECT p.component_id, u.id AS unit_id, ARRAY(SELECT s.id FROM sites s WHERE s.agency_id = u.id) AS sites "
    "FROM agencies u JOIN agency_closure x ON x.descendant_id = u.id "
    "JOIN participations p ON p.agency_id = x.ancestor_id "
    "WHERE u.id = ANY(CAST(:units AS uuid[])) AND u.is_unit AND p.component_id = ANY(CAST(:components AS uuid[])) "
    "AND p.starts_at <= :at AND (p.ends_at IS NULL OR p.ends_at > :at)"
)
#: What confirming receipt asks of the caller, on an item `i`: whether its unit lies in their own agency tree, and
#: whether they had a part in the protocol by which the unit has it.
RECEIVING_SIDE = "coalesce(i.unit_id = ANY ((SELECT app.own_agencies())::uuid[]), false)"
PART_IN_HANDOVER = (
    "coalesce((SELECT app.person() IN (d.prepared_by_person, d.submitted_by_person) OR EXISTS (SELECT 1 "
    "FROM document_approvals a WHERE a.document_id = d.id AND a.decision = 'approved' "
    "AND a.person_id = app.person()) FROM document_lines l JOIN documents d ON d.id = l.document_id "
    "WHERE l.item_id = i.id AND d.kind = 'handover' AND d.status = 'approved' AND d.agency_id = i.unit_id "
    "ORDER BY d.approved_at DESC LIMIT 1), false)"
)
RECEIPT = Statement(
    f"SELECT i.id, {RECEIVING_SIDE} AS own, {PART_IN_HANDOVER} AS part FROM items i "
    "WHERE i.id = ANY(CAST(:items AS uuid[]))"
)

_KINDS = frozenset(kind.value for kind in RequirementKind)
#: Steps whose guards ask for requirements or about the receiving unit.
ASKING = frozenset(
    action
    for (_, action), transition in TRANSITIONS.items()
    if _KINDS.intersection(transition.guards) or "receiving_unit" in transition.guards
)


@dataclass(frozen=True, slots=True)
class Question:
    """One item and the step it is to take: whom the requirements are about, and where it goes."""

    item_id: UUID
    component_id: UUID
    model_id: UUID
    action: Action
    unit_id: UUID | None
    site_id: UUID | None


@dataclass(frozen=True, slots=True)
class Receiver:
    """What the caller is to the handover of one item."""

    side: bool
    part: bool


async def receivers(tx: Tx, items: Sequence[UUID]) -> dict[UUID, Receiver]:
    """What the caller is to the handovers of these items, who may confirm their receipt."""
    rows = await tx.rows(RECEIPT, items=items)
    return {row["id"]: Receiver(receives(tx.caller, own_unit=row["own"]), row["part"]) for row in rows}


def receives(caller: Caller | None, *, own_unit: bool) -> bool:
    """Whether a caller stands on the receiving side: an organisation that implements never does."""
    return own_unit and caller is not None and "implementer" not in caller.organisation_kinds


@dataclass(frozen=True, slots=True)
class Answers:
    """The loaded facts of a call, asked per item. Requirements lie by component and subject, or model."""

    enforced: Mapping[UUID, Collection[str]]
    rows: Mapping[tuple[UUID, Subject], Sequence[Requirement]]
    models: Mapping[tuple[UUID, UUID], Sequence[Requirement]]
    receiving: Mapping[tuple[UUID, UUID], Collection[UUID]]
    document_id: UUID | None
    at: datetime

    def missing(self, question: Question) -> frozenset[RequirementKind]:
        """The enforced kinds that are not met for the item, its receiving unit and the document (DOMAIN 3)."""
        subjects: list[Subject] = [("item", question.item_id)]
        if question.unit_id is not None:
            subjects.append(("unit", question.unit_id))
        if self.document_id is not None:
            subjects.append(("document", self.document_id))
        component = question.component_id
        rows = [row for subject in subjects for row in self.rows.get((component, subject), ())]
        rows += [_about(row, question.item_id) for row in self.models.get((component, question.model_id), ())]
        enforced = self.enforced.get(question.component_id, ())
        return frozenset(missing(enforced, rows, self.at.date(), subjects, question.action.value))

    def receives(self, question: Question) -> bool:
        """Whether the unit named is a leaf that takes part on that day, and the site one of its own."""
        if question.unit_id is None:
            return False
        sites = self.receiving.get((question.component_id, question.unit_id))
        return sites is not None and (question.site_id is None or question.site_id in sites)


async def ask(tx: Tx, questions: Sequence[Question], at: datetime, document_id: UUID | None = None) -> Answers:
    """Everything that the guards of these steps ask about, on the day of `at` (UTC)."""
    components = list({q.component_id for q in questions})
    units = list({q.unit_id for q in questions if q.unit_id is not None})
    enforced = await tx.rows(ENFORCED, components=components)
    found = await tx.rows(
        REQUIREMENTS,
        components=components,
        items=[q.item_id for q in questions],
        units=units,
        models=list({q.model_id for q in questions}),
        document=document_id,
    )
    receiving = await tx.rows(RECEIVING, units=units, components=components, at=at) if units else []
    rows, models = sorted_out(found)
    return Answers(
        enforced={row["id"]: row["enforced_requirements"] for row in enforced},
        rows=rows,
        models=models,
        receiving={(row["component_id"], row["unit_id"]): row["sites"] for row in receiving},
        document_id=document_id,
        at=at,
    )


def sorted_out(
    found: Iterable[Mapping[str, Any]],
) -> tuple[dict[tuple[UUID, Subject], list[Requirement]], dict[tuple[UUID, UUID], list[Requirement]]]:
    """Rows of requirements as `Answers` keeps them: those about a subject, and those about a model."""
    rows: dict[tuple[UUID, Subject], list[Requirement]] = {}
    models: dict[tuple[UUID, UUID], list[Requirement]] = {}
    for row in found:
        read = _requirement(row)
        if row["model_id"] is None:
            rows.setdefault((row["component_id"], read.subject), []).append(read)
        else:
            models.setdefault((row["component_id"], row["model_id"]), []).append(read)
    return rows, models


def _requirement(row: Mapping[str, Any]) -> Requirement:
    subject: Subject
    if row["subject_unit_id"] is not None:
        subject = ("unit", row["subject_unit_id"])
    elif row["document_id"] is not None:
        subject = ("document", row["document_id"])
    else:
        subject = ("item", row["item_id"] or row["model_id"])
    return Requirement(
        kind=RequirementKind(row["kind"]),
        subject=subject,
        decision=RequirementDecision(row["decision"]),
        valid_from=row["starts_on"],
        valid_until=row["ends_on"],
        decided_at=row["updated_at"],
        decided_by=row["decided_by_person"],
        requested_by=row["requested_by_person"],
        reference=row["reference"],
        file_sha256=row["file_sha256"],
    )


def _about(row: Requirement, item_id: UUID) -> Requirement:
    """What was decided about a model holds for each of its items."""
    return Requirement(
        row.kind,
        ("item", item_id),
        row.decision,
        row.valid_from,
        row.valid_until,
        row.decided_at,
        row.decided_by,
        row.requested_by,
        row.reference,
        row.file_sha256,
    )


def check_scope(caller: Caller | None, scope: str, component_id: UUID) -> None:
    """Raise Forbidden unless the caller holds the scope, and holds it for this component."""
    if caller is None:
        raise Forbidden("Nobody is named as the one who does this.")
    caller.require(scope)
    if not caller.may_in(scope, component_id):
        raise Forbidden(f"The scope {scope} was not given to you for this component.", scope=scope)
