"""Every way in which a call can fail.

::

    BmpError
      AddressUnusable     the address given to a client is none; a ValueError, too
      Unreachable         no answer came, and no further attempt is safe or allowed
      Incomplete          an export was cut off: the file is not the whole list
      JobFailed           a job ended without success; carries the job
      SignatureInvalid    a webhook that was not signed with your secret, or too long ago
      Problem             the service refused, and said why (RFC 9457)
        Malformed             400
        Unauthorised          401
        Forbidden             403
          SeparationOfDuties      somebody else has to do this
        NotFound              404: unknown, or out of your sight
        Conflict              409
          Taken                   a unique value is used already
          PossibleDuplicate       a person of that name is known already
          TransitionNotAllowed    `facts["legal"]` names the steps that are possible
          RequirementsMissing     what is required is not there yet
          StillRunning            the same key is being worked on
          LinesChanged            a line of the document changed since it was read
          HistoryBroken           a later event would become impossible
        Gone                  410
          CursorExpired           the feed no longer keeps what comes after this cursor
          FeedRewound             the service was restored to a state before this cursor
        Stale                 412: somebody was faster; `current` is the present version
        Invalid               422; `errors` has a fault for each wrong place
          KeyReused               this idempotency key belongs to another request
        PreconditionMissing   428
        RateLimited           429; `retry_after` seconds
        ServerError           5xx; quote `request_id`
          Unavailable             503; `retry_after` seconds
            OutcomeUnknown            the connection broke during the commit: repeat with the same key

A code that this version does not know has the class of its status.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NotRequired, TypedDict


class Fault(TypedDict):
    """One wrong place: a pointer (RFC 6901) into the body, or into what `in` names."""

    pointer: str
    code: str
    detail: str
    row: NotRequired[int]


class BmpError(Exception):
    """Root of what this package raises."""


class AddressUnusable(BmpError, ValueError):
    """What was given as the address of the service is none: nothing was asked."""

    def __init__(self, given: object, reason: str) -> None:
        """Say what it should look like, and what is wrong."""
        super().__init__(f"{given!r} is no address of a service such as https://bmp.example: {reason}")


class Unreachable(BmpError):
    """No answer came. `sent` tells whether the request may have arrived: then its effect may have happened."""

    def __init__(self, detail: str, *, sent: bool) -> None:
        """Keep whether it may have arrived."""
        super().__init__(detail)
        self.sent = sent


class Incomplete(BmpError):
    """A stream ended before its end. Nothing was written to the place of the file."""


class JobFailed(BmpError):
    """A job ended without success; `job` is as it was read last."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        """Say what the job says."""
        problem = job.get("problem") or {}
        super().__init__(f"{job.get('kind')}: {job.get('state')} {problem.get('detail') or ''}".strip())
        self.job = job


class SignatureInvalid(BmpError):
    """A webhook that is not to be believed."""


class Problem(BmpError):
    """A refusal. `code` is stable and for programs, `detail` is for people, `request_id` is for the operators."""

    codes: ClassVar[Mapping[str, type[Problem]]] = {}

    def __init__(self, status: int, facts: Mapping[str, Any], retry_after: float | None = None) -> None:
        """Take the members of the problem; those of its own are in `facts`."""
        self.status = status
        self.facts = dict(facts)
        self.code = str(facts.get("code") or facts.get("error") or "http")
        self.title = str(facts.get("title") or facts.get("error") or f"HTTP {status}")
        self.detail = str(facts.get("detail") or facts.get("error_description") or self.title)
        self.request_id: str | None = facts.get("request_id")
        self.errors: Sequence[Fault] = facts.get("errors") or ()
        self.retry_after = retry_after
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        faults = "; ".join(f"{fault.get('pointer')}: {fault.get('detail')}" for fault in self.errors[:5])
        return f"{self.detail} [{self.status} {self.code}]" + (f" ({faults})" if faults else "")


class Malformed(Problem):
    """400: the request cannot be read."""


class Unauthorised(Problem):
    """401: no valid proof of who is calling."""


class Forbidden(Problem):
    """403: known, but not allowed."""


class SeparationOfDuties(Forbidden):
    """Somebody else has to do this."""


class NotFound(Problem):
    """404: unknown, or out of your sight; the two are one on purpose."""


class Conflict(Problem):
    """409: the present state, or something unique, is in the way."""


class Taken(Conflict):
    """A unique value is used already."""


class PossibleDuplicate(Conflict):
    """A person of that name is known already."""


class TransitionNotAllowed(Conflict):
    """There is no such step from here."""

    @property
    def legal(self) -> list[str]:
        """The steps that are possible."""
        return list(self.facts.get("legal") or ())


class RequirementsMissing(Conflict):
    """The step exists; what it requires is not there yet."""


class StillRunning(Conflict):
    """The same idempotency key is being worked on."""


class LinesChanged(Conflict):
    """A line of the document changed since it was read."""


class HistoryBroken(Conflict):
    """A later event would become impossible."""


class Gone(Problem):
    """410: it was there once."""


class CursorExpired(Gone):
    """The feed no longer keeps what comes after this cursor: begin again with a new one."""


class FeedRewound(Gone):
    """The service was restored to a state before this cursor: begin again with a new one."""


class Stale(Problem):
    """412: the object has another version than the one that was read.

    `unsure` is True after a lost answer: it may be this very change that made the present version. Read the object.
    """

    unsure = False

    @property
    def current(self) -> int | None:
        """The present version."""
        return self.facts.get("current")


class Invalid(Problem):
    """422: content or parameters are not valid; `errors` has them all."""


class KeyReused(Invalid):
    """The idempotency key belongs to another request."""


class PreconditionMissing(Problem):
    """428: `If-Match` is required."""


class RateLimited(Problem):
    """429: wait `retry_after` seconds."""


class ServerError(Problem):
    """5xx: not your fault; quote the `request_id`."""


class Unavailable(ServerError):
    """503: not now."""


class OutcomeUnknown(Unavailable):
    """The connection broke during the commit; the same key tells what came of it."""


_BY_STATUS: Mapping[int, type[Problem]] = {
    400: Malformed,
    401: Unauthorised,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    412: Stale,
    422: Invalid,
    428: PreconditionMissing,
    429: RateLimited,
    503: Unavailable,
}
_BY_CODE: Mapping[str, type[Problem]] = {
    "separation_of_duties": SeparationOfDuties,
    "taken": Taken,
    "possible_duplicate": PossibleDuplicate,
    "transition_not_allowed": TransitionNotAllowed,
    "requirements_missing": RequirementsMissing,
    "still_running": StillRunning,
    "lines_changed": LinesChanged,
    "history_broken": HistoryBroken,
    "cursor_expired": CursorExpired,
    "feed_rewound": FeedRewound,
    "idempotency_key_reused": KeyReused,
    "outcome_unknown": OutcomeUnknown,
}


def kind_of(status: int, code: str) -> type[Problem]:
    """The class for a refusal: by its code, else by its status."""
    general = _BY_STATUS.get(status, ServerError if status >= 500 else Problem)  # noqa: PLR2004 - HTTP's own classes
    special = _BY_CODE.get(code, general)
    return special if issubclass(special, general) else general


def problem_of(status: int, body: bytes, retry_after: float | None = None) -> Problem:
    """The exception for an answer. What is no problem+json (a proxy's page, say) has only its status."""
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    facts: Mapping[str, Any] = value if isinstance(value, dict) else {}
    return kind_of(status, str(facts.get("code", "")))(status, facts, retry_after)
