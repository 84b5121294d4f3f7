"""`bmp_client/models.py`: a TypedDict for every object of the API, and for the query of every operation."""

from __future__ import annotations

import keyword
import textwrap
from collections.abc import Mapping
from typing import Any

from scripts.clients.document import Document, Operation, class_name

HEAD = '''"""Types of what crosses the wire. Generated from openapi.json by `make clients`: do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

'''
#: What a caller may give where the wire has a text of this format.
_GIVEN = {"date-time": "str | datetime", "date": "str | date", "uuid": "str | UUID"}
_PLAIN = {"integer": "int", "number": "float", "boolean": "bool", "null": "None"}
#: Parameters that the methods of lists have themselves.
_OWN = frozenset({"cursor", "format", "trailer"})


def models(document: Document) -> str:
    """The text of the module."""
    texts = [HEAD]
    objects = []
    for schema in document.wanted:
        told = document.schemas[schema]
        if told.get("type") == "object" and told.get("properties"):
            objects.append(_object(document, schema))
        else:
            texts.append(_alias(document, schema))
    queries: dict[str, str] = {}
    for operation in document.operations:
        name = query_name(operation)
        if name is not None and name not in queries:
            queries[name] = _query(document, operation, name)
    objects.sort(key=lambda text: not text.startswith("class "))  # what is no class needs the others
    return "\n\n".join([*texts, *objects, *queries.values()]) + "\n"


def query_name(operation: Operation) -> str | None:
    """The type of an operation's query; None where there is nothing to ask."""
    if not parameters_of(operation):
        return None
    return f"{class_name(operation.resource)}{class_name(operation.name.replace('_', '-'))}Query"


def parameters_of(operation: Operation) -> list[Mapping[str, Any]]:
    """The parameters that a caller gives by name."""
    return [each for each in operation.query if each["name"] not in _OWN or operation.row is None]


def _alias(document: Document, schema: str) -> str:
    told = document.schemas[schema]
    return f"{document.names[schema]} = {_type(document, told, given=schema in document.inputs)}"


def _object(document: Document, schema: str) -> str:
    told = document.schemas[schema]
    name, given = document.names[schema], schema in document.inputs
    required = set(told.get("required", ()))
    members = {
        member: _member(_type(document, type_, given=given), optional=member not in required)
        for member, type_ in told["properties"].items()
    }
    return _class(name, told.get("description", f"`{name}`."), members)


def _query(document: Document, operation: Operation, name: str) -> str:
    members = {}
    for each in parameters_of(operation):
        type_ = _type(document, each["schema"], given=True, query=True)
        members[each["name"].replace(".", "_")] = _member(type_, optional=not each.get("required"))
    return _class(name, f"What `{operation.method} {operation.path}` can be asked.", members)


def _class(name: str, about: str, members: Mapping[str, str]) -> str:
    if any(keyword.iskeyword(member) for member in members):
        listed = ", ".join(f'"{member}": {type_}' for member, type_ in members.items())
        return f'{name} = TypedDict("{name}", {{{listed}}})'
    text = " ".join(about.replace("\\", "").split())
    body = "\n    ".join(textwrap.wrap(text, 110))
    closing = '"""' if "\n" not in body else '\n    """'
    lines = (f"    {member}: {type_}" for member, type_ in members.items())
    return f'class {name}(TypedDict):\n    """{body}{closing}\n\n' + "\n".join(lines)


def _member(type_: str, *, optional: bool) -> str:
    return f"NotRequired[{type_}]" if optional else type_


def _type(document: Document, told: Mapping[str, Any], *, given: bool, query: bool = False) -> str:
    """The Python type of a schema; `given`: what a caller may give, else what comes back."""
    if "$ref" in told:
        return document.names[told["$ref"].removeprefix("#/components/schemas/")]
    if "const" in told:
        return f"Literal[{_literal(told['const'])}]"
    if "enum" in told:
        return f"Literal[{', '.join(map(_literal, told['enum']))}]"
    choices = told.get("anyOf") or told.get("oneOf") or told.get("allOf")
    if choices:
        types = [_type(document, each, given=given, query=query) for each in choices]
        several = dict.fromkeys(part for each in types for part in (each.split(" | ") if "[" not in each else [each]))
        return " | ".join(sorted(several, key=lambda each: each == "None"))
    kind = told.get("type")
    if kind == "array":
        row = _type(document, told.get("items", {}), given=given, query=query)
        if query:
            return f"{row} | Sequence[{row}]"
        return f"Sequence[{row}]" if given else f"list[{row}]"
    if kind == "object":
        more = told.get("additionalProperties")
        inside = _type(document, more, given=given) if isinstance(more, Mapping) else "Any"
        return f"dict[str, {inside}]"
    if kind == "string":
        return _GIVEN.get(told.get("format", ""), "str") if given else "str"
    return _PLAIN.get(str(kind), "Any")


def _literal(value: Any) -> str:
    return '"' + value.replace('"', '\\"') + '"' if isinstance(value, str) else repr(value)
