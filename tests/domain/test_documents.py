from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.documents import (
    APPROVALS,
    DOCUMENT_GUARDS,
    DOCUMENT_TRANSITIONS,
    AcceptanceKind,
    Actor,
    DocumentAction,
    DocumentFacts,
    DocumentKind,
    DocumentStage,
    DocumentState,
    LineOutcome,
    check_editable,
    decide_document,
    deemed_on,
    document_missing,
    document_workflow,
    is_deemable,
    item_action,
    legal_document_actions,
    warranty,
)
from app.domain.equipment import Action
from app.domain.errors import (
    LinesChanged,
    Rejected,
    RequirementsMissing,
    SecondPersonNotIndependent,
    SeparationOfDuties,
    TransitionNotAllowed,
)
from app.domain.persons import Bonds
from app.domain.time import Period

AGENCY, MINISTRY = UUID(int=1), UUID(int=2)
ANNA, BRUNO, CARLA, DALIA, ELIO = (Actor(UUID(int=10 + n), AGENCY if n < 3 else MINISTRY) for n in range(5))
LINE, OTHER_LINE = UUID(int=101), UUID(int=102)
FACTS = DocumentFacts({LINE: 4, OTHER_LINE: 7}, signatories=True, signed_file=True)
READ: dict[str, Any] = {"lines": {LINE: 4, OTHER_LINE: 7}}
ACCEPTANCE = DocumentState(DocumentKind.ACCEPTANCE, ANNA, AcceptanceKind.PROVISIONAL)
HANDOVER = DocumentState(DocumentKind.HANDOVER, ANNA)


def act(
    state: DocumentState,
    action: str,
    who: Actor | None = ANNA,
    facts: DocumentFacts = FACTS,
    **payload: Any,
) -> DocumentState:
    return decide_document(state, DocumentAction(action), payload, facts, who)


def submitted(state: DocumentState, who: Actor = ANNA) -> DocumentState:
    return act(state, "submit", who)


def test_the_graph_is_the_one_of_the_domain() -> None:
    arrows = {(s.value, a.value, t.to.value) for (s, a), t in DOCUMENT_TRANSITIONS.items()}
    assert arrows == {
        ("draft", "submit", "submitted"),
        ("returned", "submit", "submitted"),
        ("returned", "revise", "draft"),
        ("submitted", "approve", "approved"),
        ("submitted", "return", "returned"),
        ("approved", "annul", "annulled"),
        ("draft", "deem", "approved"),
        ("submitted", "deem", "approved"),
        ("approved", "acknowledge", "approved"),
    }
    assert {g for t in DOCUMENT_TRANSITIONS.values() for g in t.guards} == set(DOCUMENT_GUARDS)


def test_an_acceptance_needs_one_approval() -> None:
    approved = act(submitted(ACCEPTANCE), "approve", BRUNO, **READ)
    assert approved == replace(
        ACCEPTANCE, stage=DocumentStage.APPROVED, submitted_by=ANNA, approvals=(BRUNO,), version=3
    )


def test_a_handover_needs_two_approvals_by_different_people() -> None:
    first = act(submitted(HANDOVER), "approve", BRUNO, **READ)
    assert (first.stage, first.approvals) == (DocumentStage.SUBMITTED, (BRUNO,))
    with pytest.raises(SeparationOfDuties) as refused:
        act(first, "approve", BRUNO, **READ)
    assert refused.value.facts == {"action": "approve", "because": "approved this document already"}
    second = act(first, "approve", CARLA, **READ)
    assert (second.stage, second.approvals) == (DocumentStage.APPROVED, (BRUNO, CARLA))


@pytest.mark.parametrize(
    ("state", "who", "because"),
    [
        (submitted(HANDOVER, BRUNO), ANNA, "prepared this document"),
        (submitted(HANDOVER, BRUNO), BRUNO, "submitted this document"),
        (submitted(ACCEPTANCE, BRUNO), BRUNO, "submitted this document"),
        (submitted(ACCEPTANCE), CARLA, "recorded the delivery"),
    ],
)
def test_who_had_a_part_does_not_approve(state: DocumentState, who: Actor, because: str) -> None:
    with pytest.raises(SeparationOfDuties) as refused:
        act(state, "approve", who, replace(FACTS, delivery_recorders=(CARLA,)), **READ)
    assert refused.value.facts["because"] == because


