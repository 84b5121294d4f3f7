"""Readiness: of what was handed over to a unit, how much works today and has enough qualified people (DOMAIN 5).

Computed per unit and model over *all* items and people of the unit, whoever paid, from counts and never from items.
Everything that depends on a date (qualifications, postings, arrangements of support, counts `as_of`) is chosen by the
caller. For a site, give the site in the place of the unit, with the people who are posted to it.

- `held`: handed over, in service or withdrawn, at the unit.
- `functional`: in service and up or degraded.
- `crewed`: as many of those as the allotted operators can crew.
- `ready`: as many of those as the allotted maintainers can keep; they may stand at a supporting unit, and a contract of
  support sets no limit.
- `held - ready` falls into reasons that add up exactly.
- `ready_confirmed`: the ready items are taken to be, first of all, those whose condition was confirmed lately.

Nothing says *which* functional items have a crew, so a component's share follows a rule that keeps every sum: the ready
items of a unit and model are attributed to components in proportion to what they have of the recently confirmed items
first, then of the other functional ones; the crewed ones that are not ready in proportion to what is left. Fractions
go by largest remainder, ties by component id. So parts add up to the unit's figures and never exceed what a component
has.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

from app.domain.allotment import Allotment, Candidate, Ratio, Staffing, allot
from app.domain.item import HELD, WORKING, Condition, DownReason, Stage

GroupKey = TypeVar("GroupKey", bound=Hashable)


class Tally(NamedTuple):
    """Counts of the items of one component that one unit holds of one model. A query can return it as it is.

    `confirmed` counts the functional ones whose condition was confirmed within the days that count as recent.
    """

    unit_id: UUID
    model_id: UUID
    component_id: UUID
    not_in_service: int = 0
    withdrawn: int = 0
    down_failure: int = 0
    down_awaiting_parts: int = 0
    down_under_repair: int = 0
    down_planned_maintenance: int = 0
    down_no_consumables: int = 0
    down_external: int = 0
    condition_unknown: int = 0
    functional: int = 0
    confirmed: int = 0


#: Where in a `Tally` the counts begin; the last two are `functional` and `confirmed`.
_COUNTS: Final = 3


class Counts(NamedTuple):
    """The figures of a unit and model, or of any sum of them.

    `held - ready` is the sum of all from `not_in_service` on.
    """

    held: int = 0
    functional: int = 0
    crewed: int = 0
    ready: int = 0
    ready_confirmed: int = 0
    not_in_service: int = 0
    withdrawn: int = 0
    down_failure: int = 0
    down_awaiting_parts: int = 0
    down_under_repair: int = 0
    down_planned_maintenance: int = 0
    down_no_consumables: int = 0
    down_external: int = 0
    condition_unknown: int = 0
    operators_missing: int = 0
    maintainers_missing: int = 0

    def waterfall(self) -> dict[str, int]:
        """Why `held - ready` items are not ready; each of them counts for exactly one reason."""
        return dict(zip(self._fields[5:], self[5:], strict=True))


class ModelNeed(NamedTuple):
    """What a model needs of people, and when its turn comes: by priority (low first), then reference."""

    model_id: UUID
    reference: str
    priority: int
    operators: Ratio
    maintainers: Ratio


class Person(NamedTuple):
    """Somebody posted to a unit on the day, with the models for which they are qualified on that day."""

    person_id: UUID
    unit_id: UUID
    operates: frozenset[UUID] = frozenset()
    maintains: frozenset[UUID] = frozenset()


class Support(NamedTuple):
    """Who else maintains a unit's items of a model (None: of all models) on the day.

    A supporting unit, or with `supporting_unit_id` None a contract, which sets no limit.
    """

    unit_id: UUID
    model_id: UUID | None
    supporting_unit_id: UUID | None


class Line(NamedTuple):
    """Readiness of one model at one unit, with the allotment. `contract`: maintenance is somebody's contract."""

    unit_id: UUID
    model_id: UUID
    counts: Counts
    operators: Staffing
    maintainers: Staffing
    contract: bool
    parts: Sequence[Tally]


_NOBODY = Ratio(0, 1)


