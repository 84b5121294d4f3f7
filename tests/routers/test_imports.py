"""Imports over HTTP, from the upload to what was written, for the plain resources."""

from __future__ import annotations

import asyncio
import io
import json
import os
import tempfile
import time
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import xlsxwriter

from app.documents.spreadsheets import open_xlsx
from app.security.keys import Keys
from app.services.jobs_running import run_one
from app.settings import Settings
from tests.house.background import desk
from tests.importing import Importer, as_csv, as_xlsx, counts
from tests.world import World, ident

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
    empty = await imports.run([site(1, active="")], "sites", mode="commit")
    assert counts(empty) == ("committed", 0, 0, 0, 1), "an empty cell of what cannot be empty says nothing"
    wrong = await imports.run([site(3, country="Tunisia")], "sites")
    for each in (made, wrong):
        refused = await imports.client.post(
            f"/api/v1/imports/{each['id']}/commit", headers=imports.world.headers("icmpd.manager")
        )
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert counts(await imports.get(f"/imports/{made['id']}")) == ("committed", 0, 2, 0, 0), (
        "what was written stays told"
    )
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


@pytest.mark.parametrize(
    ("encoding", "delimiter", "name"),
    [
        ("utf-8", ",", "Caserne d'Oued Éllil, près de l'hôtel"),
        ("utf-8-sig", ";", "Officina di Città; capacità più alta"),
        ("utf-8", "\t", "ورشة صفاقس"),
        ("cp1252", ";", "Atelier de Bizerte – côté œst"),
        ("cp1256", ",", "ميناء جرجيس"),
    ],
)
async def test_texts_come_in_whatever_they_are_written_in(
    imports: Importer, encoding: str, delimiter: str, name: str
) -> None:
    key = f"SITE-ENC-{encoding.upper()}-{ord(delimiter)}"
    row = site(0, reference=key, name_en=name, external_id=key)
    named = {"encoding": encoding} if encoding.startswith("cp") else {}
    made = await imports.run(as_csv([row], delimiter, encoding), "sites", mode="commit", **named)
    assert counts(made) == ("committed", 0, 1, 0, 0), await imports.faults(made)
    assert (await imports.get(f"/sites/{key}"))["names"]["en"] == name


async def test_another_encoding_is_asked_for_by_name(imports: Importer) -> None:
    made = await imports.run(as_csv([site(0, name_en="côté")], ";", "cp1252"), "sites")
    assert (await imports.faults(made), made["rows"]) == ([(0, None, "encoding_wrong")], 0)


def _zipped(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def _opened(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _bomb() -> bytes:
    return _zipped({**_opened(as_xlsx([site(1)])), "xl/media/big.bin": bytes(30_000_000)})


def _macros() -> bytes:
    return _zipped({**_opened(as_xlsx([site(1)])), "xl/vbaProject.bin": b"code"})


def _entities() -> bytes:
    parts = _opened(as_xlsx([site(1)]))
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        b"<workbook", b'<!DOCTYPE w [<!ENTITY a "aaaa">]><workbook', 1
    )
    return _zipped(parts)


FILES: dict[str, tuple[bytes, str, list[tuple[int, str | None, str]]]] = {
    "zip bomb": (_bomb(), "a.xlsx", [(0, None, "file_unfolds")]),
    "macros": (_macros(), "a.xlsx", [(0, None, "file_has_macros")]),
    "entities": (_entities(), "a.xlsx", [(0, None, "file_not_taken")]),
    "cut in the middle": (as_xlsx([site(1)])[:3000], "a.xlsx", [(0, None, "file_truncated")]),
    "open quote": (b'reference,name_en\nA,"never closed\n', "a.csv", [(0, None, "file_truncated")]),
    "quote inside": (b'reference,name_en\nA,"a"b\n', "a.csv", [(0, None, "csv_broken")]),
    "no header": (b"\n\n", "a.csv", [(0, None, "header_missing")]),
    "utf-16": ("reference\nA".encode("utf-16"), "a.csv", [(0, None, "encoding_wrong")]),
    "broken json": (
        b'{"kind": "port", "id": "x"}\n{"reference"\n',
        "a.jsonl",
        [
            (1, "id", "uuid_parsing"),
            (2, None, "json_broken"),
        ],
    ),
    "json arrays": (b"[1]\n\n{}{}\n", "a.jsonl", [(1, None, "json_broken"), (3, None, "json_broken")]),
    "unknown column": (b"reference,colour\nA,red\n", "a.csv", [(1, "colour", "unknown_column")]),
    "column twice": (b"reference,reference\nA,A\n", "a.csv", [(1, "reference", "repeated_column")]),
}


@pytest.mark.parametrize("case", FILES)
async def test_files_that_cannot_be_read_say_why(imports: Importer, case: str) -> None:
    content, name, expected = FILES[case]
    answer = await imports.upload(content, "sites", name=name)
    await imports.work()
    made = await imports.get(f"/imports/{answer.json()['id']}")
    assert (made["state"], await imports.faults(made)) == ("invalid", expected)
    assert (await imports.job(made))["state"] == "succeeded"


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "empty_file"),
        (b"\xd0\xcf\x11\xe0", "a.xls", "file_not_taken"),
        (b"x", "a.xlsx", "file_truncated"),
    ],
)
async def test_what_is_no_table_is_refused_at_once(imports: Importer, content: bytes, name: str, code: str) -> None:
    answer = await imports.upload(content, "sites", name=name)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    assert (await imports.upload(b"a", "planets")).json()["errors"][0]["code"] == "unknown_value"


