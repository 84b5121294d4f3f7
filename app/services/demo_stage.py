"""What every step of the demo's build needs, and how it finds what is there already."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from app.db.session import Database, Tx
from app.domain.access import Scope
from app.security.keys import Keys
from app.services.demo_access import Cast

Connection = Any  # asyncpg's, of the owner; it is not typed
Told = Callable[[str, int, int], None]
"""What is being done, how many are done, out of how many."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The database as the application sees it and as its owner does, the players, the plan's numbers."""

    database: Database
    owner: Connection
    cast: Cast
    keys: Keys
    seed: int
    items: int
    #: The day on which the build was begun: everything is counted back from it.
    today: date
    told: Told
    #: Ids by reference of what does not change any more: components, agencies, sites, suppliers, models, courses.
    ids: dict[str, UUID]

    @asynccontextmanager
    async def acting(self, name: str, *, late: bool = False) -> AsyncIterator[Tx]:
        """A transaction of one of the players.

        `late`: they may say what happened years ago. In a real deployment focal points say it in time; the demo's past
        is told in one evening.
        """
        caller = await self.cast.caller(name)
        if late:
            caller = replace(caller, scopes=caller.scopes | {Scope.EQUIPMENT_BACKDATE.value})
        async with self.database.transaction(caller) as tx:
            yield tx

    async def there(self, table: str) -> set[UUID]:
        """The ids that a table holds already."""
        return {row[0] for row in await self.owner.fetch(f"SELECT id FROM {table}")}
