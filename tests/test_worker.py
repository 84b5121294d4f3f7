"""The worker: the change feed keeps its order whoever writes at once, old answers go, failures hold up nobody."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from app import worker
from app.db.session import Database
from app.domain.changes import Wanted
from app.security.keys import Keys
from app.services import changes, rights, upkeep
from app.settings import Settings
from app.worker import CHORES, Chore, Tools, database_url, keep_doing
from tests.world import World

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[1]

RENAME = "UPDATE sites SET name_en = $2, version = version + 1 WHERE id = $1"
PLACED = "SELECT position, object_id, version FROM changes WHERE resource = 'sites' AND position > $1 ORDER BY position"


@pytest.fixture
async def hands(settings: Settings) -> AsyncIterator[Database]:
    """The worker's own way to the database."""
    made = Database(database_url(settings), size=4)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def sessions(owner_dsn: str) -> AsyncIterator[Callable[[], Any]]:
    """Connections of writers, closed afterwards."""
    opened: list[asyncpg.Connection] = []

    async def connect() -> asyncpg.Connection:
        opened.append(await asyncpg.connect(owner_dsn))
        return opened[-1]

    yield connect
    for each in opened:
        await each.close()


async def place_all(hands: Database) -> int:
    placed = 0
    while True:
        async with hands.transaction() as tx:
            some = await changes.sequence(tx)
        if not some:
            return placed
        placed += some


async def last_position(owner: asyncpg.Connection) -> int:
    return int(await owner.fetchval("SELECT coalesce(max(position), 0) FROM changes"))


async def test_changes_get_positions_without_gaps_in_the_order_of_recording(
    hands: Database, owner: asyncpg.Connection, world: World
) -> None:
    await place_all(hands)
    before = await last_position(owner)
    for name in ("one", "two", "three"):
        await owner.execute(RENAME, world["store"], name)
    assert await place_all(hands) == 3
    rows = await owner.fetch(PLACED, before)
    assert [row["position"] for row in rows] == [before + 1, before + 2, before + 3]
    assert [row["version"] for row in rows] == sorted(row["version"] for row in rows)
    assert await owner.fetchval("SELECT count(*) FROM changes WHERE position IS NULL") == 0


async def test_two_changes_of_one_object_never_turn_round(
    hands: Database, owner: asyncpg.Connection, sessions: Callable[[], Any], world: World
) -> None:
    """The later change comes from the transaction with the lower id, and a third one keeps the horizon between them."""
    await place_all(hands)
    before = await last_position(owner)
    late, between, early = await sessions(), await sessions(), await sessions()
    for session in (late, between, early):
        await session.execute("BEGIN")
        await session.execute("SELECT pg_current_xact_id()")
    await early.execute(RENAME, world["store"], "first")
    await early.execute("COMMIT")
    await late.execute(RENAME, world["store"], "second")
    await late.execute("COMMIT")
    assert await place_all(hands) == 0, "the first change is not below the horizon yet, and nothing may overtake it"
    async with hands.transaction(read_only=True) as tx:
        lag = await changes.lag(tx)
    assert (lag.waiting, lag.seconds >= 0) == (2, True)
    assert lag.behind == {"pid": between.get_server_pid(), "role": "bmp_owner", "application": ""}
    await between.execute("COMMIT")
    assert await place_all(hands) == 2
    versions = [row["version"] for row in await owner.fetch(PLACED, before)]
    assert versions == sorted(versions)
    assert len(versions) == 2
    async with hands.transaction(read_only=True) as tx:
        assert await changes.lag(tx) == changes.Lag(0, 0.0, None)


async def test_one_sequencer_at_a_time(hands: Database, owner: asyncpg.Connection, world: World) -> None:
    await place_all(hands)
    await owner.execute(RENAME, world["store"], "again")
    async with hands.transaction() as first:
        assert await changes.sequence(first) == 1
        async with hands.transaction() as second:
            assert await changes.sequence(second) == 0
    async with hands.transaction() as tx:
        assert await changes.sequence(tx) == 0


async def test_batches_are_bounded(hands: Database, owner: asyncpg.Connection, world: World) -> None:
    await place_all(hands)
    for name in ("a", "b", "c"):
        await owner.execute(RENAME, world["store"], name)
    async with hands.transaction() as tx:
        assert [await changes.sequence(tx, 2), await changes.sequence(tx, 2), await changes.sequence(tx, 2)] == [
            2,
            1,
            0,
        ]


