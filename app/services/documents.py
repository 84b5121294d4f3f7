"""The life of a document: submit, revise, approve, return, annul; the same for certificates and protocols (DOMAIN 3).

`domain/documents.py` decides; here the facts are loaded under locks and what an approved document orders is carried
out through the one door. A document is locked first, its items after it in the order of ids, so that two people who
approve at once wait for each other and never in a circle.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.db import reading, writing
from app.db.columns import Column, instant, person, plain, structure
from app.db.listing import Listing
from app.db.session import Statement, Tx
from app.domain.documents import (
    AcceptanceKind,
    Actor,
    DocumentAction,
    DocumentFacts,
    DocumentKind,
    DocumentStage,
    DocumentState,
    LineOutcome,
    check_editable,
    decide_document,
    item_action,
    offered_document_actions,
)
from app.domain.equipment import TRANSITIONS, Stage
from app.domain.errors import Conflict, Forbidden, Stale
from app.schemas.documents import ApproveIn
from app.services import documents_lines, door, door_corrections, door_rows, persons
from app.services.authority import caller_of
from app.services.documents_lines import MOST_FAULTS, items_named, said_once
from app.services.door import Move, check_when

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Paper:
    """What is different between certificates and protocols."""

    kind: DocumentKind
    listing: Listing
    #: Begins the reference.
    letters: str
    #: The payload that the door needs for a line of an approved document: (document, line, when) → fields.
    payload: Callable[[Row, Row, datetime], dict[str, Any]]
    #: What has to be written before the door is asked.
    before: Callable[[Tx, Row, Sequence[Row], datetime], Awaitable[None]] | None = None
    #: What has to be taken back when it is annulled.
    after_annulment: Callable[[Tx, Row], Awaitable[None]] | None = None
    #: How one of them is shown after a step; None: as its listing has it.
    show: Callable[[Tx, UUID], Awaitable[reading.Reading]] | None = None


def life_columns() -> tuple[Column, ...]:
    """Where a document stands and who had a hand in it."""
    return (
        person("prepared_by", "t.prepared_by_person"),
        instant("submitted_at"),
        instant("approved_at"),
        instant("annulled_at"),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    )


def detail_columns() -> tuple[Column, ...]:
    """What one document shows beside; lines are a list of their own."""
    cases = " ".join(f"WHEN '{stage}' THEN '{_words(stage)}'" for stage in DocumentStage)
    return (
        documents_lines.COUNTS,
        documents_lines.APPROVALS,
        person("submitted_by", "t.submitted_by_person", detail=True),
        person("annulled_by", "t.annulled_by_person", detail=True),
        plain("reason", free_text=True, detail=True),
        plain("note", free_text=True, detail=True),
        structure("available_actions", f"(CASE t.status {cases} END)::json", detail=True),
    )


def _words(stage: DocumentStage) -> str:
    offered = (f'"{action}"' for action in offered_document_actions(stage))
    return f"[{', '.join(offered)}]"


_REFERENCE = Statement(
    "SELECT (app.next_references(:letters, (SELECT c.country FROM components c WHERE c.id = :component_id), "
    "extract(year FROM clock_timestamp() AT TIME ZONE 'UTC')::integer, 1))[1]"
)
LOCK = Statement(
    "SELECT d.*, (SELECT u.organisation_id FROM agencies u WHERE u.id = d.agency_id) AS unit_organisation_id, "
    "p.approvers_from_different_organisations AS different, "
    "1 + (SELECT count(*) FROM document_approvals a WHERE a.document_id = d.id AND a.decision = 'returned') AS round "
    "FROM documents d JOIN components c ON c.id = d.component_id JOIN programmes p ON p.id = c.programme_id "
    "WHERE d.id = :id FOR UPDATE OF d"
)
#: Asked under the locks: a statement that waits for a lock has told the time before it waited.
_NOW = Statement("SELECT clock_timestamp()")
_LINES = Statement(
    "SELECT l.item_id, l.outcome, l.item_version, l.condition, l.reason, l.note, l.tests, i.reference, i.stage, "
    "i.version, i.unit_id, m.warranty_days FROM document_lines l JOIN items i ON i.id = l.item_id "
    "JOIN equipment_models m ON m.id = i.model_id WHERE l.document_id = :id ORDER BY l.item_id"
)
_APPROVED = Statement(
    "SELECT person_id, organisation_id FROM document_approvals "
    "WHERE document_id = :id AND round = :round AND decision = 'approved' ORDER BY recorded_at, id"
)
_RECORDERS = Statement("SELECT person_id, organisation_id FROM app.delivery_recorders(CAST(:items AS uuid[]))")
_READ_VERSIONS = Statement(
    "UPDATE document_lines l SET item_version = i.version FROM items i WHERE l.document_id = :id AND i.id = l.item_id"
)


async def reference_for(tx: Tx, letters: str, component_id: UUID) -> str:
    """The next reference of a kind of paper in the component's country and this year."""
    made: str = await tx.value(_REFERENCE, letters=letters, component_id=component_id)
    return made