async def test_a_wrong_field_of_the_form_is_named(imports: Importer) -> None:
    answer = await imports.client.post(
        "/api/v1/imports",
        data={"resource": "sites", "colour": "red", "mode": "comit"},
        files={"file": ("a.csv", b"reference")},
        headers=imports.world.headers("icmpd.manager"),
    )
    assert answer.status_code == 422
    assert sorted((e["pointer"], e["code"], e["detail"]) for e in answer.json()["errors"]) == [
        (
            "/colour",
            "extra_forbidden",
            "There is no such field here. Known fields: file, resource, mode, format, encoding, delimiter.",
        ),
        ("/mode", "literal_error", "This has to be one of: validate, commit. Did you mean commit?"),
    ]


async def test_cells_that_nobody_can_store_are_named(imports: Importer) -> None:
    rows = [
        site(21, name_en="a\x00b"),
        site(22, name_en="x" * 40_000),
        site(23, name_en="@SUM(A1)"),
        site(24, name_en="'=1 is no formula"),
    ]
    made = await imports.run(rows, "sites")
    assert await imports.faults(made) == [
        (2, "name_en", "text_unusable"),
        (3, "name_en", "too_long"),
        (4, "name_en", "formula"),
    ]
    beside = await imports.run(b"reference,name_en\nA,B,C\n", "suppliers")
    assert (2, None, "beside_the_table") in await imports.faults(beside)


async def test_formulas_of_a_spreadsheet_are_refused_where_they_stand(imports: Importer) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["reference", "name_en"])
        sheet.write_row(1, 0, ["SUP-F-1", "Fine"])
        sheet.write_string(2, 0, "SUP-F-2")
        sheet.write_formula(2, 1, '=HYPERLINK("http://x")', None, "Click")
    answer = await imports.upload(target.getvalue(), "suppliers", name="a.xlsx")
    await imports.work()
    assert (3, "name_en", "formula") in await imports.faults(answer.json())


