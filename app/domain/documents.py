"""Acceptance certificates, handover protocols and deliveries: their lives, and who may approve (DOMAIN 2 and 3).

Approved documents are the only way to `accepted`, `rejected` and `handed_over`. They are never edited: a second person
annuls them. Separation of duties is between *natural persons*: a client counts as the person for whom it acts; a
programme may also require that they come from different organisations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.domain.access import Scope
from app.domain.errors import (
    Fault,
    LinesChanged,
    Rejected,
    RequirementsMissing,
    SeparationOfDuties,
    TransitionNotAllowed,
)
from app.domain.persons import Bonds, check_second_person
from app.domain.time import Period, deadline_on, end_of
from app.domain.transitions import Action


class DocumentKind(StrEnum):
    """What a document does to the items on its lines."""

    ACCEPTANCE = "acceptance"
    HANDOVER = "handover"


class AcceptanceKind(StrEnum):
    """The kinds of acceptance; only the two provisional ones move the stage of an item."""

    PRELIMINARY = "preliminary"
    PARTIAL_PROVISIONAL = "partial_provisional"
    PROVISIONAL = "provisional"
    FINAL = "final"


class LineOutcome(StrEnum):
    """What a line says about its item."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    HANDED_OVER = "handed_over"


class DocumentStage(StrEnum):
    """Where a document stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    ANNULLED = "annulled"


class DocumentAction(StrEnum):
    """What can be done to a document. `deem` is the system's: acceptance by lapse of time."""

    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    REVISE = "revise"
    ANNUL = "annul"
    DEEM = "deem"
    ACKNOWLEDGE = "acknowledge"


#: Acceptance by lapse of time needs contracts, which are not recorded yet: its rules are here and tried, but no
#: operation leads to them, and nobody is told that one does.
NOT_OFFERED = frozenset({DocumentAction.DEEM, DocumentAction.ACKNOWLEDGE})
MOVES_STAGE = frozenset({AcceptanceKind.PARTIAL_PROVISIONAL, AcceptanceKind.PROVISIONAL})
#: Stages in which lines and fields may be changed.
EDITABLE = frozenset({DocumentStage.DRAFT, DocumentStage.RETURNED})
#: How many natural persons approve.
APPROVALS: Mapping[DocumentKind, int] = {DocumentKind.ACCEPTANCE: 1, DocumentKind.HANDOVER: 2}
WARRANTY_DAYS = 365
DEEMED_AFTER_DAYS = 30


@dataclass(frozen=True, slots=True)
class Actor:
    """The natural person who acts, and the organisation of the account or client."""

    person_id: UUID
    organisation_id: UUID


