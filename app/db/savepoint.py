"""A part of a transaction that may fail by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.db.session import Statement, Tx
from app.domain.errors import DomainError

_SAVEPOINT = Statement("SAVEPOINT part")
_RELEASE = Statement("RELEASE SAVEPOINT part")
_BACK = Statement("ROLLBACK TO SAVEPOINT part")


class Undo(Exception):
    """Raised inside a savepoint to leave nothing of it, where nothing went wrong that anybody is told of."""


@asynccontextmanager
async def savepoint(tx: Tx) -> AsyncIterator[None]:
    """What fails inside with an error of the house leaves nothing, and the transaction goes on."""
    await tx.run(_SAVEPOINT)
    try:
        yield
    except (DomainError, Undo):
        await tx.run(_BACK)
        await tx.run(_RELEASE)
        if tx.remembered is not None:  # it may be of what has just been taken back
            tx.remembered.clear()
        raise
    await tx.run(_RELEASE)
