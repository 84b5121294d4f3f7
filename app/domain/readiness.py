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

from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeVar
from uuid import UUID

from app.domain.allotment import Candidate, Ratio, Staffing, allot
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


class _Cell(NamedTuple):
    """One unit and model while it is being computed. `queues` has its own number first, then its supporters'."""

    order: int
    queues: tuple[int, ...]
    need: ModelNeed
    total: Tally
    parts: list[Tally]
    contract: bool


def readiness(
    tallies: Iterable[Tally],
    needs: Mapping[UUID, ModelNeed],
    people: Iterable[Person] = (),
    supports: Iterable[Support] = (),
) -> list[Line]:
    """Readiness per unit and model, in the order of unit id, then priority and reference of the model.

    People are allotted over everything that is given, so give whole units: for a supported unit also its supporting
    units, and the units that these support. Raises KeyError for a model without its need.
    """
    ground = _Ground(list(tallies), needs, list(supports))
    cells = ground.cells()
    staff = sorted(people, key=lambda person: person.person_id.int)
    operators = allot(
        ((c.queues[:1], c.need.operators, c.total.functional, c.total.functional) for c in cells),
        ground.candidates(staff, "operates", ground.parts),
    )
    maintainers = allot(
        (
            (c.queues, _NOBODY if c.contract else c.need.maintainers, crew.covered, c.total.functional)
            for c, crew in zip(cells, operators, strict=True)
        ),
        ground.candidates(staff, "maintains", {queue for cell in cells for queue in cell.queues}),
    )
    lines = list(map(_line, cells, operators, maintainers))
    return [lines[place] for place in sorted(range(len(cells)), key=lambda place: cells[place].queues[0])]


class _Ground:
    """Units and models as numbers, because ids are slow to hash: a queue is the unit's number × models + the model's.

    Models are numbered by priority, then reference; units by id. Both orders are those of the answer.
    """

    def __init__(self, tallies: list[Tally], needs: Mapping[UUID, ModelNeed], supports: list[Support]) -> None:
        held = sorted(
            (needs[model] for model in {tally.model_id for tally in tallies}),
            key=lambda need: (need.priority, need.reference, need.model_id.int),
        )
        units = {tally.unit_id for tally in tallies}
        units.update(s.supporting_unit_id for s in supports if s.supporting_unit_id is not None)
        self.needs = held
        self.model = {need.model_id: n for n, need in enumerate(held)}
        self.unit = {unit: n for n, unit in enumerate(sorted(units, key=lambda unit: unit.int))}
        self.parts: dict[int, list[Tally]] = {}
        for tally in tallies:
            queue = self.unit[tally.unit_id] * len(held) + self.model[tally.model_id]
            self.parts.setdefault(queue, []).append(tally)
        self.contracts: set[int] = set()
        self.supporters: dict[int, set[int]] = {}
        for support in supports:
            self._arrange(support)

    def _arrange(self, support: Support) -> None:
        """Note for each queue that is supported who supports it; what is not held needs no support."""
        if support.unit_id not in self.unit:
            return
        models = range(len(self.needs)) if support.model_id is None else [self.model.get(support.model_id, -1)]
        first = self.unit[support.unit_id] * len(self.needs)
        for queue in (first + model for model in models if first + model in self.parts and model >= 0):
            if support.supporting_unit_id is None:
                self.contracts.add(queue)
            else:
                supporter = self.unit[support.supporting_unit_id] * len(self.needs) + queue - first
                self.supporters.setdefault(queue, set()).update({supporter} - {queue})

    def cells(self) -> list[_Cell]:
        """In the order of allotment: by model; for one model units that support others first; then by unit."""
        busy = {queue for queues in self.supporters.values() for queue in queues}
        width, cells = len(self.needs), []
        for queue, parts in self.parts.items():
            unit, model = divmod(queue, width)
            order = (2 * model + (queue not in busy)) * len(self.unit) + unit
            supporters = self.supporters.get(queue)
            queues = (queue, *sorted(supporters)) if supporters else (queue,)
            total = parts[0] if len(parts) == 1 else _sum_tallies(parts)
            cells.append(_Cell(order, queues, self.needs[model], total, parts, queue in self.contracts))
        cells.sort()
        return cells

    def candidates(
        self, staff: Iterable[Person], kind: Literal["operates", "maintains"], served: Container[int]
    ) -> list[Candidate]:
        """People in the queues that are served, each once: a person who is listed twice counts at the first unit."""
        found: list[Candidate] = []
        last = None
        for person in staff:
            unit = self.unit.get(person.unit_id)
            if unit is None or person.person_id == last:
                continue
            first = unit * len(self.needs)
            models = [self.model.get(model) for model in getattr(person, kind)]
            queues = [first + model for model in models if model is not None and first + model in served]
            if queues:
                last = person.person_id
                found.append((person.person_id, queues))
        return found


def _sum_tallies(found: Sequence[Tally]) -> Tally:
    return Tally(*found[0][:_COUNTS], *map(sum, zip(*(tally[_COUNTS:] for tally in found), strict=True)))


def _line(cell: _Cell, operators: Staffing, maintainers: Staffing) -> Line:
    total, ready = cell.total, maintainers.covered
    counts = _counts(total, operators.covered, ready, min(ready, total.confirmed))
    return Line(total.unit_id, total.model_id, counts, operators, maintainers, cell.contract, cell.parts)


def _counts(tally: Tally, crewed: int, ready: int, confirmed: int) -> Counts:
    """The figures; the reasons of a tally, then the two of people."""
    *reasons, functional, _confirmed = tally[_COUNTS:]
    held = sum(reasons) + functional
    people = (functional - crewed, crewed - ready)
    return Counts._make((held, functional, crewed, ready, confirmed, *reasons, *people))


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


def add_up(counts: Iterable[Counts]) -> Counts:
    """The sum of figures; zeros when there are none."""
    columns = list(zip(*counts, strict=True))
    return Counts(*map(sum, columns)) if columns else Counts()


def rollup(lines: Iterable[Line], key: Callable[[Line], GroupKey]) -> dict[GroupKey, Counts]:
    """Sums by unit, by model, by agency (the key of a line is what its unit belongs to)."""
    groups: dict[GroupKey, list[Counts]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line.counts)
    return {group: add_up(counts) for group, counts in groups.items()}


def by_component(lines: Iterable[Line]) -> dict[UUID, Counts]:
    """What each component has of the figures; a programme is the sum of its components."""
    groups: dict[UUID, list[Counts]] = {}
    for line in lines:
        for component, counts in attribute(line):
            groups.setdefault(component, []).append(counts)
    return {component: add_up(counts) for component, counts in groups.items()}


def attribute(line: Line) -> list[tuple[UUID, Counts]]:
    """The shares of components in one line, by the rule in the module's docstring; they add up to its counts."""
    if len(line.parts) == 1:
        return [(line.parts[0].component_id, line.counts)]
    parts = sorted(line.parts, key=lambda part: part.component_id.int)
    counts = line.counts
    confirmed = apportion(counts.ready_confirmed, [part.confirmed for part in parts])
    others = apportion(counts.ready - counts.ready_confirmed, [part.functional - part.confirmed for part in parts])
    ready = [a + b for a, b in zip(confirmed, others, strict=True)]
    idle = apportion(counts.crewed - counts.ready, [p.functional - r for p, r in zip(parts, ready, strict=True)])
    return [
        (part.component_id, _counts(part, r + i, r, c))
        for part, r, i, c in zip(parts, ready, idle, confirmed, strict=True)
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
