"""What webhooks tell of: resources, the scope by which each is read, and the types of events (API 15 and 16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.access import Caller, Scope

#: Who may not read a resource hears nothing of it. A resource that is not here is told to nobody.
READ_SCOPE: Final[dict[str, Scope]] = {
    "accounts": Scope.ACCOUNTS_READ,
    "agencies": Scope.REGISTER_READ,
    "attachments": Scope.FILES_READ,
    "clients": Scope.CLIENTS_READ,
    "components": Scope.REGISTER_READ,
    "courses": Scope.REGISTER_READ,
    "delegations": Scope.REGISTER_READ,
    "deliveries": Scope.EQUIPMENT_READ,
    "documents": Scope.EQUIPMENT_READ,
    "equipment": Scope.EQUIPMENT_READ,
    "equipment-models": Scope.REGISTER_READ,
    "equipment-types": Scope.REGISTER_READ,
    "organisations": Scope.REGISTER_READ,
    "participations": Scope.REGISTER_READ,
    "postings": Scope.TRAINEES_READ,
    "programmes": Scope.REGISTER_READ,
    "qualifications": Scope.TRAINEES_READ,
    "records": Scope.TRAINEES_READ,
    "requirements": Scope.EQUIPMENT_READ,
    "sessions": Scope.TRAINING_READ,
    "sites": Scope.REGISTER_READ,
    "suppliers": Scope.REGISTER_READ,
    "support-arrangements": Scope.REGISTER_READ,
    "trainees": Scope.TRAINEES_READ,
}

#: What change rows call it → what events call it.
VERBS: Final = {"insert": "created", "update": "changed", "delete": "deleted"}
PING: Final = "bmp.webhooks.ping"
TYPES: Final[tuple[str, ...]] = tuple(f"bmp.{resource}.{verb}" for resource in READ_SCOPE for verb in VERBS.values())


def type_of(resource: str, action: str) -> str:
    """The CloudEvents type of a change."""
    return f"bmp.{resource}.{VERBS[action]}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events somebody wants: any of these resources and any of these types; None is all."""

    resources: frozenset[str] | None = None
    types: frozenset[str] | None = None

    def kinds(self, readable: tuple[str, ...]) -> list[str]:
        """`resource.action` of every change that is wanted, among resources that may be read."""
        among = [r for r in readable if self.resources is None or r in self.resources]
        return [f"{r}.{a}" for r in among for a in VERBS if self.types is None or type_of(r, a) in self.types]


@dataclass(frozen=True, slots=True)
class Sight:
    """A caller as far as some scopes reach, and the resources that are read by them."""

    caller: Caller
    resources: tuple[str, ...]


def sights(caller: Caller) -> list[Sight]:
    """What the caller sees in parts of one identity each: roles may differ by component, and then so does the sight."""
    found: dict[tuple[tuple[UUID, ...], ...], tuple[Caller, list[str]]] = {}
    for resource, scope in READ_SCOPE.items():
        if caller.may(scope):
            view = caller.within(scope)
            key = (view.see, view.joined, view.roots)
            found.setdefault(key, (view, []))[1].append(resource)
    return [Sight(view, tuple(resources)) for view, resources in found.values()]
