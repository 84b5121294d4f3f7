"""Histories: who changed what in an object, and when it was recorded (API 21)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.common import OWN_ID, Answer, Number, PageQuery, Several


class Actor(Answer):
    """The account or client that acted. Its name is shown to its own organisation only."""

    id: UUID
    label: str | None


class RevisionOut(Answer):
    """One change of one object."""

    id: int
    action: Literal["insert", "update", "delete"]
    version: int | None = Field(description="The version that the change made.")
    recorded_at: datetime
    actor: Actor | None = Field(
        description="Null for what the deployment itself wrote, such as its seed, and for observers."
    )
    changed: dict[str, Any] = Field(description="The stored facts that changed, with their new values.")


class HistoryQuery(PageQuery):
    """A history takes no filters of its own."""

    id: Several[Number] | None = Field(None, description=OWN_ID)


class EventQuery(PageQuery):
    """Events of one object are told by their position, and take no filters."""
