"""Files on this machine: written whole or not at all, read with somebody looking on. Both clients share it."""

from __future__ import annotations

import json
import mimetypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import IO
from uuid import uuid4

Progress = Callable[[int, int | None], None]
"""Told how many bytes are done, and out of how many (None: nobody knows)."""


_LONGEST_TRAILER = 256


class Landing:
    """A file that is being written beside its place."""

    def __init__(self, file: IO[bytes], progress: Progress | None, total: int | None) -> None:
        """Nothing is written yet."""
        self._file, self._progress, self._total = file, progress, total
        self.written = 0
        self._lines = 0
        self._tail = b""

    def write(self, chunk: bytes) -> None:
        """Write a piece, and tell."""
        self._file.write(chunk)
        self.written += len(chunk)
        self._lines += chunk.count(b"\n")
        self._tail = (self._tail + chunk)[-_LONGEST_TRAILER:]
        if self._progress is not None:
            self._progress(self.written, self._total)

    def drop_trailer(self) -> bool:
        """Take the last line away, which counts those before it. False: it is not there, or counts another number."""
        last = self._tail.rstrip(b"\n").rpartition(b"\n")[2]
        try:
            count = json.loads(last)["count"]
        except (ValueError, TypeError, KeyError):
            return False
        self.written -= len(self._tail) - self._tail.rindex(last)
        self._file.truncate(self.written)
        return bool(count == self._lines - 1)


@contextmanager
def save(target: str | PathLike[str], progress: Progress | None, announced: str | None) -> Iterator[Landing]:
    """A file that takes its place when all went well, and leaves nothing otherwise."""
    place = Path(target)
    part = place.with_name(f".{place.name}.{uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            yield Landing(file, progress, int(announced) if announced else None)
        part.replace(place)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


class Source:
    """A file that is sent, with somebody looking on. Each attempt reads it from its beginning."""

    def __init__(self, file: IO[bytes], place: Path, progress: Progress | None) -> None:
        """Nothing is read yet."""
        self._file, self._progress = file, progress
        self.name = place.name
        self.size = os.fstat(file.fileno()).st_size
        self.media_type = mimetypes.guess_type(place.name)[0] or "application/octet-stream"

    def again(self) -> None:
        """Go back to the beginning."""
        self._file.seek(0)

    def read(self, size: int = -1) -> bytes:
        """A piece."""
        piece = self._file.read(size)
        if self._progress is not None:
            self._progress(self._file.tell(), self.size)
        return piece

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go elsewhere; whoever sends a form asks how long it is in this way."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where it is."""
        return self._file.tell()

    def pieces(self) -> Iterator[bytes]:
        """Pieces of 64 KiB, from the beginning."""
        self.again()
        return iter(lambda: self.read(65_536), b"")


@contextmanager
def source(path: str | PathLike[str], progress: Progress | None) -> Iterator[Source]:
    """A file to send."""
    place = Path(path)
    with place.open("rb") as file:
        yield Source(file, place, progress)
