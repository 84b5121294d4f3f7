"""A PATCH that changes nothing: the same answer and ETag, and nobody is told (API 9). Asked of every PATCH there is.

Each change of the stories in `one_of_each` is sent a second time, and after it a patch that names nothing at all.
"""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from app.main import create_app
from app.security.keys import Keys
from app.settings import Settings
from tests.conftest import running
from tests.house import one_of_each
from tests.house.walking import Tally, Walk, documented
from tests.world import World

DOCUMENT = documented()
PATCHES = sorted(path for method, path in DOCUMENT.operations if method == "patch")

#: Everything by which anybody hears of a change.
TOLD = (
    "SELECT (SELECT count(*) FROM changes) AS changes, (SELECT count(*) FROM revisions) AS revisions, "
    "(SELECT count(*) FROM security_log) AS security_log, (SELECT count(*) FROM events) AS events"
)


class Twice(Walk):
    """Sends every patch again, and an empty one."""

    owner: asyncpg.Connection
    differing: dict[str, list[Any]]

    async def change(self, path: str, made: dict[str, Any], body: Any, **more: Any) -> Any:
        """The change, and twice nothing."""
        changed = await super().change(path, made, body, **more)
        template = self.document.path_of("patch", f"/api/v1{path}/{made['id']}")
        before = (dict(await self.owner.fetchrow(TOLD)), changed, self.calls[-1].response.headers["etag"])
        again: dict[str, Any]
        for again in (body, {}):
            answer = await super().change(path, changed, again, **more)
            after = (dict(await self.owner.fetchrow(TOLD)), answer, self.calls[-1].response.headers["etag"])
            found = self.differing.setdefault(template, [])
            found += [(again, *pair) for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
        return changed


@pytest.fixture(scope="module")
def differing(settings: Settings, world: World, keys: Keys) -> dict[str, list[Any]]:
    """What differed after nothing was changed, by path."""

    async def walk() -> dict[str, list[Any]]:
        assert settings.database_owner_url is not None
        owner = await asyncpg.connect(settings.database_owner_url.get_secret_value())
        try:
            async with running(create_app(settings)) as client:
                walking = Twice(client, world, DOCUMENT, Tally())
                walking.owner, walking.differing = owner, {}
                await one_of_each.everything(walking, settings, keys)
                return walking.differing
        finally:
            await owner.close()

    return asyncio.run(walk())


@pytest.mark.parametrize("path", PATCHES)
def test_a_patch_that_changes_nothing_leaves_no_trace(differing: dict[str, list[Any]], path: str) -> None:
    assert differing[path] == []
