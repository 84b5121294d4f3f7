"""What the contract's fuzzer shares: the application in this process with one object of each resource in it.

Made-up identifiers only ever find 404, and made-up references 422. So every other case gets identifiers, references
and versions of what is really there: then the answers that are worth comparing come back.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import hypothesis
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from jsonschema import Draft202012Validator
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoverageScenario, coverage_scenario
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.specs.openapi.checks import negative_data_rejection

from app.domain.files import MEDIA_TYPES
from app.main import create_app
from app.security.keys import Keys
from app.settings import Settings
from tests.conftest import running
from tests.house import one_of_each
from tests.house.walking import API, Walk, counted, documented
from tests.world import ISSUER, World

Case = schemathesis.Case[Any]


@schemathesis.serializer(*MEDIA_TYPES.values())
def _bytes(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Uploads are bytes, whatever they are said to be."""
    return value if isinstance(value, bytes) else str(value).encode()


CONFIG: dict[str, Any] = {
    "seed": 1,
    "cache": {"enabled": False},
    # Refusals that this contract adds to those which the checks expect by themselves (API 8 and 9).
    "checks": {
        "negative_data_rejection": {
            "expected-statuses": [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429]
        },
        "missing_required_header": {"expected-statuses": [400, 401, 403, 404, 415, 422, 428]},
        # What is well formed is refused all the time: references to nothing, states that do not allow it.
        "positive_data_acceptance": {"enabled": False},
    },
    "generation": {"with-security-parameters": False},
}

#: Members of bodies and what may stand in them: names of the world, or the resource whose objects they name.
NAMES: dict[str, tuple[str, ...]] = {
    "agency": ("AG-TN-SFAX", "AG-TN-DIRECTORATE", "AG-ONE", "AG-MA-NADOR"),
    "component": ("BMP-TN", "BMP-MA"),
    "components": ("BMP-TN", "BMP-MA"),
    "course": ("CRS-RADIO-OP", "CRS-ONE"),
    "custody_organisation": ("ORG-ICMPD", "ORG-TN-COAST-GUARD"),
    "custody_site": ("SITE-STORE", "SITE-TN-SFAX"),
    "host": ("ORG-ICMPD", "ORG-TN-COAST-GUARD"),
    "model": ("MOD-RADIO-1", "MOD-ONE"),
    "organisation": ("ORG-ICMPD", "ORG-TN-COAST-GUARD", "ORG-ITALY"),
    "programme": ("BMP", "PRG-ONE"),
    "receiving_unit": ("AG-TN-SFAX", "AG-ONE"),
    "site": ("SITE-TN-SFAX", "SITE-STORE", "SITE-ONE"),
    "supplier": ("SUP-1", "SUP-ONE"),
    "supporting_unit": ("AG-TN-ZARZIS", "AG-ONE"),
    "title_organisation": ("ORG-ICMPD", "ORG-SUPPLIER"),
    "type": ("COM-RADIO", "TYPE-ONE"),
    "unit": ("AG-TN-SFAX", "AG-TN-ZARZIS", "AG-ONE"),
}
OBJECTS: dict[str, str] = {
    "custody_organisation_id": "/organisations",
    "custody_site_id": "/sites",
    "delivery": "/deliveries",
    "id": "/equipment",
    "into": "/trainees",
    "item": "/equipment",
    "items": "/equipment",
    "replaced_by": "/equipment",
    "session": "/sessions",
    "title_organisation_id": "/organisations",
    "trainee": "/trainees",
    "trainees": "/trainees",
    "unit_id": "/agencies",
}
#: Parameters whose good values no schema can tell.
NARROW = frozenset({"cursor", "expand", "fields", "sort", "q", "format"})


