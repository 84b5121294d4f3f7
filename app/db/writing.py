"""Writes of one row: insert, and change by version. Set-based writes have statements of their own in services."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import uuid_utils.compat as uuids

from app.db import models  # noqa: F401  importing it is what fills the metadata, in the service as in tests
from app.db.base import Base
from app.db.session import Statement, Tx
from app.domain.errors import Forbidden, NotFound, Stale


def new_id() -> UUID:
    """A UUIDv7: in order of time, so that indexes grow at one end (API 2)."""
    return uuids.uuid7()


@lru_cache(maxsize=1000)
def _insert(table: str, columns: tuple[str, ...]) -> Statement:
    target = Base.metadata.tables[table]
    return Statement(
        sa.insert(target).values({name: sa.bindparam(name, type_=target.c[name].type) for name in columns})
    )


async def insert(tx: Tx, table: str, values: Mapping[str, Any]) -> None:
    """Add one row. Policies check where it belongs (403), constraints what it says (409, 422)."""
    await tx.run(_insert(table, tuple(values)), **values)


@lru_cache(maxsize=1000)
def _update(table: str, columns: tuple[str, ...], differing: tuple[str, ...] = ()) -> Statement:
    target = Base.metadata.tables[table]
    values: dict[str, Any] = {name: sa.bindparam(f"v_{name}", type_=target.c[name].type) for name in columns}
    statement = (
        sa.update(target)
        .where(target.c.id == sa.bindparam("row_id", type_=target.c.id.type))
        .where(target.c.version == sa.bindparam("row_version", type_=target.c.version.type))
        .values(**values, version=target.c.version + 1, updated_at=sa.text("clock_timestamp()"))
    )
    if differing:
        statement = statement.where(sa.or_(*(target.c[name].is_distinct_from(values[name]) for name in differing)))
    return Statement(statement)


@lru_cache(maxsize=200)
def _version(table: str) -> Statement:
    return Statement(f"SELECT version FROM {Base.metadata.tables[table].name} WHERE id = :id")


@lru_cache(maxsize=200)
def _changeable(table: str) -> Statement:
    """With a lock, the policies of changes are asked too."""
    return Statement(f"SELECT version FROM {Base.metadata.tables[table].name} WHERE id = :id FOR NO KEY UPDATE")


async def change(tx: Tx, table: str, row_id: UUID, version: int, values: Mapping[str, Any]) -> int:
    """Change one row that is still at `version`; the new version.

    NotFound when it is out of sight, Stale with the current version when somebody was faster, Forbidden when the
    caller may see it but not change it.
    """
    given = {f"v_{name}": value for name, value in values.items()}
    if await tx.run(_update(table, tuple(values)), row_id=row_id, row_version=version, **given):
        return version + 1
    await explain_unchanged(tx, table, row_id, version)
    raise AssertionError("unreachable")  # pragma: no cover - explain_unchanged always raises


async def patch(
    tx: Tx,
    table: str,
    row_id: UUID,
    version: int,
    values: Mapping[str, Any],
    *,
    along: Mapping[str, Any] | None = None,
    anyway: bool = False,
) -> int:
    """What a PATCH asks for: as `change`, but what is like that already stays as it is, with the version it has.

    Then nothing is written and nobody is told. `along` is written with a change and is none by itself; `anyway`: parts
    of the object that stand elsewhere changed.
    """
    if anyway:
        return await change(tx, table, row_id, version, {**values, **(along or {})})
    if values:
        given = {f"v_{name}": value for name, value in {**values, **(along or {})}.items()}
        statement = _update(table, (*values, *(along or ())), tuple(values))
        if await tx.run(statement, row_id=row_id, row_version=version, **given):
            return version + 1
    if await tx.value(_changeable(table), id=row_id) == version:
        return version
    await explain_unchanged(tx, table, row_id, version)
    raise AssertionError("unreachable")  # pragma: no cover - explain_unchanged always raises


async def explain_unchanged(tx: Tx, table: str, row_id: UUID, version: int) -> None:
    """Say why a change by version touched no row."""
    current = await tx.value(_version(table), id=row_id)
    if current is None:
        raise NotFound
    if current != version:
        raise Stale(f"The current version is {current}.", current=current)
    raise Forbidden("You may see this, but not change it.")
