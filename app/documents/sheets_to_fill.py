"""Tables that people fill and correct: templates with help and valid values, and files with faults."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import xlsxwriter

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_VALIDATED_ROWS = 10_000
#: Characters of help that a narrow column has room for.
_SHORT_HELP = 60
#: What a list of valid values may have, in characters; longer ones stand in the help row only.
_LONGEST_LIST = 250


@dataclass(frozen=True, slots=True)
class ToFill:
    """One column to fill."""

    name: str
    help: str
    required: bool
    values: tuple[str, ...]


def help_row(columns: Sequence[ToFill]) -> list[str]:
    """What stands below the header. Its first cell begins with `#`: such rows are not read."""
    return [("# " if n == 0 else "") + each.help for n, each in enumerate(columns)]


def template_csv(columns: Sequence[ToFill]) -> bytes:
    """Semicolons and a BOM: what French and Italian spreadsheets open without asking."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([each.name for each in columns])
    writer.writerow(help_row(columns))
    return text.getvalue().encode("utf-8-sig")


def template_xlsx(columns: Sequence[ToFill], title: str) -> bytes:
    """A sheet with a frozen header, a help row, and lists of valid values to choose from."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS | {"in_memory": True}) as book:
        sheet = book.add_worksheet(title[:31])
        head = book.add_format({"bold": True})
        must = book.add_format({"bold": True, "bg_color": "#FFF2CC"})
        note = book.add_format({"italic": True, "font_color": "#666666", "text_wrap": True, "valign": "top"})
        text = book.add_format({"num_format": "@"})
        for n, (each, said) in enumerate(zip(columns, help_row(columns), strict=True)):
            sheet.set_column(n, n, max(len(each.name) + 4, 18 if len(said) < _SHORT_HELP else 36), text)
            sheet.write_string(0, n, each.name, must if each.required else head)
            sheet.write_string(1, n, said, note)
            if each.values and len(",".join(each.values)) <= _LONGEST_LIST:
                sheet.data_validation(2, n, _VALIDATED_ROWS, n, _choice(each))
        # Nobody's spreadsheet makes room for wrapped text of its own in every program.
        sheet.set_row(1, 15 * max(_lines(said) for said in help_row(columns)))
        sheet.freeze_panes(2, 0)
    return target.getvalue()


def _choice(column: ToFill) -> dict[str, object]:
    """A list to choose from. Another value is warned of and not refused: the import says exactly what is wrong."""
    return {
        "validate": "list",
        "source": list(column.values),
        "error_type": "warning",
        "error_title": column.name,
        "error_message": "This is not in the list of valid values.",
    }


def _lines(said: str) -> int:
    return -(-len(said) // (16 if len(said) < _SHORT_HELP else 34))


def lines_csv(rows: Iterable[Sequence[str | None]], delimiter: str) -> bytes:
    """Rows of a table as text."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    return text.getvalue().encode()
