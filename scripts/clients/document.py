"""What `openapi.json` says, as both generators need it: operations by resource, schemas by a name of their own."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "openapi.json"
API = "/api/v1/"
JSON = "application/json"
_STRUCTURAL = {
    ("GET", 0): "list",
    ("POST", 0): "create",
    ("GET", 1): "get",
    ("PATCH", 1): "change",
    ("PUT", 1): "put",
    ("DELETE", 1): "remove",
}
#: Verbs that say nothing beside the noun: `list_history` is `history`.
_SILENT = ("list_", "get_")


@dataclass(frozen=True)
class Operation:
    """One operation, as a method of a resource."""

    method: str
    path: str
    operation_id: str
    resource: str
    name: str
    about: str
    places: tuple[str, ...]
    query: tuple[Mapping[str, Any], ...]
    body: str | None
    #: The schema of the answer, of the rows of a list, and whether there is any JSON.
    answer: str | None
    row: str | None
    #: False for what is sent in other forms: files, forms.
    speaks_json: bool
    guarded: bool
    keyed: bool
    #: The forms other than JSON in which a list is offered.
    forms: tuple[str, ...]

    @property
    def streams(self) -> bool:
        """True for what is no JSON at all: files, events."""
        return self.answer is None and self.row is None and bool(self.forms)


class Document:
    """The OpenAPI document."""

    def __init__(self, text: str) -> None:
        """Read it."""
        self._value: dict[str, Any] = json.loads(text)
        self.schemas: dict[str, dict[str, Any]] = self._value["components"]["schemas"]

    @cached_property
    def names(self) -> dict[str, str]:
        """Schema → its name in generated code."""
        short: dict[str, list[str]] = {}
        for schema in self.schemas:
            short.setdefault(_last(schema), []).append(schema)
        made: dict[str, str] = {}
        for last, several in short.items():
            for schema in several:
                made[schema] = last if len(several) == 1 else _module(schema, last) + last
        return made

    @cached_property
    def wanted(self) -> list[str]:
        """Schemas that operations refer to, without the wrappings of lists."""
        found = dict.fromkeys(
            reached
            for operation in self.operations
            for schema in (operation.answer, operation.row, operation.body)
            if schema is not None
            for reached in self.reach(schema)
        )
        return sorted(found, key=lambda schema: self.names[schema])

    @cached_property
    def inputs(self) -> set[str]:
        """Schemas that are only sent, never received."""
        sent = {each for o in self.operations if o.body is not None for each in self.reach(o.body)}
        received = {each for o in self.operations for s in (o.answer, o.row) if s is not None for each in self.reach(s)}
        return sent - received

    def reach(self, schema: str) -> Iterator[str]:
        """A schema and what it is made of."""
        seen: set[str] = set()
        waiting = [schema]
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen.add(one)
            yield one
            waiting += _refs(self.schemas[one])

    @cached_property
    def operations(self) -> list[Operation]:
        """Every operation of the API, in the order of paths."""
        return [
            self._operation(method.upper(), path, told)
            for path, methods in sorted(self._value["paths"].items())
            if path.startswith(API)
            for method, told in methods.items()
        ]

    def _operation(self, method: str, path: str, told: Mapping[str, Any]) -> Operation:
        parameters = told.get("parameters", ())
        headers = {each["name"] for each in parameters if each["in"] == "header"}
        places = tuple(re.findall(r"\{(\w+)\}", path))
        answer, row, forms = self._answers(told)
        name = _name(method, path, told["operationId"])
        return Operation(
            method=method,
            path=path,
            operation_id=told["operationId"],
            resource=path.removeprefix(API).split("/")[0],
            name="get" if name == "list" and row is None else name,
            about=_sentence(told.get("description") or told.get("summary") or ""),
            places=places,
            query=tuple(each for each in parameters if each["in"] == "query"),
            body=_ref(told.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {})),
            answer=answer,
            row=row,
            speaks_json=JSON in told.get("requestBody", {}).get("content", {JSON: {}}),
            guarded="If-Match" in headers,
            keyed="Idempotency-Key" in headers,
            forms=forms,
        )

    def _answers(self, told: Mapping[str, Any]) -> tuple[str | None, str | None, tuple[str, ...]]:
        content: Mapping[str, Any] = next(
            (a.get("content", {}) for s, a in told["responses"].items() if s.startswith("2")), {}
        )
        schema = _ref(content.get(JSON, {}).get("schema", {}))
        forms = tuple(form for form in content if form != JSON)
        if schema is None:
            return None, None, forms
        row = _row_of(self.schemas[schema])
        return (schema, None, forms) if row is None else (None, row, forms)


def read() -> Document:
    """The committed document."""
    return Document(DOCUMENT.read_text(encoding="utf-8"))


def class_name(resource: str) -> str:
    """`equipment-models` → `EquipmentModels`."""
    return "".join(word.title() for word in resource.split("-"))


def _last(schema: str) -> str:
    match = re.fullmatch(r"app__schemas__\w+?__([A-Z]\w*?)_*\d*", schema)
    return re.sub(r"\W|_+$", "", match[1] if match else schema).replace("_", "")


def _module(schema: str, last: str) -> str:
    """What tells two schemas of one name apart: their module, without the word that the name begins with."""
    match = re.fullmatch(r"app__schemas__(\w+?)__[A-Z]\w*", schema)
    words = match[1].split("_") if match else []
    if words and last.lower().startswith(_singular(words[-1])):
        words.pop()
    return "".join(word.title() for word in words)


def _row_of(schema: Mapping[str, Any]) -> str | None:
    """The schema of the rows, for a page of a list; the feed's pages are no lists."""
    properties = schema.get("properties", {})
    if set(properties) != {"items", "page"} or _ref(properties["page"]) != "PageOut":
        return None
    return _ref(properties["items"].get("items", {}))


