"""Queues are read by the index they wait in, also where PostgreSQL believes that nothing waits."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from app.settings import Settings
from tests.world import World, ident

pytestmark = pytest.mark.anyio

WAITING, TAKEN = 2_000, 10
#: What was looked into for one that was taken: its row, the one before it of its object, and once more to write it.
READS_EACH = 5

_TABLES = "webhook_deliveries", "changes", "jobs", "job_details", "idempotency_keys"
_READS = """
    SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS reads
    FROM pg_stat_xact_user_tables WHERE relname = ANY ($1)
"""
_WEBHOOK = """
    INSERT INTO webhooks (id, owner_id, person_id, organisation_id, scopes, url)
    SELECT $1, a.id, a.id, a.organisation_id, '{}', 'https://receiver.test/' FROM accounts a WHERE a.id = $2
"""
_DELIVERIES = """
    INSERT INTO webhook_deliveries
        (id, webhook_id, owner_id, person_id, event_id, type, resource, object_id, occurred_at, state, finished_at)
    SELECT gen_random_uuid(), w.id, w.owner_id, w.person_id, 'e', 't', 'equipment', gen_random_uuid(), now(), $2,
           CASE WHEN $2 <> 'pending' THEN now() END
    FROM generate_series(1, $1) CROSS JOIN webhooks w
"""
_CHANGES = """
    INSERT INTO changes (resource, object_id, action, version)
    SELECT 'equipment', gen_random_uuid(), 'update', 2 FROM generate_series(1, $1)
"""
_JOBS = """
    WITH made AS (
        INSERT INTO jobs (id, kind, scopes, max_attempts, state, finished_at)
        SELECT gen_random_uuid(), 'probe', '{}', 3, $2, CASE WHEN $2 <> 'queued' THEN now() END
        FROM generate_series(1, $1) RETURNING id)
    INSERT INTO job_details (job_id) SELECT id FROM made
"""
_KEYS = """
    INSERT INTO idempotency_keys (caller_id, operation, key, body_hash, status, headers, answer)
    SELECT gen_random_uuid(), 'probe', g::text, '', 200, '{}', '' FROM generate_series(1, $1) g
"""

Step = Callable[[], Awaitable[object]]


@pytest.fixture(autouse=True)
async def webhook(owner: asyncpg.Connection, world: World) -> UUID:
    """One webhook, and nothing in the queues; autovacuum must not come to know better while a test runs."""
    for table in _TABLES:
        await owner.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false); DELETE FROM {table}")
    await owner.execute("DELETE FROM webhooks")
    made = ident()
    await owner.execute(_WEBHOOK, made, world.accounts["icmpd.logistics"])
    await owner.execute("INSERT INTO webhook_cursors (webhook_id, position) VALUES ($1, 0)", made)
    return made


@pytest.fixture
async def worker(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    assert settings.database_worker_url is not None
    connection = await asyncpg.connect(settings.database_worker_url.get_secret_value())
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture(params=["nothing yet", "a long log"])
async def believed(request: pytest.FixtureRequest, owner: asyncpg.Connection) -> str:
    """What the tables' statistics say: that they are empty, or that what is in them has ended."""
    if request.param == "a long log":
        await owner.execute(_DELIVERIES, WAITING, "delivered")
        await owner.execute(_JOBS, WAITING, "succeeded")
        await owner.execute(_KEYS, WAITING)
        await owner.execute(_CHANGES, WAITING)
        while await owner.fetchval("SELECT app.sequence_changes(100000)"):
            pass
    for table in _TABLES:
        await owner.execute(f"VACUUM (ANALYZE) {table}")
    said: str = request.param
    return said


async def reads(worker: asyncpg.Connection, table: str, step: Step) -> int:
    """Rows of a table that one step reads, in a transaction of its own."""
    async with worker.transaction():
        before = {row["relname"]: row["reads"] for row in await worker.fetch(_READS, _TABLES)}
        await step()
        after = {row["relname"]: row["reads"] for row in await worker.fetch(_READS, _TABLES)}
    return int(after.get(table, 0) - before.get(table, 0))


