"""feed."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.db.migrating import run_sql

revision: str = "feed"
down_revision: str | None = "privacy"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    run_sql("feed", "before")
    op.create_table(
        "feed",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("newest", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("forgotten", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cluster", sa.Text(), nullable=False),
        sa.Column(
            "eras", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.CheckConstraint("one", name=op.f("ck_feed_one_row")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_feed")),
    )
    op.add_column("changes", sa.Column("to_component_id", sa.UUID(), nullable=True))
    op.add_column("changes", sa.Column("to_agency_id", sa.UUID(), nullable=True))
    op.add_column("changes", sa.Column("to_organisation_id", sa.UUID(), nullable=True))
    run_sql("feed", "after")


def downgrade() -> None:
    run_sql("feed", "down")
    op.drop_column("changes", "to_organisation_id")
    op.drop_column("changes", "to_agency_id")
    op.drop_column("changes", "to_component_id")
    op.drop_table("feed")
    run_sql("feed", "last")
