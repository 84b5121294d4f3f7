"""The demo is the same for the same seed, can be cut short anywhere, keeps the rules, and says that it is synthetic."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest

from app.db.embedded import Embedded
from app.db.session import Database, Statement
from app.domain.access import Role
from app.domain.requirements import RequirementKind
from app.services import audit, demo, demo_access, demo_training
from app.services.chain import Verified
from app.services.demo_large import build_large
from app.services.demo_plan import batches
from tests.demo_place import ITEMS, Place, ask_token, make_blank, make_place

pytestmark = pytest.mark.anyio

FACTS = """
SELECT i.serial, i.reference, i.stage, i.condition, i.condition_reason, i.event_count, i.occurred_at,
       u.reference AS unit, m.reference AS model, s.reference AS site, i.warranty_ends_on
FROM items i JOIN equipment_models m ON m.id = i.model_id LEFT JOIN agencies u ON u.id = i.unit_id
LEFT JOIN sites s ON s.id = i.custody_site_id ORDER BY i.serial
"""
RECORDS = """
SELECT s.reference, r.stage, r.post_test, r.completed_on, t.id AS trainee, t.sex, t.grade_band
FROM training_records r JOIN training_sessions s ON s.id = r.session_id JOIN trainees t ON t.id = r.trainee_id
ORDER BY s.reference, t.id
"""


@pytest.fixture(scope="module")
def blank(cluster: Embedded) -> Embedded:
    asyncio.run(make_blank(cluster))
    return cluster


@pytest.fixture(scope="module")
def place(blank: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The demo, built once."""
    made = asyncio.run(make_place(blank, "demo_one", tmp_path_factory.mktemp("one")))
    added = asyncio.run(made.build())
    assert added == {
        "agencies": 20,
        "sites": 42,
        "catalogue": 93,
        "support": 9,
        "requirements": 181,
        "items": ITEMS,
        "sessions": 12,
        "trainees": 48,
        "reports": added["reports"],
    }
    assert added["reports"] > 0
    return made


async def test_a_second_build_finds_everything_there(place: Place) -> None:
    before = await place.rows("SELECT count(*) FROM changes")
    credentials = demo.credentials(place.settings())
    assert set((await place.build()).values()) == {0}
    assert await place.rows("SELECT count(*) FROM changes") == before
    assert demo.credentials(place.settings()) == credentials


async def test_it_is_the_same_for_the_same_seed_also_when_it_was_cut_short(
    place: Place, blank: Embedded, tmp_path: Path
) -> None:
    second = await make_place(blank, "demo_two", tmp_path)
    cuts = [("Catalogue", 1), ("Lots of equipment", 3), ("Lots of equipment", 9), ("Training", 5)]

    def cut(step: str, done: int, _total: int) -> None:
        if cuts and (step, done) == cuts[0]:
            del cuts[0]
            raise InterruptedError

    for _ in range(4):
        with pytest.raises(InterruptedError):
            await second.build(told=cut)
    await second.build(told=cut)
    assert await second.rows(FACTS) == await place.rows(FACTS)
    assert await second.rows(RECORDS) == await place.rows(RECORDS)


def test_another_seed_is_another_story_of_the_same_size() -> None:
    one, two = (batches(seed, 3000, date(2026, 11, 23)) for seed in (1, 2))
    assert sum(batch.items for batch in one) == sum(batch.items for batch in two) == 3000
    assert len(one) == 60
    assert [batch.units for batch in one] != [batch.units for batch in two]
    assert one == batches(1, 3000, date(2026, 11, 23))
    assert {batch.model for batch in one} | {batch.model for batch in two} == {batch.model for batch in one}


def test_names_of_trainees_hold_no_digits_and_no_two_are_alike() -> None:
    names = [demo_training.name_of(n) for n in range(1200)]
    assert len(set(names)) == 1200
    assert names[:2] == ["Synthetic Officer Alfa Alfa Alfa", "Synthetic Officer Alfa Alfa Bravo"]
    assert not any(character.isdigit() for name in names for character in name)


