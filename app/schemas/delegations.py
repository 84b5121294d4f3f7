"""Delegations: which organisation may see or manage which component, and for how long (DOMAIN 2)."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from app.domain.access import Power
from app.schemas.common import Answer, Body, Instant, ListQuery, Period, PeriodOut, Ref, Related, Several, Text


class DelegationOut(Answer):
    """It decides what an organisation may see and change."""

    id: UUID
    organisation: Related
    programme: Related
    component: Related | None = Field(description="Null: the whole programme, components to come included.")
    power: Power
    period: PeriodOut
    running: bool = Field(description="Whether it gives access at this moment.")
    reason: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class DelegationIn(Body):
    """A new delegation: of one component, or of a whole programme. Co-delegation is two of them."""

    id: UUID | None = None
    organisation: Ref = Field(examples=["ORG-MOI-IT"])
    programme: Ref | None = Field(None, description="The whole programme; needed where no component is named.")
    component: Ref | None = Field(None, examples=["BMP-TN"])
    power: Power = Field(examples=["observe"])
    period: Period = Field(examples=[{"start": "2026-01-01T00:00:00Z"}])
    reason: Text | None = None

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if self.component is None and self.programme is None:
            raise ValueError("name a component, or a programme for all of its components")
        return self


class DelegationChange(Body):
    """A JSON Merge Patch. Organisation, component and power never change: end it, and delegate anew."""

    reason: Text | None = Field(None, examples=["Addendum 4 to the co-delegation."])


class DelegationEnd(Body):
    """When it ends; now, unless it says otherwise."""

    ends_at: Instant | None = Field(None, description="An instant to come. Absent or null: at once.")
    reason: Text | None = None


class DelegationQuery(ListQuery):
    """Filters of the list of delegations."""

    organisation_id: Several[Ref] | None = Field(None, description="Delegations to these organisations.")
    programme_id: Several[Ref] | None = Field(
        None, description="Delegations of these programmes, whole or of a component."
    )
    component_id: Several[Ref] | None = Field(
        None, description="Delegations of these components; those of a whole programme are not among them."
    )
    power: Several[Power] | None = Field(None, description="Delegations that give one of these powers.")
    running: bool | None = Field(None, description="True: those that give access now; false: the others.")
