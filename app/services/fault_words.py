"""What is wrong with a value, in words of ours: for every kind of error that pydantic knows (API 7).

Codes are the validator's own and never change. Sentences say what to write instead and never what was sent; what an
import says of its cells is in `app/services/imports_words.py`, which knows the column too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from app.domain.nearest import meant, near
from app.services.imports_words import MOST_LISTED, NO_SUCH_TIME, PATTERNS, impossible

#: What patterns ask for that no import takes. A test of the house fails for one that is missing.
MORE_PATTERNS = {
    r"^-?[a-z_]+$": "one of the list's orders, with - in front to turn it round",
    r"^[0-9a-f]{64}$": "a SHA-256: 64 digits and letters from a to f",
    r"^[a-z0-9][a-z0-9._@+-]{2,199}$": "3 to 200 small letters, digits and . _ @ + -, the first a letter or a digit",
    r"^[a-z][a-z0-9_.-]{0,63}$": "a kind of job: small letters, digits, dots, dashes and underscores",
    r"^[^\x00-\x1f\x7f/\\:*?\"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]+$":
        'the name of a file, without a path and without / \\ : * ? " < > |',
    r"^(text|json)$": "text or json",
}  # fmt: skip
#: So many words of the contract are listed, such as the resources of the change feed.
MOST_KNOWN = 40
_REQUIRED = "A value is required here."
_ID = "This has to be an id as answers show it: a UUID."
_INTEGER, _NUMBER = "This has to be a whole number.", "This has to be a number, with a point before the decimals."
_TRUTH = "This has to be true or false."
_DAY = "This has to be a day of the calendar, written YYYY-MM-DD."
_INSTANT = "This has to be an instant with its offset, written 2026-01-31T08:30:00Z."
_OBJECT, _LIST = "This has to be an object, in braces.", "This has to be a list, in square brackets."
#: Where none of the sentences is right, which a test of the house looks for.
UNTOLD = "This cannot be taken; the description of the operation says what can."

#: Sentences by kind of error. Members of braces are facts of the error, and none of them was sent.
_SENTENCES = {
    "missing": _REQUIRED,
    "string_type": "This has to be text.",
    "string_unicode": "This text is not valid Unicode.",
    "string_not_ascii": "This has to be plain letters, digits and signs, without accents.",
    "string_too_short": "At least {min_length} characters are needed here.",
    "string_too_long": "At most {max_length} characters can be kept here.",
    "bytes_type": "This has to be the content of a file.",
    "bytes_too_short": "At least {min_length} bytes are needed here.",
    "bytes_too_long": "At most {max_length} bytes can be kept here.",
    "greater_than": "This has to be more than {gt}.",
    "greater_than_equal": "This has to be {ge} or more.",
    "less_than": "This has to be less than {lt}.",
    "less_than_equal": "This has to be {le} or less.",
    "multiple_of": "This has to be a multiple of {multiple_of}.",
    "finite_number": "This has to be a number that ends.",
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_from_float": _INTEGER,
    "int_parsing_size": "This number is too large.",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_max_digits": "This may have {max_digits} digits at most.",
    "decimal_max_places": "This may have {decimal_places} digits behind the point at most.",
    "decimal_whole_digits": "This may have {whole_digits} digits before the point at most.",
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "uuid_type": _ID,
    "uuid_parsing": _ID,
    "uuid_version": _ID,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "date_past": "This day has to be in the past.",
    "date_future": "This day has to be in the future.",
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_object_invalid": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "datetime_past": "This instant has to be in the past.",
    "datetime_future": "This instant has to be in the future.",
    "timezone_aware": _INSTANT,
    "timezone_offset": "The offset from UTC is not the one expected.",
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "list_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "tuple_type": _LIST,
    "too_short": "At least {min_length} of them are needed.",
    "too_long": "At most {max_length} of them can be given.",
    "extra_forbidden": "There is no such field here.",
    "in_future": "This instant is still to come.",
    "read_only": "This cannot be changed.",
    "none_required": "Nothing may be given here: leave it out, or null.",
}
#: What validators of others say by the same kind as ours: FastAPI of a file that is none.
_NOT_OURS = re.compile(r"Expected UploadFile\b")


#: A name of a parameter that a sentence may repeat; others were never meant as one (API 7).
_A_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\[\]-]{0,63}", re.ASCII)


def unknown(name: str, known: Collection[str]) -> str:
    """A parameter that an operation does not have: which, perhaps meant as which, and what there is."""
    this = name if _A_NAME.fullmatch(name) else "This"
    if not known:
        return f"{this} is no parameter here; there are none."
    return f"{this} is no parameter here.{meant(name, known)} Known parameters: {', '.join(sorted(known))}."


def told(error: Mapping[str, Any]) -> str:
    """The sentence for an error of pydantic, as its `errors()` lists it."""
    kind, facts = str(error["type"]), error.get("ctx") or {}
    if kind in {"literal_error", "enum"}:
        return _one_of(re.findall(r"'([^']*)'", str(facts["expected"])) or [str(facts["expected"])], error)
    if kind == "union_tag_invalid":
        return f"The kind named here is not known; it is one of: {str(facts['expected_tags']).replace(chr(39), '')}."
    if kind == "union_tag_not_found":
        return f"The member {str(facts['discriminator']).strip(chr(39))} has to say of which kind this is."
    if kind == "string_pattern_mismatch":
        form = PATTERNS.get(facts["pattern"]) or MORE_PATTERNS.get(facts["pattern"])
        return f"This has to be {form}." if form else UNTOLD
    if kind == "value_error":
        said = str(error["msg"]).removeprefix("Value error, ")
        whole = "This has to be a file." if _NOT_OURS.match(said) else _whole(said)
        return whole + _known(facts["known"], error) if "known" in facts else whole
    if kind == "extra_forbidden" and "known" in facts:
        return _SENTENCES[kind] + _members(facts["known"], error["loc"][-1])
    if impossible(kind, error.get("input")):
        return NO_SUCH_TIME
    if kind == "string_too_short" and facts["min_length"] == 1:
        return _REQUIRED
    if kind == "too_short" and facts["min_length"] == 1:
        return "At least one is needed."
    sentence = _SENTENCES.get(kind)
    return sentence.format(**facts) if sentence else UNTOLD


def _known(known: Collection[str], error: Mapping[str, Any]) -> str:
    """The nearest of what there is, and all of it where it is no flood of words."""
    given = error.get("input")
    hint = near(given, known) if isinstance(given, str) else ""
    return hint + (f" Known: {', '.join(known)}." if len(known) <= MOST_KNOWN else "")


def _members(known: Collection[str], name: Any) -> str:
    """Which member was perhaps meant, and which there are."""
    hint = meant(name, known) if isinstance(name, str) and _A_NAME.fullmatch(name) else ""
    return hint + (f" Known fields: {', '.join(known)}." if len(known) <= MOST_KNOWN else "")


def _one_of(valid: list[str], error: Mapping[str, Any]) -> str:
    given = error.get("input")
    hint = near(given, valid) if isinstance(given, str) else ""
    valid = [each if re.match(r"\w", each) else f'"{each}"' for each in valid]
    if len(valid) == 1:
        return f"This has to be {valid[0]}."
    if len(valid) > MOST_LISTED:
        return f"This is none of the {len(valid)} valid values; the description of the operation lists them.{hint}"
    return f"This has to be one of: {', '.join(valid)}.{hint}"


def _whole(said: str) -> str:
    """A sentence of it. A name in its own spelling stays as it is."""
    first = said if re.match(r"\w*_", said) else said[:1].upper() + said[1:]
    return first + ("" if said.endswith((".", "?", "!")) else ".")
