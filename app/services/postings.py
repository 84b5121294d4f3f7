"""Postings: list, get, create, change, move. A person stands at one unit at a time (DOMAIN 2)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.db import reading, writing
from app.db.columns import instant, period, plain, related
from app.db.listing import NEWEST, Filter, Listing, equals
from app.db.session import Statement, Tx
from app.domain.errors import Rejected
from app.schemas.postings import MoveIn, PostingChange, PostingIn
from app.services import postings_places
from app.services.pseudonyms import below, pseudonym
from app.services.references import reference_to
from app.services.trainees import LISTING as TRAINEES

LISTING = Listing(
    resource="postings",
    table="postings",
    columns=(
        plain("id"),
        pseudonym("trainee", "t.trainee_id"),
        related("unit", "agencies", "t.unit_id"),
        related("site", "sites", "t.site_id"),
        period("t.starts_on", "t.ends_on", instants=False),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "trainee_id": equals("t.trainee_id", indexed=True),
        "unit_id": equals("t.unit_id", indexed=True, to="agencies"),
        "site_id": equals("t.site_id", to="sites"),
        "below": below("t.unit_id"),
        "on": Filter("t.starts_on <= :value AND (t.ends_on IS NULL OR t.ends_on > :value)"),
    },
    orders=NEWEST,
    reference=None,
    personal=True,
)

_COLUMNS = {"start": "starts_on", "end": "ends_on"}
_ROW = Statement("SELECT trainee_id, unit_id, starts_on, ends_on FROM postings WHERE id = :id")


async def create(tx: Tx, body: PostingIn) -> reading.Reading:
    """Post a trainee to a unit for a period."""
    trainee_id = await reference_to(tx, TRAINEES, str(body.trainee), "/trainee")
    where = await postings_places.place(tx, body.unit, body.site)
    made = await postings_places.add(tx, trainee_id, where, body.period.start, body.period.end, posting_id=body.id)
    return await reading.one(tx, LISTING, made)


async def change(tx: Tx, ident: str, version: int, body: PostingChange) -> reading.Reading:
    """Change site or period."""
    posting_id = await reading.resolve(tx, LISTING, ident)
    row = await _row(tx, posting_id)
    values: dict[str, Any] = {}
    if "site" in body.model_fields_set:
        values["site_id"] = (await postings_places.place(tx, str(row["unit_id"]), body.site)).site_id
    if "period" in body.model_fields_set:
        given = body.period.model_dump(exclude_unset=True)
        values |= {column: given[name] for name, column in _COLUMNS.items() if name in given}
    start, end = values.get("starts_on", row["starts_on"]), values.get("ends_on", row["ends_on"])
    if end is not None and end <= start:
        raise Rejected.at("/period/end", "empty_period", "The posting ends before it begins.")
    await writing.patch(tx, "postings", posting_id, version, values)
    return await reading.one(tx, LISTING, posting_id)


async def move(tx: Tx, ident: str, version: int, body: MoveIn) -> reading.Reading:
    """End this posting on a day and begin another one on it."""
    posting_id = await reading.resolve(tx, LISTING, ident)
    row = await _row(tx, posting_id)
    if body.on <= row["starts_on"] or (row["ends_on"] is not None and body.on >= row["ends_on"]):
        raise Rejected.at("/on", "outside_of_posting", "The move lies within the posting that it ends.")
    where = await postings_places.place(tx, body.unit, body.site)
    await writing.change(tx, "postings", posting_id, version, {"ends_on": body.on})
    made = await postings_places.add(tx, row["trainee_id"], where, body.on, row["ends_on"])
    return await reading.one(tx, LISTING, made)


async def _row(tx: Tx, posting_id: UUID) -> Any:
    return await tx.row(_ROW, id=posting_id)
