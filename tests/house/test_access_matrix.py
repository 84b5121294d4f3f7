"""Every operation × every role, from the OpenAPI document: a newcomer is covered with no edit (HOUSE 7)."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.domain.access import ROLE_SCOPES, Role
from tests.conftest import running
from tests.world import World

pytestmark = pytest.mark.anyio

#: One account of the world for each role; `integration` has no scopes of its own (a client names its creator's).
ACCOUNT_OF = {
    Role.ADMINISTRATOR: "root",
    Role.PROGRAMME_MANAGER: "icmpd.manager",
    Role.PROCUREMENT_OFFICER: "icmpd.procurement",
    Role.LOGISTICS_OFFICER: "icmpd.logistics",
    Role.TRAINING_OFFICER: "icmpd.training",
    Role.MONITORING_OFFICER: "icmpd.monitoring",
    Role.SAFEGUARDS_OFFICER: "icmpd.safeguards",
    Role.FOCAL_POINT: "tn.focal",
    Role.AUDITOR: "auditor",
    Role.OBSERVER: "observer",
}
METHODS = ("get", "post", "put", "patch", "delete")
#: Operations that anybody may call, each for a reason: one proves who one is by them, or they say nothing of anybody.
PUBLIC = re.compile(r"^/($|livez|readyz|version|metrics|problems|\.well-known/|api/v1/oauth/|api/v1/meta/)")


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, item[method]) for path, item in document["paths"].items() for method in METHODS if method in item
    ]


def scopes_of(operation: dict[str, Any]) -> set[str]:
    return {scope for each in operation.get("security", []) for scope in each.get("oauth2", [])}


async def call(client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """The operation with ids of nothing and an empty body: enough to meet the gate."""
    address = re.sub(r"\{[^}]+\}", str(uuid4()), path)
    body: dict[str, Any] | None = {} if method in {"post", "put", "patch"} else None
    return await client.request(method.upper(), address, headers={**headers, "If-Match": '"1"'}, json=body)


def test_every_role_has_an_account_in_the_world() -> None:
    assert set(ACCOUNT_OF) | {Role.INTEGRATION} == set(Role)


def test_every_operation_is_secured_or_meant_to_be_public(app: FastAPI) -> None:
    unsecured = [path for _, path, each in operations(app.openapi()) if "security" not in each]
    assert [path for path in unsecured if not PUBLIC.match(path)] == []


async def test_without_a_token_nothing_that_is_secured_answers(app: FastAPI) -> None:
    async with running(app) as client:
        for method, path, each in operations(app.openapi()):
            if "security" in each:
                answer = await call(client, method, path, {})
                assert (path, method, answer.status_code) == (path, method, 401)
                assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", list(ACCOUNT_OF))
async def test_a_role_may_do_what_its_scopes_say_and_nothing_else(app: FastAPI, world: World, role: Role) -> None:
    headers = world.headers(ACCOUNT_OF[role])
    held = {scope.value for scope in ROLE_SCOPES[role]}
    wrong = []
    async with running(app) as client:
        for method, path, each in operations(app.openapi()):
            if "security" not in each:
                continue
            answer = await call(client, method, path, headers)
            refused = answer.status_code == 403 and "insufficient_scope" in answer.headers.get("www-authenticate", "")
            if refused == (scopes_of(each) <= held) or answer.status_code in {401, 500}:
                wrong.append((method, path, answer.status_code, sorted(scopes_of(each)), answer.text[:200]))
    assert wrong == []


async def test_who_has_no_delegation_sees_no_row_of_a_component_or_an_agency(app: FastAPI, world: World) -> None:
    """`nobody` is a programme manager of an organisation without delegations: every scope, no scope of rows."""
    headers = world.headers("nobody")
    async with running(app) as client:
        for name in ("tn-sfax", "tn-directorate", "ma-nador"):
            answer = await client.get(f"/api/v1/sites/{world[f'site-{name}']}", headers=headers)
            assert answer.status_code == 404
        for method, path, each in operations(app.openapi()):
            if method != "get" or "{" in path or "security" not in each:
                continue
            answer = await client.get(path, headers=headers)
            if answer.status_code == 200:
                for other in ("tn-sfax", "ma-nador", "tunisia", "morocco"):
                    assert (path, str(world[other]) in answer.text) == (path, False)