class Board:
    """All units and models that are looked at together, with the allotment of people.

    People are allotted over everything that is given, so give whole units: for a supported unit also its supporting
    units, and the units that these support. Raises KeyError for a model without its need.

    Units and models are numbers in here, because ids are slow to hash: a *post* is the unit's number × the number of
    models + the model's. Units are numbered by id; models by priority, then reference. Both orders are the answer's.
    """

    def __init__(
        self,
        tallies: Iterable[Tally],
        needs: Mapping[UUID, ModelNeed],
        people: Iterable[Person] = (),
        supports: Collection[Support] = (),
    ) -> None:
        tallies = list(tallies)
        self.needs = sorted(
            (needs[model] for model in {tally.model_id for tally in tallies}),
            key=lambda need: (need.priority, need.reference, need.model_id.int),
        )
        width = len(self.needs)
        self._model = {need.model_id: n for n, need in enumerate(self.needs)}
        units = {tally.unit_id for tally in tallies}.union(
            support.supporting_unit_id for support in supports if support.supporting_unit_id
        )
        self._first = {unit: n * width for n, unit in enumerate(sorted(units, key=lambda unit: unit.int))}
        self.parts: dict[int, list[Tally]] = {}
        for tally in tallies:
            self.parts.setdefault(self._first[tally.unit_id] + self._model[tally.model_id], []).append(tally)
        self._functional = {post: sum([part.functional for part in parts]) for post, parts in self.parts.items()}
        self._contracts: set[int] = set()
        self._helpers: dict[int, list[int]] = {}
        for support in sorted(supports, key=lambda support: (support.supporting_unit_id or support.unit_id).int):
            self._arrange(support)
        staff = sorted(people, key=lambda person: person.person_id.int)
        self.operators, self.maintainers = self._allot(staff)

    def _arrange(self, support: Support) -> None:
        """Note for each post that is supported who helps; what is not held needs no help."""
        first, width = self._first.get(support.unit_id), len(self.needs)
        model = self._model.get(support.model_id) if support.model_id else None
        if first is None or (support.model_id and model is None):
            return
        for n in range(width) if model is None else (model,):
            if first + n in self.parts and support.supporting_unit_id is None:
                self._contracts.add(first + n)
            elif first + n in self.parts and support.supporting_unit_id != support.unit_id:
                helper = self._first[support.supporting_unit_id or support.unit_id] + n
                helpers = self._helpers.setdefault(first + n, [])
                helpers += [] if helper in helpers else [helper]

    def _allot(self, staff: Sequence[Person]) -> tuple[Allotment, Allotment]:
        order, width, functional = self._order(), len(self.needs), self._functional
        needs = [need.operators for need in self.needs]
        operators = allot(
            ((post, needs[post % width], functional[post], functional[post]) for post in order),
            self._candidates(((p.person_id, p.unit_id, p.operates) for p in staff), self.parts),
        )
        crewed, contracts = operators.covered, self._contracts
        keeping = [need.maintainers for need in self.needs]
        maintainers = allot(
            (
                (post, _NOBODY if post in contracts else keeping[post % width], crewed[post], functional[post])
                for post in order
            ),
            self._candidates(
                ((p.person_id, p.unit_id, p.maintains) for p in staff),
                self.parts.keys() | {helper for helpers in self._helpers.values() for helper in helpers},
            ),
            self._helpers,
        )
        return operators, maintainers

    def _order(self) -> list[int]:
        """Posts in the order of allotment: by model; for one model those that help others first; then by unit."""
        width = len(self.needs)
        columns = (range(model, width * len(self._first), width) for model in range(width))
        order = [post for column in columns for post in column if post in self.parts]
        if self._helpers:
            busy = {helper for helpers in self._helpers.values() for helper in helpers}
            order.sort(key=lambda post: 2 * (post % width) + (post not in busy))
        return order

    def _candidates(
        self, people: Iterable[tuple[UUID, UUID, Iterable[UUID]]], served: Container[int]
    ) -> Iterator[Candidate]:
        """People with the posts that they stand for, each once: who is listed twice counts at the first unit."""
        model_number = self._model
        last = None
        for person_id, unit_id, models in people:
            first = self._first.get(unit_id)
            if first is None or person_id == last:
                continue
            numbers = [model_number[model] for model in models if model in model_number]
            posts = [first + n for n in numbers if first + n in served]
            if posts:
                last = person_id
                yield person_id, posts

    def lines(self, units: Container[UUID] | None = None) -> list[Line]:
        """Readiness per unit and model, in the order of unit id, then priority and reference of the model.

        With `units` only theirs: a supported unit is computed with its supporters and shown alone.
        """
        posts = sorted(self.parts)
        return [self._line(post) for post in posts if units is None or self.parts[post][0].unit_id in units]

    def _line(self, post: int) -> Line:
        parts, need = self.parts[post], self.needs[post % len(self.needs)]
        functional, contract = self._functional[post], post in self._contracts
        kept = 0 if contract else need.maintainers.needed(functional)
        operators = self.operators.staffing(post, need.operators.needed(functional))
        maintainers = self.maintainers.staffing(post, kept)
        total = parts[0] if len(parts) == 1 else _sum_tallies(parts)
        counts = Counts._make(_figures(total, operators.covered, maintainers.covered))
        return Line(total.unit_id, total.model_id, counts, operators, maintainers, contract, parts)

    def by_component(self) -> dict[UUID, Counts]:
        """What each component has of the figures; a programme is the sum of its components.

        The quick way to the figures of a whole programme: no line is made.
        """
        groups: dict[UUID, list[tuple[int, ...]]] = {}
        crewed, ready = self.operators.covered, self.maintainers.covered
        for post, parts in self.parts.items():
            if len(parts) == 1:
                figures = _figures(parts[0], crewed[post], ready[post])
                groups.setdefault(parts[0].component_id, []).append(figures)
                continue
            for component, share in _shares(parts, crewed[post], ready[post]):
                groups.setdefault(component, []).append(share)
        return {component: add_up(shares) for component, shares in groups.items()}


