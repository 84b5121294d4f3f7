"""Jobs: what is worked on in the background, its states, and how long a failed attempt waits for the next."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """`failed`: the request cannot be carried out. `dead`: it could not be carried out, however often it was tried."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DEAD = "dead"
    CANCELLED = "cancelled"


#: States that a job leaves only by somebody's `retry`.
FINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.DEAD, JobState.CANCELLED})
#: States from which a job may be tried again.
RETRIED = frozenset({JobState.FAILED, JobState.DEAD})

#: What the database says instead of a state when a job cannot be tried again because another does the same already.
UNDER_WAY = "under_way"

#: Attempts before a job is dead, where its kind says nothing else.
MAX_ATTEMPTS = 5
#: Seconds before the second attempt, doubled each time up to the longest.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 900.0
#: The longest key by which the same request is known to be under way already.
LONGEST_KEY = 200


def pause_after(attempt: int, chance: float) -> float:
    """Seconds to wait after a failed attempt (the first is 1): doubled each time, between half and all of it.

    `chance` is in [0, 1): what failed together shall not be tried again together.
    """
    whole = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(attempt - 1, 30))
    return whole * (0.5 + chance / 2)
