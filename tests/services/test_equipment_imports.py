"""Equipment by import: registered in batches, moved through the door, the same file twice changes nothing."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx
import pytest

from app.security.keys import Keys
from app.settings import Settings
from tests.importing import Importer, counts
from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture
def imports(client: httpx.AsyncClient, world: World, settings: Settings, keys: Keys) -> Importer:
    return Importer(client, world, settings, keys)


def item(part: str, n: int, **more: Any) -> dict[str, Any]:
    return {
        "component_reference": "BMP-TN",
        "model": "MOD-RADIO-1",
        "serial": f"{part}-{n:04}",
        "title_reference": "ORG-ICMPD",
        "custody_organisation": "ORG-ICMPD",
        "custody_site_reference": "SITE-STORE",
        "unit_price_amount": "120.50",
        "unit_price_currency": "EUR",
        "external_id": f"{part}-{n}",
        "note": "lot 3",
        **more,
    }


async def test_items_are_registered_once(imports: Importer, owner: asyncpg.Connection) -> None:
    rows = [item("A", n) for n in range(50)]
    made = await imports.run(rows, "equipment")
    assert counts(made) == ("valid", 0, 50, 0, 0)
    assert not await owner.fetchval("SELECT count(*) FROM items WHERE external_id LIKE 'A-%'")
    made = await imports.run(rows, "equipment", mode="commit")
    assert counts(made) == ("committed", 0, 50, 0, 0), (await imports.job(made))["problem"]
    assert await owner.fetchval("SELECT count(*) FROM events e JOIN items i ON i.id = e.item_id "
                                "WHERE i.external_id LIKE 'A-%'") == 50  # fmt: skip
    again = await imports.run(rows, "equipment", mode="commit")
    assert counts(again) == ("committed", 0, 0, 0, 50), await imports.faults(again)
    rows = [{k: v for k, v in row.items() if k != "external_id"} for row in rows]
    by_serial = await imports.run(rows, "equipment", mode="commit")
    assert counts(by_serial) == ("committed", 0, 0, 0, 50), await imports.faults(by_serial)
