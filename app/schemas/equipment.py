"""Equipment items: what is shown, sent and asked (DOMAIN 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.domain.asked import Asked
from app.domain.equipment import Action, Condition, DownReason, Stage
from app.domain.identifiers import Scheme
from app.schemas.common import (
    OR_A_DAY,
    Answer,
    Body,
    Bound,
    Day,
    Instant,
    Money,
    ReadQuery,
    Ref,
    Related,
    Several,
    Text,
    Then,
    Truth,
    Words,
)
from app.schemas.common import DatedQuery as _DatedQuery
from app.schemas.history import Actor

MOST_IN_BULK = 1_000
#: `known_at` alone asks about the world at any time: everything that happened until now.
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)

Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
IdentifierText = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class IdentifierIn(Body):
    """A number that somebody gave to the thing. Unique per scheme and issuer, never reused."""

    scheme: Scheme
    value: IdentifierText = Field(examples=["SN-000123"])
    issuer: Text | None = Field(
        None, description="Who numbers: for a serial the manufacturer (by default the model's); inventory needs one."
    )


class IdentifierOut(Answer):
    """An identifier in its one spelling."""

    scheme: Scheme
    value: str
    issuer: str


class MoneyOut(Answer):
    """An amount as a decimal string and its currency."""

    amount: str
    currency: str


class AvailableActionOut(Answer):
    """A step from the present stage that the caller's roles know; `missing` says what blocks it."""

    action: Action
    allowed: bool
    missing: list[str] = Field(description="Guards and requirements that are not met.")
    because: str | None = Field(description="In words, why somebody else has to do this; null otherwise.")
    required: list[str] = Field(description="Fields of the payload that the step needs.")


class EquipmentOut(Answer):
    """One physical thing, from order to disposal. Facts that one status could not hold are kept apart."""

    id: UUID
    reference: str
    serial: str | None
    identifiers: list[IdentifierOut]
    component: Related | None
    model: Related | None
    stage: Stage
    condition: Condition
    condition_reason: DownReason | None
    confirmed_at: datetime | None = Field(description="When the condition was last confirmed.")
    title: Related | None = Field(description="The organisation that owns it.")
    custody_organisation: Related | None = Field(description="The organisation where it is.")
    custody_site: Related | None = Field(description="The site where it is.")
    unit: Related | None = Field(description="The unit that has it on its books.")
    receipt_confirmed_at: datetime | None
    warranty_starts_on: date | None
    warranty_ends_on: date | None
    unit_price: MoneyOut | None
    external_id: str | None
    version: int
    last_event_at: datetime = Field(description="When the latest thing happened to it.")
    created_at: datetime
    updated_at: datetime


class EquipmentDetail(EquipmentOut):
    """One item with everything around it."""

    supplier: Related | None
    delivery: Related | None
    parent: Related | None
    replaced_by: Related | None
    children: int
    event_count: int
    note: str | None
    available_actions: list[AvailableActionOut] | None = Field(
        None, description="The steps from here. Not told about the past (`as_of`, `known_at`)."
    )


class EquipmentIn(Body):
    """A new item, `ordered`. `id` may be made by the client (UUIDv7), so that an offline device can retry."""

    id: UUID | None = None
    component: Ref = Field(examples=["BMP-TN"])
    model: Ref = Field(examples=["MOD-COM-RADIO-1"])
    identifiers: list[IdentifierIn] = Field(default_factory=list, max_length=20)
    parent: Ref | None = Field(None, description="The item that it is part of (a radar of a vessel).")
    supplier: Ref | None = Field(None, examples=["SUP-001"])
    title_organisation: Ref | None = Field(None, examples=["ORG-ICMPD"], description="The organisation that owns it.")
    custody_organisation: Ref | None = Field(None, examples=["ORG-ICMPD"])
    custody_site: Ref | None = Field(None, examples=["SITE-STORE-TN"])
    unit_price: Money | None = None
    external_id: Text | None = None
    note: Note | None = None
    occurred_at: Instant | None = Field(None, description="When it was ordered. By default now.")
    backdating_reason: Note | None = Field(None, description="Why it is recorded late.")


