"""Migrations go up, down and up again, and lead to what the models and the table of tenancy say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

import app.db.models
from app.db.base import Base
from app.db.embedded import Embedded
from app.db.migrating import head, migrate_async, sqlalchemy_url, with_connection
from app.db.tenancy import TENANCY, UNWALLED, policies, wall

pytestmark = pytest.mark.anyio

assert app.db.models.__all__  # importing it fills the metadata


@pytest.fixture
async def empty_dsn(cluster: Embedded) -> AsyncIterator[str]:
    name = "migrations"
    connection = await asyncpg.connect(cluster.dsn("postgres", "postgres"))
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name} OWNER bmp_owner")
        yield cluster.dsn("owner", name)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


async def _objects(dsn: str) -> set[tuple[str, str]]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname IN ('public', 'app') AND c.relname NOT LIKE 'alembic_version%' "
            "UNION SELECT n.nspname, p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
            "WHERE n.nspname IN ('public', 'app')"
        )
    finally:
        await connection.close()
    return {(row[0], row[1]) for row in rows}


async def test_up_down_and_up_again(empty_dsn: str) -> None:
    await migrate_async(empty_dsn)
    made = await _objects(empty_dsn)
    assert ("public", "items") in made
    await migrate_async(empty_dsn, "base")
    assert await _objects(empty_dsn) == set()
    await migrate_async(empty_dsn)
    assert await _objects(empty_dsn) == made


async def test_the_models_and_the_migrations_agree(empty_dsn: str) -> None:
    await migrate_async(empty_dsn)

    def compare(connection: Connection) -> list[Any]:
        def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _to: Any) -> bool:  # noqa: FBT001
            return not (kind == "table" and name in UNWALLED)

        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    assert await with_connection(empty_dsn, compare) == []


async def test_the_newest_revision_is_what_the_database_says(owner: asyncpg.Connection) -> None:
    assert await owner.fetchval("SELECT version_num FROM alembic_version") == head()


async def test_every_table_is_walled_as_the_table_of_tenancy_says(owner: asyncpg.Connection) -> None:
    tables = {
        row["relname"]: row["relrowsecurity"]
        for row in await owner.fetch(
            "SELECT relname, relrowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )
    }
    assert set(tables) - UNWALLED == set(TENANCY)
    assert [name for name, walled in tables.items() if not walled and name not in UNWALLED] == []
    found = {
        (row["tablename"], row["policyname"], row["cmd"])
        for row in await owner.fetch("SELECT tablename, policyname, cmd FROM pg_policies WHERE schemaname = 'public'")
    }
    # The background worker has narrow policies of its own, named for it.
    found = {(table, name, command) for table, name, command in found if not name.startswith("worker_")}
    assert found == {(table, name, command) for table in TENANCY for name, command, _ in policies(table)}


async def test_policies_say_what_the_table_of_tenancy_says(empty_dsn: str) -> None:
    """The frozen SQL of the migrations, against the walls as this code would build them today."""
    await migrate_async(empty_dsn)
    connection = await asyncpg.connect(empty_dsn)
    query = (
        "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies "
        "WHERE schemaname = 'public' AND policyname NOT LIKE 'worker_%' ORDER BY 1, 2"
    )
    functions = (
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'app'::regnamespace AND proname LIKE 'changed_%' "
        "ORDER BY 1"
    )
    try:
        before = [tuple(row) for row in await connection.fetch(query)]
        sources = [tuple(row) for row in await connection.fetch(functions)]
        for table in TENANCY:
            for name, _, _ in policies(table):
                await connection.execute(f"DROP POLICY {name} ON {table}")
            for operation in ("insert", "update", "delete"):
                await connection.execute(f"DROP TRIGGER IF EXISTS changed_{operation} ON {table}")
                await connection.execute(f"DROP FUNCTION IF EXISTS app.changed_{table}_{operation}()")
            for statement in wall(table):
                await connection.execute(statement)
        assert [tuple(row) for row in await connection.fetch(query)] == before
        assert [tuple(row) for row in await connection.fetch(functions)] == sources
    finally:
        await connection.close()


async def test_the_application_owns_nothing_and_cannot_bypass(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname IN ('bmp_app', 'bmp_worker')"
    )
    assert {(r["rolname"], r["rolsuper"], r["rolbypassrls"], r["rolcreaterole"]) for r in rows} == {
        ("bmp_app", False, False, False),
        ("bmp_worker", False, False, False),
    }
    owned = await owner.fetchval(
        "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner "
        "WHERE r.rolname IN ('bmp_app', 'bmp_worker')"
    )
    assert owned == 0


async def test_security_definer_functions_pin_their_search_path(owner: asyncpg.Connection) -> None:
    loose = await owner.fetch(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'app'::regnamespace AND prosecdef "
        "AND NOT coalesce(proconfig::text LIKE '%search_path=%', false)"
    )
    assert loose == []


async def test_public_may_execute_nothing(owner: asyncpg.Connection) -> None:
    open_to_all = await owner.fetch(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'app'::regnamespace "
        "AND has_function_privilege('public', oid, 'EXECUTE') AND proname NOT LIKE 'uuid%range'"  # a type's own
    )
    assert open_to_all == []


def test_operators_urls_are_rewritten_for_the_driver() -> None:
    assert sqlalchemy_url("postgresql://u@/d?host=/s") == "postgresql+asyncpg://u@/d?host=/s"
    with pytest.raises(ValueError, match="begins with postgresql"):
        sqlalchemy_url("mysql://u@h/d")
