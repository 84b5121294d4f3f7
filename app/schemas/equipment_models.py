"""Equipment models: a maker's model, what it needs of people, its tests and its maintenance (DOMAIN 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.schemas.common import (
    Answer,
    Body,
    Code,
    DatedQuery,
    LongText,
    Names,
    NamesChange,
    NamesOut,
    Ref,
    Related,
    Several,
    Text,
    Truth,
    Words,
    keep,
    sought,
)
from app.schemas.equipment_types import EquipmentDomain

Step = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,49}$")]
Days = Annotated[int, Field(ge=0, le=36_500)]
Months = Annotated[int, Field(ge=1, le=1200)]
Priority = Annotated[
    int, Field(ge=1, le=10_000, description="People are allotted to models in this order, the lowest first.")
]


class People(Body):
    """So many persons for so many items: `{"persons": 1, "items": 2}` is one person for every two items."""

    persons: int = Field(ge=0, le=1000, description="0: none are needed.")
    items: int = Field(1, ge=1, le=1000)


class PeopleOut(Answer):
    """So many persons for so many items."""

    persons: int
    items: int


class AcceptanceTest(Body):
    """One step of the acceptance test of an item."""

    code: Step = Field(examples=["range_test"])
    text: LongText = Field(examples=["Reaches the harbour office from five nautical miles."])
    required: Truth = True


class MaintenanceTask(Body):
    """What is done regularly: by the calendar, by the meter, or whichever comes first."""

    code: Step = Field(examples=["battery_check"])
    text: LongText = Field(examples=["Check capacity of the batteries."])
    every_months: Annotated[int, Field(ge=1, le=600)] | None = Field(None, examples=[6])
    every_units: Annotated[int, Field(ge=1, le=10_000_000)] | None = Field(
        None, description="Of the item's meter: hours or kilometres."
    )

    @model_validator(mode="after")
    def _regular(self) -> Self:
        if self.every_months is None and self.every_units is None:
            raise ValueError("a task needs `every_months`, `every_units` or both")
        return self


Tests = Annotated[list[AcceptanceTest], Field(max_length=100)]
Tasks = Annotated[list[MaintenanceTask], Field(max_length=100)]


class EquipmentModelOut(Answer):
    """A maker's model."""

    id: UUID
    reference: str
    label: str
    names: NamesOut
    type: Related
    manufacturer: str
    model_number: str | None
    controlled: bool
    control_reference: str | None = Field(description="Where the list of controlled goods names it.")
    useful_life_months: int | None
    warranty_days: int
    operators: PeopleOut
    maintainers: PeopleOut
    priority: int
    external_id: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class QualifyingCourse(Related):
    """A course that qualifies for the model, itself or by its type."""

    edition: int
    kind: str


class EquipmentModelDetail(EquipmentModelOut):
    """A model with its tests, its maintenance and the active courses that qualify for it."""

    acceptance_tests: list[AcceptanceTest]
    maintenance_plan: list[MaintenanceTask]
    courses: list[QualifyingCourse]


class EquipmentModelIn(Body):
    """A new model."""

    id: UUID | None = None
    reference: Code = Field(examples=["MOD-COM-RADIO-901"])
    names: Names = Field(examples=[{"en": "Synthetic Radio 901", "fr": "Radio synthétique 901"}])
    type: Ref = Field(examples=["COM-RADIO"])
    manufacturer: Text = Field(examples=["Synthetic Radios"])
    model_number: Text | None = Field(None, examples=["SR-901"])
    controlled: Truth = False
    control_reference: Text | None = Field(None, examples=["5A002"])
    useful_life_months: Months | None = Field(None, examples=[96])
    warranty_days: Days = 365
    operators: People = Field(default=People(persons=1), examples=[{"persons": 1, "items": 2}])
    maintainers: People = Field(default=People(persons=0), examples=[{"persons": 1, "items": 20}])
    priority: Priority = 100
    acceptance_tests: Tests = Field(default=[])
    maintenance_plan: Tasks = Field(default=[])
    external_id: Text | None = None


class EquipmentModelChange(Body):
    """A JSON Merge Patch: what is absent stays, null empties. Lists are replaced whole."""

    names: NamesChange = keep(examples=[{"it": "Radio sintetica"}])
    manufacturer: Text = keep()
    model_number: Text | None = None
    controlled: Truth = keep()
    control_reference: Text | None = None
    useful_life_months: Months | None = None
    warranty_days: Days = keep()
    operators: People = keep()
    maintainers: People = keep()
    priority: Priority = keep()
    acceptance_tests: Tests = keep()
    maintenance_plan: Tasks = keep()
    external_id: Text | None = None


class EquipmentModelQuery(DatedQuery):
    """Filters of the list of models."""

    q: Words | None = sought(
        "anywhere in a name, in any of the four languages, in the reference, or in manufacturer and model number"
    )
    type_id: Several[Ref] | None = Field(None, description="Models of these types.")
    domain: Several[EquipmentDomain] | None = Field(None, description="Models whose type is of one of these domains.")
    manufacturer: Several[Text] | None = Field(None, description="Models of exactly these manufacturers.")
    controlled: bool | None = Field(
        None, description="True: models that a list of controlled goods names; false: the others."
    )
    external_id: Several[Text] | None = Field(None, description="Models with one of these numbers of another system.")
