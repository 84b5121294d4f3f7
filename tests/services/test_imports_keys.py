"""How rows find what they stand for: keys without what they are unique in, and keys that several have."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import openpyxl
import pytest

from app.security.keys import Keys
from app.settings import Settings
from tests.importing import Importer, counts
from tests.world import World

pytestmark = pytest.mark.anyio

SITE = {"kind": "port", "country": "TN", "name_en": "One"}
#: Two whose sites may have the same external id, and the agency that the second one's belongs to.
PLACES = ({"organisation": "ORG-ICMPD"}, {"organisation": "ORG-TN-COAST-GUARD", "agency": "AG-TN-SFAX"})


@pytest.fixture
def imports(client: httpx.AsyncClient, world: World, settings: Settings, keys: Keys) -> Importer:
    return Importer(client, world, settings, keys)


@pytest.mark.parametrize(
    ("resource", "text", "by", "missing"),
    [
        ("equipment", "external_id,note\nNO-1,x", "icmpd.manager", {"component_reference", "model_reference"}),
        ("equipment", "serial,note\nNO-1,x", "icmpd.manager", {"component_reference", "model_reference"}),
        ("sessions", "external_id,capacity\nNO-1,4", "icmpd.training", {"component_reference", "course_reference"}),
        ("trainees", "external_id\nNO-1", "icmpd.training", {"agency_reference", "name"}),
        ("sites", "external_id\nNO-1", "icmpd.manager", {"organisation_reference", "name_en"}),
        ("sites", "reference;kind;organisation;country\nSITE-N-1;port;ORG-ICMPD;TN", "icmpd.manager", {"name_en"}),
        ("agencies", "reference;organisation\nAG-N-1;ORG-ICMPD", "icmpd.manager", {"name_en"}),
    ],
)
async def test_a_key_that_is_nowhere_is_told_with_the_columns_that_are_missing(
    imports: Importer, resource: str, text: str, by: str, missing: set[str]
) -> None:
    answer = await imports.upload(text.encode(), resource, name="a.csv", by=by)
    await imports.work()
    found = await imports.faults(answer.json(), by=by)
    assert missing <= {column for _, column, code in found if code == "missing"}
    assert (await imports.get(f"/imports/{answer.json()['id']}", by=by))["state"] == "invalid"


async def test_an_external_id_finds_its_own_where_only_one_has_it(imports: Importer) -> None:
    item = {"component": "BMP-TN", "model": "MOD-RADIO-1", "serial": "K-1", "external_id": "only-one"}
    assert counts(await imports.run([item], "equipment", mode="commit")) == ("committed", 0, 1, 0, 0)
    short = [{"external_id": "only-one", "note": "seen"}]
    assert counts(await imports.run(short, "equipment", mode="commit")) == ("committed", 0, 0, 1, 0)
    assert counts(await imports.run(short, "equipment", mode="commit")) == ("committed", 0, 0, 0, 1)


async def test_an_external_id_that_several_organisations_use_changes_nothing_of_another(imports: Importer) -> None:
    """It is unique within an organisation; a nightly file is not stopped, or turned, by what another one adds."""
    rows: list[dict[str, Any]] = [
        SITE | {"reference": f"SITE-K-{n}", "external_id": "same"} | place for n, place in enumerate(PLACES)
    ]
    assert counts(await imports.run(rows[:1], "sites", mode="commit")) == ("committed", 0, 1, 0, 0)
    alone = [{"external_id": "same", "name_fr": "Un"}]
    assert counts(await imports.run(alone, "sites")) == ("valid", 0, 0, 1, 0)
    assert counts(await imports.run(rows[1:], "sites", mode="commit")) == ("committed", 0, 1, 0, 0)
    assert counts(await imports.run(rows, "sites", mode="commit")) == ("committed", 0, 0, 0, 2)
    made = await imports.run(alone, "sites", mode="commit")
    assert await imports.faults(made) == [(2, "external_id", "key_ambiguous")]
    second = [{"external_id": "same", "organisation": "ORG-TN-COAST-GUARD", "name_fr": "Deux"}]
    assert counts(await imports.run(second, "sites", mode="commit")) == ("committed", 0, 0, 1, 0)
    (change,) = await imports.changes(await imports.run([second[0] | {"name_fr": "Trois"}], "sites"))
    assert change["reference"] == "SITE-K-1"
    both = [rows[1] | {"name_fr": "Trois"}]
    assert counts(await imports.run(both, "sites", mode="commit")) == ("committed", 0, 0, 1, 0)


async def test_what_is_known_by_something_better_is_not_looked_for_by_an_external_id(imports: Importer) -> None:
    """It is unique within a component, or an organisation; what others have does not matter."""
    items = [
        {"component": "BMP-MA", "model": "MOD-RADIO-1", "serial": "B-1", "external_id": "better"},
        {"component": "BMP-TN", "model": "MOD-RADIO-1", "serial": "B-2"},
    ]
    for item in items:
        assert counts(await imports.run([item], "equipment", mode="commit")) == ("committed", 0, 1, 0, 0)
    by_serial = [{"model": "MOD-RADIO-1", "serial": "B-2", "external_id": "better"}]
    assert counts(await imports.run(by_serial, "equipment", mode="commit")) == ("committed", 0, 0, 1, 0)
    assert counts(await imports.run(by_serial, "equipment")) == ("valid", 0, 0, 0, 1)
    sites = [SITE | {"reference": f"SITE-B-{n}", "external_id": "better"} | place for n, place in enumerate(PLACES)]
    await imports.run(sites, "sites", mode="commit")
    by_reference = [{"reference": "SITE-B-0", "external_id": "better", "name_fr": "Un"}]
    assert counts(await imports.run(by_reference, "sites")) == ("valid", 0, 0, 1, 0)


async def test_each_row_says_for_itself_within_what_its_key_is_meant(imports: Importer) -> None:
    solo = SITE | {"reference": "SITE-S-1", "external_id": "solo", "organisation": "ORG-ICMPD"}
    await imports.run([solo], "sites", mode="commit")
    other = SITE | {"reference": "SITE-S-2", "external_id": "other", "organisation": "ORG-ICMPD"}
    rows = [{"external_id": "solo", "name_fr": "Un"}, other]
    lines = "\n".join(map(json.dumps, rows)).encode()
    answer = await imports.upload(lines, "sites", name="a.jsonl", mode="commit")
    await imports.work()
    assert counts(await imports.get(f"/imports/{answer.json()['id']}")) == ("committed", 0, 1, 1, 0)
    empty = [{"external_id": "solo", "organisation": "", "name_fr": "Deux"}]
    assert counts(await imports.run(empty, "sites")) == ("valid", 0, 0, 1, 0)


@pytest.mark.parametrize("said", ["true", "TRUE", "yes", "1", "vrai"])
async def test_a_truth_in_other_words_is_no_change(imports: Importer, said: str) -> None:
    row = SITE | {"reference": "SITE-TR-1", "organisation": "ORG-ICMPD"}
    await imports.run([row], "sites", mode="commit")
    assert counts(await imports.run([row | {"active": said}], "sites")) == ("valid", 0, 0, 0, 1)


@pytest.mark.parametrize("wrong", [1234567890123456789, "#N/A", "=A1"])
async def test_what_cannot_be_read_is_a_fault_until_it_is_given(imports: Importer, wrong: Any) -> None:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(["component", "model", "serial", "external_id"])
    book.active.append(["BMP-TN", "MOD-RADIO-1", wrong, "unread"])
    book.save(stream)
    content = stream.getvalue()
    for _ in range(2):
        answer = await imports.upload(content, "equipment", name="a.xlsx")
        await imports.work()
        ((row, column, _),) = await imports.faults(answer.json())
        assert (row, column) == (2, "serial")
        address = f"/api/v1/imports/{answer.json()['id']}/file?with=faults"
        content = (await imports.client.get(address, headers=imports.world.headers("icmpd.manager"))).content


async def test_columns_that_disagree_are_named(imports: Importer) -> None:
    rows = [SITE | {"reference": f"SITE-KD-{n}", "external_id": f"kd-{n}", "organisation": "ORG-ICMPD"} for n in (1, 2)]
    await imports.run(rows, "sites", mode="commit")
    made = await imports.run([rows[0] | {"external_id": "kd-2"}], "sites")
    (fault,) = (await imports.get(f"/imports/{made['id']}/faults"))["items"]
    assert fault["detail"] == (
        "The columns that identify the row name different things: reference, external_id and organisation."
    )


async def test_a_row_that_only_says_what_was_wrong_is_one_fault(imports: Importer) -> None:
    text = "reference;name_en;import_errors\n;;kind: wrong\n;;\nSITE-KD-9;;\n"
    answer = await imports.upload(text.encode(), "sites", name="a.csv")
    await imports.work()
    found = await imports.faults(answer.json())
    assert [fault for fault in found if fault[0] == 2] == [(2, None, "only_errors")]
    assert {row for row, _, _ in found} == {2, 4}


async def test_what_is_no_truth_is_told_beside_an_unknown_column(imports: Importer) -> None:
    rows = [SITE | {"reference": "SITE-KT-1", "organisation": "ORG-ICMPD", "active": "maybe", "kolour": "red"}]
    made = await imports.run(rows, "sites")
    assert await imports.faults(made) == [(1, "kolour", "unknown_column"), (2, "active", "bool_parsing")]


@pytest.mark.parametrize("form", [";", ",", "\t", "xlsx"])
@pytest.mark.parametrize("above", [[["Sites of 2026"]], [["Sites of 2026", "", "made by", "me"], [], ["draft"]]])
async def test_a_title_above_the_table_is_not_told_as_an_unknown_column(
    imports: Importer, form: str, above: list[list[str]]
) -> None:
    rows = [*above, [*SITE, "reference"], [*SITE.values(), "SITE-TT-1"]]
    if form != "xlsx":
        content = "\n".join(form.join(row) for row in rows).encode()
    else:
        book, stream = openpyxl.Workbook(), io.BytesIO()
        assert book.active is not None
        for number, row in enumerate(rows, start=1):
            for place, text in enumerate(row, start=1):
                book.active.cell(number, place, text or None)
        book.save(stream)
        content = stream.getvalue()
    answer = await imports.upload(content, "sites", name="a.xlsx" if form == "xlsx" else "a.csv")
    await imports.work()
    assert await imports.faults(answer.json()) == [(len(above) + 1, None, "header_below")]


async def test_a_table_of_other_columns_is_not_said_to_have_its_header_below(imports: Importer) -> None:
    answer = await imports.upload(b"colour;size\nred;kind\nblue;reference\n", "sites", name="a.csv")
    await imports.work()
    assert [code for _, _, code in await imports.faults(answer.json())] == ["unknown_column", "unknown_column"]