def test_the_same_person_through_another_account_is_still_the_same_person() -> None:
    elsewhere = Actor(ANNA.person_id, MINISTRY)
    with pytest.raises(SeparationOfDuties):
        act(submitted(HANDOVER), "approve", elsewhere, **READ)


@pytest.mark.parametrize("document", [ACCEPTANCE, HANDOVER])
def test_whoever_drew_a_document_up_does_not_approve_it(document: DocumentState) -> None:
    for state, because in (
        (submitted(document, BRUNO), "prepared this document"),
        (replace(submitted(document, BRUNO), prepared_by=CARLA, drawn_up_by=(DALIA, ANNA)), "changed this document"),
    ):
        with pytest.raises(SeparationOfDuties) as refused:
            act(state, "approve", ANNA, **READ)
        assert refused.value.facts["because"] == because


def test_who_let_the_other_one_in_is_no_second_person() -> None:
    bound = replace(FACTS, bonds=Bonds.of([(BRUNO.person_id, ANNA.person_id, False)]))
    with pytest.raises(SecondPersonNotIndependent) as refused:
        act(submitted(ACCEPTANCE), "approve", BRUNO, bound, **READ)
    assert refused.value.facts == {"action": "approve", "because": "submitted this document"}
    approved = act(submitted(ACCEPTANCE), "approve", CARLA, bound, **READ)
    bound = replace(FACTS, bonds=Bonds.of([(BRUNO.person_id, CARLA.person_id, False)]))
    with pytest.raises(SecondPersonNotIndependent):
        act(approved, "annul", BRUNO, bound, reason="Wrong items")
    first = act(submitted(HANDOVER), "approve", CARLA, bound, **READ)
    with pytest.raises(SecondPersonNotIndependent):
        act(first, "approve", BRUNO, bound, **READ)


def test_a_programme_may_ask_for_approvers_of_different_organisations() -> None:
    facts = replace(FACTS, different_organisations=True, delivery_recorders=(ANNA,))
    with pytest.raises(SeparationOfDuties) as refused:
        act(submitted(ACCEPTANCE), "approve", BRUNO, facts, **READ)
    assert refused.value.detail == "Another organisation has to do this: somebody of yours recorded the delivery."
    assert act(submitted(ACCEPTANCE), "approve", DALIA, facts, **READ).stage is DocumentStage.APPROVED
    first = act(submitted(HANDOVER), "approve", DALIA, facts, **READ)
    with pytest.raises(SeparationOfDuties):
        act(first, "approve", ELIO, facts, **READ)
    approved = act(first, "approve", BRUNO, facts, **READ)
    assert approved.stage is DocumentStage.APPROVED
    assert act(approved, "annul", CARLA, facts, reason="Wrong unit").stage is DocumentStage.ANNULLED


def test_an_approval_names_the_versions_of_all_lines() -> None:
    with pytest.raises(LinesChanged) as refused:
        act(submitted(ACCEPTANCE), "approve", BRUNO, lines={LINE: 3, UUID(int=103): 1})
    assert refused.value.facts == {"lines": sorted([str(LINE), str(OTHER_LINE), str(UUID(int=103))])}


def test_a_return_ends_the_round_and_says_why() -> None:
    first = act(submitted(HANDOVER), "approve", BRUNO, **READ)
    returned = act(first, "return", CARLA, reason="Serial 7 is missing")
    assert returned == replace(
        first, stage=DocumentStage.RETURNED, approvals=(), reason="Serial 7 is missing", version=4
    )
    revised = act(returned, "revise")
    assert (revised.stage, revised.reason) == (DocumentStage.DRAFT, "Serial 7 is missing")
    again = act(returned, "submit", DALIA)
    assert (again.stage, again.submitted_by, again.reason) == (DocumentStage.SUBMITTED, DALIA, None)


