"""Chains, verified over HTTP and as the owner; every kind of tampering is found."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.db.session import Database
from app.domain.errors import Forbidden
from app.schemas.audit import CheckpointOut, VerifiedOut
from app.security.keys import Keys
from app.security.seals import Checkpoint, line_digest, sign_checkpoint, verify_lines
from app.services import audit, door
from app.services.door import Move
from app.settings import Settings
from tests.conftest import running
from tests.services.test_door import caller_of, radio
from tests.world import World

pytestmark = pytest.mark.anyio
Tamper = Callable[[asyncpg.Connection, UUID], Awaitable[object]]


@pytest.fixture
async def owners(owner_dsn: str) -> AsyncIterator[Database]:
    made = Database(owner_dsn, size=2)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def item(database: Database, world: World) -> UUID:
    """An item with four events."""
    caller = await caller_of(database, world, "icmpd.manager")
    there = {"custody_organisation_id": world["icmpd"], "custody_site_id": world["store"]}
    async with database.transaction(caller) as tx:
        ((item_id, _),) = await door.register(tx, [radio(world)])
        for action, payload in (("ship", {}), ("deliver", there), ("lose", {"reason": "stolen"})):
            await door.move(tx, [Move(item_id, action, payload, text="as told")])
    return item_id


async def ask(client: httpx.AsyncClient, world: World, account: str = "auditor", **body: Any) -> dict[str, Any]:
    response = await client.post("/api/v1/audit/verify", json=body, headers=world.headers(account))
    assert response.status_code == 200, response.text
    VerifiedOut.model_validate_json(response.content)
    found: dict[str, Any] = response.json()
    return found


async def altered(owner: asyncpg.Connection, item: UUID) -> None:
    await owner.execute(
        """UPDATE events SET changes = '{"stage": "shipped"}' WHERE item_id = $1 AND position = 3""", item
    )


async def swapped(owner: asyncpg.Connection, item: UUID) -> None:
    for old, new in ((2, 9), (3, 2), (9, 3)):
        await owner.execute("UPDATE events SET position = $3 WHERE item_id = $1 AND position = $2", item, old, new)


async def removed(owner: asyncpg.Connection, item: UUID) -> None:
    await owner.execute("DELETE FROM events WHERE item_id = $1 AND position = 2", item)


async def cut(owner: asyncpg.Connection, item: UUID) -> None:
    await owner.execute("DELETE FROM events WHERE item_id = $1 AND position = 4", item)


async def emptied(owner: asyncpg.Connection, item: UUID) -> None:
    await owner.execute("DELETE FROM events WHERE item_id = $1", item)
    await owner.execute("UPDATE items SET head = '', event_count = 0 WHERE id = $1", item)


async def retold(owner: asyncpg.Connection, item: UUID) -> None:
    await owner.execute("UPDATE event_texts SET text = 'otherwise' WHERE item_id = $1 AND position = 3", item)


@pytest.mark.parametrize(
    ("tamper", "problem", "position"),
    [
        (altered, "hash", 3),
        (swapped, "link", 2),
        (removed, "gap", 2),
        (cut, "count", 3),
        (emptied, "gap", 1),
        (retold, "hash", 3),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
async def test_tampering_is_found(
    client: httpx.AsyncClient,
    world: World,
    owner: asyncpg.Connection,
    item: UUID,
    tamper: Tamper,
    problem: str,
    position: int,
) -> None:
    whole = await ask(client, world, item=str(item))
    assert whole == {
        "holds": True,
        "items": 1,
        "events": 4,
        "broken": 0,
        "problems": [],
        "next": None,
        "checkpoint": None,
    }
    work = owner.transaction()
    await work.start()
    await owner.execute("ALTER TABLE events DISABLE TRIGGER USER")
    await owner.execute("ALTER TABLE event_texts DROP CONSTRAINT fk_event_texts_event")
    try:
        await tamper(owner, item)
        await owner.execute("ALTER TABLE events ENABLE TRIGGER USER")
        found = await _as_seen_inside(owner, item)
    finally:
        await work.rollback()
    assert (found.kind, found.position) == (problem, position)


async def _as_seen_inside(owner: asyncpg.Connection, item: UUID) -> Any:
    """The check, on rows of a transaction that is undone afterwards."""
    from app.services import chain  # noqa: PLC0415  white-box: the statement itself is used

    await owner.set_type_codec("jsonb", encoder=str, decoder=json.loads, schema="pg_catalog")
    events = await owner.fetch(chain._EVENTS.sql, [item])
    row = await owner.fetchrow("SELECT head, event_count FROM items WHERE id = $1", item)
    return chain.check(list(events), row["head"], row["event_count"])


async def test_what_was_erased_still_verifies(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection, item: UUID
) -> None:
    await owner.execute("UPDATE event_texts SET text = NULL WHERE item_id = $1", item)
    assert (await ask(client, world, item=str(item)))["holds"] is True


async def test_a_component_in_pieces(client: httpx.AsyncClient, world: World, item: UUID) -> None:
    tunisia = await ask(client, world, component="BMP-TN")
    assert (tunisia["holds"], tunisia["next"]) == (True, None)
    assert tunisia["items"] >= 1
    assert (await ask(client, world, component="BMP-TN", after=str(item)))["items"] < tunisia["items"]
    headers = world.headers("auditor")
    unknown = await client.post("/api/v1/audit/verify", json={"component": "BMP-XX"}, headers=headers)
    assert [(e["pointer"], e["code"]) for e in unknown.json()["errors"]] == [("/component", "reference_unknown")]
    for account in ("icmpd.logistics", "tn.focal", "observer"):
        refused = await client.post("/api/v1/audit/verify", json={}, headers=world.headers(account))
        assert refused.status_code == 403


async def test_checkpoints_are_signed_once_a_day_and_compared(
    settings: Settings, world: World, keys: Keys, item: UUID, owner: asyncpg.Connection, database: Database
) -> None:
    assert settings.database_worker_url is not None
    worker = Database(settings.database_worker_url.get_secret_value(), size=2)
    await worker.open()
    try:
        assert await audit.checkpoint_when_due(worker, keys, settings.data) is True
        assert await audit.checkpoint_when_due(worker, keys, settings.data) is False
        await audit.sign(worker, keys, settings.data)
        with pytest.raises(Forbidden):
            await audit.sign(database, keys, settings.data)
    finally:
        await worker.close()
    lines = (settings.data / audit.FILE).read_text().splitlines()
    assert len(verify_lines(keys.chain.public_key(), lines)) == 2
    assert [row["line"] for row in await owner.fetch("SELECT line FROM checkpoints ORDER BY recorded_at")] == lines

    from app.main import create_app  # noqa: PLC0415  only this test makes its own

    async with running(create_app(settings)) as client:
        listed = await client.get("/api/v1/audit/checkpoints", headers=world.headers("auditor"))
        for shown in listed.json()["items"]:
            CheckpointOut.model_validate_json(json.dumps(shown))
        assert [shown["line"] for shown in listed.json()["items"]] == lines[::-1]
        assert (await client.get("/api/v1/audit/checkpoints", headers=world.headers("tn.focal"))).status_code == 403
        compared = await ask(client, world, checkpoint=True)
        assert (compared["holds"], compared["checkpoint"]["problem"], compared["checkpoint"]["lines"]) == (
            True,
            None,
            2,
        )
        key = await client.get("/api/v1/audit/public-key", headers=world.headers("auditor"))
        assert key.json()["fingerprint"] == json.loads(lines[0])["key"]

        caller = await caller_of(database, world, "icmpd.manager")
        async with database.transaction(caller) as tx:
            await door.register(tx, [radio(world)])
        assert (await ask(client, world, checkpoint=True))["holds"] is True  # what came later changes nothing

        await owner.execute("ALTER TABLE events DISABLE TRIGGER USER")
        for table in ("event_texts", "events", "item_spans", "identifiers"):
            await owner.execute(f"DELETE FROM {table} WHERE item_id = $1", item)
        await owner.execute("DELETE FROM items WHERE id = $1", item)
        await owner.execute("ALTER TABLE events ENABLE TRIGGER USER")
        vanished = await ask(client, world, checkpoint=True)
        assert (vanished["holds"], vanished["broken"]) == (False, 0)
        assert "chains at the checkpoint" in vanished["checkpoint"]["problem"]

        path = settings.data / audit.FILE
        await asyncio.to_thread(path.write_text, "\n".join(lines[1:]) + "\n")
        assert "line 1" in (await ask(client, world, checkpoint=True))["checkpoint"]["problem"]
        await asyncio.to_thread(path.write_text, lines[0] + "\n")
        assert "missing in the file" in (await ask(client, world, checkpoint=True))["checkpoint"]["problem"]


async def test_counts_of_the_deployment_are_for_who_sees_all_of_it(
    client: httpx.AsyncClient, world: World, owners: Database, keys: Keys, owner: asyncpg.Connection, settings: Settings
) -> None:
    """An auditor of one component is told that there is a checkpoint, when, its digest and signature."""
    await owner.execute("TRUNCATE checkpoints")
    (settings.data / audit.FILE).unlink(missing_ok=True)
    line = await audit.sign(owners, keys, settings.data)
    for form in ("", "?format=jsonl"):
        for account, whole in (("auditor", True), ("icmpd.manager", True), ("icmpd.morocco", False)):
            answer = await client.get(f"/api/v1/audit/checkpoints{form}", headers=world.headers(account))
            (shown,) = [json.loads(each) for each in answer.text.splitlines()] if form else answer.json()["items"]
            CheckpointOut.model_validate(shown, strict=False)
            assert [shown[name] is not None for name in ("items", "events", "line")] == [whole] * 3
            assert shown["digest"] == json.loads(line)["heads_digest"]
            assert shown["signature"] == json.loads(line)["signature"]
    table = await client.get("/api/v1/audit/checkpoints?format=csv", headers=world.headers("icmpd.morocco"))
    (row,) = csv.DictReader(table.text.splitlines())
    assert [row[name] for name in ("items", "events", "line")] == [""] * 3
    forged = Checkpoint(datetime.now(UTC), 7_654_321, bytes(32), line_digest(line))
    await asyncio.to_thread((settings.data / audit.FILE).write_text, f"{line}\n{sign_checkpoint(keys, forged)}\n")
    for account, whole in (("auditor", True), ("icmpd.morocco", False)):
        problem = (await ask(client, world, account, checkpoint=True))["checkpoint"]["problem"]
        assert ("7654321" in problem, any(letter.isdigit() for letter in problem)) == (whole, whole)


async def test_a_lost_file_is_written_again(
    owners: Database, keys: Keys, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    line = await audit.sign(owners, keys, tmp_path)
    kept = [row["line"] for row in await owner.fetch("SELECT line FROM checkpoints ORDER BY recorded_at")]
    assert (tmp_path / audit.FILE).read_text().splitlines() == kept
    assert kept[-1] == line


async def test_the_owner_verifies_everything(owners: Database, item: UUID, owner: asyncpg.Connection) -> None:
    seen: list[int] = []
    report = await audit.verify_everything(owners, lambda each: seen.append(each.items))
    assert (report.items, report.broken) == (await owner.fetchval("SELECT count(*) FROM items"), 0)
    assert seen[-1] == report.items
