"""The long checks of `make check-deep` run on the bench's place: the service's own settings, a large register."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from bench.place import Place, place, uvicorn

ITEMS = int(os.environ.get("BMP_DEEP_ITEMS", "1000000"))


@pytest.fixture(scope="session")
def large() -> Iterator[Place]:
    """A register of a million items (`BMP_DEEP_ITEMS`), and one uvicorn worker in front of it."""
    with place(ITEMS) as made, uvicorn(made):
        yield made
