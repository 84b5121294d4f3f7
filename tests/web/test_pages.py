"""The documentation pages: whole, unaltered, and content with this host alone (API 18)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from app.web import pages

pytestmark = pytest.mark.anyio

ADDRESSES = ["/docs", "/docs/oauth2-redirect", "/scalar", "/redoc"]
VENDORED = ("redoc", "scalar", "swagger")


class Loads(HTMLParser):
    """What a page loads and refers to, and what it would run by itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.files: list[str] = []
        self.told: dict[str, str] = {}
        self.inline: list[str] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._inside = tag
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "script":
            self.scripts.append(given["src"])
        self.files += [given[name] for name in ("src", "href") if name in given]
        self.told |= {name: value for name, value in given.items() if name.startswith("data-")}

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside in {"script", "style"} and data.strip():
            self.inline.append(data)


def made(openapi_url: str | None = "/openapi.json") -> FastAPI:
    app = FastAPI(title="Register & <readiness>", docs_url=None, redoc_url=None, openapi_url=openapi_url)
    pages.install(app)
    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made()), base_url="http://bmp.example") as asking:
        yield asking


def shortened(address: str) -> str:
    """An address without the hash that changes with the file."""
    return re.sub(r"\?v=[0-9a-f]{16}$", "?v=…", address)


async def test_what_the_pages_load(client: httpx.AsyncClient) -> None:
    found = {}
    for address in ADDRESSES:
        loads = Loads((await client.get(address)).text)
        assert loads.inline == []
        found[address] = (
            {shortened(each) for each in loads.files},
            {name: shortened(value) for name, value in loads.told.items()},
        )
    told = {"data-openapi": "openapi.json", "data-redirect": "docs/oauth2-redirect"}
    icon, sheet = "static/pages/icon.svg?v=…", "static/pages/pages.css?v=…"
    assert found == {
        "/docs": (
            {
                icon,
                sheet,
                "openapi.json",
                "static/swagger/swagger-ui.css?v=…",
                "static/swagger/swagger-ui-bundle.js?v=…",
                "static/pages/swagger.js?v=…",
            },
            told,
        ),
        "/docs/oauth2-redirect": (
            {f"../{icon}", "../openapi.json", "../static/swagger/oauth2-redirect.js?v=…"},
            {"data-openapi": "../openapi.json", "data-redirect": "../docs/oauth2-redirect"},
        ),
        "/scalar": (
            {icon, sheet, "openapi.json", "static/scalar/standalone.js?v=…", "static/pages/scalar.js?v=…"},
            told,
        ),
        "/redoc": (
            {icon, sheet, "openapi.json", "static/pages/redoc.css?v=…", "static/pages/redoc.js?v=…"},
            told | {"data-bundle": "static/redoc/redoc.standalone.js?v=…"},
        ),
    }


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("prefix", ["", "/behind/a/proxy"])
async def test_everything_a_page_refers_to_is_there(client: httpx.AsyncClient, address: str, prefix: str) -> None:
    loads = Loads((await client.get(address)).text)
    for relative in [*loads.files, *loads.told.values()]:
        absolute = urljoin(f"http://bmp.example{prefix}{address}", relative)
        assert absolute.startswith(f"http://bmp.example{prefix}/")
        answer = await client.get(absolute.replace(prefix, "", 1))
        assert answer.status_code == 200, absolute