class EquipmentChange(Body):
    """A JSON Merge Patch of what is not moved by events: what is absent stays, null empties."""

    parent: Ref | None = None
    supplier: Ref | None = None
    unit_price: Money | None = None
    external_id: Text | None = None
    note: Note | None = Field(None, examples=["Box 3 was opened for customs."])


class Payload(Body):
    """What a step needs; `/meta/workflows` says which. Keys are ids or references."""

    title_organisation_id: Ref | None = None
    custody_organisation_id: Ref | None = None
    custody_site_id: Ref | None = None
    unit_id: Ref | None = None
    replaced_by: Ref | None = None
    condition: Text | None = None
    condition_reason: Text | None = None
    reason: Text | None = None
    method: Text | None = None
    authority: Note | None = None
    evidence: Note | None = None
    warranty_from: Day | None = None
    warranty_until: Day | None = None

    def sent(self) -> dict[str, Any]:
        """What was sent, as the domain takes it."""
        return self.model_dump(exclude_none=True)


class TransitionIn(Body):
    """One step along the graph. Acceptance, rejection and handover come about by approved documents only."""

    action: Action = Field(examples=["ship"])
    payload: Payload = Field(default_factory=Payload)
    occurred_at: Instant | None = Field(None, description="When it happened. By default now; never in the future.")
    backdating_reason: Note | None = Field(None, description="Why it is recorded late.")
    note: Note | None = Field(None, description="Free text; kept apart, so that it can be erased.")


class ConditionIn(Body):
    """What the item can do, as somebody has seen."""

    condition: Literal["up", "degraded", "down"] = Field(examples=["up"])
    condition_reason: DownReason | None = Field(None, description="Only, and always, for an item that is down.")
    occurred_at: Instant | None = Field(None, description="When it was seen. By default now.")
    backdating_reason: Note | None = None
    note: Note | None = None


class ReceiptIn(Body):
    """The receiving unit has it."""

    occurred_at: Instant | None = Field(None, description="When it arrived. By default now.")
    backdating_reason: Note | None = None
    note: Note | None = None


class EquipmentCorrectionIn(Body):
    """What should have been said about an event; or, with `annul`, that it did not happen."""

    position: int = Field(ge=1, description="The event's place in the item's history.", examples=[1])
    reason: Note = Field(examples=["The wrong date was entered."])
    occurred_at: Instant | None = Field(None, description="When it really happened. By default as recorded.")
    payload: Payload = Field(default_factory=Payload)
    note: Note | None = None
    annul: Truth = False

    @model_validator(mode="after")
    def _nothing_with_annulment(self) -> Self:
        if self.annul and (self.occurred_at or self.payload.sent() or self.note):
            raise ValueError("an annulment may say nothing but its reason")
        return self


class BulkCreate(EquipmentIn):
    """Register an item. Items of one call share the instant."""

    operation: Literal["create"]


class BulkChange(Body):
    """Change an item that is still at a version."""

    operation: Literal["change"]
    id: Ref
    version: int = Field(ge=1)
    change: EquipmentChange


class BulkTransition(TransitionIn):
    """Move an item that is still at a version."""

    operation: Literal["transition"]
    id: Ref
    version: int = Field(ge=1)


_BULK = [{"operation": "transition", "id": "EQ-TN-2026-000001", "version": 5, "action": "put_in_service"}]
BulkOperation = Annotated[BulkCreate | BulkChange | BulkTransition, Field(discriminator="operation")]


class EquipmentBulkIn(Body):
    """Up to 1 000 operations: registrations first, then changes, then steps, each kind in the order given."""

    atomic: Truth = Field(default=True, description="All or nothing. False: a result per item.")
    items: list[BulkOperation] = Field(min_length=1, max_length=MOST_IN_BULK, examples=[_BULK])


class BulkError(Answer):
    """Why one operation was refused."""

    code: str
    detail: str
    pointer: str


class BulkResult(Answer):
    """What became of one operation, in the order given."""

    index: int
    status: Literal["done", "refused"]
    id: UUID | None
    reference: str | None
    version: int | None
    errors: list[BulkError]


class BulkOut(Answer):
    """What became of all operations."""

    done: int
    refused: int
    items: list[BulkResult]


