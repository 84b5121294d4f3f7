"""What every operation owes to people who explore the documentation, and what the committed contract says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.house.test_access_matrix import operations
from tests.house.walking import resolved

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.anyio


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    poor = [
        f"{method} {path}"
        for method, path, each in operations(document)
        if not each.get("summary") or len(each.get("description", "")) < 20 or not each.get("tags")
    ]
    assert poor == []


def test_operation_ids_are_unique_and_begin_with_their_tag(document: dict[str, Any]) -> None:
    ids = [each["operationId"] for _, _, each in operations(document)]
    assert len(ids) == len(set(ids))
    strange = [
        each["operationId"]
        for _, _, each in operations(document)
        if not each["operationId"].startswith(each["tags"][0].replace("-", "_").replace(" ", "_"))
    ]
    assert strange == []


def test_problems_are_documented_as_problems(document: dict[str, Any]) -> None:
    wrong = [
        f"{method} {path} {status}"
        for method, path, each in operations(document)
        for status, answer in each["responses"].items()
        if status[0] in "45"
        and "oauth" not in path
        and status != "503"
        and "application/problem+json" not in resolved(document, answer).get("content", {})
    ]
    assert wrong == []


def test_what_can_be_missing_says_404_and_what_changes_says_412_and_428(document: dict[str, Any]) -> None:
    wrong = []
    for method, path, each in operations(document):
        if not path.startswith("/api/v1") or "security" not in each:
            continue
        answers = set(each["responses"])
        if "{" in path and "404" not in answers:
            wrong.append(f"{method} {path}: 404")
        if method in {"patch", "put"} and not {"412", "428"} <= answers:
            wrong.append(f"{method} {path}: 412, 428")
    assert wrong == []


def test_every_schema_has_a_name_of_its_own_that_people_can_read(document: dict[str, Any]) -> None:
    """Two models of one name become `app__schemas__…` or `Name-Input`: give one of them the word of its resource."""
    schemas = document["components"]["schemas"]
    assert [name for name in schemas if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name)] == []
    assert [name for name, each in schemas.items() if each.get("title", name) != name] == []


def test_every_body_has_an_example_that_fits_it(document: dict[str, Any]) -> None:
    """Whoever explores pastes it: a page that finds none makes one up of empty strings (API 18)."""
    wrong = []
    for method, path, each in operations(document):
        for kind, content in each.get("requestBody", {}).get("content", {}).items():
            schema = {**content["schema"], "components": document["components"]}
            if content["schema"].get("format") == "binary":
                continue
            if "example" not in content:
                wrong.append(f"{method} {path} {kind}: none")
            else:
                found = Draft202012Validator(schema).iter_errors(content["example"])
                wrong += [f"{method} {path} {kind}: {error.message}" for error in found]
    assert wrong == []


def test_every_tag_is_described(document: dict[str, Any]) -> None:
    """`app/web/tags.py` has a line for each; documentation pages show it above the operations."""
    used = {tag for _, _, each in operations(document) for tag in each["tags"]}
    assert used == {tag["name"] for tag in document["tags"]}
    assert [tag["name"] for tag in document["tags"] if len(tag["description"]) < 20] == []


def test_the_committed_contract_is_what_the_code_says(document: dict[str, Any]) -> None:
    """`make openapi` writes it. A change is seen in review; a breaking one needs a new version (API 1)."""
    committed = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
    document = json.loads(json.dumps(document))
    for each in (committed, document):  # the address of a deployment is not part of the contract
        each.pop("servers", None)
    assert document["paths"].keys() == committed["paths"].keys()
    assert document == committed
