from __future__ import annotations

from dataclasses import replace

from app.domain.asked import Asked


def test_behind_a_row_everything_else_is_as_it_was() -> None:
    asked = Asked({"kind": ["a"]}, "-name", 7, None, "radio", ("id",), ("site",), "fr", "exact")
    assert asked.behind(("x", 1)) == replace(asked, after=("x", 1))
