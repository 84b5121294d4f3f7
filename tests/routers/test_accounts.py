"""Accounts over HTTP: inviting, roles, links, sessions, closing; and that nobody hands out more than they have."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest
import uuid_utils.compat as uuids

from app.schemas.accounts import AccountOut, LinkOut, SignInOut
from tests.world import World

pytestmark = pytest.mark.anyio
URL = "/api/v1/accounts"
TOKEN = "/api/v1/oauth/token"
REDEEM = "/api/v1/oauth/redeem"
PASSWORD = "lantern-orbit-thistle-9"
ACCOUNTS = iter(range(1, 1000))


async def make(client: httpx.AsyncClient, world: World, by: str = "root", **more: Any) -> dict[str, Any]:
    body = {"account_name": f"synthetic.{next(ACCOUNTS)}", "display_name": "Synthetic Person", **more}
    answer = await client.post(URL, json=body, headers=world.headers(by))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    AccountOut.model_validate(made)
    return made


async def post(
    client: httpx.AsyncClient, world: World, by: str, account: dict[str, Any], verb: str, body: Any = None
) -> httpx.Response:
    headers = world.headers(by, If_Match=str(account["version"]))
    return await client.post(f"{URL}/{account['id']}/{verb}", json=body, headers=headers)


async def invite(client: httpx.AsyncClient, world: World, account: dict[str, Any], by: str = "root") -> str:
    answer = await client.post(f"{URL}/{account['id']}/invitation", headers=world.headers(by))
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    LinkOut.model_validate(answer.json())
    assert answer.json()["redeem_at"] == "http://test/api/v1/oauth/redeem"
    secret: str = answer.json()["secret"]
    return secret


async def sign_in(client: httpx.AsyncClient, account: dict[str, Any], password: str = PASSWORD) -> httpx.Response:
    form = {"grant_type": "password", "username": account["account_name"], "password": password}
    return await client.post(TOKEN, data=form)


async def signed_in(client: httpx.AsyncClient, world: World, **more: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A new person with a password, and the headers of their first session."""
    account = await make(client, world, **more)
    redeemed = await client.post(REDEEM, json={"secret": await invite(client, world, account), "password": PASSWORD})
    assert redeemed.json() == {"account_name": account["account_name"]}
    token = (await sign_in(client, account)).json()["access_token"]
    return account, {"Authorization": f"Bearer {token}"}


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def log_kinds(owner: asyncpg.Connection, account: dict[str, Any]) -> list[str]:
    rows = await owner.fetch(
        "SELECT kind FROM security_log WHERE subject_id = $1 ORDER BY id", uuids.UUID(account["id"])
    )
    return [row["kind"] for row in rows]


async def test_from_invitation_to_the_first_session(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    body = {
        "account_name": "c.example@example.org",
        "display_name": "Synthetic Officer",
        "language": "it",
        "grants": [{"role": "logistics_officer", "component": "BMP-TN"}, {"role": "monitoring_officer"}],
    }
    answer = await client.post(URL, json=body, headers=world.headers("italy.manager"))
    made = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"{URL}/{made['id']}")
    tunisia = {"id": str(world["tunisia"]), "reference": "BMP-TN", "label": "Tunisia"}
    assert made == {
        "id": made["id"],
        "account_name": "c.example@example.org",
        "display_name": "Synthetic Officer",
        "organisation": {"id": str(world["italy"]), "reference": "ORG-ITALY", "label": "Organisation italy"},
        "agency": None,
        "language": "it",
        "active": True,
        "has_password": False,
        "grants": [
            {**made["grants"][0], "role": "logistics_officer", "component": tunisia},
            {**made["grants"][1], "role": "monitoring_officer", "component": None},
        ],
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    secret = await invite(client, world, made, by="italy.manager")
    weak = await client.post(REDEEM, json={"secret": secret, "password": "short"})
    assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (422, "/password")
    good = await client.post(REDEEM, json={"secret": secret, "password": PASSWORD})
    assert (good.status_code, good.json()) == (200, {"account_name": "c.example@example.org"})
    again = await client.post(REDEEM, json={"secret": secret, "password": PASSWORD})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "link_unusable")
    tokens = (await sign_in(client, made)).json()
    me = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert me.json()["roles"] == ["logistics_officer", "monitoring_officer"]
    read = await client.get(f"{URL}/c.example@example.org", headers=world.headers("italy.manager"))
    assert read.json() == {**made, "has_password": True}
    assert read.headers["cache-control"] == "private, no-store"
    assert await log_kinds(owner, made) == [
        "account.created", "grant.added", "grant.added", "link.handed_out", "link.redeemed",
    ]  # fmt: skip
    stored = await owner.fetchval("SELECT string_agg(s::text, '') FROM security_log s")
    assert secret not in stored
    assert "example.org" not in stored


