"""Training sessions: list, get, create, change, open, close, cancel. Those of people who sign in are elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.db import reading, writing
from app.db.columns import instant, label, plain, related, structure
from app.db.listing import NEWEST, Filter, Listing, Order, equals, span
from app.db.session import Statement, Tx
from app.domain.access import Scope
from app.domain.errors import Conflict, Forbidden, NotFound, Rejected, Stale
from app.domain.training import OPEN, RecordStage
from app.domain.training_sessions import SessionAction, SessionStatus, decide_session
from app.schemas.training_sessions import CloseIn, SessionChange, SessionIn, Trainers
from app.services import records_moves
from app.services.components import LISTING as COMPONENTS
from app.services.courses import LISTING as COURSES
from app.services.importing import Importing
from app.services.organisations import LISTING as ORGANISATIONS
from app.services.references import reference_to
from app.services.sites import LISTING as SITES

_TRAINERS = (
    "(SELECT coalesce(json_agg(json_build_object('organisation', CASE WHEN o.id IS NULL THEN NULL ELSE "
    f"json_build_object('id', o.id, 'reference', o.reference, 'label', {label('o')}) END, "
    "'role', x.value->>'role', 'persons', (x.value->>'persons')::integer) ORDER BY x.n), '[]') "
    "FROM jsonb_array_elements(t.trainers) WITH ORDINALITY x(value, n) "
    "LEFT JOIN organisations o ON o.id = (x.value->>'organisation_id')::uuid)"
)
_OF_MODEL = (
    "EXISTS (SELECT 1 FROM course_covers v WHERE v.course_id = t.course_id AND (v.model_id {is_it} "
    "OR v.type_id IN (SELECT m.type_id FROM equipment_models m WHERE m.id {is_it})))"
)
_OPEN = tuple(map(str, OPEN))
#: Under the caller's own rows; null for those who see no records at all.
_RECORDS = (
    "(SELECT CASE WHEN app.has('p') THEN json_build_object('open', count(*) FILTER (WHERE r.stage IN "
    f"{_OPEN}), "
    + ", ".join(f"'{stage}', count(*) FILTER (WHERE r.stage = '{stage}')" for stage in RecordStage)
    + ") END FROM training_records r WHERE r.session_id = t.id)"
)
_HAS_OPEN = f"(EXISTS (SELECT 1 FROM training_records r WHERE r.session_id = t.id AND r.stage IN {_OPEN})) = :value"

LISTING = Listing(
    resource="sessions",
    table="training_sessions",
    columns=(
        plain("id"),
        plain("reference"),
        related("component", "components", "t.component_id", expand="'country', {a}.country"),
        related("course", "courses", "t.course_id", expand="'edition', {a}.edition, 'kind', {a}.kind"),
        plain("status"),
        plain("starts_on"),
        plain("ends_on"),
        plain("half_days"),
        plain("language"),
        related("site", "sites", "t.site_id"),
        related("host", "organisations", "t.host_id"),
        structure("trainers", _TRAINERS),
        plain("capacity"),
        structure("records", _RECORDS),
        instant("closed_at"),
        plain("external_id", free_text=True),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "component_id": equals("t.component_id", indexed=True, to="components"),
        "course_id": equals("t.course_id", indexed=True, to="courses"),
        "status": equals("t.status"),
        "language": equals("t.language"),
        "site_id": equals("t.site_id", to="sites"),
        "host_id": equals("t.host_id", to="organisations"),
        "model_id": Filter(
            _OF_MODEL.format(is_it="= :value"), _OF_MODEL.format(is_it="= ANY(:value)"), to="equipment_models"
        ),
        "reference": equals("t.reference", indexed=True),
        "external_id": equals("t.external_id"),
        "has_open_records": Filter(_HAS_OPEN),
        **span("t.starts_on"),
    },
    orders={**NEWEST, "starts_on": Order((("starts_on", "date"),))},
)

_PLACE = Statement(
    "SELECT c.languages, (SELECT k.country FROM components k WHERE k.id = :component_id) AS country "
    "FROM courses c WHERE c.id = :course_id"
)
_REFERENCE = Statement("SELECT (app.next_references('TS', :country, CAST(:year AS integer), 1))[1]")
_LOCKED = Statement(
    "SELECT s.version, s.status, s.starts_on, s.ends_on, c.languages, "
    "(SELECT max(r.half_days_attended) FROM training_records r WHERE r.session_id = s.id) AS attended "
    "FROM training_sessions s JOIN courses c ON c.id = s.course_id WHERE s.id = :id FOR UPDATE OF s"
)
# Nominations hold the same lock, shared: nobody is nominated for a session that is being cancelled or closed.
_NOBODY_NOMINATES = Statement("SELECT pg_advisory_xact_lock(hashtextextended(CAST(:id AS text), 5))")


async def create(tx: Tx, body: SessionIn) -> reading.Reading:
    """Plan a session of a course for a component. Everything it refers to has to be in the caller's sight."""
    session_id = body.id or writing.new_id()
    component_id = await reference_to(tx, COMPONENTS, body.component, "/component")
    course_id = await reference_to(tx, COURSES, body.course, "/course")
    place = await tx.row(_PLACE, component_id=component_id, course_id=course_id)
    if place is None:
        raise NotFound  # pragma: no cover - both were just resolved
    _check_language(body.language, place["languages"])
    reference = await tx.value(_REFERENCE, country=place["country"], year=body.starts_on.year)
    await writing.insert(
        tx,
        "training_sessions",
        {
            "id": session_id,
            "reference": reference,
            "component_id": component_id,
            "course_id": course_id,
            "site_id": await reference_to(tx, SITES, body.site, "/site"),
            "host_id": await reference_to(tx, ORGANISATIONS, body.host, "/host"),
            "trainers": await _trainers(tx, body.trainers),
            **body.model_dump(include={"starts_on", "ends_on", "half_days", "language", "capacity", "external_id"}),
        },
    )
    return await reading.answer(tx, LISTING, session_id)


