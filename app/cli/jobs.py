"""`bmp jobs`: what is in the queue, what died in it, and what to do about that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import asyncpg
import orjson
import typer

from app.cli.options import AsJson, Data, say
from app.cli.reach import fail, owner_url, read_settings
from app.domain.jobs import RETRIED, UNDER_WAY, JobState

T = TypeVar("T")

jobs = typer.Typer(name="jobs", help="Background jobs: look, cancel, try dead ones again.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(metavar="JOB", help="Id of a job.")]

_COLUMNS = (
    "j.id, j.kind, j.state, j.attempts, j.max_attempts, j.done, j.total, j.phase, j.worker, j.problem, "
    "j.cancel_requested, j.created_at, j.run_after, j.lease_until, j.finished_at"
)
_LIST = (
    f"SELECT {_COLUMNS} FROM jobs j WHERE ($1::text IS NULL OR j.state = $1) AND ($2::text IS NULL OR j.kind = $2) "
    "ORDER BY j.created_at DESC, j.id DESC LIMIT $3"
)
_IN_ITS_PLACE = (
    "SELECT l.id FROM jobs j JOIN jobs l ON l.kind = j.kind AND l.unique_key = j.unique_key "
    "AND l.requester_id IS NOT DISTINCT FROM j.requester_id AND l.state IN ('queued', 'running') WHERE j.id = $1"
)
_SHOW = f"SELECT {_COLUMNS} FROM jobs j WHERE j.id = $1"


def _as_owner(data: Any, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    async def run(url: str) -> T:
        connection = await asyncpg.connect(url)
        try:
            await connection.set_type_codec("jsonb", encoder=str, decoder=orjson.loads, schema="pg_catalog")
            return await work(connection)
        finally:
            await connection.close()

    with owner_url(read_settings(data=data)) as url:
        return asyncio.run(run(url))


@jobs.command("list")
def list_command(
    *,
    state: Annotated[
        JobState | None, typer.Option(help="Only jobs in this state; `dead` are the dead letters.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Only jobs of this kind.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many, the latest first.")] = 50,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Jobs, the latest first; without what they are about."""
    found = _as_owner(data, lambda connection: connection.fetch(_LIST, state, kind, limit))
    items = [dict(row) for row in found]
    say({"items": items}, "\n".join(map(_line, items)) or "There are no such jobs", as_json)


@jobs.command("show")
def show_command(job: Which, *, data: Data = None, as_json: AsJson = False) -> None:
    """One job, with the problem of its last attempt."""
    ident = _id(job)
    row = _as_owner(data, lambda connection: connection.fetchrow(_SHOW, ident))
    if row is None:
        raise fail(f"there is no job {job}")
    facts = dict(row)
    told = "\n".join(f"{name}: {value}" for name, value in facts.items() if value is not None)
    say(facts, told, as_json)


@jobs.command("retry")
def retry_command(job: Which, *, data: Data = None, as_json: AsJson = False) -> None:
    """Try a job again that failed or is dead, with the rights that its requester has then."""
    before = _as_owner(data, lambda c: c.fetchval("SELECT app.retry_any_job($1)", _id(job)))
    if before is None:
        raise fail(f"there is no job {job}")
    if before == UNDER_WAY:
        live = _as_owner(data, lambda c: c.fetchval(_IN_ITS_PLACE, _id(job)))
        raise fail(f"job {live or 'of the same key'} is doing the same: wait for it or cancel it")
    if before not in RETRIED:
        raise fail(f"job {job} is {before}: only a job that failed or is dead can be tried again")
    say({"id": job, "was": before, "state": "queued"}, f"Job {job} is in the queue again", as_json)


@jobs.command("cancel")
def cancel_command(job: Which, *, data: Data = None, as_json: AsJson = False) -> None:
    """Ask for the end of a job. One that is queued ends at once, a running one at its next step."""
    outcome = _as_owner(data, lambda c: c.fetchval("SELECT app.cancel_any_job($1)", _id(job)))
    if outcome is None:
        raise fail(f"there is no job {job}")
    if outcome not in {"cancelled", "requested"}:
        raise fail(f"job {job} has ended already: it is {outcome}")
    told = "is cancelled" if outcome == "cancelled" else "will end at its next step"
    say({"id": job, "outcome": outcome}, f"Job {job} {told}", as_json)


def _id(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise fail("a job is named by its id") from None


def _line(job: dict[str, Any]) -> str:
    phase = f" {job['phase']}" if job["phase"] and job["state"] in {"queued", "running"} else ""
    progress = phase + (f" {job['done']}/{job['total']}" if job["total"] else "")
    problem = f"  {job['problem']['code']}: {job['problem']['detail']}" if job["problem"] else ""
    tried = f"attempt {job['attempts']} of {job['max_attempts']}"
    return f"{job['id']}  {job['state']:<9} {job['kind']}{progress}  {tried}{problem}"
