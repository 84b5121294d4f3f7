"""How many exports run at once in one worker.

An export holds a database connection for as long as its reader takes, so there are few of them at a time: for one
caller, and for all together at most half of the connections.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from app.domain.errors import TooManyAttempts, Unavailable


class TooManyExports(TooManyAttempts):
    """As many exports of this caller run as may at once. Wait for one to end, or close its connection."""

    code = "too_many_exports"
    title = "Too many of your exports are running"


class ExportsBusy(Unavailable):
    """As many exports run as this worker takes at once. Lists by pages are served as always."""

    code = "exports_busy"
    title = "Too many exports are running"


class Places:
    """The exports that run in this worker."""

    def __init__(self, *, of_caller: int, of_all: int, connections: int) -> None:
        """At most so many for one caller, so many for all, and never more than half of the connections.

        Where there are several places, no caller takes all of them.
        """
        self._of_all = max(1, min(of_all, connections // 2))
        self._of_caller = max(1, min(of_caller, self._of_all - 1))
        self._taken: Counter[UUID | None] = Counter()

    @property
    def taken(self) -> int:
        """How many run."""
        return self._taken.total()

    @contextmanager
    def one(self, caller: UUID | None) -> Iterator[None]:
        """A place for as long as the block runs; TooManyExports or ExportsBusy when there is none."""
        if self._taken[caller] >= self._of_caller:
            raise TooManyExports(f"Exports of yours that run already: {self._of_caller}.", retry_after=5)
        if self.taken >= self._of_all:
            raise ExportsBusy(retry_after=5)
        self._taken[caller] += 1
        try:
            yield
        finally:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]
