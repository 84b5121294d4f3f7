from __future__ import annotations

import re

import httpx
import orjson
import pytest
from starlette.requests import Request

from app.web.answers import answer_created, answer_list, answer_one, etag_of, representation

pytestmark = pytest.mark.anyio

PROBES = "/api/v1/probes"


def request(query: str = "", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {"type": "http", "method": "GET", "path": "/api/v1/é", "query_string": query.encode(), "headers": raw}
    )


def test_an_etag_names_version_and_bytes() -> None:
    assert re.fullmatch(rb'"3-[0-9a-f]{18}"', etag_of(b"{}", 3))
    assert re.fullmatch(rb'"[0-9a-f]{18}"', etag_of(b"{}", None))
    assert etag_of(b"{}", 3) != etag_of(b"{ }", 3)


@pytest.mark.parametrize(
    ("known", "status"),
    [('"3-{h}"', 304), ('W/"3-{h}"', 304), ('"x", "3-{h}"', 304), ("*", 304), ('"3"', 200), ('"3-abc"', 200)],
)
def test_who_has_these_bytes_gets_no_others(known: str, status: int) -> None:
    tag = etag_of(b"{}", 3).decode()
    answer = answer_one(request(if_none_match=known.replace("{h}", tag[3:-1])), b"{}", 3)
    assert answer.status_code == status
    assert answer.headers["etag"] == tag
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["vary"] == "Authorization, Accept, Accept-Language"
    assert bytes(answer.body) == (b"" if status == 304 else b"{}")
    assert ("content-length" in answer.headers) is (status == 200)


def test_nobody_may_keep_a_copy_of_personal_data() -> None:
    assert answer_one(request(), "{}", 1, personal=True).headers["cache-control"] == "private, no-store"
    assert answer_created("{}", 1, "/x", personal=True).headers["cache-control"] == "private, no-store"


def test_items_of_a_list_leave_as_they_came() -> None:
    items = b'[{"a": 1.50}]'
    answer = answer_list(request("limit=5&label=a%26b&cursor=old"), items, next_cursor="new+/=", limit=5, total=7)
    assert bytes(answer.body) == b'{"items":[{"a": 1.50}],"page":{"next":"new+/=","limit":5,"total":7}}'
    assert answer.headers["link"] == (
        '</api/v1/%C3%A9?limit=5&label=a%26b&cursor=new%2B%2F%3D>; rel="next", '
        '</api/v1/%C3%A9?limit=5&label=a%26b>; rel="first"'
    )


def test_the_last_page_has_no_next() -> None:
    answer = answer_list(request(), "[]", next_cursor=None, limit=50, truncated=True)
    page = {"next": None, "limit": 50, "total": None, "truncated": True}
    assert orjson.loads(bytes(answer.body)) == {"items": [], "page": page}
    assert answer.headers["link"] == '</api/v1/%C3%A9>; rel="first"'


OFFERED = {"json": "application/json", "csv": "text/csv"}


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", "json"),
        ("text/csv", "csv"),
        ("text/*", "csv"),
        ("application/json;q=0.1, text/csv;q=0.2", "csv"),
        ("image/png, */*;q=0.1", "json"),
        ("TEXT/CSV; header=present", "csv"),
    ],
)
def test_the_form_follows_accept(accept: str, form: str) -> None:
    assert representation(request(accept=accept), OFFERED) == form
    assert representation(request(accept=accept), OFFERED, "json") == "json"


async def test_following_next_keeps_the_question(probes: httpx.AsyncClient, writer: dict[str, str]) -> None:
    first = await probes.get(f"{PROBES}?limit=1&label=a,b", headers=writer)
    second = await probes.get(first.links["next"]["url"], headers=writer)
    assert second.json()["items"] == [{"asked": "a|b/c2&="}]
    back = await probes.get(second.links["first"]["url"], headers=writer)
    assert back.content == first.content
    headers = writer | {"if-none-match": back.headers["etag"]}
    unchanged = await probes.get(f"{PROBES}?limit=1&label=a,b", headers=headers)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
