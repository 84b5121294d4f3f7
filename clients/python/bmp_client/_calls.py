"""What a call is made of, and when it may be sent again. No input or output here: both clients share it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from time import time
from typing import Any
from uuid import UUID, uuid4

import httpx

from bmp_client.errors import AddressUnusable, Stale, Unreachable, problem_of

API = "/api/v1"
Ref = str | UUID | Mapping[str, Any]
"""An object as it was read, or its id, or its reference."""

#: Seconds for a connection to be made.
CONNECT_S = 10.0

_READS = frozenset({"GET", "HEAD"})
_GUARDED = frozenset({"PATCH", "PUT", "DELETE"})
_NOT_NOW = frozenset({429, 502, 503, 504})
#: What failed before anything was sent.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
#: What fails each time.
_HOPELESS = (httpx.UnsupportedProtocol, httpx.ProxyError)
_DOTTED = ("_gte", "_lt")


def address(base_url: str) -> httpx.URL:
    """Where the service is. Raises AddressUnusable, before anything is asked, when that is no address."""
    try:
        made = httpx.URL(base_url)
    except (httpx.InvalidURL, TypeError) as error:
        raise AddressUnusable(base_url, str(error)) from None
    if made.scheme not in {"http", "https"} or not made.host:
        raise AddressUnusable(base_url, "it begins with https:// and a host")
    if made.port is not None and not 0 < made.port < 2**16:
        raise AddressUnusable(base_url, f"there is no port {made.port}")
    return made


@dataclass(frozen=True, slots=True)
class Retries:
    """How often, and for how long, a call that is safe to repeat is tried again."""

    #: Attempts after the first.
    most: int = 4
    #: Seconds before the second attempt, at most; doubled each time.
    first_s: float = 0.25
    #: The longest wait. When the service asks for more, its refusal is raised instead.
    longest_s: float = 30.0

    def wait(self, tried: int, asked: float | None, chance: float) -> float | None:
        """Seconds before the next attempt after so many; None: give up. `chance` is in [0, 1)."""
        if tried > self.most or (asked or 0) > self.longest_s:
            return None
        planned = min(self.longest_s, self.first_s * 2.0 ** (tried - 1)) * (0.5 + chance / 2)
        return max(planned, asked or 0.0)


@dataclass(slots=True)
class Call:
    """One logical call. Its key stays the same over all attempts: that is what makes them one."""

    method: str
    path: str
    params: Sequence[tuple[str, str]] = ()
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    key: str | None = None
    #: Makes the arguments of the request's body anew for each attempt: a file is read from its beginning.
    content: Callable[[], Mapping[str, Any]] | None = None
    #: Seconds that an answer may pause: a stream's signs of life come more often.
    silence_s: float | None = None

    @property
    def repeatable(self) -> bool:
        """Whether a second attempt cannot have a second effect."""
        guarded = self.method in _GUARDED and "If-Match" in self.headers
        return self.method in _READS or self.key is not None or guarded

    def arguments(self) -> dict[str, Any]:
        """What the HTTP library takes."""
        headers = dict(self.headers)
        given: dict[str, Any] = {"params": list(self.params), "headers": headers}
        if self.silence_s is not None:
            given["timeout"] = httpx.Timeout(CONNECT_S, read=self.silence_s)
        if self.key is not None:
            headers["Idempotency-Key"] = self.key
        if self.content is not None:
            more = dict(self.content())
            headers.update(more.pop("headers", {}))
            given.update(more)
        elif self.body is not None:
            headers.setdefault("Content-Type", "application/json")
            given["content"] = encoded(self.body)
        return given


class Attempts:
    """The attempts of one call: what to do after a failure, and after an answer."""

    def __init__(self, call: Call, retries: Retries, chance: Callable[[], float] = random.random) -> None:
        """Nothing was tried yet."""
        self._call, self._retries, self._chance = call, retries, chance
        self._tried = 0
        self.lost = False
        self.renewed = False

    def failed(self, error: httpx.TransportError) -> float:
        """Seconds until the next attempt; Unreachable when there is none."""
        self._tried += 1
        sent = not isinstance(error, _NEVER_SENT)
        self.lost = self.lost or sent
        wait = None
        if not isinstance(error, _HOPELESS) and (self._call.repeatable or not sent):
            wait = self._retries.wait(self._tried, None, self._chance())
        if wait is None:
            what = str(error) or type(error).__name__
            raise Unreachable(f"{self._call.method} {self._call.path}: {what}", sent=self.lost) from error
        return wait

    def answered(self, response: httpx.Response) -> float | None:
        """Seconds until the next attempt; None: this is the answer."""
        status = response.status_code
        again = status in _NOT_NOW and (self._call.repeatable or status == httpx.codes.TOO_MANY_REQUESTS)
        if status == httpx.codes.CONFLICT and self.lost and self._call.key is not None:
            again = b'"still_running"' in response.content  # our own first attempt, whose answer was lost
        if not again:
            return None
        self._tried += 1
        return self._retries.wait(self._tried, retry_after(response.headers), self._chance())

    def refusal(self, response: httpx.Response) -> Exception:
        """The exception for the answer."""
        problem = problem_of(response.status_code, response.content, retry_after(response.headers))
        if isinstance(problem, Stale):
            problem.unsure = self.lost
        return problem


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of a `Retry-After`: a number, or a date (RFC 9110)."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time())
    except ValueError:
        return None


def new_key() -> str:
    """An idempotency key for one logical call."""
    return str(uuid4())


def plain(value: Any) -> Any:
    """What JSON does not know itself: instants, dates, ids and amounts."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone: use datetime.now(UTC)")
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not go into JSON")


def encoded(value: Any) -> bytes:
    """The bytes of a JSON body."""
    return json.dumps(value, default=plain, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def parameters(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Query parameters. None is left out, lists mean any of, `created_at_gte` is spelt `created_at.gte`."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        spelt = name
        for ending in _DOTTED:
            if name.endswith(ending):
                spelt = f"{name.removesuffix(ending)}.{ending[1:]}"
        several = value if isinstance(value, list | tuple | set | frozenset) else (value,)
        pairs += [(spelt, _written(each)) for each in several if each is not None]
    return pairs


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value if isinstance(value, int | float) else plain(value))


def ident(ref: Ref) -> str:
    """The id of an object, or what was given as its id or reference, as one segment of a path."""
    value = ref["id"] if isinstance(ref, Mapping) else ref
    text = str(value)
    if not text or "/" in text or "?" in text or "#" in text or text in {".", ".."}:
        raise ValueError("this is neither an id nor a reference")
    return text


def if_match(ref: Ref, version: int | None) -> dict[str, str]:
    """`If-Match` with the version that was read."""
    if version is None and isinstance(ref, Mapping):
        version = ref.get("version")
    if version is None:
        raise ValueError("a change needs the version that was read: give the object, or if_match=…")
    return {"If-Match": f'"{version}"'}
