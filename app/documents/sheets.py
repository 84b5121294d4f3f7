"""Tables as XLSX, made while they are sent: rows come in as PostgreSQL's COPY prints them, packed bytes go out.

A small part of Office Open XML: inline strings, a few number formats, a frozen header, widths, a filter. Nothing is
kept but the packer's window, whatever the number of rows (ADR 22). Strings are strings by their type, so no spreadsheet
runs one as a formula. Instants are dates in UTC, printed with a `Z`; a note on their header says it in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from app.documents.zips import MEMBER_BYTES, Zip

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Between two cells of a line, and at its end. COPY's text format escapes them inside cells.
DELIMITER, LINE = b"\x01", b"\n"

Kind = Literal["text", "integer", "decimal", "truth", "day", "instant", "fault"]

#: What a sheet holds at most, header included; what comes after goes onto a further sheet with the same header.
MOST_ROWS = 1_048_576
#: What a cell holds at most, in UTF-16 units. Longer ones are cut, and say so.
MOST_IN_CELL = 32_767
CUT = "… [cut here: whole in csv and jsonl]"

_CELLS: dict[Kind, tuple[bytes, bytes]] = {
    "text": (b'<c t="inlineStr"><is><t>', b"</t></is></c>"),
    "integer": (b"<c><v>", b"</v></c>"),
    "decimal": (b'<c s="4"><v>', b"</v></c>"),
    "truth": (b'<c t="b"><v>', b"</v></c>"),
    "day": (b'<c s="3"><v>', b"</v></c>"),
    "instant": (b'<c s="2"><v>', b"</v></c>"),
    "fault": (b'<c s="5" t="inlineStr"><is><t>', b"</t></is></c>"),
}
_WIDTHS: dict[Kind, int] = {"integer": 8, "decimal": 12, "truth": 8, "day": 12, "instant": 22, "text": 8, "fault": 60}
_WIDEST = 60

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PART = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = f"""<styleSheet xmlns="{_MAIN}"><numFmts count="3">
<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss&quot;Z&quot;"/>
<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="166" formatCode="0.00#"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font>
</fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>
<fill><patternFill patternType="solid"><fgColor rgb="FFF8CBAD"/></patternFill></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="6">
<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="0" fontId="0" fillId="2" borderId="0" xfId="0" applyFill="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""
_ROOT = f"""<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"""