async def test_a_script_is_served_as_one(client: httpx.AsyncClient) -> None:
    types = {}
    for name in ("pages/redoc.js", "redoc/redoc.standalone.js", "swagger/swagger-ui.css", "pages/icon.svg"):
        types[name] = (await client.head(f"/static/{name}")).headers["content-type"].partition(";")[0]
    assert types == {
        "pages/redoc.js": "text/javascript",
        "redoc/redoc.standalone.js": "text/javascript",
        "swagger/swagger-ui.css": "text/css",
        "pages/icon.svg": "image/svg+xml",
    }


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_page_may_ask_this_host_only(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


async def test_a_title_cannot_break_the_page(client: httpx.AsyncClient) -> None:
    assert "<title>Register &amp; &lt;readiness&gt; - Redoc</title>" in (await client.get("/redoc")).text


async def test_pages_are_read_and_not_part_of_the_interface(client: httpx.AsyncClient) -> None:
    assert (await client.get("/openapi.json")).json()["paths"] == {}
    for address in ADDRESSES:
        head = await client.head(address)
        assert (head.status_code, head.content) == (200, b"")
        assert (await client.post(address)).status_code == 405


async def test_files_are_kept_for_as_long_as_their_address_means_them(client: httpx.AsyncClient) -> None:
    named = await client.get("/static/pages/swagger.js", params={"v": "0"})
    assert named.headers["cache-control"] == "public, max-age=31536000, immutable"
    plain = await client.get("/static/pages/swagger.js")
    assert plain.headers["cache-control"] == "no-cache"
    again = await client.get("/static/pages/swagger.js", headers={"if-none-match": plain.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")


@pytest.mark.parametrize(
    "path", ["/static/", "/static/none.js", "/static/../pages.py", "/static/%2e%2e/pages.py", "/static/..%2fpages.py"]
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


def test_a_page_without_a_document_is_refused() -> None:
    with pytest.raises(ValueError, match="OpenAPI document"):
        made(openapi_url=None)


# The bundles


def sums() -> dict[str, str]:
    lines = (line.split("  ", 1) for line in pages.SUMS.read_text().splitlines())
    return {name: digest for digest, name in lines}


def test_the_bundles_are_the_ones_that_were_vendored() -> None:
    files = [path for folder in VENDORED for path in (pages.STATIC / folder).rglob("*") if path.is_file()]
    assert {
        str(path.relative_to(pages.STATIC)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    } == sums()


def test_every_bundle_has_its_licence() -> None:
    assert {name for name in sums() if name.endswith("/LICENSE")} == {f"{folder}/LICENSE" for folder in VENDORED}
    assert "swagger/NOTICE" in sums()


LOADED_BY_MARKUP = re.compile(
    r"""<script[^>]{0,200}\ssrc\s*=\s*\\?["'`]?https?://([^/"'`\s]+)|<link[^>]{0,200}\shref\s*=\s*\\?["'`]?https?://([^/"'`\s]+)
    |@import\s+(?:url\()?\\?["'`]?https?://([^/"'`\s)]+)|url\(\\?["'`]?https?://([^/"'`\s)]+)""",
    re.VERBOSE,
)


def test_no_markup_or_style_in_the_bundles_names_another_host() -> None:
    found = {}
    for name in sums():
        text = (pages.STATIC / name).read_text(encoding="utf-8")
        hosts = {host for match in LOADED_BY_MARKUP.finditer(text) for host in match.groups() if host}
        if hosts:
            found[name] = hosts
    assert found == {"scalar/standalone.js": {"fonts.scalar.com"}}  # and those fonts are switched off, see below


def own(name: str) -> str:
    return (pages.STATIC / "pages" / name).read_text(encoding="utf-8")


def test_what_would_call_home_is_switched_off() -> None:
    for option in ("agent: { disabled: true }", "mcp: { disabled: true }", 'proxyUrl: ""', "telemetry: false"):
        assert option in own("scalar.js")
    assert "withDefaultFonts: false" in own("scalar.js")
    assert "disableTelemetry: true" in own("redoc.js")
    assert "validatorUrl: null" in own("swagger.js")


def test_tokens_are_not_kept_in_the_browser() -> None:
    assert "persistAuth: false" in own("scalar.js")
    assert "persistAuthorization: false" in own("swagger.js")


def test_our_own_files_name_no_host() -> None:
    namespaces = {"www.w3.org"}
    hosts = set()
    for path in (pages.STATIC / "pages").iterdir():
        hosts |= {urlsplit(address).hostname for address in re.findall(r"\w+://[^\s\"'`)]+", own(path.name))}
    assert hosts <= namespaces
