"""The change feed's order: committed changes get their final position here (HOUSE 3, "The change feed").

The worker does it a few times a second; a reader may do it as well when the worker is late.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.db.session import Statement, Tx

#: Change rows that get their position in one transaction.
BATCH = 5_000

_SEQUENCE = Statement("SELECT app.sequence_changes(:most)")
_LAG = Statement("SELECT app.change_lag()")


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the feed lags.

    `waiting` counts changes without a position, up to 10 000. `seconds` is the age of the oldest of them. `behind`
    names the database session with the oldest open transaction (`pid`, `role`, `application`): nothing that was
    recorded since it began can have a position before it ends.
    """

    waiting: int
    seconds: float
    behind: dict[str, Any] | None


async def sequence(tx: Tx, most: int = BATCH) -> int:
    """Give the next settled changes their position and return how many; 0 also while somebody else is at it."""
    return int(await tx.value(_SEQUENCE, most=most) or 0)


async def lag(tx: Tx) -> Lag:
    """How far the feed lags, and behind whom."""
    found = await tx.value(_LAG)
    return Lag(int(found["waiting"]), float(found["seconds"]), found["behind"])
