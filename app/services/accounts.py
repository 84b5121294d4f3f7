"""Accounts: list, get, create, change, close, reopen; grants; and the first administrator of a deployment."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.db import reading, writing
from app.db.columns import instant, plain, related, structure, truth
from app.db.listing import Filter, Listing, dated, equals
from app.db.session import Statement, Tx
from app.domain.access import Held
from app.domain.errors import Conflict, Forbidden, NotFound, Rejected
from app.schemas.accounts import AccountChange, AccountIn, GrantIn
from app.schemas.security_log import SecurityKind
from app.services import authority, security_log
from app.services.agencies import LISTING as AGENCIES
from app.services.components import LISTING as COMPONENTS
from app.services.organisations import LISTING as ORGANISATIONS
from app.services.references import reference_to

_GRANTS = (
    "(SELECT coalesce(json_agg(json_build_object('id', g.id, 'role', g.role, 'component', CASE WHEN c.id IS NULL "
    "THEN NULL ELSE json_build_object('id', c.id, 'reference', c.reference, 'label', coalesce(c.name_{lang}, "
    "c.name_en)) END, 'created_at', app.iso(g.created_at)) ORDER BY g.id), '[]') FROM grants g "
    "LEFT JOIN components c ON c.id = g.component_id WHERE g.account_id = t.id)"
)

LISTING = Listing(
    resource="accounts",
    table="accounts",
    columns=(
        plain("id"),
        plain("account_name", free_text=True),
        plain("display_name", free_text=True),
        related("organisation", "organisations", "t.organisation_id", expand="'country', {a}.country"),
        related("agency", "agencies", "t.agency_id", expand="'country', {a}.country, 'is_unit', {a}.is_unit"),
        plain("language"),
        truth("active"),
        truth("has_password", "app.has_password(t.id)"),
        structure("grants", _GRANTS),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "organisation_id": equals("t.organisation_id", indexed=True, to="organisations"),
        "agency_id": equals("t.agency_id", to="agencies"),
        "role": Filter(
            "EXISTS (SELECT 1 FROM grants g WHERE g.account_id = t.id AND g.role = :value)",
            "EXISTS (SELECT 1 FROM grants g WHERE g.account_id = t.id AND g.role = ANY(:value))",
        ),
        "active": equals("t.active"),
        **dated(),
    },
    search="(app.fold(t.display_name) LIKE app.fold(:search) OR t.account_name LIKE app.fold(:search))",
    reference="account_name",
    personal=True,
)

_BELONGS = Statement(
    "SELECT EXISTS (SELECT 1 FROM agency_closure c JOIN agencies a ON a.id = c.ancestor_id "
    "WHERE c.descendant_id = :agency AND a.organisation_id = :organisation)"
)
_WITHIN_OWN = Statement("SELECT :agency = ANY (app.own_agencies())")
_GRANT = Statement("SELECT role, component_id FROM grants WHERE id = :id AND account_id = :account_id")
_REMOVE = Statement("DELETE FROM grants WHERE id = :id AND account_id = :account_id")
_WIPE = Statement("SELECT app.wipe_account(:account_id)")


async def create(tx: Tx, body: AccountIn) -> reading.Reading:
    """Add an account with the roles named. It cannot log in before its invitation is redeemed (services/links.py)."""
    caller = authority.caller_of(tx)
    account_id = body.id or writing.new_id()
    organisation_id = caller.organisation_id
    if body.organisation is not None:
        organisation_id = await reference_to(tx, ORGANISATIONS, body.organisation, "/organisation")
    if organisation_id != caller.organisation_id and not caller.administers:
        raise Forbidden("Only the deployment's administrator adds accounts to other organisations.")
    agency_id = await _agency(tx, body.agency, organisation_id)
    values = {
        "id": account_id,
        "organisation_id": organisation_id,
        "agency_id": agency_id,
        "account_name": body.account_name,
        "display_name": body.display_name,
        "language": body.language,
    }
    await writing.insert(tx, "accounts", values)
    await security_log.record(
        tx, "account.created", organisation_id=organisation_id, subject_id=account_id, facts={"agency_id": agency_id}
    )
    for index, grant in enumerate(body.grants):
        await _give(tx, account_id, organisation_id, grant, f"/grants/{index}")
    return await reading.one(tx, LISTING, account_id)


async def _agency(tx: Tx, agency: str | None, organisation_id: UUID) -> UUID | None:
    """The agency whose subtree an account sees: of its organisation's own tree, and not above the caller's."""
    agency_id = await reference_to(tx, AGENCIES, agency, "/agency")
    caller = authority.caller_of(tx)
    if agency_id is not None and not await tx.value(_BELONGS, agency=agency_id, organisation=organisation_id):
        raise Rejected.at("/agency", "other_organisation", "This agency does not belong to the organisation.")
    if caller.own is not None and not caller.administers:
        if agency_id is None:
            raise Rejected.at("/agency", "missing", "Name an agency of your own tree.")
        if not await tx.value(_WITHIN_OWN, agency=agency_id):
            raise Forbidden("This agency stands above your own.")
    return agency_id


async def change(tx: Tx, ident: str, version: int, body: AccountChange) -> reading.Reading:
    """Change what the patch names. Another agency is another sight, and goes to the log."""
    target = await authority.over(tx, LISTING, ident)
    values = body.model_dump(exclude_unset=True, exclude={"agency"})
    if "agency" in body.model_fields_set:
        values["agency_id"] = await _agency(tx, body.agency, target.organisation_id)
    if await writing.patch(tx, "accounts", target.id, version, values) != version:
        facts = {"changed": sorted(values)} | {k: v for k, v in values.items() if k == "agency_id"}
        await _record(tx, "account.changed", target, facts)
    return await reading.one(tx, LISTING, target.id)


async def close(tx: Tx, ident: str, version: int) -> reading.Reading:
    """Close an account: its password, links and sessions are gone, its clients stop with it."""
    target = await authority.over(tx, LISTING, ident)
    if not target.active:
        raise Conflict("This account is closed already.")
    await writing.change(tx, "accounts", target.id, version, {"active": False})
    await tx.run(_WIPE, account_id=target.id)
    await _record(tx, "account.closed", target)
    return await reading.one(tx, LISTING, target.id)


async def reopen(tx: Tx, ident: str, version: int) -> reading.Reading:
    """Open a closed account again. It needs a new invitation, as it has no password."""
    target = await authority.over(tx, LISTING, ident)
    if target.active:
        raise Conflict("This account is open.")
    await writing.change(tx, "accounts", target.id, version, {"active": True})
    await _record(tx, "account.reopened", target)
    return await reading.one(tx, LISTING, target.id)


async def add_grant(tx: Tx, ident: str, version: int, body: GrantIn) -> reading.Reading:
    """Give a role: one's own or less, never to oneself."""
    target = await authority.over(tx, LISTING, ident)
    await writing.change(tx, "accounts", target.id, version, {})
    await _give(tx, target.id, target.organisation_id, body, "")
    return await reading.one(tx, LISTING, target.id)


