"""Every kind of job that the worker knows, one line each; and what it asks of itself by schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.db import writing
from app.db.session import Statement, Tx
from app.domain.access import Scope
from app.services import imports_running, imports_store, upkeep, verifications, webhook_sending, webhooks
from app.services.imports_resources import IMPORTINGS, kind_of
from app.services.jobs_running import JobContext, Kind

HOUR_S, DAY_S = 3_600, 86_400


async def forget_jobs(job: JobContext) -> Mapping[str, Any]:
    """Forget jobs that ended more than `BMP_JOB_DAYS` ago."""
    gone, last = 0, upkeep.BATCH
    while last >= upkeep.BATCH:
        async with job.transaction() as tx:
            last = await upkeep.forget_jobs(tx, days=job.settings.job_days)
        gone += last
        await job.progress(gone)
    return {"forgotten": gone}


async def forget_deliveries(job: JobContext) -> Mapping[str, Any]:
    """Forget webhook deliveries that ended more than `BMP_WEBHOOK_DAYS` ago."""
    gone, last = 0, upkeep.BATCH
    while last >= upkeep.BATCH:
        async with job.transaction() as tx:
            last = await webhook_sending.forget(tx, days=job.settings.webhook_days, most=upkeep.BATCH)
        gone += last
        await job.progress(gone)
    return {"forgotten": gone}


async def forget_imports(job: JobContext) -> Mapping[str, Any]:
    """Forget imports whose time is over, then their files; and files whose row never came, or went without them."""
    gone = 0
    while True:
        async with job.transaction() as tx:
            expired = await upkeep.forget_expired_imports(tx)
        if not expired:
            break
        for each in expired:
            await imports_store.remove(job.settings, each)
        gone += len(expired)
        await job.progress(gone)
    return {"forgotten": gone, "left_behind": await _remove_left_behind(job)}


async def _remove_left_behind(job: JobContext) -> int:
    removed = 0
    async for ids in imports_store.left_behind(job.settings):
        async with job.transaction() as tx:
            kept = await upkeep.imports_kept(tx, ids)
        for each in set(ids) - kept:
            await imports_store.remove(job.settings, each)
        removed += len(set(ids) - kept)
    return removed


KINDS: dict[str, Kind] = {
    verifications.KIND: Kind(verifications.run, Scope.AUDIT_READ),
    webhooks.REPLAY: Kind(webhook_sending.replay),
    "jobs.forget": Kind(forget_jobs),
    "webhooks.forget": Kind(forget_deliveries),
    "imports.forget": Kind(forget_imports),
    **{
        kind_of(each.resource): Kind(partial(imports_running.run, importing=each), each.scope)
        for each in IMPORTINGS.values()
    },
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that the deployment asks for by itself every so often. It has no requester, so it sees no rows."""

    name: str
    kind: str
    every_s: int
    max_attempts: int = 3


SCHEDULES = (
    Schedule("forget-jobs", "jobs.forget", DAY_S),
    Schedule("forget-deliveries", "webhooks.forget", DAY_S),
    Schedule("forget-imports", "imports.forget", HOUR_S),
)

_START = Statement("SELECT app.start_scheduled(:name, :kind, :every_s, :max_attempts, :id)")


async def start_due(tx: Tx, schedules: tuple[Schedule, ...] = SCHEDULES) -> int:
    """Start what is due, whichever worker asks first; how many."""
    started = 0
    for each in schedules:
        started += await tx.value(
            _START,
            name=each.name,
            kind=each.kind,
            every_s=each.every_s,
            max_attempts=each.max_attempts,
            id=writing.new_id(),
        )
    return started
