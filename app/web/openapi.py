"""The OpenAPI document (API 18): FastAPI's own, completed with what the routes and the edge add to every operation."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app import problems
from app.settings import Settings
from app.web import tags
from app.web.bodies import JSON, MERGE_PATCH

TITLE = "Border Management Programmes API"
DESCRIPTION = """\
The system of record of border-management programmes: equipment from tender to disposal, training, readiness.

**Access.** `POST /api/v1/oauth/token` gives access tokens for minutes; send one as `Authorization: Bearer <token>`.
What a caller may see follows from delegations and roles in the database; what is out of sight is 404.

**Lists** are pages of `items` with `page.next`, a cursor that is bound to filters and order. Unknown parameters are
errors. `Link` names the next page (RFC 8288).

**Changes** need `If-Match` with the version that was read. `PATCH` is JSON Merge Patch (RFC 7396);
one that changes nothing answers the object as it is, with the version it has.

**Retries** are safe with an `Idempotency-Key` on `POST`: the same key repeats the answer and never the
effect; where the answer was too large or too private to be kept, it is 303 to what it told of.

**Refusals** are always `application/problem+json` (RFC 9457) with a stable `code`; `/problems` lists them all.

**Languages**: `Accept-Language` picks titles, labels and documents (en, fr, it, ar); codes never change.
"""

_HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {"description": "Names this request in our logs.", "schema": {"type": "string"}},
    "RateLimit": {
        "description": "Requests left (`r`) and seconds until all are there again (`t`), per worker.",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {"description": "Quota (`q`) per window of seconds (`w`).", "schema": {"type": "string"}},
    "ETag": {"description": "`<version>-<hash>` of this answer.", "schema": {"type": "string"}},
    "Location": {"description": "Where the new object is.", "schema": {"type": "string", "format": "uri-reference"}},
    "Link": {"description": 'Pages: `rel="first"`, `rel="next"` (RFC 8288).', "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "`true` when this answer was given before for the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
_IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of the answer that the caller has; 304 when it is still the same.",
    "schema": {"type": "string"},
}
_VERBS = ("get", "post", "put", "patch", "delete")
_OWN = "x-"
_SCHEMAS = "#/components/schemas/"


def install(app: FastAPI, settings: Settings) -> None:
    """Let `app.openapi` make the completed document, once."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = build(app, settings)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign] # FastAPI's documented way to extend the document


def build(app: FastAPI, settings: Settings) -> dict[str, Any]:
    """Make the document of an application."""
    made = get_openapi(
        title=TITLE,
        version=version("bmp"),
        openapi_version="3.1.0",
        description=DESCRIPTION,
        routes=app.routes,
        servers=[{"url": "/", "description": "This server"}],
        tags=[{"name": name, "description": text} for name, text in tags.DESCRIPTIONS.items()],
    )
    made = _called_by_title(made)
    components = made.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = problems.SCHEMA
    components["headers"] = _HEADERS
    for path in made["paths"].values():
        for verb in _VERBS:
            if verb in path:
                _complete(path[verb], verb, settings)
    for content in _body_contents(made):
        if (example := _body_example(content.get("schema", {}), components["schemas"])) is not None:
            content.setdefault("example", example)
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    components["schemas"] = dict(sorted(components["schemas"].items()))
    components["responses"] = _shared_refusals(made)
    return made


def _called_by_title(made: dict[str, Any]) -> dict[str, Any]:
    """The document with generic models under their own names: pydantic calls `SitePage` `Listed_SiteOut_`.

    Two models of one title keep the names that tell them apart; a test of the house asks to rename one.
    """
    schemas = made.get("components", {}).get("schemas", {})
    often = Counter(each.get("title", name) for name, each in schemas.items())
    names = {
        name: each["title"]
        for name, each in schemas.items()
        if each.get("title", name) != name and often[each["title"]] == 1
    }
    made["components"]["schemas"] = {names.get(name, name): each for name, each in schemas.items()}
    return cast(
        "dict[str, Any]", _renamed(made, {f"{_SCHEMAS}{old}": f"{_SCHEMAS}{new}" for old, new in names.items()})
    )


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: names.get(each, each) if key == "$ref" and isinstance(each, str) else _renamed(each, names)
            for key, each in value.items()
        }
    return [_renamed(each, names) for each in value] if isinstance(value, list) else value


