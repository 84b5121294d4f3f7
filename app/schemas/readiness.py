"""Readiness: of what was handed over to a unit, how much works and has enough qualified people (DOMAIN 5)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from app.schemas.common import OR_A_DAY, Answer, Body, Day, Ref, Related, Several, Then

By = Literal["unit_model", "unit", "model", "agency", "component", "total"]
Form = Literal["json", "jsonl", "csv", "xlsx"]

_AS_OF = (
    "Readiness at this instant of the past: items, postings and qualifications as they were. Without: now. " + OR_A_DAY
)
_KNOWN = "As it was known here at this instant: what was recorded or corrected later does not count. " + OR_A_DAY
#: Filters have the names that they have in lists, and these as well: readiness took them first, and answers show them.
_SAME = "The same filter as `{}`."
_EXPAND = "`allotment`: which pseudonyms are allotted, for rows by unit and model; needs `trainees:read`."
_FORM = "`csv`, `jsonl` or `xlsx` give the rows alone; wins over `Accept`."


class Waterfall(Answer):
    """Why `held - ready` items are not ready: each of them counts for exactly one reason. Numbers of items."""

    not_in_service: int = Field(description="Handed over, not yet in service.")
    withdrawn: int = Field(description="Withdrawn from service.")
    down_failure: int = Field(description="Down: failure.")
    down_awaiting_parts: int = Field(description="Down: awaiting parts.")
    down_under_repair: int = Field(description="Down: under repair.")
    down_planned_maintenance: int = Field(description="Down: planned maintenance.")
    down_no_consumables: int = Field(description="Down: no consumables.")
    down_external: int = Field(description="Down: a cause outside, such as power or network.")
    condition_unknown: int = Field(description="In service, and nobody has said whether it works.")
    operators_missing: int = Field(description="Functional, without a complete crew (`functional - crewed`).")
    maintainers_missing: int = Field(description="Crewed, without enough maintainers (`crewed - ready`).")


class Staffing(Answer):
    """Persons of one kind. An observer is told no number of people under 5, nor one that would give it away."""

    needed: int = Field(description="Persons that all functional items need, by *n per m items* of the model.")
    allotted: int | None = Field(description="Persons who are allotted and complete a crew. Each person counts once.")
    reserve: int | None = Field(description="Qualified persons set aside: they do not complete a crew yet.")
    missing: int | None = Field(description="Persons who would have to be trained: needed - allotted - reserve.")
    suppressed: bool = Field(description="True when numbers of people are withheld from an observer (null).")


class Allotment(Answer):
    """Who is allotted, by pseudonym. People out of the caller's sight are counted."""

    operators: list[Related]
    operators_reserve: list[Related]
    maintainers: list[Related]
    maintainers_reserve: list[Related]
    out_of_sight: int = Field(description="Persons allotted or in reserve whom the caller may not see.")


class Figures(Answer):
    """The figures of a unit and model, or of any sum of them. Numbers of items."""

    held: int = Field(description="On the books of the unit: handed over, in service or withdrawn.")
    functional: int = Field(description="In service, and up or degraded.")
    crewed: int = Field(description="As many of the functional ones as the allotted operators can crew.")
    ready: int = Field(description="As many of the crewed ones as the allotted maintainers can keep.")
    ready_confirmed: int = Field(
        description="As many of the ready ones as had their condition confirmed within `confirmation_days`."
    )
    waterfall: Waterfall
    operators: Staffing | None = Field(
        description="Null where the question is about components: people are allotted to units, not to components."
    )
    maintainers: Staffing | None = Field(description="Null likewise.")


class ReadinessRow(Figures):
    """The figures of one group. Which of the four are set follows from `by`."""

    unit: Related | None = Field(description="Null when rows are not by unit, or for units out of the caller's sight.")
    model: Related | None = Field(description="Null when rows are not by model.")
    agency: Related | None = Field(description="With everything below it, so rows by agency contain one another.")
    component: Related | None = Field(description="Null also for all components out of the caller's sight.")
    contract: bool | None = Field(description="By unit and model: maintenance is somebody's contract, without limit.")
    allotment: Allotment | None = Field(description="By unit and model, when `expand=allotment` asks for it.")


class ReadinessOut(Answer):
    """Readiness at a moment, in total and by group. The total is over everything asked for."""

    as_of: datetime | None = Field(description="The instant asked about; null: now.")
    known_at: datetime | None = Field(description="The state of knowledge asked about; null: now.")
    on: date = Field(description="The day (UTC) on which postings, qualifications and support count.")
    confirmation_days: int = Field(description="Days for which a confirmation of condition counts as recent.")
    by: By
    total: Figures
    rows: list[ReadinessRow]


