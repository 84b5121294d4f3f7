"""Access tokens, client assertions and opaque secrets (API 17). The only file that knows jose.

python-jose believes what a token says about itself unless it is told otherwise. So each token is read in this order,
and the first thing that is wrong ends it with Unauthorised:

1. at most 8 KB, three base64url parts and nothing else;
2. the header: the expected `typ`, `alg` and `kid`, and nothing that would bring a key along or change the meaning
   (`crit`, `jku`, `x5u`, `jwk`, `x5c`);
3. the signature, with one key that was prepared before and the one algorithm of that key;
4. the claims: all of them there, of the right type, for this audience, from this issuer, not too long alive.

Signing and verifying is done by the `cryptography` backend, named here, and never by the pure Python `ecdsa` package
that jose also installs (CVE-2024-23342). Encrypted tokens (JWE) are not touched.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from jose import jwt
from jose.backends.cryptography_backend import CryptographyECKey, CryptographyRSAKey
from jose.exceptions import ExpiredSignatureError
from jose.utils import base64_to_long, base64url_decode, base64url_encode

from app.domain.errors import Rejected, Unauthorised
from app.security.keys import Keys

ALGORITHM = "ES256"
CLIENT_ALGORITHMS = ("ES256", "RS256")
"""What a client may sign its assertions with: P-256, or RSA of 2048 to 4096 bits for tools that know nothing else."""
LARGEST_TOKEN = 8192
"""Bytes of the longest token that is looked at."""
LONGEST_MINUTES = 60
LEEWAY_SECONDS = 30
"""Seconds by which the clock of another machine may be ahead."""
ASSERTION_SECONDS = 300
"""Longest life of a client assertion, so that its `jti` need not be remembered for long."""

_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)", re.ASCII)
_ACCESS_TYPES = ("at+jwt", "application/at+jwt")  # RFC 9068, section 4
_ASSERTION_TYPES = ("", "jwt", "client-authentication+jwt", "application/client-authentication+jwt")
_KEY_BEARING = ("crit", "jku", "x5u", "jwk", "x5c")
_RSA_BITS = range(2048, 4097)
_CLAIMS = frozenset({"iss", "aud", "sub", "client_id", "jti", "iat", "exp", "scope", "org", "org_kind"})
_REQUIRED = {f"require_{claim}": True for claim in ("iss", "aud", "sub", "jti", "iat", "exp")}
_CLOCK_GIVEN = {"verify_nbf": False, "verify_exp": False, "require_exp": False, "require_iat": False}
"""For assertions, whose clock is given: jose would take the machine's, and `require_exp` switches `verify_exp` on."""

