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
    plain = _plain(request)
    return request.query_params.multi_items() if plain is None else plain


def without_cursor(request: Request) -> str:
    """The query as it is written again, without the page that it asks for."""
    plain = _plain(request)
    if plain is not None:
        return "&".join([f"{name}={value}" for name, value in plain if name != "cursor"])
    query: str = request.scope["query_string"].decode("latin-1")
    return urlencode([pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "cursor"])


def _plain(request: Request) -> list[tuple[str, str]] | None:
    """The parameters where reading them takes no more than cutting the query; read once."""
    state = request.scope.setdefault("state", {})
    if "plain" not in state:
        query = request.scope["query_string"].decode("latin-1")
        cut = [each.partition("=") for each in query.split("&")] if _PLAIN.fullmatch(query) else None
        state["plain"] = cut if cut is None else [(name, value) for name, _, value in cut]
    found: list[tuple[str, str]] | None = state["plain"]
    return found
