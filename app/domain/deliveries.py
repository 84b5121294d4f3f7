"""The life of a delivery: `draft → received → closed` (DOMAIN 3). Receiving it moves its items to `delivered`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from app.domain.access import Scope
from app.domain.errors import TransitionNotAllowed


class DeliveryStage(StrEnum):
    """Where a delivery stands."""

    DRAFT = "draft"
    RECEIVED = "received"
    CLOSED = "closed"


class DeliveryAction(StrEnum):
    """What can be done to a delivery."""

    RECEIVE = "receive"
    CLOSE = "close"


class DeliveryTransition(NamedTuple):
    """One step; both are the logistics side's."""

    to: DeliveryStage
    scope: Scope = Scope.DELIVERIES_WRITE


DELIVERY_TRANSITIONS: Mapping[tuple[DeliveryStage, DeliveryAction], DeliveryTransition] = {
    (DeliveryStage.DRAFT, DeliveryAction.RECEIVE): DeliveryTransition(DeliveryStage.RECEIVED),
    (DeliveryStage.RECEIVED, DeliveryAction.CLOSE): DeliveryTransition(DeliveryStage.CLOSED),
}

#: Items are registered, and discrepancies reported, until the delivery is closed.
DELIVERY_OPEN = frozenset({DeliveryStage.DRAFT, DeliveryStage.RECEIVED})


def legal_delivery_actions(stage: DeliveryStage) -> tuple[DeliveryAction, ...]:
    """The actions that the graph knows from a stage."""
    return tuple(action for action in DeliveryAction if (stage, action) in DELIVERY_TRANSITIONS)


def decide_delivery(stage: DeliveryStage, action: DeliveryAction) -> DeliveryStage:
    """The stage after a step. Raises TransitionNotAllowed (`stage`, `action`, `legal`)."""
    transition = DELIVERY_TRANSITIONS.get((stage, action))
    if transition is None:
        raise _not_allowed(stage, action)
    return transition.to


def check_delivery_open(stage: DeliveryStage, action: str = "register") -> None:
    """Nothing is added to a closed delivery, nor said of it. Raises TransitionNotAllowed."""
    if stage not in DELIVERY_OPEN:
        raise _not_allowed(stage, action)


def _not_allowed(stage: DeliveryStage, action: str) -> TransitionNotAllowed:
    legal = [legal.value for legal in legal_delivery_actions(stage)]
    return TransitionNotAllowed(
        f"A delivery that is {stage} cannot {action}.", stage=stage.value, action=str(action), legal=legal
    )


def delivery_workflow() -> dict[str, Any]:
    """The graph as data, for `/meta/workflows`."""
    return {
        "resource": "deliveries",
        "initial": DeliveryStage.DRAFT.value,
        "final": [stage.value for stage in DeliveryStage if not legal_delivery_actions(stage)],
        "states": [stage.value for stage in DeliveryStage],
        "transitions": [
            {"from": stage.value, "action": action.value, "to": transition.to.value, "scope": transition.scope.value}
            for (stage, action), transition in DELIVERY_TRANSITIONS.items()
        ],
    }
