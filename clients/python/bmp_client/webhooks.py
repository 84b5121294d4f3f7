"""Verify webhooks (Standard Webhooks) with the standard library only: use it in whatever receives them."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from bmp_client.errors import SignatureInvalid

PREFIX = "whsec_"
TOLERANCE_S = 300


def verify(
    payload: bytes,
    headers: Mapping[str, str],
    secret: str | Sequence[str],
    *,
    tolerance_s: float = TOLERANCE_S,
    now: float | None = None,
) -> dict[str, Any]:
    """The event of a webhook (a CloudEvent), or SignatureInvalid.

    `payload` are the bytes as they came: JSON that was read and written again has another signature. While a secret is
    rotated give both. What arrives twice has the same header `webhook-id`.
    """
    given = {name.lower(): value for name, value in headers.items()}
    ident, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not ident or not (stamp.isascii() and stamp.isdigit()):
        raise SignatureInvalid("webhook-id or webhook-timestamp is missing")
    if not abs((time.time() if now is None else now) - int(stamp[:12])) <= tolerance_s:
        raise SignatureInvalid("signed too long ago, or by a clock that is wrong")
    content = f"{ident}.{stamp}.".encode() + payload
    secrets = [secret] if isinstance(secret, str) else list(secret)
    expected = [hmac.digest(_key(each), content, "sha256") for each in secrets]
    found = [_bytes(each[3:]) for each in given.get("webhook-signature", "").split(" ") if each.startswith("v1,")]
    if not any([hmac.compare_digest(one, other) for one in expected for other in found]):  # noqa: C419 - all, each time
        raise SignatureInvalid("not signed with this secret")
    try:
        event = json.loads(payload)
    except ValueError:
        raise SignatureInvalid("signed, but no JSON") from None
    if not isinstance(event, dict):
        raise SignatureInvalid("signed, but no event")
    return event


def sign(payload: bytes, ident: str, secret: str, *, now: float | None = None) -> dict[str, str]:
    """The headers of a webhook: to try a receiver without the service."""
    stamp = str(int(time.time() if now is None else now))
    digest = hmac.digest(_key(secret), f"{ident}.{stamp}.".encode() + payload, "sha256")
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": ident, "webhook-timestamp": stamp, "webhook-signature": signature}


def _key(secret: str) -> bytes:
    key = _bytes(secret.removeprefix(PREFIX))
    if not key:
        raise ValueError("this is no secret of a webhook")
    return key


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
