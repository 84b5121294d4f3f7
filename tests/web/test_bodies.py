from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Rejected
from app.problems import Malformed
from app.web import bodies

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(value=VALUES, ascii_only=st.booleans())
def test_what_is_valid_is_read_as_it_is(value: Any, *, ascii_only: bool) -> None:
    assert bodies.parse(json.dumps(value, ensure_ascii=ascii_only).encode("utf-8")) == value


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), st.integers(1, bodies.MAX_DEPTH))
def test_text_that_cannot_be_stored_is_found_wherever_it_is(keys: list[str], at: int) -> None:
    value: Any = "bad\x00"
    pointer = ""
    for key in keys:
        value = {key: value}
        pointer = f"/{key}{pointer}"
    with pytest.raises(Rejected) as refused:
        bodies.parse(json.dumps([value] * at).encode())
    assert [f.pointer for f in refused.value.faults] == [f"/{n}{pointer}" for n in range(at)]
    assert {f.code for f in refused.value.faults} == {"text_unusable"}


@pytest.mark.parametrize("depth", [1, bodies.MAX_DEPTH])
def test_depth_up_to_the_limit_is_read(depth: int) -> None:
    parsed = bodies.parse(b"[" * depth + b"]" * depth)
    for _ in range(depth - 1):
        (parsed,) = parsed
    assert parsed == []


@pytest.mark.parametrize("depth", [bodies.MAX_DEPTH + 1, 500, 100_000])
def test_depth_beyond_the_limit_is_malformed(depth: int) -> None:
    with pytest.raises(Malformed, match="deeper than 32"):
        bodies.parse(b"[" * depth + b"]" * depth)


def test_a_bad_key_is_named_by_its_object() -> None:
    with pytest.raises(Rejected) as refused:
        bodies.parse(b'{"a": [{"\\ud800": 1}]}')
    assert [f.pointer for f in refused.value.faults] == ["/a/0"]


def test_surrogate_pairs_are_characters() -> None:
    assert bodies.parse(b'"\\ud83d\\ude00"') == "\U0001f600"


@pytest.mark.parametrize("text", [b'{"a":1,"a":1}', b'[{"b":{"c":1,"c":2}}]', b'{"\\u0061":1,"a":2}'])
def test_a_key_given_twice_is_malformed(text: bytes) -> None:
    with pytest.raises(Malformed, match="twice"):
        bodies.parse(text)


@pytest.mark.parametrize(
    "text", [b"NaN", b"-Infinity", b"1e400", b"-1e400", b"9" * 5000, b"", b"{'a':1}", b"\xef\xbb\xbf1"]
)
def test_what_is_no_json_is_malformed(text: bytes) -> None:
    with pytest.raises(Malformed):
        bodies.parse(text)
