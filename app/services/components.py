"""Components: list, get, create, change."""

from __future__ import annotations

from app.db import reading, writing
from app.db.columns import instant, names, plain, related, structure
from app.db.listing import NEWEST, Filter, Listing, Order, dated, equals
from app.db.session import Tx
from app.schemas.components import ComponentChange, ComponentIn
from app.services.programmes import LISTING as PROGRAMMES
from app.services.references import reference_to

LISTING = Listing(
    resource="components",
    table="components",
    columns=(
        plain("id"),
        plain("reference"),
        *names(),
        related("programme", "programmes", "t.programme_id", expand="'status', {a}.status"),
        plain("country"),
        structure("domains", "to_json(t.domains)"),
        plain("objective", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "programme_id": equals("t.programme_id", indexed=True, to="programmes"),
        "country": equals("t.country"),
        "domain": Filter("CAST(:value AS text) = ANY(t.domains)", "t.domains && CAST(:value AS text[])"),
        **dated(),
    },
    orders={**NEWEST, "name": Order((("folded", "text"),))},
    search="(t.folded LIKE app.fold(:search) OR lower(t.reference) LIKE app.fold(:search))",
)


async def create(tx: Tx, body: ComponentIn) -> reading.Reading:
    """Add a component to a programme. Who may see it follows from delegations."""
    component_id = body.id or writing.new_id()
    values = {
        **body.model_dump(exclude={"id", "names", "programme"}),
        **body.names.columns(),
        "id": component_id,
        "programme_id": await reference_to(tx, PROGRAMMES, body.programme, "/programme"),
    }
    await writing.insert(tx, "components", values)
    return await reading.one(tx, LISTING, component_id)


async def change(tx: Tx, ident: str, version: int, body: ComponentChange) -> reading.Reading:
    """Change what the patch names."""
    component_id = await reading.resolve(tx, LISTING, ident)
    values = body.model_dump(exclude_unset=True, exclude={"names"})
    if "names" in body.model_fields_set:
        values |= body.names.columns()
    await writing.patch(tx, "components", component_id, version, values)
    return await reading.one(tx, LISTING, component_id)
