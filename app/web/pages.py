"""The documentation pages: Swagger UI, Scalar and Redoc, served by ourselves so that they work without internet.

The bundles in `static/` are the ones of npm, unaltered, pinned by `scripts/vendor_docs.sh` and listed with their hash
in `static/SHA256SUMS`. All three would like to call home (fonts, telemetry, a request proxy, logos, assistants). Their
options switch off what can be switched off, and a Content-Security-Policy keeps the browser from asking any host but
this one for the rest. No page holds a script of its own: each has one small file in `static/pages/`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape
from os import PathLike, stat_result
from pathlib import Path
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
SUMS = STATIC / "SHA256SUMS"
FOREVER = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
POLICY = (
    "default-src 'none'; script-src 'self'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; "  # all three write style elements, which harm little where no script can
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class _Page:
    """One page: its address, its title and the files it loads in order; `fetched` is what its script loads itself."""

    path: str
    title: str
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    module: bool = False
    fetched: str = ""


_REDIRECT = "/docs/oauth2-redirect"
_PAGES = (
    _Page(
        "/docs",
        "Swagger UI",
        styles=("swagger/swagger-ui.css", "pages/pages.css"),
        scripts=("swagger/swagger-ui-bundle.js", "pages/swagger.js"),
    ),
    _Page(_REDIRECT, "Authorized", scripts=("swagger/oauth2-redirect.js",)),
    _Page("/scalar", "Scalar", styles=("pages/pages.css",), scripts=("scalar/standalone.js", "pages/scalar.js")),
    _Page(
        "/redoc",
        "Redoc",
        styles=("pages/pages.css", "pages/redoc.css"),
        scripts=("pages/redoc.js",),
        module=True,
        fetched="redoc/redoc.standalone.js",
    ),
)


def install(app: FastAPI) -> None:
    """Add `/docs`, `/scalar`, `/redoc` and `/static` to an application that publishes its OpenAPI document.

    The pages refer to everything by relative addresses, so they also work behind a proxy that adds a prefix.
    """
    if app.openapi_url is None:
        raise ValueError("documentation pages need an OpenAPI document")
    versions = _versions()
    for page in _PAGES:
        html = _html(page, app.title, app.openapi_url, versions)
        app.add_route(page.path, _answering(html), methods=["GET"], include_in_schema=False)
    app.mount("/static", _Static(directory=STATIC), name="static")


class _Static(StaticFiles):
    """Files that are asked for by version never change; others are asked for anew each time (with an ETag)."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Starlette's answer, with the time for which it may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        named = b"v" in parse_qs(scope["query_string"])
        response.headers["cache-control"] = FOREVER if named else REVALIDATE
        return response


def _versions() -> dict[str, str]:
    """A short hash per file: as SHA256SUMS has it for the vendored bundles, computed for our own small files."""
    sums = {
        f"pages/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in (STATIC / "pages").iterdir()
    }
    for line in SUMS.read_text(encoding="ascii").splitlines():
        digest, _, name = line.partition("  ")
        sums[name] = digest
    return {name: digest[:16] for name, digest in sums.items()}


def _answering(html: str) -> Callable[[Request], Awaitable[Response]]:
    async def page(_request: Request) -> Response:
        return HTMLResponse(html, headers={"content-security-policy": POLICY, "cache-control": REVALIDATE})

    return page


def _html(page: _Page, title: str, openapi_url: str, versions: dict[str, str]) -> str:
    up = "../" * (page.path.count("/") - 1)
    openapi = f"{up}{openapi_url.lstrip('/')}"

    def file(name: str) -> str:
        return f"{up}static/{name}?v={versions[name]}"

    told = {"openapi": openapi, "redirect": f"{up}{_REDIRECT.lstrip('/')}"}
    if page.fetched:
        told["bundle"] = file(page.fetched)
    data = " ".join(f'data-{name}="{escape(value)}"' for name, value in told.items())
    kind = ' type="module"' if page.module else ""
    styles = "\n".join(f'<link rel="stylesheet" href="{file(name)}">' for name in page.styles)
    scripts = "\n".join(f'<script src="{file(name)}"{kind}></script>' for name in page.scripts)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} - {page.title}</title>
<link rel="icon" type="image/svg+xml" href="{file("pages/icon.svg")}">
{styles}
</head>
<body>
<div id="docs" {data}></div>
<noscript>This page needs JavaScript. The document itself is at
<a href="{escape(openapi)}">{escape(openapi_url)}</a>.</noscript>
{scripts}
</body>
</html>
"""
