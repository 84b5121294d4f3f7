"""Acceptance certificates: which items were accepted, which rejected, and why (DOMAIN 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.domain.documents import AcceptanceKind, DocumentStage
from app.schemas.common import Answer, Body, DatedQuery, Instant, Ref, Related, Several, Words, keep, sought
from app.schemas.documents import MOST_LINES, ApprovalOut, LineCounts, Note, OfferedAction, PersonOut, TestResult

RejectionReason = Literal["defective", "damaged", "incomplete", "not_as_ordered", "documents_missing", "other"]
Tests = Annotated[list[TestResult], Field(max_length=50)]
WarrantyDays = Annotated[int, Field(ge=0, le=36_500)]


class AcceptanceOut(Answer):
    """A certificate. Approving a provisional one is the only way to accepted and rejected items."""

    id: UUID
    reference: str
    kind: AcceptanceKind
    component: Related | None
    delivery: Related | None
    status: DocumentStage
    title_organisation: Related | None = Field(description="Who owns the accepted items from then on.")
    effective_at: datetime | None = Field(description="When the acceptance takes, or took, effect.")
    warranty_days: int | None
    prepared_by: PersonOut | None
    submitted_at: datetime | None
    approved_at: datetime | None
    annulled_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class AcceptanceDetail(AcceptanceOut):
    """One certificate with its approvals. Its lines are a list of their own."""

    lines: LineCounts
    approvals: list[ApprovalOut]
    submitted_by: PersonOut | None
    annulled_by: PersonOut | None
    reason: str | None = Field(description="Why it was returned or annulled.")
    note: str | None
    available_actions: list[OfferedAction]


class AcceptanceLine(Body):
    """What the certificate says about one item."""

    item: Ref
    outcome: Literal["accepted", "rejected"] = Field(examples=["accepted"])
    condition: Literal["up", "degraded"] | None = Field(
        None, description="What an accepted item can do. By default `up` when all its tests were passed, else unknown."
    )
    reason: RejectionReason | None = Field(None, description="Why an item is rejected; `other` needs a note.")
    note: Note | None = None
    tests: Tests = Field(default=[])

    @model_validator(mode="after")
    def _fits(self) -> Self:
        rejected = self.outcome == "rejected"
        if rejected != (self.reason is not None):
            raise ValueError("a rejected item needs a reason, an accepted one must have none")
        if rejected and self.condition is not None:
            raise ValueError("the condition may be said of accepted items only")
        if self.reason == "other" and self.note is None:
            raise ValueError("`other` needs a note that explains it")
        if not rejected and not all(test.passed for test in self.tests):
            raise ValueError("an item that failed a test cannot be accepted")
        return self


Lines = Annotated[list[AcceptanceLine], Field(max_length=MOST_LINES)]


class AcceptanceIn(Body):
    """A new certificate, a draft. Its reference is made by the service (`ACC-TN-2026-000001`)."""

    id: UUID | None = None
    component: Ref = Field(examples=["BMP-TN"])
    kind: AcceptanceKind = Field(examples=["provisional"])
    delivery: Ref | None = Field(None, description="The delivery that it is about, if it is one.")
    title_organisation: Ref | None = Field(
        None,
        description="Who owns the accepted items from then on. By default the organisation of who prepares it.",
        examples=["ORG-ICMPD"],
    )
    effective_at: Instant | None = Field(None, description="When it takes effect. By default when it is approved.")
    warranty_days: WarrantyDays | None = Field(
        None, description="What the contract says. By default what the model of each item says."
    )
    lines: Lines = Field(default=[])
    note: Note | None = None


class AcceptanceChange(Body):
    """A JSON Merge Patch of a draft or a returned certificate. Lines are replaced whole."""

    kind: AcceptanceKind = keep()
    delivery: Ref | None = None
    title_organisation: Ref = keep()
    effective_at: Instant | None = None
    warranty_days: WarrantyDays | None = None
    lines: Lines = keep()
    note: Note | None = Field(None, examples=["Box 3 was opened for customs."])


class AcceptanceQuery(DatedQuery):
    """Filters of the list of certificates."""

    q: Words | None = sought("anywhere in the reference, and nowhere else")
    component_id: Several[Ref] | None = Field(None, description="Certificates of these components.")
    delivery_id: Several[Ref] | None = Field(None, description="Certificates about these deliveries.")
    item_id: Several[Ref] | None = Field(None, description="Certificates on which these items stand.")
    kind: Several[AcceptanceKind] | None = Field(None, description="Certificates of these kinds of acceptance.")
    status: Several[DocumentStage] | None = Field(None, description="Certificates at these stages.")