async def lines_of(tx: Tx, paper: Paper, ident: str) -> dict[str, UUID]:
    """The filter of one document's lines. NotFound when the document is out of sight."""
    return {"document_id": await reading.resolve(tx, paper.listing, ident)}


@dataclass(frozen=True, slots=True)
class Opened:
    """A document under its lock, with its lines as their items are now."""

    row: Row
    lines: Sequence[Row]
    state: DocumentState
    now: datetime


async def open_editable(tx: Tx, paper: Paper, ident: str, version: int) -> Row:
    """The document under its lock, to be changed. TransitionNotAllowed unless it is a draft or was returned."""
    opened = await _open(tx, paper, ident, version)
    check_editable(opened.state)
    return opened.row


async def submit(tx: Tx, paper: Paper, ident: str, version: int) -> reading.Reading:
    """Hand the document in for approval; the versions of its lines are kept as they are read now.

    Conflict (facts: `items`) when items stand where the document cannot take them from.
    """
    opened = await _open(tx, paper, ident, version, locking=True)
    state = decide_document(opened.state, DocumentAction.SUBMIT, {}, _facts(opened, ()), _actor(tx))
    _check_stages(opened)
    await tx.run(_READ_VERSIONS, id=opened.row["id"])
    return await _kept(
        tx,
        paper,
        opened,
        {
            "status": state.stage.value,
            "submitted_by_person": caller_of(tx).person_id,
            "drawn_up_by": hands(tx, opened.row),
            "submitted_at": opened.now,
            "reason": None,
        },
    )


async def revise(tx: Tx, paper: Paper, ident: str, version: int) -> reading.Reading:
    """Take a returned document back into draft."""
    opened = await _open(tx, paper, ident, version)
    state = decide_document(opened.state, DocumentAction.REVISE, {}, _facts(opened, ()), _actor(tx))
    return await _kept(tx, paper, opened, {"status": state.stage.value})


async def approve(tx: Tx, paper: Paper, ident: str, version: int, body: ApproveIn) -> reading.Reading:
    """Approve, naming the versions of the lines that were read; the last approval carries the document out.

    SeparationOfDuties, SecondPersonNotIndependent, LinesChanged (facts: `lines`), and what the door says of the items.
    """
    opened = await _open(tx, paper, ident, version, locking=True)
    recorders: Sequence[Row] = ()
    if paper.kind is DocumentKind.ACCEPTANCE:
        recorders = await tx.rows(_RECORDERS, items=[line["item_id"] for line in opened.lines])
    read = await _versions_read(tx, opened, body)
    facts = await _with_bonds(tx, opened, _facts(opened, recorders))
    state = decide_document(opened.state, DocumentAction.APPROVE, {"lines": read}, facts, _actor(tx))
    await _record(tx, opened, "approved", None)
    values: dict[str, Any] = {"status": state.stage.value}
    if state.stage is DocumentStage.APPROVED:
        at = opened.row["effective_at"] or opened.now
        values |= {"approved_at": opened.now, "effective_at": at}
        await _carry_out(tx, paper, opened, at, body.backdating_reason)
    return await _kept(tx, paper, opened, values)


