"""`bmp_client/_sync/`: the asynchronous source without `async`, word by word (ADR 23)."""

from __future__ import annotations

import re

#: Modules that are written by hand on both sides.
BY_HAND = frozenset({"__init__.py", "_waiting.py"})

_WORDS = (
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\b__a(enter|exit|iter|next)__\b", r"__\1__"),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\ba(close|read|iter_bytes|iter_lines)\b", r"\1"),
    (r"\bAsync([A-Z]\w*)", r"\1"),
    (r"\b_async\b", "_sync"),
    (r"\basynchronous\b", "synchronous"),
)


def synchronous(text: str, name: str) -> str:
    """The same module, synchronous."""
    for pattern, instead in _WORDS:
        text = re.sub(pattern, instead, text)
    if "Generated" in text[:200]:
        return text
    return f"# Generated from _async/{name} by `make clients`: do not edit.\n{text}"
