from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest
import structlog
from starlette.types import Message, Scope

from app.settings import Settings
from app.web.params import best_language
from tests.conftest import running
from tests.web.conftest import with_probes
from tests.world import ISSUER, World

pytestmark = pytest.mark.anyio

PROBES = "/api/v1/probes"


async def test_every_answer_carries_the_headers_of_the_house(probes: httpx.AsyncClient) -> None:
    answer = await probes.get(f"{PROBES}/open")
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}", answer.headers["x-request-id"])
    del answer.headers["x-request-id"]
    assert dict(answer.headers) == {
        "content-type": "application/json",
        "vary": "Authorization, Accept, Accept-Language",
        "cache-control": "private, no-cache",
        "content-length": "13",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    }


async def test_transport_security_is_promised_over_https_only(settings: Settings, probes_table: None) -> None:
    secure = settings.model_copy(update={"public_url": "https://api.example.org"})
    async with running(with_probes(secure)) as client:
        answer = await client.get(f"{PROBES}/open")
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc.DEF_1-2", True), ("a" * 64, True), ("a" * 65, False), ("a b", False), ("", False), ("a\u00e9", False)],
)
async def test_a_request_id_is_taken_over_when_it_is_harmless(
    probes: httpx.AsyncClient, given: str, *, kept: bool
) -> None:
    headers = httpx.Headers({"x-request-id": given}, encoding="utf-8")
    answer = await probes.get("/nowhere", headers=headers)
    assert (answer.headers["x-request-id"] == given) is kept
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_head_is_get_without_its_body(probes: httpx.AsyncClient, writer: dict[str, str]) -> None:
    got = await probes.get(PROBES, headers=writer)
    head = await probes.head(PROBES, headers=writer)
    assert (head.status_code, head.content) == (200, b"")
    del got.headers["x-request-id"], head.headers["x-request-id"]
    assert head.headers == got.headers
    missing = await probes.head("/nowhere")
    assert (missing.status_code, missing.content) == (404, b"")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", PROBES, "GET, HEAD, POST"),
        ("POST", f"{PROBES}/01a209d1-c5a1-74d1-8759-ed1a8fd4c31b", "DELETE, GET, HEAD, PATCH"),
        ("GET", f"{PROBES}/clash", "POST"),
        ("TRACE", "/livez", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_told_every_right_one(
    probes: httpx.AsyncClient, method: str, path: str, allow: str
) -> None:
    answer = await probes.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize("path", ["/nowhere", f"{PROBES}/", "/api/v1", f"{PROBES}//touch", "/docs/%00", "/nowhere//"])
async def test_unknown_addresses_are_problems(probes: httpx.AsyncClient, path: str) -> None:
    answer = await probes.get(path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_an_unexpected_error_tells_its_request_id_and_no_more(
    probes: httpx.AsyncClient, writer: dict[str, str]
) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = await probes.post(f"{PROBES}/break", headers=writer | {"x-request-id": "r-1"})
    assert answer.status_code == 500
    assert answer.json() == {
        "type": f"{ISSUER}/problems/internal",
        "title": "Something went wrong on our side",
        "status": 500,
        "detail": "Something went wrong on our side",
        "instance": f"{PROBES}/break",
        "code": "internal",
        "request_id": "r-1",
    }
    (failed,) = [line for line in lines if line["event"] == "request.failed"]
    assert isinstance(failed["exc_info"], ZeroDivisionError)


async def test_one_line_per_request_without_query_and_body(
    probes: httpx.AsyncClient, writer: dict[str, str], world: World
) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = writer | {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        answer = await probes.get(f"{PROBES}?label=private", headers=headers)
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line.pop("ms") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "route": PROBES,
        "status": 200,
        "caller": str(world.accounts["icmpd.logistics"]),
        "trace_id": trace,
        "request_id": answer.headers["x-request-id"],
    }


async def test_a_stream_that_fails_is_cut_and_never_ends_well(settings: Settings, world: World) -> None:
    app = with_probes(settings)
    headers = world.headers("icmpd.logistics")
    async with running(app) as client:
        early = await client.get(f"{PROBES}/stream?fail_at=0", headers=headers)
        assert (early.status_code, early.json()["code"]) == (409, "conflict")
        whole = await client.get(f"{PROBES}/stream", headers=headers)
        assert whole.content == b"0\n1\n2\n"
        assert whole.headers["cache-control"] == "private, no-store"
        assert whole.headers["content-disposition"] == (
            "attachment; filename=\"rapport_d__t_.jsonl\"; filename*=UTF-8''rapport%20d%27%C3%A9t%C3%A9.jsonl"
        )
        sent: list[Message] = []

        async def receive() -> Message:
            return await asyncio.Future()

        async def send(message: Message) -> None:
            sent.append(message)

        raw = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
        scope: Scope = {
            "type": "http",
            "method": "GET",
            "path": f"{PROBES}/stream",
            "query_string": b"fail_at=2",
            "headers": raw,
            "asgi": {"version": "3.0", "spec_version": "2.4"},
        }
        with pytest.raises(BaseException) as cut:  # noqa: PT011 - a group of the framework, or the error itself
            await app(scope, receive, send)
        assert "No more of it." in repr(cut.value)
    assert [m.get("body") for m in sent[1:]] == [b"0\n", b"1\n"]
    assert all(m["more_body"] for m in sent[1:])


async def test_other_sites_may_call_only_where_they_are_listed(settings: Settings, probes_table: None) -> None:
    listed = settings.model_copy(update={"cors_origins": ("https://front.example.org",)})
    async with running(with_probes(listed)) as client:
        known = await client.get("/nowhere", headers={"origin": "https://front.example.org"})
        other = await client.get("/nowhere", headers={"origin": "https://other.example.org"})
        asked = {"access-control-request-method": "PATCH", "access-control-request-headers": "if-match"}
        preflight = await client.options(PROBES, headers={"origin": "https://front.example.org", **asked})
    assert known.headers["access-control-allow-origin"] == "https://front.example.org"
    exposed = "Content-Location, ETag, Link, Location, Idempotency-Replayed, RateLimit, RateLimit-Policy, X-Request-Id"
    assert known.headers["access-control-expose-headers"] == exposed
    assert "access-control-allow-origin" not in other.headers
    assert preflight.status_code == 200


async def test_too_many_requests_are_told_how_long_to_wait(
    settings: Settings, world: World, probes_table: None
) -> None:
    limited = settings.model_copy(update={"rate_limit_per_minute": 2})
    async with running(with_probes(limited)) as client:
        headers = world.headers("icmpd.logistics")
        answers = [await client.get(PROBES, headers=headers) for _ in range(3)]
        other = await client.get(PROBES, headers=world.headers("italy.logistics"))
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert [a.headers["ratelimit"].partition(";t")[0] for a in answers] == ['"caller";r=1', *['"caller";r=0'] * 2]
    assert {a.headers["ratelimit-policy"] for a in answers} == {'"caller";q=2;w=60'}
    assert answers[2].json()["code"] == "too_many_attempts"
    assert 1 <= int(answers[2].headers["retry-after"]) <= 30
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        (None, "en"),
        ("fr", "fr"),
        ("fr-CH, it;q=0.9", "fr"),
        ("de, ar;q=0.5, it;q=0.7", "it"),
        ("de", "en"),
        ("*", "en"),
        ("fr;q=0, it;q=0.1", "it"),
        ("fr;q=nonsense", "en"),
        ("AR", "ar"),
    ],
)
def test_the_best_language_that_there_is(accept: str | None, language: str) -> None:
    assert best_language(accept) == language


async def test_titles_follow_the_language_and_codes_do_not(probes: httpx.AsyncClient) -> None:
    told: dict[str, Any] = {}
    for language in ("en", "fr", "it", "ar"):
        body = (await probes.get("/nowhere", headers={"accept-language": language})).json()
        assert body["code"] == "not_found"
        told[language] = body["title"]
    assert told["fr"] == "Rien ici de ce nom que vous puissiez voir"
    assert len(set(told.values())) == 4
