"""queues: what waits is read by the index it waits in, whatever PostgreSQL believed of the table before."""

from __future__ import annotations

from collections.abc import Sequence

from app.db.migrating import run_sql

revision: str = "queues"
down_revision: str | None = "claims_by_index"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    run_sql("queues", "after")


def downgrade() -> None:
    run_sql("queues", "down")
