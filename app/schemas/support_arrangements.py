"""Support arrangements: who maintains a unit's equipment when its own people do not (DOMAIN 5)."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from app.schemas.common import (
    Answer,
    Body,
    Dated,
    Day,
    Days,
    DaysChange,
    DaysOut,
    ListQuery,
    Ref,
    Related,
    Several,
    Text,
    keep,
)


class SupportArrangementOut(Answer):
    """Maintainers stand at a supporting unit, or support is a dated contract."""

    id: UUID
    agency: Related | None = Field(description="The unit that is supported.")
    model: Related | None = Field(description="Null: all models.")
    supporting_unit: Related | None
    contract_reference: str | None
    period: DaysOut
    version: int
    created_at: datetime
    updated_at: datetime


class SupportArrangementIn(Body):
    """New support for a unit: by another unit, or by contract."""

    id: UUID | None = None
    agency: Ref = Field(description="The unit that is supported.", examples=["AG-TN-SFAX"])
    model: Ref | None = Field(None, description="Without: all models.", examples=["MOD-COM-RADIO-1"])
    supporting_unit: Ref | None = Field(None, examples=["AG-TN-BIZERTE"])
    contract_reference: Text | None = None
    period: Days = Field(examples=[{"start": "2024-01-01", "end": "2027-01-01"}])

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.supporting_unit is None) == (self.contract_reference is None):
            raise ValueError("support has to be either a `supporting_unit` or a `contract_reference`")
        return self


class SupportArrangementChange(Body):
    """A JSON Merge Patch. Who supports whom stays what it was; another supporter is another arrangement."""

    contract_reference: Text = keep()
    period: DaysChange = keep(examples=[{"end": "2028-01-01"}])


class SupportArrangementQuery(Dated, ListQuery):
    """Filters of the list of support arrangements."""

    agency_id: Several[Ref] | None = Field(None, description="Arrangements for these agencies themselves.")
    model_id: Several[Ref] | None = Field(None, description="Arrangements for these models.")
    supporting_unit_id: Several[Ref] | None = Field(None, description="Arrangements by which these units give support.")
    running_on: Day | None = Field(None, description="In force on this day.")
