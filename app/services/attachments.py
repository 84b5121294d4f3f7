"""Attachments: list, get, create, remove. Whoever sees an object sees the files that are attached to it (API 22)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.db import reading, writing
from app.db.columns import Column, instant, person, plain
from app.db.listing import Listing, equals
from app.db.session import Statement, Tx
from app.domain.errors import Conflict, Forbidden, Rejected
from app.schemas.attachments import AttachmentIn
from app.services import acceptances, deliveries, equipment, handovers, requirements
from app.services.authority import caller_of
from app.services.references import reference_to

_FILE = ("id", "file_name", "media_type", "size", "sha256")

LISTING = Listing(
    resource="attachments",
    table="attachments",
    columns=(
        plain("id"),
        Column(
            "file",
            f"json_build_object({', '.join(f'{chr(39)}{name}{chr(39)}, j_file.{name}' for name in _FILE)})",
            cells=tuple((f"file_{name}", f"j_file.{name}") for name in _FILE),
            join="JOIN files j_file ON j_file.id = t.file_id",
            free_text=True,
        ),
        plain("resource"),
        plain("object_id"),
        plain("position"),
        plain("label", free_text=True),
        person("attached_by", "t.attached_by"),
        plain("version"),
        instant("created_at"),
    ),
    filters={
        "resource": equals("t.resource"),
        "object_id": equals("t.object_id", indexed=True),
        "file_id": equals("t.file_id", indexed=True),
    },
    component="component_id",
    reference=None,
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the objects of a resource are, and to whom they belong."""

    listing: Listing
    owner: Statement


def _place(listing: Listing, agency: str) -> _Place:
    """The object is held while something is attached: it does not go to another unit unseen meanwhile."""
    return _Place(
        listing, Statement(f"SELECT component_id, {agency} AS agency_id FROM {listing.table} WHERE id = :id FOR SHARE")
    )


_PLACES = {
    "acceptances": _place(acceptances.LISTING, "agency_id"),
    "handovers": _place(handovers.LISTING, "agency_id"),
    "deliveries": _place(deliveries.LISTING, "NULL::uuid"),
    "equipment": _place(equipment.LISTING, "unit_id"),
    "events": _place(equipment.LISTING, "unit_id"),
    "requirements": _place(requirements.LISTING, "agency_id"),
}
_FILE_IN_SIGHT = Statement("SELECT 1 FROM files WHERE id = :id")
_EVENT = Statement("SELECT 1 FROM events WHERE item_id = :item AND position = CAST(:position AS integer)")
_OF_APPROVED = Statement(
    "SELECT 1 FROM attachments a JOIN documents d ON d.id = a.object_id WHERE a.id = :id AND d.approved_at IS NOT NULL"
)
_REMOVE = Statement("DELETE FROM attachments WHERE id = :id AND version = :version")


async def create(tx: Tx, body: AttachmentIn) -> reading.Reading:
    """Attach a file in sight to an object in sight, of a component or an agency that the caller may change."""
    if await tx.value(_FILE_IN_SIGHT, id=body.file) is None:
        raise Rejected.at("/file", "reference_unknown", "There is no such file that you may see.")
    place = _PLACES[body.resource]
    object_id = await reference_to(tx, place.listing, body.object, "/object")
    if body.position is not None and await tx.value(_EVENT, item=object_id, position=body.position) is None:
        raise Rejected.at("/position", "reference_unknown", "The item has no event at this position.")
    owner = await tx.row(place.owner, id=object_id)
    if owner is None:
        raise Forbidden("You may see this, but not attach anything to it.")
    attachment_id = body.id or writing.new_id()
    await writing.insert(
        tx,
        "attachments",
        {
            "id": attachment_id,
            "file_id": body.file,
            "object_id": object_id,
            "component_id": owner["component_id"],
            "agency_id": owner["agency_id"],
            "attached_by": caller_of(tx).person_id,
            **body.model_dump(include={"resource", "position", "label"}),
        },
    )
    return await reading.one(tx, LISTING, attachment_id)


async def remove(tx: Tx, attachment_id: UUID, version: int) -> None:
    """Detach a file. NotFound out of sight, Forbidden to who only sees it, Stale at another version.

    Conflict for what is attached to a document that was approved: it is part of the evidence.
    """
    if await tx.value(_OF_APPROVED, id=attachment_id) is not None:
        raise Conflict("What is attached to an approved document stays with it.")
    if not await tx.run(_REMOVE, id=attachment_id, version=version):
        await writing.explain_unchanged(tx, "attachments", attachment_id, version)
