"""Cursors of lists: opaque, signed, bound to the filter and the order they were made for (API 4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from app.db.listing import Asked, KeyKind, Listing
from app.domain.errors import Rejected

_MAC = 16


def make(secret: bytes, listing: Listing, asked: Asked, keys: Sequence[Any]) -> str:
    """The cursor that continues after the row with these order keys."""
    payload = orjson.dumps([_plain(k) for k in keys])
    mac = _mac(secret, listing, asked, payload)
    return base64.urlsafe_b64encode(mac + payload).rstrip(b"=").decode()


def read(secret: bytes, listing: Listing, asked: Asked, cursor: str) -> tuple[Any, ...]:
    """The order keys of a cursor; altered, or made for another list, it is an error."""
    wrong = Rejected.at("/query/cursor", "cursor_invalid", "This cursor was not made for this list.")
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise wrong from None
    mac, payload = raw[:_MAC], raw[_MAC:]
    if not hmac.compare_digest(mac, _mac(secret, listing, asked, payload)):
        raise wrong
    order, _ = listing.order_of(asked.sort)
    return tuple(_typed(kind, value) for kind, value in zip(order.kinds, orjson.loads(payload), strict=True))


def _mac(secret: bytes, listing: Listing, asked: Asked, payload: bytes) -> bytes:
    filters = orjson.dumps(
        [
            listing.resource,
            asked.sort or listing.default_sort,
            asked.search,
            sorted((name, _plain(value)) for name, value in asked.filters.items()),
        ]
    )
    return hmac.new(secret, len(filters).to_bytes(4, "big") + filters + payload, hashlib.sha256).digest()[:_MAC]


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _typed(kind: KeyKind, value: Any) -> Any:
    if kind == "instant":
        return datetime.fromisoformat(value)
    if kind == "date":
        return date.fromisoformat(value)
    return UUID(value) if kind == "uuid" else value
