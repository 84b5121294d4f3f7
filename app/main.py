"""The application: wiring only. `create_app` is what uvicorn, the tests and `bmp openapi` call."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.db.embedded import Embedded
from app.db.session import Database
from app.domain.access import Caller
from app.routers import ROUTERS
from app.routers.operations import router as operations
from app.security import keys
from app.security.tokens import Claims, verify_access
from app.services import changes
from app.services.rights import Rights
from app.settings import Settings
from app.settings import settings as settings_of_process
from app.web import logs, openapi, pages
from app.web.callers import Gate
from app.web.dispatch import Dispatch
from app.web.exports import Places
from app.web.limits import Limiter
from app.web.middleware import Edge
from app.web.streams import Streams

API = "/api/v1"
EXPOSED = [
    "Content-Location",
    "ETag",
    "Link",
    "Location",
    "Idempotency-Replayed",
    "RateLimit",
    "RateLimit-Policy",
    "X-Request-Id",
]
_ASKED = [
    "Authorization",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
    "X-Request-Id",
    "traceparent",
]


class House(FastAPI):
    """FastAPI with the house's way from the socket to an operation: edge, dispatch, operation, and nothing between."""

    #: What the framework does around a request beside this, it does for telemetry only.
    observed = False

    def __init__(self, **options: Any) -> None:
        """As FastAPI; no operation is looked for before the application starts."""
        super().__init__(**options)
        self.dispatch = Dispatch(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Straight to the edge, where nothing else is asked of the framework."""
        if scope["type"] != "http" or self.observed or self.root_path or self.middleware_stack is None:
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        await self.middleware_stack(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """Problems are made at the edge, so the framework's own layers for errors are left out (HOUSE 3.6)."""
        app: ASGIApp = Edge(self.dispatch, settings=self.state.settings, database=self.state.database)
        for middleware, arguments, options in reversed(self.user_middleware):
            app = middleware(app, *arguments, **options)
        return app


def create_app(settings: Settings | None = None, database: Database | None = None) -> House:
    """The application of one deployment. A database that is given stays its giver's to open and to close."""
    if settings is None:  # the process is ours alone, and so is its log
        settings = settings_of_process()
        logs.configure(settings.log_format)
    own = database is None
    database = database or _database(settings)
    database.backdating_days = settings.backdating_days
    observed = settings.otel
    app = House(
        title=openapi.TITLE,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=partial(_life, own_database=own),
        telemetry={"tracing": observed, "metrics": observed, "logs": observed},
    )
    app.observed = observed
    app.state.settings, app.state.database = settings, database
    app.state.rights = Rights(database, seconds=settings.rights_cache_seconds)
    app.state.limiter = Limiter(settings.rate_limit_per_minute) if settings.rate_limit_per_minute else None
    app.state.streams = Streams(
        partial(changes.look, database),
        most=settings.streams,
        most_each=settings.streams_per_caller,
        seconds=settings.stream_seconds,
    )
    app.state.exports = Places(
        of_caller=settings.exports_per_caller, of_all=settings.exports_per_worker, connections=settings.pool_size
    )
    for router in ROUTERS:
        app.include_router(router, prefix=API)
    app.include_router(operations)
    pages.install(app)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=_ASKED,
            expose_headers=EXPOSED,
            max_age=600,
        )
    openapi.install(app, settings)
    return app


@asynccontextmanager
async def _life(app: House, *, own_database: bool) -> AsyncIterator[None]:
    """From start to stop: keys are there or the service refuses to start; a database that is away is waited for."""
    settings: Settings = app.state.settings
    database: Database = app.state.database
    life = timedelta(minutes=settings.access_token_minutes)
    app.state.keys = keys.load(settings.secrets_dir, overlap=life)
    database.cursor_secret = app.state.keys.cursor  # every worker continues every other's lists
    app.dispatch.grow()
    app.state.gate = Gate(_verifier(app.state.keys, settings), _asker(app.state.rights), _rememberer(app.state.rights))
    if own_database:
        database.cursor_secret = app.state.keys.cursor
        await database.open()
    # Everything made so far stays: young garbage is then looked at without walking it again and again (HOUSE 3.1).
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    streams: Streams = app.state.streams
    streams.start()
    forget_signals = streams.heed_signals()
    try:
        yield
    finally:
        forget_signals()
        await streams.close()
        if own_database:
            await database.close()


def _verifier(loaded: keys.Keys, settings: Settings) -> Callable[[str], Claims]:
    def verify(token: str) -> Claims:
        return verify_access(
            loaded,
            token,
            issuer=settings.issuer,
            audience=settings.audience,
            longest_minutes=settings.access_token_minutes,
        )

    return verify


def _asker(rights: Rights) -> Callable[[Claims], Awaitable[Caller]]:
    async def ask(claims: Claims) -> Caller:
        return await rights.of(claims.sub, claims.jti, claims.extra.get("sid"))

    return ask


def _rememberer(rights: Rights) -> Callable[[Claims], Caller | None]:
    def remembered(claims: Claims) -> Caller | None:
        return rights.remembered(claims.sub, claims.jti)

    return remembered


def _database(settings: Settings) -> Database:
    if settings.database_url is not None:
        dsn = settings.database_url.get_secret_value()
    else:
        dsn = Embedded(settings.data, settings.postgres_major).dsn("app")
    return Database(
        dsn,
        size=settings.pool_size,
        acquire_timeout=settings.acquire_timeout_ms / 1000,
        statement_timeout_ms=settings.statement_timeout_ms,
    )
