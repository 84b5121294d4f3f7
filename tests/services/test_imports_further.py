"""Every bad cell in one round: a wrong cell hides no other one, and no check that needs it is told."""

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

OFFICER = "icmpd.training"
SITE = {
    "reference": "SITE-F-1",
    "name_en": "One",
    "kind": "port",
    "organisation_reference": "ORG-ICMPD",
    "country": "TN",
}
BENEFICIARY = "ORG-TN-COAST-GUARD"
AGENCY = {"reference": "AG-F-1", "name_en": "One", "organisation": BENEFICIARY, "country": "TN",
          "parent": "AG-TN-DIRECTORATE", "is_unit": "true"}  # fmt: skip
MODEL = {"reference": "MOD-F-1", "name_en": "One", "type": "COM-RADIO", "manufacturer": "Somebody"}
COURSE = {"reference": "CRS-F-1", "name_en": "One", "kind": "operation", "languages": "fr"}
SESSION = {"component": "BMP-TN", "course": "CRS-RADIO-OP", "starts_on": "2026-03-02", "ends_on": "2026-03-06",
           "half_days": "8", "language": "fr", "external_id": "f-1"}  # fmt: skip
ITEM = {"component": "BMP-TN", "model": "MOD-RADIO-1", "serial": "F-0001", "external_id": "f-1", "stage": "delivered",
        "custody_organisation": "ORG-ICMPD", "custody_site": "SITE-STORE"}  # fmt: skip
PERSON = {"name": "Farida Further", "agency_reference": "AG-TN-SFAX", "grade_band": "officer", "sex": "female",
          "language": "fr", "external_id": "f-1"}  # fmt: skip


@pytest.fixture
def imports(client: httpx.AsyncClient, world: World, settings: Settings, keys: Keys) -> Importer:
    return Importer(client, world, settings, keys)


