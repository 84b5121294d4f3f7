from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import (
    Rejected,
    RequirementsMissing,
    SecondPersonNotIndependent,
    SeparationOfDuties,
    TransitionNotAllowed,
)
from app.domain.persons import Bonds
from app.domain.requirements import RequirementKind
from app.domain.time import Period
from app.domain.training import (
    GIVES,
    RECORD_GUARDS,
    RECORD_REASONS,
    RECORD_TRANSITIONS,
    Course,
    CourseKind,
    Qualification,
    QualificationKind,
    Record,
    RecordAction,
    RecordFacts,
    RecordStage,
    attendance_met,
    certifiable,
    check_recognition,
    check_results,
    decide_record,
    derive,
    legal_record_actions,
    missing_for,
    qualified,
    record_workflow,
)

ON = date(2026, 5, 31)
BOAT, RADIOS = UUID(int=1), UUID(int=2)
PERSON, RECORD = UUID(int=3), UUID(int=4)
COURSE = Course(
    CourseKind.OPERATOR_MAINTENANCE,
    validity_months=24,
    covers=(("model", BOAT), ("type", RADIOS)),
    practical_required=True,
)
FACTS = RecordFacts(COURSE, half_days=10, session_closed=True, on=ON)
ATTENDED = Record(
    RecordStage.ATTENDED, half_days_attended=8, pre_test=20, post_test=60, practical=75, rights_module_done=True
)


def test_the_graph_is_the_one_of_the_domain() -> None:
    arrows = {(s.value, a.value, t.to.value) for (s, a), t in RECORD_TRANSITIONS.items()}
    assert arrows == {
        ("nominated", "vet", "vetted"),
        ("vetted", "enrol", "enrolled"),
        ("enrolled", "attend", "attended"),
        ("attended", "complete", "completed"),
        ("attended", "fail", "failed"),
        *((s, "withdraw", "withdrawn") for s in ("nominated", "vetted", "enrolled", "attended")),
        *((s, "exclude", "excluded") for s in ("nominated", "vetted", "enrolled", "attended")),
    }
    assert {g for t in RECORD_TRANSITIONS.values() for g in t.guards} == set(RECORD_GUARDS)


@given(st.sampled_from(RecordStage), st.sampled_from(RecordAction))
def test_every_pair_either_moves_as_the_table_says_or_names_what_is_legal(
    stage: RecordStage, action: RecordAction
) -> None:
    record = replace(ATTENDED, stage=stage, post_test=10 if action is RecordAction.FAIL else 90)
    payload = {"reason": RECORD_REASONS[action][0]} if action in RECORD_REASONS else {}
    transition = RECORD_TRANSITIONS.get((stage, action))
    if transition is None:
        with pytest.raises(TransitionNotAllowed) as refused:
            decide_record(record, action, payload, FACTS)
        legal = [a.value for a in legal_record_actions(stage)]
        assert refused.value.facts == {"stage": stage.value, "action": action.value, "legal": legal}
        return
    assert decide_record(record, action, payload, FACTS) == replace(
        record,
        stage=transition.to,
        reason=payload.get("reason"),
        completed_on=ON if action is RecordAction.COMPLETE else None,
    )


def test_completion_names_everything_that_is_missing() -> None:
    facts = replace(
        FACTS,
        session_closed=False,
        missing_requirements=frozenset({RequirementKind.DUE_DILIGENCE, RequirementKind.NO_SUSPENSION}),
    )
    with pytest.raises(RequirementsMissing) as refused:
        decide_record(Record(RecordStage.ATTENDED), RecordAction.COMPLETE, {}, facts)
    assert refused.value.facts == {
        "action": "complete",
        "missing": [
            "session_closed",
            "attendance_met",
            "assessment_passed",
            "rights_module_done",
            "due_diligence",
            "no_suspension",
        ],
    }


@pytest.mark.parametrize(
    ("changes", "course", "missing"),
    [
        ({}, {}, ()),
        ({"half_days_attended": 7}, {}, ("attendance_met",)),
        ({"half_days_attended": 7}, {"minimum_attendance": 70}, ()),
        ({"post_test": 59}, {}, ("assessment_passed",)),
        ({"post_test": None}, {}, ("assessment_passed",)),
        ({"practical": 59}, {}, ("assessment_passed",)),
        ({"practical": None}, {}, ("assessment_passed",)),
        ({"practical": None}, {"practical_required": False}, ()),
        ({"post_test": None, "practical": None}, {"pass_mark": 0}, ()),
        ({"rights_module_done": False}, {}, ("rights_module_done",)),
        ({"rights_module_done": False}, {"rights_required": False}, ()),
    ],
)
def test_the_rules_of_completion(changes: dict[str, Any], course: dict[str, Any], missing: tuple[str, ...]) -> None:
    record, facts = replace(ATTENDED, **changes), replace(FACTS, course=replace(COURSE, **course))
    assert missing_for(record, RecordAction.COMPLETE, facts) == missing
    failing = () if missing else ("not_passed",)
    assert missing_for(record, RecordAction.FAIL, facts) == failing


def test_attendance_is_compared_without_rounding() -> None:
    assert attendance_met(8, 10, 80)
    assert not attendance_met(11, 14, 80)
    assert attendance_met(12, 15, 80)
    assert not attendance_met(None, 10, 1)
    assert not attendance_met(0, 0, 0)


