"""What the tests of the training room share: a session, trainees and records made over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import httpx

from tests.world import World

API = "/api/v1"
TODAY = datetime.now(UTC).date()
OFFICER = "icmpd.training"
_number = count(1)


def day(offset: int) -> str:
    return (TODAY + timedelta(days=offset)).isoformat()


def made_up_name() -> str:
    """Another name for each call, in letters only."""
    letters = "".join(chr(ord("a") + int(digit)) for digit in str(next(_number)))
    return f"Synthetic Person {letters}"


async def post(
    client: httpx.AsyncClient,
    world: World,
    path: str,
    body: Any = None,
    *,
    by: str = OFFICER,
    version: int | None = None,
) -> httpx.Response:
    more = {} if version is None else {"If_Match": str(version)}
    return await client.post(f"{API}{path}", json=body, headers=world.headers(by, **more))


async def get(client: httpx.AsyncClient, world: World, path: str, *, by: str = OFFICER) -> httpx.Response:
    return await client.get(f"{API}{path}", headers=world.headers(by))


async def patch(
    client: httpx.AsyncClient, world: World, path: str, body: Any, *, version: int, by: str = OFFICER
) -> httpx.Response:
    return await client.patch(f"{API}{path}", json=body, headers=world.headers(by, If_Match=str(version)))


async def session(client: httpx.AsyncClient, world: World, *, open_: bool = True, **more: Any) -> dict[str, Any]:
    body = {
        "component": "BMP-TN",
        "course": "CRS-RADIO-OP",
        "starts_on": day(-10),
        "ends_on": day(-6),
        "half_days": 10,
        "language": "fr",
        **more,
    }
    answer = await post(client, world, "/sessions", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    if open_:
        answer = await post(client, world, f"/sessions/{made['id']}/open", version=1)
        assert answer.status_code == 200, answer.text
        made = answer.json()
    return made


async def trainee(client: httpx.AsyncClient, world: World, *, by: str = OFFICER, **more: Any) -> dict[str, Any]:
    body = {
        "name": made_up_name(),
        "agency": "AG-TN-SFAX",
        "posting": {"unit": "AG-TN-SFAX", "site": "SITE-TN-SFAX", "starts_on": day(-400)},
        "grade_band": "non_commissioned",
        "sex": "female",
        "language": "ar",
        **more,
    }
    answer = await post(client, world, "/trainees", body, by=by)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def record(
    client: httpx.AsyncClient,
    world: World,
    session_id: str,
    trainee_id: str,
    *,
    until: str = "nominated",
    **results: Any,
) -> dict[str, Any]:
    """A record that went as far as `until`; `results` are entered with the attendance."""
    answer = await post(client, world, "/records", {"session": session_id, "trainee": trainee_id})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    marks = {"half_days_attended": 9, "post_test": 80, "rights_module_done": True, **results}
    for stage, verb, body in (("vetted", "vet", {}), ("enrolled", "enrol", {}), ("attended", "attend", marks)):
        if made["stage"] == until:
            break
        answer = await post(client, world, f"/records/{made['id']}/{verb}", body, version=made["version"])
        assert answer.status_code == 200, answer.text
        made = answer.json()
        assert made["stage"] == stage
    return made


async def close(
    client: httpx.AsyncClient, world: World, made: dict[str, Any], body: dict[str, Any] | None = None
) -> dict[str, Any]:
    answer = await post(client, world, f"/sessions/{made['id']}/close", body, version=made["version"])
    assert answer.status_code == 200, answer.text
    closed: dict[str, Any] = answer.json()
    return closed


def past(days: int) -> date:
    return TODAY - timedelta(days=days)
