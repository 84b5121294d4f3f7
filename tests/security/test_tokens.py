"""Each row of TRAPS, python-jose: what a forged, stretched or mistyped token tries, and that it is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Rejected, Unauthorised
from app.security import keys, tokens

ISSUER = "https://bmp.example"
AUDIENCE = "https://bmp.example/api/v1"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "account-1",
    "client_id": "client-1",
    "jti": "token-1",
    "iat": SECONDS,
    "exp": SECONDS + 600,
    "scope": "equipment:read training:read",
    "org": "organisation-1",
    "org_kind": "implementer",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("keys") / "secrets"
    keys.create_missing(made)
    return made


@pytest.fixture(scope="module")
def loaded(folder: Path) -> keys.Keys:
    return keys.load(folder)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def es256(private: ec.EllipticCurvePrivateKey) -> Callable[[bytes], bytes]:
    def sign(content: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(content, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def rs256(private: rsa.RSAPrivateKey) -> Callable[[bytes], bytes]:
    return lambda content: private.sign(content, padding.PKCS1v15(), hashes.SHA256())


def hs256(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda content: hmac.digest(secret, content, "sha256")


def forge(header: object, claims: object, sign: Callable[[bytes], bytes]) -> str:
    """A token written by hand, without jose."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)]
    signed = ".".join(b64(part) for part in parts)
    return f"{signed}.{b64(sign(signed.encode()))}"


def own(loaded: keys.Keys) -> Callable[[bytes], bytes]:
    """The deployment's own signature: what only a mistake of ours, or a stolen key, could make."""
    private = load_pem_private_key(loaded.signer().private_pem, None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return es256(private)


def head(loaded: keys.Keys, **changes: Any) -> dict[str, Any]:
    return {"typ": "at+jwt", "alg": "ES256", "kid": loaded.signer().kid} | changes


def without(mapping: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if key != name}


def verify(loaded: keys.Keys, token: str, **changes: Any) -> tokens.Claims:
    return tokens.verify_access(loaded, token, **({"issuer": ISSUER, "audience": AUDIENCE} | changes))


def refused(loaded: keys.Keys, token: str, detail: str = "The access token is not valid.", **changes: Any) -> None:
    with pytest.raises(Unauthorised) as caught:
        verify(loaded, token, **changes)
    assert (caught.value.detail, caught.value.facts) == (detail, {})


def issue(loaded: keys.Keys, **changes: Any) -> str:
    given: dict[str, Any] = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "subject": "account-1",
        "client_id": "client-1",
        "scopes": ["training:read", "equipment:read"],
        "org": "organisation-1",
        "org_kind": "implementer",
        "minutes": 10,
        "now": NOW,
        "jti": "token-1",
    }
    return tokens.issue_access(loaded, **(given | changes))


# What is issued


def test_an_issued_token_says_what_rfc_9068_asks_for(loaded: keys.Keys) -> None:
    header, claims, signature = issue(loaded).split(".")
    assert json.loads(unb64(header)) == {"typ": "at+jwt", "alg": "ES256", "kid": loaded.signer().kid}
    assert json.loads(unb64(claims)) == GOOD
    assert len(unb64(signature)) == 64


def test_an_issued_token_is_verified(loaded: keys.Keys) -> None:
    assert verify(loaded, issue(loaded, extra={"session": "s-1"})) == tokens.Claims(
        sub="account-1",
        client_id="client-1",
        jti="token-1",
        iat=SECONDS,
        exp=SECONDS + 600,
        scope=frozenset({"equipment:read", "training:read"}),
        org="organisation-1",
        org_kind="implementer",
        extra={"session": "s-1"},
    )


def test_a_token_without_scopes_has_none(loaded: keys.Keys) -> None:
    assert verify(loaded, issue(loaded, scopes=[])).scope == frozenset()


