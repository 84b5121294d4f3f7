"""Sessions, trainees with postings and vault, training records, qualifications (DOMAIN 4)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import NOW, Base, Key, Versioned, choice, flag, json, to


class TrainingSession(Versioned, Base):
    """A course held at a place and time."""

    __tablename__ = "training_sessions"
    __table_args__ = (
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("id", "component_id"),
        sa.UniqueConstraint("component_id", "external_id"),
        sa.CheckConstraint("ends_on >= starts_on", name="period"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "component_id", "created_at", "id"),
        sa.Index(None, "starts_on", "id"),
        sa.Index(None, "course_id"),
    )
    id: Mapped[Key]
    reference: Mapped[str]
    component_id: Mapped[UUID] = to("components")
    course_id: Mapped[UUID] = to("courses")
    site_id: Mapped[UUID | None] = to("sites")
    host_id: Mapped[UUID | None] = to("organisations")
    status: Mapped[str] = choice(
        "status", "planned", "running", "closed", "cancelled", server_default=sa.text("'planned'")
    )
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    half_days: Mapped[int]
    language: Mapped[str] = choice("language", "en", "fr", "it", "ar")
    trainers: Mapped[list[Any]] = json("[]")
    capacity: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    external_id: Mapped[str | None]


class Trainee(Versioned, Base):
    """A person by pseudonym. Name and contact are in the vault; nothing here tells who it is."""

    __tablename__ = "trainees"
    __table_args__ = (
        sa.UniqueConstraint("id", "agency_id"),
        sa.UniqueConstraint("agency_id", "external_id"),
        sa.Index(None, "agency_id", "created_at", "id"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "merged_into_id", postgresql_where=sa.text("merged_into_id IS NOT NULL")),
    )
    id: Mapped[Key]
    agency_id: Mapped[UUID] = to("agencies")
    grade_band: Mapped[str] = choice("grade_band", "rank_and_file", "non_commissioned", "officer", "civilian")
    sex: Mapped[str] = choice("sex", "female", "male", "undisclosed")
    language: Mapped[str] = choice("language", "en", "fr", "it", "ar")
    merged_into_id: Mapped[UUID | None] = to("trainees")
    merged_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    nominated_by: Mapped[UUID | None]
    external_id: Mapped[str | None]


class VaultEntry(Base):
    """The sealed name and contact of a trainee; erasure destroys `wrapped_key`. Identity reads are logged."""

    __tablename__ = "vault"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["trainee_id", "agency_id"],
            ["trainees.id", "trainees.agency_id"],
            name="fk_vault_trainee",
            onupdate="CASCADE",
        ),
        sa.Index(None, "agency_id", "blind_index"),
    )
    trainee_id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID]
    key_version: Mapped[int]
    wrapped_key: Mapped[bytes | None]
    sealed_name: Mapped[bytes | None]
    sealed_contact: Mapped[bytes | None]
    blind_index: Mapped[bytes | None]
    erased_at: Mapped[datetime | None]


class Posting(Versioned, Base):
    """A trainee serves at a unit from one day to another; never at two at once."""

    __tablename__ = "postings"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["trainee_id", "agency_id"],
            ["trainees.id", "trainees.agency_id"],
            name="fk_postings_trainee",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="period"),
        pg.ExcludeConstraint(
            (sa.text("app.one(trainee_id)"), "&&"),
            (sa.text("daterange(starts_on, ends_on)"), "&&"),
            using="gist",
            name="ex_postings_one_at_a_time",
        ),
        sa.Index(None, "unit_id", "starts_on"),
        sa.Index(None, "trainee_id", "starts_on"),
        sa.Index(None, "created_at", "id"),
    )
    id: Mapped[Key]
    trainee_id: Mapped[UUID]
    agency_id: Mapped[UUID]
    unit_id: Mapped[UUID] = to("agencies")
    site_id: Mapped[UUID | None] = to("sites")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


class TrainingRecord(Versioned, Base):
    """A trainee in a session: nominated to completed or failed."""

    __tablename__ = "training_records"
    __table_args__ = (
        sa.UniqueConstraint("session_id", "trainee_id"),
        sa.UniqueConstraint("id", "component_id"),
        sa.ForeignKeyConstraint(
            ["session_id", "component_id"],
            ["training_sessions.id", "training_sessions.component_id"],
            name="fk_training_records_session",
        ),
        sa.ForeignKeyConstraint(
            ["trainee_id", "agency_id"],
            ["trainees.id", "trainees.agency_id"],
            name="fk_training_records_trainee",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint("half_days_attended >= 0", name="half_days"),
        sa.CheckConstraint("pre_test BETWEEN 0 AND 100", name="pre_test"),
        sa.CheckConstraint("post_test BETWEEN 0 AND 100", name="post_test"),
        sa.CheckConstraint("practical BETWEEN 0 AND 100", name="practical"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "component_id", "created_at", "id"),
        sa.Index(None, "agency_id", "created_at", "id"),
        sa.Index(None, "trainee_id"),
    )
    id: Mapped[Key]
    component_id: Mapped[UUID]
    agency_id: Mapped[UUID]
    session_id: Mapped[UUID]
    trainee_id: Mapped[UUID]
    stage: Mapped[str] = choice(
        "stage",
        "nominated",
        "vetted",
        "enrolled",
        "attended",
        "completed",
        "failed",
        "withdrawn",
        "excluded",
        server_default=sa.text("'nominated'"),
    )
    half_days_attended: Mapped[int | None]
    pre_test: Mapped[int | None]
    post_test: Mapped[int | None]
    practical: Mapped[int | None]
    rights_module_done: Mapped[bool] = flag()
    nominated_by_person: Mapped[UUID]
    decided_by_person: Mapped[UUID | None]
    completed_on: Mapped[date | None]
    occurred_at: Mapped[datetime] = mapped_column(server_default=NOW)
    reason: Mapped[str | None]


class RecordEvent(Base):
    """What happened to a training record, so that `as_of` and `known_at` can be answered."""

    __tablename__ = "record_events"
    __table_args__ = (sa.Index(None, "record_id", "occurred_at"),)
    id: Mapped[Key]
    record_id: Mapped[UUID] = to("training_records")
    component_id: Mapped[UUID]
    agency_id: Mapped[UUID]
    kind: Mapped[str]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)
    actor_id: Mapped[UUID]
    person_id: Mapped[UUID]
    changes: Mapped[dict[str, Any]]
    corrects: Mapped[UUID | None]
    note: Mapped[str | None]


class Qualification(Versioned, Base):
    """A person may operate or maintain a model or type, from one day to another, with its source."""

    __tablename__ = "qualifications"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["trainee_id", "agency_id"],
            ["trainees.id", "trainees.agency_id"],
            name="fk_qualifications_trainee",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint("(model_id IS NULL) <> (type_id IS NULL)", name="model_or_type"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="period"),
        sa.CheckConstraint(
            "source <> 'prior' OR status = 'proposed' OR recognised_by_person <> proposed_by_person",
            name="recognised_by_another",
        ),
        sa.Index(None, "trainee_id"),
        sa.Index(None, "agency_id", "created_at", "id"),
        sa.Index(None, "created_at", "id"),
    )
    id: Mapped[Key]
    trainee_id: Mapped[UUID]
    agency_id: Mapped[UUID]
    kind: Mapped[str] = choice("kind", "operator", "maintainer")
    model_id: Mapped[UUID | None] = to("equipment_models")
    type_id: Mapped[UUID | None] = to("equipment_types")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    source: Mapped[str] = choice("source", "record", "prior")
    status: Mapped[str] = choice("status", "proposed", "valid", "refused", "revoked")
    record_id: Mapped[UUID | None] = to("training_records")
    evidence: Mapped[str | None]
    file_id: Mapped[UUID | None] = to("files")
    proposed_by_person: Mapped[UUID | None]
    recognised_by_person: Mapped[UUID | None]
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)
    revoked_on: Mapped[date | None]
    reason: Mapped[str | None]


class IdentityRead(Base):
    """Somebody looked at who a trainee is, and why."""

    __tablename__ = "identity_reads"
    __table_args__ = (sa.Index(None, "recorded_at", "id"), sa.Index(None, "agency_id"), sa.Index(None, "trainee_id"))
    id: Mapped[Key]
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)
    trainee_id: Mapped[UUID | None]
    agency_id: Mapped[UUID]
    caller_id: Mapped[UUID]
    person_id: Mapped[UUID]
    purpose: Mapped[str]
    request_id: Mapped[str | None]
