"""Organisations of every kind: list, get, create, change; changed by the administrator only (DOMAIN 2)."""

from __future__ import annotations

from collections.abc import Iterable

from app.db import reading, writing
from app.db.columns import instant, names, plain, structure
from app.db.listing import NEWEST, Filter, Listing, Order, dated, equals
from app.db.session import Statement, Tx
from app.schemas.organisations import OrganisationChange, OrganisationIn
from app.services import security_log

LISTING = Listing(
    resource="organisations",
    table="organisations",
    columns=(
        plain("id"),
        plain("reference"),
        *names(),
        structure("kinds", "to_json(t.kinds)"),
        plain("country"),
        plain("external_id", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "kind": Filter("t.kinds @> ARRAY[CAST(:value AS text)]", "t.kinds && CAST(:value AS text[])"),
        "country": equals("t.country"),
        **dated(),
    },
    orders={**NEWEST, "name": Order((("folded", "text"),))},
    search="(t.folded LIKE app.fold(:search) OR lower(t.reference) LIKE app.fold(:search))",
)

_SUPPLIES = Statement("SELECT 'supplier' = ANY (kinds) FROM organisations WHERE id = :id")


async def create(tx: Tx, body: OrganisationIn) -> reading.Reading:
    """Add an organisation. What it may see and change follows from its delegations."""
    organisation_id = body.id or writing.new_id()
    values = {
        **body.model_dump(exclude={"id", "names", "kinds"}),
        **body.names.columns(),
        "id": organisation_id,
        "kinds": _once(body.kinds),
    }
    await writing.insert(tx, "organisations", values)
    await security_log.record(
        tx,
        "organisation.created",
        organisation_id=organisation_id,
        subject_id=organisation_id,
        facts={"kinds": values["kinds"]},
    )
    return await reading.one(tx, LISTING, organisation_id)


async def change(tx: Tx, ident: str, version: int, body: OrganisationChange) -> reading.Reading:
    """Change what the patch names. A change of kinds changes what its people may do, so it goes to the log."""
    organisation_id = await reading.resolve(tx, LISTING, ident)
    values = body.model_dump(exclude_unset=True, exclude={"names", "kinds"})
    if "names" in body.model_fields_set:
        values |= body.names.columns()
    if "kinds" in body.model_fields_set:
        kept = ["supplier"] if await tx.value(_SUPPLIES, id=organisation_id) else []
        values["kinds"] = [*_once(body.kinds), *kept]
    changed = await writing.patch(tx, "organisations", organisation_id, version, values) != version
    if changed and "kinds" in values:
        await security_log.record(
            tx,
            "organisation.changed",
            organisation_id=organisation_id,
            subject_id=organisation_id,
            facts={"kinds": values["kinds"]},
        )
    return await reading.one(tx, LISTING, organisation_id)


def _once(kinds: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(kinds))
