"""Trainees and training records by import: names are sealed; rules and reach are the services'."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from app.db.session import Database
from app.schemas.trainees import TraineeIn
from app.security.keys import Keys
from app.services import trainees
from app.services.jobs_running import run_one
from app.settings import Settings
from tests.house.background import desk
from tests.importing import Importer, as_csv, counts
from tests.services.test_door import caller_of
from tests.test_worker_jobs import until
from tests.world import World, ident

pytestmark = pytest.mark.anyio
OFFICER = "icmpd.training"


@pytest.fixture
def imports(client: httpx.AsyncClient, world: World, settings: Settings, keys: Keys) -> Importer:
    return Importer(client, world, settings, keys)


def person(name: str, key: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "work_contact": f"{key}@example.org",
        "agency_reference": "AG-TN-SFAX",
        "grade_band": "officer",
        "sex": "female",
        "language": "fr",
        "external_id": key,
        **more,
    }


async def test_names_are_sealed_and_told_by_nothing(imports: Importer, owner: asyncpg.Connection) -> None:
    rows = [person("Zahra Exemplaire", "p-one"), person("سلمى مثال", "p-two")]
    made = await imports.run(rows, "trainees", by=OFFICER, mode="commit")
    assert counts(made) == ("committed", 0, 2, 0, 0), await imports.faults(made, by=OFFICER)
    again = await imports.run(rows, "trainees", by=OFFICER, mode="commit")
    assert counts(again) == ("committed", 0, 0, 0, 2)
    rows[0]["name"] = "Zahra Autrement"
    made = await imports.run(rows, "trainees", by=OFFICER, mode="commit")
    assert counts(made) == ("committed", 0, 0, 1, 1)
    (change,) = [c for c in await imports.changes(made, by=OFFICER) if c["outcome"] == "changed"]
    assert (change["before"], change["after"]) == ({"name": "…"}, {"name": "…"})
    for table in ("import_changes", "import_faults", "import_marks", "jobs", "job_details", "imports", "revisions"):
        text = await owner.fetchval(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
        assert "Exemplaire" not in text
        assert "Autrement" not in text
    stored = (imports.settings.data / "files" / "imports").iterdir()
    assert all(b"Exemplaire" not in each.read_bytes() for each in stored)
    assert await owner.fetchval("SELECT count(*) FROM identity_reads WHERE purpose = 'compared by an import'") == 4


async def test_somebody_of_that_name_is_warned_of_and_can_be_confirmed(
    imports: Importer, owner: asyncpg.Connection
) -> None:
    await imports.run([person("Nadia Double", "n-one")], "trainees", by=OFFICER, mode="commit")
    rows = [
        person("nadia  double", "n-two"),
        person("Nadia 12345678", "n-three"),
        person("Ines Neuve", "n 12345678", work_contact=""),
    ]
    made = await imports.run(rows, "trainees", by=OFFICER, mode="commit")
    assert [(row, column) for row, column, _ in await imports.faults(made, by=OFFICER)] == [
        (2, "name"), (3, "name"), (4, "external_id"),
    ]  # fmt: skip
    assert (await imports.faults(made, by=OFFICER))[0][2] == "possible_duplicate"
    assert await owner.fetchval("SELECT count(*) FROM identity_reads") > 0
    made = await imports.run([rows[0] | {"confirm_new": "true"}], "trainees", by=OFFICER, mode="commit")
    assert counts(made) == ("committed", 0, 1, 0, 0)


async def test_a_new_name_that_somebody_has_is_confirmed_likewise(imports: Importer) -> None:
    await imports.run([person("Wafa Une", "w-1"), person("Wafa Deux", "w-2")], "trainees", by=OFFICER, mode="commit")
    renamed = person("Wafa Une", "w-2")
    for row in (renamed, renamed | {"confirm_new": "false"}, renamed | {"confirm_new": ""}):
        found = await imports.run([row], "trainees", by=OFFICER, mode="commit")
        assert await imports.faults(found, by=OFFICER) == [(2, "name", "possible_duplicate")]
    confirmed = renamed | {"confirm_new": "true"}
    for came_to in ((0, 1, 0), (0, 0, 1)):  # once, and unchanged by the same file
        made = await imports.run([confirmed], "trainees", by=OFFICER, mode="commit")
        assert counts(made) == ("committed", 0, *came_to), await imports.faults(made, by=OFFICER)


@pytest.mark.parametrize("renamed", [False, True])
async def test_a_namesake_who_is_being_registered_is_waited_for(
    imports: Importer, database: Database, keys: Keys, owner: asyncpg.Connection, *, renamed: bool
) -> None:
    """A single call has written the name and not yet committed when the row of the file is looked at."""
    key = f"race-{'two' if renamed else 'one'}"
    name, row = f"Amina {key}", person("Amina Avant", key)
    if renamed:
        await imports.run([row], "trainees", by=OFFICER, mode="commit")
    made = (await imports.upload(as_csv([row | {"name": name}]), "trainees", by=OFFICER, mode="commit")).json()
    caller = await caller_of(database, imports.world, OFFICER)
    async with database.transaction(caller) as tx, desk(imports.settings, imports.keys) as place:
        single = {"name": name, "agency": "AG-TN-SFAX", "grade_band": "officer", "sex": "female", "language": "fr"}
        await trainees.create(tx, keys, TraineeIn.model_validate(single))
        running = asyncio.create_task(run_one(place))
        await until(owner, "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory')")
        await tx.commit()
        assert await running
    assert await imports.faults(made, by=OFFICER) == [(2, "name", "possible_duplicate")]


@pytest.mark.parametrize("days", [0, 1])
async def test_a_posting_of_today_or_to_come_is_unchanged_by_the_same_file(
    imports: Importer, owner: asyncpg.Connection, days: int
) -> None:
    today = await owner.fetchval("SELECT current_date")
    row = person(f"Salma {'Future' if days else 'Presente'}", f"later-{days}", posting_unit="AG-TN-SFAX",
                 posting_starts_on=(today + timedelta(days=days)).isoformat())  # fmt: skip
    made = await imports.run([row], "trainees", by=OFFICER, mode="commit")
    assert counts(made) == ("committed", 0, 1, 0, 0), await imports.faults(made, by=OFFICER)
    again = await imports.run([row], "trainees", by=OFFICER, mode="commit")
    assert counts(again) == ("committed", 0, 0, 0, 1), await imports.faults(again, by=OFFICER)
    elsewhere = row | {"posting_unit": "AG-TN-ZARZIS"}
    found = await imports.faults(await imports.run([elsewhere], "trainees", by=OFFICER), by=OFFICER)
    assert (2, "posting_unit", "read_only") in found
    unread = await imports.run([row | {"confirm_new": "perhaps"}], "trainees", by=OFFICER)
    assert await imports.faults(unread, by=OFFICER) == [(2, "confirm_new", "bool_parsing")]
    assert counts(await imports.run([row | {"confirm_new": "true"}], "trainees", by=OFFICER)) == ("valid", 0, 0, 0, 1)
    await owner.execute(  # one that is over, and the one to come
        "UPDATE postings p SET starts_on = current_date + 1 FROM trainees t WHERE p.trainee_id = t.id "
        "AND t.external_id = $1", row["external_id"],
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO postings (id, trainee_id, agency_id, unit_id, starts_on, ends_on) SELECT gen_random_uuid(), "
        "p.trainee_id, p.agency_id, (SELECT id FROM agencies WHERE reference = 'AG-TN-SFAX'), current_date - 9, "
        "current_date + 1 FROM postings p JOIN trainees t ON t.id = p.trainee_id WHERE t.external_id = $1",
        row["external_id"],
    )
    for starts, state in ((-9, "valid"), (1, "valid"), (0, "invalid")):
        row["posting_starts_on"] = (today + timedelta(days=starts)).isoformat()
        assert (await imports.run([row], "trainees", by=OFFICER))["state"] == state, starts


async def test_a_focal_point_imports_people_of_its_own_agency_only(imports: Importer) -> None:
    rows = [person("Leila Ici", "f-one"), person("Rachid Ailleurs", "f-two", agency_reference="AG-MA-NADOR"),
            person("Rym Voisine", "f-three", agency_reference="AG-TN-ZARZIS")]  # fmt: skip
    made = await imports.run(rows, "trainees", by="tn.focal.sfax", mode="commit")
    found = await imports.faults(made, by="tn.focal.sfax")
    assert {(row, column) for row, column, _ in found} >= {(3, "agency_reference")}
    assert made["created"] + len({row for row, _, _ in found}) == 3
    assert made["state"] == "invalid"
    made = await imports.run(rows[:1], "trainees", by="tn.focal.sfax", mode="commit")
    assert counts(made) == ("committed", 0, 1, 0, 0), await imports.faults(made, by="tn.focal.sfax")
    made = await imports.run([rows[0] | {"sex": "male"}], "trainees", by="tn.focal.sfax")
    assert [code for _, _, code in await imports.faults(made, by="tn.focal.sfax")] == ["forbidden"]


async def test_erasing_a_person_erases_files_in_which_people_may_stand(
    imports: Importer, owner: asyncpg.Connection
) -> None:
    made = await imports.run([person("Sonia Partie", "e-one")], "trainees", by=OFFICER, mode="commit")
    await imports.run([person("Sonia Partie", "e-one") | {"colour": "red"}], "trainees", by=OFFICER)
    trainee = await owner.fetchval("SELECT id FROM trainees WHERE external_id = 'e-one'")
    told = "SELECT (SELECT count(*) FROM import_changes), (SELECT count(*) FROM import_faults), count(file_name) "
    before = tuple(await owner.fetchrow(f"{told} FROM imports WHERE personal"))
    columns = {row[0] for row in await owner.fetch("SELECT DISTINCT column_name FROM import_faults")}
    assert "colour" not in columns, "its place, not its text"
    assert all(before)
    headers = imports.world.headers("icmpd.manager", If_Match="1")
    erased = await imports.client.post(f"/api/v1/trainees/{trainee}/erase", headers=headers)
    if erased.status_code == 403:  # the scope is safeguards'
        await owner.execute("UPDATE vault SET wrapped_key = NULL WHERE trainee_id = $1", trainee)
    answer = await imports.client.get(f"/api/v1/imports/{made['id']}/file", headers=imports.world.headers(OFFICER))
    assert answer.status_code == 404
    assert tuple(await owner.fetchrow(f"{told} FROM imports WHERE personal")) == (0, 0, 0)
    job = ident()
    await owner.execute("INSERT INTO jobs (id, kind, scopes, max_attempts) VALUES ($1, 'imports.forget', '{}', 3)", job)
    await owner.execute("INSERT INTO job_details (job_id) VALUES ($1)", job)
    await imports.work()
    assert await owner.fetchval("SELECT count(*) FROM imports WHERE personal") == 0


async def test_records_are_nominated_and_led_on(imports: Importer, owner: asyncpg.Connection) -> None:
    people = [person(f"Person {letter}", f"r-{letter}") for letter in ("aa", "bb")]
    await imports.run(people, "trainees", by=OFFICER, mode="commit")
    day = datetime.now(UTC).date()
    session = {
        "component": "BMP-TN",
        "course": "CRS-RADIO-OP",
        "starts_on": str(day),
        "ends_on": str(day + timedelta(2)),
        "half_days": "4",
        "language": "fr",
        "external_id": "s-1",
    }
    made = await imports.run([session], "sessions", by=OFFICER, mode="commit")
    assert counts(made) == ("committed", 0, 1, 0, 0), await imports.faults(made, by=OFFICER)
    reference = await owner.fetchval("SELECT reference FROM training_sessions WHERE external_id = 's-1'")
    ids = [
        row[0] for row in await owner.fetch("SELECT id FROM trainees WHERE external_id LIKE 'r-%' ORDER BY external_id")
    ]
    rows = [{"session": reference, "trainee_id": str(each), "stage": stage} for each, stage in
            zip(ids, ("nominated", "enrolled"), strict=True)]  # fmt: skip
    made = await imports.run(rows, "records", by=OFFICER, mode="commit")
    assert counts(made) == ("committed", 0, 2, 0, 0), await imports.faults(made, by=OFFICER)
    assert counts(await imports.run(rows, "records", by=OFFICER)) == ("valid", 0, 0, 0, 2)
    rows[0] |= {"stage": "completed"}
    rows[1] |= {"stage": "nominated"}
    made = await imports.run(rows, "records", by=OFFICER)
    assert {(row, column) for row, column, _ in await imports.faults(made, by=OFFICER)} >= {(3, "stage")}
    assert made["state"] == "invalid"
    rows = [{"session": reference, "trainee_id": str(ids[0]), "stage": "withdrawn", "reason": "by_agency"}]
    made = await imports.run(rows, "records", by=OFFICER, mode="commit")
    assert counts(made) == ("committed", 0, 0, 1, 0), await imports.faults(made, by=OFFICER)
    kinds = await owner.fetchval(
        "SELECT array_agg(e.kind ORDER BY e.recorded_at, e.id) FROM record_events e "
        "JOIN training_records r ON r.id = e.record_id WHERE r.trainee_id = $1",
        ids[0],
    )
    assert kinds == ["nominate", "withdraw"]
    assert as_csv(rows)


async def test_who_nominates_everywhere_leads_on_only_where_they_train(
    imports: Importer, owner: asyncpg.Connection
) -> None:
    """`icmpd.morocco` manages Morocco; for Tunisia they are given the role of a focal point's nominations only."""
    world = imports.world
    await imports.run([person("Moez Loin", "q-one")], "trainees", by=OFFICER, mode="commit")
    day = str(datetime.now(UTC).date())
    session = {"component": "BMP-TN", "course": "CRS-RADIO-OP", "starts_on": day, "ends_on": day, "half_days": "2",
               "language": "fr", "external_id": "s-2"}  # fmt: skip
    await imports.run([session], "sessions", by=OFFICER, mode="commit")
    reference = await owner.fetchval("SELECT reference FROM training_sessions WHERE external_id = 's-2'")
    trainee = await owner.fetchval("SELECT id FROM trainees WHERE external_id = 'q-one'")
    await owner.execute(
        "INSERT INTO grants (id, account_id, organisation_id, role, component_id) "
        "VALUES ($1, $2, $3, 'focal_point', $4)",
        ident(), world.accounts["icmpd.morocco"], world["icmpd"], world["tunisia"],
    )  # fmt: skip
    row = {"session": reference, "trainee_id": str(trainee), "stage": "vetted"}
    made = await imports.run([row], "records", by="icmpd.morocco", mode="commit")
    assert [code for _, _, code in await imports.faults(made, by="icmpd.morocco")] == ["forbidden"]
    made = await imports.run([row | {"stage": "nominated"}], "records", by="icmpd.morocco", mode="commit")
    assert counts(made) == ("committed", 0, 1, 0, 0)
