"""Where the bench runs: a PostgreSQL with the service's own settings, a filled register, one uvicorn worker."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from app.db.embedded import Embedded
from app.db.migrating import migrate_async
from app.domain.access import Scope
from app.security import keys as key_files
from app.security.tokens import issue_access
from app.services.demo_large import build_large

#: caller → the components it sees; the third component has one item in a thousand.
CALLERS = {"one": ("BMP-A",), "two": ("BMP-A", "BMP-B"), "small": ("BMP-Z",), "all": ("BMP-A", "BMP-B", "BMP-Z")}


@dataclass
class Place:
    """Everything a workload needs."""

    server: Embedded
    folder: Path
    port: int = 0
    pid: int = 0
    items: int = 0
    tokens: dict[str, str] = field(default_factory=dict)
    callers: dict[str, UUID] = field(default_factory=dict)
    ids: dict[str, UUID] = field(default_factory=dict)

    def dsn(self, role: str) -> str:
        """The URL of a role."""
        return self.server.dsn(role)  # type: ignore[arg-type]


@contextmanager
def place(items: int, *, say: bool = True) -> Iterator[Place]:
    """Build it, and take it away afterwards."""
    with tempfile.TemporaryDirectory(prefix="bmp-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with Embedded(folder / "data") as server:
            made = Place(server, folder, items=items)
            began = time.perf_counter()
            asyncio.run(_fill(made, say=say))
            if say:
                print(f"{items:,} items built in {time.perf_counter() - began:.0f} s", flush=True)
            yield made


async def _fill(made: Place, *, say: bool) -> None:
    await migrate_async(made.dsn("owner"))
    connection = await asyncpg.connect(made.dsn("owner"))
    try:
        await _register(connection, made)
    finally:
        await connection.close()

    def progress(done: int, total: int) -> None:
        if say and sys.stderr.isatty():
            print(f"\r  {done:,} of {total:,} items", end="\n" if done == total else "", file=sys.stderr, flush=True)

    actor, implementer = made.callers["all"], made.ids["implementer"]
    await build_large(made.dsn("owner"), items=made.items, actor=actor, implementer=implementer, progress=progress)
    connection = await asyncpg.connect(made.dsn("owner"))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def _register(c: asyncpg.Connection, made: Place) -> None:
    ids = made.ids
    for name, kind in (("implementer", "implementer"), ("beneficiary", "beneficiary")):
        ids[name] = uuids.uuid7()
        await c.execute(
            "INSERT INTO organisations (id, reference, kinds, name_en) VALUES ($1, $2, $3, $2)",
            ids[name],
            name.upper(),
            [kind],
        )
    ids["programme"] = uuids.uuid7()
    await c.execute(
        "INSERT INTO programmes (id, reference, status, name_en) VALUES ($1, 'BENCH', 'running', 'Bench')",
        ids["programme"],
    )
    for number, component in enumerate(CALLERS["all"]):
        ids[component] = uuids.uuid7()
        await c.execute(
            "INSERT INTO components (id, programme_id, reference, country, domains, name_en) "
            "VALUES ($1, $2, $3, 'TN', '{mobility}', $3)",
            ids[component],
            ids["programme"],
            component,
        )
        top = uuids.uuid7()
        await _agency(c, ids, top, None, f"TOP-{number}", is_unit=False)
        await c.execute(
            "INSERT INTO participations (id, component_id, agency_id, starts_at) VALUES ($1, $2, $3, '2018-01-01Z')",
            uuids.uuid7(),
            ids[component],
            top,
        )
        for unit in range(20):
            ids[f"unit-{number}-{unit}"] = uuids.uuid7()
            await _agency(c, ids, ids[f"unit-{number}-{unit}"], top, f"UNIT-{number}-{unit:02}", is_unit=True)
    await _models(c, ids)
    for name, components in CALLERS.items():
        await _caller(c, made, name, components)


async def _agency(
    c: asyncpg.Connection, ids: dict[str, UUID], key: UUID, parent: UUID | None, reference: str, *, is_unit: bool
) -> None:
    await c.execute(
        "INSERT INTO agencies (id, reference, parent_id, organisation_id, country, is_unit, name_en) "
        "VALUES ($1, $2, $3, $4, 'TN', $5, $2)",
        key,
        reference,
        parent,
        ids["beneficiary"],
        is_unit,
    )


async def _models(c: asyncpg.Connection, ids: dict[str, UUID]) -> None:
    ids["type"] = uuids.uuid7()
    await c.execute(
        "INSERT INTO equipment_types (id, reference, domain, cpv, name_en) "
        "VALUES ($1, 'T', 'mobility', '32344280-2', 'T')",
        ids["type"],
    )
    for number in range(40):
        ids[f"model-{number}"] = uuids.uuid7()
        await c.execute(
            "INSERT INTO equipment_models (id, reference, type_id, manufacturer, name_en) VALUES ($1, $2, $3, 'M', $2)",
            ids[f"model-{number}"],
            f"MODEL-{number:02}",
            ids["type"],
        )
    ids["site"] = uuids.uuid7()
    await c.execute(
        "INSERT INTO sites (id, reference, organisation_id, kind, country, name_en) "
        "VALUES ($1, 'STORE', $2, 'store', 'TN', 'Store')",
        ids["site"],
        ids["implementer"],
    )


async def _caller(c: asyncpg.Connection, made: Place, name: str, components: tuple[str, ...]) -> None:
    organisation, account = uuids.uuid7(), uuids.uuid7()
    made.callers[name] = account
    await c.execute(
        "INSERT INTO organisations (id, reference, kinds, name_en) VALUES ($1, $2, '{implementer}', $2)",
        organisation,
        f"ORG-{name}",
    )
    for component in components:
        await c.execute(
            "INSERT INTO delegations (id, organisation_id, programme_id, component_id, power, starts_at) "
            "VALUES ($1, $2, $3, $4, 'manage', '2018-01-01Z')",
            uuids.uuid7(),
            organisation,
            made.ids["programme"],
            made.ids[component],
        )
    await c.execute(
        "INSERT INTO accounts (id, organisation_id, account_name, display_name) VALUES ($1, $2, $3, 'Bench')",
        account,
        organisation,
        f"bench.{name}",
    )
    await c.execute(
        "INSERT INTO grants (id, account_id, organisation_id, role) VALUES ($1, $2, $3, 'programme_manager')",
        uuids.uuid7(),
        account,
        organisation,
    )


@contextmanager
def uvicorn(made: Place, app: str = "app.main:create_app") -> Iterator[None]:
    """One worker, as `bmp serve` would run it; sets `port`, `pid` and the callers' tokens."""
    secrets = made.folder / "keys"
    key_files.create_missing(secrets)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        made.port = probe.getsockname()[1]
    issuer = f"http://127.0.0.1:{made.port}"
    environment = {
        **os.environ,
        "DATABASE_URL": made.dsn("app"),
        "BMP_SECRETS": str(secrets),
        "BMP_DATA": str(made.folder / "app"),
        "BMP_PUBLIC_URL": issuer,
        "BMP_RATE_LIMIT_PER_MINUTE": "0",
        "BMP_ACCESS_TOKEN_MINUTES": "60",
        "BMP_LOG_FORMAT": "json",
    }
    with (made.folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "uvicorn", "--factory", app, "--host", "127.0.0.1", "--port", str(made.port),
                "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-server-header",
                "--log-level", "warning",
            ],
            env=environment,
            stdout=log,
            stderr=log,
        )  # fmt: skip
        made.pid = process.pid
        loaded = key_files.load(secrets)
        made.tokens = {name: _token(loaded, issuer, account) for name, account in made.callers.items()}
        try:
            _wait(issuer, process)
            yield
        except BaseException:
            print((made.folder / "server.log").read_text()[-3000:], file=sys.stderr)
            raise
        finally:
            process.terminate()
            process.wait(20)


