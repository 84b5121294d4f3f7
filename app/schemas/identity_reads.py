"""The log of identity reads (DOMAIN 4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.schemas.common import Answer, Bound, ListQuery, Ref, Related, Several


class IdentityReadOut(Answer):
    """Somebody read who a trainee is, or looked for a name."""

    id: UUID
    recorded_at: datetime
    trainee: Related | None = Field(description="Null for a search that found nobody.")
    agency: Related | None
    caller_id: UUID = Field(description="The account or client that asked.")
    person_id: UUID = Field(description="The natural person behind it.")
    purpose: str
    request_id: str | None


class IdentityReadQuery(ListQuery):
    """Filters of the log."""

    trainee_id: Several[UUID] | None = Field(None, description="Reads of the names of these trainees, by pseudonym.")
    agency_id: Several[Ref] | None = Field(None, description="Reads about people of these agencies themselves.")
    caller_id: Several[UUID] | None = Field(None, description="Reads by these accounts or clients, by id.")
    person_id: Several[Ref] | None = Field(
        None, description="Reads for which these people answer: by their account, or by a client of theirs."
    )
    recorded_at_gte: Bound | None = Field(
        None, alias="recorded_at.gte", description="Since this instant; a day alone is its beginning in UTC."
    )
    recorded_at_lt: Bound | None = Field(
        None, alias="recorded_at.lt", description="Before this instant, or this day in UTC."
    )
