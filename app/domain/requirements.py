"""Requirements: what has to be granted, or waived with a reference, before a guarded step (DOMAIN 3 and 7).

Guards read one table. At first its rows are recorded by hand with evidence; later modules fill the same rows and add
no gate. Which kinds are enforced is configuration of the programme.

Two kinds speak of trouble rather than of permission: `no_suspension` and `no_open_allegation`. They are *presumed* to
hold; a row `refused` in force (the unit is suspended, an allegation is open) blocks until a later row grants or waives.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from app.domain.errors import Fault, Rejected
from app.domain.persons import Bonds, check_second_person
from app.domain.time import add_months


class RequirementKind(StrEnum):
    """What a requirement is about."""

    END_USE_UNDERTAKING = "end_use_undertaking"
    DUE_DILIGENCE = "due_diligence"
    EXPORT_CHECK = "export_check"
    EU_VISIBILITY = "eu_visibility"
    TEST_PASSED = "test_passed"
    NO_SUSPENSION = "no_suspension"
    NO_OPEN_ALLEGATION = "no_open_allegation"


class RequirementDecision(StrEnum):
    """What was decided. A waiver is first `requested`, which counts for nothing, then `waived` by a second person."""

    GRANTED = "granted"
    REFUSED = "refused"
    WAIVED = "waived"
    REQUESTED = "requested"


SubjectKind = Literal["item", "unit", "document"]
Subject = tuple[SubjectKind, UUID]


@dataclass(frozen=True, slots=True)
class KindRule:
    """About what a kind may be recorded, which actions it guards, and how long a decision may be valid at most."""

    subjects: frozenset[SubjectKind]
    guards: frozenset[str]
    presumed: bool = False
    max_months: int | None = None


_HANDOVERS = frozenset({"hand_over", "retransfer"})

#: `complete` is the completion of a training record; the other actions are equipment's.
KINDS: Mapping[RequirementKind, KindRule] = {
    RequirementKind.END_USE_UNDERTAKING: KindRule(frozenset({"item", "unit", "document"}), _HANDOVERS),
    RequirementKind.DUE_DILIGENCE: KindRule(frozenset({"unit"}), _HANDOVERS | {"complete"}, max_months=12),
    RequirementKind.EXPORT_CHECK: KindRule(frozenset({"item", "document"}), _HANDOVERS),
    RequirementKind.EU_VISIBILITY: KindRule(frozenset({"item", "document"}), frozenset({"hand_over"})),
    RequirementKind.TEST_PASSED: KindRule(frozenset({"item"}), frozenset({"accept", "hand_over"})),
    RequirementKind.NO_SUSPENSION: KindRule(frozenset({"unit"}), _HANDOVERS | {"complete"}, presumed=True),
    RequirementKind.NO_OPEN_ALLEGATION: KindRule(frozenset({"unit"}), _HANDOVERS, presumed=True),
}


def guarding(action: str) -> tuple[RequirementKind, ...]:
    """The kinds that guard an action, in the order of the table."""
    return tuple(kind for kind, rule in KINDS.items() if action in rule.guards)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One recorded decision about one subject, valid in `[valid_from, valid_until)`.

    `decided_by` and `requested_by` are natural persons; only a waiver has the second one, and needs it.
    """

    kind: RequirementKind
    subject: Subject
    decision: RequirementDecision
    valid_from: date
    valid_until: date | None
    decided_at: datetime
    decided_by: UUID
    requested_by: UUID | None = None
    reference: str | None = None
    file_sha256: str | None = None

    def in_force(self, on: date) -> bool:
        """True on the days it covers, when the decision counts at all."""
        if self.decision is RequirementDecision.REQUESTED:
            return False
        if self.decision is RequirementDecision.WAIVED and self.requested_by in {None, self.decided_by}:
            return False
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)


def is_met(kind: RequirementKind, rows: Iterable[Requirement], on: date) -> bool:
    """True when the latest decision in force about each subject allows it, and (unless presumed) there is one.

    A refusal about any of the subjects blocks, also when another subject has a grant: the safer reading.
    """
    latest: dict[Subject, Requirement] = {}
    for row in rows:
        if row.kind is kind and row.in_force(on):
            known = latest.get(row.subject)
            if known is None or row.decided_at >= known.decided_at:
                latest[row.subject] = row
    if any(row.decision is RequirementDecision.REFUSED for row in latest.values()):
        return False
    return bool(latest) or KINDS[kind].presumed


def missing(
    enforced: Collection[str],
    rows: Collection[Requirement],
    on: date,
    subjects: Collection[Subject],
    action: str | None = None,
) -> list[RequirementKind]:
    """The enforced kinds that are not met on a date for these subjects (an item, its receiving unit, the document).

    With `action`, only the kinds that guard it. Rows about other subjects, or about a subject that the kind does not
    allow, count for nothing. The order is that of `KINDS`.
    """
    found = []
    for kind, rule in KINDS.items():
        if kind in enforced and (action is None or action in rule.guards):
            about = {s for s in subjects if s[0] in rule.subjects}
            if not is_met(kind, [row for row in rows if row.subject in about], on):
                found.append(kind)
    return found


def check_enforced(kinds: Iterable[str], pointer: str = "/enforced_requirements") -> list[RequirementKind]:
    """The configuration of a programme: known kinds, each once, in the order of `KINDS`. Raises Rejected."""
    wanted = list(kinds)
    known = ", ".join(KINDS)
    faults = [
        Fault(f"{pointer}/{index}", "unknown_value", f"There is no requirement of this kind; known: {known}.")
        for index, kind in enumerate(wanted)
        if kind not in KINDS
    ]
    if faults:
        raise Rejected(faults)
    return [kind for kind in KINDS if kind in wanted]


def check_requirement(row: Requirement) -> None:
    """Refuse a row that could never count: wrong subject, empty or too long validity, no evidence. Raises Rejected.

    A grant names a reference or a file ("by hand with evidence"); a refusal, a waiver and the request for one name a
    reference.
    """
    rule = KINDS[row.kind]
    faults = []
    if row.subject[0] not in rule.subjects:
        allowed = ", ".join(sorted(rule.subjects))
        faults.append(Fault("/subject", "wrong_subject", f"{row.kind} is recorded about: {allowed}."))
    faults += _validity_faults(row, rule)
    evidence = row.reference or (row.file_sha256 if row.decision is RequirementDecision.GRANTED else None)
    if not evidence:
        faults.append(Fault("/reference", "evidence_required", f"A requirement that is {row.decision} names evidence."))
    if faults:
        raise Rejected(faults)


def _validity_faults(row: Requirement, rule: KindRule) -> list[Fault]:
    if row.valid_until is not None and row.valid_until <= row.valid_from:
        return [Fault("/valid_until", "empty_period", "The validity ends before it begins.")]
    if rule.max_months is None or row.decision is RequirementDecision.REFUSED:
        return []
    if row.valid_until is None or row.valid_until > add_months(row.valid_from, rule.max_months):
        return [Fault("/valid_until", "valid_too_long", f"{row.kind} is valid for {rule.max_months} months at most.")]
    return []


def check_waiver(requested_by: UUID, decided_by: UUID, bonds: Bonds) -> None:
    """A waiver is decided by a second person (DOMAIN 3). Raises what `check_second_person` raises."""
    sentence = "A waiver is decided by somebody other than who asked for it."
    check_second_person(decided_by, requested_by, bonds, sentence)
