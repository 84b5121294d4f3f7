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

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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

#: What one unit wants for one model: its own queue, by which it is known; the need; the items that want crews; the
#: items for which people are set aside in reserve (at least as many).
Post = tuple[int, Ratio, int, int]


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


@dataclass(frozen=True, slots=True)
class Allotment:
    """Who was allotted, by post. People are numbers into `ids`; posts without anybody are not in the last two."""

    ids: Sequence[UUID]
    covered: Mapping[int, int]
    crews: Mapping[int, Sequence[int]]
    reserves: Mapping[int, Sequence[int]]

    def staffing(self, post: int, needed: int) -> Staffing:
        """What a post got, by name; `needed` is what all of its goal needs."""
        crew, reserve = self.crews.get(post, ()), self.reserves.get(post, ())
        ids = self.ids
        return Staffing(needed, self.covered[post], tuple([ids[n] for n in crew]), tuple([ids[n] for n in reserve]))


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


def allot(
    posts: Iterable[Post], people: Iterable[Candidate], helpers: Mapping[int, Sequence[int]] | None = None
) -> Allotment:
    """Staff the posts in the order given. `people` come in the order of their ids.

    `helpers` are further queues from which a post may take, after its own: the same model's at supporting units. One
    plain loop over numbers: it runs for thousands of posts in each question for a whole programme (HOUSE 3.10).
    """
    ids, queues = _queued(people)
    helpers = helpers or {}
    used = bytearray(len(ids))
    covered: dict[int, int] = {}
    crews: dict[int, list[int]] = {}
    left_over: list[tuple[int, int]] = []
    for post, ratio, wanted, goal in posts:
        per, each = ratio
        free = _free(post, queues, helpers, used) if per and goal else None
        if not free:
            covered[post] = 0 if per else wanted
            continue
        covered[post] = items = min(wanted, len(free) * each // per)
        crews[post] = crew = free[: -(-items * per // each)]
        for n in crew:
            used[n] = 1
        short = -(-goal * per // each) - len(crew)
        if short and len(crew) < len(free):
            left_over.append((post, short))
    reserves: dict[int, list[int]] = {}
    for post, short in left_over:
        reserves[post] = reserve = _free(post, queues, helpers, used)[:short]
        for n in reserve:
            used[n] = 1
    return Allotment(ids, covered, crews, reserves)


def _free(
    post: int, queues: Mapping[int, list[int]], helpers: Mapping[int, Sequence[int]], used: bytearray
) -> list[int]:
    """The free people whom a post may take, in order: its own, then those of its helpers."""
    own = queues.get(post)
    free = [n for n in own if not used[n]] if own else []
    if post in helpers:
        free += [n for queue in helpers[post] for n in queues.get(queue, ()) if not used[n]]
    return free
