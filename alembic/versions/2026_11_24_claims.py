"""claims: an idempotency key is claimed in the message that begins the transaction."""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

from app.db.migrating import run_sql

revision: str = "claims"
down_revision: str | None = "foundation"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    run_sql("claims", "after")


def downgrade() -> None:
    op.execute("DROP FUNCTION app.claim_key(bigint, uuid, text, text)")
