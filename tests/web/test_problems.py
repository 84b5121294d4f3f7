from __future__ import annotations

import importlib
import pkgutil
from uuid import UUID

import httpx
import orjson
import pytest
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

import app
from app import problems
from app.domain.errors import Conflict, DomainError, Fault, Rejected, Unauthorised, Unavailable
from tests.world import ISSUER

pytestmark = pytest.mark.anyio


def every_error() -> list[type[DomainError]]:
    """All kinds of the code base, wherever they are declared."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if not module.name.startswith("app.cli"):
            importlib.import_module(module.name)
    found, waiting = [], [DomainError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        found.append(kind)
    return found


def test_every_kind_has_a_status_an_explanation_and_a_title_in_each_language() -> None:
    for kind in every_error():
        if kind in {DomainError, problems.OtherHttp}:
            continue
        assert (problems.status_of(kind) >= 500) is issubclass(kind, problems.Internal | Unavailable), kind
        assert kind.__doc__, kind
        for language in ("fr", "it", "ar"):
            assert kind.code in problems.TITLES[language], f"problem_titles.json has no {language} for {kind.code}"


def test_no_title_belongs_to_nothing() -> None:
    codes = {kind.code for kind in every_error()}
    for table in problems.TITLES.values():
        assert set(table) <= codes


def told(error: DomainError, *, authenticated: bool = False) -> tuple[dict[str, object], dict[str, str]]:
    response = problems.answer(
        error, issuer=ISSUER, path="/a b", request_id="r", language="en", authenticated=authenticated
    )
    return orjson.loads(bytes(response.body)), dict(response.headers)


def test_facts_are_told_and_never_take_the_place_of_a_member() -> None:
    body, headers = told(Conflict("It is so.", legal=["ship"], status=200, code="x", since=UUID(int=1)))
    assert body == {
        "type": f"{ISSUER}/problems/conflict",
        "title": "The present state does not allow this",
        "status": 409,
        "detail": "It is so.",
        "instance": "/a%20b",
        "code": "conflict",
        "request_id": "r",
        "legal": ["ship"],
        "since": str(UUID(int=1)),
    }
    assert headers["content-type"] == "application/problem+json"
    assert headers["cache-control"] == "no-store"


def test_a_challenge_of_another_scheme_is_a_header_only() -> None:
    body, headers = told(Unauthorised("No such client.", challenge='Basic realm="bmp"', error="invalid_client"))
    assert headers["www-authenticate"] == 'Basic realm="bmp"'
    assert (body["error"], "challenge" in body) == ("invalid_client", False)


def test_faults_tell_where_they_are() -> None:
    body, _ = told(Rejected([Fault("/a", "x", "X."), problems.ParameterFault("/b", "y", "Y.", place="path")]))
    assert body["errors"] == [
        {"pointer": "/a", "code": "x", "detail": "X."},
        {"pointer": "/b", "code": "y", "detail": "Y.", "in": "path"},
    ]


def test_pointers_are_escaped_and_cut() -> None:
    assert problems.pointer(["a/b", "c~d", 3, "x" * 99]) == "/a~1b/c~0d/3/" + "x" * 64


class Cat(BaseModel):
    kind: str
    lives: int


class House(BaseModel):
    pet: Cat | list[Cat]
    ident: UUID = UUID(int=0)


def test_what_was_sent_is_not_echoed_and_pointers_name_what_is_really_there() -> None:
    body = {"pet": {"kind": "secret-kind", "lives": "secret-lives"}, "ident": "secret-ident"}
    with pytest.raises(ValidationError) as invalid:
        House.model_validate(body)
    errors = [{**error, "loc": ("body", *error["loc"])} for error in invalid.value.errors()]
    rejected = problems.rejected(errors, body)
    assert isinstance(rejected, Rejected)
    assert {f.pointer for f in rejected.faults} == {"/pet/lives", "/pet", "/ident"}
    assert "secret" not in str(rejected.faults)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "malformed"), (404, "not_found"), (413, "too_large"), (415, "unsupported_media_type"), (418, "http")],
)
def test_errors_of_the_framework_have_kinds_too(status: int, code: str) -> None:
    assert problems.as_domain(HTTPException(status)).code == code


def test_responses_for_openapi_say_problem_json() -> None:
    made = problems.problems(404, 503)
    assert set(made) == {404, 503}
    assert made[404]["content"] == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert "Retry-After" in made[503]["headers"]


async def test_each_type_answers_with_its_page(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/problems", headers={"accept": "application/json"})).json()["items"]
    assert "still_running" in [item["code"] for item in listed]
    for item in listed:
        page = await client.get(f"/problems/{item['code']}")
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert item["titles"]["ar"] in page.text
        assert f"Status {item['status']}." in page.text
    one = await client.get("/problems/stale", headers={"accept": "application/json;q=0.9, text/plain"})
    assert one.json()["titles"]["it"] == "È cambiato da quando è stato letto"
    assert (await client.get("/problems/nothing")).status_code == 404
    assert "still_running" in (await client.get("/problems")).text
    assert (await client.get("/problems", headers={"accept": "image/png"})).status_code == 406
