"""Migrations run as the owner, over asyncpg, under a lock that two starting services cannot both hold."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from alembic import command, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

ROOT = Path(__file__).resolve().parents[2]
SQL = ROOT / "alembic" / "sql"

#: Seconds a migration waits for a lock before it gives up rather than stop the service's traffic.
LOCK_TIMEOUT = 5


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, from pyproject's [tool.alembic]."""
    made = Config(toml_file=ROOT / "pyproject.toml")
    made.set_main_option("script_location", str(ROOT / "alembic"))
    made.attributes["connection"] = connection
    return made


def head() -> str:
    """The newest migration of this code."""
    found = ScriptDirectory.from_config(config()).get_current_head()
    if found is None:
        raise RuntimeError("there are no migrations")
    return found


def migrate(owner_dsn: str, revision: str = "head") -> None:
    """Bring a database to a revision (`head`, or `base` to take everything back)."""
    asyncio.run(migrate_async(owner_dsn, revision))


async def migrate_async(owner_dsn: str, revision: str = "head") -> None:
    """The same from a running loop."""
    await with_connection(owner_dsn, lambda connection: _move(connection, revision))


async def with_connection(owner_dsn: str, work: Any) -> Any:
    """Run synchronous work on a connection of the owner; it commits when the work ends well."""
    engine = create_async_engine(sqlalchemy_url(owner_dsn), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(7234905017)"))
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _move(connection: Connection, revision: str) -> None:
    turn = command.downgrade if revision == "base" or revision.startswith("-") else command.upgrade
    turn(config(connection), revision)


def sqlalchemy_url(dsn: str) -> str:
    """Operators write postgresql://; SQLAlchemy would take psycopg for it."""
    scheme, _, rest = dsn.partition("://")
    if scheme not in {"postgresql", "postgres", "postgresql+asyncpg"}:
        raise ValueError("a database URL begins with postgresql://")
    return f"postgresql+asyncpg://{rest}"


def run_sql(migration: str, when: str) -> None:
    """Run the migration's own SQL files (`alembic/sql/<migration>/<when>_*.sql`), whole, in order of their names."""
    connection: Any = op.get_bind().connection.dbapi_connection
    for file in sorted((SQL / migration).glob(f"{when}_*.sql")) + sorted((SQL / migration).glob(f"{when}.sql")):
        script = file.read_text(encoding="utf-8")
        connection.run_async(lambda raw, script=script: raw.execute(script))
