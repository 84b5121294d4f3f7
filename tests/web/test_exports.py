"""Exports over HTTP and over real sockets: three forms with the same rows, endings that cannot be mistaken, limits."""

from __future__ import annotations

import asyncio
import csv
import io
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from python_calamine import CalamineWorkbook

from app.db.embedded import Embedded
from app.db.exports import _GATHERED, Export
from app.db.session import Database
from app.documents import sheets
from app.domain.asked import Asked
from app.main import create_app
from app.services import sites
from app.services.rights import of_principal
from app.settings import Settings
from app.web.exports import ExportsBusy, Places, TooManyExports
from tests.conftest import running
from tests.world import World, ident

pytestmark = pytest.mark.anyio

#: More rows than the buffers between the database and a reader who does not read can hold.
MANY = 60_000
SMALL = 32 * 1024
#: What the application has the database doing.
EXPORTING = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'bmp' AND state <> 'idle' "
    "AND backend_type = 'client backend' AND datname = current_database()"
)
ACTIVE = f"SELECT count(*) FROM ({EXPORTING}) e"
SITES = "/api/v1/sites"


@pytest.fixture(scope="module")
async def many(owner_dsn: str, world: World) -> None:
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute(
            "INSERT INTO sites (id, reference, organisation_id, kind, country, name_en, name_fr) "
            "SELECT gen_random_uuid(), 'SITE-MANY-' || n, $1, 'store', 'TN', '=' || repeat('wide ', 30), n::text "
            f"FROM generate_series(1, {MANY}) n",
            world["icmpd"],
        )
        await connection.execute("ANALYZE sites")
    finally:
        await connection.close()


@pytest.fixture
async def boss(cluster: Embedded, database_name: str) -> AsyncIterator[asyncpg.Connection]:
    """Sees what other roles are doing, and may end it."""
    connection = await asyncpg.connect(cluster.dsn("postgres", database_name))
    try:
        yield connection
    finally:
        await connection.close()


def rows_of(content: bytes) -> list[list[Any]]:
    found: list[list[Any]] = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    return found


async def test_a_spreadsheet_has_the_rows_of_the_table_typed(client: httpx.AsyncClient, world: World) -> None:
    headers = world.headers("italy.manager")
    table = await client.get(f"{SITES}?sort=name&format=csv", headers=headers)
    sheet = await client.get(f"{SITES}?sort=name", headers={**headers, "Accept": sheets.MEDIA_TYPE})
    assert sheet.headers["content-type"] == sheets.MEDIA_TYPE
    assert sheet.headers["content-disposition"].startswith('attachment; filename="sites.xlsx"')
    written = list(csv.DictReader(io.StringIO(table.text)))
    names, *found = rows_of(sheet.content)
    assert names == list(written[0])
    assert len(found) == len(written) > 1
    for row, line in zip(found, written, strict=True):
        cells = dict(zip(names, row, strict=True))
        assert cells.pop("active") is (line.pop("active") == "true")
        assert cells.pop("version") == int(line.pop("version"))
        for name in ("created_at", "updated_at"):
            assert cells.pop(name).strftime("%Y-%m-%dT%H:%M:%S") == line.pop(name)[:19]
        assert cells == line


