"""Programmes: list, get, create, change. Made by the administrator, changed by who manages every part of one."""

from __future__ import annotations

from typing import Any

from app.db import reading, writing
from app.db.columns import instant, money, names, plain, structure, truth
from app.db.listing import NEWEST, Listing, Order, dated, equals
from app.db.session import Tx
from app.domain.errors import Rejected
from app.domain.money import parse_money
from app.domain.requirements import check_enforced
from app.schemas.programmes import ProgrammeChange, ProgrammeIn

LISTING = Listing(
    resource="programmes",
    table="programmes",
    columns=(
        plain("id"),
        plain("reference"),
        *names(),
        plain("status"),
        plain("starts_on"),
        plain("ends_on"),
        structure("outcomes"),
        structure("funding"),
        structure("enforced_requirements", "to_json(t.enforced_requirements)"),
        truth("approvers_from_different_organisations"),
        money("proof_threshold", "t.proof_threshold_minor", "'EUR'"),
        plain("warranty_days"),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={"status": equals("t.status"), **dated()},
    orders={**NEWEST, "name": Order((("folded", "text"),))},
    search="(t.folded LIKE app.fold(:search) OR lower(t.reference) LIKE app.fold(:search))",
)


async def create(tx: Tx, body: ProgrammeIn) -> reading.Reading:
    """Add a programme."""
    programme_id = body.id or writing.new_id()
    values = {**body.model_dump(exclude={"id", "names"}), **body.names.columns(), "id": programme_id}
    await writing.insert(tx, "programmes", _stored(values))
    return await reading.one(tx, LISTING, programme_id)


async def change(tx: Tx, ident: str, version: int, body: ProgrammeChange) -> reading.Reading:
    """Change what the patch names."""
    programme_id = await reading.resolve(tx, LISTING, ident)
    values = body.model_dump(exclude_unset=True, exclude={"names", "outcomes", "funding"})
    values |= body.model_dump(include=body.model_fields_set & {"outcomes", "funding"})
    if "names" in body.model_fields_set:
        values |= body.names.columns()
    await writing.patch(tx, "programmes", programme_id, version, _stored(values))
    return await reading.one(tx, LISTING, programme_id)


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    """What the columns hold for what was said: minor units, each requirement once, amounts with all their digits."""
    if "enforced_requirements" in values:
        values["enforced_requirements"] = [str(kind) for kind in check_enforced(values["enforced_requirements"])]
    if "proof_threshold" in values:
        values["proof_threshold_minor"] = _euros(values.pop("proof_threshold"))
    for index, fact in enumerate(values.get("funding", ())):
        if fact["amount"] is not None:
            exact = parse_money(**fact["amount"], pointer=f"/funding/{index}/amount")
            fact["amount"] = {"amount": exact.amount, "currency": exact.currency}
    return values


def _euros(given: dict[str, Any]) -> int:
    exact = parse_money(**given, pointer="/proof_threshold")
    if exact.currency != "EUR":
        raise Rejected.at("/proof_threshold/currency", "not_euro", "This threshold is in EUR.")
    return exact.minor
