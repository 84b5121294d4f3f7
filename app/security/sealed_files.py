"""Files sealed block by block, so that they are written and read piece by piece and at any place.

Each file has a data key of its own, wrapped by the vault's key (`vault.new_data_key`): without the wrapped key the
bytes are noise, and destroying it is destroying them. A block is 64 KiB with its AES-GCM tag behind; its number is its
nonce, and it says whether it is the last one, so nothing can be cut off, put in or exchanged.
"""

from __future__ import annotations

import io
import os
import tempfile
from array import array
from collections.abc import AsyncIterator, Callable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.security.vault import SealBroken

BLOCK = 64 * 1024
TAG = 16
_SEALED = BLOCK + TAG


def _facts(index: int, *, last: bool) -> tuple[bytes, bytes]:
    """The nonce of a block, and what is sealed along with it."""
    return index.to_bytes(12, "big"), b"bmp:file:1:last" if last else b"bmp:file:1:more"


async def seal(key: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The blocks of a file. A file has at least one, which may be empty."""
    cipher, index, held = AESGCM(key), 0, bytearray()
    async for chunk in chunks:
        held += chunk
        while len(held) > BLOCK:
            nonce, about = _facts(index, last=False)
            yield cipher.encrypt(nonce, bytes(held[:BLOCK]), about)
            del held[:BLOCK]
            index += 1
    nonce, about = _facts(index, last=True)
    yield cipher.encrypt(nonce, bytes(held), about)


class SealedReader(io.RawIOBase):
    """A sealed file as a file to read and seek in. `fetch(start, end)` gets bytes of the sealed one; it may block."""

    def __init__(self, key: bytes, size: int, fetch: Callable[[int, int], bytes]) -> None:
        """`size` is that of the sealed file."""
        self._cipher, self._size, self._fetch = AESGCM(key), size, fetch
        self._blocks = max(1, -(-size // _SEALED))
        self._length = size - self._blocks * TAG
        self._place = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._length}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Up to one block."""
        if self._place >= self._length:
            return 0
        index, inside = divmod(self._place, BLOCK)
        piece = self._block(index)[inside : inside + len(buffer)]
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def _block(self, index: int) -> bytes:
        if self._held[0] != index:
            nonce, about = _facts(index, last=index == self._blocks - 1)
            sealed = self._fetch(index * _SEALED, min((index + 1) * _SEALED, self._size))
            try:
                self._held = (index, self._cipher.decrypt(nonce, sealed, about))
            except InvalidTag:
                raise SealBroken("a stored file was changed, cut, or belongs elsewhere") from None
        return self._held[1]


class Spool:
    """What a process puts by and reads once: on disk, sealed with a key that is never stored."""

    def __init__(self) -> None:
        """Empty."""
        self._cipher = AESGCM(os.urandom(32))
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the spool
        self._sizes = array("I")

    def append(self, piece: bytes) -> None:
        """One piece more."""
        sealed = self._cipher.encrypt(len(self._sizes).to_bytes(12, "big"), piece, None)
        self._file.write(sealed)
        self._sizes.append(len(sealed))

    def __iter__(self) -> Iterator[bytes]:
        """All pieces in their order."""
        self._file.seek(0)
        for index, size in enumerate(self._sizes):
            yield self._cipher.decrypt(index.to_bytes(12, "big"), self._file.read(size), None)

    def close(self) -> None:
        """Give the room back."""
        self._file.close()


class Received(io.RawIOBase):
    """A file that is coming in: in memory up to a bound; beyond it on disk, sealed with a key that is never stored.

    Written from its beginning to its end, then read at any place. What `tempfile.SpooledTemporaryFile` is, but that
    nothing of its content ever stands on disk in clear.
    """

    def __init__(self, memory: int) -> None:
        """Empty; as many bytes are held in memory before anything is written."""
        self._max_size = memory  # Starlette asks for these two, to know when writing may block
        self._rolled = False
        self._cipher = AESGCM(os.urandom(32))
        self._file: io.BufferedRandom | None = None
        self._blocks = 0
        self._tail = bytearray()
        self._place = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def writable(self) -> bool:
        """Yes, at the end."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._length}[whence]
        self._place = max(0, base + offset)
        return self._place

    @property
    def _length(self) -> int:
        return self._blocks * BLOCK + len(self._tail)

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """More of it, behind what there is."""
        if self._place != self._length:
            raise io.UnsupportedOperation("a file that comes in is written at its end")
        self._tail += data
        if self._rolled or len(self._tail) > self._max_size:
            self._seal_blocks()
        self._place = self._length
        return len(data)

    def _seal_blocks(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as this one
            self._rolled = True
        self._file.seek(self._blocks * _SEALED)
        while len(self._tail) >= BLOCK:
            self._file.write(self._cipher.encrypt(self._blocks.to_bytes(12, "big"), bytes(self._tail[:BLOCK]), None))
            del self._tail[:BLOCK]
            self._blocks += 1

    def read(self, size: int | None = -1) -> bytes:
        """As much as is asked for, or there is; a raw read would end with its block."""
        if size is None or size < 0:
            return self.readall()
        pieces = bytearray()
        while len(pieces) < size and (piece := super().read(size - len(pieces))):
            pieces += piece
        return bytes(pieces)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Up to one block."""
        index, inside = divmod(self._place, BLOCK)
        if index < self._blocks and self._file is not None:
            self._file.seek(index * _SEALED)
            piece = self._cipher.decrypt(index.to_bytes(12, "big"), self._file.read(_SEALED), None)
        else:
            piece, inside = bytes(self._tail), self._place - self._blocks * BLOCK
        piece = piece[inside : inside + len(buffer)]
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def close(self) -> None:
        """Forget it: the key goes, and the room is given back."""
        if self._file is not None:
            self._file.close()
        self._tail = bytearray()
        super().close()