async def send_back(tx: Tx, paper: Paper, ident: str, version: int, reason: str) -> reading.Reading:
    """Return a submitted document to who prepared it; approvals given so far count no more."""
    opened = await _open(tx, paper, ident, version)
    state = decide_document(opened.state, DocumentAction.RETURN, {"reason": reason}, _facts(opened, ()), _actor(tx))
    await _record(tx, opened, "returned", reason)
    return await _kept(tx, paper, opened, {"status": state.stage.value, "reason": reason})


async def annul(tx: Tx, paper: Paper, ident: str, version: int, reason: str) -> reading.Reading:
    """Annul an approved document: its items go back by correcting events, unless something later depends on it.

    SeparationOfDuties, SecondPersonNotIndependent for who approved it; HistoryBroken, or Conflict with the items, for
    what depends on it.
    """
    opened = await _open(tx, paper, ident, version)
    facts = await _with_bonds(tx, opened, _facts(opened, ()))
    state = decide_document(opened.state, DocumentAction.ANNUL, {"reason": reason}, facts, _actor(tx))
    await door_corrections.annul(tx, opened.row["id"], reason=reason)
    if paper.after_annulment is not None:
        await paper.after_annulment(tx, opened.row)
    return await _kept(
        tx,
        paper,
        opened,
        {
            "status": state.stage.value,
            "reason": reason,
            "annulled_at": opened.now,
            "annulled_by_person": caller_of(tx).person_id,
        },
    )


async def _open(tx: Tx, paper: Paper, ident: str, version: int, *, locking: bool = False) -> Opened:
    """The document under its lock, still at `version`; with `locking` its items too. Forbidden to who only sees it."""
    document_id = await reading.resolve(tx, paper.listing, ident)
    row = await tx.row(LOCK, id=document_id)
    if row is None:
        raise Forbidden("You may see this, but not change it.")
    if row["version"] != version:
        raise Stale(f"The current version is {row['version']}.", current=row["version"])
    lines = await tx.rows(_LINES, id=document_id)
    if locking and lines:
        await tx.rows(door_rows.LOCK, ids=[line["item_id"] for line in lines])
        lines = await tx.rows(_LINES, id=document_id)
    approved = await tx.rows(_APPROVED, id=document_id, round=row["round"])
    return Opened(row, lines, _state(paper, row, approved), await tx.value(_NOW))


def _state(paper: Paper, row: Row, approved: Sequence[Row]) -> DocumentState:
    # Only approvers and recorders of deliveries may be kept apart by organisation; of the others the person counts.
    submitter, kind = row["submitted_by_person"], row["acceptance_kind"]
    return DocumentState(
        kind=paper.kind,
        prepared_by=Actor(row["prepared_by_person"], row["prepared_by_person"]),
        acceptance_kind=AcceptanceKind(kind) if kind else None,
        stage=DocumentStage(row["status"]),
        submitted_by=Actor(submitter, submitter) if submitter else None,
        drawn_up_by=tuple(Actor(each, each) for each in row["drawn_up_by"]),
        approvals=tuple(Actor(each["person_id"], each["organisation_id"]) for each in approved),
        reason=row["reason"],
        version=row["version"],
    )


def _facts(opened: Opened, recorders: Sequence[Row]) -> DocumentFacts:
    row = opened.row
    sides = {each["side"] for each in row["signatories"]}
    return DocumentFacts(
        line_versions={line["item_id"]: line["version"] for line in opened.lines},
        delivery_recorders=[Actor(each["person_id"], each["organisation_id"]) for each in recorders],
        signatories=sides == {"giving", "receiving"},
        signed_file=row["signed_sha256"] is not None,
        different_organisations=row["different"],
    )


