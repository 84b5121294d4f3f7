"""Edits of what is there, column by column; and files that come back with what is wrong in them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import asyncpg
import httpx
import pytest

from app.documents import sheets
from app.documents.spreadsheets import open_xlsx
from app.documents.tables import open_csv
from app.security.keys import Keys
from app.services import imports_files
from app.settings import Settings
from tests.importing import Importer, as_csv, as_xlsx, counts
from tests.world import World, ident

pytestmark = pytest.mark.anyio

MANAGER = "icmpd.manager"
SITE = {"name_en": "One", "kind": "port", "organisation_reference": "ORG-ICMPD", "country": "TN"}
ITEM = {"component": "BMP-TN", "model": "MOD-RADIO-1"}


@pytest.fixture
def imports(client: httpx.AsyncClient, world: World, settings: Settings, keys: Keys) -> Importer:
    return Importer(client, world, settings, keys)


async def told(imports: Importer, made: dict[str, Any], which: str = "?with=faults") -> httpx.Response:
    return await imports.client.get(f"/api/v1/imports/{made['id']}/file{which}", headers=imports.world.headers(MANAGER))


def table_of(content: bytes, form: str) -> list[dict[str, Any]]:
    """The rows of a file that came back."""
    if form == "jsonl":
        return [json.loads(line) for line in content.splitlines()]
    if form == "csv":
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    table = open_xlsx(io.BytesIO(content))
    return [dict(zip(table.header, row.cells, strict=True)) for row in table.rows]


async def test_an_item_changes_its_carrier_or_says_why_it_does_not(imports: Importer) -> None:
    """Parents are changed one by one; what is refused keeps nothing of it, and nothing else from being looked at."""
    rows = [ITEM | {"external_id": f"par-{n}", "serial": f"PAR-{n}"} for n in range(4)]
    assert counts(await imports.run(rows, "equipment", mode="commit"))[0] == "committed"
    there = {each["external_id"]: each for each in (await imports.get("/equipment?limit=200"))["items"]}
    parents = {"par-0": there["par-1"]["reference"], "par-2": there["par-2"]["reference"], "par-3": "EQ-TN-1999-000001"}
    edits = [{"component": "BMP-TN", "external_id": name, "parent": parent} for name, parent in parents.items()]
    made = await imports.run(edits, "equipment", mode="commit")
    found = await imports.faults(made)
    assert found == [(3, None, "conflict"), (4, "parent", "reference_unknown")]
    assert (await imports.get(f"/equipment/{there['par-0']['id']}"))["parent"] is None
    made = await imports.run(edits[:1], "equipment", mode="commit")
    assert counts(made) == ("committed", 0, 0, 1, 0)
    detail = await imports.get(f"/equipment/{there['par-0']['id']}")
    assert detail["parent"]["id"] == there["par-1"]["id"]
    (change,) = await imports.changes(made)
    assert (change["reference"], change["after"]) == (there["par-0"]["reference"], {"parent_id": there["par-1"]["id"]})


async def test_references_and_prices_are_changed_emptied_and_refused(imports: Importer) -> None:
    suppliers = [{"reference": f"SUP-ED-{n}", "name_en": f"Supplier {n}"} for n in range(2)]
    await imports.run(suppliers, "suppliers", mode="commit")
    price = {"unit_price_amount": "10.00", "unit_price_currency": "EUR"}
    row = ITEM | {"external_id": "ed-1", "serial": "ED-1", "supplier": "SUP-ED-0", **price}
    await imports.run([row], "equipment", mode="commit")
    second = (await imports.get("/suppliers/SUP-ED-1"))["id"]
    key = {"component": "BMP-TN", "external_id": "ed-1"}
    made = await imports.run([key | {"unit_price_amount": "10.001", "unit_price_currency": "EUR"}], "equipment")
    assert [column for _, column, _ in await imports.faults(made)] == ["unit_price_amount"]
    third = str(imports.world["icmpd"])
    made = await imports.run([key | {"supplier_id": second, "supplier_reference": "SUP-ED-0"}], "equipment")
    assert counts(made) == ("valid", 0, 0, 1, 0), "whichever was edited counts"
    made = await imports.run([key | {"supplier_id": third, "supplier_reference": "SUP-ED-1"}], "equipment")
    assert {column for _, column, _ in await imports.faults(made)} == {"supplier_id"}
    changed = {"supplier": "SUP-ED-1", "unit_price_amount": "11.00", "unit_price_currency": "EUR"}
    made = await imports.run([key | changed], "equipment", mode="commit")
    assert counts(made) == ("committed", 0, 0, 1, 0), await imports.faults(made)
    emptied = {"supplier": "", "unit_price_amount": "", "unit_price_currency": ""}
    made = await imports.run([key | emptied], "equipment", mode="commit")
    assert counts(made) == ("committed", 0, 0, 1, 0), await imports.faults(made)
    (found,) = (await imports.get("/equipment?external_id=ed-1"))["items"]
    detail = await imports.get(f"/equipment/{found['id']}")
    assert (detail["supplier"], detail["unit_price"]) == (None, None)


async def test_keys_that_name_different_things_and_ids_that_are_none_say_so(imports: Importer) -> None:
    rows = [SITE | {"reference": f"SITE-KEY-{n}", "external_id": f"key-{n}"} for n in range(2)]
    await imports.run(rows, "sites", mode="commit")
    mixed = [
        SITE | {"reference": "SITE-KEY-0", "external_id": "key-1"},
        SITE | {"id": "not an id", "reference": "SITE-KEY-9", "kind": "palace"},
    ]
    made = await imports.run(mixed, "sites")
    assert await imports.faults(made) == [
        (2, None, "keys_disagree"), (3, "id", "uuid_parsing"), (3, "kind", "literal_error"),
    ]  # fmt: skip
    models = {"reference": "MOD-RADIO-1", "acceptance_tests": "[{", "priority": "0"}
    made = await imports.run([models], "equipment-models")
    assert {(column, code) for _, column, code in await imports.faults(made)} == {
        ("acceptance_tests", "json_broken"), ("priority", "greater_than_equal"),
    }  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
async def test_what_is_wrong_with_the_header_stands_with_the_first_row_and_shifts_none(
    imports: Importer, form: str
) -> None:
    rows = [SITE | {"reference": f"SITE-HD-{n}", "kind": "palace", "colour": "red"} for n in (1, 2)]
    lines = b"\n".join(json.dumps(row).encode() for row in rows)
    content = {"csv": as_csv(rows), "jsonl": lines, "xlsx": as_xlsx(rows)}[form]
    answer = await imports.upload(content, "sites", name=f"a.{form}")
    await imports.work()
    back = table_of((await told(imports, answer.json())).content, form)
    assert [row["reference"] for row in back] == ["SITE-HD-1", "SITE-HD-2"]
    header, own = str(back[0]["import_errors"]).splitlines()
    assert header.startswith(("" if form == "jsonl" else "row 1: ") + "colour: There is no such column")
    assert header.endswith("[unknown_column]")
    assert own.startswith("kind: This has to be one of")
    assert str(back[1]["import_errors"]) == own
    corrected = [{name: text for name, text in row.items() if name != "colour"} | {"kind": "port"} for row in back]
    again = await imports.run(corrected, "sites")
    assert counts(again) == ("valid", 0, 2, 0, 0), await imports.faults(again)


async def test_a_header_below_blank_rows_comes_back_above_them_and_rows_keep_their_numbers(imports: Importer) -> None:
    row = ";".join([*SITE.values(), "red", "SITE-HB-1"])
    content = f"\n;;;\n{';'.join([*SITE, 'colour', 'reference'])}\n{row.replace('port', 'palace')}\n".encode()
    answer = await imports.upload(content, "sites", name="a.csv")
    await imports.work()
    assert await imports.faults(answer.json()) == [(3, "colour", "unknown_column"), (4, "kind", "literal_error")]
    back = open_csv(io.BytesIO((await told(imports, answer.json())).content))
    (only,) = back.rows
    assert (only.number, back.header[-1]) == (4, "import_errors")
    header, own = str(only.cells[-1]).splitlines()
    assert header.startswith("row 1: colour: ")
    assert own.startswith("kind: ")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_what_is_wrong_with_the_header_of_no_rows_has_a_line_of_its_own(imports: Importer, form: str) -> None:
    content = b"reference,name_en,kind,colour\n" if form == "csv" else as_xlsx([dict.fromkeys(("reference", "colour"))])
    answer = await imports.upload(content, "sites", name=f"a.{form}")
    await imports.work()
    back = (await told(imports, answer.json())).content
    (row,) = table_of(back, form)
    assert str(row["import_errors"]).startswith("# row 1: colour: There is no such column")
    answer = await imports.upload(back, "sites", name=f"a.{form}")
    await imports.work()
    assert await imports.faults(answer.json()) == [(1, "colour", "unknown_column")], "such a line is no row"


async def test_an_unknown_key_is_told_at_the_first_line_that_has_it(imports: Importer) -> None:
    lines: list[dict[str, Any]] = [SITE | {"reference": f"SITE-UK-{n}"} for n in range(1, 1_203)]
    for n in (2, 700, 1_100):
        lines[n - 1]["kind"] = "palace"
    lines[699] |= {"colour": "red"}
    lines[899] |= {"colour": "blue", "shape": "round"}
    answer = await imports.upload("\n".join(map(json.dumps, lines)).encode(), "sites", name="a.jsonl")
    await imports.work()
    assert await imports.faults(answer.json()) == [
        (2, "kind", "literal_error"), (700, "colour", "unknown_column"), (700, "kind", "literal_error"),
        (900, "shape", "unknown_column"), (1_100, "kind", "literal_error"),
    ]  # fmt: skip
    back = [json.loads(line)["import_errors"] for line in (await told(imports, answer.json())).text.splitlines()]
    assert [n for n, text in enumerate(back, 1) if text] == [2, 700, 900, 1_100]
    assert back[899].startswith("shape: There is no such column")
    mostly = b'{"reference": "SITE-UK-1"}\n{"colour": "red"}\n'
    answer = await imports.upload(mostly, "sites", name="a.jsonl")
    await imports.work()
    assert await imports.faults(answer.json()) == [(2, "colour", "unknown_column")]


async def test_lines_of_json_come_back_with_what_they_have_and_nothing_else(imports: Importer) -> None:
    """A member that a line leaves out stays as it is; given back as null, it would be emptied by the next import."""
    there = SITE | {"reference": "SITE-JL-1", "un_locode": "TNTUN"}
    await imports.run([there], "sites", mode="commit")
    lines: list[dict[str, Any]] = [
        {"reference": "SITE-JL-1", "kind": "palace"},
        {"reference": "SITE-JL-2", "un_locode": None, **SITE},
    ]
    broken = b'{"reference": "SITE-JL-3", "kind": port}'
    file = b"\n".join([*(json.dumps(line).encode() for line in lines), broken, b"7"])
    answer = await imports.upload(file, "sites", name="a.jsonl")
    await imports.work()
    first, second, third, fourth = map(json.loads, (await told(imports, answer.json())).text.splitlines())
    assert first == lines[0] | {"import_errors": first["import_errors"]}
    assert first["import_errors"].startswith("kind: This has to be one of: port, ")
    assert second == lines[1] | {"import_errors": None}
    assert third == {
        "import_errors": f"row: This line is no JSON object. [json_broken]\nThis stood there: {broken.decode()}"
    }
    assert fourth["import_errors"].endswith("This stood there: 7")
    corrected = [first | {"kind": "port"}, second, json.loads(broken.replace(b"port", b'"port"')) | SITE]
    answer = await imports.upload(
        "\n".join(map(json.dumps, corrected)).encode(), "sites", name="a.jsonl", mode="commit"
    )
    await imports.work()
    made = await imports.get(f"/imports/{answer.json()['id']}")
    assert counts(made) == ("committed", 0, 2, 0, 1), await imports.faults(made)
    assert (await imports.get("/sites/SITE-JL-1"))["un_locode"] == "TNTUN"


async def test_a_key_that_a_line_says_twice_is_a_fault_until_it_is_said_once(imports: Importer) -> None:
    twice = json.dumps(SITE | {"reference": "SITE-TW-1", "un_locode": "x"})[:-1] + ', "kind" : "post"}'
    fine = json.dumps(SITE | {"reference": "SITE-TW-2", "name_fr": 'le soir : "à": 20:00'})
    told_both = json.dumps(SITE | {"reference": "SITE-TW-3", "names": {"en": "Another"}})
    inside = '{"reference": "MOD-RADIO-1", "acceptance_tests": [{"name": "a", "name": "b"}], "priority": 0}'
    answer = await imports.upload(f"{twice}\n{fine}\n{told_both}".encode(), "sites", name="a.jsonl")
    await imports.work()
    for _ in range(2):  # the file that comes back says it again, and its own column of errors once more
        assert set(await imports.faults(answer.json())) == {
            (1, "kind", "repeated_column"), (1, "un_locode", "string_pattern_mismatch"),
            (3, "name_en", "repeated_column"),
        }  # fmt: skip
        back = (await told(imports, answer.json())).content
        assert back.startswith(twice[:-1].encode())
        answer = await imports.upload(back, "sites", name="a.jsonl")
        await imports.work()
    answer = await imports.upload(inside.encode(), "equipment-models", name="a.jsonl")
    await imports.work()
    found = await imports.faults(answer.json())
    assert {(1, None, "repeated_column"), (1, "priority", "greater_than_equal")} <= set(found)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_blank_lines_come_back_so_that_rows_keep_their_numbers(imports: Importer, form: str) -> None:
    rows = [SITE | {"reference": f"SITE-BL-{n}", "kind": "palace"} for n in (1, 2, 3)]
    blank: dict[str, Any] = dict.fromkeys(rows[0])
    with_blanks = [blank, rows[0], blank, blank, *rows[1:], blank]
    content = as_csv(with_blanks) if form == "csv" else as_xlsx(with_blanks)
    for _ in range(2):
        answer = await imports.upload(content, "sites", name=f"a.{form}")
        await imports.work()
        assert [row for row, _, _ in await imports.faults(answer.json())] == [3, 6, 7]
        content = (await told(imports, answer.json())).content


async def test_blank_lines_between_lines_of_json_come_back_too(imports: Importer) -> None:
    wrong = [json.dumps(SITE | {"reference": f"SITE-BJ-{n}", "kind": "palace"}) for n in (1, 2)]
    content = "\n".join(["", wrong[0], "", "  ", wrong[1]]).encode()
    for _ in range(2):
        answer = await imports.upload(content, "sites", name="a.jsonl")
        await imports.work()
        assert [row for row, _, _ in await imports.faults(answer.json())] == [2, 5]
        content = (await told(imports, answer.json())).content


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
async def test_what_stands_under_no_name_is_not_dropped(imports: Importer, form: str) -> None:
    rows = [SITE | {"reference": "SITE-NN-1", "": "lost"}, SITE | {"reference": "SITE-NN-2", "": ""}]
    lines = "\n".join(map(json.dumps, rows)).encode()
    content = lines if form == "jsonl" else as_csv(rows) if form == "csv" else as_xlsx(rows)
    answer = await imports.upload(content, "sites", name=f"a.{form}")
    await imports.work()
    first = 1 if form == "jsonl" else 2
    assert await imports.faults(answer.json()) == [(first, None, "beside_the_table")]
    back = (await told(imports, answer.json())).content
    again = await imports.upload(back, "sites", name=f"a.{form}")
    await imports.work()
    assert await imports.faults(again.json()) == [(first, None, "beside_the_table")]


async def test_of_a_file_that_cannot_be_read_to_its_end_no_part_comes_back(imports: Importer) -> None:
    """Corrected and imported, it would be taken for all of it."""
    answer = await imports.upload(b'reference;kind\nSITE-CU-1;port\nSITE-CU-2;"po\n', "sites", name="a.csv")
    await imports.work()
    back = await told(imports, answer.json())
    assert (back.status_code, back.json()["errors"][0]["code"]) == (422, "file_truncated")
    assert back.json()["detail"].endswith("correct the file as it was uploaded.")
    assert (await told(imports, answer.json(), "")).status_code == 200


async def test_what_was_told_of_a_line_is_told_once(imports: Importer) -> None:
    content = b'{"reference": "SITE-PU-1", "kind": "port", "kind": "post"}'
    for _ in range(3):
        answer = await imports.upload(content, "sites", name="a.jsonl")
        await imports.work()
        content = (await told(imports, answer.json())).content
        assert content.count(b"import_errors") == 1
        assert content.startswith(b'{"reference": "SITE-PU-1", "kind": "port", "kind": "post","import_errors":')


async def test_an_emptied_cell_that_is_required_is_missing_of_old_rows_as_of_new_ones(imports: Importer) -> None:
    row = SITE | {"reference": "SITE-EM-1"}
    await imports.run([row], "sites", mode="commit")
    for sent in (row | {"name_en": ""}, row | {"name_en": "", "reference": "SITE-EM-2"}):
        made = await imports.run([sent], "sites")
        (found,) = (await imports.get(f"/imports/{made['id']}/faults"))["items"]
        assert (found["column"], found["code"]) == ("name_en", "missing")
        assert found["detail"].startswith("A value is required here")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_cells_beside_the_table_are_a_fault_until_they_are_taken_away(imports: Importer, form: str) -> None:
    """Somebody who corrects another row and imports the file again has not said that they may be dropped."""
    names = [*SITE, "reference"]
    wide = [*SITE.values(), "SITE-BE-1", "", "left over", "=too"]
    rows = [names, wide, [*SITE.values(), "SITE-BE-2"]]
    if form == "csv":
        content = "\n".join(";".join(row) for row in rows).encode()
    else:
        sheet = sheets.Workbook("rows", [(name, "text") for name in names])
        content = sheet.rows(sheets.lines_of(rows[1:])) + sheet.end()
    for _ in range(2):
        answer = await imports.upload(content, "sites", name=f"a.{form}")
        await imports.work()
        assert await imports.faults(answer.json()) == [(2, None, "beside_the_table")]
        content = (await told(imports, answer.json())).content
    table = (open_csv if form == "csv" else open_xlsx)(io.BytesIO(content))
    assert table.header == [*names, "import_errors"]
    first, second = table.rows
    assert (first.beside, second.beside) == ((None, "left over", "=too"), ())
    assert str(first.cells[-1]).endswith("This stood there: left over; =too")


async def test_long_lines_come_back_a_few_at_a_time_and_short_enough_to_be_read(
    imports: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathered: list[int] = []
    real = imports_files._some

    def some(source: Any) -> Any:
        made = real(source)
        gathered.append(len(made))
        return made

    quotes = '"' * 3_600_000
    grown = json.dumps(SITE | {"reference": "SITE-LL-9", "name_ar": "é" * 300_000})
    lines = [
        *("{" + quotes for _ in range(3)),
        *(json.dumps(SITE | {"name_fr": "x" * 600_000}) for _ in range(4)),
        grown,
    ]
    answer = await imports.upload("\n".join(lines).encode(), "sites", name="a.jsonl")
    await imports.work()
    monkeypatch.setattr(imports_files, "_some", some)
    back = (await told(imports, answer.json())).content.splitlines()
    assert (len(back), gathered) == (8, [1, 1, 1, 2, 2, 1, 0])
    assert max(map(len, back)) < 2_000_000
    error = json.loads(back[0])["import_errors"]
    assert error.endswith('""… [cut here: whole in the file as it was uploaded]')
    assert len(error) < 33_000
    nested = '{"reference": "MOD-RADIO-1", "acceptance_tests": ["' + '", "'.join('\\"' for _ in range(600_000)) + '"]}'
    answer = await imports.upload(nested.encode(), "equipment-models", name="a.jsonl")
    await imports.work()
    grown_too_long = (await told(imports, answer.json())).content
    assert b"too long to come back" in grown_too_long, "with its quotes escaped once more"
    answer = await imports.upload(grown_too_long, "equipment-models", name="a.jsonl")
    await imports.work()
    assert await imports.faults(answer.json()) == [(1, None, "only_errors")]


async def test_a_long_file_comes_back_whole_with_its_faults_at_their_rows(imports: Importer) -> None:
    many = 1_203
    rows = [SITE | {"reference": f"SITE-LONG-{n}", "kind": "port" if n % 400 else "palace"} for n in range(many)]
    made = await imports.run(rows, "sites")
    assert counts(made)[:3] == ("invalid", 4, many - 4)
    back = list(csv.DictReader(io.StringIO((await told(imports, made)).content.decode("utf-8-sig"))))
    assert [row["reference"] for row in back] == [row["reference"] for row in rows]
    assert [n for n, row in enumerate(back) if row["import_errors"]] == [0, 400, 800, 1200]
    assert back[400]["import_errors"].startswith("kind: This has to be one of: port, ")


async def test_before_the_job_has_ended_nothing_was_found(imports: Importer, owner: asyncpg.Connection) -> None:
    made = (await imports.upload(as_csv([SITE | {"reference": "SITE-SOON-1"}]), "sites")).json()
    early = await told(imports, made)
    assert (early.status_code, early.json()["errors"][0]["code"]) == (422, "not_validated")
    assert (await told(imports, made, "")).status_code == 200
    path, headers = f"/api/v1/imports/{made['id']}", imports.world.headers(MANAGER, If_Match=str(made["version"]))
    for answer in (
        await imports.client.post(f"{path}/commit", headers=imports.world.headers(MANAGER)),
        await imports.client.delete(path, headers=headers),
    ):
        assert (answer.status_code, answer.json()["job"]) == (409, made["job"]["id"])
    nobody = f"/api/v1/imports/{ident()}"
    assert (await imports.client.post(f"{nobody}/commit", headers=headers)).status_code == 404
    assert (await imports.client.delete(nobody, headers=headers)).status_code == 404
    await owner.execute("DELETE FROM imports WHERE id = $1::text::uuid", made["id"])
    await imports.work()
    assert (await imports.job(made))["state"] == "failed"
