"""Trainees by import. Names are sealed row by row as in single calls; comparing with names that there are is logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from app.db.session import Statement
from app.domain.access import Scope
from app.domain.errors import Forbidden, PossibleDuplicate
from app.domain.imports import CellKind
from app.domain.names import check_person_name
from app.schemas.trainees import TraineeChange, TraineeIn
from app.services import trainees, vaulting
from app.services.agencies import LISTING as AGENCIES
from app.services.importing import Importing, Own, Work
from app.services.vaulting import Identity

_AGENCY = Statement("SELECT agency_id FROM trainees WHERE id = :id")
_TODAY = "p.starts_on <= current_date AND (p.ends_on IS NULL OR p.ends_on > current_date)"
_COMING = "p.starts_on > current_date ORDER BY p.starts_on LIMIT 1"


async def create(work: Work, body: TraineeIn) -> Any:
    """Register a person, unless somebody of that name is known and the row does not say that it is somebody else."""
    await _no_namesake(work, Identity(UUID(int=0), UUID(body.agency), check_person_name(body.name), None), body)
    return await trainees.create(work.tx, work.keys, body.model_copy(update={"confirm_new": True}))


async def change(work: Work, trainee_id: UUID, version: int, patch: TraineeChange) -> Any:
    """Change a person as far as the caller may by the scope of that, which reaches less far than nominating."""
    caller = work.tx.caller
    if caller is not None:
        caller.require(Scope.TRAINEES_WRITE)
        reach = caller.reach.get(Scope.TRAINEES_WRITE)
        if reach is not None and not set(caller.manage) <= reach:
            raise Forbidden("You may add people here, but change them for some components only: not by an import.")
    if "name" in patch.model_fields_set:
        agency = UUID(patch.agency) if "agency" in patch.model_fields_set else None
        agency = agency or await work.tx.value(_AGENCY, id=trainee_id)
        await _no_namesake(work, Identity(trainee_id, agency, check_person_name(patch.name), None), patch)
    return await trainees.change(
        work.tx, work.keys, str(trainee_id), version, patch.model_copy(update={"confirm_new": True})
    )


async def _no_namesake(work: Work, identity: Identity, body: TraineeIn | TraineeChange) -> None:
    others = [] if body.confirm_new else await vaulting.namesakes(work.tx, work.keys, identity)
    if others:
        work.compared.extend(others)
        raise PossibleDuplicate(
            "Somebody of that name is known in this agency; `confirm_new` says that it is somebody else.",
            pointer="/name",
        )


async def hidden(work: Work, ids: Sequence[UUID], columns: frozenset[str]) -> dict[UUID, dict[str, str | None]]:
    """Names and contacts to compare with."""
    found = await vaulting.current_of(work.tx, work.keys, ids)
    work.compared.extend((each.trainee_id, each.agency_id) for each in found.values())
    return {
        ident: {name: getattr(each, name) for name in columns if name in {"name", "work_contact"}}
        for ident, each in found.items()
    }


def arrange(members: dict[str, Any]) -> None:
    """Where the person serves, from three columns."""
    posting = {
        part: members.pop(f"posting_{part}") for part in ("unit", "site", "starts_on") if f"posting_{part}" in members
    }
    if posting:
        members["posting"] = posting


def _posting(member: str, what: str, join: str = "", kind: CellKind = "text") -> Own:
    """A column about where somebody serves today, or will next."""
    sql = f"(SELECT {what} FROM postings p {join} WHERE p.trainee_id = t.id AND "
    return Own(f"posting_{member}", "posting", kind, known=f"{sql}{_TODAY})", coming=f"{sql}{_COMING})")


IMPORTING = Importing(
    listing=replace(trainees.LISTING, personal=True),
    scope=Scope.TRAINEES_NOMINATE,
    body=TraineeIn,
    create=create,
    patch=TraineeChange,
    change=change,
    refers={"agency": AGENCIES},
    members={"posting": "posting_shown"},
    own=(
        Own("name"),
        Own("work_contact"),
        _posting("unit", "u.reference", "LEFT JOIN agencies u ON u.id = p.unit_id"),
        _posting("site", "s.reference", "LEFT JOIN sites s ON s.id = p.site_id"),
        _posting("starts_on", "p.starts_on", kind="day"),
        Own("confirm_new", along=True),
    ),
    keys=(("id",), ("external_id",)),
    beside={
        "name:possible_duplicate": frozenset({"agency", "confirm_new"}),
        "external_id:taken": frozenset({"agency"}),
        **dict.fromkeys(("posting_unit", "posting_site", "posting_starts_on"), frozenset({"agency"})),
    },
    stand_ins={"name": "Zzyzyx Qqwxqz"},
    unique_within="agency",
    when={
        "external_id": "Required in new rows, unless they have an id of their own.",
        "posting_unit": "Required with `posting_site` or `posting_starts_on`, only in new rows.",
        "posting_starts_on": "Required with `posting_unit`, only in new rows.",
        "confirm_new": "Required where somebody of that name is known already.",
    },
    arrange=arrange,
    hidden=hidden,
    says={
        "id": "The pseudonym of somebody who is there, as an export shows it; empty for new people.",
        "name": "Letters only, as in the work papers. It is sealed; no answer shows it.",
        "posting_unit": "The reference of the unit where the person serves.",
        "posting_site": "The reference of the site where the person serves, if that is known.",
        "posting_starts_on": "From which day on the person serves there.",
        "confirm_new": "true: somebody of that name is known, and this is somebody else.",
    },
    new_id=uuid4,
    batch=200,
)