class SiteReadinessOut(Answer):
    """Readiness of what stands at a site, with the people who are posted to it."""

    site: Related
    as_of: datetime | None
    known_at: datetime | None
    on: date
    confirmation_days: int
    total: Figures
    rows: list[ReadinessRow] = Field(description="By model.")


class DemandRow(Answer):
    """Persons whom a unit would have to send to a course so that every functional item is crewed and kept."""

    unit: Related
    course: Related | None = Field(description="The narrowest course that qualifies; null: the catalogue has none.")
    kind: Literal["operator", "maintainer"]
    models: list[Related] = Field(description="The models for which people are missing.")
    now: int | None = Field(description="Persons missing today.")
    by_until: int | None = Field(description="Persons missing on `until`, if nobody is trained until then.")
    suppressed: bool = Field(description="True when numbers under 5 are withheld from an observer (null).")


class DemandTotal(Answer):
    """All rows together."""

    now: int | None
    by_until: int | None


class DemandOut(Answer):
    """Training demand: whom readiness lacks, today and when qualifications have expired."""

    on: date
    until: date
    total: DemandTotal
    rows: list[DemandRow]


class MomentQuery(Body):
    """About the world at an instant, and about what was known at an instant (DOMAIN 3, Time)."""

    as_of: Then | None = Field(None, description=_AS_OF)
    known_at: Then | None = Field(None, description=_KNOWN)


class UnitsQuery(Body):
    """Filters that name units. Ids or references; several values mean any of them."""

    unit_id: Several[Ref] | None = Field(None, description="These units.")
    agency_id: Several[Ref] | None = Field(None, description="All units below these agencies.")
    unit: Several[Ref] | None = Field(None, description=_SAME.format("unit_id"))
    agency: Several[Ref] | None = Field(None, description=_SAME.format("agency_id"))

    def given(self, name: str) -> tuple[str, Any]:
        """What a filter was given, behind the name by which it was: `unit_id` or `unit`."""
        other = name.removesuffix("_id")
        value = getattr(self, other)
        return (name, getattr(self, name)) if value is None else (other, value)

    @model_validator(mode="after")
    def _by_one_name(self) -> Self:
        for name in type(self).model_fields:
            other = name.removesuffix("_id")
            if name != other and getattr(self, name) is not None and getattr(self, other) is not None:
                raise ValueError(f"`{name}` and `{other}` are one filter: give it once")
        return self


class ReadinessQuery(UnitsQuery, MomentQuery):
    """What readiness is asked about. Ids or references; several values mean any of them."""

    component_id: Several[Ref] | None = Field(
        None, description="Items of these components only, wherever they are; people are allotted over all items."
    )
    programme_id: Ref | None = Field(None, description="Items of the components of this programme only.")
    model_id: Several[Ref] | None = Field(None, description="These models; people are allotted over all models.")
    component: Several[Ref] | None = Field(None, description=_SAME.format("component_id"))
    programme: Ref | None = Field(None, description=_SAME.format("programme_id"))
    model: Several[Ref] | None = Field(None, description=_SAME.format("model_id"))
    by: By | None = Field(
        None,
        description="How rows are grouped. Default: `component` where only a programme or components are asked for, "
        "else `unit_model`.",
    )
    expand: Several[Literal["allotment"]] | None = Field(None, description=_EXPAND)
    format: Form | None = Field(None, description=_FORM)

    @property
    def of_components(self) -> bool:
        """Whether components or a programme are asked for."""
        return any(self.given(name)[1] for name in ("component_id", "programme_id"))

    @model_validator(mode="after")
    def _allotment_is_of_units(self) -> Self:
        if self.expand and (self.of_components or self.by not in {None, "unit_model"}):
            raise ValueError("people are allotted to units and models: ask without component, programme and `by`")
        return self


class SiteReadinessQuery(MomentQuery):
    """What readiness of a site takes."""

    expand: Several[Literal["allotment"]] | None = Field(None, description=_EXPAND)
    format: Form | None = Field(None, description=_FORM)


class DemandQuery(UnitsQuery):
    """What training demand takes."""

    until: Day | None = Field(
        None, description="Later day: qualifications and postings that end before it are gone. Default: 180 days ahead."
    )
    format: Form | None = Field(None, description=_FORM)
