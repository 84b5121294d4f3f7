"""Acceptance certificates over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.domain.access import Scope
from app.problems import problems
from app.schemas.acceptances import AcceptanceChange, AcceptanceDetail, AcceptanceIn, AcceptanceOut, AcceptanceQuery
from app.schemas.common import Listed, ReadQuery, Ref
from app.schemas.documents import LARGE, ApproveIn, LineOut, LineQuery, ReasonIn
from app.services import acceptances, documents, documents_lines
from app.web.answers import answer_changed, answer_created
from app.web.callers import AcceptancesApprover, AcceptancesWriter, EquipmentReader
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/acceptances", tags=["acceptances"], route_class=HouseRoute)
Acceptance = Annotated[Ref, Path()]
#: The history is kept by table.
HISTORY = replace(acceptances.LISTING, resource="documents")
_STEP = problems(404, 409, 412, 428)


@router.get("", response_model=Listed[AcceptanceOut], responses=LIST_CONTENT)
async def list_acceptances(
    request: Request,
    query: Annotated[AcceptanceQuery, Query()],
    _: EquipmentReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Acceptance certificates of components that the caller may see."""
    return await answer_query(request, tx, acceptances.LISTING, query, language)


@router.get("/{acceptance}", response_model=AcceptanceDetail, responses=problems(404))
async def get_acceptance(
    request: Request,
    acceptance: Acceptance,
    query: Annotated[ReadQuery, Query()],
    _: EquipmentReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One certificate by its id or reference, with its approvals; its lines are a list of their own."""
    return await answer_read(request, tx, acceptances.LISTING, acceptance, query, language)


@router.get("/{acceptance}/lines", response_model=Listed[LineOut], responses={**LIST_CONTENT, **problems(404)})
async def list_acceptance_lines(
    request: Request,
    acceptance: Acceptance,
    query: Annotated[LineQuery, Query()],
    _: EquipmentReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """The items on one certificate, with the versions that were read when it was submitted and those of now."""
    within = await documents.lines_of(tx, acceptances.PAPER, acceptance)
    return await answer_query(request, tx, documents_lines.LISTING, query, language, within=within)


@router.post("", status_code=201, response_model=AcceptanceDetail, responses=problems(409), openapi_extra=LARGE)
async def create_acceptance(body: AcceptanceIn, _: AcceptancesWriter, tx: Transaction) -> Response:
    """Draw up a certificate: which items are accepted, which rejected and why.

    Only provisional kinds move the stage of items. Tests on the lines of accepted items meet the requirement
    `test_passed` once it is approved.
    """
    made = await acceptances.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/acceptances/{made.id}")


@router.patch("/{acceptance}", response_model=AcceptanceDetail, responses=_STEP, openapi_extra=LARGE)
async def change_acceptance(
    acceptance: Acceptance, body: AcceptanceChange, version: IfMatch, _: AcceptancesWriter, tx: Transaction
) -> Response:
    """Change what the JSON Merge Patch names, in a draft or a returned certificate. Lines are replaced whole."""
    changed = await acceptances.change(tx, acceptance, version, body)
    return answer_changed(changed.body, changed.version)


@router.post("/{acceptance}/submit", response_model=AcceptanceDetail, responses=_STEP)
async def submit_acceptance(
    acceptance: Acceptance, version: IfMatch, _: AcceptancesWriter, tx: Transaction
) -> Response:
    """Hand it in for approval. The versions of its items are kept as they are read now.

    409 `requirements_missing` names what is missing; `conflict` lists items at a stage from which it cannot take them.
    """
    changed = await documents.submit(tx, acceptances.PAPER, acceptance, version)
    return answer_changed(changed.body, changed.version)


@router.post("/{acceptance}/revise", response_model=AcceptanceDetail, responses=_STEP)
async def revise_acceptance(
    acceptance: Acceptance, version: IfMatch, _: AcceptancesWriter, tx: Transaction
) -> Response:
    """Take a returned certificate back into draft."""
    changed = await documents.revise(tx, acceptances.PAPER, acceptance, version)
    return answer_changed(changed.body, changed.version)


@router.post("/{acceptance}/approve", response_model=AcceptanceDetail, responses=_STEP, openapi_extra=LARGE)
async def approve_acceptance(
    acceptance: Acceptance, body: ApproveIn, version: IfMatch, _: AcceptancesApprover, tx: Transaction
) -> Response:
    """Approve it: items on a provisional certificate become accepted or rejected, and their warranty starts.

    The approver is another person than whoever prepared, changed or submitted it and whoever had a hand in recording
    the delivery (403 `separation_of_duties`), and independent of them (409 `second_person_not_independent`).
    A line that changed since it was read is 409 `lines_changed` and named.
    """
    changed = await documents.approve(tx, acceptances.PAPER, acceptance, version, body)
    return answer_changed(changed.body, changed.version)


@router.post("/{acceptance}/return", response_model=AcceptanceDetail, responses=_STEP)
async def return_acceptance(
    acceptance: Acceptance, body: ReasonIn, version: IfMatch, _: AcceptancesApprover, tx: Transaction
) -> Response:
    """Send it back to who prepared it, with the reason. Approvals given so far count no more."""
    changed = await documents.send_back(tx, acceptances.PAPER, acceptance, version, body.reason)
    return answer_changed(changed.body, changed.version)


@router.post("/{acceptance}/annul", response_model=AcceptanceDetail, responses=_STEP)
async def annul_acceptance(
    acceptance: Acceptance, body: ReasonIn, version: IfMatch, _: AcceptancesApprover, tx: Transaction
) -> Response:
    """Undo an approved certificate, by somebody who did not approve it.

    Its items go back by correcting events. 409 names what happened since and depends on it; nothing is undone then.
    """
    changed = await documents.annul(tx, acceptances.PAPER, acceptance, version, body.reason)
    return answer_changed(changed.body, changed.version)


offer_history(router, HISTORY, Scope.EQUIPMENT_READ)
