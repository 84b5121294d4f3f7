"""What is expected of a cell, and what is wrong with one, in the words of whoever fills the table (API 12).

The codes of faults are the validator's and never change; sentences say what to write instead, never what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from app.domain.imports import CellKind
from app.domain.nearest import near
from app.services.importing import Importing
from app.services.imports_columns import Cell

#: So many valid values are listed; of more, the nearest is named.
MOST_LISTED = 12

#: What a pattern of the schemas asks for. A test of the house fails for one that is missing here.
PATTERNS = {
    r"^[A-Z0-9][A-Z0-9._-]{1,49}$": "2 to 50 capital letters, digits, dots, dashes and underscores",
    r"^[A-Z]{2}$": "the two capital letters of a country (ISO 3166)",
    r"^[A-Z]{2}[A-Z2-9]{3}$": "a UN/LOCODE: the country's two capital letters and three of the place, without a space",
    r"^[0-9]{8}-[0-9]$": "eight digits, a dash and the check digit",
    r"^[0-9]{4}(\.[0-9]{2}){0,2}$": "four digits, then two or four more in pairs behind points",
    r"^[a-z0-9][a-z0-9_]{0,49}$": "1 to 50 small letters, digits and underscores",
    r"^\d{1,15}(\.\d{1,3})?$": "an amount: digits, with a point before the decimals, without blanks and separators",
    r"^[A-Z]{3}$": "the three capital letters of a currency (ISO 4217)",
}
_KINDS: dict[CellKind, str] = {
    "text": "text",
    "uuid": "an id, as an export shows it",
    "integer": "a whole number",
    "decimal": "a number, with a point before the decimals",
    "truth": "true or false",
    "day": "a date, written YYYY-MM-DD",
    "instant": "an instant with its zone, written 2026-01-31T08:30:00Z, or a date alone",
    "json": "a list in JSON",
}
#: What is written as a day or an instant, and is none: 30 February, 25 o'clock.
NO_SUCH_TIME = "There is no such day or time."
_LIKE_A_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d|$)", re.ASCII | re.IGNORECASE)
HEADER_BELOW = "The columns are named here: take away what stands above this row."
#: A row that came back with its faults and lost what it said. Who took it away on purpose takes this away, too.
ONLY_ERRORS = ("only_errors", "Nothing stands here but what was wrong before: fill the row, or clear that cell, too.")
#: What one thing of a resource is called, for sentences about references.
SINGULAR = {
    "agencies": "agency",
    "components": "component",
    "courses": "course",
    "equipment": "item of equipment",
    "equipment-models": "equipment model",
    "equipment-types": "equipment type",
    "organisations": "organisation",
    "sessions": "session",
    "sites": "site",
    "suppliers": "supplier",
    "trainees": "trainee",
}
_REQUIRED = {"missing", "string_too_short", "string_type", "model_type"}
#: What stands there is not even of the shape of what is wanted.
_SHAPES = {"model_type", "model_attributes_type", "dict_type", "list_type"}
#: Codes that say something about the text of a cell, whatever stands in others.
_OF_ONE_TEXT = frozenset(
    {"literal_error", "enum", "string_pattern_mismatch", "string_too_short", "string_too_long", "json_broken",
     "formula", "too_long", "text_unusable", "error_value", "number_rounded", *_SHAPES}
)  # fmt: skip
_ENDS_OF_ONE_TEXT, _STARTS_OF_ONE_TEXT = ("_parsing", "_from_float"), ("greater_than", "less_than", "decimal_")
#: A text has to be just so.
_EXACT = {"literal_error", "enum", "string_pattern_mismatch"}
_LISTS = {"too_short": "At least {min_length} of them.", "too_long": "At most {max_length} of them."}


def is_of_one_text(code: str, detail: str, cell: Cell, columns: Collection[str]) -> bool:
    """Whether a fault is about the text of one cell alone. A sentence about several begins with one of their names."""
    if code == "value_error":
        return len(cell.path) == 1 and (detail[:1].lower() + detail[1:]).partition(" ")[0] not in columns
    return code in _OF_ONE_TEXT or code.endswith(_ENDS_OF_ONE_TEXT) or code.startswith(_STARTS_OF_ONE_TEXT)


def form_of(cell: Cell) -> str:
    """What a cell takes, to stand behind "This has to be"."""
    if cell.values and cell.kind != "truth":
        return "one of: " + ", ".join(cell.values)
    if cell.words:
        return "words between commas, each one of: " + ", ".join(cell.words)
    if cell.pattern:
        return PATTERNS[cell.pattern]
    if cell.refers:
        thing = SINGULAR[cell.refers]
        return f"the {'reference' if cell.part == 'reference' else 'id'} of {_article(thing)} {thing}"
    kind = cell.kind or "text"
    if kind == "json":
        return "words between commas" if cell.plain_list else "a list in JSON"
    return _KINDS[kind] + _bounds(cell.low, cell.high)


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeio" else "a"


def _bounds(low: Any, high: Any) -> str:
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f", {low} or more"
    return f", {high} or less" if high is not None else ""


def unknown_reference(resource: str, hint: str = "") -> str:
    """There is nothing of a reference, or it is out of sight: the two are one."""
    return f"There is no {SINGULAR.get(resource, resource)} of this reference that you may see.{hint}"


def unknown_column(name: str, columns: Collection[str]) -> str:
    """A column that the resource does not have."""
    return f"There is no such column; the template has them all.{near(name, columns)}"


def wanted(cell: Cell) -> str:
    """A cell that could not be read at all."""
    example = f", for instance {cell.example}" if cell.example else ""
    return f"This has to be {form_of(cell)}{example}."


def never_new(cell: Cell) -> str:
    """A cell that a new row does not decide: it may say what everything new begins with, where that is one thing."""
    if cell.begins:
        return f"Has to be {cell.begins}, or empty, in a new row."
    return "Nothing new can say this; leave the cell empty."


def key_missing(importing: Importing) -> str:
    """Nothing in a row says what it stands for."""
    names = ", or ".join(" and ".join(key) for key in importing.keys)
    return f"Nobody could tell this row again: fill {names}{importing.found_by}."


def _together(names: Sequence[str]) -> str:
    """Columns as they are told: `a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def keys_disagree(columns: Sequence[str]) -> str:
    """What a row met by one column is something else than what it met by another."""
    return f"The columns that identify the row name different things: {_together(list(dict.fromkeys(columns)))}."


def ambiguous(scope: str) -> str:
    """Several things that the caller sees have the same key, each within something else."""
    return f"Several have this; a column `{scope}` has to say which one is meant."


def stands_for(called: str, columns: Sequence[str]) -> str:
    """What a row met, and by which of its columns."""
    return f"The row stands for {called}, which it met by {_together(columns)}."


def repeated(first: int, columns: Sequence[str], called: str | None = None) -> str:
    """Another row of the file stands for the same."""
    if called is None:
        return f"The same as in row {first}: {_together(columns)} say{'s' if len(columns) == 1 else ''} so."
    return f"The same as in row {first}: both stand for {called}, which this one met by {_together(columns)}."


def one_of(valid: Sequence[str], given: str | None) -> str:
    """Some values and no others."""
    hint = near(given, valid) if given else ""
    if len(valid) > MOST_LISTED:
        return f"This is none of the {len(valid)} valid values; the help row of the template lists them.{hint}"
    return f"This has to be one of: {', '.join(valid)}.{hint}"


def told(error: Mapping[str, Any], cell: Cell | None, given: str | None) -> str:
    """An error of a body, for the cell that it came from."""
    inner = "" if error["type"] in _SHAPES else _inside(error["loc"], cell)
    none = not inner and impossible(str(error["type"]), given)
    said = NO_SUCH_TIME if none else _sentence(error, None if inner else cell, None if inner else given)
    if given is not None and given != given.strip() and error["type"] in _EXACT:
        said += " There is a blank before or behind it."
    return f"{inner}: {said[0].lower()}{said[1:]}" if inner else said


def impossible(kind: str, given: Any) -> bool:
    """Whether what was given has the form of a day or an instant, and there is none of this name."""
    if not (kind.startswith("date") and kind.endswith("_parsing") and isinstance(given, str)):
        return False
    return _LIKE_A_TIME.match(given.strip()) is not None


def is_required(error: Mapping[str, Any]) -> bool:
    """Whether an error of a body is what an empty cell comes to, where a value is required."""
    return error["type"] in _REQUIRED


def _inside(loc: Sequence[Any], cell: Cell | None) -> str:
    """Where in a cell of JSON."""
    if cell is None or cell.kind != "json":
        return ""
    parts = list(loc[max(len(cell.path), 1) :])
    names = [f"item {part + 1}" if isinstance(part, int) else f"`{part}`" for part in parts]
    return f"In {', '.join(names)}" if names else ""


def _sentence(error: Mapping[str, Any], cell: Cell | None, given: str | None) -> str:
    kind, facts = str(error["type"]), error.get("ctx", {})
    example = f", for instance {cell.example}" if cell and cell.example else ""
    if is_required(error) and not (kind.endswith("_type") and given):
        form = form_of(cell) if cell else "text"
        return "A value is required here" + ("." if form == "text" else f": {form}{example}.")
    if kind in {"literal_error", "enum"}:
        return one_of(re.findall(r"'([^']*)'", str(facts["expected"])), given)
    if kind == "string_pattern_mismatch":
        return f"This has to be {PATTERNS.get(facts['pattern'], 'written as in the template')}{example}."
    if kind == "string_too_long":
        return f"At most {facts['max_length']} characters can be kept here."
    if kind in _LISTS:
        return _LISTS[kind].format(**facts)
    if kind.startswith(("greater_than", "less_than")):
        low = facts.get("ge", facts.get("gt")) if cell is None else cell.low
        high = facts.get("le", facts.get("lt")) if cell is None else cell.high
        return f"This has to be a number{_bounds(low, high)}."
    if kind == "value_error" and not (cell and cell.kind in {"day", "instant"} and "is written as" in error["msg"]):
        return _whole(str(error["msg"]).removeprefix("Value error, "))
    if kind == "extra_forbidden":
        return "This cannot be given here."
    if cell is None:
        return f"This has to be {_told_kind(kind)}."
    return f"This has to be {form_of(cell)}{example}."


def _told_kind(kind: str) -> str:
    for start, form in (("int", "integer"), ("decimal", "decimal"), ("float", "decimal"), ("bool", "truth"),
                        ("uuid", "uuid"), ("datetime", "instant"), ("date", "day"), ("list", "json")):  # fmt: skip
        if kind.startswith(start):
            return _KINDS[form]  # type: ignore[index]
    return "text" if kind.startswith("string") else "written as in the template"


def _whole(said: str) -> str:
    """A sentence of it."""
    return said[:1].upper() + said[1:] + ("" if said.endswith((".", "?", "!")) else ".")
