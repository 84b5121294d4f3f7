from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Rejected
from app.domain.identifiers import (
    Reference,
    Scheme,
    expand_range,
    format_reference,
    normalise,
    parse_reference,
    same_numbers,
)


@pytest.mark.parametrize(
    ("scheme", "value", "spelt"),
    [
        ("serial", "  sn   001/a ", "SN 001/A"),
        ("inventory", "mi-0042", "MI-0042"),
        ("vin", "vf1 aaaaa5-56789012", "VF1AAAAA556789012"),
        ("hin", "it-abc12345d404", "ITABC12345D404"),
        ("mmsi", "672 123 456", "672123456"),
        ("imei", "49-015420-323751-8", "490154203237518"),
        ("giai", "(8004)8001234aBc/1", "8001234aBc/1"),
    ],
)
def test_one_spelling_per_identifier(scheme: str, value: str, spelt: str) -> None:
    assert normalise(scheme, value) == spelt
    assert normalise(scheme, spelt) == spelt


@pytest.mark.parametrize(
    ("scheme", "value", "fault"),
    [
        ("serial", " ", ("/0/value", "invalid_identifier")),
        ("serial", "x" * 65, ("/0/value", "invalid_identifier")),
        ("serial", "a\u200bb", ("/0/value", "invalid_identifier")),
        ("vin", "VF1AAAAA55678901", ("/0/value", "invalid_vin")),
        ("vin", "VF1AAAAA55678901O", ("/0/value", "invalid_vin")),
        ("hin", "1TABC12345D404", ("/0/value", "invalid_hin")),
        ("hin", "ITABC12345D40", ("/0/value", "invalid_hin")),
        ("mmsi", "67212345", ("/0/value", "invalid_mmsi")),
        ("mmsi", "٦٧٢١٢٣٤٥٦", ("/0/value", "invalid_mmsi")),
        ("imei", "49015420323751", ("/0/value", "invalid_imei")),
        ("imei", "490154203237519", ("/0/value", "invalid_check_digit")),
        ("giai", "80A1234", ("/0/value", "invalid_giai")),
        ("giai", "8001" + "x" * 27, ("/0/value", "invalid_giai")),
        ("rfid", "1", ("/0/scheme", "unknown_scheme")),
    ],
)
def test_wrong_identifiers_say_why(scheme: str, value: str, fault: tuple[str, str]) -> None:
    with pytest.raises(Rejected) as refused:
        normalise(scheme, value, "/0")
    assert [(f.pointer, f.code) for f in refused.value.faults] == [fault]


@given(st.integers(0, 10**14 - 1), st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_of_an_imei_is_always_found(number: int, place: int, shift: int) -> None:
    body = f"{number:014d}"
    imei = next(body + str(d) for d in range(10) if _is_imei(body + str(d)))
    wrong = imei[:place] + str((int(imei[place]) + shift) % 10) + imei[place + 1 :]
    assert not _is_imei(wrong)


def _is_imei(value: str) -> bool:
    try:
        return normalise(Scheme.IMEI, value) == value
    except Rejected:
        return False


@pytest.mark.parametrize(
    ("text", "serials"),
    [
        ("SN-008..SN-011", ["SN-008", "SN-009", "SN-010", "SN-011"]),
        ("S9 .. S11", ["S9", "S10", "S11"]),
        ("7..7", ["7"]),
        ("A1-09-X..A1-10-X", ["A1-09-X", "A1-10-X"]),
    ],
)
def test_a_range_keeps_its_zeros(text: str, serials: list[str]) -> None:
    assert expand_range(text) == serials


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SN-001", "not_a_range"),
        ("SN..SN", "not_a_range"),
        ("1..2..3", "not_a_range"),
        ("1..", "not_a_range"),
        ("A" * 140 + "1..2", "not_a_range"),
        ("SN-001..SM-002", "different_prefixes"),
        ("1X..2Y", "different_prefixes"),
        ("001..20", "different_widths"),
        ("1..020", "different_widths"),
        ("2..1", "reversed_range"),
        ("1..10001", "range_too_large"),
        ("1..9999999999999999999", "number_too_long"),
    ],
)
def test_wrong_ranges_say_why(text: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        expand_range(text)
    assert [(f.pointer, f.code) for f in refused.value.faults] == [("/range", code)]


@given(st.integers(0, 99_999), st.integers(0, 50), st.integers(0, 8), st.sampled_from(["", "SN-", "2026/A"]))
def test_a_range_has_all_its_serials_once(start: int, more: int, width: int, prefix: str) -> None:
    ends = [f"{prefix}{number:0{width}d}" for number in (start, start + more)]
    if len(ends[0]) != len(ends[1]) and ends[0].removeprefix(prefix).startswith("0"):
        return
    serials = expand_range("..".join(ends))
    assert len(set(serials)) == more + 1
    assert [serials[0], serials[-1]] == ends


def test_the_largest_range_and_a_smaller_limit() -> None:
    assert len(expand_range("SN-00001..SN-10000")) == 10_000
    with pytest.raises(Rejected):
        expand_range("1..3", limit=2)


@pytest.mark.parametrize("number", [1, 999_999, 1_000_000, 123_456_789_012])
def test_references_grow_past_six_digits(number: int) -> None:
    text = format_reference("EQ", "TN", date(2026, 5, 1), number)
    assert text == f"EQ-TN-2026-{number:06d}"
    assert parse_reference(text.lower()) == Reference("EQ", "TN", 2026, number)


@pytest.mark.parametrize(
    "text",
    ["EQ-TN-2026-123", "EQ-TN-1899-000001", "EQ-TN-2026-0000001", "E-TN-2026-000001", "EQ-TN-2026-00000\u0661", ""],
)
def test_what_is_no_reference(text: str) -> None:
    assert parse_reference(text) is None


@pytest.mark.parametrize(("kind", "country", "year"), [("eq", "TN", 2026), ("EQ", "T", 2026), ("EQ", "TN", 2101)])
def test_a_reference_that_could_not_be_read_again_is_not_made(kind: str, country: str, year: int) -> None:
    with pytest.raises(ValueError, match="not a reference"):
        format_reference(kind, country, year, 1)


_KNOWN = (
    '[{"scheme": "serial", "value": "AB12", "issuer": "MAKER"}, '
    '{"scheme": "imei", "value": "490154203237518", "issuer": ""}]'
)


@pytest.mark.parametrize(
    ("cell", "same"),
    [
        (_KNOWN, True),
        ('[{"scheme": "imei", "value": "49 015420 323751 8"}]', True),
        ('[{"scheme": "imei", "value": "490154203237518"}, {"scheme": "serial", "value": "ab12"}]', True),
        ('[{"scheme": "imei", "value": "490154203237518"}, {"scheme": "serial", "value": "AB12", "issuer": " maker "}]',
         True),
        ('[{"scheme": "imei", "value": "490154203237518"}, {"scheme": "serial", "value": "AB12", "issuer": "OTHER"}]',
         False),
        ('[{"scheme": "imei", "value": "490154203237518", "issuer": "MAKER"}]', False),
        ('[{"scheme": "serial", "value": "AB12"}]', False),
        ('[{"scheme": "imei", "value": "490154203237517"}]', False),
        ('[{"scheme": "imei"}]', False),
        ("[1]", False),
        ("{", False),
    ],
)  # fmt: skip
def test_the_same_numbers_in_another_spelling(cell: str, same: bool) -> None:  # noqa: FBT001
    assert same_numbers(cell, _KNOWN) is same
