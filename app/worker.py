"""The background worker: `python -m app.worker`, a process and a database role of its own.

It puts the change feed in order several times a second, signs the daily checkpoint over all event chains, and forgets
what has run out. Each job is one short transaction through the same services as the API; a job that fails is tried
again later and holds up no other. SIGTERM and SIGINT end it after the transaction under way.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg
import structlog

from app.db.embedded import Embedded, EmbeddedError
from app.db.session import Database
from app.domain.errors import DomainError
from app.security import keys
from app.security.keys import Keys, KeysError
from app.services import audit, changes, upkeep
from app.settings import Settings
from app.web import logs, metrics

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

#: Connections: the sequencer's and that of one other job.
CONNECTIONS = 2
#: Seconds until a job that failed is tried again, doubled each time up to the longest.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0

log: FilteringBoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tools:
    """What jobs work with."""

    settings: Settings
    database: Database
    keys: Keys


@dataclass(frozen=True, slots=True)
class Job:
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


JOBS = (
    Job("changes", 0.25, put_changes_in_order),
    Job("answers", 3600, forget_answers),
    Job("old-changes", 3600, forget_changes),
    Job("access", 600, forget_expired_access),
    Job("checkpoint", 600, sign_checkpoint),
)


async def keep_doing(job: Job, tools: Tools, stopping: asyncio.Event) -> None:
    """Do a job again and again until told to stop. What fails is said once, and tried again with growing pauses."""
    failures = 0
    while not stopping.is_set():
        pause = job.every_s
        try:
            if await job.run(tools):
                pause = 0.0
            if failures:
                log.info("job.recovered", job=job.name, failures=failures)
            failures = 0
        except (DomainError, KeysError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if not failures:
                log.warning("job.failed", job=job.name, error=type(error).__name__)
            pause = max(job.every_s, min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**failures))
            failures += 1
        await _wait(stopping, pause)


async def _wait(stopping: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until told to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return


async def work(settings: Settings, stopping: asyncio.Event, jobs: tuple[Job, ...] = JOBS) -> None:
    """Do all jobs side by side until told to stop. Raises KeysError or EmbeddedError when it cannot begin."""
    loaded = keys.load(settings.secrets_dir)
    database = Database(
        database_url(settings),
        size=CONNECTIONS,
        statement_timeout_ms=settings.statement_timeout_ms,
        backdating_days=settings.backdating_days,
        cursor_secret=loaded.cursor,  # events of the feed have the same ids wherever they are read
    )
    tools = Tools(settings, database, loaded)
    await database.open()
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(keep_doing(job, tools, stopping))
    finally:
        await database.close()


def database_url(settings: Settings) -> str:
    """How the worker reaches the database. Raises ValueError with a sentence when nobody told it."""
    if settings.database_worker_url is not None:
        return settings.database_worker_url.get_secret_value()
    if settings.database_url is not None:
        raise ValueError("set DATABASE_WORKER_URL: the worker has a database role of its own")
    return Embedded(settings.data, settings.postgres_major).dsn("worker")


async def _until_signalled(settings: Settings) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await work(settings, stopping)


def main(settings: Settings | None = None) -> int:
    """Work until SIGTERM or SIGINT; the exit code is 1 when it could not begin."""
    try:
        settings = settings or Settings()
        logs.configure(settings.log_format)
        asyncio.run(_until_signalled(settings))
    except (ValueError, KeysError, EmbeddedError) as error:
        sys.stderr.write(f"bmp: the worker cannot start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
