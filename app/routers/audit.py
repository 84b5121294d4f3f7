"""The audit trail over HTTP: for auditors, who read everything in scope and change nothing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.schemas.audit import CheckpointOut, CheckpointQuery, PublicKeyOut, VerificationIn, VerifiedOut, VerifyIn
from app.schemas.common import Listed
from app.schemas.jobs import JobOut
from app.security.seals import fingerprint, public_pem
from app.services import audit, verifications
from app.web.answers import answer_accepted, answer_computed, answer_json
from app.web.callers import AuditReader
from app.web.lists import LIST_CONTENT, answer_query
from app.web.params import Configuration, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/audit", tags=["audit"], route_class=HouseRoute)


@router.get("/checkpoints", response_model=Listed[CheckpointOut], responses=LIST_CONTENT)
async def list_checkpoints(
    request: Request, query: Annotated[CheckpointQuery, Query()], _: AuditReader, tx: Transaction, language: Language
) -> Response:
    """Signed checkpoints over all event chains, the latest first."""
    return await answer_query(request, tx, audit.LISTING, query, language)


@router.get("/public-key", response_model=PublicKeyOut)
async def get_public_key(request: Request, _: AuditReader) -> Response:
    """The public half of the key that signs checkpoints. Keep it: lines can then be checked without this service."""
    keys = request.app.state.keys
    mark = fingerprint(keys.chain.public_key())
    return answer_computed(request, PublicKeyOut(algorithm="Ed25519", fingerprint=mark, pem=public_pem(keys)))


@router.post("/verify", response_model=VerifiedOut)
async def verify_chains(
    request: Request, body: VerifyIn, _: AuditReader, tx: Transaction, configuration: Configuration
) -> Response:
    """Verify the event chains in sight, hash by hash; with `checkpoint` also against what was signed.

    A chain that does not hold is a finding, not an error: the answer is 200 and names it.
    """
    found = await audit.verify(tx, body, request.app.state.keys, configuration.data)
    return answer_json(found)


@router.post("/verifications", status_code=202, response_model=JobOut)
async def start_verification(body: VerificationIn, _: AuditReader, tx: Transaction) -> Response:
    """Verify any number of event chains in the background: a job, whose `result` is what `POST /audit/verify` answers.

    The same verification that the caller has under way already is answered again instead of a second one.
    """
    job = await verifications.start(tx, body)
    return answer_accepted(job.body, f"/api/v1/jobs/{job.id}")