async def _with_bonds(tx: Tx, opened: Opened, facts: DocumentFacts) -> DocumentFacts:
    """The facts, with which of those who have a part in the document may be one person."""
    state = opened.state
    hands = (state.prepared_by, *state.drawn_up_by, *state.approvals, *facts.delivery_recorders, _actor(tx))
    people = [each.person_id for each in hands] + [opened.row["submitted_by_person"]]
    return replace(facts, bonds=await persons.bonds(tx, people))


def hands(tx: Tx, row: Row) -> list[UUID]:
    """Who drew the document up, the caller too from now on."""
    return sorted({*row["drawn_up_by"], caller_of(tx).person_id})


def _actor(tx: Tx) -> Actor:
    caller = caller_of(tx)
    return Actor(caller.person_id, caller.organisation_id)


def _check_stages(opened: Opened) -> None:
    """Items stand where the document takes them from: said at submission already, not only to the approver."""
    wrong = []
    for line in opened.lines:
        action = item_action(opened.state, LineOutcome(line["outcome"]), retransfer=opened.row["retransfer"])
        if action is not None and (Stage(line["stage"]), action) not in TRANSITIONS:
            wrong.append({"item_id": str(line["item_id"]), "reference": line["reference"], "stage": line["stage"]})
    if wrong:
        raise Conflict(
            f"From where they stand, this document cannot take {len(wrong)} of {len(opened.lines)} items.",
            items=wrong[:MOST_FAULTS],
        )


async def _versions_read(tx: Tx, opened: Opened, body: ApproveIn) -> dict[UUID, int]:
    """Which versions the approver has read: those that they name, else those recorded at submission."""
    if body.lines is None:
        return {line["item_id"]: line["item_version"] or 0 for line in opened.lines}
    pointers = [f"/lines/{n}/item" for n in range(len(body.lines))]
    items = await items_named(tx, [line.item for line in body.lines], pointers)
    return {item["id"]: line.version for item, line in zip(items, body.lines, strict=True)}


async def _carry_out(tx: Tx, paper: Paper, opened: Opened, at: datetime, reason: str | None) -> None:
    """What the approved document orders, through the one door."""
    row = opened.row
    check_when(tx, at, {**row, "now": opened.now, "occurred_at": opened.now}, reason)
    if paper.before is not None:
        await paper.before(tx, row, opened.lines, at)
    moves = []
    for line in opened.lines:
        action = item_action(opened.state, LineOutcome(line["outcome"]), retransfer=row["retransfer"])
        if action is not None:
            payload = {name: value for name, value in paper.payload(row, line, at).items() if value is not None}
            moves.append(Move(line["item_id"], action, payload, text=line["note"]))
    if moves:
        with said_once([line["reference"] for line in opened.lines]):
            await door.move(tx, moves, occurred_at=at, reason=reason, document_id=row["id"], by_document=True)


async def _record(tx: Tx, opened: Opened, decision: str, reason: str | None) -> None:
    caller, row = caller_of(tx), opened.row
    await writing.insert(
        tx,
        "document_approvals",
        {
            "id": writing.new_id(),
            "document_id": row["id"],
            "component_id": row["component_id"],
            "agency_id": row["agency_id"],
            "round": row["round"],
            "decision": decision,
            "account_id": caller.id,
            "person_id": caller.person_id,
            "organisation_id": caller.organisation_id,
            "document_version": row["version"],
            "reason": reason,
        },
    )


async def _kept(tx: Tx, paper: Paper, opened: Opened, values: Mapping[str, Any]) -> reading.Reading:
    await writing.change(tx, "documents", opened.row["id"], opened.row["version"], values)
    document_id: UUID = opened.row["id"]
    return await (paper.show(tx, document_id) if paper.show else reading.one(tx, paper.listing, document_id))
