"""What acceptance certificates and handover protocols share: a life, approvals, lines (DOMAIN 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.domain.documents import LineOutcome
from app.schemas.common import Answer, Body, ListQuery, Ref, Related, Several, Text, Truth

#: Most items on one document: as many as a delivery registers in one call.
MOST_LINES = 10_000
#: The body limit of operations that name as many items, in bytes.
LARGE = {"x-body-limit": 8 * 1024 * 1024}

Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


#: The steps for which there is an operation.
OfferedAction = Literal["submit", "approve", "return", "revise", "annul"]


class PersonOut(Answer):
    """A natural person's account; its name where the caller may see it. Observers are told of no person."""

    id: UUID
    label: str | None


class PartyOut(Answer):
    """An organisation as it was named."""

    id: UUID
    reference: str


class ApprovalOut(Answer):
    """What one person decided about the document. A return ends the round: its approvals count no more."""

    round: int
    decision: Literal["approved", "returned"]
    person: PersonOut | None
    organisation: Related | None
    document_version: int = Field(description="The version that this person had read.")
    reason: str | None
    recorded_at: datetime


class LineCounts(Answer):
    """How many lines there are of each outcome."""

    accepted: int
    rejected: int
    handed_over: int


class TestResult(Body):
    """One test of one item."""

    name: Text = Field(examples=["Transmission on channel 16"])
    passed: Truth
    note: Note | None = None


class LineOut(Answer):
    """One item of a document."""

    id: UUID = Field(description="The item's id: an item stands on a document once.")
    item: Related | None
    serial: str | None
    model: Related | None
    stage: str | None = Field(description="Where the item stands now.")
    outcome: LineOutcome
    condition: Literal["up", "degraded"] | None
    reason: str | None
    note: str | None
    tests: list[TestResult]
    item_version: int | None = Field(description="The item's version when the document was submitted.")
    current_version: int | None = Field(description="The item's version now; the two differ when it changed since.")


class LineQuery(ListQuery):
    """Filters of the lines of a document."""

    outcome: Several[LineOutcome] | None = Field(None, description="Lines of which this came.")


class LineVersion(Body):
    """The version of an item that the approver has read."""

    item: Ref
    version: int = Field(ge=1)


class ApproveIn(Body):
    """Approval of a submitted document."""

    lines: list[LineVersion] | None = Field(
        None,
        max_length=MOST_LINES,
        description="The versions of all lines that were read. By default those recorded when it was submitted.",
    )
    backdating_reason: Note | None = Field(None, description="Why it takes effect so long ago.")


class ReasonIn(Body):
    """Why a document is returned or annulled."""

    reason: Note = Field(examples=["The serial on line 3 is not the one on the box."])
