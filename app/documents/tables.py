"""Tables as they come in, row by row: CSV and JSON Lines; `spreadsheets.py` reads XLSX. Nothing is held but a row.

What is wrong with the file as a whole is raised (Rejected at `/file`); what is wrong with a cell stands with its row.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any, BinaryIO, Literal, NamedTuple

import orjson

from app.domain.errors import Rejected
from app.domain.imports import ABSENT, ERROR_COLUMN, LONGEST_CELL, Absent, Text, is_formula

Format = Literal["csv", "xlsx", "jsonl"]
#: Names that Python knows, for what we read.
ENCODINGS = {"utf-8": "utf-8-sig", "cp1252": "cp1252", "cp1256": "cp1256"}
DELIMITERS = (";", ",", "\t")
#: A line of these alone says nothing of what stands between cells, and is no header.
_BLANK = re.compile(r'[\s;,"\ufeff]*')
#: The header is looked for in so many rows.
_MOST_ABOVE = 1_000
MOST_COLUMNS = 200
#: The longest line of JSON, and the longest cell that the CSV reader takes before it speaks of a broken quote.
LONGEST_LINE = 4 * 1024 * 1024
csv.field_size_limit(LONGEST_LINE)

FORMULA = ("formula", "A formula; give the value itself.")
TOO_LONG = ("too_long", f"A cell holds at most {LONGEST_CELL} characters.")
NO_OBJECT = ("json_broken", "This line is no JSON object.")
REPEATED = ("repeated_column", "The line says this twice; say it once.")
REPEATED_INSIDE = ("repeated_column", "A key stands twice inside an object of this line.")
UNUSABLE = ("text_unusable", "NUL and broken characters cannot be stored.")


class Row(NamedTuple):
    """A row: its number (from 1, the header's too), a text per column of the header, and cells that cannot be read."""

    number: int
    cells: list[Text]
    faults: tuple[tuple[int, str, str], ...] = ()
    #: What stands in no cell: a line that is no object or says a key twice, cells beside the table.
    rest: str | None = None
    #: Cells beside the table as they stand there, empty ones between them, too.
    beside: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A header and what stands below it. `delimiter` is what the file turned out to have."""

    header: list[str]
    rows: Iterator[Row]
    delimiter: str
    #: The row where each column stands first: that of the header, where there is one.
    first: Sequence[int]


def unreadable(code: str, detail: str) -> Rejected:
    """The file as a whole cannot be read."""
    return Rejected.at("/file", code, detail)


def format_of(head: bytes, name: str) -> Format:
    """What a file is, by its first bytes and then by its name."""
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise unreadable("file_not_taken", "An old or encrypted office document; save it as .xlsx without a password.")
    if name.lower().endswith((".jsonl", ".ndjson")) or head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return "jsonl"
    if name.lower().endswith(".xlsx"):
        raise unreadable("file_truncated", "This is no whole .xlsx file.")
    return "csv"


def open_csv(stream: BinaryIO, encoding: str = "utf-8", delimiter: str | None = None) -> Table:
    """A table of text with one header row."""
    if stream.read(2) in {b"\xff\xfe", b"\xfe\xff"}:
        raise unreadable("encoding_wrong", "This is UTF-16; save the file as UTF-8.")
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=ENCODINGS[encoding], errors="strict", newline="")
    above = islice(_Lines(text), _MOST_ABOVE)
    try:
        first = next((line for line in above if not _BLANK.fullmatch(line)), "")
    except UnicodeDecodeError:
        raise _not_in(encoding, 1) from None
    except _TooLong:
        raise _too_long(1) from None
    found = delimiter or max(DELIMITERS, key=first.count)
    text.seek(0)
    return under_header(_csv_rows(_Lines(text), found, encoding), found)


class _TooLong(csv.Error):
    """A row goes on and on."""


class _Lines:
    """The lines of a text, of which no row may take more than `LONGEST_LINE` letters."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        #: Letters of the row that is being read; whoever has read one begins anew.
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE + 1)
        self.taken += len(line)
        if not line:
            raise StopIteration
        if self.taken > LONGEST_LINE:
            raise _TooLong
        return line


def _not_in(encoding: str, row: int) -> Rejected:
    named = "name it (`encoding=cp1252` or `cp1256`), or save the file as UTF-8"
    return unreadable("encoding_wrong", f"Row {row} or one after it is not in {encoding}: {named}.")


def _too_long(row: int) -> Rejected:
    told = f"Row {row} or one after it is longer than {LONGEST_LINE} letters; is a quote in it not closed?"
    return unreadable("csv_broken", told)


