"""How items come in: with their identifiers, first events and spans, in one statement for one or ten thousand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.db.session import Statement, Tx
from app.domain.access import Scope
from app.domain.equipment import Action, Decision, Facts, Stage, decide, register
from app.domain.errors import DomainError, Fault, Rejected, Taken
from app.domain.identifiers import Scheme, normalise
from app.domain.time import check_occurred_at
from app.services.door_rows import SPANNED, STATE, authors, columns_of, sealed_texts

#: Identifiers whose numbering is world-wide: they have no issuer beside their scheme.
WORLDWIDE = frozenset({Scheme.VIN, Scheme.HIN, Scheme.MMSI, Scheme.IMEI, Scheme.GIAI})
MOST = 10_000


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to be registered; every id in it has been resolved under the caller's rows.

    `identifiers` are `{scheme, value, issuer}`; a serial without issuer is the manufacturer's. `stage` is `ordered`,
    or `delivered` where a delivery registers what has arrived (custody is required then).
    """

    id: UUID
    component_id: UUID
    model_id: UUID
    identifiers: Sequence[Mapping[str, Any]] = ()
    stage: str = Stage.ORDERED
    supplier_id: UUID | None = None
    delivery_id: UUID | None = None
    parent_id: UUID | None = None
    title_organisation_id: UUID | None = None
    custody_organisation_id: UUID | None = None
    custody_site_id: UUID | None = None
    unit_price_minor: int | None = None
    currency: str | None = None
    external_id: str | None = None
    note: str | None = None


_COLUMNS = (
    "component_id uuid, model_id uuid, supplier_id uuid, delivery_id uuid, parent_id uuid, serial text, "
    "unit_price_minor bigint, currency text, external_id text, note text"
)
_SENT = f"n integer, b integer, id uuid, {_COLUMNS}, identifiers jsonb, salt text, said text, text_hash text"
#: What items that begin alike have in common, sent once.
_BEGINNING = (
    "b integer, changes jsonb, payload jsonb, then_kind text, then_changes jsonb, then_payload jsonb, "
    "event_count integer, " + ", ".join(f"{name} {kind}" for name, kind in STATE.items())
)
#: What most items do not have: a column that is not sent is NULL.
_SELDOM = ("supplier_id", "delivery_id", "parent_id", "unit_price_minor", "currency", "external_id", "note")
_NAMES = ", ".join(part.split(" ")[0] for part in _COLUMNS.split(", "))
#: An identifier with its issuer; a serial that names none has the manufacturer of the model.
ISSUER = (
    "CASE WHEN d.scheme = 'serial' AND coalesce(d.issuer, '') = '' THEN {m}.maker "
    "ELSE upper(coalesce(d.issuer, '')) END"
)
#: A manufacturer as issuers are spelt.
MAKER = "upper(regexp_replace(btrim(manufacturer), '\\s+', ' ', 'g')) AS maker"
_IDENTIFIERS = "jsonb_to_recordset({s}.identifiers) AS d(scheme text, value text, issuer text)"