async def change(tx: Tx, ident: str, version: int, body: SessionChange) -> reading.Reading:
    """Change what the patch names, while the session is planned or running."""
    session_id = await reading.resolve(tx, LISTING, ident)
    now = await _locked(tx, session_id, version)
    if now["status"] not in {SessionStatus.PLANNED, SessionStatus.RUNNING}:
        raise Conflict(f"A session that is {now['status']} does not change any more.")
    values = body.model_dump(exclude_unset=True, exclude={"site", "host", "trainers"})
    _check_change(values, now)
    if "site" in body.model_fields_set:
        values["site_id"] = await reference_to(tx, SITES, body.site, "/site")
    if "host" in body.model_fields_set:
        values["host_id"] = await reference_to(tx, ORGANISATIONS, body.host, "/host")
    if "trainers" in body.model_fields_set:
        values["trainers"] = await _trainers(tx, body.trainers)
    await writing.patch(tx, "training_sessions", session_id, version, values)
    return await reading.answer(tx, LISTING, session_id)


def _check_change(values: dict[str, Any], now: Any) -> None:
    if values.get("ends_on", now["ends_on"]) < values.get("starts_on", now["starts_on"]):
        raise Rejected.at("/ends_on", "empty_period", "The session ends before it begins.")
    if "language" in values:
        _check_language(values["language"], now["languages"])
    attended = now["attended"] or 0
    if values.get("half_days", attended) < attended:
        raise Rejected.at("/half_days", "fewer_than_attended", "Somebody attended more half-days than that.")


async def open_(tx: Tx, ident: str, version: int) -> reading.Reading:
    """The session begins: from now on attendance and results can be entered."""
    return await _step(tx, ident, version, SessionAction.OPEN)


