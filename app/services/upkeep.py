"""What the deployment forgets by itself: kept answers, expired tokens and links, old attempts to log in.

Run by the worker's own database role, which has no identity: each statement calls one narrow function.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.db.session import Statement, Tx

#: Rows that go in one transaction.
BATCH = 10_000

_ANSWERS = Statement("SELECT app.forget_answers(:days, :most)")
_JOBS = Statement("SELECT app.forget_jobs(:days, :most)")
_EXPIRED_IMPORTS = Statement("SELECT app.forget_expired_imports(:most)")
_IMPORTS_KEPT = Statement("SELECT app.imports_kept(:ids)")
_ACCESS = Statement("SELECT app.forget_expired_access()")


async def forget_answers(tx: Tx, *, days: int, most: int = BATCH) -> int:
    """Forget answers kept for idempotency keys longer ago than so many days (API 10); how many went."""
    return int(await tx.value(_ANSWERS, days=days, most=most))


async def forget_expired_access(tx: Tx) -> int:
    """Forget tokens, links, secrets and log-in attempts that have run out; how many rows went."""
    return int(await tx.value(_ACCESS))


async def forget_jobs(tx: Tx, *, days: int, most: int = BATCH) -> int:
    """Forget jobs that ended longer ago than so many days; how many went."""
    return int(await tx.value(_JOBS, days=days, most=most))


async def forget_expired_imports(tx: Tx, *, most: int = 100) -> list[UUID]:
    """Forget imports whose time is over, or whose file was erased, with what they found; so many of them, by id."""
    return [row[0] for row in await tx.rows(_EXPIRED_IMPORTS, most=most)]


async def imports_kept(tx: Tx, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these imports there are."""
    return {row[0] for row in await tx.rows(_IMPORTS_KEPT, ids=list(ids))}