_BEGUN = ", ".join(f"a.{part.split(' ')[0]}" for part in _BEGINNING.split(", ")[1:])
#: Ends in the CTE `made`: the new items. Items of a component or model out of sight are left out, and then missed.
REGISTER = f"""
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(CAST(:items AS jsonb)) AS s({_SENT})
), beginnings AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(CAST(:beginnings AS jsonb)) AS a({_BEGINNING})
    WHERE a.custody_site_id IS NULL OR EXISTS (SELECT 1 FROM sites x WHERE x.id = a.custody_site_id)
), models AS MATERIALIZED (
    SELECT id, {MAKER} FROM equipment_models WHERE id IN (SELECT model_id FROM given)
), sent AS MATERIALIZED (
    SELECT s.*, {_BEGUN}, c.country, m.maker, (SELECT clock_timestamp()) AS recorded_at
    FROM given s JOIN beginnings a ON a.b = s.b JOIN components c ON c.id = s.component_id
        JOIN models m ON m.id = s.model_id
), numbers AS MATERIALIZED (
    SELECT g.country, g.year, app.next_numbers('EQ', g.country, g.year, g.n::integer) AS given
    FROM (SELECT country, extract(year FROM clock_timestamp() AT TIME ZONE 'UTC')::integer AS year, count(*) AS n
        FROM sent GROUP BY country) g
), told AS MATERIALIZED (
    SELECT s.*, least(coalesce(CAST(:occurred_at AS timestamptz), s.recorded_at), s.recorded_at) AS occurred_at,
        decode(s.text_hash, 'hex') AS told, row_number() OVER (PARTITION BY s.country ORDER BY s.n) AS place
    FROM sent s
), begun AS MATERIALIZED (
    SELECT t.*, app.reference('EQ', g.country, g.year, g.given[t.place]) AS reference,
        app.event_hash(t.id, 1, 'register', t.occurred_at, t.recorded_at, CAST(:actor AS uuid), CAST(:person AS uuid),
            t.changes, t.payload, t.told, NULL, NULL, ''::bytea) AS hash
    FROM told t JOIN numbers g ON g.country = t.country
), hashed AS MATERIALIZED (
    SELECT f.*, CASE WHEN f.then_kind IS NULL THEN f.hash ELSE app.event_hash(f.id, 2, f.then_kind, f.occurred_at,
        f.recorded_at, CAST(:actor AS uuid), CAST(:person AS uuid), f.then_changes, f.then_payload, NULL, NULL, NULL,
        f.hash) END AS head
    FROM begun f
), made AS (
    INSERT INTO items (id, reference, {_NAMES}, identifiers, {", ".join(STATE)}, occurred_at, head, event_count,
        version, created_at, updated_at, created_by)
    SELECT h.id, h.reference, {", ".join(f"h.{n}" for n in _NAMES.split(", "))},
        coalesce((SELECT jsonb_agg(jsonb_build_object('scheme', d.scheme, 'value', d.value, 'issuer',
            {ISSUER.format(m="h")})) FROM {_IDENTIFIERS.format(s="h")}), '[]'),
        {", ".join(f"h.{n}" for n in STATE)}, h.occurred_at, h.head, h.event_count, h.event_count, h.recorded_at,
        h.recorded_at, CAST(:actor AS uuid)
    FROM hashed h ORDER BY h.n
    RETURNING *
), named AS (
    INSERT INTO identifiers (item_id, component_id, scheme, issuer, value)
    SELECT h.id, h.component_id, d.scheme, {ISSUER.format(m="h")}, d.value
    FROM (SELECT id, component_id, maker, jsonb_array_elements(identifiers) AS one FROM hashed) h,
        LATERAL (SELECT h.one->>'scheme' AS scheme, h.one->>'issuer' AS issuer, h.one->>'value' AS value) d
), written AS (
    INSERT INTO events (item_id, position, component_id, kind, occurred_at, recorded_at, actor_id, person_id,
        changes, payload, text_hash, request_id, previous, hash)
    SELECT h.id, 1, h.component_id, 'register', h.occurred_at, h.recorded_at, CAST(:actor AS uuid),
        CAST(:person AS uuid), h.changes, h.payload, h.told, CAST(:request AS text), ''::bytea, h.hash FROM hashed h
    UNION ALL
    SELECT h.id, 2, h.component_id, h.then_kind, h.occurred_at, h.recorded_at, CAST(:actor AS uuid),
        CAST(:person AS uuid), h.then_changes, h.then_payload, NULL, CAST(:request AS text), h.hash, h.head
    FROM hashed h WHERE h.then_kind IS NOT NULL
), said AS (
    INSERT INTO event_texts (item_id, position, component_id, salt, text)
    SELECT h.id, 1, h.component_id, decode(h.salt, 'hex'), h.said FROM hashed h WHERE h.said IS NOT NULL
), spanned AS (
    INSERT INTO item_spans (item_id, starts_at, component_id, model_id, {", ".join(SPANNED)})
    SELECT h.id, h.occurred_at, h.component_id, h.model_id, {", ".join(f"h.{n}" for n in SPANNED)} FROM hashed h
)
"""
_REGISTER = Statement(f"{REGISTER} SELECT t.id, t.reference FROM made t")

# On the way to a refusal only: which of the ids that were sent cannot be seen.
_SEEN = Statement(
    "SELECT 'component' AS kind, id FROM components WHERE id = ANY(CAST(:components AS uuid[])) UNION ALL "
    "SELECT 'model', id FROM equipment_models WHERE id = ANY(CAST(:models AS uuid[])) UNION ALL "
    "SELECT 'custody_site', id FROM sites WHERE id = ANY(CAST(:sites AS uuid[]))"
)
_TAKEN_IDS = Statement("SELECT id FROM items WHERE id = ANY(CAST(:ids AS uuid[]))")
_KNOWN = Statement(
    "WITH d AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(CAST(:sent AS jsonb)) "
    "AS d(n integer, model_id uuid, scheme text, value text, issuer text)), "
    f"m AS MATERIALIZED (SELECT id, {MAKER} FROM equipment_models WHERE id IN (SELECT model_id FROM d)) "
    "SELECT app.identifiers_known(coalesce((SELECT jsonb_agg(jsonb_build_object('n', d.n, 'scheme', d.scheme, 'value', "
    f"d.value, 'issuer', {ISSUER.format(m='m')})) FROM d JOIN m ON m.id = d.model_id), '[]'))"
)


