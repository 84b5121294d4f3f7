"""References that callers give, resolved under the caller's own rows: nothing points out of sight (HOUSE 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload
from uuid import UUID

from app.db import hints, reading
from app.db.listing import Listing
from app.db.session import Tx
from app.domain.errors import NotFound, Rejected
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


async def references_to(tx: Tx, listing: Listing, idents: Sequence[str], pointer: str) -> list[UUID]:
    """The same for several values of one parameter: which of them is unknown is told by its place."""
    found = []
    for number, ident in enumerate(idents, start=1):
        try:
            found.append(await reference_to(tx, listing, ident, pointer))
        except Rejected as error:
            if len(idents) == 1:
                raise
            told = error.faults[0]
            detail = f"Number {number} of {len(idents)}: {told.detail[:1].lower()}{told.detail[1:]}"
            raise Rejected.at(pointer, told.code, detail) from None
    return found


async def _nothing(tx: Tx, listing: Listing, ident: str) -> str:
    thing = SINGULAR.get(listing.resource) or listing.resource.removesuffix("s").replace("-", " ")
    hint = "" if isinstance(reading.id_or_name(ident), UUID) else await hints.hint(tx, listing.table, ident)
    return f"There is no {thing} of this id or reference that you may see.{hint}"