_SigningKey = CryptographyECKey
_ClientKey = CryptographyECKey | CryptographyRSAKey


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified access token says. Rights come from the database; `scope` can only narrow them."""

    sub: str
    client_id: str
    jti: str
    iat: int
    exp: int
    scope: frozenset[str]
    org: str
    org_kind: str
    extra: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AssertionClaims:
    """What a verified client assertion says. The caller remembers (client_id, jti) until `exp`: it works once."""

    client_id: str
    jti: str
    exp: int


def issue_access(
    keys: Keys,
    *,
    issuer: str,
    audience: str,
    subject: str,
    client_id: str,
    scopes: Iterable[str],
    org: str,
    org_kind: str,
    minutes: int,
    now: datetime,
    jti: str,
    extra: Mapping[str, Any] | None = None,
) -> str:
    """A new access token (RFC 9068), good for `minutes` from `now`, signed with the newest key.

    `extra` claims may not stand in for one of the token's own (ValueError), nor make it too long to be accepted.
    """
    if extra and not _CLAIMS.isdisjoint(extra):
        raise ValueError(f"these claims are the token's own: {sorted(_CLAIMS.intersection(extra))}")
    issued = int(now.timestamp())
    claims = {
        **(extra or {}),
        "iss": issuer,
        "aud": audience,
        "sub": subject,
        "client_id": client_id,
        "jti": jti,
        "iat": issued,
        "exp": issued + minutes * 60,
        "scope": " ".join(sorted(scopes)),
        "org": org,
        "org_kind": org_kind,
    }
    key = keys.signer()
    token = jwt.encode(claims, _pair(key.private_pem), ALGORITHM, headers={"typ": "at+jwt", "kid": key.kid})
    if len(token) > LARGEST_TOKEN:
        raise ValueError(f"a token of {len(token)} bytes would be refused by ourselves")
    return token


def verify_access(
    keys: Keys, token: str, *, issuer: str, audience: str, longest_minutes: int = LONGEST_MINUTES
) -> Claims:
    """The claims of a good access token; whatever is wrong with another is Unauthorised.

    `longest_minutes` is the life that this deployment gives its tokens: one that claims more was not made here.
    """
    try:
        return _read_access(keys, token, issuer, audience, longest_minutes * 60)
    except ExpiredSignatureError as problem:
        raise Unauthorised("The access token has expired.") from problem
    except Exception as problem:  # whatever jose or a claim of a strange type raises means the same to the caller
        raise Unauthorised("The access token is not valid.") from problem


def verify_client_assertion(
    jwk_public: Mapping[str, Any], assertion: str, *, client_id: str, audience: str | Collection[str], now: datetime
) -> AssertionClaims:
    """The claims of a client's `private_key_jwt` (RFC 7523); whatever is wrong is Unauthorised.

    `jwk_public` is the registered key, as `check_client_key` gave it: its kind fixes the algorithm. `audience` is
    what the assertion may be meant for: the issuer or the token endpoint. It lives at most five minutes; whether its
    `jti` was used before is for the caller to find out.
    """
    accepted = {audience} if isinstance(audience, str) else set(audience)
    try:
        return _read_assertion(jwk_public, assertion, client_id, accepted, int(now.timestamp()))
    except Exception as problem:  # as above
        raise Unauthorised("The client assertion is not valid.") from problem


def named_client(assertion: str) -> str | None:
    """Whose assertion it says it is: to look up the key that has to have signed it, and for nothing else."""
    try:
        _check_shape(assertion)
        subject = jwt.get_unverified_claims(assertion)["sub"]
    except Exception:  # noqa: BLE001 - jose raises a dozen kinds; all mean that it names nobody
        return None
    return subject if isinstance(subject, str) else None


def check_client_key(jwk: Mapping[str, Any], *, pointer: str = "/jwk") -> dict[str, str]:
    """A client's public key as it is to be stored: only the members that make the key, and its algorithm.

    Rejected, at `pointer`, for anything but a P-256 or an RSA key of 2048 to 4096 bits, and for a private key.
    """
    if "d" in jwk:
        text = "Send the public key only, and make a new pair: this private key has travelled."
        raise Rejected.at(pointer, "private_key", text)
    try:
        return _members(_build_client_key(json.dumps(dict(jwk))))
    except Exception:  # noqa: BLE001 - parsers of keys raise a dozen kinds; all mean that this is no usable key
        text = "A public JWK is needed: EC P-256 (ES256), or RSA of 2048 to 4096 bits (RS256)."
        raise Rejected.at(pointer, "key_refused", text) from None


def jwks(keys: Keys) -> dict[str, list[dict[str, str]]]:
    """The public keys that verify access tokens, newest first (RFC 7517)."""
    return {"keys": [{**_members(_pair(key.public_pem)), "kid": key.kid, "use": "sig"} for key in keys.verifiers()]}


def new_secret() -> str:
    """A new opaque secret of 256 random bits: refresh token, client secret, link of an invitation.

    The prefix lets scanners of repositories and logs find one that leaked.
    """
    return f"bmp_{secrets.token_urlsafe(32)}"


def hash_secret(secret: str) -> bytes:
    """What is stored instead of an opaque secret. It has 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def same_secret(secret: str, stored: bytes) -> bool:
    """Whether the secret is the one that was stored, in a time that tells nothing about how much of it was right."""
    return hmac.compare_digest(hash_secret(secret), stored)


@lru_cache(maxsize=64)
def _pair(pem: bytes) -> _SigningKey:
    """The prepared key of a PEM text: reading PEM costs more than signing."""
    return CryptographyECKey(pem, ALGORITHM)


@lru_cache(maxsize=1024)
def _build_client_key(canonical: str) -> _ClientKey:
    """The prepared key of a client's JWK (as JSON); any exception means that it is refused."""
    jwk: dict[str, Any] = json.loads(canonical)
    algorithm = {"EC": "ES256", "RSA": "RS256"}[jwk["kty"]]
    if jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig":
        raise ValueError("a key for something else")
    if algorithm == "RS256":
        number, exponent = base64_to_long(jwk["n"]), base64_to_long(jwk["e"])
        if number.bit_length() not in _RSA_BITS or exponent < 65537:  # noqa: PLR2004 - NIST SP 800-56B: e > 2^16
            raise ValueError("too weak, or too costly to verify")
        return CryptographyRSAKey({"kty": "RSA", "n": jwk["n"], "e": jwk["e"]}, algorithm)
    if jwk["crv"] != "P-256":
        raise ValueError("another curve")
    return CryptographyECKey({member: jwk[member] for member in ("kty", "crv", "x", "y")}, algorithm)