@dataclass(slots=True)
class _Batch:
    """What the statement takes, and the faults found on the way."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    beginnings: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


async def register_items(
    tx: Tx, items: Sequence[NewItem], *, occurred_at: datetime | None = None, reason: str | None = None
) -> list[tuple[UUID, str]]:
    """Register items; their ids and references, in the order given.

    Rejected with a place per fault (`/items/<n>/…`; no prefix for a single one), Taken for an identifier, id or
    external id that is in use already (never by whom), Forbidden for a component that the caller does not manage.
    """
    if len(items) > 1:  # before anything is written: reference numbers do not roll back
        await check_identifiers_free(tx, items)
    rows = await write_new(tx, _REGISTER, items, occurred_at=occurred_at, reason=reason)
    references = {row["id"]: row["reference"] for row in rows}
    return [(item.id, references[item.id]) for item in items]


async def check_items(
    tx: Tx, items: Sequence[NewItem], *, occurred_at: datetime | None = None, reason: str | None = None
) -> None:
    """Whether `register_items` would register these, without taking references for them. Raises what it would."""
    if occurred_at is not None:
        _check_when(tx, occurred_at, reason, {item.component_id for item in items})
    _batch(items, occurred_at, {"backdating_reason": reason} if reason else {})
    await check_identifiers_free(tx, items)
    await _explain_missed(tx, items, only_if_missed=True)
    taken = {row["id"] for row in await tx.rows(_TAKEN_IDS, ids=[item.id for item in items])}
    managed = set(tx.caller.manage) if tx.caller else set()
    faults = [
        Fault(f"/items/{n}/{'id' if item.id in taken else 'component'}" if len(items) > 1 else "/component", code, said)
        for n, item in enumerate(items)
        for code, said, wrong in (
            ("taken", "This id is already used.", item.id in taken),
            ("forbidden", "You may not add to this component.", item.component_id not in managed),
        )
        if wrong
    ]
    if faults:
        raise Rejected(faults)


async def write_new(
    tx: Tx,
    statement: Statement,
    items: Sequence[NewItem],
    *,
    occurred_at: datetime | None = None,
    reason: str | None = None,
) -> list[Any]:
    """Run a statement that begins with `REGISTER`; its rows."""
    if not 0 < len(items) <= MOST:
        raise Rejected.at("/items", "count", f"1 to {MOST} items are registered at once.")
    if occurred_at is not None:
        _check_when(tx, occurred_at, reason, {item.component_id for item in items})
    batch = _batch(items, occurred_at, {"backdating_reason": reason} if reason else {})
    rows = await tx.rows(
        statement, items=batch.rows, beginnings=batch.beginnings, occurred_at=occurred_at, **authors(tx.caller)
    )
    if len(rows) != len(items):
        await _explain_missed(tx, items)
    return rows


def _check_when(tx: Tx, occurred_at: datetime, reason: str | None, components: Collection[UUID]) -> None:
    caller = tx.caller
    check_occurred_at(
        occurred_at,
        datetime.now(UTC),
        backdating_days=tx.backdating_days,
        reason=reason,
        may_backdate=caller is not None and all(caller.may_in(Scope.EQUIPMENT_BACKDATE, each) for each in components),
    )


def _batch(items: Sequence[NewItem], occurred_at: datetime | None, texts: Mapping[str, str]) -> _Batch:
    batch = _Batch()
    beginnings: dict[tuple[Any, ...], tuple[int, Mapping[str, str]]] = {}
    facts = Facts(occurred_at or datetime.now(UTC))
    for n, item in enumerate(items):
        prefix = f"/items/{n}" if len(items) > 1 else ""
        key = (item.stage, item.title_organisation_id, item.custody_organisation_id, item.custody_site_id)
        try:
            begun = beginnings.get(key)
            if begun is None:
                first, then = _begin(item, texts, facts)
                begun = beginnings[key] = (len(batch.beginnings), first.texts)
                batch.beginnings.append(_beginning(begun[0], first, then))
            row = _row(n, item, begun, prefix)
        except Rejected as refused:
            batch.faults += [
                fault
                if fault.pointer.startswith("/items/")
                else Fault(prefix + fault.pointer, fault.code, fault.detail)
                for fault in refused.faults
            ]
            continue
        batch.rows.append(row)
    if batch.faults:
        raise Rejected(batch.faults)
    return batch


def _begin(item: NewItem, texts: Mapping[str, str], facts: Facts) -> tuple[Decision, Decision | None]:
    """The registration, and the arrival where that is what is being registered; equal for equal items."""
    custody = {"custody_organisation_id": item.custody_organisation_id, "custody_site_id": item.custody_site_id}
    title = {"title_organisation_id": item.title_organisation_id}
    if item.stage == Stage.ORDERED:
        return register({**title, **custody, **texts}, facts), None
    if item.stage != Stage.DELIVERED:
        raise Rejected.at("/stage", "unknown_value", "Items are registered as ordered or as delivered.")
    first = register({**title, **texts}, facts)
    return first, decide(first.state, Action.DELIVER, custody, facts)


def _beginning(b: int, first: Decision, then: Decision | None) -> dict[str, Any]:
    return {
        "b": b,
        "changes": first.changes,
        "payload": first.payload,
        "then_kind": then.kind if then else None,
        "then_changes": then.changes if then else None,
        "then_payload": then.payload if then else None,
        "event_count": 2 if then else 1,
        **columns_of(then.state if then else first.state),
    }


def _row(n: int, item: NewItem, begun: tuple[int, Mapping[str, str]], prefix: str) -> dict[str, Any]:
    b, texts = begun
    identifiers = read_identifiers(item.identifiers, prefix)
    row: dict[str, Any] = {
        "n": n,
        "b": b,
        "id": item.id,
        "component_id": item.component_id,
        "model_id": item.model_id,
        "serial": next((i["value"] for i in identifiers if i["scheme"] == Scheme.SERIAL), None),
        "identifiers": identifiers,
    }
    if texts:
        row.update(sealed_texts(texts))
    for name in _SELDOM:
        if (value := getattr(item, name)) is not None:
            row[name] = value
    return row


def read_identifiers(sent: Sequence[Mapping[str, Any]], prefix: str = "") -> list[dict[str, str]]:
    """Identifiers in their one spelling; Rejected with every fault.

    An inventory number is only unique for whoever gave it, so it names its issuer; world-wide schemes take none.
    """
    found: list[dict[str, str]] = []
    faults: list[Fault] = []
    for k, one in enumerate(sent):
        pointer = f"{prefix}/identifiers/{k}"
        issuer = " ".join(str(one.get("issuer") or "").split())
        try:
            value = normalise(str(one["scheme"]), str(one["value"]), pointer)
        except Rejected as refused:
            faults += refused.faults
            continue
        if one["scheme"] in WORLDWIDE and issuer:
            faults.append(Fault(f"{pointer}/issuer", "not_allowed", "Identifiers of this scheme have no issuer."))
        if one["scheme"] == Scheme.INVENTORY and not issuer:
            faults.append(Fault(f"{pointer}/issuer", "missing", "An inventory number names who gave it."))
        found.append({"scheme": str(one["scheme"]), "value": value, "issuer": issuer})
    if faults:
        raise Rejected(faults)
    return found


async def check_identifiers_free(tx: Tx, items: Sequence[NewItem]) -> None:
    """Name the places of identifiers that are registered already; the unique constraint stays behind as the wall."""
    sent: list[dict[str, Any]] = []
    pointers: list[str] = []
    for n, item in enumerate(items):
        for k, identifier in enumerate(read_identifiers(item.identifiers, f"/items/{n}")):
            sent.append({"n": len(pointers), "model_id": item.model_id, **identifier})
            pointers.append(f"/items/{n}/identifiers/{k}")
    known = await tx.value(_KNOWN, sent=sent) if sent else []
    if known:
        places = [pointers[n] for n in known]
        raise Taken(
            "One of these identifiers is already registered."
            if len(places) == 1
            else f"{len(places)} of these identifiers are already registered.",
            pointer=places[0],
            pointers=places[:100],
        )


async def _explain_missed(tx: Tx, items: Sequence[NewItem], *, only_if_missed: bool = False) -> None:
    """Say which references keep items from being registered; always raises, unless asked to look first."""
    rows = await tx.rows(
        _SEEN,
        components=list({item.component_id for item in items}),
        models=list({item.model_id for item in items}),
        sites=list({item.custody_site_id for item in items if item.custody_site_id}),
    )
    seen = {(row["kind"], row["id"]) for row in rows}
    faults = [
        Fault(f"/items/{n}/{kind}" if len(items) > 1 else f"/{kind}", "reference_unknown", f"There is no such {kind}.")
        for n, item in enumerate(items)
        for kind, ident in (
            ("component", item.component_id),
            ("model", item.model_id),
            ("custody_site", item.custody_site_id),
        )
        if ident is not None and (kind, ident) not in seen
    ]
    if only_if_missed and not faults:
        return
    raise Rejected(faults) if faults else DomainError("Not everything could be registered.")