async def close(tx: Tx, ident: str, version: int, body: CloseIn | None = None) -> reading.Reading:
    """The session is over, on its last day or later: from now on records can be completed or failed.

    SessionHasOpenRecords while somebody is only nominated, vetted or enrolled, unless the rest is to be ended.
    """
    rest = body is not None and body.open_records == "end"
    return await _step(tx, ident, version, SessionAction.CLOSE, ending_the_rest=rest)


async def cancel(tx: Tx, ident: str, version: int) -> reading.Reading:
    """The session is not held; whoever was nominated, vetted, enrolled or attended is withdrawn from it."""
    return await _step(tx, ident, version, SessionAction.CANCEL)


async def _step(
    tx: Tx, ident: str, version: int, action: SessionAction, *, ending_the_rest: bool = False
) -> reading.Reading:
    session_id = await reading.resolve(tx, LISTING, ident)
    await tx.rows(_NOBODY_NOMINATES, id=str(session_id))
    now = await _locked(tx, session_id, version)
    at = datetime.now(UTC)
    to = decide_session(SessionStatus(now["status"]), action, now["ends_on"], at.date())
    if to is SessionStatus.CANCELLED:
        await records_moves.withdraw_all(tx, session_id)
    values: dict[str, Any] = {"status": to.value}
    if to is SessionStatus.CLOSED:
        await records_moves.end_all(tx, session_id, ending_the_rest=ending_the_rest)
        values["closed_at"] = at
    await writing.change(tx, "training_sessions", session_id, version, values)
    return await reading.answer(tx, LISTING, session_id)


async def _locked(tx: Tx, session_id: UUID, version: int) -> Any:
    """The session under its lock, still at `version`; Forbidden when it may be seen but not changed."""
    row = await tx.row(_LOCKED, id=session_id)
    if row is None:
        raise Forbidden("You may see this, but not change it.")
    if row["version"] != version:
        raise Stale(f"The current version is {row['version']}.", current=row["version"])
    return row


def _check_language(language: str, offered: Sequence[str]) -> None:
    if language not in offered:
        raise Rejected.at("/language", "not_offered", f"The course is given in: {', '.join(offered)}.")


async def _trainers(tx: Tx, trainers: Sequence[Trainers]) -> list[dict[str, Any]]:
    return [
        {
            "organisation_id": str(
                await reference_to(tx, ORGANISATIONS, each.organisation, f"/trainers/{index}/organisation")
            ),
            "role": each.role,
            "persons": each.persons,
        }
        for index, each in enumerate(trainers)
    ]


def _arranged(members: dict[str, Any]) -> None:
    """Trainers, as an export shows them, are what a body names."""
    trainers = members.get("trainers")
    if isinstance(trainers, list):
        members["trainers"] = [
            {**each, "organisation": each["organisation"]["id"]}
            if isinstance(each, dict) and isinstance(each.get("organisation"), dict) and "id" in each["organisation"]
            else each
            for each in trainers
        ]


IMPORTING = Importing(
    listing=LISTING,
    scope=Scope.TRAINING_WRITE,
    body=SessionIn,
    patch=SessionChange,
    create=lambda work, body: create(work.tx, body),
    change=lambda work, ident, version, patch: change(work.tx, str(ident), version, patch),
    refers={"component": COMPONENTS, "course": COURSES, "site": SITES, "host": ORGANISATIONS},
    unique_within="component",
    when={"external_id": "Required in new rows, unless they have an id of their own."},
    beside={
        "language": frozenset({"course"}),
        "ends_on": frozenset({"starts_on"}),
        "half_days": frozenset({"starts_on", "ends_on"}),
        "external_id": frozenset({"component"}),
    },
    stand_ins={"starts_on": "1900-01-01", "ends_on": "2100-12-31"},
    arrange=_arranged,
    says={
        "reference": "The session's reference (TS-…), by which a row changes a session that is there.",
        "course_reference": "The last edition of the course is taught.",
    },
)
