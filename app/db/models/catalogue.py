"""The one catalogue of a deployment: equipment types, models, suppliers, courses (DOMAIN 2: what belongs where)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Key, Named, Versioned, choice, flag, json, number, to

DOMAINS = (
    "border_surveillance",
    "document_checks",
    "security",
    "transport",
    "mobility",
    "communication",
    "detection",
    "search_and_rescue",
)


class EquipmentType(Named, Versioned, Base):
    """What kind of thing it is: domain, CPV 2008 and HS 2022 codes."""

    __tablename__ = "equipment_types"
    __table_args__ = (
        sa.UniqueConstraint("reference"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "folded", "id"),
    )
    id: Mapped[Key]
    reference: Mapped[str]
    domain: Mapped[str] = choice("domain", *DOMAINS)
    cpv: Mapped[str] = mapped_column(sa.CheckConstraint(r"cpv ~ '^\d{8}-\d$'", name="cpv"))
    hs: Mapped[str | None] = mapped_column(sa.CheckConstraint(r"hs ~ '^\d{4}(\.\d{2}){0,2}$'", name="hs"))
    controlled_hint: Mapped[str | None]


class EquipmentModel(Named, Versioned, Base):
    """A maker's model: what it needs of operators and maintainers (n persons per m items), warranty, priority."""

    __tablename__ = "equipment_models"
    __table_args__ = (
        sa.UniqueConstraint("reference"),
        sa.CheckConstraint("operators_n >= 0 AND operators_m >= 1", name="operators"),
        sa.CheckConstraint("maintainers_n >= 0 AND maintainers_m >= 1", name="maintainers"),
        sa.CheckConstraint("NOT controlled OR control_reference IS NOT NULL", name="controlled"),
        sa.Index(None, "type_id"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "folded", "id"),
    )
    id: Mapped[Key]
    reference: Mapped[str]
    type_id: Mapped[UUID] = to("equipment_types")
    manufacturer: Mapped[str]
    model_number: Mapped[str | None]
    controlled: Mapped[bool] = flag()
    control_reference: Mapped[str | None]
    useful_life_months: Mapped[int | None]
    warranty_days: Mapped[int] = number(365)
    operators_n: Mapped[int] = number(1)
    operators_m: Mapped[int] = number(1)
    maintainers_n: Mapped[int] = number(0)
    maintainers_m: Mapped[int] = number(1)
    priority: Mapped[int] = number(100)
    acceptance_tests: Mapped[list[Any]] = json("[]")
    maintenance_plan: Mapped[list[Any]] = json("[]")
    external_id: Mapped[str | None] = mapped_column(unique=True)


class Supplier(Named, Versioned, Base):
    """A company that supplies; it is an organisation of that kind too, so that it can hold title."""

    __tablename__ = "suppliers"
    __table_args__ = (
        sa.UniqueConstraint("reference"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "folded", "id"),
    )
    id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisations.id"), primary_key=True)
    reference: Mapped[str]
    country: Mapped[str | None]
    active: Mapped[bool] = flag(default=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)


class Course(Named, Versioned, Base):
    """A course in one version: what it covers, its hours, what passing takes, how long it lasts (DOMAIN 4)."""

    __tablename__ = "courses"
    __table_args__ = (
        sa.UniqueConstraint("reference", "edition"),
        sa.CheckConstraint("pass_mark BETWEEN 0 AND 100", name="pass_mark"),
        sa.CheckConstraint("minimum_attendance BETWEEN 0 AND 100", name="minimum_attendance"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "folded", "id"),
    )
    id: Mapped[Key]
    reference: Mapped[str]
    edition: Mapped[int] = number(1)
    kind: Mapped[str] = choice(
        "kind", "operation", "operator_maintenance", "technical_maintenance", "supervision", "trainer", "rights"
    )
    hours_theory: Mapped[int] = number(0)
    hours_practice: Mapped[int] = number(0)
    hours_rights: Mapped[int] = number(0)
    pass_mark: Mapped[int] = number(60)
    minimum_attendance: Mapped[int] = number(80)
    practical_required: Mapped[bool] = flag()
    rights_required: Mapped[bool] = flag(default=True)
    validity_months: Mapped[int | None]
    sqf_level: Mapped[int | None]
    languages: Mapped[list[str]]
    active: Mapped[bool] = flag(default=True)
    external_id: Mapped[str | None]


class CourseCover(Base):
    """A model or a whole type that a course qualifies for."""

    __tablename__ = "course_covers"
    __table_args__ = (
        sa.CheckConstraint("(model_id IS NULL) <> (type_id IS NULL)", name="model_or_type"),
        sa.UniqueConstraint("course_id", "model_id", "type_id", postgresql_nulls_not_distinct=True),
        sa.Index(None, "model_id"),
        sa.Index(None, "type_id"),
    )
    id: Mapped[Key]
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("courses.id", ondelete="CASCADE"))
    model_id: Mapped[UUID | None] = to("equipment_models")
    type_id: Mapped[UUID | None] = to("equipment_types")
