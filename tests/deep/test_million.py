"""A million items: every chain holds, every sum adds up, pages and exports say what is there, memory stays flat."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from app.db.session import Database
from app.services import audit
from bench.load import reset_peak, resident_mib
from bench.place import CALLERS, Place

pytestmark = [pytest.mark.anyio, pytest.mark.deep]

MORE_MIB = 32
#: Items in the stages from which on a unit has them on its books (`services.demo_large.PATHS`).
HELD = "('handed_over', 'in_service', 'withdrawn')"


@pytest.fixture
async def owner(large: Place) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(large.dsn("owner"))
    yield connection
    await connection.close()


def client(large: Place, caller: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{large.port}/api/v1",
        headers={"Authorization": f"Bearer {large.tokens[caller]}"},
        timeout=900,
    )


async def test_every_chain_holds(large: Place) -> None:
    database = Database(large.dsn("owner"), size=1, statement_timeout_ms=900_000)
    await database.open()
    try:
        report = await audit.verify_everything(database)
    finally:
        await database.close()
    assert (report.items, report.broken, report.complete) == (large.items, 0, True)


async def test_the_summary_is_what_the_items_say(owner: asyncpg.Connection) -> None:
    assert await owner.fetch("SELECT * FROM app.holdings_astray()") == []


async def test_the_sums_of_the_past_are_what_the_spans_say(owner: asyncpg.Connection) -> None:
    assert await owner.fetchval("SELECT count(DISTINCT summed_at) FROM history_sums") > 100
    assert await owner.fetch("SELECT * FROM app.history_astray()") == []


@pytest.mark.parametrize("caller", CALLERS)
async def test_readiness_counts_what_is_held(large: Place, owner: asyncpg.Connection, caller: str) -> None:
    components = [large.ids[name] for name in CALLERS[caller]]
    held = await owner.fetchval(
        f"SELECT count(*) FROM items WHERE component_id = ANY($1) AND stage IN {HELD}",
        components,
    )
    async with client(large, caller) as http:
        answer = (await http.get("/readiness?programme=BENCH")).json()
    assert answer["total"]["held"] == held
    assert answer["total"]["held"] - answer["total"]["ready"] == sum(answer["total"]["waterfall"].values())


@pytest.mark.parametrize("caller", CALLERS)
async def test_all_pages_together_are_the_list(large: Place, owner: asyncpg.Connection, caller: str) -> None:
    """Of one model: walked from first to last page, nothing twice, nothing left out."""
    components = [large.ids[name] for name in CALLERS[caller]]
    model = large.ids["model-7"]
    wanted = await owner.fetch(
        "SELECT id::text FROM items WHERE component_id = ANY($1) AND model_id = $2 ORDER BY created_at DESC, id DESC",
        components,
        model,
    )
    found: list[str] = []
    cursor = ""
    async with client(large, caller) as http:
        while True:
            page = (await http.get(f"/equipment?model_id={model}&limit=200&fields=id{cursor}")).json()
            found += [each["id"] for each in page["items"]]
            if page["page"]["next"] is None:
                break
            cursor = f"&cursor={page['page']['next']}"
    assert found == [row["id"] for row in wanted]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("caller", ["all", "small"])
async def test_an_export_is_whole_and_memory_stays_flat(
    large: Place, owner: asyncpg.Connection, caller: str, form: str
) -> None:
    components = [large.ids[name] for name in CALLERS[caller]]
    wanted = await owner.fetchval("SELECT count(*) FROM items WHERE component_id = ANY($1)", components)
    reset_peak(large.pid)
    before, rows = resident_mib(large.pid), 0
    async with client(large, caller) as http, http.stream("GET", f"/equipment?format={form}") as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            rows += 1
            if form == "csv" and rows == 1:
                assert next(csv.reader([line]))[0] == "id"
    assert rows - (form == "csv") == wanted
    assert resident_mib(large.pid, peak=True) - before < MORE_MIB
