"""Deliveries, acceptance certificates and handover protocols, requirements, files (DOMAIN 3)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import NOW, Base, Key, Versioned, choice, json, to


class Delivery(Versioned, Base):
    """A tranche that arrives: `draft → received → closed`. It registers items and reports discrepancies."""

    __tablename__ = "deliveries"
    __table_args__ = (
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("id", "component_id"),
        sa.UniqueConstraint("component_id", "external_id"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "component_id", "created_at", "id"),
    )
    id: Mapped[Key]
    reference: Mapped[str]
    component_id: Mapped[UUID] = to("components")
    supplier_id: Mapped[UUID | None] = to("suppliers")
    site_id: Mapped[UUID | None] = to("sites")
    status: Mapped[str] = choice("status", "draft", "received", "closed", server_default=sa.text("'draft'"))
    contract_reference: Mapped[str | None]
    tranche: Mapped[int | None]
    expected_on: Mapped[date | None]
    received_at: Mapped[datetime | None]
    recorded_by: Mapped[UUID]
    recorded_by_person: Mapped[UUID]
    received_by: Mapped[UUID | None]
    received_by_person: Mapped[UUID | None]
    discrepancies: Mapped[list[Any]] = json("[]")
    note: Mapped[str | None]
    external_id: Mapped[str | None]


class Document(Versioned, Base):
    """An acceptance certificate or a handover protocol: `draft → submitted → approved | returned`, `annulled`."""

    __tablename__ = "documents"
    __table_args__ = (
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("id", "component_id"),
        sa.ForeignKeyConstraint(
            ["delivery_id", "component_id"],
            ["deliveries.id", "deliveries.component_id"],
            name="fk_documents_delivery",
        ),
        sa.CheckConstraint("(kind = 'acceptance') = (acceptance_kind IS NOT NULL)", name="acceptance_kind"),
        sa.CheckConstraint("kind <> 'handover' OR agency_id IS NOT NULL", name="receiving_unit"),
        sa.Index(None, "kind", "created_at", "id"),
        sa.Index(None, "component_id", "kind", "created_at", "id"),
        sa.Index(None, "agency_id", "created_at", "id", postgresql_where=sa.text("agency_id IS NOT NULL")),
    )
    id: Mapped[Key]
    reference: Mapped[str]
    kind: Mapped[str] = choice("kind", "acceptance", "handover")
    component_id: Mapped[UUID] = to("components")
    #: The receiving unit of a handover; empty on acceptance certificates.
    agency_id: Mapped[UUID | None] = to("agencies")
    acceptance_kind: Mapped[str | None] = mapped_column(
        sa.CheckConstraint(
            "acceptance_kind IN ('preliminary', 'partial_provisional', 'provisional', 'final')",
            name="acceptance_kind_known",
        )
    )
    retransfer: Mapped[bool] = mapped_column(server_default=sa.text("false"))
    delivery_id: Mapped[UUID | None]
    status: Mapped[str] = choice(
        "status", "draft", "submitted", "approved", "returned", "annulled", server_default=sa.text("'draft'")
    )
    to_organisation_id: Mapped[UUID | None] = to("organisations")
    to_site_id: Mapped[UUID | None] = to("sites")
    effective_at: Mapped[datetime | None]
    #: What the contract says, in days; empty: the default of each item's model.
    warranty_days: Mapped[int | None]
    signatories: Mapped[list[Any]] = json("[]")
    signed_file_id: Mapped[UUID | None] = to("files")
    signed_sha256: Mapped[str | None]
    prepared_by: Mapped[UUID]
    prepared_by_person: Mapped[UUID]
    #: Everybody who changed it or its lines, or submitted it: none of them approves it.
    drawn_up_by: Mapped[list[UUID]] = mapped_column(server_default=sa.text("'{}'::uuid[]"))
    submitted_by_person: Mapped[UUID | None]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    annulled_by_person: Mapped[UUID | None]
    annulled_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    note: Mapped[str | None]


class DocumentLine(Base):
    """One item of a document, with the version that was read when it was submitted."""

    __tablename__ = "document_lines"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["document_id", "component_id"],
            ["documents.id", "documents.component_id"],
            name="fk_document_lines_document",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["item_id", "component_id"], ["items.id", "items.component_id"], name="fk_document_lines_item"
        ),
        sa.Index(None, "item_id"),
    )
    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    component_id: Mapped[UUID]
    agency_id: Mapped[UUID | None]
    outcome: Mapped[str] = choice("outcome", "accepted", "rejected", "handed_over")
    item_version: Mapped[int | None]
    condition: Mapped[str | None] = mapped_column(
        sa.CheckConstraint("condition IN ('up', 'degraded')", name="condition_known")
    )
    reason: Mapped[str | None]
    note: Mapped[str | None]
    tests: Mapped[list[Any]] = json("[]")


class DocumentApproval(Base):
    """One natural person's approval or return of a submitted document."""

    __tablename__ = "document_approvals"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["document_id", "component_id"],
            ["documents.id", "documents.component_id"],
            name="fk_document_approvals_document",
        ),
        sa.Index(None, "document_id", "recorded_at"),
    )
    id: Mapped[Key]
    document_id: Mapped[UUID]
    component_id: Mapped[UUID]
    agency_id: Mapped[UUID | None]
    round: Mapped[int] = mapped_column(server_default=sa.text("1"))
    decision: Mapped[str] = choice("decision", "approved", "returned")
    account_id: Mapped[UUID]
    person_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    document_version: Mapped[int]
    reason: Mapped[str | None]
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Requirement(Versioned, Base):
    """What a guard reads: a decision of some kind about an item, a unit or a document, for a period."""

    __tablename__ = "requirements"
    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(item_id, subject_unit_id, document_id, model_id) = 1", name="one_subject"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="period"),
        sa.ForeignKeyConstraint(
            ["item_id", "component_id"], ["items.id", "items.component_id"], name="fk_requirements_item"
        ),
        sa.ForeignKeyConstraint(
            ["document_id", "component_id"],
            ["documents.id", "documents.component_id"],
            name="fk_requirements_document",
        ),
        sa.Index(None, "item_id", postgresql_where=sa.text("item_id IS NOT NULL")),
        sa.Index(None, "subject_unit_id", postgresql_where=sa.text("subject_unit_id IS NOT NULL")),
        sa.Index(None, "document_id", postgresql_where=sa.text("document_id IS NOT NULL")),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "component_id", "created_at", "id"),
    )
    id: Mapped[Key]
    component_id: Mapped[UUID] = to("components")
    agency_id: Mapped[UUID | None] = to("agencies")
    kind: Mapped[str]
    item_id: Mapped[UUID | None]
    subject_unit_id: Mapped[UUID | None] = to("agencies")
    document_id: Mapped[UUID | None]
    model_id: Mapped[UUID | None] = to("equipment_models")
    decision: Mapped[str] = choice("decision", "granted", "refused", "waived", "requested")
    reference: Mapped[str | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    decided_by: Mapped[UUID]
    decided_by_person: Mapped[UUID]
    requested_by_person: Mapped[UUID | None]
    file_id: Mapped[UUID | None] = to("files")
    file_sha256: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]
    note: Mapped[str | None]


