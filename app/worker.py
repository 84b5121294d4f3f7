"""The background worker: `python -m app.worker`, a process and a database role of its own; several may run.

It puts the change feed in order several times a second, signs the daily checkpoint over all event chains, sums up the
past, forgets what has run out, works on jobs, and sends webhooks. Each chore is one short transaction through the same
services as the API; a chore that fails is tried again later and holds up no other. SIGTERM and SIGINT end it after the
transactions under way; jobs that are not done by then go back into the queue.
"""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import structlog
import uvloop

from app import problems
from app.db.embedded import Embedded, EmbeddedError
from app.db.session import Database
from app.db.waking import Bell, listen
from app.domain.errors import DomainError
from app.security import keys
from app.security.keys import Keys, KeysError
from app.services import audit, changes, history_sums, job_kinds, jobs_running, upkeep, webhook_sending
from app.services.jobs_running import Desk, Kind
from app.services.webhook_sending import Post
from app.settings import Settings
from app.web import logs, metrics

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

#: Connections: the sequencer's and that of one other chore. Each job under way has one more, and one of its own.
CONNECTIONS = 2
#: Milliseconds that one statement of a job may take: nobody waits behind it.
JOB_STATEMENT_MS = 600_000
#: Seconds until somebody looks for jobs who was not woken.
POLL_S = 2.0
#: The channels on which new jobs and new deliveries are told.
JOBS, DELIVERIES = "bmp_jobs", "bmp_webhooks"
#: Seconds for which a connection to an endpoint is kept that nothing is sent on.
IDLE_S = 60.0
#: Connections to the database that endpoints share.
POST_CONNECTIONS = 4
#: Seconds until a chore that failed is tried again, doubled each time up to the longest.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0

log: FilteringBoundLogger = structlog.get_logger(__name__)

_AWAY = (DomainError, KeysError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class Tools:
    """What chores work with."""

    settings: Settings
    database: Database
    keys: Keys


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do now and then. `run` answers True when there is more to do at once."""

    name: str
    every_s: float
    run: Callable[[Tools], Awaitable[bool]]


async def put_changes_in_order(tools: Tools) -> bool:
    """The change feed's sequencer, and the metrics of how far it lags."""
    async with tools.database.transaction() as tx:
        placed = await changes.sequence(tx)
    async with tools.database.transaction(read_only=True) as tx:
        lag = await changes.lag(tx)
    metrics.CHANGES_WAITING.set(lag.waiting)
    metrics.CHANGES_LAG.set(lag.seconds)
    return placed >= changes.BATCH


async def forget_answers(tools: Tools) -> bool:
    """Forget answers of idempotency keys after `BMP_IDEMPOTENCY_DAYS`."""
    async with tools.database.transaction() as tx:
        return await upkeep.forget_answers(tx, days=tools.settings.idempotency_days) >= upkeep.BATCH


async def forget_changes(tools: Tools) -> bool:
    """Forget changes after `BMP_CHANGES_DAYS`."""
    async with tools.database.transaction() as tx:
        return await changes.forget(tx, days=tools.settings.changes_days) >= changes.FORGET


async def forget_expired_access(tools: Tools) -> bool:
    """Forget expired tokens, links and log-in attempts."""
    async with tools.database.transaction() as tx:
        await upkeep.forget_expired_access(tx)
    return False


async def sign_checkpoint(tools: Tools) -> bool:
    """Sign the daily checkpoint over all chains, in the database and in the data folder."""
    await audit.checkpoint_when_due(tools.database, tools.keys, tools.settings.data)
    return False


async def start_scheduled_jobs(tools: Tools) -> bool:
    """Start the jobs that the deployment asks of itself, and tell the metrics how long the queue is."""
    async with tools.database.transaction() as tx:
        await job_kinds.start_due(tx)
    async with tools.database.transaction(read_only=True) as tx:
        waiting = await jobs_running.waiting(tx)
    metrics.JOBS_QUEUED.set(waiting.queued)
    metrics.JOBS_LAG.set(waiting.seconds)
    return False


async def sum_history(tools: Tools) -> bool:
    """Sums of the past for readiness `as_of`, with what was recorded late."""
    async with tools.database.transaction() as tx:
        return await history_sums.keep(tx, days=tools.settings.confirmation_days) > 0


async def make_deliveries(tools: Tools) -> bool:
    """Make webhooks' deliveries of what has happened."""
    return await webhook_sending.make_deliveries(
        Post(tools.settings, tools.keys, tools.database, count=metrics.count_webhook)
    )


CHORES = (
    Chore("changes", 0.25, put_changes_in_order),
    Chore("deliveries", 0.25, make_deliveries),
    Chore("answers", 3600, forget_answers),
    Chore("old-changes", 3600, forget_changes),
    Chore("access", 600, forget_expired_access),
    Chore("checkpoint", 600, sign_checkpoint),
    Chore("schedules", 15, start_scheduled_jobs),
    Chore("history", 600, sum_history),
)


async def keep_doing(chore: Chore, tools: Tools, stopping: asyncio.Event) -> None:
    """Do a chore again and again until told to stop. What fails is said once, and tried again with growing pauses."""
    failures = 0
    while not stopping.is_set():
        pause = chore.every_s
        try:
            if await chore.run(tools):
                pause = 0.0
            if failures:
                log.info("chore.recovered", chore=chore.name, failures=failures)
            failures = 0
        except _AWAY as error:
            if not failures:
                log.warning("chore.failed", chore=chore.name, error=type(error).__name__)
            pause = max(chore.every_s, min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**failures))
            failures += 1
        await _wait(stopping, pause)


