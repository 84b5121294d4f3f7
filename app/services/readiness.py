"""Readiness of units, of components and of sites; training demand is in `readiness_demand` (DOMAIN 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.db import reading
from app.db.listing import Listing
from app.db.session import Statement, Tx
from app.domain.access import Caller, Role, Scope
from app.domain.errors import Forbidden
from app.domain.readiness import Line, add_up
from app.schemas.readiness import MomentQuery, ReadinessQuery, SiteReadinessQuery, UnitsQuery
from app.services import readiness_facts, readiness_rows
from app.services.agencies import LISTING as AGENCIES
from app.services.components import LISTING as COMPONENTS
from app.services.equipment_models import LISTING as MODELS
from app.services.programmes import LISTING as PROGRAMMES
from app.services.readiness_facts import Moment, Place, Situation
from app.services.readiness_rows import (
    Cell,
    Group,
    People,
    cells,
    columns_of,
    figures,
    grouped,
    instant,
    labelled,
    related,
)
from app.services.references import reference_to, references_to
from app.services.sites import LISTING as SITES

#: What a row is about, by `by`.
GROUPS_OF: Mapping[str, tuple[str, ...]] = {
    "unit_model": ("unit", "model"),
    "unit": ("unit",),
    "model": ("model",),
    "agency": ("agency",),
    "component": ("component",),
    "total": (),
}

UNITS = labelled(
    "SELECT u.unit_id AS id, a.reference, coalesce(a.name_{lang}, a.name_en) AS label "
    "FROM app.readiness_units(CAST(:agencies AS uuid[]), CAST(:components AS uuid[]), CAST(:day AS date), "
    "CAST(:known AS timestamptz)) u LEFT JOIN agencies a ON a.id = u.unit_id WHERE u.asked"
)
ABOVE = labelled(
    "SELECT x.descendant_id AS unit_id, a.id, a.reference, coalesce(a.name_{lang}, a.name_en) AS label "
    "FROM agency_closure x JOIN agencies a ON a.id = x.ancestor_id "
    "WHERE x.descendant_id = ANY (CAST(:units AS uuid[])) "
    "AND (CAST(:agencies AS uuid[]) IS NULL OR a.id = ANY (app.below(CAST(:agencies AS uuid[]))))"
)
COMPONENTS_SEEN = labelled(
    "SELECT c.id, c.reference, coalesce(c.name_{lang}, c.name_en) AS label, c.programme_id, "
    "p.reference AS programme FROM components c JOIN programmes p ON p.id = c.programme_id"
)
SITE = labelled("SELECT s.id, s.reference, coalesce(s.name_{lang}, s.name_en) AS label FROM sites s WHERE s.id = :id")
VISIBLE = Statement("SELECT t.id FROM trainees t WHERE t.id = ANY (CAST(:ids AS uuid[]))")


@dataclass(frozen=True, slots=True)
class Found:
    """What goes out: everything, or its rows as a table. `personal` answers are kept nowhere."""

    answer: Mapping[str, Any]
    columns: Sequence[str]
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """The question with its references resolved."""

    place: Place
    components: frozenset[UUID] | None
    models: frozenset[UUID] | None
    by: str
    #: The components in the caller's sight, by id.
    seen: Mapping[UUID, dict[str, Any]]

    @property
    def shares(self) -> bool:
        """Whether components have to be told apart."""
        return self.components is not None or self.by == "component"


async def of(tx: Tx, query: ReadinessQuery, language: str, days: int) -> Found:
    """Readiness of units, or of what components have there, in total and by group."""
    moment, asked = moment_of(query, days), await _asked(tx, query, language)
    people, allotment = people_of(tx.caller), bool(query.expand)
    if allotment:
        check_sees_people(tx.caller)
    situation = await readiness_facts.of_units(tx, asked.place, moment)
    if _is_roll_up(tx.caller, asked):
        total, rows = _rolled_up(situation, asked)
    else:
        total, rows = await _by_group(tx, situation, asked, moment, people, language)
    if allotment:
        await show_allotment(tx, rows)
    answer = _answer(moment, asked.by, total, rows)
    return Found(answer, columns_of(GROUPS_OF[asked.by]), personal=allotment)


async def of_site(tx: Tx, ident: str, query: SiteReadinessQuery, language: str, days: int) -> Found:
    """Readiness of what stands at a site, by model, with the people who are posted to it."""
    if query.expand:
        check_sees_people(tx.caller)
    moment, site_id = moment_of(query, days), await reading.resolve(tx, SITES, ident)
    situation = await readiness_facts.of_site(tx, site_id, moment)
    people = people_of(tx.caller)
    found = list(cells(situation.board.lines(), None, shares=False))
    labels = related(situation.catalogue.labels.values(), language)
    rows = []
    for line in situation.board.lines():
        row = row_of({"model": labels[line.model_id]}, people.told(figures(line.counts), [line]))
        rows.append({**row, "contract": line.contract, "line": line})
    if query.expand:
        await show_allotment(tx, rows)
    total = readiness_rows.total(found, people, shares=False)
    answer = _answer(moment, "model", total, rows)
    del answer["by"]
    site = related(await tx.rows(SITE[language], id=site_id))[site_id]
    return Found({"site": site, **answer}, columns_of(("model",)), personal=bool(query.expand))


def moment_of(query: MomentQuery, days: int) -> Moment:
    """The moment asked about. Rejected for one that is still to come: who is posted then, nobody knows."""
    now = datetime.now(UTC)
    # `Then` refuses what is still to come but for the end of today, which is how today alone is read: it means now.
    as_of, known_at = [at if at is not None and at <= now else None for at in (query.as_of, query.known_at)]
    return Moment((as_of or now).date(), as_of, known_at, days)


def knows_people(caller: Caller | None) -> bool:
    """Whether pseudonyms may be shown: trainees may be read wherever readiness may."""
    if caller is None or not caller.sees_people:
        return False
    trainees = caller.reach.get(Scope.TRAINEES_READ)
    return trainees is None or (bool(trainees) and trainees == caller.reach.get(Scope.READINESS_READ))


def check_sees_people(caller: Caller | None) -> None:
    """Forbidden, with the scope named, for whoever may not read trainees."""
    if not knows_people(caller):
        raise Forbidden(f"This needs the scope {Scope.TRAINEES_READ}.", scope=Scope.TRAINEES_READ)


def people_of(caller: Caller | None) -> People:
    """How this caller is told numbers of people (DOMAIN 2, observers)."""
    return People(hidden=caller is None or (Role.OBSERVER in caller.roles and not knows_people(caller)))


async def place_of(tx: Tx, query: UnitsQuery) -> list[UUID] | None:
    """The agencies below which units are asked for; None: all in sight. A unit and an agency give the unit."""
    chosen = await _named(tx, query, "unit_id", AGENCIES)
    above = await _named(tx, query, "agency_id", AGENCIES)
    if chosen and above:
        inside = {row["unit_id"] for row in await tx.rows(ABOVE["en"], units=chosen, agencies=above)}
        return [each for each in chosen if each in inside]
    return chosen or above or None


async def _named(tx: Tx, query: UnitsQuery, name: str, listing: Listing) -> list[UUID]:
    """The ids of what a filter names; a fault stands by the name that the caller used."""
    used, values = query.given(name)
    return await references_to(tx, listing, values or (), f"/query/{used}")


async def _asked(tx: Tx, query: ReadinessQuery, language: str) -> Asked:
    agencies = await place_of(tx, query)
    by = query.by or ("component" if query.of_components and agencies is None else "unit_model")
    components: frozenset[UUID] | None = None
    seen: dict[UUID, dict[str, Any]] = {}
    if query.of_components or by == "component":
        rows = await tx.rows(COMPONENTS_SEEN[language])
        seen = related(rows)
        components = await _components(tx, query, rows)
    models = frozenset(await _named(tx, query, "model_id", MODELS)) or None
    return Asked(Place(agencies, None if components is None else sorted(components)), components, models, by, seen)


async def _components(tx: Tx, query: ReadinessQuery, rows: Iterable[Mapping[str, Any]]) -> frozenset[UUID] | None:
    """The components asked for, by themselves and by programme; None when neither is."""
    found: frozenset[UUID] | None = None
    used, programme = query.given("programme_id")
    if programme:
        found = frozenset(row["id"] for row in rows if row["programme"] == programme)
        if not found:
            programme_id = await reference_to(tx, PROGRAMMES, programme, f"/query/{used}")
            found = frozenset(row["id"] for row in rows if row["programme_id"] == programme_id)
    if named := await _named(tx, query, "component_id", COMPONENTS):
        found = frozenset(named) if found is None else found & frozenset(named)
    return found


def _is_roll_up(caller: Caller | None, asked: Asked) -> bool:
    """Whole components that the caller sees: every unit that holds their items is on the board, and no other counts."""
    if asked.by not in {"component", "total"} or asked.components is None or caller is None:
        return False
    return asked.place.agencies is None and asked.models is None and asked.components <= set(caller.see)


def _rolled_up(situation: Situation, asked: Asked) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The quick way for whole components: no line is made."""
    wanted = asked.components or frozenset()
    parts = {each: counts for each, counts in situation.board.by_component().items() if each in wanted}
    total = figures(add_up(list(parts.values())))
    if asked.by == "total":
        return total, []
    rows = [row_of({"component": asked.seen[each]}, figures(counts)) for each, counts in parts.items()]
    return total, sorted(rows, key=lambda row: str(row["component"]["reference"]))


