"""The pages behind `type` of every problem: what a code means, for whoever follows the link (RFC 9457)."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from app.domain.errors import NotFound
from app.problems import TITLES, Kind, known, pointer
from app.web.answers import representation

_FORMS = {"html": "text/html", "json": "application/json"}
_STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}code{background:#eee}"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"


def list_page(request: Request) -> Response:
    """All codes."""
    kinds = list(known().values())
    if representation(request, _FORMS) == "json":
        return JSONResponse({"items": [_facts(kind) for kind in kinds]})
    rows = "".join(
        f'<li><a href="problems/{kind.code}"><code>{kind.code}</code></a> ({kind.status}) {escape(kind.title)}</li>'
        for kind in kinds
    )
    return _page("Problems", f"<p>Every refusal has one of these codes.</p><ul>{rows}</ul>")


def code_page(request: Request, code: str) -> Response:
    """One code; NotFound for a code that there is not."""
    kind = known().get(code)
    if kind is None:
        raise NotFound(f"There is no problem {pointer([code])[1:]}.")
    if representation(request, _FORMS) == "json":
        return JSONResponse(_facts(kind))
    titles = "".join(
        f'<li lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">{escape(title)}</li>'
        for language, title in _titles(kind).items()
    )
    body = f"<p>Status {kind.status}.</p><p>{escape(kind.explanation)}</p><ul>{titles}</ul>"
    return _page(kind.code, f"{body}<p><a href='../problems'>All</a></p>")


def _titles(kind: Kind) -> dict[str, str]:
    translated = {language: table[kind.code] for language, table in TITLES.items() if kind.code in table}
    return {"en": kind.title, **translated}


def _facts(kind: Kind) -> dict[str, object]:
    return {"code": kind.code, "status": kind.status, "titles": _titles(kind), "explanation": kind.explanation}


def _page(title: str, body: str) -> Response:
    html = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"<h1><code>{escape(title)}</code></h1>{body}</html>"
    )
    return HTMLResponse(html, headers={"content-security-policy": _POLICY, "cache-control": "public, max-age=3600"})
