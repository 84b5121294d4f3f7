"""Lines of documents: items named by callers, all of a call in one statement, and how lines are shown and kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.db.columns import Column, label, may_know_who, plain, related, structure
from app.db.listing import Listing, Order, equals
from app.db.session import Statement, Tx
from app.domain.errors import Fault, Rejected

#: Faults that one refusal lists at most: ten thousand of them would help nobody.
MOST_FAULTS = 100

_ITEM = related("item", "items", "t.item_id", text="coalesce({a}.serial, {a}.reference)")


def _of_item(column: Column) -> Column:
    """A fact of the item on the line: it comes with the item's join, asked for alone or not."""
    return replace(column, needs=_ITEM.join)


LISTING = Listing(
    resource="document-lines",
    table="(SELECT l.*, l.item_id AS id FROM document_lines l)",
    columns=(
        plain("id"),
        _ITEM,
        _of_item(plain("serial", "j_item.serial", free_text=True)),
        _of_item(related("model", "equipment_models", "j_item.model_id")),
        _of_item(plain("stage", "j_item.stage")),
        plain("outcome"),
        plain("condition"),
        plain("reason"),
        plain("note", free_text=True),
        structure("tests"),
        plain("item_version"),
        _of_item(plain("current_version", "j_item.version")),
    ),
    filters={"outcome": equals("t.outcome"), "document_id": equals("t.document_id", indexed=True, to="documents")},
    orders={"item": Order(())},
    default_sort="item",
    reference=None,
    versioned=False,
)

#: How many lines of each outcome; part of one document's answer.
COUNTS = Column(
    "lines",
    "(SELECT json_build_object('accepted', count(*) FILTER (WHERE l.outcome = 'accepted'), "
    "'rejected', count(*) FILTER (WHERE l.outcome = 'rejected'), "
    "'handed_over', count(*) FILTER (WHERE l.outcome = 'handed_over')) "
    "FROM document_lines l WHERE l.document_id = t.id)",
    detail=True,
)


#: What each person decided, the first first; part of one document's answer.
APPROVALS = Column(
    "approvals",
    "(SELECT coalesce(json_agg(json_build_object('round', a.round, 'decision', a.decision, 'person', "
    f"CASE WHEN {may_know_who('a.component_id')} "
    "THEN json_build_object('id', a.person_id, 'label', w.display_name) END, "
    "'organisation', CASE WHEN o.id IS NULL THEN NULL "
    f"ELSE json_build_object('id', o.id, 'reference', o.reference, 'label', {label('o')}) END, 'document_version', "
    "a.document_version, 'reason', a.reason, 'recorded_at', app.iso(a.recorded_at)) ORDER BY a.recorded_at, a.id), "
    "'[]') FROM document_approvals a LEFT JOIN accounts w ON w.id = a.person_id "
    "LEFT JOIN organisations o ON o.id = a.organisation_id WHERE a.document_id = t.id)",
    detail=True,
)

#: `/items/<n>/…` as the door names what is wrong with one of several items.
_PLACE = re.compile(r"/items/(\d+)(.*)")

_NAMED = Statement(
    "SELECT i.id, i.reference, i.component_id, i.stage, i.delivery_id, i.version FROM items i "
    "WHERE i.id = ANY(CAST(:ids AS uuid[])) OR i.reference = ANY(CAST(:texts AS text[]))"
)


async def items_named(tx: Tx, names: Sequence[str], pointers: Sequence[str]) -> list[Mapping[str, Any]]:
    """The items behind ids and references, in the order given; each once.

    Rejected with a place for each that is unknown, out of sight, or named twice.
    """
    read = [_as_id(name) or name for name in names]
    rows = await tx.rows(
        _NAMED, ids=[n for n in read if isinstance(n, UUID)], texts=[n for n in read if isinstance(n, str)]
    )
    known: dict[UUID | str, Mapping[str, Any]] = {}
    for row in rows:
        known[row["id"]] = known[row["reference"]] = row
    faults: list[Fault] = []
    seen: set[UUID] = set()
    for name, pointer in zip(read, pointers, strict=True):
        row = known.get(name)
        if row is None:
            faults.append(Fault(pointer, "reference_unknown", "There is no such equipment that you may see."))
        elif row["id"] in seen:
            faults.append(Fault(pointer, "repeated", "This item is named twice."))
        else:
            seen.add(row["id"])
    if faults:
        raise Rejected(faults[:MOST_FAULTS])
    return [known[name] for name in read]


