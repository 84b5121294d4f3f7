"""known_items: what one item was known to be, without looking at the others."""

from __future__ import annotations

from collections.abc import Sequence

from app.db.migrating import run_sql

revision: str = "known_items"
down_revision: str | None = "claims_by_key"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    run_sql("known_items", "after")


def downgrade() -> None:
    run_sql("known_items", "down")
