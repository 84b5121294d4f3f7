"""The life of an item: the one door through its table of transitions (DOMAIN 3, HOUSE 6).

`decide` is the only place that says what a move does to an item. It is given values, not rows: the state, what was
sent, and facts that the service has loaded. Single calls, bulk calls, imports and documents all go through it. It
depends on nothing else, so a service may decide once for all items that are in equal states with equal facts.

Moves that are recorded late, behind later events, go through `domain/history.py`, which ends here too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.access import Scope
from app.domain.errors import Rejected, RequirementsMissing, SeparationOfDuties, TransitionNotAllowed
from app.domain.item import HELD, WORKING, Condition, DownReason, ItemState, Stage, with_changes
from app.domain.payload import CODES, read_payload
from app.domain.requirements import RequirementKind
from app.domain.transitions import REGISTER, REGISTER_KIND, TRANSITIONS, Action, Transition, legal_actions

__all__ = [
    "CODES",
    "DUTIES",
    "EFFECTS",
    "GUARDS",
    "HELD",
    "REGISTER",
    "REGISTER_KIND",
    "TRANSITIONS",
    "WORKING",
    "Action",
    "AvailableAction",
    "Condition",
    "Decision",
    "DownReason",
    "Facts",
    "ItemState",
    "Stage",
    "Transition",
    "available_actions",
    "decide",
    "legal_actions",
    "missing_guards",
    "register",
    "workflow",
]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the service has looked up for one item before a move.

    `occurred_at` is when it happened; the service has passed it through `time.check_occurred_at`. `actor_id` is the
    natural person; None is the system. `ordered_by_document` is what the approved document that is being carried out
    orders for this item. `missing_requirements` are the enforced kinds that are not met for the item, its (receiving)
    unit and the document. `receiving_unit`: the unit named is a leaf of an agency that takes part in the component on
    that day, and the site is that unit's. `deemed`: this acceptance comes about by lapse of time.
    `deemed_unacknowledged`: the item was accepted by lapse of time and no person has acknowledged that yet.
    `receiving_side`: the caller belongs to the agency tree of the item's unit, and to no implementer.
    `part_in_handover`: this person prepared, submitted or approved the protocol by which the unit has the item.
    """

    occurred_at: datetime
    actor_id: UUID | None = None
    ordered_by_document: Action | None = None
    missing_requirements: frozenset[RequirementKind] = frozenset()
    receiving_unit: bool = False
    deemed: bool = False
    deemed_unacknowledged: bool = False
    receiving_side: bool = False
    part_in_handover: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a move makes of an item: its new state and its event.

    `payload` (codes and keys that were sent) and `changes` (fact → new value) are JSON-ready, stored and hashed as
    they are. `texts` is free text (notes, names of authorities): stored apart, hashed with a salt, erasable.
    """

    state: ItemState
    kind: str
    payload: dict[str, Any]
    changes: dict[str, Any]
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AvailableAction:
    """A step of the graph from the present stage; `missing` says why it is blocked, if it is, `because` in words."""

    action: Action
    allowed: bool
    missing: tuple[str, ...]
    scope: Scope
    required: tuple[str, ...]
    because: str | None = None


Guard = Callable[[Action, ItemState, Facts], bool]
Effect = Callable[[ItemState, Mapping[str, Any], Facts], dict[str, Any]]


def _requirement(kind: RequirementKind) -> Guard:
    return lambda _action, _state, facts: kind not in facts.missing_requirements


#: Facts that must hold, by the names that the table uses. Acceptance by lapse of time takes effect *that day*,
#: tested or not (DOMAIN 3); the test is asked for again at the handover.
GUARDS: Mapping[str, Guard] = {
    **{kind.value: _requirement(kind) for kind in RequirementKind},
    RequirementKind.TEST_PASSED.value: lambda action, _state, facts: (
        RequirementKind.TEST_PASSED not in facts.missing_requirements or (action is Action.ACCEPT and facts.deemed)
    ),
    "by_document": lambda action, _state, facts: facts.ordered_by_document is action,
    "receiving_unit": lambda _action, _state, facts: facts.receiving_unit,
    "deemed_acknowledged": lambda _action, _state, facts: not facts.deemed_unacknowledged,
    "receipt_outstanding": lambda _action, state, _facts: state.receipt_confirmed_at is None,
    "receiving_side": lambda _action, _state, facts: facts.receiving_side,
    "no_part_in_handover": lambda _action, _state, facts: not facts.part_in_handover,
}

#: Guards about *who* acts (DOMAIN 2): nothing that could be brought makes them hold, somebody else has to act.
DUTIES: Mapping[str, str] = {
    "receiving_side": "Receipt is confirmed by the receiving side: somebody of the unit's own agency.",
    "no_part_in_handover": "Receipt is confirmed by somebody who neither prepared nor approved the handover.",
}


def _person(facts: Facts) -> str | None:
    return None if facts.actor_id is None else str(facts.actor_id)


def _sets(*names: str) -> Effect:
    return lambda _state, said, _facts: {name: said[name] for name in names if name in said}


def _sets_custody(_state: ItemState, said: Mapping[str, Any], _facts: Facts) -> dict[str, Any]:
    """A new custodian without a site means that the site is not known, not that it stayed the same."""
    names = ("custody_organisation_id", "custody_site_id")
    return {name: said.get(name) for name in names} if any(name in said for name in names) else {}


def _sets_condition(_state: ItemState, said: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    if "condition" not in said:
        return {}
    return {
        "condition": said["condition"],
        "condition_reason": said.get("condition_reason"),
        "condition_confirmed_by": _person(facts),
    }


#: What changes beside the stage, by the names that the table uses.
EFFECTS: Mapping[str, Effect] = {
    "sets_title": _sets("title_organisation_id"),
    "sets_custody": _sets_custody,
    "sets_unit": _sets("unit_id"),
    "sets_warranty": _sets("warranty_from", "warranty_until"),
    "sets_replacement": _sets("replaced_by"),
    "sets_condition": _sets_condition,
    "title_follows_custody": lambda _state, said, _facts: {"title_organisation_id": said["custody_organisation_id"]},
    "condition_unknown": lambda _state, _said, _facts: {
        "condition": Condition.UNKNOWN.value,
        "condition_reason": None,
        "condition_confirmed_by": None,
    },
    "confirms_receipt": lambda _state, _said, facts: {"receipt_confirmed_by": _person(facts)},
    "reopens_receipt": lambda _state, _said, _facts: {"receipt_confirmed_by": None},
    "remembers_stage": lambda state, _said, _facts: {"stage_before_loss": state.stage.value},
    "restores_stage": lambda state, _said, _facts: {"stage": str(state.stage_before_loss), "stage_before_loss": None},
    "forgets_stage": lambda _state, _said, _facts: {"stage_before_loss": None},
}


def missing_guards(state: ItemState, action: Action, facts: Facts) -> tuple[str, ...]:
    """The guards of a step that do not hold, by name. Raises KeyError when the graph has no such step."""
    transition = TRANSITIONS[state.stage, action]
    return tuple(name for name in transition.guards if not GUARDS[name](action, state, facts))


def decide(state: ItemState, action: Action, payload: Mapping[str, Any], facts: Facts) -> Decision:
    """What a move makes of an item.

    Raises TransitionNotAllowed (`stage`, `action`, `legal`) when the graph has no such step; Rejected when fields are
    missing or wrong, or it would have happened before the item's latest event; SeparationOfDuties when somebody else
    has to do it; RequirementsMissing (`action`, `missing`) when another guard does not hold.
    """
    transition = TRANSITIONS.get((state.stage, action))
    if transition is None:
        legal = [legal.value for legal in legal_actions(state.stage)]
        raise TransitionNotAllowed(
            f"An item that is {state.stage} cannot {action}.", stage=state.stage.value, action=action.value, legal=legal
        )
    said, texts = read_payload(action, transition, payload)
    _check_order(state, facts.occurred_at)
    blocked = missing_guards(state, action, facts)
    for name in blocked:
        if name in DUTIES:
            raise SeparationOfDuties(DUTIES[name], action=action.value, because=name)
    if blocked:
        raise RequirementsMissing(
            f"{action} is blocked; missing: {', '.join(blocked)}.", action=action.value, missing=list(blocked)
        )
    return _carry_out(state, action.value, transition, said, texts, facts)


def register(payload: Mapping[str, Any], facts: Facts) -> Decision:
    """How an item begins: `ordered`, in condition unknown. Raises Rejected for wrong fields."""
    said, texts = read_payload(None, REGISTER, payload)
    return _carry_out(ItemState(), REGISTER_KIND, REGISTER, said, texts, facts)


def _check_order(state: ItemState, occurred_at: datetime) -> None:
    last = state.last_occurred_at
    if last is not None and occurred_at < last:
        raise Rejected.at("/occurred_at", "before_dependency", f"This cannot have happened before {last.isoformat()}.")


def _carry_out(
    state: ItemState, kind: str, transition: Transition, said: dict[str, Any], texts: dict[str, str], facts: Facts
) -> Decision:
    changes: dict[str, Any] = {} if transition.to is None else {"stage": transition.to.value}
    for effect in transition.effects:
        changes.update(EFFECTS[effect](state, said, facts))
    return Decision(with_changes(state, changes, facts.occurred_at), kind, said, changes, texts)


def available_actions(state: ItemState, facts: Facts, scopes: Collection[str] | None = None) -> list[AvailableAction]:
    """What the graph offers from here, and for each blocked step what is missing.

    With `scopes`, only the steps that a caller with these scopes may take.
    """
    found = []
    for action in legal_actions(state.stage):
        transition = TRANSITIONS[state.stage, action]
        if scopes is None or transition.scope in scopes:
            blocked = missing_guards(state, action, facts)
            because = next((DUTIES[name] for name in blocked if name in DUTIES), None)
            found.append(AvailableAction(action, not blocked, blocked, transition.scope, transition.required, because))
    return found


def workflow() -> dict[str, Any]:
    """The graph as data, for `/meta/workflows`: states, transitions with scope, guards and fields, and the codes."""
    return {
        "resource": "equipment",
        "initial": REGISTER.to,
        "final": [stage.value for stage in Stage if not legal_actions(stage)],
        "states": [stage.value for stage in Stage],
        "transitions": [
            {
                "from": stage.value,
                "action": action.value,
                "to": None if transition.to is None else transition.to.value,
                "scope": transition.scope.value,
                "guards": list(transition.guards),
                "required": list(transition.required),
                "optional": list(transition.optional),
                "effects": list(transition.effects),
            }
            for stage in Stage
            for action in Action
            if (transition := TRANSITIONS.get((stage, action)))
        ],
        "codes": [
            {"action": action.value, "field": name, "values": list(words)} for (action, name), words in CODES.items()
        ],
    }
