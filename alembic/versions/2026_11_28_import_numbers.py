"""Faults and changes are numbered in each import, and what was created is named."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.db import base  # noqa: F401  own column types
from app.db.migrating import run_sql

revision: str = "import_numbers"
down_revision: str | None = "known_items"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("import_changes", sa.Column("reference", sa.Text(), nullable=True))
    run_sql("import_numbers", "after")


def downgrade() -> None:
    run_sql("import_numbers", "down")
    op.drop_column("import_changes", "reference")
