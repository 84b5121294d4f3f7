"""Answers. Readings arrive as JSON bytes that PostgreSQL made, and leave as they came: nothing is parsed again.

Handlers return what these functions make; the response model on the route is for OpenAPI only. Each function sets
the validators and caching rules of API 9 and 19. `personal=True` is for data about people: nobody may keep a copy.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import quote, quote_plus

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.problems import NotAcceptable
from app.web.sent import header, without_cursor
from app.web.streamed import Streamed

JSON = b"application/json"
_VARY = (b"vary", b"Authorization, Accept, Accept-Language")
_KEEP_NOWHERE = (b"cache-control", b"private, no-store")
_ASK_AGAIN = (b"cache-control", b"private, no-cache")
_CONTENT_TYPE = (b"content-type", JSON)


class Ready(Response):
    """A response whose headers are already encoded: starlette's own making of them costs more than the rest."""

    def __init__(self, body: bytes, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Take body and headers as they are; the length is added."""
        self.status_code = status
        self.background = None
        self.body = body
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  an application's
        """Send it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body})


def etag_of(body: bytes, version: int | None) -> bytes:
    """`"<version>-<hash of the bytes>"` (API 9); the hash alone where there is no version."""
    digest = sha256(body).hexdigest()[:18]
    return (f'"{version}-{digest}"' if version is not None else f'"{digest}"').encode("ascii")


def answer_one(request: Request, body: bytes | str, version: int | None, *, personal: bool = False) -> Response:
    """200 with one object, or 304 when the caller already has exactly these bytes."""
    return _validated(request, _bytes(body), version, personal=personal)


def answer_list(
    request: Request,
    items: bytes | str,
    *,
    next_cursor: str | None,
    limit: int,
    total: int | None = None,
    truncated: bool = False,
    estimated: bool = False,
    personal: bool = False,
) -> Response:
    """200 with a page of a list (API 4). `items` is the JSON array as PostgreSQL made it.

    `truncated` tells that a text search found more than it may return (HOUSE 4), `estimated` that `total` is a guess.
    """
    page: dict[str, Any] = {"next": next_cursor, "limit": limit, "total": total}
    if estimated:
        page["estimated"] = True
    if truncated:
        page["truncated"] = True
    body = b'{"items":' + _bytes(items) + b',"page":' + orjson.dumps(page) + b"}"
    return _validated(request, body, None, personal=personal, link=_links(request, next_cursor))


def answer_feed(request: Request, items: bytes, *, next_cursor: str, limit: int, more: bool) -> Response:
    """200 with a page of the change feed (API 15), which always has a place to go on from."""
    body = b'{"items":' + items + b',"page":' + orjson.dumps({"next": next_cursor, "limit": limit, "more": more}) + b"}"
    return _validated(request, body, None, personal=True)


def answer_created(body: bytes | str, version: int | None, location: str, *, personal: bool = False) -> Response:
    """201 with the new object. `location` is its path, for instance `/api/v1/equipment/<id>`."""
    content = _bytes(body)
    headers = (*_private(personal=personal), (b"etag", etag_of(content, version)), (b"location", _ascii(location)))
    return Ready(content, 201, headers)


def answer_accepted(body: bytes | str, location: str, told: str | None = None) -> Response:
    """202: a job will do it. `location` is the job's path, where its progress and its result will be.

    `told` is the path of what the body tells of, where that is not the job: a retry is led there if it was not kept.
    """
    content = _bytes(body)
    headers = (*_private(personal=True), (b"location", _ascii(location)))
    return Ready(content, 202, headers if told is None else (*headers, (b"content-location", _ascii(told))))


def answer_changed(body: bytes | str, version: int | None, *, personal: bool = False, status: int = 200) -> Response:
    """200 with what an object became by a PATCH, a transition or an approval."""
    content = _bytes(body)
    headers = _private(personal=personal)
    return Ready(content, status, headers if version is None else (*headers, (b"etag", etag_of(content, version))))


def answer_json(value: Any, *, personal: bool = False, status: int = 200) -> Response:
    """An answer that was computed in Python: a summary, a result per item."""
    return Ready(orjson.dumps(value, default=_other), status, _private(personal=personal))