def _as_id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


#: Places that a body has once, whatever the number of items.
_ONCE = frozenset({"/occurred_at", "/backdating_reason"})


@contextmanager
def said_once(references: Sequence[str]) -> Iterator[None]:
    """What the door finds wrong, for somebody who sent no items: what holds for all is said once, others by name."""
    try:
        yield
    except Rejected as refused:
        faults: dict[tuple[str, str], Fault] = {}
        for fault in refused.faults:
            place = _PLACE.fullmatch(fault.pointer)
            pointer = fault.pointer if place is None else place[2]
            if place is None or pointer in _ONCE:
                faults[pointer, fault.code] = Fault(pointer, fault.code, fault.detail)
            else:
                name = references[int(place[1])]
                faults[name + pointer, fault.code] = Fault("", fault.code, f"{name}: {fault.detail}")
        raise Rejected(list(faults.values())[:MOST_FAULTS]) from None


_CLEAR = Statement("DELETE FROM document_lines WHERE document_id = :document_id")
_KEPT = Statement(
    "WITH sent AS (SELECT l.item_id, l.outcome, l.condition, l.reason, l.note, l.tests "
    "FROM jsonb_to_recordset(CAST(:lines AS jsonb)) "
    "AS l(item_id uuid, outcome text, condition text, reason text, note text, tests jsonb)), "
    "here AS (SELECT l.item_id, l.outcome, l.condition, l.reason, l.note, l.tests FROM document_lines l "
    "WHERE l.document_id = :document_id) "
    "SELECT NOT EXISTS (SELECT * FROM sent EXCEPT SELECT * FROM here) "
    "AND NOT EXISTS (SELECT * FROM here EXCEPT SELECT * FROM sent)"
)
_ADD = Statement(
    "INSERT INTO document_lines (document_id, item_id, component_id, agency_id, outcome, condition, reason, note, "
    "tests) SELECT :document_id, l.item_id, :component_id, CAST(:agency_id AS uuid), l.outcome, l.condition, l.reason, "
    "l.note, l.tests FROM jsonb_to_recordset(CAST(:lines AS jsonb)) "
    "AS l(item_id uuid, outcome text, condition text, reason text, note text, tests jsonb)"
)


async def replace_lines(
    tx: Tx,
    document_id: UUID,
    component_id: UUID,
    agency_id: UUID | None,
    lines: Sequence[Mapping[str, Any]],
    *,
    new: bool = False,
) -> bool:
    """Put these lines in the place of all others. `lines` hold what the callers sent, `item` named by them.

    False when they are the lines that there are. A `new` document has none.

    Rejected with a place for each item that is unknown, named twice, or of another component.
    """
    pointers = [f"/lines/{n}/item" for n in range(len(lines))]
    items = await items_named(tx, [line["item"] for line in lines], pointers)
    faults = [
        Fault(pointer, "other_component", "The item belongs to another component than the document.")
        for pointer, item in zip(pointers, items, strict=True)
        if item["component_id"] != component_id
    ]
    if faults:
        raise Rejected(faults[:MOST_FAULTS])
    rows = [{**line, "item_id": item["id"]} for line, item in zip(lines, items, strict=True)]
    if not new:
        if await tx.value(_KEPT, document_id=document_id, lines=rows):
            return False
        await tx.run(_CLEAR, document_id=document_id)
    if rows:
        await tx.run(_ADD, document_id=document_id, component_id=component_id, agency_id=agency_id, lines=rows)
    return True


# Lines whose unit changed with the document's.
_MOVE = Statement(
    "UPDATE document_lines SET agency_id = CAST(:agency_id AS uuid) WHERE document_id = :document_id "
    "AND agency_id IS DISTINCT FROM CAST(:agency_id AS uuid)"
)


async def follow_unit(tx: Tx, document_id: UUID, agency_id: UUID | None) -> None:
    """The lines are seen by whoever sees the document: they name its unit."""
    await tx.run(_MOVE, document_id=document_id, agency_id=agency_id)
