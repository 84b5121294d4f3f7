"""`clients/typescript/src/api.ts`: a type for every object of the API, and a table of its paths."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from scripts.clients.document import API, Document, Operation

HEAD = """// Types of what crosses the wire. Generated from openapi.json by `make clients`: do not edit.

/** One page of a list. `page.next` is the cursor of the page behind it, null on the last. */
export interface Listed<Row> {
  items: Row[];
  page: { next: string | null; limit: number; total: number | null; truncated?: boolean };
}
"""
_PLAIN = {"integer": "number", "number": "number", "boolean": "boolean", "null": "null", "string": "string"}


def types(document: Document) -> str:
    """The text of the module."""
    objects = [_declared(document, schema) for schema in document.wanted]
    spoken = [o for o in document.operations if o.speaks_json and not o.streams]
    unkeyed = [f"  {json.dumps(f'POST {_place(o)}')}," for o in spoken if o.method == "POST" and not o.keyed]
    table = ["/** Paths below /api/v1, and what each method takes and answers. */", "export interface Paths {"]
    for path in sorted({o.path for o in spoken}):
        methods = [_method(document, o) for o in spoken if o.path == path]
        table += [f"  {json.dumps(path.removeprefix(API.rstrip('/')))}: {{", *methods, "  };"]
    table.append("}")
    never = ["/** Operations whose answers hold secrets or personal data: they take no Idempotency-Key. */"]
    never += ["export const UNKEYED: ReadonlySet<string> = new Set([", *unkeyed, "]);"]
    return "\n".join([HEAD, *objects, *table, "", *never]) + "\n"


def _place(operation: Operation) -> str:
    return operation.path.removeprefix(API.rstrip("/"))


def _method(document: Document, operation: Operation) -> str:
    said = {}
    if operation.places:
        said["path"] = "{ " + "; ".join(f"{place}: string" for place in operation.places) + " }"
    if operation.query:
        members = (
            f"{json.dumps(each['name'])}{'' if each.get('required') else '?'}: "
            f"{_type(document, each['schema'], query=True)}"
            for each in operation.query
            if each["name"] != "format"
        )
        said["query"] = "{ " + "; ".join(members) + " }"
    if operation.body is not None:
        said["body"] = document.names[operation.body]
    if operation.guarded:
        said["guarded"] = "true"
    if operation.row is not None:
        row = document.names[operation.row]
        said |= {"row": row, "answer": f"Listed<{row}>"}
    else:
        said["answer"] = "undefined" if operation.answer is None else document.names[operation.answer]
    return f"    {operation.method}: {{ {'; '.join(f'{name}: {type_}' for name, type_ in said.items())} }};"


def _declared(document: Document, schema: str) -> str:
    told, name = document.schemas[schema], document.names[schema]
    about = " ".join(told.get("description", "").replace("*/", "* /").split())
    comment = f"/** {about} */\n" if about else ""
    if told.get("type") != "object" or not told.get("properties"):
        return f"{comment}export type {name} = {_type(document, told)};\n"
    required = set(told.get("required", ()))
    members = [
        f"  {json.dumps(member)}{'' if member in required else '?'}: {_type(document, type_)};"
        for member, type_ in told["properties"].items()
    ]
    if told.get("additionalProperties") is True:
        members.append("  [more: string]: unknown;")
    return f"{comment}export interface {name} {{\n" + "\n".join(members) + "\n}\n"


def _type(document: Document, told: Mapping[str, Any], *, query: bool = False) -> str:
    """The TypeScript type of a schema."""
    if "$ref" in told:
        return document.names[told["$ref"].removeprefix("#/components/schemas/")]
    if "const" in told:
        return json.dumps(told["const"])
    if "enum" in told:
        return " | ".join(json.dumps(each) for each in told["enum"])
    choices = told.get("anyOf") or told.get("oneOf") or told.get("allOf")
    if choices:
        kinds = dict.fromkeys(_type(document, each, query=query) for each in choices)
        return " | ".join(kind for kind in kinds if not (query and kind == "null"))
    kind = told.get("type")
    if kind == "array":
        row = _type(document, told.get("items", {}), query=query)
        row = f"({row})" if "|" in row else row
        return f"{row} | readonly {row}[]" if query else f"{row}[]"
    if kind == "object":
        more = told.get("additionalProperties")
        return f"Record<string, {_type(document, more) if isinstance(more, Mapping) else 'unknown'}>"
    return _PLAIN.get(str(kind), "unknown")
