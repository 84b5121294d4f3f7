"""Identifiers of items, ranges of serials, and human references (DOMAIN 3).

An identifier is `{scheme, value, issuer}`, unique per scheme and issuer and never reused. `normalise` gives the one
spelling that is compared and stored, so that `sn 001` and `SN 001` cannot both be registered.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from app.domain.errors import Fault, Rejected
from app.domain.time import FIRST_YEAR, LAST_YEAR


class Scheme(StrEnum):
    """Who numbers the thing, and how."""

    SERIAL = "serial"
    VIN = "vin"
    HIN = "hin"
    MMSI = "mmsi"
    IMEI = "imei"
    INVENTORY = "inventory"
    GIAI = "giai"


LONGEST = 64
#: A range of serials that is longer than this is a typing error, or several deliveries.
LONGEST_RANGE = 10_000

_SEPARATORS = re.compile(r"[\s\-.]+")
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}", re.ASCII)
_HIN = re.compile(r"[A-Z]{2}[A-Z0-9]{12}", re.ASCII)
_GIAI = re.compile(r"\d{4}[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,26}", re.ASCII)


def _luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812: every second digit from the right doubled, the sum a multiple of ten."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004  two digits are added up: 14 → 5
    return total % 10 == 0


def _digits(value: str, length: int) -> bool:
    return len(value) == length and value.isascii() and value.isdigit()


def _free(value: str) -> tuple[str, str] | None:
    if 1 <= len(value) <= LONGEST and value.isprintable():
        return None
    return "invalid_identifier", f"1 to {LONGEST} printable characters."


def _vin(value: str) -> tuple[str, str] | None:
    return None if _VIN.fullmatch(value) else ("invalid_vin", "A VIN has 17 letters and digits, without I, O and Q.")


def _hin(value: str) -> tuple[str, str] | None:
    return None if _HIN.fullmatch(value) else ("invalid_hin", "A HIN has 14 characters and begins with a country code.")


def _mmsi(value: str) -> tuple[str, str] | None:
    return None if _digits(value, 9) else ("invalid_mmsi", "An MMSI has 9 digits.")


def _imei(value: str) -> tuple[str, str] | None:
    if not _digits(value, 15):
        return "invalid_imei", "An IMEI has 15 digits."
    return None if _luhn(value) else ("invalid_check_digit", "The check digit of this IMEI is wrong.")


def _giai(value: str) -> tuple[str, str] | None:
    return None if _GIAI.fullmatch(value) else ("invalid_giai", "A GIAI is a GS1 company prefix and a reference, ≤ 30.")


#: How each scheme is spelt, and what is wrong with a value: `(code, sentence)` or None.
_CHECKS: Mapping[str, Callable[[str], tuple[str, str] | None]] = {
    Scheme.SERIAL: _free,
    Scheme.VIN: _vin,
    Scheme.HIN: _hin,
    Scheme.MMSI: _mmsi,
    Scheme.IMEI: _imei,
    Scheme.INVENTORY: _free,
    Scheme.GIAI: _giai,
}


_NUMBERED_FREELY = frozenset({Scheme.SERIAL, Scheme.INVENTORY})


def _spelling(scheme: str, value: str) -> str:
    text = (value if value.isascii() else unicodedata.normalize("NFC", value)).strip()
    if scheme == Scheme.GIAI:
        return text.removeprefix("(8004)")
    if scheme in _NUMBERED_FREELY:
        return " ".join(text.split()).upper()
    return _SEPARATORS.sub("", text).upper()


def normalise(scheme: str, value: str, pointer: str = "") -> str:
    """The one spelling of an identifier. Raises Rejected with a code per scheme.

    Serials and inventory numbers: capitals, single spaces. VIN, HIN, MMSI, IMEI: capitals without separators. GIAI: as
    written (its letters differ by case), without the application identifier `(8004)`.
    """
    check = _CHECKS.get(scheme)
    if check is None:
        raise Rejected.at(f"{pointer}/scheme", "unknown_scheme", f"One of: {', '.join(Scheme)}.")
    spelt = _spelling(scheme, value)
    wrong = check(spelt)
    if wrong:
        raise Rejected([Fault(f"{pointer}/value", *wrong)])
    return spelt


_END = re.compile(r"(.*?)(\d+)(\D*)", re.ASCII | re.DOTALL)
_LONGEST_NUMBER = 18


def expand_range(text: str, limit: int = LONGEST_RANGE, pointer: str = "/range") -> list[str]:
    """The serials of `SN-001..SN-120`, both ends included, zeros kept: SN-001, SN-002, … SN-120. Raises Rejected.

    The last number of each end counts; what stands around it is the same at both ends (`A-01-X..A-09-X`). Without
    leading zeros the number grows freely (`S9..S11`); with them both ends have the same width.
    """
    ends = [end.strip() for end in text.split("..")]
    first, last = (_END.fullmatch(end) for end in ends) if len(ends) == 2 else (None, None)  # noqa: PLR2004
    if first is None or last is None or len(text) > 2 * LONGEST + 2:
        raise Rejected.at(pointer, "not_a_range", "A range is written SN-001..SN-120.")
    if (first[1], first[3]) != (last[1], last[3]):
        raise Rejected.at(pointer, "different_prefixes", "Both ends differ in their last number only.")
    if max(len(first[2]), len(last[2])) > _LONGEST_NUMBER:
        raise Rejected.at(pointer, "number_too_long", f"The number has {_LONGEST_NUMBER} digits at most.")
    if len(first[2]) != len(last[2]) and "0" in {first[2][0], last[2][0]}:
        raise Rejected.at(pointer, "different_widths", "With leading zeros both ends have the same number of digits.")
    start, stop = int(first[2]), int(last[2])
    if stop < start:
        raise Rejected.at(pointer, "reversed_range", "The range ends before it begins.")
    if stop - start >= limit:
        raise Rejected.at(pointer, "range_too_large", f"A range has {limit} serials at most.")
    width = len(first[2])
    return [f"{first[1]}{number:0{width}d}{first[3]}" for number in range(start, stop + 1)]


_REFERENCE = re.compile(r"([A-Z]{2,4})-([A-Z]{2})-(\d{4})-(\d{6,12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reference:
    """A human reference such as `EQ-TN-2026-000123`: kind, country, year, and a number that grows past six digits."""

    kind: str
    country: str
    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.kind}-{self.country}-{self.year:04d}-{self.number:06d}"


def parse_reference(text: str) -> Reference | None:
    """The parts of a reference in any case of letters, or None when the text is none (it may be an id then)."""
    read = _REFERENCE.fullmatch(text.strip().upper())
    if read is None or not FIRST_YEAR <= int(read[3]) <= LAST_YEAR:
        return None
    reference = Reference(read[1], read[2], int(read[3]), int(read[4]))
    return reference if str(reference) == read[0] else None


def format_reference(kind: str, country: str, on: date | int, number: int) -> str:
    """The reference of a number in the sequence of its kind, country and year. Raises ValueError if it is none."""
    text = str(Reference(kind, country, on if isinstance(on, int) else on.year, number))
    if parse_reference(text) is None or text != text.upper():
        raise ValueError(f"{text} is not a reference")
    return text


def same_numbers(given: str, known: str) -> bool:
    """Whether a cell names the numbers that there are, in its own spelling; the serial may stand in its own column."""
    try:
        sent, there = _numbers(json.loads(given)), _numbers(json.loads(known))
    except (ValueError, TypeError, KeyError, AttributeError, Rejected):
        return False
    serials = {key: issuer for key, issuer in there.items() if key[0] == Scheme.SERIAL}
    if sent.keys() not in (there.keys(), there.keys() - serials.keys()):
        return False
    # A serial that names no issuer has the manufacturer's name.
    return all(issuer == there[key] or (key in serials and not issuer) for key, issuer in sent.items())


def _numbers(listed: Any) -> dict[tuple[str, str], str]:
    """Scheme and value, with the issuer, as they are stored."""
    return {
        (each["scheme"], normalise(each["scheme"], each["value"], "")): " ".join(
            (each.get("issuer") or "").split()
        ).upper()
        for each in listed
    }