def test_an_approved_document_is_annulled_by_somebody_who_did_not_approve_it() -> None:
    approved = act(submitted(ACCEPTANCE), "approve", BRUNO, **READ)
    with pytest.raises(SeparationOfDuties):
        act(approved, "annul", BRUNO, reason="Wrong items")
    annulled = act(approved, "annul", CARLA, reason="Wrong items")
    assert (annulled.stage, annulled.reason) == (DocumentStage.ANNULLED, "Wrong items")
    assert legal_document_actions(DocumentStage.ANNULLED) == ()


@pytest.mark.parametrize(
    ("state", "facts", "missing"),
    [
        (ACCEPTANCE, DocumentFacts({}), ["lines"]),
        (HANDOVER, DocumentFacts({LINE: 1}), ["signatories", "signed_file"]),
        (ACCEPTANCE, DocumentFacts({LINE: 1}), []),
    ],
)
def test_what_a_submission_needs(state: DocumentState, facts: DocumentFacts, missing: list[str]) -> None:
    assert list(document_missing(state, DocumentAction.SUBMIT, facts)) == missing
    if missing:
        with pytest.raises(RequirementsMissing) as refused:
            act(state, "submit", ANNA, facts)
        assert refused.value.facts == {"action": "submit", "missing": missing}


@pytest.mark.parametrize(
    ("state", "action", "payload", "faults"),
    [
        (submitted(HANDOVER), "return", {}, [("/reason", "missing")]),
        (submitted(HANDOVER), "return", {"reason": " "}, [("/reason", "missing")]),
        (submitted(HANDOVER), "approve", {}, [("/lines", "missing")]),
        (HANDOVER, "submit", {"reason": "x"}, [("/reason", "unknown_field")]),
    ],
)
def test_wrong_fields_are_named(state: DocumentState, action: str, payload: dict[str, Any], faults: list[Any]) -> None:
    with pytest.raises(Rejected) as refused:
        act(state, action, BRUNO, **payload)
    assert [(f.pointer, f.code) for f in refused.value.faults] == faults


@given(st.sampled_from(DocumentStage), st.sampled_from(DocumentAction), st.sampled_from((ANNA, None)))
def test_what_the_graph_does_not_have_is_refused_with_what_is_legal(
    stage: DocumentStage, action: DocumentAction, who: Actor | None
) -> None:
    known = DOCUMENT_TRANSITIONS.get((stage, action))
    if known is not None and (known.scope is None) == (who is None):
        return
    with pytest.raises(TransitionNotAllowed) as refused:
        decide_document(replace(ACCEPTANCE, stage=stage), action, {}, FACTS, who)
    offered = [a for a in DocumentAction if a not in {DocumentAction.DEEM, DocumentAction.ACKNOWLEDGE}]
    legal = [a.value for a in offered if (stage, a) in DOCUMENT_TRANSITIONS]
    assert refused.value.facts == {"stage": stage.value, "action": action.value, "legal": legal}


def test_acceptance_by_lapse_of_time_is_the_systems_and_acknowledged_by_a_person_once() -> None:
    facts = replace(FACTS, deemable=True)
    deemed = act(ACCEPTANCE, "deem", None, facts)
    assert (deemed.stage, deemed.deemed, deemed.acknowledged) == (DocumentStage.APPROVED, True, False)
    assert act(submitted(ACCEPTANCE), "deem", None, facts).stage is DocumentStage.APPROVED
    acknowledged = act(deemed, "acknowledge", BRUNO)
    assert (acknowledged.stage, acknowledged.acknowledged) == (DocumentStage.APPROVED, True)
    with pytest.raises(RequirementsMissing):
        act(acknowledged, "acknowledge", BRUNO)
    for state, clock in (
        (replace(ACCEPTANCE, acceptance_kind=AcceptanceKind.FINAL), facts),
        (HANDOVER, facts),
        (ACCEPTANCE, FACTS),
    ):
        with pytest.raises(RequirementsMissing):
            act(state, "deem", None, clock)


