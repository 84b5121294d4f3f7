"""Items, their identifiers, events and dated states (DOMAIN 3). `stage` moves through one door only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import NOW, Base, Key, Minor, Versioned, choice, json, number, to, words

STAGES = (
    "ordered",
    "shipped",
    "delivered",
    "accepted",
    "rejected",
    "returned",
    "handed_over",
    "in_service",
    "withdrawn",
    "disposed",
    "lost",
    "cancelled",
)
CONDITIONS = ("unknown", "up", "degraded", "down")
REASONS = (
    "failure",
    "awaiting_parts",
    "under_repair",
    "planned_maintenance",
    "no_consumables",
    "external",
)
SCHEMES = ("serial", "vin", "hin", "mmsi", "imei", "inventory", "giai")


class Item(Versioned, Base):
    """One physical thing from order to disposal. The facts below are the present fold of its events."""

    __tablename__ = "items"
    __table_args__ = (
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("id", "component_id"),
        sa.UniqueConstraint("component_id", "external_id"),
        sa.ForeignKeyConstraint(
            ["parent_id", "component_id"], ["items.id", "items.component_id"], name="fk_items_parent"
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id", "component_id"], ["items.id", "items.component_id"], name="fk_items_replaced_by"
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id", "component_id"],
            ["deliveries.id", "deliveries.component_id"],
            name="fk_items_delivery",
        ),
        sa.CheckConstraint("(condition = 'down') = (condition_reason <> '')", name="down_has_reason"),
        sa.CheckConstraint("unit_price_minor IS NULL OR currency IS NOT NULL", name="price_has_currency"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "component_id", "created_at", "id"),
        sa.Index(None, "component_id", "stage", "created_at", "id"),
        sa.Index(None, "unit_id", "created_at", "id", postgresql_where=sa.text("unit_id IS NOT NULL")),
        sa.Index(None, "model_id", "created_at", "id"),
        sa.Index(None, "delivery_id", "reference", postgresql_where=sa.text("delivery_id IS NOT NULL")),
        sa.Index(None, "parent_id", postgresql_where=sa.text("parent_id IS NOT NULL")),
        sa.Index(None, "custody_site_id", postgresql_where=sa.text("custody_site_id IS NOT NULL")),
        sa.Index("ix_items_reversed", sa.text("reverse(reference)")),
    )
    id: Mapped[Key]
    reference: Mapped[str] = mapped_column(sa.Text(collation="C"))
    component_id: Mapped[UUID] = to("components")
    model_id: Mapped[UUID] = to("equipment_models")
    parent_id: Mapped[UUID | None]
    delivery_id: Mapped[UUID | None]
    supplier_id: Mapped[UUID | None] = to("suppliers")
    serial: Mapped[str | None]
    identifiers: Mapped[list[Any]] = json("[]")
    stage: Mapped[str] = choice("stage", *STAGES, server_default=sa.text("'ordered'"))
    stage_before_loss: Mapped[str | None]
    condition: Mapped[str] = choice("condition", *CONDITIONS, server_default=sa.text("'unknown'"))
    condition_reason: Mapped[str] = choice("condition_reason", "", *REASONS, server_default=sa.text("''"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[UUID | None]
    title_id: Mapped[UUID | None] = to("organisations")
    custody_organisation_id: Mapped[UUID | None] = to("organisations")
    custody_site_id: Mapped[UUID | None] = to("sites")
    unit_id: Mapped[UUID | None] = to("agencies")
    receipt_confirmed_at: Mapped[datetime | None]
    replaced_by_id: Mapped[UUID | None]
    unit_price_minor: Mapped[Minor]
    currency: Mapped[str | None]
    warranty_starts_on: Mapped[date | None]
    warranty_ends_on: Mapped[date | None]
    occurred_at: Mapped[datetime] = mapped_column(server_default=NOW)
    head: Mapped[bytes] = mapped_column(server_default=sa.text(r"'\x'::bytea"))
    event_count: Mapped[int] = number(0)
    external_id: Mapped[str | None]
    created_by: Mapped[UUID | None]
    note: Mapped[str | None]


class Identifier(Base):
    """An identifier, unique per scheme and issuer and never reused. The application may add, not read."""

    __tablename__ = "identifiers"
    __table_args__ = (
        sa.UniqueConstraint("scheme", "issuer", "value", name="uq_identifiers_scheme_issuer_value"),
        sa.ForeignKeyConstraint(
            ["item_id", "component_id"], ["items.id", "items.component_id"], name="fk_identifiers_item"
        ),
        sa.Index(None, "item_id"),
        sa.Index(None, "value"),
        sa.Index("ix_identifiers_reversed", sa.text("reverse(value)")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=sa.text("gen_random_uuid()"))
    item_id: Mapped[UUID]
    component_id: Mapped[UUID]
    scheme: Mapped[str] = choice("scheme", *SCHEMES)
    issuer: Mapped[str] = mapped_column(sa.Text(collation="C"), server_default=sa.text("''"))
    value: Mapped[str] = mapped_column(sa.Text(collation="C"))


class Event(Base):
    """What happened to an item. Hash-chained; inserted and read, never changed."""

    __tablename__ = "events"
    __table_args__ = (
        sa.ForeignKeyConstraint(["item_id", "component_id"], ["items.id", "items.component_id"], name="fk_events_item"),
        sa.CheckConstraint("length(hash) = 32", name="hash"),
        sa.Index(None, "document_id", postgresql_where=sa.text("document_id IS NOT NULL")),
        sa.Index("ix_events_recorded_at", "recorded_at", postgresql_using="brin"),
    )
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    component_id: Mapped[UUID]
    unit_id: Mapped[UUID | None]
    kind: Mapped[str]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor_id: Mapped[UUID]
    person_id: Mapped[UUID]
    changes: Mapped[dict[str, Any]]
    payload: Mapped[dict[str, Any]]
    text_hash: Mapped[bytes | None]
    corrects: Mapped[int | None]
    document_id: Mapped[UUID | None]
    request_id: Mapped[str | None]
    format: Mapped[int] = number(1)
    previous: Mapped[bytes]
    hash: Mapped[bytes]


class EventText(Base):
    """Free text and actor names of an event, apart from it, so that they can be erased; the event holds its hash."""

    __tablename__ = "event_texts"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["item_id", "position"], ["events.item_id", "events.position"], name="fk_event_texts_event"
        ),
    )
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    component_id: Mapped[UUID]
    unit_id: Mapped[UUID | None]
    salt: Mapped[bytes]
    text: Mapped[str | None]


class ItemSpan(Base):
    """The item's whole state from one instant to the next, as known now: what `as_of` reads. No overlaps."""

    __tablename__ = "item_spans"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["item_id", "component_id"], ["items.id", "items.component_id"], name="fk_item_spans_item"
        ),
        sa.Index(
            "ix_item_spans_held",
            "unit_id",
            "starts_at",
            "ends_at",
            postgresql_include=["model_id", "component_id", "stage", "condition", "condition_reason", "confirmed_at"],
            postgresql_where=sa.text("unit_id IS NOT NULL"),
        ),
        sa.Index(None, "starts_at", "item_id", postgresql_where=sa.text("unit_id IS NOT NULL")),
        # What ended between two instants, and what was confirmed between two days: `HistorySum`.
        sa.Index(
            "ix_item_spans_ended",
            "ends_at",
            postgresql_where=sa.text("unit_id IS NOT NULL AND ends_at < 'infinity'"),
        ),
        sa.Index(
            "ix_item_spans_confirmed",
            "confirmed_at",
            postgresql_where=sa.text("unit_id IS NOT NULL AND stage = 'in_service' AND confirmed_at IS NOT NULL"),
        ),
    )
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(server_default=sa.text("'infinity'"))
    component_id: Mapped[UUID]
    model_id: Mapped[UUID]
    unit_id: Mapped[UUID | None]
    stage: Mapped[str]
    stage_before_loss: Mapped[str | None]
    condition: Mapped[str]
    condition_reason: Mapped[str] = words("")
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[UUID | None]
    title_id: Mapped[UUID | None]
    custody_organisation_id: Mapped[UUID | None]
    custody_site_id: Mapped[UUID | None]
    receipt_confirmed_at: Mapped[datetime | None]
    replaced_by_id: Mapped[UUID | None]
    warranty_starts_on: Mapped[date | None]
    warranty_ends_on: Mapped[date | None]


