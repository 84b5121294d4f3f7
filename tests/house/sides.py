"""Two countries with one object of each resource in each, and bodies made from the OpenAPI document, for attacks."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import orjson

from app.db.session import Database
from app.domain.access import Caller
from app.services.rights import RIGHTS, caller_from
from tests.routers.training import day, made_up_name
from tests.world import World

API = "/api/v1"
SIDES = {
    "MA": ("AG-MA-NADOR", "SITE-MA-NADOR", "ORG-MA-BORDER"),
    "TN": ("AG-TN-SFAX", "SITE-TN-SFAX", "ORG-TN-COAST-GUARD"),
}
HASH = "ab" * 32


class Side:
    """What stands in one country: one object of each resource, made over HTTP by the implementer of both."""

    def __init__(self, client: httpx.AsyncClient, world: World, country: str) -> None:
        self.client, self.world, self.country = client, world, country
        self.unit, self.site, self.organisation = SIDES[country]
        self.component = f"BMP-{country}"
        self.made: dict[str, Any] = {}

    async def make(self, path: str, body: Any, by: str = "icmpd.manager") -> Any:
        answer = await self.client.post(f"{API}/{path}", json=body, headers=self.world.headers(by))
        assert answer.status_code == 201, (path, answer.text)
        self.made.setdefault(path, answer.json())
        return answer.json()

    async def build(self) -> Side:
        await self._items()
        await self._people()
        return self

    async def _items(self) -> None:
        serial = {"scheme": "serial", "value": f"SECRET-{self.country}-1"}
        body: dict[str, Any] = {"component": self.component, "model": "MOD-RADIO-1", "identifiers": [serial]}
        item = await self.make("equipment", body)
        await self.make("deliveries", {"component": self.component, "supplier": "SUP-1", "site": "SITE-STORE"})
        lines = [{"item": item["id"], "outcome": "accepted"}]
        await self.make("acceptances", {"component": self.component, "kind": "provisional", "lines": lines})
        body = {"component": self.component, "receiving_unit": self.unit, "site": self.site}
        await self.make("handovers", body | {"lines": [{"item": item["id"]}], "signed_sha256": HASH})
        body = {"agency": self.unit, "contract_reference": "C-1", "period": {"start": day(-100)}}
        await self.make("support-arrangements", body)
        body = {"kind": "end_use_undertaking", "decision": "granted", "reference": "EUU-1", "item": item["id"]}
        await self.make("requirements", body)

    async def _people(self) -> None:
        by = "icmpd.training"
        posting = {"unit": self.unit, "site": self.site, "starts_on": day(-400)}
        body: dict[str, Any] = {
            "name": made_up_name(),
            "agency": self.unit,
            "posting": posting,
            "grade_band": "non_commissioned",
            "sex": "female",
            "language": "ar",
        }
        person = await self.make("trainees", body, by)
        answer = await self.client.get(f"{API}/postings?trainee_id={person['id']}", headers=self.world.headers(by))
        self.made["postings"] = answer.json()["items"][0]
        days = {"starts_on": day(-10), "ends_on": day(-6), "half_days": 10, "language": "fr"}
        session = await self.make("sessions", {"component": self.component, "course": "CRS-RADIO-OP", **days}, by)
        await self.make("records", {"session": session["id"], "trainee": person["id"]}, by)
        period = {"start": day(-300), "end": day(60)}
        body = {"trainee": person["id"], "kind": "operator", "type": "COM-RADIO", "period": period}
        await self.make("qualifications", body | {"evidence": "Licence, seen"}, by)

    @property
    def names(self) -> dict[str, str]:
        """What to write into a member of that name."""
        made = {path: each["id"] for path, each in self.made.items()}
        world = self.world
        unit = str(world[self.unit.removeprefix("AG-").lower()])
        site = str(world[self.site.removeprefix("SITE-").lower().join(("site-", ""))])
        component = str(world["morocco" if self.country == "MA" else "tunisia"])
        return {
            "component": component,
            "components": component,
            "unit": unit,
            "agency": unit,
            "receiving_unit": unit,
            "supporting_unit": unit,
            "unit_id": unit,
            "site": site,
            "custody_site": site,
            "custody_site_id": site,
            "item": made["equipment"],
            "items": made["equipment"],
            "replaced_by": made["equipment"],
            "delivery": made["deliveries"],
            "document": made["handovers"],
            "session": made["sessions"],
            "trainee": made["trainees"],
            "trainees": made["trainees"],
            "into": made["trainees"],
            "object": made["equipment"],
            "record": made["records"],
        }


#: What everybody may see, so that a body gets as far as the reference that is tried.
GIVEN = {
    "model": "MOD-RADIO-1",
    "type": "COM-RADIO",
    "course": "CRS-RADIO-OP",
    "supplier": "SUP-1",
    "organisation": "ORG-TN-COAST-GUARD",
    "title_organisation": "ORG-SUPPLIER",
    "custody_organisation": "ORG-ICMPD",
    "host": "ORG-ICMPD",
    "programme": "BMP",
    "country": "TN",
    "language": "fr",
}


def bodies_of(document: Any, path: str, operation: Any, side: Side) -> list[Any]:
    """Bodies that get as far as their references: made from the document, or by hand where members exclude others."""
    names = side.names
    item, unit, component = names["item"], names["unit"], names["component"]
    decided = {"kind": "due_diligence", "decision": "granted", "reference": "R-1", "component": component}
    period = {"start": day(-3), "end": day(60)}
    custody = {"custody_organisation_id": str(side.world["icmpd"]), "custody_site_id": names["site"]}
    by_hand: dict[str, list[Any]] = {
        "equipment": [
            {"component": component, "model": "MOD-RADIO-1", "parent": item, "custody_site": names["site"],
             "custody_organisation": "ORG-ICMPD"}
        ],
        "equipment/{item}": [{"parent": item}],
        "equipment/bulk": [
            {"items": [{"operation": "create", "component": component, "model": "MOD-RADIO-1", "parent": item}]},
            {"items": [{"operation": "transition", "id": item, "version": 1, "action": "ship"}]},
        ],
        "equipment/{item}/transitions": [{"action": "deliver", "payload": custody}],
        "agencies": [
            {"reference": "AG-TRY", "names": {"en": "Try"}, "parent": unit, "organisation": "ORG-TN-COAST-GUARD",
             "country": "TN"}
        ],
        "support-arrangements": [
            {"agency": unit, "supporting_unit": unit, "period": period},
        ],
        "requirements": [
            {**decided, "unit": unit}, {**decided, "item": item}, {**decided, "document": names["document"]},
            {**decided, "model": "MOD-RADIO-1"},
        ],
        "qualifications": [
            {"trainee": names["trainee"], "kind": "operator", "type": "COM-RADIO", "period": period, "evidence": "Seen"}
        ],
        "records/bulk": [{"items": [{"id": side.made["records"]["id"], "version": 1, "action": "vet"}]}],
    }  # fmt: skip
    made = by_hand.get(path.removeprefix(f"{API}/"))
    return made if made is not None else [body_of(document, operation, GIVEN | names)]


def deref(document: Any, schema: Any) -> Any:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def choices(document: Any, schema: Any) -> list[Any]:
    found = [deref(document, each) for each in (schema.get("anyOf") or schema.get("oneOf") or [schema])]
    return [each for each in found if each.get("type") != "null"]


def sample(document: Any, schema: Any, names: dict[str, str], name: str = "") -> Any:
    """A value that the schema allows, with every reference that has a name among `names` filled in."""
    named = deref(document, schema)
    one = choices(document, named)[0]
    if name in names and one.get("type") == "string":
        return names[name]
    for source in (schema, named, one):
        if source.get("examples"):
            return deepcopy(source["examples"][0])
    if "const" in one or "enum" in one:
        return one.get("const") or one["enum"][0]
    kind = one.get("type")
    if kind == "object" or "properties" in one:
        return {
            key: sample(document, each, names, key)
            for key, each in one.get("properties", {}).items()
            if key in one.get("required", ()) or key in names
        }
    if kind == "array":
        return [sample(document, one.get("items", {}), names, name)]
    if kind in {"integer", "number"}:
        return max(1, one.get("minimum", 1))
    if kind == "boolean":
        return False
    return {"date": day(-3), "date-time": "2024-01-01T00:00:00Z", "uuid": str(uuid4())}.get(
        one.get("format", ""), "Synthetic"
    )


def places(value: Any, side: Side, path: tuple[Any, ...] = ()) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Where a body names something of its side: the name by which the other side has its like, and the place."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from places(each, side, (*path, key))
    elif isinstance(value, list):
        for n, each in enumerate(value):
            yield from places(each, side, (*path, n))
    else:
        known = {side.made["records"]["id"]: "record"} | {each: name for name, each in side.names.items()}
        if isinstance(value, str) and value in known:
            yield known[value], path


def put(body: Any, path: tuple[Any, ...], value: str) -> Any:
    made = deepcopy(body)
    target = made
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return made


def told(answer: httpx.Response, *given: str) -> tuple[int, str]:
    """Status and body, without what is different in any two requests."""
    text = answer.text
    for each in given:
        text = text.replace(each, "<given>")
    body = orjson.loads(text) if text else {}
    for name in ("instance", "request_id", "trace_id"):
        if isinstance(body, dict):
            body.pop(name, None)
    return answer.status_code, orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()


def writing(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, item in document["paths"].items():
        for method in ("post", "patch", "put", "delete"):
            if method in item and "security" in item[method]:
                yield method, path, item[method]


def body_of(document: Any, operation: Any, names: dict[str, str]) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    kind = next((each for each in content if each.endswith("json")), None)
    return None if kind is None else sample(document, content[kind]["schema"], names)


async def rights(database: Database, world: World, account: str) -> Caller:
    async with database.transaction(read_only=True) as tx:
        facts = await tx.value(RIGHTS, principal=world.accounts[account])
    return caller_from(facts, datetime.now(UTC))
