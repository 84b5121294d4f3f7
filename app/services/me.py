"""The caller about itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.db.session import Statement, Tx
from app.domain.errors import Unauthorised
from app.security.tokens import Claims
from app.services.authority import caller_of

_LABEL = (
    "coalesce(CASE CAST(:language AS text) WHEN 'fr' THEN {a}.name_fr WHEN 'it' THEN {a}.name_it "
    "WHEN 'ar' THEN {a}.name_ar END, {a}.name_en)"
)

_ME = Statement(
    f"SELECT a.account_name, o.id, o.reference, {_LABEL.replace('{a}', 'o')} AS label, o.kinds "
    "FROM accounts a JOIN organisations o ON o.id = a.organisation_id WHERE a.id = :person_id"
)
_COMPONENTS = Statement(
    f"SELECT c.id, c.reference, {_LABEL.replace('{a}', 'c')} AS label FROM components c "
    "WHERE c.id = ANY(CAST(:ids AS uuid[])) ORDER BY c.reference"
)
_AGENCIES = Statement(
    f"SELECT g.id, g.reference, {_LABEL.replace('{a}', 'g')} AS label FROM agencies g "
    "WHERE g.id = ANY(CAST(:ids AS uuid[])) ORDER BY g.reference"
)


async def read(tx: Tx, claims: Claims, language: str) -> dict[str, Any]:
    """Everything that `GET /me` tells."""
    caller = caller_of(tx)
    person = await tx.row(_ME, person_id=caller.person_id, language=language)
    if person is None:  # pragma: no cover - the route has just found the caller open
        raise Unauthorised("This account is closed.")
    components = await tx.rows(_COMPONENTS, ids=list(caller.see), language=language)
    agencies = await tx.rows(_AGENCIES, ids=list(caller.roots), language=language)
    listed = _reach(agencies, caller.manage_roots)
    own = next(({k: v for k, v in each.items() if k != "power"} for each in listed if each["id"] == caller.own), None)
    return {
        "id": caller.id,
        "kind": caller.kind,
        "account_name": person["account_name"],
        "display_name": caller.display_name,
        "language": caller.language,
        "organisation": {name: person[name] for name in ("id", "reference", "label", "kinds")},
        "agency": own,
        "roles": sorted(caller.roles),
        "scopes": sorted(caller.scopes),
        "components": _reach(components, caller.manage),
        "agencies": listed,
        "token": {
            "client_id": claims.client_id,
            "session_id": claims.extra.get("sid"),
            "expires_at": datetime.fromtimestamp(claims.exp, UTC).isoformat().replace("+00:00", "Z"),
        },
    }


def _reach(rows: Iterable[Any], managed: Iterable[UUID]) -> list[dict[str, Any]]:
    changed = frozenset(managed)
    return [{**row, "power": "manage" if row["id"] in changed else "observe"} for row in map(dict, rows)]
