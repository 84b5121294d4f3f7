from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.equipment import (
    CODES,
    DUTIES,
    EFFECTS,
    GUARDS,
    TRANSITIONS,
    Action,
    Condition,
    DownReason,
    Facts,
    ItemState,
    Stage,
    available_actions,
    decide,
    legal_actions,
    register,
    workflow,
)
from app.domain.errors import Rejected, RequirementsMissing, SeparationOfDuties, TransitionNotAllowed
from app.domain.requirements import RequirementKind

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
SUPPLIER, IMPLEMENTER, AGENCY, UNIT, SITE, OTHER, PERSON = (UUID(int=n) for n in range(1, 8))

SENT: dict[str, Any] = {
    "title_organisation_id": IMPLEMENTER,
    "custody_organisation_id": AGENCY,
    "custody_site_id": SITE,
    "unit_id": UNIT,
    "replaced_by": OTHER,
    "authority": "Disposal board",
    "evidence": "Minutes 12/2026",
    "method": "recycled",
    "condition": "up",
}

#: DOMAIN 3, `Stage graph`, written out again: the arrows that move the stage.
ARROWS = {
    ("ordered", "ship", "shipped"),
    ("ordered", "deliver", "delivered"),
    ("shipped", "deliver", "delivered"),
    ("delivered", "accept", "accepted"),
    ("delivered", "reject", "rejected"),
    ("rejected", "redeliver", "delivered"),
    ("rejected", "return", "returned"),
    ("accepted", "hand_over", "handed_over"),
    ("accepted", "exchange_return", "returned"),
    ("accepted", "dispose", "disposed"),
    ("handed_over", "put_in_service", "in_service"),
    ("handed_over", "withdraw", "withdrawn"),
    ("in_service", "withdraw", "withdrawn"),
    ("withdrawn", "reinstate", "in_service"),
    ("withdrawn", "dispose", "disposed"),
    ("lost", "dispose", "disposed"),
    *(
        (s, "lose", "lost")
        for s in ("shipped", "delivered", "accepted", "rejected", "handed_over", "in_service", "withdrawn")
    ),
    *((s, "cancel", "cancelled") for s in ("ordered", "shipped", "delivered", "rejected")),
}


def payload_for(action: Action, stage: Stage = Stage.ACCEPTED) -> dict[str, Any]:
    required = TRANSITIONS[stage, action].required
    return {name: CODES[action, name][0] if (action, name) in CODES else SENT[name] for name in required}


def facts_for(action: Action, **changes: Any) -> Facts:
    facts = Facts(LATER, PERSON, ordered_by_document=action, receiving_unit=True, receiving_side=True)
    return replace(facts, **changes)


def state_in(stage: Stage, **facts: Any) -> ItemState:
    before = Stage.ACCEPTED if stage is Stage.LOST else None
    return replace(ItemState(stage, before, version=5, last_occurred_at=AT), **facts)


def test_the_graph_is_the_one_of_the_domain() -> None:
    moving = {(s.value, a.value, t.to.value) for (s, a), t in TRANSITIONS.items() if t.to is not None}
    assert moving == ARROWS


def test_steps_that_keep_the_stage() -> None:
    at_hand = {"delivered", "accepted", "rejected", "handed_over", "in_service", "withdrawn"}
    held = {"handed_over", "in_service", "withdrawn"}
    keeping: dict[str, set[str]] = {}
    for (stage, action), transition in TRANSITIONS.items():
        if transition.to is None:
            keeping.setdefault(action.value, set()).add(stage.value)
    assert keeping == {
        "retransfer": held,
        "confirm_receipt": held,
        "report_condition": at_hand,
        "move_custody": at_hand,
        "recover": {"lost"},
    }


def test_only_documents_accept_reject_and_hand_over() -> None:
    by_document = {action for (_s, action), t in TRANSITIONS.items() if "by_document" in t.guards}
    assert by_document == {Action.ACCEPT, Action.REJECT, Action.HAND_OVER, Action.RETRANSFER}


def test_every_guard_and_effect_of_the_table_exists_and_is_used() -> None:
    assert {g for t in TRANSITIONS.values() for g in t.guards} == set(GUARDS)
    assert {e for t in TRANSITIONS.values() for e in t.effects} == set(EFFECTS)


def test_the_guards_of_a_handover() -> None:
    assert set(TRANSITIONS[Stage.ACCEPTED, Action.HAND_OVER].guards) == {
        "by_document",
        "receiving_unit",
        "deemed_acknowledged",
        *(kind.value for kind in RequirementKind),
    }


