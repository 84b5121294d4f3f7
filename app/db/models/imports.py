"""Imports (API 12): what was uploaded, what was found, and the hashes that tell rows of a file apart."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Big, Key, Versioned, choice, flag, number


class Import(Versioned, Base):
    """One file, its uploader's alone. The file lies sealed in the file store; `wrapped_key` opens it."""

    __tablename__ = "imports"
    __table_args__ = (
        sa.Index(None, "owner_id", "created_at", "id"),
        sa.Index(None, "expires_at"),
    )
    id: Mapped[Key]
    owner_id: Mapped[UUID]
    resource: Mapped[str]
    mode: Mapped[str] = choice("mode", "validate", "commit")
    #: The job that works on it, or did last.
    job_id: Mapped[UUID]
    file_name: Mapped[str | None]
    size: Mapped[Big]
    sha256: Mapped[str]
    format: Mapped[str] = choice("format", "csv", "xlsx", "jsonl")
    encoding: Mapped[str] = choice("encoding", "utf-8", "cp1252", "cp1256")
    delimiter: Mapped[str | None]
    language: Mapped[str]
    #: NULL: somebody was erased who may stand in the file; nobody opens it again.
    wrapped_key: Mapped[bytes | None]
    personal: Mapped[bool] = flag()
    #: What the last job found; NULL until it has ended.
    outcome: Mapped[str | None] = choice("outcome", "valid", "invalid", "committed")
    rows: Mapped[Big] = number(0)
    faults: Mapped[Big] = number(0)
    created: Mapped[Big] = number(0)
    changed: Mapped[Big] = number(0)
    unchanged: Mapped[Big] = number(0)
    expires_at: Mapped[datetime]


class ImportFault(Base):
    """One wrong cell: where it is and what was expected; never what stands in it."""

    __tablename__ = "import_faults"
    import_id: Mapped[UUID] = mapped_column(sa.ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    #: From 1 on in each import: numbers of all imports would tell how much others bring in.
    id: Mapped[int] = mapped_column(sa.BigInteger(), primary_key=True, autoincrement=False)
    owner_id: Mapped[UUID]
    row_number: Mapped[Big]
    column_name: Mapped[str | None]
    code: Mapped[str]
    detail: Mapped[str]


class ImportChange(Base):
    """What rows would do, or did: one line for neighbours that are all new or all unchanged.

    What was created has a line for each row, as what was changed has.
    """

    __tablename__ = "import_changes"
    import_id: Mapped[UUID] = mapped_column(sa.ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(sa.BigInteger(), primary_key=True, autoincrement=False)
    owner_id: Mapped[UUID]
    row_number: Mapped[Big]
    last_row: Mapped[Big]
    outcome: Mapped[str] = choice("outcome", "created", "changed", "unchanged")
    object_id: Mapped[UUID | None]
    reference: Mapped[str | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]


class ImportMark(Base):
    """Staging of one job while it reads: hashes of what rows stand for (alembic/sql/imports)."""

    __tablename__ = "import_marks"
    job_id: Mapped[UUID] = mapped_column(primary_key=True)
    mark: Mapped[UUID] = mapped_column(primary_key=True)
    row_number: Mapped[Big]


__all__ = ["Import", "ImportChange", "ImportFault", "ImportMark"]
