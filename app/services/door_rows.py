"""The statements of the one door: lock, write, and the spans that follow (HOUSE 3.8).

A move is one `SELECT … FOR NO KEY UPDATE` in the order of ids, a decision in `domain/`, and one statement that writes
items, events with their hashes, texts and spans for all items at once. That lock is enough: whoever else would move
one of these items asks for the same lock, and foreign keys to them are not held up.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from app.db.session import Statement, Tx
from app.domain.access import Caller
from app.domain.chain import SALT_BYTES, canonical, text_hash
from app.domain.equipment import Condition, Decision, DownReason, ItemState, Stage
from app.domain.errors import Forbidden
from app.domain.history import Event
from app.domain.spans import Span

_FACTS = (
    "i.id, i.reference, i.component_id, i.model_id, i.version, i.head, i.event_count, i.stage, i.stage_before_loss, "
    "i.condition, i.condition_reason, i.confirmed_at, i.confirmed_by, i.title_id, i.custody_organisation_id, "
    "i.custody_site_id, i.unit_id, i.receipt_confirmed_at, i.replaced_by_id, i.warranty_starts_on, "
    "i.warranty_ends_on, i.occurred_at"
)
#: Sorted before they are locked, so that two callers who move the same items never wait for each other in a circle.
LOCK = Statement(
    f"SELECT {_FACTS}, clock_timestamp() AS now FROM items i WHERE i.id = ANY(CAST(:ids AS uuid[])) "
    "ORDER BY i.id FOR NO KEY UPDATE"
)
VISIBLE = Statement("SELECT id FROM items WHERE id = ANY(CAST(:ids AS uuid[]))")
HISTORY = Statement("SELECT * FROM app.item_history(CAST(:ids AS uuid[]))")

#: The columns of `items` and `item_spans` that follow from the events, and their types.
STATE = {
    "stage": "text",
    "stage_before_loss": "text",
    "condition": "text",
    "condition_reason": "text",
    "confirmed_at": "timestamptz",
    "confirmed_by": "uuid",
    "title_id": "uuid",
    "custody_organisation_id": "uuid",
    "custody_site_id": "uuid",
    "unit_id": "uuid",
    "receipt_confirmed_at": "timestamptz",
    "replaced_by_id": "uuid",
    "warranty_starts_on": "date",
    "warranty_ends_on": "date",
}
#: `item_spans` keeps them all, each time something changes.
SPANNED = tuple(STATE)
_SPANNED = ", ".join(SPANNED)
_SENT = (
    "item_id uuid, component_id uuid, model_id uuid, position integer, previous text, kind text, "
    "occurred_at timestamptz, last_at timestamptz, changes jsonb, payload jsonb, salt text, said text, text_hash text, "
    "corrects integer, event_unit uuid, appended boolean, " + ", ".join(f"{n} {t}" for n, t in STATE.items())
)
_SETS = ", ".join(f"{name} = h.{name}" for name in STATE)
_SPAN_SETS = ", ".join(f"{name} = excluded.{name}" for name in SPANNED)

#: Ends in the CTE `changed`: the items as they are now. `recorded_at` is taken here, under the lock.
WRITE = f"""
WITH sent AS MATERIALIZED (
    SELECT m.*, clock_timestamp() AS recorded_at, decode(m.previous, 'hex') AS before,
        decode(m.text_hash, 'hex') AS told
    FROM jsonb_to_recordset(CAST(:moves AS jsonb)) AS m({_SENT})
), hashed AS MATERIALIZED (
    SELECT s.*, app.event_hash(s.item_id, s.position, s.kind, s.occurred_at, s.recorded_at, CAST(:actor AS uuid),
        CAST(:person AS uuid), s.changes, s.payload, s.told, s.corrects, CAST(:document AS uuid), s.before) AS hash
    FROM sent s
), changed AS (
    UPDATE items i SET {_SETS}, occurred_at = h.last_at, head = h.hash, event_count = h.position,
        version = i.version + 1, updated_at = h.recorded_at
    FROM hashed h WHERE i.id = h.item_id
    RETURNING i.*
), written AS (
    INSERT INTO events (item_id, position, component_id, unit_id, kind, occurred_at, recorded_at, actor_id, person_id,
        changes, payload, text_hash, corrects, document_id, request_id, previous, hash)
    SELECT h.item_id, h.position, h.component_id, h.event_unit, h.kind, h.occurred_at, h.recorded_at,
        CAST(:actor AS uuid), CAST(:person AS uuid), h.changes, h.payload, h.told, h.corrects,
        CAST(:document AS uuid), :request, h.before, h.hash
    FROM hashed h
), told AS (
    INSERT INTO event_texts (item_id, position, component_id, unit_id, salt, text)
    SELECT h.item_id, h.position, h.component_id, h.event_unit, decode(h.salt, 'hex'), h.said
    FROM hashed h WHERE h.said IS NOT NULL
), closed AS (
    UPDATE item_spans s SET ends_at = h.occurred_at FROM hashed h
    WHERE h.appended AND s.item_id = h.item_id AND s.ends_at = 'infinity' AND s.starts_at < h.occurred_at
), opened AS (
    INSERT INTO item_spans (item_id, starts_at, component_id, model_id, {_SPANNED})
    SELECT h.item_id, h.occurred_at, h.component_id, h.model_id, {", ".join(f"h.{n}" for n in SPANNED)}
    FROM hashed h WHERE h.appended
    ON CONFLICT (item_id, starts_at) DO UPDATE SET {_SPAN_SETS}
)
"""
_WRITE = Statement(f"{WRITE} SELECT t.id, t.version, t.event_count, t.stage FROM changed t")

# A late event changes the past: spans from the first instant that it touches are written anew.
_CUT = Statement(
    "DELETE FROM item_spans s USING jsonb_to_recordset(CAST(:cuts AS jsonb)) AS c(item_id uuid, from_at timestamptz) "
    "WHERE s.item_id = c.item_id AND s.starts_at >= c.from_at"
)
_JOIN_ON = Statement(
    "UPDATE item_spans s SET ends_at = coalesce(c.until, 'infinity') FROM jsonb_to_recordset(CAST(:cuts AS jsonb)) "
    "AS c(item_id uuid, from_at timestamptz, until timestamptz) "
    "WHERE s.item_id = c.item_id AND s.starts_at < c.from_at AND s.ends_at >= c.from_at"
)
_SPAN_TYPES = ", ".join(f"{n} {STATE[n]}" for n in SPANNED)
_LAY = Statement(
    f"INSERT INTO item_spans (item_id, starts_at, ends_at, component_id, model_id, {_SPANNED}) "
    f"SELECT s.item_id, s.starts_at, coalesce(s.ends_at, 'infinity'), s.component_id, s.model_id, "
    f"{', '.join(f's.{n}' for n in SPANNED)} "
    "FROM jsonb_to_recordset(CAST(:spans AS jsonb)) AS s(item_id uuid, starts_at timestamptz, ends_at timestamptz, "
    f"component_id uuid, model_id uuid, {_SPAN_TYPES})"
)


@dataclass(frozen=True, slots=True)
class Late:
    """What an event that is not simply the latest does to the spans: those from `from_at` on are laid anew.

    None: none of them.
    """

    from_at: datetime | None
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Step:
    """One decided event of one locked item, ready to be written."""

    row: Mapping[str, Any]
    decision: Decision
    occurred_at: datetime
    #: The unit that the event is about: whoever sees the unit sees the event.
    unit_id: UUID | None
    corrects: int | None = None
    late: Late | None = None


def state_of(row: Mapping[str, Any]) -> ItemState:
    """The facts of a locked row, as the domain takes them."""
    before, reason = row["stage_before_loss"], row["condition_reason"]
    return ItemState(
        stage=Stage(row["stage"]),
        stage_before_loss=Stage(before) if before else None,
        condition=Condition(row["condition"]),
        condition_reason=DownReason(reason) if reason else None,
        condition_confirmed_at=row["confirmed_at"],
        condition_confirmed_by=row["confirmed_by"],
        title_organisation_id=row["title_id"],
        custody_organisation_id=row["custody_organisation_id"],
        custody_site_id=row["custody_site_id"],
        unit_id=row["unit_id"],
        receipt_confirmed_at=row["receipt_confirmed_at"],
        replaced_by=row["replaced_by_id"],
        warranty_from=row["warranty_starts_on"],
        warranty_until=row["warranty_ends_on"],
        version=row["version"],
        last_occurred_at=row["occurred_at"],
    )


def columns_of(state: ItemState) -> dict[str, Any]:
    """The facts of a state, as the columns of `STATE`."""
    return {
        "stage": state.stage,
        "stage_before_loss": state.stage_before_loss,
        "condition": state.condition,
        "condition_reason": state.condition_reason or "",
        "confirmed_at": state.condition_confirmed_at,
        "confirmed_by": state.condition_confirmed_by,
        "title_id": state.title_organisation_id,
        "custody_organisation_id": state.custody_organisation_id,
        "custody_site_id": state.custody_site_id,
        "unit_id": state.unit_id,
        "receipt_confirmed_at": state.receipt_confirmed_at,
        "replaced_by_id": state.replaced_by,
        "warranty_starts_on": state.warranty_from,
        "warranty_ends_on": state.warranty_until,
    }


def sealed_texts(texts: Mapping[str, str]) -> dict[str, str | None]:
    """Free texts as they are stored apart, and the salted hash by which the event remembers them."""
    if not texts:
        return {"salt": None, "said": None, "text_hash": None}
    salt = secrets.token_bytes(SALT_BYTES)
    digest = text_hash(texts, salt)
    return {"salt": salt.hex(), "said": canonical(texts), "text_hash": digest.hex() if digest else None}


def authors(caller: Caller | None) -> dict[str, Any]:
    """Who is acting, and in which request. Nothing is recorded without somebody who did it."""
    if caller is None:
        raise Forbidden("Nobody is named as the one who does this.")
    request = structlog.contextvars.get_contextvars().get("request_id")
    return {"actor": caller.id, "person": caller.person_id, "request": request}


def _sent(step: Step) -> dict[str, Any]:
    row, decision = step.row, step.decision
    return {
        "item_id": row["id"],
        "component_id": row["component_id"],
        "model_id": row["model_id"],
        "position": row["event_count"] + 1,
        "previous": row["head"].hex(),
        "kind": decision.kind,
        "occurred_at": step.occurred_at,
        "last_at": decision.state.last_occurred_at,
        "changes": decision.changes,
        "payload": decision.payload,
        **sealed_texts(decision.texts),
        "corrects": step.corrects,
        "event_unit": step.unit_id,
        "appended": step.late is None,
        **columns_of(decision.state),
    }


async def write(
    tx: Tx, steps: Sequence[Step], *, document_id: UUID | None = None, statement: Statement = _WRITE
) -> list[Any]:
    """Write decided steps of locked items, all at once; the rows that `statement` makes of the changed items."""
    sent = [_sent(step) for step in steps]
    rows = await tx.rows(statement, moves=sent, document=document_id, **authors(tx.caller))
    late = [(step.row, step.late) for step in steps if step.late is not None]
    if late:
        await _lay_anew(tx, late)
    if len(rows) != len(steps):
        raise Forbidden("You may see this, but not change it.")
    return rows


async def _lay_anew(tx: Tx, late: Sequence[tuple[Mapping[str, Any], Late]]) -> None:
    """Take away what is known to be otherwise, and join the new spans to the last one that stays."""
    cuts: list[dict[str, Any]] = []
    laid: list[dict[str, Any]] = []
    for row, change in late:
        if change.from_at is None:
            continue
        following = [span for span in change.spans if span.starts_at >= change.from_at]
        until = following[0].starts_at if following else None
        cuts.append({"item_id": row["id"], "from_at": change.from_at, "until": until})
        laid += [_span_row(row, span) for span in following]
    await tx.run(_CUT, cuts=cuts)
    await tx.run(_JOIN_ON, cuts=cuts)
    await tx.run(_LAY, spans=laid)


def _span_row(row: Mapping[str, Any], span: Span) -> dict[str, Any]:
    columns = columns_of(span.state)
    return {
        "item_id": row["id"],
        "component_id": row["component_id"],
        "model_id": row["model_id"],
        "starts_at": span.starts_at,
        "ends_at": span.ends_at,
        **{name: columns[name] for name in SPANNED},
    }


async def histories(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, list[Event]]:
    """All events of items in sight, by item, in the order of their chains."""
    found: dict[UUID, list[Event]] = {item_id: [] for item_id in ids}
    for row in await tx.rows(HISTORY, ids=list(ids)):
        found[row["item_id"]].append(event_of(row))
    return found


def event_of(row: Mapping[str, Any]) -> Event:
    """An event's row, as the domain takes it."""
    return Event(
        kind=row["kind"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        position=row["position"],
        changes=row["changes"],
        corrects=row["corrects"],
        annulled=row["kind"] == "annul",
    )