async def test_every_stage_of_a_life_is_there(place: Place) -> None:
    rows = await place.rows("SELECT DISTINCT stage FROM items")
    assert {"ordered", "shipped", "delivered", "accepted", "handed_over", "in_service"} <= {row[0] for row in rows}
    rows = await place.rows("SELECT DISTINCT status FROM training_sessions")
    assert {row[0] for row in rows} == {"planned", "running", "closed"}
    rows = await place.rows("SELECT DISTINCT stage FROM training_records")
    assert {"vetted", "enrolled", "completed", "withdrawn"} <= {row[0] for row in rows}


async def verified(owner_dsn: str) -> Verified:
    database = Database(owner_dsn, size=2)
    await database.open()
    try:
        return await audit.verify_everything(database)
    finally:
        await database.close()


async def test_all_chains_hold_and_counts_of_holdings_are_those_of_the_items(place: Place) -> None:
    report = await verified(place.cluster.dsn("owner", place.name))
    assert (report.items, report.broken, report.complete) == (ITEMS, 0, True)
    assert await place.rows("SELECT * FROM app.holdings_astray()") == []


async def test_nobody_accepts_what_they_recorded_and_two_others_approve_a_handover(place: Place) -> None:
    rows = await place.rows(
        "SELECT d.kind, d.prepared_by_person, v.recorded_by_person, array_agg(a.person_id) FROM documents d "
        "JOIN document_approvals a ON a.document_id = d.id LEFT JOIN deliveries v ON v.id = d.delivery_id "
        "WHERE d.status = 'approved' GROUP BY d.id, v.id"
    )
    assert {row[0] for row in rows} == {"acceptance", "handover"}
    for kind, preparer, recorder, approvers in rows:
        assert len(set(approvers)) == (1 if kind == "acceptance" else 2)
        assert not {preparer, recorder} & set(approvers)


async def test_every_enforced_kind_is_recorded_or_waived_by_a_second_person(place: Place) -> None:
    ((enforced,),) = await place.rows("SELECT enforced_requirements FROM programmes")
    assert set(enforced) == {kind.value for kind in RequirementKind}
    rows = await place.rows(
        "SELECT kind, decision, requested_by_person, decided_by_person, reference FROM requirements"
    )
    assert {row[0] for row in rows} == set(enforced)
    waived = [row for row in rows if row[1] == "waived"]
    assert waived
    assert all(asked and asked != decided and reference for _, _, asked, decided, reference in waived)
    assert not [row for row in rows if row[1] == "requested"]


async def test_everything_says_that_it_is_synthetic(place: Place) -> None:
    for query in (
        "SELECT name_en FROM suppliers",
        "SELECT name_en FROM courses",
        "SELECT name_en FROM agencies WHERE is_unit",
        "SELECT manufacturer FROM equipment_models",
        "SELECT display_name FROM accounts",
        "SELECT name FROM clients",
        "SELECT note FROM deliveries",
        "SELECT note FROM documents",
    ):
        rows = await place.rows(query)
        assert rows, query
        assert all(row[0].startswith("Synthetic") for row in rows), query


async def test_credentials_are_the_owners_alone_and_every_role_is_there(place: Place) -> None:
    path = place.folder / demo_access.CREDENTIALS
    assert path.stat().st_mode & 0o777 == 0o600
    found = demo.credentials(place.settings())
    assert {entry["role"] for entry in found} == {role.value for role in Role}
    assert {entry["organisation"] for entry in found} == {
        *("ORG-ICMPD", "ORG-MOI-IT", "ORG-TN-CG", "ORG-MA-BP", "ORG-EU", "ORG-ECA")
    }
    assert all(
        (entry.get("account_name") and entry.get("password")) or (entry.get("client_id") and entry.get("client_secret"))
        for entry in found
    )


