"""A large synthetic register, written set-based by the owner: items, identifiers, chained events, spans, counts.

For the bench and for `bmp demo --items 1000000`. It stands on components, units, models and organisations that are
there already. Everything it writes is what the door would have written: chains verify, summaries add up.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from app.settings import Settings

#: Days for which confirmations count as recent in the sums of the past; a worker told otherwise makes them anew.
CONFIRMATION_DAYS: int = Settings.model_fields["confirmation_days"].default

#: Items per statement: large enough to be set-based, small enough to keep memory flat.
BATCH = 20_000

#: Of a hundred items, up to which one stands in which stage; and the events that led there.
PATHS: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (5, "ordered", ("register",)),
    (15, "delivered", ("register", "deliver")),
    (25, "accepted", ("register", "deliver", "accept")),
    (35, "handed_over", ("register", "deliver", "accept", "hand_over")),
    (95, "in_service", ("register", "deliver", "accept", "hand_over", "put_in_service", "report_condition")),
    (100, "withdrawn", ("register", "deliver", "accept", "hand_over", "put_in_service", "withdraw")),
)
LONGEST = max(len(path) for _, _, path in PATHS)
#: Days over which the items are spread. The last events are a few days old, so that some confirmations are recent.
DAYS = 2000

_CHANGES = {
    "register": "jsonb_build_object('stage', 'ordered', 'condition', 'unknown', 'condition_reason', NULL, "
    "'condition_confirmed_by', NULL)",
    "deliver": "jsonb_build_object('stage', 'delivered', 'custody_organisation_id', s.implementer, "
    "'custody_site_id', NULL, 'condition', 'unknown', 'condition_reason', NULL, 'condition_confirmed_by', NULL)",
    "accept": "jsonb_build_object('stage', 'accepted', 'title_organisation_id', s.implementer)",
    "hand_over": "jsonb_build_object('stage', 'handed_over', 'title_organisation_id', s.beneficiary, "
    "'custody_organisation_id', s.beneficiary, 'custody_site_id', NULL, 'unit_id', s.unit_id)",
    "put_in_service": "jsonb_build_object('stage', 'in_service')",
    "report_condition": "jsonb_build_object('condition', s.condition, 'condition_reason', "
    "nullif(s.condition_reason, ''), 'condition_confirmed_by', s.actor)",
    "withdraw": "jsonb_build_object('stage', 'withdrawn')",
}

_PLACES = """
CREATE TEMP TABLE large_units AS
SELECT row_number() OVER (PARTITION BY c.id ORDER BY u.reference) - 1 AS n, count(*) OVER (PARTITION BY c.id) AS of,
       c.id AS component_id, u.id AS unit_id, u.organisation_id AS beneficiary
