"""Texts of a row as members of a body, each by its column's kind, and faults of bodies at their columns again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from pydantic import ValidationError

from app.domain.errors import DomainError, Rejected
from app.domain.imports import TRUTHS, CellFault
from app.services import imports_words
from app.services.imports_columns import Cell, Columns

_MIDNIGHT = "T00:00:00Z"
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Unread(Exception):
    """A cell's text is not of its column's kind."""


def read(cell: Cell, text: str) -> Any:
    """The text as the body takes it; Unread for what is no JSON where there should be."""
    kind = cell.kind
    if kind == "text" or kind is None:
        return text
    if kind == "json":
        return _structure(text)
    bare = text.strip()
    if kind == "truth":
        return TRUTHS.get(bare.lower(), bare)
    if kind == "day":
        return bare.removesuffix(_MIDNIGHT)
    if kind == "instant" and _DAY.fullmatch(bare):
        return bare + _MIDNIGHT
    return bare


def is_truth(text: str) -> bool:
    """Whether a text says true or false, in one of the words for it."""
    return text.strip().lower() in TRUTHS


def _structure(text: str) -> Any:
    """JSON; or words between commas or semicolons where a list of words is meant."""
    if text.lstrip()[:1] not in {"[", "{"}:
        return [word for piece in re.split("[,;]", text) if (word := piece.strip())]
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Unread from None


def put(members: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set a member, inside another one where the path says so."""
    for name in path[:-1]:
        members = members.setdefault(name, {})
    members[path[-1]] = value


class Places:
    """Where faults of a body stand in a file: the columns of its header."""

    def __init__(self, columns: Columns, header: Iterable[Cell], stand_for: Mapping[str, str]) -> None:
        """`stand_for` says which member a column of its own stands for."""
        given = list(header)
        self._by_path: dict[tuple[str, ...], list[str]] = {}
        for cell in given:
            if cell.path:
                path = (stand_for.get(cell.name, cell.path[0]), *cell.path[1:])
                self._by_path.setdefault(path, []).append(cell.name)
        self._all = columns

    def column(self, parts: Iterable[Any], given: Mapping[str, Any] | None = None) -> str | None:
        """The column of a member: the longest path that is known; of several columns, one that has a value."""
        whole = path = tuple(str(part) for part in parts)
        while path:
            rest = whole[len(path) :]
            if len(path) > 1 and "_".join(path) in self._all.cells and path not in self._by_path:
                return "_".join(path)
            names = self._by_path.get(path) or [
                n for p, ns in self._by_path.items() if p[: len(path)] == path for n in ns
            ]
            if names:
                filled = [name for name in names if given and isinstance(given.get(name), str)]
                if (behind := self._behind(path, rest, filled, given)) is not None:
                    return behind
                return path[0] if path[0] in filled else filled[0] if filled else names[0]
            written = self._all.writers.get(path)
            if written:
                return next((n for n in written if n.endswith("_reference")), written[0])
            inside = [n for p, names in self._all.writers.items() if p[: len(path)] == path for n in names]
            if inside:  # of names, the one that has to be there
                return next((n for n in inside if self._all.cells[n].required), inside[0])
            shown = self._all.cells.get(path[0])
            if len(path) == 1 and shown is not None and not shown.path:  # a step, which no body has
                return shown.name
            path = (path[0].removesuffix("_id"),) if len(path) == 1 and path[0].endswith("_id") else path[:-1]
        return None

    def said(self, given: Mapping[str, Any], members: Iterable[str]) -> list[str]:
        """The columns of the file that say these members."""
        return [self.column((member,), given) or member for member in members]

    def _behind(
        self, path: tuple[str, ...], rest: Sequence[str], filled: Sequence[str], given: Mapping[str, Any] | None
    ) -> str | None:
        """The column of its own that says one more item of a list: a serial stands behind the other numbers."""
        if path[0] not in filled or len(filled) < 2 or given is None or not rest or not rest[0].isdigit():  # noqa: PLR2004
            return None
        try:
            listed = read(self._all.cells[path[0]], given[path[0]])
        except Unread:
            return None
        own = next(name for name in filled if name != path[0])
        return own if isinstance(listed, list) and int(rest[0]) >= len(listed) else None

    def of_body(self, row: int, error: ValidationError, given: Mapping[str, Any]) -> list[CellFault]:
        """What pydantic found."""
        found = []
        for each in error.errors(include_url=False, include_input=False):
            column = self.column(each["loc"], given) if each["loc"] else self._named(str(each["msg"]))
            cell = self._all.cells.get(column) if column else None
            text = given.get(column) if column else None
            detail = imports_words.told(each, cell, text if isinstance(text, str) else None)
            empty = column is not None and text is None and imports_words.is_required(each)
            found.append(CellFault(row, column, "missing" if empty else str(each["type"]), detail))
        return list(dict.fromkeys(found))

    def _named(self, said: str) -> str | None:
        """The column that a sentence about the row as a whole begins with."""
        word = said.removeprefix("Value error, ").partition(" ")[0]
        return word if word in self._all.cells else None

    def of_error(self, row: int, error: DomainError, given: Mapping[str, Any]) -> list[CellFault]:
        """What a service found."""
        if isinstance(error, Rejected) and error.faults:
            return [
                CellFault(row, self.column(_parts(fault.pointer), given), fault.code, fault.detail)
                for fault in error.faults
            ]
        place = error.facts.get("pointer")
        column = self.column(_parts(place), given) if isinstance(place, str) else None
        return [CellFault(row, column, error.code, error.detail)]


def _parts(pointer: str) -> list[str]:
    """The members of a pointer; places in a list of items are the row itself."""
    parts = [part for part in pointer.split("/") if part]
    return parts[2:] if len(parts) > 1 and parts[0] == "items" and parts[1].isdigit() else parts
