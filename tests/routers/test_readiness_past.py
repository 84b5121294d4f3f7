"""Readiness of the past: as the world was, and as it was known here (DOMAIN 3, Time; DOMAIN 5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import asyncpg
import httpx
import pytest

from app.db.session import Database
from tests.routers.readiness import (
    READINESS,
    Register,
    ago,
    ask,
    model,
    past,
    person,
    qualify,
    shown,
    staff,
    support,
    unit,
    waterfall,
)
from tests.world import World

pytestmark = pytest.mark.anyio


def instant(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def clock(owner: asyncpg.Connection) -> str:
    return instant(await owner.fetchval("SELECT clock_timestamp() AT TIME ZONE 'UTC'"))


async def counts(client: httpx.AsyncClient, world: World, query: str) -> tuple[int, ...]:
    total = (await ask(client, world, query))["total"]
    return tuple(total[name] for name in ("held", "functional", "crewed", "ready", "ready_confirmed"))


async def test_the_past_answers_as_it_was(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-then")
    register = Register(database, world)
    ids = await register.in_service(4, "tn-then", since=ago(120), confirmed=ago(110))
    await register.report(ids[:1], "down", "failure", at=ago(20))
    await register.move(ids[1:2], "withdraw", {"reason": "surplus"}, ago(10))
    await register.items(1, "tn-then", since=ago(5))
    for valid in ((past(500), past(60)), (past(15), None)):
        await person(owner, world, "tn-then", ("operator", world["radio"]), valid=valid)
    query = "?unit=AG-TN-THEN"
    assert (await ask(client, world, query))["total"]["waterfall"] == waterfall(
        not_in_service=1, withdrawn=1, down_failure=1
    )
    assert await counts(client, world, query) == (5, 2, 2, 2, 0)
    assert await counts(client, world, f"{query}&as_of={instant(ago(8))}") == (4, 2, 2, 2, 0)
    assert await counts(client, world, f"{query}&as_of={instant(ago(12))}") == (4, 3, 2, 2, 0)
    assert await counts(client, world, f"{query}&as_of={instant(ago(30))}") == (4, 4, 0, 0, 0)
    assert await counts(client, world, f"{query}&as_of={instant(ago(70))}") == (4, 4, 2, 2, 2)
    assert await counts(client, world, f"{query}&as_of={instant(ago(115))}") == (4, 0, 0, 0, 0)
    assert await counts(client, world, f"{query}&as_of={instant(ago(300))}") == (0, 0, 0, 0, 0)
    found = await ask(client, world, f"{query}&as_of={instant(ago(70))}")
    assert (found["as_of"], found["known_at"], found["on"]) == (instant(ago(70)), None, past(70).isoformat())


async def test_a_day_means_its_end_and_today_means_now(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-days")
    register = Register(database, world)
    ids = await register.in_service(2, "tn-days", since=ago(40))
    await register.report(ids[:1], "down", "failure", at=ago(20))
    query = "?unit_id=AG-TN-DAYS"
    assert await counts(client, world, f"{query}&as_of={past(20)}") == (2, 1, 0, 0, 0)
    assert await counts(client, world, f"{query}&as_of={past(21)}") == (2, 2, 0, 0, 0)
    assert await counts(client, world, f"{query}&as_of={past(20)}&known_at={past(1)}") == (0, 0, 0, 0, 0)
    found = await ask(client, world, f"{query}&as_of={past(20)}")
    assert (found["as_of"], found["on"]) == (f"{past(20)}T23:59:59.999999Z", past(20).isoformat())
    today = await ask(client, world, f"{query}&as_of={past(0)}&known_at={past(0)}")
    assert (today["as_of"], today["known_at"]) == (None, None)
    assert today == await ask(client, world, query)
    for late in ("as_of", "known_at"):
        refused = await client.get(f"{READINESS}{query}&{late}={past(-1)}", headers=world.headers("icmpd.manager"))
        assert [(each["code"], each["pointer"]) for each in refused.json()["errors"]] == [("in_future", f"/{late}")]


async def test_a_component_of_the_past_counts_where_its_items_were(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-before")
    await unit(owner, world, "tn-after")
    register = Register(database, world)
    ids = await register.in_service(2, "tn-before", since=ago(50))
    given = {
        "title_organisation_id": world["tn-coast-guard"],
        "custody_organisation_id": world["tn-coast-guard"],
        "custody_site_id": world["site-tn-after"],
        "unit_id": world["tn-after"],
    }
    await register.move(ids, "retransfer", given, ago(10))
    query = "?agency=AG-TN-BEFORE,AG-TN-AFTER&component=BMP-TN&by=unit"
    assert [shown(row)[::4] for row in (await ask(client, world, query))["rows"]] == [("AG-TN-AFTER", 2, 0)]
    then = await ask(client, world, f"{query}&as_of={instant(ago(20))}")
    assert [shown(row)[::4] for row in then["rows"]] == [("AG-TN-BEFORE", 2, 0)]


async def test_what_was_known_then_is_told_apart_from_what_was_so(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-known")
    register = Register(database, world)
    ids = await register.in_service(3, "tn-known", since=ago(60))
    await person(owner, world, "tn-known", ("operator", world["radio"]))
    await person(owner, world, "tn-known", ("operator", world["radio"]))
    at_first = await clock(owner)
    await register.report(ids[:1], "down", "failure", at=ago(31))
    reported = await clock(owner)
    await register.correct(ids[0], {"condition": "down", "condition_reason": "awaiting_parts"}, ago(29))
    corrected = await clock(owner)
    await register.correct(ids[0], None)
    query = f"?unit=AG-TN-KNOWN&as_of={instant(ago(30))}"
    assert await counts(client, world, query) == (3, 3, 3, 3, 3)
    assert await counts(client, world, f"{query}&known_at={at_first}") == (3, 3, 3, 3, 3)
    failed = await ask(client, world, f"{query}&known_at={reported}")
    assert (failed["total"]["ready"], failed["total"]["waterfall"]) == (2, waterfall(down_failure=1))
    assert failed["known_at"] == reported
    assert await counts(client, world, f"{query}&known_at={corrected}") == (3, 3, 3, 3, 3)
    later = await ask(client, world, f"?unit=AG-TN-KNOWN&as_of={instant(ago(28))}&known_at={corrected}")
    assert later["total"]["waterfall"] == waterfall(down_awaiting_parts=1)
    now = await ask(client, world, f"?unit=AG-TN-KNOWN&known_at={corrected}")
    assert now["total"]["waterfall"] == waterfall(down_awaiting_parts=1)
    before_all = await ask(client, world, f"?unit=AG-TN-KNOWN&known_at={instant(ago(1))}")
    assert (before_all["rows"], before_all["total"]["held"]) == ([], 0)


async def test_a_handover_that_was_not_known_yet_does_not_count(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-late")
    before = await clock(owner)
    await Register(database, world).items(2, "tn-late", since=ago(50))
    for query, held in (
        ("", 2),
        (f"&as_of={instant(ago(49))}", 2),
        (f"&as_of={instant(ago(49))}&known_at={before}", 0),
    ):
        assert (await ask(client, world, f"?unit=AG-TN-LATE{query}"))["total"]["held"] == held


async def test_people_too_count_as_they_were_known(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-folk")
    lamp = await model(owner, world, "MOD-LAMP", operators_n=1)
    await Register(database, world).in_service(4, "tn-folk", model=lamp, since=ago(60))
    moved = await person(owner, world, "tn-folk", ("operator", lamp))
    twin = await person(owner, world, "tn-folk", ("operator", lamp))
    untrained = await person(owner, world, "tn-folk")
    times = [await clock(owner)]
    await qualify(owner, untrained, world["tn-folk"], "operator", lamp, (past(400), None))
    times.append(await clock(owner))
    await owner.execute("UPDATE trainees SET merged_into_id = $2, merged_at = now() WHERE id = $1", twin, moved)
    times.append(await clock(owner))
    await owner.execute(
        "UPDATE qualifications SET status = 'revoked', revoked_on = $2 WHERE trainee_id = $1", untrained, past(100)
    )
    times.append(await clock(owner))
    await owner.execute("UPDATE postings SET ends_on = $2 WHERE trainee_id = ANY ($1)", [moved, twin], past(200))
    times.append(await clock(owner))
    query = f"?unit=AG-TN-FOLK&as_of={instant(ago(50))}"
    crewed = [(await counts(client, world, f"{query}&known_at={at}"))[2] for at in times]
    assert crewed == [2, 3, 2, 1, 0]
    assert (await counts(client, world, query))[2] == 0


async def test_needs_and_support_count_as_they_were_known(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-needs")
    await unit(owner, world, "tn-keeper")
    saw = await model(owner, world, "MOD-SAW", operators_n=0, maintainers_n=1)
    await Register(database, world).in_service(3, "tn-needs", model=saw, since=ago(60))
    await person(owner, world, "tn-keeper", ("maintainer", saw))
    times = [await clock(owner)]
    supported = await support(owner, world, "tn-needs", "tn-keeper")
    times.append(await clock(owner))
    await owner.execute("UPDATE equipment_models SET maintainers_m = 2 WHERE id = $1", saw)
    times.append(await clock(owner))
    await owner.execute("UPDATE support_arrangements SET ends_on = $2 WHERE id = $1", supported, past(70))
    times.append(await clock(owner))
    query = f"?unit=AG-TN-NEEDS&as_of={instant(ago(50))}"
    found = [await ask(client, world, f"{query}&known_at={at}") for at in times]
    assert [(each["total"]["ready"], each["total"]["maintainers"]["needed"]) for each in found] == [
        (0, 3),
        (1, 3),
        (2, 2),
        (0, 2),
    ]
    now: dict[str, Any] = await ask(client, world, "?unit=AG-TN-NEEDS")
    assert now["total"]["maintainers"] == staff(2, 0, 0, 2)
