"""Every list keeps what it declares: filters, orders, fields, exports, and indexes behind them (API 4 to 6, HOUSE 3).

The lists come from the OpenAPI document; the declaration behind each is caught when it is asked. A newcomer is covered
with no edit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, get_args
from uuid import UUID

import httpx
import hypothesis
import orjson
import pytest
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.db import reading
from app.db.exports import Export
from app.db.listing import Form, Listing
from app.db.plans import parameters, plan_export, plan_page
from app.db.session import Database, Statement, Tx
from app.domain.asked import Asked
from app.services.rights import Rights
from tests.house.walking import documented
from tests.world import World

pytestmark = pytest.mark.anyio

DOCUMENT = documented().raw
#: What every list takes beside its own filters.
COMMON = {"limit", "cursor", "sort", "total", "format", "trailer", "fields", "expand", "q"}
#: Has every scope to read that there is, between the two of them.
READERS = ("auditor", "root")
NOTHING = UUID(int=0)
#: How the document describes what takes an id or a reference.
REFERENCE = "An id, or the human reference."
#: Filters by ids of what has no reference: people, records, files, and what may be one thing or another.
NO_REFERENCE = {
    "trainee_id",
    "record_id",
    "file_id",
    "object_id",
    "caller_id",
    "actor_id",
    "subject_id",
    "requester_id",
    "owner_id",
    "id",  # of lists whose rows have no reference
}


def _query(operation: dict[str, Any]) -> dict[str, Any]:
    return {p["name"]: p["schema"] for p in operation.get("parameters", ()) if p["in"] == "query"}


LISTS = {
    path: item["get"] for path, item in DOCUMENT["paths"].items() if "get" in item and "cursor" in _query(item["get"])
}


@dataclass
class Caught:
    """The last declaration that was asked, and what was asked of it."""

    listing: Listing
    asked: Asked


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> list[Caught]:
    """Watch the reading helper. Where there is nothing yet to look inside of, an id of nothing is taken as found."""
    seen: list[Caught] = []
    resolve = reading.resolve

    def watched(listing: Listing, asked: Asked, shape: Any) -> Any:
        seen.append(Caught(listing, asked))
        return plan_page(listing, asked, shape)

    async def found(tx: Tx, listing: Listing, ident: str) -> UUID:
        return NOTHING if ident == str(NOTHING) else await resolve(tx, listing, ident)

    monkeypatch.setattr(reading, "plan_page", watched)
    monkeypatch.setattr(reading, "resolve", found)
    return seen


@dataclass
class Asker:
    """Asks one list as somebody who may."""

    client: httpx.AsyncClient
    path: str
    headers: dict[str, str]

    async def get(self, query: str = "") -> httpx.Response:
        return await self.client.get(f"{self.path}?{query}", headers=self.headers)

    async def items(self, query: str = "") -> list[Any]:
        answer = await self.get(query)
        assert answer.status_code == 200, (self.path, query, answer.text)
        found: list[Any] = answer.json()["items"]
        return found


@pytest.fixture
async def ask(client: httpx.AsyncClient, world: World, caught: list[Caught]) -> Callable[[str], Any]:
    async def reader_of(path: str) -> Asker:
        for account in READERS:
            asker = Asker(client, path, world.headers(account))
            if "{" in path:
                parent, _, child = path.partition("/{")
                inside = (await Asker(client, parent, asker.headers).get("limit=1")).json().get("items")
                asker.path = f"{parent}/{inside[0]['id'] if inside else NOTHING}/{child.partition('}/')[2]}"
            if (await asker.get()).status_code != 403:
                return asker
        raise AssertionError(f"no account of {READERS} reads {path}")

    return reader_of


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without references and without its null."""
    if "$ref" in schema:
        return _resolved(DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    if "anyOf" in schema:
        return _resolved(next(each for each in schema["anyOf"] if each.get("type") != "null"))
    return schema


def samples(schema: dict[str, Any]) -> tuple[str, ...]:
    """Two values that a parameter takes, as text; one where there are no two."""
    schema = _resolved(schema)
    if schema.get("type") == "array":
        return samples(schema["items"])
    if "enum" in schema or "const" in schema:
        return tuple(map(str, schema.get("enum", [schema.get("const")])))[:2]
    if schema["type"] == "boolean":
        return "true", "false"
    if schema["type"] in {"integer", "number"}:
        return (str(schema.get("minimum", 1)), str(schema.get("maximum", 2)))
    formats = {
        "uuid": ("0198c1d2-7a43-7c55-9a4e-0f6d7d6f2b11", "0198c1d2-7a43-7c55-9a4e-0f6d7d6f2b12"),
        "date-time": ("2024-01-01T00:00:00Z", "2024-01-02T00:00:00%2B01:00"),
        "date": ("2024-01-01", "2024-01-02"),
    }
    if schema.get("format") in formats:
        return formats[schema["format"]]
    if schema.get("description") == REFERENCE:
        return formats["uuid"]
    if schema.get("pattern") == "^[A-Z]{2}$":
        return "TN", "MA"  # of the countries that there are
    if "pattern" in schema:
        fitting = st.from_regex(re.compile(schema["pattern"], re.ASCII), fullmatch=True)
        first = hypothesis.find(fitting, lambda text: "\n" not in text)
        return first, hypothesis.find(fitting, lambda text: text != first and "\n" not in text)
    return "ab", "cd"


def _filters(path: str) -> dict[str, Any]:
    return {name: schema for name, schema in _query(LISTS[path]).items() if name not in COMMON}


def _item_schema(path: str) -> dict[str, Any]:
    page = LISTS[path]["responses"]["200"]["content"]["application/json"]["schema"]
    return _resolved(_resolved(page)["properties"]["items"]["items"])


def test_there_are_lists() -> None:
    assert {"/api/v1/sites", "/api/v1/sites/{ident}/history", "/api/v1/courses"} <= set(LISTS)


@pytest.mark.parametrize("path", LISTS)
async def test_filters_are_those_of_the_declaration_and_all_of_them_work(
    ask: Callable[[str], Any], caught: list[Caught], path: str
) -> None:
    asker = await ask(path)
    await asker.items()
    listing, within = caught[-1].listing, set(caught[-1].asked.filters)
    named = {name.replace(".", "_"): name for name in _filters(path)}
    assert set(named) == set(listing.filters) - within
    for name, schema in _filters(path).items():
        values = samples(schema)
        for given in dict.fromkeys((values[0], ",".join(values) if _several(schema) else values[-1])):
            await asker.items(f"{name}={given}&total=exact")
            assert name.replace(".", "_") in caught[-1].asked.filters
            exported = await asker.get(f"{name}={given}&format=csv")
            assert exported.status_code == 200
        refused = await asker.get(f"{name}=%00")
        assert refused.status_code == 422


@pytest.mark.parametrize("path", [path for path in LISTS if "id" in _item_schema(path)["properties"]])
async def test_rows_are_found_by_their_ids_and_what_is_none_is_not_in_the_answer(
    ask: Callable[[str], Any], caught: list[Caught], path: str
) -> None:
    """A client that mirrors asks for what changed, a page at a time: one that is gone spoils nothing."""
    asker = await ask(path)
    whole = [row["id"] for row in await asker.items("limit=200")]
    assert caught[-1].listing.filters["id"].indexed
    counted = _item_schema(path)["properties"]["id"]["type"] == "integer"
    wanted, none = whole[1:3], 2**53 - 1 if counted else NOTHING
    found = await asker.items(f"id={','.join(map(str, [none, *wanted]))}")
    assert [row["id"] for row in found] == wanted
    refused = await asker.get(f"id={','.join(map(str, [none] * 101))}")
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [("/id", "too_long")]


@pytest.mark.parametrize("path", LISTS)
async def test_a_reference_is_taken_wherever_an_id_is(
    ask: Callable[[str], Any], caught: list[Caught], path: str
) -> None:
    """API 2, in filters: one look-up for all of them, and an unknown one is no empty list but a fault."""
    asker = await ask(path)
    await asker.items()
    listing, whole = caught[-1].listing, _filters(path)
    for name, schema in whole.items():
        kind = _resolved(_resolved(schema).get("items", schema))
        assert kind.get("format") != "uuid" or name in NO_REFERENCE, (path, name)
        assert (kind.get("description") == REFERENCE) == (listing.filters[name.replace(".", "_")].to is not None)
    named = [name for name in whole if listing.filters[name.replace(".", "_")].to is not None]
    for name in named:
        refused = await asker.get(f"{name}=NOT-THERE,{NOTHING}&{name}=NOR-THIS")
        assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [(f"/{name}", "reference_unknown")]
        assert "NOT-THERE" not in refused.text.replace(refused.json()["instance"], "")
    if named:
        refused = await asker.get("&".join(f"{name}=NOT-THERE" for name in named))
        assert {e["pointer"] for e in refused.json()["errors"]} == {f"/{name}" for name in named}


def _several(schema: dict[str, Any]) -> bool:
    return bool(_resolved(schema).get("type") == "array")


@pytest.mark.parametrize("path", LISTS)
async def test_every_order_field_and_form_works_and_no_other(
    ask: Callable[[str], Any], caught: list[Caught], path: str
) -> None:
    asker = await ask(path)
    whole = await asker.get("total=exact")
    listing = caught[-1].listing
    assert listing.default_sort in listing.sorts
    for sort in listing.sorts:
        await asker.items(f"sort={sort}&limit=1")
    assert (await asker.get("sort=colour")).status_code == 422
    columns = {column.name: column for column in listing.columns}
    assert {name for name, column in columns.items() if not column.detail} == set(_item_schema(path)["properties"])
    for name, column in columns.items():
        for item in await asker.items(f"fields={name}&limit=1"):
            assert set(item) == {"id", name} & set(columns)
        assert (await asker.get(f"expand={name}&limit=1")).status_code == (200 if column.expanded else 422)
    assert (await asker.get("fields=colour")).status_code == 422
    for language in ("en", "fr", "it", "ar"):
        asker.headers["Accept-Language"] = language
        await asker.items()
    del asker.headers["Accept-Language"]
    lines = await asker.get("format=jsonl")
    assert [orjson.loads(line) for line in lines.content.splitlines()][:50] == whole.json()["items"]
    *told, last = (await asker.get("format=jsonl&trailer=true")).content.splitlines()
    assert (told, orjson.loads(last)) == (lines.content.splitlines(), {"count": len(told)})
    assert (await asker.get("trailer=true")).status_code == 422
    guessed = (await asker.get("total=estimate&limit=1")).json()["page"]
    assert guessed["total"] == whole.json()["page"]["total"]
    table = await asker.get("format=csv")
    header = table.text.split("\n", 1)[0].split(",")
    assert len(header) == len(set(header)) > 0


@pytest.mark.parametrize("path", LISTS)
async def test_a_search_is_offered_where_there_is_one(
    ask: Callable[[str], Any], caught: list[Caught], path: str
) -> None:
    asker = await ask(path)
    await asker.items()
    assert ("q" in _query(LISTS[path])) == (caught[-1].listing.search is not None)
    if "q" in _query(LISTS[path]):
        for words in ("ab", "é%25_\\", "مرحبا"):
            await asker.items(f"q={words}&total=exact")


@pytest.mark.parametrize("path", LISTS)
async def test_answers_are_what_the_document_says(ask: Callable[[str], Any], path: str) -> None:
    page = LISTS[path]["responses"]["200"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**page, "components": DOCUMENT["components"]})
    for query in ("", "limit=1&total=exact"):
        answer = (await (await ask(path)).get(query)).json()
        assert [error.message for error in validator.iter_errors(answer)] == []


