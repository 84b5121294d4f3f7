"""Webhooks from change to receiver, with everything committed and a receiver on the loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from app import worker
from app.db import reading
from app.db.session import Database
from app.domain.access import Caller, Scope
from app.domain.webhooks import SCHEDULE_S
from app.schemas.webhooks import ReplayIn, WebhookIn
from app.security.keys import Keys
from app.services import changes, job_kinds, jobs, jobs_running, rights, webhook_sending, webhooks
from app.services.job_kinds import Schedule
from app.services.jobs_running import Desk
from app.services.webhook_sending import Post, deliver, due, hang_up, make_deliveries
from app.settings import Settings
from tests.receiver import Receiver, Reply, receiving
from tests.services.test_door import caller_of
from tests.world import World

pytestmark = pytest.mark.anyio

RENAME = "UPDATE sites SET name_en = $2, version = version + 1 WHERE id = $1"


@pytest.fixture
def allowing(settings: Settings) -> Settings:
    return settings.model_copy(update={"webhook_allow": ("127.0.0.0/8",)})


@pytest.fixture
async def post(allowing: Settings, keys: Keys, owner: asyncpg.Connection) -> AsyncIterator[Post]:
    """The worker's part, with no webhooks and no changes that nobody has seen."""
    await owner.execute("DELETE FROM webhooks")
    database = Database(worker.database_url(allowing), size=4)
    await database.open()
    made = Post(allowing, keys, database)
    yield made
    await hang_up(made)
    await database.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


async def place(post: Post) -> None:
    async with post.database.transaction() as tx:
        while await changes.sequence(tx):
            pass


async def subscribe(
    database: Database, world: World, post: Post, url: str, account: str = "icmpd.manager", **more: Any
) -> tuple[UUID, str]:
    """A webhook of this account's, from now on; its id and secret."""
    await place(post)
    caller = await caller_of(database, world, account)
    if (scopes := more.pop("scopes", None)) is not None:
        caller = rights.narrowed(caller, frozenset(scopes))
    async with database.transaction(caller) as tx:
        made = await webhooks.create(tx, WebhookIn(url=url, **more), post.keys, post.settings)
    return made.webhook.id, made.secret


async def send(post: Post) -> None:
    """What the worker does all the time, once."""
    await place(post)
    while await make_deliveries(post):
        pass
    for webhook in await due(post):
        await deliver(post, webhook)


async def waited(owner: asyncpg.Connection) -> None:
    """Pauses are over."""
    await owner.execute("UPDATE webhook_deliveries SET next_at = clock_timestamp() - interval '1 s'")
    await owner.execute("UPDATE webhook_cursors SET resting_until = NULL")


async def states(owner: asyncpg.Connection) -> list[tuple[str, int]]:
    rows = await owner.fetch("SELECT state, attempts FROM webhook_deliveries ORDER BY seq")
    return [(row["state"], row["attempts"]) for row in rows]


def told(receiver: Receiver) -> list[tuple[str, int | None]]:
    return [(got.event["type"], got.event["data"]["version"]) for got in receiver.got]


