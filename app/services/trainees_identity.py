"""Who a trainee is: identity reads, search by name, and the log of both (DOMAIN 4)."""

from __future__ import annotations

from typing import Any

from app.db import reading
from app.db.columns import instant, plain, related
from app.db.listing import Listing, Order, equals, span
from app.db.session import Tx
from app.schemas.trainees import SearchIn
from app.security.keys import Keys
from app.services import vaulting
from app.services.agencies import LISTING as AGENCIES
from app.services.pseudonyms import pseudonym
from app.services.references import reference_to
from app.services.trainees import LISTING

#: Who read whose name, when and why. Auditors read it; nobody changes it.
READS = Listing(
    resource="identity-reads",
    table="identity_reads",
    columns=(
        plain("id"),
        instant("recorded_at"),
        pseudonym("trainee", "t.trainee_id"),
        related("agency", "agencies", "t.agency_id"),
        plain("caller_id"),
        plain("person_id"),
        plain("purpose", free_text=True),
        plain("request_id"),
    ),
    filters={
        "trainee_id": equals("t.trainee_id"),
        "agency_id": equals("t.agency_id", indexed=True, to="agencies"),
        "caller_id": equals("t.caller_id"),
        "person_id": equals("t.person_id", to="accounts"),
        **span("t.recorded_at"),
    },
    orders={"recorded_at": Order((("recorded_at", "instant"),))},
    default_sort="-recorded_at",
    reference=None,
    versioned=False,
    personal=True,
)


async def identify(tx: Tx, keys: Keys, ident: str, purpose: str) -> dict[str, Any]:
    """Name and contact of one trainee; who asked, and why, is kept."""
    trainee_id = await reading.resolve(tx, LISTING, ident)
    return _shown(await vaulting.identify(tx, keys, trainee_id, purpose))


async def search(tx: Tx, keys: Keys, body: SearchIn) -> dict[str, Any]:
    """People of exactly that name at or below an agency; who asked, and why, is kept."""
    agency_id = await reference_to(tx, AGENCIES, body.agency, "/agency")
    found = await vaulting.search(tx, keys, agency_id, body.name, body.purpose)
    return {"items": [_shown(each) for each in found]}


def _shown(identity: vaulting.Identity) -> dict[str, Any]:
    key = str(identity.trainee_id)
    return {
        "trainee": {"id": key, "reference": key, "label": f"T-{key[:8].upper()}"},
        "name": identity.name,
        "work_contact": identity.work_contact,
    }