@pytest.mark.parametrize("name", sorted(GOOD))
def test_extra_claims_cannot_stand_in_for_the_tokens_own(loaded: keys.Keys, name: str) -> None:
    with pytest.raises(ValueError, match=f"own: \\['{name}'\\]"):
        issue(loaded, extra={"session": "s-1", name: "x"})


def test_a_token_that_would_be_refused_is_not_issued(loaded: keys.Keys) -> None:
    with pytest.raises(ValueError, match="refused by ourselves"):
        issue(loaded, extra={"session": "s" * tokens.LARGEST_TOKEN})


def test_the_forger_of_these_tests_can_make_good_tokens(loaded: keys.Keys) -> None:
    assert verify(loaded, forge(head(loaded), GOOD, own(loaded))).sub == "account-1"


@pytest.mark.parametrize("typ", ["AT+JWT", "at+JWT", "application/at+jwt"])
def test_media_types_are_compared_without_case(loaded: keys.Keys, typ: str) -> None:
    assert verify(loaded, forge(head(loaded, typ=typ), GOOD, own(loaded))).jti == "token-1"


def test_a_token_signed_before_a_rotation_stays_good(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    keys.create_missing(folder)
    running = keys.load(folder)
    before = issue(running)
    keys.rotate_signing(folder, timedelta(minutes=10))
    other_worker = keys.load(folder)
    assert verify(other_worker, before).jti == "token-1"
    assert verify(running, issue(other_worker)).jti == "token-1"
    keys.rotate_signing(folder, timedelta(0))
    refused(keys.load(folder), before)


# The header


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None])
def test_no_algorithm(loaded: keys.Keys, alg: str | None) -> None:
    refused(loaded, forge(head(loaded, alg=alg), GOOD, own(loaded)))
    unsigned = forge(head(loaded, alg=alg), GOOD, lambda _: b"")
    refused(loaded, unsigned)
    refused(loaded, unsigned.rstrip("."))


def test_the_public_key_as_hmac_secret(loaded: keys.Keys) -> None:
    pem = loaded.signer().public_pem
    public = load_pem_public_key(pem)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    for secret in (pem, pem.strip(), der, point, b""):
        refused(loaded, forge(head(loaded, alg="HS256"), GOOD, hs256(secret)))
        refused(loaded, forge(head(loaded), GOOD, hs256(secret)))


@pytest.mark.parametrize("alg", ["ES384", "ES512", "RS256", "PS256", "EdDSA", "es256", "ES256 ", 1, ["ES256"]])
def test_any_other_algorithm(loaded: keys.Keys, alg: object) -> None:
    refused(loaded, forge(head(loaded, alg=alg), GOOD, own(loaded)))


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at", "at+jwt ", "rt+jwt", "application/jwt", "", None, 1, ["at+jwt"]])
def test_any_other_type(loaded: keys.Keys, typ: object) -> None:
    refused(loaded, forge(head(loaded, typ=typ), GOOD, own(loaded)))


@pytest.mark.parametrize(
    "kid", ["", "unknown", "../chain", "chain", None, 1, ["x"], {"x": 1}, "20260101T000000000000Z-0"]
)
def test_an_unknown_key(loaded: keys.Keys, kid: object) -> None:
    refused(loaded, forge(head(loaded, kid=kid), GOOD, own(loaded)))


@pytest.mark.parametrize("name", ["typ", "alg", "kid"])
def test_a_header_without_one_of_its_three_parts(loaded: keys.Keys, name: str) -> None:
    refused(loaded, forge(without(head(loaded), name), GOOD, own(loaded)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("crit", ["exp"]),
        ("crit", []),
        ("jku", "https://attacker.example/jwks"),
        ("x5u", "https://attacker.example/certificate"),
        ("jwk", {"kty": "EC"}),
        ("x5c", ["MIIB"]),
        ("jku", None),
        ("cty", "JWT"),
        ("zip", "DEF"),
        ("b64", False),
    ],
)
def test_a_header_that_brings_something_along(loaded: keys.Keys, name: str, value: object) -> None:
    refused(loaded, forge(head(loaded, **{name: value}), GOOD, own(loaded)))


