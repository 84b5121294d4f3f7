from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from app.settings import Settings
from tests.conftest import running
from tests.web.conftest import WHO, with_probes
from tests.world import ISSUER, World

pytestmark = pytest.mark.anyio

PROBES = "/api/v1/probes"


async def labels(owner: asyncpg.Connection) -> list[str]:
    return [row["label"] for row in await owner.fetch("SELECT label FROM probes ORDER BY id")]


@pytest.fixture(autouse=True)
async def empty(probes: httpx.AsyncClient, owner: asyncpg.Connection) -> None:
    await owner.execute("TRUNCATE probes; ALTER SEQUENCE tries RESTART; TRUNCATE idempotency_keys")


async def test_what_a_handler_wrote_is_committed_before_the_answer(
    probes: httpx.AsyncClient, writer: dict[str, str], owner: asyncpg.Connection
) -> None:
    made = await probes.post(PROBES, json={"label": "one"}, headers=writer)
    assert made.status_code == 201
    assert await labels(owner) == ["one"]
    assert made.headers["location"] == f"{PROBES}/{made.json()['id']}"
    read = await probes.get(made.headers["location"], headers=writer)
    assert read.json() == made.json() == {"id": made.json()["id"], "label": "one", "version": 1}
    assert read.headers["etag"] == made.headers["etag"]


async def test_a_refusal_leaves_nothing_behind_raised_or_returned(
    probes: httpx.AsyncClient, writer: dict[str, str], owner: asyncpg.Connection
) -> None:
    refused = await probes.post(f"{PROBES}/refuse", headers=writer)
    assert (refused.status_code, refused.json()) == (409, {"refused": True})
    failed = await probes.post(f"{PROBES}/fail", params={"times": 1, "state": "22012"}, headers=writer)
    assert failed.status_code == 422
    assert await labels(owner) == []


@pytest.mark.parametrize("state", ["40001", "40P01", "cut"])
async def test_what_may_be_gone_at_the_next_attempt_is_tried_again(
    probes: httpx.AsyncClient, writer: dict[str, str], owner: asyncpg.Connection, state: str
) -> None:
    answer = await probes.post(f"{PROBES}/fail", params={"times": 2, "state": state}, headers=writer)
    assert answer.status_code == 200, answer.text
    assert await labels(owner) == ["failed"]
    assert await owner.fetchval("SELECT last_value FROM tries") == 3


async def test_the_third_failure_is_told_with_the_seconds_to_wait(
    probes: httpx.AsyncClient, writer: dict[str, str], owner: asyncpg.Connection
) -> None:
    answer = await probes.post(f"{PROBES}/fail", params={"times": 9}, headers=writer)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["code"] == "unavailable"
    assert await owner.fetchval("SELECT last_value FROM tries") == 3
    assert await labels(owner) == []


async def test_a_connection_lost_during_commit_is_not_tried_again(
    probes: httpx.AsyncClient, writer: dict[str, str], owner: asyncpg.Connection
) -> None:
    answer = await probes.post(f"{PROBES}/fail", params={"label": "cut at commit"}, headers=writer)
    assert answer.status_code == 503
    assert answer.json()["code"] == "outcome_unknown"
    assert await owner.fetchval("SELECT last_value FROM tries") == 1
    after = await probes.post(PROBES, json={"label": "after"}, headers=writer)
    assert after.status_code == 201


async def test_a_request_that_is_cancelled_leaves_nothing_to_the_next_caller(
    settings: Settings, probes_table: None, world: World, owner: asyncpg.Connection
) -> None:
    """Between BEGIN and COMMIT: neither its rows nor its identity stay behind in the connection (HOUSE 3)."""
    app = with_probes(settings.model_copy(update={"pool_size": 2}))
    async with running(app) as client:
        first = (await client.get(f"{PROBES}/who", headers=world.headers("icmpd.logistics"))).json()
        app.state.reached = asyncio.Event()
        held = asyncio.create_task(client.post(f"{PROBES}/hold", headers=world.headers("icmpd.logistics")))
        await app.state.reached.wait()
        held.cancel()
        with pytest.raises(asyncio.CancelledError):
            await held
        after = [(await client.get(f"{PROBES}/who", headers=world.headers("italy.logistics"))).json() for _ in "ab"]
        async with app.state.database.transaction() as nobody:
            unknown = await nobody.row(WHO)
        assert app.state.database.busy == 0
    assert first["caller"] == str(world.accounts["icmpd.logistics"])
    assert {each["caller"] for each in after} == {str(world.accounts["italy.logistics"])}
    assert unknown is not None
    assert (unknown["caller"] or "", unknown["connection"]) == ("", first["connection"])
    assert await labels(owner) == []


