"""Where the bytes of files are: a folder by default, a bucket by URL. Stored by their hash, whole or not at all.

The store knows no names and no types: those live in our row. A file that is there is never written again, so two
uploads of one file share its bytes. A local write goes to a name of its own first and is renamed when it is whole.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import structlog
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from app.domain.errors import Unavailable
from app.settings import Settings

log = structlog.get_logger(__name__)
CHUNK = 1024 * 1024


class FileStore:
    """Bytes by their SHA-256."""

    def __init__(self, store: ObjectStore) -> None:
        """Use a store that is open."""
        self._store = store

    async def put(self, sha256: str, content: bytes) -> None:
        """Store bytes under their hash; Unavailable when there is no room or no way, and then nothing is left."""
        path = _path(sha256)
        try:
            if await self._size(path) != len(content):
                await self._store.put_async(path, content, use_multipart=False)
        except (BaseError, OSError) as error:
            log.error("files.not_stored", error=type(error).__name__)  # noqa: TRY400  the message may name paths
            raise Unavailable("The file cannot be stored now.", retry_after=60) from error

    async def _size(self, path: str) -> int | None:
        try:
            return int((await self._store.head_async(path))["size"])
        except (NotFoundError, FileNotFoundError):
            return None

    async def put_stream(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Store what comes under a name of its own (sealed files); Unavailable as `put`, and nothing is left."""
        try:
            await self._store.put_async(name, chunks, use_multipart=True)
        except (BaseError, OSError) as error:
            log.error("files.not_stored", error=type(error).__name__)  # noqa: TRY400  as above
            raise Unavailable("The file cannot be stored now.", retry_after=60) from error

    def size_of(self, name: str) -> int:
        """The size of a named file; it blocks. Unavailable when it cannot be read."""
        with _reading(name):
            return int(self._store.head(name)["size"])

    def fetch(self, name: str, start: int, end: int) -> bytes:
        """Bytes of a named file; it blocks. Unavailable when they cannot be read."""
        with _reading(name):
            return bytes(self._store.get_range(name, start=start, end=end))

    async def remove(self, name: str) -> None:
        """Remove a named file; one that is not there is removed already."""
        try:
            await self._store.delete_async(name)
        except (NotFoundError, FileNotFoundError):
            return
        except (BaseError, OSError) as error:
            log.error("files.not_removed", error=type(error).__name__)  # noqa: TRY400  as above
            raise Unavailable("The file cannot be removed now.", retry_after=60) from error

    async def left_behind(self, folder: str, since: timedelta) -> AsyncGenerator[list[str], None]:
        """Names in a folder that nobody has written to for so long, a batch at a time; Unavailable as the others."""
        before = datetime.now(UTC) - since
        try:
            async for found in self._store.list(f"{folder}/", chunk_size=500):
                yield [each["path"] for each in found if each["last_modified"] < before]
        except (BaseError, OSError) as error:
            log.error("files.not_listed", error=type(error).__name__)  # noqa: TRY400  as above
            raise Unavailable("Files cannot be listed now.", retry_after=60) from error

    async def get(self, sha256: str) -> AsyncGenerator[bytes, None]:
        """The bytes, piece by piece; Unavailable when they cannot be read."""
        try:
            found = await self._store.get_async(_path(sha256))
            async for chunk in found.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)
        except (BaseError, OSError) as error:
            log.error("files.not_read", error=type(error).__name__, sha256=sha256)  # noqa: TRY400  as above
            raise Unavailable("The file cannot be read now.", retry_after=60) from error


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        log.error("files.not_read", error=type(error).__name__, name=name)  # noqa: TRY400  the message may name paths
        raise Unavailable("The file cannot be read now.", retry_after=60) from error


def _path(sha256: str) -> str:
    """Spread over 256 folders."""
    return f"{sha256[:2]}/{sha256}"


def file_store(settings: Settings) -> FileStore:
    """The store of a deployment, opened once; Unavailable while it cannot be opened."""
    try:
        return _opened(settings.files_url, str(settings.data / "files"))
    except (BaseError, OSError) as error:
        log.error("files.not_opened", error=type(error).__name__)  # noqa: TRY400  the message may name paths
        raise Unavailable("Files cannot be reached now.", retry_after=60) from error


@lru_cache(maxsize=16)
def _opened(url: str, folder: str) -> FileStore:
    if not url:
        return FileStore(LocalStore(folder, mkdir=True))
    if url.startswith("file://"):
        return FileStore(LocalStore(url.removeprefix("file://"), mkdir=True))
    return FileStore(from_url(url))