KEYS: dict[str, Any] = {
    "instant": datetime(2024, 1, 1, tzinfo=UTC),
    "uuid": UUID(int=1),
    "text": "m",
    "integer": 1,
    "date": date(2024, 1, 1),
}


#: Settings under which scanning the whole and sorting are the last resort.
UNWILLING = ";SET LOCAL enable_seqscan = off;SET LOCAL enable_sort = off"


@pytest.fixture
async def plans(database: Database, world: World) -> Any:
    """Explains statements as the application role with a caller, where scanning and sorting are the last resort."""
    caller = await Rights(database, seconds=0).of(str(world.accounts["auditor"]), "house")

    async def explain(sql: str, values: dict[str, Any], beginning: str = UNWILLING) -> list[dict[str, Any]]:
        async with database.transaction(caller, read_only=True, beginning=beginning) as tx:
            await tx.begin()
            plan = await tx.value(Statement(f"EXPLAIN (FORMAT JSON) {sql}"), **values)
        top = orjson.loads(plan)[0]["Plan"]
        return list(_nodes(top) if beginning == UNWILLING else _on_the_way(top))

    explain.caller = caller  # type: ignore[attr-defined]
    return explain


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _on_the_way(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes that rows of the result come through; what is computed for a single row or once for all is aside."""
    yield plan
    for below in plan.get("Plans", ()):
        if below.get("Parent Relationship") not in {"SubPlan", "InitPlan"}:
            yield from _on_the_way(below)


def _conditions(nodes: list[dict[str, Any]]) -> str:
    return " ".join(node["Index Cond"] for node in nodes if "Index Cond" in node)


@pytest.mark.parametrize("path", LISTS)
async def test_every_order_is_backed_by_an_index_that_ends_in_the_id(
    ask: Callable[[str], Any], caught: list[Caught], plans: Any, path: str
) -> None:
    await (await ask(path)).items()
    listing = caught[-1].listing
    only = f" AND {listing.only}" if listing.only else ""
    for name, order in listing.orders.items():
        row = ", ".join(f"t.{column}" for column in order.names)
        keys = {f"k{i}": KEYS[kind] for i, kind in enumerate(order.kinds)}
        after = f"({row}) > ({', '.join(f':{key}' for key in keys)})"
        for scope in dict.fromkeys((None, listing.component)):
            inside = f" AND t.{scope} = :scope" if scope else ""
            nodes = await plans(
                f"SELECT t.id FROM {listing.table} t WHERE {after}{inside}{only} ORDER BY {row} LIMIT 5",
                {**keys, "scope": UUID(int=2)},
            )
            kinds = [node["Node Type"] for node in nodes]
            assert not any("Sort" in kind for kind in kinds), (path, name, scope, kinds)
            assert order.names[-1] in _conditions(nodes), (path, name, scope, kinds)


@pytest.mark.parametrize("path", LISTS)
async def test_filters_that_are_declared_indexed_can_use_an_index_behind_the_wall(
    ask: Callable[[str], Any], caught: list[Caught], plans: Any, path: str
) -> None:
    asker = await ask(path)
    await asker.items()
    base = caught[-1]
    for name in base.asked.filters:
        await _check_index(plans, base, name)
    for name, schema in _filters(path).items():
        await asker.items(f"{name}={','.join(samples(schema)) if _several(schema) else samples(schema)[0]}")
        await _check_index(plans, caught[-1], name.replace(".", "_"))


async def _check_index(plans: Any, seen: Caught, name: str) -> None:
    listing, value = seen.listing, seen.asked.filters[name]
    declared = listing.filters[name]
    if not declared.indexed:
        return
    several = declared.many is not None and isinstance(value, list) and len(value) != 1
    text = str(declared.many if several else declared.one)
    columns = re.findall(r"t\.(\w+)", text)
    kept = text.replace(":value", f":f_{name}")
    for where in dict.fromkeys((kept, f"({kept}) AND ({listing.only})" if listing.only else kept)):
        nodes = await plans(
            f"SELECT t.id FROM {listing.table} t WHERE {where}",
            parameters(listing, seen.asked, plans.caller, "wall"),
        )
        if any(
            re.search(rf"\b(item_)?{column}\b", _conditions(nodes)) for column in columns
        ):  # a line's id is its item's
            return
    raise AssertionError(f"{listing.resource}: no index serves the filter {name}")


#: What has to see the last row below it before it gives its first one.
SILENT = {"Sort", "Incremental Sort", "Aggregate", "Hash", "WindowAgg", "SetOp"}


# What lies inside of one object (a path with an id, or the caller) is found by an index; sorting that little is no
# silence. Small lists are no exception: they stream as large ones do.
@pytest.mark.parametrize("path", [path for path in LISTS if "{" not in path and "/me/" not in path])
async def test_an_export_gives_its_first_row_before_it_has_read_the_last(
    ask: Callable[[str], Any], caught: list[Caught], plans: Any, database: Database, path: str
) -> None:
    await (await ask(path)).items()
    listing, asked = caught[-1].listing, caught[-1].asked
    for form in get_args(Form):
        _, statement = plan_export(listing, asked, form)
        export = Export(database, plans.caller, listing, asked, form, seconds=60)
        values = parameters(listing, asked, plans.caller, "wall")
        nodes = await plans(statement.sql, values, export.beginning())
        silent = {node["Node Type"] for node in nodes} & SILENT
        assert silent == set(), form
