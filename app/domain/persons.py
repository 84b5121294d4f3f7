"""Who counts as one natural person (DOMAIN 2), and what tells who acted.

A client counts as its owner. Beyond that, whoever hands out the link with which somebody else's password is set could
use it, and be a second person in two accounts. So *whoever let somebody in, and everybody whom they let in, count as
one person*, until a link of somebody else lets them in anew; a change of one's own password changes nothing. The
deployment's administrator lets people in who are strangers to one another, but is no second person beside any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.domain.errors import SecondPersonNotIndependent, SeparationOfDuties

_NOBODY: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Bonds:
    """Who let whom in: `line` up to the first administrator, who is in `administrators` instead."""

    line: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)
    administrators: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[tuple[UUID, UUID, bool]]) -> Bonds:
        """From (person, who let them in, as an administrator)."""
        line: dict[UUID, frozenset[UUID]] = {}
        administrators: dict[UUID, frozenset[UUID]] = {}
        for person, by, administrator in rows:
            kept = administrators if administrator else line
            kept[person] = kept.get(person, _NOBODY) | {by}
        return cls(line, administrators)

    def one(self, first: UUID, second: UUID) -> bool:
        """True when two persons may be one and the same behind two accounts."""
        firsts = self.line.get(first, _NOBODY) | {first}
        seconds = self.line.get(second, _NOBODY) | {second}
        return (
            not firsts.isdisjoint(seconds)
            or first in self.administrators.get(second, _NOBODY)
            or second in self.administrators.get(first, _NOBODY)
        )


def check_second_person(actor: UUID, other: UUID, bonds: Bonds, sentence: str, **facts: Any) -> None:
    """Refuse a step that needs another natural person than `other`.

    Raises SeparationOfDuties with the sentence when they are the same, SecondPersonNotIndependent when one of them may
    have entered the other's account.
    """
    if actor == other:
        raise SeparationOfDuties(sentence, **facts)
    if bonds.one(actor, other):
        raise SecondPersonNotIndependent(
            "You and the other person are not independent: one of you, or somebody before you, handed out the link "
            "with which a password of the two was set. A link of the deployment's administrator makes them so.",
            **facts,
        )


#: Members of events and revisions that name a person without saying so by their ending, and one that ends so and
#: names an item.
_NAMING = frozenset({"owner_id", "actor_id", "person_id"})
_OF_ITEMS = frozenset({"replaced_by"})


def unnamed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts without those that tell who acted; the twin of `app.unnamed`."""
    return {
        name: value
        for name, value in facts.items()
        if name in _OF_ITEMS or not (name.endswith(("_by", "_by_person")) or name in _NAMING)
    }
