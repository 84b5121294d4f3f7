"""Jobs over HTTP: everybody follows, cancels and repeats their own."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.common import Listed, ReadQuery
from app.schemas.jobs import JobListed, JobOut, JobQuery
from app.services import jobs
from app.web.answers import answer_changed
from app.web.callers import AnyCaller
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import Language, Transaction
from app.web.route import HouseRoute
from app.web.watching import CONTENT, answer_watched

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=HouseRoute)

Job = Annotated[UUID, Path(description="The id of the job.")]


@router.get("", response_model=Listed[JobListed], responses=LIST_CONTENT)
async def list_jobs(
    request: Request, query: Annotated[JobQuery, Query()], _: AnyCaller, tx: Transaction, language: Language
) -> Response:
    """The caller's own jobs, the latest first. The deployment's administrator sees all, without what they are about."""
    return await answer_query(request, tx, jobs.LISTING, query, language)


@router.get("/{job}", response_model=JobOut, responses=problems(404))
async def get_job(
    request: Request,
    job: Job,
    query: Annotated[ReadQuery, Query()],
    _: AnyCaller,
    tx: Transaction,
    language: Language,
) -> Response:
    """One job: its state, how far it is, and its result or the problem that it ended with."""
    return await answer_read(request, tx, jobs.LISTING, str(job), query, language)


@router.post("/{job}/cancel", response_model=JobOut, responses=problems(404, 409))
async def cancel_job(job: Job, _: AnyCaller, tx: Transaction) -> Response:
    """Ask for the end of a job. One that is queued ends at once, a running one at its next step.

    What it has committed until then stays. It takes no `If-Match`: progress changes a job all the time.
    """
    return answer_changed((await jobs.cancel(tx, job)).body, None, personal=True)


@router.post("/{job}/retry", response_model=JobOut, responses=problems(404, 409))
async def retry_job(job: Job, _: AnyCaller, tx: Transaction) -> Response:
    """Try a job of one's own again that failed or is dead: it keeps what it has done and gets all its attempts anew."""
    return answer_changed((await jobs.retry(tx, job)).body, None, personal=True)


@router.get(
    "/{job}/events", responses=problems(404) | CONTENT, response_class=Response, openapi_extra={"x-stream": True}
)
async def get_events(request: Request, job: Job, _: AnyCaller) -> Response:
    """The job as server-sent events: `job` whenever something about it is new, the last when it has ended.

    The stream ends with an event `close` that says why: `ended` with the job, `token_expired`, or `reconnect` after it
    has been open for long. It needs no `Last-Event-ID`, because each event is the whole job as lists show it.
    """
    return await answer_watched(request, None, "job", jobs.watching(job))
