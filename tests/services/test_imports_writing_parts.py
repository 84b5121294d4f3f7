"""Rows that go in together: an error that names places takes those out, another one is narrowed down by halves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID

import pytest

from app.db.session import Database, Statement, Tx
from app.domain.errors import Conflict, DomainError, Fault, Rejected, Taken
from app.services.importing import New
from app.services.imports_writing import all_at_once
from tests.services.test_door import caller_of
from tests.world import World

pytestmark = pytest.mark.anyio

RENAME = Statement("UPDATE sites SET name_en = :name, version = version + 1 WHERE id = :id")
NAME = Statement("SELECT name_en FROM sites WHERE id = :id")
WRONG = {3, 6}
#: How many rows went together, one try after the other, until each wrong one was alone.
HALVED = [7, 3, 1, 2, 1, 1, 4, 2, 2, 1, 1]


def rows(*numbers: int) -> list[New]:
    return [New(number, None) for number in numbers]


class Writing:
    """Writes all rows or raises, as a resource's writer does; remembers with how many it was called."""

    def __init__(self, tx: Tx, site: UUID, refusal: DomainError | None) -> None:
        self.tx, self.site, self.refusal = tx, site, refusal
        self.sizes: list[int] = []

    async def __call__(self, given: Sequence[New]) -> None:
        self.sizes.append(len(given))
        await self.tx.run(RENAME, id=self.site, name=f"by {[row.row for row in given]}")
        if WRONG & {row.row for row in given}:
            raise cast("DomainError", self.refusal)


def faults(*places: int) -> Rejected:
    return Rejected([Fault(f"/items/{place}/kind", "invalid", "No such kind.") for place in places])


@pytest.mark.parametrize(
    ("refusal", "sizes"),
    [
        (faults(2, 5), [7, 5]),
        (Taken("Taken.", pointers=["/items/2/id", "/items/5/id"], pointer="/items/2/id"), [7, 5]),
        (Conflict("Something is wrong with one of them."), HALVED),
        (Taken("Taken.", pointers=["/kind"], pointer="/kind"), HALVED),
        (faults(99), HALVED),
        (Rejected([Fault("/kind", "invalid", "Which one is not said.")]), HALVED),
    ],
)
async def test_the_wrong_rows_are_told_and_all_others_written(
    database: Database, world: World, refusal: DomainError, sizes: list[int]
) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        write = Writing(tx, world["store"], refusal)
        refused = await all_at_once(tx, rows(1, 2, 3, 4, 5, 6, 7), write)
        assert sorted(row for row, _ in refused) == sorted(WRONG)
        assert {type(error) for _, error in refused} == {type(refusal)}
        assert write.sizes == sizes
        last = [7] if sizes == HALVED else [1, 2, 4, 5, 7]
        assert await tx.value(NAME, id=world["store"]) == f"by {last}", "of what was refused nothing stays"
        assert await all_at_once(tx, rows(), write) == []


async def test_each_row_is_told_about_itself(database: Database, world: World) -> None:
    caller = await caller_of(database, world, "icmpd.manager")
    async with database.transaction(caller) as tx:
        taken = Taken("Two are.", pointers=["/items/2/id", "/items/5/id"], pointer="/items/2/id", scheme="vin")
        refused = dict(await all_at_once(tx, rows(1, 2, 3, 4, 5, 6, 7), Writing(tx, world["store"], taken)))
        assert {row: error.facts for row, error in refused.items()} == {
            3: {"scheme": "vin", "pointer": "/items/2/id"},
            6: {"scheme": "vin", "pointer": "/items/5/id"},
        }
        refused = dict(await all_at_once(tx, rows(1, 2, 3, 4, 5, 6, 7), Writing(tx, world["store"], faults(2, 5, 5))))
        assert {row: len(cast("Rejected", error).faults) for row, error in refused.items()} == {3: 1, 6: 2}
