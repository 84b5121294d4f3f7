"""Everything that can be imported, one line each."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.errors import Rejected
from app.services import (
    agencies,
    courses,
    equipment_imports,
    equipment_models,
    equipment_types,
    records_imports,
    sites,
    suppliers,
    trainees_imports,
    training_sessions,
)
from app.services.importing import Importing

IMPORTINGS: Mapping[str, Importing] = {
    each.resource: each
    for each in (
        agencies.IMPORTING,
        sites.IMPORTING,
        suppliers.IMPORTING,
        equipment_types.IMPORTING,
        equipment_models.IMPORTING,
        equipment_imports.IMPORTING,
        courses.IMPORTING,
        training_sessions.IMPORTING,
        trainees_imports.IMPORTING,
        records_imports.IMPORTING,
    )
}


def importing_of(resource: str, pointer: str = "/resource") -> Importing:
    """The declaration of a resource; Rejected for what cannot be imported."""
    found = IMPORTINGS.get(resource)
    if found is None:
        raise Rejected.at(pointer, "unknown_value", f"One of: {', '.join(IMPORTINGS)}.")
    return found


def kind_of(resource: str) -> str:
    """The kind of the jobs that import it."""
    return f"imports.{resource}"