async def _by_group(
    tx: Tx, situation: Situation, asked: Asked, moment: Moment, people: People, language: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The general way: lines, or shares of components in them, summed by the keys of a row."""
    rows = await tx.rows(UNITS[language], **asked.place.values, day=moment.day, known=moment.known)
    lines = situation.board.lines({row["id"] for row in rows})
    if asked.models is not None:
        lines = [line for line in lines if line.model_id in asked.models]
    found = list(cells(lines, asked.components, shares=asked.shares))
    names = {
        "unit": related(row for row in rows if row["reference"] is not None),
        "model": related(situation.catalogue.labels.values(), language),
        "component": asked.seen,
    }
    above: dict[UUID, list[UUID]] = {}
    if asked.by == "agency":
        above, names["agency"] = await _agencies(tx, {line.unit_id for line in lines}, asked, language)
    total = readiness_rows.total(found, people, shares=asked.shares)
    keys = _keys(GROUPS_OF[asked.by], names, above)
    order = _order(GROUPS_OF[asked.by], names, situation)
    groups = sorted(grouped(found, keys), key=order) if GROUPS_OF[asked.by] else []
    return total, [_shown_group(group, asked, names, people) for group in groups]


async def _agencies(
    tx: Tx, units: Iterable[UUID], asked: Asked, language: str
) -> tuple[dict[UUID, list[UUID]], dict[UUID, dict[str, Any]]]:
    """The agencies in sight above each unit, itself included, within what was asked for; and their names."""
    rows = await tx.rows(ABOVE[language], units=list(units), agencies=asked.place.agencies)
    above: dict[UUID, list[UUID]] = {}
    for row in rows:
        above.setdefault(row["unit_id"], []).append(row["id"])
    return above, related(rows)


def _keys(
    groups: Sequence[str], names: Mapping[str, Mapping[UUID, Any]], above: Mapping[UUID, Sequence[UUID]]
) -> Callable[[Cell], Iterable[tuple[UUID | None, ...]]]:
    """The groups that a cell belongs to. What is out of sight is one group, without a name."""
    if groups == ("agency",):
        return lambda cell: [(each,) for each in above.get(cell.line.unit_id, (None,))]

    def keys(cell: Cell) -> Iterable[tuple[UUID | None, ...]]:
        ids = {"unit": cell.line.unit_id, "model": cell.line.model_id, "component": cell.component_id}
        return (tuple([each if (each := ids[group]) in names[group] else None for group in groups]),)

    return keys


def _order(
    groups: Sequence[str], names: Mapping[str, Mapping[UUID, Any]], situation: Situation
) -> Callable[[Group], tuple[Any, ...]]:
    """Rows come by reference, models by priority first; what is out of sight comes last."""
    needs = situation.catalogue.needs

    def order(group: Group) -> tuple[Any, ...]:
        made: list[Any] = []
        for kind, key in zip(groups, group.keys, strict=True):
            named = names[kind][key]["reference"] if key is not None else ""
            made.append((key is None, needs[key].priority if kind == "model" and key else 0, named))
        return tuple(made)

    return order


def _shown_group(group: Group, asked: Asked, names: Mapping[str, Mapping[UUID, Any]], people: People) -> dict[str, Any]:
    shown = {
        kind: names[kind][key] for kind, key in zip(GROUPS_OF[asked.by], group.keys, strict=True) if key is not None
    }
    made = figures(group.counts[0] if len(group.counts) == 1 else add_up(group.counts))
    if not asked.shares:
        people.told(made, group.lines)
    row = row_of(shown, made)
    if asked.by == "unit_model" and len(group.lines) == 1:
        row["contract"] = group.lines[0].contract
        row["line"] = group.lines[0]
    return row


def row_of(shown: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `ReadinessRow`: its group, then its figures."""
    empty = {"unit": None, "model": None, "agency": None, "component": None}
    return {**empty, **shown, **made, "contract": None, "allotment": None}


async def show_allotment(tx: Tx, rows: Iterable[dict[str, Any]]) -> None:
    """Put the pseudonyms into rows that know their line; those out of the caller's sight are counted."""
    lines: list[tuple[dict[str, Any], Line]] = [(row, row["line"]) for row in rows if "line" in row]
    ids = {each for _, line in lines for kind in _crews(line).values() for each in kind}
    visible = {row["id"] for row in await tx.rows(VISIBLE, ids=list(ids))}
    for row, line in lines:
        crews = _crews(line)
        row["allotment"] = {
            **{name: [_pseudonym(each) for each in kind if each in visible] for name, kind in crews.items()},
            "out_of_sight": sum(each not in visible for kind in crews.values() for each in kind),
        }


def _crews(line: Line) -> dict[str, Sequence[UUID]]:
    return {
        "operators": line.operators.persons,
        "operators_reserve": line.operators.reserve,
        "maintainers": line.maintainers.persons,
        "maintainers_reserve": line.maintainers.reserve,
    }


def _pseudonym(person: UUID) -> dict[str, str]:
    text = str(person)
    return {"id": text, "reference": text, "label": f"T-{text[:8].upper()}"}


def _answer(moment: Moment, by: str, total: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    for row in rows:
        row.pop("line", None)
    return {
        "as_of": instant(moment.at),
        "known_at": instant(moment.known),
        "on": moment.day,
        "confirmation_days": moment.days,
        "by": by,
        "total": total,
        "rows": rows,
    }