def _ref(schema: Mapping[str, Any]) -> str | None:
    return schema["$ref"].removeprefix("#/components/schemas/") if "$ref" in schema else None


def _refs(value: Any) -> list[str]:
    if isinstance(value, list):
        return [each for member in value for each in _refs(member)]
    if not isinstance(value, dict):
        return []
    own = [_ref(value)] if isinstance(value.get("$ref"), str) else []
    inside = [each for name, member in value.items() if name != "discriminator" for each in _refs(member)]
    return [each for each in own if each is not None] + inside


def _name(method: str, path: str, operation_id: str) -> str:
    """The name of the method: by the form of the path, else by the operation's own stable name without its noun."""
    resource, *rest = path.removeprefix(API).split("/")
    if rest[-1:] == ["bulk"]:
        return "bulk"
    if len(rest) <= 1 and all(part.startswith("{") for part in rest) and (method, len(rest)) in _STRUCTURAL:
        return _STRUCTURAL[method, len(rest)]
    noun = resource.replace("-", "_")
    verb, _, object_ = operation_id.removeprefix(f"{noun}_").partition("_")
    place = next((part.strip("{}") for part in rest if part.startswith("{")), "")
    for each in (noun, _singular(noun), place, "my"):
        if each and (object_ == each or object_.startswith(f"{each}_")):
            object_ = object_.removeprefix(each).removeprefix("_")
    made = f"{verb}_{object_}".strip("_")
    for silent in _SILENT:
        if method == "GET" and made.startswith(silent):
            made = made.removeprefix(silent)
    if made == noun:
        made = [part for part in rest if not part.startswith("{")][-1].replace("-", "_")
    return f"{made}_" if keyword.iskeyword(made) else made


def _singular(noun: str) -> str:
    return noun.removesuffix("ies") + "y" if noun.endswith("ies") else noun.removesuffix("s")


def _sentence(text: str) -> str:
    """The first sentence, on one line."""
    plain = " ".join(text.split())
    return re.split(r"(?<=[.:])\s", plain)[0].removesuffix(":").removesuffix(".") + "." if plain else ""
