"""The lean and the ordinary route of the same function answer the same, errors included (HOUSE 3.9)."""

from __future__ import annotations

import re
from typing import Annotated, Any

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, BackgroundTasks, Body, Cookie, Depends, FastAPI, Query, Response

from app.settings import Settings
from app.web.callers import EquipmentReader, EquipmentWriter
from app.web.dispatch import Dispatch
from app.web.lean import LeanRoute
from app.web.route import HouseRoute
from tests.web.conftest import ProbeQuery, open_probe, with_probes
from tests.world import World

pytestmark = pytest.mark.anyio

ORDINARY, LEAN = "/api/v1/probes", "/api/v1/lean-probes"
PROBE = "01a209d1-c5a1-74d1-8759-ed1a8fd4c31b"
UNKNOWN = "01a209d1-c5a1-74d1-8759-ed1a8fd4c31c"
_OWN = {"x-request-id", "content-length"}

#: method, path below the prefix, JSON body, headers
CASES: list[tuple[str, str, Any, dict[str, str]]] = [
    ("GET", f"/{PROBE}", None, {}),
    ("HEAD", f"/{PROBE}", None, {}),
    ("GET", f"/{PROBE}", None, {"accept-language": "ar"}),
    ("GET", f"/{UNKNOWN}", None, {"accept-language": "fr"}),
    ("GET", "/not-a-uuid", None, {}),
    ("GET", f"/{PROBE}?x=1", None, {}),
    ("GET", f"/{PROBE}", None, {"authorization": "Bearer no"}),
    ("GET", "", None, {}),
    ("GET", "?limit=3&cursor=abc&label=a,b&label=c", None, {}),
    ("GET", "?limit=3&label=a%26b&label=%C3%A9", None, {}),
    ("GET", "?cursor=abc&&limit=3", None, {}),
    ("GET", "?limit=0", None, {}),
    ("GET", "?limit=many&limt=1", None, {}),
    ("GET", "?limit=", None, {}),
    ("GET", "?label=", None, {}),
    ("GET", "/search", None, {}),
    ("GET", "/search?label=a,b&newest=true", None, {}),
    ("GET", "/search?newest=perhaps", None, {}),
    ("GET", "/search?other=1", None, {}),
    ("GET", "/open", None, {}),
    ("GET", "/stream?rows=2", None, {}),
    ("POST", "", {"label": ""}, {}),
    ("POST", "", {"label": "x", "other": 1}, {}),
    ("POST", "", None, {}),
    ("POST", "", [], {}),
    ("POST", "/clash", None, {}),
    ("POST", "/break", None, {}),
    ("POST", "/refuse", None, {}),
    ("POST", "/fail?times=many", None, {}),
    ("POST", "/token", {"label": "x"}, {}),
    ("POST", "/token", {"label": "x"}, {"idempotency-key": "k"}),
    ("PATCH", f"/{PROBE}", {"label": "new"}, {}),
    ("PATCH", f"/{PROBE}", {"label": "new"}, {"if-match": "*"}),
    ("PATCH", f"/{PROBE}", {"label": "new"}, {"if-match": '"7"'}),
    ("PATCH", f"/{PROBE}", {"label": "new"}, {"if-match": '"1"'}),
    ("PATCH", f"/{PROBE}", {"label": 5}, {"if-match": '"1"'}),
    ("DELETE", f"/{PROBE}", None, {"if-match": '"1"'}),
    ("PUT", f"/{PROBE}", {}, {}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]} {case[2]} {case[3]}")
async def test_both_ways_answer_the_same(
    probes: httpx.AsyncClient,
    writer: dict[str, str],
    owner: asyncpg.Connection,
    case: tuple[str, str, Any, dict[str, str]],
) -> None:
    answers = []
    for prefix in (ORDINARY, LEAN):
        await owner.execute(f"TRUNCATE probes; INSERT INTO probes VALUES ('{PROBE}', 'one', 1)")
        answers.append(await ask(probes, prefix, case, writer))
    assert answers[1] == answers[0]


async def ask(
    client: httpx.AsyncClient, prefix: str, case: tuple[str, str, Any, dict[str, str]], writer: dict[str, str]
) -> tuple[int, str, dict[str, str]]:
    method, path, body, headers = case
    answer = await client.request(method, prefix + path, json=body, headers={**writer, **headers})
    text = re.sub(r'"request_id":"[^"]*"', '"request_id":""', answer.text.replace(LEAN, ORDINARY))
    kept = {k: v.replace(LEAN, ORDINARY) for k, v in answer.headers.items() if k not in _OWN}
    return answer.status_code, text, kept


async def test_both_ways_are_described_the_same(settings: Settings, world: World) -> None:
    paths = with_probes(settings).openapi()["paths"]
    ordinary = {
        path: described for path, described in paths.items() if path.startswith(ORDINARY) and "upload" not in path
    }
    assert len(ordinary) >= 10
    for path, described in ordinary.items():
        lean = str(paths[path.replace(ORDINARY, LEAN)]).replace("lean_probes", "probes")
        assert lean.replace("lean-probes", "probes").replace("Lean Probes", "Probes") == str(described)


async def with_cookie(a: Annotated[str, Cookie()]) -> Response:
    return Response(a)


async def with_tasks(tasks: BackgroundTasks) -> Response:
    return Response(str(tasks))


async def with_two_bodies(a: Annotated[int, Body()], b: Annotated[int, Body()]) -> Response:
    return Response(f"{a}{b}")


async def with_model_and_more(query: Annotated[ProbeQuery, Query()], more: int = 0) -> Response:
    return Response(f"{query}{more}")


async def waited_for() -> int:
    return 1


async def with_waiting(value: Annotated[int, Depends(waited_for)]) -> int:
    return value


async def with_waits_of_waits(value: Annotated[int, Depends(with_waiting)]) -> Response:
    return Response(str(value))


@pytest.mark.parametrize(
    "endpoint", [with_cookie, with_tasks, with_two_bodies, with_model_and_more, with_waits_of_waits]
)
def test_what_a_lean_route_cannot_give_is_refused_when_it_is_declared(endpoint: Any) -> None:
    router = APIRouter(route_class=LeanRoute)
    with pytest.raises(TypeError, match="lean route"):
        router.post("/x")(endpoint)


async def test_a_routers_dependencies_may_not_be_lost_on_the_way() -> None:
    async def gate() -> None: ...

    router = APIRouter(route_class=LeanRoute)
    router.get("/x")(open_probe)
    app = FastAPI()
    app.include_router(router, dependencies=[Depends(gate)])
    scope = {"type": "http", "path": "/x", "method": "GET", "headers": [], "state": {}}
    with pytest.raises(TypeError, match="name them in the signature"):
        await Dispatch(app)(scope, None, None)  # type: ignore[arg-type]


def test_an_operation_has_one_scope() -> None:
    async def greedy(a: EquipmentReader, b: EquipmentWriter) -> Response:
        return Response(f"{a}{b}")

    with pytest.raises(TypeError, match="one scope"):
        APIRouter(route_class=HouseRoute).get("/x")(greedy)
