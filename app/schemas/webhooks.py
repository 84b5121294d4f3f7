"""Webhooks: endpoints and deliveries (API 16)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.domain.changes import READ_SCOPE
from app.domain.webhook_events import TYPES
from app.domain.webhooks import LONGEST_URL, DeliveryState, WebhookDisabled, WebhookStatus
from app.schemas.common import (
    Answer,
    Body,
    Bound,
    Dated,
    Instant,
    ListQuery,
    Several,
    Text,
    Words,
    keep,
    none_of,
    sought,
)


def _known_resource(value: str) -> str:
    if value not in READ_SCOPE:
        raise none_of(READ_SCOPE, "there are no events of such a resource")
    return value


def _known_type(value: str) -> str:
    if value not in TYPES:
        raise none_of(TYPES, "there is no such type of event")
    return value


Resource = Annotated[str, AfterValidator(_known_resource), Field(json_schema_extra={"enum": sorted(READ_SCOPE)})]
EventType = Annotated[str, AfterValidator(_known_type), Field(json_schema_extra={"enum": list(TYPES)})]
Resources = Annotated[list[Resource], Field(min_length=1, max_length=len(READ_SCOPE))]
Types = Annotated[list[EventType], Field(min_length=1, max_length=len(TYPES))]
Url = Annotated[str, StringConstraints(min_length=10, max_length=LONGEST_URL)]


class WebhookSecretFacts(Answer):
    """When a live secret was made, and when it ends (null: when it is rotated out)."""

    created_at: datetime
    expires_at: datetime | None


class WebhookFailure(Answer):
    """An attempt that did not arrive."""

    at: datetime
    status: int | None = Field(description="What the receiver answered.")
    error: str | None = Field(
        description="Or why there was no answer; `internal`: the service itself failed, and will try again.",
        examples=["timeout"],
    )


class WebhookHealth(Answer):
    """How the receiver fares."""

    failing_since: datetime | None = Field(description="Since when nothing has arrived; null when all is well.")
    resting_until: datetime | None = Field(description="Nothing is sent before this: failures, or `Retry-After`.")
    delivered_at: datetime | None = Field(description="When something arrived last.")
    last_failure: WebhookFailure | None = Field(description="What went wrong last; null when nothing ever did.")


class WebhookOut(Answer):
    """An endpoint. What its owner may see, and wants to hear of, is told to it."""

    id: UUID
    url: str
    description: str | None
    owner_id: UUID = Field(description="The account or client whose rights decide what is told.")
    resources: list[str] | None = Field(description="Null: all.")
    types: list[str] | None = Field(description="Null: all.")
    status: WebhookStatus
    disabled_because: WebhookDisabled | None = Field(
        description="`owner`: somebody asked for it; `gone`: the receiver answered 410; `failing`: it failed too long; "
        "`not_allowed`: its owner is nobody any more. Null while it is active."
    )
    disabled_at: datetime | None = Field(description="Since when nothing is sent; null while it is active.")
    health: WebhookHealth
    secrets: list[WebhookSecretFacts] = Field(description="Live secrets; each delivery is signed with all of them.")
    version: int
    created_at: datetime
    updated_at: datetime


class WebhookMade(Answer):
    """A webhook with its new secret, shown this once."""

    webhook: WebhookOut
    secret: str = Field(description="As the libraries of Standard Webhooks take it.", examples=["whsec_…"])


class WebhookIn(Body):
    """A new endpoint."""

    id: UUID | None = None
    url: Url = Field(
        description="An https address on the open internet; this deployment may allow others of its own.",
        examples=["https://receiver.example/bmp"],
    )
    description: Text | None = Field(None, examples=["Asset register of the ministry"])
    resources: Resources | None = Field(None, examples=[["equipment", "sites"]])
    types: Types | None = None


class WebhookChange(Body):
    """A JSON Merge Patch; null for `resources` or `types` is all."""

    url: Url = keep(examples=["https://receiver.example/bmp/2"])
    description: Text | None = None
    resources: Resources | None = None
    types: Types | None = None


class ReplayIn(Body):
    """A span of time: events recorded since the first instant and before the second."""

    since: Instant = Field(examples=["2024-01-31T08:00:00Z"])
    until: Instant = Field(examples=["2024-01-31T09:00:00Z"])

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.until <= self.since:
            raise ValueError("the end has to be after the start")
        return self


class WebhookQuery(Dated, ListQuery):
    """Filters of the list of webhooks."""

    q: Words | None = sought("anywhere in the description, or in the address")
    status: Several[WebhookStatus] | None = Field(None, description="Webhooks in these states.")
    owner_id: Several[UUID] | None = Field(None, description="Webhooks of these accounts or clients, by id.")


class WebhookDeliveryOut(Answer):
    """One event for one endpoint, and what came of it."""

    id: UUID
    event_id: str = Field(description="The header `webhook-id` and the event's `id`; a replay has the same.")
    type: str = Field(examples=["bmp.sites.changed"])
    resource: str
    object_id: UUID
    object_version: int | None
    occurred_at: datetime
    replayed: bool
    state: DeliveryState
    attempts: int
    status: int | None = Field(description="What the receiver answered last.")
    error: str | None = Field(description="Or why there was no answer.", examples=["timeout"])
    milliseconds: int | None
    next_at: datetime | None = Field(description="When it is tried next; null when it is over.")
    created_at: datetime
    attempted_at: datetime | None
    finished_at: datetime | None


class WebhookDeliveryQuery(ListQuery):
    """Filters of the log of deliveries."""

    state: Several[DeliveryState] | None = Field(None, description="Deliveries in these states.")
    resource: Several[Resource] | None = Field(
        None, description="Events about these resources, by the word of their path."
    )
    object_id: Several[UUID] | None = Field(None, description="Events about these objects, by id.")
    event_id: Several[Text] | None = Field(None, description="These events, by the `id` that they carry.")
    created_at_gte: Bound | None = Field(
        None, alias="created_at.gte", description="Made at this instant or later; a day alone is its beginning in UTC."
    )
    created_at_lt: Bound | None = Field(
        None, alias="created_at.lt", description="Made before this instant, or this day in UTC."
    )
