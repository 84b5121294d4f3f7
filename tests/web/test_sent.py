"""What a request sent is the same as the framework says, found in less time."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import Request

from app.web.sent import header, pairs, without_cursor

#: Pieces of queries: plain ones, and all that is read differently from how it is written.
PIECES = st.sampled_from(["a", "cursor", "stage", "é", "=", "&", "%26", "%3D", "%", "+", "~", ".", "_-", ";", " ", "0"])
QUERIES = st.lists(PIECES, max_size=14).map("".join) | st.lists(
    st.tuples(st.sampled_from(["a", "cursor", "confirmed_at.gte"]), st.sampled_from(["", "x", "a~b.c-d_1"])), max_size=5
).map(lambda pairs: "&".join("=".join(pair) for pair in pairs))


def request(query: str = "", headers: list[tuple[bytes, bytes]] | None = None) -> Request:
    scope = {"type": "http", "path": "/", "query_string": query.encode(), "headers": headers or []}
    return Request(scope)


@given(QUERIES)
@example("a=1&cursor=x&a=2")
@example("a")
@example("a=b=c")
@example("a=1&&b=2")
def test_a_query_is_read_and_written_as_the_framework_does(query: str) -> None:
    kept = [pair for pair in parse_qsl(query.encode().decode("latin-1"), keep_blank_values=True) if pair[0] != "cursor"]
    for _ in range(2):  # what is remembered is the same
        assert pairs(request(query)) == request(query).query_params.multi_items()
        assert without_cursor(request(query)) == urlencode(kept)


def test_the_first_header_of_a_name_counts() -> None:
    sent = request(headers=[(b"accept", b"a/b"), (b"accept", b"c/d"), (b"x", "é".encode("latin-1"))])
    for name in ("accept", "x", "missing"):
        assert header(sent, name.encode()) == sent.headers.get(name)
