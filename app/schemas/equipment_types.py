"""Equipment types: what kind of thing it is, with its CPV and HS codes (DOMAIN 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.schemas.common import Answer, Body, Code, DatedQuery, Names, NamesChange, NamesOut, Several, Text, keep

EquipmentDomain = Literal[
    "border_surveillance",
    "document_checks",
    "security",
    "transport",
    "mobility",
    "communication",
    "detection",
    "search_and_rescue",
]
Cpv = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{8}-[0-9]$"), Field(description="CPV 2008 with its check digit.")
]
Hs = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}(\.[0-9]{2}){0,2}$"), Field(description="HS 2022 heading or subheading.")
]


class EquipmentTypeOut(Answer):
    """A kind of equipment."""

    id: UUID
    reference: str
    label: str
    names: NamesOut
    domain: EquipmentDomain
    cpv: str
    hs: str | None
    controlled_hint: str | None = Field(
        description="Lists of controlled goods to check. A prompt to check, not a legal classification."
    )
    version: int
    created_at: datetime
    updated_at: datetime


class EquipmentTypeIn(Body):
    """A new type."""

    id: UUID | None = None
    reference: Code = Field(examples=["VEH-TRAILER"])
    names: Names = Field(examples=[{"en": "Trailer", "fr": "Remorque", "it": "Rimorchio", "ar": "مقطورة"}])
    domain: EquipmentDomain = Field(examples=["transport"])
    cpv: Cpv = Field(examples=["34223300-9"])
    hs: Hs | None = Field(None, examples=["8716.39"])
    controlled_hint: Text | None = None


class EquipmentTypeChange(Body):
    """A JSON Merge Patch: what is absent stays, null empties."""

    names: NamesChange = keep(examples=[{"it": "Rimorchio stradale"}])
    domain: EquipmentDomain = keep()
    cpv: Cpv = keep()
    hs: Hs | None = None
    controlled_hint: Text | None = None


class EquipmentTypeQuery(DatedQuery):
    """Filters of the list of types."""

    domain: Several[EquipmentDomain] | None = Field(None, description="Types of these domains.")
    cpv: Several[Cpv] | None = Field(
        None, description="Types with one of these codes of the Common Procurement Vocabulary."
    )