class File(Base):
    """An uploaded file. Its uploader sees it; others through what it is attached to (API 22)."""

    __tablename__ = "files"
    __table_args__ = (sa.Index(None, "created_at", "id"), sa.Index(None, "owner_id"))
    id: Mapped[Key]
    owner_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = to("organisations")
    file_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(sa.BigInteger())
    sha256: Mapped[str]
    version: Mapped[int] = mapped_column(server_default=sa.text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Attachment(Base):
    """A file at a document, delivery, item, event or requirement; who sees that sees the file."""

    __tablename__ = "attachments"
    __table_args__ = (
        sa.UniqueConstraint("file_id", "resource", "object_id", "position", postgresql_nulls_not_distinct=True),
        sa.CheckConstraint("(resource = 'events') = (position IS NOT NULL)", name="event_position"),
        sa.Index(None, "object_id", "created_at", "id"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "component_id", "created_at", "id"),
    )
    id: Mapped[Key]
    file_id: Mapped[UUID] = to("files")
    resource: Mapped[str]
    object_id: Mapped[UUID]
    #: The place of an event in the history of the item `object_id`; empty for everything else.
    position: Mapped[int | None]
    component_id: Mapped[UUID] = to("components")
    agency_id: Mapped[UUID | None]
    label: Mapped[str | None]
    attached_by: Mapped[UUID]
    version: Mapped[int] = mapped_column(server_default=sa.text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
