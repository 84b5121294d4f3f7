"""Training sessions over HTTP."""

from __future__ import annotations

import httpx
import pytest

from tests.routers.training import API, day, get, patch, post, record, session, trainee
from tests.world import World

pytestmark = pytest.mark.anyio
STAGES = ("nominated", "vetted", "enrolled", "attended", "completed", "failed", "withdrawn", "excluded")
COUNTS = ("open", *STAGES)


async def test_a_session_is_planned(client: httpx.AsyncClient, world: World) -> None:
    body = {
        "component": "BMP-TN",
        "course": "CRS-RADIO-OP",
        "starts_on": "2026-03-02",
        "ends_on": "2026-03-06",
        "half_days": 10,
        "language": "fr",
        "site": "SITE-TN-SFAX",
        "host": "ORG-ICMPD",
        "trainers": [{"organisation": "ORG-ITALY", "role": "lead", "persons": 2}],
        "capacity": 12,
        "external_id": "X-1",
    }
    answer = await post(client, world, "/sessions", body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["location"] == f"/api/v1/sessions/{made['id']}"
    assert made == {
        "id": made["id"],
        "reference": "TS-TN-2026-000001",
        "component": {"id": str(world["tunisia"]), "reference": "BMP-TN", "label": "Tunisia"},
        "course": {"id": str(world["course"]), "reference": "CRS-RADIO-OP", "label": "Operating the radio"},
        "status": "planned",
        "starts_on": "2026-03-02",
        "ends_on": "2026-03-06",
        "half_days": 10,
        "language": "fr",
        "site": {"id": str(world["site-tn-sfax"]), "reference": "SITE-TN-SFAX", "label": "Port of tn-sfax"},
        "host": {"id": str(world["icmpd"]), "reference": "ORG-ICMPD", "label": "Organisation icmpd"},
        "trainers": [
            {
                "organisation": {"id": str(world["italy"]), "reference": "ORG-ITALY", "label": "Organisation italy"},
                "role": "lead",
                "persons": 2,
            }
        ],
        "capacity": 12,
        "records": dict.fromkeys(COUNTS, 0),
        "closed_at": None,
        "external_id": "X-1",
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    assert (await get(client, world, f"/sessions/{made['reference']}")).json() == made
    assert (await get(client, world, "/sessions?sort=starts_on&starts_on.lt=2026-04-01")).json()["items"] == [made]
    assert (await get(client, world, f"/sessions?model_id={world['radio']}&component_id={world['tunisia']}")).json()[
        "items"
    ] == [made]
    answer = await post(client, world, "/sessions", body)
    assert (answer.status_code, answer.json()["pointer"]) == (409, "/external_id")


async def test_an_end_before_its_start_is_told_as_what_must_not_be(client: httpx.AsyncClient, world: World) -> None:
    body = {"component": "BMP-TN", "course": "CRS-RADIO-OP", "starts_on": day(1), "ends_on": day(0), "half_days": 4}
    answer = await post(client, world, "/sessions", body | {"language": "fr"})
    assert [(e["pointer"], e["code"], e["detail"]) for e in answer.json()["errors"]] == [
        ("", "value_error", "ends_on must not be before starts_on.")
    ]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"language": "it"}, "/language"),
        ({"component": "BMP-XX"}, "/component"),
        ({"course": "CRS-NONE"}, "/course"),
        ({"site": "SITE-NONE"}, "/site"),
        ({"host": "ORG-NONE"}, "/host"),
        ({"trainers": [{"organisation": "ORG-NONE", "role": "lead"}]}, "/trainers/0/organisation"),
        ({"ends_on": "1926-01-01"}, ""),
        ({"half_days": 0}, "/half_days"),
        ({"surprise": 1}, "/surprise"),
    ],
)
async def test_a_session_that_cannot_be(
    client: httpx.AsyncClient, world: World, change: dict[str, object], pointer: str
) -> None:
    body = {
        "component": "BMP-TN",
        "course": "CRS-RADIO-OP",
        "starts_on": day(1),
        "ends_on": day(2),
        "half_days": 4,
        "language": "fr",
        **change,
    }
    answer = await post(client, world, "/sessions", body)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


async def test_other_implementers_plan_nothing_in_a_component_that_is_not_theirs(
    client: httpx.AsyncClient, world: World
) -> None:
    body = {"course": "CRS-RADIO-OP", "starts_on": day(1), "ends_on": day(2), "half_days": 4, "language": "fr"}
    answer = await post(client, world, "/sessions", {**body, "component": "BMP-MA"}, by="italy.manager")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/component")
    made = await session(client, world, component="BMP-MA", open_=False)
    for path, method in ((f"/sessions/{made['id']}", "GET"), (f"/sessions/{made['id']}/open", "POST")):
        answer = await client.request(method, f"{API}{path}", headers=world.headers("italy.manager", If_Match="1"))
        assert answer.status_code == 404
    assert made["id"] not in (await get(client, world, "/sessions?limit=200", by="italy.manager")).text
    assert (await get(client, world, f"/sessions/{made['id']}", by="ma.focal")).status_code == 200
    assert (await get(client, world, f"/sessions/{made['id']}", by="tn.focal")).status_code == 404
    assert (await get(client, world, f"/sessions/{made['id']}", by="observer")).status_code == 403
    answer = await post(client, world, f"/sessions/{made['id']}/open", version=1, by="auditor")
    assert (answer.status_code, answer.json()["scope"]) == (403, "training:write")


