"""Files that go out for imports: templates, and an uploaded file with its faults in a column of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import orjson

from app.db.session import Database, Statement, Tx
from app.documents import sheets, sheets_to_fill
from app.documents.sheets_to_fill import ToFill
from app.documents.tables import LONGEST_LINE, REPEATED, Row, Table
from app.domain.access import Caller
from app.domain.errors import Rejected
from app.domain.imports import ABSENT, ERROR_COLUMN, Text
from app.schemas.imports import ImportColumnOut, TemplateOut, TemplatesOut
from app.security.keys import Keys
from app.services import imports, imports_store, imports_words
from app.services.importing import Importing
from app.services.imports_columns import Cell, columns_of
from app.services.imports_resources import IMPORTINGS, importing_of
from app.settings import Settings

_TYPES = {"csv": sheets_to_fill.CSV, "xlsx": sheets_to_fill.XLSX, "jsonl": "application/jsonl"}
_CHUNK = 256 * 1024
#: Rows that are made at a time, and characters after which it is enough: a row may have millions.
_PIECE, _ROOM = 500, 1024 * 1024
#: The row of the header in a table, and so many blank lines between two rows as come back.
_HEADER, _MOST_BLANK = 1, 1_000
#: What is told of a text that stands in no cell.
_MOST_OF_REST = 32_000
_CUT = "… [cut here: whole in the file as it was uploaded]"
#: No file has so many rows.
_ROWLESS = 2**62
#: What is wrong with a file as a whole stands at row 0.
_BROKEN = Statement("SELECT code, detail FROM import_faults WHERE import_id = :import_id AND row_number = 0 LIMIT 1")
_FAULTS = Statement(
    "SELECT row_number, column_name, code, detail, id FROM import_faults WHERE import_id = :import_id "
    "AND (row_number, id) > (:row, :id) ORDER BY row_number, id LIMIT 2000"
)


def templates() -> TemplatesOut:
    """Everything that can be imported, with its columns."""
    return TemplatesOut(items=[_told(each) for each in IMPORTINGS.values()])


def _told(importing: Importing) -> TemplateOut:
    columns = [
        ImportColumnOut(
            name=cell.name,
            type=cell.kind or "text",
            required=cell.required,
            creates=cell.creates,
            changes=cell.changes,
            values=list(cell.values),
            description=" ".join(part for part in (cell.when, cell.description) if part),
        )
        for cell in columns_of(importing).template
    ]
    keys = [list(key) for key in importing.keys]
    return TemplateOut(resource=importing.resource, scope=importing.scope, keys=keys, columns=columns)


def template(resource: str, form: str) -> tuple[bytes, str, str]:
    """The file to fill: its bytes, media type and name."""
    importing = importing_of(resource, "/path/resource")
    columns = [ToFill(cell.name, _help(cell), cell.required, cell.values) for cell in columns_of(importing).template]
    if form == "xlsx":
        return sheets_to_fill.template_xlsx(columns, resource), sheets_to_fill.XLSX, f"{resource}.xlsx"
    return sheets_to_fill.template_csv(columns), sheets_to_fill.CSV, f"{resource}.csv"


def _help(cell: Cell) -> str:
    """A few sentences about a cell: whether it is required, what it takes, what it means, an example."""
    form = "text" if cell.name == "id" else imports_words.form_of(cell)
    parts = [_when(cell), cell.description if form == "text" and cell.description else f"{form[0].upper()}{form[1:]}."]
    if cell.description and cell.description not in parts:
        parts.append(cell.description)
    if cell.default:
        parts.append(f"Empty in a new row: {cell.default}.")
    if cell.example:
        parts.append(f"For instance: {cell.example}")
    return " ".join(parts)


def _when(cell: Cell) -> str:
    if cell.when:
        return cell.when
    if cell.name == "id":
        return "Optional."
    if cell.required:
        return "Required in new rows." if cell.changes else "Required in new rows, not changed by imports."
    if not cell.creates and not cell.changes:
        return "Only to find what is there; empty in new rows."
    if not cell.creates:
        begins = f"; what is new begins with {cell.begins}" if cell.begins else ""
        return f"Optional, only for what is there already{begins}."
    return "Optional." if cell.changes else "Optional, only in new rows."


async def original(settings: Settings, keys: Keys, row: Any) -> AsyncGenerator[bytes, None]:
    """The file as it was uploaded."""
    stream = await asyncio.to_thread(imports_store.opened, settings, keys, row)
    while chunk := await asyncio.to_thread(stream.read, _CHUNK):
        yield chunk


class _Beside:
    """Faults of an import in the order of rows, read from the database a batch at a time while rows are written."""

    def __init__(self, database: Database, caller: Caller | None, import_id: UUID, header: int) -> None:
        """`header` is the row where it stood; in the file that comes back it is the first."""
        self._database, self._caller, self._import_id, self._header = database, caller, import_id, header
        self._batch: list[Any] = []
        self._after = (-1, 0)
        self._done = False

    async def fill(self) -> None:
        """The next batch."""
        async with self._database.transaction(self._caller, read_only=True) as tx:
            row, last = self._after
            self._batch = await tx.rows(_FAULTS, import_id=self._import_id, row=row, id=last)
        if self._batch:
            self._after = (self._batch[-1]["row_number"], self._batch[-1]["id"])
        else:
            self._done = True

    async def of(self, number: int) -> str | None:
        """What is wrong with a row, in one cell; before it, what is with one that does not come back (a header)."""
        told: list[str] = []
        while not self._done:
            if not self._batch:
                await self.fill()
                continue
            if self._batch[0]["row_number"] > number:
                break
            fault = self._batch.pop(0)
            row, column = fault["row_number"], fault["column_name"]
            there = _HEADER if row == self._header else row
            place = column or "row" if row == number else f"row {there}: {column}" if column else f"row {there}"
            told.append(f"{place}: {fault['detail']} [{fault['code']}]")
        return "\n".join(told) or None


async def file_of(
    tx: Tx, database: Database | None, settings: Settings, keys: Keys, import_id: UUID
) -> tuple[AsyncGenerator[bytes, None], str, str]:
    """The uploaded file; with a database, the same table with a column of errors: pieces, media type and name."""
    row = await imports.whole(tx, import_id)
    if database is None:
        kept = row["file_name"] or f"{row['resource']}.{row['format']}"
        return original(settings, keys, row), _TYPES[row["format"]], kept
    if row["outcome"] is None:
        raise Rejected.at("", "not_validated", "Nothing was found yet: wait for the job.")
    if broken := await tx.row(_BROKEN, import_id=import_id):
        told = "The table cannot be read to its end; correct the file as it was uploaded."
        raise Rejected.at("", broken["code"], f"{broken['detail']} {told}")
    importing = importing_of(row["resource"])
    table = await asyncio.to_thread(imports_store.table, settings, keys, row, importing)
    beside = _Beside(database, tx.caller, import_id, 0 if row["format"] == "jsonl" else table.first[0])
    name = f"{row['resource']}-with-faults.{row['format']}"
    if row["format"] == "xlsx":
        return _sheet(table, beside), sheets_to_fill.XLSX, name
    if row["format"] == "jsonl":
        return _lines(table, beside), "application/jsonl", name
    return _csv(table, beside), sheets_to_fill.CSV, name


def _kept(table: Table) -> list[int]:
    return [n for n, name in enumerate(table.header) if name != ERROR_COLUMN]


async def _rows(table: Table, beside: _Beside) -> AsyncIterator[list[tuple[Row, str | None]]]:
    """Rows with what is wrong with them, some hundreds at a time."""
    source: Iterator[Row] = iter(table.rows)
    while batch := await asyncio.to_thread(_some, source):
        yield [(row, await beside.of(row.number)) for row in batch]


def _some(source: Iterator[Row]) -> list[Row]:
    """The next rows; fewer, where they are long."""
    made: list[Row] = []
    size = 0
    for row in source:
        made.append(row)
        size += len(row.rest or "") + sum([len(cell) for cell in row.cells if isinstance(cell, str)])
        if len(made) >= _PIECE or size >= _ROOM:
            break
    return made


def _with_rest(row: Row, told: str | None) -> str | None:
    """What is wrong with a row, and what of it stood in no cell."""
    if row.rest is None:
        return told
    rest = row.rest if len(row.rest) <= _MOST_OF_REST else row.rest[:_MOST_OF_REST] + _CUT
    return f"{told or 'row'}\nThis stood there: {rest}"


async def _pieces(table: Table, beside: _Beside, kept: list[int]) -> AsyncIterator[list[list[Text]]]:
    """The rows, some hundreds at a time. Only where there are none, what is wrong has a row of its own.

    Blank lines between them are kept, so that rows have their numbers. What stood beside the table stands beside it
    again, so that it is a fault until somebody has taken it away.
    """
    blank: list[Text] = [None] * (len(kept) + 1)
    last = _HEADER
    async for rows in _rows(table, beside):
        made: list[list[Text]] = []
        for row, told in rows:
            made += [blank] * min(row.number - last - 1, _MOST_BLANK)
            made.append([*(row.cells[n] for n in kept), _with_rest(row, told), *row.beside])
            last = row.number
            if len(made) >= _PIECE:
                yield made
                made = []
        yield made
    if last == _HEADER and (told := await beside.of(_ROWLESS)):
        yield [[*(None for _ in kept), f"# {told}"]]


def _written(row: list[Text]) -> list[str | None]:
    return [cell if isinstance(cell, str) else None for cell in row]


async def _csv(table: Table, beside: _Beside) -> AsyncGenerator[bytes, None]:
    kept = _kept(table)
    header: list[str | None] = [*(table.header[n] for n in kept), ERROR_COLUMN]
    yield b"\xef\xbb\xbf" + sheets_to_fill.lines_csv([header], table.delimiter)
    async for rows in _pieces(table, beside, kept):
        yield sheets_to_fill.lines_csv([_written(row) for row in rows], table.delimiter)


async def _lines(table: Table, beside: _Beside) -> AsyncGenerator[bytes, None]:
    kept = _kept(table)
    last = 0
    async for rows in _rows(table, beside):
        made = []
        for row, told in rows:
            made += [b"\n"] * min(row.number - last - 1, _MOST_BLANK)
            made.append(_line(table, kept, row, told))
            last = row.number
        yield b"".join(made)


def _line(table: Table, kept: list[int], row: Row, told: str | None) -> bytes:
    """A line as its cells. One that says a key twice is left as it stands: what it meant is for its writer to say."""
    if row.rest is not None and any(code == REPEATED[0] for _, code, _ in row.faults):
        line = _without_errors(row.rest)[:-1].encode() + b"," + orjson.dumps({ERROR_COLUMN: told})[1:] + b"\n"
    else:
        cells = {table.header[n]: row.cells[n] for n in kept if row.cells[n] is not ABSENT}
        line = orjson.dumps(cells | {ERROR_COLUMN: _with_rest(row, told)}) + b"\n"
    if len(line) <= LONGEST_LINE:
        return line
    # As text, a line may be longer than it was. One that is too long would hide all others from the next import.
    return orjson.dumps({ERROR_COLUMN: f"{told or 'row'}\nThe line is too long to come back {_CUT}"}) + b"\n"


def _without_errors(line: str) -> str:
    """A line as it stands, but for what was told of it when it came back before."""
    start = line.rfind(f',"{ERROR_COLUMN}":')
    try:
        last = orjson.loads("{" + line[start + 1 :]) if start > 0 else {}
    except orjson.JSONDecodeError:
        return line
    return line[:start] + "}" if last.keys() == {ERROR_COLUMN} else line


async def _sheet(table: Table, beside: _Beside) -> AsyncGenerator[bytes, None]:
    """As it is sent, so that nothing of it ever lies on disk."""
    kept = _kept(table)
    columns: list[tuple[str, sheets.Kind]] = [(str(table.header[n]), "text") for n in kept]
    book = sheets.Workbook("rows", [*columns, (ERROR_COLUMN, "fault")])
    async for rows in _pieces(table, beside, kept):
        yield await asyncio.to_thread(book.rows, sheets.lines_of(map(_written, rows)))
    yield book.end()
