"""Every way in which the house says no.

::

    DomainError
      NotFound            unknown, or out of the caller's sight (the two are one on purpose)
      Conflict            the state, or something unique, is in the way
        Taken             a unique value is already used (never says by whom)
        PossibleDuplicate a person of that name is already known; names the pseudonyms in sight
        TransitionNotAllowed   the stage graph has no such step from here; names the legal ones
        RequirementsMissing    the step exists; what it requires is not there yet; names it
        StillRunning      the same idempotency key is being worked on
        LinesChanged      a line of a document changed since it was read
        SecondPersonNotIndependent   the other person of two may have let this one in
        HistoryBroken     a late event or a correction would make a later event impossible; names it
        SessionHasOpenRecords  a session is to be closed while records stand before attendance; names them
      Forbidden           known, but not allowed
        SeparationOfDuties     somebody else has to do this
      Rejected            the content is wrong; carries one `Fault` per place
      Stale               If-Match names another version; carries the current one
      PreconditionMissing If-Match is required and was not sent
      Unauthorised        no valid proof of who is calling
        TokenRefused      the token endpoint gives no token; carries the word of RFC 6749
      Gone                was here once, and is no more
        CursorExpired     the change feed no longer goes back that far
        FeedRewound       the database was put back behind what this reader has read
      TooManyAttempts     slow down; carries the seconds to wait
      Unavailable         not now; try again; carries the seconds to wait

Leaves carry facts. No HTTP status lives here: `app/problems.py` maps kinds to statuses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong place in what was sent: an RFC 6901 pointer, a stable code, a sentence.

    A pointer into the body, or one that begins with `/query`, `/path` or `/header`: callers are told that as `in`.
    """

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """Root. `code` is stable and documented; `facts` travel to the caller as they are."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "The request could not be carried out"

    def __init__(self, detail: str = "", **facts: Any) -> None:
        """Keep the sentence and the facts; both are safe to show to the caller."""
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.facts = facts


class NotFound(DomainError):
    """Unknown, or out of sight: the caller cannot tell which."""

    code = "not_found"
    title = "Nothing here by that name that you may see"


class Conflict(DomainError):
    """The present state does not allow it."""

    code = "conflict"
    title = "The present state does not allow this"


class Taken(Conflict):
    """A value that has to be unique is already used."""

    #: The constraint of the database that says so; callers are not told.
    constraint: str = ""
    code = "taken"
    title = "This value is already used"


class PossibleDuplicate(Conflict):
    """Somebody of that name is known in this agency. Facts: `trainees` (pseudonyms). `confirm_new` adds them anyway."""

    code = "possible_duplicate"
    title = "Somebody of that name is already known"


class TransitionNotAllowed(Conflict):
    """No such step from the present stage. Facts: `stage`, `action`, `legal` (names of the possible actions)."""

    code = "transition_not_allowed"
    title = "This step is not possible from the present stage"


class RequirementsMissing(Conflict):
    """The step exists, but something it requires is missing. Facts: `missing` (requirement kinds or reasons)."""

    code = "requirements_missing"
    title = "Something that this step requires is missing"


class StillRunning(Conflict):
    """The same idempotency key is being worked on right now."""

    code = "still_running"
    title = "A request with this idempotency key is still running"


class LinesChanged(Conflict):
    """Lines of a document changed since its approver read them. Facts: `lines`."""

    code = "lines_changed"
    title = "Lines of this document changed since you read it"


class HistoryBroken(Conflict):
    """A late event or a correction would make another event impossible. Facts: `position`, `kind`, `occurred_at`."""

    code = "history_broken"
    title = "This would make a later event impossible"


class SessionHasOpenRecords(Conflict):
    """Records of the session were not brought to attendance or an end. Facts: `records` (ids, 100 at most), `count`."""

    code = "session_has_open_records"
    title = "Records of this session are still open"


class SecondPersonNotIndependent(Conflict):
    """The step needs a second person, and the two accounts may be entered by one."""

    code = "second_person_not_independent"
    title = "The second person has to be independent of the first"


class Forbidden(DomainError):
    """Known, but not allowed to this caller."""

    code = "forbidden"
    title = "You may not do this"


class SeparationOfDuties(Forbidden):
    """The step needs another natural person than the one who did an earlier step."""

    code = "separation_of_duties"
    title = "Somebody else has to do this"


@dataclass(eq=False)
class Rejected(DomainError):
    """The content is wrong. Nothing was written; every fault found is listed."""

    code: ClassVar[str] = "invalid"
    title: ClassVar[str] = "Some of what was sent is not valid"

    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the parent's part: the sentence of the first fault stands for all."""
        super().__init__(self.faults[0].detail if self.faults else self.title)

    @classmethod
    def at(cls, pointer: str, code: str, detail: str) -> Rejected:
        """The common case: one fault."""
        return cls([Fault(pointer, code, detail)])


class Gone(DomainError):
    """It was here once, and is no more."""

    code = "gone"
    title = "This is no longer here"


class CursorExpired(Gone):
    """The change feed no longer goes back that far. Take a new cursor, then read everything once again."""

    code = "cursor_expired"
    title = "The change feed no longer goes back to this cursor"


class FeedRewound(Gone):
    """The database was restored to a state before this cursor. Take a new cursor, then read everything once again."""

    code = "feed_rewound"
    title = "The change feed was put back behind this cursor"


class Stale(DomainError):
    """If-Match named another version than the current one. Facts: `current`."""

    code = "stale"
    title = "This was changed since you read it"


class PreconditionMissing(DomainError):
    """A change needs If-Match with the version it is based on."""

    code = "precondition_missing"
    title = "If-Match with the version you read is required"


class Unauthorised(DomainError):
    """No valid proof of who is calling."""

    code = "unauthorised"
    title = "A valid access token is required"


class TokenRefused(Unauthorised):
    """The token endpoint gives no token. Facts: `error`, the word that RFC 6749 (section 5.2) has for the reason."""

    code = "token_refused"
    title = "No token can be given for this request"


class TooManyAttempts(DomainError):
    """Slow down. Facts: `retry_after` in seconds."""

    code = "too_many_attempts"
    title = "Too many attempts"


class Unavailable(DomainError):
    """Not now. Facts: `retry_after` in seconds."""

    code = "unavailable"
    title = "Not available at this moment"
