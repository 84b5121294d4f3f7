"""Tables as they come in: what a line of JSON says twice, and where it says what for the first time."""

from __future__ import annotations

import io
from typing import Any

import pytest

from app.documents.tables import Row, Table, open_jsonl
from app.domain.errors import Rejected

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
