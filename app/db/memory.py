"""What a transaction that writes many rows remembers, so that it does not ask the same of the database for each."""

from __future__ import annotations

from collections import Counter
from typing import Any


class Memory(dict[Any, Any]):
    """Answers by question. They are forgotten when a part of the transaction is taken back; `counts` is not."""

    def __init__(self) -> None:
        """Nothing yet."""
        super().__init__()
        self.counts: Counter[Any] = Counter()
