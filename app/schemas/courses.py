"""Courses: what they cover, their hours, what passing takes, how long it lasts (DOMAIN 4)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.schemas.common import (
    Answer,
    Body,
    Code,
    DatedQuery,
    Language,
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

CourseKind = Literal["operation", "operator_maintenance", "technical_maintenance", "supervision", "trainer", "rights"]
Hours = Annotated[int, Field(ge=0, le=2000)]
Percent = Annotated[int, Field(ge=0, le=100)]
ValidityMonths = Annotated[
    int, Field(ge=1, le=600, description="How long a qualification from it lasts; null: without end.")
]
SqfLevel = Annotated[
    int, Field(ge=1, le=8, description="Level of the sectoral qualifications framework for border guarding.")
]
Languages = Annotated[list[Language], Field(min_length=1, max_length=4)]


class Cover(Body):
    """A model, or a whole type, that the course qualifies for."""

    model: Ref | None = Field(None, examples=["MOD-COM-RADIO-1"])
    type: Ref | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.model is None) == (self.type is None):
            raise ValueError("a cover has to name either a model or a type")
        return self


Covers = Annotated[list[Cover], Field(max_length=200)]


class CoverOut(Related):
    """A model, or a whole type, that the course qualifies for."""

    kind: Literal["model", "type"]


class CourseOut(Answer):
    """A course in one edition. Its reference means the last edition; older ones are found by id."""

    id: UUID
    reference: str
    edition: int
    label: str
    names: NamesOut
    kind: CourseKind
    covers: list[CoverOut]
    hours_theory: int
    hours_practice: int
    hours_rights: int
    pass_mark: int
    minimum_attendance: int
    practical_required: bool
    rights_required: bool
    validity_months: int | None
    sqf_level: int | None
    languages: list[Language]
    active: bool
    external_id: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class CourseIn(Body):
    """A new course, in its first edition."""

    id: UUID | None = None
    reference: Code = Field(examples=["CRS-COM-RADIO-901"])
    names: Names = Field(examples=[{"en": "Operating portable radios", "fr": "Utilisation des radios portatives"}])
    kind: CourseKind = Field(examples=["operation"])
    covers: Covers = Field(default=[], examples=[[{"type": "COM-RADIO"}]])
    hours_theory: Hours = Field(0, examples=[12])
    hours_practice: Hours = Field(0, examples=[12])
    hours_rights: Hours = Field(0, examples=[2])
    pass_mark: Percent = Field(60, description="In percent.")
    minimum_attendance: Percent = Field(80, description="In percent of half-days.")
    practical_required: Truth = False
    rights_required: Truth = True
    validity_months: ValidityMonths | None = Field(None, examples=[24])
    sqf_level: SqfLevel | None = None
    languages: Languages = Field(examples=[["fr", "ar"]])
    external_id: Text | None = None


class CourseChange(Body):
    """A JSON Merge Patch. What the course covers, takes and gives changes by a new edition only."""

    names: NamesChange = keep(examples=[{"it": "Usare le radio"}])
    languages: Languages = keep()
    active: Truth = keep()
    external_id: Text | None = None


class EditionIn(Body):
    """A new edition: what is absent is as in the last one. Sessions and qualifications keep the edition they had."""

    id: UUID | None = None
    names: NamesChange = keep(examples=[{"it": "Usare le radio"}])
    covers: Covers = keep()
    hours_theory: Hours = keep(examples=[14])
    hours_practice: Hours = keep()
    hours_rights: Hours = keep()
    pass_mark: Percent = keep()
    minimum_attendance: Percent = keep()
    practical_required: Truth = keep()
    rights_required: Truth = keep()
    validity_months: ValidityMonths | None = None
    sqf_level: SqfLevel | None = None
    languages: Languages = keep()
    external_id: Text | None = None


class CourseQuery(DatedQuery):
    """Filters of the list of courses."""

    kind: Several[CourseKind] | None = Field(None, description="Courses of these kinds.")
    reference: Several[Code] | None = Field(None, description="All editions of the courses with these references.")
    model_id: Several[Ref] | None = Field(None, description="Covers the model, itself or by its type.")
    type_id: Several[Ref] | None = Field(None, description="Covers the whole type.")
    active: bool | None = Field(None, description="True: courses that are still given; false: the others.")
    external_id: Several[Text] | None = Field(None, description="Courses with one of these numbers of another system.")