async def test_nobody_gives_more_than_they_have(client: httpx.AsyncClient, world: World) -> None:
    account = await make(client, world, "icmpd.manager")
    for role, lacking in (
        ("administrator", "organisations:write"),
        ("training_officer", "trainees:erase"),
        ("auditor", "security:read"),
    ):
        answer = await post(client, world, "icmpd.manager", account, "grants", {"role": role})
        assert code(answer) == (403, "forbidden")
        assert lacking in answer.json()["lacking"]
    new = {"account_name": "synthetic.rich", "display_name": "X", "grants": [{"role": "administrator"}]}
    assert code(await client.post(URL, json=new, headers=world.headers("icmpd.manager"))) == (403, "forbidden")
    given = await post(client, world, "icmpd.manager", account, "grants", {"role": "programme_manager"})
    assert (given.status_code, [g["role"] for g in given.json()["grants"]]) == (200, ["programme_manager"])
    twice = await post(client, world, "icmpd.manager", given.json(), "grants", {"role": "programme_manager"})
    assert code(twice) == (409, "taken")


async def test_a_role_for_one_component_gives_nothing_elsewhere(client: httpx.AsyncClient, world: World) -> None:
    account = await make(client, world, "icmpd.morocco")
    everywhere = await post(client, world, "icmpd.morocco", account, "grants", {"role": "monitoring_officer"})
    assert code(everywhere) == (403, "forbidden")
    body = {"role": "monitoring_officer", "component": str(world["tunisia"])}
    elsewhere = await post(client, world, "icmpd.morocco", account, "grants", body)
    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["pointer"]) == (422, "/component")
    body["component"] = "BMP-MA"
    assert (await post(client, world, "icmpd.morocco", account, "grants", body)).status_code == 200