def answer_computed(request: Request, value: Any, *, personal: bool = False) -> Response:
    """200 with what a GET computed in Python, or 304 when the caller already has exactly these bytes (API 9)."""
    return _validated(request, orjson.dumps(value, default=_other), None, personal=personal)


def answer_none() -> Response:
    """204: done, and nothing to tell."""
    return Ready(b"", 204, (_VARY, _KEEP_NOWHERE))


def answer_bytes(content: bytes, *, media_type: str, filename: str) -> Response:
    """200 with a small file that is the same for everybody."""
    response = Response(content, media_type=media_type)
    response.raw_headers += [_VARY, _ASK_AGAIN]
    response.headers["content-disposition"] = f'attachment; filename="{filename}"'
    return response


async def answer_stream(
    chunks: AsyncGenerator[bytes, None], *, media_type: str, filename: str | None = None
) -> Response:
    """200, sent while it is made (API 13).

    The first chunk is awaited here, so an error before it is an ordinary problem; a later one cuts the connection.
    The generator runs after the request's transaction has ended: it opens its own. It is closed in any case.
    """
    response = Streamed(await anext(chunks, b""), chunks, media_type)
    response.raw_headers += [_VARY, _KEEP_NOWHERE]
    if filename is not None:
        plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in filename)
        disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
        response.headers["content-disposition"] = disposition
    return response


def representation(request: Request, offered: dict[str, str], wanted: str | None = None) -> str:
    """Which of the offered forms to answer with: `?format=` (`wanted`) wins over `Accept` (API 13).

    `offered` maps short names to media types, the default first: `{"json": "application/json", "csv": "text/csv"}`.
    """
    if wanted is not None:
        return wanted
    accept = header(request, b"accept")
    for asked in _by_preference("*/*" if accept is None else accept):
        if asked == "*/*":
            return next(iter(offered))
        for name, media_type in offered.items():
            if asked == media_type or (asked.endswith("/*") and media_type.startswith(asked[:-1])):
                return name
    there = list(offered.values())
    raise NotAcceptable(f"This is offered as {', '.join(there)}.", offered=there)


@lru_cache(maxsize=256)
def _by_preference(accept: str) -> tuple[str, ...]:
    weighted: list[tuple[float, str]] = []
    for part in accept.split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        weight = float(quality) if quality.replace(".", "", 1).isdecimal() else 0.0
        if weight > 0:
            weighted.append((weight, media_type))
    return tuple(media_type for _, media_type in sorted(weighted, key=lambda pair: -pair[0]))


def _validated(
    request: Request, body: bytes, version: int | None, *, personal: bool, link: bytes | None = None
) -> Response:
    tag = etag_of(body, version)
    headers = [*_private(personal=personal), (b"etag", tag)]
    known = header(request, b"if-none-match")
    if known is not None and _matches(known, tag.decode("ascii")):
        return NotModified([h for h in headers if h is not _CONTENT_TYPE])
    if link is not None:
        headers.append((b"link", link))
    return Ready(body, 200, headers)


class NotModified(Response):
    """304: no body and no length."""

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Only validators and caching rules."""
        self.status_code = 304
        self.background = None
        self.body = b""
        self.raw_headers = headers


def _matches(known: str, tag: str) -> bool:
    """If-None-Match compares weakly: a cache on the way may have weakened our tag."""
    return known.strip() == "*" or any(each.strip().removeprefix("W/") == tag for each in known.split(","))


def _private(*, personal: bool) -> tuple[tuple[bytes, bytes], ...]:
    return (_CONTENT_TYPE, _VARY, _KEEP_NOWHERE if personal else _ASK_AGAIN)


def _links(request: Request, next_cursor: str | None) -> bytes:
    """RFC 8288. Paths only, so that they hold behind any proxy."""
    path, kept = quote(request.scope["path"]), without_cursor(request)
    links = f'<{path}?{kept}>; rel="first"' if kept else f'<{path}>; rel="first"'
    if next_cursor is not None:
        links = f'<{path}?{kept}{"&" if kept else ""}cursor={quote_plus(next_cursor)}>; rel="next", {links}'
    return links.encode("ascii")


def _bytes(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8")


def _ascii(location: str) -> bytes:
    return quote(location, safe="/:?=&%").encode("ascii")


def _other(value: Any) -> Any:
    """What orjson does not know itself: pydantic models and decimals."""
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if dump is not None else str(value)