async def test_a_get_cannot_write_unless_it_says_so(
    probes: httpx.AsyncClient, writer: dict[str, str], owner: asyncpg.Connection
) -> None:
    assert (await probes.get(f"{PROBES}/sly", headers=writer)).status_code == 500
    assert await labels(owner) == []
    assert (await probes.get(f"{PROBES}/seen", headers=writer)).status_code == 200
    assert await labels(owner) == ["seen"]


async def test_nobody_without_a_token_learns_what_else_is_wrong(probes: httpx.AsyncClient) -> None:
    answer = await probes.post(f"{PROBES}?nonsense=1", content=b"{", headers={"content-type": "text/plain"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="bmp"'
    forged = await probes.get(PROBES, headers={"authorization": "Bearer abc"})
    assert forged.status_code == 401
    assert forged.headers["www-authenticate"] == 'Bearer realm="bmp", error="invalid_token"'
    basic = await probes.get(PROBES, headers={"authorization": "Basic abc"})
    assert basic.status_code == 401


async def test_a_missing_scope_is_named(probes: httpx.AsyncClient, world: World) -> None:
    answer = await probes.post(PROBES, json={"label": ""}, headers=world.headers("observer"))
    assert answer.status_code == 403
    challenge = 'Bearer realm="bmp", error="insufficient_scope", scope="equipment:write"'
    assert answer.headers["www-authenticate"] == challenge
    assert answer.json() == {
        "type": f"{ISSUER}/problems/forbidden",
        "title": "You may not do this",
        "status": 403,
        "detail": "This needs the scope equipment:write.",
        "instance": PROBES,
        "code": "forbidden",
        "request_id": answer.headers["x-request-id"],
        "scope": "equipment:write",
    }


async def test_a_token_has_no_more_scopes_than_it_names(probes: httpx.AsyncClient, world: World) -> None:
    token = world.token("icmpd.logistics", frozenset({"equipment:read"}))
    headers = {"authorization": f"bearer {token}"}
    assert (await probes.get(PROBES, headers=headers)).status_code == 200
    assert (await probes.post(PROBES, json={"label": "x"}, headers=headers)).status_code == 403


async def test_unknown_and_repeated_parameters_are_errors(probes: httpx.AsyncClient, writer: dict[str, str]) -> None:
    answer = await probes.get(f"{PROBES}?limt=5&limit=1&limit=2&label=a,b&label=c", headers=writer)
    assert answer.status_code == 422
    told = "limt is no parameter here. Did you mean limit? Known parameters: cursor, label, limit."
    assert answer.json()["errors"] == [
        {"pointer": "/limt", "code": "unknown_parameter", "detail": told, "in": "query"},
        {"pointer": "/limit", "code": "repeated", "detail": "This parameter may be given once.", "in": "query"},
    ]
    fine = await probes.get(f"{PROBES}?label=a,b&label=c", headers=writer)
    assert fine.json()["items"] == [{"asked": "a|b|c/None"}]
    none = await probes.post(f"{PROBES}/refuse?x=1", headers=writer)
    assert none.json()["errors"][0]["detail"] == "x is no parameter here; there are none."
    far = await probes.get(f"{PROBES}?colour=5&%3Cb%3E=1", headers=writer)
    assert [each["detail"] for each in far.json()["errors"]] == [
        "colour is no parameter here. Known parameters: cursor, label, limit.",
        "This is no parameter here. Known parameters: cursor, label, limit.",
    ]


@pytest.mark.parametrize("query", ["label=%00", "label=%ff", "limit=%c3"])
async def test_text_that_cannot_be_stored_is_refused_in_addresses(
    probes: httpx.AsyncClient, writer: dict[str, str], query: str
) -> None:
    answer = await probes.get(f"{PROBES}?{query}", headers=writer)
    assert answer.status_code == 422
    assert [e["code"] for e in answer.json()["errors"]] == ["text_unusable"]


async def test_every_fault_of_a_body_has_its_place(probes: httpx.AsyncClient, writer: dict[str, str]) -> None:
    body = {"label": "", "inner": [{"label": "a", "wieght": 1}, {"weight": "x"}]}
    answer = await probes.post(PROBES, json=body, headers=writer)
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
        ("/label", "string_too_short"),
        ("/inner/0/wieght", "extra_forbidden"),
        ("/inner/1/label", "missing"),
        ("/inner/1/weight", "float_parsing"),
    ]


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b'{"label":', "application/json", 400, "malformed"),
        (b'{"label":"a","label":"b"}', "application/json", 400, "malformed"),
        (b'{"label":"a","weight":NaN}', "application/json", 400, "malformed"),
        (b'{"label":"a","weight":1e999}', "application/json", 400, "malformed"),
        (b'{"label":"\xff"}', "application/json", 400, "malformed"),
        (b'{"label":"\\u0000"}', "application/json", 422, "invalid"),
        (b'{"label":"\\ud800"}', "application/json", 422, "invalid"),
        (b"[" * 33 + b"]" * 33, "application/json", 400, "malformed"),
        (b"[" * 200_000, "application/json", 400, "malformed"),
        (b"label=a", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'{"label":"a"}', "application/json; charset=latin-1", 415, "unsupported_media_type"),
        (b'{"label":"a"}', "application/merge-patch+json", 415, "unsupported_media_type"),
        (b"", "application/json", 422, "invalid"),
        (b"null", "application/json", 422, "invalid"),
        (b"[]", "application/json", 422, "invalid"),
        (b"1" * 5000, "application/json", 400, "malformed"),
        (b'{"label":"' + b"a" * 1_048_576 + b'"}', "application/json", 413, "too_large"),
        (b'{"label":"a"}', "application/json; charset=utf-8", 201, None),
    ],
)
async def test_bodies_are_read_strictly(
    probes: httpx.AsyncClient, writer: dict[str, str], body: bytes, kind: str, status: int, code: str | None
) -> None:
    answer = await probes.post(PROBES, content=body, headers=writer | {"content-type": kind})
    assert (answer.status_code, answer.json().get("code")) == (status, code)


