"""Trainees over HTTP. Names come in by POST and PATCH, and go out by `identity` and `search` only."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.domain.access import Scope
from app.problems import problems
from app.schemas.common import Listed, ReadQuery
from app.schemas.trainees import (
    FoundOut,
    IdentityIn,
    IdentityOut,
    MergeIn,
    SearchIn,
    TraineeChange,
    TraineeIn,
    TraineeOut,
    TraineeQuery,
)
from app.services import trainees, trainees_identity
from app.web.answers import answer_changed, answer_created, answer_json
from app.web.callers import TraineesEraser, TraineesIdentifier, TraineesNominator, TraineesReader, TraineesWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import Configuration, IfMatch, Language, Transaction, VaultKeys
from app.web.route import HouseRoute

router = APIRouter(prefix="/trainees", tags=["trainees"], route_class=HouseRoute)
Trainee = Annotated[str, Path(min_length=1, max_length=200, description="The trainee's pseudonym.")]
_IDENTITY = {"x-writes": True, "x-no-idempotency": True, "x-personal": True}
_PERSONAL = {"x-personal": True}


@router.get("", response_model=Listed[TraineeOut], responses=LIST_CONTENT)
async def list_trainees(
    request: Request, query: Annotated[TraineeQuery, Query()], _: TraineesReader, tx: Transaction, language: Language
) -> Response:
    """Trainees of agencies that the caller may see; pseudonyms, never names."""
    return await answer_query(request, tx, trainees.LISTING, query, language)


@router.get("/{trainee}", response_model=TraineeOut, responses=problems(404))
async def get_trainee(
    request: Request,
    trainee: Trainee,
    query: Annotated[ReadQuery, Query()],
    _: TraineesReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One trainee by pseudonym."""
    return await answer_read(request, tx, trainees.LISTING, trainee, query, language)


@router.post("", status_code=201, response_model=TraineeOut, responses=problems(404, 409), openapi_extra=_PERSONAL)
async def create_trainee(body: TraineeIn, _: TraineesNominator, tx: Transaction, keys: VaultKeys) -> Response:
    """Register a person by name. The name is sealed in the vault; the answer holds the pseudonym only.

    When somebody of that name is known in the same agency tree, the answer is 409 `possible_duplicate` and names the
    pseudonyms that the caller may see; `confirm_new` registers the person all the same.
    """
    made = await trainees.create(tx, keys, body)
    return answer_created(made.body, made.version, f"/api/v1/trainees/{made.id}", personal=True)


@router.patch("/{trainee}", response_model=TraineeOut, responses=problems(404, 409, 412, 428))
async def change_trainee(
    trainee: Trainee, body: TraineeChange, version: IfMatch, _: TraineesWriter, tx: Transaction, keys: VaultKeys
) -> Response:
    """Change what the JSON Merge Patch names; a new name or contact is sealed anew."""
    changed = await trainees.change(tx, keys, trainee, version, body)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post("/search", response_model=FoundOut, responses=problems(409), openapi_extra=_IDENTITY)
async def search_trainees(body: SearchIn, _: TraineesIdentifier, tx: Transaction, keys: VaultKeys) -> Response:
    """Find people by exact name (case, accents and spaces do not count). An identity read: it is logged."""
    return answer_json(await trainees_identity.search(tx, keys, body), personal=True)


@router.post("/{trainee}/identity", response_model=IdentityOut, responses=problems(404, 409), openapi_extra=_IDENTITY)
async def identify_trainee(
    trainee: Trainee, body: IdentityIn, _: TraineesIdentifier, tx: Transaction, keys: VaultKeys
) -> Response:
    """Who a pseudonym is. Who asked, when and for which purpose is kept, and read by auditors."""
    return answer_json(await trainees_identity.identify(tx, keys, trainee, body.purpose), personal=True)


@router.post("/{trainee}/merge", response_model=TraineeOut, responses=problems(404, 409, 412, 428))
async def merge_trainee(
    trainee: Trainee, body: MergeIn, version: IfMatch, _: TraineesWriter, tx: Transaction
) -> Response:
    """Two pseudonyms are one person: from now on figures count the other one. Reversible."""
    changed = await trainees.merge(tx, trainee, version, body.into)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post("/{trainee}/unmerge", response_model=TraineeOut, responses=problems(404, 409, 412, 428))
async def unmerge_trainee(trainee: Trainee, version: IfMatch, _: TraineesWriter, tx: Transaction) -> Response:
    """They were two people after all."""
    changed = await trainees.unmerge(tx, trainee, version)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post("/{trainee}/erase", response_model=TraineeOut, responses=problems(404, 409, 412, 428))
async def erase_trainee(
    trainee: Trainee, version: IfMatch, _: TraineesEraser, tx: Transaction, settings: Configuration
) -> Response:
    """Destroy what tells who this person is, and what was written about them in words. There is no way back.

    Counts, dates and outcomes of records and qualifications stay.
    A backup that was taken before brings the person back; a restore carries the erasure out again.
    """
    changed = await trainees.erase(tx, trainee, version, settings.data)
    return answer_changed(changed.body, changed.version, personal=True)


offer_history(router, trainees.LISTING, Scope.TRAINEES_READ)
