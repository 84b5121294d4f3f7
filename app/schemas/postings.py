"""Postings: a trainee serves at a unit from one day to another, never at two at once (DOMAIN 2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.schemas.common import Answer, Body, Day, Days, DaysChange, DaysOut, ListQuery, Ref, Related, Several, keep
from app.schemas.trainees import MoveIn

__all__ = ["MoveIn", "PostingChange", "PostingIn", "PostingOut", "PostingQuery"]


class PostingOut(Answer):
    """Where a trainee serves, from when to when."""

    id: UUID
    trainee: Related
    unit: Related | None
    site: Related | None
    period: DaysOut
    version: int
    created_at: datetime
    updated_at: datetime


class PostingIn(Body):
    """A new posting. It may not overlap with another one of the same trainee."""

    id: UUID | None = None
    trainee: UUID = Field(
        description="The trainee's pseudonym: the id, not the short label.",
        examples=["7d0f3a52-5c1e-4b7a-9a54-2f6f0c9d1e11"],
    )
    unit: Ref = Field(examples=["AG-TN-SFAX"])
    site: Ref | None = Field(None, examples=["SITE-TNSFA"], description="A site of that unit.")
    period: Days = Field(examples=[{"start": "2026-01-01"}])


class PostingChange(Body):
    """A JSON Merge Patch. The unit stays: another unit is another posting (`move`)."""

    site: Ref | None = None
    period: DaysChange = keep(examples=[{"end": "2027-01-01"}])


class PostingQuery(ListQuery):
    """Filters of the list of postings."""

    trainee_id: Several[UUID] | None = Field(None, description="Postings of these trainees, by pseudonym.")
    unit_id: Several[Ref] | None = Field(None, description="Postings to these units themselves.")
    site_id: Several[Ref] | None = Field(None, description="Postings to these sites.")
    below: Several[Ref] | None = Field(None, description="At units of these agencies and everything below them.")
    on: Day | None = Field(None, description="Running on that day.")
