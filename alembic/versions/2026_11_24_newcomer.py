"""newcomer: text is folded alike on every server, so what was folded is folded again."""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

from app.db.migrating import run_sql

revision: str = "newcomer"
down_revision: str | None = "claims"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

NAMED = (
    "organisations",
    "programmes",
    "components",
    "agencies",
    "sites",
    "equipment_types",
    "equipment_models",
    "suppliers",
    "courses",
)


def upgrade() -> None:
    """The function, then the stored columns that were made with the old one."""
    run_sql("newcomer", "before")
    _fold_again()


def downgrade() -> None:
    """The function as it was, and the columns again."""
    run_sql("newcomer", "down")
    _fold_again()


def _fold_again() -> None:
    """Stored generated columns are made when their row is written. Nobody changed anything, so no trigger says so."""
    for table in NAMED:
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        op.execute(f"UPDATE {table} SET name_en = name_en")
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
