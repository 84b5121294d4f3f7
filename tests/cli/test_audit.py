"""`bmp audit`: what holds is said to hold, and what somebody with the database changed is found and named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.db.embedded import TEST_SETTINGS, Embedded
from app.db.migrating import migrate
from app.security import keys as key_files
from app.services.demo_large import build_large
from tests.cli.conftest import Answer, bmp
from tests.world import build

ITEMS = 40


class Place:
    """A deployment with a small register, and a hand that reaches around its rules."""

    def __init__(self, server: Embedded) -> None:
        self.server = server

    def run(self, *arguments: object) -> Answer:
        return bmp("audit", *arguments, "--data", self.server.folder.root)

    def as_superuser(self, script: str) -> Any:
        async def run() -> Any:
            connection = await asyncpg.connect(self.server.dsn("postgres", "bmp"))
            try:
                await connection.execute("SET session_replication_role = replica")
                return await connection.fetchval(script)
            finally:
                await connection.close()

        return asyncio.run(run())


async def fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        world = await build(connection, None)
    finally:
        await connection.close()
    await build_large(url, items=ITEMS, actor=world.accounts["icmpd.manager"], implementer=world["icmpd"])


@pytest.fixture(scope="module")
def place(root: Path) -> Iterator[Place]:
    data = root / "data"
    with Embedded(data, 18, TEST_SETTINGS) as server:
        key_files.create_missing(data / "secrets")
        migrate(server.dsn("owner"))
        asyncio.run(fill(server.dsn("owner")))
        yield Place(server)


def test_an_untouched_register_holds_with_and_without_a_checkpoint(place: Place) -> None:
    before = place.run("verify")
    events = place.as_superuser("SELECT count(*) FROM events")
    nothing = {"at": None, "lines": 0, "problem": None}
    assert (before.code, before.facts) == (
        0,
        {"holds": True, "items": ITEMS, "events": events, "broken": 0, "problems": [], "checkpoint": nothing},
    )
    signed = place.run("checkpoint")
    assert signed.code == 0
    file = (place.server.folder.root / "checkpoints.jsonl").read_text()
    assert file == signed.facts["line"] + "\n"
    after = place.run("verify")
    assert (after.code, after.facts["checkpoint"]["lines"], after.facts["checkpoint"]["problem"]) == (0, 1, None)


def test_one_item_or_one_component_may_be_asked_for(place: Place) -> None:
    reference = place.as_superuser("SELECT reference FROM items ORDER BY reference LIMIT 1")
    assert place.run("verify", "--item", reference).facts["items"] == 1
    own = place.as_superuser(
        "SELECT count(*) FROM items i JOIN components c ON c.id = i.component_id WHERE c.reference = 'BMP-TN'"
    )
    assert place.run("verify", "--component", "BMP-TN").facts["items"] == own
    assert place.run("verify", "--item", "EQ-XX-1").sentence == "bmp: there is no EQ-XX-1"


def test_a_changed_event_is_named(place: Place) -> None:
    item = "(SELECT item_id FROM events ORDER BY item_id LIMIT 1)"
    reference = place.as_superuser(f"SELECT reference FROM items WHERE id = {item}")
    place.as_superuser(f"UPDATE events SET kind = 'accept' WHERE position = 1 AND item_id = {item}")
    found = place.run("verify")
    place.as_superuser(f"UPDATE events SET kind = 'register' WHERE position = 1 AND item_id = {item}")
    assert (found.code, found.facts["holds"], found.facts["broken"]) == (1, False, 1)
    assert [(p["reference"], p["position"]) for p in found.facts["problems"]] == [(reference, 1)]
    assert place.run("verify").code == 0


def test_an_item_that_vanished_is_missed_by_the_checkpoint(place: Place) -> None:
    place.as_superuser(
        "WITH gone AS (DELETE FROM items WHERE id = (SELECT max(id::text)::uuid FROM items) RETURNING id) "
        "DELETE FROM events USING gone WHERE item_id = gone.id"
    )
    found = place.run("verify")
    assert (found.code, found.facts["broken"]) == (1, 0), "no chain is broken: one is not there"
    problem = f"There were {ITEMS} chains at the checkpoint; {ITEMS - 1} of that time are left."
    assert found.facts["checkpoint"]["problem"] == problem
