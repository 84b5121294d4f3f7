"""Many rows through services of single calls: each refusal has its row, nothing is told twice, few locks are held."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from app.db.session import Database
from app.domain.errors import PossibleDuplicate
from app.schemas.trainees import TraineeIn
from app.security.keys import Keys
from app.services import trainees, vaulting
from app.services.imports_writing import GROUP
from app.services.jobs_running import run_one
from app.settings import Settings
from tests.house.background import desk
from tests.importing import Importer, as_csv, counts
from tests.routers.test_imports import site
from tests.services.test_door import caller_of
from tests.services.test_people_imports import OFFICER, person
from tests.test_worker_jobs import until
from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture
def imports(client: httpx.AsyncClient, world: World, settings: Settings, keys: Keys) -> Importer:
    return Importer(client, world, settings, keys)


def letters(n: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(n))


async def test_what_fails_in_a_group_is_told_row_by_row(imports: Importer, owner: asyncpg.Connection) -> None:
    rows = [site(1000 + n) for n in range(2 * GROUP + 10)]
    for n in (3, 4, GROUP + 20):
        rows[n]["organisation_reference"] = "ORG-TN-COAST-GUARD"  # whose sites name their agency
    made = await imports.run(rows, "sites", mode="commit")
    assert await imports.faults(made) == [(n + 2, "agency_reference", "agency_missing") for n in (3, 4, GROUP + 20)]
    assert counts(made) == ("invalid", 3, len(rows) - 3, 0, 0)
    assert not await owner.fetchval("SELECT count(*) FROM sites WHERE external_id LIKE 'w-10__'")
    made = await imports.run([row for row in rows if "TN" not in row["organisation_reference"]], "sites", mode="commit")
    assert counts(made) == ("committed", 0, len(rows) - 3, 0, 0)


async def test_a_child_of_a_refused_parent_is_not_found_either(imports: Importer) -> None:
    """What was remembered of a part that was taken back is forgotten."""
    common = {"organisation": "ORG-TN-COAST-GUARD", "country": "TN", "is_unit": "false"}
    rows = [
        {"reference": "AG-G-1", "name_en": "One", "parent": "AG-TN-SFAX", **common},  # below a unit nothing can be
        {"reference": "AG-G-2", "name_en": "Two", "parent": "AG-G-1", **common},
    ]
    made = await imports.run(rows, "agencies", mode="commit")
    found = await imports.faults(made)
    assert [row for row, _, _ in found] == [2, 3], found
    assert found[1][1:] == ("parent", "reference_unknown")


async def test_a_comparison_of_names_is_logged_once(imports: Importer, owner: asyncpg.Connection) -> None:
    await imports.run([person("Olfa Unique", "g-one")], "trainees", by=OFFICER, mode="commit")
    before = await owner.fetchval("SELECT count(*) FROM identity_reads")
    rows = [person(f"Groupe {letters(n)}", f"g-{letters(n)}") for n in range(20)]
    made = await imports.run([*rows, person("olfa unique", "g-two")], "trainees", by=OFFICER)
    assert await imports.faults(made, by=OFFICER) == [(22, "name", "possible_duplicate")]
    assert await owner.fetchval("SELECT count(*) FROM identity_reads") == before + 1


async def test_an_import_of_many_people_holds_the_tree_instead_of_every_name(
    imports: Importer, database: Database, keys: Keys, owner: asyncpg.Connection, owner_dsn: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(vaulting, "NAMES_HELD", 3)
    rows = [person(f"Foule {letters(n)}", f"h-{letters(n)}") for n in range(30)]
    made = (await imports.upload(as_csv(rows), "trainees", by=OFFICER, mode="commit")).json()
    caller = await caller_of(database, imports.world, OFFICER)
    gate = await asyncpg.connect(owner_dsn)
    await gate.execute("BEGIN; LOCK TABLE import_changes IN SHARE MODE")
    async with desk(imports.settings, imports.keys) as place:
        running = asyncio.create_task(run_one(place))
        stuck = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'import_changes'::regclass)"
        await until(owner, stuck)
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted"
        assert await owner.fetchval(held) == 4, "three names and the tree"

        async def register() -> None:
            single = {**rows[-1], "agency": "AG-TN-SFAX", "external_id": "h-single"}
            del single["agency_reference"]
            async with database.transaction(caller) as tx:
                await trainees.create(tx, keys, TraineeIn.model_validate(single))

        single = asyncio.create_task(register())
        await until(owner, "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory')")
        await gate.close()
        assert await running
        with pytest.raises(PossibleDuplicate):
            await single
    assert counts(await imports.get(f"/imports/{made['id']}", by=OFFICER)) == ("committed", 0, 30, 0, 0)


async def test_places_are_left_and_taken_in_the_order_of_the_file(imports: Importer, owner: asyncpg.Connection) -> None:
    names = ("aa", "bb")
    people = [person(f"Place {name}", f"q-{name}") for name in names]
    await imports.run(people, "trainees", by=OFFICER, mode="commit")
    first, second = [
        str(row[0])
        for row in await owner.fetch("SELECT id FROM trainees WHERE external_id LIKE 'q-%' ORDER BY external_id")
    ]
    day = datetime.now(UTC).date()
    session: dict[str, Any] = {
        "component": "BMP-TN", "course": "CRS-RADIO-OP", "starts_on": str(day), "ends_on": str(day + timedelta(2)),
        "half_days": "4", "language": "fr", "external_id": "q-1", "capacity": "1",
    }  # fmt: skip
    await imports.run([session], "sessions", by=OFFICER, mode="commit")
    session_id = await owner.fetchval("SELECT reference FROM training_sessions WHERE external_id = 'q-1'")

    def record(trainee: str, stage: str, reason: str = "") -> dict[str, Any]:
        return {"session": session_id, "trainee_id": trainee, "stage": stage, "reason": reason}

    made = await imports.run([record(first, "enrolled"), record(second, "nominated")], "records", by=OFFICER,
                             mode="commit")  # fmt: skip
    assert counts(made) == ("committed", 0, 2, 0, 0), await imports.faults(made, by=OFFICER)
    leaves, takes = record(first, "withdrawn", "by_agency"), record(second, "enrolled")
    made = await imports.run([takes, leaves], "records", by=OFFICER)
    assert [row for row, _, _ in await imports.faults(made, by=OFFICER)] == [2]
    made = await imports.run([leaves, takes], "records", by=OFFICER, mode="commit")
    assert counts(made) == ("committed", 0, 0, 2, 0), await imports.faults(made, by=OFFICER)


async def test_results_go_with_the_step_that_takes_them_or_are_refused(
    imports: Importer, owner: asyncpg.Connection
) -> None:
    reference = await owner.fetchval("SELECT reference FROM training_sessions WHERE external_id = 'q-1'")
    await imports.run([person("Place cc", "q-cc")], "trainees", by=OFFICER, mode="commit")
    third = str(await owner.fetchval("SELECT id FROM trainees WHERE external_id = 'q-cc'"))
    row = {"session": reference, "trainee_id": third, "stage": "vetted", "pre_test": "50"}
    made = await imports.run([row], "records", by=OFFICER)
    assert await imports.faults(made, by=OFFICER) == [(2, "stage", "results_not_taken")]
    made = await imports.run([row | {"pre_test": "", "stage": "withdrawn", "reason": "nothing"}], "records", by=OFFICER)
    assert (await imports.faults(made, by=OFFICER))[0][:2] == (2, "reason")
