"""Wrong values, sent to every operation over its document: the answers are in words of ours, never the validator's.

For each operation its parameters and its body are made wrong in every way that its schema tells: what is missing, of
another type, too short, too long, none of the values. What pydantic found and what was said of it are noted together.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, get_args
from unittest.mock import patch
from urllib.parse import quote, urlencode

import httpx
import pytest
from pydantic_core.core_schema import ErrorType

from app.domain.access import ROLE_SCOPES, Role
from app.main import create_app
from app.services import fault_words
from app.services.imports_words import PATTERNS
from app.settings import Settings
from tests.conftest import running
from tests.house.test_access_matrix import scopes_of
from tests.house.walking import documented
from tests.world import ACCOUNTS, World

DOCUMENT = documented()
OPERATIONS = {each["operationId"]: key for key, each in DOCUMENT.operations.items()}
#: One who may, from the widest.
WIDEST = ("icmpd.manager", "root", "icmpd.training", "auditor", "icmpd.safeguards")
JSON, FORM, PARTS = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
READ_BY_US = (JSON, "application/merge-patch+json", FORM, PARTS)
#: These answer in the vocabulary of RFC 6749, and say nothing of single values.
OF_OAUTH = ("oauth_issue_token", "oauth_revoke_token")
#: What somebody who is no programmer should never read.
JARGON = re.compile(
    r"(Input|String|List|Value|URL) should|Input is|Field required|Extra inputs|valid (string|integer|boolean|list|"
    r"dict|number|date)|unable to|[Vv]alue error|None|\bdict|<class|UploadFile|literal|pattern|\\d|\^"
)


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = DOCUMENT.raw["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def kinds(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas that a value may have, without null."""
    schema = resolve(schema)
    either = schema.get("anyOf") or schema.get("oneOf")
    found = [each for one in either for each in kinds(one)] if either else [schema]
    return [each for each in found if each.get("type") != "null"]


def good(schema: dict[str, Any]) -> Any:
    """A value that is well formed; patterns are met by its example."""
    schema = kinds(schema)[0]
    for stated in ("const", "default"):
        if schema.get(stated) is not None:
            return schema[stated]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("examples"):
        return schema["examples"][0]
    match schema.get("type"):
        case "object":
            return {name: good(schema["properties"][name]) for name in schema.get("required", ())}
        case "array":
            return [good(schema["items"])] * max(1, schema.get("minItems", 1))
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
    formats = {
        "uuid": "0198c1d2-7a43-7c55-9a4e-0f6d7d6f2b11",
        "date": "2026-01-31",
        "date-time": "2026-01-31T08:30:00Z",
    }
    return formats.get(schema.get("format", ""), "AA" + "A" * max(0, schema.get("minLength", 0) - 2))


def wrong(schema: dict[str, Any], *, text: bool = False) -> Iterator[Any]:
    """Values that are none, one by one; as texts for an address."""
    for each in kinds(schema):
        kind = each.get("type")
        if "enum" in each:
            yield from (each["enum"][0][1:] + each["enum"][0][:1] + "~", "something else")
        elif kind == "string":
            yield from _wrong_texts(each)
        elif kind in {"integer", "number"}:
            yield from ("many", "1.5x", 1.5 if kind == "integer" else "1,5", "9" * 5000)
            yield from (each[bound] + by for bound, by in (("minimum", -1), ("maximum", 1)) if bound in each)
            yield from (each[bound] for bound in ("exclusiveMinimum", "exclusiveMaximum") if bound in each)
        elif kind == "boolean":
            yield "perhaps"
        elif kind == "array":
            yield from ([value] for value in wrong(each["items"], text=text))
            yield [] if each.get("minItems") and not text else ""
            if "maxItems" in each:
                yield [good(each["items"])] * (each["maxItems"] + 1)
        elif kind == "object" and not text:
            yield from _wrong_objects(each)
        if not text:
            yield from (value for value in ANYTHING if _is(value) != kind and "enum" not in each)


ANYTHING: tuple[Any, ...] = (7, "x", [], {}, True)


def _is(value: Any) -> str:
    return {int: "integer", str: "string", list: "array", dict: "object", bool: "boolean"}[type(value)]


