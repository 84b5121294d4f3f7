"""Request bodies read whole, bounded and strictly: what two readers could understand differently is refused.

A key given twice, NaN, numbers beyond a double and nesting beyond 32 levels are malformed (400); NUL and lone
surrogates, which PostgreSQL cannot store, are invalid at their pointer (422).
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

from app.domain.errors import Fault, Rejected
from app.problems import Malformed, TooLarge, UnsupportedMedia, pointer

MAX_DEPTH = 32
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


async def read(request: Request, limit: int) -> bytes:
    """The whole body; `TooLarge` as soon as more than `limit` bytes are announced or have come."""
    announced = request.headers.get("content-length")
    if announced is not None and (not announced.isascii() or not announced.isdigit() or int(announced) > limit):
        raise too_large(limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise too_large(limit)
            chunks.append(chunk)
    except ClientDisconnect:
        raise Malformed("The connection ended before the body was complete.") from None
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def too_large(limit: int) -> TooLarge:
    """The refusal of a body beyond `limit` bytes."""
    return TooLarge(f"The body may have at most {limit} bytes.", limit=limit)


def check_media_type(request: Request, accepted: tuple[str, ...]) -> None:
    """Refuse a body of another type, or in another encoding than UTF-8."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("Bodies are taken as they are, not compressed.", expected=list(accepted))
    given = request.headers.get("content-type", "")
    if given in accepted:
        return
    kind, _, parameters = given.partition(";")
    charset = parameters.strip().lower()
    if kind.strip().lower() not in accepted or charset not in {"", "charset=utf-8", 'charset="utf-8"'}:
        expected = " or ".join(accepted)
        raise UnsupportedMedia(f"The body has to be {expected} in UTF-8.", expected=list(accepted))


def parse(body: bytes) -> Any:
    """The JSON value of a body, by the strict rules above."""
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
        )
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:  # JSONDecodeError, and integers of thousands of digits
        raise Malformed("The body is not valid JSON.") from None
    if b"\\u" in body or body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        faults: list[Fault] = []
        _inspect(value, [], faults)
        if faults:
            raise Rejected(faults)
    return value


def unstorable(text: str) -> bool:
    """True for text with NUL or a lone surrogate, which PostgreSQL cannot store."""
    return _UNSTORABLE.search(text) is not None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Malformed("An object in the body has the same key twice.")
    return value


def _no_constant(_name: str) -> NoReturn:
    raise Malformed("NaN and Infinity are not JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Malformed("A number in the body is too large.")
    return number


def _too_deep() -> Malformed:
    return Malformed(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _inspect(value: Any, path: list[str | int], faults: list[Fault]) -> None:
    """Find text that cannot be stored, and refuse depth. Recursion is bounded by that refusal."""
    if isinstance(value, str):
        if unstorable(value):
            faults.append(_unstorable_fault(path))
        return
    if not isinstance(value, dict | list):
        return
    if len(path) >= MAX_DEPTH:
        raise _too_deep()
    members: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in members:
        if isinstance(key, str) and unstorable(key):
            faults.append(_unstorable_fault(path))
            continue
        path.append(key)
        _inspect(member, path, faults)
        path.pop()


def _unstorable_fault(path: list[str | int]) -> Fault:
    return Fault(pointer(path), "text_unusable", "NUL characters and lone surrogates cannot be stored.")
