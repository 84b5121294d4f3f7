"""Cursors and event ids of the change feed: they name positions, and tell nobody what the positions are (ADR 13).

A position counts every change of the deployment, also those that a caller may not see. So cursors are sealed, not only
signed (AES-SIV: the same position is the same text, and an altered one is refused), and ids of events are a keyed hash.
"""

from __future__ import annotations

import base64
import hmac
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from app.domain.changes import Point

_CONTEXT = [b"bmp:feed:1"]
_ERA, _POSITION, _SCOPE = 16, 8, 8
LENGTH = len(base64.urlsafe_b64encode(bytes(16 + _ERA + _POSITION + _SCOPE)))


class NoPoint(Exception):
    """The text is no cursor of this feed."""


def seal(secret: bytes, point: Point) -> str:
    """The cursor of a point."""
    plain = point.era.bytes + point.position.to_bytes(_POSITION, "big") + point.scope
    return base64.urlsafe_b64encode(_cipher(secret).encrypt(plain, _CONTEXT)).decode("ascii")


def unseal(secret: bytes, cursor: str) -> Point:
    """The point of a cursor. Raises NoPoint for anything that was not made by `seal` with this secret."""
    try:
        raw = base64.b64decode(cursor, altchars=b"-_", validate=True)
        plain = _cipher(secret).decrypt(raw, _CONTEXT)
    except (ValueError, InvalidTag):
        raise NoPoint from None
    if base64.urlsafe_b64encode(raw).decode("ascii") != cursor:  # the decoder also takes a second alphabet
        raise NoPoint
    position = int.from_bytes(plain[_ERA : _ERA + _POSITION], "big")
    return Point(UUID(bytes=plain[:_ERA]), position, plain[_ERA + _POSITION :])


def event_id(secret: bytes, era: UUID, position: int, about: bytes = b"") -> str:
    """The stable, unique id of the event at a position; `about` where the event is none of a change row.

    A hash of a secret and of fields of fixed length, which PostgreSQL can make as well (services/changes.py).
    """
    return sha256(key_of_ids(secret) + era.bytes + position.to_bytes(_POSITION, "big") + about).hexdigest()[:32]


def key_of_ids(secret: bytes) -> bytes:
    """What ids of events are made with. Whoever has it can count changes, and do nothing else."""
    return _keys(secret)[1]


def _cipher(secret: bytes) -> AESSIV:
    return _keys(secret)[0]


@lru_cache(maxsize=8)
def _keys(secret: bytes) -> tuple[AESSIV, bytes]:
    """Keys of their own for each use, from the key that also signs the cursors of lists."""
    return AESSIV(hmac.digest(secret, b"bmp:feed:cursor", "sha512")), hmac.digest(secret, b"bmp:feed:event", "sha256")
