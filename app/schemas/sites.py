"""Sites: places of any organisation. Administrative area and UN/LOCODE only (DOMAIN 2)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.schemas.common import Answer, Body, Code, Country, Names, NamesOut, Ref, Related, SearchQuery, Several, Text

SiteKind = Literal["port", "post", "workshop", "store", "academy", "office"]
UnLocode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")]


class SiteOut(Answer):
    """A place where items can be. It has no coordinates on purpose."""

    id: UUID
    reference: str
    label: str
    names: NamesOut
    kind: SiteKind
    organisation: Related | None
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
    names: Names
    kind: SiteKind
    organisation: Ref = Field(description="The organisation whose place it is.")
    agency: Ref | None = None
    country: Country = Field(examples=["TN"])
    admin_area: Text | None = None
    un_locode: UnLocode | None = Field(None, examples=["TNSFA"])
    external_id: Text | None = None


class SiteChange(Body):
    """A JSON Merge Patch: what is absent stays, null empties."""

    names: Names | None = None
    kind: SiteKind | None = None
    agency: Ref | None = None
    admin_area: Text | None = None
    un_locode: UnLocode | None = None
    active: bool | None = None
    external_id: Text | None = None


class SiteQuery(SearchQuery):
    """Filters of the list of sites."""

    kind: Several[SiteKind] | None = None
    country: Several[Country] | None = None
    agency_id: Several[UUID] | None = None
    organisation_id: Several[UUID] | None = None
    active: bool | None = None
