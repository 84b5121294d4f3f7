"""Files: what is uploaded, by whom, and what it is by its bytes (API 22)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.schemas.common import Answer, Body, Related
from app.schemas.documents import PersonOut

#: A name, not a path: no separators, no control characters, and nothing that turns text around.
FileName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=3,
        max_length=150,
        pattern=r"^[^\x00-\x1f\x7f/\\:*?\"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]+$",
    ),
]


class FileOut(Answer):
    """An uploaded file. Its uploader sees it, and whoever sees something that it is attached to."""

    id: UUID
    file_name: str
    media_type: str
    size: int = Field(description="In bytes.")
    sha256: str
    uploaded_by: PersonOut | None
    organisation: Related | None
    version: int
    created_at: datetime


class UploadQuery(Body):
    """What is said of an upload beside its bytes."""

    file_name: FileName = Field(description="With the extension that fits the content.", examples=["signed.pdf"])
    id: UUID | None = Field(None, description="An id made by the client (UUIDv7), so that an upload can be retried.")
