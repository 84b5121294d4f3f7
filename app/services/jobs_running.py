"""Working on jobs: claim, lease, rights, progress, the end (API 14, ADR 15). For the worker's own database role.

Whatever a job writes is written in a transaction that holds the job; its effect and its success are one COMMIT. So a
job whose worker is killed, or paused until another took over, has its effect once.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import structlog

from app.db.session import RETRYABLE, Database, Statement, Tx
from app.domain.access import Caller
from app.domain.errors import DomainError, Forbidden, Unauthorised, Unavailable
from app.domain.jobs import JobState, pause_after
from app.security.keys import Keys
from app.services import rights
from app.settings import Settings

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

#: Seconds for which a job is its worker's without a sign of life.
LEASE_S = 30
#: Seconds between two reports of progress.
REPORT_S = 0.5

log: FilteringBoundLogger = structlog.get_logger(__name__)

_CLAIM = Statement("SELECT app.claim_job(:worker, :lease, :known)")
_HOLD = Statement("SELECT app.hold_job(:id, :claim)")
_BEAT = Statement("SELECT app.beat_job(:id, :claim, :lease, :done, :total, :phase)")
_NOTE = Statement("SELECT app.note_job(:id, :claim, CAST(:memo AS jsonb))")
_END = Statement(
    "SELECT app.end_job(:id, :claim, :state, CAST(:result AS jsonb), CAST(:problem AS jsonb), :wait, :counts, "
    ":done, :total, :phase)"
)
_WAITING = Statement("SELECT app.jobs_waiting()")

#: What may be gone at the next attempt, without anybody changing anything.
_TRANSIENT = (*RETRYABLE, Unavailable, OSError, asyncpg.InterfaceError, asyncpg.PostgresError)


class RequesterNotAllowed(Forbidden):
    """Whoever asked for this job may no longer do what it does: an account was closed, or a right taken away."""

    code = "requester_not_allowed"
    title = "Whoever asked for this may no longer do it"


class WorkerLost(Unavailable):
    """Workers were lost while they worked on this job, as often as it may be tried."""

    code = "worker_lost"
    title = "The work was interrupted too often"


class _Stop(Exception):
    """The attempt ends here for a reason that is no failure."""


class _Cancelled(_Stop):
    """Somebody asked for the end of the job."""


class _Stopping(_Stop):
    """The worker ends; the job goes on elsewhere."""


class _Lost(_Stop):
    """Another worker has the job."""


class _RightsChanged(Unavailable):
    """The requester's rights became other ones while a transaction ran: it is tried again with those of now."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the worker does for jobs of one kind, and the scope that whoever asks for one has to have."""

    run: Callable[[JobContext], Awaitable[Mapping[str, Any] | None]]
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What working on jobs takes. `describe` makes a problem of an error; a job's own id is its `instance`."""

    settings: Settings
    keys: Keys
    #: Transactions of jobs; statements in it may take long.
    database: Database
    #: Signs of life and ends of attempts, beside those transactions.
    aside: Database
    kinds: Mapping[str, Kind]
    worker: str
    describe: Callable[[Exception, str], dict[str, Any]]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    lease_s: int = LEASE_S
    report_s: float = REPORT_S