def _token(loaded: key_files.Keys, issuer: str, account: UUID) -> str:
    return issue_access(
        loaded,
        issuer=issuer,
        audience=issuer,
        subject=str(account),
        client_id="bench",
        scopes=[scope.value for scope in Scope],
        org="bench",
        org_kind="implementer",
        minutes=60,
        now=datetime.now(UTC),
        jti=str(uuids.uuid7()),
    )


def _wait(issuer: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        try:
            urllib.request.urlopen(f"{issuer}/livez", timeout=1).read()
        except OSError:
            if process.poll() is not None:
                raise RuntimeError("the server did not start") from None
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server does not answer")


@contextmanager
def worker(made: Place, **settings: str) -> Iterator[int]:
    """The background worker as `bmp serve` would run it; its pid."""
    environment = {
        **os.environ,
        "DATABASE_URL": made.dsn("app"),
        "DATABASE_WORKER_URL": made.dsn("worker"),
        "BMP_SECRETS": str(made.folder / "keys"),
        "BMP_DATA": str(made.folder / "app"),
        "BMP_PUBLIC_URL": f"http://127.0.0.1:{made.port}",
        "MALLOC_ARENA_MAX": "2",
        **settings,
    }
    (made.folder / "app").mkdir(exist_ok=True)
    with (made.folder / "worker.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", "app.worker"], env=environment, stdout=log, stderr=log)
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(60)
