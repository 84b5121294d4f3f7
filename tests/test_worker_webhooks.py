"""Webhooks by real worker processes: from a change to the receiver, and after `kill -9`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from standardwebhooks import Webhook as Verifier

from app.db.session import Database
from app.schemas.webhooks import WebhookIn
from app.security.keys import Keys
from app.services import webhooks
from app.settings import Settings
from tests.receiver import Receiver, Reply, receiving
from tests.services.test_door import caller_of
from tests.test_worker import ROOT, environment
from tests.world import World

pytestmark = pytest.mark.anyio
RENAME = "UPDATE sites SET name_en = $2, version = version + 1 WHERE id = $1"

Process = asyncio.subprocess.Process
Start = Callable[[], Awaitable[Process]]


@pytest.fixture
async def start(settings: Settings) -> AsyncIterator[Start]:
    assert settings.database_worker_url is not None
    url = settings.database_worker_url.get_secret_value()
    started: list[Process] = []

    async def one() -> Process:
        given = environment(settings, DATABASE_WORKER_URL=url, BMP_WEBHOOK_ALLOW='["127.0.0.0/8"]')
        started.append(await asyncio.create_subprocess_exec(*(sys.executable, "-m", "app.worker"), cwd=ROOT, env=given))
        return started[-1]

    yield one
    for each in started:
        if each.returncode is None:
            each.kill()
            await each.wait()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


async def subscribe(database: Database, world: World, settings: Settings, keys: Keys, url: str) -> str:
    caller = await caller_of(database, world, "icmpd.manager")
    allowing = settings.model_copy(update={"webhook_allow": ("127.0.0.0/8",)})
    async with database.transaction(caller) as tx:
        return (await webhooks.create(tx, WebhookIn(url=url, resources=["sites"]), keys, allowing)).secret


async def all_delivered(owner: asyncpg.Connection, number: int) -> None:
    async with asyncio.timeout(60):
        while await owner.fetchval("SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'") != number:  # noqa: ASYNC110  another process makes it so
            await asyncio.sleep(0.02)


async def test_a_killed_workers_deliveries_are_taken_over(
    start: Start,
    database: Database,
    owner: asyncpg.Connection,
    world: World,
    settings: Settings,
    keys: Keys,
    receiver: Receiver,
) -> None:
    first = await start()
    async with asyncio.timeout(60):
        while await owner.fetchval("SELECT count(*) FROM changes WHERE position IS NULL"):  # noqa: ASYNC110  likewise
            await asyncio.sleep(0.02)
    secret = await subscribe(database, world, settings, keys, receiver.url)
    never = asyncio.Event()
    receiver.replies = [Reply(hold=never)]
    for name in ("one", "two"):
        await owner.execute(RENAME, world["store"], name)
    await receiver.until(1)
    first.kill()
    await first.wait()
    await owner.execute("UPDATE webhook_deliveries SET lease_until = clock_timestamp() - interval '1 s'")
    await start()
    await start()
    await all_delivered(owner, 2)
    told = [got.headers["webhook-id"] for got in receiver.got]
    assert told[0] == told[1], "what may not have arrived comes once more"
    assert len(told) == 3
    assert len(set(told)) == 2
    for got in receiver.got:
        Verifier(secret).verify(got.body, got.headers)
