"""What a request sent, found in its scope: the framework's mappings cost more than what they are asked for.

Hot paths only. All answers are those of `Request.headers` and `Request.query_params`.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

#: Pairs of which no name and no value would look different after being read and written again.
_PLAIN = re.compile(r"[\w.~-]+=[\w.~-]*(?:&[\w.~-]+=[\w.~-]*)*", re.ASCII)


def header(request: Request, name: bytes) -> str | None:
    """The first header of that name (in small letters), None without one."""
    for key, value in request.scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return None


def pairs(request: Request) -> list[tuple[str, str]]:
    """The query's parameters with their values, in order."""
    query: str = request.scope["query_string"].decode("latin-1")
    if not _PLAIN.fullmatch(query):
        return request.query_params.multi_items()
    return [(pair[0], pair[2]) for pair in [each.partition("=") for each in query.split("&")]]


def without_cursor(request: Request) -> str:
    """The query as it is written again, without the page that it asks for."""
    query: str = request.scope["query_string"].decode("latin-1")
    if _PLAIN.fullmatch(query):
        return "&".join([pair for pair in query.split("&") if not pair.startswith("cursor=")])
    return urlencode([pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "cursor"])
