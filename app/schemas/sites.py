"""Sites: places of any organisation. Administrative area and UN/LOCODE only (DOMAIN 2)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.schemas.common import (
    Answer,
    Body,
    Code,
    Country,
    DatedQuery,
    Names,
    NamesChange,
    NamesOut,
    Ref,
    Related,
    Several,
    Text,
    Truth,
    keep,
)

SiteKind = Literal["port", "post", "workshop", "store", "academy", "office"]
UnLocode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")]


class SiteOut(Answer):
    """A place where items can be. It has no coordinates on purpose."""

    id: UUID
    reference: str
    label: str
    names: NamesOut
    kind: SiteKind
    organisation: Related
    agency: Related | None = Field(description="The unit it belongs to, where it is a beneficiary's.")
    country: str
    admin_area: str | None
    un_locode: str | None
    active: bool
    external_id: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class SiteIn(Body):
    """A new site. `id` may be made by the client (UUIDv7), so that an offline device can create and retry."""

    id: UUID | None = None
    reference: Code = Field(examples=["SITE-SFAX-1"])
    names: Names = Field(examples=[{"en": "Sfax workshop", "fr": "Atelier de Sfax"}])
    kind: SiteKind = Field(examples=["workshop"])
    organisation: Ref = Field(description="The organisation whose place it is.", examples=["ORG-TN-CG"])
    agency: Ref | None = Field(
        None, description="The part of that organisation; a beneficiary's site names it.", examples=["AG-TN-SFAX"]
    )
    country: Country = Field(examples=["TN"])
    admin_area: Text | None = None
    un_locode: UnLocode | None = Field(None, examples=["TNSFA"])
    external_id: Text | None = None


class SiteChange(Body):
    """A JSON Merge Patch: what is absent stays, null empties. Its organisation stays what it is."""

    names: NamesChange = keep(examples=[{"it": "Officina"}])
    kind: SiteKind = keep()
    agency: Ref | None = None
    admin_area: Text | None = None
    un_locode: UnLocode | None = None
    active: Truth = keep()
    external_id: Text | None = None


class SiteQuery(DatedQuery):
    """Filters of the list of sites."""

    kind: Several[SiteKind] | None = Field(None, description="Sites of these kinds.")
    country: Several[Country] | None = Field(None, description="Sites in these countries, by ISO 3166-1 code.")
    agency_id: Several[Ref] | None = Field(None, description="Sites of these agencies themselves.")
    organisation_id: Several[Ref] | None = Field(None, description="Sites of these organisations.")
    active: bool | None = Field(None, description="True: sites in use; false: the others.")
    external_id: Several[Text] | None = Field(None, description="Sites with one of these numbers of another system.")
