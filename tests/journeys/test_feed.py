"""The proof of the change feed (HOUSE 3): whoever writes at once, each reader gets each committed change exactly once.

Eight writers with transactions of every shape: several objects, savepoints, a fifth rolled back, some that stay open
while dozens of others commit, so that the horizon stands still and later transactions overtake. The worker's sequencer
runs beside them, and readers follow over HTTP. The truth is what the writers know that they committed.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.db.session import Database
from app.services import changes
from app.settings import Settings
from app.worker import database_url
from tests.feed import Reader, add_site, settle
from tests.world import World

pytestmark = pytest.mark.anyio

WRITERS, STEPS, PLACES = 8, 40, 12
RENAME = "UPDATE sites SET name_en = $2, version = version + 1 WHERE id = ANY ($1::uuid[]) RETURNING id, version"
MOVE = (
    "UPDATE sites SET agency_id = CASE WHEN agency_id = $2 THEN $3::uuid ELSE $2::uuid END, version = version + 1 "
    "WHERE id = $1 RETURNING id, version"
)


@dataclass
class Truth:
    """What was committed: object and version. Writers tell it when COMMIT has come back."""

    committed: list[tuple[UUID, int]] = field(default_factory=list)
    transactions: int = 0
    rolled_back: int = 0
    moved: asyncio.Condition = field(default_factory=asyncio.Condition)
    over: bool = False

    async def add(self, made: list[tuple[UUID, int]]) -> None:
        self.committed += made
        async with self.moved:
            self.transactions += 1
            self.moved.notify_all()

    async def others(self, more: int) -> None:
        """Wait until so many more transactions have committed, or nobody writes any more."""
        goal = min(self.transactions + more, WRITERS * STEPS // 2)
        async with self.moved:
            await self.moved.wait_for(lambda: self.transactions >= goal)


@dataclass
class Writer:
    """One connection that changes places of all and, in its long transactions, one of its own."""

    number: int
    session: asyncpg.Connection
    truth: Truth
    places: list[UUID]
    own: UUID
    units: tuple[UUID, UUID]

    async def write(self) -> None:
        random = Random(self.number)  # noqa: S311 - the same story each time
        for step in range(STEPS):
            await self.session.execute("BEGIN")
            if random.random() < 0.5:
                await self.session.execute("SELECT pg_current_xact_id()")  # an old id, whatever is written later
            # Only two writers wait for others, and hold nothing that those want.
            if self.number < 2 and step % 10 == 5:
                made = await self._rename([self.own], f"long {step}")
                await self.truth.others(12)
            else:
                made = await self._change(random, step)
            if random.random() < 0.2:
                await self.session.execute("ROLLBACK")
                self.truth.rolled_back += 1
                made = []
            else:
                await self.session.execute("COMMIT")
            await self.truth.add(made)

    async def _change(self, random: Random, step: int) -> list[tuple[UUID, int]]:
        chosen = sorted(random.sample(self.places, random.randint(1, 3)))
        made = []
        for place in chosen:  # in the order of their ids, so that nobody waits in a circle
            if random.random() < 0.2:
                await self.session.execute("SAVEPOINT tried")
                await self._rename([place], "never")
                await self.session.execute("ROLLBACK TO SAVEPOINT tried")
            if random.random() < 0.3:
                made += await self._rows(MOVE, place, *self.units)
            else:
                made += await self._rename([place], f"{self.number}/{step}")
        return made

    async def _rename(self, places: list[UUID], name: str) -> list[tuple[UUID, int]]:
        return await self._rows(RENAME, places, name)

    async def _rows(self, query: str, *values: Any) -> list[tuple[UUID, int]]:
        return [(row["id"], row["version"]) for row in await self.session.fetch(query, *values)]


@pytest.fixture
async def hands(settings: Settings) -> AsyncIterator[Database]:
    made = Database(database_url(settings), size=2)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


async def follow(reader: Reader, truth: Truth, owner_dsn: str) -> list[dict[str, Any]]:
    """Poll until nobody writes any more and everything that was written has its position."""
    owner = await asyncpg.connect(owner_dsn)
    try:
        seen: list[dict[str, Any]] = []
        while True:
            done = truth.over and not await owner.fetchval("SELECT count(*) FROM changes WHERE position IS NULL")
            seen += await reader.poll()
            if done:
                return seen
            await asyncio.sleep(0)
    finally:
        await owner.close()


async def put_in_order(hands: Database, truth: Truth) -> None:
    """The worker's job, all the time."""
    while True:
        async with hands.transaction() as tx:
            placed = await changes.sequence(tx)
        if truth.over and not placed:
            return
        await asyncio.sleep(0)


def mirrored(seen: list[dict[str, Any]]) -> dict[str, int]:
    """What a mirror holds that does as the events say."""
    held: dict[str, int] = {}
    for event in seen:
        if event["type"] == "bmp.object.out_of_sight":
            held.pop(event["data"]["id"], None)
        else:
            held[event["data"]["id"]] = event["data"]["version"]
    return held


async def test_each_reader_gets_each_committed_change_exactly_once_and_in_order(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection, owner_dsn: str, hands: Database
) -> None:
    places = [await add_site(owner, world, "tn-sfax") for _ in range(PLACES)]
    own = [await add_site(owner, world, "tn-sfax") for _ in range(WRITERS)]
    await settle(owner)
    whole = Reader(client, world, "auditor", limit=7, resource="sites")
    tree = Reader(client, world, "tn.focal", limit=50)
    unit = Reader(client, world, "tn.focal.sfax", limit=3)
    blind = Reader(client, world, "ma.focal")
    for reader in (whole, tree, unit, blind):
        await reader.begin()
    truth = Truth()
    sessions = [await asyncpg.connect(owner_dsn) for _ in range(WRITERS)]
    units = (world["tn-sfax"], world["tn-zarzis"])
    writers = [Writer(n, session, truth, places, own[n], units) for n, session in enumerate(sessions)]
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(put_in_order(hands, truth))
            following = [group.create_task(follow(each, truth, owner_dsn)) for each in (whole, tree, unit, blind)]
            async with asyncio.TaskGroup() as writing:
                for writer in writers:
                    writing.create_task(writer.write())
            truth.over = True
    finally:
        for session in sessions:
            await session.close()
    of_whole, of_tree, of_unit, of_blind = (each.result() for each in following)

    committed = sorted((str(place), version) for place, version in truth.committed)
    assert truth.rolled_back > WRITERS
    assert len(committed) > WRITERS * STEPS
    for seen in (of_whole, of_tree):
        told = [(event["data"]["id"], event["data"]["version"]) for event in seen]
        assert sorted(told) == committed, "every committed change once, and nothing else"
        assert len({event["id"] for event in seen}) == len(seen)
        versions = defaultdict(list)
        for place, version in told:
            versions[place].append(version)
        for found in versions.values():
            assert found == list(range(2, len(found) + 2)), "in the order in which each object changed"
    assert [event["id"] for event in of_whole] == [event["id"] for event in of_tree], "one order for everybody"

    listed = (await client.get("/api/v1/sites?limit=200", headers=world.headers("tn.focal.sfax"))).json()["items"]
    truly = {each["id"]: each["version"] for each in listed if UUID(each["id"]) in {*places, *own}}
    held = mirrored(of_unit)
    untouched = {str(place): 1 for place in own[2:]}
    assert untouched | held == truly, "a mirror of one unit is right, although places came and went"
    assert {event["type"] for event in of_unit} == {"bmp.sites.changed", "bmp.object.out_of_sight"}
    assert of_blind == []
