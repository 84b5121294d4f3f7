"""Deliveries: a tranche that arrives, the items that it registers, and what was not as announced (DOMAIN 3)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.domain.deliveries import DeliveryAction, DeliveryStage
from app.schemas.common import (
    Answer,
    Body,
    DatedQuery,
    Day,
    Instant,
    Money,
    Ref,
    Related,
    Several,
    Text,
    Words,
    keep,
    sought,
)
from app.schemas.documents import Note, PersonOut

#: Items that one call registers at most (API 11).
MOST_ITEMS = 10_000
DiscrepancyKind = Literal["missing", "surplus", "damaged"]
Tranche = Annotated[int, Field(ge=1, le=1000)]


class ItemNamed(Answer):
    """An item as it was named in a report."""

    id: UUID
    reference: str


class DiscrepancyOut(Answer):
    """What was not as announced."""

    kind: DiscrepancyKind
    item: ItemNamed | None
    quantity: int
    note: str | None


class Discrepancy(Body):
    """What was not as announced: an item of the delivery, or a number of things that have no item here."""

    kind: DiscrepancyKind
    item: Ref | None = None
    quantity: int = Field(1, ge=1, le=100_000)
    note: Note | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if self.item is not None and self.quantity != 1:
            raise ValueError("an item is one thing; quantities are for what has no item")
        return self


Discrepancies = Annotated[list[Discrepancy], Field(max_length=1000)]


class DeliveryOut(Answer):
    """A tranche of equipment."""

    id: UUID
    reference: str
    component: Related | None
    supplier: Related | None
    site: Related | None = Field(description="Where it arrives.")
    status: DeliveryStage
    contract_reference: str | None
    tranche: int | None
    expected_on: date | None
    received_at: datetime | None
    external_id: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class StageCount(Answer):
    """How many of its items stand at a stage."""

    stage: str
    items: int


class DeliveryDetail(DeliveryOut):
    """One delivery with what came of it."""

    items: list[StageCount] = Field(description="Its items by their stage now.")
    discrepancies: list[DiscrepancyOut]
    recorded_by: PersonOut | None
    received_by: PersonOut | None
    note: str | None
    available_actions: list[DeliveryAction]


class DeliveryIn(Body):
    """A new delivery, a draft. Its reference is made by the service (`DEL-TN-2026-000001`)."""

    id: UUID | None = None
    component: Ref = Field(examples=["BMP-TN"])
    supplier: Ref | None = Field(None, examples=["SUP-001"])
    site: Ref | None = Field(None, description="Where it arrives.", examples=["SITE-STORE-TN"])
    contract_reference: Text | None = None
    tranche: Tranche | None = None
    expected_on: Day | None = None
    note: Note | None = None
    external_id: Text | None = None


class DeliveryChange(Body):
    """A JSON Merge Patch: drafts whole; of a received delivery only `discrepancies`, `note` and `external_id`."""

    supplier: Ref | None = None
    site: Ref | None = None
    contract_reference: Text | None = None
    tranche: Tranche | None = None
    expected_on: Day | None = None
    discrepancies: Discrepancies = keep()
    note: Note | None = Field(None, examples=["Box 3 was opened for customs."])
    external_id: Text | None = None


class RegisterIn(Body):
    """Items of one model to be registered with the delivery: by `serials`, by `range`, or by `count`."""

    model: Ref = Field(examples=["MOD-COM-RADIO-1"])
    serials: list[Text] | None = Field(None, min_length=1, max_length=MOST_ITEMS)
    range: Text | None = Field(None, description="Both ends included, zeros kept.", examples=["DEMO-001..DEMO-012"])
    count: int | None = Field(None, ge=1, le=MOST_ITEMS, description="Items that carry no serial.")
    unit_price: Money | None = None
    title_organisation: Ref | None = Field(
        None, description="Who owns them until they are accepted. By default the supplier.", examples=["ORG-ICMPD"]
    )
    occurred_at: Instant | None = Field(None, description="When they were ordered, or arrived. By default now.")
    backdating_reason: Note | None = None
    note: Note | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.serials, self.range, self.count)) != 1:
            raise ValueError("name the items by exactly one of serials, range and count")
        return self


class RegisteredItem(Answer):
    """A registered item."""

    id: UUID
    reference: str
    serial: str | None


class RegisteredOut(Answer):
    """What was registered."""

    registered: int
    items: list[RegisteredItem]


class LinkIn(Body):
    """Items ordered before that come with this delivery."""

    items: list[Ref] = Field(min_length=1, max_length=MOST_ITEMS, examples=[["EQ-TN-2026-000001"]])


class LinkedOut(Answer):
    """How many items come with the delivery now."""

    linked: int


class ReceiveIn(Body):
    """The delivery has arrived. Its items are delivered, except those reported missing."""

    occurred_at: Instant | None = Field(None, description="When it arrived. By default now.")
    backdating_reason: Note | None = Field(None, description="Why it is recorded late.")
    site: Ref | None = Field(None, description="Where it arrived, if not at the delivery's site.")
    discrepancies: Discrepancies = Field(default=[])


class DeliveryQuery(DatedQuery):
    """Filters of the list of deliveries."""

    q: Words | None = sought("anywhere in the reference, or in the reference of the contract")
    component_id: Several[Ref] | None = Field(None, description="Deliveries to these components.")
    supplier_id: Several[Ref] | None = Field(None, description="Deliveries by these suppliers.")
    site_id: Several[Ref] | None = Field(None, description="Deliveries that go to these sites.")
    status: Several[DeliveryStage] | None = Field(None, description="Deliveries at these stages.")
    contract_reference: Several[Text] | None = Field(None, description="Deliveries under exactly these contracts.")
    external_id: Several[Text] | None = Field(
        None, description="Deliveries with one of these numbers of another system."
    )