class Holding(Base):
    """What a unit holds of a model and component, counted by state; kept by a trigger on `items` (HOUSE 3.10).

    `n` counts every item with that unit on its books; `elsewhere` those of them that are not held (lost, returned,
    disposed). The others are the places of `Tally` (domain/readiness.py).
    """

    __tablename__ = "holdings"
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    model_id: Mapped[UUID] = mapped_column(primary_key=True)
    component_id: Mapped[UUID] = mapped_column(primary_key=True)
    n: Mapped[int]
    elsewhere: Mapped[int] = number(0)
    not_in_service: Mapped[int] = number(0)
    withdrawn: Mapped[int] = number(0)
    down_failure: Mapped[int] = number(0)
    down_awaiting_parts: Mapped[int] = number(0)
    down_under_repair: Mapped[int] = number(0)
    down_planned_maintenance: Mapped[int] = number(0)
    down_no_consumables: Mapped[int] = number(0)
    down_external: Mapped[int] = number(0)
    condition_unknown: Mapped[int] = number(0)
    functional: Mapped[int] = number(0)


class Confirmation(Base):
    """The functional items of a holding by the day (UTC) of their last confirmation; kept by the same trigger.

    Confirmations grow old by themselves, so days stay apart, and those that count as recent are summed at read. Each
    is counted a second time in the row of its month (`whole_month`, on the first of it): a season is few rows.
    """

    __tablename__ = "confirmations"
    __table_args__ = (sa.PrimaryKeyConstraint("unit_id", "whole_month", "confirmed_on", "model_id", "component_id"),)
    unit_id: Mapped[UUID]
    whole_month: Mapped[bool]
    confirmed_on: Mapped[date]
    model_id: Mapped[UUID]
    component_id: Mapped[UUID]
    n: Mapped[int]


