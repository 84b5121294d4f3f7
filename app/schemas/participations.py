"""Participations: an agency takes part in a component from one day to another (DOMAIN 2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.schemas.common import (
    Answer,
    Body,
    Dated,
    Instant,
    ListQuery,
    Period,
    PeriodChange,
    PeriodOut,
    Ref,
    Related,
    Several,
    keep,
)


class ParticipationOut(Answer):
    """An agency, with everything below it, takes part in a component."""

    id: UUID
    component: Related | None
    agency: Related | None
    period: PeriodOut
    version: int
    created_at: datetime
    updated_at: datetime


class ParticipationIn(Body):
    """A new participation. Who sees the component sees the agency's tree from then on."""

    id: UUID | None = None
    component: Ref = Field(examples=["BMP-TN"])
    agency: Ref = Field(examples=["AG-TN-SFAX"])
    period: Period = Field(examples=[{"start": "2030-01-01T00:00:00Z"}])


class ParticipationChange(Body):
    """A JSON Merge Patch, mostly to end it: `{"period": {"end": "2026-01-01T00:00:00Z"}}`."""

    period: PeriodChange = keep(examples=[{"end": "2031-01-01T00:00:00Z"}])


class ParticipationQuery(Dated, ListQuery):
    """Filters of the list of participations."""

    component_id: Several[Ref] | None = Field(None, description="Participations in these components.")
    agency_id: Several[Ref] | None = Field(None, description="Participations of these agencies themselves.")
    running_at: Instant | None = Field(None, description="Running at this instant.")
