"""Operations of the service itself, at the root: health, version, metrics, key discovery, problem pages."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Literal

import asyncpg
import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from app.db import migrating
from app.db.session import Database, Statement
from app.domain.errors import DomainError, Unavailable
from app.problems import problems
from app.security.tokens import CLIENT_ALGORITHMS, jwks
from app.services import changes
from app.settings import Settings
from app.web import entrance, explained, metrics
from app.web.answers import answer_json
from app.web.callers import SCOPES, TOKEN_URL
from app.web.openapi import TITLE
from app.web.route import HouseRoute

#: Seconds after which a database that does not answer counts as away.
PATIENCE_SECONDS = 3.0

log = structlog.get_logger(__name__)
router = APIRouter(tags=["operations"], route_class=HouseRoute)

_VERSION = Statement("SELECT version_num FROM alembic_version")


class Documentation(BaseModel):
    """Where people read, and programs too."""

    swagger: str = "/docs"
    scalar: str = "/scalar"
    redoc: str = "/redoc"
    openapi: str = "/openapi.json"
    problems: str = "/problems"


class Entrance(BaseModel):
    """What there is here."""

    name: str = Field(examples=["bmp"])
    title: str = TITLE
    version: str = Field(examples=["0.1.0"])
    api: dict[str, str] = Field(default={"v1": "/api/v1"}, examples=[{"v1": "/api/v1"}])
    documentation: Documentation = Documentation()
    health: dict[str, str] = {"live": "/livez", "ready": "/readyz"}
    metadata: str = "/.well-known/oauth-authorization-server"


class Liveness(BaseModel):
    """The process runs."""

    status: Literal["alive"] = "alive"


class Checks(BaseModel):
    """What readiness depends on."""

    database: Literal["ok", "unreachable"] = Field(examples=["ok"])
    migrations: Literal["ok", "behind", "unknown"] = Field(examples=["ok"])
    keys: Literal["ok"] = "ok"


class Behind(BaseModel):
    """The database session whose open transaction the change feed waits for."""

    pid: int
    role: str
    application: str


class ChangeLag(BaseModel):
    """How far the change feed lags. A lag does not make the service unready; a growing one wants a worker."""

    waiting: int = Field(description="Changes without a place in the feed, counted up to 10 000.")
    seconds: float = Field(description="Age of the oldest of them.")
    behind: Behind | None


class Readiness(BaseModel):
    """The process can serve requests."""

    status: Literal["ready"] = "ready"
    checks: Checks
    changes: ChangeLag


class Version(BaseModel):
    """Which version of the code runs here, which contract it speaks, and the newest migration it knows."""

    name: str = Field(examples=["bmp"])
    version: str = Field(examples=["0.1.0"])
    api: Literal["v1"] = "v1"
    schema_: str = Field(alias="schema", description="Newest migration that this code knows.", examples=["foundation"])


class KeySet(BaseModel):
    """RFC 7517."""

    keys: list[dict[str, str]]


class Metadata(BaseModel):
    """RFC 8414."""

    issuer: str
    token_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]
    service_documentation: str


@router.get("/", response_model=Entrance, responses={303: {"description": "Browsers are led to the documentation."}})
async def get_entrance(request: Request) -> Response:
    """What there is here: the API, its documentation, health. Browsers are led to the documentation."""
    return entrance.answer(request, Entrance(name="bmp", version=version("bmp")).model_dump())


@router.get("/livez", response_model=Liveness)
async def get_liveness() -> Response:
    """Whether the process runs. Asks nobody else."""
    return _fresh(Liveness())


@router.get("/readyz", response_model=Readiness, responses=problems(503))
async def get_readiness(request: Request) -> Response:
    """Whether requests can be served: the database answers, and has the tables that this code was written for."""
    checks, lag = await _checks(request.app.state.database)
    if lag is None:
        raise Unavailable("The service cannot serve requests yet.", retry_after=2, checks=checks.model_dump())
    return _fresh(Readiness(checks=checks, changes=ChangeLag(**asdict(lag))))


@router.get("/version", response_model=Version)
async def get_version() -> Response:
    """Which version of the code runs here, which contract it speaks, and the newest migration it knows."""
    return _fresh(Version(name="bmp", version=version("bmp"), schema=_head()))


@router.get("/metrics", include_in_schema=False)
async def get_metrics() -> Response:
    """Prometheus' text format."""
    return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE, headers={"cache-control": "no-store"})


@router.get("/.well-known/jwks.json", response_model=KeySet)
async def get_keys(request: Request) -> Response:
    """The public keys that verify access tokens (RFC 7517). They rotate: fetch again when a `kid` is not among them."""
    return _public(jwks(request.app.state.keys))


@router.get("/.well-known/oauth-authorization-server", response_model=Metadata)
async def get_metadata(request: Request) -> Response:
    """Where and how to get tokens (RFC 8414)."""
    settings: Settings = request.app.state.settings
    grants = ["client_credentials", "refresh_token", *(["password"] if settings.password_grant_on else [])]
    return _public(
        Metadata(
            issuer=settings.issuer,
            token_endpoint=f"{settings.issuer}{TOKEN_URL}",
            revocation_endpoint=f"{settings.issuer}/api/v1/oauth/revoke",
            jwks_uri=f"{settings.issuer}/.well-known/jwks.json",
            scopes_supported=[scope.value for scope in SCOPES],
            response_types_supported=[],
            grant_types_supported=grants,
            token_endpoint_auth_methods_supported=["client_secret_basic", "private_key_jwt", "none"],
            token_endpoint_auth_signing_alg_values_supported=list(CLIENT_ALGORITHMS),
            service_documentation=f"{settings.issuer}/docs",
        ).model_dump()
    )


@router.get("/problems", include_in_schema=False)
async def list_problems(request: Request) -> Response:
    """Every code that a problem may have."""
    return explained.list_page(request)


@router.get("/problems/{code}", include_in_schema=False)
async def get_problem(request: Request, code: str) -> Response:
    """What one code means."""
    return explained.code_page(request, code)


async def _checks(database: Database) -> tuple[Checks, changes.Lag | None]:
    """What was found, and the lag of the change feed where everything is as it should be."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), database.transaction(read_only=True) as tx:
            if await tx.value(_VERSION) != _head():
                return Checks(database="ok", migrations="behind"), None
            return Checks(database="ok", migrations="ok"), await changes.lag(tx)
    except asyncpg.UndefinedTableError:
        return Checks(database="ok", migrations="behind"), None
    except (DomainError, TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        log.warning("readiness.database", error=type(error).__name__)
        return Checks(database="unreachable", migrations="unknown"), None


@lru_cache(maxsize=1)
def _head() -> str:
    return migrating.head()


def _fresh(value: BaseModel) -> Response:
    response = answer_json(value.model_dump(by_alias=True))
    response.headers["cache-control"] = "no-store"
    return response


def _public(value: Any) -> Response:
    response = answer_json(value)
    response.headers["cache-control"] = "public, max-age=300"
    return response
