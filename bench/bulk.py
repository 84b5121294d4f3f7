"""Workloads that are one long request: exports, registration of ten thousand, readiness."""

from __future__ import annotations

import io
import time
from collections.abc import Awaitable, Callable
from statistics import median

import asyncpg
import httpx

from bench.load import cpu_seconds, get, reset_peak, resident_mib, swallow
from bench.place import Place
from bench.report import Line

SERIALS = 10_000
TABLES = ("items", "identifiers", "events", "item_spans")


def steps(made: Place) -> dict[str, Callable[[], Awaitable[Line]]]:
    """By name, run when their turn comes."""
    return {
        "export as JSONL": lambda: _export(made, "jsonl", 0.25),
        "export as CSV": lambda: _export(made, "csv", 0.70),
        "export as XLSX": lambda: _export(made, "xlsx", None),
        "readiness of the programme, now": lambda: _readiness(made, ""),
        "readiness of the programme, as of": lambda: _readiness(made, "&as_of=2023-06-30T00:00:00Z"),
        f"registration of {SERIALS:,}": lambda: _registration(made),
    }


def _client(made: Place) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{made.port}/api/v1",
        headers={"Authorization": f"Bearer {made.tokens['all']}"},
        timeout=600,
    )


async def _timed(made: Place, work: Callable[[], Awaitable[None]]) -> tuple[float, float, float]:
    """Seconds, CPU seconds of the server, and MiB by which its memory grew."""
    reset_peak(made.pid)
    memory, cpu, began = resident_mib(made.pid), cpu_seconds(made.pid), time.perf_counter()
    await work()
    seconds = time.perf_counter() - began
    return seconds, cpu_seconds(made.pid) - cpu, resident_mib(made.pid, peak=True) - memory


async def _export(made: Place, form: str, target: float | None) -> Line:
    """Every item the caller sees, against COPY TO of the table; rows per second."""
    wire = get(f"/api/v1/equipment?format={form}", made.tokens["all"])

    async def over_http() -> None:
        await swallow(made.port, wire)

    await over_http()
    connection = await asyncpg.connect(made.dsn("owner"))
    try:
        rows = await connection.fetchval("SELECT count(*) FROM items")
        runs, limits = [], []
        for _ in range(3):  # by turns, the middle one of each: the limit is half a second long
            runs.append(await _timed(made, over_http))
            began = time.perf_counter()
            await connection.copy_from_table("items", output=_nowhere, format="text" if form == "jsonl" else "csv")
            limits.append(rows / (time.perf_counter() - began))
    finally:
        await connection.close()
    (seconds, cpu, grown), limit = sorted(runs)[1], sorted(limits)[1]
    line = Line(f"export as {form}, rows/s", rows / seconds, seconds * 1000, 0, cpu / rows * 1e6, grown)
    line.bare, line.ratio, line.target = limit, rows / seconds / limit, target
    line.note = f"{rows:,} rows; MiB is the growth of the server's memory"
    return line


async def _nowhere(_: bytes) -> None:
    """Where COPY's bytes go."""


async def _readiness(made: Place, moment: str) -> Line:
    """Milliseconds of one answer for the whole programme."""
    times: list[float] = []
    async with _client(made) as client:
        address = f"/readiness?programme=BENCH{moment}"
        (await client.get(address)).raise_for_status()
        cpu = cpu_seconds(made.pid)
        for _ in range(10):
            began = time.perf_counter()
            (await client.get(address)).raise_for_status()
            times.append((time.perf_counter() - began) * 1000)
        cpu = (cpu_seconds(made.pid) - cpu) / len(times)
    times.sort()
    name = "readiness of the programme" + (", as of" if moment else ", now")
    line = Line(name, 1000 / times[5], times[5], times[-1], cpu * 1e6, resident_mib(made.pid))
    line.note = f"target: 20 ms at 1 000 000 items; {'met' if times[5] <= 20 else 'NOT met'} at {made.items:,}"
    return line


async def _registration(made: Place) -> Line:
    """Ten thousand serials of a delivery in one call, against COPY of the same rows and events by the owner."""
    rounds = [await _registered(made, number) for number in range(3)]  # by turns
    seconds, cpu, grown, _ = sorted(rounds)[1]
    name = f"registration of {SERIALS:,}, items/s"
    line = Line(name, SERIALS / seconds, seconds * 1000, 0, cpu / SERIALS * 1e6, grown)
    line.bare = SERIALS / median(limit for *_, limit in rounds)
    line.ratio, line.target = median(limit / seconds for seconds, *_, limit in rounds), 0.6
    return line


async def _registered(made: Place, number: int) -> tuple[float, float, float, float]:
    """One of them: seconds, the server's CPU seconds, MiB that it grew, and seconds of COPY."""
    async with _client(made) as client:
        delivery = {"component": "BMP-A", "site": "STORE"}
        answer = await client.post("/deliveries", json=delivery)
        answer.raise_for_status()
        ident = answer.json()["id"]
        body = {"model": "MODEL-01", "range": f"SN{number}-00001..SN{number}-{SERIALS:05}"}

        async def over_http() -> None:
            (await client.post(f"/deliveries/{ident}/register", json=body)).raise_for_status()

        measured = await _timed(made, over_http)
    return *measured, await _copied(made, ident)


async def _copied(made: Place, delivery: str) -> float:
    """Seconds that COPY takes for the very rows that the call wrote: taken out, then copied in again."""
    connection = await asyncpg.connect(made.dsn("owner"))
    chosen = "(SELECT id FROM items WHERE delivery_id = '" + delivery + "')"
    key = {"items": "id"}
    try:
        parts: dict[str, bytes] = {}
        columns: dict[str, list[str]] = {}
        for table in TABLES:
            found = await connection.fetch(
                "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped "
                "AND attgenerated = '' ORDER BY attnum",
                table,
            )
            columns[table] = [row[0] for row in found]
            buffer = io.BytesIO()
            await connection.copy_from_query(
                f"SELECT {', '.join(columns[table])} FROM {table} WHERE {key.get(table, 'item_id')} IN {chosen}",
                output=buffer,
                format="binary",
            )
            parts[table] = buffer.getvalue()
        await connection.execute("ALTER TABLE events DISABLE TRIGGER append_only")
        async with connection.transaction():
            await connection.execute(f"CREATE TEMP TABLE gone ON COMMIT DROP AS SELECT id FROM {chosen} g")
            # Nobody but this deletes items, so no index finds what a deleted one has replaced.
            await connection.execute(
                "CREATE INDEX replacing ON items (replaced_by_id) WHERE replaced_by_id IS NOT NULL"
            )
            for table in reversed(TABLES):
                await connection.execute(
                    f"DELETE FROM {table} WHERE {key.get(table, 'item_id')} IN (SELECT id FROM gone)"
                )
            await connection.execute("DROP INDEX replacing")
        await connection.execute("ALTER TABLE events ENABLE TRIGGER append_only")
        began = time.perf_counter()
        async with connection.transaction():
            for table in TABLES:
                await connection.copy_to_table(
                    table, source=io.BytesIO(parts[table]), columns=columns[table], format="binary"
                )
        return time.perf_counter() - began
    finally:
        await connection.close()
