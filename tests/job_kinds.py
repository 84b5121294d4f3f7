"""Kinds of jobs for tests, and a worker that knows them: `python -m tests.job_kinds`.

A job that is told to waits at a gate: an advisory lock that the test holds, so that nothing depends on time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.db.session import Statement, Tx
from app.domain.access import Scope
from app.domain.errors import Rejected
from app.services.jobs_running import JobContext, Kind
from app.settings import Settings
from app.web import logs
from app.worker import until_signalled

GATE = 20_261_124

_RENAME = Statement("UPDATE sites SET name_en = :name, version = version + 1 WHERE id = :id")
_PASS = Statement("SELECT pg_advisory_xact_lock(:gate)")


async def rename(tx: Tx, job: JobContext, name: str) -> None:
    """An effect that can be counted: the version of a site."""
    await tx.run(_RENAME, id=UUID(job.args["site"]), name=name)


async def pass_gate(tx: Tx, job: JobContext) -> None:
    """Wait for the test, if the job is told to."""
    if job.args.get("gate"):
        await tx.run(_PASS, gate=GATE)


async def rename_once(job: JobContext) -> None:
    """One effect, in the transaction that ends the job."""
    async with job.conclusion() as tx:
        await rename(tx, job, f"attempt {job.attempt}")
        await pass_gate(tx, job)
        job.result = {"attempt": job.attempt}


async def rename_in_steps(job: JobContext) -> Mapping[str, Any]:
    """One effect per step, each noted with it; the gate is before the second half."""
    steps = int(job.args["steps"])
    done = job.memo["done"] if job.memo else 0
    for step in range(done, steps):
        await job.progress(step, steps, "steps")
        async with job.transaction() as tx:
            if step == steps // 2:
                await pass_gate(tx, job)
            await rename(tx, job, f"step {step}")
            await job.note(tx, {"done": step + 1})
    return {"from": done, "to": steps}


async def fail(job: JobContext) -> None:
    """As something that may work later."""
    raise OSError("no luck")


async def reject(job: JobContext) -> None:
    """As something that nobody can carry out."""
    raise Rejected.at("/rows/3", "unknown_reference", "There is no such thing.")


async def stumble(job: JobContext) -> None:
    """A mistake of ours, with something in it that nobody may read."""
    raise ZeroDivisionError("the name of a person")


KINDS: dict[str, Kind] = {
    "test.rename": Kind(rename_once, Scope.REGISTER_WRITE),
    "test.steps": Kind(rename_in_steps, Scope.REGISTER_WRITE),
    "test.fail": Kind(fail),
    "test.reject": Kind(reject),
    "test.stumble": Kind(stumble),
}


if __name__ == "__main__":
    logs.configure("text")
    asyncio.run(until_signalled(Settings(), KINDS))
