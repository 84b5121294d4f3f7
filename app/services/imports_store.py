"""The uploaded file of an import: sealed in the file store under a key of its own, opened by its uploader only."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, BinaryIO, Protocol, cast
from uuid import UUID

from app.adapters.file_store import FileStore, file_store
from app.documents.spreadsheets import open_xlsx
from app.documents.tables import Table, open_csv, open_jsonl
from app.domain.errors import NotFound, Unavailable
from app.security import vault
from app.security.keys import Keys
from app.security.sealed_files import SealedReader, seal
from app.services.importing import Importing
from app.services.imports_columns import columns_of
from app.services.imports_known import as_id
from app.settings import Settings

CHUNK = 1024 * 1024


class Upload(Protocol):
    """A file that is coming in."""

    filename: str | None

    async def read(self, size: int = -1) -> bytes:
        """The next bytes."""

    async def seek(self, offset: int) -> None:
        """Go to a place."""


@dataclass(slots=True)
class Stored:
    """What is known of a file once it is stored."""

    wrapped_key: bytes
    size: int
    sha256: str
    head: bytes


_FOLDER = "imports"
#: A file is stored before its row; a day later one without a row never gets one.
_LEFT_BEHIND = timedelta(days=1)


def _name(import_id: UUID) -> str:
    return f"{_FOLDER}/{import_id}"


async def store(settings: Settings, keys: Keys, import_id: UUID, upload: Upload) -> Stored:
    """Seal a file piece by piece into the store; never whole in memory."""
    wrapped = vault.new_data_key(keys, owner_id=import_id)
    made = Stored(wrapped, 0, "", b"")
    digest = sha256()
    await upload.seek(0)

    async def pieces() -> AsyncIterator[bytes]:
        while chunk := await upload.read(CHUNK):
            digest.update(chunk)
            made.size += len(chunk)
            made.head = made.head or chunk[:1024]
            yield chunk

    key = vault.open_data_key(keys, wrapped, owner_id=import_id)
    await file_store(settings).put_stream(_name(import_id), seal(key, pieces()))
    made.sha256 = digest.hexdigest()
    return made


async def remove(settings: Settings, import_id: UUID) -> None:
    """Remove a file. One that cannot be removed now is `left_behind`; nobody can open it once its row is gone."""
    with suppress(Unavailable):
        await file_store(settings).remove(_name(import_id))


async def left_behind(settings: Settings) -> AsyncIterator[list[UUID]]:
    """Imports whose files are a day old or more, a batch at a time: which of them there are, the database knows."""
    async for names in file_store(settings).left_behind(_FOLDER, _LEFT_BEHIND):
        yield [ident for name in names if (ident := as_id(name.rpartition("/")[2])) is not None]


def opened(settings: Settings, keys: Keys, row: Any) -> BinaryIO:
    """The file of an import, to read and seek in; it blocks. NotFound once its key was destroyed."""
    if row["wrapped_key"] is None:
        raise NotFound("The file was erased together with a person who may have stood in it.")
    held: FileStore = file_store(settings)
    name = _name(row["id"])
    key = vault.open_data_key(keys, row["wrapped_key"], owner_id=row["id"])
    reader = SealedReader(key, held.size_of(name), lambda start, end: held.fetch(name, start, end))
    return cast("BinaryIO", io.BufferedReader(reader, buffer_size=64 * 1024))


def table(settings: Settings, keys: Keys, row: Any, importing: Importing) -> Table:
    """The rows of an import's file; it blocks, as reading them does. Rejected at `/file` for what cannot be read."""
    stream = opened(settings, keys, row)
    if row["format"] == "xlsx":
        return open_xlsx(stream)
    if row["format"] == "jsonl":
        columns = columns_of(importing)
        return open_jsonl(stream, columns.nested, columns.whole)
    return open_csv(stream, row["encoding"], row["delimiter"])