def _shared_refusals(made: dict[str, Any]) -> dict[str, Any]:
    """Refusals said once: most operations refuse in the same words, and the document would be twice as long.

    Replaces them in the operations by references and returns what they refer to, `Refusal422`, `Refusal422b`, …
    """
    names: dict[str, str] = {}
    shared: dict[str, Any] = {}
    for path in made["paths"].values():
        for verb in _VERBS:
            responses = path.get(verb, {}).get("responses", {})
            for status in [status for status in responses if status[0] in "45"]:
                text = json.dumps(responses[status], sort_keys=True)
                if text not in names:
                    alike = sum(name.startswith(f"Refusal{status}") for name in shared)
                    names[text] = f"Refusal{status}" + (chr(ord("a") + alike) if alike else "")
                    shared[names[text]] = responses[status]
                responses[status] = {"$ref": f"#/components/responses/{names[text]}"}
    return dict(sorted(shared.items()))


def _body_contents(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in made["paths"].values():
        for verb in _VERBS:
            yield from path.get(verb, {}).get("requestBody", {}).get("content", {}).values()


def _body_example(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any] | None:
    """A body that can be sent as it is: every member that names an example, and no other.

    Pages of documentation would otherwise make one up of empty strings, which nothing takes. `{}` where that will do.
    """
    named = [schema, *schema.get("anyOf", ())]
    found: dict[str, Any] = next((schemas[each["$ref"].rsplit("/", 1)[-1]] for each in named if "$ref" in each), {})
    properties = found.get("properties", {})
    example = {name: each["examples"][0] for name, each in properties.items() if each.get("examples")}
    return example if example or (properties and not found.get("required")) else None


def _complete(operation: dict[str, Any], verb: str, settings: Settings) -> None:
    limit = operation.pop("x-body-limit", None)
    if limit is not None:
        limit = limit if isinstance(limit, int) else getattr(settings, limit)
        operation["description"] = f"{operation.get('description', '')}\n\nBodies up to {limit} bytes.".strip()
    if verb == "patch":
        content = operation.get("requestBody", {}).get("content", {})
        if JSON in content:
            operation["requestBody"]["content"] = {MERGE_PATCH: content[JSON], JSON: content[JSON]}
    secured = bool(operation.get("security"))
    streamed = operation.get("x-stream", False)
    if verb == "get" and secured and not streamed:
        operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
        operation["responses"].setdefault("304", {"description": "The caller has this answer already."})
    for precondition in [p for p in operation.get("parameters", ()) if p["name"] == "If-Match"]:
        precondition["required"] = True  # it is not FastAPI's business: without it the answer is 428, not 422
        operation["responses"] |= {str(s): d for s, d in problems.problems(400, 412, 428).items()}
    keyed = any(p["name"] == "Idempotency-Key" for p in operation.get("parameters", ()))
    pages = any(p["name"] == "cursor" for p in operation.get("parameters", ()))
    for status, response in operation["responses"].items():
        for name in _header_names(verb, status, secured=secured, keyed=keyed, pages=pages):
            if streamed and name == "ETag":
                continue
            response.setdefault("headers", {})[name] = {"$ref": f"#/components/headers/{name}"}
    for own in [key for key in operation if key.startswith(_OWN)]:
        del operation[own]
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _header_names(verb: str, status: str, *, secured: bool, keyed: bool, pages: bool) -> list[str]:
    names = ["X-Request-Id"]
    if secured and status not in {"401", "503"}:
        names += ["RateLimit", "RateLimit-Policy"]
    if not status.startswith("2"):
        return names
    if secured and (verb == "get" or status in {"200", "201"}):
        names.append("ETag")
    if status in {"201", "202"}:
        names.append("Location")
    if pages:
        names.append("Link")
    if keyed:
        names.append("Idempotency-Replayed")
    return names