async def keep_working(desk: Desk, bell: Bell) -> None:
    """Work on one job after the other; without any, wait for the bell, or look again a little later."""
    failures = 0
    while not desk.stopping.is_set():
        rung = bell.next
        pause = POLL_S
        try:
            if await jobs_running.run_one(desk):
                pause = 0.0
            failures = 0
        except _AWAY as error:
            if not failures:
                log.warning("jobs.failed", error=type(error).__name__)
            pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**failures)
            failures += 1
        if pause:
            await _wait(rung, pause)


async def keep_delivering(post: Post, bell: Bell) -> None:
    """Send webhooks: a task for each endpoint that has something due, so that a slow one holds up no other."""
    busy: dict[UUID, asyncio.Task[int]] = {}
    try:
        while not post.stopping.is_set():
            rung = bell.next
            try:
                for webhook in await webhook_sending.due(post):
                    if webhook["id"] not in busy:
                        busy[webhook["id"]] = asyncio.create_task(webhook_sending.deliver(post, webhook))
                await webhook_sending.hang_up(post, idle_s=IDLE_S)
            except _AWAY as error:
                log.warning("webhooks.failed", error=type(error).__name__)
            await _wait(rung, POLL_S)
            _leave_ended(busy)
    finally:
        await asyncio.gather(*busy.values(), return_exceptions=True)
        await webhook_sending.hang_up(post)


def _leave_ended(busy: dict[UUID, asyncio.Task[int]]) -> None:
    """Forget what has ended; what went wrong is said: the database was away."""
    for webhook_id, task in list(busy.items()):
        if task.done():
            del busy[webhook_id]
            if (error := task.exception()) is not None:
                log.warning("webhook.unfinished", webhook=str(webhook_id), error=type(error).__name__)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until told."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


async def work(
    settings: Settings,
    stopping: asyncio.Event,
    chores: tuple[Chore, ...] = CHORES,
    kinds: Mapping[str, Kind] = job_kinds.KINDS,
) -> None:
    """Do chores and jobs side by side until told to stop. Raises KeysError or EmbeddedError when it cannot begin."""
    url, slots = database_url(settings), settings.job_slots
    patience = settings.statement_timeout_ms
    loaded, days = keys.load(settings.secrets_dir), settings.backdating_days
    # With the cursors' key, events have the same ids wherever they are read.
    known = partial(Database, url, backdating_days=days, cursor_secret=loaded.cursor)
    database = known(size=CONNECTIONS + slots, statement_timeout_ms=patience)
    for_jobs = known(size=slots, statement_timeout_ms=JOB_STATEMENT_MS)
    for_post = known(size=POST_CONNECTIONS, acquire_timeout=30, statement_timeout_ms=patience)
    tools = Tools(settings, database, loaded)
    desk = Desk(settings, tools.keys, for_jobs, database, kinds, _name(), _describer(settings), stopping)
    await database.open()
    await for_jobs.open()
    await for_post.open()
    bells = {JOBS: Bell(), DELIVERIES: Bell()}
    try:
        async with asyncio.TaskGroup() as group:
            for chore in chores:
                group.create_task(keep_doing(chore, tools, stopping))
            for _ in range(slots):
                group.create_task(keep_working(desk, bells[JOBS]))
            post = Post(settings, tools.keys, for_post, stopping, count=metrics.count_webhook)
            group.create_task(keep_delivering(post, bells[DELIVERIES]))
            group.create_task(listen(url, bells, stopping))
            group.create_task(_ring_at_the_end(stopping, bells))
    finally:
        await for_post.close()
        await for_jobs.close()
        await database.close()


async def _ring_at_the_end(stopping: asyncio.Event, bells: Mapping[str, Bell]) -> None:
    await stopping.wait()
    for bell in bells.values():
        bell.ring()


def _name() -> str:
    """What tells this process from other workers, for whoever looks at a job."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def _describer(settings: Settings) -> Callable[[Exception, str], dict[str, Any]]:
    def describe(error: Exception, job_id: str) -> dict[str, Any]:
        return problems.kept(error, issuer=settings.issuer, path=f"/api/v1/jobs/{job_id}")

    return describe


def database_url(settings: Settings) -> str:
    """How the worker reaches the database. Raises ValueError with a sentence when nobody told it."""
    if settings.database_worker_url is not None:
        return settings.database_worker_url.get_secret_value()
    if settings.database_url is not None:
        raise ValueError("set DATABASE_WORKER_URL: the worker has a database role of its own")
    return Embedded(settings.data, settings.postgres_major).dsn("worker")


async def until_signalled(settings: Settings, kinds: Mapping[str, Kind] = job_kinds.KINDS) -> None:
    """Work until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await work(settings, stopping, kinds=kinds)


def main(settings: Settings | None = None) -> int:
    """Work until SIGTERM or SIGINT; the exit code is 1 when it could not begin."""
    try:
        settings = settings or Settings()
        logs.configure(settings.log_format)
        # As in the API (HOUSE 3.1): what is there stays, and the many short-lived objects of imports go by themselves.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 50, 100)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(until_signalled(settings))
    except (ValueError, KeysError, EmbeddedError) as error:
        sys.stderr.write(f"bmp: the worker cannot start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
