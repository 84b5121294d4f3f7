"""Rows of training records: the statements of the one door, and rows turned into the domain's values and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.db import writing
from app.db.session import Statement, Tx
from app.domain.errors import NotFound
from app.domain.requirements import Requirement, RequirementDecision, RequirementKind
from app.domain.training import Course, CourseKind, Record, RecordStage
from app.domain.training_sessions import UNFINISHED as UNFINISHED_STAGES

#: What a record's events fold to.
STATE = (
    "stage",
    "half_days_attended",
    "pre_test",
    "post_test",
    "practical",
    "rights_module_done",
    "completed_on",
    "reason",
    "decided_by_person",
    "occurred_at",
)
_TAKES_A_PLACE = ("enrolled", "attended", "completed", "failed")

PLACES = Statement(
    "SELECT s.id, s.capacity - (SELECT count(*) FROM training_records r WHERE r.session_id = s.id "
    f"AND r.stage IN {_TAKES_A_PLACE}) AS free FROM training_sessions s WHERE s.capacity IS NOT NULL AND s.id IN "
    "(SELECT r.session_id FROM training_records r WHERE r.id = ANY (CAST(:ids AS uuid[]))) ORDER BY s.id"
)
LOCK_SESSIONS = Statement(
    "SELECT s.id FROM training_sessions s WHERE s.capacity IS NOT NULL AND s.id IN "
    "(SELECT r.session_id FROM training_records r WHERE r.id = ANY (CAST(:ids AS uuid[]))) ORDER BY s.id FOR UPDATE"
)
LOAD = Statement(
    "SELECT r.*, s.half_days, s.status AS session_status, s.starts_on, s.ends_on, s.course_id, c.kind AS course_kind, "
    "c.pass_mark, c.minimum_attendance, c.practical_required, c.rights_required, c.validity_months, "
    "p.enforced_requirements, (SELECT coalesce(jsonb_agg(jsonb_build_object('model', v.model_id, 'type', v.type_id)), "
    "'[]') FROM course_covers v WHERE v.course_id = c.id) AS covers FROM training_records r "
    "JOIN training_sessions s ON s.id = r.session_id JOIN courses c ON c.id = s.course_id "
    "JOIN components k ON k.id = r.component_id JOIN programmes p ON p.id = k.programme_id "
    "WHERE r.id = ANY (CAST(:ids AS uuid[])) ORDER BY r.id FOR UPDATE OF r"
)
SEEN = Statement("SELECT id FROM training_records WHERE id = ANY (CAST(:ids AS uuid[]))")
UNITS = Statement(
    "SELECT t.id, coalesce(p.unit_id, CASE WHEN a.is_unit THEN a.id END) AS unit_id FROM trainees t "
    "JOIN agencies a ON a.id = t.agency_id LEFT JOIN postings p ON p.trainee_id = t.id "
    "AND p.starts_on <= :on AND (p.ends_on IS NULL OR p.ends_on > :on) WHERE t.id = ANY (CAST(:trainee_ids AS uuid[]))"
)
REQUIREMENTS = Statement(
    "SELECT q.* FROM requirements q WHERE q.subject_unit_id = ANY (CAST(:unit_ids AS uuid[])) "
    "AND q.component_id = ANY (CAST(:component_ids AS uuid[])) AND q.revoked_at IS NULL"
)
_ROW = (
    "id uuid, stage text, half_days_attended integer, pre_test integer, post_test integer, practical integer, "
    "rights_module_done boolean, completed_on date, reason text, decided_by_person uuid, occurred_at timestamptz"
)
WRITE = Statement(
    f"UPDATE training_records r SET {', '.join(f'{name} = n.{name}' for name in STATE)}, version = r.version + 1, "
    f"updated_at = clock_timestamp() FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n({_ROW}) WHERE r.id = n.id"
)
EVENTS = Statement(
    "INSERT INTO record_events (id, record_id, component_id, agency_id, kind, occurred_at, actor_id, person_id, "
    "changes, corrects, note) SELECT n.id, n.record_id, n.component_id, n.agency_id, n.kind, n.occurred_at, "
    "n.actor_id, n.person_id, n.changes, n.corrects, n.note FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n("
    "id uuid, record_id uuid, component_id uuid, agency_id uuid, kind text, occurred_at timestamptz, actor_id uuid, "
    "person_id uuid, changes jsonb, corrects uuid, note text)"
)
QUALIFY = Statement(
    "INSERT INTO qualifications (id, trainee_id, agency_id, kind, model_id, type_id, starts_on, ends_on, source, "
    "status, record_id) SELECT n.id, n.trainee_id, n.agency_id, n.kind, n.model_id, n.type_id, n.starts_on, n.ends_on, "
    "'record', 'valid', n.record_id FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n(id uuid, trainee_id uuid, "
    "agency_id uuid, kind text, model_id uuid, type_id uuid, starts_on date, ends_on date, record_id uuid)"
)
OPEN = Statement(
    "SELECT id, version FROM training_records WHERE session_id = :session_id "
    "AND stage IN ('nominated', 'vetted', 'enrolled', 'attended') ORDER BY id"
)

UNFINISHED = Statement(
    "SELECT id, version, stage, half_days_attended FROM training_records WHERE session_id = :session_id "
    f"AND stage IN {tuple(map(str, UNFINISHED_STAGES))} ORDER BY id"
)


def record_of(row: Any) -> Record:
    """The domain's record from a row."""
    return Record(
        RecordStage(row["stage"]),
        row["half_days_attended"],
        row["pre_test"],
        row["post_test"],
        row["practical"],
        row["rights_module_done"],
        row["completed_on"],
        row["reason"],
    )


def course_of(row: Any) -> Course:
    """The domain's course from a loaded row."""
    return Course(
        kind=CourseKind(row["course_kind"]),
        pass_mark=row["pass_mark"],
        minimum_attendance=row["minimum_attendance"],
        practical_required=row["practical_required"],
        rights_required=row["rights_required"],
        validity_months=row["validity_months"],
        covers=tuple(
            ("model", UUID(each["model"])) if each["model"] else ("type", UUID(each["type"])) for each in row["covers"]
        ),
    )


def requirement_of(row: Any) -> Requirement:
    """The domain's requirement about a unit from a row."""
    return Requirement(
        kind=RequirementKind(row["kind"]),
        subject=("unit", row["subject_unit_id"]),
        decision=RequirementDecision(row["decision"]),
        valid_from=row["starts_on"],
        valid_until=row["ends_on"],
        decided_at=row["updated_at"],
        decided_by=row["decided_by_person"],
        requested_by=row["requested_by_person"],
        reference=row["reference"],
        file_sha256=row["file_sha256"],
    )


def person_of(tx: Tx) -> UUID:
    """The natural person who acts."""
    if tx.caller is None:
        raise NotFound  # pragma: no cover - the gate
    return tx.caller.person_id


def event(
    tx: Tx,
    row: Any,
    kind: str,
    occurred_at: datetime,
    changes: Mapping[str, Any],
    *,
    note: str | None = None,
    corrects: UUID | None = None,
) -> dict[str, Any]:
    """A row for `EVENTS`: something happened to the record `row` (its id, component and agency)."""
    person_id = person_of(tx)
    return {
        "id": writing.new_id(),
        "record_id": row["id"],
        "component_id": row["component_id"],
        "agency_id": row["agency_id"],
        "kind": kind,
        "occurred_at": occurred_at,
        "actor_id": tx.caller.id if tx.caller else person_id,
        "person_id": person_id,
        "changes": changes,
        "corrects": corrects,
        "note": note,
    }
