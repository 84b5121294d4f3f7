"""Beneficiary agencies: a tree whose leaves are units (DOMAIN 2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

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


class AgencyOut(Answer):
    """A node of a beneficiary's tree."""

    id: UUID
    reference: str
    label: str
    names: NamesOut
    parent: Related | None = Field(description="Null at the top, and where the one above is out of sight.")
    organisation: Related
    country: str
    is_unit: bool = Field(description="A unit is a leaf; equipment is handed over to units.")
    active: bool
    external_id: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class AgencyIn(Body):
    """A new agency. Only the administrator adds one without a parent."""

    id: UUID | None = None
    reference: Code = Field(examples=["AG-TN-GABES"])
    names: Names = Field(examples=[{"en": "Gabès station", "fr": "Poste de Gabès"}])
    parent: Ref | None = Field(None, examples=["AG-TN-CG"])
    organisation: Ref = Field(description="The beneficiary that it is part of.", examples=["ORG-TN-CG"])
    country: Country = Field(examples=["TN"])
    is_unit: Truth = False
    external_id: Text | None = None


class AgencyChange(Body):
    """A JSON Merge Patch: what is absent stays, null empties. Its organisation and country stay what they are."""

    names: NamesChange = keep(examples=[{"it": "Stazione di Gabès"}])
    parent: Ref | None = None
    is_unit: Truth = keep()
    active: Truth = keep()
    external_id: Text | None = None


class AgencyQuery(DatedQuery):
    """Filters of the list of agencies."""

    country: Several[Country] | None = Field(None, description="Agencies of these countries, by ISO 3166-1 code.")
    is_unit: bool | None = Field(
        None, description="True: units, which receive equipment; false: the levels above them."
    )
    active: bool | None = Field(None, description="True: those that exist now; false: the others.")
    parent_id: Several[Ref] | None = Field(None, description="Directly below one of these.")
    below: Several[Ref] | None = Field(None, description="One of these, or anywhere below one.")
    organisation_id: Several[Ref] | None = Field(None, description="Agencies of these organisations.")
    external_id: Several[Text] | None = Field(None, description="Agencies with one of these numbers of another system.")
