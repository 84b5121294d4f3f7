"""Training: the life of a record, what completion takes, and the qualifications that follow (DOMAIN 4).

A record is one trainee in one session. Its table has the same shape as equipment's: `decide` is the one door, the table
is published, and guards are names of facts. Attendance and results are entered while a record is open; completion is
decided over them when the session is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from app.domain.access import Scope
from app.domain.errors import Fault, Rejected, RequirementsMissing, TransitionNotAllowed
from app.domain.persons import Bonds, check_second_person
from app.domain.requirements import RequirementKind, guarding
from app.domain.time import Period, add_months


class RecordStage(StrEnum):
    """Where a trainee stands in a session."""

    NOMINATED = "nominated"
    VETTED = "vetted"
    ENROLLED = "enrolled"
    ATTENDED = "attended"
    COMPLETED = "completed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    EXCLUDED = "excluded"


class RecordAction(StrEnum):
    """What can be done to a record."""

    VET = "vet"
    ENROL = "enrol"
    ATTEND = "attend"
    COMPLETE = "complete"
    FAIL = "fail"
    WITHDRAW = "withdraw"
    EXCLUDE = "exclude"


class CourseKind(StrEnum):
    """What a course is for."""

    OPERATION = "operation"
    OPERATOR_MAINTENANCE = "operator_maintenance"
    TECHNICAL_MAINTENANCE = "technical_maintenance"
    SUPERVISION = "supervision"
    TRAINER = "trainer"
    RIGHTS = "rights"


class QualificationKind(StrEnum):
    """What a person may do with a model. First-level maintainers count as maintainers."""

    OPERATOR = "operator"
    MAINTAINER = "maintainer"


#: What completing a course of each kind qualifies for; the others qualify nobody.
GIVES: Mapping[CourseKind, tuple[QualificationKind, ...]] = {
    CourseKind.OPERATION: (QualificationKind.OPERATOR,),
    CourseKind.OPERATOR_MAINTENANCE: (QualificationKind.OPERATOR, QualificationKind.MAINTAINER),
    CourseKind.TECHNICAL_MAINTENANCE: (QualificationKind.MAINTAINER,),
    CourseKind.SUPERVISION: (),
    CourseKind.TRAINER: (),
    CourseKind.RIGHTS: (),
}


@dataclass(frozen=True, slots=True)
class Course:
    """The rules of a course in one version. Marks and attendance in per cent; validity None is without end.

    The assessment is the post-test, and with `practical_required` the practical too; each has to reach `pass_mark`. A
    pass mark of 0 asks for no assessment. `covers` are models or types: `("model", id)` or `("type", id)`.
    """

    kind: CourseKind
    pass_mark: int = 60
    minimum_attendance: int = 80
    practical_required: bool = False
    rights_required: bool = True
    validity_months: int | None = None
    covers: tuple[tuple[Literal["model", "type"], UUID], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """The facts of one record. Attendance in half-days, results in per cent, None where there is none yet."""

    stage: RecordStage = RecordStage.NOMINATED
    half_days_attended: int | None = None
    pre_test: int | None = None
    post_test: int | None = None
    practical: int | None = None
    rights_module_done: bool = False
    completed_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What the service has looked up: the course, the session, and the unit's enforced requirements that are not met.

    `on` is the day on which it happens.
    """

    course: Course
    half_days: int
    session_closed: bool
    on: date
    missing_requirements: frozenset[RequirementKind] = frozenset()


@dataclass(frozen=True, slots=True)
class RecordTransition:
    """One step, with the facts that must hold and the fields that it needs."""

    to: RecordStage
    scope: Scope
    guards: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


_WITHDRAW = RecordTransition(RecordStage.WITHDRAWN, Scope.TRAINEES_NOMINATE, required=("reason",))
_EXCLUDE = RecordTransition(RecordStage.EXCLUDED, Scope.TRAINING_WRITE, required=("reason",))
#: What completion needs (DOMAIN 4); otherwise attendance is all that can be certified.
_COMPLETION = ("session_closed", "attendance_met", "assessment_passed", "rights_module_done", *guarding("complete"))
#: Without an outcome.
OPEN = (RecordStage.NOMINATED, RecordStage.VETTED, RecordStage.ENROLLED, RecordStage.ATTENDED)

