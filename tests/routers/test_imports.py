"""Imports over HTTP, from the upload to what was written, for the plain resources."""

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


def site(n: int, **more: Any) -> dict[str, Any]:
    return {
        "reference": f"SITE-IMP-{n}",
        "name_en": f"Workshop {n}",
        "name_fr": f"Atelier {n}",
        "kind": "workshop",
        "organisation_reference": "ORG-ICMPD",
        "country": "TN",
        "external_id": f"w-{n}",
        **more,
    }


async def test_a_file_is_validated_and_then_committed(imports: Importer, owner: asyncpg.Connection) -> None:
    made = await imports.run([site(1), site(2)], "sites")
    assert counts(made) == ("valid", 0, 2, 0, 0)
    assert not await owner.fetchval("SELECT count(*) FROM sites WHERE reference LIKE 'SITE-IMP-%'")
    answer = await imports.client.post(
        f"/api/v1/imports/{made['id']}/commit", headers=imports.world.headers("icmpd.manager")
    )
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/v1/jobs/{answer.json()['job']['id']}"
    await imports.work()
    made = await imports.get(f"/imports/{made['id']}")
    assert counts(made) == ("committed", 0, 2, 0, 0)
    assert (await imports.get("/sites/SITE-IMP-2"))["names"]["fr"] == "Atelier 2"
    again = await imports.run([site(1), site(2)], "sites", mode="commit")
    assert counts(again) == ("committed", 0, 0, 0, 2)
    assert await owner.fetchval("SELECT max(version) FROM sites WHERE reference LIKE 'SITE-IMP-%'") == 1
    assert not await owner.fetchval("SELECT count(*) FROM import_marks")


async def test_every_wrong_cell_is_named_and_nothing_is_written(imports: Importer, owner: asyncpg.Connection) -> None:
    rows = [
        site(11),
        site(12, kind="palace"),
        site(13, organisation_reference="ORG-NOBODY"),
        site(14, country="Tunisia", un_locode="x"),
        site(11),
        site(15, name_en=""),
        site(16, name_en="=1+1"),
        site(17, kind="", name_it="à" * 201),
        site(18, organisation_reference="ORG-TN-COAST-GUARD"),
    ]
    made = await imports.run(rows, "sites", mode="commit")
    assert counts(made)[:2] == ("invalid", 10)
    assert await imports.faults(made) == [
        (3, "kind", "literal_error"),
        (4, "organisation_reference", "reference_unknown"),
        (5, "country", "string_pattern_mismatch"),
        (5, "un_locode", "string_pattern_mismatch"),
        (6, None, "repeated_row"),
        (7, "name_en", "missing"),
        (8, "name_en", "formula"),
        (9, "name_it", "string_too_long"),
        (9, "kind", "missing"),
        (10, "agency_reference", "agency_missing"),
    ]
    assert not await owner.fetchval("SELECT count(*) FROM sites WHERE reference LIKE 'SITE-IMP-1_'")
