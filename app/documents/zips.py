"""A ZIP archive made piece by piece: bytes leave as they are made, and nothing is written anywhere else.

The standard library's writer wants a file, and gives up a member of unknown size at 2 GiB. Sizes and checksums come
behind each member (flag bit 3). No ZIP64: spreadsheets do not open it, so members and archive end before 4 GiB.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

#: Where a member has to end; whoever writes begins another one before.
MEMBER_BYTES = 0xFFFFFFFF - 64 * 1024 * 1024

_LOCAL, _BEHIND, _ENTRY, _END = b"PK\x03\x04", b"PK\x07\x08", b"PK\x01\x02", b"PK\x05\x06"
_VERSION, _FLAGS, _DEFLATED = 20, 1 << 3 | 1 << 11, 8
#: 1980-01-01: the same rows make the same bytes.
_TIME, _DATE = 0, 1 << 5 | 1


@dataclass(slots=True)
class _Member:
    name: bytes
    offset: int
    checksum: int = 0
    packed: int = 0
    size: int = 0


class Zip:
    """One archive. `begin`, `write` and `end` a member after another, then `finish`; each returns what to send."""

    def __init__(self, level: int = 1) -> None:
        """Level 1 packs tables three times as fast as the default, and nearly as small."""
        self._level = level
        self._members: list[_Member] = []
        self._packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._offset = 0

    @property
    def size(self) -> int:
        """Bytes of the present member before packing."""
        return self._members[-1].size

    def begin(self, name: str) -> bytes:
        """Begin a member."""
        encoded = name.encode()
        self._members.append(_Member(encoded, self._offset))
        self._packer = zlib.compressobj(self._level, zlib.DEFLATED, -zlib.MAX_WBITS)
        head = struct.pack("<4s5H3L2H", _LOCAL, _VERSION, _FLAGS, _DEFLATED, _TIME, _DATE, 0, 0, 0, len(encoded), 0)
        return self._sent(head + encoded)

    def write(self, data: bytes) -> bytes:
        """Add to the present member. What comes back may be empty: the packer waits for more."""
        member = self._members[-1]
        member.checksum = zlib.crc32(data, member.checksum)
        member.size += len(data)
        packed = self._packer.compress(data)
        member.packed += len(packed)
        return self._sent(packed)

    def end(self) -> bytes:
        """End the present member."""
        member = self._members[-1]
        rest = self._packer.flush()
        member.packed += len(rest)
        return self._sent(rest + struct.pack("<4s3L", _BEHIND, member.checksum, member.packed, member.size))

    def whole(self, name: str, data: bytes) -> bytes:
        """A member in one piece."""
        return self.begin(name) + self.write(data) + self.end()

    def finish(self) -> bytes:
        """The directory; without it nothing opens the archive, so one that was cut is never taken for whole."""
        directory = b"".join(
            struct.pack(
                "<4s6H3L5H2L", _ENTRY, _VERSION, _VERSION, _FLAGS, _DEFLATED, _TIME, _DATE,
                m.checksum, m.packed, m.size, len(m.name), 0, 0, 0, 0, 0, m.offset,
            ) + m.name
            for m in self._members
        )  # fmt: skip
        count = len(self._members)
        tail = struct.pack("<4s4H2LH", _END, 0, 0, count, count, len(directory), self._offset, 0)
        return self._sent(directory + tail)

    def _sent(self, data: bytes) -> bytes:
        self._offset += len(data)
        return data