def test_the_attackers_own_key_embedded(loaded: keys.Keys) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": b64(numbers.x.to_bytes(32, "big")),
        "y": b64(numbers.y.to_bytes(32, "big")),
    }
    refused(loaded, forge(head(loaded, jwk=jwk), GOOD, es256(private)))
    refused(loaded, forge(without(head(loaded, jwk=jwk), "kid"), GOOD, es256(private)))
    refused(loaded, forge(head(loaded), GOOD, es256(private)))


@pytest.mark.parametrize("header", [[], "at+jwt", 1, None, b"{", b"", b"\xff\xfe", b"[" * 3000, b"1" * 4400])
def test_a_header_that_is_no_object(loaded: keys.Keys, header: object) -> None:
    refused(loaded, forge(header, GOOD, own(loaded)))


# The claims


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_token_without_one_of_its_claims(loaded: keys.Keys, name: str) -> None:
    refused(loaded, forge(head(loaded), without(GOOD, name), own(loaded)))


@pytest.mark.parametrize("value", [None, True, False, 1, 1.5, [], {}, ["x"]])
@pytest.mark.parametrize("name", sorted(set(GOOD) - {"iat", "exp"}))
def test_a_claim_that_is_not_text(loaded: keys.Keys, name: str, value: object) -> None:
    refused(loaded, forge(head(loaded), GOOD | {name: value}, own(loaded)))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        SECONDS + 60.0,
        f"{SECONDS + 60}",
        [SECONDS + 60],
        {},
        "",
        "never",
        math.inf,
        math.nan,
        10**400,
    ],
)
@pytest.mark.parametrize("name", ["iat", "exp"])
def test_an_instant_that_is_no_whole_number(loaded: keys.Keys, name: str, value: object) -> None:
    expired = name == "exp" and isinstance(value, bool)  # jose reads them as the first seconds of 1970
    detail = "The access token has expired." if expired else "The access token is not valid."
    refused(loaded, forge(head(loaded), GOOD | {name: value}, own(loaded)), detail)


@pytest.mark.parametrize("audience", ["https://other.example", AUDIENCE + "/", "", [AUDIENCE], [AUDIENCE, "x"]])
def test_another_audience(loaded: keys.Keys, audience: object) -> None:
    refused(loaded, forge(head(loaded), GOOD | {"aud": audience}, own(loaded)))


@pytest.mark.parametrize("issuer", ["https://other.example", ISSUER + "/", ISSUER.upper(), ""])
def test_another_issuer(loaded: keys.Keys, issuer: str) -> None:
    refused(loaded, forge(head(loaded), GOOD | {"iss": issuer}, own(loaded)))


def test_a_token_of_another_deployment(loaded: keys.Keys, tmp_path: Path) -> None:
    keys.create_missing(tmp_path / "secrets")
    refused(loaded, issue(keys.load(tmp_path / "secrets")))


def test_a_token_ends_on_its_second(loaded: keys.Keys) -> None:
    token = issue(loaded)
    with time_machine.travel(NOW + timedelta(seconds=599), tick=False):
        assert verify(loaded, token).jti == "token-1"
    for late in (600, 601, 10**6):
        with time_machine.travel(NOW + timedelta(seconds=late), tick=False):
            refused(loaded, token, "The access token has expired.")


def test_a_token_from_the_future_is_forgiven_half_a_minute(loaded: keys.Keys) -> None:
    assert verify(loaded, issue(loaded, now=NOW + timedelta(seconds=30))).iat == SECONDS + 30
    refused(loaded, issue(loaded, now=NOW + timedelta(seconds=31)))


def test_a_token_lives_no_longer_than_the_deployment_allows(loaded: keys.Keys) -> None:
    assert verify(loaded, issue(loaded, minutes=60)).exp == SECONDS + 3600
    refused(loaded, issue(loaded, minutes=61))
    assert verify(loaded, issue(loaded, minutes=10), longest_minutes=10).exp == SECONDS + 600
    refused(loaded, issue(loaded, minutes=11), longest_minutes=10)