#: What COPY's text format writes behind a backslash.
_ESCAPED = {b"b": b"\x08", b"f": b"\x0c", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\x0b", DELIMITER: DELIMITER}
_BACKSLASH = re.compile(rb"\\(.)", re.DOTALL)
#: Characters that XML does not hold, or changes on the way (CR); the format has a writing of its own for them.
_ODD = re.compile(rb"[\x01-\x08\x0b-\x1f]|\xef\xbf[\xbe\xbf]")
#: The same but for the delimiter, while it is still between the cells.
_RARE = re.compile(rb"[\x02-\x08\x0b-\x1f]|\xef\xbf[\xbe\xbf]")
_CONTROLS = bytes(at for at in range(32) if at not in (1, 9, 10))
#: A space at the edge of a cell.
_EDGES = (DELIMITER + b" ", b" " + DELIMITER, LINE + b" ", b" " + LINE)
_LOOKS_ESCAPED = re.compile(rb"_(?=x[0-9A-Fa-f]{4}_)")


class Workbook:
    """One table on its way. `rows` takes whole lines, `end` the end of them; both return what to send."""

    def __init__(self, name: str, columns: Sequence[tuple[str, Kind]]) -> None:
        """The name of the sheet, and of each column with what its cells are."""
        self._name = re.sub(r"[\[\]:*?/\\']", "-", name)
        self._columns = columns
        parts = [_CELLS[kind] for _, kind in columns]
        self._row = b"<row>" + b"".join(before + b"%b" + after for before, after in parts) + b"</row>"
        self._empty = {before + after for before, after in parts}
        self._zip = Zip()
        #: Rows of each sheet, header included.
        self._sheets: list[int] = []

    def rows(self, lines: bytes) -> bytes:
        """Rows as COPY's text format prints them, NULL as nothing; cells beyond the columns stand beside the table."""
        found = lines.split(LINE)[:-1]
        made = []
        while found:
            if not self._sheets or self._sheets[-1] >= MOST_ROWS or self._zip.size >= MEMBER_BYTES:
                made.append(self._turn(found))
            fitting = found[: MOST_ROWS - self._sheets[-1]]
            found = found[len(fitting) :]
            self._sheets[-1] += len(fitting)
            made.append(self._zip.write(self._marked_up(fitting)))
        return b"".join(made)

    def end(self) -> bytes:
        """The rest of the archive."""
        made = [self._turn([])] if not self._sheets else []
        made += [self._close(), self._zip.whole("[Content_Types].xml", self._types())]
        made += [self._zip.whole("xl/workbook.xml", self._book())]
        made += [self._zip.whole("xl/_rels/workbook.xml.rels", self._relations()), self._zip.finish()]
        return b"".join(made)

    def _turn(self, lines: Sequence[bytes]) -> bytes:
        """Begin the next sheet; these lines are its first, and tell how wide columns are."""
        made = []
        if self._sheets:
            made.append(self._close())
        else:
            made.append(self._zip.whole("_rels/.rels", _xml(_ROOT)))
            made.append(self._zip.whole("xl/styles.xml", _xml(_STYLES)))
        self._sheets.append(1)
        made.append(self._zip.begin(f"xl/worksheets/sheet{len(self._sheets)}.xml"))
        made.append(self._zip.write(_xml(self._head(lines))))
        return b"".join(made)

    def _head(self, lines: Sequence[bytes]) -> str:
        widths = [max(_WIDTHS[kind], len(name) + 4) for name, kind in self._columns]
        for line in lines[:200]:
            for at, cell in enumerate(line.split(DELIMITER)[: len(widths)]):
                if self._columns[at][1] == "text":
                    widths[at] = min(_WIDEST, max(widths[at], len(cell.decode()) + 2))
        columns = "".join(
            f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>' for at, width in enumerate(widths, 1)
        )
        names = "".join(f'<c t="inlineStr" s="1"><is><t>{_escaped(name)}</t></is></c>' for name, _ in self._columns)
        selected = ' tabSelected="1"' if len(self._sheets) == 1 else ""
        return (
            f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView{selected} workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
            '<selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews>'
            f"<cols>{columns}</cols><sheetData><row>{names}</row>"
        )

    def _close(self) -> bytes:
        instants = [f"{_letters(at)}1" for at, (_, kind) in enumerate(self._columns) if kind == "instant"]
        note = (
            '<dataValidations count="1"><dataValidation allowBlank="1" showInputMessage="1" promptTitle="UTC" '
            f'prompt="These instants are in UTC." sqref="{" ".join(instants)}"/></dataValidations>'
            if instants
            else ""
        )
        tail = f'</sheetData><autoFilter ref="{self._area(self._sheets[-1])}"/>{note}</worksheet>'
        return self._zip.write(tail.encode()) + self._zip.end()

    def _area(self, rows: int, fixed: str = "") -> str:
        return f"{fixed}A{fixed}1:{fixed}{_letters(len(self._columns) - 1)}{fixed}{rows}"

    def _types(self) -> bytes:
        parts = [("workbook", "sheet.main"), ("styles", "styles")]
        parts += [(f"worksheets/sheet{at}", "worksheet") for at in range(1, len(self._sheets) + 1)]
        overrides = "".join(
            f'<Override PartName="/xl/{path}.xml" ContentType="{_PART}.{kind}+xml"/>' for path, kind in parts
        )
        return _xml(
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
        )

    def _book(self) -> bytes:
        names = [self._name[:31], *(f"{self._name[:26]} ({at})" for at in range(2, len(self._sheets) + 1))]
        sheets = "".join(
            f'<sheet name="{_escaped(name)}" sheetId="{at}" r:id="rId{at}"/>' for at, name in enumerate(names, 1)
        )
        filters = "".join(
            f'<definedName name="_xlnm._FilterDatabase" localSheetId="{at}" hidden="1">'
            f"'{_escaped(name)}'!{self._area(self._sheets[at], '$')}</definedName>"
            for at, name in enumerate(names)
        )
        return _xml(
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews>'
            f"<sheets>{sheets}</sheets><definedNames>{filters}</definedNames></workbook>"
        )

    def _relations(self) -> bytes:
        targets = [("worksheet", f"worksheets/sheet{at}.xml") for at in range(1, len(self._sheets) + 1)]
        targets.append(("styles", "styles.xml"))
        relations = "".join(
            f'<Relationship Id="rId{at}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
            for at, (kind, target) in enumerate(targets, 1)
        )
        return _xml(f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>')

    def _marked_up(self, lines: Sequence[bytes]) -> bytes:
        row, text = self._row, _plain(lines)
        try:
            made = b"".join([row % tuple(line.split(DELIMITER)) for line in text.split(LINE)])
        except TypeError:  # rare: more cells than columns
            made = b"".join([self._wide(line.split(DELIMITER)) for line in text.split(LINE)])
        for empty in self._empty:
            made = made.replace(empty, b"<c/>")
        if b"&#" in text or any(edge in text for edge in _EDGES) or text.startswith(b" ") or text.endswith(b" "):
            made = made.replace(b"<t>", b'<t xml:space="preserve">')  # else readers drop space around texts
        return made

    def _wide(self, cells: Sequence[bytes]) -> bytes:
        """A row that may have cells beside the table."""
        width, (before, after) = len(self._columns), _CELLS["text"]
        more = b"".join([before + cell + after if cell else b"<c/>" for cell in cells[width:]])
        return (self._row % tuple(cells[:width])).removesuffix(b"</row>") + more + b"</row>"


def _plain(lines: Sequence[bytes]) -> bytes:
    """Lines with their cells as XML holds them. What is rare is looked for once in all of them together."""
    if any(len(line) > MOST_IN_CELL for line in lines):
        lines = [_shortened(line) for line in lines]
    text = LINE.join(lines)
    if b"&" in text:
        text = text.replace(b"&", b"&amp;")
    text = text.replace(b"<", b"&lt;").replace(b">", b"&gt;")
    if b"_x" in text:
        text = _LOOKS_ESCAPED.sub(b"_x005F_", text)
    if b"\\" in text:
        text = _BACKSLASH.sub(_unescaped, text)
    if len(text.translate(None, _CONTROLS)) != len(text) or b"\xef\xbf" in text:
        text = _RARE.sub(_as_code, text)
    return text


def _unescaped(found: re.Match[bytes]) -> bytes:
    """One escape of COPY's as XML holds it."""
    escaped = found[1]
    if escaped in (b"n", b"t"):
        return b"&#%d;" % ord(_ESCAPED[escaped])
    plain = _ESCAPED.get(escaped, escaped)
    return b"_x%04X_" % ord(plain) if _ODD.fullmatch(plain) else plain


def _as_code(found: re.Match[bytes]) -> bytes:
    return b"_x%04X_" % ord(found[0].decode())


def _shortened(line: bytes) -> bytes:
    """A line whose cells fit. Texts that are cut end in words that say so."""
    apart = re.split(rb"(?<!\\)\x01", line.replace(b"\\\\", b"\0"))  # no text in PostgreSQL holds NUL
    return DELIMITER.join(_fitting(cell.replace(b"\0", b"\\\\")) for cell in apart)


def _fitting(cell: bytes) -> bytes:
    wide = _BACKSLASH.sub(lambda found: _ESCAPED.get(found[1], found[1]), cell).decode().encode("utf-16-le")
    if len(wide) <= MOST_IN_CELL * 2:
        return cell
    return _printed(wide[: (MOST_IN_CELL - len(CUT)) * 2].decode("utf-16-le", "ignore") + CUT)


def lines_of(rows: Iterable[Sequence[Any]]) -> bytes:
    """Values that Python has as COPY's text format would print them."""
    return b"".join(DELIMITER.join([_printed(value) for value in row]) + LINE for row in rows)


def _printed(value: Any) -> bytes:
    if value is None:
        return b""
    if isinstance(value, bool):
        return b"1" if value else b"0"
    text = str(value).encode().replace(b"\\", b"\\\\")
    for letter, plain in _ESCAPED.items():
        text = text.replace(plain, b"\\" + letter)
    return text


def _xml(text: str) -> bytes:
    return _DECLARATION + text.replace(">\n<", "><").encode()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _letters(at: int) -> str:
    """The letters of a column: A to Z, then AA and so on."""
    made = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        made = chr(ord("A") + rest) + made
    return made
