"""The security log: who changed rights, failed to log in, lost a session (DOMAIN 2). No secrets, no names."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.common import Answer, Bound, ListQuery, Ref, Related, Several

SecurityKind = Literal[
    "account.created",
    "account.changed",
    "account.closed",
    "account.reopened",
    "client.closed",
    "client.created",
    "client.rights_changed",
    "client.secret_rotated",
    "delegation.changed",
    "delegation.created",
    "delegation.ended",
    "grant.added",
    "grant.removed",
    "link.handed_out",
    "link.redeemed",
    "organisation.changed",
    "organisation.created",
    "password.changed",
    "refresh_token.reused",
    "sign_in.failed",
    "sign_ins.revoked",
    "token.revoked",
    "webhook.changed",
    "webhook.created",
    "webhook.disabled",
    "webhook.enabled",
    "webhook.removed",
    "webhook.secret_rotated",
]


class SecurityEntryOut(Answer):
    """One entry. Entries are never changed and never taken away."""

    id: UUID
    recorded_at: datetime
    kind: SecurityKind
    organisation: Related | None = Field(description="The organisation whose account, client or right it is about.")
    actor_id: UUID | None = Field(description="The account or client that did it; null before there is an identity.")
    subject_id: UUID | None = Field(description="The account, client, delegation or organisation it is about.")
    facts: dict[str, Any] = Field(description="What the kind needs: roles, scopes, reasons. Never secrets or names.")
    request_id: str | None


class SecurityLogQuery(ListQuery):
    """Filters of the security log."""

    kind: Several[SecurityKind] | None = Field(None, description="Entries of these kinds.")
    actor_id: Several[UUID] | None = Field(None, description="What these accounts or clients did, by id.")
    subject_id: Several[UUID] | None = Field(
        None, description="What is about these accounts, clients, delegations or organisations, by id."
    )
    organisation_id: Several[Ref] | None = Field(
        None, description="What is about accounts, clients and rights of these organisations."
    )
    recorded_at_gte: Bound | None = Field(
        None, alias="recorded_at.gte", description="Since this instant; a day alone is its beginning in UTC."
    )
    recorded_at_lt: Bound | None = Field(
        None, alias="recorded_at.lt", description="Before this instant, or this day in UTC."
    )