Found = set[tuple[str | None, str]]
CASES: dict[str, tuple[str, dict[str, Any], Found]] = {
    "a kind and what the service asks of the agency": (
        "sites",
        SITE | {"kind": "palace", "organisation_reference": BENEFICIARY},
        {("kind", "literal_error"), ("agency_reference", "agency_missing")},
    ),
    "a reference that is taken, behind a name and a country": (
        "sites",
        SITE | {"reference": "SITE-OTHERS-F", "name_en": "x" * 201, "country": "Tunisia", "external_id": "f-other"},
        {("name_en", "string_too_long"), ("country", "string_pattern_mismatch")},
    ),
    "an agency is not checked against an organisation that is unknown": (
        "sites",
        SITE | {"organisation_reference": "ORG-NOBODY", "agency_reference": "AG-TN-SFAX", "un_locode": "x"},
        {("organisation_reference", "reference_unknown"), ("un_locode", "string_pattern_mismatch")},
    ),
    "two look-ups of one service": (
        "sites",
        SITE | {"reference": "site", "organisation_reference": BENEFICIARY, "agency_reference": ""},
        {("reference", "string_pattern_mismatch"), ("agency_reference", "agency_missing")},
    ),
    "an organisation that has no agencies, and a country": (
        "agencies",
        AGENCY | {"organisation": "ORG-ICMPD", "country": "Tunisia"},
        {("organisation", "not_a_beneficiary"), ("country", "string_pattern_mismatch")},
    ),
    "a parent that is a unit, and a name": (
        "agencies",
        AGENCY | {"parent": "AG-TN-SFAX", "name_fr": "x" * 201},
        {("name_fr", "string_too_long"), ("is_unit", "unit_is_leaf")},
    ),
    "a controlled model without its number, and a number": (
        "equipment-models",
        MODEL | {"controlled": "true", "priority": "0", "operators_persons": "many"},
        {("priority", "greater_than_equal"), ("operators_persons", "int_parsing"),
         ("control_reference", "control_reference_missing")},
    ),
    "whether it is controlled is not known": (
        "equipment-models",
        MODEL | {"controlled": "perhaps", "type": "COM-RADO"},
        {("controlled", "bool_parsing"), ("type", "reference_unknown")},
    ),
    "what a course covers, and its kind": (
        "courses",
        COURSE | {"kind": "fun", "covers": '[{"model": "MOD-NONE"}]'},
        {("kind", "literal_error"), ("covers", "reference_unknown")},
    ),
    "a language that the course is not given in, behind days and a number": (
        "sessions",
        SESSION | {"language": "it", "half_days": "many", "ends_on": "2026-02-01"},
        {("language", "not_offered"), ("half_days", "int_parsing"), ("ends_on", "value_error")},
    ),
    "days the wrong way round, and a language": (
        "sessions",
        SESSION | {"language": "it", "ends_on": "2026-02-01"},
        {("language", "not_offered"), ("ends_on", "value_error")},
    ),
    "a language of a course that is unknown": (
        "sessions",
        SESSION | {"language": "it", "course": "CRS-NONE", "capacity": "0"},
        {("course", "reference_unknown"), ("capacity", "greater_than_equal")},
    ),
    "an arrival without its place, and a price": (
        "equipment",
        ITEM | {"custody_site": "", "unit_price_amount": "12,50", "unit_price_currency": "EUR"},
        {("custody_site", "missing"), ("unit_price_amount", "string_pattern_mismatch")},
    ),
    "a number with a wrong digit, and a model": (
        "equipment",
        ITEM | {"model": "MOD-NONE", "identifiers": '[{"scheme": "imei", "value": "490154203237517"}]'},
        {("model", "reference_unknown"), ("identifiers", "invalid_check_digit")},
    ),
    "a supplier, a price of an unknown kind, and a number": (
        "equipment",
        ITEM | {"supplier": "SUP-NONE", "note": "x" * 2001, "external_id": "x" * 201},
        {("supplier", "reference_unknown"), ("note", "string_too_long"), ("external_id", "string_too_long")},
    ),
    "nothing to tell it again by, and a price": (
        "equipment",
        {"component": "BMP-TN", "model": "MOD-RADIO-1", "unit_price_amount": "12,50", "unit_price_currency": "EUR",
         "custody_site": "SITE-NONE"},
        {(None, "key_missing"), ("unit_price_amount", "string_pattern_mismatch"),
         ("custody_site", "reference_unknown")},
    ),
    "a day to come, behind a stage and a component": (
        "equipment",
        ITEM | {"component": "BMP-NONE", "stage": "gone", "occurred_at": "2099-01-01T00:00:00Z"},
        {("component", "reference_unknown"), ("stage", "literal_error"), ("occurred_at", "in_the_future")},
    ),
    "a day to come, behind a stage that only a document leads to": (
        "equipment",
        ITEM | {"stage": "accepted", "occurred_at": "2099-01-01T00:00:00Z"},
        {("stage", "literal_error"), ("occurred_at", "in_the_future")},
    ),
    "a day to come, behind such a stage and without custody": (
        "equipment",
        {"component": "BMP-TN", "model": "MOD-RADIO-1", "external_id": "f-1", "stage": "accepted",
         "occurred_at": "2099-01-01"},
        {("stage", "literal_error"), ("occurred_at", "in_the_future")},
    ),
    "a row that may be there already lacks nothing": (
        "equipment",
        {"component": "BMP-NONE", "external_id": "f-1", "note": "x" * 2001, "condition": "up"},
        {("component", "reference_unknown"), ("note", "string_too_long")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
async def test_all_that_is_wrong_is_told_at_once(imports: Importer, case: str) -> None:
    resource, row, expected = CASES[case]
    made = await imports.run([row], resource)
    found = await imports.faults(made)
    assert {(column, code) for _, column, code in found} == expected
    assert len(found) == len(expected) == made["faults"]


UNKNOWN: dict[str, tuple[str, dict[str, Any], Found]] = {
    "a kind, and a country that is not asked for": (
        "sites",
        {"reference": "SITE-U-1", "name_en": "One", "kind": "palace", "organisation": "ORG-ICMPD", "cuntry": "TN"},
        {("cuntry", "unknown_column"), ("kind", "literal_error")},
    ),
    "what is empty in a column that is there": (
        "sites",
        SITE | {"name_en": "", "colour": "red", "un_locode": "x"},
        {("colour", "unknown_column"), ("name_en", "missing"), ("un_locode", "string_pattern_mismatch")},
    ),
    "a key that is written otherwise": (
        "sites",
        {"refrence": "SITE-STORE", "name_en": "One", "kind": "port", "organisation": "ORG-ICMPD", "country": "Tunisia",
         "active": "false"},
        {("refrence", "unknown_column"), ("country", "string_pattern_mismatch")},
    ),
    "another spelling of a reference, whose id is empty": (
        "sites",
        {"reference": "SITE-U-2", "name_en": "One", "kind": "port", "organisation_id": "", "organisation_ref": "X",
         "country": "TN"},
        {("organisation_ref", "unknown_column")},
    ),
    "what an agency may say": (
        "sites",
        SITE | {"organisation_reference": BENEFICIARY, "agency_refrence": "AG-TN-SFAX"},
        {("agency_refrence", "unknown_column")},
    ),
    "half a price, a day to come and an empty reference": (
        "equipment",
        ITEM | {"unit_price_amount": "1.50", "curency": "EUR", "occurred_at": "2099-01-01", "custody_site": ""},
        {("curency", "unknown_column"), ("occurred_at", "in_the_future")},
    ),
    "custody that may stand in another column": (
        "equipment",
        {name: text for name, text in ITEM.items() if name != "custody_site"} | {"site": "SITE-STORE", "note": "x"},
        {("site", "unknown_column")},
    ),
    "a month that there is not": (
        "equipment",
        {"component": "BMP-TN", "serial": "F-1", "model": "MOD-RADIO-1", "occurred_at": "2026-13-01", "zzz": "x"},
        {("zzz", "unknown_column"), ("occurred_at", "datetime_from_date_parsing")},
    ),
    "no instant at all": (
        "equipment",
        {"component": "BMP-TN", "serial": "F-1", "model": "MOD-RADIO-1", "occurred_at": "rubbish", "zzz": "x"},
        {("zzz", "unknown_column"), ("occurred_at", "value_error")},
    ),
    "no day at all, beside a unit without its parent": (
        "agencies",
        {"reference": "AG-U-1", "name_en": "One", "organisation": BENEFICIARY, "country": "TN", "is_unit": "perhaps",
         "zzz": "x"},
        {("zzz", "unknown_column"), ("is_unit", "bool_parsing")},
    ),
    "days and a number whose columns are not all there": (
        "sessions",
        {"component": "BMP-TN", "external_id": "u-1", "language": "fr", "half_days": "many", "ends_on": "2026-02-30",
         "zzz": "x"},
        {("zzz", "unknown_column"), ("half_days", "int_parsing"), ("ends_on", "date_from_datetime_parsing")},
    ),
    "a day before one that is not told": (
        "sessions",
        SESSION | {"ends_on": "2026-02-01", "zzz": "x"},
        {("zzz", "unknown_column"), ("ends_on", "value_error")},
    ),
    "mostly unknown": (
        "sites",
        {"kind": "palace", "colour": "red"},
        {("colour", "unknown_column")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("mode", ["validate", "commit"])
@pytest.mark.parametrize("case", UNKNOWN)
async def test_an_unknown_column_hides_no_wrong_cell(imports: Importer, case: str, mode: str) -> None:
    resource, row, expected = UNKNOWN[case]
    made = await imports.run([row], resource, mode=mode)
    found = await imports.faults(made)
    assert {(column, code) for _, column, code in found} == expected
    assert (len(found), made["state"]) == (len(expected), "invalid")


async def test_the_same_is_told_in_whatever_row(imports: Importer) -> None:
    wrong = {"organisation_reference": BENEFICIARY, "agency_reference": ""}
    rows = [SITE | {"reference": f"SITE-R-{n}"} for n in range(2, 101)]
    for n in (2, 10, 62, 100):
        rows[n - 2] |= wrong | {"reference": f"site {n}"}
    assert [(row, column) for row, column, _ in await imports.faults(await imports.run(rows, "sites"))] == [
        (n, column) for n in (2, 10, 62, 100) for column in ("reference", "agency_reference")
    ]


async def test_a_name_that_is_none_is_told_beside_an_unknown_agency(imports: Importer) -> None:
    row = PERSON | {"name": "Farida 1", "agency_reference": "AG-NONE", "external_id": "12345678", "confirm_new": "x"}
    made = await imports.run([row], "trainees", by=OFFICER)
    assert {(column, code) for _, column, code in await imports.faults(made, by=OFFICER)} == {
        ("agency_reference", "reference_unknown"), ("confirm_new", "bool_parsing"), ("name", "invalid_name"),
        ("external_id", "identity_number"),
    }  # fmt: skip


async def test_what_is_taken_is_told_beside_what_is_wrong(imports: Importer, owner: asyncpg.Connection) -> None:
    await imports.run([SITE | {"reference": "SITE-F-TAKEN", "external_id": "f-a"}], "sites", mode="commit")
    rows = [
        SITE | {"id": "0192aaaa-0000-7000-8000-000000000001", "reference": "SITE-F-2", "external_id": "f-b"},
        SITE | {"reference": "SITE-F-2", "external_id": "f-c", "kind": "palace", "un_locode": "x"},
        SITE | {"reference": "SITE-F-3", "external_id": "f-c", "kind": "palace"},
        SITE | {"reference": "SITE-F-4", "external_id": "f-d", "kind": "palace"},
    ]
    made = await imports.run(rows, "sites", mode="commit")
    assert await imports.faults(made) == [
        (3, None, "repeated_row"), (3, "kind", "literal_error"), (3, "un_locode", "string_pattern_mismatch"),
        (4, None, "repeated_row"), (4, "kind", "literal_error"),
        (5, "kind", "literal_error"),
    ]  # fmt: skip
    assert not await owner.fetchval("SELECT count(*) FROM sites WHERE reference LIKE 'SITE-F-_'")
    details = [each["detail"] for each in (await imports.get(f"/imports/{made['id']}/faults"))["items"]]
    assert details[0] == "The same as in row 2: reference says so."
    assert details[3] == "The same as in row 3: external_id says so."


async def test_an_identifier_that_is_registered_is_told_beside_a_price(imports: Importer) -> None:
    number = '[{"scheme": "imei", "value": "490154203237518"}]'
    await imports.run([ITEM | {"identifiers": number, "serial": "", "external_id": "f-10"}], "equipment", mode="commit")
    row = ITEM | {"identifiers": number, "serial": "", "external_id": "f-11", "custody_site": "",
                  "unit_price_amount": "1,5", "unit_price_currency": "EUR"}  # fmt: skip
    for mode in ("validate", "commit"):
        made = await imports.run([row], "equipment", mode=mode)
        assert {(column, code) for _, column, code in await imports.faults(made)} == {
            ("identifiers", "taken"), ("custody_site", "missing"), ("unit_price_amount", "string_pattern_mismatch"),
        }  # fmt: skip


async def test_edits_are_tried_without_their_wrong_cells(imports: Importer) -> None:
    there = ITEM | {"serial": "F-0100", "external_id": "f-100", "title_reference": "ORG-ICMPD"}
    assert counts(await imports.run([there], "equipment", mode="commit"))[0] == "committed"
    row = {"component": "BMP-TN", "external_id": "f-100", "stage": "in_service", "note": "x" * 2001, "supplier": "S",
           "condition": "down", "condition_reason": "", "serial": "F-OTHER"}  # fmt: skip
    made = await imports.run([row], "equipment")
    assert {(column, code) for _, column, code in await imports.faults(made)} == {
        ("stage", "transition_not_allowed"), ("note", "string_too_long"), ("supplier", "reference_unknown"),
        ("condition_reason", "missing"), ("serial", "read_only"),
    }  # fmt: skip
    await imports.run([SITE | {"reference": "SITE-F-50", "name_fr": "Un"}], "sites", mode="commit")
    row = {"reference": "SITE-F-50", "name_fr": "x" * 201, "name_en": "", "kind": "palace", "country": "MA"}
    made = await imports.run([row], "sites")
    assert {(column, code) for _, column, code in await imports.faults(made)} == {
        ("name_fr", "string_too_long"), ("name_en", "missing"), ("kind", "literal_error"), ("country", "read_only"),
    }  # fmt: skip


async def test_a_text_that_is_wrong_by_itself_is_told_of_what_is_there_too(imports: Importer) -> None:
    there = ITEM | {"serial": "F-0300", "external_id": "f-300"}
    await imports.run([there], "equipment", mode="commit")
    row = there | {"component": "BMP-NONE", "external_id": "x" * 201}
    assert {(column, code) for _, column, code in await imports.faults(await imports.run([row], "equipment"))} == {
        ("component", "reference_unknown"), ("external_id", "string_too_long"),
    }  # fmt: skip


async def test_people_are_looked_at_beside_a_wrong_cell_and_told_of_once(
    imports: Importer, owner: asyncpg.Connection
) -> None:
    await imports.run([PERSON], "trainees", by=OFFICER, mode="commit")
    before = await owner.fetchval("SELECT count(*) FROM identity_reads")
    posted = {"posting_starts_on": "2026-01-01"}
    rows = [
        PERSON | {"external_id": "f-2", "sex": "both", "posting_unit": "AG-TN-DIRECTORATE", **posted},
        PERSON | {"external_id": "f-3", "name": "Farida 123", "posting_unit": "AG-NONE", **posted},
        PERSON | {"external_id": "f-4", "agency_reference": "AG-NONE", "sex": "both"},
    ]
    made = await imports.run(rows, "trainees", by=OFFICER)
    found = await imports.faults(made, by=OFFICER)
    assert (2, "sex", "literal_error") in found
    assert (2, "name", "possible_duplicate") in found
    assert [column for row, column, _ in found if row == 2].count("posting_unit") == 1, found
    assert {column for row, column, _ in found if row == 3} == {"name", "posting_unit"}, found
    assert {column for row, column, _ in found if row == 4} == {"agency_reference", "sex"}, found
    assert await owner.fetchval("SELECT count(*) FROM identity_reads") == before + 1


async def test_a_row_that_meets_something_says_what_and_how(imports: Importer, owner: asyncpg.Connection) -> None:
    there = ITEM | {"serial": "F-0200", "external_id": "f-200"}
    await imports.run([there], "equipment", mode="commit")
    reference = await owner.fetchval("SELECT reference FROM items WHERE external_id = 'f-200'")
    elsewhere = [there | {"component": "BMP-MA", "external_id": ""}, there | {"model": "MOD-RADIO-1"}]
    made = await imports.run(elsewhere, "equipment")
    first, second = (await imports.get(f"/imports/{made['id']}/faults"))["items"]
    assert (first["column"], first["code"]) == ("component", "read_only")
    assert first["detail"] == (
        "This cannot be changed by an import; leave it as it was. "
        f"The row stands for {reference}, which it met by serial and model."
    )
    assert second["detail"] == (
        f"The same as in row 2: both stand for {reference}, which this one met by external_id and component."
    )


async def test_what_everything_new_begins_with_may_be_said(imports: Importer) -> None:
    beginnings: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
        "sites": (SITE | {"reference": "SITE-B-1"}, {"active": "TRUE"}),
        "agencies": (AGENCY | {"reference": "AG-B-1"}, {"active": "VRAI"}),
        "suppliers": ({"reference": "SUP-B-1", "name_en": "One"}, {"active": "true"}),
        "courses": (COURSE | {"reference": "CRS-B-1"}, {"active": "true", "edition": "1"}),
        "sessions": (SESSION | {"external_id": "b-1"}, {"status": "planned"}),
        "equipment": (ITEM | {"serial": "B-0001", "external_id": "b-1"}, {"condition": "unknown"}),
    }
    for resource, (row, said) in beginnings.items():
        made = await imports.run([row | said], resource, mode="commit")
        assert counts(made) == ("committed", 0, 1, 0, 0), (resource, await imports.faults(made))
    others = {"active": "false", "edition": "2", "condition": "up", "status": "running"}
    for resource, (row, said) in beginnings.items():
        new = {name: text.replace("B-1", "B-2").replace("B-0001", "B-0002") for name, text in row.items()}
        made = await imports.run([new | {"external_id": "b-2"} | {name: others[name] for name in said}], resource)
        assert {(column, code) for _, column, code in await imports.faults(made)} == {
            (name, "read_only") for name in said
        }, resource


async def rename(imports: Importer, path: str, names: dict[str, str]) -> None:
    there = await imports.get(path)
    headers = imports.world.headers("icmpd.manager", If_Match=str(there["version"]))
    answer = await imports.client.patch(f"/api/v1{path}", json={"names": names}, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_a_label_from_before_a_renaming_is_no_fault_and_an_edited_one_is(imports: Importer) -> None:
    await imports.run([SITE | {"reference": "SITE-L-1", "name_en": "Old store", "name_fr": "Vieux dépôt"}], "sites",
                      mode="commit")  # fmt: skip
    there = ITEM | {"serial": "L-0001", "external_id": "l-1", "custody_site": "SITE-L-1"}
    await imports.run([there], "equipment", mode="commit")
    answer = await imports.client.get(
        "/api/v1/equipment?external_id=l-1&format=csv",
        headers=imports.world.headers("icmpd.manager", Accept_Language="fr"),
    )
    exported = answer.content
    assert "Vieux dépôt".encode() in exported
    for name in ("New store", "Newer store"):
        await rename(imports, "/sites/SITE-L-1", {"en": name, "fr": f"{name} en français"})
        again = await imports.run(exported, "equipment", mode="commit")
        assert counts(again) == ("committed", 0, 0, 0, 1), await imports.faults(again)
    by_hand = {"external_id": "l-1", "component": "BMP-TN", "custody_site": "SITE-L-1"}
    for label in ("New store", "Newer store en français"):
        made = await imports.run([by_hand | {"custody_site_label": label}], "equipment")
        assert counts(made) == ("valid", 0, 0, 0, 1), label
    for beside in ({"custody_site": ""}, {"custody_site_reference": ""}):  # what it is called is all that is said
        told = {"external_id": "l-1", "component": "BMP-TN", "custody_site_label": "New store", **beside}
        assert await imports.faults(await imports.run([told], "equipment")) == [(2, "custody_site_label", "read_only")]
    made = await imports.run([by_hand | {"custody_site_label": "Central store"}], "equipment")
    assert await imports.faults(made) == [(2, "custody_site_label", "read_only")]
    own = [{"reference": "SITE-L-1", "label": "Old store"}, {"reference": "SITE-STORE", "label": "Old store"}]
    assert await imports.faults(await imports.run(own, "sites")) == [(3, "label", "read_only")]