FROM components c
JOIN participations p ON p.component_id = c.id
JOIN agency_closure x ON x.ancestor_id = p.agency_id
JOIN agencies u ON u.id = x.descendant_id AND u.is_unit;
CREATE TEMP TABLE large_models AS
SELECT row_number() OVER (ORDER BY reference) - 1 AS n, count(*) OVER () AS of, id FROM equipment_models;
CREATE TEMP TABLE large_components AS
SELECT row_number() OVER (ORDER BY c.reference) - 1 AS n, count(*) OVER () AS of, c.id, c.country
FROM components c WHERE EXISTS (SELECT 1 FROM large_units u WHERE u.component_id = c.id);
ANALYZE large_units; ANALYZE large_models; ANALYZE large_components;
"""


def _stage_cases() -> str:
    return "CASE " + " ".join(f"WHEN n.n % 100 < {upto} THEN '{stage}'" for upto, stage, _ in PATHS) + " END"


def _length_cases() -> str:
    return "CASE " + " ".join(f"WHEN n.n % 100 < {upto} THEN {len(path)}" for upto, _, path in PATHS) + " END"


def _kind(position: int) -> str:
    """The kind of the event at a position, by stage."""
    cases = [f"WHEN '{stage}' THEN '{path[position - 1]}'" for _, stage, path in PATHS if len(path) >= position]
    return f"CASE s.stage {' '.join(cases)} END"


def _changes(position: int) -> str:
    kinds = dict.fromkeys(path[position - 1] for _, _, path in PATHS if len(path) >= position)
    cases = " ".join(f"WHEN '{kind}' THEN {_CHANGES[kind]}" for kind in kinds)
    return f"CASE k{position}.kind {cases} END"


def _chain() -> str:
    """LATERAL joins: the kind, the changes and the hash of each event, each hash over the one before."""
    parts = []
    for p in range(1, LONGEST + 1):
        previous = f"h{p - 1}.hash" if p > 1 else r"'\x'::bytea"
        parts.append(
            f"CROSS JOIN LATERAL (SELECT {_kind(p)} AS kind) k{p} "
            f"CROSS JOIN LATERAL (SELECT {_changes(p)} AS changes OFFSET 0) c{p} "
            f"CROSS JOIN LATERAL (SELECT CASE WHEN s.events >= {p} THEN app.event_hash(s.id, {p}, k{p}.kind, "
            f"s.began + interval '{p} days', s.recorded + interval '{p} days', s.actor, s.actor, c{p}.changes, '{{}}', "
            f"NULL, NULL, NULL, {previous}) ELSE {previous} END AS hash OFFSET 0) h{p} "
        )
    return "\n".join(parts)


_BATCH = f"""
CREATE TEMP TABLE large_batch ON COMMIT DROP AS
WITH s AS MATERIALIZED (
    SELECT n.n, ('01900000-0000-7000-8000-' || lpad(to_hex(n.n), 12, '0'))::uuid AS id, c.id AS component_id, c.country,
           m.id AS model_id, u.unit_id, u.beneficiary, {_stage_cases()} AS stage, {_length_cases()} AS events,
           CASE WHEN n.n % 100 NOT BETWEEN 35 AND 94 THEN 'unknown' WHEN n.n % 10 = 0 THEN 'down'
                WHEN n.n % 10 = 1 THEN 'degraded' ELSE 'up' END AS condition,
           CASE WHEN n.n % 100 BETWEEN 35 AND 94 AND n.n % 10 = 0
                THEN (ARRAY['failure', 'awaiting_parts', 'under_repair'])[1 + n.n % 3] ELSE '' END AS condition_reason,
           $5::timestamptz + (n.n % {DAYS}) * interval '1 day' + (n.n / {DAYS}) * interval '7 minutes' AS began,
           $5::timestamptz + (n.n % {DAYS}) * interval '1 day' + (n.n / {DAYS}) * interval '7 minutes' AS recorded,
           $3::uuid AS actor, $4::uuid AS implementer
    FROM generate_series($1::bigint, $2::bigint) n(n)
    JOIN large_components c ON c.n = CASE WHEN n.n % 1009 = 0 THEN c.of - 1 ELSE n.n % greatest(c.of - 1, 1) END
    JOIN large_models m ON m.n = (n.n / 7) % m.of
    JOIN large_units u ON u.component_id = c.id AND u.n = (n.n / 3) % u.of
)
SELECT s.*, {", ".join(f"k{p}.kind AS k{p}, c{p}.changes AS c{p}, h{p}.hash AS h{p}" for p in range(1, LONGEST + 1))}
FROM s {_chain()}
"""

_ITEMS = f"""
INSERT INTO items (id, reference, component_id, model_id, serial, identifiers, stage, condition, condition_reason,
    confirmed_at, confirmed_by, title_id, custody_organisation_id, unit_id, occurred_at, head, event_count, version,
    created_at, updated_at, created_by)
SELECT id, 'EQ-' || country || '-2019-' || lpad(n::text, greatest(6, length(n::text)), '0'), component_id, model_id,
    'SYN' || lpad(n::text, 9, '0'),
    jsonb_build_array(jsonb_build_object('scheme', 'serial', 'issuer', 'SYN', 'value', 'SYN' || lpad(n::text, 9, '0'))),
    stage, condition, condition_reason,
    CASE WHEN condition <> 'unknown' THEN began + interval '6 days' END,
    CASE WHEN condition <> 'unknown' THEN actor END,
    CASE WHEN events >= 4 THEN beneficiary WHEN events >= 3 THEN implementer END,
    CASE WHEN events >= 4 THEN beneficiary WHEN events >= 2 THEN implementer END,
    CASE WHEN events >= 4 THEN unit_id END,
    began + events * interval '1 day', h{LONGEST}, events, events, recorded, recorded, actor
