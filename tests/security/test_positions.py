"""Cursors of the feed hold what was put into them, for the holder of the key only."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.changes import Point
from app.security import positions
from app.security.positions import NoPoint, event_id, seal, unseal

SECRET = b"s" * 32
POINTS = st.builds(Point, st.uuids(), st.integers(0, 2**63 - 1), st.binary(min_size=8, max_size=8))


@given(POINTS)
def test_what_is_sealed_comes_back(point: Point) -> None:
    cursor = seal(SECRET, point)
    assert unseal(SECRET, cursor) == point
    assert cursor == seal(SECRET, point)
    assert len(cursor) == positions.LENGTH


@given(POINTS, st.integers(0, positions.LENGTH - 1), st.characters(max_codepoint=0x17F))
def test_an_altered_cursor_is_none(point: Point, at: int, character: str) -> None:
    cursor = seal(SECRET, point)
    altered = cursor[:at] + character + cursor[at + 1 :]
    if altered == cursor:
        return
    with pytest.raises(NoPoint):
        unseal(SECRET, altered)


@given(POINTS)
def test_the_key_decides(point: Point) -> None:
    with pytest.raises(NoPoint):
        unseal(b"other" * 8, seal(SECRET, point))


@given(st.text(max_size=200))
def test_any_text_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(NoPoint):
        unseal(SECRET, text)


def test_ids_differ_by_era_position_and_subject() -> None:
    era, other = UUID(int=1), UUID(int=2)
    ids = [
        event_id(SECRET, era, 1),
        event_id(SECRET, era, 2),
        event_id(SECRET, other, 1),
        event_id(SECRET, era, 1, b"scope"),
        event_id(b"k" * 32, era, 1),
    ]
    assert len(set(ids)) == len(ids)
    assert event_id(SECRET, era, 1) == ids[0]
