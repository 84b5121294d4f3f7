"""Readiness over HTTP, of now: whole answers, the same for everyone who may see a unit, and nothing beyond."""

from __future__ import annotations

import csv
import io
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from python_calamine import CalamineWorkbook

from app.db.session import Database
from app.documents.sheets import MEDIA_TYPE
from app.schemas.readiness import ReadinessOut
from app.services import readiness_rows
from tests.routers.readiness import (
    READINESS,
    TODAY,
    Register,
    ago,
    ask,
    component,
    faults,
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


async def test_a_unit_says_what_is_ready_and_why_the_rest_is_not(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    register = Register(database, world)
    ids = await register.in_service(8, "tn-sfax")
    await register.in_service(1, "tn-sfax", since=ago(200))
    await register.items(2, "tn-sfax")
    await register.report(ids[:1], "down", "failure")
    await register.report(ids[1:2], "degraded")
    await register.move(ids[2:3], "withdraw", {"reason": "surplus"})
    for _ in range(3):
        await person(owner, world, "tn-sfax", ("operator", world["radio-type"]))
    found = await ask(client, world, "?unit=AG-TN-SFAX")
    unit = {"id": str(world["tn-sfax"]), "reference": "AG-TN-SFAX", "label": "Agency tn-sfax"}
    radio = {"id": str(world["radio"]), "reference": "MOD-RADIO-1", "label": "Radio One"}
    figures: dict[str, Any] = {
        "held": 11,
        "functional": 7,
        "crewed": 6,
        "ready": 6,
        "ready_confirmed": 6,
        "waterfall": waterfall(not_in_service=2, withdrawn=1, down_failure=1, operators_missing=1),
        "operators": staff(4, 3, 0, 1),
        "maintainers": staff(0, 0, 0, 0),
    }
    assert found == {
        "as_of": None,
        "known_at": None,
        "on": TODAY.isoformat(),
        "confirmation_days": 90,
        "by": "unit_model",
        "total": figures,
        "rows": [
            {"unit": unit, "model": radio, "agency": None, "component": None, **figures, "contract": False,
             "allotment": None}
        ],
    }  # fmt: skip
    ReadinessOut.model_validate(found)


async def test_everyone_who_may_see_a_unit_gets_the_same_figures_whoever_paid(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-shared")
    await component(owner, world, "cmp-other", ["tn-shared"])
    await Register(database, world).in_service(4, "tn-shared")
    await Register(database, world, "cmp-other").in_service(2, "tn-shared")
    for _ in range(2):
        await person(owner, world, "tn-shared", ("operator", world["radio"]))
    answers = [
        (await client.get(f"{READINESS}?unit=AG-TN-SHARED", headers=world.headers(account))).text
        for account in ("icmpd.manager", "italy.manager", "tn.focal", "auditor", "icmpd.procurement")
    ]
    assert len(set(answers)) == 1
    (row,) = orjson.loads(answers[0])["rows"]
    assert shown(row) == ("AG-TN-SHARED", "MOD-RADIO-1", None, None, 6, 6, 4, 4, 4)


async def test_components_share_out_what_a_unit_has(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-mixed")
    await component(owner, world, "cmp-a", ["tn-mixed"], ["icmpd", "italy"])
    await component(owner, world, "cmp-b", ["tn-mixed"])
    await Register(database, world, "cmp-a").in_service(4, "tn-mixed")
    await Register(database, world, "cmp-b").in_service(2, "tn-mixed")
    await person(owner, world, "tn-mixed", ("operator", world["radio"]))
    whole = await ask(client, world, "?unit=AG-TN-MIXED&by=component")
    expected = [
        (None, None, None, "CMP-A", 4, 4, 1, 1, 1),
        (None, None, None, "CMP-B", 2, 2, 1, 1, 1),
    ]
    assert [shown(row) for row in whole["rows"]] == expected
    assert (whole["total"]["held"], whole["total"]["ready"], whole["total"]["operators"]) == (6, 2, None)
    by_italy = await ask(client, world, "?unit=AG-TN-MIXED&by=component", by="italy.manager")
    hidden = (None, None, None, None, 2, 2, 1, 1, 1)
    assert [shown(row) for row in by_italy["rows"]] == [expected[0], hidden]
    rolled_up = await ask(client, world, "?component=CMP-A,CMP-B")
    assert (rolled_up["by"], [shown(row) for row in rolled_up["rows"]]) == ("component", expected)
    assert rolled_up["total"] == whole["total"]
    narrowed = await ask(
        client, world, f"?component=CMP-A&component={world['cmp-b']}&agency=AG-TN-DIRECTORATE&by=component"
    )
    assert narrowed["rows"] == rolled_up["rows"]
    summed = await ask(client, world, "?component=CMP-A&by=total")
    assert (summed["rows"], summed["total"]["held"], summed["total"]["ready"]) == ([], 4, 1)
    by_unit = await ask(client, world, "?component=CMP-B&by=unit_model")
    assert [shown(row) for row in by_unit["rows"]] == [("AG-TN-MIXED", "MOD-RADIO-1", None, None, 2, 2, 1, 1, 1)]
    assert [by_unit["rows"][0][name] for name in ("operators", "maintainers", "contract")] == [None, None, False]
    refused = await client.get(f"{READINESS}?component=CMP-B", headers=world.headers("italy.manager"))
    assert (refused.status_code, faults(refused)) == (422, [("/component", "reference_unknown")])


async def test_filters_have_the_names_that_they_have_in_lists(
    client: httpx.AsyncClient, world: World, database: Database
) -> None:
    await Register(database, world).in_service(1, "tn-sfax")
    named = {"unit": "AG-TN-SFAX", "agency": "AG-TN-DIRECTORATE", "component": "BMP-TN", "model": "MOD-RADIO-1"}
    for name, value in named.items():
        found = await ask(client, world, f"?{name}_id={value}&by=unit_model")
        assert found["total"]["held"] >= 1
        assert found == await ask(client, world, f"?{name}={value}&by=unit_model")
        refused = await client.get(f"{READINESS}?{name}_id=NONE", headers=world.headers("icmpd.manager"))
        assert faults(refused) == [(f"/{name}_id", "reference_unknown")]
        twice = await client.get(f"{READINESS}?{name}={value}&{name}_id=X", headers=world.headers("icmpd.manager"))
        assert [each["detail"] for each in twice.json()["errors"]] == [
            f"`{name}_id` and `{name}` are one filter: give it once."
        ]
    for name in ("unit", "agency"):
        by_id, short = [
            await ask(client, world, f"?{each}={named[name]}", path="/demand") for each in (f"{name}_id", name)
        ]
        assert by_id == short
    allotted = await client.get(
        f"{READINESS}?programme_id=BMP&expand=allotment", headers=world.headers("icmpd.manager")
    )
    assert allotted.status_code == 422


async def test_a_programme_is_the_sum_of_the_components_in_sight(
    client: httpx.AsyncClient, world: World, database: Database
) -> None:
    await Register(database, world, "morocco").in_service(1, "ma-nador")
    by_icmpd = await ask(client, world, "?programme=BMP")
    names = [row["component"]["reference"] for row in by_icmpd["rows"]]
    assert names == sorted(names)
    assert {"BMP-MA", "BMP-TN"} <= set(names)
    assert by_icmpd["total"]["held"] == sum(row["held"] for row in by_icmpd["rows"])
    by_italy = await ask(client, world, "?programme=BMP", by="italy.manager")
    assert "BMP-MA" not in {row["component"]["reference"] for row in by_italy["rows"]}
    kept = [row for row in by_icmpd["rows"] if row["component"]["reference"] in {"BMP-TN", "CMP-A"}]
    assert by_italy["rows"] == kept
    by_id = await ask(client, world, f"?programme={world['programme']}")
    assert by_id == by_icmpd
    assert await ask(client, world, "?programme_id=BMP") == by_icmpd
    one = await ask(client, world, "?programme_id=BMP&component=BMP-MA")
    assert [shown(row) for row in one["rows"]] == [(None, None, None, "BMP-MA", 1, 1, 0, 0, 0)]


async def test_a_component_counts_its_items_also_where_the_unit_is_out_of_sight(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-past", "")
    await component(owner, world, "cmp-past", ["tn-past"], ["icmpd"])
    await Register(database, world, "cmp-past").in_service(3, "tn-past")
    await owner.execute("UPDATE participations SET ends_at = now() WHERE component_id = $1", world["cmp-past"])
    hidden = (None, "MOD-RADIO-1", None, None, 3, 3, 0, 0, 0)
    found = await ask(client, world, "?component=CMP-PAST&by=unit_model")
    assert [shown(row) for row in found["rows"]] == [hidden]
    for by in ("unit", "agency"):
        found = await ask(client, world, f"?component=CMP-PAST&by={by}")
        assert [shown(row) for row in found["rows"]] == [(None, None, None, None, *hidden[4:])]
    refused = await client.get(f"{READINESS}?unit=AG-TN-PAST", headers=world.headers("icmpd.manager"))
    assert (refused.status_code, faults(refused)) == (422, [("/unit", "reference_unknown")])


async def test_a_beneficiary_sees_components_at_its_own_units_only(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "ma-oujda", "ma-directorate")
    await component(owner, world, "cmp-both", ["tn-directorate", "ma-directorate"])
    register = Register(database, world, "cmp-both")
    await register.in_service(1, "tn-zarzis")
    await register.in_service(2, "ma-oujda")
    found = await ask(client, world, "?component=CMP-BOTH", by="ma.focal")
    assert [shown(row) for row in found["rows"]] == [(None, None, None, "CMP-BOTH", 2, 2, 0, 0, 0)]
    whole = await ask(client, world, "?component=CMP-BOTH")
    assert whole["total"]["held"] == 3


async def test_agencies_add_up_their_units(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-region", leaf=False)
    await unit(owner, world, "tn-r1", "tn-region")
    await unit(owner, world, "tn-r2", "tn-region")
    boat = await model(owner, world, "MOD-A-BOAT", operators_n=2, priority=1)
    register = Register(database, world)
    await register.in_service(2, "tn-r1")
    await register.in_service(1, "tn-r2", model=boat)
    await person(owner, world, "tn-r1", ("operator", world["radio"]))
    await person(owner, world, "tn-r2", ("operator", boat))
    found = await ask(client, world, "?agency=AG-TN-REGION&by=agency")
    assert [shown(row) for row in found["rows"]] == [
        (None, None, "AG-TN-R1", None, 2, 2, 2, 2, 2),
        (None, None, "AG-TN-R2", None, 1, 1, 0, 0, 0),
        (None, None, "AG-TN-REGION", None, 3, 3, 2, 2, 2),
    ]
    assert found["rows"][2]["operators"] == staff(3, 1, 1, 1) == found["total"]["operators"]
    top = await ask(client, world, "?by=agency")
    names = [row["agency"]["reference"] for row in top["rows"]]
    assert {"AG-TN-DIRECTORATE", "AG-TN-REGION", "AG-TN-R1"} <= set(names)
    models = await ask(client, world, "?agency=AG-TN-REGION&by=model")
    assert [row["model"]["reference"] for row in models["rows"]] == ["MOD-A-BOAT", "MOD-RADIO-1"]
    units = await ask(client, world, "?agency=AG-TN-REGION&by=unit")
    assert [row["unit"]["reference"] for row in units["rows"]] == ["AG-TN-R1", "AG-TN-R2"]
    both = await ask(client, world, f"?agency=AG-TN-REGION&unit=AG-TN-R1,AG-TN-SFAX&model={boat},MOD-RADIO-1")
    assert [shown(row)[:2] for row in both["rows"]] == [("AG-TN-R1", "MOD-RADIO-1")]
    one = await ask(client, world, "?agency=AG-TN-REGION&model=MOD-A-BOAT")
    assert [shown(row)[:2] for row in one["rows"]] == [("AG-TN-R2", "MOD-A-BOAT")]


async def test_maintainers_may_stand_elsewhere_and_a_contract_sets_no_limit(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    engine = await model(owner, world, "MOD-ENGINE", operators_n=0, maintainers_n=1, maintainers_m=2)
    for name in ("tn-helped", "tn-base", "tn-contract"):
        await unit(owner, world, name)
    register = Register(database, world)
    await register.in_service(4, "tn-helped", model=engine)
    await register.in_service(2, "tn-base", model=engine)
    await register.in_service(3, "tn-contract", model=engine)
    for _ in range(2):
        await person(owner, world, "tn-base", ("maintainer", world["radio-type"]))
    alone = await ask(client, world, "?unit=AG-TN-HELPED")
    assert (alone["total"]["ready"], alone["total"]["maintainers"]) == (0, staff(2, 0, 0, 2))
    await support(owner, world, "tn-helped", "tn-base")
    await support(owner, world, "tn-contract")
    found = await ask(client, world, "?unit=AG-TN-HELPED&unit=AG-TN-CONTRACT&expand=allotment")
    assert [shown(row)[::4] for row in found["rows"]] == [("AG-TN-CONTRACT", 3, 3), ("AG-TN-HELPED", 4, 2)]
    contract, helped = found["rows"]
    assert (contract["contract"], contract["maintainers"]) == (True, staff(0, 0, 0, 0))
    assert (helped["contract"], helped["maintainers"]) == (False, staff(2, 1, 0, 1))
    assert helped["waterfall"] == waterfall(maintainers_missing=2)
    assert (len(helped["allotment"]["maintainers"]), helped["allotment"]["out_of_sight"]) == (1, 0)
    by_base = await ask(client, world, "?unit=AG-TN-HELPED&expand=allotment", by="tn.focal")
    assert by_base["rows"] == [helped]


async def test_support_from_out_of_sight_counts_and_is_not_named(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    pump = await model(owner, world, "MOD-PUMP", operators_n=0, maintainers_n=1)
    await unit(owner, world, "tn-far")
    await unit(owner, world, "ma-workshop", "ma-directorate")
    await Register(database, world).in_service(1, "tn-far", model=pump)
    helper = await person(owner, world, "ma-workshop", ("maintainer", pump))
    await support(owner, world, "tn-far", "ma-workshop", pump)
    label = f"T-{str(helper)[:8].upper()}"
    nobody: dict[str, Any] = {"operators": [], "operators_reserve": [], "maintainers_reserve": []}
    by_icmpd = await ask(client, world, "?unit=AG-TN-FAR&expand=allotment")
    assert by_icmpd["rows"][0]["allotment"] == {
        **nobody,
        "maintainers": [{"id": str(helper), "reference": str(helper), "label": label}],
        "out_of_sight": 0,
    }
    by_italy = await ask(client, world, "?unit=AG-TN-FAR&expand=allotment", by="italy.manager")
    assert by_italy["rows"][0]["allotment"] == {**nobody, "maintainers": [], "out_of_sight": 1}
    assert by_italy["total"] == by_icmpd["total"]
    assert by_italy["total"]["ready"] == 1


async def test_pseudonyms_are_for_those_who_read_trainees(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-people")
    await Register(database, world).in_service(2, "tn-people")
    operator = await person(owner, world, "tn-people", ("operator", world["radio"]), number=7)
    spare = await person(owner, world, "tn-people", ("operator", world["radio"]), number=8)
    path = f"{READINESS}?unit=AG-TN-PEOPLE&expand=allotment"
    answer = await client.get(path, headers=world.headers("tn.focal"))
    assert answer.headers["cache-control"] == "private, no-store"
    allotted = answer.json()["rows"][0]["allotment"]
    assert [each["id"] for each in allotted["operators"]] == [str(operator)]
    assert str(spare) not in answer.text
    for account in ("icmpd.procurement", "observer"):
        refused = await client.get(path, headers=world.headers(account))
        assert (refused.status_code, refused.json()["scope"]) == (403, "trainees:read")
    for more in ("&component=BMP-TN", "&programme=BMP", "&by=unit"):
        refused = await client.get(path + more, headers=world.headers("icmpd.manager"))
        assert refused.status_code == 422
    unexpanded = await client.get(path.partition("&")[0], headers=world.headers("icmpd.procurement"))
    assert (unexpanded.headers["cache-control"], str(operator) in unexpanded.text) == ("private, no-cache", False)


async def test_an_observer_is_told_no_number_of_people_under_five(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    gun = await model(owner, world, "MOD-OBSERVED", operators_n=1)
    await unit(owner, world, "tn-many")
    await unit(owner, world, "tn-few")
    register = Register(database, world)
    await register.in_service(5, "tn-many", model=gun)
    await register.in_service(4, "tn-few", model=gun)
    for name, n in (("tn-many", 5), ("tn-few", 4)):
        for _ in range(n):
            await person(owner, world, name, ("operator", gun))
    found = await ask(client, world, "?unit=AG-TN-MANY,AG-TN-FEW", by="observer")
    few, many = found["rows"]
    assert (few["ready"], few["operators"]) == (4, staff(4, None, None, None))
    assert (many["ready"], many["operators"]) == (5, staff(5, 5, None, None))
    assert found["total"]["operators"] == staff(9, None, None, None)
    whole = await ask(client, world, "?unit=AG-TN-MANY,AG-TN-FEW", by="icmpd.procurement")
    assert whole["total"]["operators"] == staff(9, 9, 0, 0)


async def test_people_count_once_by_what_holds_today(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-once")
    await unit(owner, world, "tn-other")
    siren = await model(owner, world, "MOD-SIREN", operators_n=1)
    skill = ("operator", siren)
    register = Register(database, world)
    await register.in_service(10, "tn-once", model=siren)
    yesterday, tomorrow = past(1), past(-1)
    await person(owner, world, "tn-once", skill, posted=(yesterday, TODAY))
    await person(owner, world, "tn-once", skill, posted=(tomorrow, None))
    await person(owner, world, "tn-once", skill, valid=(past(9), TODAY))
    await person(owner, world, "tn-once", skill, valid=(tomorrow, None))
    survivor = await person(owner, world, "tn-once", valid=(TODAY, tomorrow))
    merged = await person(owner, world, "tn-other", skill)
    await owner.execute("UPDATE trainees SET merged_into_id = $2, merged_at = now() WHERE id = $1", merged, survivor)
    erased = await person(owner, world, "tn-once", skill, valid=(TODAY, tomorrow))
    await owner.execute("UPDATE trainees SET erased_at = now() WHERE id = $1", erased)
    revoked = await person(owner, world, "tn-once")
    agency = world["tn-once"]
    await qualify(owner, revoked, agency, *skill, status="revoked", revoked_on=TODAY)
    refused = await person(owner, world, "tn-once")
    await qualify(owner, refused, agency, *skill, status="refused")
    later = await person(owner, world, "tn-once")
    await qualify(owner, later, agency, *skill, status="revoked", revoked_on=tomorrow)
    found = await ask(client, world, "?unit=AG-TN-ONCE&expand=allotment")
    allotted = {each["id"] for each in found["rows"][0]["allotment"]["operators"]}
    assert allotted == {str(survivor), str(erased), str(later)}
    assert found["total"]["crewed"] == 3


async def test_out_of_sight_is_unknown(client: httpx.AsyncClient, world: World) -> None:
    for account in ("ma.focal", "icmpd.morocco", "nobody"):
        for name, value in (("unit", "AG-TN-SFAX"), ("agency", "AG-TN-DIRECTORATE"), ("unit", str(world["tn-sfax"]))):
            answer = await client.get(f"{READINESS}?{name}={value}", headers=world.headers(account))
            assert (answer.status_code, faults(answer)) == (422, [(f"/{name}", "reference_unknown")])
        answer = await client.get(READINESS, headers=world.headers(account))
        assert answer.status_code == 200
        assert "AG-TN" not in answer.text
    empty = await ask(client, world, by="nobody")
    assert (empty["rows"], empty["total"]["held"], empty["total"]["operators"]) == ([], 0, staff(0, 0, 0, 0))
    other = await client.get(f"{READINESS}?programme=NOWHERE", headers=world.headers("icmpd.manager"))
    assert (other.status_code, faults(other)) == (422, [("/programme", "reference_unknown")])
    no_model = await client.get(f"{READINESS}?model=NOTHING", headers=world.headers("icmpd.manager"))
    assert (no_model.status_code, faults(no_model)) == (422, [("/model", "reference_unknown")])


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("?units=AG-TN-SFAX", "/units", "unknown_parameter"),
        ("?by=site", "/by", "literal_error"),
        ("?as_of=2999-01-01T00:00:00Z", "/as_of", None),
        ("?as_of=2099-01-01T00:00:00Z", "/as_of", "in_future"),
        ("?known_at=2099-01-01T00:00:00Z", "/known_at", "in_future"),
        ("?as_of=1/1/2024", "/as_of", None),
        ("?format=xml", "/format", "literal_error"),
        ("?expand=people", "/expand/0", "literal_error"),
    ],
)
async def test_a_wrong_question_is_refused(
    client: httpx.AsyncClient, world: World, query: str, pointer: str, code: str | None
) -> None:
    answer = await client.get(f"{READINESS}{query}", headers=world.headers("icmpd.manager"))
    assert answer.status_code == 422
    ((where, why),) = faults(answer)
    assert where == pointer
    assert code is None or why == code


async def test_rights_are_asked_first(client: httpx.AsyncClient, world: World) -> None:
    assert (await client.get(READINESS)).status_code == 401
    refused = await client.get(READINESS, headers=world.headers("root"))
    assert (refused.status_code, refused.json()["scope"]) == (403, "readiness:read")


async def test_rows_come_as_tables_too(
    client: httpx.AsyncClient, world: World, database: Database, owner: asyncpg.Connection
) -> None:
    await unit(owner, world, "tn-table")
    await owner.execute("UPDATE agencies SET name_fr = '=SUM(A1)' WHERE id = $1", world["tn-table"])
    await Register(database, world).items(2, "tn-table")
    path = f"{READINESS}?unit=AG-TN-TABLE"
    shown_as_json = (await client.get(path, headers=world.headers("icmpd.manager"))).json()
    lines = await client.get(f"{path}&format=jsonl", headers=world.headers("icmpd.manager"))
    assert lines.headers["content-type"].startswith("application/jsonl")
    assert [orjson.loads(line) for line in lines.text.splitlines()] == shown_as_json["rows"]
    headers = world.headers("icmpd.manager", Accept="text/csv", Accept_Language="fr")
    table = await client.get(path, headers=headers)
    assert table.headers["content-disposition"].startswith('attachment; filename="readiness.csv"')
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert row == {
        "unit_id": str(world["tn-table"]), "unit_reference": "AG-TN-TABLE", "unit_label": "'=SUM(A1)",
        "model_id": str(world["radio"]), "model_reference": "MOD-RADIO-1", "model_label": "Radio One",
        "held": "2", "functional": "0", "crewed": "0", "ready": "0", "ready_confirmed": "0",
        **{f"waterfall_{name}": str(n) for name, n in waterfall(not_in_service=2).items()},
        **{f"{kind}_{name}": "0" for kind in ("operators", "maintainers")
           for name in ("needed", "allotted", "reserve", "missing")},
        "operators_suppressed": "false", "maintainers_suppressed": "false",
    }  # fmt: skip
    sheet = await client.get(f"{path}&format=xlsx", headers=headers)
    assert sheet.headers["content-type"] == MEDIA_TYPE
    names, cells = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_name("readiness").to_python()
    typed = dict(zip(names, cells, strict=True))
    assert typed | {"unit_label": "'=SUM(A1)"} == {
        name: value == "true" if value in {"true", "false"} else int(value) if value.isdecimal() else value
        for name, value in row.items()
    }
    assert typed["unit_label"] == "=SUM(A1)"
    components = await client.get(f"{READINESS}?component=BMP-TN&format=csv", headers=world.headers("icmpd.manager"))
    (row,) = csv.DictReader(io.StringIO(components.text))
    assert (row["component_reference"], row["operators_needed"], row["operators_suppressed"]) == ("BMP-TN", "", "")
    refused = await client.get(path, headers=world.headers("icmpd.manager", Accept="application/pdf"))
    assert refused.status_code == 406


async def test_the_same_answer_is_not_sent_twice(client: httpx.AsyncClient, world: World) -> None:
    first = await client.get(f"{READINESS}?by=total", headers=world.headers("icmpd.manager"))
    headers = world.headers("icmpd.manager", If_None_Match="") | {"If-None-Match": first.headers["etag"]}
    assert (await client.get(f"{READINESS}?by=total", headers=headers)).status_code == 304


async def test_an_answer_with_too_many_rows_is_refused_but_not_as_a_table(
    client: httpx.AsyncClient, world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Register(database, world).items(1, "tn-zarzis")
    monkeypatch.setattr(readiness_rows, "MOST_ROWS", 0)
    path = f"{READINESS}?unit=AG-TN-ZARZIS"
    refused = await client.get(path, headers=world.headers("icmpd.manager"))
    assert (refused.status_code, faults(refused)) == (422, [("/format", "too_many_rows")])
    assert (await client.get(f"{path}&format=csv", headers=world.headers("icmpd.manager"))).status_code == 200