@pytest.mark.parametrize(("begins", "ends"), [(0, 0), (20, 10), (0, 2**70), (-(2**70), 10), (-3600, 1)])
def test_a_token_that_ends_before_it_begins_or_never(loaded: keys.Keys, begins: int, ends: int) -> None:
    claims = GOOD | {"iat": SECONDS + begins, "exp": SECONDS + ends}
    refused(loaded, forge(head(loaded), claims, own(loaded)))


def test_a_token_that_is_not_yet_good(loaded: keys.Keys) -> None:
    refused(loaded, forge(head(loaded), GOOD | {"nbf": SECONDS + 60}, own(loaded)))


@pytest.mark.parametrize("claims", [[], "x", 1, None, b"", b"{", b"\xff", b"[" * 3000])
def test_claims_that_are_no_object(loaded: keys.Keys, claims: object) -> None:
    refused(loaded, forge(head(loaded), claims, own(loaded)))


# The text of the token


def test_an_altered_token(loaded: keys.Keys) -> None:
    header, claims, signature = issue(loaded).split(".")
    richer = b64(json.dumps(GOOD | {"scope": "equipment:write"}).encode())
    other = issue(loaded, jti="token-2").split(".")[2]
    raw = unb64(signature)
    swapped = b64(raw[32:] + raw[:32])
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    respelt = signature[:-1] + alphabet[alphabet.index(signature[-1]) ^ 1]
    assert unb64(respelt) == raw
    for altered in (
        f"{header}.{claims}.{respelt}",
        f"{header}.{richer}.{signature}",
        f"{header}.{claims}.{other}",
        f"{header}.{claims}.{swapped}",
        f"{header}.{claims}.{b64(raw[:63])}",
        f"{header}.{claims}.{b64(raw + b'0')}",
        f"{header}.{claims}.{b64(bytes(64))}",
        f"{header}.{claims}.{signature}=",
        f"{header}.{claims}.{signature}.",
        f"{header}.{claims}.{signature}\n",
        f" {header}.{claims}.{signature}",
        f"{header}.{claims}.",
        f"{header}.{claims}",
        f"{header}.{claims}..{signature}",
        f"{header}.{claims}.{signature}.{signature}.{signature}",
        f"{header}.{claims[:-1]}.{claims[-1]}{signature}",
    ):
        refused(loaded, altered)


@given(place=st.integers(min_value=0), replacement=st.characters())
def test_no_other_spelling_of_a_token_is_good(loaded: keys.Keys, place: int, replacement: str) -> None:
    token = issue(loaded)
    place %= len(token)
    altered = token[:place] + replacement + token[place + 1 :]
    if altered != token:
        refused(loaded, altered)


@given(junk=st.text())
def test_junk(loaded: keys.Keys, junk: str) -> None:
    refused(loaded, junk)
    refused(loaded, f"{junk}.{junk}.{junk}")


@pytest.mark.parametrize("token", ["", ".", "..", "...", "a.b.c", "é.é.é", "\x00.\x00.\x00", "a" * 9000, "٣.٣.٣"])
def test_what_is_no_token(loaded: keys.Keys, token: str) -> None:
    refused(loaded, token)


def test_eight_kilobytes_are_the_limit(loaded: keys.Keys) -> None:
    def padded(length: int) -> str:
        return forge(head(loaded), GOOD | {"pad": "x" * length}, own(loaded))

    pad = next(length for length in range(5500, 6200) if len(padded(length)) > tokens.LARGEST_TOKEN)
    assert len(padded(pad - 1)) <= tokens.LARGEST_TOKEN
    assert verify(loaded, padded(pad - 1)).extra == {"pad": "x" * (pad - 1)}
    refused(loaded, padded(pad))


# The published keys