async def test_a_reader_loses_nothing_while_many_write(
    hands: Database, owner: asyncpg.Connection, sessions: Callable[[], Any], world: World
) -> None:
    """Writers that overlap in every way, some rolled back; a reader that follows positions sees each change once."""
    await place_all(hands)
    start = await last_position(owner)
    places = [world["store"], world["site-tn-sfax"], world["site-ma-nador"]]
    reader = await sessions()
    writing = asyncio.Event()

    async def write(number: int, session: asyncpg.Connection) -> None:
        for step in range(40):
            await session.execute("BEGIN")
            await session.execute("SELECT pg_current_xact_id()")
            first, second = sorted((places[(step + number) % 3], places[(step * number + 1) % 3]))
            await session.execute(RENAME, first, f"{number}/{step}")
            await session.execute(RENAME, second, f"{number}/{step}+")
            await session.execute("ROLLBACK" if step % 5 == number % 5 else "COMMIT")

    async def place() -> None:
        while not writing.is_set():
            await place_all(hands)

    async def follow() -> list[asyncpg.Record]:
        seen: list[asyncpg.Record] = []
        cursor, over = start, False
        while True:
            rows = await reader.fetch(PLACED, cursor)
            seen += rows
            cursor = rows[-1]["position"] if rows else cursor
            if not rows and over:
                return seen
            over = writing.is_set() and not await owner.fetchval("SELECT count(*) FROM changes WHERE position IS NULL")

    following, placing = asyncio.create_task(follow()), asyncio.create_task(place())
    await asyncio.gather(*[write(number, await sessions()) for number in range(1, 5)])
    writing.set()
    await placing
    await place_all(hands)
    seen = await following

    everything = await owner.fetch(PLACED, start)
    assert [tuple(row) for row in seen] == [tuple(row) for row in everything]
    versions = defaultdict(list)
    for row in seen:
        versions[row["object_id"]].append(row["version"])
    for found in versions.values():
        assert found == list(range(found[0], found[0] + len(found))), "each version once, in its order"
    assert sum(map(len, versions.values())) == 4 * 32 * 2


async def test_old_changes_go_and_the_feed_goes_on(
    hands: Database, settings: Settings, keys: Keys, owner: asyncpg.Connection, world: World
) -> None:
    await place_all(hands)
    await owner.execute("UPDATE changes SET recorded_at = clock_timestamp() - interval '91 days'")
    await owner.execute(RENAME, world["store"], "kept")
    await place_all(hands)
    newest = await owner.fetchval("SELECT newest FROM feed")
    assert await worker.forget_changes(Tools(settings, hands, keys)) is False
    assert [row["position"] for row in await owner.fetch("SELECT position FROM changes")] == [newest]
    async with hands.transaction() as tx:
        assert await changes.newest(tx) == newest


async def test_whoever_waits_for_news_does_the_sequencers_work_when_it_is_late(
    monkeypatch: pytest.MonkeyPatch, database: Database, hands: Database, owner: asyncpg.Connection, world: World
) -> None:
    monkeypatch.setattr(changes, "_turn", changes._Turn())
    await place_all(hands)
    before = await changes.look(database)
    await owner.execute(RENAME, world["store"], "late")
    assert await changes.look(database) == before
    await owner.execute("UPDATE changes SET recorded_at = recorded_at - interval '1 minute' WHERE position IS NULL")
    assert await changes.look(database) == before + 1


async def test_the_worker_reads_the_feed_as_somebody(
    database: Database, hands: Database, owner: asyncpg.Connection, world: World
) -> None:
    """What delivers events to others reads them under the rows of their owner, with the ids that everybody sees."""
    hands.cursor_secret = database.cursor_secret
    for account, heard in (("auditor", True), ("ma.focal", False)):
        async with hands.transaction() as tx:
            caller = await rights.of_principal(tx, world.accounts[account])
        async with hands.transaction(caller, read_only=True) as tx:
            point = await changes.here(tx, caller)
        await owner.execute(RENAME, world["site-tn-sfax"], "told")
        await place_all(hands)
        page = await changes.after(hands, caller, point, Wanted(), 10)
        assert [event.object_id for event in page.events] == [world["site-tn-sfax"]] * heard
        assert page == await changes.after(database, caller, point, Wanted(), 10)


async def test_rows_of_another_servers_transactions_are_settled_and_own_ones_are_not(
    hands: Database, owner: asyncpg.Connection, world: World
) -> None:
    """A dump brings rows with ids that this server has not given yet; whoever sequences does not overtake itself."""
    await place_all(hands)
    for name in ("here", "there"):
        await owner.execute(RENAME, world["store"], name)
    await owner.execute("UPDATE changes SET xact = '4000000000' WHERE seq = (SELECT max(seq) FROM changes)")
    assert await place_all(hands) == 2
    async with owner.transaction():
        await owner.execute(RENAME, world["store"], "mine")
        assert await owner.fetchval("SELECT app.sequence_changes(10)") == 0
    assert await place_all(hands) == 1


