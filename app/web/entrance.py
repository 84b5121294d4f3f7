"""The root address: what there is here, for programs; the way to the documentation, for browsers."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.web.answers import answer_json, representation

_FORMS = {"json": "application/json", "html": "text/html"}


def answer(request: Request, told: dict[str, Any]) -> Response:
    """JSON, or 303 to the documentation where a browser asks. Relative, so it also works behind a prefix."""
    response = RedirectResponse("docs", 303) if representation(request, _FORMS) == "html" else answer_json(told)
    response.headers["cache-control"] = "public, max-age=300"
    response.headers["vary"] = "Accept"
    return response