@given(stage=st.sampled_from(Stage), action=st.sampled_from(Action))
def test_every_pair_of_stage_and_action_either_moves_as_the_table_says_or_names_what_is_legal(
    stage: Stage, action: Action
) -> None:
    state = state_in(stage)
    transition = TRANSITIONS.get((stage, action))
    if transition is None:
        with pytest.raises(TransitionNotAllowed) as refused:
            decide(state, action, {}, facts_for(action))
        legal = [a.value for a in legal_actions(stage)]
        assert refused.value.facts == {"stage": stage.value, "action": action.value, "legal": legal}
        return
    decision = decide(state, action, payload_for(action, stage), facts_for(action))
    expected = Stage.ACCEPTED if action is Action.RECOVER else transition.to or stage
    assert decision.state.stage is expected
    assert decision.kind == action.value
    assert decision.state.version == 6
    assert decision.state.last_occurred_at == LATER


@given(data=st.data())
def test_any_walk_through_the_graph_keeps_to_it(data: st.DataObject) -> None:
    state = register({}, Facts(AT, PERSON)).state
    for step in range(12):
        legal = legal_actions(state.stage)
        if not legal:
            assert state.stage in {Stage.RETURNED, Stage.DISPOSED, Stage.CANCELLED}
            break
        action = data.draw(st.sampled_from(legal))
        facts = facts_for(action, occurred_at=LATER + timedelta(hours=step))
        if action is Action.CONFIRM_RECEIPT and state.receipt_confirmed_at is not None:
            with pytest.raises(RequirementsMissing):
                decide(state, action, {}, facts)
            continue
        before, state = state, decide(state, action, payload_for(action, state.stage), facts).state
        assert (state.stage is Stage.LOST) == (state.stage_before_loss is not None)
        assert (state.condition is Condition.UNKNOWN) == (state.condition_confirmed_at is None)
        assert state.version == before.version + 1


def test_registration_is_ordered_in_unknown_condition() -> None:
    decision = register({"title_organisation_id": SUPPLIER, "note": "Lot 2"}, Facts(AT, PERSON))
    assert decision.kind == "register"
    assert decision.state == ItemState(title_organisation_id=SUPPLIER, version=1, last_occurred_at=AT)
    assert decision.payload == {"title_organisation_id": str(SUPPLIER)}
    assert decision.changes == {"stage": "ordered", "title_organisation_id": str(SUPPLIER)}
    assert decision.texts == {"note": "Lot 2"}


def test_delivery_sets_custody_and_makes_the_condition_unknown_again() -> None:
    state = state_in(Stage.REJECTED, condition=Condition.UP, condition_confirmed_at=AT, condition_confirmed_by=PERSON)
    decision = decide(
        state, Action.REDELIVER, payload_for(Action.REDELIVER, Stage.REJECTED), facts_for(Action.REDELIVER)
    )
    assert decision.state == ItemState(
        Stage.DELIVERED,
        custody_organisation_id=AGENCY,
        custody_site_id=SITE,
        version=6,
        last_occurred_at=LATER,
    )


def test_acceptance_passes_title_starts_the_warranty_and_may_report_a_condition() -> None:
    sent = {
        "title_organisation_id": IMPLEMENTER,
        "condition": "degraded",
        "warranty_from": date(2026, 3, 1),
        "warranty_until": "2027-03-01",
    }
    decision = decide(state_in(Stage.DELIVERED), Action.ACCEPT, sent, facts_for(Action.ACCEPT))
    assert decision.state == ItemState(
        Stage.ACCEPTED,
        condition=Condition.DEGRADED,
        condition_confirmed_at=LATER,
        condition_confirmed_by=PERSON,
        title_organisation_id=IMPLEMENTER,
        warranty_from=date(2026, 3, 1),
        warranty_until=date(2027, 3, 1),
        version=6,
        last_occurred_at=LATER,
    )


def test_an_untested_item_is_accepted_by_lapse_of_time_only() -> None:
    untested = frozenset({RequirementKind.TEST_PASSED})
    sent = {"title_organisation_id": IMPLEMENTER}
    with pytest.raises(RequirementsMissing) as refused:
        decide(state_in(Stage.DELIVERED), Action.ACCEPT, sent, facts_for(Action.ACCEPT, missing_requirements=untested))
    assert refused.value.facts == {"action": "accept", "missing": ["test_passed"]}
    facts = facts_for(Action.ACCEPT, missing_requirements=untested, deemed=True, actor_id=None)
    assert decide(state_in(Stage.DELIVERED), Action.ACCEPT, sent, facts).state.stage is Stage.ACCEPTED
    with pytest.raises(RequirementsMissing) as refused:
        decide(
            state_in(Stage.ACCEPTED),
            Action.HAND_OVER,
            payload_for(Action.HAND_OVER),
            facts_for(Action.HAND_OVER, missing_requirements=untested, deemed=True, deemed_unacknowledged=True),
        )
    assert refused.value.facts["missing"] == ["deemed_acknowledged", "test_passed"]


