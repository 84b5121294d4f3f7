from __future__ import annotations

from app.domain.changes import READ_SCOPE, Wanted
from app.domain.webhook_events import TYPES, kinds, type_of


def test_types_are_those_of_the_feed_about_objects() -> None:
    assert len(TYPES) == 3 * len(READ_SCOPE)
    assert type_of("sites", "update") == "bmp.sites.changed"
    assert type_of("handovers", "insert") in TYPES


def test_what_is_wanted_among_what_may_be_read() -> None:
    assert kinds(Wanted(), ["sites"]) == ["sites.insert", "sites.update", "sites.delete"]
    assert kinds(Wanted(frozenset({"sites"})), ["agencies"]) == []
    assert kinds(Wanted(None, frozenset({"bmp.sites.deleted"})), ["sites", "agencies"]) == ["sites.delete"]
