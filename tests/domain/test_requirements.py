from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.equipment import TRANSITIONS
from app.domain.errors import Rejected, SecondPersonNotIndependent, SeparationOfDuties
from app.domain.persons import Bonds
from app.domain.requirements import (
    KINDS,
    Requirement,
    RequirementDecision,
    RequirementKind,
    Subject,
    check_enforced,
    check_requirement,
    check_waiver,
    guarding,
    missing,
)

ITEM: Subject = ("item", UUID(int=1))
UNIT: Subject = ("unit", UUID(int=2))
DOCUMENT: Subject = ("document", UUID(int=3))
A, B = UUID(int=8), UUID(int=9)
ON = date(2026, 6, 1)
AT = datetime(2026, 5, 1, tzinfo=UTC)
GRANTED, REFUSED, WAIVED, REQUESTED = RequirementDecision
BASE = Requirement(
    RequirementKind.DUE_DILIGENCE, UNIT, GRANTED, date(2026, 1, 1), date(2027, 1, 1), AT, A, reference="DD-7"
)


def row(**changes: Any) -> Requirement:
    return replace(BASE, **changes)


def unmet(*rows: Requirement, on: date = ON, kind: str = "due_diligence") -> bool:
    return missing([kind], list(rows), on, [ITEM, UNIT, DOCUMENT]) == [kind]


def test_the_kinds_guard_exactly_the_steps_that_the_graph_says() -> None:
    table: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for (_stage, action), transition in TRANSITIONS.items():
        for guard in transition.guards:
            if guard in table:
                table[guard].add(action.value)
    assert table == {kind: set(rule.guards) - {"complete"} for kind, rule in KINDS.items()}
    assert guarding("complete") == (RequirementKind.DUE_DILIGENCE, RequirementKind.NO_SUSPENSION)


def test_what_is_enforced_and_not_there_is_missing_for_the_action_that_it_guards() -> None:
    enforced = [kind.value for kind in RequirementKind]
    assert missing(enforced, [], ON, [ITEM, UNIT], "hand_over") == [
        "end_use_undertaking",
        "due_diligence",
        "export_check",
        "eu_visibility",
        "test_passed",
    ]
    assert missing(enforced, [], ON, [ITEM], "accept") == ["test_passed"]
    assert missing(enforced, [], ON, [UNIT], "complete") == ["due_diligence"]
    assert missing(enforced, [], ON, [ITEM], "ship") == []
    assert missing([], [], ON, [ITEM], "hand_over") == []


def test_a_grant_counts_on_the_days_it_covers() -> None:
    assert not unmet(row())
    assert unmet(row(), on=date(2025, 12, 31))
    assert not unmet(row(), on=date(2026, 12, 31))
    assert unmet(row(), on=date(2027, 1, 1))
    assert not unmet(row(valid_until=None), on=date(2099, 1, 1))


def test_the_latest_decision_about_a_subject_wins() -> None:
    later = AT + timedelta(days=1)
    assert unmet(row(), row(decision=REFUSED, decided_at=later))
    assert not unmet(row(decided_at=later), row(decision=REFUSED))


def test_a_refusal_about_one_subject_outweighs_a_grant_about_another() -> None:
    undertaking = row(kind=RequirementKind.END_USE_UNDERTAKING, subject=DOCUMENT)
    assert not unmet(undertaking, kind="end_use_undertaking")
    assert unmet(undertaking, replace(undertaking, subject=UNIT, decision=REFUSED), kind="end_use_undertaking")


def test_rows_about_other_subjects_or_other_kinds_count_for_nothing() -> None:
    assert unmet(row(subject=("unit", UUID(int=77))))
    assert unmet(row(subject=ITEM))
    assert unmet(row(kind=RequirementKind.EXPORT_CHECK, subject=ITEM))


def test_a_waiver_counts_once_a_second_person_has_decided_it() -> None:
    assert unmet(row(decision=REQUESTED, requested_by=B))
    assert unmet(row(decision=WAIVED))
    assert unmet(row(decision=WAIVED, requested_by=A))
    assert not unmet(row(decision=WAIVED, requested_by=B))
    check_waiver(A, B, Bonds())
    with pytest.raises(SeparationOfDuties):
        check_waiver(A, A, Bonds())
    with pytest.raises(SecondPersonNotIndependent):
        check_waiver(A, B, Bonds.of([(B, A, False)]))


def test_a_suspension_or_an_allegation_blocks_while_a_refusal_is_in_force() -> None:
    open_allegation = row(kind=RequirementKind.NO_OPEN_ALLEGATION, decision=REFUSED, valid_until=None)
    assert not unmet(kind="no_open_allegation")
    assert unmet(open_allegation, kind="no_open_allegation")
    decided = replace(open_allegation, decision=GRANTED, decided_at=AT + timedelta(days=3))
    assert not unmet(open_allegation, decided, kind="no_open_allegation")


def test_a_programme_enforces_known_kinds_in_the_order_of_the_table() -> None:
    assert check_enforced(["test_passed", "due_diligence", "test_passed"]) == ["due_diligence", "test_passed"]
    with pytest.raises(Rejected) as refused:
        check_enforced(["due_diligence", "magic"])
    assert [(f.pointer, f.code) for f in refused.value.faults] == [("/enforced_requirements/1", "unknown_value")]


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"reference": None, "file_sha256": "ab" * 32}, []),
        ({"kind": RequirementKind.TEST_PASSED, "subject": ITEM, "valid_until": None}, []),
        ({"decision": REFUSED, "valid_until": None}, []),
        ({"reference": None}, [("/reference", "evidence_required")]),
        ({"decision": WAIVED, "reference": None, "file_sha256": "ab" * 32}, [("/reference", "evidence_required")]),
        ({"subject": ITEM}, [("/subject", "wrong_subject")]),
        ({"valid_until": date(2026, 1, 1)}, [("/valid_until", "empty_period")]),
        ({"valid_until": date(2027, 1, 2)}, [("/valid_until", "valid_too_long")]),
        ({"valid_until": None}, [("/valid_until", "valid_too_long")]),
    ],
)
def test_rows_that_could_never_count_are_refused(changes: dict[str, Any], faults: list[Any]) -> None:
    if not faults:
        check_requirement(row(**changes))
        return
    with pytest.raises(Rejected) as refused:
        check_requirement(row(**changes))
    assert [(f.pointer, f.code) for f in refused.value.faults] == faults
