"""Training records: list, get, nominate, and the steps to completion or failure (DOMAIN 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.db import reading, writing
from app.db.columns import instant, plain, related, truth
from app.db.listing import NEWEST, Filter, Listing, equals, span
from app.db.session import Statement, Tx
from app.domain.errors import DomainError, Fault, NotFound, Rejected, Taken
from app.domain.training import OPEN
from app.domain.training_sessions import SessionStatus, check_session_allows
from app.schemas.records import Happened, NominationsIn, Past, RecordBulkIn, RecordIn, RecordRead, SessionRecordQuery
from app.services import records_moves, records_rows, training_sessions
from app.services.pseudonyms import below, pseudonym
from app.services.records_moves import Move, Moved, Refused, When
from app.services.references import reference_to
from app.services.vaulting import check_about_person

# A subquery of its own: a join may be left out with its column.
_COURSE = "(SELECT s.course_id FROM training_sessions s WHERE s.id = t.session_id)"
_OF_COURSE = "t.session_id IN (SELECT s.id FROM training_sessions s WHERE s.course_id {is_it})"
#: Questions about the past go to `app.records_at`; in a list of the present these never occur.
_PAST = {"as_of": Filter("true"), "known_at": Filter("true")}
_ALWAYS = datetime(9999, 12, 31, tzinfo=UTC)

LISTING = Listing(
    resource="records",
    table="training_records",
    columns=(
        plain("id"),
        related("session", "training_sessions", "t.session_id", text="{a}.reference",
                expand="'status', {a}.status, 'starts_on', {a}.starts_on, 'ends_on', {a}.ends_on"),
        related("course", "courses", _COURSE),
        related("component", "components", "t.component_id"),
        pseudonym("trainee", "t.trainee_id"),
        related("agency", "agencies", "t.agency_id"),
        plain("stage"),
        plain("half_days_attended"),
        plain("pre_test"),
        plain("post_test"),
        plain("practical"),
        truth("rights_module_done"),
        plain("completed_on"),
        plain("reason"),
        instant("occurred_at"),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={
        "session_id": equals("t.session_id", indexed=True, to="training_sessions"),
        "trainee_id": equals("t.trainee_id", indexed=True),
        "component_id": equals("t.component_id", indexed=True, to="components"),
        "course_id": Filter(
            _OF_COURSE.format(is_it="= :value"), _OF_COURSE.format(is_it="= ANY(:value)"), to="courses"
        ),
        "agency_id": equals("t.agency_id", indexed=True, to="agencies"),
        "below": below("t.agency_id"),
        "stage": equals("t.stage"),
        "open": Filter(f"(t.stage IN {tuple(map(str, OPEN))}) = :value"),
        **span("t.completed_on"),
        **_PAST,
    },
    orders=NEWEST,
    component="component_id",
    agency="agency_id",
    reference=None,
    personal=True,
)  # fmt: skip
#: The same in the past.
PAST = replace(
    LISTING,
    table="app.records_at(CAST(:f_as_of AS timestamptz), CAST(:f_known_at AS timestamptz))",
    component=None,
    agency=None,
)

_SESSION = Statement("SELECT id, component_id, status, starts_on FROM training_sessions WHERE id = :id")
_SESSION_STANDS = Statement("SELECT pg_advisory_xact_lock_shared(hashtextextended(CAST(:id AS text), 5))")
_TRAINEES = Statement(
    "SELECT t.id, t.agency_id, t.merged_into_id, t.erased_at, EXISTS (SELECT 1 FROM participations p "
    "JOIN agency_closure c ON c.ancestor_id = p.agency_id WHERE p.component_id = :component_id "
    "AND c.descendant_id = t.agency_id AND p.starts_at <= clock_timestamp() "
    "AND (p.ends_at IS NULL OR p.ends_at > clock_timestamp())) AS takes_part "
    "FROM trainees t WHERE t.id = ANY (CAST(:ids AS uuid[]))"
)
# The person counts, not the pseudonym: somebody merged into the nominee may be in the session already.
_KNOWN = Statement(
    "SELECT DISTINCT n.id FROM unnest(CAST(:ids AS uuid[])) n(id) JOIN trainees t "
    "ON t.id = n.id OR t.merged_into_id = n.id JOIN training_records r ON r.trainee_id = t.id "
    "WHERE r.session_id = :session_id"
)
_NOMINATE = Statement(
    "INSERT INTO training_records (id, component_id, agency_id, session_id, trainee_id, nominated_by_person, "
    "occurred_at) SELECT n.id, n.component_id, n.agency_id, n.session_id, n.trainee_id, n.person_id, n.occurred_at "
    "FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n(id uuid, component_id uuid, agency_id uuid, session_id uuid, "
    "trainee_id uuid, person_id uuid, occurred_at timestamptz)"
)
_EVENTS_OF = Statement(
    "SELECT json_build_object('items', coalesce(json_agg(json_build_object('id', e.id, 'kind', e.kind, "
    "'occurred_at', app.iso(e.occurred_at), 'recorded_at', app.iso(e.recorded_at), 'actor_id', e.actor_id, "
    "'changes', e.changes - 'decided_by_person', 'corrects', e.corrects, 'note', e.note) "
    "ORDER BY e.recorded_at, e.id), '[]'))::text FROM record_events e WHERE e.record_id = :record_id"
)


def asked(query: SessionRecordQuery) -> tuple[Listing, SessionRecordQuery]:
    """Where a list is read from: the table, or the fold of the events when the past is asked for."""
    if query.as_of is None and query.known_at is None:
        return LISTING, query
    return PAST, query.model_copy(update=_instants(query))


async def of_session(tx: Tx, session: str) -> dict[str, list[UUID]]:
    """The filter of one session's records. The session has to be in sight."""
    return {"session_id": [await reading.resolve(tx, training_sessions.LISTING, session)]}