def test_a_handover_names_everything_that_is_missing() -> None:
    with pytest.raises(RequirementsMissing) as refused:
        decide(
            state_in(Stage.ACCEPTED),
            Action.HAND_OVER,
            payload_for(Action.HAND_OVER),
            Facts(LATER, PERSON, missing_requirements=frozenset(RequirementKind), deemed_unacknowledged=True),
        )
    assert refused.value.facts["missing"] == list(TRANSITIONS[Stage.ACCEPTED, Action.HAND_OVER].guards)


def test_a_document_carries_out_only_what_it_orders() -> None:
    with pytest.raises(RequirementsMissing) as refused:
        decide(state_in(Stage.DELIVERED), Action.REJECT, {"reason": "defective"}, facts_for(Action.ACCEPT))
    assert refused.value.facts["missing"] == ["by_document"]


def test_a_retransfer_changes_title_custody_and_unit_not_the_stage_and_reopens_the_receipt() -> None:
    state = state_in(
        Stage.IN_SERVICE,
        unit_id=OTHER,
        title_organisation_id=SUPPLIER,
        receipt_confirmed_at=AT,
        receipt_confirmed_by=PERSON,
        condition=Condition.UP,
        condition_confirmed_at=AT,
    )
    payload = payload_for(Action.RETRANSFER, Stage.IN_SERVICE)
    decision = decide(state, Action.RETRANSFER, payload, facts_for(Action.RETRANSFER))
    assert decision.state == replace(
        state,
        title_organisation_id=IMPLEMENTER,
        custody_organisation_id=AGENCY,
        custody_site_id=SITE,
        unit_id=UNIT,
        receipt_confirmed_at=None,
        receipt_confirmed_by=None,
        version=6,
        last_occurred_at=LATER,
    )


def test_a_receipt_is_confirmed_once() -> None:
    decision = decide(state_in(Stage.HANDED_OVER), Action.CONFIRM_RECEIPT, {}, facts_for(Action.CONFIRM_RECEIPT))
    assert decision.state.receipt_confirmed_at == LATER
    assert decision.state.receipt_confirmed_by == PERSON
    with pytest.raises(RequirementsMissing) as refused:
        decide(decision.state, Action.CONFIRM_RECEIPT, {}, facts_for(Action.CONFIRM_RECEIPT))
    assert refused.value.facts["missing"] == ["receipt_outstanding"]


def test_a_lost_item_goes_back_to_the_stage_before_with_its_condition_unknown() -> None:
    state = state_in(Stage.SHIPPED, custody_organisation_id=SUPPLIER)
    lost = decide(state, Action.LOSE, {"reason": "diverted"}, facts_for(Action.LOSE)).state
    assert (lost.stage, lost.stage_before_loss) == (Stage.LOST, Stage.SHIPPED)
    found = decide(lost, Action.RECOVER, {}, facts_for(Action.RECOVER))
    assert found.state == replace(state, version=7, last_occurred_at=LATER)
    assert found.changes == {
        "stage": "shipped",
        "stage_before_loss": None,
        "condition": "unknown",
        "condition_reason": None,
        "condition_confirmed_by": None,
    }


def test_a_lost_item_that_is_disposed_of_forgets_where_it_was_lost() -> None:
    decision = decide(
        state_in(Stage.LOST), Action.DISPOSE, payload_for(Action.DISPOSE, Stage.LOST), facts_for(Action.DISPOSE)
    )
    assert decision.changes == {"stage": "disposed", "stage_before_loss": None}


def test_a_damaged_row_that_was_lost_from_nowhere_is_not_recovered_silently() -> None:
    with pytest.raises(ValueError, match="'None' is not a valid Stage"):
        decide(ItemState(Stage.LOST), Action.RECOVER, {}, facts_for(Action.RECOVER))


def test_an_exchange_under_warranty_names_what_replaces_and_gives_title_back() -> None:
    sent = {"replaced_by": OTHER, "custody_organisation_id": SUPPLIER}
    state = state_in(Stage.ACCEPTED, title_organisation_id=IMPLEMENTER, custody_site_id=SITE)
    decision = decide(state, Action.EXCHANGE_RETURN, sent, facts_for(Action.EXCHANGE_RETURN))
    assert decision.state == ItemState(
        Stage.RETURNED,
        title_organisation_id=SUPPLIER,
        custody_organisation_id=SUPPLIER,
        replaced_by=OTHER,
        version=6,
        last_occurred_at=LATER,
    )