@dataclass
class Service:
    """The application, its contract, and what is in it."""

    app: FastAPI
    schema: schemathesis.BaseSchema
    world: World
    objects: dict[str, list[dict[str, Any]]]
    #: The members that each schema requires.
    required: dict[str, tuple[str, ...]]
    #: How often each status came back by operation.
    met: dict[str, Counter[int]] = field(default_factory=dict)

    def operation(self, method: str, path: str) -> Any:
        """As schemathesis knows it."""
        return self.schema[path][method.upper()]

    def examine(self, operation: Any, account: str, mode: schemathesis.GenerationMode, examples: int) -> None:
        """Call it with so many made-up requests; raises what the checks find wrong with the first bad answer."""

        @hypothesis.seed(1)
        @hypothesis.settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), pick=st.integers(0, 2**16))
        def one(case: Case, pick: int) -> None:
            self.call(case, account, pick)

        try:
            one()
        except Unsatisfiable:
            # Where every text is a good header and nothing else is taken, nothing can be bad.
            assert mode.is_negative

    def systematic(self, operation: Any, account: str, only: frozenset[CoverageScenario] | None = None) -> None:
        """The cases that follow from the schema one by one; with `only`, those of some kinds."""
        cases = self.schema.iter_coverage_cases(
            operation,
            generation_modes=list(schemathesis.GenerationMode),
            generation_config=self.schema.config.generation_for(operation=operation),
        )
        for case in cases:
            if only is None or coverage_scenario(case) in only:
                self.call(case, account)

    def call(self, case: Case, account: str, pick: int = 0) -> None:
        """One call and all checks. Three of four are filled with what is there."""
        if pick % 4:
            self._fill(case, account, pick // 4)
        headers = self.world.headers(account)
        response = case.call(headers=headers)
        harmless: list[Any] = (
            [negative_data_rejection] if _is_bad_on_paper_only(case, str(response.request.url)) else []
        )
        case.validate_response(
            response, headers=headers, excluded_checks=harmless, transport_kwargs={"headers": dict(headers)}
        )
        self.met.setdefault(case.operation.label, Counter())[response.status_code] += 1

    def _fill(self, case: Case, account: str, pick: int) -> None:
        """Real identifiers in the path, the current version in `If-Match`, real names and fewer options elsewhere.

        What is meant to be wrong stays wrong.
        """
        parent, _, name = case.path.partition("}")[0].partition("/{")
        known = self.objects.get(parent.removeprefix(API)) or self.objects.get(f"/{name}s")
        headers_good = _is_good(case, ParameterLocation.HEADER)
        if known and name and _is_good(case, ParameterLocation.PATH):
            chosen = known[pick % len(known)]
            case.path_parameters[name] = chosen["id"]
            if "If-Match" in case.headers and pick % 4 and headers_good:
                case.headers["If-Match"] = self._version(case, account, chosen["id"])
        if headers_good:
            for name in ("Idempotency-Key", "If-None-Match"):
                case.headers.pop(name, None)
        if _is_good(case, ParameterLocation.QUERY):
            for n, name in enumerate(list(case.query)):
                if name in NARROW or (pick >> n) % 2:
                    del case.query[name]
        if isinstance(case.body, (dict, list)) and _is_good(case, ParameterLocation.BODY):
            case.body = self._named(self._plain(case, pick), pick)

    def _plain(self, case: Case, pick: int) -> Any:
        """The body without most of what is optional in it."""
        if not isinstance(case.body, dict):
            return case.body
        content = case.operation.definition.raw.get("requestBody", {}).get("content", {})
        reference = content.get(case.media_type, {}).get("schema", {}).get("$ref", "")
        required = self.required.get(reference.rpartition("/")[2], ())
        return {
            name: each
            for n, (name, each) in enumerate(case.body.items())
            if name in required or ((pick >> n) % 3 == 0 and each is not None)
        }

    def _version(self, case: Case, account: str, ident: str) -> str:
        """As the object stands now; what it was at first where the caller cannot read it."""
        path = next(
            path
            for path in self.schema
            if path.startswith(f"{case.path.partition('/{')[0]}/{{") and path.count("/") == 4
        )
        read = self.schema[path]["GET"]
        name = path.rpartition("{")[2].rstrip("}")
        answer = read.Case(path_parameters={name: ident}).call(headers=self.world.headers(account))
        tag = answer.headers.get("etag", ['"1"'])[0]
        return f'"{tag.strip(chr(34)).partition("-")[0]}"'

    def _named(self, value: Any, pick: int, name: str = "") -> Any:
        """The same with the members that name something naming something."""
        if isinstance(value, dict):
            return {key: self._named(each, pick + n, key) for n, (key, each) in enumerate(value.items())}
        if isinstance(value, list):
            return [self._named(each, pick + n, name) for n, each in enumerate(value)]
        if not isinstance(value, str):
            return value
        if name in NAMES:
            return NAMES[name][pick % len(NAMES[name])]
        known = self.objects.get(OBJECTS.get(name, ""))
        return known[pick % len(known)]["id"] if known and name != "id" else value


def _is_good(case: Case, location: ParameterLocation) -> bool:
    return case.meta is None or not case.meta.is_negative_at(location)


def _is_bad_on_paper_only(case: Case, sent: str) -> bool:
    """Whether a query was meant to be bad, and what was sent of it is good: a list without members is not sent.

    Only texts and lists of texts are looked at; whatever else a query holds counts as bad.
    """
    meant = [each for each in ParameterLocation if not _is_good(case, each)]
    if meant != [ParameterLocation.QUERY]:
        return False
    arriving: dict[str, list[str]] = {}
    for name, value in parse_qsl(urlsplit(sent).query, keep_blank_values=True):
        arriving.setdefault(name, []).append(value)
    taken = {p["name"]: p["schema"] for p in case.operation.definition.raw["parameters"] if p["in"] == "query"}
    return all(name in taken and _takes_texts(taken[name], values) for name, values in arriving.items())


def _takes_texts(schema: dict[str, Any], texts: list[str]) -> bool:
    forms = [each for each in schema.get("anyOf", [schema]) if each.get("type") in {"string", "array"}]
    if len(forms) != 1 or "$ref" in str(forms) or "format" in str(forms):
        return False
    several = forms[0]["type"] == "array"
    if not several and len(texts) != 1:
        return False
    return Draft202012Validator(forms[0]).is_valid(texts if several else texts[0])


@contextmanager
def started(settings: Settings, world: World, keys: Keys) -> Iterator[Service]:
    """The service with the stories told in it."""
    objects = asyncio.run(_tell(settings, world, keys))
    app = create_app(settings)
    schema = schemathesis.openapi.from_dict(app.openapi(), config=SchemathesisConfig.from_dict(CONFIG))
    schema.app = app
    schema.config.update(base_url=ISSUER)
    try:
        required = {
            name: tuple(each.get("required", ())) for name, each in app.openapi()["components"]["schemas"].items()
        }
        yield Service(app, schema, world, objects, required)
    finally:
        shutdown_lifespans()


async def _tell(settings: Settings, world: World, keys: Keys) -> dict[str, list[dict[str, Any]]]:
    app = create_app(settings)
    with counted() as tally:
        async with running(app) as client:
            walk = Walk(client, world, documented(), tally)
            await one_of_each.everything(walk, settings, keys)
            return walk.found
