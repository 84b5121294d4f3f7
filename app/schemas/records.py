"""Training records: one trainee in one session, from nomination to completion or failure (DOMAIN 4)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.common import (
    OR_A_DAY,
    Answer,
    Body,
    Day,
    Instant,
    ListQuery,
    LongText,
    ReadQuery,
    Ref,
    Related,
    Several,
    Then,
    Truth,
    keep,
)

Stage = Literal["nominated", "vetted", "enrolled", "attended", "completed", "failed", "withdrawn", "excluded"]
Step = Literal["vet", "enrol", "attend", "record_results", "complete", "fail", "withdraw", "exclude"]
WithdrawalReason = Literal["by_trainee", "by_agency", "posted_elsewhere", "other"]
ExclusionReason = Literal["vetting_refused", "not_eligible", "no_show", "rules_broken", "other"]
Mark = Annotated[int, Field(ge=0, le=100, description="Per cent.")]
HalfDaysAttended = Annotated[int, Field(ge=0, le=400)]

_OCCURRED = "When it happened; now, if not said. Long ago needs `backdating_reason` and the scope to back-date."
_TRAINEE = "7d0f3a52-5c1e-4b7a-9a54-2f6f0c9d1e11"
_EVENT = "019b2c10-7a01-7d52-b6c3-0e8f41d7a9b0"
_RECORD = "019b2c10-7a00-7c4e-8f21-5d3b6a90c2e4"


class RecordOut(Answer):
    """One trainee, by pseudonym, in one session."""

    id: UUID
    session: Related | None
    course: Related | None
    component: Related | None
    trainee: Related
    agency: Related | None
    stage: Stage
    half_days_attended: int | None
    pre_test: int | None
    post_test: int | None
    practical: int | None
    rights_module_done: bool
    completed_on: date | None
    reason: str | None = Field(description="Why it ended without an outcome: a code.")
    occurred_at: datetime = Field(description="When the last step happened.")
    version: int
    created_at: datetime
    updated_at: datetime


class Happened(Body):
    """When a step happened."""

    occurred_at: Instant | None = Field(None, description=_OCCURRED)
    backdating_reason: LongText | None = Field(None, description="Why it is recorded so late. No names, no numbers.")


class RecordIn(Happened):
    """A nomination."""

    id: UUID | None = None
    session: Ref = Field(examples=["TS-TN-2026-000001"])
    trainee: UUID = Field(description="The trainee's pseudonym: the id, not the short label.", examples=[_TRAINEE])


class NominationsIn(Happened):
    """Several nominations for one session."""

    trainees: list[UUID] = Field(
        min_length=1, max_length=1000, description="Pseudonyms: ids, not the short labels.", examples=[[_TRAINEE]]
    )


class Results(Body):
    """Attendance and results. What is absent stays as it is; null takes a mark away."""

    half_days_attended: HalfDaysAttended = keep(examples=[8])
    pre_test: Mark | None = None
    post_test: Mark | None = Field(None, examples=[75])
    practical: Mark | None = None
    rights_module_done: Truth = keep(description="The module on fundamental rights.")


class StepIn(Happened):
    """A step that needs nothing else."""


class ResultsIn(Happened, Results):
    """Attendance and results of one trainee."""


class WithdrawIn(Happened):
    """The trainee, or the agency, steps back."""

    reason: WithdrawalReason = Field(examples=["by_agency"])


class ExcludeIn(Happened):
    """The trainee is not, or no longer, admitted."""

    reason: ExclusionReason = Field(examples=["no_show"])


class RecordCorrectionIn(Body):
    """The last step of a record was recorded by mistake."""

    event: UUID = Field(
        description="The event that is wrong; it has to be the record's last one that counts.", examples=[_EVENT]
    )
    note: LongText = Field(description="What was wrong. No names, no numbers of persons.", examples=["Wrong person."])


class RecordBulkItem(Results):
    """One step of one record."""

    id: UUID
    version: int = Field(ge=1)
    action: Step
    reason: str | None = Field(None, max_length=40)


class RecordBulkIn(Happened):
    """Steps of many records at once."""

    atomic: Truth = Field(default=True, description="All or none; otherwise each on its own, with a result per item.")
    items: list[RecordBulkItem] = Field(
        min_length=1, max_length=1000, examples=[[{"id": _RECORD, "version": 1, "action": "vet"}]]
    )


class RecordStepOut(Answer):
    """What became of one record."""

    id: UUID
    version: int | None
    stage: Stage | None
    problem: dict[str, Any] | None = Field(description="Why nothing happened: `code`, `detail` and its facts.")


class Recorded(Answer):
    """A result per record, in the order of the request."""

    items: list[RecordStepOut]


class RecordEventOut(Answer):
    """Something that happened to a record."""

    id: UUID
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor_id: UUID
    changes: dict[str, Any]
    corrects: UUID | None
    note: str | None


class RecordEventsOut(Answer):
    """The events of one record, in the order in which they were recorded."""

    items: list[RecordEventOut]


class Past(Body):
    """At what time the question is asked (DOMAIN 3)."""

    as_of: Then | None = Field(None, description=f"As it stood in the world at that instant. {OR_A_DAY}")
    known_at: Then | None = Field(None, description=f"As far as it was known here at that instant. {OR_A_DAY}")


class RecordRead(ReadQuery, Past):
    """A single read, now or in the past."""


class SessionRecordQuery(ListQuery, Past):
    """Filters of the records of one session."""

    trainee_id: Several[UUID] | None = Field(None, description="Of these trainees, by pseudonym.")
    component_id: Several[Ref] | None = Field(None, description="Of these components.")
    course_id: Several[Ref] | None = Field(None, description="Of sessions of these courses.")
    agency_id: Several[Ref] | None = Field(None, description="Of people of these agencies themselves.")
    below: Several[Ref] | None = Field(None, description="Of these agencies and everything below them.")
    stage: Several[Stage] | None = Field(None, description="At these stages.")
    open: bool | None = Field(
        None, description="True: those without an outcome (nominated, vetted, enrolled or attended)."
    )
    completed_on_gte: Day | None = Field(None, alias="completed_on.gte", description="Completed on this day or later.")
    completed_on_lt: Day | None = Field(None, alias="completed_on.lt", description="Completed before this day.")


class RecordQuery(SessionRecordQuery):
    """Filters of the list of records."""

    session_id: Several[Ref] | None = Field(None, description="Of these sessions.")
