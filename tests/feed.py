"""Following the change feed in tests: positions are given as the owner, events are read over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import httpx

from tests.world import World, ident

CHANGES = "/api/v1/changes"


async def settle(owner: asyncpg.Connection) -> int:
    """Every committed change gets its position; the last one."""
    while await owner.fetchval("SELECT app.sequence_changes(5000)"):
        pass
    return int(await owner.fetchval("SELECT newest FROM feed"))


class Reader:
    """Somebody who follows the feed and keeps a cursor."""

    def __init__(self, client: httpx.AsyncClient, world: World, account: str, **query: Any) -> None:
        self.client, self.world, self.account, self.query = client, world, account, query
        self.cursor: str | None = None
        self.pages: list[dict[str, Any]] = []

    async def begin(self) -> dict[str, Any]:
        """Take the place behind the last change."""
        answer = await self.client.get(f"{CHANGES}/cursor", headers=self.world.headers(self.account))
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        self.cursor = told["cursor"]
        return told

    async def ask(self, **query: Any) -> httpx.Response:
        """One page."""
        given = {**self.query, **({"after": self.cursor} if self.cursor else {}), **query}
        return await self.client.get(CHANGES, params=given, headers=self.world.headers(self.account))

    async def poll(self) -> list[dict[str, Any]]:
        """Pages until all is caught up."""
        found: list[dict[str, Any]] = []
        self.pages = []
        while True:
            answer = await self.ask()
            assert answer.status_code == 200, answer.text
            page = answer.json()
            self.pages.append(page)
            found += page["items"]
            self.cursor = page["page"]["next"]
            if not page["page"]["more"]:
                return found

    async def told(self) -> list[tuple[str, str]]:
        """Type and object of each new event."""
        return [(each["type"], each["data"].get("id", "")) for each in await self.poll()]


async def rename(owner: asyncpg.Connection, site: UUID, name: str = "Renamed") -> None:
    await owner.execute("UPDATE sites SET name_en = $2, version = version + 1 WHERE id = $1", site, name)


async def add_site(owner: asyncpg.Connection, world: World, agency: str) -> UUID:
    site = ident()
    await owner.execute(
        "INSERT INTO sites (id, reference, organisation_id, agency_id, kind, country, name_en) "
        "SELECT $1, $2, a.organisation_id, a.id, 'port', a.country, 'A synthetic place' FROM agencies a "
        "WHERE a.id = $3",
        site,
        f"SITE-{site.hex[-12:].upper()}",
        world[agency],
    )
    return site