async def test_a_session_lives(client: httpx.AsyncClient, world: World) -> None:
    made = await session(client, world, open_=False, ends_on=day(3))
    path = f"/sessions/{made['id']}"
    answer = await post(client, world, f"{path}/close", version=1)
    assert (answer.status_code, answer.json()["legal"]) == (409, ["open", "cancel"])
    answer = await post(client, world, f"{path}/open", version=1)
    assert (answer.status_code, answer.json()["status"], answer.headers["etag"][:3]) == (200, "running", '"2-')
    answer = await post(client, world, f"{path}/close", version=2)
    assert (answer.status_code, answer.json()["ends_on"]) == (409, day(3))
    answer = await patch(client, world, path, {"ends_on": day(-6), "site": "SITE-TN-SFAX", "capacity": 3}, version=2)
    assert (answer.status_code, answer.json()["ends_on"], answer.json()["capacity"]) == (200, day(-6), 3)
    answer = await patch(client, world, path, {"ends_on": day(-11)}, version=3)
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/ends_on"]
    answer = await patch(client, world, path, {"capacity": 4}, version=2)
    assert (answer.status_code, answer.json()["current"]) == (412, 3)
    answer = await post(client, world, f"{path}/close", version=3)
    assert answer.json()["status"] == "closed"
    assert answer.json()["closed_at"] is not None
    answer = await patch(client, world, path, {"capacity": 4}, version=4)
    assert answer.status_code == 409
    answer = await post(client, world, f"{path}/cancel", version=4)
    assert (answer.status_code, answer.json()["legal"]) == (409, [])


async def test_a_session_is_not_closed_over_open_records(client: httpx.AsyncClient, world: World) -> None:
    made = await session(client, world)
    path = f"/sessions/{made['id']}"
    people = [await trainee(client, world) for _ in range(5)]
    stages = ("nominated", "vetted", "enrolled", "enrolled", "attended")
    there = [
        await record(client, world, made["id"], person["id"], until=stage)
        for person, stage in zip(people, stages, strict=True)
    ]
    entered = await post(
        client, world, f"/records/{there[3]['id']}/results", {"half_days_attended": 8}, version=there[3]["version"]
    )
    assert entered.status_code == 200, entered.text
    refused = await post(client, world, f"{path}/close", version=2)
    assert (refused.status_code, refused.json()["code"], refused.json()["count"]) == (
        409,
        "session_has_open_records",
        4,
    )
    assert set(refused.json()["records"]) == {each["id"] for each in there[:4]}
    assert (await post(client, world, f"{path}/close", {"open_records": "refuse"}, version=2)).status_code == 409
    before = (await get(client, world, path)).json()
    assert (before["status"], before["version"], before["records"]["open"]) == ("running", 2, 5)
    closed = await post(client, world, f"{path}/close", {"open_records": "end"}, version=2)
    assert closed.status_code == 200, closed.text
    assert closed.json()["records"] == {
        **dict.fromkeys(STAGES, 0), "open": 2, "attended": 2, "withdrawn": 2, "excluded": 1,
    }  # fmt: skip
    listed = (await get(client, world, f"{path}/records?limit=200")).json()["items"]
    now = {each["id"]: (each["stage"], each["reason"]) for each in listed}
    assert [now[each["id"]] for each in there] == [
        ("withdrawn", "other"),
        ("withdrawn", "other"),
        ("excluded", "no_show"),
        ("attended", None),
        ("attended", None),
    ]
    left = (await get(client, world, f"/records?session_id={made['id']}&open=true")).json()["items"]
    assert {each["id"] for each in left} == {there[3]["id"], there[4]["id"]}
    ended = (await get(client, world, f"{path}/records?open=false")).json()["items"]
    assert {each["id"] for each in ended} == {each["id"] for each in there[:3]}
    found = "/sessions?status=closed&has_open_records={}&fields=id&limit=200"
    assert made["id"] in (await get(client, world, found.format("true"))).text
    assert made["id"] not in (await get(client, world, found.format("false"))).text
    for each in left:
        await post(client, world, f"/records/{each['id']}/withdraw", {"reason": "other"}, version=each["version"])
    assert made["id"] in (await get(client, world, found.format("false"))).text


async def test_half_days_do_not_fall_below_what_somebody_attended(client: httpx.AsyncClient, world: World) -> None:
    made = await session(client, world)
    await record(client, world, made["id"], (await trainee(client, world))["id"], until="attended")
    answer = await patch(client, world, f"/sessions/{made['id']}", {"half_days": 8}, version=2)
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/half_days", "fewer_than_attended")]
    assert (await patch(client, world, f"/sessions/{made['id']}", {"half_days": 9}, version=2)).status_code == 200


async def test_cancelling_withdraws_everybody(client: httpx.AsyncClient, world: World) -> None:
    made = await session(client, world)
    people = [await trainee(client, world) for _ in range(3)]
    for person, until in zip(people, ("nominated", "enrolled", "attended"), strict=True):
        await record(client, world, made["id"], person["id"], until=until)
    answer = await post(client, world, f"/sessions/{made['id']}/cancel", version=2)
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    found = (await get(client, world, f"/sessions/{made['id']}/records")).json()["items"]
    assert sorted((each["stage"], each["reason"]) for each in found) == [("withdrawn", "other")] * 3
    assert (await get(client, world, "/sessions/unknown/records")).status_code == 404
    assert (await post(client, world, "/sessions/unknown/records", {"trainees": [people[0]["id"]]})).status_code == 404
