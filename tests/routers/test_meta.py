"""The service's own vocabulary."""

from __future__ import annotations

import httpx
import pytest

from app.domain.access import ROLE_SCOPES, Role
from app.domain.equipment import TRANSITIONS, Stage
from app.schemas.meta import CodesOut, ScopesAndRoles, Workflows
from tests.world import World

pytestmark = pytest.mark.anyio


async def test_workflows_are_the_tables_of_the_domain(client: httpx.AsyncClient, world: World) -> None:
    response = await client.get("/api/v1/meta/workflows", headers=world.headers("tn.focal"))
    Workflows.model_validate_json(response.content)
    graphs = {graph["resource"]: graph for graph in response.json()["items"]}
    assert set(graphs) == {"equipment", "deliveries", "acceptances", "handovers", "records", "sessions"}
    steps = {(step["from"], step["action"]) for step in graphs["equipment"]["transitions"]}
    assert steps == {(stage.value, action.value) for stage, action in TRANSITIONS}
    assert graphs["equipment"]["final"] == ["returned", "disposed", "cancelled"]
    for graph in graphs.values():
        reached = {step["to"] for step in graph["transitions"]} - {None}
        assert {graph["initial"], *reached} >= set(graph["final"])
        assert reached <= set(graph["states"])


async def test_roles_and_scopes(client: httpx.AsyncClient, world: World) -> None:
    response = await client.get("/api/v1/meta/scopes-and-roles", headers=world.headers("nobody"))
    ScopesAndRoles.model_validate_json(response.content)
    given = {role["role"]: set(role["scopes"]) for role in response.json()["roles"]}
    assert given == {role.value: {scope.value for scope in ROLE_SCOPES[role]} for role in Role}


@pytest.mark.parametrize(
    ("language", "label"), [("en", "In service"), ("fr", "En service"), ("it", "In servizio"), ("ar", "في الخدمة")]
)
async def test_codes_speak_four_languages(client: httpx.AsyncClient, world: World, language: str, label: str) -> None:
    headers = world.headers("tn.focal", Accept_Language=language)
    response = await client.get("/api/v1/meta/codes", headers=headers)
    CodesOut.model_validate_json(response.content)
    lists = {listed["name"]: listed["codes"] for listed in response.json()["items"]}
    assert [code["code"] for code in lists["equipment_stage"]] == [stage.value for stage in Stage]
    assert {"code": "in_service", "label": label} in lists["equipment_stage"]
    assert {"code": "beyond_repair", "label": "Beyond repair"} in lists["withdraw_reason"]


async def test_only_for_those_who_are_known(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/meta/codes")).status_code == 401
