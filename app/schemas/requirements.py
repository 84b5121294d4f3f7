"""Requirements: what has to be granted, or waived, before a guarded step (DOMAIN 3 and 7)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.domain.requirements import RequirementDecision, RequirementKind
from app.schemas.common import Answer, Body, Day, Days, DaysOut, ListQuery, Ref, Several, Text
from app.schemas.documents import Note, PersonOut

SubjectWord = Literal["item", "unit", "document", "model"]


class SubjectOut(Answer):
    """What the decision is about."""

    kind: SubjectWord
    id: UUID
    reference: str | None = Field(description="Null where the subject itself is out of sight.")


class EvidenceOut(Answer):
    """The file that was recorded with a decision."""

    id: UUID | None
    sha256: str


class RequirementOut(Answer):
    """One decision about one subject. Which kinds are enforced is configuration of each programme."""

    id: UUID
    component_id: UUID
    kind: RequirementKind
    subject: SubjectOut
    decision: RequirementDecision
    reference: str | None
    valid: DaysOut
    decided_by: PersonOut | None
    requested_by: PersonOut | None = Field(description="Who asked for a waiver; another person grants it.")
    file: EvidenceOut | None
    revoked_at: datetime | None
    revoked_reason: str | None
    note: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class RequirementIn(Body):
    """A decision, recorded by hand with evidence; or the request for a waiver, which counts for nothing yet.

    A grant names a reference or a file; a refusal and a request name a reference.
    """

    id: UUID | None = None
    component: Ref | None = Field(
        None, description="Of decisions about units and models; of others it is the subject's.", examples=["BMP-TN"]
    )
    kind: RequirementKind = Field(examples=["due_diligence"])
    item: Ref | None = None
    unit: Ref | None = Field(None, examples=["AG-TN-SFAX"])
    document: Ref | None = None
    model: Ref | None = None
    decision: Literal["granted", "refused", "requested"] = "granted"
    reference: Text | None = Field(None, examples=["DD-2026-001"])
    valid: Days | None = Field(
        None,
        description="By default from today on. Some kinds are valid for a limited time.",
        examples=[{"start": "2026-01-01", "end": "2026-12-31"}],
    )
    file: UUID | None = Field(None, description="The evidence, uploaded to `/files`.")
    note: Note | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if sum(each is not None for each in (self.item, self.unit, self.document, self.model)) != 1:
            raise ValueError("a decision has to be about exactly one of item, unit, document and model")
        return self


class WaiveIn(Body):
    """Grant a requested waiver."""

    reference: Text | None = Field(None, description="What it is granted by; by default what the request named.")
    note: Note | None = None


class RequirementRevokeIn(Body):
    """Why a decision does not count any more."""

    reason: Note = Field(examples=["The undertaking was withdrawn."])


class RequirementQuery(ListQuery):
    """Filters of the list of requirements."""

    component_id: Several[Ref] | None = Field(None, description="Requirements of these components.")
    kind: Several[RequirementKind] | None = Field(None, description="Requirements of these kinds.")
    decision: Several[RequirementDecision] | None = Field(None, description="Requirements that were decided so.")
    item_id: Several[Ref] | None = Field(None, description="About these items themselves.")
    unit_id: Several[Ref] | None = Field(None, description="About these units themselves.")
    document_id: Several[Ref] | None = Field(None, description="About these documents, such as a handover protocol.")
    model_id: Several[Ref] | None = Field(None, description="About these models.")
    revoked: bool | None = Field(None, description="True: revoked ones; false: the others.")
    valid_on: Day | None = Field(None, description="Valid on this day.")


class KindOut(Answer):
    """A kind of requirement."""

    kind: RequirementKind
    subjects: list[SubjectWord] = Field(description="What it may be recorded about; `model` holds for all its items.")
    guards: list[str] = Field(description="The steps that it guards where a programme enforces it.")
    presumed: bool = Field(description="Holds unless a refusal is in force.")
    max_months: int | None = Field(description="For how long a decision is valid at most.")


class KindsOut(Answer):
    """All kinds."""

    items: list[KindOut]
