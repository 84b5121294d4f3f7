"""The security log: written in the transaction of what it tells about, read by auditors and administrators."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from structlog.contextvars import get_contextvars

from app.db import writing
from app.db.columns import instant, plain, related, structure
from app.db.listing import Listing, Order, equals, span
from app.db.session import Tx
from app.schemas.security_log import SecurityKind

LISTING = Listing(
    resource="security-log",
    table="security_log",
    columns=(
        plain("id"),
        instant("recorded_at"),
        plain("kind"),
        related("organisation", "organisations", "t.organisation_id"),
        plain("actor_id"),
        plain("subject_id"),
        structure("facts"),
        plain("request_id", free_text=True),
    ),
    filters={
        "kind": equals("t.kind"),
        "actor_id": equals("t.actor_id"),
        "subject_id": equals("t.subject_id"),
        "organisation_id": equals("t.organisation_id", indexed=True, to="organisations"),
        **span("t.recorded_at"),
    },
    orders={"recorded_at": Order((("recorded_at", "instant"),))},
    default_sort="-recorded_at",
    reference=None,
    versioned=False,
)


async def record(
    tx: Tx,
    kind: SecurityKind,
    *,
    organisation_id: UUID | None = None,
    subject_id: UUID | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry. `facts` hold codes, roles, scopes and ids; never a secret and never a person's name."""
    caller = tx.caller
    values = {
        "id": writing.new_id(),
        "kind": kind,
        "organisation_id": organisation_id,
        "actor_id": caller.id if caller is not None else None,
        "subject_id": subject_id,
        "facts": {name: _told(value) for name, value in (facts or {}).items()},
        "request_id": get_contextvars().get("request_id"),
    }
    await writing.insert(tx, "security_log", values)


def _told(value: Any) -> Any:
    """Instants as the API prints them (API 3)."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
