"""Answers are JSON that PostgreSQL made; the documented schemas only describe them. Here the two are compared.

Every answer of the stories in `one_of_each` is compared, then every list and every single read of what they left
behind, in every form that a reader can ask for. An operation that no story reaches fails: tell one.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from app.main import create_app
from app.security.keys import Keys
from app.settings import Settings
from tests.conftest import running
from tests.house import one_of_each, reads
from tests.house.walking import Call, Walk, counted, documented, resolved
from tests.world import World

DOCUMENT = documented()
OPERATIONS = {each["operationId"]: key for key, each in DOCUMENT.operations.items()}

FORMATS = FormatChecker()


@FORMATS.checks("date-time", raises=ValueError)
def _instant(value: object) -> bool:
    """An instant in UTC (API 3); that it is a string is another keyword's business."""
    return not isinstance(value, str) or (value.endswith("Z") and bool(datetime.fromisoformat(value)))


@pytest.fixture(scope="module")
def calls(settings: Settings, world: World, keys: Keys) -> list[Call]:
    """Everything that was asked and answered, in order."""

    async def walk() -> list[Call]:
        with counted() as tally:
            async with running(create_app(settings)) as client:
                walking = Walk(client, world, DOCUMENT, tally)
                await one_of_each.everything(walking, settings, keys)
                await reads.everything(walking)
                return walking.calls

    return asyncio.run(walk())


def differences(call: Call) -> list[str]:
    """Where an answer is not what the document says."""
    answer = call.response
    documented = DOCUMENT.operations[call.method.lower(), call.path]["responses"]
    if str(answer.status_code) not in documented:
        return [f"{answer.status_code} is not documented"]
    content = resolved(DOCUMENT.raw, documented[str(answer.status_code)]).get("content", {})
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if not content:
        return [f"a body that is not documented: {answer.text[:200]}"] if answer.content else []
    if media_type not in content:
        return [f"{media_type} instead of one of {list(content)}"]
    if media_type == "application/jsonl":
        return [each for line in answer.text.splitlines() for each in _against(call, _item(call), json.loads(line))]
    if media_type not in {"application/json", "application/problem+json"}:
        return []  # bytes, described by their type alone
    return _against(call, content[media_type].get("schema", {}), answer.json())


def _item(call: Call) -> dict[str, Any]:
    """The schema of one object of a list."""
    schemas = DOCUMENT.raw["components"]["schemas"]
    responses = DOCUMENT.operations[call.method.lower(), call.path]["responses"]
    page = schemas[responses["200"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]]
    found: dict[str, Any] = page["properties"]["items"]["items"]
    return found


def _against(call: Call, schema: dict[str, Any], value: Any) -> list[str]:
    """Only who asks for more by `expand` finds more in a related object than the document names."""
    components = DOCUMENT.raw["components"]
    if "expand=" not in call.address:
        related = {**components["schemas"]["Related"], "additionalProperties": False}
        components = {**components, "schemas": {**components["schemas"], "Related": related}}
    validator = Draft202012Validator({**schema, "components": components}, format_checker=FORMATS)
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_answers_are_what_the_document_says(calls: list[Call], operation: str) -> None:
    found = [call for call in calls if call.operation == operation]
    assert any(call.response.is_success for call in found), "no story reaches it: see tests/house/one_of_each.py"
    wrong = [f"{call.address}: {each}" for call in found for each in differences(call)]
    assert not wrong, "\n".join(wrong[:10])


LISTS = [name for name, (method, path) in OPERATIONS.items() if method == "get" and reads.is_list(DOCUMENT, path)]


@pytest.mark.parametrize("operation", LISTS)
def test_no_list_was_compared_while_it_was_empty(calls: list[Call], operation: str) -> None:
    pages = [call.response.json() for call in calls if call.operation == operation and "format=" not in call.address]
    assert any(page.get("items") for page in pages)