async def remove_grant(tx: Tx, ident: str, grant: UUID, version: int) -> reading.Reading:
    """Take a role away."""
    target = await authority.over(tx, LISTING, ident)
    await writing.change(tx, "accounts", target.id, version, {})
    row = await tx.row(_GRANT, id=grant, account_id=target.id)
    if row is None:
        raise NotFound("The account has no such role.")
    await tx.run(_REMOVE, id=grant, account_id=target.id)
    await _record(tx, "grant.removed", target, dict(row))
    return await reading.one(tx, LISTING, target.id)


async def _give(tx: Tx, account_id: UUID, organisation_id: UUID, body: GrantIn, pointer: str) -> None:
    component_id = await reference_to(tx, COMPONENTS, body.component, f"{pointer}/component")
    await authority.check_handing_out(tx, [Held(body.role, component_id)])
    values = {
        "id": writing.new_id(),
        "account_id": account_id,
        "organisation_id": organisation_id,
        "role": body.role,
        "component_id": component_id,
        "granted_by": authority.caller_of(tx).person_id,
    }
    await writing.insert(tx, "grants", values)
    facts = {"role": body.role, "component_id": component_id}
    await security_log.record(tx, "grant.added", organisation_id=organisation_id, subject_id=account_id, facts=facts)


async def _record(tx: Tx, kind: SecurityKind, target: authority.Target, facts: dict[str, Any] | None = None) -> None:
    await security_log.record(tx, kind, organisation_id=target.organisation_id, subject_id=target.id, facts=facts)
