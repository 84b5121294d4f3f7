"""How a script proves who it is: a secret, or an assertion that its private key signed (RFC 7523)."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote_plus
from uuid import uuid4

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME_S = 60

Signer = Callable[[dict[str, object]], str]
"""Makes a signed JWT of claims: your own, for a key that never leaves its hardware."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What goes into a token request beside the grant."""

    client_id: str
    secret: str | None = None
    sign: Signer | None = None

    @property
    def basic(self) -> str | None:
        """The value of `Authorization`, for a client with a secret (RFC 6749, section 2.3.1)."""
        if self.secret is None:
            return None
        pair = f"{_form(self.client_id)}:{_form(self.secret)}"
        return "Basic " + base64.b64encode(pair.encode()).decode("ascii")

    def assertion(self, audience: str) -> dict[str, str]:
        """The members of the form, for a client with a key; each is good once."""
        if self.sign is None:
            return {}
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": audience,
            "iat": now,
            "exp": now + LIFETIME_S,
            "jti": str(uuid4()),
        }
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.sign(claims)}


def _form(text: str) -> str:
    return quote_plus(text)


def signer(pem: str | bytes, password: bytes | None = None) -> Signer:
    """Sign with a private key in PEM: P-256 (ES256) or RSA (RS256). Needs `bmp-client[jwt]`."""
    try:
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils  # noqa: PLC0415
    except ImportError:  # pragma: no cover - the extra is installed where this is tested
        raise ImportError("signing needs cryptography: pip install 'bmp-client[jwt]'") from None
    key = serialization.load_pem_private_key(pem.encode() if isinstance(pem, str) else pem, password)

    def sign_es256(content: bytes) -> bytes:
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - chosen below
        r, s = utils.decode_dss_signature(key.sign(content, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def sign_rs256(content: bytes) -> bytes:
        assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - chosen below
        return key.sign(content, padding.PKCS1v15(), hashes.SHA256())

    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return _jwt("ES256", sign_es256)
    if isinstance(key, rsa.RSAPrivateKey):
        return _jwt("RS256", sign_rs256)
    raise ValueError("the key has to be P-256 or RSA")


def _jwt(algorithm: str, sign: Callable[[bytes], bytes]) -> Signer:
    header = _part(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())

    def make(claims: dict[str, object]) -> str:
        content = header + b"." + _part(json.dumps(claims).encode())
        return (content + b"." + _part(sign(content))).decode("ascii")

    return make


def _part(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