class Moment(Body):
    """About the world at an instant, and about what was known at an instant (DOMAIN 3, Time)."""

    as_of: Then | None = Field(None, description=f"As the world was at this instant. {OR_A_DAY}")
    known_at: Then | None = Field(None, description=f"As it was known here at this instant. {OR_A_DAY}")

    @property
    def past(self) -> dict[str, Any]:
        """The moment as filters of a listing; empty for the present."""
        if self.known_at is not None:
            return {"as_of": self.as_of or FOREVER, "known_at": self.known_at}
        return {} if self.as_of is None else {"as_of": self.as_of}


class EquipmentReadQuery(Moment, ReadQuery):
    """What the read of one item takes."""


class EquipmentQuery(Moment, _DatedQuery):
    """Filters of the list of items."""

    q: Words | None = Field(
        None,
        description="Finds this text at the beginning or at the end of the reference or of an identifier, such as a "
        "serial. Models are not looked at: search `/equipment-models`, and give what it finds to `model_id`.",
    )
    component_id: Several[Ref] | None = Field(None, description="Items of these components.")
    stage: Several[Stage] | None = Field(None, description="Items at these stages.")
    condition: Several[Condition] | None = Field(None, description="Items in these conditions.")
    condition_reason: Several[DownReason] | None = Field(
        None, description="Items that are down for one of these reasons."
    )
    model_id: Several[Ref] | None = Field(None, description="Items of these models.")
    type_id: Several[Ref] | None = Field(None, description="Items whose model is of one of these types.")
    unit_id: Several[Ref] | None = Field(
        None, description="Items of these units themselves; `agency_id` has those of all units below an agency."
    )
    agency_id: Several[Ref] | None = Field(None, description="Items of all units below these agencies.")
    site_id: Several[Ref] | None = Field(None, description="Items that are at these sites.")
    title_id: Several[Ref] | None = Field(None, description="Items that these organisations own.")
    custody_organisation_id: Several[Ref] | None = Field(None, description="Items that these organisations keep.")
    delivery_id: Several[Ref] | None = Field(None, description="Items that came by these deliveries.")
    supplier_id: Several[Ref] | None = Field(None, description="Items that these suppliers supplied.")
    parent_id: Several[Ref] | None = Field(None, description="Items that are parts of one of these items.")
    external_id: Several[Text] | None = Field(None, description="Items with one of these numbers of another system.")
    identifier: Several[Text] | None = Field(None, description="Items that carry exactly this number, of any scheme.")
    unconfirmed_since: Bound | None = Field(
        None, description="Condition not confirmed since then, or never; a day alone is its beginning."
    )
    confirmed_at_gte: Bound | None = Field(
        None,
        alias="confirmed_at.gte",
        description="Confirmed at this instant or later; a day alone is its beginning in UTC.",
    )
    confirmed_at_lt: Bound | None = Field(
        None, alias="confirmed_at.lt", description="Confirmed before this instant, or this day in UTC."
    )

    def asked(self, language: str) -> Asked:
        """As the reading helper takes it; `known_at` alone asks about any time."""
        asked, past = super().asked(language), self.past
        return replace(asked, filters={**asked.filters, **past}) if past else asked


class EventOut(Answer):
    """One event as it was recorded; nothing is ever edited. Chain data is for auditors."""

    position: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor | None = Field(description="Null for observers, who are not told who acted.")
    changes: dict[str, Any]
    payload: dict[str, Any]
    texts: dict[str, str] | None = Field(description="Free text; null where there was none or it was erased.")
    corrects: int | None = Field(description="The position of the event that this one corrects or takes back.")
    document: Related | None
    previous: str | None = Field(description="Hash of the event before; for auditors.")
    hash: str | None = Field(description="Hash of this event; for auditors.")
    text_hash: str | None = Field(description="Salted hash of the free text; for auditors.")


class EffectiveEventOut(Answer):
    """One event that counts: with its last correction, without what was taken back."""

    position: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    changes: dict[str, Any]


class EffectiveOut(Answer):
    """What counts of an item's history, in the order in which it happened, and the state that it amounts to."""

    items: list[EffectiveEventOut]
    stage: Stage | None
    condition: Condition | None