async def test_a_body_is_cut_off_where_its_operation_ends(probes: httpx.AsyncClient, writer: dict[str, str]) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b" " * 1000

    headers = writer | {"content-type": "application/json"}
    answer = await probes.post(f"{PROBES}/token", content=pieces(), headers=headers)
    assert (answer.status_code, answer.json()["limit"]) == (413, 2048)


async def test_an_operation_without_a_body_takes_none(probes: httpx.AsyncClient, writer: dict[str, str]) -> None:
    assert (await probes.post(f"{PROBES}/clash", json={}, headers=writer)).status_code == 409
    answer = await probes.post(f"{PROBES}/clash", json={"a": 1}, headers=writer)
    assert answer.json()["errors"] == [
        {"pointer": "", "code": "body_unexpected", "detail": "This operation takes no body."}
    ]


async def test_patch_takes_both_of_its_types(probes: httpx.AsyncClient, writer: dict[str, str]) -> None:
    made = await probes.post(PROBES, json={"label": "one"}, headers=writer)
    for version, kind in enumerate(("application/merge-patch+json", "application/json"), start=1):
        headers = writer | {"content-type": kind, "if-match": f'"{version}"'}
        answer = await probes.patch(made.headers["location"], content=b'{"label":"two"}', headers=headers)
        assert (answer.status_code, answer.json()["version"]) == (200, version + 1)


@pytest.mark.parametrize(
    ("value", "status", "code"),
    [
        (None, 428, "precondition_missing"),
        ("*", 400, "malformed"),
        ('W/"1"', 400, "malformed"),
        ("1", 400, "malformed"),
        ('"1", "2"', 400, "malformed"),
        ('"2"', 412, "stale"),
        ('"1"', 200, None),
        ('"1-0a1b2c"', 200, None),
    ],
)
async def test_a_change_names_the_version_it_is_based_on(
    probes: httpx.AsyncClient, writer: dict[str, str], value: str | None, status: int, code: str | None
) -> None:
    made = await probes.post(PROBES, json={"label": "one"}, headers=writer)
    headers = writer | ({"if-match": value} if value else {})
    answer = await probes.patch(made.headers["location"], json={"label": "two"}, headers=headers)
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    if code == "stale":
        assert answer.json()["current"] == 1


async def test_removing_answers_nothing(probes: httpx.AsyncClient, writer: dict[str, str]) -> None:
    made = await probes.post(PROBES, json={"label": "one"}, headers=writer)
    gone = await probes.delete(made.headers["location"], headers=writer | {"if-match": made.headers["etag"]})
    assert (gone.status_code, gone.content) == (204, b"")
    missing = await probes.get(made.headers["location"], headers=writer)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
