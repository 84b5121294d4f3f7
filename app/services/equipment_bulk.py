"""Many operations on items in one call (API 11): registrations, changes, steps; each kind set-based where it can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.db.savepoint import savepoint
from app.db.session import Tx
from app.domain.errors import DomainError, Fault, Rejected
from app.schemas.equipment import (
    BulkChange,
    BulkCreate,
    BulkError,
    BulkOut,
    BulkResult,
    BulkTransition,
    EquipmentBulkIn,
)
from app.services import door, door_references
from app.services.door import Move, Moved, NewItem
from app.services.equipment_moves import change_one, item_of, new_item, placed


@dataclass(frozen=True, slots=True)
class _Done:
    id: UUID
    version: int
    reference: str | None = None


_Outcome = _Done | DomainError


async def carry_out(tx: Tx, body: EquipmentBulkIn) -> BulkOut:
    """All operations; with `atomic`, Rejected with every item's problem (`/items/<n>/…`) when there is one."""
    outcomes: dict[int, _Outcome] = {}
    operations = list(enumerate(body.items))
    await _create_all(tx, [(n, o) for n, o in operations if isinstance(o, BulkCreate)], outcomes)
    for n, operation in operations:
        if isinstance(operation, BulkChange):
            outcomes[n] = await _tried(tx, operation, _change)
    await _move_all(tx, [(n, o) for n, o in operations if isinstance(o, BulkTransition)], outcomes)
    refused = [(n, each) for n, each in sorted(outcomes.items()) if isinstance(each, DomainError)]
    if refused and body.atomic:
        raise Rejected([fault for n, error in refused for fault in door.faults_of(error, f"/items/{n}")])
    return BulkOut(
        done=len(outcomes) - len(refused),
        refused=len(refused),
        items=[_result(n, each) for n, each in sorted(outcomes.items())],
    )


def _result(n: int, outcome: _Outcome) -> BulkResult:
    if isinstance(outcome, _Done):
        return BulkResult(
            index=n, status="done", id=outcome.id, reference=outcome.reference, version=outcome.version, errors=[]
        )
    errors = [
        BulkError(code=fault.code, detail=fault.detail, pointer=fault.pointer)
        for fault in door.faults_of(outcome, f"/items/{n}")
    ]
    return BulkResult(index=n, status="refused", id=None, reference=None, version=None, errors=errors)


async def _tried(tx: Tx, operation: Any, work: Callable[[Tx, Any], Any]) -> _Outcome:
    try:
        async with savepoint(tx):
            made: _Done = await work(tx, operation)
            return made
    except DomainError as error:
        return error


async def _change(tx: Tx, operation: BulkChange) -> _Done:
    item_id = await item_of(tx, operation.id)
    return _Done(item_id, await change_one(tx, item_id, operation.version, operation.change, "/change"))


async def _create(tx: Tx, operation: BulkCreate) -> _Done:
    item = await new_item(tx, operation)
    ((item_id, reference),) = await door.register(
        tx, [item], occurred_at=operation.occurred_at, reason=operation.backdating_reason
    )
    return _Done(item_id, 1, reference)


async def _create_all(tx: Tx, operations: Sequence[tuple[int, BulkCreate]], outcomes: dict[int, _Outcome]) -> None:
    """All at once when nothing is wrong; else one by one, so that each problem has its own item."""
    for group in _alike(operations):
        try:
            async with savepoint(tx):
                items = [await new_item(tx, operation) for _, operation in group]
                outcomes.update(await _registered(tx, group, items))
        except DomainError:
            for n, operation in group:
                outcomes[n] = await _tried(tx, operation, _create)


async def _registered(tx: Tx, group: Sequence[tuple[int, BulkCreate]], items: Sequence[NewItem]) -> dict[int, _Outcome]:
    first = group[0][1]
    made = await door.register(tx, items, occurred_at=first.occurred_at, reason=first.backdating_reason)
    return {n: _Done(item_id, 1, reference) for (n, _), (item_id, reference) in zip(group, made, strict=True)}


async def _move_all(tx: Tx, operations: Sequence[tuple[int, BulkTransition]], outcomes: dict[int, _Outcome]) -> None:
    for group in _alike(operations):
        places: list[int] = []
        moves: list[Move] = []
        for n, operation in group:
            try:
                moves.append(await _move_of(tx, operation))
                places.append(n)
            except DomainError as error:
                outcomes[n] = error
        first = group[0][1]
        results = await door.move(
            tx, moves, occurred_at=first.occurred_at, reason=first.backdating_reason, partial=True
        )
        for n, result in zip(places, results, strict=True):
            outcomes[n] = (
                _Done(result.item_id, result.version) if isinstance(result, Moved) else _at_its_place(result.error)
            )


async def _move_of(tx: Tx, operation: BulkTransition) -> Move:
    sent: Mapping[str, Any] = operation.payload.sent()
    (payload,) = await door_references.resolve(tx, [sent], ["/payload"])
    return Move(await item_of(tx, operation.id), operation.action, payload, operation.version, operation.note)


def _at_its_place(error: DomainError) -> DomainError:
    if not isinstance(error, Rejected):
        return error
    return Rejected([placed(Fault(f.pointer, f.code, f.detail)) for f in error.faults])


def _alike(operations: Sequence[tuple[int, Any]]) -> list[list[tuple[int, Any]]]:
    """Operations that happened at the same instant and are late for the same reason go through the door together."""
    groups: dict[tuple[Any, Any], list[tuple[int, Any]]] = {}
    for n, operation in operations:
        groups.setdefault((operation.occurred_at, operation.backdating_reason), []).append((n, operation))
    return list(groups.values())
