"""Training demand: whom readiness lacks, by course and unit, now and when qualifications expire (DOMAIN 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.domain.readiness import Line
from app.domain.training import GIVES, CourseKind, QualificationKind


@dataclass(frozen=True, slots=True)
class Offer:
    """A course that is given, with the models that it qualifies for (those of its types included)."""

    course_id: UUID
    reference: str
    kind: CourseKind
    models: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Demand:
    """Persons whom a unit would have to send to a course so that every functional item can be crewed and kept.

    `by_horizon` counts those missing on the later day if nobody is trained until then. Without a course that would
    qualify them `course_id` is None: the catalogue has a gap.
    """

    unit_id: UUID
    course_id: UUID | None
    kind: QualificationKind
    model_ids: tuple[UUID, ...]
    now: int
    by_horizon: int


def best_offer(offers: Iterable[Offer], model_id: UUID, kind: QualificationKind) -> UUID | None:
    """The course for a model and kind: the one that qualifies for the fewest kinds, then for the fewest models.

    Ties go to the lowest reference. A person who lacks one thing is not sent to a course that teaches three.
    """
    fitting = [offer for offer in offers if kind in GIVES[offer.kind] and model_id in offer.models]
    if not fitting:
        return None
    return min(fitting, key=lambda o: (len(GIVES[o.kind]), len(o.models), o.reference, o.course_id.int)).course_id


def training_demand(now: Iterable[Line], later: Iterable[Line], offers: Iterable[Offer]) -> list[Demand]:
    """The demand per unit, course and kind, in the order of unit id, reference of the course and kind.

    `now` and `later` are readiness on two days over the same items: people of the later day are those whose
    qualifications and postings still hold then. Each missing person is counted for one model, since people are
    allotted once per kind. A contract of maintenance and a need of nobody give no demand.
    """
    offers = list(offers)
    references = {offer.course_id: offer.reference for offer in offers}
    gaps: dict[tuple[UUID, UUID, QualificationKind], list[int]] = {}
    for place, lines in enumerate((now, later)):
        for line in lines:
            for kind, crew in (
                (QualificationKind.OPERATOR, line.operators),
                (QualificationKind.MAINTAINER, line.maintainers),
            ):
                if crew.short > 0:
                    gaps.setdefault((line.unit_id, line.model_id, kind), [0, 0])[place] += crew.short
    courses = {(model, kind): best_offer(offers, model, kind) for _unit, model, kind in gaps}
    sums: dict[tuple[UUID, UUID | None, QualificationKind], tuple[list[UUID], list[int]]] = {}
    for (unit, model, kind), (today, then) in gaps.items():
        models, counts = sums.setdefault((unit, courses[model, kind], kind), ([], [0, 0]))
        models.append(model)
        counts[0] += today
        counts[1] += then
    found = [
        Demand(unit, course, kind, tuple(sorted(models, key=lambda model: model.int)), counts[0], counts[1])
        for (unit, course, kind), (models, counts) in sums.items()
    ]
    return sorted(
        found, key=lambda d: (d.unit_id.int, d.course_id is None, references.get(d.course_id or d.unit_id, ""), d.kind)
    )