class JobContext:
    """One attempt at one job, as the function of its kind sees it."""

    def __init__(self, desk: Desk, claimed: Mapping[str, Any]) -> None:
        self.id = UUID(claimed["id"])
        self.kind: str = claimed["kind"]
        self.args: Mapping[str, Any] = claimed["args"]
        #: What an earlier attempt noted; None at first.
        self.memo: Mapping[str, Any] | None = claimed["memo"]
        self.attempt: int = claimed["attempts"]
        self.exhausted: bool = claimed["attempts"] > claimed["max_attempts"]
        self.last: bool = claimed["attempts"] >= claimed["max_attempts"]
        self.settings, self.keys, self.database = desk.settings, desk.keys, desk.database
        #: What `GET /jobs/{id}` will answer; set before the end of `conclusion`.
        self.result: Mapping[str, Any] | None = None
        self.concluded = False
        self.cancelled: bool = claimed["cancel_requested"]
        self._claim: int = claimed["claims"]
        self._requester = UUID(claimed["requester_id"]) if claimed["requester_id"] else None
        self._scopes = frozenset(claimed["scopes"])
        self._desk = desk
        self._told: tuple[int | None, int | None, str | None] = (None, None, None)
        self._told_at = 0.0

    def check(self) -> None:
        """Go on only if nobody asked for the end, of the job or of the worker. Called between batches."""
        if self.cancelled:
            raise _Cancelled
        if self._desk.stopping.is_set():
            raise _Stopping

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """A transaction with the requester's rights as they are now, within those of the time of the request.

        They are read again before it commits. Nothing is committed once another worker has the job.
        """
        self.check()
        caller = await self._caller(None)
        async with self._desk.database.transaction(caller) as tx:
            await self._hold(tx)
            yield tx
            now = await self._caller(tx)
            if (now and now.preamble) != (caller and caller.preamble):
                raise _RightsChanged

    async def _hold(self, tx: Tx) -> None:
        """The job stays this worker's until the transaction ends, and nobody has asked for its end."""
        cancel = await tx.value(_HOLD, id=self.id, claim=self._claim)
        if cancel is None:
            raise _Lost
        self.cancelled = self.cancelled or bool(cancel)
        self.check()

    @asynccontextmanager
    async def conclusion(self) -> AsyncIterator[Tx]:
        """The last transaction: the job's effect and its success, or neither."""
        async with self.transaction() as tx:
            yield tx
            if not await self._end(tx, JobState.SUCCEEDED, result=self.result):
                raise _Lost
        self.concluded = True

    async def note(self, tx: Tx, memo: Mapping[str, Any]) -> None:
        """Keep how far the job came, in the transaction that brought it there. A later attempt finds it in `memo`."""
        self.memo = memo
        await tx.run(_NOTE, id=self.id, claim=self._claim, memo=dict(memo))

    async def progress(self, done: int, total: int | None = None, phase: str | None = None) -> None:
        """Tell how far it is, in a transaction of its own and a few times a second at most; then `check`.

        What was told last is kept at the end of the attempt; of a job that succeeded it is all there was to do.
        """
        news = phase != self._told[2]
        self._told = (done, total, phase)
        if news or time.monotonic() - self._told_at >= self._desk.report_s:
            self._told_at = time.monotonic()
            await self.beat()
        self.check()

    async def beat(self) -> None:
        """A sign of life, with what was told last."""
        done, total, phase = self._told
        async with self._desk.aside.transaction() as tx:
            cancel = await tx.value(
                _BEAT,
                id=self.id, claim=self._claim, lease=self._desk.lease_s, done=done, total=total, phase=phase,
            )  # fmt: skip
        if cancel is None:
            raise _Lost
        self.cancelled = self.cancelled or bool(cancel)

    async def end(
        self, state: JobState, problem: dict[str, Any] | None = None, *, wait: float = 0.0, counts: bool = True
    ) -> None:
        """Say how the attempt ended, where that is no part of its own transaction."""
        async with self._desk.aside.transaction() as tx:
            await self._end(tx, state, problem=problem, wait=wait, counts=counts)

    async def _end(
        self,
        tx: Tx,
        state: JobState,
        *,
        result: Mapping[str, Any] | None = None,
        problem: dict[str, Any] | None = None,
        wait: float = 0.0,
        counts: bool = True,
    ) -> bool:
        """With what was told last, which `progress` may have kept back."""
        done, total, phase = self._told
        return bool(
            await tx.value(
                _END,
                id=self.id,
                claim=self._claim,
                state=state.value,
                result=None if result is None else dict(result),
                problem=problem,
                wait=wait,
                counts=counts,
                done=done,
                total=total,
                phase=phase,
            )
        )

    async def _caller(self, tx: Tx | None) -> Caller | None:
        """The requester with what they may do now; RequesterNotAllowed when that is no longer what the job needs."""
        if self._requester is None:
            return None
        try:
            if tx is not None:
                caller = await rights.of_principal(tx, self._requester)
            else:
                async with self._desk.aside.transaction() as aside:
                    caller = await rights.of_principal(aside, self._requester)
        except Unauthorised:
            raise RequesterNotAllowed from None
        scope = self._desk.kinds[self.kind].scope
        caller = rights.narrowed(caller, self._scopes)
        if scope is None:
            return caller
        if not caller.may(scope):
            raise RequesterNotAllowed
        return caller.within(scope)