def _csv_rows(lines: _Lines, delimiter: str, encoding: str) -> Iterator[Row]:
    """Blank lines are no rows, but they count."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        lines.taken = 0
        try:
            cells = next(reader, None)
        except UnicodeDecodeError:
            raise _not_in(encoding, number) from None
        except _TooLong:
            raise _too_long(number) from None
        except csv.Error as error:
            code = "file_truncated" if "unexpected end" in str(error) else "csv_broken"
            raise unreadable(code, f"Row {number}: a quote is not closed, or stands inside a cell.") from None
        if cells is None:
            return
        if cells:
            yield Row(number, [cell or None for cell in cells])


def under_header(rows: Iterator[Row], delimiter: str) -> Table:
    """The table of rows: its header is the first one that holds anything."""
    above = takewhile(lambda row: row.number <= _MOST_ABOVE, rows)
    top = next(filter(_says_anything, above), Row(1, []))
    names = _checked([cell.strip() if isinstance(cell, str) else "" for cell in top.cells])
    first = [top.number] * len(names)
    return Table(names, under_names(_aligned(rows, len(names)), names), delimiter, first)


def _says_anything(row: Row) -> bool:
    return any(isinstance(cell, str) and not _BLANK.fullmatch(cell) for cell in row.cells)


def _checked(header: list[str]) -> list[str]:
    if not any(header):
        raise unreadable("header_missing", "The first row has to name the columns.")
    while header and not header[-1]:
        header.pop()
    if len(header) > MOST_COLUMNS:
        raise unreadable("too_many_columns", f"At most {MOST_COLUMNS} columns are read.")
    return header


def _aligned(rows: Iterator[Row], width: int) -> Iterator[Row]:
    """As many cells as the header has; what stands beside it is a fault. Rows that hold nothing are none."""
    for row in rows:
        cells = row.cells
        if any(cells):
            if len(cells) < width:
                row = row._replace(cells=cells + [None] * (width - len(cells)))  # noqa: PLW2901
            yield checked_cells(row if len(cells) <= width else _within(row, width))


def _within(row: Row, width: int) -> Row:
    """The row as wide as the header, with what stood beside it."""
    cells, told = row.cells, tuple(fault for fault in row.faults if fault[0] < width)
    extra = [n for n in range(width, len(cells)) if cells[n] is not None]
    if not extra:
        return Row(row.number, cells[:width], told)
    beside = (-1, "beside_the_table", f"The row has more cells than the header: {_cells(extra)}.")
    rest = "; ".join(cell for n in extra if isinstance(cell := cells[n], str))
    return Row(row.number, cells[:width], (*told, beside), rest, tuple(cells[width : extra[-1] + 1]))


def _cells(places: Sequence[int]) -> str:
    """`cell 13`, `cells 13, 14`."""
    told = ", ".join(str(place + 1) for place in places[:10]) + (", …" if len(places) > 10 else "")  # noqa: PLR2004
    return f"cell{'' if len(places) == 1 else 's'} {told}"


def under_names(rows: Iterator[Row], header: Sequence[str]) -> Iterator[Row]:
    """The same rows; what stands under a column without a name is a fault, for nobody reads it."""
    nameless = [n for n, name in enumerate(header) if not name]
    return _told_nameless(rows, nameless) if nameless else rows


def _told_nameless(rows: Iterator[Row], nameless: Sequence[int]) -> Iterator[Row]:
    for row in rows:
        found = [n for n in nameless if isinstance(row.cells[n], str)]
        if found:
            told = (-1, "beside_the_table", f"What stands under no name of a column is not read: {_cells(found)}.")
            yield row._replace(faults=(*row.faults, told))
        else:
            yield row


def checked_cells(row: Row) -> Row:
    """The row with what is wrong with its texts; one look at the whole row first, because nearly all are right."""
    whole = "\x1f".join([cell for cell in row.cells if isinstance(cell, str)])
    if (
        len(whole) <= LONGEST_CELL
        and "\x00" not in whole
        and "\x1f=" not in whole
        and "\x1f@" not in whole
        and not is_formula(whole)
        and (whole.isascii() or _encodable(whole))
    ):
        return row
    found = list(row.faults)
    told = {index for index, *_ in found}
    for index, cell in enumerate(row.cells):
        if not isinstance(cell, str) or index in told:
            continue
        if is_formula(cell):
            found.append((index, *FORMULA))
        elif len(cell) > LONGEST_CELL:
            found.append((index, *TOO_LONG))
        elif "\x00" in cell or not _encodable(cell):
            found.append((index, *UNUSABLE))
    return row._replace(faults=tuple(found)) if found else row


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def open_jsonl(stream: BinaryIO, known: Mapping[str, Mapping[str, str]], whole: frozenset[str]) -> Table:
    """One JSON object per line. It is read twice: first for the names, which may differ from line to line.

    `known` says which columns a nested object is told in (`{"unit_price": {"amount": "unit_price_amount"}}`), `whole`
    which ones hold JSON themselves.
    """
    header: dict[str, int] = {}
    first: list[int] = []
    for number, value, _ in _objects(stream):
        for name in _flat(value if isinstance(value, dict) else {}, known, whole):
            if name not in header:
                header[name] = len(header)
                first.append(number)
        if len(header) > MOST_COLUMNS:
            raise unreadable("too_many_columns", f"Row {number}: at most {MOST_COLUMNS} columns are read.")
    stream.seek(0)
    rows = under_names(_json_rows(stream, header, known, whole), list(header))
    return Table(list(header), rows, "", first)


def _json_rows(
    stream: BinaryIO, header: Mapping[str, int], known: Mapping[str, Mapping[str, str]], whole: frozenset[str]
) -> Iterator[Row]:
    for number, value, line in _objects(stream):
        cells: list[Text] = [ABSENT] * len(header)
        if value is None:
            yield Row(number, cells, ((-1, *NO_OBJECT),), _told(line))
            continue
        twice: set[str] = set()
        for name, cell in _flat(value, known, whole, twice).items():
            cells[header[name]] = cell
        faults: list[tuple[int, str, str]] = []
        if _may_repeat(line, value):
            names, inside = _repeated(line)
            for name in names:
                found = _flat({name: value[name]}, known, whole)
                twice.update(found)
                inside = inside or not found
            faults += [(-1, *REPEATED_INSIDE)] if inside else []
        twice.discard(ERROR_COLUMN)
        faults += [(index, *REPEATED) for index in sorted(header[name] for name in twice)]
        yield checked_cells(Row(number, cells, tuple(faults), _told(line) if faults else None))


def _told(line: bytes) -> str:
    return line.decode(errors="replace").strip()


def _may_repeat(line: bytes, value: dict[str, Any]) -> bool:
    """Whether a line has more colons behind keys than its object has keys. Texts may hold some, so it is only a hint.

    A colon behind a key stands behind its quote, or behind a blank: JSON has no others.
    """
    colons = line.count(b'":') + line.count(b" :") + line.count(b"\t:") + line.count(b"\r:")
    return colons != _keys(value)


def _keys(value: Any) -> int:
    """How many keys there are, at whatever depth; the parser took no more than it can go through here."""
    count, left = 0, [value]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            count += len(each)
            left += [inner for inner in each.values() if isinstance(inner, dict | list)]
        else:
            left += [inner for inner in each if isinstance(inner, dict | list)]
    return count


def _repeated(line: bytes) -> tuple[list[str], bool]:
    """Keys that a line says twice, and whether an object inside it does."""
    outer: list[str] = []
    count = 0

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal count, outer
        made = dict(found)
        outer = []
        if len(made) < len(found):
            outer = [name for name, times in Counter(name for name, _ in found).items() if times > 1]
        count += bool(outer)
        return made

    json.loads(line, object_pairs_hook=pairs, parse_int=str)  # the outermost object is the last one to be closed
    return outer, count > bool(outer)


def _objects(stream: BinaryIO) -> Iterator[tuple[int, dict[str, Any] | None, bytes]]:
    """Lines by number, as an object and as they stand; one that is no object hides nothing in the others."""
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise unreadable("too_long", f"Line {number} is longer than {LONGEST_LINE} bytes.")
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not text.strip():
            continue
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            value = None
        yield number, value if isinstance(value, dict) else None, text


def _flat(
    value: dict[str, Any],
    known: Mapping[str, Mapping[str, str]],
    whole: frozenset[str],
    twice: set[str] | None = None,
) -> dict[str, Text]:
    """An object as cells: what CSV would hold. `twice` takes columns that two members say, each something else."""
    cells: dict[str, Text] = {}
    for name, member in value.items():
        parts = known.get(name)
        made: dict[str, Text]
        if parts is None or name in whole:
            made = {name: _text(member)}
        elif isinstance(member, dict):
            named = ((parts.get(part, f"{name}_{part}"), inner) for part, inner in member.items())
            made = {column: _text(inner) for column, inner in named if column}
        elif member is None:
            made = dict.fromkeys(filter(None, parts.values()))
        else:
            made = {name: _text(member)}
        if twice is not None and not cells.keys().isdisjoint(made):
            twice.update(column for column, text in made.items() if cells.get(column, text) != text)
        cells |= made
    return cells


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # it reads deeper than it writes
        raise unreadable("json_broken", "A line holds lists within lists deeper than any column has.") from None


__all__ = ["ABSENT", "Absent", "Format", "Row", "Table", "format_of", "open_csv", "open_jsonl", "unreadable"]
