"""Imports: what is found about a file's cells, and when two texts of a cell say the same (API 12)."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Literal

#: The column in which a file comes back with what was wrong. It is read by nobody.
ERROR_COLUMN = "import_errors"
#: What stands before a text that a spreadsheet would otherwise run (API 13).
_DEFUSED = ("'=", "'+", "'-", "'@", "'\t", "'\r")
#: A spreadsheet counts instants in fractions of days.
_AS_GOOD_AS_EQUAL = timedelta(milliseconds=1)
#: The longest text that a cell may hold, as in a spreadsheet.
LONGEST_CELL = 32_767

CellKind = Literal["text", "integer", "decimal", "truth", "day", "instant", "json", "uuid"]


class Mode(StrEnum):
    """`validate` only looks; `commit` writes when there is not one fault."""

    VALIDATE = "validate"
    COMMIT = "commit"


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class CellFault:
    """One wrong cell, never its content. Rows count from 1, that of the header too; 0 is the file as a whole."""

    row: int
    column: str | None
    code: str
    detail: str


class Absent:
    """The value of a cell that a line of JSON does not have: it stays as it is. An empty one is emptied."""


ABSENT = Absent()
Text = str | Absent | None


def undefused(text: str) -> str:
    """A text as it was before an export made it safe for spreadsheets."""
    return text[1:] if text.startswith(_DEFUSED) else text


#: What spreadsheets and people write for booleans, in our languages; JSON bodies take true and false alone.
TRUTHS = dict.fromkeys(("true", "t", "yes", "y", "on", "1", "vrai", "vero"), True) | dict.fromkeys(
    ("false", "f", "no", "n", "off", "0", "faux", "falso"), False
)


def is_formula(text: str) -> bool:
    """True for what a spreadsheet would run. Texts that begin with + or - are numbers or telephones to somebody."""
    return text.startswith(("=", "@"))


def same(kind: CellKind | None, given: str | None, known: str | None) -> bool:
    """True when two texts of a cell of that kind say the same. None: a kind that is only shown."""
    if given == known:
        return True
    if given is None or known is None:
        return False
    read = _READERS.get(kind or _shown_as(known))
    if read is None:
        return False
    one, other = read(given), read(known)
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs(one - other) <= _AS_GOOD_AS_EQUAL
    return one is not None and one == other


def _shown_as(known: str) -> CellKind:
    """The kind of what is only shown, by what it looks like. Numbers are not among them: a code 001 is not 1."""
    if known[:1] in {"[", "{"}:
        return "json"
    return "truth" if known in {"true", "false"} else "instant"


def _decimal(text: str) -> Decimal | None:
    with suppress(InvalidOperation):
        return Decimal(text.strip())
    return None


def _json(text: str) -> Any:
    with suppress(ValueError, RecursionError):
        return _without_labels(json.loads(text))
    return None


def _without_labels(value: Any) -> Any:
    """A label inside says what its object is called in some language; the id is what counts."""
    if isinstance(value, list):
        return [_without_labels(each) for each in value]
    if isinstance(value, dict):
        return {k: _without_labels(each) for k, each in value.items() if k != "label" or "id" not in value}
    return value


def _instant(text: str) -> datetime | None:
    with suppress(ValueError, OverflowError):
        read = datetime.fromisoformat(text.strip())
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    return None


_READERS: dict[str, Any] = {
    "integer": _decimal,
    "decimal": _decimal,
    "truth": lambda text: TRUTHS.get(text.strip().lower()),
    "day": lambda text: text.strip().removesuffix("T00:00:00Z"),
    "uuid": lambda text: text.strip().lower(),
    "instant": _instant,
    "json": _json,
}
