from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import services
from app.db.listing import Listing
from app.domain.access import Scope
from app.schemas.common import SearchQuery
from app.settings import Settings
from app.web import callers
from tests.house.walking import documented, resolved
from tests.web.conftest import with_probes

pytestmark = pytest.mark.anyio

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


@pytest.fixture(scope="module")
def document(settings: Settings) -> dict[str, Any]:
    return with_probes(settings).openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, verb, each) for path, verbs in document["paths"].items() for verb, each in verbs.items()]


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    """The document of the service as it is, without probes."""
    return documented().raw


def test_every_parameter_says_what_it_means(whole: dict[str, Any]) -> None:
    silent = [
        (verb, path, each["name"])
        for path, verb, operation in operations(whole)
        for each in (resolved(whole, parameter) for parameter in operation.get("parameters", ()))
        if not each.get("description", "").strip()
    ]
    assert silent == []


def test_a_search_says_where_it_looks(whole: dict[str, Any]) -> None:
    """Names and reference, as its base says, or what it says itself: by what the list really compares."""
    modules = [importlib.import_module(f"app.services.{each.name}") for each in pkgutil.iter_modules(services.__path__)]
    listings = {
        value.resource: value.search
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Listing) and value.search is not None
    }
    usual = SearchQuery.model_fields["q"].description
    told = {}
    for path, verb, operation in operations(whole):
        for each in operation.get("parameters", ()):
            if (verb, each["name"]) == ("get", "q"):
                told[path.removeprefix("/api/v1/")] = each["description"]
    assert told
    for resource, said in told.items():
        names = "(t.folded LIKE app.fold(:search) OR lower(t.reference) LIKE app.fold(:search))"
        assert (said == usual) is (listings[resource] == names), resource
    assert "Models are not looked at" in told["equipment"]


async def test_the_document_is_valid(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "/", "description": "This server"}]
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_names_of_operations_are_tag_verb_noun_and_unique(document: dict[str, Any]) -> None:
    names = [each["operationId"] for _, _, each in operations(document)]
    assert len(names) == len(set(names))
    assert document["paths"]["/api/v1/probes/{probe_id}"]["patch"]["operationId"] == "probes_change_probe"
    assert document["paths"]["/api/v1/lean-probes"]["post"]["operationId"] == "lean_probes_create_probe"


async def test_every_refusal_is_a_problem_and_secured_operations_have_theirs(document: dict[str, Any]) -> None:
    for path, verb, each in operations(document):
        assert not [key for key in each if key.startswith("x-")], path
        for status, said in each["responses"].items():
            response = resolved(document, said)
            assert "X-Request-Id" in response["headers"]
            if int(status) >= 400:
                named_otherwise = path.startswith("/api/v1/oauth/") and status in {"400", "401"}  # RFC 6749, 5.2
                assert named_otherwise or response["content"] == PROBLEM, (path, verb, status)
        expected = {"422", "500", "503"} | ({"401", "403", "429"} if "security" in each else set())
        assert expected <= set(each["responses"]), (path, verb)


async def test_a_change_shows_what_it_needs(document: dict[str, Any]) -> None:
    change = document["paths"]["/api/v1/probes/{probe_id}"]["patch"]
    assert change["security"] == [{"oauth2": ["equipment:write"]}]
    assert change["description"] == "Change a probe.\n\nNeeds the scope `equipment:write`."
    assert set(change["requestBody"]["content"]) == {"application/merge-patch+json", "application/json"}
    assert {"400", "412", "415", "428"} <= set(change["responses"])
    assert [(p["name"], p["in"]) for p in change["parameters"]] == [("probe_id", "path"), ("If-Match", "header")]
    assert set(change["responses"]["200"]["headers"]) == {"X-Request-Id", "RateLimit", "RateLimit-Policy", "ETag"}


async def test_a_creation_shows_its_key_and_where_the_object_is(document: dict[str, Any]) -> None:
    create = document["paths"]["/api/v1/probes"]["post"]
    assert [p["name"] for p in create["parameters"]] == ["Idempotency-Key"]
    headers = {"X-Request-Id", "RateLimit", "RateLimit-Policy", "ETag", "Location", "Idempotency-Replayed"}
    assert set(create["responses"]["201"]["headers"]) == headers
    token = document["paths"]["/api/v1/probes/token"]["post"]
    assert "parameters" not in token
    assert token["description"] == "Answers with a secret.\n\nBodies up to 2048 bytes."


async def test_a_list_shows_its_links_and_a_reading_its_validators(document: dict[str, Any]) -> None:
    listed = document["paths"]["/api/v1/probes"]["get"]
    assert {"ETag", "Link"} <= set(listed["responses"]["200"]["headers"])
    assert "304" in listed["responses"]
    assert "If-None-Match" in [p["name"] for p in listed["parameters"]]


async def test_an_open_operation_is_shown_as_open(document: dict[str, Any]) -> None:
    opened = document["paths"]["/api/v1/probes/open"]["get"]
    assert "security" not in opened
    assert set(opened["responses"]) == {"200", "422", "500", "503"}


async def test_the_scheme_describes_every_scope(document: dict[str, Any]) -> None:
    flows = document["components"]["securitySchemes"]["oauth2"]["flows"]
    assert set(flows) == {"password", "clientCredentials"}
    for flow in flows.values():
        assert flow["tokenUrl"] == "/api/v1/oauth/token"
        assert set(flow["scopes"]) == {scope.value for scope in Scope}
        assert all(flow["scopes"].values())


def test_every_scope_has_an_alias() -> None:
    named = {
        str(scope)
        for value in vars(callers).values()
        for meta in getattr(value, "__metadata__", ())
        for scope in getattr(meta, "scopes", None) or ()
    }
    assert named == {scope.value for scope in Scope}
