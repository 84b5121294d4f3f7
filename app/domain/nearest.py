"""Which of the words that there are was perhaps meant: `Did you mean …?`."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from itertools import takewhile

#: Less alike than this is not even counted; of the rest, a third of the letters may differ, and one of up to five.
_ALIKE = 0.5
#: So many letters of a cut-off word say something about which was meant.
_TELLING = 3


def meant(given: str, valid: Collection[str]) -> str:
    """The question, with a blank in front: the one word that goes on from what is given, or else the nearest."""
    return cut_off(given, valid) or near(given, valid)


def near(given: str, valid: Collection[str]) -> str:
    """`Did you mean …?`, with a blank in front, where a valid value is close enough. Turned letters are closest."""
    typed = given.strip().casefold()
    by_folded = {each.casefold(): each for each in valid}
    # Few are left to be counted letter by letter.
    found = [(*_unlike(typed, each), each) for each in get_close_matches(typed, by_folded, 5, _ALIKE)]
    close = [(edits, sorted(each) != sorted(typed), each) for edits, most, each in found if edits <= most]
    return f" Did you mean {by_folded[min(close)[2]]}?" if close else ""


def cut_off(given: str, valid: Collection[str]) -> str:
    """The same question, where exactly one valid value goes on from what is given."""
    typed = given.strip().casefold()
    found = [each for each in valid if each.casefold().startswith(typed)] if len(typed) >= _TELLING else []
    return f" Did you mean {found[0]}?" if len(found) == 1 else ""


def _unlike(one: str, other: str) -> tuple[int, int]:
    """By how many letters two words differ, and by how many they may: a third of those behind what they begin with."""
    alike = "".join(letter for letter, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    # `SITE-`, `custody_`: what many begin with says nothing about which of them was meant.
    shared = max(alike.rfind(mark) for mark in "-_.") + 1
    most = max(1, (min(len(one), len(other)) - shared) // 3)
    return _edits(one[shared:], other[shared:]), most


def _edits(one: str, other: str) -> int:
    """How many letters have to be put in, taken out, changed, or turned with their neighbour."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i]
        for k, beside in enumerate(other, start=1):
            row.append(min(last[k] + 1, row[k - 1] + 1, last[k - 1] + (letter != beside)))
            if before and k > 1 and letter == other[k - 2] and one[i - 2] == beside:
                row[k] = min(row[k], before[k - 2] + 1)
        before, last = last, row
    return last[-1]
