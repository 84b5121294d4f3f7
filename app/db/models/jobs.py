"""Jobs and schedules (API 14). What a job was asked and what came of it stand apart: only its requester reads them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import NOW, Base, Big, Key, Minor, choice, flag, json, number


class Job(Base):
    """One piece of background work. The worker writes it through narrow functions only (alembic/sql/jobs)."""

    __tablename__ = "jobs"
    __table_args__ = (
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "requester_id", "created_at", "id"),
        sa.Index("ix_jobs_waiting", "run_after", "id", postgresql_where=sa.text("state IN ('queued', 'running')")),
        sa.Index(
            "uq_jobs_live_key",
            "requester_id",
            "kind",
            "unique_key",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=sa.text("unique_key IS NOT NULL AND state IN ('queued', 'running')"),
        ),
    )
    id: Mapped[Key]
    kind: Mapped[str]
    #: Who asked for it: an account or a client. NULL: the deployment itself, by a schedule.
    requester_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    #: What the requester's token allowed at the time; rights are read anew and never exceed it.
    scopes: Mapped[list[str]]
    state: Mapped[str] = choice(
        "state",
        *("queued", "running", "succeeded", "failed", "dead", "cancelled"),
        server_default=sa.text("'queued'"),
    )
    attempts: Mapped[int] = number(0)
    max_attempts: Mapped[int]
    #: How often it was ever claimed. A worker that lost its job is told so by another number.
    claims: Mapped[int] = number(0)
    run_after: Mapped[datetime] = mapped_column(server_default=NOW)
    lease_until: Mapped[datetime | None]
    worker: Mapped[str | None]
    done: Mapped[Big] = number(0)
    total: Mapped[Minor]
    phase: Mapped[str | None]
    #: Why the last attempt failed, as a problem without personal data.
    problem: Mapped[dict[str, Any] | None]
    unique_key: Mapped[str | None]
    #: What it has to itself while it runs: of jobs with a lane in common one runs, the others wait their turn (ADR 24).
    lanes: Mapped[list[str]] = mapped_column(server_default=sa.text("'{}'"))
    cancel_requested: Mapped[bool] = flag()
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class JobDetail(Base):
    """What a job was asked, how far it came, and what it found."""

    __tablename__ = "job_details"
    job_id: Mapped[UUID] = mapped_column(sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    requester_id: Mapped[UUID | None]
    args: Mapped[dict[str, Any]] = json("{}")
    #: Saved with what a batch has written, so that whoever takes the job over goes on behind it.
    memo: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]


class Schedule(Base):
    """When a job that the deployment asks for by itself is due again; its row makes one of all workers the leader."""

    __tablename__ = "schedules"
    name: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    last_job_id: Mapped[UUID | None]


__all__ = ["Job", "JobDetail", "Schedule"]
