"""Qualifications: who may operate or maintain a model or type, from when to when, and where that comes from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.schemas.common import (
    OR_A_DAY,
    Answer,
    Body,
    Day,
    Days,
    DaysOut,
    ListQuery,
    LongText,
    Ref,
    Related,
    Several,
    Then,
)

Kind = Literal["operator", "maintainer"]
Source = Literal["record", "prior"]
Status = Literal["proposed", "valid", "refused", "revoked"]


class QualificationOut(Answer):
    """A person may operate or maintain a model, or every model of a type."""

    id: UUID
    trainee: Related
    agency: Related | None
    kind: Kind
    model: Related | None
    type: Related | None
    period: DaysOut
    source: Source = Field(description="`record`: from a completed record. `prior`: recognised, counted apart.")
    status: Status
    record_id: UUID | None
    evidence: str | None
    proposed_by: UUID | None = Field(description="The person (account) who proposed it.")
    recognised_by: UUID | None = Field(description="The person (account) who recognised or refused it.")
    recorded_at: datetime
    revoked_on: date | None = Field(description="The first day on which it no longer holds.")
    reason: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class QualificationIn(Body):
    """A prior qualification, proposed for recognition.

    Evidence is said in words (what was seen, by whom, where it is kept): copies of licences hold numbers, photos and
    birth dates, and are not kept here.
    """

    id: UUID | None = None
    trainee: UUID = Field(
        description="The trainee's pseudonym: the id, not the short label.",
        examples=["7d0f3a52-5c1e-4b7a-9a54-2f6f0c9d1e11"],
    )
    kind: Kind = Field(examples=["operator"])
    model: Ref | None = Field(None, examples=["MOD-COM-RADIO-1"])
    type: Ref | None = None
    period: Days = Field(examples=[{"start": "2026-01-01", "end": "2031-01-01"}])
    evidence: LongText = Field(examples=["National operator's licence, seen by the head of the unit"])

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.model is None) == (self.type is None):
            raise ValueError("name a model or a type, not both")
        return self


class RecogniseIn(Body):
    """The recognition of a prior qualification."""

    evidence: LongText | None = Field(None, description="What was seen, if there is more to say than the proposal.")


class RefuseIn(Body):
    """A prior qualification is not recognised."""

    reason: LongText = Field(examples=["The licence has expired."])


class QualificationRevokeIn(Body):
    """A qualification no longer holds."""

    revoked_on: Day | None = Field(None, description="The first day without it; today, if not said.")
    reason: LongText = Field(examples=["Certificate withdrawn by the academy."])


class QualificationQuery(ListQuery):
    """Filters of the list of qualifications."""

    trainee_id: Several[UUID] | None = Field(None, description="Of these trainees, by pseudonym.")
    agency_id: Several[Ref] | None = Field(None, description="Of people of these agencies themselves.")
    below: Several[Ref] | None = Field(None, description="Of people of these agencies and everything below them.")
    unit_id: Several[Ref] | None = Field(None, description="Of people who are posted to one of these units today.")
    model_id: Several[Ref] | None = Field(None, description="For one of these models, or for its whole type.")
    type_id: Several[Ref] | None = Field(None, description="For one of these types as a whole.")
    kind: Several[Kind] | None = Field(None, description="Of these kinds: to operate, or to maintain.")
    source: Several[Source] | None = Field(None, description="From a record of training here, or acquired before.")
    status: Several[Status] | None = Field(None, description="In these states.")
    record_id: Several[UUID] | None = Field(None, description="Earned by one of these records of training.")
    valid_on: Day | None = Field(None, description="Holding on that day.")
    expires_before: Day | None = Field(None, description="Holding now, with an end before that day.")
    known_at: Then | None = Field(None, description=f"Recorded here at that instant or before. {OR_A_DAY}")
