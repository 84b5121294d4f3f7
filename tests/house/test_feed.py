"""The change feed's wall is the wall of each resource: compared for every account with what it sees in the tables."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from app.db.identities import identity
from app.db.session import Database
from app.db.tenancy import TABLE_OF, TENANCY
from app.domain.changes import READ_SCOPE
from app.main import create_app
from app.security.keys import Keys
from app.services.rights import Rights
from app.settings import Settings
from tests.conftest import running
from tests.feed import settle
from tests.house import one_of_each
from tests.house.test_access_matrix import scopes_of
from tests.house.walking import Walk, counted, documented
from tests.world import World

DOCUMENT = documented()

#: Resources of `db/tenancy.py` that the feed tells of by another word.
OTHERWISE = {"documents": "acceptances and handovers", "grants": "their account"}


def test_every_resource_is_in_the_feed_or_told_otherwise() -> None:
    words = {t.resource for t in TENANCY.values() if t.resource} | {word for t in TENANCY.values() for word in t.words}
    assert words - set(OTHERWISE) == set(READ_SCOPE)


@pytest.mark.parametrize("resource", READ_SCOPE)
def test_a_resource_is_heard_of_by_whoever_may_read_its_list(resource: str) -> None:
    operation = DOCUMENT.operations["get", f"/api/v1/{resource}"]
    assert scopes_of(operation) == {READ_SCOPE[resource]}
    assert any(
        method == "get" and path.startswith(f"/api/v1/{resource}/{{") and path.count("/") == 4
        for method, path in DOCUMENT.operations
    ), "an event's subject is the path of its object"


@pytest.fixture(scope="module")
def told(settings: Settings, world: World, keys: Keys, owner_dsn: str) -> None:
    """One of each thing there is, and every change in its place."""

    async def tell() -> None:
        app = create_app(settings)
        with counted() as tally:
            async with running(app) as client:
                await one_of_each.everything(Walk(client, world, documented(), tally), settings, keys)
        owner = await asyncpg.connect(owner_dsn)
        try:
            await settle(owner)
        finally:
            await owner.close()

    asyncio.run(tell())


#: The last change of each object that is still there: what is seen of it now.
LAST = """
SELECT c.seq FROM changes c JOIN (
    SELECT resource, object_id, max(seq) AS seq FROM changes WHERE action <> 'left' GROUP BY 1, 2) l ON l.seq = c.seq
WHERE c.action <> 'delete'
"""


async def compared(settings: Settings, world: World, account: str, owner: asyncpg.Connection) -> dict[str, Any]:
    """Objects by resource, as the feed shows them and as the tables do."""
    assert settings.database_url is not None
    database = Database(settings.database_url.get_secret_value(), size=2)
    await database.open()
    last = [row["seq"] for row in await owner.fetch(LAST)]
    try:
        caller = await Rights(database, seconds=0).of(str(world.accounts[account]), "x")
    finally:
        await database.close()
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    found: dict[str, Any] = {}
    try:
        await connection.execute("BEGIN; " + identity(caller))
        heard = await connection.fetch("SELECT resource, object_id FROM changes WHERE seq = ANY ($1)", last)
        for resource in READ_SCOPE:
            kind = f"WHERE kind = '{resource[:-1]}'" if TABLE_OF[resource] == "documents" else ""
            rows = await connection.fetch(f"SELECT id FROM {TABLE_OF[resource]} {kind}")
            in_feed = {row["object_id"] for row in heard if row["resource"] == resource}
            found[resource] = (in_feed, {row["id"] for row in rows})
    finally:
        await connection.close()
    return found


@pytest.mark.anyio
async def test_the_feed_shows_of_each_resource_what_its_table_shows(
    told: None, settings: Settings, world: World, owner: asyncpg.Connection
) -> None:
    wrong = []
    seen: dict[str, int] = dict.fromkeys(READ_SCOPE, 0)
    for account in world.accounts:
        for resource, (in_feed, in_table) in (await compared(settings, world, account, owner)).items():
            seen[resource] += len(in_table)
            if in_feed != in_table:
                wrong.append((account, resource, len(in_feed - in_table), len(in_table - in_feed)))
    assert wrong == []
    assert [resource for resource, number in seen.items() if not number] == [], "nothing was compared"
