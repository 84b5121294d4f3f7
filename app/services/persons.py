"""Which of several persons may be one behind two accounts: the facts for `domain/persons.py`."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from app.db.session import Statement, Tx
from app.domain.persons import Bonds

_LET_IN = Statement("SELECT person_id, by_id, administrator FROM app.let_in(CAST(:people AS uuid[]))")


async def bonds(tx: Tx, people: Iterable[UUID | None]) -> Bonds:
    """Who let these people in, as the database says now."""
    rows = await tx.rows(_LET_IN, people=sorted({each for each in people if each is not None}))
    return Bonds.of((row["person_id"], row["by_id"], row["administrator"]) for row in rows)
