"""`python -m app.cli.migration <slug>`: writes a migration from the models, and the walls of its new tables.

It runs a throw-away PostgreSQL, brings it to head, and compares. Policies, grants and change triggers of new tables
come from db/tenancy.py into `alembic/sql/<slug>/after_walls.sql`, frozen there; for new tables about people also what
an erasure takes out of them (db/erasure.py). A new resource of the change feed also changes who may see what in
`changes` (ADR 12); `down.sql` puts that back.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.operations import ops
from sqlalchemy import Connection, text

from app.db import erasure
from app.db.embedded import TEST_SETTINGS, Embedded
from app.db.migrating import SQL, config, migrate_async, with_connection
from app.db.tenancy import TENANCY, wall


def write(slug: str) -> None:
    """Make `alembic/versions/<date>_<slug>.py` and its SQL."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with Embedded(Path(folder) / "data", settings=TEST_SETTINGS) as server:
            asyncio.run(_make(server.dsn("owner"), slug))


async def _make(dsn: str, slug: str) -> None:
    await migrate_async(dsn)
    await with_connection(dsn, lambda connection: _compare(connection, slug))


def _compare(connection: Connection, slug: str) -> None:
    made = config(connection)

    def directives(_context: Any, _revision: Any, scripts: list[ops.MigrationScript]) -> None:
        upgrade = scripts[0].upgrade_ops
        new = [o.table_name for o in upgrade.ops if isinstance(o, ops.CreateTableOp)] if upgrade else []
        if new:
            statements = [statement for table in new for statement in wall(table)]
            (SQL / slug).mkdir(parents=True, exist_ok=True)
            if any(TENANCY[table].in_feed for table in new):
                statements += _policy_of_changes(f"USING ({TENANCY['changes'].see})")
                before = connection.execute(text("SELECT qual FROM pg_policies WHERE tablename = 'changes'")).scalar()
                _write(slug, "down.sql", _policy_of_changes(f"USING {before}"))
            _write(slug, "after_walls.sql", statements)
            if any(TENANCY[table].person for table in new):
                _write(slug, "after_walls_erasure.sql", erasure.statements())

    made.attributes["directives"] = directives
    command.revision(made, message=slug, autogenerate=True, rev_id=slug)


def _policy_of_changes(clause: str) -> list[str]:
    return [
        "DROP POLICY see ON changes",
        f"CREATE POLICY see ON changes FOR SELECT TO bmp_app, bmp_worker {clause}",
    ]


def _write(slug: str, name: str, statements: list[str]) -> None:
    (SQL / slug / name).write_text("".join(f"{statement};\n" for statement in statements), encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1])
