"""Clients: scripts with a named subset of their owner's scopes (DOMAIN 2, API 17)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.domain.access import Scope
from app.schemas.common import Answer, Body, DatedQuery, Ref, Related, Several, Text, Words, keep, sought

Authentication = Literal["client_secret_basic", "private_key_jwt"]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
Components = Annotated[list[Ref], Field(min_length=1, max_length=100)]
PublicKey = Annotated[
    dict[str, Any],
    Field(
        description="A public JWK: EC P-256, or RSA of 2048 to 4096 bits. Never a private key.",
        max_length=20,
        examples=[
            {
                "kty": "EC",
                "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            }
        ],
    ),
]


class SecretFacts(Answer):
    """When a live secret was made, and when it ends (null: when it is rotated out)."""

    created_at: datetime
    expires_at: datetime | None


class ClientOut(Answer):
    """A script."""

    id: UUID
    client_id: str = Field(description="What the token endpoint knows it by.")
    name: str
    organisation: Related
    owner: Related = Field(description="The person it counts as: separation of duties is between persons.")
    scopes: list[str]
    components: list[Related] | None = Field(description="Null: all that its owner may reach.")
    authentication: Authentication
    public_jwk: dict[str, str] | None
    secrets: list[SecretFacts] = Field(description="Live secrets, at most two while one is rotated out.")
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class ClientMade(Answer):
    """A client with its new secret, shown this once."""

    client: ClientOut
    client_secret: str | None = Field(description="Null for `private_key_jwt`.", examples=["bmp_…"])


class ClientIn(Body):
    """A new client, owned by whoever makes it."""

    id: UUID | None = None
    name: Text = Field(examples=["Nightly export"])
    scopes: Scopes = Field(examples=[["register:read", "equipment:read"]])
    components: Components | None = Field(None, examples=[["BMP-TN"]])
    authentication: Authentication = "client_secret_basic"
    public_jwk: PublicKey | None = Field(None, examples=[None])

    @model_validator(mode="after")
    def _has_its_key(self) -> Self:
        if (self.authentication == "private_key_jwt") != (self.public_jwk is not None):
            raise ValueError("a public key has to be given for private_key_jwt, and for nothing else")
        return self


class ClientChange(Body):
    """A JSON Merge Patch, by the owner only."""

    name: Text = keep()
    scopes: Scopes = keep()
    components: Components | None = None
    public_jwk: PublicKey = keep()


class RotationIn(Body):
    """How long the secret of before lives on beside the new one."""

    overlap_hours: int = Field(24, ge=0, le=168, description="Zero for a secret that leaked.")


class ClientQuery(DatedQuery):
    """Filters of the list of clients."""

    q: Words | None = sought("anywhere in the name of the client")
    organisation_id: Several[Ref] | None = Field(None, description="Clients of these organisations.")
    owner_id: Several[Ref] | None = Field(None, description="Clients that these accounts own.")
    active: bool | None = Field(None, description="True: open clients; false: closed ones.")
