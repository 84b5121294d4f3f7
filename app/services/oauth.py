"""Tokens: client credentials, passwords, refresh with rotation, revocation (API 17; RFC 6749, 7009, 7523).

What has to stay although the request is refused (counted attempts, a revoked session, the security log) is written
in transactions of its own here; so nothing of this room uses the request's.
"""

from __future__ import annotations

import base64
import binascii
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

from app.db import writing
from app.db.session import Database, Statement, Tx
from app.domain.access import Caller, Scope
from app.domain.errors import TokenRefused, Unauthorised
from app.schemas.oauth import TokenRequest
from app.security.keys import Keys
from app.security.passwords import hash_password, needs_rehash, verify_password
from app.security.tokens import (
    hash_secret,
    issue_access,
    named_client,
    new_secret,
    verify_access,
    verify_client_assertion,
)
from app.services import security_log
from app.services.attempts import Attempts
from app.services.rights import of_principal
from app.settings import Settings

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: `client_id` in the tokens of people, who sign in without a registered client.
PEOPLE = "bmp"

_ACCOUNT = Statement("SELECT app.account_for_login(:name)")
_REHASH = Statement("SELECT app.rehash_password(:account_id, :old_hash, :new_hash)")
_CLIENT = Statement("SELECT app.client_for_login(:name, CAST(:secret AS bytea))")
_USE_ASSERTION = Statement("SELECT app.use_assertion(:assertion, :ends)")
_START = Statement("SELECT app.start_sign_in(:sign_in, :account_id, :agent, :refresh, CAST(:scopes AS text[]), :ends)")
_USE_REFRESH = Statement("SELECT app.use_refresh(:refresh, :following)")
_REVOKE_REFRESH = Statement("SELECT app.revoke_refresh(:refresh)")
_REVOKE_ACCESS = Statement("SELECT app.revoke_access(:token, :ends)")


@dataclass(frozen=True, slots=True)
class Office:
    """What giving tokens takes: the deployment's database, keys and settings."""

    database: Database
    keys: Keys
    settings: Settings

    @property
    def attempts(self) -> Attempts:
        """The limit of failed log-ins."""
        return Attempts(self.database, self.settings.login_attempts)


@dataclass(frozen=True, slots=True)
class Issued:
    """What the token endpoint gives."""

    access_token: str
    expires_in: int
    scope: str
    refresh_token: str | None = None

    def members(self) -> dict[str, Any]:
        """As RFC 6749 (section 5.1) names them."""
        more = {} if self.refresh_token is None else {"refresh_token": self.refresh_token}
        return {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "scope": self.scope,
            **more,
        }


def refused(error: str, detail: str) -> TokenRefused:
    """A refusal by RFC 6749's word for it."""
    return TokenRefused(detail, error=error)


async def give(office: Office, asked: TokenRequest, *, authorization: str | None, agent: str) -> Issued:
    """The token endpoint. TokenRefused with the word of RFC 6749; TooManyAttempts after too many failures."""
    wanted = _wanted(asked.scope)
    if asked.grant_type == "client_credentials":
        return await _for_client(office, asked, wanted, authorization)
    if asked.grant_type in {"password", "refresh_token"}:
        _check_public(asked, authorization)
    if asked.grant_type == "refresh_token":
        return await _for_refresh(office, asked, wanted)
    if asked.grant_type == "password" and office.settings.password_grant_on:
        return await _for_password(office, asked, wanted, agent)
    raise refused("unsupported_grant_type", "This deployment gives no tokens in this way.")


def _wanted(scope: str | None) -> frozenset[str] | None:
    """The scopes asked for; None when nothing in particular was."""
    if scope is None or not scope.split():
        return None
    named = frozenset(scope.split())
    if named - {each.value for each in Scope}:
        raise refused("invalid_scope", "There is no such scope; scopes_supported names those that there are.")
    return named


def issue(
    office: Office, caller: Caller, *, client_id: str, wanted: Iterable[str] | None, sign_in: UUID | None = None
) -> Issued:
    """A signed access token with the scopes that the caller has and asked for. Also what `bmp token` calls."""
    scopes = caller.scopes if wanted is None else caller.scopes.intersection(wanted)
    if wanted is not None and not scopes:
        raise refused("invalid_scope", "None of these scopes is yours.")
    settings = office.settings
    token = issue_access(
        office.keys,
        issuer=settings.issuer,
        audience=settings.audience,
        subject=str(caller.id),
        client_id=client_id,
        scopes=scopes,
        org=str(caller.organisation_id),
        org_kind=min(caller.organisation_kinds),
        minutes=settings.access_token_minutes,
        now=datetime.now(UTC),
        jti=str(writing.new_id()),
        extra=None if sign_in is None else {"sid": str(sign_in)},
    )
    return Issued(token, settings.access_token_minutes * 60, " ".join(sorted(scopes)))


