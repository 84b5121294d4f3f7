"""Delegations: list, get, create, change, end. Access ends with them within a minute (services/rights.py)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from app.db import reading, writing
from app.db.columns import instant, period, plain, related, truth
from app.db.listing import Filter, Listing, equals
from app.db.session import Statement, Tx
from app.domain.errors import Conflict, Rejected
from app.schemas.delegations import DelegationChange, DelegationEnd, DelegationIn
from app.schemas.security_log import SecurityKind
from app.services import security_log
from app.services.components import LISTING as COMPONENTS
from app.services.organisations import LISTING as ORGANISATIONS
from app.services.programmes import LISTING as PROGRAMMES
from app.services.references import reference_to

RUNS = "(t.starts_at <= clock_timestamp() AND (t.ends_at IS NULL OR t.ends_at > clock_timestamp()))"

LISTING = Listing(
    resource="delegations",
    table="delegations",
    columns=(
        plain("id"),
        related("organisation", "organisations", "t.organisation_id"),
        related("programme", "programmes", "t.programme_id"),
        related("component", "components", "t.component_id", expand="'country', {a}.country"),
        plain("power"),
        period("t.starts_at", "t.ends_at", instants=True),
        truth("running", RUNS),
        plain("reason", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "organisation_id": equals("t.organisation_id", indexed=True, to="organisations"),
        "programme_id": equals("t.programme_id", to="programmes"),
        "component_id": equals("t.component_id", to="components"),
        "power": equals("t.power"),
        "running": Filter(f"{RUNS} = :value"),
    },
    reference=None,
)

_FACTS = Statement("SELECT organisation_id, component_id, power, starts_at, ends_at FROM delegations WHERE id = :id")
_PROGRAMME_OF = Statement("SELECT programme_id FROM components WHERE id = :id")


async def create(tx: Tx, body: DelegationIn) -> reading.Reading:
    """Delegate a component, or a whole programme, to an organisation."""
    delegation_id = body.id or writing.new_id()
    organisation_id = await reference_to(tx, ORGANISATIONS, body.organisation, "/organisation")
    component_id = await reference_to(tx, COMPONENTS, body.component, "/component")
    values = {
        "id": delegation_id,
        "organisation_id": organisation_id,
        "programme_id": await _programme(tx, body, component_id),
        "component_id": component_id,
        "power": body.power,
        "starts_at": body.period.start,
        "ends_at": body.period.end,
        "reason": body.reason,
    }
    await writing.insert(tx, "delegations", values)
    facts = {"power": body.power, "component_id": component_id, "programme_id": values["programme_id"]}
    await security_log.record(
        tx, "delegation.created", organisation_id=organisation_id, subject_id=delegation_id, facts=facts
    )
    return await reading.one(tx, LISTING, delegation_id)


async def _programme(tx: Tx, body: DelegationIn, component_id: UUID | None) -> UUID | None:
    """The programme named, which has to be the component's where both are."""
    named = await reference_to(tx, PROGRAMMES, body.programme, "/programme")
    if component_id is None:
        return named
    actual: UUID = await tx.value(_PROGRAMME_OF, id=component_id)
    if named is not None and named != actual:
        raise Rejected.at("/component", "other_programme", "This component belongs to another programme.")
    return actual


async def change(tx: Tx, ident: str, version: int, body: DelegationChange) -> reading.Reading:
    """Change what the patch names."""
    delegation_id = await reading.resolve(tx, LISTING, ident)
    values = body.model_dump(exclude_unset=True)
    if await writing.patch(tx, "delegations", delegation_id, version, values) != version:
        await _record(tx, "delegation.changed", delegation_id)
    return await reading.one(tx, LISTING, delegation_id)


async def end(tx: Tx, ident: str, version: int, body: DelegationEnd) -> reading.Reading:
    """End it now, or at an instant to come. What has ended stays ended; what has not begun by then never will."""
    delegation_id = await reading.resolve(tx, LISTING, ident)
    facts = await tx.row(_FACTS, id=delegation_id)
    now = datetime.now(UTC)
    if facts is None or (facts["ends_at"] is not None and facts["ends_at"] <= now):
        raise Conflict("This delegation has ended already.")
    ends_at = body.ends_at or now
    if ends_at < now:
        raise Rejected.at("/ends_at", "in_the_past", "Access cannot be taken away in the past.")
    values = {"ends_at": max(ends_at, facts["starts_at"])} | (
        {"reason": body.reason} if body.reason is not None else {}
    )
    await writing.change(tx, "delegations", delegation_id, version, values)
    await _record(tx, "delegation.ended", delegation_id)
    return await reading.one(tx, LISTING, delegation_id)


async def _record(tx: Tx, kind: SecurityKind, delegation_id: UUID) -> None:
    facts = await tx.row(_FACTS, id=delegation_id)
    if facts is None:  # pragma: no cover - it was changed a moment ago in this transaction
        return
    told = {"power": facts["power"], "component_id": facts["component_id"], "ends_at": facts["ends_at"]}
    await security_log.record(tx, kind, organisation_id=facts["organisation_id"], subject_id=delegation_id, facts=told)
