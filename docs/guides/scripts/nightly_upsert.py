"""Bring an agency's inventory from its workbook into the register: every night, all rows or none, safe to run again.

    nightly_upsert.py inventory.xlsx

Needs bmp-client and openpyxl. BMP_URL, BMP_CLIENT_ID and BMP_CLIENT_SECRET say where and who; the client needs
the scopes register:read, equipment:read and equipment:write. Exit code 0: everything is in. 1: the workbook has
faults, each named by its row and column, or cannot be read, and nothing was written. 2: the service could not do it
now; run it again.
"""

from __future__ import annotations

import csv
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bmp_client import Client, errors

#: What the agency calls its columns → what the register calls them (`GET /imports/templates`). Others stay here.
COLUMNS = {
    "Inventory number": "external_id",
    "Serial number": "serial",
    "Model": "model_reference",
    "Kept at": "custody_site_reference",
    "Remark": "note",
}
#: What is the same for every row.
ALWAYS = {
    "component_reference": "BMP-TN",
    "stage": "delivered",
    "title_reference": "ORG-ICMPD",
    "custody_organisation_reference": "ORG-ICMPD",
}


def rows_of(workbook: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Row number and cells by the register's names; empty rows are left out."""
    try:
        book = load_workbook(workbook, read_only=True, data_only=True)
    except FileNotFoundError:
        sys.exit(f"there is no workbook {workbook}")
    except (OSError, InvalidFileException, BadZipFile) as error:
        sys.exit(f"{workbook} cannot be read as a workbook: {error}")
    try:
        lines = book.worksheets[0].iter_rows(values_only=True)
        header = [str(cell or "").strip() for cell in next(lines, ())]
        missing = COLUMNS.keys() - set(header)
        if missing:
            sys.exit(f"{workbook.name} has no column {', '.join(sorted(missing))}")
        for number, line in enumerate(lines, start=2):
            cells = {COLUMNS[name]: _text(cell) for name, cell in zip(header, line, strict=False) if name in COLUMNS}
            if any(cells.values()):
                yield number, {**ALWAYS, **cells}
    finally:
        book.close()


def _text(cell: Any) -> str:
    """Numbers that a spreadsheet made of serials are texts again."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


def write_table(workbook: Path, table: Path) -> list[int]:
    """The table that goes up; which row of the workbook each of its rows was."""
    numbers: list[int] = []
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*ALWAYS, *COLUMNS.values()])
        writer.writeheader()
        for number, cells in rows_of(workbook):
            writer.writerow(cells)
            numbers.append(number)
    return numbers


def upsert(bmp: Client, workbook: Path) -> int:
    """Rows are known again by `external_id`: new ones are registered, changed ones changed, others left alone."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "inventory.csv")
        numbers = write_table(workbook, table)
        if not numbers:
            print("no rows")
            return 0
        # One import per night and content: who starts this twice at once, or again after a crash, waits for the same.
        digest = hashlib.sha256(table.read_bytes()).hexdigest()[:16]
        key = f"inventory-{datetime.now(UTC):%Y-%m-%d}-{digest}"
        earlier = {each["id"] for each in bmp.imports.list(resource="equipment")}
        made = bmp.imports.upload(table, resource="equipment", mode="commit", idempotency_key=key)
        if made["id"] in earlier and bmp.imports.get(made["id"])["state"] not in {"queued", "running"}:
            # An earlier run of tonight has seen its end. What is so now is told by another one, which finds those rows.
            again = f"{key}-{uuid4().hex[:8]}"
            made = bmp.imports.upload(table, resource="equipment", mode="commit", idempotency_key=again)
    done = bmp.imports.wait(made)
    if done["state"] == "committed":
        print(f"{done['rows']} rows: {done['created']} new, {done['changed']} changed, {done['unchanged']} unchanged")
        return 0
    theirs = {ours: name for name, ours in COLUMNS.items()}
    for fault in bmp.imports.faults(done):
        row = numbers[fault["row"] - 2] if fault["row"] >= 2 else 1  # noqa: PLR2004 - the header is row 1
        column = theirs.get(fault["column"] or "", fault["column"] or "the row")
        print(f"row {row}, {column}: {fault['detail']}", file=sys.stderr)
    print(f"{done['faults']} faults; nothing was written", file=sys.stderr)
    return 1


def environment(*names: str) -> list[str]:
    """What the environment says; the end of the script, with the names of what it does not say."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        sys.exit(f"{Path(sys.argv[0]).name}: set {', '.join(missing)} in the environment")
    return [os.environ[name] for name in names]


def main() -> int:
    """One night."""
    where, who, secret = environment("BMP_URL", "BMP_CLIENT_ID", "BMP_CLIENT_SECRET")
    if not sys.argv[1:]:
        sys.exit(f"usage: {Path(sys.argv[0]).name} <workbook.xlsx>")
    try:
        with Client(where, who, secret) as bmp:
            return upsert(bmp, Path(sys.argv[1]))
    except (errors.BmpError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
