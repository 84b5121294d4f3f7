"""Courses: list, get, create, change, and new editions. Each edition is a row that sessions keep referring to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.db import reading, writing
from app.db.columns import instant, label, names, plain, structure, truth
from app.db.listing import NEWEST, Filter, Listing, Order, dated, equals
from app.db.session import Statement, Tx
from app.domain.access import Scope
from app.domain.errors import Rejected
from app.schemas.courses import CourseChange, CourseIn, Cover, EditionIn
from app.services.equipment_models import LISTING as MODELS
from app.services.equipment_types import LISTING as TYPES
from app.services.importing import Importing
from app.services.references import reference_to

_COVERS = (
    "(SELECT coalesce(json_agg(json_build_object("
    "'kind', CASE WHEN v.model_id IS NULL THEN 'type' ELSE 'model' END, 'id', coalesce(m.id, y.id), "
    f"'reference', coalesce(m.reference, y.reference), 'label', coalesce({label('m')}, {label('y')})) "
    "ORDER BY coalesce(m.reference, y.reference) COLLATE \"C\"), '[]') FROM course_covers v "
    "LEFT JOIN equipment_models m ON m.id = v.model_id LEFT JOIN equipment_types y ON y.id = v.type_id "
    "WHERE v.course_id = t.id)"
)


def _covering(match: str) -> str:
    return f"EXISTS (SELECT 1 FROM course_covers v WHERE v.course_id = t.id AND ({match}))"


_OF_MODEL = "v.model_id {is_it} OR v.type_id IN (SELECT m.type_id FROM equipment_models m WHERE m.id {is_it})"

LISTING = Listing(
    resource="courses",
    table="courses",
    columns=(
        plain("id"),
        plain("reference"),
        plain("edition"),
        *names(),
        plain("kind"),
        structure("covers", _COVERS),
        plain("hours_theory"),
        plain("hours_practice"),
        plain("hours_rights"),
        plain("pass_mark"),
        plain("minimum_attendance"),
        truth("practical_required"),
        truth("rights_required"),
        plain("validity_months"),
        plain("sqf_level"),
        structure("languages", "to_json(t.languages)"),
        truth("active"),
        plain("external_id", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "kind": equals("t.kind"),
        "reference": equals("t.reference", indexed=True),
        "model_id": Filter(
            _covering(_OF_MODEL.format(is_it="= :value")),
            _covering(_OF_MODEL.format(is_it="= ANY(:value)")),
            to="equipment_models",
        ),
        "type_id": Filter(_covering("v.type_id = :value"), _covering("v.type_id = ANY(:value)"), to="equipment_types"),
        "active": equals("t.active"),
        "external_id": equals("t.external_id"),
        **dated(),
    },
    orders={**NEWEST, "name": Order((("folded", "text"),))},
    search="(t.folded LIKE app.fold(:search) OR lower(t.reference) LIKE app.fold(:search))",
    means="t.edition DESC",
)

LAST = Statement(
    "SELECT * FROM courses WHERE reference = (SELECT reference FROM courses WHERE id = :id) "
    "ORDER BY edition DESC LIMIT 1"
)
COVERED = Statement("SELECT model_id, type_id FROM course_covers WHERE course_id = :id")
NOT_INHERITED = frozenset({"id", "edition", "folded", "version", "created_at", "updated_at", "active"})


async def create(tx: Tx, body: CourseIn) -> reading.Reading:
    """Add a course with what it covers."""
    course_id = body.id or writing.new_id()
    values = body.model_dump(exclude={"id", "names", "covers"})
    await writing.insert(tx, "courses", {"id": course_id, **values, **body.names.columns()})
    await _cover(tx, course_id, await _resolved(tx, body.covers))
    return await reading.answer(tx, LISTING, course_id)


async def change(tx: Tx, ident: str, version: int, body: CourseChange) -> reading.Reading:
    """Change what the patch names."""
    course_id = await reading.resolve(tx, LISTING, ident)
    values = body.model_dump(exclude_unset=True, exclude={"names"})
    if "names" in body.model_fields_set:
        values |= body.names.columns()
    await writing.patch(tx, "courses", course_id, version, values)
    return await reading.answer(tx, LISTING, course_id)


async def add_edition(tx: Tx, ident: str, body: EditionIn) -> reading.Reading:
    """Add the next edition of a course, made from the last one. Of two writers at once, one gets Taken."""
    last = await tx.row(LAST, id=await reading.resolve(tx, LISTING, ident))
    assert last is not None  # noqa: S101 - just resolved, and courses are never deleted
    course_id = body.id or writing.new_id()
    values: dict[str, Any] = {name: value for name, value in last.items() if name not in NOT_INHERITED}
    values |= body.model_dump(exclude_unset=True, exclude={"id", "names", "covers"})
    if "names" in body.model_fields_set:
        values |= body.names.columns()
    await writing.insert(tx, "courses", {"id": course_id, "edition": last["edition"] + 1, **values})
    if "covers" in body.model_fields_set:
        covered = await _resolved(tx, body.covers)
    else:
        covered = [(row["model_id"], row["type_id"]) for row in await tx.rows(COVERED, id=last["id"])]
    await _cover(tx, course_id, covered)
    return await reading.answer(tx, LISTING, course_id)


Covered = list[tuple[UUID | None, UUID | None]]


async def _resolved(tx: Tx, covers: list[Cover]) -> Covered:
    """Models and types by id. The same one twice is an error at its place."""
    found: Covered = []
    for index, cover in enumerate(covers):
        model_id = await reference_to(tx, MODELS, cover.model, f"/covers/{index}/model")
        type_id = await reference_to(tx, TYPES, cover.type, f"/covers/{index}/type")
        if (model_id, type_id) in found:
            raise Rejected.at(f"/covers/{index}", "repeated", "This is covered already.")
        found.append((model_id, type_id))
    return found


async def _cover(tx: Tx, course_id: UUID, covered: Covered) -> None:
    for model_id, type_id in covered:
        row = {"id": writing.new_id(), "course_id": course_id, "model_id": model_id, "type_id": type_id}
        await writing.insert(tx, "course_covers", row)


def _arranged(members: dict[str, Any]) -> None:
    """What a course covers, as an export shows it, is what a body names."""
    covers = members.get("covers")
    if isinstance(covers, list):
        members["covers"] = [
            {each["kind"]: each.get("id") or each.get("reference")}
            if isinstance(each, dict) and "kind" in each
            else each
            for each in covers
        ]


IMPORTING = Importing(
    listing=LISTING,
    scope=Scope.CATALOGUE_WRITE,
    body=CourseIn,
    patch=CourseChange,
    create=lambda work, body: create(work.tx, body),
    change=lambda work, ident, version, patch: change(work.tx, str(ident), version, patch),
    arrange=_arranged,
    says={"validity_months": "How long a qualification from it lasts; empty: without end."},
)
