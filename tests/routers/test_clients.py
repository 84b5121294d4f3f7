"""Clients over HTTP: subsets of their creator's rights, secrets shown once, rotated by their owner only."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest
import uuid_utils.compat as uuids
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jose import jwk

from app.schemas.clients import ClientMade
from app.services import bootstrap
from tests.world import World

pytestmark = pytest.mark.anyio
URL = "/api/v1/clients"
NEW = {"name": "Nightly", "scopes": ["register:read", "equipment:read"]}


def public_key() -> dict[str, Any]:
    pem = generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    made: dict[str, Any] = jwk.construct(pem, "ES256").to_dict()
    return made


async def make(client: httpx.AsyncClient, world: World, by: str = "icmpd.manager", **more: Any) -> dict[str, Any]:
    answer = await client.post(URL, json={**NEW, **more}, headers=world.headers(by))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    ClientMade.model_validate(made)
    return made


async def token(client: httpx.AsyncClient, made: dict[str, Any], secret: str | None = None) -> httpx.Response:
    proof = (made["client"]["client_id"], secret or made["client_secret"])
    return await client.post("/api/v1/oauth/token", data={"grant_type": "client_credentials"}, auth=proof)


async def post(
    client: httpx.AsyncClient, world: World, by: str, made: dict[str, Any], verb: str, body: Any = None
) -> httpx.Response:
    headers = world.headers(by, If_Match=str(made["client"]["version"]))
    return await client.post(f"{URL}/{made['client']['id']}/{verb}", json=body, headers=headers)


async def patch(
    client: httpx.AsyncClient, world: World, by: str, made: dict[str, Any], body: dict[str, Any]
) -> httpx.Response:
    headers = world.headers(by, If_Match=str(made["client"]["version"]))
    return await client.patch(f"{URL}/{made['client']['id']}", json=body, headers=headers)


async def test_create_and_use(client: httpx.AsyncClient, owner: asyncpg.Connection, world: World) -> None:
    made = await make(client, world, components=["BMP-TN", "BMP-TN"])
    body = made["client"]
    assert body == {
        "id": body["id"],
        "client_id": body["client_id"],
        "name": "Nightly",
        "organisation": {"id": str(world["icmpd"]), "reference": "ORG-ICMPD", "label": "Organisation icmpd"},
        "owner": {
            "id": str(world.accounts["icmpd.manager"]),
            "reference": "icmpd.manager",
            "label": "Synthetic icmpd.manager",
        },
        "scopes": ["equipment:read", "register:read"],
        "components": [{"id": str(world["tunisia"]), "reference": "BMP-TN", "label": "Tunisia"}],
        "authentication": "client_secret_basic",
        "public_jwk": None,
        "secrets": [{"created_at": body["secrets"][0]["created_at"], "expires_at": None}],
        "active": True,
        "version": 1,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
    }
    given = (await token(client, made)).json()
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    me = (await client.get("/api/v1/me", headers=headers)).json()
    assert (me["kind"], me["scopes"]) == ("client", ["equipment:read", "register:read"])
    assert [each["reference"] for each in me["components"]] == ["BMP-TN"]
    assert (await client.get("/api/v1/sites/SITE-MA-NADOR", headers=headers)).status_code == 404
    assert (await client.get("/api/v1/sites/SITE-TN-SFAX", headers=headers)).status_code == 200
    read = await client.get(f"{URL}/{body['client_id']}", headers=world.headers("icmpd.manager"))
    assert read.json() == body
    stored = await owner.fetchval(
        "SELECT coalesce((SELECT string_agg(r::text, '') FROM revisions r), '') "
        "|| (SELECT string_agg(s::text, '') FROM security_log s)"
    )
    assert made["client_secret"] not in stored
    assert "secret_hash" not in stored


async def test_a_subset_of_the_creators_rights(client: httpx.AsyncClient, world: World) -> None:
    for by, more in (
        ("icmpd.manager", {"scopes": ["organisations:write"]}),
        ("icmpd.morocco", {"scopes": ["trainees:identify"]}),
    ):
        answer = await client.post(URL, json={**NEW, **more}, headers=world.headers(by))
        assert (answer.status_code, answer.json()["lacking"]) == (403, more["scopes"])
    hidden = await client.post(URL, json={**NEW, "components": ["BMP-TN"]}, headers=world.headers("icmpd.morocco"))
    assert (hidden.status_code, hidden.json()["errors"][0]["pointer"]) == (422, "/components/0")
    foreign = await client.post(URL, json={**NEW, "components": ["BMP-MA"]}, headers=world.headers("italy.manager"))
    assert foreign.status_code == 422
    made = await make(client, world, by="icmpd.morocco")
    headers = {"Authorization": f"Bearer {(await token(client, made)).json()['access_token']}"}
    me = (await client.get("/api/v1/me", headers=headers)).json()
    assert [each["reference"] for each in me["components"]] == ["BMP-MA"]


async def test_an_administrator_without_a_delegation_gives_no_component(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    await bootstrap.account(
        owner,
        organisation="ORG-STRANGER",
        account_name="stranger.admin",
        password="lantern-orbit-thistle-9",
        roles=("administrator",),
    )
    form = {"grant_type": "password", "username": "stranger.admin", "password": "lantern-orbit-thistle-9"}
    given = (await client.post("/api/v1/oauth/token", data=form)).json()
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    body = {"name": "X", "scopes": ["register:read"], "components": ["BMP-TN"]}
    answer = await client.post(URL, json=body, headers=headers)
    assert (answer.status_code, answer.json()["pointer"]) == (403, "/components/0")


async def test_a_name_is_no_right(client: httpx.AsyncClient, owner: asyncpg.Connection, world: World) -> None:
    made = await make(client, world)
    changed = await patch(client, world, "icmpd.manager", made, {"name": "Weekly"})
    assert (changed.json()["name"], changed.json()["version"]) == ("Weekly", 2)
    kinds = await owner.fetch("SELECT kind FROM security_log WHERE subject_id = $1", uuids.UUID(made["client"]["id"]))
    assert [row["kind"] for row in kinds] == ["client.created"]


async def test_a_limited_client_passes_its_limit_on(client: httpx.AsyncClient, world: World) -> None:
    parent = await make(client, world, scopes=["clients:write", "clients:read", "register:read"], components=["BMP-TN"])
    headers = {"Authorization": f"Bearer {(await token(client, parent)).json()['access_token']}"}
    child = await client.post(URL, json={"name": "Child", "scopes": ["register:read"]}, headers=headers)
    assert [each["reference"] for each in child.json()["client"]["components"]] == ["BMP-TN"]
    assert child.json()["client"]["owner"]["reference"] == "icmpd.manager"
    more = await client.post(URL, json={"name": "Child", "scopes": ["equipment:read"]}, headers=headers)
    assert (more.status_code, more.json()["lacking"]) == (403, ["equipment:read"])
    wider = await client.post(
        URL, json={"name": "Child", "scopes": ["register:read"], "components": ["BMP-MA"]}, headers=headers
    )
    assert wider.status_code == 422


async def test_rotation_keeps_two_at_most(client: httpx.AsyncClient, owner: asyncpg.Connection, world: World) -> None:
    made = await make(client, world)
    second = (await post(client, world, "icmpd.manager", made, "rotate-secret", {})).json()
    assert (len(second["client"]["secrets"]), second["client"]["version"]) == (2, 2)
    assert [each["expires_at"] is None for each in second["client"]["secrets"]] == [False, True]
    assert [(await token(client, each)).status_code for each in (made, second)] == [200, 200]
    third = (await post(client, world, "icmpd.manager", second, "rotate-secret", {"overlap_hours": 1})).json()
    assert [(await token(client, each)).status_code for each in (made, second, third)] == [401, 200, 200]
    leaked = (await post(client, world, "icmpd.manager", third, "rotate-secret", {"overlap_hours": 0})).json()
    assert [(await token(client, each)).status_code for each in (second, third, leaked)] == [401, 401, 200]
    assert len(leaked["client"]["secrets"]) == 1
    facts = await owner.fetch(
        "SELECT facts::text FROM security_log WHERE kind = 'client.secret_rotated' AND subject_id = $1 ORDER BY id",
        uuids.UUID(made["client"]["id"]),
    )
    assert [row[0] for row in facts] == [f'{{"overlap_hours": {hours}}}' for hours in (24, 1, 0)]


async def test_two_rotations_at_once(client: httpx.AsyncClient, world: World) -> None:
    made = await make(client, world)
    answers = await asyncio.gather(*(post(client, world, "icmpd.manager", made, "rotate-secret", {}) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_only_the_owner_gets_a_secret(client: httpx.AsyncClient, world: World) -> None:
    """A client counts as its owner: whoever held its secret could approve what they themselves submitted."""
    made = await make(client, world)
    for by in ("icmpd.manager2", "root"):
        rotated = await post(client, world, by, made, "rotate-secret", {})
        changed = await patch(client, world, by, made, {"name": "Mine"})
        assert [(a.status_code, a.json()["code"]) for a in (rotated, changed)] == [(403, "separation_of_duties")] * 2
    foreign = await post(client, world, "italy.manager", made, "rotate-secret", {})
    assert foreign.status_code == 404
    audited = await client.get(f"{URL}/{made['client']['id']}", headers=world.headers("auditor"))
    assert audited.json() == made["client"]
    closed = await post(client, world, "icmpd.manager2", made, "close")
    assert (closed.json()["active"], closed.json()["secrets"], closed.json()["version"]) == (False, [], 2)


async def test_close_is_for_good(client: httpx.AsyncClient, world: World) -> None:
    made = await make(client, world)
    headers = {"Authorization": f"Bearer {(await token(client, made)).json()['access_token']}"}
    closed = {"client": (await post(client, world, "icmpd.manager", made, "close")).json()}
    assert (await client.get("/api/v1/me", headers=headers)).status_code == 401
    assert (await token(client, made)).json()["error"] == "invalid_client"
    answers = [
        await post(client, world, "icmpd.manager", closed, "close"),
        await post(client, world, "icmpd.manager", closed, "rotate-secret", {}),
        await patch(client, world, "icmpd.manager", closed, {"name": "Again"}),
    ]
    assert [answer.status_code for answer in answers] == [409, 409, 409]


async def test_change_bites(client: httpx.AsyncClient, world: World) -> None:
    made = await make(client, world)
    headers = {"Authorization": f"Bearer {(await token(client, made)).json()['access_token']}"}
    changed = await patch(
        client, world, "icmpd.manager", made, {"name": "Daily", "scopes": ["equipment:read"], "components": ["BMP-MA"]}
    )
    assert (changed.json()["name"], changed.json()["scopes"]) == ("Daily", ["equipment:read"])
    assert (await client.get("/api/v1/sites", headers=headers)).status_code == 403
    again = {"client": changed.json()}
    everything = await patch(client, world, "icmpd.manager", again, {"components": None})
    assert everything.json()["components"] is None
    beyond = await patch(client, world, "icmpd.manager", {"client": everything.json()}, {"scopes": ["security:read"]})
    assert beyond.status_code == 403
    stale = await patch(client, world, "icmpd.manager", made, {"name": "Late"})
    assert (stale.status_code, stale.json()["current"]) == (412, 3)


async def test_by_key(client: httpx.AsyncClient, world: World) -> None:
    key = public_key()
    made = await make(client, world, authentication="private_key_jwt", public_jwk={**key, "kid": "mine"})
    assert made["client_secret"] is None
    assert (made["client"]["public_jwk"], made["client"]["secrets"]) == (key, [])
    assert (await post(client, world, "icmpd.manager", made, "rotate-secret", {})).status_code == 409
    other = public_key()
    changed = await patch(client, world, "icmpd.manager", made, {"public_jwk": other})
    assert changed.json()["public_jwk"] == other
    by_secret = await make(client, world)
    refused = await patch(client, world, "icmpd.manager", by_secret, {"public_jwk": other})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "not_by_key")


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["equipment:fly"]}, "/scopes/0"),
        ({"components": ["BMP-XX"]}, "/components/0"),
        ({"components": []}, "/components"),
        ({"authentication": "private_key_jwt"}, ""),
        ({"public_jwk": {"kty": "EC"}}, ""),
        ({"authentication": "private_key_jwt", "public_jwk": {"kty": "oct", "k": "AA"}}, "/public_jwk"),
        ({"authentication": "private_key_jwt", "public_jwk": {"kty": "EC", "d": "AA"}}, "/public_jwk"),
        ({"owner": "root"}, "/owner"),
    ],
)
async def test_wrong_content(client: httpx.AsyncClient, world: World, more: dict[str, Any], pointer: str) -> None:
    answer = await client.post(URL, json={**NEW, **more}, headers=world.headers("icmpd.manager"))
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, [pointer])


async def test_lists_and_keys(client: httpx.AsyncClient, world: World) -> None:
    made = await make(client, world, by="italy.manager", name="Esporta")
    found = await client.get(URL, params={"q": "esporta"}, headers=world.headers("italy.manager"))
    assert found.json()["items"] == [made["client"]]
    hidden = await client.get(URL, params={"q": "esporta"}, headers=world.headers("icmpd.manager"))
    assert hidden.json()["items"] == []
    keyed = await client.post(URL, json=NEW, headers=world.headers("icmpd.manager", Idempotency_Key="1"))
    assert (keyed.status_code, keyed.json()["code"]) == (400, "idempotency_not_supported")
    assert (await client.get(URL, headers=world.headers("tn.focal"))).status_code == 403
    history = await client.get(f"{URL}/{made['client']['id']}/history", headers=world.headers("italy.manager"))
    assert [each["action"] for each in history.json()["items"]] == ["insert"]