async def read(tx: Tx, ident: str, query: RecordRead, language: str) -> reading.Reading:
    """One record, now or in the past. A past state has no version: it cannot be changed."""
    if query.as_of is None and query.known_at is None:
        return await reading.one(tx, LISTING, ident, query.asked(language))
    record_id = await reading.resolve(tx, LISTING, ident)
    wanted = replace(query.asked(language), filters={"id": record_id, **_instants(query)}, limit=1)
    page = await reading.page(tx, PAST, wanted)
    if page.items == b"[]":
        raise NotFound
    return reading.Reading(page.items[1:-1], None, record_id)


def _instants(query: Past) -> dict[str, datetime]:
    return {"as_of": query.as_of or _ALWAYS, "known_at": query.known_at or _ALWAYS}


async def events(tx: Tx, ident: str) -> str:
    """What happened to a record, as JSON."""
    record_id = await reading.resolve(tx, LISTING, ident)
    found: str = await tx.value(_EVENTS_OF, record_id=record_id)
    return found


async def nominate(tx: Tx, body: RecordIn, days: int) -> reading.Reading:
    """Nominate one trainee for a session; `days` is how late it may be recorded without a reason."""
    session_id = await reference_to(tx, training_sessions.LISTING, body.session, "/session")
    record_id = body.id or writing.new_id()
    when = _when(body, days)
    await _nominate(tx, session_id, {record_id: body.trainee}, lambda _: "/trainee", when)
    return await reading.answer(tx, LISTING, record_id)


async def nominate_together(tx: Tx, bodies: Mapping[UUID, RecordIn], days: int) -> None:
    """Nominate people for one session at one instant, by the ids of their records; all of them, or an error of one."""
    first = next(iter(bodies.values()))
    session_id = await reference_to(tx, training_sessions.LISTING, first.session, "/session")
    wanted = {record_id: body.trainee for record_id, body in bodies.items()}
    await _nominate(tx, session_id, wanted, lambda _: "/trainee", _when(first, days))


async def nominate_all(tx: Tx, session: str, body: NominationsIn, days: int) -> dict[str, Any]:
    """Nominate several trainees for one session, all or none."""
    session_id = await reading.resolve(tx, training_sessions.LISTING, session)
    if len(set(body.trainees)) < len(body.trainees):
        raise Rejected.at("/trainees", "repeated", "A trainee is named once.")
    wanted = {writing.new_id(): trainee for trainee in body.trainees}
    await _nominate(tx, session_id, wanted, lambda index: f"/trainees/{index}", _when(body, days))
    return {"items": [{"id": each, "version": 1, "stage": "nominated", "problem": None} for each in wanted]}