def _members(key: _ClientKey) -> dict[str, str]:
    """The public members of a public key as a JWK, with its algorithm."""
    members: dict[str, str] = key.to_dict()  # type: ignore[no-untyped-call] # the stubs of jose leave it out
    return members


def _check_shape(token: str) -> None:
    """Three base64url parts, and a signature with one spelling only: no two tokens may be the same one."""
    if len(token) > LARGEST_TOKEN:
        raise ValueError("too long")
    shape = _SHAPE.fullmatch(token)
    if shape is None:
        raise ValueError("not a signed token")
    signature = shape[1].encode("ascii")
    if base64url_encode(base64url_decode(signature)) != signature:
        raise ValueError("the signature is spelt in an unusual way")


def _read_access(keys: Keys, token: str, issuer: str, audience: str, longest: int) -> Claims:
    _check_shape(token)
    header = jwt.get_unverified_header(token)
    if header.keys() != {"typ", "alg", "kid"}:  # ours have no other: none of crit, jku, x5u, jwk, x5c
        raise ValueError("unexpected header parameters")
    if header["typ"].lower() not in _ACCESS_TYPES or header["alg"] != ALGORITHM:
        raise ValueError("not an access token")
    key = keys.verifier(header["kid"])
    if key is None:
        raise ValueError("unknown key")
    claims = jwt.decode(
        token,
        _pair(key.public_pem),
        algorithms=[ALGORITHM],
        audience=audience,
        issuer=issuer,
        options=_REQUIRED,
    )
    if not all(type(claims[name]) is str for name in _CLAIMS - {"iat", "exp"}):
        raise ValueError("a claim is not text")
    _check_times(claims["iat"], claims["exp"], int(time.time()), longest)
    extra = {name: value for name, value in claims.items() if name not in _CLAIMS}
    texts = {name: claims[name] for name in ("sub", "client_id", "jti", "org", "org_kind")}
    scope = frozenset(claims["scope"].split())
    return Claims(**texts, iat=claims["iat"], exp=claims["exp"], scope=scope, extra=MappingProxyType(extra))


def _check_times(issued: object, ends: object, now: int, longest: int) -> None:
    """What jose is lax about: it takes texts, floats and booleans for instants, and the last second for a good one."""
    if type(issued) is not int or type(ends) is not int:
        raise ValueError("an instant is not a whole number")
    if issued > now + LEEWAY_SECONDS or not 0 < ends - issued <= longest:
        raise ValueError("issued in the future, or for too long")
    if now >= ends:
        raise ExpiredSignatureError


def _read_assertion(
    jwk: Mapping[str, Any], assertion: str, client_id: str, accepted: set[str], now: int
) -> AssertionClaims:
    _check_shape(assertion)
    key = _build_client_key(json.dumps(dict(jwk)))
    algorithm = _members(key)["alg"]
    header = jwt.get_unverified_header(assertion)
    if not header.keys().isdisjoint(_KEY_BEARING):
        raise ValueError("unexpected header parameters")
    if header.get("typ", "").lower() not in _ASSERTION_TYPES or header["alg"] != algorithm:
        raise ValueError("not a client assertion of this key")
    claims = jwt.decode(
        assertion,
        key,
        algorithms=[algorithm],
        audience=_one_audience(jwt.get_unverified_claims(assertion)["aud"], accepted),
        issuer=client_id,
        subject=client_id,
        options={**_REQUIRED, **_CLOCK_GIVEN},
    )
    jti, ends = claims["jti"], claims["exp"]
    if type(jti) is not str or not 0 < len(jti) <= 255:  # noqa: PLR2004 - it is stored against replay
        raise ValueError("an unusable jti")
    if type(ends) is not int or not now < ends <= now + ASSERTION_SECONDS + LEEWAY_SECONDS:
        raise ValueError("expired, or alive for too long")
    starts = [claims[name] for name in ("iat", "nbf") if name in claims]
    if not all(type(start) is int and start <= now + LEEWAY_SECONDS for start in starts):
        raise ValueError("from the future")
    return AssertionClaims(client_id, jti, ends)


def _one_audience(named: object, accepted: set[str]) -> str:
    """The single audience of an assertion. One meant for others too could be used here by any of them."""
    audiences = named if isinstance(named, list) else [named]
    (audience,) = audiences
    if audience not in accepted:
        raise ValueError("meant for somebody else")
    return str(audience)
