"""Faults of imports in the words of whoever fills the table: what to write instead, and never the validator's own."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import httpx
import pytest

from app.documents.spreadsheets import open_xlsx
from app.security.keys import Keys
from app.services.imports_columns import columns_of
from app.services.imports_files import template, templates
from app.services.imports_resources import IMPORTINGS
from app.services.imports_words import PATTERNS, SINGULAR, one_of, told
from app.settings import Settings
from tests.importing import Importer
from tests.world import World

pytestmark = pytest.mark.anyio

#: What a person who fills a spreadsheet should never read.
JARGON = re.compile(
    r"Input should|String should|\^|\$|pattern|valid (integer|boolean|UUID)|Value error|\\d|None|literal"
)


@pytest.fixture
def imports(client: httpx.AsyncClient, world: World, settings: Settings, keys: Keys) -> Importer:
    return Importer(client, world, settings, keys)


async def said(imports: Importer, rows: list[dict[str, Any]], resource: str, by: str) -> dict[tuple[str, str], str]:
    made = await imports.run(rows, resource, by=by)
    found = await imports.get(f"/imports/{made['id']}/faults?limit=200", by=by)
    return {(each["column"], each["code"]): each["detail"] for each in found["items"]}


SITE = {"reference": "SITE-W-1", "name_en": "One", "kind": "port", "organisation": "ORG-ICMPD", "country": "TN"}
MODEL = {"reference": "MOD-W-1", "name_en": "One", "type": "COM-RADIO", "manufacturer": "Somebody"}
COURSE = {"reference": "CRS-W-1", "name_en": "One", "kind": "operation", "languages": "fr"}
ITEM = {"component": "BMP-TN", "model": "MOD-RADIO-1", "serial": "W-1", "external_id": "w-1"}

CASES: list[tuple[str, dict[str, Any], dict[tuple[str, str], str]]] = [
    ("sites", SITE | {"kind": "prot"}, {
        ("kind", "literal_error"):
            "This has to be one of: port, post, workshop, store, academy, office. Did you mean port?",
    }),
    ("sites", SITE | {"kind": " port", "country": "TN "}, {
        ("kind", "literal_error"):
            "This has to be one of: port, post, workshop, store, academy, office. Did you mean port? "
            "There is a blank before or behind it.",
        ("country", "string_pattern_mismatch"):
            "This has to be the two capital letters of a country (ISO 3166), for instance TN. "
            "There is a blank before or behind it.",
    }),
    ("sites", SITE | {"kind": "", "country": "Tunisia", "un_locode": "sfax", "reference": "site one"}, {
        ("kind", "missing"): "A value is required here: one of: port, post, workshop, store, academy, office.",
        ("country", "string_pattern_mismatch"):
            "This has to be the two capital letters of a country (ISO 3166), for instance TN.",
        ("un_locode", "string_pattern_mismatch"):
            "This has to be a UN/LOCODE: the country's two capital letters and three of the place, without a space, "
            "for instance TNSFA.",
        ("reference", "string_pattern_mismatch"):
            "This has to be 2 to 50 capital letters, digits, dots, dashes and underscores, for instance SITE-SFAX-1.",
    }),
    ("sites", SITE | {"organisation": "ORG-ICMDP", "name_en": "x" * 201}, {
        ("organisation", "reference_unknown"):
            "There is no organisation of this reference that you may see. Did you mean ORG-ICMPD?",
    }),
    ("sites", SITE | {"name_en": "x" * 201}, {
        ("name_en", "string_too_long"): "At most 200 characters can be kept here.",
    }),
    ("sites", SITE | {"knid": "port"}, {
        ("knid", "unknown_column"): "There is no such column; the template has them all. Did you mean kind?",
    }),
    ("equipment-models", MODEL | {"warranty_days": "a year", "priority": "0", "controlled": "perhaps"}, {
        ("warranty_days", "int_parsing"): "This has to be a whole number from 0 to 36500.",
        ("priority", "greater_than_equal"): "This has to be a number from 1 to 10000.",
        ("controlled", "bool_parsing"): "This has to be true or false.",
    }),
    ("courses", COURSE | {"pass_mark": "120", "hours_theory": "1.5", "practical_required": "perhaps"}, {
        ("pass_mark", "less_than_equal"): "This has to be a number from 0 to 100.",
        ("hours_theory", "int_parsing"): "This has to be a whole number from 0 to 2000, for instance 12.",
        ("practical_required", "bool_parsing"): "This has to be true or false.",
    }),
    ("courses", COURSE | {"languages": "fr, de", "covers": '[{"kind": "x"}]'}, {
        ("languages", "literal_error"): "In item 2: this has to be one of: en, fr, it, ar.",
    }),
    ("equipment", ITEM | {"identifiers": "[{", "unit_price_amount": "1 200,50", "occurred_at": "yesterday"}, {
        ("identifiers", "json_broken"):
            'This has to be a list in JSON, for instance [{"scheme":"serial","value":"SN-000123"}].',
    }),
    ("equipment", ITEM | {"unit_price_amount": "12,50", "unit_price_currency": "euro", "occurred_at": "yesterday"}, {
        ("unit_price_amount", "string_pattern_mismatch"):
            "This has to be an amount: digits, with a point before the decimals, without blanks and separators, "
            "for instance 1234.50.",
        ("unit_price_currency", "string_pattern_mismatch"):
            "This has to be the three capital letters of a currency (ISO 4217), for instance EUR.",
    }),
    ("equipment", ITEM | {"occurred_at": "31/01/2026"}, {
        ("occurred_at", "value_error"):
            "This has to be an instant with its zone, written 2026-01-31T08:30:00Z, or a date alone.",
    }),
    *[
        ("equipment", ITEM | {"occurred_at": none},
            {("occurred_at", "datetime_from_date_parsing"): "There is no such day or time."})
        for none in ("2026-02-30", "2026-13-01T00:00:00Z", "2026-01-01T25:00:00Z", "2026-01-01T10:00:00+25:00")
    ],
    ("equipment", ITEM | {"stage": "delivered", "custody_organisation": "ORG-ICMPD", "custody_site": ""}, {
        ("custody_site", "missing"): "The stage delivered needs this.",
    }),
    ("equipment", ITEM | {"identifiers": '[{"scheme": "imei"}]'}, {
        ("identifiers", "missing"): "In item 1, `value`: a value is required here.",
    }),
    ("equipment", ITEM | {"identifiers": '[{"scheme": "vin", "value": "1M8GDM9AXKP042788"}]', "serial": "x" * 201}, {
        ("serial", "string_too_long"): "At most 100 characters can be kept here.",
    }),
    ("sites", SITE | {"active": "no"}, {("active", "read_only"): "Has to be true, or empty, in a new row."}),
    ("sites", SITE | {"id": "", "version": "3"}, {
        ("version", "read_only"): "Nothing new can say this; leave the cell empty.",
    }),
    ("equipment", ITEM | {"model": "MOD-RAD", "custody_site": "SITE-STO"}, {
        ("model", "reference_unknown"):
            "There is no equipment model of this reference that you may see. Did you mean MOD-RADIO-1?",
        ("custody_site", "reference_unknown"):
            "There is no site of this reference that you may see. Did you mean SITE-STORE?",
    }),
    ("equipment", {"component": "BMP-TN", "model": "MOD-RADIO-1"}, {
        (None, "key_missing"):  # type: ignore[dict-item]
            "Nobody could tell this row again: fill id, or reference, or external_id, or serial with model_reference.",
    }),
    ("equipment", ITEM | {"model": "MOD-RADIO-11"}, {
        ("model", "reference_unknown"):
            "There is no equipment model of this reference that you may see. Did you mean MOD-RADIO-1?",
    }),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "row", "expected"), CASES)
async def test_a_fault_says_what_to_write(
    imports: Importer, resource: str, row: dict[str, Any], expected: dict[tuple[str, str], str]
) -> None:
    found = await said(imports, [row], resource, "icmpd.manager")
    assert {key: found.get(key) for key in expected} == expected, found
    assert [text for text in found.values() if JARGON.search(text)] == []
    assert all(text.endswith((".", "?")) for text in found.values()), found


async def test_what_is_missing_beside_a_column_is_told_at_its_own(imports: Importer) -> None:
    row = {"name": "Ana Zed", "agency": "AG-TN-SFAX", "grade_band": "officer", "sex": "female", "language": "fr"}
    found = await said(
        imports, [row | {"external_id": "w", "posting_unit": "AG-TN-SFAX"}], "trainees", "icmpd.training"
    )
    assert found == {("posting_starts_on", "missing"): "A value is required here: a date, written YYYY-MM-DD."}
    session = {"component": "BMP-TN", "course": "CRS-RADIO-OP", "starts_on": "1/2/2026", "trainers": "me"}
    found = await said(imports, [session | {"external_id": "w"}], "sessions", "icmpd.training")
    assert found["starts_on", "value_error"] == "This has to be a date, written YYYY-MM-DD, for instance 2026-03-02."
    assert found["trainers", "model_type"].startswith("This has to be a list in JSON, for instance [{")


def test_of_many_values_the_nearest_is_named() -> None:
    many = [f"VALUE-{n}" for n in range(30)]
    assert one_of(many, "value_7") == (
        "This is none of the 30 valid values; the help row of the template lists them. Did you mean VALUE-7?"
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"type": "uuid_parsing", "loc": ("x",)}, "This has to be an id, as an export shows it."),
        ({"type": "date_from_datetime_parsing", "loc": ("x",)}, "This has to be a date, written YYYY-MM-DD."),
        ({"type": "string_type", "loc": ("x",)}, "A value is required here."),
        ({"type": "frozen_field", "loc": ("x",)}, "This has to be written as in the template."),
        ({"type": "extra_forbidden", "loc": ("x",)}, "This cannot be given here."),
        ({"type": "too_long", "loc": ("x",), "ctx": {"max_length": 5}}, "At most 5 of them."),
        ({"type": "less_than", "loc": ("x",), "ctx": {"lt": 5}}, "This has to be a number, 5 or less."),
        ({"type": "greater_than_equal", "loc": ("x",), "ctx": {"ge": 1}}, "This has to be a number, 1 or more."),
        ({"type": "value_error", "loc": ("x",), "msg": "Value error, the end is early"}, "The end is early."),
    ],
)
def test_errors_of_no_column_are_told_too(error: dict[str, Any], expected: str) -> None:
    assert told(error, None, None) == expected


def help_of(resource: str) -> dict[str, str]:
    header, helps = csv.reader(io.StringIO(template(resource, "csv")[0].decode("utf-8-sig")), delimiter=";")
    return dict(zip(header, helps, strict=True))


@pytest.mark.parametrize("resource", sorted(IMPORTINGS))
def test_everything_in_a_template_has_words(resource: str) -> None:
    """A new pattern or resource needs a line in `imports_words`, and no column is left without help."""
    importing = IMPORTINGS[resource]
    texts = str(importing.body.model_json_schema()) + str(importing.patch and importing.patch.model_json_schema())
    assert set(re.findall(r"'pattern': '([^']*)'", texts.replace("\\\\", "\\"))) <= set(PATTERNS)
    assert {listing.resource for listing in importing.refers.values()} | {resource} <= {*SINGULAR, "records"}
    found = help_of(resource)
    header, helps = list(found), list(found.values())
    assert helps[0].startswith("# ")
    assert {key for each in importing.keys if len(each) == 1 for key in each} <= set(header)
    for name, text in found.items():
        said = text.removeprefix("# ")
        assert re.match(r"(Optional|Required|Only)", said), (name, said)
        assert not JARGON.search(said), (name, said)
        assert len(said) > 25, (name, said)
        assert "Text." not in said, (name, said)
    sheet = open_xlsx(io.BytesIO(template(resource, "xlsx")[0]))
    assert sheet.header == header
    assert [row.cells for row in sheet.rows] == [helps]


def test_a_template_says_when_something_optional_is_required() -> None:
    conditional = {
        "sites": {"agency_reference": "beneficiary"},
        "agencies": {"parent_reference": "top of a tree"},
        "equipment-models": {"control_reference": "controlled", "operators_persons": "operators_items"},
        "equipment": {"custody_site_reference": "delivered", "custody_organisation_reference": "delivered",
                      "serial": "external_id", "external_id": "serial", "unit_price_currency": "unit_price_amount",
                      "unit_price_amount": "unit_price_currency", "condition_reason": "down"},
        "sessions": {"external_id": "new rows"},
        "trainees": {"external_id": "new rows", "posting_unit": "posting_site", "posting_starts_on": "posting_unit"},
        "records": {"reason": "withdrawn"},
    }  # fmt: skip
    told = {each.resource: {column.name: column.description for column in each.columns} for each in templates().items}
    for resource, columns in conditional.items():
        helps = help_of(resource)
        for name, word in columns.items():
            assert re.match(rf"Required .*{word}", helps[name]), (resource, name, helps[name])
            assert told[resource][name].startswith("Required "), (resource, name)
    assert "a beneficiary's site names it" in help_of("sites")["agency_reference"]
    assert set(help_of("sites")) >= {"active"}
    assert "what is new begins with true" in help_of("sites")["active"]


def test_a_template_explains_what_people_asked_about() -> None:
    found = help_of("equipment")
    assert "One of: unknown, up, degraded, down." in found["condition"]
    assert "With the model it identifies the row." in found["serial"]
    assert "2026-01-31T08:30:00Z" in found["occurred_at"]
    assert "Empty in a new row: ordered." in found["stage"]
    assert columns_of(IMPORTINGS["equipment"]).cells["condition"].values == ("unknown", "up", "degraded", "down")
    assert "by_trainee, by_agency" in help_of("records")["reason"]
