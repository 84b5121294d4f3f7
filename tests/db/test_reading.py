"""The reading helper against a real database: the same row in every form, and nothing from behind the wall."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from app.db import reading
from app.db.listing import Form
from app.db.session import Database, Tx
from app.domain.access import Caller
from app.domain.asked import Asked
from app.domain.errors import NotFound, Rejected
from app.services.components import LISTING as COMPONENTS
from app.services.courses import LISTING as COURSES
from app.services.participations import LISTING as PARTICIPATIONS
from app.services.rights import Rights
from app.services.sites import LISTING as SITES
from tests.world import World

pytestmark = pytest.mark.anyio


async def caller(database: Database, world: World, account: str) -> Caller:
    return await Rights(database, seconds=0).of(str(world.accounts[account]), "reading")


async def whole(tx: Tx, listing: Any, asked: Asked, form: Form) -> bytes:
    chunks: list[bytes] = []

    async def keep(chunk: bytes) -> None:
        chunks.append(bytes(chunk))

    await reading.export(tx, listing, asked, form, keep)
    return b"".join(chunks)


async def test_one_row_reads_the_same_alone_in_a_page_and_in_an_export(database: Database, world: World) -> None:
    who = await caller(database, world, "icmpd.manager")
    async with database.transaction(who, read_only=True) as tx:
        page = orjson.loads((await reading.page(tx, SITES, Asked(sort="name", limit=200))).items)
        lines = await whole(tx, SITES, Asked(sort="name"), "jsonl")
        assert [orjson.loads(line) for line in lines.splitlines()] == page
        for item in page:
            alone = await reading.one(tx, SITES, UUID(item["id"]))
            assert orjson.loads(alone.body) == item
            assert (alone.version, str(alone.id)) == (item["version"], item["id"])
            by_reference = await reading.one(tx, SITES, item["reference"])
            assert by_reference == alone


async def test_a_table_has_the_same_rows_in_the_same_order(database: Database, world: World) -> None:
    who = await caller(database, world, "italy.manager")
    async with database.transaction(who, read_only=True) as tx:
        asked = Asked(sort="-name", fields=("reference", "active", "agency"))
        table = (await whole(tx, SITES, asked, "csv")).decode()
        page = orjson.loads((await reading.page(tx, SITES, asked)).items)
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["reference"] for row in rows] == [item["reference"] for item in page]
    assert [row["agency_id"] or None for row in rows] == [item["agency"] and item["agency"]["id"] for item in page]
    assert {row["active"] for row in rows} == {"true"}


async def test_pages_reach_every_row_once_whatever_their_size(database: Database, world: World) -> None:
    who = await caller(database, world, "icmpd.manager")
    async with database.transaction(who, read_only=True) as tx:
        everything = orjson.loads((await reading.page(tx, SITES, Asked(limit=200))).items)
        for limit in (1, 2, len(everything), len(everything) + 1):
            walked: list[Any] = []
            cursor: str | None = None
            while True:
                page = await reading.page(tx, SITES, Asked(limit=limit), cursor)
                walked += orjson.loads(page.items)
                assert page.limit == limit
                cursor = page.next
                if cursor is None:
                    break
            assert walked == everything


async def test_totals_count_what_the_list_would_show(database: Database, world: World) -> None:
    for account, expected in (("icmpd.manager", 6), ("italy.manager", 4), ("tn.focal.sfax", 2), ("nobody", 1)):
        who = await caller(database, world, account)
        async with database.transaction(who, read_only=True) as tx:
            page = await reading.page(tx, SITES, Asked(limit=1, total="exact"))
            assert page.total == expected, account
            assert (await reading.page(tx, SITES, Asked(limit=1))).total is None


async def test_an_estimate_counts_what_is_few_and_guesses_the_rest(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = await caller(database, world, "icmpd.manager")
    for filters in ({}, {"country": ["TN"]}, {"country": ["TN", "MA"], "agency_id": [world["tn-sfax"]]}):
        monkeypatch.setattr(reading, "COUNTED", 10_000)
        async with database.transaction(who, read_only=True) as tx:
            exact = await reading.page(tx, SITES, Asked(filters=filters, total="exact"))
            few = await reading.page(tx, SITES, Asked(filters=filters, total="estimate"))
        assert (few.total, few.estimated) == (exact.total, False)
        monkeypatch.setattr(reading, "COUNTED", 0)
        async with database.transaction(who, read_only=True) as tx:
            many = await reading.page(tx, SITES, Asked(filters=filters, total="estimate"))
        assert (many.items, many.estimated) == (exact.items, bool(exact.total))
        assert many.total is not None
        assert many.total >= min(exact.total or 0, 1)


async def test_without_identity_there_is_nothing(database: Database, world: World) -> None:
    async with database.transaction(None, read_only=True) as tx:
        for listing in (SITES, COMPONENTS, PARTICIPATIONS, COURSES):
            assert await reading.page(tx, listing, Asked(total="exact")) == reading.Page(b"[]", None, 50, 0)
            assert await whole(tx, listing, Asked(), "jsonl") == b""
        with pytest.raises(NotFound):
            await reading.one(tx, SITES, world["store"])


@pytest.mark.parametrize("ident", ["", "x" * 201, "SITE-NOWHERE", str(UUID(int=0)), "' OR true --"])
async def test_what_is_not_there_is_not_found(database: Database, world: World, ident: str) -> None:
    who = await caller(database, world, "icmpd.manager")
    async with database.transaction(who, read_only=True) as tx:
        for read in (reading.one, reading.resolve):
            with pytest.raises(NotFound):
                await read(tx, SITES, ident)


async def test_without_a_human_reference_only_ids_are_known(database: Database, world: World) -> None:
    who = await caller(database, world, "icmpd.manager")
    async with database.transaction(who, read_only=True) as tx:
        with pytest.raises(NotFound):
            await reading.resolve(tx, PARTICIPATIONS, "BMP-TN")


async def test_a_reference_of_several_rows_is_the_one_that_it_means(
    database: Database, world: World, owner: asyncpg.Connection
) -> None:
    second = UUID(int=77)
    await owner.execute(
        "INSERT INTO courses (id, reference, edition, kind, languages, name_en) "
        "VALUES ($1, 'CRS-RADIO-OP', 2, 'operation', '{fr}', 'Second')",
        second,
    )
    who = await caller(database, world, "icmpd.manager")
    async with database.transaction(who, read_only=True) as tx:
        assert await reading.resolve(tx, COURSES, "CRS-RADIO-OP") == second
        assert (await reading.one(tx, COURSES, "CRS-RADIO-OP")).id == second
        assert await reading.resolve(tx, COURSES, str(world["course"])) == world["course"]


async def test_an_export_that_fails_on_its_way_says_so(database: Database, world: World) -> None:
    who = await caller(database, world, "icmpd.manager")
    broken = Asked(filters={"kind": [1]})  # a number where the column holds text
    with pytest.raises(Rejected):
        async with database.transaction(who, read_only=True) as tx:
            await whole(tx, SITES, broken, "csv")
    assert database.busy == 0


async def test_an_altered_cursor_is_refused(database: Database, world: World) -> None:
    who = await caller(database, world, "icmpd.manager")
    async with database.transaction(who, read_only=True) as tx:
        page = await reading.page(tx, SITES, Asked(limit=1))
        assert page.next is not None
        with pytest.raises(Rejected):
            await reading.page(tx, SITES, Asked(limit=1), "A" + page.next[1:] if page.next[0] != "A" else "B")
