"""From facts to a caller, and what a caller may hand out (DOMAIN 2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.session import Database
from app.domain.access import ROLE_SCOPES, Giver, Held, Role, Scope, scopes_of
from app.domain.errors import NotFound, Rejected, Taken, Unauthorised
from app.services import bootstrap
from app.services import rights as rights_module
from app.services.rights import Rights, caller_from, giver_of, of_principal
from tests.world import World

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MA, TN = UUID(int=1), UUID(int=2)
ROLES = [role for role in Role if role is not Role.INTEGRATION]


def iso(days: float) -> str:
    return (NOW + timedelta(days=days)).isoformat()


def delegation(component: UUID, power: str, start: float = -1, end: float | None = None) -> dict[str, Any]:
    return {
        "component_id": str(component),
        "power": power,
        "starts_at": iso(start),
        "ends_at": None if end is None else iso(end),
    }


def facts(**more: Any) -> dict[str, Any]:
    return {
        "kind": "account",
        "id": str(UUID(int=10)),
        "account_id": str(UUID(int=10)),
        "organisation_id": str(UUID(int=20)),
        "active": True,
        "display_name": "X",
        "language": "en",
        "client_id": None,
        "scopes": None,
        "component_ids": None,
        "organisation_kinds": ["implementer"],
        "agency_ids": [],
        "grants": [{"role": "programme_manager", "component_id": None}],
        "delegations": [],
        "participations": [],
        "ancestors": [],
        "components": 2,
        **more,
    }


def test_delegations_count_while_they_run() -> None:
    given_to = [
        delegation(MA, "manage", -2, -1),
        delegation(TN, "observe", -2, 1),
        delegation(MA, "observe", 0, 5),
        delegation(TN, "manage", 0, 0),
        delegation(TN, "manage", 1),
    ]
    caller = caller_from(facts(delegations=given_to), NOW)
    assert (caller.see, caller.manage, caller.sees_all) == ((MA, TN), (), True)
    later = caller_from(facts(delegations=given_to), NOW + timedelta(days=1))
    assert (later.see, later.manage) == ((MA, TN), (TN,))


def test_a_role_for_one_component_reaches_no_other() -> None:
    grants = [
        {"role": "programme_manager", "component_id": str(MA)},
        {"role": "monitoring_officer", "component_id": None},
    ]
    both = [delegation(MA, "manage"), delegation(TN, "manage")]
    caller = caller_from(facts(grants=grants, delegations=both), NOW)
    assert caller.see == (MA, TN)
    assert caller.within(Scope.EQUIPMENT_READ).manage == (MA, TN)
    assert caller.within(Scope.EQUIPMENT_WRITE).manage == (MA,)


def test_a_client_has_the_fewer_of_its_own_and_its_owners() -> None:
    both = [delegation(MA, "manage"), delegation(TN, "manage")]
    limited = facts(scopes=["equipment:read", "security:read"], component_ids=[str(TN)], delegations=both)
    caller = caller_from(limited, NOW)
    assert (caller.scopes, caller.see) == (frozenset({"equipment:read"}), (TN,))


helds = st.builds(Held, st.sampled_from(ROLES).map(lambda role: role.value), st.sampled_from([None, MA, TN]))


@given(st.lists(helds, max_size=3), st.lists(helds, max_size=3), st.sampled_from([None, frozenset({MA}), frozenset()]))
def test_nobody_hands_out_what_they_lack(held: list[Held], wanted: list[Held], within: frozenset[UUID] | None) -> None:
    """Whoever is given something by no administrator has, in every component, no more than the giver."""
    scopes = scopes_of(frozenset(each.role for each in held))
    giver = Giver(scopes, tuple(held), within)
    if Scope.ORGANISATIONS_WRITE in scopes:
        assert giver.lacks(wanted) == frozenset()
        return
    if giver.lacks(wanted):
        return

    def holds(who: list[Held], scope: Scope, component: UUID) -> bool:
        return any(scope in ROLE_SCOPES[Role(e.role)] and e.component_id in {None, component} for e in who)

    for component in (MA, TN, UUID(int=3)):
        for scope in Scope:
            if holds(wanted, scope, component):
                assert holds(held, scope, component)
                assert within is None or component in within


def test_what_one_has_may_be_given() -> None:
    for role in ROLES:
        held = Held(role.value, TN)
        assert Giver(scopes_of(frozenset({role.value})), (held,)).lacks([held]) == frozenset()


def test_a_narrowed_token_gives_less() -> None:
    held = Held("monitoring_officer")
    giver = Giver(frozenset({"accounts:write", "equipment:read"}), (held,))
    assert "equipment:read" not in giver.lacks([held])
    assert "training:read" in giver.lacks([held])


async def test_the_cache_holds_and_forgets(database: Database, owner: asyncpg.Connection, world: World) -> None:
    rights = Rights(database, seconds=20)
    principal = str(world.accounts["italy.manager"])
    assert rights.remembered(principal, "a-token") is None
    known = await rights.of(principal, "a-token")
    assert known.scopes
    assert rights.remembered(principal, "a-token") is known
    assert rights.remembered(principal, "another") is None
    await owner.execute("UPDATE accounts SET active = false WHERE id = $1", world.accounts["italy.manager"])
    try:
        assert (await rights.of(principal, "a-token")).scopes
        rights.forget()
        assert rights.remembered(principal, "a-token") is None
        with pytest.raises(Unauthorised):
            await rights.of(principal, "a-token")
    finally:
        await owner.execute("UPDATE accounts SET active = true WHERE id = $1", world.accounts["italy.manager"])


async def test_the_cache_is_bounded(database: Database, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights_module, "REMEMBERED", 2)
    rights = Rights(database, seconds=20)
    for jti in ("a", "b", "c"):
        await rights.of(str(world.accounts["root"]), jti)
    assert [jti for _, jti in rights._known] == ["b", "c"]


async def test_the_cache_never_outlives_a_delegation(
    database: Database, owner: asyncpg.Connection, world: World
) -> None:
    rights = Rights(database, seconds=60)
    principal = str(world.accounts["nobody"])
    await owner.execute(
        "INSERT INTO delegations (id, organisation_id, programme_id, component_id, power, starts_at, ends_at) "
        "VALUES ($1, $2, $3, $4, 'observe', now() - interval '1 day', now() + interval '5 seconds')",
        uuid4(),
        world["stranger"],
        world["programme"],
        world["tunisia"],
    )
    assert (await rights.of(principal, "t")).see == (world["tunisia"],)
    _, seconds = await rights._ask(principal, "t", None)
    assert 0 < seconds <= 5


async def test_revoked_and_unknown(database: Database, owner: asyncpg.Connection, world: World) -> None:
    rights = Rights(database, seconds=0)
    await owner.execute(
        "INSERT INTO revoked_tokens (jti, kind, expires_at) VALUES ('gone', 'access', now() + interval '1 hour'), "
        "('other', 'assertion', now() + interval '1 hour')"
    )
    principal = str(world.accounts["root"])
    assert (await rights.of(principal, "other")).administers
    for who, jti, session in (
        (principal, "gone", None),
        (principal, "fine", str(uuid4())),
        (principal, "fine", "no-uuid"),
        (str(uuid4()), "fine", None),
        ("no-uuid", "fine", None),
    ):
        with pytest.raises(Unauthorised):
            await rights.of(who, jti, session)


async def test_of_principal_and_giver(database: Database, world: World) -> None:
    async with database.transaction(read_only=True) as tx:
        caller = await of_principal(tx, world.accounts["icmpd.morocco"])
        with pytest.raises(Unauthorised):
            await of_principal(tx, uuid4())
        with pytest.raises(Unauthorised):
            await giver_of(tx)
    async with database.transaction(caller, read_only=True) as tx:
        giver = await giver_of(tx)
    assert giver.held == (Held("programme_manager", world["morocco"]),)
    assert giver.within is None


async def test_bootstrap(database: Database, owner: asyncpg.Connection, world: World) -> None:
    """The first administrator, before there is anybody to ask."""
    made = await bootstrap.account(
        owner,
        organisation="ORG-ICMPD",
        account_name="first.admin",
        password="lantern-orbit-thistle-9",
        roles=("administrator",),
    )
    async with database.transaction(read_only=True) as tx:
        caller = await of_principal(tx, made)
    assert (caller.administers, caller.organisation_id) == (True, world["icmpd"])
    secret = await bootstrap.client(
        owner, owner="first.admin", client_id="first-script", name="First", scopes=["organisations:write"]
    )
    assert secret.startswith("bmp_")
    kinds = [row["kind"] for row in await owner.fetch("SELECT kind FROM security_log ORDER BY id")]
    assert kinds == ["account.created", "grant.added", "client.created"]
    good: dict[str, Any] = {"organisation": "ORG-ICMPD", "account_name": "second.admin", "password": None, "roles": ()}
    for more, error in (
        ({"account_name": "first.admin"}, Taken),
        ({"account_name": "Not Good"}, Rejected),
        ({"password": "short"}, Rejected),
        ({"organisation": "ORG-NOWHERE"}, NotFound),
    ):
        with pytest.raises(error):
            await bootstrap.account(owner, **(good | more))
    assert await bootstrap.account(owner, **good)
    with pytest.raises(NotFound):
        await bootstrap.client(owner, owner="nobody.here", client_id="x", name="x", scopes=[])
    with pytest.raises(Taken):
        await bootstrap.client(owner, owner="first.admin", client_id="first-script", name="x", scopes=[])


async def test_what_has_run_out_is_forgotten(database: Database, owner: asyncpg.Connection) -> None:
    await owner.execute(
        "INSERT INTO revoked_tokens (jti, kind, expires_at) VALUES ('old', 'access', now() - interval '2 hours')"
    )
    await owner.execute(
        "INSERT INTO login_attempts (id, subject, at) VALUES (gen_random_uuid(), 's', now() - interval '2 days')"
    )
    assert await owner.fetchval("SELECT app.forget_expired_access()") == 2
    assert await owner.fetchval("SELECT app.forget_expired_access()") == 0
