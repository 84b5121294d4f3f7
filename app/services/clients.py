"""Clients: list, get, create, change, rotate the secret, close.

A client counts as its owner, so whoever could get its secret could act as that person: only the owner makes it,
changes it and rotates its secret. Others who hold the scope may close it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.db import reading, writing
from app.db.columns import instant, plain, related, structure, truth
from app.db.listing import Listing, dated, equals
from app.db.session import Statement, Tx
from app.domain.access import beyond
from app.domain.errors import Conflict, Forbidden, Rejected, SeparationOfDuties
from app.schemas.clients import ClientChange, ClientIn
from app.schemas.security_log import SecurityKind
from app.security.tokens import check_client_key, hash_secret, new_secret
from app.services import security_log
from app.services.authority import caller_of
from app.services.components import LISTING as COMPONENTS
from app.services.references import reference_to
from app.services.rights import giver_of

_COMPONENTS = (
    "CASE WHEN t.component_ids IS NULL THEN NULL ELSE (SELECT coalesce(json_agg(json_build_object('id', c.id, "
    "'reference', c.reference, 'label', coalesce(c.name_{lang}, c.name_en)) ORDER BY c.reference), '[]') "
    "FROM components c WHERE c.id = ANY (t.component_ids)) END"
)

LISTING = Listing(
    resource="clients",
    table="clients",
    columns=(
        plain("id"),
        plain("client_id", free_text=True),
        plain("name", free_text=True),
        related("organisation", "organisations", "t.organisation_id", expand="'country', {a}.country"),
        related("owner", "accounts", "t.owner_id", text="{a}.display_name", reference="account_name"),
        structure("scopes", "to_json(t.scopes)"),
        structure("components", _COMPONENTS),
        plain("authentication"),
        structure("public_jwk"),
        structure("secrets", "app.client_secrets_of(t.id)"),
        truth("active"),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "organisation_id": equals("t.organisation_id", indexed=True, to="organisations"),
        "owner_id": equals("t.owner_id", to="accounts"),
        "active": equals("t.active"),
        **dated(),
    },
    search="app.fold(t.name) LIKE app.fold(:search)",
    reference="client_id",
)

_CLIENT = Statement("SELECT id, organisation_id, owner_id, active, authentication FROM clients WHERE id = :id")
_ADD_SECRET = Statement("SELECT app.add_client_secret(:id, :secret, :old_ends)")
_WIPE = Statement("SELECT app.wipe_client(:id)")


@dataclass(frozen=True, slots=True)
class Made:
    """A client and its new secret, if it has one; the secret is not kept."""

    client: reading.Reading
    secret: str | None


async def create(tx: Tx, body: ClientIn) -> Made:
    """Add a client of one's own, with scopes and components that one has."""
    caller = caller_of(tx)
    client_id = body.id or writing.new_id()
    scopes = _scopes(tx, body.scopes)
    components = await _components(tx, body.components)
    values = {
        "id": client_id,
        "client_id": f"cl-{secrets.token_hex(8)}",
        "organisation_id": caller.organisation_id,
        "owner_id": caller.person_id,
        "name": body.name,
        "scopes": scopes,
        "component_ids": components,
        "authentication": body.authentication,
        "public_jwk": check_client_key(body.public_jwk, pointer="/public_jwk") if body.public_jwk else None,
    }
    await writing.insert(tx, "clients", values)
    secret = None
    if body.authentication == "client_secret_basic":
        secret = await _new_secret(tx, client_id, timedelta(0))
    await _record(tx, "client.created", client_id, caller.organisation_id, _told(scopes, components))
    return Made(await reading.one(tx, LISTING, client_id), secret)


