"""chain: hashes and references cost what they have to."""

from __future__ import annotations

from collections.abc import Sequence

from app.db.migrating import run_sql

revision: str = "chain"
down_revision: str | None = "imports"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """The same functions, made so that the planner can see into them."""
    run_sql("chain", "before")


def downgrade() -> None:
    """As they were."""
    run_sql("chain", "down")