async def test_text_is_exact_in_a_spreadsheet_and_defused_in_a_table(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    await owner.execute(
        "INSERT INTO sites (id, reference, organisation_id, kind, country, name_en, admin_area) "
        "VALUES ($1, 'SITE-ODD', $2, 'store', 'TN', $3, $4)",
        ident(),
        world["icmpd"],
        '=HYPERLINK("http://a.example")',
        "a\tb\\n<&\n'",
    )
    question = f"{SITES}?fields=label,admin_area&created_at.gte=2000-01-01T00:00:00Z&sort=-created_at"
    headers = world.headers("icmpd.manager")
    table = list(csv.reader(io.StringIO((await client.get(f"{question}&format=csv", headers=headers)).text)))
    sheet = rows_of((await client.get(f"{question}&format=xlsx", headers=headers)).content)
    await owner.execute("DELETE FROM sites WHERE reference = 'SITE-ODD'")
    assert table[1][1:] == ['\'=HYPERLINK("http://a.example")', "a\tb\\n<&\n'"]
    assert sheet[1][1:] == ['=HYPERLINK("http://a.example")', "a\tb\\n<&\n'"]


@pytest.mark.parametrize("form", ["jsonl", "csv", "xlsx"])
async def test_no_rows_are_an_export_too(client: httpx.AsyncClient, world: World, form: str) -> None:
    answer = await client.get(f"{SITES}?kind=academy&format={form}", headers=world.headers("nobody"))
    assert answer.status_code == 200
    if form == "xlsx":
        assert rows_of(answer.content)[0][:2] == ["id", "reference"]
    else:
        assert len(answer.content.splitlines()) == (1 if form == "csv" else 0)


async def test_a_trailer_counts_the_lines(client: httpx.AsyncClient, world: World) -> None:
    headers = world.headers("icmpd.manager")
    plain = (await client.get(f"{SITES}?format=jsonl", headers=headers)).text.splitlines()
    ended = (await client.get(f"{SITES}?format=jsonl&trailer=true", headers=headers)).text.splitlines()
    assert ended == [*plain, f'{{"count":{len(plain)}}}']
    none = await client.get(f"{SITES}?kind=academy&format=jsonl&trailer=true", headers=world.headers("nobody"))
    assert none.text == '{"count":0}\n'


@pytest.mark.parametrize("query", ["trailer=true", "format=csv&trailer=true", "format=xlsx&trailer=true"])
async def test_a_trailer_is_refused_where_there_is_none(client: httpx.AsyncClient, world: World, query: str) -> None:
    refused = await client.get(f"{SITES}?{query}", headers=world.headers("icmpd.manager"))
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"pointer": "/trailer", "code": "no_trailer", "detail": "Only `format=jsonl` ends in a trailer.", "in": "query"}
    ]


