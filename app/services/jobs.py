"""The job queue as its callers see it (API 14): enqueue, list, cancel, retry. Working on jobs is `jobs_running.py`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.db import reading, writing
from app.db.columns import instant, plain, structure, truth
from app.db.listing import Listing, equals, span
from app.db.session import Statement, Tx
from app.domain.asked import Asked
from app.domain.errors import Conflict, Forbidden, NotFound, Unauthorised
from app.domain.jobs import FINAL, MAX_ATTEMPTS, RETRIED, UNDER_WAY, JobState

LISTING = Listing(
    resource="jobs",
    table="jobs",
    columns=(
        plain("id"),
        plain("kind"),
        plain("state"),
        plain("requester_id"),
        structure("progress", "json_build_object('done', t.done, 'total', t.total, 'phase', t.phase)"),
        plain("attempts"),
        plain("max_attempts"),
        truth("cancel_requested"),
        structure("problem"),
        instant("run_after"),
        instant("created_at"),
        instant("started_at"),
        instant("finished_at"),
        structure("args", "d.args", join="LEFT JOIN job_details d ON d.job_id = t.id", detail=True),
        structure("result", "d.result", join="LEFT JOIN job_details d ON d.job_id = t.id", detail=True),
    ),
    filters={
        "kind": equals("t.kind"),
        "state": equals("t.state"),
        "requester_id": equals("t.requester_id", indexed=True),
        **span("t.created_at"),
    },
    reference=None,
    versioned=False,
    personal=True,
)

_ADD = Statement(
    "INSERT INTO jobs (id, kind, requester_id, person_id, organisation_id, scopes, max_attempts, run_after, "
    "unique_key, lanes) VALUES (:id, :kind, :requester_id, :person_id, :organisation_id, :scopes, :max_attempts, "
    "coalesce(CAST(:run_after AS timestamptz), clock_timestamp()), :unique_key, :lanes) "
    "ON CONFLICT DO NOTHING RETURNING id"
)
_ADD_DETAIL = Statement(
    "INSERT INTO job_details (job_id, requester_id, args) VALUES (:job_id, :requester_id, CAST(:args AS jsonb))"
)
_UNDER_WAY = Statement(
    "SELECT id FROM jobs WHERE requester_id = :requester_id AND kind = :kind AND unique_key = :unique_key "
    "AND state IN ('queued', 'running')"
)
_CANCEL = Statement("SELECT app.cancel_job(:id)")
_RETRY = Statement("SELECT app.retry_job(:id)")
_IN_ITS_PLACE = Statement(
    "SELECT l.id FROM jobs j JOIN jobs l ON l.kind = j.kind AND l.unique_key = j.unique_key "
    "AND l.requester_id IS NOT DISTINCT FROM j.requester_id AND l.state IN ('queued', 'running') WHERE j.id = :id"
)


async def enqueue(
    tx: Tx,
    kind: str,
    args: Mapping[str, Any],
    *,
    unique_key: str | None = None,
    run_after: datetime | None = None,
    max_attempts: int = MAX_ATTEMPTS,
    lanes: Sequence[str] = (),
) -> UUID:
    """Ask for a job in the caller's own transaction: it is there when that commits, and never otherwise.

    It will act with the caller's rights of then, within the scopes of now. With a `unique_key`, the caller's job of the
    same kind and key that is under way already is answered instead of a second one. Of jobs that have one of their
    `lanes` in common one runs at a time; the others wait in the queue.
    """
    caller = tx.caller
    if caller is None:
        raise Unauthorised
    values = {
        "kind": kind,
        "requester_id": caller.id,
        "person_id": caller.person_id,
        "organisation_id": caller.organisation_id,
        "scopes": sorted(caller.scopes),
        "max_attempts": max_attempts,
        "run_after": run_after,
        "unique_key": unique_key,
        "lanes": list(lanes),
    }
    while True:
        made: UUID | None = await tx.value(_ADD, id=writing.new_id(), **values)
        if made is not None:
            await tx.run(_ADD_DETAIL, job_id=made, requester_id=caller.id, args=dict(args))
            return made
        under_way: UUID | None = await tx.value(
            _UNDER_WAY, requester_id=caller.id, kind=kind, unique_key=unique_key
        )  # fmt: skip
        if under_way is not None:  # else it has ended in between, and its key is free again
            return under_way


async def get(tx: Tx, job_id: UUID) -> reading.Reading:
    """One job; NotFound unless it is the caller's, or the caller administers the deployment."""
    return await reading.one(tx, LISTING, job_id)


async def cancel(tx: Tx, job_id: UUID) -> reading.Reading:
    """Ask for the end of a job. One that is queued ends at once, a running one at its next step."""
    state = await tx.value(_CANCEL, id=job_id)
    if state is None:
        raise NotFound
    if state in FINAL - {JobState.CANCELLED}:
        raise Conflict("The job has ended already.", state=state)
    return await get(tx, job_id)


async def retry(tx: Tx, job_id: UUID) -> reading.Reading:
    """Put a job that failed or died back into the queue, with all its attempts; it goes on behind what it has done.

    It acts with its requester's rights, so nobody else may ask for it again, but whoever runs the deployment.
    """
    state = await tx.value(_RETRY, id=job_id)
    if state is None:
        await get(tx, job_id)
        raise Forbidden("Only who asked for a job may ask for it again; whoever runs the service has `bmp jobs retry`.")
    if state == UNDER_WAY:
        raise await _under_way(tx, job_id)
    if state not in RETRIED:
        raise Conflict("Only a job that failed or died can be tried again.", state=state)
    return await get(tx, job_id)


async def _under_way(tx: Tx, job_id: UUID) -> Conflict:
    """Why a job cannot be tried again: the same was asked for anew, and that job lives. Named if it still does."""
    live: UUID | None = await tx.value(_IN_ITS_PLACE, id=job_id)
    if live is None:
        return Conflict("Another job was doing the same just now; ask again.")
    return Conflict(
        f"Job {live} is doing the same: wait for it or cancel it, then ask again if this is still needed.",
        job=str(live),
    )


@dataclass(frozen=True, slots=True)
class Watched:
    """A job as it is now, and whether it has ended."""

    data: bytes
    last: bool


def watching(job_id: UUID) -> Callable[[Tx], Awaitable[Watched]]:
    """Looks at one job, as lists show it."""
    shown = Asked(fields=tuple(column.name for column in LISTING.columns if not column.detail))

    async def look(tx: Tx) -> Watched:
        body = (await reading.one(tx, LISTING, job_id, shown)).body
        return Watched(body, last=orjson.loads(body)["state"] in FINAL)

    return look
