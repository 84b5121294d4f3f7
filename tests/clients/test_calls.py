"""Calls through the asynchronous client against the application: what is repeated, what is not, and what is raised."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from app import problems
from bmp_client import AsyncClient, Client, Retries, errors
from bmp_client._calls import parameters, retry_after
from tests.clients.conftest import EAGER, Bad, Line, busy, site
from tests.world import ISSUER, World

pytestmark = pytest.mark.anyio


async def test_create_read_change_and_the_version_travels_along(bmp: AsyncClient) -> None:
    made = await bmp.sites.create(**site(), un_locode="TNSFA")
    assert (made["version"], made["un_locode"]) == (1, "TNSFA")
    read = await bmp.sites.get(made["reference"])
    assert read == made
    changed = await bmp.sites.change(read, un_locode=None, names={"fr": "Un dépôt"})
    assert (changed["version"], changed["un_locode"], changed["names"]["fr"]) == (2, None, "Un dépôt")
    with pytest.raises(errors.Stale) as stale:
        await bmp.sites.change(read, kind="port")
    assert (stale.value.status, stale.value.current, stale.value.unsure) == (412, 2, False)
    again = await bmp.sites.change(made["id"], if_match=2, kind="port")
    assert (again["version"], again["kind"]) == (3, "port")
    with pytest.raises(ValueError, match="needs the version"):
        await bmp.sites.change(made["id"], kind="store")


async def test_refusals_are_exceptions_of_their_kind(bmp: AsyncClient) -> None:
    with pytest.raises(errors.NotFound) as unknown:
        await bmp.sites.get("SITE-NOWHERE")
    assert (unknown.value.code, unknown.value.status) == ("not_found", 404)
    assert unknown.value.request_id
    with pytest.raises(errors.Invalid) as wrong:
        await bmp.sites.create(**site(kind="castle", country="Tunisia"))
    assert sorted(fault["pointer"] for fault in wrong.value.errors) == ["/country", "/kind"]
    assert "/country" in str(wrong.value)
    made = await bmp.sites.create(**site())
    with pytest.raises(errors.Taken):
        await bmp.sites.create(**site(reference=made["reference"]))
    assert issubclass(errors.Taken, errors.Conflict)
    with pytest.raises(errors.Invalid):
        await bmp.resource("sites").page(colour="blue")


@pytest.mark.parametrize(
    "wrong", ["http://127.0.0.1:8399x", "http://bmp.example:83990", "bmp.example", "ftp://bmp.example", "https://", ""]
)
def test_an_address_that_is_none_is_said_at_once(wrong: str) -> None:
    for kind in (Client, AsyncClient):
        with pytest.raises(errors.AddressUnusable, match=f"^'{wrong}' is no address of a service such as ") as said:
            kind(wrong, "cl-0123456789abcdef", "a secret")
        assert isinstance(said.value, ValueError)
        assert isinstance(said.value, errors.BmpError)


def test_every_code_of_the_service_has_a_class_of_its_status() -> None:
    for code, kind in problems.known().items():
        made = errors.problem_of(kind.status, b'{"code": "%s"}' % code.encode())
        assert type(made) is errors.kind_of(kind.status, code)
        assert type(made) is not errors.Problem or kind.status in {405, 406, 413, 415}
    assert type(errors.problem_of(502, b"<html>")) is errors.ServerError
    assert type(errors.problem_of(418, b"[]")) is errors.Problem
    assert type(errors.problem_of(409, b'{"code": "of tomorrow"}')) is errors.Conflict
    assert type(errors.problem_of(422, b'{"code": "taken"}')) is errors.Invalid, "the status wins"


async def test_a_lost_answer_is_asked_for_again_and_has_one_effect(bmp: AsyncClient, line: Line) -> None:
    line.plans = ["lost"]
    external = uuid4().hex
    made = await bmp.sites.create(**site(external_id=external))
    first, second = line.of("POST")
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert line.answers[-2:] == [201, 201]
    found = [each async for each in bmp.sites.list(external_id=external)]
    assert [each["id"] for each in found] == [made["id"]]
    other = await bmp.sites.create(**site())
    assert line.of("POST")[2].headers["idempotency-key"] != first.headers["idempotency-key"]
    assert other["id"] != made["id"]


async def test_what_may_have_happened_twice_is_not_sent_twice(bmp: AsyncClient, line: Line) -> None:
    """Operations that take no key: their answers hold secrets."""
    line.plans = ["lost"]
    with pytest.raises(errors.Unreachable) as lost:
        await bmp.clients.create(name="Nightly", scopes=["register:read"])
    assert lost.value.sent
    assert len(line.of("POST")) == 1
    assert "idempotency-key" not in line.of("POST")[0].headers


async def test_what_was_never_sent_is_sent_again_whatever_it_is(bmp: AsyncClient, line: Line) -> None:
    line.plans = [lambda request: httpx.ConnectError("refused", request=request)]
    made = await bmp.clients.create(name="Nightly", scopes=["register:read"])
    assert made["client_secret"]
    assert line.answers == [201]


async def test_after_a_lost_answer_stale_may_be_our_own_doing(bmp: AsyncClient, line: Line) -> None:
    made = await bmp.sites.create(**site())
    line.plans = ["lost"]
    with pytest.raises(errors.Stale) as stale:
        await bmp.sites.change(made, kind="port")
    assert stale.value.unsure
    assert stale.value.current == 2
    assert (await bmp.sites.get(made))["kind"] == "port"


async def test_busy_is_waited_for_and_bounded(bmp: AsyncClient, line: Line) -> None:
    line.plans = [busy(), busy(status=429), busy(None)]
    assert (await bmp.sites.get("SITE-STORE"))["reference"] == "SITE-STORE"
    assert len(line.seen) == 4
    line.plans = [busy() for _ in range(9)]
    with pytest.raises(errors.Unavailable) as refused:
        await bmp.sites.get("SITE-STORE")
    assert (refused.value.retry_after, len(line.plans)) == (0.0, 4)
    line.plans = [busy(3600)]
    with pytest.raises(errors.Unavailable) as long:
        await bmp.sites.get("SITE-STORE")
    assert long.value.retry_after == 3600.0
    assert line.plans == []


def test_waits_grow_are_bounded_and_heed_the_service() -> None:
    retries = Retries(most=3, first_s=1.0, longest_s=3.0)
    assert [retries.wait(tried, None, 0.0) for tried in (1, 2, 3, 4)] == [0.5, 1.0, 1.5, None]
    assert retries.wait(1, None, 0.999) == pytest.approx(0.9995)
    assert (retries.wait(1, 2.5, 0.0), retries.wait(1, 3.5, 0.0)) == (2.5, None)
    assert retry_after({"retry-after": "7"}) == 7.0
    assert retry_after({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}) == 0.0
    assert retry_after({"retry-after": "soon"}) is None


async def test_our_own_first_attempt_that_still_runs_is_waited_for(bmp: AsyncClient, line: Line) -> None:
    running = httpx.Response(409, json={"code": "still_running", "detail": "It runs."})
    line.plans = ["lost", lambda _: running]
    made = await bmp.sites.create(**site())
    assert made["version"] == 1
    assert len(line.of("POST")) == 3
    line.plans = [lambda _: httpx.Response(409, json={"code": "still_running", "detail": "It runs."})]
    with pytest.raises(errors.StillRunning):
        await bmp.sites.create(**site())


async def test_an_answer_that_was_not_kept_is_read_where_it_belongs(bmp: AsyncClient, line: Line) -> None:
    """Trainees: what was sent of them is personal, so the kept answer is only where they are."""
    line.plans = ["lost"]
    body: Any = {"agency": "AG-TN-SFAX", "grade_band": "officer", "sex": "female", "language": "fr"}
    made = await bmp.trainees.create(**body, name="Synthetic Trainee")
    assert line.answers == [201, 303, 200]
    assert line.seen[-1].method == "GET"
    assert line.seen[-1].url.path == f"/api/v1/trainees/{made['id']}"


async def test_pages_are_asked_for_when_they_are_needed(bmp: AsyncClient, line: Line) -> None:
    prefix = uuid4().hex[:8]
    made = [await bmp.sites.create(**site(external_id=f"{prefix}-{n}")) for n in range(5)]
    line.seen.clear()
    externals = [f"{prefix}-{n}" for n in range(5)]
    rows = bmp.sites.list(external_id=externals, limit=2, sort="-created_at")
    first = await anext(rows)
    assert len(line.seen) == 1
    assert [first["id"], *[row["id"] async for row in rows]] == [each["id"] for each in reversed(made)]
    assert len(line.seen) == 3
    page = await bmp.sites.page(external_id=externals, limit=2, total="exact")
    assert (len(page.items), page.total, page.limit) == (2, 5, 2)
    second = await bmp.sites.page(page.next, external_id=externals, limit=2)
    third = await bmp.sites.page(second.next, external_id=externals, limit=2)
    assert (len(third.items), third.next) == (1, None)


async def test_a_token_that_expires_in_the_middle_of_a_list_is_renewed(line: Line, world: World) -> None:
    async with AsyncClient(ISSUER, token=world.token("icmpd.manager"), transport=Bad(line)) as people:
        made = await people.clients.create(name="Lister", scopes=["register:read"])
    script = made["client"]["client_id"], made["client_secret"]
    async with AsyncClient(ISSUER, *script, transport=Bad(line), retries=EAGER) as bmp:
        rows = bmp.sites.list(limit=2)
        seen = [await anext(rows)]
        assert [request.url.path for request in line.seen[-2:]] == ["/api/v1/oauth/token", "/api/v1/sites"]
        line.plans = [lambda _: httpx.Response(401, json={"code": "unauthorised", "detail": "Expired."})]
        seen += [each async for each in rows]
        assert len({each["id"] for each in seen}) == len(seen) == len([each async for each in bmp.sites.list()])
        tokens = [request for request in line.seen if request.url.path == "/api/v1/oauth/token"]
        assert len(tokens) == 2
        line.plans = [lambda _: httpx.Response(401, json={"code": "unauthorised"}) for _ in range(2)]
        with pytest.raises(errors.Unauthorised):
            await bmp.sites.get("SITE-STORE")


async def test_a_wrong_secret_is_unauthorised_at_once(line: Line) -> None:
    async with AsyncClient(ISSUER, "nobody", "wrong", transport=Bad(line), retries=EAGER) as bmp:
        with pytest.raises(errors.Unauthorised) as refused:
            await bmp.sites.get("SITE-STORE")
    assert refused.value.code == "invalid_client"
    assert len(line.seen) == 1


async def test_a_given_token_is_not_tried_again_and_a_function_is_asked_anew(line: Line, world: World) -> None:
    async with AsyncClient(ISSUER, token="stale", transport=Bad(line), retries=EAGER) as bmp:
        with pytest.raises(errors.Unauthorised):
            await bmp.sites.get("SITE-STORE")
        assert len(line.seen) == 1
    tokens = iter(["stale", world.token("icmpd.manager")])
    async with AsyncClient(ISSUER, token=lambda: next(tokens), transport=Bad(line), retries=EAGER) as bmp:
        assert (await bmp.me.get())["account_name"] == "icmpd.manager"


def test_parameters_are_spelt_as_the_service_spells_them() -> None:
    asked = {"stage": ["in_service", "accepted"], "created_at_gte": "2026-01-01T00:00:00Z", "active": True, "q": None}
    assert parameters(asked) == [
        ("stage", "in_service"),
        ("stage", "accepted"),
        ("created_at.gte", "2026-01-01T00:00:00Z"),
        ("active", "true"),
    ]