def test_the_key_set_holds_public_members_only(tmp_path: Path) -> None:
    keys.create_missing(tmp_path / "secrets")
    older = keys.load(tmp_path / "secrets").signer()
    newer_kid = keys.rotate_signing(tmp_path / "secrets", timedelta(minutes=10))
    loaded = keys.load(tmp_path / "secrets")

    def public(key: keys.SigningKey) -> dict[str, str]:
        public_key = load_pem_public_key(key.public_pem)
        assert isinstance(public_key, ec.EllipticCurvePublicKey)
        numbers = public_key.public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "alg": "ES256",
            "use": "sig",
            "kid": key.kid,
            "x": b64(numbers.x.to_bytes(32, "big")),
            "y": b64(numbers.y.to_bytes(32, "big")),
        }

    assert loaded.signer().kid == newer_kid
    assert tokens.jwks(loaded) == {"keys": [public(loaded.signer()), public(older)]}


# Opaque secrets


def test_opaque_secrets_are_random_and_recognisable() -> None:
    made = {tokens.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert {secret[:4] for secret in made} == {"bmp_"}
    assert {len(unb64(secret[4:])) for secret in made} == {32}


def test_opaque_secrets_are_compared_by_their_hash() -> None:
    assert tokens.hash_secret("bmp_x") == hashlib.sha256(b"bmp_x").digest()
    assert tokens.same_secret("bmp_x", tokens.hash_secret("bmp_x"))
    assert not tokens.same_secret("bmp_y", tokens.hash_secret("bmp_x"))
    assert not tokens.same_secret("\ud800", tokens.hash_secret("bmp_x"))
    assert not tokens.same_secret("", b"")


# Client assertions

CLIENT = "client-7"
TOKEN_URL = f"{ISSUER}/api/v1/oauth/token"
ASSERTED: dict[str, Any] = {
    "iss": CLIENT,
    "sub": CLIENT,
    "aud": TOKEN_URL,
    "jti": "once-1",
    "iat": SECONDS,
    "exp": SECONDS + 60,
}
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)


