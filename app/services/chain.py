"""The hash chains of items, read in batches and compared with what they should be (DOMAIN 3, Chain).

Found are: an event that was altered, put in another order, or taken out; a tail that was cut; an item that vanished.
The first four show in the chain and its item; the last, and a chain that was recomputed from a forged event on, show
against a signed checkpoint kept outside the database (`services/audit.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.db.session import Statement, Tx
from app.domain.chain import ChainedEvent, ChainProblem, head_bytes, verify

#: Items per statement: memory stays flat whatever the size of the register.
BATCH = 500
#: Problems that one report names; the count goes on.
MOST_NAMED = 100

_ITEMS = Statement(
    "SELECT i.id, i.reference, i.head, i.event_count FROM items i WHERE i.id > CAST(:after AS uuid) "
    "AND (CAST(:component AS uuid) IS NULL OR i.component_id = :component) "
    "AND (CAST(:components AS uuid[]) IS NULL OR i.component_id = ANY(:components)) "
    "AND (CAST(:item AS uuid) IS NULL OR i.id = :item) ORDER BY i.id LIMIT :batch"
)
_EVENTS = Statement(
    "SELECT e.item_id, e.position, e.kind, e.occurred_at, e.recorded_at, e.actor_id, e.person_id, e.changes, "
    "e.payload, e.text_hash, e.corrects, e.document_id, e.previous, e.hash, "
    "x.salt, x.text, sha256(x.salt || convert_to(x.text, 'UTF8')) AS said "
    "FROM events e LEFT JOIN event_texts x ON x.item_id = e.item_id AND x.position = e.position "
    "WHERE e.item_id = ANY(CAST(:items AS uuid[])) ORDER BY e.item_id, e.position"
)
_HEADS = Statement("SELECT item_id, events, head FROM app.heads_at(CAST(:after AS uuid), :at, :batch)")
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class BrokenChain:
    """An item whose chain does not hold, and the first thing that is wrong with it."""

    item_id: UUID
    reference: str
    problem: str
    position: int
    detail: str


@dataclass(slots=True)
class Verified:
    """What a verification saw. `broken` counts all, `problems` names the first of them."""

    items: int = 0
    events: int = 0
    broken: int = 0
    problems: list[BrokenChain] = field(default_factory=list)
    #: The last item looked at; nothing is left when `complete`.
    after: UUID | None = None
    complete: bool = False

    def add(self, broken: BrokenChain) -> None:
        """One more chain that does not hold."""
        self.broken += 1
        if len(self.problems) < MOST_NAMED:
            self.problems.append(broken)


async def verify_batch(
    tx: Tx, report: Verified, *, component_id: UUID | None = None, item_id: UUID | None = None
) -> None:
    """Verify the next `BATCH` items (one item, a component's, or all) and add what is found to the report.

    A caller's chains are those of its components: only there all events of an item are in sight. Without a caller
    (the owner) they are all.
    """
    components = None if tx.caller is None else list(tx.caller.see)
    after = report.after or _FIRST
    rows = await tx.rows(_ITEMS, after=after, component=component_id, item=item_id, components=components, batch=BATCH)
    chains: dict[UUID, list[Mapping[str, Any]]] = {row["id"]: [] for row in rows}
    for event in await tx.rows(_EVENTS, items=list(chains)):
        chains[event["item_id"]].append(event)
    for row in rows:
        events = chains[row["id"]]
        report.items += 1
        report.events += len(events)
        problem = check(events, row["head"], row["event_count"])
        if problem is not None:
            report.add(BrokenChain(row["id"], row["reference"], problem.kind, problem.position, problem.detail))
    if rows:
        report.after = rows[-1]["id"]
    report.complete = len(rows) < BATCH


def check(events: list[Mapping[str, Any]], head: bytes, count: int) -> ChainProblem | None:
    """The first problem of one item's rows, or None; a text that is still there has to be the one that was hashed."""
    problem = verify((_chained(row) for row in events), head, count)
    if problem is not None:
        return problem
    if not events:
        return ChainProblem("gap", 1, "The item has no events at all.")
    for row in events:
        if row["text"] is not None and row["said"] != row["text_hash"]:
            return ChainProblem("hash", row["position"], "The text is not the one whose hash entered the chain.")
    return None


_NAMES = tuple(ChainedEvent.__slots__)


def _chained(row: Mapping[str, Any]) -> ChainedEvent:
    return ChainedEvent(**{name: row[name] for name in _NAMES})


async def digest_of_heads(tx: Tx, at: datetime) -> tuple[int, int, bytes]:
    """Items, events and the digest over the heads of all chains, as they were recorded until an instant.

    It is made of what the events say, not the items: whoever cuts both finds another digest all the same.
    """
    digest = hashlib.sha256()
    items = events = 0
    after = _FIRST
    while rows := await tx.rows(_HEADS, after=after, at=at, batch=BATCH * 10):
        for row in rows:
            digest.update(head_bytes(row["item_id"], row["events"], row["head"]))
            items += 1
            events += row["events"]
        after = rows[-1]["item_id"]
    return items, events, digest.digest()
