"""Equipment by import: registered in batches, moved through the door, the same file twice changes nothing."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from app.domain.identifiers import same_numbers
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


async def test_a_parent_of_the_same_file_is_there_for_a_validation_too(imports: Importer) -> None:
    carrier = str(uuid4())
    rows = [item("P", 1, id=carrier), *(item("P", n, parent=carrier.upper()) for n in range(2, 4))]
    made = await imports.run(rows, "equipment")
    assert counts(made) == ("valid", 0, 3, 0, 0), await imports.faults(made)
    assert counts(await imports.run(rows, "equipment", mode="commit")) == ("committed", 0, 3, 0, 0)
    upside_down = await imports.run([item("Q", 1, parent=str(uuid4()))], "equipment")
    assert [code for _, _, code in await imports.faults(upside_down)] == ["reference_unknown"]


@pytest.mark.parametrize(
    "cell", ['[{"scheme": ["x"], "value": "1"}]', '[["a"], 1, null]', '[{"scheme": {}, "value": {}}]']
)
async def test_nonsense_in_a_cell_is_a_fault(imports: Importer, cell: str) -> None:
    made = await imports.run([item("N", 1, identifiers=cell, serial="")], "equipment")
    assert {column for _, column, _ in await imports.faults(made)} == {"identifiers"}


async def test_what_is_refused_takes_no_references(imports: Importer, owner: asyncpg.Connection) -> None:
    await imports.run([item("R", n) for n in range(5)], "equipment", mode="commit")
    last = "SELECT max(reference) FROM items"
    before = await owner.fetchval(last)
    rows = [
        item("S", n, identifiers=json.dumps([{"scheme": "serial", "value": f"R-{n:04}"}]), serial="") for n in range(5)
    ]
    refused = await imports.run(rows, "equipment", mode="commit")
    assert {code for _, _, code in await imports.faults(refused)} == {"taken"}
    await imports.run([item("T", 1)], "equipment", mode="commit")
    assert int((await owner.fetchval(last))[-6:]) == int(before[-6:]) + 1


async def test_other_numbers_stand_before_the_serial_and_come_again(imports: Importer) -> None:
    row = item("V", 1, identifiers='[{"scheme": "imei", "value": "490154203237518"}]')
    assert counts(await imports.run([row], "equipment", mode="commit"))[0] == "committed"
    again = await imports.run([row], "equipment")
    assert counts(again) == ("valid", 0, 0, 0, 1), await imports.faults(again)
    for other in ('[{"scheme": "imei", "value": "490154203237526"}]', "[]", "[{}]", "[1]", "{}", '[{"scheme": 1}]'):
        made = await imports.run([row | {"identifiers": other}], "equipment")
        assert {column for _, column, _ in await imports.faults(made)} == {"identifiers"}, other


def test_numbers_are_the_same_in_another_spelling() -> None:
    known = json.dumps([{"scheme": "vin", "value": "1M8GDM9AXKP042788", "issuer": ""},
                        {"scheme": "serial", "value": "A-1", "issuer": "MOTOROLA"}])  # fmt: skip
    vin = {"scheme": "vin", "value": "1m8gdm9axkp042788"}
    for serial in (
        [],
        [{"scheme": "serial", "value": "A-1"}],
        [{"scheme": "serial", "value": "A-1", "issuer": " Motorola"}],
    ):
        assert same_numbers(json.dumps([vin, *serial]), known)
    for given in ([{"scheme": "serial", "value": "A-1"}], [vin, {"scheme": "serial", "value": "A-1", "issuer": "SONY"}],
                  [vin | {"issuer": "SONY"}], [vin, {"scheme": "serial", "value": "A-2"}]):  # fmt: skip
        assert not same_numbers(json.dumps(given), known)


async def test_when_it_began_is_the_same_or_a_fault(imports: Importer, owner: asyncpg.Connection) -> None:
    """Cells for new rows, in a row of what is there: never dropped, and no fault where they say what was recorded."""
    late = (await owner.fetchval("SELECT now() - interval '2 days'")).isoformat(timespec="milliseconds")
    row = item("W", 1, stage="delivered", occurred_at=late, backdating_reason="The papers came late ")
    made = await imports.run([row], "equipment", mode="commit")
    assert counts(made) == ("committed", 0, 1, 0, 0), await imports.faults(made)
    again = await imports.run([row], "equipment", mode="commit")
    assert counts(again) == ("committed", 0, 0, 0, 1), await imports.faults(again)
    empty = await imports.run([row | {"occurred_at": "", "backdating_reason": ""}], "equipment")
    assert counts(empty) == ("valid", 0, 0, 0, 1), await imports.faults(empty)
    for name, text, code in (("occurred_at", "banana", "value_error"), ("occurred_at", "2026-02-11", "read_only"),
                             ("backdating_reason", "nonsense", "read_only")):  # fmt: skip
        made = await imports.run([row | {name: text}], "equipment")
        assert await imports.faults(made) == [(2, name, code)]


async def test_edits_go_through_the_door(imports: Importer, owner: asyncpg.Connection) -> None:
    await imports.run([item("B", n) for n in range(4)], "equipment", mode="commit")
    rows = [
        {"external_id": "B-0", "component": "BMP-TN", "stage": "shipped", "note": "on its way"},
        {"external_id": "B-1", "component": "BMP-TN", "stage": "delivered"},
        {"external_id": "B-2", "component": "BMP-TN", "unit_price_amount": "99.00", "unit_price_currency": "EUR"},
    ]
    rows = [{"stage": "ordered", "note": "lot 3", "unit_price_amount": "120.50", "unit_price_currency": "EUR", **row}
            for row in rows]  # fmt: skip
    made = await imports.run(rows, "equipment", mode="commit")
    assert counts(made) == ("committed", 0, 0, 3, 0), await imports.faults(made)
    found = await owner.fetch(
        "SELECT i.stage, i.note, i.unit_price_minor, array_agg(e.kind ORDER BY e.position) AS kinds FROM items i "
        "JOIN events e ON e.item_id = i.id WHERE i.external_id LIKE 'B-%' GROUP BY i.id ORDER BY i.external_id"
    )
    assert [tuple(row) for row in found] == [
        ("shipped", "on its way", 12050, ["register", "ship"]),
        ("delivered", "lot 3", 12050, ["register", "deliver"]),
        ("ordered", "lot 3", 9900, ["register"]),
        ("ordered", "lot 3", 12050, ["register"]),
    ]
    down = {"external_id": "B-1", "component": "BMP-TN", "condition": "down", "condition_reason": "failure"}
    made = await imports.run([down], "equipment", mode="commit")
    assert counts(made) == ("committed", 0, 0, 1, 0), await imports.faults(made)
    assert counts(await imports.run([down], "equipment", mode="commit")) == ("committed", 0, 0, 0, 1)


async def test_what_only_documents_do_no_import_does(imports: Importer, owner: asyncpg.Connection) -> None:
    await imports.run([item("C", n, stage="delivered") for n in range(2)], "equipment", mode="commit")
    rows: list[dict[str, Any]] = [
        {"external_id": "C-0", "component": "BMP-TN", "stage": "accepted"},
        {"external_id": "C-1", "component": "BMP-TN", "stage": "in_service"},
    ]
    made = await imports.run(rows, "equipment", mode="commit")
    assert await imports.faults(made) == [
        (2, "stage", "transition_not_allowed"), (3, "stage", "transition_not_allowed"),
    ]  # fmt: skip
    serial = {"external_id": "C-0", "component": "BMP-TN", "serial": "OTHER-1"}
    made = await imports.run([serial], "equipment")
    assert await imports.faults(made) == [(2, "serial", "read_only")]


@pytest.mark.parametrize("mode", ["validate", "commit"])
async def test_every_item_says_what_is_wrong_with_it(imports: Importer, owner: asyncpg.Connection, mode: str) -> None:
    await imports.run([item("D", 0)], "equipment", mode="commit")
    rows = [
        item("D", 1),
        item("D", 2, serial="D-0001"),
        item("D", 3, serial="D-0000", model="MOD-RADIO-1", external_id="D-3"),
        item("D", 4, unit_price_amount="12,50"),
        item("D", 5, model="MOD-NONE"),
        item("D", 6, component_reference=""),
        {"component": "BMP-TN", "model": "MOD-RADIO-1"},
        item("D", 8, stage="in_service"),
        item("D", 9, identifiers='[{"scheme": "imei", "value": "490154203237517"}]'),
    ]
    made = await imports.run(rows, "equipment", mode=mode)
    assert sorted(await imports.faults(made), key=str) == sorted(
        [
            (3, None, "repeated_row"),
            (5, "unit_price_amount", "string_pattern_mismatch"),
            (6, "model", "reference_unknown"),
            (7, "component_reference", "missing"),
            (8, None, "key_missing"),
            (9, "stage", "literal_error"),
            (10, "identifiers", "invalid_check_digit"),
        ],
        key=str,
    )
    assert not await owner.fetchval("SELECT count(*) FROM items WHERE external_id = 'D-1'")
    (change,) = [each for each in await imports.changes(made) if each["outcome"] == "changed"]
    assert (change["row"], change["after"]["external_id"]) == (4, "D-3")


async def test_an_implementer_imports_into_its_own_components_only(imports: Importer) -> None:
    made = await imports.run([item("E", 1)], "equipment", by="icmpd.morocco")
    found = await imports.faults(made, by="icmpd.morocco")
    assert (2, "component_reference", "reference_unknown") in found
    made = await imports.run([item("E", 1)], "equipment", by="italy.logistics")
    assert counts(made)[:3] == ("valid", 0, 1)
    assert (await imports.upload(b"a", "equipment", by="auditor")).status_code == 403
