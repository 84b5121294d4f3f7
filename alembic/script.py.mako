"""${message}."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from app.db import base  # noqa: F401  own column types
from app.db.migrating import run_sql
${imports if imports else ""}
revision: str = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    run_sql(${repr(message)}, "before")
    ${upgrades if upgrades else "pass"}
    run_sql(${repr(message)}, "after")


def downgrade() -> None:
    run_sql(${repr(message)}, "down")
    ${downgrades if downgrades else "pass"}
    run_sql(${repr(message)}, "last")