async def run_one(desk: Desk) -> bool:
    """Claim the next job and work on it until the attempt ends; False when there is none."""
    async with desk.aside.transaction() as tx:
        claimed = await tx.value(_CLAIM, worker=desk.worker, lease=desk.lease_s, known=sorted(desk.kinds))
    if claimed is None:
        return False
    job = JobContext(desk, claimed)
    attempt = asyncio.create_task(_attempt(desk, job))
    beating = asyncio.create_task(_keep_lease(desk, job, attempt))
    try:
        await asyncio.wait([attempt])
    finally:
        for task in (attempt, beating):
            task.cancel()
        await asyncio.gather(attempt, beating, return_exceptions=True)
    if not attempt.cancelled() and (error := attempt.exception()) is not None:
        # Not even the end could be said: the lease runs out, and the job is taken over.
        log.warning("job.unfinished", kind=job.kind, job=str(job.id), error=type(error).__name__)
    return True


async def _keep_lease(desk: Desk, job: JobContext, attempt: asyncio.Task[None]) -> None:
    """Signs of life until the attempt ends; it is cut short when the job has become somebody else's."""
    while True:
        await asyncio.sleep(desk.lease_s / 3)
        try:
            await job.beat()
        except _Lost:
            attempt.cancel()
            return
        except _TRANSIENT as error:
            log.warning("job.no_sign_of_life", job=str(job.id), error=type(error).__name__)


async def _attempt(desk: Desk, job: JobContext) -> None:
    """Run the function of the kind, and say how it ended."""
    began = datetime.now(UTC)
    try:
        await _work(desk, job)
    except _Lost:
        log.warning("job.lost", kind=job.kind, job=str(job.id))
    except _Cancelled:
        await job.end(JobState.CANCELLED)
    except _Stopping:
        await job.end(JobState.QUEUED, counts=False)
    except Exception as error:  # noqa: BLE001  whatever it was, it is told as the job's problem
        await _failed(desk, job, error)
    else:
        seconds = (datetime.now(UTC) - began).total_seconds()
        log.debug("job.succeeded", kind=job.kind, job=str(job.id), attempt=job.attempt, seconds=round(seconds, 3))


async def _work(desk: Desk, job: JobContext) -> None:
    if job.exhausted:
        raise WorkerLost
    job.check()
    result = await desk.kinds[job.kind].run(job)
    if not job.concluded:
        async with job.conclusion():
            job.result = result


async def _failed(desk: Desk, job: JobContext, error: Exception) -> None:
    """What cannot be carried out has failed; what might work later is tried again, with growing pauses, then dead."""
    problem = desk.describe(error, str(job.id))
    final = isinstance(error, DomainError) and not isinstance(error, _TRANSIENT)
    told = log.info if final else log.warning
    told("job.failed", kind=job.kind, job=str(job.id), attempt=job.attempt, error=type(error).__name__)
    if final:
        await job.end(JobState.FAILED, problem)
    elif job.last or job.exhausted:
        await job.end(JobState.DEAD, problem, counts=not job.exhausted)
    else:
        wait = pause_after(job.attempt, random.random())  # noqa: S311  jitter, not a secret
        await job.end(JobState.QUEUED, problem, wait=wait)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long the queue is: jobs queued and running, and the seconds that the oldest that is due has waited."""

    queued: int
    running: int
    seconds: float


async def waiting(tx: Tx) -> Waiting:
    """How long the queue is."""
    found = await tx.value(_WAITING)
    return Waiting(int(found["queued"]), int(found["running"]), max(0.0, float(found["seconds"])))
