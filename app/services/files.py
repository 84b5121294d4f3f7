"""Files: upload, look up, read. The bytes are in the file store, what is known of them in our row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from hashlib import sha256
from uuid import UUID

from app.adapters.file_store import FileStore
from app.db import reading, writing
from app.db.columns import instant, person, plain, related
from app.db.listing import Listing
from app.db.session import Statement, Tx
from app.domain.errors import NotFound, Rejected
from app.domain.files import media_type_of
from app.schemas.files import UploadQuery
from app.services.authority import caller_of

UNKNOWN = "application/octet-stream"

LISTING = Listing(
    resource="files",
    table="files",
    columns=(
        plain("id"),
        plain("file_name", free_text=True),
        plain("media_type"),
        plain("size"),
        plain("sha256"),
        person("uploaded_by", "t.owner_id", component="NULL::uuid"),
        related("organisation", "organisations", "t.organisation_id"),
        plain("version"),
        instant("created_at"),
    ),
    reference=None,
)

_WHERE = Statement("SELECT sha256, media_type, file_name, size FROM files WHERE id = :id")


async def upload(tx: Tx, store: FileStore, query: UploadQuery, declared: str, content: bytes) -> reading.Reading:
    """Take a file whose bytes are what its name and its declared type say; Rejected otherwise.

    The bytes are stored before the row: without the row nobody can ask for them, and the next upload finds them.
    """
    media_type, digest = await asyncio.to_thread(_examined, content, query.file_name)
    said = declared.partition(";")[0].strip().lower()
    if said not in {UNKNOWN, media_type}:
        raise Rejected.at("", "file_not_as_declared", "The content is not of the type that Content-Type declares.")
    caller = caller_of(tx)
    file_id = query.id or writing.new_id()
    await store.put(digest, content)
    await writing.insert(
        tx,
        "files",
        {
            "id": file_id,
            "owner_id": caller.id,
            "organisation_id": caller.organisation_id,
            "file_name": query.file_name,
            "media_type": media_type,
            "size": len(content),
            "sha256": digest,
        },
    )
    return await reading.one(tx, LISTING, file_id)


def _examined(content: bytes, file_name: str) -> tuple[str, str]:
    return media_type_of(content, file_name), sha256(content).hexdigest()


async def content_of(tx: Tx, store: FileStore, file_id: UUID) -> tuple[AsyncGenerator[bytes], str, str]:
    """The bytes of a file in sight, its media type and its name. NotFound when it is out of sight."""
    row = await tx.row(_WHERE, id=file_id)
    if row is None:
        raise NotFound
    return store.get(row["sha256"]), row["media_type"], row["file_name"]
