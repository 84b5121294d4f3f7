"""Accounts: people who log in, their roles, sessions and one-time links (DOMAIN 2, API 17)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from app.schemas.common import (
    Answer,
    Body,
    DatedQuery,
    Language,
    ListQuery,
    Ref,
    Related,
    Several,
    Text,
    Words,
    keep,
    sought,
)

#: `integration` is not among them: clients name scopes, not roles.
GivenRole = Literal[
    "administrator",
    "programme_manager",
    "procurement_officer",
    "logistics_officer",
    "training_officer",
    "monitoring_officer",
    "safeguards_officer",
    "focal_point",
    "auditor",
    "observer",
]


def _not_an_id(value: str) -> str:
    try:
        UUID(value)
    except ValueError:
        return value
    raise ValueError("an account name may not look like an id")


#: What a person types to log in: small letters, so that nobody has to remember which were large.
AccountName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@+-]{2,199}$", strip_whitespace=True),
    AfterValidator(_not_an_id),
]


class GrantOut(Answer):
    """A role of an account."""

    id: UUID
    role: GivenRole
    component: Related | None = Field(description="Null: for all that its organisation is delegated.")
    created_at: datetime


class AccountOut(Answer):
    """A person who logs in."""

    id: UUID
    account_name: str
    display_name: str
    organisation: Related
    agency: Related | None = Field(description="A focal point's agency, whose subtree it sees.")
    language: Language
    active: bool
    has_password: bool = Field(description="False until the invitation is redeemed.")
    grants: list[GrantOut]
    version: int
    created_at: datetime
    updated_at: datetime


class GrantIn(Body):
    """A role to give: one's own or less, never to oneself."""

    role: GivenRole = Field(examples=["monitoring_officer"])
    component: Ref | None = Field(
        None, description="Only for this component. Absent: for all that the organisation is delegated."
    )


class AccountIn(Body):
    """A new account. It cannot log in before its invitation is redeemed."""

    id: UUID | None = None
    account_name: AccountName = Field(examples=["m.example@example.org"])
    display_name: Text = Field(examples=["Synthetic Officer"])
    organisation: Ref | None = Field(None, description="The caller's own, unless an administrator says otherwise.")
    agency: Ref | None = Field(None, description="For people of a beneficiary: the agency whose subtree they see.")
    language: Language = "en"
    grants: list[GrantIn] = Field(default=[], max_length=20)


class AccountChange(Body):
    """A JSON Merge Patch: what is absent stays, null empties."""

    display_name: Text = keep()
    agency: Ref | None = None
    language: Language = keep(examples=["fr"])


class AccountQuery(DatedQuery):
    """Filters of the list of accounts."""

    q: Words | None = sought("anywhere in the person's name as others see it, or in the account name")
    organisation_id: Several[Ref] | None = Field(None, description="Accounts of people of these organisations.")
    agency_id: Several[Ref] | None = Field(None, description="Accounts whose agency is one of these itself.")
    role: Several[GivenRole] | None = Field(None, description="Accounts with one of these roles, anywhere.")
    active: bool | None = Field(None, description="True: open accounts; false: closed ones.")


class LinkOut(Answer):
    """A one-time link, shown this once. Whoever has the secret sets the password: hand it over in person."""

    kind: Literal["invitation", "reset"]
    secret: str = Field(examples=["bmp_…"])
    expires_at: datetime
    redeem_at: str = Field(description="Where the secret is sent to, with the new password.")


class RedeemIn(Body):
    """The secret of a one-time link, and the password to set."""

    secret: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(examples=["the-secret-of-the-link"])
    password: SecretStr = Field(
        max_length=1024,
        description="At least 12 characters; common ones are refused.",
        examples=["a long new passphrase"],
    )


class RedeemedOut(Answer):
    """Whose password was set. Sign in with it now."""

    account_name: str


class PasswordChange(Body):
    """One's own password, old and new."""

    current: SecretStr = Field(max_length=1024, examples=["the present passphrase"])
    password: SecretStr = Field(
        max_length=1024,
        description="At least 12 characters; common ones are refused.",
        examples=["a long new passphrase"],
    )


class SignInOut(Answer):
    """One sign-in and the refresh tokens that came from it."""

    id: UUID
    agent: str = Field(description="The program that signed in, as it called itself.")
    created_at: datetime
    used_at: datetime = Field(description="When it last got an access token.")
    expires_at: datetime
    revoked_at: datetime | None
    revoked_because: str | None


class SessionQuery(ListQuery):
    """Filters of a list of sessions."""

    running: bool | None = Field(None, description="True: those that can still get access tokens.")
