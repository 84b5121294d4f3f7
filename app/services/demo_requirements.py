"""What the guards of the demo's handovers and completions ask for: granted with evidence, or waived by a second person.

Every enforced kind has its rows: undertakings and yearly due diligence of each unit, export checks and EU visibility
of each protocol; the tests of items come with their certificates. One unit is suspended.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from app.db.session import Statement, Tx
from app.domain.requirements import RequirementKind
from app.schemas.common import Days
from app.schemas.requirements import RequirementIn, WaiveIn
from app.services import requirements
from app.services.demo_access import SAFEGUARDS
from app.services.demo_places import WORKSHOPS
from app.services.demo_plan import COMPONENTS, CONTROLLED, OLDEST_DAYS, SUSPENDED, UNITS, Batch
from app.services.demo_stage import Stage

Decision = Literal["granted", "refused", "requested"]
#: Of so many batches one has its visibility waived: a second person decides.
WAIVED_EVERY = 7
#: The suspended unit has been so for so many days, and an allegation was open until so many days ago.
SUSPENDED_DAYS, SETTLED_DAYS = 60, 20
_REQUESTED = Statement(
    "SELECT id, version FROM requirements WHERE document_id = :document_id AND decision = 'requested'"
)


async def of_units(stage: Stage) -> int:
    """What is known of each unit, recorded by the safeguards officer; how many decisions were added."""
    if await stage.owner.fetchval("SELECT EXISTS (SELECT 1 FROM requirements WHERE subject_unit_id IS NOT NULL)"):
        return 0
    bodies = [body for unit in (*UNITS.values(), *WORKSHOPS.values()) for body in _of_unit(stage.today, unit)]
    async with stage.acting(SAFEGUARDS) as tx:
        for body in bodies:
            await requirements.create(tx, body)
    return len(bodies)


def _of_unit(today: date, unit: str) -> Iterator[RequirementIn]:
    first = (today - timedelta(days=OLDEST_DAYS + 365)).year
    last = today.year - (1 if unit == SUSPENDED else 0)
    for year in range(first, last + 1):
        yield _about(unit, RequirementKind.DUE_DILIGENCE, date(year, 1, 1), date(year + 1, 1, 1))
    yield _about(unit, RequirementKind.END_USE_UNDERTAKING, date(first, 1, 1))
    if unit == SUSPENDED:
        since, settled = today - timedelta(days=SUSPENDED_DAYS), today - timedelta(days=SETTLED_DAYS)
        yield _about(unit, RequirementKind.NO_SUSPENSION, since, decision="refused")
        yield _about(unit, RequirementKind.NO_OPEN_ALLEGATION, since, settled, decision="refused")


def _about(
    unit: str, kind: RequirementKind, start: date, end: date | None = None, decision: Decision = "granted"
) -> RequirementIn:
    return RequirementIn(
        component=COMPONENTS[unit[3:5]],
        kind=kind,
        unit=unit,
        decision=decision,
        reference=f"SYN-{kind}-{unit}-{start.year}",
        valid=Days(start=start, end=end),
        note="Synthetic decision.",
    )


async def of_handover(tx: Tx, batch: Batch, document_id: UUID, on: date) -> None:
    """Export check and EU visibility of one protocol; of some, a waiver of the latter is asked for."""
    licence = CONTROLLED.get(batch.type_code, "not-controlled")
    asks: Decision = "requested" if batch.number % WAIVED_EVERY == 0 else "granted"
    for kind, decision, reference in (
        (RequirementKind.EXPORT_CHECK, "granted", f"SYN-EXPORT-{batch.number:03d}-{licence}"),
        (RequirementKind.EU_VISIBILITY, asks, f"SYN-VISIBILITY-{batch.number:03d}"),
    ):
        body = RequirementIn(
            kind=kind,
            document=str(document_id),
            decision=decision,
            reference=reference,
            valid=Days(start=on - timedelta(days=3)),
            note="Synthetic decision.",
        )
        await requirements.create(tx, body)


async def waive(stage: Stage, document_id: UUID) -> None:
    """Waive what was asked for about a protocol: by the safeguards officer, who did not ask."""
    async with stage.acting(SAFEGUARDS) as tx:
        for row in await tx.rows(_REQUESTED, document_id=document_id):
            await requirements.waive(tx, row["id"], row["version"], WaiveIn())