# Scripts.


async def _for_client(
    office: Office, asked: TokenRequest, wanted: frozenset[str] | None, authorization: str | None
) -> Issued:
    """Client credentials, proved by a secret (HTTP Basic) or by a signed assertion."""
    if asked.client_assertion is not None or asked.client_assertion_type is not None:
        if authorization is not None:
            raise refused("invalid_request", "Prove the client in one way, not in two.")
        name, found = await _by_assertion(office, asked)
    else:
        if authorization is None:
            raise refused("invalid_client", "Send client id and secret by HTTP Basic authentication.")
        name, found = await _by_secret(office, authorization)
    try:
        async with office.database.transaction(read_only=True) as tx:
            caller = await of_principal(tx, UUID(found["id"]))
    except Unauthorised:  # pragma: no cover - it was closed between the two looks
        raise refused("invalid_client", "The client is unknown, closed, or not who it says it is.") from None
    return issue(office, caller, client_id=name, wanted=wanted)


async def _by_secret(office: Office, authorization: str) -> tuple[str, Any]:
    name, secret = _basic(authorization)
    await office.attempts.check(f"client:{name}")
    found = await _client(office, name, hash_secret(secret))
    if found is None or not (found["active"] and found["secret_ok"]):
        raise await _client_failed(office, name, found, "secret")
    return name, found


async def _by_assertion(office: Office, asked: TokenRequest) -> tuple[str, Any]:
    assertion = "" if asked.client_assertion is None else asked.client_assertion.get_secret_value()
    if asked.client_assertion_type != ASSERTION_TYPE or not assertion:
        raise refused("invalid_request", f"client_assertion comes with the type {ASSERTION_TYPE}.")
    name = asked.client_id or named_client(assertion) or ""
    await office.attempts.check(f"client:{name}")
    found = await _client(office, name, b"")
    if found is None or not found["active"] or found["authentication"] != "private_key_jwt":
        raise await _client_failed(office, name, found, "method")
    audience = (office.settings.issuer, f"{office.settings.issuer}/api/v1/oauth/token")
    try:
        claims = verify_client_assertion(
            found["public_jwk"], assertion, client_id=name, audience=audience, now=datetime.now(UTC)
        )
    except Unauthorised:
        raise await _client_failed(office, name, found, "assertion") from None
    once = sha256(f"{found['id']}:{claims.jti}".encode("utf-8", "surrogatepass")).hexdigest()
    async with office.database.transaction() as tx:
        ends = datetime.fromtimestamp(claims.exp, UTC)
        first = await tx.value(_USE_ASSERTION, assertion=once, ends=ends)
    if not first:
        raise await _client_failed(office, name, found, "assertion_replayed")
    return name, found


async def _client(office: Office, name: str, secret: bytes) -> Any:
    if not _storable(name):
        return None
    async with office.database.transaction(read_only=True) as tx:
        return await tx.value(_CLIENT, name=name, secret=secret)


async def _client_failed(office: Office, name: str, found: Any, reason: str) -> TokenRefused:
    await office.attempts.begin(f"client:{name}")
    async with office.database.transaction() as tx:
        await _failed(tx, found, reason)
    return refused("invalid_client", "The client is unknown, closed, or not who it says it is.")


def _basic(authorization: str) -> tuple[str, str]:
    """Client id and secret, each form-encoded inside (RFC 6749, section 2.3.1)."""
    scheme, _, value = authorization.partition(" ")
    try:
        text = base64.b64decode(value.strip(), validate=True).decode("utf-8") if scheme.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        text = ""
    name, colon, secret = text.partition(":")
    if not colon:
        raise refused("invalid_client", "Send client id and secret by HTTP Basic authentication.")
    return unquote_plus(name), unquote_plus(secret)


# People.


def _check_public(asked: TokenRequest, authorization: str | None) -> None:
    """People sign in without a registered client. A name alone is let pass: libraries send one."""
    secret = "" if authorization is None else _basic(authorization)[1]
    if secret or asked.client_secret is not None or asked.client_assertion is not None:
        raise refused("invalid_client", "People sign in without a client's secret.")