@dataclass(frozen=True, slots=True)
class DocumentState:
    """The facts of one document. `approvals` are those of the present round: a return ends the round.

    `drawn_up_by` are those who changed it or its lines, beside who prepared and who submitted it.
    """

    kind: DocumentKind
    prepared_by: Actor
    acceptance_kind: AcceptanceKind | None = None
    stage: DocumentStage = DocumentStage.DRAFT
    submitted_by: Actor | None = None
    drawn_up_by: tuple[Actor, ...] = ()
    approvals: tuple[Actor, ...] = ()
    deemed: bool = False
    acknowledged: bool = False
    reason: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What the service has looked up.

    `line_versions`: the present version of each line (its item) by id. `delivery_recorders`: who had a hand in
    recording the deliveries of the items. `bonds`: which persons may be one. `signatories`: both sides are named.
    `signed_file`: the hash of the signed file is there.
    `deemable`: the clock of the request for acceptance has run out for these items and no contract or defect stops it.
    """

    line_versions: Mapping[UUID, int]
    delivery_recorders: Collection[Actor] = ()
    signatories: bool = False
    signed_file: bool = False
    different_organisations: bool = False
    deemable: bool = False
    bonds: Bonds = field(default_factory=Bonds)


@dataclass(frozen=True, slots=True)
class DocumentTransition:
    """One step. `approve` leads to `to` only with the last approval that is needed."""

    to: DocumentStage
    scope: Mapping[DocumentKind, Scope] | None
    guards: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


_WRITE = {DocumentKind.ACCEPTANCE: Scope.ACCEPTANCES_WRITE, DocumentKind.HANDOVER: Scope.HANDOVERS_WRITE}
_APPROVE = {DocumentKind.ACCEPTANCE: Scope.ACCEPTANCES_APPROVE, DocumentKind.HANDOVER: Scope.HANDOVERS_APPROVE}
_submit = DocumentTransition(DocumentStage.SUBMITTED, _WRITE, guards=("lines", "signatories", "signed_file"))
_deem = DocumentTransition(DocumentStage.APPROVED, None, guards=("lines", "deemable"))

#: `scope` None is the system's own. A deemed certificate is acknowledged by a person before any handover.
DOCUMENT_TRANSITIONS: Mapping[tuple[DocumentStage, DocumentAction], DocumentTransition] = {
    (DocumentStage.DRAFT, DocumentAction.SUBMIT): _submit,
    (DocumentStage.RETURNED, DocumentAction.SUBMIT): _submit,
    (DocumentStage.RETURNED, DocumentAction.REVISE): DocumentTransition(DocumentStage.DRAFT, _WRITE),
    (DocumentStage.SUBMITTED, DocumentAction.APPROVE): DocumentTransition(
        DocumentStage.APPROVED, _APPROVE, guards=("lines",), required=("lines",)
    ),
    (DocumentStage.SUBMITTED, DocumentAction.RETURN): DocumentTransition(
        DocumentStage.RETURNED, _APPROVE, required=("reason",)
    ),
    (DocumentStage.APPROVED, DocumentAction.ANNUL): DocumentTransition(
        DocumentStage.ANNULLED, _APPROVE, required=("reason",)
    ),
    (DocumentStage.DRAFT, DocumentAction.DEEM): _deem,
    (DocumentStage.SUBMITTED, DocumentAction.DEEM): _deem,
    (DocumentStage.APPROVED, DocumentAction.ACKNOWLEDGE): DocumentTransition(
        DocumentStage.APPROVED, _APPROVE, guards=("to_be_acknowledged",)
    ),
}

#: A handover names signatories of both sides and holds the hash of the signed file (DOMAIN 3).
DOCUMENT_GUARDS: Mapping[str, Callable[[DocumentState, DocumentFacts], bool]] = {
    "lines": lambda _state, facts: bool(facts.line_versions),
    "signatories": lambda state, facts: state.kind is DocumentKind.ACCEPTANCE or facts.signatories,
    "signed_file": lambda state, facts: state.kind is DocumentKind.ACCEPTANCE or facts.signed_file,
    "deemable": lambda state, facts: facts.deemable and state.acceptance_kind in MOVES_STAGE,
    "to_be_acknowledged": lambda state, _facts: state.deemed and not state.acknowledged,
}


def legal_document_actions(stage: DocumentStage) -> tuple[DocumentAction, ...]:
    """The actions that the graph knows from a stage, guards aside."""
    return tuple(action for action in DocumentAction if (stage, action) in DOCUMENT_TRANSITIONS)


def offered_document_actions(stage: DocumentStage) -> tuple[DocumentAction, ...]:
    """Those of them for which there is an operation."""
    return tuple(action for action in legal_document_actions(stage) if action not in NOT_OFFERED)


def document_missing(state: DocumentState, action: DocumentAction, facts: DocumentFacts) -> tuple[str, ...]:
    """The guards of a step that do not hold, by name. Raises KeyError when the graph has no such step."""
    guards = DOCUMENT_TRANSITIONS[state.stage, action].guards
    return tuple(name for name in guards if not DOCUMENT_GUARDS[name](state, facts))


def decide_document(
    state: DocumentState,
    action: DocumentAction,
    payload: Mapping[str, Any],
    facts: DocumentFacts,
    actor: Actor | None,
) -> DocumentState:
    """The document after a step; it takes effect on its items when the stage becomes `approved`.

    `actor` None is the system, which may only `deem`. `payload` holds `reason` (return, annul) or `lines` (approve):
    the version of each line that the approver has read. Raises TransitionNotAllowed, Rejected, RequirementsMissing,
    SeparationOfDuties, SecondPersonNotIndependent, LinesChanged (`lines`: ids of those that changed since, came or
    went).
    """
    transition = DOCUMENT_TRANSITIONS.get((state.stage, action))
    if transition is None or (transition.scope is None) != (actor is None):
        legal = [action.value for action in offered_document_actions(state.stage)]
        raise TransitionNotAllowed(
            f"A document that is {state.stage} cannot {action}.",
            stage=state.stage.value,
            action=action.value,
            legal=legal,
        )
    _check_fields(transition, payload)
    blocked = document_missing(state, action, facts)
    if blocked:
        raise RequirementsMissing(
            f"{action} is blocked; missing: {', '.join(blocked)}.", action=action.value, missing=list(blocked)
        )
    if actor is not None:
        _check_duties(state, action, facts, actor)
    if action is DocumentAction.APPROVE:
        _check_lines(payload["lines"], facts.line_versions)
    return replace(_STEPS[action](state, transition, payload, actor), version=state.version + 1)


def _check_fields(transition: DocumentTransition, payload: Mapping[str, Any]) -> None:
    faults = [
        Fault(f"/{name}", "unknown_field", "This step takes no such field.")
        for name in payload
        if name not in transition.required
    ]
    for name in transition.required:
        value = payload.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            faults.append(Fault(f"/{name}", "missing", "This step needs this field."))
    if faults:
        raise Rejected(faults)


def _barred(state: DocumentState, action: DocumentAction, facts: DocumentFacts) -> list[tuple[Actor, str, bool]]:
    """Who has a part in a document that keeps them from a step, why, and whether it may keep their organisation too.

    Nobody approves what they prepared, changed or submitted, nor twice; nobody annuls what they approved. Acceptance:
    nor whose delivery they had a hand in recording. Where a programme asks for different organisations, approvers
    differ from one another and from who recorded the delivery.
    """
    approved = [(who, "approved this document already", True) for who in state.approvals]
    if action is DocumentAction.ANNUL:
        return approved
    if action is not DocumentAction.APPROVE:
        return []
    submitted = [] if state.submitted_by is None else [(state.submitted_by, "submitted this document", False)]
    prepared = [(state.prepared_by, "prepared this document", False)]
    changed = [(who, "changed this document", False) for who in state.drawn_up_by]
    if state.kind is DocumentKind.HANDOVER:
        return [*approved, *submitted, *prepared, *changed]
    recorded = [(who, "recorded the delivery", True) for who in facts.delivery_recorders]
    return [*approved, *submitted, *prepared, *changed, *recorded]


def _check_duties(state: DocumentState, action: DocumentAction, facts: DocumentFacts, actor: Actor) -> None:
    for other, why, organisation_too in _barred(state, action, facts):
        sentence = f"Somebody else has to do this: you {why}."
        check_second_person(actor.person_id, other.person_id, facts.bonds, sentence, action=action.value, because=why)
        across = facts.different_organisations and organisation_too and action is DocumentAction.APPROVE
        if across and other.organisation_id == actor.organisation_id:
            raise SeparationOfDuties(
                f"Another organisation has to do this: somebody of yours {why}.", action=action.value, because=why
            )


def _check_lines(read: Mapping[UUID, int], present: Mapping[UUID, int]) -> None:
    changed = sorted(str(line) for line in read.keys() | present.keys() if read.get(line) != present.get(line))
    if changed:
        raise LinesChanged(lines=changed)


_Step = Callable[[DocumentState, DocumentTransition, Mapping[str, Any], Actor | None], DocumentState]


def _approve(
    state: DocumentState, transition: DocumentTransition, _payload: Mapping[str, Any], actor: Actor | None
) -> DocumentState:
    approvals = state.approvals if actor is None else (*state.approvals, actor)
    enough = len(approvals) >= APPROVALS[state.kind]
    return replace(state, approvals=approvals, stage=transition.to if enough else state.stage)


_STEPS: Mapping[DocumentAction, _Step] = {
    DocumentAction.SUBMIT: lambda s, t, _p, who: replace(s, stage=t.to, submitted_by=who, approvals=(), reason=None),
    DocumentAction.APPROVE: _approve,
    DocumentAction.RETURN: lambda s, t, p, _who: replace(s, stage=t.to, approvals=(), reason=str(p["reason"])),
    DocumentAction.REVISE: lambda s, t, _p, _who: replace(s, stage=t.to),
    DocumentAction.ANNUL: lambda s, t, p, _who: replace(s, stage=t.to, reason=str(p["reason"])),
    DocumentAction.DEEM: lambda s, t, _p, _who: replace(s, stage=t.to, deemed=True),
    DocumentAction.ACKNOWLEDGE: lambda s, _t, _p, _who: replace(s, acknowledged=True),
}


def check_editable(state: DocumentState) -> None:
    """Lines and fields change in drafts and returned documents only. Raises TransitionNotAllowed."""
    if state.stage not in EDITABLE:
        legal = [action.value for action in offered_document_actions(state.stage)]
        raise TransitionNotAllowed(
            f"A document that is {state.stage} is not edited.", stage=state.stage.value, action="edit", legal=legal
        )


def item_action(state: DocumentState, outcome: LineOutcome, *, retransfer: bool = False) -> Action | None:
    """What an approved document orders for the item on a line; None where the stage does not move.

    Raises ValueError when the outcome belongs to the other kind of document.
    """
    if (outcome is LineOutcome.HANDED_OVER) != (state.kind is DocumentKind.HANDOVER):
        raise ValueError(f"{outcome} is not an outcome of {state.kind}")
    if state.kind is DocumentKind.HANDOVER:
        return Action.RETRANSFER if retransfer else Action.HAND_OVER
    if state.acceptance_kind not in MOVES_STAGE:
        return None
    return Action.ACCEPT if outcome is LineOutcome.ACCEPTED else Action.REJECT


def deemed_on(requested_on: date, days: int = DEEMED_AFTER_DAYS) -> date:
    """The last day of the clock that a request for acceptance starts; the certificate takes effect on that day."""
    return deadline_on(requested_on, days)


def is_deemable(
    requested_on: date,
    now: datetime,
    zone: tzinfo,
    *,
    kind: AcceptanceKind,
    excluded_by_contract: bool = False,
    stopped: bool = False,
    days: int = DEEMED_AFTER_DAYS,
) -> bool:
    """True once the last day of the clock has ended in the contract's zone.

    Never for final acceptance, nor where the contract excludes it, nor for items that a refusal or a recorded defect
    `stopped`.
    """
    if excluded_by_contract or stopped or kind not in MOVES_STAGE:
        return False
    return now >= end_of(deemed_on(requested_on, days), zone)


def warranty(accepted_on: date, days: int = WARRANTY_DAYS) -> Period[date] | None:
    """The warranty of an item from its own provisional acceptance, `days` long; None when the contract gives none."""
    return Period(accepted_on, accepted_on + timedelta(days=days)) if days > 0 else None


def document_workflow(kind: DocumentKind) -> dict[str, Any]:
    """The graph as data, for `/meta/workflows`."""
    return {
        "resource": f"{kind}s",
        "initial": DocumentStage.DRAFT.value,
        "final": [stage.value for stage in DocumentStage if not offered_document_actions(stage)],
        "states": [stage.value for stage in DocumentStage],
        "approvals": APPROVALS[kind],
        "transitions": [
            {
                "from": stage.value,
                "action": action.value,
                "to": transition.to.value,
                "scope": None if transition.scope is None else transition.scope[kind].value,
                "guards": list(transition.guards),
                "required": list(transition.required),
            }
            for (stage, action), transition in DOCUMENT_TRANSITIONS.items()
            if action not in NOT_OFFERED
        ],
    }
