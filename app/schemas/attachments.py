"""Attachments: a file at a document, a delivery, an item, an event or a requirement (API 22)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.schemas.common import Answer, Body, ListQuery, Ref, Several, Text
from app.schemas.documents import PersonOut

Attachable = Literal["acceptances", "handovers", "deliveries", "equipment", "events", "requirements"]


class AttachedFile(Answer):
    """The file."""

    id: UUID
    file_name: str
    media_type: str
    size: int
    sha256: str


class AttachmentOut(Answer):
    """A file at something. Whoever sees that sees the file."""

    id: UUID
    file: AttachedFile
    resource: Attachable
    object_id: UUID
    position: int | None = Field(description="The place of an event in the history of the item `object_id`.")
    label: str | None
    attached_by: PersonOut | None
    version: int
    created_at: datetime


class AttachmentIn(Body):
    """A file in the caller's sight to be attached to something that the caller may change."""

    id: UUID | None = None
    file: UUID = Field(description="Uploaded to `/files` before.", examples=["019b2c10-7a02-7e63-9d14-6fa0b2c8e3d5"])
    resource: Attachable = Field(examples=["handovers"])
    object: Ref = Field(
        description="An id or reference; of an event, those of its item.", examples=["HO-TN-2026-000001"]
    )
    position: int | None = Field(None, ge=1, description="Of an event: its place in the item's history.")
    label: Text | None = Field(None, examples=["Signed protocol"])

    @model_validator(mode="after")
    def _place(self) -> Self:
        if (self.resource == "events") != (self.position is not None):
            raise ValueError("an event needs a position, and nothing else may have one")
        return self


class AttachmentQuery(ListQuery):
    """Filters of the list of attachments."""

    resource: Several[Attachable] | None = Field(None, description="Attached to objects of these kinds.")
    object_id: Several[UUID] | None = Field(None, description="Attached to one of these objects, by id.")
    file_id: Several[UUID] | None = Field(None, description="Where one of these files is attached.")
