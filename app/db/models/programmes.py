"""Programmes and their national components, and the agencies that take part in them (DOMAIN 1 and 2)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Key, Named, Versioned, choice, flag, json, number, to
from app.db.models.catalogue import DOMAINS

_DOMAINS = ", ".join(f"'{domain}'" for domain in DOMAINS)


class Programme(Named, Versioned, Base):
    """A funded action: outcomes, funding facts, and which requirements it enforces."""

    __tablename__ = "programmes"
    __table_args__ = (
        sa.UniqueConstraint("reference"),
        sa.CheckConstraint("ends_on >= starts_on", name="period"),
        sa.CheckConstraint("proof_threshold_minor >= 0 AND warranty_days >= 0", name="not_negative"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "folded", "id"),
    )
    id: Mapped[Key]
    reference: Mapped[str]
    status: Mapped[str] = choice("status", "planned", "running", "closed")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    outcomes: Mapped[list[Any]] = json("[]")
    funding: Mapped[list[Any]] = json("[]")
    enforced_requirements: Mapped[list[str]] = mapped_column(server_default=sa.text("'{}'::text[]"))
    approvers_from_different_organisations: Mapped[bool] = flag()
    proof_threshold_minor: Mapped[int] = mapped_column(sa.BigInteger(), server_default=sa.text("500000"))
    warranty_days: Mapped[int] = number(365)


class Component(Named, Versioned, Base):
    """The national part of a programme: country, equipment domains, objective."""

    __tablename__ = "components"
    __table_args__ = (
        sa.UniqueConstraint("reference"),
        sa.CheckConstraint(f"domains <@ ARRAY[{_DOMAINS}]::text[] AND cardinality(domains) > 0", name="domains"),
        sa.Index(None, "programme_id"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "folded", "id"),
    )
    id: Mapped[Key]
    programme_id: Mapped[UUID] = to("programmes")
    reference: Mapped[str]
    country: Mapped[str] = mapped_column(sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"))
    domains: Mapped[list[str]]
    objective: Mapped[str | None]


class Participation(Versioned, Base):
    """A beneficiary agency takes part in a component from one day to another."""

    __tablename__ = "participations"
    __table_args__ = (
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="period"),
        pg.ExcludeConstraint(
            (sa.text("app.one(component_id)"), "&&"),
            (sa.text("app.one(agency_id)"), "&&"),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="ex_participations_one_at_a_time",
        ),
        sa.Index(None, "component_id"),
        sa.Index(None, "agency_id"),
        sa.Index(None, "created_at", "id"),
    )
    id: Mapped[Key]
    component_id: Mapped[UUID] = to("components")
    agency_id: Mapped[UUID] = to("agencies")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