def test_nobody_attended_without_a_half_day() -> None:
    with pytest.raises(RequirementsMissing) as refused:
        decide_record(Record(RecordStage.ENROLLED), RecordAction.ATTEND, {}, FACTS)
    assert refused.value.facts["missing"] == ["attendance_recorded"]


@pytest.mark.parametrize(
    ("action", "payload", "faults"),
    [
        ("withdraw", {}, [("/reason", "missing")]),
        ("withdraw", {"reason": "no_show"}, [("/reason", "unknown_value")]),
        ("exclude", {"reason": "no_show", "note": "x"}, [("/note", "unknown_field")]),
        ("complete", {"reason": "other"}, [("/reason", "unknown_field")]),
    ],
)
def test_wrong_fields_are_named(action: str, payload: dict[str, Any], faults: list[Any]) -> None:
    with pytest.raises(Rejected) as refused:
        decide_record(ATTENDED, RecordAction(action), payload, FACTS)
    assert [(f.pointer, f.code) for f in refused.value.faults] == faults


def test_results_are_entered_while_a_record_is_open_and_within_their_bounds() -> None:
    check_results(ATTENDED, 10)
    check_results(Record(RecordStage.ENROLLED), 0)
    wrong = replace(ATTENDED, stage=RecordStage.COMPLETED, half_days_attended=11, pre_test=-1, practical=101)
    with pytest.raises(Rejected) as refused:
        check_results(wrong, 10)
    assert [(f.pointer, f.code) for f in refused.value.faults] == [
        ("/stage", "results_closed"),
        ("/half_days_attended", "out_of_range"),
        ("/pre_test", "out_of_range"),
        ("/practical", "out_of_range"),
    ]


def test_at_most_attendance_is_certified_without_completion() -> None:
    assert certifiable(replace(ATTENDED, stage=RecordStage.COMPLETED), FACTS) == "completion"
    assert certifiable(replace(ATTENDED, stage=RecordStage.FAILED), FACTS) == "attendance"
    assert certifiable(ATTENDED, FACTS) == "attendance"
    assert certifiable(ATTENDED, replace(FACTS, session_closed=False)) is None
    assert certifiable(replace(ATTENDED, half_days_attended=7), FACTS) is None
    assert certifiable(replace(ATTENDED, stage=RecordStage.WITHDRAWN), FACTS) is None


def test_a_completed_record_qualifies_for_every_model_and_kind_of_its_course() -> None:
    completed = decide_record(ATTENDED, RecordAction.COMPLETE, {}, FACTS)
    valid = Period(ON, date(2028, 5, 31))
    assert derive(PERSON, RECORD, completed, COURSE) == [
        Qualification(PERSON, QualificationKind.OPERATOR, ("model", BOAT), valid, "record", RECORD),
        Qualification(PERSON, QualificationKind.MAINTAINER, ("model", BOAT), valid, "record", RECORD),
        Qualification(PERSON, QualificationKind.OPERATOR, ("type", RADIOS), valid, "record", RECORD),
        Qualification(PERSON, QualificationKind.MAINTAINER, ("type", RADIOS), valid, "record", RECORD),
    ]
    assert derive(PERSON, RECORD, ATTENDED, COURSE) == []
    forever = derive(PERSON, RECORD, completed, replace(COURSE, kind=CourseKind.OPERATION, validity_months=None))
    assert [(q.kind, q.valid) for q in forever] == [(QualificationKind.OPERATOR, Period(ON))] * 2


def test_what_each_kind_of_course_gives() -> None:
    assert {kind.value: [q.value for q in given] for kind, given in GIVES.items()} == {
        "operation": ["operator"],
        "operator_maintenance": ["operator", "maintainer"],
        "technical_maintenance": ["maintainer"],
        "supervision": [],
        "trainer": [],
        "rights": [],
    }


def test_who_is_qualified_on_a_day() -> None:
    valid = Period(ON, date(2026, 7, 1))
    held = Qualification(PERSON, QualificationKind.OPERATOR, ("model", BOAT), valid, "prior")
    revoked = replace(held, covers=("type", RADIOS), revoked_on=date(2026, 6, 10))
    assert qualified([held, revoked], date(2026, 6, 9)) == {PERSON: {QualificationKind.OPERATOR: {BOAT, RADIOS}}}
    assert qualified([held, revoked], date(2026, 6, 10)) == {PERSON: {QualificationKind.OPERATOR: {BOAT}}}
    assert qualified([held, revoked], date(2026, 7, 1)) == {}


def test_a_prior_qualification_is_recognised_with_evidence_by_another_person() -> None:
    other = UUID(int=9)
    check_recognition(PERSON, other, "Licence seen", Bonds())
    with pytest.raises(SeparationOfDuties):
        check_recognition(PERSON, PERSON, "Licence seen", Bonds())
    with pytest.raises(SecondPersonNotIndependent):
        check_recognition(PERSON, other, "Licence seen", Bonds.of([(PERSON, other, False)]))
    for evidence in (None, " "):
        with pytest.raises(Rejected) as refused:
            check_recognition(PERSON, other, evidence, Bonds())
        assert refused.value.faults[0].code == "evidence_required"


def test_the_workflow_is_published_whole() -> None:
    published = record_workflow()
    assert published["final"] == ["completed", "failed", "withdrawn", "excluded"]
    assert len(published["transitions"]) == len(RECORD_TRANSITIONS)
    assert published["transitions"][0] == {
        "from": "nominated",
        "action": "vet",
        "to": "vetted",
        "scope": "training:write",
        "guards": [],
        "required": [],
    }
