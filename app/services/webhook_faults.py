"""What goes wrong inside the service over one webhook: it is that webhook's own, and those behind it are served.

It is said, counted, shown to the owner as `internal`, and tried again after a pause that grows (`app.stall_webhook`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from app.db.session import Statement

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from app.services.webhook_sending import Post

#: Seconds for which such a webhook is left alone, doubled each time up to the longest.
FIRST_STALL_S, LONGEST_STALL_S = 1.0, 300.0

log: FilteringBoundLogger = structlog.get_logger(__name__)

_STALL = Statement("SELECT app.stall_webhook(:webhook, :first, :longest)")


@asynccontextmanager
async def apart(post: Post, webhook_id: UUID, step: str) -> AsyncIterator[None]:
    """One webhook's part of a round. Only what stops all of them leaves it: that the database is away."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  whatever it was, it is no other webhook's
        async with post.database.transaction() as tx:
            stalls = await tx.value(_STALL, webhook=webhook_id, first=FIRST_STALL_S, longest=LONGEST_STALL_S)
        post.count("stalled", step)
        log.warning(
            "webhook.stalled", webhook=str(webhook_id), step=step, error=type(_first(error)).__name__, stalls=stalls
        )


def _first(error: BaseException) -> BaseException:
    """The error itself out of a group of them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