RECORD_TRANSITIONS: Mapping[tuple[RecordStage, RecordAction], RecordTransition] = {
    (RecordStage.NOMINATED, RecordAction.VET): RecordTransition(RecordStage.VETTED, Scope.TRAINING_WRITE),
    (RecordStage.VETTED, RecordAction.ENROL): RecordTransition(RecordStage.ENROLLED, Scope.TRAINING_WRITE),
    (RecordStage.ENROLLED, RecordAction.ATTEND): RecordTransition(
        RecordStage.ATTENDED, Scope.TRAINING_WRITE, guards=("attendance_recorded",)
    ),
    (RecordStage.ATTENDED, RecordAction.COMPLETE): RecordTransition(
        RecordStage.COMPLETED, Scope.TRAINING_WRITE, guards=_COMPLETION
    ),
    (RecordStage.ATTENDED, RecordAction.FAIL): RecordTransition(
        RecordStage.FAILED, Scope.TRAINING_WRITE, guards=("session_closed", "not_passed")
    ),
    **{(stage, RecordAction.WITHDRAW): _WITHDRAW for stage in OPEN},
    **{(stage, RecordAction.EXCLUDE): _EXCLUDE for stage in OPEN},
}

#: Stages in which attendance and results may be entered or changed.
RESULTS_OPEN = frozenset({RecordStage.ENROLLED, RecordStage.ATTENDED})

#: Nothing here says anything about anybody's health or conduct beyond what the outcome needs.
RECORD_REASONS: Mapping[RecordAction, tuple[str, ...]] = {
    RecordAction.WITHDRAW: ("by_trainee", "by_agency", "posted_elsewhere", "other"),
    RecordAction.EXCLUDE: ("vetting_refused", "not_eligible", "no_show", "rules_broken", "other"),
}


def attendance_met(attended: int | None, half_days: int, minimum: int) -> bool:
    """True when the half-days attended reach the minimum (per cent) of those held; exact, without rounding."""
    return half_days > 0 and (attended or 0) * 100 >= minimum * half_days


def assessment_passed(record: Record, course: Course) -> bool:
    """The assessment rule of the course; what was not taken is not passed."""
    if course.pass_mark == 0:
        return True
    asked = [record.post_test, record.practical] if course.practical_required else [record.post_test]
    return all(mark is not None and mark >= course.pass_mark for mark in asked)


def _attendance_met(record: Record, facts: RecordFacts) -> bool:
    return attendance_met(record.half_days_attended, facts.half_days, facts.course.minimum_attendance)


def _rights_done(record: Record, facts: RecordFacts) -> bool:
    return record.rights_module_done or not facts.course.rights_required


def _passed(record: Record, facts: RecordFacts) -> bool:
    return _attendance_met(record, facts) and assessment_passed(record, facts.course) and _rights_done(record, facts)


def _requirement(kind: RequirementKind) -> Callable[[Record, RecordFacts], bool]:
    return lambda _record, facts: kind not in facts.missing_requirements


RECORD_GUARDS: Mapping[str, Callable[[Record, RecordFacts], bool]] = {
    "attendance_recorded": lambda record, _facts: (record.half_days_attended or 0) > 0,
    "session_closed": lambda _record, facts: facts.session_closed,
    "attendance_met": _attendance_met,
    "assessment_passed": lambda record, facts: assessment_passed(record, facts.course),
    "rights_module_done": _rights_done,
    "not_passed": lambda record, facts: not _passed(record, facts),
    **{kind.value: _requirement(kind) for kind in guarding("complete")},
}


def legal_record_actions(stage: RecordStage) -> tuple[RecordAction, ...]:
    """The actions that the graph knows from a stage, guards aside."""
    return tuple(action for action in RecordAction if (stage, action) in RECORD_TRANSITIONS)


def missing_for(record: Record, action: RecordAction, facts: RecordFacts) -> tuple[str, ...]:
    """The guards of a step that do not hold, by name. Raises KeyError when the graph has no such step."""
    guards = RECORD_TRANSITIONS[record.stage, action].guards
    return tuple(name for name in guards if not RECORD_GUARDS[name](record, facts))


def decide_record(record: Record, action: RecordAction, payload: Mapping[str, Any], facts: RecordFacts) -> Record:
    """The record after a step. `payload` holds a `reason` (a code of `RECORD_REASONS`) where the step needs one.

    Raises TransitionNotAllowed (`stage`, `action`, `legal`), Rejected, RequirementsMissing (`action`, `missing`).
    """
    transition = RECORD_TRANSITIONS.get((record.stage, action))
    if transition is None:
        legal = [legal.value for legal in legal_record_actions(record.stage)]
        raise TransitionNotAllowed(
            f"A record that is {record.stage} cannot {action}.",
            stage=record.stage.value,
            action=action.value,
            legal=legal,
        )
    reason = _read_reason(action, transition, payload)
    blocked = missing_for(record, action, facts)
    if blocked:
        raise RequirementsMissing(
            f"{action} is blocked; missing: {', '.join(blocked)}.", action=action.value, missing=list(blocked)
        )
    completed_on = facts.on if transition.to is RecordStage.COMPLETED else None
    return replace(record, stage=transition.to, reason=reason, completed_on=completed_on)


