"""One physical thing and the facts about it that are kept apart (DOMAIN 3).

Stage, condition, title, custody and assigned unit each have their own history; one status column could not hold them.
An event carries `changes`: fact → new value, in JSON-ready form. `with_changes` is the only place that turns changes
into a state; a decision and the fold of a history both use it, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Stage(StrEnum):
    """Where an item stands between order and disposal."""

    ORDERED = "ordered"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RETURNED = "returned"
    HANDED_OVER = "handed_over"
    IN_SERVICE = "in_service"
    WITHDRAWN = "withdrawn"
    DISPOSED = "disposed"
    LOST = "lost"
    CANCELLED = "cancelled"


class Condition(StrEnum):
    """What an item can do (EN 13306). `unknown` until it is tested or reported."""

    UNKNOWN = "unknown"
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


class DownReason(StrEnum):
    """Why an item is down."""

    FAILURE = "failure"
    AWAITING_PARTS = "awaiting_parts"
    UNDER_REPAIR = "under_repair"
    PLANNED_MAINTENANCE = "planned_maintenance"
    NO_CONSUMABLES = "no_consumables"
    EXTERNAL = "external"


#: Stages in which an item counts as held by its unit: handed over or later, not lost, returned or disposed (DOMAIN 5).
HELD = frozenset({Stage.HANDED_OVER, Stage.IN_SERVICE, Stage.WITHDRAWN})
#: Conditions in which an item does its work.
WORKING = frozenset({Condition.UP, Condition.DEGRADED})


@dataclass(frozen=True, slots=True)
class ItemState:
    """All facts of an item at one moment. Hashable: items in equal states may share one decision.

    `version` is what If-Match names; each event adds one. `last_occurred_at` is when its latest event happened.
    """

    stage: Stage = Stage.ORDERED
    stage_before_loss: Stage | None = None
    condition: Condition = Condition.UNKNOWN
    condition_reason: DownReason | None = None
    condition_confirmed_at: datetime | None = None
    condition_confirmed_by: UUID | None = None
    title_organisation_id: UUID | None = None
    custody_organisation_id: UUID | None = None
    custody_site_id: UUID | None = None
    unit_id: UUID | None = None
    receipt_confirmed_at: datetime | None = None
    receipt_confirmed_by: UUID | None = None
    replaced_by: UUID | None = None
    warranty_from: date | None = None
    warranty_until: date | None = None
    version: int = 0
    last_occurred_at: datetime | None = None


def _key(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


#: The facts that events may change, and how their JSON form is read. Instants follow from the event's own.
FACTS: Mapping[str, Callable[[Any], Any]] = {
    "stage": Stage,
    "stage_before_loss": Stage,
    "condition": Condition,
    "condition_reason": DownReason,
    "condition_confirmed_by": _key,
    "title_organisation_id": _key,
    "custody_organisation_id": _key,
    "custody_site_id": _key,
    "unit_id": _key,
    "receipt_confirmed_by": _key,
    "replaced_by": _key,
    "warranty_from": _day,
    "warranty_until": _day,
}


def with_changes(state: ItemState, changes: Mapping[str, Any], occurred_at: datetime) -> ItemState:
    """The state after one event. A confirmation's instant is the event's, so a corrected date moves it too.

    Raises KeyError for an unknown fact and ValueError for a value outside its vocabulary: the row is damaged then.
    """
    values: dict[str, Any] = {name: None if value is None else FACTS[name](value) for name, value in changes.items()}
    if "condition" in values:
        values["condition_confirmed_at"] = None if values["condition"] is Condition.UNKNOWN else occurred_at
    if "receipt_confirmed_by" in values:
        values["receipt_confirmed_at"] = None if values["receipt_confirmed_by"] is None else occurred_at
    last = state.last_occurred_at
    values["last_occurred_at"] = occurred_at if last is None or occurred_at > last else last
    return replace(state, version=state.version + 1, **values)
