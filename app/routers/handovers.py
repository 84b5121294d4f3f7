"""Handover protocols over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.domain.access import Scope
from app.problems import problems
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.documents import LARGE, ApproveIn, LineOut, LineQuery, ReasonIn
from app.schemas.handovers import (
    HandoverChange,
    HandoverDetail,
    HandoverIn,
    HandoverOut,
    HandoverQuery,
    MissingProofOut,
    MissingProofQuery,
)
from app.services import documents, documents_lines, handovers
from app.web.answers import answer_changed, answer_created, answer_one
from app.web.callers import EquipmentReader, HandoversApprover, HandoversWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/handovers", tags=["handovers"], route_class=HouseRoute)
Handover = Annotated[Ref, Path()]
#: The history is kept by table.
HISTORY = replace(handovers.LISTING, resource="documents")
_STEP = problems(404, 409, 412, 428)


@router.get("", response_model=Listed[HandoverOut], responses=LIST_CONTENT)
async def list_handovers(
    request: Request,
    query: Annotated[HandoverQuery, Query()],
    _: EquipmentReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Handover protocols of components that the caller may see, and those of the own agency."""
    return await answer_query(request, tx, handovers.LISTING, query, language)


@router.get("/missing-proofs", response_model=Listed[MissingProofOut], responses=LIST_CONTENT)
async def list_missing_proofs(
    request: Request,
    query: Annotated[MissingProofQuery, Query()],
    _: EquipmentReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Items above the programme's threshold that a unit has without a signed protocol held here.

    A programme cannot close while it lacks proofs of transfer.
    """
    return await answer_query(request, tx, handovers.MISSING_PROOFS, query, language)


@router.get("/{handover}", response_model=HandoverDetail, responses=problems(404))
async def get_handover(
    request: Request,
    handover: Handover,
    query: Annotated[ReadQuery, Query()],
    _: EquipmentReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One protocol by its id or reference, with its approvals and what it lacks; its lines are a list of their own.

    `missing` names the guards that would refuse each step now, and the enforced requirements with the items that lack
    them. Requirements may still arrive after submission, so only the approval that hands over is refused for them.
    """
    found = await handovers.get(tx, handover, query.asked(language))
    return answer_one(request, found.body, found.version)


@router.get("/{handover}/lines", response_model=Listed[LineOut], responses={**LIST_CONTENT, **problems(404)})
async def list_handover_lines(
    request: Request,
    handover: Handover,
    query: Annotated[LineQuery, Query()],
    _: EquipmentReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """The items on one protocol, with the versions that were read when it was submitted and those of now."""
    within = await documents.lines_of(tx, handovers.PAPER, handover)
    return await answer_query(request, tx, documents_lines.LISTING, query, language, within=within)


@router.post("", status_code=201, response_model=HandoverDetail, responses=problems(409), openapi_extra=LARGE)
async def create_handover(body: HandoverIn, _: HandoversWriter, tx: Transaction) -> Response:
    """Draw up a protocol for a unit that takes part in the component.

    Before it can be submitted it names signatories of both sides and holds the hash of the signed paper.
    """
    made = await handovers.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/handovers/{made.id}")


@router.patch("/{handover}", response_model=HandoverDetail, responses=_STEP, openapi_extra=LARGE)
async def change_handover(
    handover: Handover, body: HandoverChange, version: IfMatch, _: HandoversWriter, tx: Transaction
) -> Response:
    """Change what the JSON Merge Patch names, in a draft or a returned protocol. Lines are replaced whole."""
    changed = await handovers.change(tx, handover, version, body)
    return answer_changed(changed.body, changed.version)


@router.post("/{handover}/submit", response_model=HandoverDetail, responses=_STEP)
async def submit_handover(handover: Handover, version: IfMatch, _: HandoversWriter, tx: Transaction) -> Response:
    """Hand it in for approval. The versions of its items are kept as they are read now.

    409 `requirements_missing` names what is missing; `conflict` lists items at a stage from which it cannot take them.
    """
    changed = await documents.submit(tx, handovers.PAPER, handover, version)
    return answer_changed(changed.body, changed.version)


@router.post("/{handover}/revise", response_model=HandoverDetail, responses=_STEP)
async def revise_handover(handover: Handover, version: IfMatch, _: HandoversWriter, tx: Transaction) -> Response:
    """Take a returned protocol back into draft."""
    changed = await documents.revise(tx, handovers.PAPER, handover, version)
    return answer_changed(changed.body, changed.version)


@router.post("/{handover}/approve", response_model=HandoverDetail, responses=_STEP, openapi_extra=LARGE)
async def approve_handover(
    handover: Handover, body: ApproveIn, version: IfMatch, _: HandoversApprover, tx: Transaction
) -> Response:
    """Approve it. The second approval hands the items over: title, custody and unit change.

    Neither approver prepared, changed or submitted it, and the two differ (403 `separation_of_duties`) and are
    independent of one another (409 `second_person_not_independent`). What the
    programme's enforced requirements lack is 409 and named; so is a line that changed since it was read.
    """
    changed = await documents.approve(tx, handovers.PAPER, handover, version, body)
    return answer_changed(changed.body, changed.version)


@router.post("/{handover}/return", response_model=HandoverDetail, responses=_STEP)
async def return_handover(
    handover: Handover, body: ReasonIn, version: IfMatch, _: HandoversApprover, tx: Transaction
) -> Response:
    """Send it back to who prepared it, with the reason. Approvals given so far count no more."""
    changed = await documents.send_back(tx, handovers.PAPER, handover, version, body.reason)
    return answer_changed(changed.body, changed.version)


@router.post("/{handover}/annul", response_model=HandoverDetail, responses=_STEP)
async def annul_handover(
    handover: Handover, body: ReasonIn, version: IfMatch, _: HandoversApprover, tx: Transaction
) -> Response:
    """Undo an approved protocol, by somebody who did not approve it.

    Its items go back by correcting events. 409 names what happened since and depends on it; nothing is undone then.
    """
    changed = await documents.annul(tx, handovers.PAPER, handover, version, body.reason)
    return answer_changed(changed.body, changed.version)


offer_history(router, HISTORY, Scope.EQUIPMENT_READ)
