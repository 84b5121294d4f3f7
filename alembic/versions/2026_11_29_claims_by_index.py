"""claims_by_index: a claim of an idempotency key looks into the index, however few keys there once were."""

from __future__ import annotations

from collections.abc import Sequence

from app.db.migrating import run_sql

revision: str = "claims_by_index"
down_revision: str | None = "import_numbers"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    run_sql("claims_by_index", "after")


def downgrade() -> None:
    run_sql("claims_by_index", "down")
