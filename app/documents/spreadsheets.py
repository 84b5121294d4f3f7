"""XLSX as it comes in, row by row from the zip: an archive that unfolds, macros and formulas are refused.

Read by our own small reader on expat and not by a library that loads the sheet: memory does not grow with the rows,
and a formula is seen as one (ADR 19). Numbers and dates are told apart by their formats, as Excel does.
"""

from __future__ import annotations

import os
import posixpath
import tempfile
import zipfile
import zlib
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, BinaryIO, NoReturn
from xml.parsers import expat

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.documents.tables import Row, Table, under_header, unreadable
from app.domain.imports import Text

_CHUNK = 256 * 1024
MOST_ENTRIES, MOST_RATIO, MOST_UNFOLDED = 5_000, 200, 8 * 1024**3
#: Built-in formats of days and instants; others are told by the letters of their code.
_DATED = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_EPOCHS = {False: datetime(1899, 12, 30, tzinfo=UTC), True: datetime(1904, 1, 1, tzinfo=UTC)}
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, expat.ExpatError, NotImplementedError,
    KeyError, IndexError, ValueError, OverflowError,  # numbers that are none, texts that are not there
)  # fmt: skip
_MOST_ROWS = 1_048_576
#: So many digits of a number are kept by spreadsheets, which make zeros of the rest: of a serial, say.
_EXACT = 15
_ROUNDED = (
    "number_rounded",
    "A number of more than 15 digits, which spreadsheets round; format the cell as text and write it again.",
)


def open_xlsx(stream: BinaryIO) -> Table:
    """The first sheet that is shown; its first row that holds anything is the header."""
    try:
        archive = zipfile.ZipFile(stream)
        _check(archive)
        sheet, dated_1904 = _first_sheet(archive)
        dated = _dated_styles(archive)
        strings = _Strings.read(archive)
        rows = _Sheet(strings, dated, _EPOCHS[dated_1904]).rows(archive, sheet)
        return under_header(_guarded(rows), ";")
    except _BROKEN:
        raise _truncated() from None


def _truncated() -> Exception:
    return unreadable("file_truncated", "This is no whole .xlsx file.")


def _guarded(rows: Iterator[Row]) -> Iterator[Row]:
    try:
        yield from rows
    except _BROKEN:
        raise _truncated() from None


