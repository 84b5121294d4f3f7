"""Trainees: list, get, create, change, merge, unmerge, erase (DOMAIN 4). Reading who they are: `trainees_identity`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from app.db import reading, writing
from app.db.columns import Column, instant, label, plain, related
from app.db.listing import NEWEST, Filter, Listing, equals
from app.db.session import Statement, Tx
from app.domain.errors import Conflict, Forbidden, Rejected, Stale
from app.domain.names import check_person_name, check_work_contact
from app.schemas.trainees import FirstPosting, TraineeChange, TraineeIn
from app.security.keys import Keys
from app.services import postings_places, vaulting, vaulting_upkeep
from app.services.agencies import LISTING as AGENCIES
from app.services.pseudonyms import below, pseudonym
from app.services.references import reference_to
from app.services.vaulting import Identity, check_about_person

_TODAY = "p.starts_on <= current_date AND (p.ends_on IS NULL OR p.ends_on > current_date)"


def _shown(alias: str) -> str:
    shown = f"json_build_object('id', {alias}.id, 'reference', {alias}.reference, 'label', {label(alias)})"
    return f"CASE WHEN {alias}.id IS NULL THEN NULL ELSE {shown} END"


_POSTING = (
    f"(SELECT json_build_object('id', p.id, 'unit', {_shown('u')}, 'site', {_shown('s')}, "
    "'period', json_build_object('start', p.starts_on, 'end', p.ends_on)) FROM postings p "
    "LEFT JOIN agencies u ON u.id = p.unit_id LEFT JOIN sites s ON s.id = p.site_id "
    f"WHERE p.trainee_id = t.id AND {_TODAY})"
)
_POSTED = "EXISTS (SELECT 1 FROM postings p WHERE p.trainee_id = t.id AND p.unit_id {is_it} AND " + _TODAY + ")"

LISTING = Listing(
    resource="trainees",
    table="trainees",
    columns=(
        plain("id"),
        Column("label", "'T-' || upper(left(t.id::text, 8))"),
        related("agency", "agencies", "t.agency_id"),
        Column("posting", _POSTING, cells=(("posting", f"({_POSTING})::text"),), free_text=True),
        plain("grade_band"),
        plain("sex"),
        plain("language"),
        pseudonym("merged_into", "t.merged_into_id"),
        instant("merged_at"),
        instant("erased_at"),
        plain("external_id", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "agency_id": equals("t.agency_id", indexed=True, to="agencies"),
        "below": below("t.agency_id"),
        "unit_id": Filter(_POSTED.format(is_it="= :value"), _POSTED.format(is_it="= ANY(:value)"), to="agencies"),
        "grade_band": equals("t.grade_band"),
        "sex": equals("t.sex"),
        "language": equals("t.language"),
        "merged": Filter("(t.merged_into_id IS NOT NULL) = :value"),
        "erased": Filter("(t.erased_at IS NOT NULL) = :value"),
        "external_id": equals("t.external_id"),
    },
    orders=NEWEST,
    reference=None,
    personal=True,
)

_POSTED_ELSEWHERE = Statement(
    "SELECT 1 FROM postings p WHERE p.trainee_id = :id AND (p.ends_on IS NULL OR p.ends_on > current_date) "
    "AND NOT p.unit_id = ANY (app.below(ARRAY[CAST(:agency_id AS uuid)]))"
)
_LOCKED = Statement(
    "SELECT t.id, t.version, t.merged_into_id, t.erased_at FROM trainees t "
    "WHERE t.id = ANY (CAST(:ids AS uuid[])) ORDER BY t.id FOR UPDATE"
)
_MERGED_HERE = Statement("SELECT 1 FROM trainees t WHERE t.merged_into_id = :id")
_PERSON = Statement(
    "SELECT t.id FROM trainees t WHERE t.erased_at IS NULL AND coalesce(t.merged_into_id, t.id) = "
    "(SELECT coalesce(o.merged_into_id, o.id) FROM trainees o WHERE o.id = :id) ORDER BY t.id"
)
_NOW = Statement("SELECT clock_timestamp()")


async def create(tx: Tx, keys: Keys, body: TraineeIn) -> reading.Reading:
    """Register a person by name, under a random pseudonym."""
    agency_id = await reference_to(tx, AGENCIES, body.agency, "/agency")
    trainee_id = body.id or uuid4()
    identity = Identity(trainee_id, agency_id, check_person_name(body.name), _contact(body.work_contact))
    await writing.insert(
        tx,
        "trainees",
        {
            "id": trainee_id,
            "agency_id": agency_id,
            "nominated_by": tx.caller.person_id if tx.caller else None,
            "external_id": check_about_person(body.external_id, "/external_id"),
            **body.model_dump(include={"grade_band", "sex", "language"}),
        },
    )
    await vaulting.put(tx, keys, identity, confirm_new=body.confirm_new)
    if body.posting is not None:
        await _post(tx, trainee_id, body.posting)
    return await reading.answer(tx, LISTING, trainee_id)


async def _post(tx: Tx, trainee_id: UUID, posting: FirstPosting) -> None:
    place = await postings_places.place(tx, posting.unit, posting.site, "/posting")
    await postings_places.add(tx, trainee_id, place, posting.starts_on, None, pointer="/posting")


async def change(tx: Tx, keys: Keys, ident: str, version: int, body: TraineeChange) -> reading.Reading:
    """Change what the patch names; a name or contact is sealed anew."""
    trainee_id = await reading.resolve(tx, LISTING, ident)
    values = body.model_dump(exclude_unset=True, include={"grade_band", "sex", "language", "external_id"})
    check_about_person(values.get("external_id"), "/external_id")
    sealed = body.model_fields_set & {"name", "work_contact", "agency"}
    before = await vaulting.current(tx, keys, trainee_id) if sealed else None
    if "agency" in sealed:
        values["agency_id"] = await reference_to(tx, AGENCIES, body.agency, "/agency")
        if await tx.row(_POSTED_ELSEWHERE, id=trainee_id, agency_id=values["agency_id"]):
            raise Rejected.at("/agency", "posted_elsewhere", "The person is posted to a unit outside of that agency.")
    after = None if before is None else _after(before, body, values.get("agency_id"))
    await writing.patch(tx, "trainees", trainee_id, version, values, anyway=after != before)
    if before is not None and after is not None and after != before:
        await vaulting.replace(tx, keys, after, confirm_new=body.confirm_new or after.name == before.name)
    return await reading.answer(tx, LISTING, trainee_id)


def _after(before: Identity, body: TraineeChange, agency_id: UUID | None) -> Identity:
    changed = replace(before, agency_id=agency_id or before.agency_id)
    if "name" in body.model_fields_set:
        changed = replace(changed, name=check_person_name(body.name))
    if "work_contact" in body.model_fields_set:
        changed = replace(changed, work_contact=_contact(body.work_contact))
    return changed


def _contact(text: str | None) -> str | None:
    return None if text is None else check_work_contact(text)


async def merge(tx: Tx, ident: str, version: int, into: UUID) -> reading.Reading:
    """Two pseudonyms are one person: from now on figures count the other one."""
    trainee_id = await reading.resolve(tx, LISTING, ident)
    survivor_id = await reference_to(tx, LISTING, str(into), "/into")
    if survivor_id == trainee_id:
        raise Rejected.at("/into", "same_trainee", "A pseudonym is not merged into itself.")
    rows = {row["id"]: row for row in await tx.rows(_LOCKED, ids=[trainee_id, survivor_id])}
    if survivor_id not in rows:
        raise Rejected.at("/into", "reference_unknown", "There is no such trainee that you may change.")
    _check_version(rows.get(trainee_id), version)
    for row in rows.values():
        if row["erased_at"] is not None:
            raise Conflict("One of the two was erased.")
    if rows[trainee_id]["merged_into_id"] is not None or rows[survivor_id]["merged_into_id"] is not None:
        raise Conflict("One of the two is merged already; unmerge it first.")
    if await tx.row(_MERGED_HERE, id=trainee_id):
        raise Conflict("Others are merged into this pseudonym; merge the other way round, or unmerge them first.")
    values = {"merged_into_id": survivor_id, "merged_at": await tx.value(_NOW)}
    await writing.change(tx, "trainees", trainee_id, version, values)
    return await reading.answer(tx, LISTING, trainee_id)


async def unmerge(tx: Tx, ident: str, version: int) -> reading.Reading:
    """They were two people after all."""
    trainee_id = await reading.resolve(tx, LISTING, ident)
    rows = await tx.rows(_LOCKED, ids=[trainee_id])
    _check_version(rows[0] if rows else None, version)
    if rows[0]["merged_into_id"] is None:
        raise Conflict("This pseudonym is not merged.")
    await writing.change(tx, "trainees", trainee_id, version, {"merged_into_id": None, "merged_at": None})
    return await reading.answer(tx, LISTING, trainee_id)


async def erase(tx: Tx, ident: str, version: int, folder: Path) -> reading.Reading:
    """Destroy what tells who this person is, under every pseudonym that the caller may change. No way back."""
    trainee_id = await reading.resolve(tx, LISTING, ident)
    rows = await tx.rows(_LOCKED, ids=[trainee_id])
    _check_version(rows[0] if rows else None, version)
    if rows[0]["erased_at"] is not None:
        raise Conflict("This person was erased before.")
    pseudonyms = [row[0] for row in await tx.rows(_PERSON, id=trainee_id)]
    await tx.rows(_LOCKED, ids=pseudonyms)  # whoever writes about one of them meanwhile, waits or is waited for
    await vaulting_upkeep.erase(tx, pseudonyms, folder)
    return await reading.answer(tx, LISTING, trainee_id)


def _check_version(row: Any, version: int) -> None:
    """A row that is in sight but cannot be locked may not be changed."""
    if row is None:
        raise Forbidden("You may see this person, but not change them.")
    if row["version"] != version:
        raise Stale(f"The current version is {row['version']}.", current=row["version"])
