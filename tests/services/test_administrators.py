"""Administrators whom nobody in the deployment can let in: appointed by whoever has the machine, by a one-time link."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest

from app.db.session import Database
from app.domain.access import Scope
from app.domain.errors import NotFound, Rejected, Taken
from app.services import administrators
from app.services.rights import of_principal
from tests.world import World

pytestmark = pytest.mark.anyio

PASSWORD = "a synthetic pass phrase of the tests"


async def counted(owner: asyncpg.Connection) -> tuple[int, ...]:
    return tuple([await owner.fetchval(f"SELECT count(*) FROM {t}") for t in ("accounts", "grants", "one_time_links")])


async def test_the_link_of_a_new_administrator_lets_one_person_in(
    owner: asyncpg.Connection, database: Database, client: httpx.AsyncClient, world: World
) -> None:
    link = await administrators.appoint(
        owner, organisation="ORG-ICMPD", account_name="second.admin", display_name="Synthetic Administrator"
    )
    assert link.kind == "invitation"
    assert timedelta(days=6) < link.expires_at - datetime.now(UTC) <= timedelta(days=7)
    ident, name = await administrators.named(owner, "second.admin")
    assert name == "second.admin"
    async with database.transaction() as tx:
        caller = await of_principal(tx, ident)
    assert (caller.administers, Scope.ORGANISATIONS_WRITE in caller.scopes) == (True, True)
    assert await owner.fetchval("SELECT secret_hash FROM one_time_links WHERE account_id = $1", ident) != link.secret

    redeem = {"secret": link.secret, "password": PASSWORD}
    assert (await client.post("/api/v1/oauth/redeem", json=redeem)).status_code == 200
    again = await client.post("/api/v1/oauth/redeem", json=redeem)
    assert again.status_code == 422, "it is used up"
    log_in = {"grant_type": "password", "username": "second.admin", "password": PASSWORD}
    token = (await client.post("/api/v1/oauth/token", data=log_in)).json()["access_token"]
    me = (await client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})).json()
    assert me["roles"] == ["administrator"]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"organisation": "ORG-NOBODY"}, NotFound),
        ({"account_name": "icmpd.manager"}, Taken),
        ({"account_name": "Not A Name"}, Rejected),
        ({"account_name": "01a209d1-c5a1-74d1-8759-ed1a8fd4c31b"}, Rejected),
    ],
)
async def test_one_who_cannot_be_leaves_nothing_behind(
    owner: asyncpg.Connection, world: World, given: dict[str, str], kind: type[Exception]
) -> None:
    before = await counted(owner)
    whole = {"organisation": "ORG-ICMPD", "account_name": "third.admin", "display_name": "Nobody", **given}
    with pytest.raises(kind) as refused:
        await administrators.appoint(owner, **whole)
    if isinstance(refused.value, Rejected):
        (fault,) = refused.value.faults
        assert fault.pointer == "/account_name"
        assert fault.detail.startswith(("This has to be 3 to 200 small letters", "An account name may not look like"))
    assert await counted(owner) == before


async def test_without_a_name_the_one_who_is_there_longest_acts(owner: asyncpg.Connection, world: World) -> None:
    for name, days in (("late.admin", 1), ("early.admin", 900)):
        await administrators.appoint(owner, organisation="ORG-ITALY", account_name=name, display_name="Synthetic")
        await owner.execute(
            "UPDATE accounts SET created_at = now() - $2::interval WHERE account_name = $1", name, timedelta(days=days)
        )
    ident, name = await administrators.named(owner, None)
    assert (name, await owner.fetchval("SELECT id FROM accounts WHERE account_name = 'early.admin'")) == (
        "early.admin",
        ident,
    )
    await owner.execute("UPDATE accounts SET active = false WHERE account_name = 'early.admin'")
    assert (await administrators.named(owner, None))[1] != "early.admin", "who is closed acts no more"
    with pytest.raises(NotFound, match=r"There is no open account early\.admin"):
        await administrators.named(owner, "early.admin")
    with pytest.raises(NotFound, match=r"There is no open account no\.body"):
        await administrators.named(owner, "no.body")
    assert (await administrators.named(owner, "icmpd.manager"))[0] == world.accounts["icmpd.manager"]


async def test_where_nobody_administers_the_way_out_is_said(owner: asyncpg.Connection, world: World) -> None:
    transaction = owner.transaction()
    await transaction.start()
    try:
        await owner.execute(
            "UPDATE accounts a SET active = false WHERE EXISTS "
            "(SELECT 1 FROM grants g WHERE g.account_id = a.id AND g.role = 'administrator')"
        )
        with pytest.raises(NotFound, match="bmp account create --administrator makes the first one"):
            await administrators.named(owner, None)
    finally:
        await transaction.rollback()
