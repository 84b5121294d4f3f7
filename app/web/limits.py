"""How often one caller may call one worker (API 19): a token bucket per caller, in a bounded table.

It is a courtesy against runaway scripts, approximate on purpose: workers do not talk to one another about it.
Log-ins are limited elsewhere, over all workers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from app.domain.errors import TooManyAttempts

_WINDOW_SECONDS = 60


@dataclass(slots=True)
class Allowance:
    """What is left to a caller, as the headers `RateLimit` and `RateLimit-Policy` tell it."""

    quota: int
    left: float
    #: Seconds until one more request is allowed; 0 while some are left.
    wait: float

    def check(self) -> None:
        """TooManyAttempts when nothing is left."""
        if self.wait > 0:
            raise TooManyAttempts("Too many requests.", retry_after=max(1, round(self.wait)))

    def headers(self) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]]:
        """The two headers; `t` is the seconds until the whole quota is there again."""
        left = int(self.left)
        refill = round((self.quota - self.left) * _WINDOW_SECONDS / self.quota)
        return (
            (b"ratelimit", b'"caller";r=%d;t=%d' % (left, refill)),
            (b"ratelimit-policy", b'"caller";q=%d;w=%d' % (self.quota, _WINDOW_SECONDS)),
        )


class Limiter:
    """The buckets of one worker. The caller seen longest ago is forgotten first."""

    REMEMBERED = 10_000

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`per_minute` requests fit into a full bucket, and as many flow in each minute."""
        self._quota = per_minute
        self._per_second = per_minute / _WINDOW_SECONDS
        self._clock = clock
        self._buckets: dict[UUID, tuple[float, float]] = {}

    def take(self, caller: UUID) -> Allowance:
        """Take one request out of the caller's bucket, if there is one."""
        now = self._clock()
        left, then = self._buckets.pop(caller, (float(self._quota), now))
        left = min(float(self._quota), left + (now - then) * self._per_second)
        wait = 0.0 if left >= 1 else (1 - left) / self._per_second
        left = left - 1 if left >= 1 else left
        if len(self._buckets) >= self.REMEMBERED:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[caller] = (left, now)
        return Allowance(self._quota, left, wait)
