"""Verification of chains, and signed checkpoints (DOMAIN 3, Chain)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.schemas.common import Answer, Body, ListQuery, Ref, Truth


class VerifyIn(Body):
    """Which chains are verified: one item's, a component's, or all in sight; so many at once."""

    component: Ref | None = Field(None, examples=["BMP-TN"])
    item: Ref | None = None
    after: UUID | None = Field(None, description="`next` of the answer before: go on from there.")
    limit: int = Field(5_000, ge=1, le=20_000, description="Items to look at, rounded up to whole batches.")
    checkpoint: Truth = Field(
        default=False, description="Also compare everything with the signed checkpoints outside the database."
    )


class VerificationIn(Body):
    """Which chains a job verifies: one item's, a component's, or all in sight."""

    component: Ref | None = Field(None, examples=["BMP-TN"])
    item: Ref | None = None
    checkpoint: Truth = Field(
        default=False, description="Also compare everything with the signed checkpoints outside the database."
    )


class BrokenChainOut(Answer):
    """An item whose chain does not hold, and the first thing that is wrong with it."""

    id: UUID
    reference: str
    problem: Literal["gap", "link", "hash", "count", "head"]
    position: int
    detail: str


class CheckpointCheck(Answer):
    """Whether the signed checkpoints agree with what the database holds."""

    at: datetime | None = Field(description="When the latest one was signed; null when there is none that holds.")
    lines: int
    problem: str | None


class VerifiedOut(Answer):
    """What a verification found."""

    holds: bool
    items: int
    events: int
    broken: int
    problems: list[BrokenChainOut] = Field(description="The first hundred.")
    next: UUID | None = Field(description="Go on after this item; null when nothing is left.")
    checkpoint: CheckpointCheck | None


class CheckpointOut(Answer):
    """A signed digest over the heads of all chains. The same line stands in a file outside the database.

    What counts the whole deployment is for who sees the whole of it: its administrator, and auditors of all components.
    """

    id: UUID
    recorded_at: datetime
    items: int | None = Field(description="Null unless all components are in the caller's sight.")
    events: int | None = Field(description="Null unless all components are in the caller's sight.")
    digest: str
    signature: str
    line: str | None = Field(description="What was signed, with the count of items; null like it.")


class CheckpointQuery(ListQuery):
    """Checkpoints take no filters."""


class PublicKeyOut(Answer):
    """The public half of the key that signs checkpoints: whoever keeps it can check lines without this service."""

    algorithm: Literal["Ed25519"]
    fingerprint: str
    pem: str
