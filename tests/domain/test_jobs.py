"""Pauses between attempts."""

from __future__ import annotations

from app.domain.jobs import LONGEST_PAUSE_S, pause_after


def test_pauses_grow_vary_and_end() -> None:
    assert [pause_after(n, 0.0) for n in (1, 2, 3)] == [1.0, 2.0, 4.0]
    assert pause_after(1, 0.5) == 1.5
    assert LONGEST_PAUSE_S / 2 <= pause_after(1_000, 0.0) < pause_after(1_000, 0.999999) <= LONGEST_PAUSE_S
