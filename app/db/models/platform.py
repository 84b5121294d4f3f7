"""What a commit brings with it: change rows, revisions, kept answers (HOUSE 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import NOW, Base, Xid8, json


class Change(Base):
    """One committed change of one object. The sequencer gives `position`; cursors hold positions only.

    `left` rows tell of objects that moved: where they were, and by `to_…` where they went (ADR 12).
    """

    __tablename__ = "changes"
    __table_args__ = (
        sa.Index(None, "position", unique=True, postgresql_where=sa.text("position IS NOT NULL")),
        sa.Index("ix_changes_unplaced", "seq", postgresql_where=sa.text("position IS NULL")),
    )
    seq: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    xact: Mapped[Any] = mapped_column(Xid8(), server_default=sa.text("pg_current_xact_id()"))
    position: Mapped[int | None] = mapped_column(sa.BigInteger())
    resource: Mapped[str]
    object_id: Mapped[UUID]
    action: Mapped[str]
    version: Mapped[int | None]
    component_id: Mapped[UUID | None]
    agency_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    personal: Mapped[bool] = mapped_column(server_default=sa.text("false"))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)
    to_component_id: Mapped[UUID | None]
    to_agency_id: Mapped[UUID | None]
    to_organisation_id: Mapped[UUID | None]


class Feed(Base):
    """Where the change feed begins and ends, in the one row of this table (ADR 13).

    Kept apart from the changes, so that positions go on when every change is forgotten. `eras` are the stretches of
    history that no restore has torn: `[{"id", "after"}]`; `cluster` is where the present one is written.
    """

    __tablename__ = "feed"
    __table_args__ = (sa.CheckConstraint("one", name="one_row"),)
    one: Mapped[bool] = mapped_column(primary_key=True, server_default=sa.text("true"))
    newest: Mapped[int] = mapped_column(sa.BigInteger(), server_default=sa.text("0"))
    forgotten: Mapped[int] = mapped_column(sa.BigInteger(), server_default=sa.text("0"))
    cluster: Mapped[str]
    eras: Mapped[list[Any]] = json("[]")


class Revision(Base):
    """What changed in an object, by whom: `GET /{resource}/{id}/history` (items have their events instead)."""

    __tablename__ = "revisions"
    __table_args__ = (sa.Index(None, "object_id", "id"),)
    id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    resource: Mapped[str]
    object_id: Mapped[UUID]
    action: Mapped[str]
    version: Mapped[int | None]
    component_id: Mapped[UUID | None]
    agency_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    personal: Mapped[bool] = mapped_column(server_default=sa.text("false"))
    actor_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)
    after: Mapped[dict[str, Any]]


class IdempotencyKey(Base):
    """A kept answer: a retry with the same key gets it again and never the effect (API 10)."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (sa.Index(None, "created_at"),)
    caller_id: Mapped[UUID] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_hash: Mapped[bytes]
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    answer: Mapped[bytes]
    resource: Mapped[str | None]
    object_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


__all__ = ["Change", "Feed", "IdempotencyKey", "Revision"]
