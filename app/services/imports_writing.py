"""Writing what an import found: by a resource's own writer, or row by row through its services (ADR 25)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from app.db.savepoint import Undo, savepoint
from app.db.session import Tx
from app.domain.errors import DomainError, Fault, Rejected
from app.services.importing import Edited, Importing, New, Refusals, Work

R = TypeVar("R", New, Edited)


#: Rows that are written between two savepoints, as long as nothing is wrong with any of them.
GROUP = 50


class RowByRow:
    """The services of single calls, one row after the other."""

    def __init__(self, importing: Importing) -> None:
        """Of one resource."""
        self._importing = importing

    async def create(self, work: Work, rows: Sequence[New]) -> Refusals:
        """Add one after the other."""

        async def add(part: Sequence[New]) -> Refusals:
            for row in part:
                await self._importing.create(work, row.body)
            return []

        return await in_groups(work, rows, add)

    async def change(self, work: Work, rows: Sequence[Edited]) -> Refusals:
        """Change one after the other."""
        change = self._importing.change
        assert change is not None  # noqa: S101 - only a writer of its own does without

        async def apply(part: Sequence[Edited]) -> Refusals:
            for row in part:
                await change(work, row.id, row.version, row.patch)
            return []

        return await in_groups(work, rows, apply)


async def in_groups(work: Work, rows: Sequence[R], write: Callable[[Sequence[R]], Awaitable[Refusals]]) -> Refusals:
    """A savepoint for some rows together; where one of them fails, each of them alone. Which were refused.

    `write` answers what it refused by itself, and raises what it cannot tell apart.
    """
    refused: Refusals = []
    for start in range(0, len(rows), GROUP):
        group = rows[start : start + GROUP]
        compared = len(work.compared)
        found = await _kept(work, group, write)
        if found and len(group) > 1:
            del work.compared[compared:]  # they are compared again
            found = [each for row in group for each in await _kept(work, [row], write)]
        refused += found
    return refused


async def _kept(work: Work, rows: Sequence[R], write: Callable[[Sequence[R]], Awaitable[Refusals]]) -> Refusals:
    """All of the rows or none of them; what was refused."""
    refused: Refusals = []
    try:
        async with savepoint(work.tx):
            refused = await write(rows)
            _undo_if(refused)
    except Undo:
        return refused
    except DomainError as error:
        return [(rows[0].row, error)]
    return []


def _undo_if(refused: Refusals) -> None:
    if refused:
        raise Undo


async def one_by_one(tx: Tx, rows: Sequence[R], write: Callable[[R], Awaitable[Any]]) -> Refusals:
    """Each on its own; which were refused."""
    refused: Refusals = []
    for row in rows:
        try:
            async with savepoint(tx):
                await write(row)
        except DomainError as error:
            refused.append((row.row, error))
    return refused


async def all_at_once(tx: Tx, rows: Sequence[R], write: Callable[[Sequence[R]], Awaitable[Any]]) -> Refusals:
    """As many at once as go: an error that names places takes those rows out, another one halves them."""
    if not rows:
        return []
    try:
        async with savepoint(tx):
            await write(rows)
    except DomainError as error:
        if len(rows) == 1:
            return [(rows[0].row, error)]
        named = _by_place(error, len(rows))
        if named:
            rest = [row for place, row in enumerate(rows) if place not in named]
            return [(rows[place].row, each) for place, each in named.items()] + await all_at_once(tx, rest, write)
        half = len(rows) // 2
        return await all_at_once(tx, rows[:half], write) + await all_at_once(tx, rows[half:], write)
    return []


def _by_place(error: DomainError, count: int) -> dict[int, DomainError]:
    """The errors of the rows that an error about many names (`/items/<n>/…`)."""
    if isinstance(error, Rejected):
        found: dict[int, list[Fault]] = {}
        for fault in error.faults:
            place = _place(fault.pointer)
            if place is None or place >= count:
                return {}
            found.setdefault(place, []).append(fault)
        return {place: Rejected(faults) for place, faults in found.items()}
    pointers = error.facts.get("pointers") or ()
    places = {_place(pointer): pointer for pointer in pointers}
    if not places or None in places:
        return {}
    facts = {name: value for name, value in error.facts.items() if name not in {"pointers", "pointer"}}
    return {
        place: type(error)(type(error).title, **facts, pointer=pointer)
        for place, pointer in places.items()
        if place is not None
    }


def _place(pointer: str) -> int | None:
    parts = pointer.split("/")
    return int(parts[2]) if len(parts) > 2 and parts[1] == "items" and parts[2].isdigit() else None  # noqa: PLR2004