async def test_a_client_cannot_make_itself_a_person_with_more(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    """A client with accounts:write and little else gives no role, limited or not."""
    made = await client.post(
        "/api/v1/clients",
        json={"name": "Feeder", "scopes": ["accounts:write", "accounts:read"]},
        headers=world.headers("icmpd.manager"),
    )
    body = made.json()
    form = {"grant_type": "client_credentials"}
    token = await client.post(TOKEN, data=form, auth=(body["client"]["client_id"], body["client_secret"]))
    headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
    new = {"account_name": "synthetic.puppet", "display_name": "X", "grants": [{"role": "monitoring_officer"}]}
    answer = await client.post(URL, json=new, headers=headers)
    assert code(answer) == (403, "forbidden")
    assert "equipment:read" in answer.json()["lacking"]
    owners = await client.post(
        f"{URL}/icmpd.manager/grants", json={"role": "observer"}, headers={**headers, "If-Match": '"1"'}
    )
    assert code(owners) == (403, "separation_of_duties")


async def test_nothing_is_done_to_oneself(client: httpx.AsyncClient, world: World) -> None:
    for by in ("icmpd.manager", "root"):
        me = (await client.get(f"{URL}/{by}", headers=world.headers("root"))).json()
        answers = [
            await post(client, world, by, me, "grants", {"role": "monitoring_officer"}),
            await post(client, world, by, me, "close"),
            await client.post(f"{URL}/{by}/reset", headers=world.headers(by)),
            await client.post(f"{URL}/{by}/invitation", headers=world.headers(by)),
            await client.patch(f"{URL}/{by}", json={"language": "fr"}, headers=world.headers(by, If_Match="1")),
            await client.delete(f"{URL}/{by}/grants/{me['grants'][0]['id']}", headers=world.headers(by, If_Match="1")),
        ]
        assert [code(answer) for answer in answers] == [(403, "separation_of_duties")] * 6


async def test_an_account_with_more_rights_is_out_of_reach(client: httpx.AsyncClient, world: World) -> None:
    """Whoever sets a password or closes an account acts on all of its rights."""
    for target in ("root", "icmpd.training"):
        account = (await client.get(f"{URL}/{target}", headers=world.headers("icmpd.manager"))).json()
        answers = [
            await post(client, world, "icmpd.manager", account, "close"),
            await client.post(f"{URL}/{target}/invitation", headers=world.headers("icmpd.manager")),
            await client.post(f"{URL}/{target}/reset", headers=world.headers("icmpd.manager")),
            await client.delete(f"{URL}/{target}/sessions", headers=world.headers("icmpd.manager")),
            await client.patch(
                f"{URL}/{target}", json={"language": "fr"}, headers=world.headers("icmpd.manager", If_Match="1")
            ),
            await client.delete(
                f"{URL}/{target}/grants/{account['grants'][0]['id']}",
                headers=world.headers("icmpd.manager", If_Match="1"),
            ),
        ]
        assert [code(answer) for answer in answers] == [(403, "forbidden")] * 6


async def test_other_organisations(client: httpx.AsyncClient, world: World) -> None:
    """Out of sight for their colleagues; seen, not changed, by auditors; the administrator's to change."""
    account = await make(client, world, organisation="ORG-ITALY", grants=[{"role": "monitoring_officer"}])
    url = f"{URL}/{account['id']}"
    assert code(await client.get(url, headers=world.headers("icmpd.manager"))) == (404, "not_found")
    assert code(await post(client, world, "icmpd.manager", account, "close")) == (404, "not_found")
    assert code(await client.get(f"{url}/sessions", headers=world.headers("icmpd.manager"))) == (404, "not_found")
    assert (await client.get(url, headers=world.headers("auditor"))).json() == {
        **account, "updated_at": account["updated_at"],
    }  # fmt: skip
    assert code(await post(client, world, "auditor", account, "close")) == (403, "forbidden")
    assert code(await client.get(url, headers=world.headers("observer"))) == (403, "forbidden")
    new = {"account_name": "synthetic.spy", "display_name": "X", "organisation": "ORG-ITALY"}
    assert code(await client.post(URL, json=new, headers=world.headers("icmpd.manager"))) == (403, "forbidden")
    listed = (await client.get(URL, headers=world.headers("icmpd.manager"))).json()["items"]
    assert {each["organisation"]["reference"] for each in listed} == {"ORG-ICMPD"}
    everywhere = (await client.get(URL, params={"limit": 200}, headers=world.headers("root"))).json()["items"]
    assert len({each["organisation"]["reference"] for each in everywhere}) == 7


async def test_seeing_all_is_not_changing_all(client: httpx.AsyncClient, world: World) -> None:
    """Somebody who audits everything and manages one organisation changes that one only."""
    roles = [{"role": "auditor"}, {"role": "programme_manager"}]
    _, headers = await signed_in(client, world, organisation="ORG-COURT", grants=roles)
    target = await make(client, world, organisation="ORG-ITALY")
    closed = await client.post(f"{URL}/{target['id']}/close", headers={**headers, "If-Match": '"1"'})
    assert code(closed) == (403, "forbidden")
    body = {"name": "X", "scopes": ["register:read"]}
    script = await client.post("/api/v1/clients", json=body, headers=world.headers("italy.manager"))
    url = f"/api/v1/clients/{script.json()['client']['id']}"
    assert (await client.get(url, headers=headers)).status_code == 200
    closed = await client.post(f"{url}/close", headers={**headers, "If-Match": '"1"'})
    assert code(closed) == (403, "forbidden")


async def test_agencies_of_accounts(client: httpx.AsyncClient, world: World) -> None:
    focal: dict[str, Any] = {"organisation": "ORG-TN-COAST-GUARD", "grants": [{"role": "focal_point"}]}
    account = await make(client, world, agency="AG-TN-SFAX", **focal)
    assert account["agency"]["reference"] == "AG-TN-SFAX"
    for agency, organisation in (("AG-MA-NADOR", "ORG-TN-COAST-GUARD"), ("AG-TN-SFAX", "ORG-ICMPD")):
        body = {"account_name": "synthetic.lost", "display_name": "X", "organisation": organisation, "agency": agency}
        answer = await client.post(URL, json=body, headers=world.headers("root"))
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/agency", "other_organisation")]
    headers = world.headers("root", If_Match="1")
    moved = await client.patch(f"{URL}/{account['id']}", json={"agency": "AG-TN-ZARZIS"}, headers=headers)
    assert (moved.json()["agency"]["reference"], moved.json()["version"]) == ("AG-TN-ZARZIS", 2)


async def test_a_beneficiary_manager_stays_below_its_own_agency(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    manager, headers = await signed_in(
        client,
        world,
        organisation="ORG-TN-COAST-GUARD",
        agency="AG-TN-SFAX",
        grants=[{"role": "programme_manager"}],
    )
    body = {"account_name": "synthetic.below", "display_name": "X"}
    missing = await client.post(URL, json=body, headers=headers)
    assert [(e["pointer"], e["code"]) for e in missing.json()["errors"]] == [("/agency", "missing")]
    above = await client.post(URL, json={**body, "agency": str(world["tn-directorate"])}, headers=headers)
    assert [(e["pointer"], e["code"]) for e in above.json()["errors"]] == [("/agency", "reference_unknown")]
    await owner.execute(
        "INSERT INTO delegations (id, organisation_id, programme_id, component_id, power, starts_at) "
        "VALUES ($1, $2, $3, $4, 'observe', now())",
        uuids.uuid7(),
        world["tn-coast-guard"],
        world["programme"],
        world["tunisia"],
    )
    above = await client.post(URL, json={**body, "agency": str(world["tn-directorate"])}, headers=headers)
    assert code(above) == (403, "forbidden")
    assert (await client.post(URL, json={**body, "agency": "AG-TN-SFAX"}, headers=headers)).status_code == 201
    assert manager["agency"]["reference"] == "AG-TN-SFAX"


async def test_roles_bite_at_once(client: httpx.AsyncClient, world: World) -> None:
    account, headers = await signed_in(client, world, grants=[{"role": "logistics_officer"}])
    assert (await client.get("/api/v1/sites", headers=headers)).status_code == 200
    grant = account["grants"][0]["id"]
    removed = await client.delete(f"{URL}/{account['id']}/grants/{grant}", headers=world.headers("root", If_Match="1"))
    assert (removed.status_code, removed.json()["grants"], removed.json()["version"]) == (200, [], 2)
    assert (await client.get("/api/v1/sites", headers=headers)).status_code == 403
    gone = await client.delete(f"{URL}/{account['id']}/grants/{grant}", headers=world.headers("root", If_Match="2"))
    assert gone.status_code == 404


async def test_close_and_reopen(client: httpx.AsyncClient, owner: asyncpg.Connection, world: World) -> None:
    account, headers = await signed_in(client, world, grants=[{"role": "monitoring_officer"}])
    closed = await post(client, world, "root", account, "close")
    assert closed.json() == {
        **account, "active": False, "has_password": False, "version": 2, "updated_at": closed.json()["updated_at"],
    }  # fmt: skip
    assert code(await client.get("/api/v1/me", headers=headers)) == (401, "unauthorised")
    assert (await sign_in(client, account)).json()["error"] == "invalid_grant"
    invitation = await client.post(f"{URL}/{account['id']}/invitation", headers=world.headers("root"))
    assert code(invitation) == (409, "conflict")
    assert code(await post(client, world, "root", closed.json(), "close")) == (409, "conflict")
    opened = await post(client, world, "root", closed.json(), "reopen")
    assert (opened.json()["active"], opened.json()["version"]) == (True, 3)
    assert code(await client.get("/api/v1/me", headers=headers)) == (401, "unauthorised")
    assert (await sign_in(client, account)).json()["error"] == "invalid_grant"
    await invite(client, world, account)
    assert code(await post(client, world, "root", opened.json(), "reopen")) == (409, "conflict")
    assert await log_kinds(owner, account) == [
        "account.created", "grant.added", "link.handed_out", "link.redeemed",
        "account.closed", "sign_in.failed", "account.reopened", "sign_in.failed", "link.handed_out",
    ]  # fmt: skip


async def test_versions(client: httpx.AsyncClient, world: World) -> None:
    account = await make(client, world)
    url = f"{URL}/{account['id']}"
    assert (await client.post(f"{url}/close", headers=world.headers("root"))).status_code == 428
    stale = await client.patch(url, json={"display_name": "Y"}, headers=world.headers("root", If_Match="7"))
    assert (stale.status_code, stale.json()["current"]) == (412, 1)
    answers = await asyncio.gather(
        *(post(client, world, "root", account, "grants", {"role": role}) for role in ("auditor", "observer"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_reset_is_for_the_administrator(client: httpx.AsyncClient, world: World) -> None:
    account, headers = await signed_in(client, world, grants=[{"role": "monitoring_officer"}])
    refused = await client.post(f"{URL}/{account['id']}/reset", headers=world.headers("icmpd.manager"))
    assert code(refused) == (403, "forbidden")
    invited = await client.post(f"{URL}/{account['id']}/invitation", headers=world.headers("root"))
    assert code(invited) == (409, "conflict")
    first = (await client.post(f"{URL}/{account['id']}/reset", headers=world.headers("root"))).json()
    second = (await client.post(f"{URL}/{account['id']}/reset", headers=world.headers("root"))).json()
    assert (first["kind"], first["secret"] == second["secret"]) == ("reset", False)
    replaced = await client.post(REDEEM, json={"secret": first["secret"], "password": PASSWORD})
    assert replaced.json()["errors"][0]["code"] == "link_unusable"
    other = "saffron-meadow-cobalt-4"
    assert (await client.post(REDEEM, json={"secret": second["secret"], "password": other})).status_code == 200
    assert code(await client.get("/api/v1/me", headers=headers)) == (401, "unauthorised")
    assert (await sign_in(client, account)).json()["error"] == "invalid_grant"
    assert (await sign_in(client, account, other)).status_code == 200
    fresh = await make(client, world)
    unset = await client.post(f"{URL}/{fresh['id']}/reset", headers=world.headers("root"))
    assert code(unset) == (409, "conflict")


async def test_a_link_is_redeemed_once_by_one(
    client: httpx.AsyncClient, owner: asyncpg.Connection, world: World
) -> None:
    account = await make(client, world)
    body = {"secret": await invite(client, world, account), "password": PASSWORD}
    answers = await asyncio.gather(*(client.post(REDEEM, json=body) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422]
    late = await make(client, world)
    body = {"secret": await invite(client, world, late), "password": PASSWORD}
    await owner.execute("UPDATE one_time_links SET expires_at = now() WHERE used_at IS NULL")
    assert (await client.post(REDEEM, json=body)).json()["errors"][0]["code"] == "link_unusable"
    key = {"Idempotency-Key": "1"}
    assert code(await client.post(REDEEM, json=body, headers=key)) == (400, "idempotency_not_supported")
    invitation = f"{URL}/{late['id']}/invitation"
    refused = await client.post(invitation, headers=world.headers("root", **key))
    assert code(refused) == (400, "idempotency_not_supported")


async def test_sessions_of_others(client: httpx.AsyncClient, world: World) -> None:
    account, headers = await signed_in(client, world, grants=[{"role": "monitoring_officer"}])
    second = {"Authorization": f"Bearer {(await sign_in(client, account)).json()['access_token']}"}
    url = f"{URL}/{account['id']}/sessions"
    listed = (await client.get(url, headers=world.headers("icmpd.manager"))).json()["items"]
    assert [SignInOut.model_validate(each).revoked_at for each in listed] == [None, None]
    one = await client.delete(f"{url}/{listed[0]['id']}", headers=world.headers("icmpd.manager"))
    assert (one.status_code, one.content) == (204, b"")
    statuses = [(await client.get("/api/v1/me", headers=each)).status_code for each in (headers, second)]
    assert statuses == [200, 401]
    again = await client.delete(f"{url}/{listed[0]['id']}", headers=world.headers("icmpd.manager"))
    assert code(again) == (404, "not_found")
    for _ in range(2):
        assert (await client.delete(url, headers=world.headers("icmpd.manager"))).status_code == 204
    assert (await client.get("/api/v1/me", headers=headers)).status_code == 401
    running = await client.get(url, params={"running": "true"}, headers=world.headers("icmpd.manager"))
    assert running.json()["items"] == []
    revoked = (await client.get(url, headers=world.headers("icmpd.manager"))).json()["items"]
    assert {each["revoked_because"] for each in revoked} == {"revoked_by_administrator"}
    foreign = await client.delete(f"{URL}/italy.manager/sessions", headers=world.headers("icmpd.manager"))
    assert code(foreign) == (404, "not_found")


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"account_name": "Large"}, "/account_name"),
        ({"account_name": "01a209f3-9dd5-7606-b282-8074e63fa656"}, "/account_name"),
        ({"account_name": "no"}, "/account_name"),
        ({"display_name": " "}, "/display_name"),
        ({"organisation": "ORG-NOWHERE"}, "/organisation"),
        ({"agency": "AG-NOWHERE"}, "/agency"),
        ({"grants": [{"role": "integration"}]}, "/grants/0/role"),
        ({"grants": [{"role": "observer", "component": "BMP-XX"}]}, "/grants/0/component"),
        ({"language": "de"}, "/language"),
    ],
)
async def test_wrong_content(client: httpx.AsyncClient, world: World, more: dict[str, Any], pointer: str) -> None:
    body = {"account_name": "synthetic.wrong", "display_name": "X", **more}
    answer = await client.post(URL, json=body, headers=world.headers("root"))
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, [pointer])


async def test_a_taken_name_and_a_retry(client: httpx.AsyncClient, world: World) -> None:
    body = {"account_name": "synthetic.retry", "display_name": "X"}
    headers = world.headers("root", Idempotency_Key="once")
    made = await client.post(URL, json=body, headers=headers)
    again = await client.post(URL, json=body, headers=headers)
    assert (made.status_code, again.status_code) == (201, 303)
    assert again.headers["location"] == made.headers["location"]
    taken = await client.post(URL, json=body, headers=world.headers("root"))
    assert (*code(taken), taken.json()["pointer"]) == (409, "taken", "/account_name")


async def test_filters_and_search(client: httpx.AsyncClient, world: World) -> None:
    async def names(**filters: str) -> list[str]:
        answer = await client.get(URL, params={"limit": "200", **filters}, headers=world.headers("root"))
        return sorted(each["account_name"] for each in answer.json()["items"])

    assert await names(role="administrator") == ["root"]
    assert await names(organisation_id=str(world["ma-border"])) == ["ma.focal"]
    assert await names(agency_id=f"{world['ma-directorate']},{world['ma-nador']}") == ["ma.focal"]
    assert await names(q="synthetic observer") == ["observer"]
    assert "root" not in await names(active="false")
    assert (await client.get(URL, params={"role": "integration"}, headers=world.headers("root"))).status_code == 422
