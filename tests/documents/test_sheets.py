"""Tables as XLSX: what readers of others' making find in them, whatever stands in the cells."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree as ET

import hypothesis
import openpyxl
import pytest
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from app.documents import sheets
from app.documents.sheets import Workbook, lines_of

COLUMNS: list[tuple[str, sheets.Kind]] = [
    ("label", "text"),
    ("count", "integer"),
    ("amount", "decimal"),
    ("active", "truth"),
    ("starts_on", "day"),
    ("created_at", "instant"),
]


def made(rows: list[list[Any]], columns: list[tuple[str, sheets.Kind]] = COLUMNS, name: str = "things") -> bytes:
    book = Workbook(name, columns)
    return book.rows(lines_of(rows)) + book.end()


def by_calamine(content: bytes, sheet: int = 0) -> list[list[Any]]:
    found: list[list[Any]] = (
        CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(sheet).to_python(skip_empty_area=False)
    )
    return found


def by_openpyxl(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def parsed(content: bytes) -> ET.Element:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - made by ourselves


#: Readers tell dates without a zone.
NEW_YEAR, NOON = datetime(2024, 1, 1), datetime(2024, 1, 1, 12)  # noqa: DTZ001


def test_cells_are_what_they_are() -> None:
    row = ["=1+1", 12, "1234.567", True, 45292, 45292.5]
    content = made([row, [None] * 6, ["end", *[None] * 5]])
    assert by_calamine(content) == [
        [name for name, _ in COLUMNS],
        ["=1+1", 12.0, 1234.567, True, date(2024, 1, 1), NOON],
        [""] * 6,
        ["end", *[""] * 5],
    ]
    sheet = by_openpyxl(content)
    assert [cell.value for cell in sheet[2]] == ["=1+1", 12, 1234.567, True, NEW_YEAR, NOON]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "b", "d", "d"]
    assert [cell.number_format for cell in sheet[2]][2:] == [
        "0.00#", "General", "yyyy\\-mm\\-dd", 'yyyy\\-mm\\-dd\\ hh:mm:ss"Z"',
    ]  # fmt: skip
    assert [cell.value for cell in sheet[3]] == [None] * 6


def test_the_sheet_is_fit_to_be_read() -> None:
    sheet = by_openpyxl(made([["a label that is rather long", 1, 2, True, 3, 4]] * 3, name="equipment"))
    assert sheet.title == "equipment"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:F4"
    assert sheet.column_dimensions["A"].width == len("a label that is rather long") + 2
    assert all(cell.font.bold for cell in sheet[1])
    notes = sheet.data_validations.dataValidation
    assert [(str(note.sqref), note.promptTitle) for note in notes] == [("F1", "UTC")]


def test_an_empty_table_has_its_header() -> None:
    book = Workbook("things", COLUMNS)
    assert by_calamine(book.end()) == [[name for name, _ in COLUMNS]]


def test_cells_beside_the_table_stand_there() -> None:
    sheet = by_openpyxl(made([["a", 1], ["b", 2, None, " < & ", ""], ["c", 3]], [("label", "text"), ("n", "integer")]))
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        ["a", 1, None, None, None], ["b", 2, None, " < & ", None], ["c", 3, None, None, None],
    ]  # fmt: skip
    assert sheet.auto_filter.ref == "A1:B4"


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0", "+1", "@SUM(A1)", "<f>1+1</f>", "]]>", "&amp;", "a\tb\nc", "  around  ",
        "\\", "\\n", "\\\\",
        "مرحبا", "é", "😀", "100%", "%b", "'quoted'", '"',
    ],
)  # fmt: skip
def test_text_comes_back_as_it_was(text: str) -> None:
    content = made([[text, 1]], [("label", "text"), ("count", "integer")])
    assert by_openpyxl(content)["A2"].value == text
    assert by_calamine(content)[1] == [text, 1.0]


@pytest.mark.parametrize(
    ("text", "written"),
    [("a\x01b", "a_x0001_b"), ("\x08", "_x0008_"), ("a\rb", "a_x000D_b"), ("_x0041_", "_x005F_x0041_"),
     ("\uffff", "_xFFFF_")],
)  # fmt: skip
def test_what_xml_does_not_hold_is_written_as_the_format_has_it(text: str, written: str) -> None:
    content = made([[text, "next"]], [("label", "text"), ("other", "text")])
    tree = parsed(content)
    texts = [node.text for node in tree.findall(".//{*}t")]
    assert texts == ["label", "other", written, "next"]


@hypothesis.given(st.lists(st.tuples(st.text(), st.text()), max_size=20))
def test_any_text_stays_in_its_cell_and_is_never_a_formula(rows: list[tuple[str, str]]) -> None:
    rows = [(a.replace("\0", ""), b.replace("\0", "")) for a, b in rows]
    content = made([list(row) for row in rows], [("a", "text"), ("b", "text")])
    tree = parsed(content)
    found = tree.findall("{*}sheetData/{*}row")
    assert [len(row.findall("{*}c")) for row in found] == [2] * (len(rows) + 1)
    assert not tree.findall(".//{*}f")


def test_texts_that_no_cell_holds_are_cut_and_say_so() -> None:
    limit = sheets.MOST_IN_CELL
    for text, whole in (("x" * limit, True), ("\\" * limit, True), ("x" * (limit + 1), False), ("😀" * limit, False)):
        value = by_openpyxl(made([["before\\", text, "after"]], [("a", "text"), ("b", "text"), ("c", "text")]))
        cut = value["B2"].value
        assert [value["A2"].value, value["C2"].value] == ["before\\", "after"]
        assert (cut == text) if whole else cut.endswith(sheets.CUT)
        assert len(cut.encode("utf-16-le")) <= limit * 2


def test_more_rows_than_a_sheet_holds_go_onto_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 4)
    book = Workbook("a-name-that-is-longer-than-a-sheet-may-have", [("n", "integer")])
    sent = [book.rows(lines_of([[at] for at in range(part, part + 4)])) for part in (0, 4)]
    content = b"".join([*sent, book.end()])
    found = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert found.sheet_names == [
        "a-name-that-is-longer-than-a-sh",
        "a-name-that-is-longer-than (2)",
        "a-name-that-is-longer-than (3)",
    ]
    assert [by_calamine(content, at) for at in range(3)] == [
        [["n"], [0.0], [1.0], [2.0]],
        [["n"], [3.0], [4.0], [5.0]],
        [["n"], [6.0], [7.0]],
    ]


def test_a_sheet_that_grows_too_large_for_the_archive_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MEMBER_BYTES", 5000)
    book = Workbook("things", [("text", "text")])
    content = b"".join([*(book.rows(lines_of([["x" * 2000]])) for _ in range(5)), book.end()])
    found = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert len(found.sheet_names) > 1
    assert sum(len(by_calamine(content, at)) - 1 for at in range(len(found.sheet_names))) == 5


def test_archives_pass_the_standard_library_and_are_the_same_for_the_same_rows() -> None:
    rows = [[f"row {at}", at] for at in range(5000)]
    columns: list[tuple[str, sheets.Kind]] = [("label", "text"), ("n", "integer")]
    content = made(rows, columns)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[:3] == ["_rels/.rels", "xl/styles.xml", "xl/worksheets/sheet1.xml"]
    assert content == made(rows, columns)
    assert len(by_calamine(content)) == 5001


def test_what_was_cut_is_never_taken_for_whole() -> None:
    book = Workbook("things", [("n", "integer")])
    sent = book.rows(lines_of([[at] for at in range(100_000)]))
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(sent))


def test_instants_are_exact_to_the_millisecond() -> None:
    instant = datetime(2024, 2, 29, 23, 59, 59, 123000, tzinfo=UTC)
    days = (instant.timestamp() + 2209161600) / 86400
    value = by_openpyxl(made([[days]], [("at", "instant")]))["A2"].value
    assert value.replace(tzinfo=UTC) == instant
