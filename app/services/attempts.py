"""Attempts to log in, limited across all workers of a deployment (issue 2, HOUSE 4)."""

from __future__ import annotations

from hashlib import sha256

from app.db.session import Database, Statement
from app.domain.errors import TooManyAttempts

WINDOW_SECONDS = 15 * 60

_ATTEMPT = Statement(
    "SELECT app.attempt(:subject, CAST(:most AS integer), CAST(:window AS integer), CAST(:record AS boolean))"
)
_FORGET = Statement("SELECT app.forget_attempts(:subject)")


class Attempts:
    """Failed attempts per subject and 15 minutes. Each call is a transaction of its own: a refusal is not undone."""

    def __init__(self, database: Database, most: int) -> None:
        """Allow so many failures."""
        self._database = database
        self._most = most

    async def begin(self, subject: str) -> None:
        """Count an attempt before it is decided, so that many at once do not slip through; `forget` a good one."""
        await self._count(subject, record=True)

    async def check(self, subject: str) -> None:
        """Refuse when there were too many; for secrets that nobody guesses, where only failures need to be counted."""
        await self._count(subject, record=False)

    async def _count(self, subject: str, *, record: bool) -> None:
        async with self._database.transaction() as tx:
            wait = await tx.value(
                _ATTEMPT, subject=_key(subject), most=self._most, window=WINDOW_SECONDS, record=record
            )
        if wait:
            raise TooManyAttempts("Too many failed attempts; wait before the next.", retry_after=wait)

    async def forget(self, subject: str) -> None:
        """A good attempt wipes the slate."""
        async with self._database.transaction() as tx:
            await tx.run(_FORGET, subject=_key(subject))


def _key(subject: str) -> str:
    """What is stored: names that somebody typed may be anything, a password in the wrong field included."""
    return sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()
