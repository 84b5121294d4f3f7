from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.equipment import (
    CODES,
    TRANSITIONS,
    Action,
    Condition,
    Decision,
    Facts,
    ItemState,
    Stage,
    decide,
    legal_actions,
    register,
)
from app.domain.errors import (
    Conflict,
    HistoryBroken,
    Rejected,
    RequirementsMissing,
    SeparationOfDuties,
    TransitionNotAllowed,
)
from app.domain.history import (
    Event,
    check_correction,
    decide_annulment,
    decide_correction,
    decide_in_past,
    effective,
    fold,
    is_by_document,
    replay,
)

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
PERSON, FIRST, SECOND, SITE, UNIT = (UUID(int=n) for n in range(1, 6))
CUSTODY = {"custody_organisation_id": FIRST, "custody_site_id": SITE}
TRANSFER = {**CUSTODY, "title_organisation_id": FIRST, "unit_id": UNIT}


def on(day: float) -> datetime:
    return START + day * DAY


class Chain:
    """An item's events, written as the service writes them: one decision, one event."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.state = ItemState()

    def add(self, decision: Decision, day: float, recorded: float | None = None, corrects: int | None = None) -> Event:
        event = Event(
            decision.kind,
            on(day),
            on(day if recorded is None else recorded),
            len(self.events) + 1,
            decision.changes,
            corrects,
            decision.kind == "annul",
        )
        self.events.append(event)
        self.state = decision.state
        return event

    def register(self, day: float = 0) -> Chain:
        self.add(register({}, Facts(on(day), PERSON)), day)
        return self

    def act(self, action: str, day: float, **payload: Any) -> Chain:
        move = Action(action)
        facts = Facts(on(day), PERSON, ordered_by_document=move, receiving_unit=True)
        self.add(decide(self.state, move, payload, facts), day)
        return self


def in_service() -> Chain:
    return (
        Chain()
        .register()
        .act("ship", 1)
        .act("deliver", 2, **CUSTODY)
        .act("accept", 3, title_organisation_id=FIRST)
        .act("hand_over", 4, **TRANSFER)
        .act("put_in_service", 5)
        .act("report_condition", 6, condition="up")
    )


def test_the_fold_is_the_state_that_the_decisions_made() -> None:
    chain = in_service()
    assert fold(chain.events) == chain.state
    assert replay(effective(chain.events)) == chain.state


def test_as_of_asks_about_the_world() -> None:
    chain = in_service()
    known = [fold(chain.events, as_of=on(day)) for day in (-1, 0, 1.5, 4)]
    assert [state and state.stage for state in known] == [
        None,
        Stage.ORDERED,
        Stage.SHIPPED,
        Stage.HANDED_OVER,
    ]


def test_nothing_is_the_fold_of_nothing() -> None:
    assert fold([]) is None


def test_known_at_tells_a_late_correction_apart() -> None:
    chain = in_service()
    facts = Facts(on(6), PERSON)
    decision = decide_correction(
        chain.events, 7, {"condition": "down", "condition_reason": "failure", "note": "Misread"}, facts
    )
    assert decision.kind == "correct"
    assert decision.texts == {"note": "Misread"}
    chain.add(decision, 6, recorded=40, corrects=7)
    assert fold(chain.events, as_of=on(10)) == chain.state
    assert chain.state.condition is Condition.DOWN
    before = fold(chain.events, as_of=on(10), known_at=on(39))
    assert before is not None
    assert before.condition is Condition.UP
    again = decide_correction(chain.events, 8, {"condition": "degraded"}, Facts(on(7), PERSON))
    chain.add(again, 7, recorded=41, corrects=8)
    assert (chain.state.condition, chain.state.condition_confirmed_at) == (Condition.DEGRADED, on(7))
    assert fold(chain.events) == chain.state


def test_a_report_recorded_late_stands_where_it_happened() -> None:
    chain = in_service()
    decision = decide_in_past(
        chain.events,
        Action.REPORT_CONDITION,
        {"condition": "down", "condition_reason": "failure"},
        Facts(on(5.5), PERSON),
    )
    assert decision.state == replace(chain.state, version=8)
    chain.add(decision, 5.5, recorded=30)
    then = fold(chain.events, as_of=on(5.75))
    assert then is not None
    assert then.condition is Condition.DOWN
    assert fold(chain.events) == decision.state


def test_a_late_move_that_breaks_a_later_one_is_refused_and_names_it() -> None:
    chain = in_service()
    with pytest.raises(HistoryBroken) as refused:
        decide_in_past(chain.events, Action.LOSE, {"reason": "stolen"}, Facts(on(3.5), PERSON))
    assert refused.value.facts == {"position": 5, "kind": "hand_over", "occurred_at": on(4).isoformat()}


def test_a_late_move_is_decided_by_the_state_of_then() -> None:
    chain = in_service()
    with pytest.raises(TransitionNotAllowed):
        decide_in_past(chain.events, Action.WITHDRAW, {"reason": "surplus"}, Facts(on(2), PERSON))
    with pytest.raises(Rejected) as refused:
        decide_in_past(chain.events, Action.SHIP, {}, Facts(on(-1), PERSON))
    assert refused.value.faults[0].code == "before_dependency"


def test_a_corrected_date_may_not_cross_what_depends_on_it() -> None:
    chain = in_service()
    decision = decide_correction(chain.events, 2, {}, Facts(on(1.5), PERSON))
    assert decision.state == chain.state
    with pytest.raises(HistoryBroken) as refused:
        decide_correction(chain.events, 3, CUSTODY, Facts(on(0.5), PERSON))
    assert refused.value.facts == {"position": 2, "kind": "ship", "occurred_at": on(1).isoformat()}
    with pytest.raises(TransitionNotAllowed) as crossed:
        decide_correction(chain.events, 2, {}, Facts(on(2.5), PERSON))
    assert crossed.value.facts["stage"] == "delivered"


def test_a_registration_can_be_corrected_but_not_annulled_nor_moved_behind_the_shipping() -> None:
    chain = in_service()
    decision = decide_correction(chain.events, 1, {"title_organisation_id": SECOND}, Facts(on(0.5), PERSON))
    assert decision.changes == {"stage": "ordered", "title_organisation_id": str(SECOND)}
    with pytest.raises(HistoryBroken) as refused:
        decide_correction(chain.events, 1, {}, Facts(on(1.5), PERSON))
    assert refused.value.facts["kind"] == "ship"
    with pytest.raises(Conflict):
        decide_annulment(chain.events, 1, Facts(on(9), PERSON), {})


def test_a_loss_cannot_be_moved_to_another_stage_than_it_remembers() -> None:
    chain = in_service().act("lose", 7, reason="stolen").act("recover", 8)
    lost = chain.events[7]
    with pytest.raises(HistoryBroken) as refused:
        check_correction(chain.events, Event("correct", on(4.5), on(9), 10, lost.changes, corrects=8))
    assert refused.value.facts["kind"] == "lose"
    wrong = {**chain.events[8].changes, "stage": "accepted"}
    with pytest.raises(HistoryBroken) as refused:
        check_correction(chain.events, Event("correct", on(8), on(9), 10, wrong, corrects=9))
    assert refused.value.facts["kind"] == "recover"


def test_an_annulment_takes_an_event_back() -> None:
    chain = in_service()
    decision = decide_annulment(chain.events, 7, Facts(on(9), PERSON), {"note": "Another radio"})
    assert (decision.kind, decision.payload, decision.changes) == ("annul", {}, {})
    assert decision.texts == {"note": "Another radio"}
    chain.add(decision, 9, corrects=7)
    assert fold(chain.events) == chain.state
    assert chain.state.condition is Condition.UNKNOWN
    assert chain.state.condition_confirmed_at is None
    with pytest.raises(Rejected) as refused:
        decide_annulment(chain.events, 7, Facts(on(9), PERSON), {})
    assert refused.value.faults[0].code == "unknown_event"
    late = Event("correct", on(6), on(10), 9, {"condition": "up"}, corrects=7)
    assert fold([*chain.events, late]) == chain.state


def test_what_a_document_did_is_undone_by_annulling_the_document_only() -> None:
    chain = in_service()
    facts = Facts(on(9), PERSON)
    with pytest.raises(Conflict):
        decide_annulment(chain.events, 5, facts, {})
    with pytest.raises(HistoryBroken) as refused:
        decide_annulment(chain.events, 5, facts, {}, through_document=True)
    assert refused.value.facts["kind"] == "put_in_service"
    with pytest.raises(Conflict):
        check_correction(
            chain.events,
            Event("correct", on(4), on(9), 8, chain.events[4].changes, corrects=5),
            through_document=True,
        )
    handed_over = Chain()
    handed_over.events, handed_over.state = chain.events[:5], chain.state
    decision = decide_annulment(handed_over.events, 5, facts, {}, through_document=True)
    assert decision.state.stage is Stage.ACCEPTED
    assert decision.state.unit_id is None


def test_a_correction_refers_to_something() -> None:
    with pytest.raises(Rejected):
        check_correction(in_service().events, Event("correct", on(1), on(9), 8, {}))
    with pytest.raises(Rejected):
        check_correction(in_service().events, Event("correct", on(1), on(9), 8, {}, corrects=77))


def test_a_history_begins_with_a_registration_and_has_only_one() -> None:
    chain = in_service()
    with pytest.raises(HistoryBroken):
        replay(chain.events[1:])
    with pytest.raises(HistoryBroken):
        replay([chain.events[0], chain.events[0]])


def test_kinds_that_only_documents_bring_about() -> None:
    assert [kind for kind in (*Action, "register", "correct") if is_by_document(kind)] == [
        "accept",
        "reject",
        "hand_over",
        "retransfer",
    ]


@given(data=st.data())
def test_any_history_folds_to_its_state_and_earlier_knowledge_never_changes(data: st.DataObject) -> None:
    chain = Chain().register()
    sent = {**TRANSFER, "condition": "up", "method": "sold", "authority": "a", "evidence": "e", "replaced_by": SECOND}
    known: list[tuple[datetime, ItemState]] = []
    for day in range(1, 10):
        legal = legal_actions(chain.state.stage)
        if not legal:
            break
        action = data.draw(st.sampled_from(legal))
        payload = _payload(action, chain.state.stage, sent)
        try:
            chain.act(action.value, day, **payload)
        except (RequirementsMissing, SeparationOfDuties):
            continue
        known.append((on(day), chain.state))
    if chain.state.stage is Stage.IN_SERVICE:
        late = decide_in_past(chain.events, Action.REPORT_CONDITION, {"condition": "up"}, Facts(on(9.5), PERSON))
        chain.add(late, 9.5, recorded=20)
    assert fold(chain.events) == chain.state
    for at, state in known:
        assert fold(chain.events, known_at=at) == state


def _payload(action: Action, stage: Stage, sent: dict[str, Any]) -> dict[str, Any]:

    required = TRANSITIONS[stage, action].required
    return {name: CODES[action, name][0] if (action, name) in CODES else sent[name] for name in required}