def test_disposal_keeps_names_of_authorities_out_of_the_payload() -> None:
    decision = decide(state_in(Stage.WITHDRAWN), Action.DISPOSE, payload_for(Action.DISPOSE), facts_for(Action.DISPOSE))
    assert decision.payload == {"method": "recycled"}
    assert decision.changes == {"stage": "disposed"}
    assert decision.texts == {"authority": "Disposal board", "evidence": "Minutes 12/2026"}


def test_a_condition_report_says_why_an_item_is_down() -> None:
    sent = {"condition": Condition.DOWN, "condition_reason": DownReason.AWAITING_PARTS}
    decision = decide(state_in(Stage.IN_SERVICE), Action.REPORT_CONDITION, sent, facts_for(Action.REPORT_CONDITION))
    assert decision.payload == {"condition": "down", "condition_reason": "awaiting_parts"}
    assert decision.changes == {
        "condition": "down",
        "condition_reason": "awaiting_parts",
        "condition_confirmed_by": str(PERSON),
    }
    up = decide(decision.state, Action.REPORT_CONDITION, {"condition": "up"}, facts_for(Action.REPORT_CONDITION)).state
    assert (up.condition, up.condition_reason, up.condition_confirmed_at) == (Condition.UP, None, LATER)


def test_a_report_by_the_system_has_an_instant_and_no_person() -> None:
    facts = facts_for(Action.REPORT_CONDITION, actor_id=None)
    state = decide(state_in(Stage.IN_SERVICE), Action.REPORT_CONDITION, {"condition": "up"}, facts).state
    assert (state.condition_confirmed_at, state.condition_confirmed_by) == (LATER, None)


@pytest.mark.parametrize(
    ("stage", "action", "sent", "faults"),
    [
        ("in_service", "report_condition", {"condition": "down"}, [("/condition_reason", "missing")]),
        (
            "in_service",
            "report_condition",
            {"condition": "up", "condition_reason": "failure"},
            [("/condition_reason", "not_allowed")],
        ),
        ("in_service", "report_condition", {"condition": "unknown"}, [("/condition", "unknown_value")]),
        ("in_service", "report_condition", {"condition": ["up"]}, [("/condition", "unknown_value")]),
        ("in_service", "withdraw", {}, [("/reason", "missing")]),
        ("in_service", "withdraw", {"reason": None}, [("/reason", "missing")]),
        ("in_service", "withdraw", {"reason": "bored"}, [("/reason", "unknown_value")]),
        ("in_service", "withdraw", {"reason": "other"}, [("/note", "missing")]),
        ("in_service", "withdraw", {"reason": "surplus", "note": " "}, [("/note", "invalid_text")]),
        ("in_service", "withdraw", {"reason": "surplus", "note": "x" * 2001}, [("/note", "invalid_text")]),
        ("in_service", "withdraw", {"reason": "surplus", "note": 3}, [("/note", "invalid_text")]),
        ("in_service", "withdraw", {"reason": "surplus", "colour": "red"}, [("/colour", "unknown_field")]),
        ("in_service", "move_custody", {"custody_organisation_id": "x"}, [("/custody_organisation_id", "invalid_key")]),
        ("in_service", "move_custody", {"custody_organisation_id": 7}, [("/custody_organisation_id", "invalid_key")]),
        ("lost", "recover", {"custody_site_id": SITE}, [("/custody_organisation_id", "missing")]),
        (
            "delivered",
            "accept",
            {"title_organisation_id": SUPPLIER, "warranty_from": "2026-01-01"},
            [("/warranty_until", "empty_period")],
        ),
        (
            "delivered",
            "accept",
            {"title_organisation_id": SUPPLIER, "warranty_from": "2026-01-01", "warranty_until": "2026-01-01"},
            [("/warranty_until", "empty_period")],
        ),
        (
            "delivered",
            "accept",
            {
                "title_organisation_id": SUPPLIER,
                "warranty_from": "soon",
                "warranty_until": datetime(2026, 1, 1, tzinfo=UTC),
            },
            [("/warranty_from", "invalid_date"), ("/warranty_until", "invalid_date")],
        ),
        (
            "delivered",
            "accept",
            {"title_organisation_id": SUPPLIER, "warranty_from": "1899-12-31", "warranty_until": "2101-01-01"},
            [("/warranty_from", "date_out_of_range"), ("/warranty_until", "date_out_of_range")],
        ),
        (
            "withdrawn",
            "dispose",
            {},
            [("/method", "missing"), ("/authority", "missing"), ("/evidence", "missing")],
        ),
    ],
)
def test_wrong_fields_are_all_named(stage: str, action: str, sent: dict[str, Any], faults: list[Any]) -> None:
    with pytest.raises(Rejected) as refused:
        decide(state_in(Stage(stage)), Action(action), sent, facts_for(Action(action)))
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == faults


