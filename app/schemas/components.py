"""Components: the national part of a programme (DOMAIN 1)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from app.schemas.common import (
    Answer,
    Body,
    Code,
    Country,
    DatedQuery,
    LongText,
    Names,
    NamesChange,
    NamesOut,
    Ref,
    Related,
    Several,
    keep,
)
from app.schemas.equipment_types import EquipmentDomain


def _each_once(domains: list[str]) -> list[str]:
    if len(set(domains)) < len(domains):
        raise ValueError("a domain is named twice")
    return domains


Domains = Annotated[list[EquipmentDomain], AfterValidator(_each_once), Field(min_length=1, max_length=20)]


class ComponentOut(Answer):
    """The national part of a programme."""

    id: UUID
    reference: str
    label: str
    names: NamesOut
    programme: Related
    country: str
    domains: list[EquipmentDomain]
    objective: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class ComponentIn(Body):
    """A new component."""

    id: UUID | None = None
    reference: Code = Field(examples=["BMP-DZ"])
    names: Names = Field(examples=[{"en": "Synthetic component"}])
    programme: Ref = Field(examples=["BMP-MAGHREB"])
    country: Country = Field(examples=["DZ"])
    domains: Domains = Field(examples=[["mobility", "communication"]])
    objective: LongText | None = None


class ComponentChange(Body):
    """A JSON Merge Patch: what is absent stays, null empties. Programme and country stay what they are."""

    names: NamesChange = keep(examples=[{"it": "Componente"}])
    domains: Domains = keep()
    objective: LongText | None = None


class ComponentQuery(DatedQuery):
    """Filters of the list of components."""

    programme_id: Several[Ref] | None = Field(None, description="Components of these programmes.")
    country: Several[Country] | None = Field(None, description="Components for these countries, by ISO 3166-1 code.")
    domain: Several[EquipmentDomain] | None = Field(None, description="Works with equipment of one of these domains.")
