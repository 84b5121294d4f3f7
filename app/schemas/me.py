"""Who am I, what may I do, and where (issue 2, "Access")."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.domain.access import OrganisationKind, Power
from app.schemas.common import Answer, Language, Related


class MyOrganisation(Related):
    """The caller's organisation."""

    kinds: list[OrganisationKind]


class Reach(Related):
    """A component or agency, and whether the caller may change things there or only see them."""

    power: Power


class MyToken(Answer):
    """The access token of this very request."""

    client_id: str
    session_id: UUID | None = Field(description="The sign-in it came from; null for clients.")
    expires_at: datetime


class MeOut(Answer):
    """The caller. Rights are what the database says now, narrowed to the scopes of the token."""

    id: UUID
    kind: Literal["account", "client"]
    account_name: str = Field(description="For a client: of the person that it counts as.")
    display_name: str
    language: Language
    organisation: MyOrganisation
    agency: Related | None = Field(description="A focal point's own agency, whose subtree it sees.")
    roles: list[str]
    scopes: list[str]
    components: list[Reach]
    agencies: list[Reach] = Field(description="Top agencies in sight; everything below them is in sight too.")
    token: MyToken
