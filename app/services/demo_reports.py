"""What the focal points of the demo said lately: receipts confirmed, conditions confirmed or found to be worse."""

from __future__ import annotations

import random
from typing import Any

from app.services import door
from app.services.demo_access import FOCAL_MA, FOCAL_TN
from app.services.demo_plan import at
from app.services.demo_stage import Stage
from app.services.door import Move

#: Of all items in service, how many were looked at lately; and of those that worked, how many were found to be down.
LOOKED_AT, FOUND_DOWN = 0.7, 0.04
#: Of the handovers of the last days, how many receipts are confirmed.
CONFIRMED = 0.5
FOCAL_POINTS = {FOCAL_TN: "ORG-TN-CG", FOCAL_MA: "ORG-MA-BP"}


async def build(stage: Stage) -> int:
    """Each focal point reports once; how many items were reported on."""
    added = 0
    for name, organisation in FOCAL_POINTS.items():
        known = await stage.owner.fetchval(
            "SELECT EXISTS (SELECT 1 FROM items WHERE confirmed_by = $1)", stage.cast.ids[name]
        )
        if not known:
            added += await _report(stage, name, organisation)
    return added


async def _report(stage: Stage, name: str, organisation: str) -> int:
    rows = await stage.owner.fetch(
        "SELECT i.id, i.serial, i.stage, i.condition, i.condition_reason, i.receipt_confirmed_at FROM items i "
        "JOIN agencies a ON a.id = i.unit_id JOIN organisations o ON o.id = a.organisation_id "
        "WHERE o.reference = $1 AND i.stage IN ('handed_over', 'in_service') ORDER BY i.serial",
        organisation,
    )
    draw = random.Random(f"{stage.seed}:{name}")  # noqa: S311 - the same each time is what is wanted
    receipts = [
        Move(row["id"], "confirm_receipt", {})
        for row in rows
        if row["receipt_confirmed_at"] is None and draw.random() < CONFIRMED
    ]
    seen = [
        Move(row["id"], "report_condition", _seen(row, draw))
        for row in rows
        if row["stage"] == "in_service" and row["condition"] != "unknown" and draw.random() < LOOKED_AT
    ]
    async with stage.acting(name) as tx:
        if receipts:
            await door.move(tx, receipts, occurred_at=at(stage.today, -4))
        if seen:
            await door.move(tx, seen, occurred_at=at(stage.today, -2))
    return len(seen)


def _seen(row: Any, draw: random.Random) -> dict[str, Any]:
    """The condition as it was, or worse."""
    if row["condition"] == "up" and draw.random() < FOUND_DOWN:
        return {"condition": "down", "condition_reason": "failure"}
    reason = {"condition_reason": row["condition_reason"]} if row["condition_reason"] else {}
    return {"condition": row["condition"], **reason}