class HistorySum(Base):
    """What units held at an instant some days ago, counted by state: what `as_of` starts from (ADR 30).

    The worker adds instants where many spans begin, some days after the fact; what is recorded about the time before
    them afterwards stands in `HistoryLate` until the worker has added it here. `confirmed` counts the functional items
    that were confirmed on the day (UTC) which is `days` before the instant, or later.
    """

    __tablename__ = "history_sums"
    summed_at: Mapped[datetime] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    model_id: Mapped[UUID] = mapped_column(primary_key=True)
    component_id: Mapped[UUID] = mapped_column(primary_key=True)
    days: Mapped[int]
    not_in_service: Mapped[int] = number(0)
    withdrawn: Mapped[int] = number(0)
    down_failure: Mapped[int] = number(0)
    down_awaiting_parts: Mapped[int] = number(0)
    down_under_repair: Mapped[int] = number(0)
    down_planned_maintenance: Mapped[int] = number(0)
    down_no_consumables: Mapped[int] = number(0)
    down_external: Mapped[int] = number(0)
    condition_unknown: Mapped[int] = number(0)
    functional: Mapped[int] = number(0)
    confirmed: Mapped[int] = number(0)


class HistoryLate(Base):
    """A span that came (`k` 1) or went (-1) so late that sums may have been made without it; kept by trigger.

    Each row counts for every sum at whose instant it holds. Writers only add rows, so they never wait for each other.
    """

    __tablename__ = "history_late"
    id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    unit_id: Mapped[UUID]
    model_id: Mapped[UUID]
    component_id: Mapped[UUID]
    place: Mapped[str]
    confirmed_on: Mapped[date | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    k: Mapped[int]


class Checkpoint(Base):
    """A signed digest over the heads of all chains; the same line is kept outside the database."""

    __tablename__ = "checkpoints"
    __table_args__ = (sa.Index(None, "recorded_at", "id"),)
    id: Mapped[Key]
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)
    items: Mapped[int]
    events: Mapped[int] = mapped_column(sa.BigInteger())
    digest: Mapped[bytes]
    line: Mapped[str]


__all__ = [
    "Checkpoint",
    "Confirmation",
    "Event",
    "EventText",
    "HistoryLate",
    "HistorySum",
    "Holding",
    "Identifier",
    "Item",
    "ItemSpan",
]