async def test_accounts_and_clients_log_in_and_see_what_is_theirs(place: Place) -> None:
    found = demo.credentials(place.settings())
    people = {entry["account_name"]: entry for entry in found if entry.get("password")}
    scripts = {entry["name"]: entry for entry in found if entry.get("client_id")}
    seen: dict[str, int] = {}
    async with place.client() as client:
        for entry in (
            people[demo_access.MANAGER],
            people[demo_access.ITALY],
            scripts["Synthetic reader of the Ministry"],
        ):
            answer = await ask_token(client, entry)
            assert answer.status_code == 200, answer.text
            headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
            listed = await client.get("/api/v1/equipment?limit=1&total=exact", headers=headers)
            assert listed.status_code == 200, listed.text
            seen[entry.get("account_name") or entry["name"]] = listed.json()["page"]["total"]
    (tunisian,) = await place.rows(
        "SELECT count(*) FROM items i JOIN components c ON c.id = i.component_id WHERE c.country = 'TN'"
    )
    assert seen == {
        demo_access.MANAGER: ITEMS,
        demo_access.ITALY: tunisian[0],
        "Synthetic reader of the Ministry": tunisian[0],
    }


async def test_lost_credentials_are_made_anew(blank: Embedded, place: Place, tmp_path: Path) -> None:
    """Last of all: from now on the passwords of the others are other ones."""
    before = {e["account_name"]: e["password"] for e in demo.credentials(place.settings()) if e.get("password")}
    (place.folder / demo_access.CREDENTIALS).unlink()
    await place.build()
    after = {e["account_name"]: e for e in demo.credentials(place.settings()) if e.get("password")}
    assert after.keys() == before.keys()
    assert not {entry["password"] for entry in after.values()} & set(before.values())
    async with place.client() as client:
        assert (await ask_token(client, after[demo_access.ADMINISTRATOR])).status_code == 200
        assert (await ask_token(client, after[demo_access.FOCAL_TN])).status_code == 200
        scripts = [entry for entry in demo.credentials(place.settings()) if entry.get("client_id")]
        assert len(scripts) == 4
        assert (await ask_token(client, scripts[0])).status_code == 200


async def test_a_large_one_is_what_the_door_would_have_written(place: Place) -> None:
    """Chains verify, counts add up, and the last span of each item is what its row says and its events fold to."""
    owner = place.cluster.dsn("owner", place.name)
    ((actor, implementer),) = await place.rows(
        "SELECT id, organisation_id FROM accounts WHERE account_name = $1", demo_access.MANAGER
    )
    told: list[tuple[int, int]] = []
    progress = told.append
    written = await build_large(
        owner, items=700, actor=actor, implementer=implementer, progress=lambda done, total: progress((done, total))
    )
    assert (written, told) == (700, [(700, 700)])
    assert (await verified(owner)).broken == 0
    state = "stage, condition, condition_reason, unit_id, title_id, custody_organisation_id, confirmed_at, confirmed_by"
    rows = f"SELECT id, {state} FROM items ORDER BY id"
    spans = f"SELECT item_id, {state} FROM item_spans WHERE ends_at = 'infinity' ORDER BY item_id"
    folds = Statement(
        f"SELECT item_id, {state} FROM app.states_known(NULL, clock_timestamp(), clock_timestamp()) ORDER BY item_id"
    )
    assert await place.rows(spans) == await place.rows(rows)
    async with place.acting(actor) as tx:  # the manager sees every component
        assert [tuple(row) for row in await tx.rows(folds)] == await place.rows(rows)
    assert await place.rows("SELECT * FROM app.holdings_astray()") == []
    assert await place.rows("SELECT count(DISTINCT object_id) FROM changes WHERE resource = 'equipment'") == [
        (ITEMS + 700,)
    ]


async def test_a_large_register_has_its_sums_of_the_past(place: Place) -> None:
    """Spans need no note while there are no sums; afterwards they do, and triggers are on again for everybody."""
    owner = place.cluster.dsn("owner", place.name)
    ((actor, implementer),) = await place.rows(
        "SELECT id, organisation_id FROM accounts WHERE account_name = $1", demo_access.MANAGER
    )
    await build_large(owner, items=300, actor=actor, implementer=implementer)
    assert await place.rows("SELECT count(*) FROM history_late") == [(0,)]
    while await place.rows("SELECT app.keep_history(90, 50, 100)") != [(0,)]:
        pass
    assert await place.rows("SELECT count(DISTINCT summed_at) > 5 FROM history_sums") == [(True,)]
    await build_large(owner, items=300, actor=actor, implementer=implementer)
    assert await place.rows("SELECT * FROM app.history_astray()") == []
    off = "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'item_spans'::regclass AND tgenabled <> 'O'"
    assert await place.rows(off) == [(0,)]
