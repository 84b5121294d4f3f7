"""The change feed over HTTP: whole events, in order, to whom they concern; scopes, moves, cursors that are no good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.domain.access import Role
from app.domain.changes import READ_SCOPE
from app.services import changes
from tests.feed import CHANGES, Reader, add_site, rename, settle
from tests.world import World, ident

pytestmark = pytest.mark.anyio

MANAGER = "icmpd.manager"
STREAM = f"{CHANGES}/events"


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


async def reader(client: httpx.AsyncClient, world: World, owner: asyncpg.Connection, account: str) -> Reader:
    await settle(owner)
    made = Reader(client, world, account)
    await made.begin()
    return made


async def test_an_event_is_a_whole_cloud_event(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    follow = await reader(client, world, owner, MANAGER)
    before = datetime.now(UTC)
    await rename(owner, world["store"])
    await settle(owner)
    (event,) = await follow.poll()
    at = datetime.fromisoformat(event.pop("time"))
    assert before - timedelta(seconds=5) < at < datetime.now(UTC) + timedelta(seconds=5)
    ident_of_event = event.pop("id")
    assert len(ident_of_event) == 32
    assert event == {
        "specversion": "1.0",
        "source": "http://test",
        "type": "bmp.sites.changed",
        "subject": f"/api/v1/sites/{world['store']}",
        "datacontenttype": "application/json",
        "partitionkey": str(world["store"]),
        "data": {
            "id": str(world["store"]),
            "resource": "sites",
            "version": await owner.fetchval("SELECT version FROM sites WHERE id = $1", world["store"]),
        },
    }
    assert follow.pages[0]["page"] == {"next": follow.cursor, "limit": 100, "more": False}
    found = await client.get(event["subject"], headers=world.headers(MANAGER))
    assert found.json()["version"] == event["data"]["version"]


async def test_what_is_new_is_told_once_in_order_and_the_same_each_time(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    follow = await reader(client, world, owner, MANAGER)
    start = follow.cursor
    site = await add_site(owner, world, "tn-sfax")
    for name in ("one", "two"):
        await rename(owner, site, name)
    await settle(owner)
    first = await follow.poll()
    assert [(each["type"], each["data"]["version"]) for each in first] == [
        ("bmp.sites.created", 1),
        ("bmp.sites.changed", 2),
        ("bmp.sites.changed", 3),
    ]
    assert await follow.poll() == []
    follow.cursor = start
    follow.query = {"limit": 1}
    assert await follow.poll() == first
    assert len(follow.pages) == 3
    assert len({each["id"] for each in first}) == 3


async def test_without_a_cursor_it_begins_with_the_oldest(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    await settle(owner)
    events = await Reader(client, world, "root").poll()
    created = {each["data"]["id"] for each in events if each["type"] == "bmp.organisations.created"}
    assert str(world["icmpd"]) in created


async def test_filters_leave_out_and_unknown_words_are_refused(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    follow = await reader(client, world, owner, MANAGER)
    start = follow.cursor
    site = await add_site(owner, world, "tn-sfax")
    await rename(owner, site)
    await owner.execute("UPDATE courses SET version = version + 1")
    await settle(owner)
    for query, types in (
        ({"resource": "courses"}, ["bmp.courses.changed"]),
        ({"resource": "courses,sites"}, ["bmp.sites.created", "bmp.sites.changed", "bmp.courses.changed"]),
        ({"type": "bmp.sites.created"}, ["bmp.sites.created"]),
        ({"type": "bmp.sites.created", "resource": "courses"}, []),
    ):
        follow.cursor, follow.query = start, query
        assert [each["type"] for each in await follow.poll()] == types
    for path in (CHANGES, STREAM):
        for query, wrong in (
            ({"resource": "vault"}, ("/resource/0", "value_error")),
            ({"type": "bmp.sites.renamed"}, ("/type/0", "value_error")),
            ({"sort": "position"}, ("/sort", "unknown_parameter")),
        ):
            answer = await client.get(path, params=query, headers=world.headers(MANAGER))
            assert (answer.status_code, faults(answer)) == (422, [wrong])
    for query, said in (
        ({"resource": "site"}, "The change feed knows no such resource. Did you mean sites? Known: acceptances, "),
        ({"type": "bmp.sites.change"}, "The change feed knows no such type of event. Did you mean bmp.sites.changed?"),
    ):
        answer = await client.get(CHANGES, params=query, headers=world.headers(MANAGER))
        assert answer.json()["errors"][0]["detail"].startswith(said)


@pytest.mark.parametrize("path", [CHANGES, STREAM])
async def test_a_cursor_that_is_none_of_ours_is_refused(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection, path: str
) -> None:
    follow = await reader(client, world, owner, MANAGER)
    assert follow.cursor is not None
    altered = ("A" if follow.cursor[0] != "A" else "B") + follow.cursor[1:]
    of_a_list = (await client.get("/api/v1/sites?limit=1", headers=world.headers(MANAGER))).json()["page"]["next"]
    for cursor in (altered, of_a_list, "x", "", "é", follow.cursor[:-4]):
        answer = await client.get(path, params={"after": cursor}, headers=world.headers(MANAGER))
        assert (answer.status_code, faults(answer)) == (422, [("/after", "cursor_invalid")]), cursor
    answer = await client.get(STREAM, headers=world.headers(MANAGER, Last_Event_ID="x"))
    assert (answer.status_code, faults(answer)) == (422, [("/Last-Event-ID", "cursor_invalid")])


async def test_cursors_and_ids_do_not_tell_how_much_happens_elsewhere(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    follow = await reader(client, world, owner, "ma.focal")
    before = follow.cursor
    await rename(owner, world["site-tn-sfax"])
    await settle(owner)
    assert await follow.poll() == []
    assert before is not None
    assert follow.cursor is not None
    assert sum(a == b for a, b in zip(before, follow.cursor, strict=True)) < len(before) / 2


async def test_each_hears_of_what_it_may_see(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    everybody = {name: await reader(client, world, owner, name) for name in world.accounts}
    await rename(owner, world["site-tn-sfax"])
    await owner.execute("UPDATE components SET version = version + 1 WHERE id = $1", world["morocco"])
    await owner.execute("UPDATE accounts SET version = version + 1 WHERE id = $1", world.accounts["italy.manager"])
    trainee = ident()
    await owner.execute(
        "INSERT INTO trainees (id, agency_id, grade_band, sex, language) "
        "VALUES ($1, $2, 'civilian', 'undisclosed', 'fr')",
        trainee,
        world["tn-sfax"],
    )
    await settle(owner)
    heard = {name: {each.split(".")[1] for each, _ in await follow.told()} for name, follow in everybody.items()}
    both = {"sites", "components"}
    assert heard == {
        "root": {"sites", "components", "accounts"},
        "icmpd.manager": both | {"trainees"},
        "icmpd.manager2": both | {"trainees"},
        "icmpd.procurement": both,
        "icmpd.logistics": both,
        "icmpd.training": both | {"trainees"},
        "icmpd.monitoring": both | {"trainees"},
        "icmpd.safeguards": both | {"trainees"},
        "icmpd.morocco": {"components"},
        "italy.manager": {"sites", "accounts", "trainees"},
        "italy.logistics": {"sites"},
        "tn.focal": {"sites", "trainees"},
        "tn.focal.sfax": {"sites", "trainees"},
        "ma.focal": {"components"},
        "auditor": both | {"trainees", "accounts"},
        "observer": both,
        "nobody": set(),
    }


async def test_a_token_without_the_scope_to_read_hears_nothing_of_a_resource(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    follow = await reader(client, world, owner, MANAGER)
    await rename(owner, world["store"])
    await owner.execute("UPDATE training_sessions SET version = version + 1")
    await settle(owner)
    narrow = {"Authorization": f"Bearer {world.token(MANAGER, frozenset({'training:read'}))}"}
    answer = await client.get(CHANGES, params={"after": follow.cursor}, headers=narrow)
    assert [each["type"] for each in answer.json()["items"]] == ["bmp.scope.changed"]
    assert answer.json()["items"][0]["data"]["scope"]["resources"] == ["sessions"]
    nothing = {"Authorization": f"Bearer {world.token(MANAGER, frozenset({'equipment:write'}))}"}
    answer = await client.get(f"{CHANGES}/cursor", headers=nothing)
    assert answer.json()["scope"]["resources"] == []
    answer = await client.get(CHANGES, params={"after": answer.json()["cursor"]}, headers=nothing)
    assert answer.json()["items"] == []


async def test_grants_are_told_as_changes_of_their_account(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    follow = await reader(client, world, owner, MANAGER)
    account = world.accounts["icmpd.logistics"]
    grant = ident()
    await owner.execute(
        "INSERT INTO grants (id, account_id, organisation_id, role) VALUES ($1, $2, $3, $4)",
        *(grant, account, world["icmpd"], Role.OBSERVER.value),
    )
    await owner.execute("DELETE FROM grants WHERE id = $1", grant)
    await settle(owner)
    assert await follow.told() == [("bmp.accounts.changed", str(account))] * 2


async def test_who_loses_sight_of_an_object_is_told_its_id_and_no_more(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    site = await add_site(owner, world, "tn-sfax")
    old, both, neither = [await reader(client, world, owner, a) for a in ("tn.focal.sfax", "tn.focal", "ma.focal")]
    await owner.execute(
        "UPDATE sites SET agency_id = $2, version = version + 1 WHERE id = $1", site, world["tn-zarzis"]
    )
    await settle(owner)
    assert await both.told() == [("bmp.sites.changed", str(site))]
    assert await neither.told() == []
    (event,) = await old.poll()
    assert event["type"] == "bmp.object.out_of_sight"
    assert event["data"] == {"id": str(site), "resource": "sites"}
    assert (await client.get(event["subject"], headers=world.headers("tn.focal.sfax"))).status_code == 404
    await owner.execute("UPDATE sites SET agency_id = $2, version = version + 1 WHERE id = $1", site, world["tn-sfax"])
    await settle(owner)
    assert await old.told() == [("bmp.sites.changed", str(site))]
    assert await both.told() == [("bmp.sites.changed", str(site))]


async def test_only_moves_out_of_sight_can_be_asked_for(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    site = await add_site(owner, world, "tn-sfax")
    old = await reader(client, world, owner, "tn.focal.sfax")
    await rename(owner, site)
    await owner.execute("UPDATE sites SET agency_id = $2 WHERE id = $1", site, world["tn-zarzis"])
    await settle(owner)
    old.query = {"type": "bmp.object.out_of_sight", "resource": "sites"}
    assert await old.told() == [("bmp.object.out_of_sight", str(site))]


async def delegate(owner: asyncpg.Connection, world: World, component: str, starts: str, ends: str | None) -> UUID:
    made = ident()
    await owner.execute(
        "INSERT INTO delegations (id, organisation_id, programme_id, component_id, power, starts_at, ends_at) "
        "VALUES ($1, $2, $3, $4, 'observe', clock_timestamp() + $5::text::interval, "
        "clock_timestamp() + $6::text::interval)",
        *(made, world["stranger"], world["programme"], world[component], starts, ends),
    )
    return made


async def test_a_delegation_that_begins_and_ends_by_time_alone_is_told(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    follow = await reader(client, world, owner, "nobody")
    assert await follow.told() == []
    made = await delegate(owner, world, "morocco", "-1 hour", None)
    await settle(owner)
    first = await follow.ask()
    again = await follow.ask()
    (event,) = [each for each in first.json()["items"] if each["type"] == "bmp.scope.changed"]
    assert first.json()["items"][0] == event, "the scope is told before everything else"
    assert event["subject"] == "/api/v1/me"
    assert event["data"]["scope"]["components"] == [str(world["morocco"])]
    assert event["data"]["scope"]["agencies"] == [str(world["ma-directorate"])]
    assert again.json()["items"][0]["id"] == event["id"], "told again until a later cursor is sent"
    await follow.poll()
    assert await follow.told() == []
    # No row is written when its time is over: the owner's clock is moved instead, without a trigger.
    await owner.execute("ALTER TABLE delegations DISABLE TRIGGER USER")
    await owner.execute("UPDATE delegations SET ends_at = clock_timestamp() - interval '1 second' WHERE id = $1", made)
    await owner.execute("ALTER TABLE delegations ENABLE TRIGGER USER")
    (event,) = await follow.poll()
    assert event["type"] == "bmp.scope.changed"
    assert event["data"]["scope"]["components"] == []
    assert await follow.poll() == []


async def test_a_branch_that_moves_is_told_to_who_loses_and_to_who_gains(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    middle = ident()
    await owner.execute(
        "INSERT INTO agencies (id, reference, parent_id, organisation_id, country, is_unit, name_en) "
        "VALUES ($1, 'AG-MIDDLE', $2, $3, 'TN', false, 'Middle')",
        *(middle, world["tn-directorate"], world["tn-coast-guard"]),
    )
    people = {a: await reader(client, world, owner, a) for a in ("tn.focal", "tn.focal.sfax", "ma.focal", "auditor")}
    await owner.execute("UPDATE agencies SET parent_id = $2 WHERE id = $1", middle, world["ma-directorate"])
    await settle(owner)
    told = {name: await each.told() for name, each in people.items()}
    moved = ("bmp.scope.changed", str(middle))
    assert told == {
        "tn.focal": [moved],
        "tn.focal.sfax": [],
        "ma.focal": [moved, ("bmp.agencies.changed", str(middle))],
        "auditor": [("bmp.agencies.changed", str(middle))],
    }


async def test_a_role_for_one_component_hears_of_that_one_only(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    account = world.accounts["mixed"] = ident()
    world.organisations["mixed"] = "icmpd"
    await owner.execute(
        "INSERT INTO accounts (id, organisation_id, account_name, display_name) VALUES ($1, $2, 'mixed', 'Synthetic')",
        *(account, world["icmpd"]),
    )
    for role, component in ((Role.LOGISTICS_OFFICER, "morocco"), (Role.TRAINING_OFFICER, "tunisia")):
        await owner.execute(
            "INSERT INTO grants (id, account_id, organisation_id, role, component_id) VALUES ($1, $2, $3, $4, $5)",
            *(ident(), account, world["icmpd"], role.value, world[component]),
        )
    follow = await reader(client, world, owner, "mixed")
    for component in ("morocco", "tunisia"):
        await owner.execute(
            "INSERT INTO training_sessions (id, reference, course_id, component_id, starts_on, ends_on, half_days, "
            "language) "
            "VALUES ($1, $2, $3, $4, '2026-03-01', '2026-03-02', 4, 'fr')",
            *(ident(), f"SES-{component.upper()}", world["course"], world[component]),
        )
        await owner.execute("UPDATE components SET version = version + 1 WHERE id = $1", world[component])
        await rename(owner, world["store"])
    await settle(owner)
    follow.query = {"limit": 2}
    told = [each["type"] for each in await follow.poll()]
    assert told == [
        "bmp.components.changed",
        "bmp.sites.changed",
        "bmp.sessions.created",
        "bmp.components.changed",
        "bmp.sites.changed",
    ]
    del world.accounts["mixed"], world.organisations["mixed"]


async def test_a_reader_who_sees_little_looks_at_no_more_than_a_span(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "SCAN", 5)
    follow = await reader(client, world, owner, "ma.focal")
    for _ in range(12):
        await rename(owner, world["site-tn-sfax"])
    await rename(owner, world["site-ma-nador"])
    await settle(owner)
    (event,) = await follow.poll()
    assert event["data"]["id"] == str(world["site-ma-nador"])
    assert [(len(page["items"]), page["page"]["more"]) for page in follow.pages] == [(0, True), (0, True), (1, False)]


async def test_a_reader_does_the_sequencers_work_when_it_is_late(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_turn", changes._Turn())
    follow = await reader(client, world, owner, MANAGER)
    await rename(owner, world["store"])
    assert await follow.told() == [], "not late yet: the worker is given a second"
    await owner.execute("UPDATE changes SET recorded_at = recorded_at - interval '1 minute' WHERE position IS NULL")
    assert await follow.told() == [("bmp.sites.changed", str(world["store"]))]
    await rename(owner, world["store"])
    await owner.execute("UPDATE changes SET recorded_at = recorded_at - interval '1 minute' WHERE position IS NULL")
    assert await follow.told() == [], "this process has had its turn within the second"


async def test_a_cursor_older_than_what_is_kept_is_told_so_exactly(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    old = await reader(client, world, owner, MANAGER)
    await rename(owner, world["store"])
    edge = await reader(client, world, owner, MANAGER)
    await owner.execute("UPDATE changes SET recorded_at = clock_timestamp() - interval '91 days'")
    await rename(owner, world["store"])
    newest = await settle(owner)
    while await owner.fetchval("SELECT app.forget_changes(90, 7)"):
        pass
    assert tuple(await owner.fetchrow("SELECT newest, forgotten FROM feed")) == (newest, newest - 1)
    answer = await old.ask()
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_expired")
    assert len(await edge.told()) == 1
    assert len(await Reader(client, world, MANAGER).told()) == 1
    await owner.execute("UPDATE changes SET recorded_at = clock_timestamp() - interval '91 days'")
    assert await owner.fetchval("SELECT app.forget_changes(90, 100)") == 1
    assert await owner.fetchval("SELECT app.forget_changes(90, 100)") == 0
    assert await owner.fetchval("SELECT count(*) FROM changes") == 0
    assert await edge.told() == []
    await rename(owner, world["store"])
    assert await settle(owner) == newest + 1, "positions go on when every change is forgotten"
    assert len(await edge.told()) == 1


async def test_a_database_that_was_put_back_tells_readers_who_were_further(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    """What a restore does: the rows and marks of before, and another history from there."""
    behind = await reader(client, world, owner, MANAGER)
    saved = await owner.fetchrow("SELECT newest, eras::text FROM feed")
    assert saved is not None
    await rename(owner, world["store"], "lost")
    ahead = await reader(client, world, owner, MANAGER)
    lost = (await behind.ask()).json()["items"]
    await owner.execute("DELETE FROM changes WHERE position > $1", saved["newest"])
    await owner.execute("UPDATE feed SET newest = $1, eras = $2::text::jsonb", *saved)
    answer = await ahead.ask()
    assert (answer.status_code, answer.json()["code"]) == (410, "feed_rewound")
    await owner.execute("SELECT app.begin_era()")
    later = Reader(client, world, MANAGER)
    for name in ("new", "newer"):
        await rename(owner, world["store"], name)
    await settle(owner)
    await later.begin()
    answer = await ahead.ask()
    assert (answer.status_code, answer.json()["code"]) == (410, "feed_rewound"), "its place is another change now"
    events = await behind.poll()
    assert len(events) == 2
    assert lost[0]["id"] not in {each["id"] for each in events}
    await owner.execute("UPDATE feed SET eras = $1::text::jsonb", saved["eras"])
    answer = await later.ask()
    assert (answer.status_code, answer.json()["code"]) == (410, "feed_rewound"), "an era that this database never had"


async def test_the_cursor_says_what_is_in_sight(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    told = await (await reader(client, world, owner, "tn.focal")).begin()
    assert told["scope"] == {
        "components": [],
        "joined": [str(world["tunisia"])],
        "agencies": [str(world["tn-directorate"])],
        "resources": sorted(set(READ_SCOPE) - {"accounts", "clients"}),
    }


async def test_an_unchanged_page_is_not_sent_again(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    follow = await reader(client, world, owner, MANAGER)
    first = await follow.ask()
    headers: dict[str, Any] = {**world.headers(MANAGER), "If-None-Match": first.headers["etag"]}
    again = await client.get(CHANGES, params={"after": follow.cursor}, headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "private, no-store"


async def test_what_postgresql_writes_is_what_is_made_of_events(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow = await reader(client, world, owner, "tn.focal.sfax")
    start = follow.cursor
    site = await add_site(owner, world, "tn-sfax")
    await rename(owner, site)
    await owner.execute("UPDATE sites SET agency_id = $2 WHERE id = $1", site, world["tn-zarzis"])
    await settle(owner)

    async def pages() -> list[bytes]:
        found = []
        for account, limit in (("tn.focal.sfax", 2), ("tn.focal.sfax", 100), ("auditor", 100)):
            for after in (None, start if account == follow.account else None):
                query: dict[str, str | int] = {"limit": limit, **({} if after is None else {"after": after})}
                found.append((await client.get(CHANGES, params=query, headers=world.headers(account))).content)
        return found

    quick = await pages()

    async def never(*_: Any) -> None:
        return None

    monkeypatch.setattr(changes, "written", never)
    assert quick == await pages()
    assert b"bmp.object.out_of_sight" in quick[3]
