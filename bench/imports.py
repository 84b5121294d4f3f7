"""Imports beside COPY of the very rows that they wrote: `python -m bench.imports [rows …]`.

A real worker process takes the job; its seconds are those between the job's start and its end, and its memory is looked
at while it works. COPY writes the same rows into copies of the same tables, with all their indexes.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import httpx
import xlsxwriter

from bench.bulk import TABLES
from bench.load import cpu_seconds, reset_peak, resident_mib
from bench.place import Place, place, uvicorn, worker
from bench.report import Line, print_table

COLUMNS = ("component_reference", "model_reference", "serial", "external_id", "supplier_reference",
           "title_reference", "custody_organisation_reference", "custody_site_reference", "unit_price_amount",
           "unit_price_currency", "note")  # fmt: skip
#: Files of the bench, by form and rows; the growth from the small one to the large one is in the notes.
SIZES = (("csv", 10_000), ("csv", 100_000), ("xlsx", 100_000))
TARGETS = {"csv": 0.5, "xlsx": 0.35, "jsonl": 0.5}


def _row(part: str, n: int) -> tuple[str, ...]:
    return ("BMP-A", f"MODEL-{n % 20 + 1:02}", f"{part}-{n:07}", f"{part.lower()}-{n}", "", "IMPLEMENTER",
            "IMPLEMENTER", "", f"{n % 9000 + 10}.50", "EUR", "lot 3, Détection")  # fmt: skip


def write_file(path: Path, part: str, rows: int) -> None:
    """A file of so many new items."""
    if path.suffix == ".xlsx":
        with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, COLUMNS)
            for n in range(rows):
                for k, cell in enumerate(_row(part, n)):
                    if cell:
                        sheet.write_string(n + 1, k, cell)
        return
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, delimiter=";")
        writer.writerow(COLUMNS)
        writer.writerows(_row(part, n) for n in range(rows))


async def measure(made: Place, pid: int, form: str, rows: int, mode: str = "commit") -> Line:
    """One file: seconds of the job, growth of the worker, and COPY of what it wrote."""
    part = f"{form.upper()}{rows}{mode[0].upper()}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"rows.{form}"
        await asyncio.to_thread(write_file, path, part, rows)
        content = path.read_bytes()
    base = f"http://127.0.0.1:{made.port}/api/v1"
    headers = {"Authorization": f"Bearer {made.tokens['all']}"}
    before = resident_mib(pid)
    reset_peak(pid)
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=600) as client:
        answer = await client.post(
            "/imports", files={"file": (f"rows.{form}", content)}, data={"resource": "equipment", "mode": mode}
        )
        answer.raise_for_status()
        job = answer.json()["job"]["id"]
        while True:
            told = (await client.get(f"/jobs/{job}")).json()
            if told["finished_at"]:
                break
            await asyncio.sleep(0.2)
        found = (await client.get(f"/imports/{answer.json()['id']}")).json()
    peak = resident_mib(pid, peak=True)
    if found["state"] not in {"committed", "valid"} or found["created"] != rows:
        raise RuntimeError(f"the import failed: {found} {told['problem']}")
    owner = await asyncpg.connect(made.dsn("owner"))
    try:
        seconds = float(
            await owner.fetchval("SELECT extract(epoch FROM finished_at - started_at) FROM jobs WHERE id = $1", job)
        )
        limit = await copied(owner, part) if mode == "commit" else 0.0
    finally:
        await owner.close()
    line = Line(f"import of {rows:,} as {form}, {mode}", rows / seconds, seconds * 1000, 0, 0, peak - before)
    if limit:
        line.bare, line.ratio, line.target = rows / limit, limit / seconds, TARGETS[form]
    line.note = f"worker {before:.0f} MiB before, {peak:.0f} at its peak"
    return line


async def copied(owner: asyncpg.Connection, part: str) -> float:
    """Seconds that COPY takes for the same rows into indexed copies of the same tables."""
    chosen = f"(SELECT id FROM items WHERE external_id LIKE '{part.lower()}-%')"
    parts: dict[str, bytes] = {}
    columns: dict[str, list[str]] = {}
    for table in TABLES:
        found = await owner.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped "
            "AND attgenerated = '' ORDER BY attnum",
            table,
        )
        columns[table] = [row[0] for row in found]
        buffer = io.BytesIO()
        key = "id" if table == "items" else "item_id"
        await owner.copy_from_query(
            f"SELECT {', '.join(columns[table])} FROM {table} WHERE {key} IN {chosen}", output=buffer, format="binary"
        )
        parts[table] = buffer.getvalue()
        await owner.execute(f"DROP TABLE IF EXISTS copy_{table}")
        await owner.execute(f"CREATE TABLE copy_{table} (LIKE {table} INCLUDING ALL)")
    cpu = cpu_seconds(owner.get_server_pid())
    began = time.perf_counter()
    async with owner.transaction():
        for table in TABLES:
            await owner.copy_to_table(
                f"copy_{table}", source=io.BytesIO(parts[table]), columns=columns[table], format="binary"
            )
    seconds = time.perf_counter() - began
    print(f"COPY: {seconds:.2f} s, {cpu_seconds(owner.get_server_pid()) - cpu:.2f} s of backend CPU", flush=True)
    for table in TABLES:
        await owner.execute(f"DROP TABLE copy_{table}")
    return seconds


def steps(made: Place) -> dict[str, Callable[[], Awaitable[list[Line]]]]:
    """By name, run when their turn comes."""
    return {"imports": lambda: lines(made, SIZES)}


async def lines(made: Place, sizes: tuple[tuple[str, int], ...]) -> list[Line]:
    """All measurements, with one worker: growth from the small file to the large one is told by its notes."""
    with worker(made, BMP_JOB_SLOTS="1") as pid:
        await measure(made, pid, "csv", 1_000)
        return [await measure(made, pid, form, rows) for form, rows in sizes]


def main() -> None:
    """Build a register, measure, print."""
    parser = argparse.ArgumentParser(prog="bench.imports", description=__doc__)
    parser.add_argument("sizes", nargs="*", default=[f"{form}:{rows}" for form, rows in SIZES])
    parser.add_argument("--items", type=int, default=100_000)
    options = parser.parse_args()
    sizes = tuple((form, int(rows)) for form, _, rows in (each.partition(":") for each in options.sizes))
    with place(options.items) as made, uvicorn(made):
        print_table(asyncio.run(lines(made, sizes)), options.items)


if __name__ == "__main__":
    main()
