"""People and scripts that call the API, what they may do, and the secrets by which they prove who they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import NOW, Base, Key, Versioned, choice, flag, json, to, words


class Account(Versioned, Base):
    """A person who logs in. A focal point's account names the agency whose subtree it sees."""

    __tablename__ = "accounts"
    __table_args__ = (
        sa.UniqueConstraint("account_name"),
        sa.UniqueConstraint("issuer", "subject"),
        sa.Index(None, "organisation_id"),
        sa.Index(None, "created_at", "id"),
    )
    id: Mapped[Key]
    organisation_id: Mapped[UUID] = to("organisations")
    agency_id: Mapped[UUID | None] = to("agencies")
    account_name: Mapped[str] = mapped_column(
        sa.CheckConstraint("account_name = lower(account_name) AND length(account_name) BETWEEN 3 AND 200", name="name")
    )
    display_name: Mapped[str]
    language: Mapped[str] = choice("language", "en", "fr", "it", "ar", server_default=sa.text("'en'"))
    active: Mapped[bool] = flag(default=True)
    issuer: Mapped[str | None]
    subject: Mapped[str | None]


class Grant(Base):
    """A role of an account, for all components of its organisation's delegations or for one."""

    __tablename__ = "grants"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "role", "component_id", postgresql_nulls_not_distinct=True),
        sa.Index(None, "organisation_id"),
        sa.Index(None, "created_at", "id"),
    )
    id: Mapped[Key]
    account_id: Mapped[UUID] = to("accounts")
    organisation_id: Mapped[UUID] = to("organisations")
    role: Mapped[str] = choice(
        "role",
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
    )
    component_id: Mapped[UUID | None] = to("components")
    granted_by: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(server_default=sa.text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Client(Versioned, Base):
    """A script. It has a named subset of its owner's scopes, and counts as its owner (DOMAIN 2)."""

    __tablename__ = "clients"
    __table_args__ = (
        sa.UniqueConstraint("client_id"),
        sa.Index(None, "organisation_id"),
        sa.Index(None, "created_at", "id"),
    )
    id: Mapped[Key]
    client_id: Mapped[str]
    organisation_id: Mapped[UUID] = to("organisations")
    owner_id: Mapped[UUID] = to("accounts")
    name: Mapped[str]
    scopes: Mapped[list[str]]
    component_ids: Mapped[list[UUID] | None]
    authentication: Mapped[str] = choice("authentication", "client_secret_basic", "private_key_jwt")
    public_jwk: Mapped[dict[str, Any] | None]
    active: Mapped[bool] = flag(default=True)


class Credential(Base):
    """A password hash. Out of reach of the application role but for narrow functions."""

    __tablename__ = "credentials"
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id"), primary_key=True)
    password_hash: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=NOW)
    #: Who handed out the link with which the account was entered last; a later change of password does not undo it.
    let_in_by: Mapped[UUID | None]
    let_in_by_administrator: Mapped[bool] = flag()


class ClientSecret(Base):
    """A client's secret, hashed; two may live at once while one is rotated out."""

    __tablename__ = "client_secrets"
    __table_args__ = (sa.Index(None, "client_id"),)
    id: Mapped[Key]
    client_id: Mapped[UUID] = to("clients")
    secret_hash: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime | None]


class OneTimeLink(Base):
    """An invitation or a password reset, handed out by an administrator, good once."""

    __tablename__ = "one_time_links"
    secret_hash: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = to("accounts")
    kind: Mapped[str] = choice("kind", "invitation", "reset")
    created_by: Mapped[UUID]
    by_administrator: Mapped[bool] = flag()
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignIn(Base):
    """A person's session: the family of refresh tokens that came from one log-in."""

    __tablename__ = "sign_ins"
    __table_args__ = (sa.Index(None, "account_id"), sa.Index(None, "created_at", "id"))
    id: Mapped[Key]
    account_id: Mapped[UUID] = to("accounts")
    organisation_id: Mapped[UUID] = to("organisations")
    agent: Mapped[str] = words("")
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    used_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None]


class RefreshToken(Base):
    """One link in a family; used once. Its reuse revokes the family."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (sa.Index(None, "sign_in_id"),)
    secret_hash: Mapped[bytes] = mapped_column(primary_key=True)
    sign_in_id: Mapped[UUID] = to("sign_ins")
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RevokedToken(Base):
    """An access token revoked before its time, and assertion ids already used, until they expire."""

    __tablename__ = "revoked_tokens"
    jti: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = choice("kind", "access", "assertion")
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LoginAttempt(Base):
    """A failed log-in, counted across all workers."""

    __tablename__ = "login_attempts"
    __table_args__ = (sa.Index(None, "subject", "at"),)
    id: Mapped[Key]
    subject: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=NOW)


class SecurityEntry(Base):
    """The security log: changes of rights, failed log-ins, token reuse, secret rotation (DOMAIN 2)."""

    __tablename__ = "security_log"
    __table_args__ = (sa.Index(None, "recorded_at", "id"), sa.Index(None, "organisation_id", "recorded_at"))
    id: Mapped[Key]
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)
    kind: Mapped[str]
    organisation_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]] = json("{}")
    request_id: Mapped[str | None]
