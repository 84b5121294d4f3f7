"""Figures of readiness put into groups and made into what goes out. Nothing here decides; the domain has decided."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from app.db.columns import LANGUAGES
from app.db.session import Statement
from app.documents import sheets
from app.domain.access import SUPPRESSED_BELOW
from app.domain.allotment import Staffing
from app.domain.errors import Rejected
from app.domain.readiness import Counts, Line, add_up, attribute

#: Rows in one JSON answer at most.
MOST_ROWS = 10_000

_LABEL = ("id", "reference", "label")
_COUNTS = Counts._fields[:5]
_STAFF = ("needed", "allotted", "reserve", "missing", "suppressed")
#: A cell that a spreadsheet would run as a formula gets an apostrophe in front (API 13).
_FORMULA = re.compile(r"[=+\-@\t\r]")


class Cell(NamedTuple):
    """What one line, or a component's share of it, contributes."""

    line: Line
    counts: Counts
    component_id: UUID | None = None


@dataclass(slots=True)
class Group:
    """What is summed in one row."""

    keys: tuple[UUID | None, ...]
    counts: list[Counts] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


def cells(lines: Iterable[Line], components: frozenset[UUID] | None, *, shares: bool) -> Iterator[Cell]:
    """Lines as they are; or the shares of components, all of them or those named."""
    for line in lines:
        if not shares and components is None:
            yield Cell(line, line.counts)
            continue
        for component_id, counts in attribute(line):
            if components is None or component_id in components:
                yield Cell(line, counts, component_id)


def grouped(found: Iterable[Cell], keys: Callable[[Cell], Iterable[tuple[UUID | None, ...]]]) -> list[Group]:
    """Cells by their keys, in the order in which these first come."""
    groups: dict[tuple[UUID | None, ...], Group] = {}
    for cell in found:
        for key in keys(cell):
            group = groups.get(key)
            if group is None:
                group = groups[key] = Group(key)
            group.counts.append(cell.counts)
            group.lines.append(cell.line)
    return list(groups.values())


def figures(counts: Counts) -> dict[str, Any]:
    """The counts of `Figures`, without people."""
    made: dict[str, Any] = dict(zip(_COUNTS, counts, strict=False))
    made["waterfall"] = counts.waterfall()
    made["operators"] = made["maintainers"] = None
    return made


@dataclass(frozen=True, slots=True)
class People:
    """How numbers of people are told: an observer gets none under 5, and no sum that would give one away."""

    hidden: bool

    def told(self, made: dict[str, Any], lines: Sequence[Line]) -> dict[str, Any]:
        """The figures with their people."""
        made["operators"] = self.staffing([line.operators for line in lines])
        made["maintainers"] = self.staffing([line.maintainers for line in lines])
        return made

    def staffing(self, parts: Sequence[Staffing]) -> dict[str, Any]:
        """The sum of several posts. A sum is withheld with any of its parts, or the difference would tell."""
        needed = allotted = reserve = missing = 0
        small_allotted = small_reserve = False
        for part in parts:
            crew, spare = len(part.persons), len(part.reserve)
            needed += part.needed
            allotted += crew
            reserve += spare
            missing += part.short
            small_allotted = small_allotted or crew < SUPPRESSED_BELOW
            small_reserve = small_reserve or spare < SUPPRESSED_BELOW
        if not self.hidden:
            return dict(zip(_STAFF, (needed, allotted, reserve, missing, False), strict=True))
        suppressed = small_allotted or small_reserve
        told = (
            needed,
            None if small_allotted else allotted,
            None if small_reserve else reserve,
            None if suppressed else missing,
            suppressed,
        )
        return dict(zip(_STAFF, told, strict=True))

    def number(self, persons: int) -> int | None:
        """A number of persons by itself."""
        return None if self.hidden and persons < SUPPRESSED_BELOW else persons


def total(found: Sequence[Cell], people: People, *, shares: bool) -> dict[str, Any]:
    """Everything that was asked for in one sum."""
    made = figures(add_up([cell.counts for cell in found]))
    return made if shares else people.told(made, [cell.line for cell in found])


def related(rows: Iterable[Mapping[str, Any]], language: str = "") -> dict[UUID, dict[str, Any]]:
    """Objects as `{id, reference, label}` by id, from rows with a label or with names in four languages."""
    made = {}
    for row in rows:
        label = row[f"name_{language}"] or row["name_en"] if language else row["label"]
        made[row["id"]] = {"id": str(row["id"]), "reference": row["reference"], "label": label}
    return made


def labelled(sql: str) -> Mapping[str, Statement]:
    """A statement for each language that a label may be asked in."""
    return {language: Statement(sql.replace("{lang}", language)) for language in LANGUAGES}


def instant(value: datetime | None) -> str | None:
    """As answers print instants (API 3)."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def document(answer: Mapping[str, Any]) -> bytes:
    """The whole answer as JSON. Rejected for one with too many rows; tables have no such bound."""
    if len(answer["rows"]) > MOST_ROWS:
        raise Rejected.at("/query/format", "too_many_rows", f"More than {MOST_ROWS} rows: narrow it, or ask for csv.")
    return orjson.dumps(answer)


def jsonl(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """One row per line."""
    for row in rows:
        yield orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[bytes]:
    """CSV: the header, then a line per row; members of members are `unit_reference`, `waterfall_withdrawn`."""
    yield _line(columns)
    for row in rows:
        flat = _flat(row)
        yield _line([_defused(flat.get(name)) for name in columns])


def sheet(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], name: str) -> bytes:
    """The same table as XLSX."""
    found = [[flat.get(column) for column in columns] for flat in map(_flat, rows)]
    kinds = [_kind([row[at] for row in found]) for at in range(len(columns))]
    book = sheets.Workbook(name, list(zip(columns, kinds, strict=True)))
    return book.rows(sheets.lines_of(found)) + book.end()


def _kind(cells: Sequence[Any]) -> sheets.Kind:
    """What a column is, from what stands in it."""
    types = {type(cell) for cell in cells if cell is not None}
    if types == {bool}:
        return "truth"
    return "integer" if types == {int} else "text"


def columns_of(groups: Sequence[str]) -> list[str]:
    """The columns of rows of readiness by these groups."""
    staff = [f"{kind}_{name}" for kind in ("operators", "maintainers") for name in _STAFF]
    reasons = [f"waterfall_{name}" for name in Counts._fields[len(_COUNTS) :]]
    return [f"{group}_{part}" for group in groups for part in _LABEL] + [*_COUNTS, *reasons, *staff]


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            made |= {f"{name}_{part}": inner for part, inner in value.items()}
        elif isinstance(value, list):
            made[name] = " ".join(each["reference"] for each in value)
        else:
            made[name] = value
    return made


def _defused(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text


def _line(values: Iterable[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue().encode()
