"""The stage graph of an item as data (DOMAIN 3): one frozen table `(stage, action) → Transition`.

`domain/equipment.py` is the door that decides by it; `/meta/workflows` publishes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.access import Scope
from app.domain.item import HELD, Stage
from app.domain.requirements import guarding


class Action(StrEnum):
    """What can be done to an item. The event that records it has the same word as its kind."""

    SHIP = "ship"
    DELIVER = "deliver"
    ACCEPT = "accept"
    REJECT = "reject"
    REDELIVER = "redeliver"
    RETURN = "return"
    EXCHANGE_RETURN = "exchange_return"
    HAND_OVER = "hand_over"
    RETRANSFER = "retransfer"
    PUT_IN_SERVICE = "put_in_service"
    WITHDRAW = "withdraw"
    REINSTATE = "reinstate"
    DISPOSE = "dispose"
    LOSE = "lose"
    RECOVER = "recover"
    CANCEL = "cancel"
    CONFIRM_RECEIPT = "confirm_receipt"
    REPORT_CONDITION = "report_condition"
    MOVE_CUSTODY = "move_custody"


@dataclass(frozen=True, slots=True)
class Transition:
    """One step. `to` None keeps the stage (or, with the effect `restores_stage`, goes back to the one before loss).

    `guards` name facts that must hold, `required` and `optional` the fields that may be sent (free text is always
    allowed, see `domain/payload.py`), `effects` what changes beside the stage.
    """

    to: Stage | None
    scope: Scope
    guards: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()


_CUSTODY = ("custody_organisation_id", "custody_site_id")
_TRANSFER = ("title_organisation_id", *_CUSTODY, "unit_id")
_TRANSFERS = ("sets_title", "sets_custody", "sets_unit", "reopens_receipt")
_HELD = tuple(stage for stage in Stage if stage in HELD)
#: Delivered and still with the programme or its beneficiaries: it can be looked at, moved, reported on.
_AT_HAND = (Stage.DELIVERED, Stage.ACCEPTED, Stage.REJECTED, *_HELD)

_deliver = Transition(
    Stage.DELIVERED, Scope.DELIVERIES_WRITE, required=_CUSTODY, effects=("sets_custody", "condition_unknown")
)
_DISPOSAL = ("method", "authority", "evidence")
_dispose = Transition(Stage.DISPOSED, Scope.EQUIPMENT_WRITE, required=_DISPOSAL)
_lose = Transition(Stage.LOST, Scope.EQUIPMENT_WRITE, required=("reason",), effects=("remembers_stage",))
_cancel = Transition(Stage.CANCELLED, Scope.EQUIPMENT_WRITE, required=("reason",))
_withdraw = Transition(Stage.WITHDRAWN, Scope.EQUIPMENT_WRITE, required=("reason",))
_retransfer = Transition(
    None,
    Scope.HANDOVERS_APPROVE,
    guards=("by_document", "receiving_unit", *guarding(Action.RETRANSFER)),
    required=_TRANSFER,
    effects=_TRANSFERS,
)
_confirm_receipt = Transition(
    None,
    Scope.EQUIPMENT_CONFIRM,
    guards=("receipt_outstanding", "receiving_side", "no_part_in_handover"),
    effects=("confirms_receipt",),
)
_report_condition = Transition(
    None,
    Scope.EQUIPMENT_CONFIRM,
    required=("condition",),
    optional=("condition_reason",),
    effects=("sets_condition",),
)
_move_custody = Transition(
    None,
    Scope.EQUIPMENT_WRITE,
    required=("custody_organisation_id",),
    optional=("custody_site_id",),
    effects=("sets_custody",),
)

#: The graph. Nothing follows `returned`, not even loss: the thing is out of the programme's hands.
TRANSITIONS: Mapping[tuple[Stage, Action], Transition] = {
    (Stage.ORDERED, Action.SHIP): Transition(Stage.SHIPPED, Scope.EQUIPMENT_WRITE),
    (Stage.ORDERED, Action.DELIVER): _deliver,  # local purchase
    (Stage.SHIPPED, Action.DELIVER): _deliver,
    (Stage.DELIVERED, Action.ACCEPT): Transition(
        Stage.ACCEPTED,
        Scope.ACCEPTANCES_APPROVE,
        guards=("by_document", *guarding(Action.ACCEPT)),
        required=("title_organisation_id",),
        optional=("condition", "warranty_from", "warranty_until"),
        effects=("sets_title", "sets_condition", "sets_warranty"),
    ),
    (Stage.DELIVERED, Action.REJECT): Transition(
        Stage.REJECTED, Scope.ACCEPTANCES_APPROVE, guards=("by_document",), required=("reason",)
    ),
    (Stage.REJECTED, Action.REDELIVER): _deliver,
    (Stage.REJECTED, Action.RETURN): Transition(
        Stage.RETURNED,
        Scope.EQUIPMENT_WRITE,
        required=("custody_organisation_id",),
        effects=("sets_custody", "title_follows_custody"),
    ),
    (Stage.ACCEPTED, Action.EXCHANGE_RETURN): Transition(
        Stage.RETURNED,
        Scope.EQUIPMENT_WRITE,
        required=("replaced_by", "custody_organisation_id"),
        effects=("sets_replacement", "sets_custody", "title_follows_custody"),
    ),
    (Stage.ACCEPTED, Action.HAND_OVER): Transition(
        Stage.HANDED_OVER,
        Scope.HANDOVERS_APPROVE,
        guards=("by_document", "receiving_unit", "deemed_acknowledged", *guarding(Action.HAND_OVER)),
        required=_TRANSFER,
        effects=_TRANSFERS,
    ),
    (Stage.ACCEPTED, Action.DISPOSE): _dispose,
    (Stage.HANDED_OVER, Action.PUT_IN_SERVICE): Transition(Stage.IN_SERVICE, Scope.EQUIPMENT_WRITE),
    (Stage.HANDED_OVER, Action.WITHDRAW): _withdraw,
    (Stage.IN_SERVICE, Action.WITHDRAW): _withdraw,
    (Stage.WITHDRAWN, Action.REINSTATE): Transition(Stage.IN_SERVICE, Scope.EQUIPMENT_WRITE),
    (Stage.WITHDRAWN, Action.DISPOSE): _dispose,
    (Stage.LOST, Action.RECOVER): Transition(
        None, Scope.EQUIPMENT_WRITE, optional=_CUSTODY, effects=("restores_stage", "sets_custody", "condition_unknown")
    ),
    (Stage.LOST, Action.DISPOSE): Transition(
        Stage.DISPOSED, Scope.EQUIPMENT_WRITE, required=_DISPOSAL, effects=("forgets_stage",)
    ),
    **{(stage, Action.LOSE): _lose for stage in (Stage.SHIPPED, *_AT_HAND)},
    **{(stage, Action.CANCEL): _cancel for stage in (Stage.ORDERED, Stage.SHIPPED, Stage.DELIVERED, Stage.REJECTED)},
    **{(stage, Action.RETRANSFER): _retransfer for stage in _HELD},
    **{(stage, Action.CONFIRM_RECEIPT): _confirm_receipt for stage in _HELD},
    **{(stage, Action.REPORT_CONDITION): _report_condition for stage in _AT_HAND},
    **{(stage, Action.MOVE_CUSTODY): _move_custody for stage in _AT_HAND},
}

#: How an item's history begins: the kind of its first event, and what may be said with it.
REGISTER_KIND = "register"
REGISTER = Transition(
    Stage.ORDERED,
    Scope.EQUIPMENT_WRITE,
    optional=("title_organisation_id", *_CUSTODY),
    effects=("sets_title", "sets_custody"),
)


def legal_actions(stage: Stage) -> tuple[Action, ...]:
    """The actions that the graph knows from a stage, guards aside, in the order of `Action`."""
    return tuple(action for action in Action if (stage, action) in TRANSITIONS)
