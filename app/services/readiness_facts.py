"""What readiness is computed from: counts of items, people, support, needs; read past the components' policies.

The functions of the database that are asked here are bound to the caller's units and components, and read whole units:
everyone who may see a unit gets the same figures (DOMAIN 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.db.session import Statement, Tx
from app.domain.allotment import Ratio
from app.domain.readiness import Board, ModelNeed, Person, Support, Tally, tally

_WITHIN = "CAST(:agencies AS uuid[]), CAST(:components AS uuid[]), CAST(:day AS date)"
_AT = "CAST(:at AS timestamptz), CAST(:known AS timestamptz)"
_KNOWN = "CAST(:known AS timestamptz)"
_SINCE = "CAST(:since AS date)"
_SITE = "CAST(:site AS uuid)"

#: Spans begun between an instant and the nearest sums up to which it is quicker to go from there than to count anew.
MOST_CHANGES = 20_000

NOW = Statement(f"SELECT * FROM app.readiness_now({_WITHIN}, {_SINCE})")
AT = Statement(f"SELECT * FROM app.readiness_at({_WITHIN}, CAST(:at AS timestamptz), {_SINCE}, :most)")
THEN = Statement(f"SELECT * FROM app.readiness_then({_WITHIN}, {_AT}, {_SINCE})")
PEOPLE = Statement(f"SELECT * FROM app.readiness_people({_WITHIN}, {_KNOWN})")
SUPPORTS = Statement(f"SELECT * FROM app.readiness_supports({_WITHIN}, {_KNOWN})")
SITE = Statement(f"SELECT * FROM app.readiness_site({_SITE}, {_AT}, {_SINCE})")
SITE_PEOPLE = Statement(f"SELECT * FROM app.readiness_site_people({_SITE}, CAST(:day AS date), {_KNOWN})")
SITE_CONTRACTS = Statement(f"SELECT * FROM app.readiness_site_contracts({_SITE}, CAST(:day AS date), {_KNOWN})")
MODELS = Statement(
    "SELECT m.id, m.reference, m.type_id, m.priority, m.operators_n, m.operators_m, m.maintainers_n, m.maintainers_m, "
    f"m.name_en, m.name_fr, m.name_it, m.name_ar FROM app.models_known({_KNOWN}) m"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """When readiness is asked about. `at` and `known` None are now; `day` is the day in UTC on which people count."""

    day: date
    at: datetime | None = None
    known: datetime | None = None
    #: Days for which a confirmation of condition counts as recent.
    days: int = 90

    @property
    def since(self) -> date:
        """The first day on which a confirmation is recent."""
        return self.day - timedelta(days=self.days)

    @property
    def past(self) -> bool:
        """Whether counts come from dated rows instead of the summary."""
        return self.at is not None or self.known is not None

    @property
    def values(self) -> dict[str, Any]:
        """As parameters of the statements."""
        at = self.at or (datetime.now(UTC) if self.known else None)
        return {"day": self.day, "at": at, "known": self.known, "since": self.since}


@dataclass(frozen=True, slots=True)
class Place:
    """Whose readiness is asked about: units below agencies (None: all in sight), or whoever holds the components."""

    agencies: Sequence[UUID] | None = None
    components: Sequence[UUID] | None = None

    @property
    def values(self) -> dict[str, Any]:
        """As parameters of the statements."""
        return {"agencies": self.agencies, "components": self.components}


@dataclass(frozen=True, slots=True)
class Models:
    """The catalogue as readiness needs it."""

    needs: Mapping[UUID, ModelNeed]
    labels: Mapping[UUID, Mapping[str, Any]]
    by_type: Mapping[UUID, frozenset[UUID]]

    def covered(self, ids: Iterable[UUID]) -> frozenset[UUID]:
        """The models behind ids of models and of types."""
        found: set[UUID] = set()
        for each in ids:
            if each in self.needs:
                found.add(each)
            else:
                found |= self.by_type.get(each, frozenset())
        return frozenset(found)


async def models(tx: Tx, moment: Moment) -> Models:
    """All models, with the needs that were known at the moment."""
    rows = await tx.rows(MODELS, known=moment.known)
    by_type: dict[UUID, set[UUID]] = {}
    for row in rows:
        by_type.setdefault(row["type_id"], set()).add(row["id"])
    return Models(
        needs={
            row["id"]: ModelNeed(
                row["id"],
                row["reference"],
                row["priority"],
                Ratio(row["operators_n"], row["operators_m"]),
                Ratio(row["maintainers_n"], row["maintainers_m"]),
            )
            for row in rows
        },
        labels={row["id"]: row for row in rows},
        by_type={type_id: frozenset(ids) for type_id, ids in by_type.items()},
    )


@dataclass(frozen=True, slots=True)
class Situation:
    """A board, and the people it was computed with."""

    board: Board
    catalogue: Models


async def of_units(tx: Tx, place: Place, moment: Moment) -> Situation:
    """Whole units, with those that share maintainers with them."""
    values = {**place.values, **moment.values}
    tallies = await counts(tx, place, moment)
    catalogue = await models(tx, moment)
    people = await tx.rows(PEOPLE, **values)
    supports = [Support._make(row) for row in await tx.rows(SUPPORTS, **values)]
    return Situation(Board(tallies, catalogue.needs, _persons(people, catalogue), supports), catalogue)


async def counts(tx: Tx, place: Place, moment: Moment) -> list[Tally]:
    """What units hold: from the summary of now, from sums of the past (ADR 30), or as known from every history."""
    values = {**place.values, **moment.values}
    if not moment.past:
        return [Tally._make(row) for row in await tx.rows(NOW, **values)]
    if moment.known is None:
        return [Tally._make(row) for row in await tx.rows(AT, **values, most=MOST_CHANGES)]
    return tally(tuple(row) for row in await tx.rows(THEN, **values))


async def of_site(tx: Tx, site_id: UUID, moment: Moment) -> Situation:
    """A site in the place of a unit: what stands there, whoever is posted there, contracts of its unit."""
    values = {"site": site_id, **moment.values}
    tallies = tally(tuple(row) for row in await tx.rows(SITE, **values))
    catalogue = await models(tx, moment)
    people = await tx.rows(SITE_PEOPLE, **values)
    contracts = [Support._make(row) for row in await tx.rows(SITE_CONTRACTS, **values)]
    return Situation(Board(tallies, catalogue.needs, _persons(people, catalogue), contracts), catalogue)


def _persons(rows: Iterable[Any], catalogue: Models) -> list[Person]:
    """People with the models that they are qualified for. Many share the same qualifications: each is read once."""
    known: dict[tuple[UUID, ...], frozenset[UUID]] = {(): frozenset()}

    def skills(ids: list[UUID] | None) -> frozenset[UUID]:
        key = tuple(ids or ())
        found = known.get(key)
        if found is None:
            found = known[key] = catalogue.covered(key)
        return found

    return [Person(person, unit, skills(operates), skills(maintains)) for person, unit, operates, maintains in rows]
