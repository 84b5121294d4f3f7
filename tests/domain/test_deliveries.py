from __future__ import annotations

import pytest

from app.domain.deliveries import (
    DeliveryAction,
    DeliveryStage,
    check_delivery_open,
    decide_delivery,
    delivery_workflow,
)
from app.domain.errors import TransitionNotAllowed


def test_a_delivery_is_received_then_closed() -> None:
    received = decide_delivery(DeliveryStage.DRAFT, DeliveryAction.RECEIVE)
    assert received is DeliveryStage.RECEIVED
    assert decide_delivery(received, DeliveryAction.CLOSE) is DeliveryStage.CLOSED


@pytest.mark.parametrize(
    ("stage", "action", "legal"),
    [("draft", "close", ["receive"]), ("received", "receive", ["close"]), ("closed", "close", [])],
)
def test_other_steps_are_refused_with_what_is_legal(stage: str, action: str, legal: list[str]) -> None:
    with pytest.raises(TransitionNotAllowed) as refused:
        decide_delivery(DeliveryStage(stage), DeliveryAction(action))
    assert refused.value.facts == {"stage": stage, "action": action, "legal": legal}


def test_nothing_is_added_to_a_closed_delivery() -> None:
    check_delivery_open(DeliveryStage.DRAFT)
    check_delivery_open(DeliveryStage.RECEIVED)
    with pytest.raises(TransitionNotAllowed) as refused:
        check_delivery_open(DeliveryStage.CLOSED)
    assert refused.value.facts == {"stage": "closed", "action": "register", "legal": []}


def test_the_workflow_is_published_whole() -> None:
    assert delivery_workflow() == {
        "resource": "deliveries",
        "initial": "draft",
        "final": ["closed"],
        "states": ["draft", "received", "closed"],
        "transitions": [
            {"from": "draft", "action": "receive", "to": "received", "scope": "deliveries:write"},
            {"from": "received", "action": "close", "to": "closed", "scope": "deliveries:write"},
        ],
    }