async def change(tx: Tx, ident: str, version: int, body: ClientChange) -> reading.Reading:
    """Change what the patch names, for a client of one's own."""
    row = await _own(tx, ident)
    values: dict[str, Any] = body.model_dump(exclude_unset=True, include={"name"})
    if "scopes" in body.model_fields_set:
        values["scopes"] = _scopes(tx, body.scopes)
    if "components" in body.model_fields_set:
        values["component_ids"] = await _components(tx, body.components)
    if "public_jwk" in body.model_fields_set:
        if row["authentication"] != "private_key_jwt":
            raise Rejected.at("/public_jwk", "not_by_key", "This client proves itself by a secret, not by a key.")
        values["public_jwk"] = check_client_key(body.public_jwk, pointer="/public_jwk")
    changed = await writing.patch(tx, "clients", row["id"], version, values) != version
    if changed and values.keys() - {"name"}:
        facts = {"changed": sorted(values)} | {k: values[k] for k in ("scopes", "component_ids") if k in values}
        await _record(tx, "client.rights_changed", row["id"], row["organisation_id"], facts)
    return await reading.one(tx, LISTING, row["id"])


async def rotate(tx: Tx, ident: str, version: int, overlap_hours: int) -> Made:
    """A new secret beside the one of before, which lives on for so many hours; then only the new one does."""
    row = await _own(tx, ident)
    if row["authentication"] != "client_secret_basic":
        raise Conflict("This client proves itself by a key; change `public_jwk` instead.")
    await writing.change(tx, "clients", row["id"], version, {})
    secret = await _new_secret(tx, row["id"], timedelta(hours=overlap_hours))
    await _record(tx, "client.secret_rotated", row["id"], row["organisation_id"], {"overlap_hours": overlap_hours})
    return Made(await reading.one(tx, LISTING, row["id"]), secret)


async def close(tx: Tx, ident: str, version: int) -> reading.Reading:
    """Close a client for good: its secrets are gone, its tokens die within a minute."""
    row = await _seen(tx, ident)
    if not row["active"]:
        raise Conflict("This client is closed already.")
    await writing.change(tx, "clients", row["id"], version, {"active": False})
    await tx.run(_WIPE, id=row["id"])
    await _record(tx, "client.closed", row["id"], row["organisation_id"])
    return await reading.one(tx, LISTING, row["id"])


async def _seen(tx: Tx, ident: str) -> Any:
    row = await tx.row(_CLIENT, id=await reading.resolve(tx, LISTING, ident))
    caller = caller_of(tx)
    if row is None or (row["organisation_id"] != caller.organisation_id and not caller.administers):
        raise Forbidden("This client belongs to another organisation.")
    return row


async def _own(tx: Tx, ident: str) -> Any:
    row = await _seen(tx, ident)
    if row["owner_id"] != caller_of(tx).person_id:
        raise SeparationOfDuties("A client counts as its owner, so only its owner may do this.")
    if not row["active"]:
        raise Conflict("This client is closed.")
    return row


def _scopes(tx: Tx, wanted: Collection[str]) -> list[str]:
    """A subset of one's own, each once."""
    named = frozenset(str(scope) for scope in wanted)
    lacking = sorted(beyond(named, caller_of(tx).scopes))
    if lacking:
        raise Forbidden("These scopes are not yours to give.", lacking=lacking)
    return sorted(named)


async def _components(tx: Tx, wanted: Collection[str] | None) -> list[UUID] | None:
    """Components that one has oneself. None stands for all of one's own; a limited client passes its limit on."""
    if wanted is None:
        limit = (await giver_of(tx)).within
        return None if limit is None else sorted(limit)
    reach = frozenset(caller_of(tx).see)
    found: dict[UUID, None] = {}
    for index, ident in enumerate(wanted):
        component = await reference_to(tx, COMPONENTS, ident, f"/components/{index}")
        if component not in reach:
            raise Forbidden("This component is not yours to give.", pointer=f"/components/{index}")
        found[component] = None
    return sorted(found)


async def _new_secret(tx: Tx, client_id: UUID, overlap: timedelta) -> str:
    secret = new_secret()
    await tx.run(_ADD_SECRET, id=client_id, secret=hash_secret(secret), old_ends=datetime.now(UTC) + overlap)
    return secret


def _told(scopes: list[str], components: list[UUID] | None) -> dict[str, Any]:
    return {"scopes": scopes, "component_ids": components}


async def _record(
    tx: Tx,
    kind: SecurityKind,
    client_id: UUID,
    organisation_id: UUID,
    facts: dict[str, Any] | None = None,
) -> None:
    await security_log.record(tx, kind, organisation_id=organisation_id, subject_id=client_id, facts=facts)