@pytest.mark.usefixtures("believed")
async def test_deliveries_are_taken_and_kept_by_what_they_are(
    worker: asyncpg.Connection, owner: asyncpg.Connection, webhook: UUID
) -> None:
    """Planned by an index that does not know objects, each one taken would read all that wait."""
    claimed: list[asyncpg.Record] = []

    async def due() -> None:
        assert [row["id"] for row in await worker.fetch("SELECT id FROM app.webhooks_due(10)")] == wanted

    async def claim() -> None:
        claimed[:] = await worker.fetch("SELECT * FROM app.claim_deliveries($1, 60, $2)", webhook, TAKEN)

    async def keep() -> None:
        results = [{"id": str(row["id"]), "state": "delivered", "attempted": True} for row in claimed]
        await worker.execute("SELECT app.end_deliveries($1, $2::jsonb, true, 0)", webhook, json.dumps(results))

    wanted: list[UUID] = []
    for _ in range(8):  # until the connection's plans are made for good
        for step in (due, claim, keep):
            await step()
    await owner.execute(_DELIVERIES, WAITING, "pending")
    await owner.execute("UPDATE webhook_deliveries SET next_at = now() + interval '1 hour' WHERE state = 'pending'")
    assert await reads(worker, "webhook_deliveries", due) == 0
    assert await reads(worker, "webhook_deliveries", claim) == 0
    await owner.execute(_DELIVERIES, WAITING, "pending")
    wanted = [webhook]
    assert await reads(worker, "webhook_deliveries", due) == 1
    assert TAKEN <= await reads(worker, "webhook_deliveries", claim) <= TAKEN * READS_EACH
    assert len(claimed) == TAKEN
    assert TAKEN <= await reads(worker, "webhook_deliveries", keep) <= TAKEN * READS_EACH
    assert await owner.fetchval(
        "SELECT count(*) FROM webhook_deliveries WHERE id = ANY ($1) AND state = 'delivered'",
        [row["id"] for row in claimed],
    ) == TAKEN  # fmt: skip


@pytest.mark.usefixtures("believed")
async def test_changes_are_put_in_order_where_they_are(worker: asyncpg.Connection, owner: asyncpg.Connection) -> None:
    async def sequence() -> None:
        placed.append(await worker.fetchval("SELECT app.sequence_changes($1)", TAKEN))

    async def oldest() -> None:
        await worker.fetchval("SELECT app.feed_waits()")

    placed: list[int] = []
    for _ in range(8):
        await sequence()
        await oldest()
    assert placed == [0] * 8
    await owner.execute(_CHANGES, WAITING)
    assert await reads(worker, "changes", oldest) == 1
    assert TAKEN <= await reads(worker, "changes", sequence) <= TAKEN * READS_EACH
    assert placed[-1] == TAKEN


@pytest.mark.usefixtures("believed")
async def test_a_job_is_taken_alone(worker: asyncpg.Connection, owner: asyncpg.Connection) -> None:
    async def claim() -> None:
        claimed.append(await worker.fetchval("SELECT app.claim_job('probe', 60, '{probe}')"))

    claimed: list[str | None] = []
    for _ in range(8):
        await claim()
    assert claimed == [None] * 8
    await owner.execute(_JOBS, WAITING, "queued")
    assert 1 <= await reads(worker, "jobs", claim) <= READS_EACH
    assert claimed[-1] is not None


@pytest.mark.parametrize(
    ("function", "table"),
    [
        ("app.forget_deliveries", "webhook_deliveries"),
        ("app.forget_jobs", "jobs"),
        ("app.forget_answers", "idempotency_keys"),
    ],
)
@pytest.mark.usefixtures("believed")
async def test_only_what_is_old_is_read_to_be_forgotten(
    worker: asyncpg.Connection, owner: asyncpg.Connection, function: str, table: str
) -> None:
    async def forget() -> None:
        forgotten.append(await worker.fetchval(f"SELECT {function}(30, {TAKEN})"))

    forgotten: list[int] = []
    for _ in range(8):
        await forget()
    assert forgotten == [0] * 8
    await owner.execute(_DELIVERIES, WAITING, "delivered")
    await owner.execute(_JOBS, WAITING, "succeeded")
    await owner.execute(_KEYS, WAITING)
    assert await reads(worker, table, forget) == 0
    ended = "" if table == "idempotency_keys" else ", finished_at = now() - interval '40 days'"
    await owner.execute(f"UPDATE {table} SET created_at = now() - interval '40 days'{ended}")
    assert TAKEN <= await reads(worker, table, forget) <= TAKEN * READS_EACH
    assert forgotten[-1] == TAKEN


@pytest.mark.usefixtures("believed")
async def test_old_changes_are_looked_for_at_the_front(worker: asyncpg.Connection, owner: asyncpg.Connection) -> None:
    async def forget() -> None:
        forgotten.append(await worker.fetchval(f"SELECT app.forget_changes(30, {TAKEN})"))

    forgotten: list[int] = []
    await owner.execute("UPDATE feed SET forgotten = newest")
    for _ in range(8):
        await forget()
    assert forgotten == [0] * 8
    await owner.execute(_CHANGES, WAITING)
    while await owner.fetchval("SELECT app.sequence_changes(100000)"):
        pass
    assert TAKEN <= await reads(worker, "changes", forget) <= TAKEN * READS_EACH
    assert forgotten[-1] == 0
    await owner.execute("UPDATE changes SET recorded_at = now() - interval '40 days'")
    assert TAKEN <= await reads(worker, "changes", forget) <= TAKEN * READS_EACH
    assert forgotten[-1] == TAKEN
