"""The token endpoint's words (RFC 6749, 7009, 7523). Unknown form members are ignored, as RFC 6749 demands."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from app.schemas.common import Answer

OAuthWord = Literal[
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
]


class TokenRequest(BaseModel):
    """A form. Which members are needed, `grant_type` says."""

    grant_type: str = Field(
        max_length=100,
        description="`client_credentials`, `refresh_token`, or `password` where the deployment allows it.",
        examples=["client_credentials"],
    )
    scope: str | None = Field(None, max_length=4000, description="Fewer scopes than one has, separated by spaces.")
    username: str | None = Field(None, max_length=1000, description="The account name, for `password`.")
    password: SecretStr | None = Field(None, max_length=1024, description="For `password`.")
    refresh_token: SecretStr | None = Field(None, max_length=200, description="For `refresh_token`; good once.")
    client_id: str | None = Field(None, max_length=200, description="With a client assertion, if at all.")
    client_secret: SecretStr | None = Field(
        None, max_length=200, description="Not accepted here: send it by HTTP Basic authentication."
    )
    client_assertion_type: str | None = Field(
        None, max_length=100, description="`urn:ietf:params:oauth:client-assertion-type:jwt-bearer`"
    )
    client_assertion: SecretStr | None = Field(
        None, max_length=8192, description="A JWT signed with the client's key (`private_key_jwt`); good once."
    )


class RevocationRequest(BaseModel):
    """A form (RFC 7009)."""

    token: SecretStr = Field(max_length=8192, description="An access token or a refresh token.", examples=["a-token"])
    token_type_hint: str | None = Field(None, max_length=100, description="Not needed: tokens tell what they are.")


class TokenOut(Answer):
    """An access token for minutes; for people, a refresh token for the next one."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds.")
    scope: str = Field(description="What was given, which may be less than what was asked for.")
    refresh_token: str | None = Field(None, description="Good once: its answer brings the next one.")


class OAuthProblem(Answer):
    """A refusal as RFC 6749 (section 5.2) wants it: libraries read these members."""

    error: OAuthWord
    error_description: str
    error_uri: str
    code: OAuthWord = Field(description="The same as `error`, where all other refusals have their code.")
    request_id: str
