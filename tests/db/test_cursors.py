"""Cursors: what goes in comes out, and nothing else comes in."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import cursors
from app.db.columns import plain
from app.db.listing import KeyKind, Listing, Order, equals
from app.domain.asked import Asked
from app.domain.errors import Rejected

SECRET = b"s" * 32
KINDS: dict[KeyKind, st.SearchStrategy[Any]] = {
    "instant": st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  hypothesis adds the zone
    "date": st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)),
    "uuid": st.uuids(),
    "text": st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=50),
    "integer": st.integers(min_value=-(2**63), max_value=2**63 - 1),
}
LISTING = Listing(
    resource="things",
    table="things",
    columns=(plain("id"),),
    filters={"kind": equals("t.kind"), "at": equals("t.at")},
    orders={kind: Order(((f"a_{kind}", kind),)) for kind in KINDS} | {"number": Order((), id_kind="integer")},
    default_sort="-instant",
)
KEYS = (datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC), UUID(int=7))


@given(st.data(), st.sampled_from(list(KINDS)))
def test_the_keys_of_a_row_come_back_as_they_were(data: st.DataObject, kind: KeyKind) -> None:
    asked = Asked(sort=kind)
    keys = (data.draw(KINDS[kind]), data.draw(st.uuids()))
    assert cursors.read(SECRET, LISTING, asked, cursors.make(SECRET, LISTING, asked, keys)) == keys


def test_an_order_by_a_number_alone() -> None:
    asked = Asked(sort="-number")
    assert cursors.read(SECRET, LISTING, asked, cursors.make(SECRET, LISTING, asked, (41,))) == (41,)


def test_a_cursor_is_fit_for_an_address() -> None:
    cursor = cursors.make(SECRET, LISTING, Asked(), KEYS)
    assert cursor.replace("-", "").replace("_", "").isalnum()


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_not_one_bit_can_be_altered(place: int, flip: int) -> None:
    cursor = cursors.make(SECRET, LISTING, Asked(), KEYS)
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[place % len(raw)] ^= flip
    altered = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    with pytest.raises(Rejected) as refused:
        cursors.read(SECRET, LISTING, Asked(), altered)
    assert refused.value.faults[0].code == "cursor_invalid"


@given(st.text(max_size=60))
def test_what_is_no_cursor_is_refused_as_one(text: str) -> None:
    with pytest.raises(Rejected):
        cursors.read(SECRET, LISTING, Asked(), text)


OTHERS = {
    "another secret": (b"t" * 32, LISTING, Asked()),
    "another filter": (SECRET, LISTING, Asked(filters={"kind": ["a"]})),
    "another order": (SECRET, LISTING, Asked(sort="instant")),
    "another search": (SECRET, LISTING, Asked(search="radio")),
    "another list": (SECRET, Listing(resource="others", table="t", columns=()), Asked()),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_cursor_belongs_to_what_it_was_made_for(name: str) -> None:
    cursor = cursors.make(SECRET, LISTING, Asked(), KEYS)
    with pytest.raises(Rejected):
        cursors.read(*OTHERS[name], cursor)


def test_filters_are_told_apart_by_value_and_not_by_the_order_they_were_given_in() -> None:
    one = Asked(filters={"kind": ["a"], "at": KEYS[0]})
    same = Asked(filters={"at": KEYS[0], "kind": ["a"]})
    cursor = cursors.make(SECRET, LISTING, one, KEYS)
    assert cursors.read(SECRET, LISTING, same, cursor) == KEYS
    with pytest.raises(Rejected):
        cursors.read(SECRET, LISTING, Asked(filters={"kind": ["a"], "at": datetime(2024, 1, 1, tzinfo=UTC)}), cursor)


def test_what_the_default_order_is_called_makes_no_difference() -> None:
    cursor = cursors.make(SECRET, LISTING, Asked(), KEYS)
    assert cursors.read(SECRET, LISTING, Asked(sort="-instant"), cursor) == KEYS
