"""The service's own vocabulary as data."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from app.schemas.common import Answer


class TransitionOut(Answer):
    """One step of a graph."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_state: str = Field(alias="from")
    action: str
    to: str | None = Field(description="Null keeps the state, or goes back to an earlier one.")
    scope: str | None = Field(None, description="What its caller needs; null for the service itself.")
    guards: list[str] = Field(default_factory=list, description="Facts that have to hold.")
    required: list[str] = Field(default_factory=list, description="Fields of the payload that have to be sent.")
    optional: list[str] = Field(default_factory=list)
    effects: list[str] = Field(default_factory=list)


class WorkflowOut(Answer):
    """The life of a resource."""

    resource: str
    initial: str
    final: list[str]
    states: list[str]
    transitions: list[TransitionOut]


class Workflows(Answer):
    """Every life."""

    items: list[WorkflowOut]


class RoleOut(Answer):
    """A fixed role."""

    role: str
    scopes: list[str]


class ScopesAndRoles(Answer):
    """Who may do what; roles are given per organisation and component."""

    scopes: list[str]
    roles: list[RoleOut]


class CodeOut(Answer):
    """A code, which never changes, and its label in the language of the answer."""

    code: str
    label: str


class CodeList(Answer):
    """The codes that one kind of field may hold."""

    name: str
    codes: list[CodeOut]


class CodesOut(Answer):
    """All codes."""

    language: str
    items: list[CodeList]