async def _nominate(tx: Tx, session_id: UUID, wanted: dict[UUID, UUID], pointer: Any, when: When) -> None:
    """Nobody cancels or closes the session meanwhile; a trainee out of sight is unknown, whatever the reason."""
    await tx.rows(_SESSION_STANDS, id=str(session_id))
    session = await tx.row(_SESSION, id=session_id)
    if session is None:
        raise NotFound  # pragma: no cover - just resolved, and sessions are never deleted
    check_session_allows(SessionStatus(session["status"]), "nominate")
    trainees = list(wanted.values())
    found = {r["id"]: r for r in await tx.rows(_TRAINEES, ids=trainees, component_id=session["component_id"])}
    joined = tx.caller is not None and session["component_id"] in tx.caller.joined
    faults = [
        Fault(pointer(index), *fault)
        for index, trainee in enumerate(trainees)
        if (fault := _fault(found.get(trainee), joined=joined))
    ]
    if faults:
        raise Rejected(faults)
    if already := await tx.rows(_KNOWN, ids=trainees, session_id=session_id):
        raise Taken(
            "Somebody is in this session already.",
            pointer=pointer(trainees.index(already[0][0])),
            trainees=[str(row[0]) for row in already],
        )
    await _write(tx, session, wanted, found, when)


def _fault(trainee: Any, *, joined: bool) -> tuple[str, str] | None:
    if trainee is None:
        return "reference_unknown", "There is no such trainee that you may see."
    if trainee["erased_at"] is not None:
        return "erased", "This person was erased."
    if trainee["merged_into_id"] is not None:
        return "merged", "This pseudonym was merged into another one."
    if not (joined or trainee["takes_part"]):
        return "agency_not_taking_part", "The trainee's agency takes no part in the component of this session."
    return None


async def _write(tx: Tx, session: Any, wanted: dict[UUID, UUID], found: dict[UUID, Any], when: When) -> None:
    at = records_moves.instant_of(tx, when, None, session["component_id"])
    rows = [
        {
            "id": record_id,
            "component_id": session["component_id"],
            "agency_id": found[trainee]["agency_id"],
            "session_id": session["id"],
            "trainee_id": trainee,
            "person_id": records_rows.person_of(tx),
            "occurred_at": at,
        }
        for record_id, trainee in wanted.items()
    ]
    await tx.run(_NOMINATE, rows=rows)
    first: dict[str, Any] = dict.fromkeys(records_rows.STATE)
    first |= {"stage": "nominated", "rights_module_done": False, "occurred_at": at}
    events = [records_rows.event(tx, row, "nominate", at, first, note=when.note) for row in rows]
    await tx.run(records_rows.EVENTS, rows=events)


async def step(tx: Tx, ident: str, version: int, action: str, body: Happened, days: int) -> reading.Reading:
    """One step of one record; `days` is how late it may be recorded without a reason."""
    record_id = await reading.resolve(tx, LISTING, ident)
    given = body.model_dump(exclude_unset=True, exclude={"occurred_at", "backdating_reason"})
    results, payload = _parted(given)
    moved = await records_moves.move(tx, [Move(record_id, version, action, payload, results)], _when(body, days))
    if isinstance(moved[0], Refused):
        raise moved[0].error
    return await reading.one(tx, LISTING, record_id)


async def bulk(tx: Tx, body: RecordBulkIn, days: int) -> dict[str, Any]:
    """Steps of many records: all or none, or each on its own with a result per item (API 11)."""
    moves = []
    for item in body.items:
        given = item.model_dump(exclude_unset=True, exclude={"id", "version", "action"})
        results, payload = _parted(given)
        moves.append(Move(item.id, item.version, item.action, payload, results))
    outcomes = await records_moves.move(tx, moves, _when(body, days))
    refused = [
        Fault(f"/items/{index}", each.error.code, each.error.detail)
        for index, each in enumerate(outcomes)
        if isinstance(each, Refused)
    ]
    if refused and body.atomic:
        raise Rejected(refused)
    return {"items": [_outcome(each) for each in outcomes]}


def _when(body: Happened, days: int) -> When:
    return When(body.occurred_at, check_about_person(body.backdating_reason, "/backdating_reason"), days)


def _parted(given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Results, and what is left for the step itself."""
    results = {name: value for name, value in given.items() if name != "reason"}
    payload = {"reason": given["reason"]} if given.get("reason") is not None else {}
    return results, payload


def _outcome(result: Moved | Refused) -> dict[str, Any]:
    if isinstance(result, Moved):
        return {"id": result.record_id, "version": result.version, "stage": result.stage, "problem": None}
    return {"id": result.record_id, "version": None, "stage": None, "problem": problem_of(result.error)}


def problem_of(error: DomainError) -> dict[str, Any]:
    """Why an item of several was refused: the same code, sentence and facts as alone."""
    faults = [{"pointer": f.pointer, "code": f.code, "detail": f.detail} for f in getattr(error, "faults", ())]
    return {"code": error.code, "detail": error.detail, **error.facts, **({"errors": faults} if faults else {})}
