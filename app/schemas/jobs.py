"""Jobs: background work that somebody asked for (API 14)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from app.domain.jobs import JobState
from app.schemas.common import Answer, Bound, ListQuery, Several

JobKind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]


class JobProgress(Answer):
    """How far a job is. `total` is null as long as nobody knows; a phase counts for itself.

    `waiting`: another job that may write the same has to end first (imports of one resource, on the same ground).
    """

    done: int
    total: int | None
    phase: str | None


class JobListed(Answer):
    """A job, as lists show it."""

    id: UUID
    kind: str = Field(examples=["audit.verify"])
    state: JobState
    requester_id: UUID | None = Field(description="The account or client that asked; null: the deployment itself.")
    progress: JobProgress
    attempts: int
    max_attempts: int
    cancel_requested: bool
    problem: dict[str, Any] | None = Field(description="Why the last attempt failed, as a problem (RFC 9457).")
    run_after: datetime = Field(description="The next attempt is not before this.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobOut(JobListed):
    """A job. Only who asked for it reads what it was asked and what it found."""

    args: dict[str, Any] | None
    result: dict[str, Any] | None = Field(description="What it found, once it has succeeded.")


class JobQuery(ListQuery):
    """Filters of the list of jobs."""

    kind: Several[JobKind] | None = Field(None, description="Jobs of these kinds.")
    state: Several[JobState] | None = Field(None, description="Jobs in these states.")
    requester_id: Several[UUID] | None = Field(
        None, description="Jobs that these accounts or clients asked for, by id."
    )
    created_at_gte: Bound | None = Field(
        None, alias="created_at.gte", description="Made at this instant or later; a day alone is its beginning in UTC."
    )
    created_at_lt: Bound | None = Field(
        None, alias="created_at.lt", description="Made before this instant, or this day in UTC."
    )
