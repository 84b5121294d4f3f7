"""Server-sent events, from lines to events. No input or output here: both clients share it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bmp_client.errors import Unauthorised

#: Seconds without a sign of life (there is one every 15) after which a stream counts as lost.
SILENCE_S = 45.0
#: Seconds before a stream is opened again, doubled each time up to the longest.
FIRST_REST_S, LONGEST_REST_S = 1.0, 60.0
_AT_ONCE = frozenset({"token_expired", "reconnect"})
_NO_TOKEN = frozenset({"token_expired", "unauthorised"})


@dataclass(frozen=True, slots=True)
class Sent:
    """One event of a stream. `id` is the last that was given, also where an event has none of its own."""

    event: str
    data: str
    id: str | None


class Reader:
    """Put lines in, take events out (WHATWG HTML, 9.2.6)."""

    def __init__(self, last_id: str | None = None) -> None:
        """Begin behind an event that was read before."""
        self.last_id = last_id
        self.retry_s: float | None = None
        self._event, self._data = "", list[str]()
        self._id = last_id

    def begin(self) -> None:
        """Another connection begins: of an event that was cut off nothing stays, for it is told again."""
        self._event, self._data, self._id = "", [], self.last_id

    def line(self, text: str) -> Sent | None:
        """The event that this line ends, if it ends one."""
        if not text:
            return self._end()
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._event = value
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit():
                self.retry_s = int(value) / 1000
        return None

    def _end(self) -> Sent | None:
        self.last_id = self._id
        data, event = self._data, self._event
        self._data, self._event = [], ""
        return Sent(event or "message", "\n".join(data), self.last_id) if data else None


class Comings:
    """When to come back to a stream that ended, and with what."""

    def __init__(self) -> None:
        """The first connection is about to be made."""
        self.rest_s = 0.0
        self.needs_token = False
        self._refused = False
        self._since = time.monotonic()

    def heard(self) -> None:
        """Something came: all is well."""
        self.rest_s, self._refused = 0.0, False

    def ended(self, reason: str) -> None:
        """The connection is over. Unauthorised when a new token did not help."""
        if reason == "unauthorised" and self._refused:
            raise Unauthorised(401, {"code": reason, "detail": "The stream ended: these rights have ended."})
        self._refused = reason == "unauthorised"
        self.needs_token = reason in _NO_TOKEN
        now = time.monotonic()
        lasted, self._since = now - self._since - self.rest_s, now
        hurried = reason in _AT_ONCE and lasted >= FIRST_REST_S  # never a loop without a pause
        self.rest_s = 0.0 if hurried else min(LONGEST_REST_S, max(FIRST_REST_S, self.rest_s * 2))
