"""What both clients answer with, beside the generated types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

Row = TypeVar("Row")
Format = Literal["csv", "jsonl", "xlsx"]
SCOPE_CHANGED = "bmp.scope.changed"
OUT_OF_SIGHT = "bmp.object.out_of_sight"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page. `next` is the cursor of the page behind it, None on the last."""

    items: list[Row]
    next: str | None
    limit: int
    total: int | None
    truncated: bool


@dataclass(frozen=True, slots=True)
class Start:
    """A place in the feed, and what is in sight there."""

    cursor: str
    scope: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """An event, and the cursor to keep once it is dealt with (None: still the beginning of what is kept)."""

    event: Mapping[str, Any]
    cursor: str | None

    @property
    def type(self) -> str:
        """For instance `bmp.equipment.changed`."""
        return str(self.event["type"])

    @property
    def resource(self) -> str | None:
        """The word of the resource's path; None when it is about the scope."""
        return self._told("resource")

    @property
    def id(self) -> str | None:
        """The object."""
        return self._told("id")

    @property
    def version(self) -> int | None:
        """The version that this change made."""
        version = self.event["data"].get("version")
        return None if version is None else int(version)

    def _told(self, name: str) -> str | None:
        value = self.event["data"].get(name)
        return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """A page of the feed. Deal with its events, then keep `cursor`: also where there are none."""

    events: list[Mapping[str, Any]]
    cursor: str
    more: bool
