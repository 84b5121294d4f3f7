"""Tables as they come in: where their header is, what stands in no cell, what a line of JSON says twice and where."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest

from app.documents.spreadsheets import open_xlsx
from app.documents.tables import Row, Table, open_csv, open_jsonl
from app.domain.errors import Rejected
from app.domain.imports import is_formula

NESTED = {"price": {"amount": "price_amount", "currency": "price_currency"}}
TWICE = "repeated_column"


def opened(*lines: str) -> Table:
    return open_jsonl(io.BytesIO("\n".join(lines).encode()), NESTED, frozenset({"numbers"}))


def faults(table: Table, row: Row) -> list[tuple[str | None, str]]:
    return [(table.header[index] if index >= 0 else None, code) for index, code, _ in row.faults]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"a": 1, "b": 2}', []),
        ('{"a": "at 10:00 \\": so", "b" : {"c": [{"d": ":"}]}}', []),
        ('{"a": 1, "a": 2}', [("a", TWICE)]),
        ('{"a": 1, "a": 1}', [("a", TWICE)]),
        ('{"a" : 1, "b": 3, "a"\t: 2}', [("a", TWICE)]),
        ('{"a": 1, "\\u0061": 2}', [("a", TWICE)]),
        ('{"price": {"amount": 1}, "price": {"amount": 2}}', [("price_amount", TWICE)]),
        ('{"price": {"amount": 1}, "price_amount": 2}', [("price_amount", TWICE)]),
        ('{"price": {"amount": "1"}, "price_amount": "1"}', []),
        ('{"price": {"amount": 1, "amount": 2}}', [(None, TWICE)]),
        ('{"numbers": [{"n": 1}, {"n": 2, "n": 3}]}', [(None, TWICE)]),
        ('{"price": {}, "price": {}}', [(None, TWICE)]),
        ('{"a": 1, "import_errors": "x", "import_errors": "y"}', []),
        ('{"x": ' + "[" * 250 + "]" * 250 + ', "a": 1, "a": 2}', [("a", TWICE)]),
    ],
)
def test_a_key_that_a_line_says_twice_is_a_fault_and_the_line_is_kept(line: str, found: list[Any]) -> None:
    table = opened(line)
    (row,) = table.rows
    told = [fault for fault in faults(table, row) if fault[1] == TWICE]
    assert told == found
    if found:
        assert row.rest == line


def test_lists_within_lists_without_end_are_refused() -> None:
    with pytest.raises(Rejected) as refused:
        opened('{"x": ' + "[" * 1000 + "]" * 1000 + "}")
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/file", "json_broken")]


def test_a_column_of_lines_stands_first_where_a_line_says_it() -> None:
    table = opened("", '{"a": 1}', "[]", '{"price": {"amount": 1}}', '{"b": 1, "a": 2}')
    assert list(zip(table.header, table.first, strict=True)) == [("a", 2), ("price_amount", 4), ("b", 5)]


def sheet(*rows: list[Any]) -> Table:
    book = openpyxl.Workbook()
    assert book.active is not None
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row, start=1):
            book.active.cell(number, place, value).number_format = "0.00"  # so that empty cells stand in the file, too
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return open_xlsx(stream)


@pytest.mark.parametrize("above", ["", "\r\n", ";;;\r\n", '\r\n "";\t\r\n', ",,\r\n\r\n", "\u00a0;\r\n", "\x0c\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_of_a_text_is_the_first_line_that_holds_anything(above: str, delimiter: str) -> None:
    text = f"\ufeff{above}name{delimiter}code\r\n\r\nx{delimiter}1\r\n"
    table = open_csv(io.BytesIO(text.encode()))
    number = above.count("\n") + 1
    assert (table.header, table.delimiter, list(table.first)) == (["name", "code"], delimiter, [number, number])
    assert list(table.rows) == [Row(number + 2, ["x", "1"])]


def test_the_header_of_a_sheet_is_the_first_row_that_holds_anything() -> None:
    table = sheet([None, None], [" ", None], ["name", "code"], ["x", 1], [None, None], ["y", 2])
    assert (table.header, list(table.first)) == (["name", "code"], [3, 3])
    assert [(row.number, row.cells) for row in table.rows] == [(4, ["x", "1"]), (6, ["y", "2"])]


@pytest.mark.parametrize("content", [b"", b"\r\n;;;\r\n", b"\xef\xbb\xbf", b"\n" * 1000 + b"name;code\n"])
def test_a_text_without_a_header_is_none(content: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        open_csv(io.BytesIO(content))
    assert [fault.code for fault in refused.value.faults] == ["header_missing"]


def test_no_formula_is_lost_wherever_it_stands() -> None:
    """It has no cell, so a row that holds nothing else looked empty."""
    table = sheet(
        ["name", "code"], ["=A1", "=B1"], ["x", "=B1"], ["y", 1, None, "=C1"], ["z", 2, "more", "=C1"], [None, None]
    )
    beside = [(None, "beside_the_table")]
    found = {row.number: (row.cells, faults(table, row), row.rest, row.beside) for row in table.rows}
    assert found == {
        2: (["=A1", "=B1"], [("name", "formula"), ("code", "formula")], None, ()),
        3: (["x", "=B1"], [("code", "formula")], None, ()),
        4: (["y", "1"], beside, "=C1", (None, "=C1")),
        5: (["z", "2"], beside, "more; =C1", ("more", "=C1")),
    }


def test_a_header_of_formulas_is_one_and_no_row_stands_in_for_it() -> None:
    assert sheet(["=A1", "=B1"], ["x", 1]).header == ["=A1", "=B1"]


def test_a_formula_under_no_name_is_told() -> None:
    (row,) = (table := sheet(["name", None, "code"], ["x", "=A1", None])).rows
    assert faults(table, row) == [("", "formula"), (None, "beside_the_table")]


def test_an_error_of_a_spreadsheet_is_no_empty_row() -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["name", "code", "import_errors"])
    for place in ("B2", "D3", "C4"):
        book.active[place] = "#N/A"
    stream = io.BytesIO()
    book.save(stream)
    table = open_xlsx(stream)
    assert {row.number: faults(table, row) for row in table.rows} == {
        2: [("code", "error_value")],
        3: [(None, "beside_the_table")],
        4: [("import_errors", "error_value")],
    }


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (123456789012345, "123456789012345"),
        (1234567890123456789, None),
        (1e15, None),
        (-1e16, None),
        (0.1, "0.1"),
        (5.0, "5"),
        (1234.56, "1234.56"),
        (1e-7, "0.0000001"),
    ],
)
def test_numbers_that_spreadsheets_round_are_told(number: float, text: str | None) -> None:
    (row,) = (table := sheet(["name", "code"], ["x", number])).rows
    assert row.cells[1:] == [text] if text else is_formula(str(row.cells[1]))
    assert faults(table, row) == ([] if text else [("code", "number_rounded")])


@pytest.mark.parametrize("row", ["a" * 5_000_000, '"' + "a\n" * 2_500_000, '"a\n";' * 1_000_000 + "b"])
@pytest.mark.parametrize("above", ["", "name;code\n"])
def test_a_row_that_goes_on_and_on_is_refused_before_it_is_held(row: str, above: str) -> None:
    with pytest.raises(Rejected) as refused:
        list(open_csv(io.BytesIO((above + row + "\nx;1\n").encode())).rows)
    assert [fault.code for fault in refused.value.faults] == ["csv_broken"]


def altered(*changes: tuple[str, str]) -> io.BytesIO:
    """A small sheet whose cells are not what they should be."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["name", "code"], ["x", 1], ["y", 2]):
        book.active.append(row)
    whole, made = io.BytesIO(), io.BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            for old, new in changes if name.endswith("sheet1.xml") else ():
                assert old.encode() in text
                text = text.replace(old.encode(), new.encode())
            target.writestr(name, text)
    made.seek(0)
    return made


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<v>1</v>", "<v>abc</v>"),
        ('t="n"><v>1</v>', 't="s"><v>1</v>'),  # a text that is not there
        ('<row r="2"', '<row r="x"'),
        ('<row r="2"', '<row r="0"'),
        ('<row r="2"', '<row r="1"'),
        ('<row r="1"', '<row r="99999999999999999999"'),
    ],
)
def test_a_sheet_that_no_program_wrote_is_broken_and_nothing_else(old: str, new: str) -> None:
    with pytest.raises(Rejected) as refused:
        list(open_xlsx(altered((old, new))).rows)
    assert [fault.code for fault in refused.value.faults] == ["file_truncated"]
