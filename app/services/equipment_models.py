"""Equipment models: list, get, create, change."""

from __future__ import annotations

from typing import Any

from app.db import reading, writing
from app.db.columns import Column, instant, label, names, plain, related, structure, truth
from app.db.listing import NEWEST, Filter, Listing, Order, dated, equals
from app.db.session import Tx
from app.domain.access import Scope
from app.schemas.equipment_models import EquipmentModelChange, EquipmentModelIn
from app.services.equipment_types import LISTING as TYPES
from app.services.importing import Importing
from app.services.references import reference_to


def _people(name: str) -> Column:
    persons, items = f"t.{name}_n", f"t.{name}_m"
    return Column(
        name,
        f"json_build_object('persons', {persons}, 'items', {items})",
        cells=((f"{name}_persons", persons), (f"{name}_items", items)),
    )


_COURSES = (
    "(SELECT coalesce(json_agg(json_build_object('id', c.id, 'reference', c.reference, 'label', "
    f"{label('c')}, 'edition', c.edition, 'kind', c.kind) ORDER BY c.reference COLLATE \"C\", c.edition), '[]') "
    "FROM courses c WHERE c.active AND EXISTS (SELECT 1 FROM course_covers v WHERE v.course_id = c.id "
    "AND (v.model_id = t.id OR v.type_id = t.type_id)))"
)

LISTING = Listing(
    resource="equipment-models",
    table="equipment_models",
    columns=(
        plain("id"),
        plain("reference"),
        *names(),
        related("type", "equipment_types", "t.type_id", expand="'domain', {a}.domain, 'cpv', {a}.cpv, 'hs', {a}.hs"),
        plain("manufacturer", free_text=True),
        plain("model_number", free_text=True),
        truth("controlled"),
        plain("control_reference", free_text=True),
        plain("useful_life_months"),
        plain("warranty_days"),
        _people("operators"),
        _people("maintainers"),
        plain("priority"),
        plain("external_id", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
        structure("acceptance_tests", detail=True),
        structure("maintenance_plan", detail=True),
        structure("courses", _COURSES, detail=True),
    ),
    filters={
        "type_id": equals("t.type_id", indexed=True, to="equipment_types"),
        "domain": Filter(
            "t.type_id IN (SELECT y.id FROM equipment_types y WHERE y.domain = :value)",
            "t.type_id IN (SELECT y.id FROM equipment_types y WHERE y.domain = ANY(:value))",
        ),
        "manufacturer": equals("t.manufacturer"),
        "controlled": equals("t.controlled"),
        "external_id": equals("t.external_id", indexed=True),
        **dated(),
    },
    orders={**NEWEST, "name": Order((("folded", "text"),))},
    search=(
        "(t.folded LIKE app.fold(:search) OR lower(t.reference) LIKE app.fold(:search) "
        "OR app.fold(t.manufacturer || ' ' || coalesce(t.model_number, '')) LIKE app.fold(:search))"
    ),
)

#: Members that a patch replaces whole, with the defaults of what they hold.
LISTS = {"acceptance_tests", "maintenance_plan"}


async def create(tx: Tx, body: EquipmentModelIn) -> reading.Reading:
    """Add a model of a known type."""
    model_id = body.id or writing.new_id()
    values = {
        **body.model_dump(exclude={"id", "names", "type", "operators", "maintainers"}),
        **body.names.columns(),
        **_needs(body.model_dump(include={"operators", "maintainers"})),
        "id": model_id,
        "type_id": await reference_to(tx, TYPES, body.type, "/type"),
    }
    await writing.insert(tx, "equipment_models", values)
    return await reading.answer(tx, LISTING, model_id)


async def change(tx: Tx, ident: str, version: int, body: EquipmentModelChange) -> reading.Reading:
    """Change what the patch names."""
    model_id = await reading.resolve(tx, LISTING, ident)
    values = body.model_dump(exclude_unset=True, exclude={"names", "operators", "maintainers", *LISTS})
    values |= body.model_dump(include=body.model_fields_set & LISTS)
    values |= _needs(body.model_dump(exclude_unset=True, include={"operators", "maintainers"}))
    if "names" in body.model_fields_set:
        values |= body.names.columns()
    await writing.patch(tx, "equipment_models", model_id, version, values)
    return await reading.answer(tx, LISTING, model_id)


def _needs(people: dict[str, Any]) -> dict[str, int]:
    """The columns of `n persons per m items`; in a patch, the part that is named."""
    letters = {"persons": "n", "items": "m"}
    return {f"{kind}_{letters[part]}": n for kind, parts in people.items() for part, n in parts.items()}


IMPORTING = Importing(
    listing=LISTING,
    scope=Scope.CATALOGUE_WRITE,
    body=EquipmentModelIn,
    patch=EquipmentModelChange,
    create=lambda work, body: create(work.tx, body),
    change=lambda work, ident, version, patch: change(work.tx, str(ident), version, patch),
    refers={"type": TYPES},
    when={
        "control_reference": "Required where `controlled` is true.",
        "operators_persons": "Required with `operators_items`; where both are empty in a new row: 1.",
        "maintainers_persons": "Required with `maintainers_items`; where both are empty in a new row: 0.",
    },
    beside={"control_reference": frozenset({"controlled"})},
)