async def test_head_has_the_headers_and_runs_to_no_end(
    client: httpx.AsyncClient, app: FastAPI, world: World, many: None
) -> None:
    answer = await client.head(f"{SITES}?format=csv", headers=world.headers("icmpd.manager"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/csv")
    assert (app.state.exports.taken, app.state.database.busy) == (0, 0)


async def test_chunks_are_large_and_the_first_one_does_not_wait(
    cluster: Embedded, database_name: str, world: World, many: None
) -> None:
    database = Database(cluster.dsn("app", database_name), size=1)
    try:
        async with database.transaction() as tx:
            caller = await of_principal(tx, world.accounts["icmpd.manager"])
        async with Export(database, caller, sites.LISTING, Asked(), "csv", 60).running() as chunks:
            made = [chunk async for chunk in chunks]
    finally:
        await database.close()
    assert all(chunk.endswith(b"\n") for chunk in made)
    assert all(len(chunk) >= _GATHERED for chunk in made[1:-1])
    assert b"".join(made).count(b"\n") > MANY
    export = Export(database, caller, sites.LISTING, Asked(), "csv", 60)
    await export._gather(b"first")
    assert export._chunks.get_nowait() == b"first"
    await export._gather(b"x" * (_GATHERED - 1))
    assert export._chunks.empty()
    await export._gather(b"yz")
    assert export._chunks.get_nowait() == b"x" * (_GATHERED - 1) + b"yz"


# Over real sockets: what the other side of a connection sees, and what is left in the database.


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The application behind a real server on a port of its own."""
    transport = httpx.AsyncHTTPTransport(socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)])
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on"))
        work = asyncio.create_task(server.serve([listening]))
        try:

            async def started() -> bool:
                return server.started

            await until(started)
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", timeout=60, transport=transport
            ) as client:
                yield client
        finally:
            server.should_exit = True
            await work


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that has to come, and fail if it does not."""
    async with asyncio.timeout(10):
        while not await condition():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("form", ["jsonl", "csv", "xlsx"])
async def test_a_reader_who_leaves_ends_the_query_in_the_database(
    app: FastAPI, world: World, boss: asyncpg.Connection, many: None, form: str
) -> None:
    async with served(app) as client:
        async with client.stream("GET", f"{SITES}?format={form}", headers=world.headers("icmpd.manager")) as answer:
            chunks = answer.aiter_raw()  # held: a generator that nobody holds is closed, and with it the connection
            await anext(chunks)
            assert answer.status_code == 200
            assert (app.state.exports.taken, app.state.database.busy) == (1, 1)
            assert await boss.fetchval(ACTIVE) == 1

        async def ended() -> bool:
            return {app.state.exports.taken, app.state.database.busy, await boss.fetchval(ACTIVE)} == {0}

        await until(ended)


@pytest.mark.parametrize("form", ["jsonl", "csv", "xlsx"])
async def test_a_failure_on_the_way_cuts_the_connection(
    app: FastAPI, world: World, boss: asyncpg.Connection, many: None, form: str
) -> None:
    async with served(app) as client:
        async with client.stream("GET", f"{SITES}?format={form}", headers=world.headers("icmpd.manager")) as answer:
            chunks = answer.aiter_raw()
            await anext(chunks)
            assert answer.status_code == 200
            assert await boss.fetchval(f"SELECT bool_and(pg_terminate_backend(pid)) FROM ({EXPORTING}) e")
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
                await _to_the_end(chunks)
        assert (app.state.exports.taken, app.state.database.busy) == (0, 0)


async def _to_the_end(chunks: AsyncIterator[bytes]) -> None:
    async for _ in chunks:
        pass


async def test_an_export_outlives_the_limit_of_statements_and_ends_at_its_own(
    settings: Settings, world: World, boss: asyncpg.Connection, many: None
) -> None:
    hasty = create_app(settings.model_copy(update={"statement_timeout_ms": 100}))
    async with running(hasty) as client:
        whole = await client.get(f"{SITES}?format=jsonl&trailer=true", headers=world.headers("icmpd.manager"))
        assert int(whole.text.splitlines()[-1][9:-1]) > MANY
    bounded = create_app(settings.model_copy(update={"export_seconds": 1}))
    async with served(bounded) as client:  # a reader who does not read holds no connection for longer
        async with client.stream("GET", f"{SITES}?format=jsonl", headers=world.headers("icmpd.manager")) as answer:

            async def ended() -> bool:
                return {bounded.state.database.busy, await boss.fetchval(ACTIVE)} == {0}

            await until(ended)
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
                await _to_the_end(answer.aiter_raw())
        assert bounded.state.exports.taken == 0


async def test_as_many_exports_as_one_caller_may_and_no_more(settings: Settings, world: World, many: None) -> None:
    app = create_app(settings.model_copy(update={"exports_per_caller": 1, "exports_per_worker": 2}))
    async with served(app) as client:
        mine, other, third = (world.headers(a) for a in ("icmpd.manager", "icmpd.logistics", "auditor"))
        question = f"{SITES}?format=jsonl"
        async with client.stream("GET", question, headers=mine) as first:
            assert first.status_code == 200
            again = await client.get(question, headers=mine)
            assert (again.status_code, again.json()["code"]) == (429, "too_many_exports")
            assert int(again.headers["retry-after"]) > 0
            assert (await client.get(SITES, headers=mine)).status_code == 200
            async with client.stream("GET", question, headers=other) as second:
                assert second.status_code == 200
                busy = await client.get(question, headers=third)
                assert (busy.status_code, busy.json()["code"]) == (503, "exports_busy")
                assert int(busy.headers["retry-after"]) > 0

        async def free() -> bool:
            return bool(app.state.exports.taken == 0)

        await until(free)
        assert (await client.get(f"{question}&kind=academy", headers=mine)).status_code == 200


def test_places_are_given_back_whatever_happens_and_leave_half_of_the_connections() -> None:
    places = Places(of_caller=2, of_all=50, connections=7)
    mine, other, third = ident(), ident(), ident()
    with places.one(mine), places.one(mine):
        with pytest.raises(TooManyExports), places.one(mine):
            raise AssertionError
        with places.one(other), pytest.raises(ExportsBusy), places.one(third):
            raise AssertionError
    few = Places(of_caller=2, of_all=50, connections=5)
    with few.one(mine):
        with pytest.raises(TooManyExports), few.one(mine):
            raise AssertionError
        with few.one(other), pytest.raises(ExportsBusy), few.one(third):
            raise AssertionError
    with pytest.raises(ZeroDivisionError), places.one(mine):
        raise ZeroDivisionError
    assert places.taken == 0
    with Places(of_caller=1, of_all=1, connections=1).one(mine):
        pass
