"""What a request asks of a list, in plain values: schemas parse it, the reading helper answers it (API 4 to 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks of a list, parsed and typed, whatever resource it is."""

    filters: Mapping[str, Any] = field(default_factory=dict)
    sort: str | None = None
    limit: int = 50
    after: tuple[Any, ...] | None = None
    search: str | None = None
    fields: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    language: str = "en"
    total: Literal["none", "estimate", "exact"] = "none"

    def behind(self, keys: tuple[Any, ...]) -> Asked:
        """The same from behind the row with these order keys (`dataclasses.replace` takes four times as long)."""
        return Asked(
            self.filters,
            self.sort,
            self.limit,
            keys,
            self.search,
            self.fields,
            self.expand,
            self.language,
            self.total,
        )
