"""Beneficiary agencies (a tree whose leaves are units) and the sites of all organisations (DOMAIN 2)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Key, Named, Versioned, choice, flag, to


class Agency(Named, Versioned, Base):
    """A node of a beneficiary's tree: ministry, directorate, … unit. Items are handed over to units."""

    __tablename__ = "agencies"
    __table_args__ = (
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("id", "organisation_id"),
        # Keys are the organisation's own: across organisations a refusal would tell of rows out of sight.
        sa.UniqueConstraint("external_id", "organisation_id"),
        sa.CheckConstraint("parent_id IS DISTINCT FROM id", name="not_own_parent"),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        sa.Index(None, "parent_id"),
        sa.Index(None, "organisation_id"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "folded", "id"),
    )
    id: Mapped[Key]
    reference: Mapped[str]
    parent_id: Mapped[UUID | None] = to("agencies")
    organisation_id: Mapped[UUID] = to("organisations")
    country: Mapped[str]
    is_unit: Mapped[bool] = flag()
    active: Mapped[bool] = flag(default=True)
    external_id: Mapped[str | None]


class AgencyClosure(Base):
    """Every agency with every ancestor, itself included; kept by a trigger on `agencies`."""

    __tablename__ = "agency_closure"
    __table_args__ = (sa.Index(None, "descendant_id"),)
    ancestor_id: Mapped[UUID] = mapped_column(sa.ForeignKey("agencies.id", ondelete="CASCADE"), primary_key=True)
    descendant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("agencies.id", ondelete="CASCADE"), primary_key=True)
    depth: Mapped[int]


class Site(Named, Versioned, Base):
    """A place of any organisation. Administrative area and UN/LOCODE only: never coordinates (DOMAIN 2)."""

    __tablename__ = "sites"
    __table_args__ = (
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("external_id", "organisation_id"),
        sa.ForeignKeyConstraint(
            ["agency_id", "organisation_id"],
            ["agencies.id", "agencies.organisation_id"],
            name="fk_sites_agency_of_organisation",
        ),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        sa.Index(None, "agency_id"),
        sa.Index(None, "organisation_id"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "folded", "id"),
    )
    id: Mapped[Key]
    reference: Mapped[str]
    organisation_id: Mapped[UUID] = to("organisations")
    agency_id: Mapped[UUID | None]
    kind: Mapped[str] = choice("kind", "port", "post", "workshop", "store", "academy", "office")
    country: Mapped[str]
    admin_area: Mapped[str | None]
    un_locode: Mapped[str | None] = mapped_column(
        sa.CheckConstraint("un_locode ~ '^[A-Z]{2}[A-Z2-9]{3}$'", name="un_locode")
    )
    active: Mapped[bool] = flag(default=True)
    external_id: Mapped[str | None]


class SupportArrangement(Versioned, Base):
    """Who maintains a unit's equipment when its own people do not: a supporting unit, or a dated contract."""

    __tablename__ = "support_arrangements"
    __table_args__ = (
        sa.CheckConstraint("(supporting_unit_id IS NULL) <> (contract_reference IS NULL)", name="one_kind_of_support"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="period"),
        sa.CheckConstraint("supporting_unit_id <> agency_id", name="not_own_support"),
        sa.Index(None, "agency_id"),
        sa.Index(None, "supporting_unit_id"),
        sa.Index(None, "created_at", "id"),
    )
    id: Mapped[Key]
    agency_id: Mapped[UUID] = to("agencies")
    model_id: Mapped[UUID | None] = to("equipment_models")
    supporting_unit_id: Mapped[UUID | None] = to("agencies")
    contract_reference: Mapped[str | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
