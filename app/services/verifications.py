"""Verification of event chains as a job: any number of items, a batch per transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from app.db import reading
from app.db.session import Statement, Tx
from app.services import audit, jobs
from app.services.chain import BrokenChain, Verified, verify_batch
from app.services.components import LISTING as COMPONENTS
from app.services.equipment import LISTING as ITEMS
from app.services.references import reference_to

if TYPE_CHECKING:
    from app.schemas.audit import VerificationIn
    from app.services.jobs_running import JobContext

KIND = "audit.verify"

_COUNT = Statement(
    "SELECT count(*) FROM items i WHERE (CAST(:component AS uuid) IS NULL OR i.component_id = :component) "
    "AND (CAST(:item AS uuid) IS NULL OR i.id = :item) AND i.component_id = ANY(CAST(:components AS uuid[]))"
)


async def start(tx: Tx, body: VerificationIn) -> reading.Reading:
    """Ask for a verification; the job."""
    component = await reference_to(tx, COMPONENTS, body.component, "/component")
    item = await reference_to(tx, ITEMS, body.item, "/item")
    args = {
        "component": str(component) if component else None,
        "item": str(item) if item else None,
        "checkpoint": body.checkpoint,
    }
    job_id = await jobs.enqueue(tx, KIND, args, unique_key=":".join(str(value) for value in args.values()))
    return await jobs.get(tx, job_id)


async def run(job: JobContext) -> None:
    """Verify what the requester sees, from where an earlier attempt came to."""
    component, item = _id(job.args["component"]), _id(job.args["item"])
    report = _noted(job.memo)
    async with job.transaction() as tx:
        components = list(tx.caller.see) if tx.caller else []
        total = await tx.value(_COUNT, component=component, item=item, components=components)
    while not report.complete:
        async with job.transaction() as tx:
            await verify_batch(tx, report, component_id=component, item_id=item)
            await job.note(tx, asdict(report))
        await job.progress(report.items, max(total, report.items), "chains")
    async with job.conclusion() as tx:
        compared = None
        if job.args["checkpoint"]:
            compared = await audit.compare_with_checkpoint(tx, job.keys, job.settings.data)
        job.result = audit.told(report, compared).model_dump(mode="json")


def _id(value: str | None) -> UUID | None:
    return UUID(value) if value else None


def _noted(memo: Mapping[str, Any] | None) -> Verified:
    if memo is None:
        return Verified()
    problems = [BrokenChain(**{**each, "item_id": UUID(each["item_id"])}) for each in memo["problems"]]
    return Verified(**{**memo, "problems": problems, "after": _id(memo["after"])})
