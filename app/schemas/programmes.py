"""Programmes: funded actions with their outcomes, funding facts, and what they enforce (DOMAIN 1)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.domain.requirements import RequirementKind
from app.schemas.common import (
    Answer,
    Body,
    Code,
    DatedQuery,
    Day,
    LongText,
    Money,
    Names,
    NamesChange,
    NamesOut,
    Several,
    Text,
    Truth,
    keep,
)

ProgrammeStatus = Literal["planned", "running", "closed"]
Step = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,49}$")]


class Outcome(Body):
    """What the programme is to bring about."""

    code: Step = Field(examples=["equipment"])
    names: Names


class OutcomeOut(Answer):
    """What the programme is to bring about."""

    code: str
    names: NamesOut


class FundingFact(Body):
    """One fact about money: who gives how much, under which reference."""

    source: Text = Field(examples=["EU Emergency Trust Fund for Africa, North of Africa window"])
    reference: Text | None = Field(None, examples=["T05-EUTF-NOA-REG-07"])
    amount: Money | None = None
    note: LongText | None = None


class FundingFactOut(Answer):
    """One fact about money."""

    source: str
    reference: str | None
    amount: Money | None
    note: str | None


class ProgrammeOut(Answer):
    """A funded action."""

    id: UUID
    reference: str
    label: str
    names: NamesOut
    status: ProgrammeStatus
    starts_on: date | None
    ends_on: date | None = Field(description="The last day.")
    outcomes: list[OutcomeOut]
    funding: list[FundingFactOut]
    enforced_requirements: list[RequirementKind]
    approvers_from_different_organisations: bool
    proof_threshold: Money = Field(description="Proof of transfer is reported for items above this price (DOMAIN 3).")
    warranty_days: int
    version: int
    created_at: datetime
    updated_at: datetime


class _Span(Body):
    @model_validator(mode="after")
    def _in_order(self) -> Self:
        first, last = getattr(self, "starts_on", None), getattr(self, "ends_on", None)
        if first is not None and last is not None and last < first:
            raise ValueError("`ends_on` must not be before `starts_on`")
        return self


Outcomes = Annotated[list[Outcome], Field(max_length=50)]
Funding = Annotated[list[FundingFact], Field(max_length=50)]
Enforced = Annotated[
    list[RequirementKind],
    Field(max_length=50, description="Which kinds of requirements guard its steps; the others are only recorded."),
]
WarrantyDays = Annotated[int, Field(ge=0, le=36_500)]


class ProgrammeIn(_Span):
    """A new programme. All kinds of requirements are enforced unless it says otherwise."""

    id: UUID | None = None
    reference: Code = Field(examples=["BMP-SAHEL"])
    names: Names = Field(examples=[{"en": "Synthetic border programme"}])
    status: ProgrammeStatus = "planned"
    starts_on: Day | None = Field(None, examples=["2027-01-01"])
    ends_on: Day | None = None
    outcomes: Outcomes = Field(default=[])
    funding: Funding = Field(default=[])
    enforced_requirements: Enforced = Field(default_factory=lambda: list(RequirementKind))
    approvers_from_different_organisations: Truth = False
    proof_threshold: Money = Field(
        default=Money(amount="5000.00", currency="EUR"),
        description="In EUR.",
        examples=[{"amount": "5000.00", "currency": "EUR"}],
    )
    warranty_days: WarrantyDays = 365


class ProgrammeChange(_Span):
    """A JSON Merge Patch: what is absent stays, null empties. Lists are replaced whole."""

    names: NamesChange = keep(examples=[{"it": "Programma"}])
    status: ProgrammeStatus = keep()
    starts_on: Day | None = None
    ends_on: Day | None = None
    outcomes: Outcomes = keep()
    funding: Funding = keep()
    enforced_requirements: Enforced = keep()
    approvers_from_different_organisations: Truth = keep()
    proof_threshold: Money = keep(description="In EUR.", examples=[{"amount": "5000.00", "currency": "EUR"}])
    warranty_days: WarrantyDays = keep()


class ProgrammeQuery(DatedQuery):
    """Filters of the list of programmes."""

    status: Several[ProgrammeStatus] | None = Field(None, description="Programmes in these states.")