def test_nothing_happens_before_the_latest_event() -> None:
    with pytest.raises(Rejected) as refused:
        decide(
            state_in(Stage.HANDED_OVER),
            Action.PUT_IN_SERVICE,
            {},
            facts_for(Action.PUT_IN_SERVICE, occurred_at=AT - timedelta(seconds=1)),
        )
    assert [(f.pointer, f.code) for f in refused.value.faults] == [("/occurred_at", "before_dependency")]


@pytest.mark.parametrize(
    ("facts", "because"),
    [
        ({"receiving_side": False}, "receiving_side"),
        ({"part_in_handover": True}, "no_part_in_handover"),
        ({"receiving_side": False, "part_in_handover": True}, "receiving_side"),
    ],
)
def test_receipt_is_confirmed_by_the_receiving_side_and_by_nobody_who_handed_over(
    facts: dict[str, bool], because: str
) -> None:
    told = facts_for(Action.CONFIRM_RECEIPT, **facts)
    with pytest.raises(SeparationOfDuties) as refused:
        decide(state_in(Stage.HANDED_OVER), Action.CONFIRM_RECEIPT, {}, told)
    assert refused.value.facts == {"action": "confirm_receipt", "because": because}
    step = {a.action: a for a in available_actions(state_in(Stage.HANDED_OVER), told)}[Action.CONFIRM_RECEIPT]
    assert (step.allowed, step.because) == (False, DUTIES[because])
    assert because in step.missing
    seen = decide(state_in(Stage.HANDED_OVER), Action.REPORT_CONDITION, {"condition": "up"}, told)
    assert seen.state.condition is Condition.UP


def test_available_actions_say_what_is_missing() -> None:
    found = available_actions(
        state_in(Stage.ACCEPTED), Facts(LATER, missing_requirements=frozenset({RequirementKind.DUE_DILIGENCE}))
    )
    assert {a.action.value: (a.allowed, a.missing) for a in found} == {
        "exchange_return": (True, ()),
        "hand_over": (False, ("by_document", "receiving_unit", "due_diligence")),
        "dispose": (True, ()),
        "lose": (True, ()),
        "report_condition": (True, ()),
        "move_custody": (True, ()),
    }


def test_available_actions_of_a_caller_leave_out_what_its_scopes_do_not_allow() -> None:
    found = available_actions(state_in(Stage.HANDED_OVER), Facts(LATER), {"equipment:confirm"})
    assert [(a.action.value, a.scope, a.required) for a in found] == [
        ("confirm_receipt", "equipment:confirm", ()),
        ("report_condition", "equipment:confirm", ("condition",)),
    ]


def test_the_workflow_is_published_whole() -> None:
    published = workflow()
    assert published["initial"] == "ordered"
    assert published["final"] == ["returned", "disposed", "cancelled"]
    assert published["states"] == [stage.value for stage in Stage]
    assert len(published["transitions"]) == len(TRANSITIONS)
    assert published["transitions"][0] == {
        "from": "ordered",
        "action": "ship",
        "to": "shipped",
        "scope": "equipment:write",
        "guards": [],
        "required": [],
        "optional": [],
        "effects": [],
    }
    assert {"action": "lose", "field": "reason", "values": ["lost", "stolen", "destroyed", "diverted"]} in published[
        "codes"
    ]


@pytest.mark.parametrize(
    ("stage", "action", "said"),
    [
        (Stage.IN_SERVICE, Action.WITHDRAW, "The stage withdrawn needs this."),
        (Stage.IN_SERVICE, Action.MOVE_CUSTODY, "The step move_custody needs this."),
    ],
)
def test_what_is_missing_says_for_which_stage_or_step(stage: Stage, action: Action, said: str) -> None:
    with pytest.raises(Rejected) as refused:
        decide(ItemState(stage=stage), action, {}, Facts(datetime(2026, 1, 1, tzinfo=UTC)))
    assert [fault.detail for fault in refused.value.faults] == [said]