async def test_a_spreadsheet_is_corrected_by_its_error_column(
    imports: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made while it is sent: nothing of what stood in the file lies on disk meanwhile."""

    put_by: list[bytes] = []

    class Watched(io.BytesIO):
        def write(self, data: Any) -> int:
            put_by.append(bytes(data))
            return super().write(data)

    def named(*_arguments: object, **_more: object) -> None:
        raise AssertionError("a file with a name is made")

    rows = [site(31, kind="palace"), site(32), site(33, country="Tunisia")]
    answer = await imports.upload(as_xlsx(rows), "sites", name="places.xlsx")
    await imports.work()
    monkeypatch.setattr(tempfile, "TemporaryFile", Watched)
    monkeypatch.setattr(tempfile, "mkstemp", named)
    back = await imports.client.get(
        f"/api/v1/imports/{answer.json()['id']}/file?with=faults", headers=imports.world.headers("icmpd.manager")
    )
    monkeypatch.undo()
    assert not [piece for piece in put_by if piece.startswith(b"PK") or b"<row" in piece], "of a spreadsheet"
    assert back.headers["content-disposition"].startswith('attachment; filename="sites-with-faults.xlsx"')
    table = open_xlsx(io.BytesIO(back.content))
    assert table.header[-1] == "import_errors"
    found = [dict(zip(table.header, row.cells, strict=True)) for row in table.rows]
    assert [bool(row["import_errors"]) for row in found] == [True, False, True]
    assert str(found[0]["import_errors"]).startswith("kind: ")
    assert "palace" not in str(found[0]["import_errors"])
    found[0]["kind"], found[2]["country"] = "post", "TN"
    answer = await imports.upload(as_xlsx(found), "sites", name="places.xlsx", mode="commit")
    await imports.work()
    assert counts(await imports.get(f"/imports/{answer.json()['id']}")) == ("committed", 0, 3, 0, 0)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_other_files_come_back_with_their_errors_too(imports: Importer, form: str) -> None:
    rows = [site(41), site(42, kind="palace")]
    lines = b"\n".join(json.dumps(row).encode() for row in rows)
    answer = await imports.upload(lines if form == "jsonl" else as_csv(rows), "sites", name=f"a.{form}")
    await imports.work()
    headers = imports.world.headers("icmpd.manager")
    back = await imports.client.get(f"/api/v1/imports/{answer.json()['id']}/file?with=faults", headers=headers)
    assert "kind: This has to be one of: port, post, workshop, store, academy, office." in back.text.replace("\\", "")
    assert "import_errors" in back.text
    again = await imports.run(back.content.replace(b"palace", b"port"), "sites")
    assert counts(again)[:2] == ("valid", 0)
    plain = await imports.client.get(f"/api/v1/imports/{answer.json()['id']}/file", headers=headers)
    assert plain.content == (lines if form == "jsonl" else as_csv(rows))


async def test_edits_show_before_and_after_and_read_only_cells_are_no_way_in(imports: Importer) -> None:
    await imports.run([site(51), site(52)], "sites", mode="commit")
    there = await imports.get("/sites/SITE-IMP-51")
    row = {"id": there["id"], "reference": "SITE-IMP-51", "name_fr": "Atelier neuf", "kind": "post", "version": 1}
    made = await imports.run([row], "sites")
    assert counts(made) == ("valid", 0, 0, 1, 0)
    (change,) = await imports.changes(made)
    assert (change["row"], change["object_id"]) == (2, there["id"])
    assert change["before"] == {"name_fr": "Atelier 51", "kind": "workshop"}
    assert change["after"] == {"name_fr": "Atelier neuf", "kind": "post"}
    made = await imports.run([row | {"version": "", "label": ""}], "sites", mode="commit")
    assert counts(made) == ("committed", 0, 0, 1, 0)
    after = await imports.get("/sites/SITE-IMP-51")
    assert (after["names"]["fr"], after["names"]["en"], after["kind"], after["version"]) == (
        "Atelier neuf", "Workshop 51", "post", 2,
    )  # fmt: skip
    edited = {**row, "reference": "SITE-OTHER", "country": "MA", "version": 7, "label": "Something"}
    made = await imports.run([{**edited, "organisation_reference": "ORG-ITALY"}], "sites")
    assert sorted(column or "" for _, column, _ in await imports.faults(made)) == [
        "country", "label", "organisation_reference", "reference", "version",
    ]  # fmt: skip
    assert {(code, column == "version") for _, column, code in await imports.faults(made)} == {
        ("read_only", False), ("changed_meanwhile", True),
    }  # fmt: skip


async def test_an_id_and_a_reference_that_differ_say_so(imports: Importer) -> None:
    row = site(61, organisation_id=str(imports.world["italy"]))
    made = await imports.run([row], "sites")
    assert [code for _, _, code in await imports.faults(made)] == ["references_disagree"]


async def test_a_parent_stands_above_its_children(imports: Importer) -> None:
    rows = [
        {"reference": "AG-IMP-1", "name_en": "One", "organisation": "ORG-TN-COAST-GUARD", "country": "TN",
         "parent": "AG-TN-DIRECTORATE", "is_unit": "FAUX"},
        {"reference": "AG-IMP-2", "name_en": "Two", "organisation": "ORG-TN-COAST-GUARD", "country": "TN",
         "parent": "AG-IMP-1", "is_unit": "VRAI"},
    ]  # fmt: skip
    made = await imports.run(rows, "agencies", mode="commit")
    assert counts(made) == ("committed", 0, 2, 0, 0), await imports.faults(made)
    assert (await imports.get("/agencies/AG-IMP-2"))["parent"]["reference"] == "AG-IMP-1"


async def test_an_import_is_its_uploaders_alone(imports: Importer, owner: asyncpg.Connection) -> None:
    made = await imports.run([site(71, kind="palace")], "sites")
    for path in ("", "/faults", "/changes", "/file", "/file?with=faults"):
        for other in ("icmpd.manager2", "root", "auditor", "italy.manager"):
            answer = await imports.client.get(
                f"/api/v1/imports/{made['id']}{path}", headers=imports.world.headers(other)
            )
            assert answer.status_code == 404, (path, other)
    answer = await imports.client.post(
        f"/api/v1/imports/{made['id']}/commit", headers=imports.world.headers("icmpd.manager2")
    )
    assert answer.status_code == 404
    assert (await imports.upload(b"a", "sites", by="observer")).status_code == 403
    stored = list((imports.settings.data / "files" / "imports").iterdir())
    assert all(b"Workshop" not in each.read_bytes() for each in stored)
    assert await owner.fetchval("SELECT count(*) FROM import_faults WHERE detail LIKE '%palace%'") == 0


async def test_imports_are_deleted_and_forgotten_with_their_files(imports: Importer, owner: asyncpg.Connection) -> None:
    folder = imports.settings.data / "files" / "imports"
    kept, late = await imports.run([site(81)], "sites"), await imports.run([site(82)], "sites")
    gone = await imports.run([site(83)], "sites")
    headers = imports.world.headers("icmpd.manager", If_Match=str(gone["version"]))
    stale = imports.world.headers("icmpd.manager", If_Match="77")
    assert (await imports.client.delete(f"/api/v1/imports/{gone['id']}", headers=stale)).status_code == 412
    assert (await imports.client.delete(f"/api/v1/imports/{gone['id']}", headers=headers)).status_code == 204
    await owner.execute("UPDATE imports SET expires_at = now() - interval '1 s' WHERE id = $1", UUID(late["id"]))
    await forget(imports, owner)
    assert {each.name for each in folder.iterdir()} & {kept["id"], late["id"], gone["id"]} == {kept["id"]}
    assert await owner.fetchval("SELECT count(*) FROM imports WHERE id = $1", UUID(late["id"])) == 0


async def forget(imports: Importer, owner: asyncpg.Connection) -> None:
    """What the deployment asks of itself every hour."""
    job = ident()
    await owner.execute("INSERT INTO jobs (id, kind, scopes, max_attempts) VALUES ($1, 'imports.forget', '{}', 3)", job)
    await owner.execute("INSERT INTO job_details (job_id) VALUES ($1)", job)
    await imports.work()


@asynccontextmanager
async def commits_fail(owner: asyncpg.Connection, what: str) -> AsyncIterator[None]:
    """Every COMMIT after an INSERT or DELETE of an import is refused."""
    await owner.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$; "
        f"CREATE CONSTRAINT TRIGGER refuse AFTER {what} ON imports DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    try:
        yield
    finally:
        await owner.execute("DROP TRIGGER refuse ON imports; DROP FUNCTION refuse()")


async def test_a_file_whose_upload_was_not_committed_is_removed_a_day_later(
    imports: Importer, owner: asyncpg.Connection
) -> None:
    folder = imports.settings.data / "files" / "imports"
    kept = await imports.run([site(84)], "sites")
    before = set(folder.iterdir())
    async with commits_fail(owner, "INSERT"):
        for _ in range(2):
            assert (await imports.upload(as_csv([site(85)]), "sites")).status_code == 500
    old, young = set(folder.iterdir()) - before
    yesterday = time.time() - 90_000
    for each in (old, folder / kept["id"]):
        os.utime(each, (yesterday, yesterday))
    (folder / "notes.txt").write_text("not ours")
    os.utime(folder / "notes.txt", (yesterday, yesterday))
    await forget(imports, owner)
    assert set(folder.iterdir()) == {*before, young, folder / "notes.txt"}
    (folder / "notes.txt").unlink()
    young.unlink()


async def test_a_deletion_that_was_not_committed_keeps_the_file(imports: Importer, owner: asyncpg.Connection) -> None:
    made = await imports.run([site(86)], "sites")
    headers = imports.world.headers("icmpd.manager", If_Match=str(made["version"]))
    async with commits_fail(owner, "DELETE"):
        assert (await imports.client.delete(f"/api/v1/imports/{made['id']}", headers=headers)).status_code == 500
    path = f"/api/v1/imports/{made['id']}"
    answer = await imports.client.get(f"{path}/file", headers=headers)
    assert (answer.status_code, answer.content) == (200, as_csv([site(86)]))
    assert (await imports.client.delete(path, headers=headers)).status_code == 204
    assert not (imports.settings.data / "files" / "imports" / made["id"]).exists()


async def test_rights_that_are_gone_at_the_commit_are_gone(imports: Importer, owner: asyncpg.Connection) -> None:
    made = await imports.run([site(91)], "sites", by="icmpd.manager2")
    headers = imports.world.headers("icmpd.manager2")
    answer = await imports.client.post(f"/api/v1/imports/{made['id']}/commit", headers=headers)
    assert answer.status_code == 202
    account = imports.world.accounts["icmpd.manager2"]
    await owner.execute("UPDATE grants SET role = 'observer' WHERE account_id = $1", account)
    try:
        await imports.work()
        row = await owner.fetchrow("SELECT state, problem->>'code' AS code FROM jobs WHERE id = $1",
                                   UUID(answer.json()["job"]["id"]))  # fmt: skip
        assert tuple(row) == ("failed", "requester_not_allowed")
        assert not await owner.fetchval("SELECT count(*) FROM sites WHERE reference = 'SITE-IMP-91'")
    finally:
        await owner.execute("UPDATE grants SET role = 'programme_manager' WHERE account_id = $1", account)


async def test_two_imports_at_once_do_not_write_twice(imports: Importer, owner: asyncpg.Connection) -> None:
    rows = [site(100 + n) for n in range(20)]
    made = [(await imports.upload(as_csv(rows), "sites", mode="commit")).json() for _ in range(2)]
    async with desk(imports.settings, imports.keys) as one, desk(imports.settings, imports.keys) as two:
        await asyncio.gather(run_one(one), run_one(two))
    await imports.work()  # a worker that asks while another one is choosing finds nothing, and asks again
    found = sorted([counts(await imports.get(f"/imports/{each['id']}")) for each in made])
    assert found == [("committed", 0, 0, 0, 20), ("committed", 0, 20, 0, 0)]
    assert await owner.fetchval("SELECT count(*) FROM sites WHERE reference LIKE 'SITE-IMP-1__'") == 20


async def test_other_peoples_things_are_unknown_in_every_reference(imports: Importer) -> None:
    """Morocco is none of the Italian ministry's business: its ids and references are as good as made up."""
    world = imports.world
    theirs = {
        "equipment": {"component": "BMP-MA", "custody_site": "SITE-MA-NADOR"},
        "sessions": {"component": str(world["morocco"]), "site": str(world["site-ma-nador"])},
        "sites": {"agency": "AG-MA-NADOR"},
        "agencies": {"parent": str(world["ma-directorate"])},
        "trainees": {"agency": "AG-MA-NADOR"},
    }
    for resource, row in theirs.items():
        made = await imports.run([{"external_id": "x", **row}], resource, by="italy.manager")
        faults = await imports.faults(made, by="italy.manager")
        assert {column for _, column, code in faults if code == "reference_unknown"} == set(row), (resource, faults)


async def test_what_was_created_is_named_once_it_is_there(imports: Importer, owner: asyncpg.Connection) -> None:
    rows = [site(120), site(121), site(122)]
    made = await imports.run(rows, "sites")
    (one,) = await imports.changes(made)
    assert (one["row"], one["last_row"], one["object_id"], one["reference"]) == (2, 4, None, None)
    refused = await imports.run([*rows, site(123, kind="palace"), site(124)], "sites", mode="commit")
    assert [(each["row"], each["last_row"], each["object_id"]) for each in await imports.changes(refused)] == [
        (2, 4, None),
        (6, 6, None),
    ]
    chosen = str(ident())
    made = await imports.run([site(120), site(121, id=chosen), site(122)], "sites", mode="commit")
    told = await imports.changes(made)
    assert [(each["row"], each["outcome"], each["reference"]) for each in told] == [
        (2, "created", "SITE-IMP-120"), (3, "created", "SITE-IMP-121"), (4, "created", "SITE-IMP-122"),
    ]  # fmt: skip
    assert told[1]["object_id"] == chosen
    for each in told:
        assert (await imports.get(f"/sites/{each['object_id']}"))["reference"] == each["reference"]
    mixed = [site(120), site(121, name_en="Other"), site(122), site(125)]
    made = await imports.run(mixed, "sites", mode="commit")
    assert [(each["row"], each["outcome"], each["reference"]) for each in await imports.changes(made)] == [
        (2, "unchanged", None), (3, "changed", "SITE-IMP-121"), (4, "unchanged", None), (5, "created", "SITE-IMP-125"),
    ]  # fmt: skip
    items = [{"component": "BMP-TN", "model": "MOD-RADIO-1", "external_id": f"named-{n}"} for n in range(2)]
    told = await imports.changes(await imports.run(items, "equipment", mode="commit"))
    found = await owner.fetch("SELECT id, reference FROM items WHERE external_id LIKE 'named-%' ORDER BY external_id")
    assert [(each["object_id"], each["reference"]) for each in told] == [(str(row[0]), row[1]) for row in found]


async def test_faults_and_changes_are_numbered_in_each_import(imports: Importer) -> None:
    """A number of all imports would tell how much others bring in."""
    for by in ("icmpd.manager", "icmpd.manager2"):
        made = await imports.run([site(n, kind="palace" if n % 2 else "port") for n in range(130, 137)], "sites", by=by)
        for what, many in (("faults", 3), ("changes", 4)):
            whole = await imports.get(f"/imports/{made['id']}/{what}", by=by)
            numbers: list[int] = [each["id"] for each in whole["items"]]
            assert numbers == list(range(1, len(numbers) + 1))
            assert whole["items"] == sorted(whole["items"], key=lambda each: each["row"])
            paged: list[dict[str, Any]] = []
            page = await imports.get(f"/imports/{made['id']}/{what}?limit=2", by=by)
            while True:
                paged += page["items"]
                if page["page"]["next"] is None:
                    break
                page = await imports.get(
                    f"/imports/{made['id']}/{what}?limit=2&cursor={page['page']['next']}", by=by
                )  # fmt: skip
            assert paged == whole["items"]
            one = await imports.get(f"/imports/{made['id']}/{what}?id=2", by=by)
            assert one["items"] == whole["items"][1:2]
            assert many <= len(paged)


async def test_a_state_that_changes_changes_the_version(imports: Importer) -> None:
    """A job that is cancelled while it waits writes nothing, and its import is another one all the same."""
    headers = imports.world.headers("icmpd.manager")
    waits = (await imports.upload(as_csv([site(140)]), "sites")).json()
    seen = await imports.client.get(f"/api/v1/imports/{waits['id']}", headers=headers)
    assert (seen.json()["state"], seen.headers["etag"].split("-")[0]) == ("queued", f'"{waits["version"]}')
    answer = await imports.client.post(f"/api/v1/jobs/{waits['job']['id']}/cancel", headers=headers)
    assert answer.status_code == 200, answer.text
    ended = await imports.get(f"/imports/{waits['id']}")
    assert (ended["state"], ended["version"] > waits["version"]) == ("cancelled", True)
    path = f"/api/v1/imports/{waits['id']}"
    stale = imports.world.headers("icmpd.manager", If_Match=str(waits["version"]))
    refused = await imports.client.delete(path, headers=stale)
    assert (refused.status_code, refused.json()["current"]) == (412, ended["version"])
    again = (await imports.client.post(f"{path}/commit", headers=headers)).json()
    assert (again["state"], again["version"] > ended["version"]) == ("queued", True)
    await imports.work()
    done = await imports.get(f"/imports/{waits['id']}")
    assert (done["state"], done["version"] > again["version"] + 1) == ("committed", True)
    fresh = imports.world.headers("icmpd.manager", If_Match=str(done["version"]))
    assert (await imports.client.delete(path, headers=fresh)).status_code == 204


async def test_a_caller_has_so_many_imports_under_way(imports: Importer) -> None:
    looked = await imports.run([site(150)], "sites")
    folder = imports.settings.data / "files" / "imports"
    for n in range(imports.settings.imports_per_caller):
        assert (await imports.upload(as_csv([site(151 + n)]), "sites")).status_code == 202
    before = set(folder.iterdir())
    refused = await imports.upload(as_csv([site(190)]), "sites")
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (429, "too_many_imports", 20)
    assert refused.json()["detail"] == (
        "20 of your imports wait or run already. Wait for one to end, or cancel its job."
    )
    assert int(refused.headers["retry-after"]) > 0
    assert set(folder.iterdir()) == before, "nothing was stored"
    headers = imports.world.headers("icmpd.manager")
    answer = await imports.client.post(f"/api/v1/imports/{looked['id']}/commit", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_imports")
    assert (await imports.upload(as_csv([site(191)]), "sites", by="icmpd.manager2")).status_code == 202
    await imports.work()
    assert (await imports.upload(as_csv([site(192)]), "sites")).status_code == 202
    await imports.work()


def stored(imports: Importer) -> set[str]:
    return {each.name for each in (imports.settings.data / "files" / "imports").iterdir()}


async def test_of_two_uploads_at_once_one_takes_the_last_place(imports: Importer) -> None:
    for n in range(imports.settings.imports_per_caller - 1):
        assert (await imports.upload(as_csv([site(200 + n)]), "sites")).status_code == 202
    before = stored(imports)
    answers = await asyncio.gather(*(imports.upload(as_csv([site(230 + n)]), "sites") for n in range(3)))
    assert sorted(each.status_code for each in answers) == [202, 429, 429]
    (taken,) = [each.json()["id"] for each in answers if each.status_code == 202]
    assert stored(imports) - before == {taken}, "nothing of what was refused stays"
    await imports.work()


async def test_a_repeated_upload_is_led_to_the_import(imports: Importer) -> None:
    """Its answer holds a file's name, and is not kept."""
    headers = imports.world.headers("icmpd.manager", Idempotency_Key="twice")
    sent = {"files": {"file": ("rows.csv", as_csv([site(71)]), "text/csv")}, "data": {"resource": "sites"}}
    first, again = [await imports.client.post("/api/v1/imports", headers=headers, **sent) for _ in range(2)]  # type: ignore[arg-type]
    assert (first.status_code, again.status_code, again.content) == (202, 303, b"")
    where = f"/api/v1/imports/{first.json()['id']}"
    assert first.headers["content-location"] == again.headers["location"] == where
    assert first.headers["location"] == f"/api/v1/jobs/{first.json()['job']['id']}"
