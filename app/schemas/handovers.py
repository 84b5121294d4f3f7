"""Handover protocols: items go to a unit; two people approve (DOMAIN 3)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.domain.documents import DocumentStage
from app.domain.requirements import RequirementKind
from app.schemas.common import (
    Answer,
    Body,
    DatedQuery,
    Day,
    Instant,
    Ref,
    ReferenceQuery,
    Related,
    Several,
    Sha256,
    Text,
    Truth,
    Words,
    keep,
    sought,
)
from app.schemas.documents import MOST_LINES, ApprovalOut, LineCounts, Note, OfferedAction, PartyOut, PersonOut
from app.schemas.equipment import MoneyOut

Side = Literal["giving", "receiving"]


class SignatoryOut(Answer):
    """Who signed, by function; the name stays on the signed paper."""

    side: Side
    organisation: PartyOut
    function: str
    signed_on: date | None


class Signatory(Body):
    """Who signed for a side, by function. People are not named here: their names are on the signed paper."""

    side: Side
    organisation: Ref = Field(examples=["ORG-ICMPD"])
    function: Text = Field(examples=["Head of logistics"])
    signed_on: Day | None = None


Signatories = Annotated[list[Signatory], Field(max_length=20)]


class HandoverOut(Answer):
    """A protocol. Approving one is the only way to items that are handed over."""

    id: UUID
    reference: str
    component: Related | None
    receiving_unit: Related | None
    organisation: Related | None = Field(description="Who owns the items from then on.")
    site: Related | None = Field(description="Where the items are from then on.")
    retransfer: bool = Field(description="A second handover: title, custody and unit change, the stage does not.")
    status: DocumentStage
    effective_at: datetime | None = Field(description="When the handover takes, or took, effect.")
    signed_file_id: UUID | None
    signed_sha256: str | None
    prepared_by: PersonOut | None
    submitted_at: datetime | None
    approved_at: datetime | None
    annulled_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class LackingItem(Answer):
    """An item on the protocol that lacks a requirement."""

    id: UUID
    reference: str


class LackingRequirement(Answer):
    """An enforced requirement that is not met on the day on which the handover takes effect."""

    kind: RequirementKind
    about: list[Literal["item", "unit", "document"]] = Field(description="What it may be recorded about.")
    lines: int = Field(description="How many lines lack it.")
    every_line: bool
    items: list[LackingItem] = Field(description="The items that lack it; the first 100.")


class HandoverMissing(Answer):
    """What would refuse the next steps, were they taken now."""

    submit: list[str] | None = Field(description="Guards of submission that do not hold; null once it is submitted.")
    approve: list[str] = Field(description="Guards and requirements that would refuse the last approval.")
    requirements: list[LackingRequirement]


class HandoverDetail(HandoverOut):
    """One protocol with its signatories and approvals. Its lines are a list of their own."""

    lines: LineCounts
    signatories: list[SignatoryOut]
    approvals: list[ApprovalOut]
    submitted_by: PersonOut | None
    annulled_by: PersonOut | None
    reason: str | None = Field(description="Why it was returned or annulled.")
    note: str | None
    available_actions: list[OfferedAction]
    missing: HandoverMissing | None = Field(
        description="Null once it is approved or annulled, and for callers who do not see the component's requirements."
    )


class HandoverLine(Body):
    """One item to be handed over."""

    item: Ref
    note: Note | None = None


Lines = Annotated[list[HandoverLine], Field(max_length=MOST_LINES)]
_FILE = "The signed protocol, uploaded to `/files`. Its hash is taken over."
_HASH = "SHA-256 of the signed protocol, where the file itself is kept elsewhere."


class HandoverIn(Body):
    """A new protocol, a draft. Its reference is made by the service (`HO-TN-2026-000001`)."""

    id: UUID | None = None
    component: Ref = Field(examples=["BMP-TN"])
    receiving_unit: Ref = Field(description="A leaf of the agency tree.", examples=["AG-TN-SFAX"])
    organisation: Ref | None = Field(
        None, description="Who owns the items from then on. By default the unit's organisation.", examples=["ORG-TN-CG"]
    )
    site: Ref = Field(description="A site of the unit.", examples=["SITE-TNSFA"])
    retransfer: Truth = False
    effective_at: Instant | None = Field(None, description="When it takes effect. By default with the last approval.")
    signatories: Signatories = Field(default=[])
    signed_file: UUID | None = Field(None, description=_FILE)
    signed_sha256: Sha256 | None = Field(None, description=_HASH)
    lines: Lines = Field(default=[])
    note: Note | None = None


class HandoverChange(Body):
    """A JSON Merge Patch of a draft or a returned protocol. Lines and signatories are replaced whole."""

    receiving_unit: Ref = keep()
    organisation: Ref = keep()
    site: Ref = keep()
    retransfer: Truth = keep()
    effective_at: Instant | None = None
    signatories: Signatories = keep()
    signed_file: UUID | None = Field(None, description=_FILE)
    signed_sha256: Sha256 | None = Field(None, description=_HASH)
    lines: Lines = keep()
    note: Note | None = Field(None, examples=["Box 3 was opened for customs."])


class HandoverQuery(DatedQuery):
    """Filters of the list of protocols."""

    q: Words | None = sought("anywhere in the reference, and nowhere else")
    component_id: Several[Ref] | None = Field(None, description="Protocols of these components.")
    receiving_unit_id: Several[Ref] | None = Field(
        None, description="Protocols by which these units themselves receive."
    )
    agency_id: Several[Ref] | None = Field(None, description="Protocols of all units below these agencies.")
    organisation_id: Several[Ref] | None = Field(
        None, description="Protocols by which title goes to these organisations."
    )
    item_id: Several[Ref] | None = Field(None, description="Protocols on which these items stand.")
    retransfer: bool | None = Field(
        None, description="True: second handovers, of items that a unit has already; false: first ones."
    )
    status: Several[DocumentStage] | None = Field(None, description="Protocols at these stages.")


class MissingProofOut(Answer):
    """An item that was handed over without a proof of transfer that is held here."""

    id: UUID = Field(description="The item's id.")
    reference: str
    serial: str | None
    component: Related | None
    model: Related | None
    unit: Related | None
    stage: str
    unit_price: MoneyOut | None
    above_threshold: bool | None = Field(
        description="Whether the price is above the programme's threshold (EUR). Null where it has no price in EUR."
    )
    missing: Literal["handover", "signed_file"] = Field(
        description="`handover`: there is no approved protocol. `signed_file`: its signed file is not held here."
    )
    created_at: datetime


class MissingProofQuery(ReferenceQuery):
    """Filters of the report. Without `above_threshold` items without a price in EUR are reported too."""

    component_id: Several[Ref] | None = Field(None, description="Items of these components.")
    unit_id: Several[Ref] | None = Field(None, description="Items of these units themselves.")
    model_id: Several[Ref] | None = Field(None, description="Items of these models.")
    above_threshold: bool | None = Field(
        None, description="True: leaves out items without a price in EUR, of which it is not known."
    )
