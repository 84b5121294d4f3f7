"""Keys in what is sent with a move, resolved under the caller's rows: all of a call in one statement (HOUSE 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.db.session import Statement, Tx
from app.domain.errors import Fault, Rejected
from app.domain.payload import KEYS

_KINDS = {
    "title_organisation_id": "organisations",
    "custody_organisation_id": "organisations",
    "custody_site_id": "sites",
    "unit_id": "agencies",
    "replaced_by": "items",
}
_TABLES = ("organisations", "sites", "agencies", "items")
_RESOLVE = Statement(
    " UNION ALL ".join(
        f"SELECT '{table}' AS kind, t.id, t.reference FROM {table} t "
        f"WHERE t.id = ANY(CAST(:{table}_ids AS uuid[])) OR t.reference = ANY(CAST(:{table}_texts AS text[]))"
        for table in _TABLES
    )
)


def _as_id(value: Any) -> UUID | None:
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        return None


async def resolve(tx: Tx, payloads: Sequence[Mapping[str, Any]], prefixes: Sequence[str]) -> list[dict[str, Any]]:
    """The payloads with ids for references. Rejected at `<prefix>/<name>` for what is unknown or out of sight."""
    values: dict[str, list[Any]] = {f"{table}_{kind}": [] for table in _TABLES for kind in ("ids", "texts")}
    for payload in payloads:
        for name in KEYS.intersection(payload):
            ident = _as_id(payload[name])
            values[f"{_KINDS[name]}_{'texts' if ident is None else 'ids'}"].append(ident or payload[name])
    if not any(values.values()):
        return [dict(payload) for payload in payloads]
    known: dict[tuple[str, Any], UUID] = {}
    for row in await tx.rows(_RESOLVE, **values):
        known[row["kind"], row["id"]] = known[row["kind"], row["reference"]] = row["id"]
    faults: list[Fault] = []
    made: list[dict[str, Any]] = []
    for payload, prefix in zip(payloads, prefixes, strict=True):
        read = dict(payload)
        for name in KEYS.intersection(payload):
            key = (_KINDS[name], _as_id(payload[name]) or payload[name])
            if key in known:
                read[name] = known[key]
            else:
                sentence = f"There is no such {_KINDS[name]} that you may see."
                faults.append(Fault(f"{prefix}/{name}", "reference_unknown", sentence))
        made.append(read)
    if faults:
        raise Rejected(faults)
    return made
