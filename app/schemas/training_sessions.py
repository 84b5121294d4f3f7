"""Training sessions: a course held at a place and time (DOMAIN 4)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.schemas.common import Answer, Body, Day, Language, Ref, ReferenceQuery, Related, Several, Text, keep

SessionState = Literal["planned", "running", "closed", "cancelled"]
TrainerRole = Literal["lead", "assistant", "expert", "interpreter"]
HalfDays = Annotated[int, Field(ge=1, le=400)]
Capacity = Annotated[int, Field(ge=1, le=1000)]


class Trainers(Body):
    """Who teaches: an organisation and how many people in which role. Trainers are not named here."""

    organisation: Ref = Field(examples=["ORG-ICMPD"])
    role: TrainerRole
    persons: int = Field(1, ge=1, le=100)


class TrainersOut(Answer):
    """Who teaches."""

    organisation: Related | None
    role: TrainerRole
    persons: int


class RecordCounts(Answer):
    """How many of the session's records stand where, as far as the caller sees them. `open`: without an outcome."""

    open: int
    nominated: int
    vetted: int
    enrolled: int
    attended: int
    completed: int
    failed: int
    withdrawn: int
    excluded: int


class SessionOut(Answer):
    """A course held at a place and time."""

    id: UUID
    reference: str
    component: Related | None
    course: Related | None
    status: SessionState
    starts_on: date
    ends_on: date = Field(description="The last day; it belongs to the session.")
    half_days: int = Field(description="How many half-days are held; attendance is measured by them.")
    language: Language
    site: Related | None
    host: Related | None
    trainers: list[TrainersOut]
    capacity: int | None
    records: RecordCounts | None = Field(description="Null for callers who see no records.")
    closed_at: datetime | None
    external_id: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class SessionIn(Body):
    """A new session. Its reference is made by the service (`TS-TN-2026-000001`)."""

    id: UUID | None = None
    component: Ref = Field(examples=["BMP-TN"])
    course: Ref = Field(examples=["CRS-COM-RADIO-OP"], description="A reference means the last edition.")
    starts_on: Day = Field(examples=["2026-03-02"])
    ends_on: Day = Field(examples=["2026-03-06"])
    half_days: HalfDays = Field(examples=[10])
    language: Language = Field(examples=["fr"])
    site: Ref | None = Field(None, examples=["SITE-TNSFA"])
    host: Ref | None = Field(None, examples=["ORG-ICMPD"])
    trainers: list[Trainers] = Field(default_factory=list, max_length=50)
    capacity: Capacity | None = None
    external_id: Text | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError("ends_on must not be before starts_on")
        return self


class CloseIn(Body):
    """How to close a session."""

    open_records: Literal["refuse", "end"] = Field(
        "refuse",
        description="What becomes of records that are only nominated, vetted or enrolled. `refuse`: 409 names them. "
        "`end`: attendance that was entered counts, who had a place and never came is excluded (`no_show`), all others "
        "are withdrawn (`other`).",
        examples=["refuse"],
    )


class SessionChange(Body):
    """A JSON Merge Patch: what is absent stays, null empties. Closed and cancelled sessions do not change."""

    starts_on: Day = keep()
    ends_on: Day = keep()
    half_days: HalfDays = keep()
    language: Language = keep()
    site: Ref | None = None
    host: Ref | None = None
    trainers: Annotated[list[Trainers], Field(max_length=50)] = keep()
    capacity: Capacity | None = Field(None, examples=[12])
    external_id: Text | None = None


class SessionQuery(ReferenceQuery):
    """Filters of the list of sessions."""

    component_id: Several[Ref] | None = Field(None, description="Sessions of these components.")
    course_id: Several[Ref] | None = Field(None, description="Sessions of these courses.")
    status: Several[SessionState] | None = Field(None, description="Sessions in these states.")
    language: Several[Language] | None = Field(None, description="Sessions held in one of these languages.")
    site_id: Several[Ref] | None = Field(None, description="Sessions at these sites.")
    host_id: Several[Ref] | None = Field(None, description="Sessions that these organisations host.")
    model_id: Several[Ref] | None = Field(None, description="Sessions of courses that cover one of these models.")
    reference: Several[str] | None = Field(None, description="Sessions with exactly these references.")
    external_id: Several[str] | None = Field(None, description="Sessions with one of these numbers of another system.")
    has_open_records: bool | None = Field(
        None, description="Whether records without an outcome are left, as far as the caller sees them."
    )
    starts_on_gte: Day | None = Field(None, alias="starts_on.gte", description="Beginning on this day or later.")
    starts_on_lt: Day | None = Field(None, alias="starts_on.lt", description="Beginning before this day.")
