"""The change feed (API 15): CloudEvents 1.0 with thin data, in pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from app.domain.changes import READ_SCOPE, TYPES, Wanted
from app.schemas.common import Answer, Body, Several, none_of

DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000


def _known_resource(value: str) -> str:
    if value not in READ_SCOPE:
        raise none_of(READ_SCOPE, "the change feed knows no such resource")
    return value


def _known_type(value: str) -> str:
    if value not in TYPES:
        raise none_of(TYPES, "the change feed knows no such type of event")
    return value


Resource = Annotated[str, AfterValidator(_known_resource), Field(json_schema_extra={"enum": sorted(READ_SCOPE)})]
EventType = Annotated[str, AfterValidator(_known_type), Field(json_schema_extra={"enum": list(TYPES)})]


class EventsQuery(Body):
    """Where a stream begins, and which events are wanted."""

    after: str | None = Field(None, max_length=200, description="The cursor to go on from.")
    resource: Several[Resource] | None = Field(
        None, description="Only these resources, by the word of their path.", examples=[["equipment"]]
    )
    type: Several[EventType] | None = Field(
        None, description="Only these types. Whoever leaves out `bmp.object.out_of_sight` keeps what is out of sight."
    )

    def wanted(self) -> Wanted:
        """The filters as the feed takes them."""
        return Wanted(
            None if self.resource is None else frozenset(self.resource),
            None if self.type is None else frozenset(self.type),
        )


class ChangesQuery(EventsQuery):
    """A page of the feed."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Number of events on a page.")


class Sight(Answer):
    """What the caller may see now. Ids only; names are at `/me`, `/components` and `/agencies`."""

    components: list[UUID] = Field(description="Components delegated to the caller's organisation, within its roles.")
    joined: list[UUID] = Field(description="Components in which the caller's own agency takes part.")
    agencies: list[UUID] = Field(description="Top agencies in sight; everything below them is in sight too.")
    resources: list[str] = Field(description="Resources whose changes the caller hears of.", examples=[["equipment"]])
    organisations: list[UUID] | None = Field(
        None,
        description="Only for auditors of some components: organisations that take part in them, or took part, whose "
        "accounts and clients are in sight.",
    )


class ChangedData(Answer):
    """What changed; read it at `subject`. Absent members are not known, or not the reader's to know any more."""

    id: UUID | None = Field(None, description="The object, or for `bmp.scope.changed` the branch of agencies.")
    resource: str | None = Field(None, examples=["equipment"])
    version: int | None = Field(None, description="The version that this change made; an object may be newer.")
    scope: Sight | None = Field(None, description="With `bmp.scope.changed`: what is in sight now.")


class ChangeEvent(Answer):
    """A CloudEvent (1.0, JSON format). Order is kept per `partitionkey`."""

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(description="Stable and unique: the same event always has the same id.")
    source: str = Field(description="The issuer of tokens: this deployment.", examples=["https://bmp.example"])
    type: str = Field(examples=["bmp.equipment.changed"])
    subject: str = Field(description="Path of the object.", examples=["/api/v1/equipment/<id>"])
    time: datetime = Field(description="When it was recorded.")
    datacontenttype: Literal["application/json"] = "application/json"
    partitionkey: str = Field(description="The object's id (CloudEvents extension `partitionkey`).")
    data: ChangedData


class FeedPage(Answer):
    """Where to go on."""

    next: str = Field(description="Keep it when the events of this page are dealt with, and send it as `after`.")
    limit: int
    more: bool = Field(description="True: ask again at once, also when this page is empty. False: all caught up.")


class ChangePage(Answer):
    """Events in the order of the feed."""

    items: list[ChangeEvent]
    page: FeedPage


class StartOut(Answer):
    """Take this first, then read every list once, then follow the feed from `cursor`."""

    cursor: str
    scope: Sight
