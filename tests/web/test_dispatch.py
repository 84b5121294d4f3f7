"""The short way through the tree of paths ends where the long one does, or nowhere."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from app.web.dispatch import Node, _straight

SEGMENTS = st.sampled_from(["a", "b", "c", ""])
TEMPLATES = st.lists(st.lists(st.sampled_from(["a", "b", "{}"]), min_size=1, max_size=4), max_size=6)


def grown(templates: list[list[str]]) -> Node:
    tree, target = Node(), Any
    for template in templates:
        node = tree
        for segment in template:
            if segment == "{}":
                node.parameter = node = node.parameter or Node()
            else:
                node = node.literal.setdefault(segment, Node())
        node.methods["GET"] = target  # type: ignore[assignment]  # nobody calls it
    return tree


@given(TEMPLATES, st.lists(SEGMENTS, min_size=1, max_size=4))
@example([["a", "b"], ["{}", "c"]], ["a", "c"])
def test_both_ways_find_the_same(templates: list[list[str]], path: list[str]) -> None:
    tree, segments = grown(templates), ["", *path]
    short: list[str] = []
    long: list[str] = []
    found = _straight(tree, segments, short)
    whole = tree.find(segments, 1, long)
    assert found is None or (found is whole and short == long)