FROM large_batch
"""

_IDENTIFIERS = """
INSERT INTO identifiers (id, item_id, component_id, scheme, issuer, value)
SELECT ('01900001-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, id, component_id, 'serial', 'SYN',
       'SYN' || lpad(n::text, 9, '0') FROM large_batch
"""


def _events(position: int) -> str:
    p = position
    previous = f"h{p - 1}" if p > 1 else r"'\x'::bytea"
    return f"""
INSERT INTO events (item_id, position, component_id, unit_id, kind, occurred_at, recorded_at, actor_id, person_id,
    changes, payload, previous, hash)
SELECT id, {p}, component_id, {"unit_id" if p >= 4 else "NULL"}, k{p}, began + interval '{p} days',
    recorded + interval '{p} days', actor, actor, c{p}, '{{}}', {previous}, h{p}
FROM large_batch WHERE events >= {p}
"""  # noqa: PLR2004  the fourth event is the handover, from which on a unit sees it


def _spans(position: int) -> str:
    p = position
    return f"""
INSERT INTO item_spans (item_id, starts_at, ends_at, component_id, model_id, unit_id, stage, condition,
    condition_reason, confirmed_at, confirmed_by, title_id, custody_organisation_id)
SELECT id, began + interval '{p} days', CASE WHEN events > {p} THEN began + interval '{p + 1} days' ELSE 'infinity' END,
    component_id, model_id, {"unit_id" if p >= 4 else "NULL"},
    CASE WHEN k{p} = 'report_condition' THEN 'in_service' ELSE
        CASE k{p} WHEN 'register' THEN 'ordered' WHEN 'deliver' THEN 'delivered' WHEN 'accept' THEN 'accepted'
            WHEN 'hand_over' THEN 'handed_over' WHEN 'put_in_service' THEN 'in_service' ELSE 'withdrawn' END END,
    CASE WHEN k{p} = 'report_condition' THEN condition ELSE 'unknown' END,
    CASE WHEN k{p} = 'report_condition' THEN condition_reason ELSE '' END,
    CASE WHEN k{p} = 'report_condition' THEN began + interval '{p} days' END,
    CASE WHEN k{p} = 'report_condition' THEN actor END,
    CASE WHEN {p} >= 4 THEN beneficiary WHEN {p} >= 3 THEN implementer END,
    CASE WHEN {p} >= 4 THEN beneficiary WHEN {p} >= 2 THEN implementer END
FROM large_batch WHERE events >= {p}
"""  # noqa: PLR2004  likewise


# While there are no sums of the past, late spans need no note of their own: the sums that are made at the end see them.
# The lock keeps the worker from making any meanwhile; the triggers are as they were before anybody else can tell.
_BEFORE_SUMS = """
DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(7320461118023);
    IF NOT EXISTS (SELECT 1 FROM history_sums) THEN
        ALTER TABLE item_spans DISABLE TRIGGER late_insert;
    END IF;
END $$
"""
_AS_BEFORE = "ALTER TABLE item_spans ENABLE TRIGGER late_insert"


async def build_large(
    owner_dsn: str, *, items: int, actor: Any, implementer: Any, progress: Callable[[int, int], None] | None = None
) -> int:
    """Add `items` synthetic items on top of what is there, batch by batch; the number written.

    `actor` is the account that is said to have recorded them, `implementer` the organisation that bought them. The
    last component by reference gets one item in a thousand, the others share the rest.
    """
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute(_PLACES)
        first = 1 + (await connection.fetchval("SELECT count(*) FROM items WHERE reference ~ '-2019-'"))
        last = first + items - 1
        began = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
            days=DAYS + LONGEST + last * 7 // (DAYS * 1440) + 2
        )
        for start in range(first, last + 1, BATCH):
            end = min(start + BATCH - 1, last)
            async with connection.transaction():
                await connection.execute("SET LOCAL work_mem = '128MB'")
                await connection.execute(_BEFORE_SUMS)
                await connection.execute(_BATCH, start, end, actor, implementer, began)
                await connection.execute(_ITEMS)
                await connection.execute(_IDENTIFIERS)
                for position in range(1, LONGEST + 1):
                    await connection.execute(_events(position))
                    await connection.execute(_spans(position))
                await connection.execute(_AS_BEFORE)
            if progress is not None:
                progress(end - first + 1, items)
        while await connection.fetchval("SELECT app.keep_history($1, NULL, 100)", CONFIRMATION_DAYS):
            pass
        await connection.execute(
            "ANALYZE items; ANALYZE events; ANALYZE item_spans; ANALYZE holdings; "
            "ANALYZE confirmations; ANALYZE identifiers; ANALYZE history_sums"
        )
    finally:
        await connection.close()
    return items