def _wrong_texts(schema: dict[str, Any]) -> Iterator[str]:
    if "minLength" in schema:
        yield from {"", "a" * (schema["minLength"] - 1)}
    if "maxLength" in schema:
        yield "A" * (schema["maxLength"] + 1)
    if "pattern" in schema:
        yield "é /:"
    if "format" in schema:
        yield from ("nothing", "2026-02-31", "1/2/2026", "2026-02-31T25:00:00Z", "2026-01-31T08:30:00", "0001-01-01")
        yield "0001-01-01T00:00:00Z"


def _rounds(ways: dict[str, Iterator[Any]]) -> Iterator[dict[str, Any]]:
    """All wrong at once, each in its next way, until every one was wrong in every way."""
    absent = object()
    for each in zip_longest(*ways.values(), fillvalue=absent):
        yield {name: value for name, value in zip(ways, each, strict=True) if value is not absent}


def _wrong_objects(schema: dict[str, Any]) -> Iterator[Any]:
    """Nothing, too much, and members that are wrong."""
    members = schema.get("properties", {})
    yield {}
    yield {**good(schema), "no_such_member": 1}
    yield from ({**good(schema), **each} for each in _rounds({name: wrong(each) for name, each in members.items()}))
    for name in schema.get("required", ()):
        yield {**good(schema), name: None}
    if isinstance(schema.get("additionalProperties"), dict):
        yield from ({"x": each} for each in wrong(schema["additionalProperties"]))


@dataclass
class Heard:
    """What pydantic found in calls of an operation, with what was said; and all that the answers said."""

    found: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    said: set[str] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)


def account_of(operation: dict[str, Any]) -> str:
    """Somebody who may."""
    return next(
        each
        for each in (*WIDEST, *ACCOUNTS)
        if scopes_of(operation) <= {scope for role in ACCOUNTS[each][1] for scope in ROLE_SCOPES[Role(role)]}
    )


