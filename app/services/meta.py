"""What the service says about itself as data: graphs, roles with their scopes, codes. The same for every caller."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

import orjson

from app.db.columns import LANGUAGES
from app.domain.access import ROLE_SCOPES, Role, Scope
from app.domain.deliveries import DeliveryStage, delivery_workflow
from app.domain.documents import AcceptanceKind, DocumentKind, DocumentStage, LineOutcome, document_workflow
from app.domain.equipment import CODES, Action, Condition, DownReason, Stage, workflow
from app.domain.identifiers import Scheme
from app.domain.requirements import RequirementDecision, RequirementKind
from app.domain.training import CourseKind, QualificationKind, RecordStage, record_workflow
from app.domain.training_sessions import SESSION_TRANSITIONS, SessionStatus
from app.schemas.meta import CodeList, CodeOut, CodesOut, RoleOut, ScopesAndRoles, TransitionOut, WorkflowOut, Workflows

_LISTS: dict[str, Iterable[str]] = {
    "equipment_stage": Stage,
    "equipment_action": Action,
    "condition": Condition,
    "condition_reason": DownReason,
    "identifier_scheme": Scheme,
    "requirement": RequirementKind,
    "requirement_decision": RequirementDecision,
    "document_kind": DocumentKind,
    "acceptance_kind": AcceptanceKind,
    "line_outcome": LineOutcome,
    "document_stage": DocumentStage,
    "delivery_stage": DeliveryStage,
    "course_kind": CourseKind,
    "qualification_kind": QualificationKind,
    "session_status": SessionStatus,
    "record_stage": RecordStage,
    **{f"{action}_{name}": words for (action, name), words in CODES.items()},
}


#: The words of the addresses, where the domain has another one.
_RESOURCES = {"training_records": "records"}


@lru_cache(maxsize=1)
def workflows() -> Workflows:
    """Every graph of the service: states, steps, and what each step asks for."""
    graphs = [
        workflow(),
        delivery_workflow(),
        *(document_workflow(kind) for kind in DocumentKind),
        record_workflow(),
        _session_workflow(),
    ]
    return Workflows(items=[_graph(graph) for graph in graphs])


def _session_workflow() -> dict[str, object]:
    steps = [
        {"from": s, "action": a, "to": to, "scope": Scope.TRAINING_WRITE} for (s, a), to in SESSION_TRANSITIONS.items()
    ]
    begun = {stage for stage, _ in SESSION_TRANSITIONS}
    return {
        "resource": "sessions",
        "initial": SessionStatus.PLANNED,
        "final": [stage for stage in SessionStatus if stage not in begun],
        "states": list(SessionStatus),
        "transitions": steps,
    }


def _graph(graph: dict[str, object]) -> WorkflowOut:
    known = {name: graph[name] for name in ("initial", "final", "states")}
    known["resource"] = _RESOURCES.get(str(graph["resource"]), graph["resource"])
    steps = [TransitionOut.model_validate(step) for step in graph["transitions"]]  # type: ignore[attr-defined]  # a list
    return WorkflowOut.model_validate({**known, "transitions": steps})


@lru_cache(maxsize=1)
def scopes_and_roles() -> ScopesAndRoles:
    """The fixed roles and the scopes that each gives."""
    roles = [RoleOut(role=role, scopes=sorted(scope.value for scope in ROLE_SCOPES[role])) for role in Role]
    return ScopesAndRoles(scopes=[scope.value for scope in Scope], roles=roles)


@lru_cache(maxsize=len(LANGUAGES))
def codes(language: str) -> CodesOut:
    """Every code with its label; codes without a translation are shown as they are, in words."""
    labels: dict[str, dict[str, list[str]]] = orjson.loads(files("app.data").joinpath("code_labels.json").read_bytes())
    place = LANGUAGES.index(language)

    def shown(name: str, code: str) -> str:
        known = labels.get(name, {}).get(code)
        return known[place] if known else code.replace("_", " ").capitalize()

    return CodesOut(
        language=language,
        items=[
            CodeList(name=name, codes=[CodeOut(code=str(code), label=shown(name, str(code))) for code in listed])
            for name, listed in _LISTS.items()
        ],
    )
