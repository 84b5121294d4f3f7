"""Who crews what: people allotted to models at units, each person once per kind (DOMAIN 5).

Operators and maintainers are allotted separately, by the same rule. Models come by priority, then reference; each
takes first those who are qualified for the fewest other models there, then the lowest id. Everything is deterministic.

*n persons per m items* is a proportion: k items need ⌈k·n/m⌉ persons, and p persons suffice for ⌊p·m/n⌋ items (the
largest k with ⌈k·n/m⌉ ≤ p). Four per one vessel: seven persons crew one. One per five radios: one person crews five.
Two per five: one person crews two. n = 0 means that nobody is needed: no limit.

A model takes no more people than its complete crews need; whoever cannot complete a crew stays free for the models
that follow. What is left at the end is set aside as a *reserve* for the crews still wanted, in the same order: they
crew nothing today, but nobody has to be trained in their stead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID


class Ratio(NamedTuple):
    """*n persons per m items*; `items` is at least 1."""

    persons: int
    items: int

    def needed(self, items: int) -> int:
        """Persons that so many items need."""
        return -(-items * self.persons // self.items)

    def capacity(self, persons: int, wanted: int) -> int:
        """Items, of those wanted, that so many persons suffice for."""
        return wanted if self.persons == 0 else min(wanted, persons * self.items // self.persons)


#: A person of one kind (operator or maintainer), and the queues in which they stand. A queue is a number that stands
#: for a unit and a model; who stands in few queues is scarce. All queues of one person are of one unit.
Candidate = tuple[UUID, Sequence[int]]

#: What one unit wants for one model: that model's queues at the units whose people may be taken, its own first; the
#: need; the items that want crews; the items for which people are set aside in reserve (at least as many).
Post = tuple[Sequence[int], Ratio, int, int]


class Staffing(NamedTuple):
    """What a post got. `covered` items have a complete crew; `needed` persons would crew all of its goal."""

    needed: int
    covered: int
    persons: tuple[UUID, ...] = ()
    reserve: tuple[UUID, ...] = ()

    @property
    def short(self) -> int:
        """Persons who are missing and not in reserve either: the training demand."""
        return self.needed - len(self.persons) - len(self.reserve)


def _queued(people: Iterable[Candidate]) -> tuple[list[UUID], dict[int, list[int]]]:
    """People by number, and queues of these numbers in the order in which a post takes them."""
    ids: list[UUID] = []
    scarcity: list[int] = []
    queues: dict[int, list[int]] = {}
    for person_id, theirs in people:
        for queue in theirs:
            queues.setdefault(queue, []).append(len(ids))
        ids.append(person_id)
        scarcity.append(len(theirs))
    for waiting in queues.values():
        if len(waiting) > 1:
            waiting.sort(key=scarcity.__getitem__)  # stable, so the lowest id stays first among equals
    return ids, queues


def allot(posts: Iterable[Post], people: Iterable[Candidate]) -> list[Staffing]:
    """Staff the posts in the order given; the answer is in the same order. `people` come in the order of their ids.

    One plain loop: it runs for thousands of posts in each question for a whole programme (HOUSE 3.10).
    """
    ids, queues = _queued(people)
    used = bytearray(len(ids))
    staffed: list[Staffing] = []
    left_over: list[tuple[int, Sequence[int]]] = []
    for theirs, ratio, wanted, goal in posts:
        per, each = ratio
        needed = -(-goal * per // each)
        free = [n for queue in theirs if queue in queues for n in queues[queue] if not used[n]] if needed else None
        if not free:
            staffed.append(Staffing(needed, 0 if per else wanted))
            continue
        covered = min(wanted, len(free) * each // per)
        crew = free[: -(-covered * per // each)]
        for n in crew:
            used[n] = 1
        if len(crew) < needed and len(crew) < len(free):
            left_over.append((len(staffed), theirs))
        staffed.append(Staffing(needed, covered, tuple([ids[n] for n in crew])))
    for place, theirs in left_over:
        post = staffed[place]
        free = [n for queue in theirs if queue in queues for n in queues[queue] if not used[n]][: post.short]
        for n in free:
            used[n] = 1
        staffed[place] = post._replace(reserve=tuple([ids[n] for n in free]))
    return staffed
