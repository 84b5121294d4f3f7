"""Where people can be posted, and the one way in which a posting is added (DOMAIN 2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from app.db import writing
from app.db.session import Statement, Tx
from app.domain.errors import Conflict, Forbidden, Rejected
from app.services.agencies import LISTING as AGENCIES
from app.services.references import reference_to
from app.services.sites import LISTING as SITES

_PLACE = Statement(
    "SELECT a.is_unit, (SELECT s.agency_id FROM sites s WHERE s.id = CAST(:site_id AS uuid)) AS site_of "
    "FROM agencies a WHERE a.id = :unit_id"
)
_TRAINEE = Statement(
    "SELECT t.agency_id, t.erased_at, CAST(:unit_id AS uuid) = ANY (app.below(ARRAY[t.agency_id])) AS at_home, "
    "(SELECT c.ancestor_id FROM agency_closure c WHERE c.descendant_id = t.agency_id ORDER BY c.depth DESC LIMIT 1) "
    "= (SELECT c.ancestor_id FROM agency_closure c WHERE c.descendant_id = CAST(:unit_id AS uuid) "
    "ORDER BY c.depth DESC LIMIT 1) AS same_tree FROM trainees t WHERE t.id = :id FOR UPDATE OF t"
)
_MOVES_TO = Statement(
    "UPDATE trainees SET agency_id = :unit_id, version = version + 1, updated_at = clock_timestamp() WHERE id = :id"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A unit and, maybe, a site of it."""

    unit_id: UUID
    site_id: UUID | None


async def place(tx: Tx, unit: str, site: str | None, pointer: str = "") -> Place:
    """Unit and site as given. Rejected when it is no unit, or the site is not that unit's."""
    unit_id = await reference_to(tx, AGENCIES, unit, f"{pointer}/unit")
    site_id = await reference_to(tx, SITES, site, f"{pointer}/site")
    found = await tx.row(_PLACE, unit_id=unit_id, site_id=site_id)
    if found is None or not found["is_unit"]:
        raise Rejected.at(f"{pointer}/unit", "not_a_unit", "People are posted to units, the leaves of the tree.")
    if site_id is not None and found["site_of"] != unit_id:
        raise Rejected.at(f"{pointer}/site", "site_of_another_unit", "The site does not belong to that unit.")
    return Place(unit_id, site_id)


async def add(
    tx: Tx,
    trainee_id: UUID,
    where: Place,
    starts_on: date,
    ends_on: date | None,
    *,
    posting_id: UUID | None = None,
    pointer: str = "",
) -> UUID:
    """Post somebody. Who serves outside of the agency they were of is of the new unit from then on.

    Raises Forbidden when the person may be seen but not changed, Taken when postings overlap.
    """
    trainee = await tx.row(_TRAINEE, id=trainee_id, unit_id=where.unit_id)
    if trainee is None:
        raise Forbidden("You may see this person, but not change them.")
    if trainee["erased_at"] is not None:
        raise Conflict("This person was erased.")
    if not trainee["same_tree"]:
        raise Rejected.at(f"{pointer}/unit", "another_tree", "The unit belongs to another agency than the person.")
    agency_id = trainee["agency_id"]
    if not trainee["at_home"] and (ends_on is None or ends_on > datetime.now(UTC).date()):
        await tx.run(_MOVES_TO, id=trainee_id, unit_id=where.unit_id)
        agency_id = where.unit_id
    made = posting_id or writing.new_id()
    values = {"id": made, "trainee_id": trainee_id, "agency_id": agency_id, "unit_id": where.unit_id}
    values |= {"site_id": where.site_id, "starts_on": starts_on, "ends_on": ends_on}
    await writing.insert(tx, "postings", values)
    return made
