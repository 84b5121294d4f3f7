"""The sums from which readiness `as_of` starts: the worker's upkeep, and the check of them (ADR 30)."""

from __future__ import annotations

from typing import Any

from app.db.session import Statement, Tx

#: Instants for which one transaction makes sums: a few, so that none comes near the limit of a statement's time.
BATCH = 3

_KEEP = Statement("SELECT app.keep_history(:days, CAST(:every AS integer), :most)")
_ASTRAY = Statement("SELECT * FROM app.history_astray()")


async def keep(tx: Tx, *, days: int, every: int | None = None, most: int = BATCH) -> int:
    """Add what was recorded late, and make sums of instants that have become old; 0 when there was nothing to do.

    `days` is for how long a confirmation of condition counts as recent; `every` so many spans there is an instant, by
    default as many as suit the size of the register. The worker's and the owner's.
    """
    return int(await tx.value(_KEEP, days=days, every=every, most=most))


async def check(tx: Tx) -> list[dict[str, Any]]:
    """Where the sums begin or cease to differ from the spans, as the owner sees both; empty when all is well."""
    return [dict(row) for row in await tx.rows(_ASTRAY)]
