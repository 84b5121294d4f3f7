"""claims_by_key: a claim of an idempotency key finds it by the whole of its index."""

from __future__ import annotations

from collections.abc import Sequence

from app.db.migrating import run_sql

revision: str = "claims_by_key"
down_revision: str | None = "history_sums"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    run_sql("claims_by_key", "after")


def downgrade() -> None:
    run_sql("claims_by_key", "down")
