"""Lint every migration: `python -m tests.house.squawk` (part of `make check`).

Migrations run against a throw-away database while each statement is written down; what was written down, and the SQL
files that migrations run whole, go through squawk. Rules that are left out carry their reason.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event

from app.db.embedded import temporary
from app.db.migrating import SQL, config, with_connection

OLDEST = "16.0"

#: Rules that do not fit here, and why.
REFUSED = {
    "prefer-bigint-over-int": "counts of persons, months and versions fit",
    "prefer-bigint-over-smallint": "likewise",
    "prefer-identity": "keys are UUIDv7 from the application",
    "prefer-robust-stmts": "a migration is one transaction: it is there whole or not at all",
    "require-timeout-settings": "app/db/migrating.py sets lock_timeout before every migration",
    "ban-drop-function": "downgrades take back what they made",
    "ban-drop-schema": "the downgrade of the first migration takes back what it made",
}


def statements(url: str) -> dict[str, str]:
    """The SQL of each revision in order, as it was sent to the database."""
    found: dict[str, str] = {}

    def climb(connection: Connection) -> None:
        sent: list[str] = []

        def write_down(_c: Any, _cursor: Any, statement: str, _p: Any, _ctx: Any, _many: Any) -> None:
            sent.append(statement)

        event.listen(connection, "before_cursor_execute", write_down)
        revisions = list(ScriptDirectory.from_config(config()).walk_revisions())
        for revision in reversed(revisions):
            sent.clear()
            command.upgrade(config(connection), revision.revision)
            ours = [text for text in sent if "alembic_version" not in text and not text.lstrip().startswith("SELECT")]
            found[revision.revision] = ";\n".join(text.strip() for text in ours) + ";\n"

    asyncio.run(with_connection(url, climb))
    return found


def main() -> int:
    """Exit code 0 when squawk has nothing to say."""
    with tempfile.TemporaryDirectory() as folder, temporary(16) as server:
        files = []
        for revision, text in statements(server.dsn("owner")).items():
            if not text.strip("; \n") and any((SQL / revision).glob("*.sql")):
                continue  # all of it stands in files of its own, which are looked at below
            if not text.strip("; \n"):
                sys.stderr.write(f"nothing was written down for {revision}\n")
                return 1
            path = Path(folder) / f"{revision}.sql"
            path.write_text(text, encoding="utf-8")
            files.append(path)
        files += sorted(SQL.rglob("*.sql"))
        program = Path(sys.executable).with_name("squawk")
        excluded = [f"--exclude={','.join(REFUSED)}"]
        options = ["--assume-in-transaction", f"--pg-version={OLDEST}", *excluded]
        done = subprocess.run([str(program), *options, *map(str, files)], check=False)  # noqa: S603 - our own linter
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
