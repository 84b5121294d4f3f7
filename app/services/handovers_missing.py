"""What a protocol still lacks, told from its first line on and not only to its last approver (DOMAIN 3, ADR 11).

The facts come along with the one statement that reads the protocol; `domain/` decides over them as the door will.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from app.db import reading
from app.db.columns import Column
from app.db.listing import Listing
from app.db.reading import Reading
from app.db.session import Tx
from app.domain.asked import Asked
from app.domain.documents import (
    Actor,
    DocumentAction,
    DocumentFacts,
    DocumentKind,
    DocumentStage,
    DocumentState,
    document_missing,
    legal_document_actions,
)
from app.domain.requirements import KINDS, RequirementKind
from app.domain.transitions import Action
from app.services.door_facts import Answers, Question, sorted_out

#: A kind names that many of its items at most.
MOST_NAMED = 100
_KEY = b',"missing":'
_NOBODY = Actor(UUID(int=0), UUID(int=0))
_AT = "coalesce(t.effective_at, clock_timestamp())"
#: Only for who sees all requirements of the component: others would be told that what they may not see is missing.
_TOLD = f"""CASE WHEN t.status IN ('draft', 'returned', 'submitted') AND t.component_id = ANY (app.see()) THEN
    json_build_object('id', t.id, 'status', t.status, 'component', t.component_id, 'unit', t.agency_id,
    'site', t.to_site_id, 'retransfer', t.retransfer, 'at', {_AT}, 'signed', t.signed_sha256 IS NOT NULL,
    'sides', (SELECT coalesce(json_agg(DISTINCT s.value->>'side'), '[]') FROM jsonb_array_elements(t.signatories) s),
    'enforced', (SELECT to_json(p.enforced_requirements) FROM components c JOIN programmes p ON p.id = c.programme_id
        WHERE c.id = t.component_id),
    'receives', EXISTS (SELECT 1 FROM agency_closure x JOIN participations p ON p.agency_id = x.ancestor_id
        WHERE x.descendant_id = t.agency_id AND p.component_id = t.component_id AND p.starts_at <= {_AT}
        AND (p.ends_at IS NULL OR p.ends_at > {_AT})),
    'lines', (SELECT coalesce(json_agg(json_build_object('id', i.id, 'model', i.model_id, 'reference', i.reference)
        ORDER BY i.reference), '[]') FROM document_lines l JOIN items i ON i.id = l.item_id WHERE l.document_id = t.id),
    'rows', (SELECT coalesce(json_agg(json_build_object('component_id', r.component_id, 'kind', r.kind,
        'item_id', r.item_id, 'subject_unit_id', r.subject_unit_id, 'document_id', r.document_id,
        'model_id', r.model_id, 'decision', r.decision, 'reference', r.reference, 'starts_on', r.starts_on,
        'ends_on', r.ends_on, 'updated_at', r.updated_at, 'decided_by_person', r.decided_by_person,
        'requested_by_person', r.requested_by_person, 'file_sha256', r.file_sha256)), '[]') FROM requirements r
        WHERE r.component_id = t.component_id AND r.revoked_at IS NULL AND (r.document_id = t.id
        OR r.subject_unit_id = t.agency_id
        OR r.item_id IN (SELECT l.item_id FROM document_lines l WHERE l.document_id = t.id)
        OR r.model_id IN (SELECT i.model_id FROM document_lines l JOIN items i ON i.id = l.item_id
            WHERE l.document_id = t.id)))) END"""
#: At the very end of one protocol; `one` turns the facts into what is missing.
MISSING = Column("missing", _TOLD, detail=True)
_UUIDS = ("component_id", "item_id", "subject_unit_id", "document_id", "model_id", "decided_by_person")
_DAYS = ("starts_on", "ends_on")


async def one(tx: Tx, listing: Listing, ident: UUID | str, asked: Asked | None = None) -> Reading:
    """One protocol with what it lacks. `listing` ends in the column `MISSING`."""
    read = await reading.one(tx, listing, ident, asked)
    head, found, facts = read.body.rpartition(_KEY)
    if not found:
        return read
    told = orjson.loads(facts[:-1])
    lacks = None if told is None else _lacks(told)
    return Reading(head + _KEY + orjson.dumps(lacks) + b"}", read.version, read.id)


def _lacks(told: Mapping[str, Any]) -> dict[str, Any]:
    lines = told["lines"]
    facts = DocumentFacts(
        line_versions={UUID(line["id"]): 0 for line in lines},
        signatories=set(told["sides"]) == {"giving", "receiving"},
        signed_file=told["signed"],
    )
    state = DocumentState(DocumentKind.HANDOVER, _NOBODY, stage=DocumentStage(told["status"]))
    submitted = DocumentState(DocumentKind.HANDOVER, _NOBODY, stage=DocumentStage.SUBMITTED)
    unmet = _unmet(told)
    approve = [*document_missing(submitted, DocumentAction.APPROVE, facts)]
    approve += [] if told["receives"] else ["receiving_unit"]
    approve += [kind for kind in RequirementKind if kind in unmet]
    may_submit = DocumentAction.SUBMIT in legal_document_actions(state.stage)
    return {
        "submit": document_missing(state, DocumentAction.SUBMIT, facts) if may_submit else None,
        "approve": approve,
        "requirements": [_shown(kind, unmet[kind], len(lines)) for kind in RequirementKind if kind in unmet],
    }


def _unmet(told: Mapping[str, Any]) -> dict[RequirementKind, list[Mapping[str, Any]]]:
    """The enforced kinds that are not met on the day, and the lines for which they are not."""
    component, unit = UUID(told["component"]), UUID(told["unit"])
    rows, models = sorted_out(_typed(row) for row in told["rows"])
    enforced = {component: told["enforced"] or ()}
    answers = Answers(enforced, rows, models, {}, UUID(told["id"]), datetime.fromisoformat(told["at"]))
    action = Action.RETRANSFER if told["retransfer"] else Action.HAND_OVER
    found: dict[RequirementKind, list[Mapping[str, Any]]] = {}
    for line in told["lines"]:
        question = Question(UUID(line["id"]), component, UUID(line["model"]), action, unit, None)
        for kind in answers.missing(question):
            found.setdefault(kind, []).append(line)
    return found


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    read = dict(row)
    read |= {name: UUID(row[name]) for name in (*_UUIDS, "requested_by_person") if row[name] is not None}
    read |= {name: date.fromisoformat(row[name]) for name in _DAYS if row[name] is not None}
    return read | {"updated_at": datetime.fromisoformat(row["updated_at"])}


def _shown(kind: RequirementKind, lines: Sequence[Mapping[str, Any]], of: int) -> dict[str, Any]:
    return {
        "kind": kind,
        "about": sorted(KINDS[kind].subjects),
        "lines": len(lines),
        "every_line": len(lines) == of,
        "items": [{"id": line["id"], "reference": line["reference"]} for line in lines[:MOST_NAMED]],
    }