def requests(method: str, path: str, operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Addresses and what to send."""
    given = [each for each in operation.get("parameters", ()) if each["in"] in {"query", "path"}]
    within = {each["name"]: each["schema"] for each in given if each["in"] == "path"}
    asked = {each["name"]: each["schema"] for each in given if each["in"] == "query"}
    contents = operation.get("requestBody", {}).get("content", {})

    def at(**chosen: Any) -> str:
        return re.sub(r"\{([^}]+)\}", lambda m: quote(str(chosen.get(m[1], good(within[m[1]]))), safe=""), path)

    for name, schema in within.items():
        yield from ((at(**{name: each}), {}) for each in wrong(schema, text=True) if each != "")
    raw = next((each for each in contents if each not in READ_BY_US), None)
    file = {"content": b"x", "headers": {"content-type": raw}} if raw else {}
    for values in _rounds({name: wrong(each, text=True) for name, each in asked.items()}):
        yield f"{at()}?{urlencode(values, doseq=True)}", file
    yield from ((at(), each) for each in _bodies(contents))


def _bodies(contents: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for media_type, content in contents.items():
        schema = resolve(content.get("schema", {}))
        if media_type == JSON:
            yield from ({"json": each} for each in wrong(schema))
        elif media_type == FORM:
            yield from ({"data": {name: str(value) for name, value in each.items()}} for each in _wrong_objects(schema))
        elif media_type == PARTS:
            for each in _wrong_objects(schema):
                yield {"files": {name: (None, str(value)) for name, value in each.items()} or {"x": (None, "")}}
        if media_type in READ_BY_US:
            yield {}


async def heard(client: httpx.AsyncClient, world: World, name: str) -> Heard:
    method, path = OPERATIONS[name]
    operation = DOCUMENT.operations[method, path]
    headers = world.headers(account_of(operation), If_Match="1") if "security" in operation else {}
    all_heard = Heard()
    say = fault_words.told

    def noted(error: Any) -> str:
        sentence = say(error)
        all_heard.found.append((dict(error), sentence))
        return sentence

    with patch.object(fault_words, "told", noted):
        for address, sent in requests(method, path, operation):
            all_headers = {**headers, **sent.get("headers", {})}
            answer = await client.request(method, address, **{**sent, "headers": all_headers})
            all_heard.statuses.add(answer.status_code)
            if answer.status_code == 422:
                all_heard.said |= {fault["detail"] for fault in answer.json().get("errors", ())}
    return all_heard


@pytest.fixture(scope="module")
def everything(settings: Settings, world: World) -> dict[str, Heard]:
    async def ask() -> dict[str, Heard]:
        async with running(create_app(settings)) as client:
            return {name: await heard(client, world, name) for name in OPERATIONS}

    return asyncio.run(ask())


def checkable(name: str) -> bool:
    """It takes something that can be wrong."""
    method, path = OPERATIONS[name]
    return any(True for _ in requests(method, path, DOCUMENT.operations[method, path]))


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_wrong_is_told_in_words_of_ours(everything: dict[str, Heard], name: str) -> None:
    heard = everything[name]
    assert bool(heard.found) == (checkable(name) and name not in OF_OAUTH), heard.statuses
    wrong_words = {
        (str(error["type"]), said)
        for error, said in heard.found
        if said in {error["msg"], fault_words.UNTOLD} or JARGON.search(said)
    }
    assert wrong_words == set()
    assert {said for said in heard.said if JARGON.search(said) or not said.endswith((".", "?"))} == set()
    assert 500 not in heard.statuses


def test_every_pattern_has_words() -> None:
    patterns = set(re.findall(r"'pattern': '((?:[^'\\]|\\.)*)'", str(DOCUMENT.raw)))
    known = {repr(each)[1:-1] for each in (*PATTERNS, *fault_words.MORE_PATTERNS)}
    headers = {
        repr(each["schema"]["pattern"])[1:-1]
        for operation in DOCUMENT.operations.values()
        for each in operation.get("parameters", ())
        if each["in"] == "header" and "pattern" in each["schema"]
    }
    assert patterns - headers - known == set()


@pytest.mark.parametrize("kind", get_args(ErrorType))
def test_no_kind_of_error_keeps_the_words_of_the_validator(kind: str) -> None:
    error = {"type": kind, "loc": ("body", "x"), "msg": "Input should be otherwise", "input": "sent", "ctx": FACTS}
    if kind in {"value_error", "assertion_error"}:
        error["msg"] = "Value error, the end is early"
    said = fault_words.told(error)
    assert not JARGON.search(said)
    assert "sent" not in said
    assert said.endswith(".")


#: One of each that the sentences name.
FACTS: dict[str, Any] = {
    "min_length": 2, "max_length": 5, "gt": 1, "ge": 1, "lt": 9, "le": 9, "multiple_of": 2, "max_digits": 3,
    "decimal_places": 2, "whole_digits": 4, "expected": "'one' or 'two'", "expected_tags": "'one', 'two'",
    "discriminator": "'kind'", "pattern": "^[A-Z]{2}$", "error": "sent",
}  # fmt: skip


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"type": "string_too_short", "ctx": {"min_length": 1}}, "A value is required here."),
        ({"type": "string_too_short", "ctx": {"min_length": 2}}, "At least 2 characters are needed here."),
        ({"type": "too_short", "ctx": {"min_length": 1}}, "At least one is needed."),
        ({"type": "literal_error", "ctx": {"expected": "'port' or 'post'"}, "input": "prot"},
         "This has to be one of: port, post. Did you mean port?"),
        ({"type": "literal_error", "ctx": {"expected": "True"}, "input": 3}, "This has to be True."),
        ({"type": "enum", "ctx": {"expected": ", ".join(f"'v{n}'" for n in range(30))}, "input": "v7x"},
         "This is none of the 30 valid values; the description of the operation lists them. Did you mean v7?"),
        ({"type": "literal_error", "ctx": {"expected": "',', ';' or 'tab'"}, "input": 7},
         'This has to be one of: ",", ";", tab.'),
        ({"type": "string_pattern_mismatch", "ctx": {"pattern": "^a$"}}, fault_words.UNTOLD),
        ({"type": "value_error", "msg": "Value error, `other` needs a note"}, "`other` needs a note."),
        ({"type": "value_error", "msg": "Value error, ends_on is early"}, "ends_on is early."),
        ({"type": "value_error", "msg": "Value error, Expected UploadFile, received: x"}, "This has to be a file."),
    ],
)  # fmt: skip
def test_sentences(error: dict[str, Any], said: str) -> None:
    assert fault_words.told({"loc": ("x",), "msg": "Input should be otherwise", **error}) == said
