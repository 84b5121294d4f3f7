"""Organisations: implementers, beneficiaries, donors, suppliers, audit bodies (DOMAIN 2)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.domain.access import OrganisationKind
from app.schemas.common import (
    Answer,
    Body,
    Code,
    Country,
    DatedQuery,
    Names,
    NamesChange,
    NamesOut,
    Several,
    Text,
    keep,
)

#: `supplier` is not among them: a supplier is made as one, and is an organisation by that.
ChosenKind = Literal["implementer", "beneficiary", "donor", "audit_body"]
ChosenKinds = Annotated[list[ChosenKind], Field(min_length=1, max_length=4)]


class OrganisationOut(Answer):
    """An organisation of one or several kinds."""

    id: UUID
    reference: str
    label: str
    names: NamesOut
    kinds: list[OrganisationKind]
    country: str | None
    external_id: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class OrganisationIn(Body):
    """A new organisation. `id` may be made by the client (UUIDv7)."""

    id: UUID | None = None
    reference: Code = Field(examples=["ORG-EXAMPLE"])
    names: Names = Field(examples=[{"en": "Synthetic agency", "fr": "Agence synthétique"}])
    kinds: ChosenKinds = Field(examples=[["implementer"]])
    country: Country | None = Field(None, examples=["TN"])
    external_id: Text | None = None


class OrganisationChange(Body):
    """A JSON Merge Patch: what is absent stays, null empties. A supplier stays one whatever `kinds` says."""

    names: NamesChange = keep()
    kinds: ChosenKinds = keep()
    country: Country | None = Field(None, examples=["TN"])
    external_id: Text | None = None


class OrganisationQuery(DatedQuery):
    """Filters of the list of organisations."""

    kind: Several[OrganisationKind] | None = Field(
        None, description="Organisations that are one of these kinds, perhaps among others."
    )
    country: Several[Country] | None = Field(None, description="Organisations of these countries, by ISO 3166-1 code.")
