"""Erasure empties free text, external ids per organisation, who let whom in, who drew up a document."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.db.migrating import run_sql

revision: str = "privacy"
down_revision: str | None = "newcomer"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_KEYS = ("agencies", "sites")
_FALSE = sa.text("false")


def upgrade() -> None:
    run_sql("privacy", "before")
    op.add_column("credentials", sa.Column("let_in_by", sa.UUID(), nullable=True))
    op.add_column("credentials", _flag("let_in_by_administrator"))
    op.add_column("one_time_links", _flag("by_administrator"))
    op.add_column(
        "documents",
        sa.Column("drawn_up_by", postgresql.ARRAY(sa.UUID()), server_default=sa.text("'{}'::uuid[]"), nullable=False),
    )
    run_sql("privacy", "after")


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=_FALSE, nullable=False)


def downgrade() -> None:
    """Fails where two organisations use one external id by now: one of them has to change it first."""
    run_sql("privacy", "down")
    op.drop_index("ix_identity_reads_trainee_id", table_name="identity_reads")
    op.drop_column("documents", "drawn_up_by")
    op.drop_column("one_time_links", "by_administrator")
    op.drop_column("credentials", "let_in_by_administrator")
    op.drop_column("credentials", "let_in_by")
    for table in _KEYS:
        op.drop_constraint(f"uq_{table}_external_id_organisation_id", table, type_="unique")
        op.create_unique_constraint(f"uq_{table}_external_id", table, ["external_id"])
