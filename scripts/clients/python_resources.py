"""`bmp_client/_async/resources.py`: a class for every resource, a typed method for every operation."""

from __future__ import annotations

from scripts.clients.document import Document, Operation, class_name
from scripts.clients.python_types import query_name

#: Resources that are written by hand, and what is no resource of a caller.
BY_HAND = frozenset({"changes", "files", "imports", "jobs", "oauth"})

HEAD = '''"""Every resource and what can be done with it. Generated from openapi.json by `make clients`: do not edit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from os import PathLike
from typing import Any, Unpack, cast

from bmp_client import models as m
from bmp_client._async._resource import AsyncActing
from bmp_client._async._sending import AsyncSender
from bmp_client._calls import Ref
from bmp_client._files import Progress
from bmp_client._shapes import Format, Page

'''


def resources(document: Document) -> str:
    """The text of the module."""
    by_resource: dict[str, list[Operation]] = {}
    for operation in document.operations:
        if operation.resource not in BY_HAND and not operation.streams:
            by_resource.setdefault(operation.resource, []).append(operation)
    classes = [_class(document, resource, operations) for resource, operations in sorted(by_resource.items())]
    return HEAD + "\n\n".join([*classes, _all(sorted(by_resource))]) + "\n"


def _class(document: Document, resource: str, operations: list[Operation]) -> str:
    names = [operation.name for operation in operations]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{resource} would have two methods called {', '.join(twice)}")
    methods = [text for operation in operations for text in _methods(document, operation)]
    return f'class Async{class_name(resource)}(AsyncActing):\n    """`/{resource}`."""\n\n' + "\n\n".join(methods)


def _all(resources: list[str]) -> str:
    lines = [
        f'        self.{resource.replace("-", "_")} = Async{class_name(resource)}(sender, "{resource}")'
        for resource in resources
    ]
    return (
        'class AsyncResources:\n    """All of them."""\n\n    def __init__(self, sender: AsyncSender) -> None:\n'
        '        """Each calls through the same sender."""\n' + "\n".join(lines)
    )


def _methods(document: Document, operation: Operation) -> list[str]:
    if operation.row is not None:
        return _list(document, operation)
    if operation.method == "GET":
        return [_get(document, operation)]
    return [_act(document, operation)]


def _list(document: Document, operation: Operation) -> list[str]:
    """A list can be iterated over, read page by page, and written to a file."""
    assert operation.row is not None  # noqa: S101 - asked before
    row, path, where = f"m.{document.names[operation.row]}", _path(operation), _places(operation)
    query = query_name(operation)
    kept = f", **filters: Unpack[m.{query}]" if query else ""
    filters = "filters" if query else "{}"
    name = operation.name
    page, export = ("page", "export") if name == "list" else (f"{name}_page", f"export_{name}")
    comma = f", {where}" if where else ""
    cast_rows = f'cast("AsyncIterator[{row}]", self.rows_of({path}, cast("dict[str, Any]", {filters})))'
    slash = ", /" if where else ""
    made = [_iterating(f"    def {name}(self{comma}{slash}{kept}) -> AsyncIterator[{row}]:", operation, cast_rows)]
    made.append(
        f"    async def {page}(self{comma}{slash}, cursor: str | None = None{kept}) -> Page[{row}]:\n"
        f'        """One page."""\n'
        f'        return await self.page_of({path}, cast("dict[str, Any]", {filters}), cursor)'
    )
    if name == "list":
        made.append(
            f"    async def get_many(self, refs: Iterable[Ref], /) -> dict[str, {row}]:\n"
            '        """Rows of the list by id, many at a time. What is not there, or out of sight, is left out."""\n'
            f"        return await self.many_of({path}, refs)"
        )
    if operation.forms:
        made.append(
            f"    async def {export}(self{comma}, form: Format, target: str | PathLike[str], *,"
            f" progress: Progress | None = None{kept}) -> int:\n"
            f'        """Write all rows to a file: whole, or not at all; the number of bytes."""\n'
            f'        return await self.save_rows({path}, form, target, progress, cast("dict[str, Any]", {filters}))'
        )
    return made


def _iterating(signature: str, operation: Operation, rows: str) -> str:
    return f'{signature}\n        """{operation.about} All pages, as they are asked for."""\n        return {rows}'


def _get(document: Document, operation: Operation) -> str:
    answer, query = _answer(document, operation), query_name(operation)
    where = _places(operation)
    given = (f", {where}, /" if where else "") + (f", **query: Unpack[m.{query}]" if query else "")
    asked = ', cast("dict[str, Any]", query)' if query else ""
    return (
        f"    async def {operation.name}(self{given}) -> {answer}:\n"
        f'        """{operation.about}"""\n'
        f'        return cast("{answer}", await self.fetch({_path(operation)}{asked}))'
    )


def _act(document: Document, operation: Operation) -> str:
    answer, where = _answer(document, operation), _places(operation)
    given, passed = [where + ", /"] if where else [], [f'"{operation.method}"', _path(operation)]
    options = []
    if operation.guarded:
        options.append("if_match: int | None = None")
    if operation.keyed:
        options.append("idempotency_key: str | None = None")
    if options:
        given += ["*", *options]
    if operation.body is not None:
        given.append(f"**body: Unpack[m.{document.names[operation.body]}]")
        passed.append("body")
    if operation.guarded:
        passed += [f"on={_place(operation.places[0])}", "version=if_match"]
    if operation.keyed:
        passed.append("key=idempotency_key")
    elif operation.method == "POST":
        passed.append("keyed=False")
    call = f"await self.act({', '.join(passed)})"
    done = f"        {call}" if answer == "None" else f'        return cast("{answer}", {call})'
    signature = ", ".join(["self", *given])
    return f'    async def {operation.name}({signature}) -> {answer}:\n        """{operation.about}"""\n{done}'


def _answer(document: Document, operation: Operation) -> str:
    return "None" if operation.answer is None else f"m.{document.names[operation.answer]}"


def _place(place: str) -> str:
    return "ref" if place == "ident" else place


def _places(operation: Operation) -> str:
    return ", ".join(f"{_place(place)}: Ref" for place in operation.places)


def _path(operation: Operation) -> str:
    """The path as an expression: only what stands in braces is made safe for a path."""
    parts = operation.path.split("/")[4:]
    if not parts:
        return "self.path"
    said = (_place(part.strip("{}")) if part.startswith("{") else f'"{part}"' for part in parts)
    return f"self.at({', '.join(said)})"
