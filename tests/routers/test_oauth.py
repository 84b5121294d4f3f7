"""Tokens over HTTP: every way to get one, and every way to be refused one."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
import uuid_utils.compat as uuids
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jose import jwk, jwt
from pwdlib.hashers.argon2 import Argon2Hasher

from app.security.passwords import hash_password
from app.security.tokens import hash_secret
from app.services.oauth import ASSERTION_TYPE
from tests.world import ISSUER, World

pytestmark = pytest.mark.anyio

TOKEN = "/api/v1/oauth/token"
PASSWORD = "lantern-orbit-thistle-9"
CLIENT_SECRET = "bmp_a-made-up-secret"


def basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def give_password(owner: asyncpg.Connection, world: World, account: str) -> None:
    await owner.execute(
        "INSERT INTO credentials (account_id, password_hash) VALUES ($1, $2) "
        "ON CONFLICT (account_id) DO UPDATE SET password_hash = excluded.password_hash",
        world.accounts[account],
        await hash_password(PASSWORD),
    )


async def make_client(
    owner: asyncpg.Connection, world: World, name: str, *, scopes: list[str], key: dict[str, Any] | None = None
) -> Any:
    ident = uuids.uuid7()
    await owner.execute(
        "INSERT INTO clients (id, client_id, organisation_id, owner_id, name, scopes, authentication, public_jwk) "
        "VALUES ($1, $2, $3, $4, 'orphan', $5, $6, $7)",
        ident,
        name,
        world["icmpd"],
        world.accounts["icmpd.manager"],
        scopes,
        "private_key_jwt" if key else "client_secret_basic",
        None if key is None else json.dumps(key),
    )
    if key is None:
        await owner.execute(
            "INSERT INTO client_secrets (id, client_id, secret_hash) VALUES ($1, $2, $3)",
            uuids.uuid7(),
            ident,
            hash_secret(CLIENT_SECRET),
        )
    return ident


async def sign_in(client: httpx.AsyncClient, account: str, **more: str) -> httpx.Response:
    return await client.post(TOKEN, data={"grant_type": "password", "username": account, "password": PASSWORD, **more})


def refusal(answer: httpx.Response) -> dict[str, Any]:
    """The stable part of a refusal; its whole form is checked here."""
    body: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert body.keys() == {"error", "error_description", "error_uri", "code", "request_id"}
    assert body["code"] == body["error"]
    assert body["error_uri"] == f"{ISSUER}/problems/token_refused"
    assert body["request_id"] == answer.headers["x-request-id"]
    if body["error"] == "invalid_client":
        assert answer.headers["www-authenticate"] == 'Basic realm="bmp"'
    return {"status": answer.status_code, "error": body["error"]}


async def log_of(owner: asyncpg.Connection, kind: str, subject: Any) -> list[str]:
    rows = await owner.fetch(
        "SELECT facts::text FROM security_log WHERE kind = $1 AND subject_id IS NOT DISTINCT FROM $2 ORDER BY id",
        kind,
        subject,
    )
    return [row[0] for row in rows]


async def test_password_gives_tokens(client: httpx.AsyncClient, owner: asyncpg.Connection, world: World) -> None:
    await give_password(owner, world, "italy.manager")
    answer = await client.post(
        TOKEN,
        data={"grant_type": "password", "username": " Italy.Manager ", "password": PASSWORD, "unknown": "ignored"},
        headers={"User-Agent": "a browser"},
    )
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body.keys() == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    claims = jwt.get_unverified_claims(body["access_token"])
    assert claims["sub"] == str(world.accounts["italy.manager"])
    assert (claims["client_id"], claims["org"], claims["org_kind"]) == ("bmp", str(world["italy"]), "implementer")
    me = (await client.get("/api/v1/me", headers=bearer(body["access_token"]))).json()
    assert me["token"]["session_id"] == claims["sid"]
    assert " ".join(me["scopes"]) == body["scope"]
    row = await owner.fetchrow("SELECT agent, revoked_at FROM sign_ins WHERE id = $1", uuids.UUID(claims["sid"]))
    assert tuple(row) == ("a browser", None)


async def test_scope_narrows(client: httpx.AsyncClient, owner: asyncpg.Connection, world: World) -> None:
    await give_password(owner, world, "italy.manager")
    answer = await sign_in(client, "italy.manager", scope="equipment:read organisations:write")
    assert answer.json()["scope"] == "equipment:read"
    token = bearer(answer.json()["access_token"])
    assert (await client.get("/api/v1/sites", headers=token)).status_code == 403
    refreshed = await client.post(
        TOKEN, data={"grant_type": "refresh_token", "refresh_token": answer.json()["refresh_token"]}
    )
    assert refreshed.json()["scope"] == "equipment:read"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"scope": "equipment:read"}, 400, "invalid_request"),
        ({"grant_type": "device_code"}, 400, "unsupported_grant_type"),
        ({"grant_type": "password"}, 400, "invalid_request"),
        ({"grant_type": "password", "username": "italy.manager", "password": "wrong"}, 400, "invalid_grant"),
        ({"grant_type": "password", "username": "not-there", "password": "wrong"}, 400, "invalid_grant"),
        ({"grant_type": "password", "username": "observer", "password": PASSWORD}, 400, "invalid_grant"),
        ({"grant_type": "password", "username": "a\x00b", "password": "wrong"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "unknown"}, 400, "invalid_grant"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_secret": "x", "client_id": "y"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "scope": "equipment:fly"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "client_assertion": "x"}, 400, "invalid_request"),
        (
            {"grant_type": "client_credentials", "client_assertion": "x", "client_assertion_type": ASSERTION_TYPE},
            401,
            "invalid_client",
        ),
        ({"grant_type": "password", "username": "x" * 1001, "password": "wrong"}, 400, "invalid_request"),
        ({"grant_type": ["password", "password"]}, 400, "invalid_request"),
    ],
)
async def test_refusals(client: httpx.AsyncClient, form: dict[str, Any], status: int, error: str) -> None:
    assert refusal(await client.post(TOKEN, data=form)) == {"status": status, "error": error}


@pytest.mark.parametrize("value", ["Basic", "Basic !!", "Basic " + base64.b64encode(b"no-colon").decode(), "Bearer x"])
async def test_unreadable_basic(client: httpx.AsyncClient, value: str) -> None:
    answer = await client.post(TOKEN, data={"grant_type": "client_credentials"}, headers={"Authorization": value})
    assert refusal(answer) == {"status": 401, "error": "invalid_client"}


async def test_a_client_id_that_cannot_be_stored(client: httpx.AsyncClient) -> None:
    for name in ("a%00b", "%ED%A0%80", "é"):
        answer = await client.post(TOKEN, data={"grant_type": "client_credentials"}, headers=basic(name, "x"))
        assert refusal(answer) == {"status": 401, "error": "invalid_client"}


async def test_an_old_hash_is_made_anew(client: httpx.AsyncClient, owner: asyncpg.Connection, world: World) -> None:
    cheap = Argon2Hasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    await owner.execute("INSERT INTO credentials VALUES ($1, $2)", world.accounts["auditor"], cheap)
    assert [(await sign_in(client, "auditor")).status_code for _ in range(2)] == [200, 200]
    stored = await owner.fetchval(
        "SELECT password_hash FROM credentials WHERE account_id = $1", world.accounts["auditor"]
    )
    assert stored.startswith("$argon2id$v=19$m=65536,")


async def test_what_oauth_has_no_word_for_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.post(TOKEN, json={"grant_type": "password"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    big = await client.post(TOKEN, data={"grant_type": "x" * 20_000})
    assert (big.status_code, big.json()["code"]) == (413, "too_large")
    key = await client.post(TOKEN, data={"grant_type": "x"}, headers={"Idempotency-Key": "1"})
    assert (key.status_code, key.json()["code"]) == (400, "idempotency_not_supported")


async def test_password_grant_is_off_unless_set(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World, app: Any
) -> None:
    await give_password(owner, world, "italy.manager")
    on = app.state.settings
    app.state.settings = on.model_copy(update={"password_grant": False})
    try:
        assert refusal(await sign_in(client, "italy.manager")) == {"status": 400, "error": "unsupported_grant_type"}
    finally:
        app.state.settings = on


async def test_swagger_sends_an_empty_client_with_a_password(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    await give_password(owner, world, "italy.manager")
    form = {"grant_type": "password", "username": "italy.manager", "password": PASSWORD}
    assert (await client.post(TOKEN, data=form, headers=basic("", ""))).status_code == 200
    answer = await client.post(TOKEN, data=form, headers=basic("someone", "secret"))
    assert refusal(answer) == {"status": 401, "error": "invalid_client"}


async def test_refresh_rotates_and_reuse_ends_the_session(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    await give_password(owner, world, "icmpd.logistics")
    first = (await sign_in(client, "icmpd.logistics")).json()
    second = (
        await client.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": first["refresh_token"]})
    ).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert (await client.get("/api/v1/me", headers=bearer(second["access_token"]))).status_code == 200
    again = await client.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": first["refresh_token"]})
    assert refusal(again) == {"status": 400, "error": "invalid_grant"}
    after = await client.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": second["refresh_token"]})
    assert refusal(after) == {"status": 400, "error": "invalid_grant"}
    for token in (first["access_token"], second["access_token"]):
        answer = await client.get("/api/v1/me", headers=bearer(token))
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")
    sid = jwt.get_unverified_claims(first["access_token"])["sid"]
    assert await log_of(owner, "refresh_token.reused", world.accounts["icmpd.logistics"]) == [
        f'{{"session_id": "{sid}"}}'
    ]


async def test_a_refused_refresh_does_not_use_the_token_up(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    await give_password(owner, world, "icmpd.logistics")
    first = (await sign_in(client, "icmpd.logistics")).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert refusal(await client.post(TOKEN, data={**form, "scope": "organisations:write"})) == {
        "status": 400,
        "error": "invalid_scope",
    }
    assert (await client.post(TOKEN, data=form)).status_code == 200


async def test_two_refreshes_at_once_end_the_session(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    await give_password(owner, world, "icmpd.logistics")
    first = (await sign_in(client, "icmpd.logistics")).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    answers = await asyncio.gather(*(client.post(TOKEN, data=form) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 400]
    good = next(answer for answer in answers if answer.status_code == 200).json()
    assert (await client.get("/api/v1/me", headers=bearer(good["access_token"]))).status_code == 401


async def test_expired_refresh(client: httpx.AsyncClient, owner: asyncpg.Connection, world: World) -> None:
    await give_password(owner, world, "icmpd.logistics")
    first = (await sign_in(client, "icmpd.logistics")).json()
    await owner.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 second'")
    answer = await client.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": first["refresh_token"]})
    assert refusal(answer) == {"status": 400, "error": "invalid_grant"}


async def test_failures_are_limited_and_logged(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World, app: Any
) -> None:
    await give_password(owner, world, "icmpd.safeguards")
    form = {"grant_type": "password", "username": "icmpd.safeguards", "password": "wrong-wrong"}
    assert (await sign_in(client, "icmpd.safeguards")).status_code == 200
    on = app.state.settings
    app.state.settings = on.model_copy(update={"login_attempts": 3})
    try:
        answers = await asyncio.gather(*(client.post(TOKEN, data=form) for _ in range(5)))
        limited = await sign_in(client, "icmpd.safeguards")
    finally:
        app.state.settings = on
    assert sorted(answer.status_code for answer in answers) == [400, 400, 400, 429, 429]
    assert (limited.status_code, limited.json()["code"]) == (429, "too_many_attempts")
    assert 0 < int(limited.headers["retry-after"]) <= 900
    facts = await log_of(owner, "sign_in.failed", world.accounts["icmpd.safeguards"])
    assert facts == ['{"reason": "password"}'] * 3
    await owner.execute("UPDATE login_attempts SET at = at - interval '16 minutes'")
    assert (await sign_in(client, "icmpd.safeguards")).status_code == 200
    assert await owner.fetchval("SELECT count(*) FROM login_attempts WHERE at > now() - interval '15 minutes'") == 0


async def test_no_name_is_written_down(client: httpx.AsyncClient, owner: asyncpg.Connection) -> None:
    form = {"grant_type": "password", "username": "a-password-in-the-wrong-field", "password": "x"}
    await client.post(TOKEN, data=form)
    everything = await owner.fetchval(
        "SELECT (SELECT coalesce(string_agg(s::text, ''), '') FROM security_log s) || "
        "(SELECT coalesce(string_agg(a::text, ''), '') FROM login_attempts a)"
    )
    assert "wrong-field" not in everything
    assert '{"reason": "unknown_account"}' in everything.replace('""', '"')


async def test_client_by_secret(client: httpx.AsyncClient, owner: asyncpg.Connection, world: World) -> None:
    ident = await make_client(owner, world, "script", scopes=["equipment:read", "organisations:write"])
    form = {"grant_type": "client_credentials"}
    answer = await client.post(TOKEN, data=form, headers=basic("script", CLIENT_SECRET))
    assert answer.json().keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert answer.json()["scope"] == "equipment:read"
    claims = jwt.get_unverified_claims(answer.json()["access_token"])
    assert (claims["sub"], claims["client_id"]) == (str(ident), "script")
    me = (await client.get("/api/v1/me", headers=bearer(answer.json()["access_token"]))).json()
    assert (me["kind"], me["account_name"], me["scopes"]) == ("client", "icmpd.manager", ["equipment:read"])
    wrong = await client.post(TOKEN, data=form, headers=basic("script", "wrong"))
    assert refusal(wrong) == {"status": 401, "error": "invalid_client"}
    assert await log_of(owner, "sign_in.failed", ident) == ['{"reason": "secret"}']
    await owner.execute("UPDATE client_secrets SET expires_at = now() WHERE client_id = $1", ident)
    ended = await client.post(TOKEN, data=form, headers=basic("script", CLIENT_SECRET))
    assert refusal(ended) == {"status": 401, "error": "invalid_client"}


async def test_client_of_a_closed_person_is_closed(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    await make_client(owner, world, "orphan", scopes=["equipment:read"])
    form, proof = {"grant_type": "client_credentials"}, basic("orphan", CLIENT_SECRET)
    token = (await client.post(TOKEN, data=form, headers=proof)).json()["access_token"]
    await owner.execute("UPDATE accounts SET active = false WHERE id = $1", world.accounts["icmpd.manager"])
    try:
        assert refusal(await client.post(TOKEN, data=form, headers=proof))["status"] == 401
        assert (await client.get("/api/v1/me", headers=bearer(token))).status_code == 401
    finally:
        await owner.execute("UPDATE accounts SET active = true WHERE id = $1", world.accounts["icmpd.manager"])


def key_pair() -> tuple[str, dict[str, Any]]:
    private = generate_private_key(SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem, jwk.construct(public, "ES256").to_dict()


def assertion(pem: str, name: str, **more: Any) -> dict[str, str]:
    claims = {
        "iss": name,
        "sub": name,
        "aud": f"{ISSUER}/api/v1/oauth/token",
        "jti": str(uuids.uuid7()),
        "iat": int(datetime.now(UTC).timestamp()),
        "exp": int((datetime.now(UTC) + timedelta(minutes=2)).timestamp()),
        **more,
    }
    signed = jwt.encode(claims, pem, "ES256")
    return {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}


async def test_client_by_assertion_works_once(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    pem, key = key_pair()
    ident = await make_client(owner, world, "signer", scopes=["equipment:read"], key=key)
    form = assertion(pem, "signer", jti="a\x00b")
    answers = await asyncio.gather(*(client.post(TOKEN, data=form) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401]
    assert await log_of(owner, "sign_in.failed", ident) == ['{"reason": "assertion_replayed"}'] * 2
    both = await client.post(TOKEN, data=assertion(pem, "signer"), headers=basic("signer", "x"))
    assert refusal(both) == {"status": 400, "error": "invalid_request"}
    named = await client.post(TOKEN, data={**assertion(pem, "signer"), "client_id": "signer"})
    assert named.status_code == 200


async def test_bad_assertions(client: httpx.AsyncClient, owner: asyncpg.Connection, world: World) -> None:
    pem, key = key_pair()
    other, _ = key_pair()
    await make_client(owner, world, "signer2", scopes=["equipment:read"], key=key)
    await make_client(owner, world, "by-secret", scopes=["equipment:read"])
    for form in (
        assertion(other, "signer2"),
        assertion(pem, "signer2", aud="http://elsewhere"),
        assertion(pem, "signer2", exp=1),
        assertion(pem, "by-secret"),
        assertion(pem, "unknown"),
        {**assertion(pem, "signer2"), "client_id": "by-secret"},
    ):
        assert refusal(await client.post(TOKEN, data=form)) == {"status": 401, "error": "invalid_client"}
    answer = await client.post(
        TOKEN, data={"grant_type": "client_credentials"}, headers=basic("signer2", CLIENT_SECRET)
    )
    assert refusal(answer) == {"status": 401, "error": "invalid_client"}


async def test_client_failures_are_limited(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World, app: Any
) -> None:
    await make_client(owner, world, "guessed", scopes=["equipment:read"])
    on = app.state.settings
    app.state.settings = on.model_copy(update={"login_attempts": 2})
    form = {"grant_type": "client_credentials"}
    try:
        statuses = [
            (await client.post(TOKEN, data=form, headers=basic("guessed", secret))).status_code
            for secret in (CLIENT_SECRET, "no", "no", CLIENT_SECRET)
        ]
    finally:
        app.state.settings = on
    assert statuses == [200, 401, 401, 429]


async def test_revoke(client: httpx.AsyncClient, owner: asyncpg.Connection, world: World) -> None:
    await give_password(owner, world, "icmpd.training")
    tokens = (await sign_in(client, "icmpd.training")).json()
    refreshed = (
        await client.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
    ).json()
    answer = await client.post("/api/v1/oauth/revoke", data={"token": tokens["access_token"]})
    assert (answer.status_code, answer.content) == (200, b"")
    statuses = [
        (await client.get("/api/v1/me", headers=bearer(each["access_token"]))).status_code
        for each in (tokens, refreshed)
    ]
    assert statuses == [401, 200]
    form = {"token": refreshed["refresh_token"], "token_type_hint": "access_token"}
    assert (await client.post("/api/v1/oauth/revoke", data=form)).status_code == 200
    assert (await client.get("/api/v1/me", headers=bearer(refreshed["access_token"]))).status_code == 401
    assert (await client.post("/api/v1/oauth/revoke", data={"token": "nonsense"})).status_code == 200
    assert refusal(await client.post("/api/v1/oauth/revoke", data={"no": "token"})) == {
        "status": 400,
        "error": "invalid_request",
    }
    assert len(await log_of(owner, "token.revoked", world.accounts["icmpd.training"])) == 1


async def test_database_functions_are_closed_to_strangers(database: Any) -> None:
    """Those that are bound to a caller do nothing for the application role without one."""
    async with database.transaction() as tx:
        connection = await tx.connection
        for call in (
            "app.make_link('\\x00', gen_random_uuid(), 'reset', now())",
            "app.wipe_account(gen_random_uuid())",
            "app.add_client_secret(gen_random_uuid(), '\\x00', now())",
        ):
            await connection.execute("SAVEPOINT here")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetchval(f"SELECT {call}")
            await connection.execute("ROLLBACK TO here")
        assert await connection.fetchval("SELECT app.own_password()") is None
        for table in ("credentials", "client_secrets", "refresh_tokens", "one_time_links", "login_attempts"):
            await connection.execute("SAVEPOINT here")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"SELECT * FROM {table}")
            await connection.execute("ROLLBACK TO here")