def test_only_drafts_and_returned_documents_are_edited() -> None:
    check_editable(ACCEPTANCE)
    check_editable(replace(ACCEPTANCE, stage=DocumentStage.RETURNED))
    with pytest.raises(TransitionNotAllowed) as refused:
        check_editable(submitted(ACCEPTANCE))
    assert refused.value.facts == {"stage": "submitted", "action": "edit", "legal": ["approve", "return"]}


@pytest.mark.parametrize(
    ("state", "outcome", "retransfer", "action"),
    [
        (ACCEPTANCE, "accepted", False, Action.ACCEPT),
        (ACCEPTANCE, "rejected", False, Action.REJECT),
        (replace(ACCEPTANCE, acceptance_kind=AcceptanceKind.PARTIAL_PROVISIONAL), "accepted", False, Action.ACCEPT),
        (replace(ACCEPTANCE, acceptance_kind=AcceptanceKind.PRELIMINARY), "accepted", False, None),
        (replace(ACCEPTANCE, acceptance_kind=AcceptanceKind.FINAL), "rejected", False, None),
        (HANDOVER, "handed_over", False, Action.HAND_OVER),
        (HANDOVER, "handed_over", True, Action.RETRANSFER),
    ],
)
def test_what_a_document_orders_for_its_items(
    state: DocumentState,
    outcome: str,
    retransfer: bool,  # noqa: FBT001  a column of the table
    action: Action | None,
) -> None:
    assert item_action(state, LineOutcome(outcome), retransfer=retransfer) is action


def test_an_outcome_belongs_to_its_kind_of_document() -> None:
    with pytest.raises(ValueError, match="not an outcome"):
        item_action(ACCEPTANCE, LineOutcome.HANDED_OVER)
    with pytest.raises(ValueError, match="not an outcome"):
        item_action(HANDOVER, LineOutcome.ACCEPTED)


def test_the_clock_of_a_request_ends_with_its_last_day_in_the_zone_of_the_contract() -> None:
    zone = ZoneInfo("Africa/Tunis")
    asked = date(2026, 3, 1)
    end = datetime(2026, 3, 31, 23, tzinfo=UTC)
    assert deemed_on(asked) == date(2026, 3, 31)
    assert not is_deemable(asked, end - timedelta(microseconds=1), zone, kind=AcceptanceKind.PROVISIONAL)
    assert is_deemable(asked, end, zone, kind=AcceptanceKind.PROVISIONAL)
    assert is_deemable(asked, end - timedelta(days=20), zone, kind=AcceptanceKind.PARTIAL_PROVISIONAL, days=10)
    assert not is_deemable(asked, end, zone, kind=AcceptanceKind.FINAL)
    assert not is_deemable(asked, end, zone, kind=AcceptanceKind.PROVISIONAL, excluded_by_contract=True)
    assert not is_deemable(asked, end, zone, kind=AcceptanceKind.PROVISIONAL, stopped=True)


def test_the_warranty_runs_from_the_items_own_acceptance() -> None:
    assert warranty(date(2026, 3, 1)) == Period(date(2026, 3, 1), date(2027, 3, 1))
    assert warranty(date(2026, 3, 1), 30) == Period(date(2026, 3, 1), date(2026, 3, 31))
    assert warranty(date(2026, 3, 1), 0) is None


def test_the_workflows_are_published_by_kind() -> None:
    acceptance, handover = document_workflow(DocumentKind.ACCEPTANCE), document_workflow(DocumentKind.HANDOVER)
    assert (acceptance["resource"], handover["resource"]) == ("acceptances", "handovers")
    assert [acceptance["approvals"], handover["approvals"]] == [1, 2] == list(APPROVALS.values())
    assert acceptance["final"] == ["annulled"]
    # Acceptance by lapse of time is not offered before there are contracts: nothing tells that it works.
    assert {t["action"] for t in acceptance["transitions"]} == {"submit", "revise", "approve", "return", "annul"}
    assert {t["action"] for t in handover["transitions"]} == {"submit", "revise", "approve", "return", "annul"}
    assert handover["transitions"][3] == {
        "from": "submitted",
        "action": "approve",
        "to": "approved",
        "scope": "handovers:approve",
        "guards": ["lines"],
        "required": ["lines"],
    }
