"""Alembic's entry: online only, on the connection that app/db/migrating.py opened as the owner."""

from __future__ import annotations

from typing import Any

from alembic import context

from app.db import models  # noqa: F401  importing it is what fills the metadata
from app.db.base import Base


def _ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare: Any) -> bool:  # noqa: FBT001
    """Only what the models describe is compared; Alembic's own table is not."""
    return not (kind == "table" and name == "alembic_version")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=_ours,
    compare_type=True,
    compare_server_default=False,
    user_module_prefix="base.",
    transaction_per_migration=False,
    process_revision_directives=context.config.attributes.get("directives"),
)
with context.begin_transaction():
    context.run_migrations()
