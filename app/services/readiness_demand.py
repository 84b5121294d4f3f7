"""Training demand: whom readiness lacks, by unit and course, now and on a later day (DOMAIN 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.db.session import Statement, Tx
from app.domain.demand import Demand, Offer, training_demand
from app.domain.errors import Rejected
from app.domain.training import CourseKind
from app.schemas.readiness import DemandQuery
from app.services import readiness_facts
from app.services.readiness import UNITS, Found, people_of, place_of
from app.services.readiness_facts import Models, Moment, Place
from app.services.readiness_rows import People, related

#: How far ahead demand looks when nobody says how far.
AHEAD_DAYS = 180

#: The last edition of each course that is given, with the models and types that it covers.
OFFERS = Statement(
    "SELECT c.id, c.reference, c.kind, c.name_en, c.name_fr, c.name_it, c.name_ar, "
    "array_agg(coalesce(v.model_id, v.type_id)) AS covers FROM (SELECT DISTINCT ON (c.reference) c.* FROM courses c "
    "WHERE c.active ORDER BY c.reference, c.edition DESC) c JOIN course_covers v ON v.course_id = c.id "
    "GROUP BY c.id, c.reference, c.kind, c.name_en, c.name_fr, c.name_it, c.name_ar"
)

_COLUMNS = [
    *(f"{group}_{part}" for group in ("unit", "course") for part in ("id", "reference", "label")),
    *("kind", "models", "now", "by_until", "suppressed"),
]


async def of(tx: Tx, query: DemandQuery, language: str) -> Found:
    """Persons missing per unit and course, on both days over the items of now."""
    today = datetime.now(UTC).date()
    until = query.until or today + timedelta(days=AHEAD_DAYS)
    if until < today:
        raise Rejected.at("/query/until", "in_past", "This day is over; demand looks ahead.")
    place, moment = Place(await place_of(tx, query)), Moment(today)
    now = await readiness_facts.of_units(tx, place, moment)
    later = await readiness_facts.of_units(tx, place, replace(moment, day=until))
    units = await tx.rows(UNITS[language], **place.values, day=today, known=None)
    courses = await tx.rows(OFFERS)
    asked = {row["id"] for row in units}
    found = training_demand(now.board.lines(asked), later.board.lines(asked), _offers(courses, now.catalogue))
    names = {
        "unit": related(units),
        "course": related(courses, language),
        "model": related(now.catalogue.labels.values(), language),
    }
    return Found(_answer(found, names, people_of(tx.caller), today, until), _COLUMNS)


def _offers(rows: Iterable[Mapping[str, Any]], catalogue: Models) -> list[Offer]:
    return [
        Offer(row["id"], row["reference"], CourseKind(row["kind"]), catalogue.covered(row["covers"])) for row in rows
    ]


def _answer(
    found: Iterable[Demand], names: Mapping[str, Mapping[UUID, Any]], people: People, today: date, until: date
) -> dict[str, Any]:
    rows = [_row(each, names, people) for each in found]
    rows.sort(key=lambda row: row["unit"]["reference"])
    total = {
        name: None if any(row[name] is None for row in rows) else sum(row[name] for row in rows)
        for name in ("now", "by_until")
    }
    return {"on": today.isoformat(), "until": until.isoformat(), "total": total, "rows": rows}


def _row(each: Demand, names: Mapping[str, Mapping[UUID, Any]], people: People) -> dict[str, Any]:
    now, later = people.number(each.now), people.number(each.by_horizon)
    return {
        "unit": names["unit"][each.unit_id],
        "course": names["course"][each.course_id] if each.course_id else None,
        "kind": each.kind.value,
        "models": [names["model"][model] for model in each.model_ids],
        "now": now,
        "by_until": later,
        "suppressed": now is None or later is None,
    }