def jwk_of(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> dict[str, Any]:
    if isinstance(private, rsa.RSAPrivateKey):
        n, e = private.public_key().public_numbers().n, private.public_key().public_numbers().e
        return {"kty": "RSA", "n": b64(n.to_bytes((n.bit_length() + 7) // 8, "big")), "e": b64(e.to_bytes(3, "big"))}
    numbers = private.public_key().public_numbers()
    size = (private.curve.key_size + 7) // 8
    return {
        "kty": "EC",
        "crv": {256: "P-256", 384: "P-384"}[private.curve.key_size],
        "x": b64(numbers.x.to_bytes(size, "big")),
        "y": b64(numbers.y.to_bytes(size, "big")),
    }


def asserted(assertion: str, jwk: dict[str, Any] | None = None, **changes: Any) -> tokens.AssertionClaims:
    given: dict[str, Any] = {"client_id": CLIENT, "audience": (TOKEN_URL, ISSUER), "now": NOW} | changes
    return tokens.verify_client_assertion(jwk or jwk_of(EC_KEY), assertion, **given)


def assertion_refused(assertion: str, jwk: dict[str, Any] | None = None, **changes: Any) -> None:
    with pytest.raises(Unauthorised) as caught:
        asserted(assertion, jwk, **changes)
    assert (caught.value.detail, caught.value.facts) == ("The client assertion is not valid.", {})


def by_client(claims: object = ASSERTED, **header: Any) -> str:
    return forge({"typ": "JWT", "alg": "ES256"} | header, claims, es256(EC_KEY))


ACCEPTED = tokens.AssertionClaims(CLIENT, "once-1", SECONDS + 60)


def test_an_assertion_by_either_kind_of_key() -> None:
    assert asserted(by_client()) == ACCEPTED
    rsa_made = forge({"typ": "JWT", "alg": "RS256"}, ASSERTED, rs256(RSA_KEY))
    assert asserted(rsa_made, jwk_of(RSA_KEY)) == ACCEPTED
    assert asserted(rsa_made, tokens.check_client_key(jwk_of(RSA_KEY))) == ACCEPTED


@pytest.mark.parametrize("typ", ["JWT", "jwt", "client-authentication+jwt", "application/client-authentication+jwt"])
def test_an_assertion_may_name_its_type_and_key(typ: str) -> None:
    assert asserted(by_client(typ=typ, kid="mine", x5t="ignored")) == ACCEPTED
    assert asserted(forge({"alg": "ES256"}, ASSERTED, es256(EC_KEY))) == ACCEPTED


@pytest.mark.parametrize("audience", [TOKEN_URL, ISSUER, [TOKEN_URL], [ISSUER]])
def test_an_assertion_is_for_the_issuer_or_the_token_endpoint(audience: object) -> None:
    assert asserted(by_client(ASSERTED | {"aud": audience})) == ACCEPTED


def test_a_single_audience_may_be_given() -> None:
    assert asserted(by_client(), audience=TOKEN_URL) == ACCEPTED
    assertion_refused(by_client(), audience=ISSUER)


@pytest.mark.parametrize(
    "audience", ["https://other.example", "", None, 1, [], [TOKEN_URL, ISSUER], [TOKEN_URL, "x"], [[TOKEN_URL]], {}]
)
def test_an_assertion_for_anybody_else(audience: object) -> None:
    assertion_refused(by_client(ASSERTED | {"aud": audience}))


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "jti", "exp"])
def test_an_assertion_without_one_of_its_claims(name: str) -> None:
    assertion_refused(by_client(without(ASSERTED, name)))


def test_an_assertion_need_not_say_when_it_was_made() -> None:
    assert asserted(by_client(without(ASSERTED, "iat"))) == ACCEPTED


@pytest.mark.parametrize("name", ["iss", "sub"])
@pytest.mark.parametrize("value", ["client-8", "", None, 1, [CLIENT]])
def test_an_assertion_of_another_client(name: str, value: object) -> None:
    assertion_refused(by_client(ASSERTED | {name: value}))


@pytest.mark.parametrize("value", ["", "x" * 256, None, 1, True, ["once-1"]])
def test_an_assertion_whose_jti_cannot_be_remembered(value: object) -> None:
    assertion_refused(by_client(ASSERTED | {"jti": value}))


@pytest.mark.parametrize(
    "value", [None, True, SECONDS + 60.0, str(SECONDS + 60), SECONDS, SECONDS - 1, SECONDS + 331, 2**70]
)
def test_an_assertion_that_ends_wrongly(value: object) -> None:
    assertion_refused(by_client(ASSERTED | {"exp": value}))


def test_an_assertion_lives_five_minutes_and_a_clocks_error() -> None:
    assert asserted(by_client(ASSERTED | {"exp": SECONDS + 330})).exp == SECONDS + 330


@pytest.mark.parametrize("name", ["iat", "nbf"])
@pytest.mark.parametrize("value", [None, True, SECONDS - 1.5, str(SECONDS), SECONDS + 31])
def test_an_assertion_that_starts_wrongly(name: str, value: object) -> None:
    assertion_refused(by_client(ASSERTED | {name: value}))


def test_the_clock_is_the_one_that_is_given() -> None:
    later = NOW + timedelta(days=400)
    seconds = int(later.timestamp())
    late = by_client(ASSERTED | {"iat": seconds, "nbf": seconds, "exp": seconds + 60})
    assert asserted(late, now=later) == tokens.AssertionClaims(CLIENT, "once-1", seconds + 60)
    assertion_refused(late)
    assertion_refused(by_client(), now=later)
    with time_machine.travel(later, tick=False):
        assert asserted(by_client()) == ACCEPTED


@pytest.mark.parametrize("name", ["crit", "jku", "x5u", "jwk", "x5c"])
def test_an_assertion_that_brings_a_key_along(name: str) -> None:
    assertion_refused(by_client(**{name: "x"}))


@pytest.mark.parametrize(
    "header", [{"typ": "at+jwt"}, {"typ": None}, {"typ": 1}, {"alg": "none"}, {"alg": "RS256"}, {"alg": 1}]
)
def test_an_assertion_of_another_type_or_algorithm(header: dict[str, Any]) -> None:
    assertion_refused(by_client(**header))


def test_an_access_token_is_no_assertion_and_the_other_way_round(loaded: keys.Keys) -> None:
    claims = GOOD | ASSERTED | {"exp": SECONDS + 60}
    assertion_refused(forge({"typ": "at+jwt", "alg": "ES256"}, claims, es256(EC_KEY)))
    refused(loaded, by_client())


def test_the_registered_key_and_nothing_else() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    assertion_refused(forge({"typ": "JWT", "alg": "ES256"}, ASSERTED, es256(other)))
    rsa_pem = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    rsa_der = RSA_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for secret in (rsa_pem, rsa_der):
        for alg in ("HS256", "RS256"):
            assertion_refused(forge({"typ": "JWT", "alg": alg}, ASSERTED, hs256(secret)), jwk_of(RSA_KEY))


@pytest.mark.parametrize("text", ["", "..", "a.b.c", "é.é.é", "x" * 9000])
def test_what_is_no_assertion(text: str) -> None:
    assertion_refused(text)


# Keys of clients


def test_a_clients_key_is_stored_without_what_it_does_not_need() -> None:
    noise = {"kid": "mine", "use": "sig", "key_ops": ["verify"], "x5u": "https://attacker.example"}
    assert tokens.check_client_key(jwk_of(EC_KEY) | noise) == jwk_of(EC_KEY) | {"alg": "ES256"}
    assert tokens.check_client_key(jwk_of(RSA_KEY) | noise | {"alg": "RS256"}) == jwk_of(RSA_KEY) | {"alg": "RS256"}


def private_members() -> dict[str, Any]:
    pem = EC_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert pem
    return jwk_of(EC_KEY) | {"d": b64(EC_KEY.private_numbers().private_value.to_bytes(32, "big"))}


def test_a_private_key_is_refused() -> None:
    with pytest.raises(Rejected) as caught:
        tokens.check_client_key(private_members(), pointer="/keys/0")
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [("/keys/0", "private_key")]


WEAK = jwk_of(RSA_KEY)
REFUSED_KEYS: dict[str, dict[str, Any]] = {
    "empty": {},
    "symmetric": {"kty": "oct", "k": b64(b"secret")},
    "Ed25519": {"kty": "OKP", "crv": "Ed25519", "x": b64(bytes(32))},
    "P-384": jwk_of(ec.generate_private_key(ec.SECP384R1())),
    "another curve's name": jwk_of(EC_KEY) | {"crv": "P-384"},
    "off the curve": jwk_of(EC_KEY) | {"x": b64(b"\x01" * 32)},
    "no y": without(jwk_of(EC_KEY), "y"),
    "x is a number": jwk_of(EC_KEY) | {"x": 1},
    "RSA of 1024 bits": WEAK | {"n": b64((2**1023 + 1).to_bytes(128, "big"))},
    "RSA of 8192 bits": WEAK | {"n": b64((2**8191 + 1).to_bytes(1024, "big"))},
    "RSA exponent 3": WEAK | {"e": b64(b"\x03")},
    "RSA without exponent": without(WEAK, "e"),
    "for encryption": jwk_of(EC_KEY) | {"use": "enc"},
    "for another algorithm": jwk_of(EC_KEY) | {"alg": "ES384"},
    "for PSS": WEAK | {"alg": "PS256"},
    "not JSON": jwk_of(EC_KEY) | {"x": b"bytes"},
}


@pytest.mark.parametrize("jwk", REFUSED_KEYS.values(), ids=REFUSED_KEYS.keys())
def test_a_key_that_cannot_be_used_is_refused(jwk: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as caught:
        tokens.check_client_key(jwk)
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [("/jwk", "key_refused")]
    assertion_refused(by_client(), jwk | {"unknown": True})
