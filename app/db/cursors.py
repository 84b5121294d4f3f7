"""Cursors of lists: opaque, signed, bound to the filter and the order they were made for (API 4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import orjson
from asyncpg.pgproto.pgproto import UUID  # the driver's own, made ten times as fast as Python's

from app.db.listing import KeyKind, Listing
from app.domain.asked import Asked
from app.domain.errors import Rejected

_MAC = 16


def make(secret: bytes, listing: Listing, asked: Asked, keys: Sequence[Any]) -> str:
    """The cursor that continues after the row with these order keys."""
    payload = orjson.dumps(keys, default=str)
    mac = _mac(secret, listing, asked, payload)
    return base64.urlsafe_b64encode(mac + payload).rstrip(b"=").decode()


def read(secret: bytes, listing: Listing, asked: Asked, cursor: str) -> tuple[Any, ...]:
    """The order keys of a cursor; altered, or made for another list, it is an error."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise _wrong() from None
    mac, payload = raw[:_MAC], raw[_MAC:]
    if not hmac.compare_digest(mac, _mac(secret, listing, asked, payload)):
        raise _wrong()
    order, _ = listing.order_of(asked.sort)
    return tuple(_typed(kind, value) for kind, value in zip(order.kinds, orjson.loads(payload), strict=True))


def _wrong() -> Rejected:
    return Rejected.at("/query/cursor", "cursor_invalid", "This cursor was not made for this list.")


def _mac(secret: bytes, listing: Listing, asked: Asked, payload: bytes) -> bytes:
    filters = orjson.dumps(
        (listing.resource, asked.sort or listing.default_sort, asked.search, sorted(asked.filters.items())), default=str
    )
    mac = _keyed(secret).copy()
    mac.update(len(filters).to_bytes(4, "big") + filters + payload)
    return mac.digest()[:_MAC]


@lru_cache(maxsize=8)
def _keyed(secret: bytes) -> hmac.HMAC:
    """The state of the MAC after its key, which costs as much as all of what is signed."""
    return hmac.new(secret, digestmod=hashlib.sha256)


def _typed(kind: KeyKind, value: Any) -> Any:
    if kind == "instant":
        return datetime.fromisoformat(value)
    if kind == "date":
        return date.fromisoformat(value)
    return UUID(value) if kind == "uuid" else value
