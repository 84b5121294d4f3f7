"""What the guards of the demo's handovers and completions ask for: granted with evidence, or waived by a second person.

Every enforced kind has its rows: undertakings and yearly due diligence of each unit, export checks and EU visibility
of each protocol; the tests of items come with their certificates. One unit is suspended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.db import writing
from app.db.session import Statement, Tx
from app.services.authority import caller_of
from app.services.demo_access import SAFEGUARDS
from app.services.demo_places import WORKSHOPS
from app.services.demo_plan import COMPONENTS, CONTROLLED, OLDEST_DAYS, SUSPENDED, UNITS, Batch
from app.services.demo_stage import Stage

#: Of so many batches one has its visibility waived: a second person decides.
WAIVED_EVERY = 7
_ADD = Statement(
    "INSERT INTO requirements (id, component_id, agency_id, kind, item_id, subject_unit_id, document_id, decision, "
    "reference, starts_on, ends_on, decided_by, decided_by_person, requested_by_person, file_sha256, note) "
    "SELECT r.id, r.component_id, r.agency_id, r.kind, r.item_id, r.subject_unit_id, r.document_id, r.decision, "
    "r.reference, r.starts_on, r.ends_on, :caller, :person, r.requested_by_person, r.file_sha256, 'Synthetic.' "
    "FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id uuid, component_id uuid, agency_id uuid, kind text, "
    "item_id uuid, subject_unit_id uuid, document_id uuid, decision text, reference text, starts_on date, "
    "ends_on date, requested_by_person uuid, file_sha256 text)"
)
_REQUESTED = Statement(
    "SELECT id, version, requested_by_person FROM requirements WHERE document_id = :document_id "
    "AND decision = 'requested'"
)


async def add(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Record decisions, with the hash of a synthetic evidence each."""
    caller = caller_of(tx)
    sent = [
        {
            "id": writing.new_id(),
            "file_sha256": sha256(f"synthetic evidence {row['reference']}".encode()).hexdigest(),
            **row,
        }
        for row in rows
    ]
    await tx.run(_ADD, rows=sent, caller=caller.id, person=caller.person_id)


async def of_units(stage: Stage) -> int:
    """What is known of each unit, recorded by the safeguards officer; how many decisions were added."""
    if await stage.owner.fetchval("SELECT EXISTS (SELECT 1 FROM requirements WHERE subject_unit_id IS NOT NULL)"):
        return 0
    rows = [row for unit in (*UNITS.values(), *WORKSHOPS.values()) for row in _of_unit(stage, unit)]
    async with stage.acting(SAFEGUARDS) as tx:
        await add(tx, rows)
    return len(rows)


def _of_unit(stage: Stage, unit: str) -> list[dict[str, Any]]:
    unit_id = stage.ids[unit]
    about = {"component_id": stage.ids[COMPONENTS[unit[3:5]]], "agency_id": unit_id, "subject_unit_id": unit_id}
    first = (stage.today - timedelta(days=OLDEST_DAYS + 365)).year
    last = stage.today.year - (1 if unit == SUSPENDED else 0)
    rows = [
        {
            **about,
            "kind": "due_diligence",
            "decision": "granted",
            "reference": f"SYN-DD-{unit}-{year}",
            "starts_on": date(year, 1, 1),
            "ends_on": date(year + 1, 1, 1),
        }
        for year in range(first, last + 1)
    ]
    undertaking = {"kind": "end_use_undertaking", "decision": "granted", "reference": f"SYN-EUU-{unit}"}
    rows.append({**about, **undertaking, "starts_on": date(first, 1, 1), "ends_on": None})
    if unit == SUSPENDED:
        since = stage.today - timedelta(days=60)
        suspension = {"kind": "no_suspension", "decision": "refused", "reference": f"SYN-SUSP-{unit}"}
        rows.append({**about, **suspension, "starts_on": since, "ends_on": None})
        allegation = {"kind": "no_open_allegation", "decision": "refused", "reference": f"SYN-ALLEG-{unit}"}
        rows.append({**about, **allegation, "starts_on": since, "ends_on": stage.today - timedelta(days=20)})
    return rows


async def of_handover(tx: Tx, stage: Stage, batch: Batch, document_id: UUID, unit: str, on: date) -> None:
    """Export check and EU visibility of one protocol; of some, a waiver of the latter is asked for."""
    about = {
        "component_id": stage.ids[batch.component],
        "agency_id": stage.ids[unit],
        "document_id": document_id,
        "starts_on": on - timedelta(days=3),
        "ends_on": None,
    }
    licence = CONTROLLED.get(batch.type_code)
    export = f"SYN-EXPORT-{batch.number:03d}-{licence or 'not-controlled'}"
    visible = {"kind": "eu_visibility", "decision": "granted", "reference": f"SYN-VIS-{batch.number:03d}"}
    if batch.number % WAIVED_EVERY == 0:
        visible |= {
            "decision": "requested",
            "reference": f"SYN-WAIVER-{batch.number:03d}",
            "requested_by_person": caller_of(tx).person_id,  # type: ignore[dict-item]
        }
    await add(tx, [{**about, "kind": "export_check", "decision": "granted", "reference": export}, {**about, **visible}])


async def waive(stage: Stage, document_id: UUID) -> None:
    """Waive what was asked for about a protocol: by the safeguards officer, who did not ask."""
    async with stage.acting(SAFEGUARDS) as tx:
        caller = caller_of(tx)
        for row in await tx.rows(_REQUESTED, document_id=document_id):
            values = {"decision": "waived", "decided_by": caller.id, "decided_by_person": caller.person_id}
            await writing.change(tx, "requirements", row["id"], row["version"], values)