def _read_reason(action: RecordAction, transition: RecordTransition, payload: Mapping[str, Any]) -> str | None:
    faults = [
        Fault(f"/{name}", "unknown_field", "This step takes no such field.")
        for name in payload
        if name not in transition.required
    ]
    reason = payload.get("reason") if transition.required else None
    if transition.required and reason is None:
        faults.append(Fault("/reason", "missing", "This step needs a reason."))
    elif transition.required and reason not in RECORD_REASONS[action]:
        faults.append(Fault("/reason", "unknown_value", f"One of: {', '.join(RECORD_REASONS[action])}."))
    if faults:
        raise Rejected(faults)
    return None if reason is None else str(reason)


def check_results(record: Record, half_days: int) -> None:
    """Refuse results that cannot be: entered too early or late, more half-days than were held, marks beyond 100."""
    faults = []
    if record.stage not in RESULTS_OPEN:
        faults.append(Fault("/stage", "results_closed", "Results are entered while a trainee is enrolled or attended."))
    if record.half_days_attended is not None and not 0 <= record.half_days_attended <= half_days:
        faults.append(Fault("/half_days_attended", "out_of_range", f"The session has {half_days} half-days."))
    for name in ("pre_test", "post_test", "practical"):
        mark = getattr(record, name)
        if mark is not None and not 0 <= mark <= 100:  # noqa: PLR2004  per cent
            faults.append(Fault(f"/{name}", "out_of_range", "A mark is between 0 and 100."))
    if faults:
        raise Rejected(faults)


def certifiable(record: Record, facts: RecordFacts) -> Literal["completion", "attendance"] | None:
    """What may be certified: completion; at most attendance, when the minimum was reached and the session is closed."""
    if record.stage is RecordStage.COMPLETED:
        return "completion"
    attended = record.stage in {RecordStage.ATTENDED, RecordStage.FAILED} and facts.session_closed
    return "attendance" if attended and _attendance_met(record, facts) else None


@dataclass(frozen=True, slots=True)
class Qualification:
    """A person may operate or maintain a model, or all models of a type, in `[from, until)`.

    `prior` ones were recognised with evidence and are counted apart; `revoked_on` is the first day it no longer holds.
    """

    person_id: UUID
    kind: QualificationKind
    covers: tuple[Literal["model", "type"], UUID]
    valid: Period[date]
    source: Literal["record", "prior"]
    record_id: UUID | None = None
    revoked_on: date | None = None

    def holds(self, on: date) -> bool:
        """True on the days it is valid and not yet revoked."""
        return self.valid.contains(on) and (self.revoked_on is None or on < self.revoked_on)


def derive(person_id: UUID, record_id: UUID, record: Record, course: Course) -> list[Qualification]:
    """The qualifications that a completed record gives, one per model or type and kind; none for other records."""
    if record.stage is not RecordStage.COMPLETED or record.completed_on is None:
        return []
    months = course.validity_months
    valid = Period(record.completed_on, None if months is None else add_months(record.completed_on, months))
    return [
        Qualification(person_id, kind, covers, valid, "record", record_id)
        for covers in course.covers
        for kind in GIVES[course.kind]
    ]


def check_recognition(proposed_by: UUID, recognised_by: UUID, evidence: str | None, bonds: Bonds) -> None:
    """A prior qualification is recognised with evidence, by somebody other than who proposed it.

    Raises Rejected, or what `check_second_person` raises.
    """
    if not (evidence and evidence.strip()):
        raise Rejected.at("/evidence", "evidence_required", "A prior qualification is recognised with evidence.")
    sentence = "A prior qualification is recognised by somebody other than who proposed it."
    check_second_person(recognised_by, proposed_by, bonds, sentence)


def qualified(qualifications: Iterable[Qualification], on: date) -> dict[UUID, dict[QualificationKind, set[UUID]]]:
    """Who holds what on a day: person → kind → models and types covered."""
    found: dict[UUID, dict[QualificationKind, set[UUID]]] = {}
    for qualification in qualifications:
        if qualification.holds(on):
            kinds = found.setdefault(qualification.person_id, {})
            kinds.setdefault(qualification.kind, set()).add(qualification.covers[1])
    return found


def record_workflow() -> dict[str, Any]:
    """The graph as data, for `/meta/workflows`."""
    return {
        "resource": "training_records",
        "initial": RecordStage.NOMINATED.value,
        "final": [stage.value for stage in RecordStage if not legal_record_actions(stage)],
        "states": [stage.value for stage in RecordStage],
        "transitions": [
            {
                "from": stage.value,
                "action": action.value,
                "to": transition.to.value,
                "scope": transition.scope.value,
                "guards": list(transition.guards),
                "required": list(transition.required),
            }
            for (stage, action), transition in RECORD_TRANSITIONS.items()
        ],
        "codes": [
            {"action": action.value, "field": "reason", "values": list(words)}
            for action, words in RECORD_REASONS.items()
        ],
    }
