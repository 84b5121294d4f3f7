"""What webhooks tell of: the feed's events about objects (API 16). What went out of sight only the feed tells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.domain.changes import READ_SCOPE, VERBS, Wanted

PING: Final = "bmp.webhooks.ping"
TYPES: Final[tuple[str, ...]] = tuple(f"bmp.{resource}.{verb}" for resource in READ_SCOPE for verb in VERBS.values())
#: Events about what is gone.
DELETED: Final = f".{VERBS['delete']}"


def type_of(resource: str, action: str) -> str:
    """The CloudEvents type of a change."""
    return f"bmp.{resource}.{VERBS[action]}"


def kinds(wanted: Wanted, readable: Iterable[str]) -> list[str]:
    """`resource.action` of every change that is wanted, among resources that may be read."""
    among = [each for each in readable if wanted.resources is None or each in wanted.resources]
    return [f"{r}.{a}" for r in among for a in VERBS if wanted.types is None or type_of(r, a) in wanted.types]
