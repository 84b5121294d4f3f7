"""An item's history as spans: its whole state from one instant to the next, as known now (DOMAIN 3, Time).

The table `item_spans` keeps them, so that `as_of` is one look-up. The door writes what this module says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.domain.history import Event, effective
from app.domain.item import ItemState, with_changes


@dataclass(frozen=True, slots=True)
class Span:
    """The state in `[starts_at, ends_at)`; `ends_at` None is the span that lasts until now and on."""

    starts_at: datetime
    ends_at: datetime | None
    state: ItemState


def spans(events: Iterable[Event], known_at: datetime | None = None) -> list[Span]:
    """One span per instant at which something happened, in order, without gaps or overlaps.

    Events of the same instant make one span: the state after the last of them.
    """
    states: dict[datetime, ItemState] = {}
    state = ItemState()
    for event in effective(events, known_at=known_at):
        state = states[event.occurred_at] = with_changes(state, event.changes, event.occurred_at)
    starts = list(states)
    ends = [*starts[1:], None]
    return [Span(start, end, states[start]) for start, end in zip(starts, ends, strict=False)]