async def test_old_answers_go_and_recent_ones_stay(hands: Database, owner: asyncpg.Connection) -> None:
    for key, age in (("old", 8), ("recent", 6)):
        await owner.execute(
            "INSERT INTO idempotency_keys (caller_id, operation, key, body_hash, status, headers, answer, created_at) "
            "VALUES ($1, 'x', $2, '', 200, '{}', '', clock_timestamp() - make_interval(days => $3))",
            uuid4(),
            key,
            age,
        )
    async with hands.transaction() as tx:
        assert await upkeep.forget_answers(tx, days=7) == 1
        assert await upkeep.forget_answers(tx, days=7) == 0
    assert [row["key"] for row in await owner.fetch("SELECT key FROM idempotency_keys")] == ["recent"]


async def test_expired_access_goes(hands: Database, owner: asyncpg.Connection) -> None:
    for token, hours in (("long gone", -2), ("alive", 1)):
        await owner.execute(
            "INSERT INTO revoked_tokens (jti, kind, expires_at) "
            "VALUES ($1, 'access', clock_timestamp() + make_interval(hours => $2))",
            token,
            hours,
        )
    async with hands.transaction() as tx:
        assert await upkeep.forget_expired_access(tx) == 1
    assert [row["jti"] for row in await owner.fetch("SELECT jti FROM revoked_tokens")] == ["alive"]


@pytest.mark.parametrize("call", ["forget_answers(7, 10)", "forget_expired_access()"])
async def test_what_is_the_workers_is_not_the_applications(settings: Settings, call: str) -> None:
    assert settings.database_url is not None
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"SELECT app.{call}")
    finally:
        await connection.close()


async def test_without_identity_the_worker_sees_no_rows(hands: Database, owner: asyncpg.Connection) -> None:
    assert await owner.fetchval("SELECT count(*) FROM sites") > 0
    connection = await asyncpg.connect(hands._dsn)
    try:
        assert await connection.fetchval("SELECT count(*) FROM sites") == 0
        assert await owner.fetchval("SELECT count(*) FROM changes") > 0
        assert await connection.fetchval("SELECT count(*) FROM changes") == 0
    finally:
        await connection.close()


async def test_a_chore_that_fails_is_tried_again_and_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch, hands: Database, settings: Settings
) -> None:
    monkeypatch.setattr(worker, "FIRST_PAUSE_S", 0.0)
    stopping = asyncio.Event()
    story: list[str] = []

    async def fails_twice(_tools: Tools) -> bool:
        story.append("tried")
        if story.count("tried") <= 2:
            raise OSError("no luck")
        stopping.set()
        return False

    async def always_more(_tools: Tools) -> bool:
        story.append("worked")
        return True

    tools = Tools(settings, hands, None)  # type: ignore[arg-type] # these chores need no keys
    await asyncio.gather(
        keep_doing(Chore("fails", 0.0, fails_twice), tools, stopping),
        keep_doing(Chore("works", 0.0, always_more), tools, stopping),
    )
    assert story.count("tried") == 3
    assert story.count("worked") >= 2


async def test_every_chore_runs_as_the_worker(hands: Database, settings: Settings, keys: Any) -> None:
    tools = Tools(settings, hands, keys)
    for chore in CHORES:
        while await chore.run(tools):
            pass


def environment(settings: Settings, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BMP_", "DATABASE_"))}
    return {**kept, "PYTHONPATH": str(ROOT), "BMP_SECRETS": str(settings.secrets_dir), **more}


async def test_as_a_process_it_works_until_sigterm(settings: Settings, owner: asyncpg.Connection, world: World) -> None:
    assert settings.database_worker_url is not None
    url = settings.database_worker_url.get_secret_value()
    await owner.execute(RENAME, world["store"], "before the worker")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.worker"),
        env=environment(settings, DATABASE_WORKER_URL=url),
        stderr=subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            while await owner.fetchval("SELECT count(*) FROM changes WHERE position IS NULL"):
                assert process.returncode is None
                await asyncio.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = await process.communicate()
    assert (process.returncode, said) == (0, b"")


def test_it_says_what_it_needs(settings: Settings) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.worker"],
        env=environment(settings, DATABASE_URL="postgresql://bmp_app@/bmp"),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    sentence = "bmp: the worker cannot start: set DATABASE_WORKER_URL: the worker has a database role of its own\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence)
