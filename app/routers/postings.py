"""Postings over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.domain.access import Scope
from app.problems import problems
from app.schemas.common import Listed, ReadQuery
from app.schemas.postings import MoveIn, PostingChange, PostingIn, PostingOut, PostingQuery
from app.services import postings
from app.web.answers import answer_changed, answer_created
from app.web.callers import TraineesReader, TraineesWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/postings", tags=["postings"], route_class=HouseRoute)
Posting = Annotated[str, Path(min_length=1, max_length=200, description="The id of the posting.")]


@router.get("", response_model=Listed[PostingOut], responses=LIST_CONTENT)
async def list_postings(
    request: Request, query: Annotated[PostingQuery, Query()], _: TraineesReader, tx: Transaction, language: Language
) -> Response:
    """Who serves where, from when to when, as far as the caller may see the trainees."""
    return await answer_query(request, tx, postings.LISTING, query, language)


@router.get("/{posting}", response_model=PostingOut, responses=problems(404))
async def get_posting(
    request: Request,
    posting: Posting,
    query: Annotated[ReadQuery, Query()],
    _: TraineesReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One posting."""
    return await answer_read(request, tx, postings.LISTING, posting, query, language)


@router.post("", status_code=201, response_model=PostingOut, responses=problems(409))
async def create_posting(body: PostingIn, _: TraineesWriter, tx: Transaction) -> Response:
    """Post a trainee to a unit, and maybe to a site of it. Postings of one person never overlap."""
    made = await postings.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/postings/{made.id}", personal=True)


@router.patch("/{posting}", response_model=PostingOut, responses=problems(404, 409, 412, 428))
async def change_posting(
    posting: Posting, body: PostingChange, version: IfMatch, _: TraineesWriter, tx: Transaction
) -> Response:
    """Change site or period, for instance to end it."""
    changed = await postings.change(tx, posting, version, body)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post("/{posting}/move", status_code=201, response_model=PostingOut, responses=problems(404, 409, 412, 428))
async def move_posting(
    posting: Posting, body: MoveIn, version: IfMatch, _: TraineesWriter, tx: Transaction
) -> Response:
    """End this posting on a day, and begin another one on it; the answer is the new one."""
    made = await postings.move(tx, posting, version, body)
    return answer_created(made.body, made.version, f"/api/v1/postings/{made.id}", personal=True)


offer_history(router, postings.LISTING, Scope.TRAINEES_READ)
