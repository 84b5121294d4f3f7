# Generated from _async/changes.py by `make clients`: do not edit.
"""The change feed: what changed since a cursor, to its end or for ever."""

from __future__ import annotations

import builtins
import json
from collections.abc import Generator, Mapping, Sequence
from typing import Any

from bmp_client._calls import Call, parameters
from bmp_client._shapes import Change, ChangesPage, Start
from bmp_client._sse import SILENCE_S, Comings, Reader, Sent
from bmp_client._sync._resource import Acting
from bmp_client._sync._waiting import sleep
from bmp_client.errors import Incomplete, RateLimited, Unavailable, Unreachable

#: Events of a page.
MOST_ON_A_PAGE = 1_000


class Changes(Acting):
    """`GET /changes` and its stream."""

    def cursor(self) -> Start:
        """The place behind the last change. Take it before a first full read."""
        value = self.fetch(self.at("cursor"))
        return Start(value["cursor"], value["scope"])

    def page(
        self,
        after: str | None,
        *,
        resource: Sequence[str] | None = None,
        type: Sequence[str] | None = None,  # noqa: A002 - the parameter's name
        limit: int = MOST_ON_A_PAGE,
    ) -> ChangesPage:
        """One page behind a cursor; None: from the oldest change that is kept."""
        query = {"after": after, "resource": _several(resource), "type": _several(type), "limit": limit}
        value = self.fetch(self.path, query)
        return ChangesPage(value["items"], value["page"]["next"], value["page"]["more"])

    def pages(self, after: str | None, **filters: Any) -> Generator[ChangesPage, None]:
        """Every page up to now."""
        while True:
            page = self.page(after, **filters)
            yield page
            if not page.more:
                return
            after = page.cursor

    def follow(
        self,
        after: str | None,
        *,
        live: bool = False,
        resource: Sequence[str] | None = None,
        type: Sequence[str] | None = None,  # noqa: A002 - the parameter's name
    ) -> Generator[Change, None]:
        """Every event behind a cursor; with `live` the ones to come too, over lost connections and expired tokens.

        Keep `cursor` of an event when it is dealt with. After a crash events may come again, with the same `id`.
        CursorExpired and FeedRewound mean: begin again with a new cursor.
        """
        for page in self.pages(after, resource=resource, type=type):
            for index, event in enumerate(page.events):
                last = index == len(page.events) - 1
                yield Change(event, page.cursor if last else after)
            after = page.cursor
        if live and after is not None:
            for change in self._live(after, {"resource": _several(resource), "type": _several(type)}):
                yield change

    def _live(self, after: str, query: Mapping[str, Any]) -> Generator[Change, None]:
        reader, coming = Reader(after), Comings()
        while True:
            try:
                for sent in self._stream(reader, query):
                    if sent.event == "close":
                        coming.ended(str(json.loads(sent.data).get("reason", "")))
                        break
                    coming.heard()
                    yield Change(json.loads(sent.data), sent.id)
                else:
                    coming.ended("lost")
            except (Incomplete, Unreachable):
                coming.ended("lost")
            except (RateLimited, Unavailable):
                coming.ended("no_place")
            if coming.needs_token and self._sender.tokens is not None:
                self._sender.tokens.drop()
            sleep(coming.rest_s)

    def _stream(self, reader: Reader, query: Mapping[str, Any]) -> Generator[Sent, None]:
        """The events of one connection."""
        reader.begin()
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(reader.last_id)}
        call = Call("GET", self.at("events"), parameters(query), headers=headers, silence_s=SILENCE_S)
        with self._sender.stream(call) as response:
            for line in response.iter_lines():
                sent = reader.line(line)
                if sent is not None:
                    yield sent


def _several(values: Sequence[str] | str | None) -> builtins.list[str] | None:
    if values is None:
        return None
    return [values] if isinstance(values, str) else list(values)
