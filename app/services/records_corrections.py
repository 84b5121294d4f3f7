"""The correction of a training record: its last step was a mistake, and is taken back by a new event (DOMAIN 3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.db import reading
from app.db.session import Statement, Tx
from app.domain.errors import Conflict, Forbidden, HistoryBroken, Rejected, Stale
from app.schemas.records import RecordCorrectionIn
from app.services import records_rows
from app.services.records import LISTING
from app.services.vaulting import check_about_person

_EFFECTIVE = Statement(
    "SELECT e.id, e.kind, e.occurred_at, e.changes FROM record_events e WHERE e.record_id = :id AND e.corrects IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM record_events c WHERE c.corrects = e.id) ORDER BY e.occurred_at, e.recorded_at, e.id"
)
_TAKE_BACK = Statement(
    "UPDATE qualifications SET status = 'revoked', revoked_on = starts_on, reason = 'corrected', "
    "version = version + 1, updated_at = clock_timestamp() WHERE record_id = :id AND status = 'valid'"
)


async def correct(tx: Tx, ident: str, version: int, body: RecordCorrectionIn) -> reading.Reading:
    """Take the last step back; qualifications that it gave never held. What was known before stays known (`known_at`).

    Raises HistoryBroken, naming the later event, for a step that others were built on.
    """
    record_id = await reading.resolve(tx, LISTING, ident)
    check_about_person(body.note, "/note")
    rows = await tx.rows(records_rows.LOAD, ids=[record_id])
    if not rows:
        raise Forbidden("You may see this, but not change it.")
    row = rows[0]
    if row["version"] != version:
        raise Stale(f"The current version is {row['version']}.", current=row["version"])
    if row["session_status"] == "cancelled":
        raise Conflict("The session was cancelled; its records stay as they are.")
    events = await tx.rows(_EFFECTIVE, id=record_id)
    _check_last(events, body)
    state: dict[str, Any] = {}
    for each in events[:-1]:
        state |= each["changes"]
    await tx.run(records_rows.WRITE, rows=[{**state, "id": record_id}])
    now = datetime.now(UTC)
    event = records_rows.event(tx, row, "correct", now, {}, note=body.note, corrects=body.event)
    await tx.run(records_rows.EVENTS, rows=[event])
    if events[-1]["kind"] == "complete":
        await tx.run(_TAKE_BACK, id=record_id)
    return await reading.one(tx, LISTING, record_id)


def _check_last(events: list[Any], body: RecordCorrectionIn) -> None:
    place = next((index for index, each in enumerate(events) if each["id"] == body.event), None)
    if place is None:
        raise Rejected.at("/event", "reference_unknown", "This record has no such event that counts.")
    if place == 0:
        raise Conflict("A nomination is not corrected; withdraw it.")
    if place < len(events) - 1:
        later = events[place + 1]
        raise HistoryBroken(
            "A later step was built on it; correct that one first.",
            event=str(later["id"]),
            kind=later["kind"],
            occurred_at=later["occurred_at"].isoformat(),
        )
