"""What comes in, beyond what fits into memory: sealed on disk, read at any place."""

from __future__ import annotations

import io
import os

import pytest

from app.security.sealed_files import BLOCK, Received


def test_what_comes_in_is_read_at_any_place_whatever_its_size() -> None:
    for size in (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 7):
        whole = os.urandom(size)
        for memory in (0, BLOCK, 10 * BLOCK):
            coming = Received(memory)
            for start in range(0, size, 50_000):
                coming.write(whole[start : start + 50_000])
            coming.seek(0)
            assert coming.read() == whole
            for place in (0, 1, BLOCK - 3, BLOCK, 2 * BLOCK + 5, size):
                coming.seek(place)
                assert (coming.tell(), coming.read(10)) == (place, whole[place : place + 10])
            assert coming.seek(-min(size, 5), io.SEEK_END) == size - min(size, 5)
            assert coming.read() == whole[size - min(size, 5) :]
            coming.close()
            assert coming.closed


def test_what_comes_in_is_written_at_its_end_only() -> None:
    coming = Received(10)
    coming.write(b"abc")
    coming.seek(1)
    with pytest.raises(io.UnsupportedOperation):
        coming.write(b"x")
