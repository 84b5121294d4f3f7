"""Organisations of every kind, and the delegations that let them see and change things (DOMAIN 2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Key, Named, Versioned, choice, to

KINDS = "'implementer', 'beneficiary', 'donor', 'supplier', 'audit_body'"


class Organisation(Named, Versioned, Base):
    """An implementer, beneficiary, donor, supplier or audit body; one may be several."""

    __tablename__ = "organisations"
    __table_args__ = (
        sa.CheckConstraint(f"kinds <@ ARRAY[{KINDS}]::text[] AND cardinality(kinds) > 0", name="kinds"),
        sa.UniqueConstraint("reference"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "folded", "id"),
    )
    id: Mapped[Key]
    reference: Mapped[str]
    kinds: Mapped[list[str]]
    country: Mapped[str | None]
    external_id: Mapped[str | None] = mapped_column(unique=True)


class Delegation(Versioned, Base):
    """Organisation × component (or whole programme) × power × `[starts_at, ends_at)`. It decides what is seen."""

    __tablename__ = "delegations"
    __table_args__ = (
        sa.CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="period"),
        sa.Index(None, "organisation_id"),
        sa.Index(None, "created_at", "id"),
    )
    id: Mapped[Key]
    organisation_id: Mapped[UUID] = to("organisations")
    programme_id: Mapped[UUID] = to("programmes")
    component_id: Mapped[UUID | None] = to("components")
    power: Mapped[str] = choice("power", "manage", "observe")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    reason: Mapped[str | None]
