"""The declarative base, the names of constraints, and the few column shapes that every table shares."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

NOW = sa.text("clock_timestamp()")


class Base(DeclarativeBase):
    """Tables only; no queries and no rules live on models (HOUSE 1)."""

    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it as a class attribute
        str: sa.Text(),
        int: sa.Integer(),
        bool: sa.Boolean(),
        bytes: sa.LargeBinary(),
        date: sa.Date(),
        datetime: sa.TIMESTAMP(timezone=True),
        UUID: pg.UUID(as_uuid=True),
        dict[str, Any]: pg.JSONB(),
        list[Any]: pg.JSONB(),
        list[str]: pg.ARRAY(sa.Text()),
        list[UUID]: pg.ARRAY(pg.UUID(as_uuid=True)),
    }


class Xid8(sa.types.UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The name of the type."""
        return "xid8"


ischema_names["xid8"] = Xid8  # so that comparing models with a database knows it, too

Key = Annotated[UUID, mapped_column(primary_key=True)]
Big = Annotated[int, mapped_column(sa.BigInteger())]
Minor = Annotated[int | None, mapped_column(sa.BigInteger())]


def to(target: str, **options: Any) -> Any:
    """A foreign key to another table's id."""
    return mapped_column(sa.ForeignKey(f"{target}.id"), **options)


def choice(name: str, *values: str, **options: Any) -> Any:
    """A text column that holds one of a few values; text and CHECK, never ENUM (HOUSE 3)."""
    listed = ", ".join(f"'{v}'" for v in values)
    return mapped_column(sa.CheckConstraint(f"{name} IN ({listed})", name=name), **options)


def flag(*, default: bool = False) -> Any:
    """A boolean with a default in the database."""
    return mapped_column(server_default=sa.text("true" if default else "false"))


def number(default: int) -> Any:
    """An integer with a default in the database."""
    return mapped_column(server_default=sa.text(str(default)))


def words(default: str) -> Any:
    """A text with a default in the database."""
    return mapped_column(server_default=sa.text(f"'{default}'"))


def json(default: str) -> Any:
    """A JSON column with a default in the database (`{}` or `[]`)."""
    return mapped_column(server_default=sa.text(f"'{default}'::jsonb"))


class Versioned:
    """What every mutable resource has: a version for If-Match, and when it was made and last changed."""

    version: Mapped[int] = mapped_column(server_default=sa.text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Named:
    """Names in four languages (DOMAIN 8); English is always there. `folded` is what a search compares."""

    name_en: Mapped[str]
    name_fr: Mapped[str | None]
    name_it: Mapped[str | None]
    name_ar: Mapped[str | None]
    folded: Mapped[str] = mapped_column(
        sa.Text(collation="C"),
        sa.Computed(
            "app.fold(name_en || ' ' || coalesce(name_fr, '') || ' ' || coalesce(name_it, '') || ' ' "
            "|| coalesce(name_ar, ''))",
            persisted=True,
        ),
    )


__all__ = ["NOW", "Base", "Big", "Key", "Mapped", "Minor", "Named", "Versioned", "Xid8"]