async def test_a_change_arrives_as_a_signed_thin_event(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    _, secret = await subscribe(database, world, post, receiver.url)
    await owner.execute(RENAME, world["store"], "one")
    version = await owner.fetchval("SELECT version FROM sites WHERE id = $1", world["store"])
    await send(post)
    (got,) = receiver.got
    assert Verifier(secret).verify(got.body, got.headers) == got.event
    with pytest.raises(WebhookVerificationError):
        Verifier(secret).verify(got.body + b" ", got.headers)
    assert got.headers["content-type"] == "application/cloudevents+json"
    event = got.event
    assert event["id"] == got.headers["webhook-id"]
    assert datetime.fromisoformat(event.pop("time")).tzinfo is not None
    assert event == {
        "specversion": "1.0",
        "id": got.headers["webhook-id"],
        "source": "http://test",
        "type": "bmp.sites.changed",
        "subject": f"/api/v1/sites/{world['store']}",
        "datacontenttype": "application/json",
        "partitionkey": str(world["store"]),
        "data": {"id": str(world["store"]), "resource": "sites", "version": version},
    }
    found = await owner.fetchrow("SELECT * FROM webhook_deliveries")
    assert (found["state"], found["attempts"], found["status"], found["error"]) == ("delivered", 1, 204, None)
    await send(post)
    assert len(receiver.got) == 1


async def test_what_happened_before_is_not_told_and_filters_hold(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    await owner.execute(RENAME, world["store"], "before")
    await subscribe(database, world, post, receiver.url, resources=["suppliers"])
    await subscribe(database, world, post, receiver.url, types=["bmp.sites.created", "bmp.suppliers.changed"])
    await owner.execute(RENAME, world["store"], "after")
    await owner.execute("UPDATE suppliers SET name_en = 'x', version = version + 1")
    await send(post)
    assert [kind for kind, _ in told(receiver)] == ["bmp.suppliers.changed"] * 2
    assert await owner.fetchval("SELECT count(DISTINCT position) FROM webhook_cursors") == 1


async def test_each_owner_is_told_what_they_may_see_and_read(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    await subscribe(database, world, post, receiver.url, "tn.focal")
    await subscribe(database, world, post, receiver.url, "icmpd.manager", scopes=[Scope.EQUIPMENT_READ])
    for site in ("site-ma-nador", "site-tn-sfax"):
        await owner.execute(RENAME, world[site], "moved")
    await owner.execute("UPDATE accounts SET display_name = 'X', version = version + 1 WHERE account_name = 'root'")
    await send(post)
    assert [got.event["data"]["id"] for got in receiver.got] == [str(world["site-tn-sfax"])]


async def test_an_object_that_went_out_of_sight_is_not_told_of_any_more(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    """It was in sight when its delivery was made; when it is sent it is not."""
    await subscribe(database, world, post, receiver.url, "tn.focal.sfax")
    await owner.execute(RENAME, world["site-tn-sfax"], "still here")
    await place(post)
    await make_deliveries(post)
    agency = await owner.fetchval("SELECT agency_id FROM sites WHERE id = $1", world["site-tn-sfax"])
    await owner.execute("UPDATE sites SET agency_id = $2 WHERE id = $1", world["site-tn-sfax"], world["tn-zarzis"])
    try:
        for webhook in await due(post):
            await deliver(post, webhook)
    finally:
        await owner.execute("UPDATE sites SET agency_id = $2 WHERE id = $1", world["site-tn-sfax"], agency)
    found = await owner.fetchrow("SELECT * FROM webhook_deliveries")
    assert (found["state"], found["error"], receiver.got) == ("dropped", "out_of_sight", [])


async def test_whoever_is_nobody_any_more_is_told_nothing(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    webhook, _ = await subscribe(database, world, post, receiver.url, "icmpd.logistics")
    await owner.execute(RENAME, world["store"], "one")
    await place(post)
    await make_deliveries(post)
    await owner.execute("UPDATE accounts SET active = false WHERE id = $1", world.accounts["icmpd.logistics"])
    try:
        await send(post)
        await owner.execute(RENAME, world["store"], "two")
        await send(post)
    finally:
        await owner.execute("UPDATE accounts SET active = true WHERE id = $1", world.accounts["icmpd.logistics"])
    assert receiver.got == []
    found = await owner.fetchrow("SELECT status, disabled_because FROM webhooks WHERE id = $1", webhook)
    assert tuple(found) == ("disabled", "not_allowed")
    assert await entries(owner, webhook) == ["webhook.created", "webhook.disabled"]


async def shown(database: Database, world: World, webhook: UUID) -> dict[str, Any]:
    """The webhook as its owner sees it."""
    async with database.transaction(await caller_of(database, world, "icmpd.manager")) as tx:
        found: dict[str, Any] = orjson.loads((await reading.one(tx, webhooks.LISTING, webhook)).body)
    return found


async def entries(owner: asyncpg.Connection, webhook: UUID) -> list[str]:
    rows = await owner.fetch("SELECT kind FROM security_log WHERE subject_id = $1 ORDER BY recorded_at", webhook)
    return [row["kind"] for row in rows]


async def test_an_objects_events_keep_their_order_whatever_happens(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    """While the first is tried again the later ones of the same object wait; those of another object do not."""
    await subscribe(database, world, post, receiver.url, resources=["sites"])
    before = await owner.fetchval("SELECT version FROM sites WHERE id = $1", world["store"])
    receiver.otherwise = lambda got: Reply(
        500 if got.event["data"]["id"] == str(world["store"]) and len(receiver.got) < 4 else 204
    )
    for name in ("one", "two", "three"):
        await owner.execute(RENAME, world["store"], name)
    await owner.execute(RENAME, world["site-tn-sfax"], "other")
    await send(post)
    assert sorted(await states(owner)) == [("delivered", 1), ("pending", 0), ("pending", 0), ("pending", 1)]
    for _ in range(3):
        await waited(owner)
        await send(post)
    assert {state for state, _ in await states(owner)} == {"delivered"}
    store = [got.event["data"]["version"] for got in receiver.got if got.event["data"]["id"] == str(world["store"])]
    assert list(dict.fromkeys(store)) == [before + 1, before + 2, before + 3]
    assert store == sorted(store)


async def test_failures_are_tried_again_with_the_same_id_and_given_up_after_a_day(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    await subscribe(database, world, post, receiver.url)
    await owner.execute(RENAME, world["store"], "one")
    receiver.otherwise = lambda _got: Reply(302, {"Location": "https://elsewhere.example/"})
    await send(post)
    wait = "SELECT extract(epoch FROM next_at - clock_timestamp())::float FROM webhook_deliveries"
    assert SCHEDULE_S[0] * 0.7 < await owner.fetchval(wait) < SCHEDULE_S[0] * 1.2
    assert await due(post) == [], "it waits"
    for _ in range(len(SCHEDULE_S)):
        await waited(owner)
        await send(post)
    assert await states(owner) == [("failed", len(SCHEDULE_S) + 1)]
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert len(receiver.got) == len(SCHEDULE_S) + 1
    found = await owner.fetchrow("SELECT status, finished_at FROM webhook_deliveries")
    assert (found["status"], found["finished_at"] is None) == (302, False)


async def test_gone_is_gone(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    webhook, _ = await subscribe(database, world, post, receiver.url)
    await owner.execute(RENAME, world["store"], "one")
    receiver.otherwise = lambda _got: Reply(410)
    await send(post)
    found = await owner.fetchrow("SELECT status, disabled_because FROM webhooks WHERE id = $1", webhook)
    assert tuple(found) == ("disabled", "gone")
    assert await states(owner) == [("failed", 1)]
    await owner.execute(RENAME, world["store"], "two")
    await send(post)
    assert len(receiver.got) == 1
    caller = await caller_of(database, world, "icmpd.manager")
    receiver.otherwise = lambda _got: Reply()
    async with database.transaction(caller) as tx:
        await webhooks.enable(tx, webhook, 2)
    await send(post)
    assert len(receiver.got) == 2, "it goes on where it stopped"


async def test_a_receiver_that_asks_for_a_pause_gets_it(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    await subscribe(database, world, post, receiver.url, resources=["sites"])
    for site in ("store", "site-tn-sfax"):
        await owner.execute(RENAME, world[site], "one")
    receiver.replies = [Reply(429, {"Retry-After": "300"})]
    await send(post)
    rest = "SELECT extract(epoch FROM resting_until - clock_timestamp())::float FROM webhook_cursors"
    assert 290 < await owner.fetchval(rest) <= 300
    await owner.execute("UPDATE webhook_deliveries SET next_at = clock_timestamp() - interval '1 s'")
    assert await due(post) == []
    await waited(owner)
    await send(post)
    assert {state for state, _ in await states(owner)} == {"delivered"}


async def test_an_endpoint_of_which_nothing_comes_back_rests_longer_and_longer_and_is_given_up(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    counted: list[tuple[str, str]] = []
    post = replace(post, count=lambda what, how: counted.append((what, how)))
    webhook, _ = await subscribe(database, world, post, receiver.url, resources=["sites"])
    receiver.otherwise = lambda _got: Reply(500)
    await owner.execute(RENAME, world["store"], "one")
    rest = "SELECT extract(epoch FROM resting_until - clock_timestamp())::float FROM webhook_cursors"
    for expected in (1, 2, 4):
        await send(post)
        assert expected * 0.5 < await owner.fetchval(rest) <= expected
        await waited(owner)
    hours = post.settings.webhook_failing_hours
    await owner.execute(
        "UPDATE webhook_cursors SET failing_since = clock_timestamp() - make_interval(hours => $1)", hours
    )
    await send(post)
    found = await owner.fetchrow("SELECT status, disabled_because FROM webhooks WHERE id = $1", webhook)
    assert tuple(found) == ("disabled", "failing")
    assert await entries(owner, webhook) == ["webhook.created", "webhook.disabled"]
    assert counted == [("disabled", "failing")]
    told_owner = await shown(database, world, webhook)
    assert datetime.now(UTC) - datetime.fromisoformat(told_owner["disabled_at"]) < timedelta(minutes=1)
    failure = told_owner["health"]["last_failure"]
    assert (failure["status"], failure["error"]) == (500, None)
    async with database.transaction(await caller_of(database, world, "icmpd.manager")) as tx:
        await webhooks.enable(tx, webhook, told_owner["version"])
    assert (await shown(database, world, webhook))["disabled_at"] is None


async def test_success_ends_what_was_counted_against_it(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    await subscribe(database, world, post, receiver.url, resources=["sites"])
    receiver.replies = [Reply(500)]
    await owner.execute(RENAME, world["store"], "one")
    await send(post)
    assert await owner.fetchval("SELECT failing_since IS NOT NULL AND failures = 1 FROM webhook_cursors")
    await waited(owner)
    await send(post)
    assert await owner.fetchval(
        "SELECT failing_since IS NULL AND failures = 0 AND delivered_at IS NOT NULL FROM webhook_cursors"
    )


async def test_a_lost_workers_deliveries_are_taken_over_when_their_lease_runs_out(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    webhook, _ = await subscribe(database, world, post, receiver.url)
    await owner.execute(RENAME, world["store"], "one")
    await place(post)
    await make_deliveries(post)
    async with post.database.transaction() as tx:
        assert len(await tx.rows(webhook_sending._CLAIM, webhook=webhook, lease=120, most=10)) == 1
    await send(post)
    assert receiver.got == [], "another worker has it"
    await owner.execute("UPDATE webhook_deliveries SET lease_until = clock_timestamp() - interval '1 s'")
    await send(post)
    assert await states(owner) == [("delivered", 1)]


async def test_two_workers_make_each_delivery_once(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    await subscribe(database, world, post, receiver.url, resources=["sites"])
    for name in range(20):
        await owner.execute(RENAME, world["store"], str(name))
        await owner.execute(RENAME, world["site-tn-sfax"], str(name))
    await place(post)
    await asyncio.gather(*[make_deliveries(post, span=7) for _ in range(4)])
    while await make_deliveries(post, span=7):
        pass
    assert await owner.fetchval("SELECT count(*) FROM webhook_deliveries") == 40
    for _ in range(2):
        webhook_due = await due(post)
        await asyncio.gather(*[deliver(post, webhook) for webhook in webhook_due for _ in range(2)])
    assert {state for state, _ in await states(owner)} == {"delivered"}
    assert len(receiver.got) == 40
    for place_ in ("store", "site-tn-sfax"):
        seen = [v for got in receiver.got if (v := got.event["data"])["id"] == str(world[place_])]
        assert [each["version"] for each in seen] == sorted(each["version"] for each in seen)


async def test_two_live_secrets_sign_until_the_old_one_ends(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    webhook, old = await subscribe(database, world, post, receiver.url)
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        new = (await webhooks.rotate(tx, webhook, 1, 24, post.keys)).secret
    await owner.execute(RENAME, world["store"], "one")
    await send(post)
    for secret in (old, new):
        Verifier(secret).verify(receiver.got[0].body, receiver.got[0].headers)
    await owner.execute(
        "UPDATE webhook_secrets SET expires_at = clock_timestamp() - interval '1 s' WHERE expires_at IS NOT NULL"
    )
    await owner.execute(RENAME, world["store"], "two")
    await send(post)
    Verifier(new).verify(receiver.got[1].body, receiver.got[1].headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(old).verify(receiver.got[1].body, receiver.got[1].headers)


async def test_secrets_are_sealed(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    _, secret = await subscribe(database, world, post, receiver.url)
    dump = await owner.fetchval("SELECT string_agg(w::text, '') FROM webhook_secrets w")
    assert secret.removeprefix("whsec_") not in dump


async def test_a_ping_tells_of_the_webhook_itself(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    webhook, secret = await subscribe(database, world, post, receiver.url, resources=["suppliers"])
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        await webhooks.ping(tx, webhook)
    await send(post)
    (got,) = receiver.got
    Verifier(secret).verify(got.body, got.headers)
    assert (got.event["type"], got.event["data"]["id"]) == ("bmp.webhooks.ping", str(webhook))


def desk_of(post: Post) -> Desk:
    """The same worker's place for jobs."""
    describe = worker._describer(post.settings)
    return Desk(post.settings, post.keys, post.database, post.database, job_kinds.KINDS, "here", describe)


async def test_one_delivery_or_a_span_of_time_is_sent_again_with_the_same_ids(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World, keys: Keys
) -> None:
    webhook, _ = await subscribe(database, world, post, receiver.url, resources=["sites"])
    start = datetime.now(UTC)
    for name in ("one", "two", "three"):
        await owner.execute(RENAME, world["store"], name)
    end = datetime.now(UTC) + timedelta(seconds=1)
    await send(post)
    first = [got.headers["webhook-id"] for got in receiver.got]
    assert len(set(first)) == 3
    caller = await caller_of(database, world, "icmpd.manager")
    one = await owner.fetchval("SELECT id FROM webhook_deliveries WHERE event_id = $1", first[1])
    async with database.transaction(caller) as tx:
        await webhooks.replay_one(tx, webhook, one)
        await webhooks.replay(tx, webhook, ReplayIn(since=start, until=end))
        await webhooks.replay(tx, webhook, ReplayIn(since=end, until=end + timedelta(hours=1)))
        await jobs.enqueue(tx, webhooks.REPLAY, {"webhook": str(uuid4()), "since": str(start), "until": str(end)})
    for _ in range(3):
        assert await jobs_running.run_one(desk_of(post))
    made = await owner.fetch(
        "SELECT j.state, d.result->>'deliveries' AS n FROM jobs j JOIN job_details d ON d.job_id = j.id ORDER BY j.id"
    )
    assert [tuple(row) for row in made] == [("succeeded", "3"), ("succeeded", "0"), ("failed", None)]
    await send(post)
    again = [got.headers["webhook-id"] for got in receiver.got[3:]]
    assert again == [first[1], *first]
    assert await owner.fetchval("SELECT count(*) FROM webhook_deliveries WHERE replayed") == 4


async def test_an_address_that_is_not_allowed_any_more_is_refused_at_the_attempt(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World, settings: Settings
) -> None:
    await subscribe(database, world, post, receiver.url)
    await owner.execute(RENAME, world["store"], "one")
    await send(replace(post, settings=settings))
    found = await owner.fetchrow("SELECT state, error FROM webhook_deliveries")
    assert tuple(found) == ("pending", "address_refused")
    assert receiver.connections == 0


async def test_a_worker_that_stops_gives_back_what_it_has_not_sent(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    await subscribe(database, world, post, receiver.url, resources=["sites"])
    await owner.execute(RENAME, world["store"], "one")
    await place(post)
    await make_deliveries(post)
    (webhook,) = await due(post)
    post.stopping.set()
    assert await deliver(post, webhook) == 0
    assert await states(owner) == [("pending", 0)]


async def test_old_deliveries_are_forgotten(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    await subscribe(database, world, post, receiver.url, resources=["sites"])
    for site in ("store", "site-tn-sfax"):
        await owner.execute(RENAME, world[site], "one")
    await send(post)
    await owner.execute(
        "UPDATE webhook_deliveries SET created_at = clock_timestamp() - interval '40 d', "
        "finished_at = clock_timestamp() - interval '40 d' WHERE object_id = $1",
        world["store"],
    )
    await owner.execute("DELETE FROM jobs")
    async with post.database.transaction() as tx:
        await job_kinds.start_due(tx, (Schedule("forget", "webhooks.forget", 3600),))
    assert await jobs_running.run_one(desk_of(post))
    assert await owner.fetchval("SELECT object_id FROM webhook_deliveries") == world["site-tn-sfax"]


async def _execute(database: Database, caller: Caller | None, sql: str) -> None:
    async with database.transaction(caller) as tx:
        await (await tx.connection).execute(sql)


async def test_the_application_role_cannot_do_the_workers_part(database: Database, world: World) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    for call in ("webhook_secrets_of", "webhook_owner"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _execute(database, caller, f"SELECT app.{call}('{uuid4()}')")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _execute(database, caller, "SELECT app.webhooks_behind(10)")


async def test_what_was_deleted_is_told_only_to_whoever_may_still_see_where_it_was(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World
) -> None:
    """Nothing is left to look up: the policy of changes is asked about the change itself."""
    for account in ("tn.focal.sfax", "icmpd.manager"):
        await subscribe(database, world, post, receiver.url, account, types=["bmp.attachments.deleted"])
    await owner.execute(
        "INSERT INTO changes (resource, object_id, action, component_id, agency_id, personal) "
        "VALUES ('attachments', $1, 'delete', $2, $3, false)",
        uuid4(), world["tunisia"], world["tn-sfax"],
    )  # fmt: skip
    await place(post)
    await make_deliveries(post)
    assert await states(owner) == [("pending", 0)] * 2, "both saw it when it happened"
    focal = world.accounts["tn.focal.sfax"]
    agency = await owner.fetchval("SELECT agency_id FROM accounts WHERE id = $1", focal)
    await owner.execute("UPDATE accounts SET agency_id = $2 WHERE id = $1", focal, world["tn-zarzis"])
    try:
        for webhook in await due(post):
            await deliver(post, webhook)
    finally:
        await owner.execute("UPDATE accounts SET agency_id = $2 WHERE id = $1", focal, agency)
    found = await owner.fetch("SELECT owner_id, state, error FROM webhook_deliveries ORDER BY state")
    assert [tuple(each) for each in found] == [
        (world.accounts["icmpd.manager"], "delivered", None),
        (focal, "dropped", "out_of_sight"),
    ]
    assert [kind for kind, _ in told(receiver)] == ["bmp.attachments.deleted"]


@pytest.mark.parametrize("step", ["make", "send"])
async def test_a_webhook_over_which_the_service_fails_holds_up_no_other(
    post: Post, database: Database, receiver: Receiver, owner: asyncpg.Connection, world: World, step: str
) -> None:
    """It is counted, shown to its owner, left alone for a growing pause, and goes on when it can."""
    counted: list[tuple[str, str]] = []
    post = replace(post, count=lambda what, how: counted.append((what, how)))
    broken, _ = await subscribe(database, world, post, receiver.url)
    await subscribe(database, world, post, receiver.url)
    await owner.execute(RENAME, world["store"], "one")
    broke = {
        "make": f"ALTER TABLE webhook_deliveries ADD CONSTRAINT broken CHECK (webhook_id <> '{broken}')",
        "send": f"UPDATE webhook_secrets SET wrapped_key = wrapped_key || '\\x00' WHERE webhook_id = '{broken}'",
    }
    mended = {
        "make": "ALTER TABLE webhook_deliveries DROP CONSTRAINT broken",
        "send": f"UPDATE webhook_secrets SET wrapped_key = substr(wrapped_key, 1, length(wrapped_key) - 1) "
        f"WHERE webhook_id = '{broken}'",
    }
    await owner.execute(broke[step])
    try:
        await send(post)
        assert len(receiver.got) == 1, "the other one's"
        stalled = "SELECT stalls, stalled_until > clock_timestamp() AS waits FROM webhook_cursors WHERE webhook_id = $1"
        assert tuple(await owner.fetchrow(stalled, broken)) == (1, True)
        await send(post)
        assert counted == [("stalled", step)], "it is left alone"
        await rested(owner)
        await send(post)
        assert tuple(await owner.fetchrow(stalled, broken)) == (2, True)
        assert (await shown(database, world, broken))["health"]["last_failure"]["error"] == "internal"
    finally:
        await owner.execute(mended[step])
    await rested(owner)
    await send(post)
    assert len(receiver.got) == 2
    assert {state for state, _ in await states(owner)} == {"delivered"}


async def rested(owner: asyncpg.Connection) -> None:
    """Pauses of the service's own are over, and leases have run out."""
    await owner.execute("UPDATE webhook_cursors SET stalled_until = clock_timestamp()")
    await owner.execute("UPDATE webhook_deliveries SET lease_until = NULL")
