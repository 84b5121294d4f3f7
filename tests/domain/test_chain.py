from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.chain import (
    START,
    ChainedEvent,
    ChainProblem,
    canonical,
    event_bytes,
    event_hash,
    heads_digest,
    micros,
    text_hash,
    verify,
)

AT = datetime(2026, 3, 1, 9, 30, 0, 123_456, tzinfo=UTC)
ITEM = UUID("0190a6f0-0000-7000-8000-000000000001")
FIRST = ChainedEvent(
    item_id=ITEM,
    position=1,
    kind="register",
    occurred_at=AT,
    recorded_at=AT + timedelta(seconds=1),
    actor_id=UUID(int=2),
    person_id=UUID(int=3),
    changes={"stage": "ordered"},
    payload={},
    text_hash=None,
    corrects=None,
    document_id=None,
    previous=START,
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def chain(length: int) -> list[ChainedEvent]:
    events: list[ChainedEvent] = []
    previous = START
    for position in range(1, length + 1):
        event = replace(FIRST, position=position, previous=previous, kind="register" if position == 1 else "ship")
        events.append(replace(event, hash=event_hash(event)))
        previous = events[-1].hash
    return events


def read_fields(data: bytes) -> list[str | None]:
    found: list[str | None] = []
    while data:
        length, data = data[:4], data[4:]
        if length == b"\xff\xff\xff\xff":
            found.append(None)
            continue
        size = int.from_bytes(length, "big")
        found.append(data[:size].decode())
        data = data[size:]
    return found


def test_the_bytes_are_the_documented_fields() -> None:
    event = replace(FIRST, text_hash=b"\xab\xcd", corrects=4, document_id=UUID(int=9), previous=b"\x01\x02")
    assert read_fields(event_bytes(event)) == [
        "1",
        str(ITEM),
        "1",
        "register",
        "1772357400123456",
        "1772357401123456",
        str(UUID(int=2)),
        str(UUID(int=3)),
        '{"stage": "ordered"}',
        "{}",
        "abcd",
        "4",
        str(UUID(int=9)),
        "0102",
    ]
    assert event_hash(event) == hashlib.sha256(event_bytes(event)).digest()


def test_null_and_the_empty_text_differ() -> None:
    assert read_fields(event_bytes(replace(FIRST, actor_id=None, person_id=None)))[6:] == [
        None,
        None,
        '{"stage": "ordered"}',
        "{}",
        None,
        None,
        None,
        "",
    ]


def test_instants_before_1970_and_microseconds_are_exact() -> None:
    assert micros(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
    assert micros(datetime(2100, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == 4_133_980_799_999_999


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"bb": 1, "a": [True, None, "x"], "ccc": {}}, '{"a": [true, null, "x"], "bb": 1, "ccc": {}}'),
        ({"é": 1, "z": 2, "ab": 3}, '{"z": 2, "ab": 3, "é": 1}'),
        ({"a": 'q"\\/\n\x1f\x7f'}, '{"a": "q\\"\\\\/\\n\\u001f\x7f"}'),
        ({"a": ("x",)}, '{"a": ["x"]}'),
    ],
)
def test_canonical_json_is_what_the_database_prints(value: dict[str, Any], text: str) -> None:
    assert canonical(value) == text


@given(st.dictionaries(texts, values, max_size=4))
def test_canonical_json_loses_nothing_and_ignores_the_order_of_keys(value: dict[str, Any]) -> None:
    assert json.loads(canonical(value)) == value
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@pytest.mark.parametrize("value", [1.5, ["\0"], {"\ud800": 1}])
def test_what_could_print_in_two_ways_is_not_hashed(value: Any) -> None:
    with pytest.raises(ValueError, match=r"not hashed|surrogates"):
        canonical({"a": value})


@given(
    st.sampled_from([field.name for field in fields(ChainedEvent) if field.name != "hash"]),
    st.integers(0, 2),
)
def test_every_column_counts(name: str, at: int) -> None:
    other: dict[str, Any] = {
        "item_id": UUID(int=77),
        "position": 99,
        "kind": "lose",
        "occurred_at": AT - timedelta(microseconds=1),
        "recorded_at": AT,
        "actor_id": None,
        "person_id": None,
        "changes": {},
        "payload": {"reason": "lost"},
        "text_hash": b"\x00" * 32,
        "corrects": 1,
        "document_id": UUID(int=5),
        "previous": b"\x05",
    }
    event = chain(3)[at]
    assert event_hash(replace(event, **{name: other[name]})) != event.hash


def test_a_whole_chain_verifies() -> None:
    events = chain(4)
    assert verify(iter(events), events[-1].hash, 4) is None
    assert verify([], START, 0) is None


@pytest.mark.parametrize(
    ("damaged", "head", "count", "problem"),
    [
        ([0, 2, 3], 3, 4, ("gap", 2)),
        ([0, 1, 1, 2], 2, 4, ("gap", 3)),
        ([0, 1, 2], 2, 4, ("count", 3)),
        ([0, 1, 2, 3], 3, 3, ("count", 4)),
        ([0, 1, 2, 3], 2, 4, ("head", 4)),
        ([], 3, 4, ("count", 0)),
    ],
)
def test_cut_doubled_and_grown_chains_are_found(
    damaged: list[int], head: int, count: int, problem: tuple[str, int]
) -> None:
    events = chain(4)
    found = verify([events[n] for n in damaged], events[head].hash, count)
    assert isinstance(found, ChainProblem)
    assert (found.kind, found.position) == problem


def test_a_changed_event_is_found_even_when_its_hash_was_made_to_fit() -> None:
    events = chain(3)
    changed = replace(events[1], kind="lose")
    found = verify([events[0], changed, events[2]], events[2].hash, 3)
    assert found == ChainProblem("hash", 2, "This event is not what was hashed when it was recorded.")
    fitted = replace(changed, hash=event_hash(changed))
    found = verify([events[0], fitted, events[2]], events[2].hash, 3)
    assert found == ChainProblem("link", 3, "This event does not continue the one before it.")


def test_free_texts_are_hashed_with_their_salt() -> None:
    assert text_hash({}, b"salt") is None
    expected = hashlib.sha256(b'salt{"note": "Lot 2"}').digest()
    assert text_hash({"note": "Lot 2"}, b"salt") == expected
    assert text_hash({"note": "Lot 2"}, b"tlas") != expected


def test_a_checkpoint_counts_and_digests_all_heads() -> None:
    heads = [(UUID(int=n), n, bytes([n]) * 32) for n in range(1, 4)]
    items, events, digest = heads_digest(heads)
    assert (items, events, len(digest)) == (3, 6, 32)
    assert heads_digest(heads[:2])[2] != digest
    assert heads_digest([*heads[:2], (UUID(int=3), 2, bytes([3]) * 32)])[2] != digest
