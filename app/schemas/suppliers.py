"""Suppliers: companies that supply, organisations of that kind at the same time (DOMAIN 2)."""

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
    Several,
    Text,
    Truth,
    keep,
)


class SupplierOut(Answer):
    """A supplier. Its id is also its id as an organisation, so that it can hold title and own sites."""

    id: UUID
    reference: str
    label: str
    names: NamesOut
    country: str | None
    active: bool
    external_id: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class SupplierIn(Body):
    """A new supplier; the organisation of kind `supplier` is made along with it."""

    id: UUID | None = None
    reference: Code = Field(examples=["SUP-901"])
    names: Names = Field(examples=[{"en": "Synthetic Marine Ltd"}])
    country: Country | None = Field(None, examples=["IT"])
    external_id: Text | None = None


class SupplierChange(Body):
    """A JSON Merge Patch: what is absent stays, null empties."""

    names: NamesChange = keep(examples=[{"it": "Marina sintetica"}])
    country: Country | None = None
    active: Truth = keep()
    external_id: Text | None = None


class SupplierQuery(DatedQuery):
    """Filters of the list of suppliers."""

    country: Several[Country] | None = Field(None, description="Suppliers of these countries, by ISO 3166-1 code.")
    active: bool | None = Field(None, description="True: suppliers in business; false: the others.")
    external_id: Several[Text] | None = Field(
        None, description="Suppliers with one of these numbers of another system."
    )
