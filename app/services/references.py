"""References that callers give, resolved under the caller's own rows: nothing points out of sight (HOUSE 4)."""

from __future__ import annotations

from typing import overload
from uuid import UUID

from app.db import reading
from app.db.listing import Listing
from app.db.session import Tx
from app.domain.errors import NotFound, Rejected
from app.domain.nearest import meant
from app.services import imports_known
from app.services.imports_words import SINGULAR


@overload
async def reference_to(tx: Tx, listing: Listing, ident: str, pointer: str) -> UUID: ...
@overload
async def reference_to(tx: Tx, listing: Listing, ident: None, pointer: str) -> None: ...
@overload
async def reference_to(tx: Tx, listing: Listing, ident: str | None, pointer: str) -> UUID | None: ...
async def reference_to(tx: Tx, listing: Listing, ident: str | None, pointer: str) -> UUID | None:
    """The id behind an id or reference in a body; Rejected at `pointer` when unknown or out of sight (one answer)."""
    if ident is None:
        return None
    known = {} if tx.remembered is None else tx.remembered
    found: UUID | None = known.get((listing.resource, ident))
    if found is not None:
        return found
    try:
        found = known[listing.resource, ident] = await reading.resolve(tx, listing, ident)
    except NotFound:
        raise Rejected.at(pointer, "reference_unknown", await _nothing(tx, listing, ident)) from None
    return found


async def _nothing(tx: Tx, listing: Listing, ident: str) -> str:
    thing = SINGULAR.get(listing.resource) or listing.resource.removesuffix("s").replace("-", " ")
    return f"There is no {thing} of this id or reference that you may see.{await _hint(tx, listing, ident)}"


async def _hint(tx: Tx, listing: Listing, ident: str) -> str:
    """What may be meant, among what the caller sees. Nothing of people, and nothing for an id."""
    unsaid = listing.personal or listing.table in reading.REFERENCES
    if listing.reference is None or unsaid or imports_known.as_id(ident) is not None:
        return ""
    return meant(ident, await reading.called(tx, listing.table, listing.reference, listing.only))
