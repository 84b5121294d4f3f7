"""What may be sent with a move, read into JSON-ready values; free text is told apart from codes and keys.

Codes and keys go into the event's payload, which is hashed as it is. Free text can name people, so it is stored apart
and hashed with a salt: it can be erased without breaking the chain (DOMAIN 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.domain.errors import Fault, Rejected
from app.domain.item import Condition, DownReason
from app.domain.time import FIRST_YEAR, LAST_YEAR
from app.domain.transitions import Action, Transition

KEYS = frozenset(
    {
        "title_organisation_id",
        "custody_organisation_id",
        "custody_site_id",
        "unit_id",
        "replaced_by",
    }
)
DAYS = frozenset({"warranty_from", "warranty_until"})
#: Free text: what it says is for people. Every move may carry a note and a reason for being recorded late.
TEXTS = frozenset({"note", "authority", "evidence", "backdating_reason"})
ALWAYS = frozenset({"note", "backdating_reason"})
LONGEST_TEXT = 2_000

_REPORTED = (Condition.UP.value, Condition.DEGRADED.value, Condition.DOWN.value)

#: The words that a field may hold with an action. `other` asks for a note.
CODES: Mapping[tuple[Action, str], tuple[str, ...]] = {
    (Action.ACCEPT, "condition"): (Condition.UP.value, Condition.DEGRADED.value),
    (Action.REJECT, "reason"): (
        "defective",
        "damaged",
        "incomplete",
        "not_as_ordered",
        "documents_missing",
        "other",
    ),
    (Action.WITHDRAW, "reason"): (
        "end_of_life",
        "beyond_repair",
        "obsolete",
        "surplus",
        "unsafe",
        "replaced",
        "other",
    ),
    (Action.LOSE, "reason"): ("lost", "stolen", "destroyed", "diverted"),
    (Action.CANCEL, "reason"): ("registered_in_error", "order_cancelled", "not_supplied", "other"),
    (Action.DISPOSE, "method"): ("recycled", "scrapped", "destroyed", "sold", "donated", "used_for_parts", "other"),
    (Action.REPORT_CONDITION, "condition"): _REPORTED,
    (Action.REPORT_CONDITION, "condition_reason"): tuple(reason.value for reason in DownReason),
}


def read_payload(
    action: Action | None, transition: Transition, payload: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """What was sent, as `(codes and keys, free texts)`; None counts as not sent. `action` None is the registration.

    Raises Rejected with every fault: a field that is missing, unknown to this move, or not in its vocabulary.
    """
    said: dict[str, Any] = {}
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    allowed = ALWAYS.union(transition.required, transition.optional)
    for name, value in payload.items():
        if name not in allowed:
            faults.append(Fault(f"/{name}", "unknown_field", "This step takes no such field."))
        elif value is not None:
            fault = _read_field(action, name, value, texts if name in TEXTS else said)
            faults += [fault] if fault else []
    sent = {name for name, value in payload.items() if value is not None}
    faults += [
        Fault(f"/{name}", "missing", _needed(action, transition)) for name in transition.required if name not in sent
    ]
    faults += _combined_faults(said, texts)
    if faults:
        raise Rejected(faults)
    return said, texts


def _needed(action: Action | None, transition: Transition) -> str:
    """Why a field has to be there: by the stage that the step leads to, else by the step itself."""
    return f"The {f'step {action}' if transition.to is None else f'stage {transition.to}'} needs this."


def _read_field(action: Action | None, name: str, value: Any, into: dict[str, Any]) -> Fault | None:
    """Put a JSON-ready value where it belongs, or say what is wrong with it."""
    if name in KEYS:
        return _read_key(name, value, into)
    if name in DAYS:
        return _read_day(name, value, into)
    if name in TEXTS:
        return _read_text(name, value, into)
    words = CODES[action, name] if action else ()
    if value not in words:
        return Fault(f"/{name}", "unknown_value", f"One of: {', '.join(words)}.")
    into[name] = str(value)
    return None


def _read_key(name: str, value: Any, into: dict[str, Any]) -> Fault | None:
    try:
        into[name] = str(value if isinstance(value, UUID) else UUID(value))
    except (ValueError, AttributeError, TypeError):
        return Fault(f"/{name}", "invalid_key", "This is not an id.")
    return None


def _read_day(name: str, value: Any, into: dict[str, Any]) -> Fault | None:
    try:
        on = value if type(value) is date else date.fromisoformat(value)
    except (ValueError, TypeError):
        return Fault(f"/{name}", "invalid_date", "A date is written YYYY-MM-DD.")
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        return Fault(f"/{name}", "date_out_of_range", f"The year is between {FIRST_YEAR} and {LAST_YEAR}.")
    into[name] = on.isoformat()
    return None


def _read_text(name: str, value: Any, into: dict[str, Any]) -> Fault | None:
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > LONGEST_TEXT:
        return Fault(f"/{name}", "invalid_text", f"A text of 1 to {LONGEST_TEXT} characters.")
    into[name] = text
    return None


def _combined_faults(said: Mapping[str, Any], texts: Mapping[str, str]) -> list[Fault]:
    """Rules over more than one field."""
    faults = []
    if "other" in (said.get("reason"), said.get("method")) and "note" not in texts:
        faults.append(Fault("/note", "missing", "`other` needs a note that explains it."))
    down, reason = said.get("condition") == Condition.DOWN, said.get("condition_reason")
    if down and reason is None:
        faults.append(Fault("/condition_reason", "missing", "An item that is down has a reason for it."))
    if reason is not None and not down:
        faults.append(Fault("/condition_reason", "not_allowed", "Only an item that is down has a reason for it."))
    if "custody_site_id" in said and "custody_organisation_id" not in said:
        faults.append(Fault("/custody_organisation_id", "missing", "A site is named with its organisation."))
    first, last = said.get("warranty_from"), said.get("warranty_until")
    if (first is None) != (last is None) or (first is not None and last is not None and last <= first):
        faults.append(Fault("/warranty_until", "empty_period", "A warranty has a start and a later end."))
    return faults
