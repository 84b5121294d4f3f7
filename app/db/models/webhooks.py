"""Webhooks: endpoints, their sealed secrets, how far each has come, and what was or will be delivered (API 16)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import NOW, Base, Big, Key, Versioned, choice, flag, number, to


class Webhook(Base, Versioned):
    """Where somebody wants to be told of changes that they may see."""

    __tablename__ = "webhooks"
    __table_args__ = (sa.Index(None, "created_at", "id"),)
    id: Mapped[Key]
    #: The account or client whose sight decides what is told.
    owner_id: Mapped[UUID]
    person_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = to("organisations")
    #: What the token allowed that made it; rights are read anew and never exceed it.
    scopes: Mapped[list[str]]
    url: Mapped[str]
    description: Mapped[str | None]
    #: NULL is all.
    resources: Mapped[list[str] | None]
    types: Mapped[list[str] | None]
    status: Mapped[str] = choice("status", "active", "disabled", server_default=sa.text("'active'"))
    disabled_because: Mapped[str | None] = mapped_column(
        sa.CheckConstraint(
            "disabled_because IN ('owner', 'gone', 'failing', 'not_allowed') "
            "AND (disabled_because IS NULL) = (status = 'active')",
            name="disabled_because",
        )
    )
    disabled_at: Mapped[datetime | None]


class WebhookSecret(Base):
    """A secret, sealed with a key that is wrapped by a key outside the database. At most two of one webhook live."""

    __tablename__ = "webhook_secrets"
    __table_args__ = (sa.Index(None, "webhook_id"),)
    id: Mapped[Key]
    webhook_id: Mapped[UUID] = mapped_column(sa.ForeignKey("webhooks.id", ondelete="CASCADE"))
    wrapped_key: Mapped[bytes]
    sealed_secret: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime | None]


class WebhookCursor(Base):
    """How far a webhook's deliveries have been made from the changes, and how its receiver fares."""

    __tablename__ = "webhook_cursors"
    webhook_id: Mapped[UUID] = mapped_column(sa.ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[Big]
    #: Batches in a row of which nothing arrived, since when, and until when it rests.
    failures: Mapped[int] = number(0)
    failing_since: Mapped[datetime | None]
    resting_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    #: What the last attempt met that did not arrive: a status of HTTP, or a code of ours.
    failed_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None]
    #: How often in a row the service itself failed over this webhook, and until when it is left alone therefore.
    stalls: Mapped[int] = number(0)
    stalled_until: Mapped[datetime | None]


class WebhookDelivery(Base):
    """One event for one endpoint. `seq` is the order of an object's events."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        sa.Index(None, "webhook_id", "created_at", "id"),
        sa.Index(None, "created_at", "id"),
        sa.Index(
            "ix_webhook_deliveries_due", "webhook_id", "next_at", "seq", postgresql_where=sa.text("state = 'pending'")
        ),
        sa.Index(
            "ix_webhook_deliveries_object",
            "webhook_id",
            "object_id",
            "seq",
            postgresql_where=sa.text("state = 'pending'"),
        ),
        sa.Index(
            "uq_webhook_deliveries_once",
            "webhook_id",
            "position",
            unique=True,
            postgresql_where=sa.text("NOT replayed"),
        ),
    )
    id: Mapped[Key]
    seq: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True))
    webhook_id: Mapped[UUID] = mapped_column(sa.ForeignKey("webhooks.id", ondelete="CASCADE"))
    owner_id: Mapped[UUID]
    person_id: Mapped[UUID]
    #: The change it tells of; NULL for a ping.
    position: Mapped[int | None] = mapped_column(sa.BigInteger())
    event_id: Mapped[str]
    type: Mapped[str]
    resource: Mapped[str]
    object_id: Mapped[UUID]
    version: Mapped[int | None]
    occurred_at: Mapped[datetime]
    replayed: Mapped[bool] = flag()
    state: Mapped[str] = choice(
        "state", "pending", "delivered", "failed", "dropped", server_default=sa.text("'pending'")
    )
    attempts: Mapped[int] = number(0)
    next_at: Mapped[datetime] = mapped_column(server_default=NOW)
    lease_until: Mapped[datetime | None]
    #: What the last attempt met: a status of HTTP, or a code of ours, and how long it took.
    status: Mapped[int | None]
    error: Mapped[str | None]
    milliseconds: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    attempted_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


__all__ = ["Webhook", "WebhookCursor", "WebhookDelivery", "WebhookSecret"]