def _check(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    packed = sum(entry.compress_size for entry in entries)
    unfolded = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unfolded > MOST_UNFOLDED or unfolded > MOST_RATIO * max(packed, 1):
        raise unreadable("file_unfolds", "The document unfolds into many times its size.")
    names = {entry.filename.lower() for entry in entries}
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise unreadable("file_has_macros", "Documents with macros are not taken; save it as .xlsx.")
    if any(entry.flag_bits & 1 for entry in entries):
        raise unreadable("file_not_taken", "The document is encrypted.")


def _parse(archive: zipfile.ZipFile, name: str, start: Any, end: Any = None, text: Any = None) -> Iterator[None]:
    """Read a part of the document; yields after each piece. Document types, and so entities, are refused."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _no_doctype
    left = archive.getinfo(name).file_size
    with archive.open(name) as part:
        while chunk := part.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise unreadable("file_unfolds", "The document unfolds into more than it says.")
            parser.Parse(chunk)
            yield
    parser.Parse(b"", True)  # noqa: FBT003  expat's own signature
    yield


def _no_doctype(*_: Any) -> NoReturn:
    raise unreadable("file_not_taken", "The document declares a document type.")


def _bare(name: str) -> str:
    return name.rpartition(" ")[2]


def _first_sheet(archive: zipfile.ZipFile) -> tuple[str, bool]:
    """The part of the first sheet that is shown, and whether days are counted from 1904."""
    sheets: list[str] = []
    dated_1904 = False
    targets: dict[str, str] = {}

    def workbook(name: str, attributes: dict[str, str]) -> None:
        nonlocal dated_1904
        if _bare(name) == "workbookPr":
            dated_1904 = attributes.get("date1904") in {"1", "true"}
        if _bare(name) == "sheet" and attributes.get("state", "visible") == "visible":
            sheets.append(next(value for key, value in attributes.items() if key.endswith(" id")))

    def relations(name: str, attributes: dict[str, str]) -> None:
        if _bare(name) == "Relationship" and attributes.get("TargetMode") != "External":
            targets[attributes["Id"]] = attributes["Target"]

    for part, reader in (("xl/workbook.xml", workbook), ("xl/_rels/workbook.xml.rels", relations)):
        for _ in _parse(archive, part, reader):
            pass
    if not sheets or sheets[0] not in targets:
        raise unreadable("header_missing", "The document shows no sheet.")
    target = targets[sheets[0]]
    return target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}"), dated_1904


def _dated_styles(archive: zipfile.ZipFile) -> frozenset[str]:
    """Numbers of the styles that show days or instants."""
    formats: dict[str, bool] = {}
    styles: list[str] = []
    inside = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        bare = _bare(name)
        if bare == "numFmt":
            formats[attributes["numFmtId"]] = _shows_time(attributes.get("formatCode", ""))
        elif bare == "cellXfs":
            inside = True
        elif bare == "xf" and inside:
            styles.append(attributes.get("numFmtId", "0"))

    def end(name: str) -> None:
        nonlocal inside
        inside = inside and _bare(name) != "cellXfs"

    if "xl/styles.xml" in archive.namelist():
        for _ in _parse(archive, "xl/styles.xml", start, end):
            pass
    return frozenset(
        str(n) for n, each in enumerate(styles) if formats.get(each, each.isdigit() and int(each) in _DATED)
    )


def _shows_time(code: str) -> bool:
    bare, quoted, skip = [], False, False
    for letter in code:
        if skip:
            skip = False
        elif letter == "\\":
            skip = True
        elif letter == '"':
            quoted = not quoted
        elif not quoted:
            bare.append(letter)
    plain = "".join(bare).split(";")[0].lower()
    while "[" in plain and "]" in plain[plain.index("[") :]:
        at = plain.index("[")
        plain = plain[:at] + plain[plain.index("]", at) + 1 :]
    return any(letter in plain for letter in "ymdhs")


class _Strings:
    """The document's shared texts. All but the ones in use lie on disk, sealed with a key that is never stored."""

    _PER_BLOCK, _HELD = 1024, 48

    def __init__(self) -> None:
        self._cipher = AESGCM(os.urandom(32))
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the strings
        self._ends = array("Q", [0])
        self._open: list[str] = []
        self._cache: OrderedDict[int, list[str]] = OrderedDict()

    def __del__(self) -> None:
        self._file.close()

    @classmethod
    def read(cls, archive: zipfile.ZipFile) -> _Strings:
        """All texts of a document."""
        made = cls()
        part = next((name for name in archive.namelist() if name.lower() == "xl/sharedstrings.xml"), None)
        if part is None:
            return made
        pieces: list[str] = []
        wanted, phonetic = False, False

        def start(name: str, _: dict[str, str]) -> None:
            nonlocal wanted, phonetic
            bare = _bare(name)
            phonetic = phonetic or bare == "rPh"
            wanted = bare == "t" and not phonetic

        def end(name: str) -> None:
            nonlocal wanted, phonetic
            wanted = False
            bare = _bare(name)
            phonetic = phonetic and bare != "rPh"
            if bare == "si":
                made.append("".join(pieces))
                pieces.clear()

        for _ in _parse(archive, part, start, end, lambda text: pieces.append(text) if wanted else None):
            pass
        return made

    def append(self, text: str) -> None:
        """One more; full blocks go to disk."""
        self._open.append(text)
        if len(self._open) == self._PER_BLOCK:
            index = len(self._ends) - 1
            sealed = self._cipher.encrypt(index.to_bytes(12, "big"), orjson.dumps(self._open), None)
            self._file.write(sealed)
            self._ends.append(self._ends[-1] + len(sealed))
            self._open = []

    def __getitem__(self, index: int) -> str:
        block, inside = divmod(index, self._PER_BLOCK)
        if block == len(self._ends) - 1:
            return self._open[inside]
        held = self._cache.get(block)
        if held is None:
            self._file.seek(self._ends[block])
            sealed = self._file.read(self._ends[block + 1] - self._ends[block])
            held = self._cache[block] = orjson.loads(self._cipher.decrypt(block.to_bytes(12, "big"), sealed, None))
            if len(self._cache) > self._HELD:
                self._cache.popitem(last=False)
        return held[inside]


class _Sheet:
    """The cells of one sheet, gathered row by row while expat reads."""

    def __init__(self, strings: _Strings, dated: frozenset[str], epoch: datetime) -> None:
        self._strings, self._dated, self._epoch = strings, dated, epoch
        self._done: list[Row] = []
        self._number = 0
        self._cells: list[Text] = []
        self._faults: list[tuple[int, str, str]] = []
        self._kind, self._style = "n", "0"
        self._text: list[str] = []
        self._wanted = False
        self._formula: list[str] | None = None
        self._columns: dict[str, int] = {}
        self._next = 0
        self._starts: dict[str, Callable[[dict[str, str]], None]] = {
            "c": self._cell, "row": self._row, "f": self._begins_formula, "v": self._value, "t": self._value,
        }  # fmt: skip
        self._names: dict[str, str] = {}

    def rows(self, archive: zipfile.ZipFile, part: str) -> Iterator[Row]:
        """The rows as they come."""
        for _ in _parse(archive, part, self._start, self._end, self._characters):
            yield from self._done
            self._done.clear()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        bare = self._names.get(name)
        if bare is None:
            bare = self._names[name] = _bare(name)
        known = self._starts.get(bare)
        if known is not None:
            known(attributes)

    def _row(self, attributes: dict[str, str]) -> None:
        number = int(attributes.get("r", self._number + 1))
        if not self._number < number <= _MOST_ROWS:
            raise expat.ExpatError
        self._number = number
        self._cells, self._faults, self._next = [], [], 0

    def _cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        if place is not None:
            letters = place.rstrip("0123456789")
            index = self._columns.get(letters)
            if index is None:
                index = self._columns[letters] = _column(letters)
            self._next = index
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
        self._text = []
        self._formula = None

    def _begins_formula(self, _: dict[str, str]) -> None:
        self._formula = []

    def _value(self, _: dict[str, str]) -> None:
        self._wanted = True

    def _characters(self, text: str) -> None:
        if self._wanted:
            self._text.append(text)
        elif self._formula is not None:
            self._formula.append(text)

    def _end(self, name: str) -> None:
        bare = self._names.get(name)
        if bare == "c":
            self._close_cell()
        elif bare == "row":
            self._done.append(Row(self._number, self._cells, tuple(self._faults)))
        elif bare in {"v", "t"}:
            self._wanted = False

    def _close_cell(self) -> None:
        index, cells = self._next, self._cells
        self._next = index + 1
        if self._formula is not None:  # as a text it stays one: wherever it stands, until somebody gives the value
            value = "=" + ("".join(self._formula).strip() or "…")
        elif self._text:
            value = self._read("".join(self._text), index)
        else:
            return
        while len(cells) < index:
            cells.append(None)
        cells.append(value or None)

    def _read(self, text: str, index: int) -> str:
        kind = self._kind
        if kind == "s":
            return self._strings[int(text)]
        if kind in {"inlineStr", "str"}:
            return text
        if kind == "b":
            return "true" if text == "1" else "false"
        if kind == "e":
            self._faults.append((index, "error_value", "The spreadsheet shows an error here."))
            return "=" + text  # stays a fault, as a formula does
        if kind == "d":
            return text
        if self._style in self._dated:
            return _moment(self._epoch, float(text))
        if len(text) <= _EXACT and text.isdigit():
            return text
        value = float(text)
        if abs(value) >= 10**_EXACT:
            self._faults.append((index, *_ROUNDED))
            return "=" + text
        return _number(value)


def _column(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter.upper()) - 64
    if not 0 < index <= 16_384:  # noqa: PLR2004  what a sheet holds
        raise expat.ExpatError
    return index - 1


def _number(value: float) -> str:
    """The shortest way to write what the spreadsheet shows: 5 and not 5.0, 0.1 and not 0.10000000000000001."""
    return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")


def _moment(epoch: datetime, days: float) -> str:
    at = epoch + timedelta(microseconds=round(days * 86_400_000_000))
    return at.date().isoformat() if float(days).is_integer() else at.isoformat().replace("+00:00", "Z")
