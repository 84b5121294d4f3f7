"""The change feed's rules (API 15): which resources are told of to whom, types of events, positions, scopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from uuid import UUID

from app.domain.access import Caller, Scope
from app.domain.errors import CursorExpired, FeedRewound

#: The one table of what the feed tells of, and the scope by which each resource is read: who may not read a resource
#: hears nothing of it. A resource that is not here is not in the feed.
READ_SCOPE: Final[dict[str, Scope]] = {
    "acceptances": Scope.EQUIPMENT_READ,
    "accounts": Scope.ACCOUNTS_READ,
    "agencies": Scope.REGISTER_READ,
    "attachments": Scope.FILES_READ,
    "clients": Scope.CLIENTS_READ,
    "components": Scope.REGISTER_READ,
    "courses": Scope.REGISTER_READ,
    "delegations": Scope.REGISTER_READ,
    "deliveries": Scope.EQUIPMENT_READ,
    "equipment": Scope.EQUIPMENT_READ,
    "equipment-models": Scope.REGISTER_READ,
    "equipment-types": Scope.REGISTER_READ,
    "handovers": Scope.EQUIPMENT_READ,
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

#: What change rows call it → what the feed calls it.
VERBS: Final = {"insert": "created", "update": "changed", "delete": "deleted"}
OUT_OF_SIGHT: Final = "bmp.object.out_of_sight"
SCOPE_CHANGED: Final = "bmp.scope.changed"
#: Rows that tell that a branch of the tree was moved, into the caller's sight or out of it.
MOVED: Final = ("moved_in", "moved_out")

#: Every type of event, for the documentation and to check filters.
TYPES: Final[tuple[str, ...]] = (
    *(f"bmp.{resource}.{verb}" for resource in READ_SCOPE for verb in VERBS.values()),
    OUT_OF_SIGHT,
    SCOPE_CHANGED,
)


#: The CloudEvents type of each kind of change row.
TYPE_OF: Final[dict[tuple[str, str], str]] = {
    (resource, action): f"bmp.{resource}.{verb}" for resource in READ_SCOPE for action, verb in VERBS.items()
} | {(resource, "left"): OUT_OF_SIGHT for resource in READ_SCOPE}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events somebody wants: any of these resources, and any of these types; None is all.

    Events about the caller's own scope are about the feed itself: no filter leaves them out.
    """

    resources: frozenset[str] | None = None
    types: frozenset[str] | None = None

    def rows(self, readable: Iterable[str]) -> tuple[list[str], list[str] | None]:
        """The resources whose rows are left out, and `resource.action` of the rows that are wanted; None is all."""
        among = frozenset(readable) if self.resources is None else self.resources.intersection(readable)
        hidden = [resource for resource in READ_SCOPE if resource not in among]
        if self.types is None:
            return hidden, None
        return hidden, [f"{resource}.{action}" for (resource, action), name in TYPE_OF.items() if name in self.types]


@dataclass(frozen=True, slots=True)
class Sight:
    """A caller as far as some scopes reach, and the resources that are read by them."""

    caller: Caller
    resources: tuple[str, ...]


def sights(caller: Caller) -> list[Sight]:
    """The caller's feed in parts of one identity each: roles may differ by component, and then so does what is seen.

    One part for nearly everybody.
    """
    found: dict[tuple[tuple[UUID, ...], ...], tuple[Caller, list[str]]] = {}
    for resource, scope in READ_SCOPE.items():
        if caller.may(scope):
            view = caller.within(scope)
            key = (view.see, view.joined, view.roots)
            found.setdefault(key, (view, []))[1].append(resource)
    if not found:
        return [Sight(caller, ())]
    return [Sight(view, tuple(resources)) for view, resources in found.values()]


def readable(caller: Caller) -> list[str]:
    """The resources that the feed tells this caller of."""
    return [resource for resource, scope in READ_SCOPE.items() if caller.may(scope)]


def audits_some(caller: Caller) -> bool:
    """Whether what the caller reads of organisations depends on who takes part in the components audited (ADR 26)."""
    return caller.may(Scope.SECURITY_READ) and bool(caller.audits) and not (caller.audits_all or caller.administers)


def fingerprint(caller: Caller, audited: Sequence[UUID] | None = None) -> bytes:
    """Eight bytes that differ when the caller's scope differs: components, agencies, organisation, rights to read.

    `audited` are the organisations of an auditor of some components, in order.
    """
    digest = sha256()
    for sight in sights(caller):
        view = sight.caller
        for part in (view.see, view.joined, view.roots, view.own_tops, (view.organisation_id,)):
            digest.update(b"|" + ",".join(str(each) for each in sorted(part)).encode("ascii"))
        audits = view.may(Scope.SECURITY_READ)
        flags = (view.administers, view.sees_people, audits and view.audits_all)
        components = view.audits if audits else ()
        digest.update(repr((sight.resources, flags, [str(each) for each in components])).encode("ascii"))
    if audited is not None:
        digest.update(repr([str(each) for each in audited]).encode("ascii"))
    return digest.digest()[:8]


@dataclass(frozen=True, slots=True)
class Era:
    """A stretch of the feed's history that nothing has torn.

    A database that was restored, or moved, goes on from what it holds: its new positions are another history than the
    one that readers may have seen go on, so they belong to a new era. `after` is the last position of those before.
    """

    id: UUID
    after: int


@dataclass(frozen=True, slots=True)
class Marks:
    """Where the feed begins and ends: positions up to `forgotten` are gone, `newest` is the last."""

    newest: int
    forgotten: int
    eras: tuple[Era, ...] = field(default_factory=tuple)

    def era_of(self, position: int) -> Era:
        """The era to which a position belongs."""
        if self.eras[-1].after < position:
            return self.eras[-1]
        return next(era for era in reversed(self.eras) if era.after < position or era is self.eras[0])


@dataclass(frozen=True, slots=True)
class Point:
    """Where a reader stands: what a cursor holds. `scope` is the fingerprint of what the reader could see then."""

    era: UUID
    position: int
    scope: bytes


def check(point: Point, marks: Marks) -> None:
    """Whether a reader can go on from there: CursorExpired when too old, FeedRewound when its history is not ours."""
    ends = [*(era.after for era in marks.eras[1:]), marks.newest]
    end = next((last for era, last in zip(marks.eras, ends, strict=True) if era.id == point.era), -1)
    if point.position > end:
        raise FeedRewound
    if point.position < marks.forgotten:
        raise CursorExpired


def scope_of(caller: Caller, audited: Sequence[UUID] | None = None) -> Mapping[str, object]:
    """What a caller may see now, as events about it and `GET /changes/cursor` tell it."""
    parts = sights(caller)
    scope: dict[str, object] = {
        "components": _union(part.caller.see for part in parts),
        "joined": _union(part.caller.joined for part in parts),
        "agencies": _union(part.caller.roots for part in parts),
        "resources": sorted(readable(caller)),
    }
    return scope if audited is None else scope | {"organisations": [str(each) for each in audited]}


def _union(several: Iterable[Iterable[UUID]]) -> list[str]:
    return sorted({str(each) for some in several for each in some})