def readiness(
    tallies: Iterable[Tally],
    needs: Mapping[UUID, ModelNeed],
    people: Iterable[Person] = (),
    supports: Collection[Support] = (),
) -> list[Line]:
    """The lines of a `Board`."""
    return Board(tallies, needs, people, supports).lines()


def _sum_tallies(found: Sequence[Tally]) -> Tally:
    return Tally(*found[0][:_COUNTS], *map(sum, zip(*(tally[_COUNTS:] for tally in found), strict=True)))


def _figures(tally: Tally, crewed: int, ready: int, confirmed: int | None = None) -> tuple[int, ...]:
    """The fields of `Counts`: the reasons of a tally, then the two of people. Confirmed ones are ready first."""
    reasons, functional = tally[_COUNTS:-2], tally.functional
    if confirmed is None:
        confirmed = min(ready, tally.confirmed)
    held = sum(reasons) + functional
    return (held, functional, crewed, ready, confirmed, *reasons, functional - crewed, crewed - ready)


def tally(
    rows: Iterable[tuple[UUID, UUID, UUID, str, str, str | None, bool, int]],
) -> list[Tally]:
    """Tallies from counts by (unit, model, component, stage, condition, reason, confirmed lately, n).

    Stages in which nothing is held are left out. Raises ValueError for words outside the vocabularies.
    """
    found: dict[tuple[UUID, UUID, UUID], dict[str, int]] = {}
    for unit, model, component, stage, condition, reason, confirmed, n in rows:
        if Stage(stage) in HELD:
            counts = found.setdefault((unit, model, component), {})
            name = _place(Stage(stage), Condition(condition), reason)
            counts[name] = counts.get(name, 0) + n
            if name == "functional" and confirmed:
                counts["confirmed"] = counts.get("confirmed", 0) + n
    names = Tally._fields[_COUNTS:]
    return [Tally(*key, *(counts.get(name, 0) for name in names)) for key, counts in found.items()]


def _place(stage: Stage, condition: Condition, reason: str | None) -> str:
    """Where an item that is held counts."""
    if stage is Stage.HANDED_OVER:
        return "not_in_service"
    if stage is Stage.WITHDRAWN:
        return "withdrawn"
    if condition in WORKING:
        return "functional"
    return "condition_unknown" if condition is Condition.UNKNOWN else f"down_{DownReason(reason or '')}"


def add_up(counts: Iterable[Sequence[int]]) -> Counts:
    """The sum of figures; zeros when there are none."""
    columns = list(zip(*counts, strict=True))
    return Counts(*map(sum, columns)) if columns else Counts()


def rollup(lines: Iterable[Line], key: Callable[[Line], GroupKey]) -> dict[GroupKey, Counts]:
    """Sums by unit, by model, by agency (the key of a line is what its unit belongs to)."""
    groups: dict[GroupKey, list[Counts]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line.counts)
    return {group: add_up(counts) for group, counts in groups.items()}


def attribute(line: Line) -> list[tuple[UUID, Counts]]:
    """The shares of components in one line, by the rule in the module's docstring; they add up to its counts."""
    shares = _shares(line.parts, line.counts.crewed, line.counts.ready)
    return [(component, Counts._make(share)) for component, share in shares]


def _shares(parts: Sequence[Tally], crewed: int, ready: int) -> list[tuple[UUID, tuple[int, ...]]]:
    parts = sorted(parts, key=lambda part: part.component_id.int)
    sure = min(ready, sum(part.confirmed for part in parts))
    confirmed = apportion(sure, [part.confirmed for part in parts])
    others = apportion(ready - sure, [part.functional - part.confirmed for part in parts])
    kept = [a + b for a, b in zip(confirmed, others, strict=True)]
    idle = apportion(crewed - ready, [part.functional - k for part, k in zip(parts, kept, strict=True)])
    return [
        (part.component_id, _figures(part, k + i, k, c))
        for part, k, i, c in zip(parts, kept, idle, confirmed, strict=True)
    ]


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Whole shares of a total in proportion to weights, by largest remainder; ties go to the first.

    For `total` up to the sum of the weights no share exceeds its weight.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    rest = total - sum(shares)
    by_remainder = sorted(range(len(weights)), key=lambda n: -(total * weights[n] % whole))
    for n in by_remainder[:rest]:
        shares[n] += 1
    return shares