async def _for_password(office: Office, asked: TokenRequest, wanted: frozenset[str] | None, agent: str) -> Issued:
    """The password grant, which is for the demo and for deployments that switch it on."""
    if asked.username is None or asked.password is None:
        raise refused("invalid_request", "username and password are needed.")
    name = unicodedata.normalize("NFKC", asked.username).strip().lower()
    password = asked.password.get_secret_value()
    subject = f"account:{name}"
    await office.attempts.begin(subject)
    async with office.database.transaction(read_only=True) as tx:
        found = await tx.value(_ACCOUNT, name=name)
    stored = found["password_hash"] if found is not None and found["active"] else None
    if not await verify_password(password, stored) or stored is None or found is None:
        async with office.database.transaction() as tx:
            await _failed(tx, found, "password" if stored else "no_password" if found else "unknown_account")
        raise refused("invalid_grant", "The account name or the password is wrong.")
    await office.attempts.forget(subject)
    account_id = UUID(found["id"])
    if needs_rehash(stored):
        again = await hash_password(password)
        async with office.database.transaction() as tx:
            await tx.run(_REHASH, account_id=account_id, old_hash=stored, new_hash=again)
    return await _sign_in(office, account_id, wanted, agent)


async def _sign_in(office: Office, account_id: UUID, wanted: frozenset[str] | None, agent: str) -> Issued:
    """A session and its first tokens. It lives as long as the setting says, however often it is refreshed."""
    sign_in, refresh = writing.new_id(), new_secret()
    async with office.database.transaction() as tx:
        caller = await of_principal(tx, account_id)
        issued = issue(office, caller, client_id=PEOPLE, wanted=wanted, sign_in=sign_in)
        await tx.run(
            _START,
            sign_in=sign_in,
            account_id=account_id,
            agent=agent.replace("\x00", "")[:200],
            refresh=hash_secret(refresh),
            scopes=sorted(wanted) if wanted is not None else [scope.value for scope in Scope],
            ends=datetime.now(UTC) + timedelta(days=office.settings.refresh_token_days),
        )
    return Issued(issued.access_token, issued.expires_in, issued.scope, refresh)


async def _for_refresh(office: Office, asked: TokenRequest, wanted: frozenset[str] | None) -> Issued:
    """The next access token and the next refresh token. A used one tells that two hold it: the session ends."""
    if asked.refresh_token is None:
        raise refused("invalid_request", "refresh_token is needed.")
    following = new_secret()
    given = hash_secret(asked.refresh_token.get_secret_value())
    async with office.database.transaction() as tx:
        found = await tx.value(_USE_REFRESH, refresh=given, following=hash_secret(following))
        if found["outcome"] == "reused":
            await security_log.record(
                tx,
                "refresh_token.reused",
                organisation_id=UUID(found["organisation_id"]),
                subject_id=UUID(found["account_id"]),
                facts={"session_id": found["sign_in_id"]},
            )
        elif found["outcome"] == "good":  # what is refused from here on takes the rotation back with it
            caller = await of_principal(tx, UUID(found["account_id"]))
            narrowed = replace(caller, scopes=caller.scopes.intersection(found["scopes"]))
            sign_in = UUID(found["sign_in_id"])
            issued = issue(office, narrowed, client_id=PEOPLE, wanted=wanted, sign_in=sign_in)
            return Issued(issued.access_token, issued.expires_in, issued.scope, following)
    raise refused("invalid_grant", "This refresh token cannot be used, or not any more; sign in again.")


async def revoke(office: Office, token: str) -> None:
    """End an access token, or the whole session of a refresh token. A token that is none is no error (RFC 7009)."""
    settings = office.settings
    try:
        claims = verify_access(
            office.keys,
            token,
            issuer=settings.issuer,
            audience=settings.audience,
            longest_minutes=settings.access_token_minutes,
        )
    except Unauthorised:
        async with office.database.transaction() as tx:
            account = await tx.value(_REVOKE_REFRESH, refresh=hash_secret(token))
            if account is not None:
                await security_log.record(tx, "sign_ins.revoked", subject_id=account, facts={"ended": 1})
        return
    async with office.database.transaction() as tx:
        await tx.run(_REVOKE_ACCESS, token=claims.jti, ends=datetime.fromtimestamp(claims.exp, UTC))
        await security_log.record(tx, "token.revoked", subject_id=UUID(claims.sub), organisation_id=UUID(claims.org))


async def _failed(tx: Tx, found: Any, reason: str) -> None:
    """One failed log-in. Whoever typed a password into the field for the name shall not find it in the log."""
    await security_log.record(
        tx,
        "sign_in.failed",
        organisation_id=None if found is None else UUID(found["organisation_id"]),
        subject_id=None if found is None else UUID(found["id"]),
        facts={"reason": reason},
    )


def _storable(name: str) -> bool:
    """No client's name has NUL or half a character in it, and PostgreSQL would not even look for one."""
    return "\x00" not in name and name.isascii()
