"""waits: claims one row at a time, whole progress, webhooks apart from one another, auditors within their scope."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.db.migrating import run_sql

revision: str = "waits"
down_revision: str | None = "import_keys"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    run_sql("waits", "before")
    op.add_column("webhook_cursors", sa.Column("failed_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("webhook_cursors", sa.Column("last_status", sa.Integer(), nullable=True))
    op.add_column("webhook_cursors", sa.Column("last_error", sa.Text(), nullable=True))
    op.add_column("webhook_cursors", sa.Column("stalls", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("webhook_cursors", sa.Column("stalled_until", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("webhooks", sa.Column("disabled_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.execute("UPDATE webhooks SET disabled_at = updated_at WHERE status = 'disabled'")
    run_sql("waits", "after")


def downgrade() -> None:
    run_sql("waits", "down")
    op.drop_column("webhooks", "disabled_at")
    op.drop_column("webhook_cursors", "stalled_until")
    op.drop_column("webhook_cursors", "stalls")
    op.drop_column("webhook_cursors", "last_error")
    op.drop_column("webhook_cursors", "last_status")
    op.drop_column("webhook_cursors", "failed_at")
    run_sql("waits", "last")
