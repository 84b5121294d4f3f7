# Generated from _async/jobs.py by `make clients`: do not edit.
"""Jobs: background work that was asked for; wait for one, and see how far it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from typing import Any, cast

from bmp_client._calls import Call, Ref
from bmp_client._shapes import Page
from bmp_client._sse import SILENCE_S, Comings, Reader
from bmp_client._sync._resource import Acting
from bmp_client._sync._waiting import sleep
from bmp_client.errors import Incomplete, JobFailed, RateLimited, Unavailable, Unreachable
from bmp_client.models import JobListed, JobOut

FINAL = frozenset({"succeeded", "failed", "dead", "cancelled"})


class Jobs(Acting):
    """`/jobs`."""

    def list(self, **filters: Any) -> Iterator[JobListed]:
        """One's own jobs, the latest first."""
        return self.rows_of(self.path, filters)

    def page(self, cursor: str | None = None, **filters: Any) -> Page[JobListed]:
        """One page of them."""
        return self.page_of(self.path, filters, cursor)

    def get(self, job: Ref) -> JobOut:
        """One job: state, progress, result or problem."""
        return cast("JobOut", self.fetch(self.at(job)))

    def cancel(self, job: Ref, *, idempotency_key: str | None = None) -> JobOut:
        """Ask for its end."""
        return cast("JobOut", self.act("POST", f"{self.at(job)}/cancel", key=idempotency_key))

    def retry(self, job: Ref, *, idempotency_key: str | None = None) -> JobOut:
        """Try it again after it failed."""
        return cast("JobOut", self.act("POST", f"{self.at(job)}/retry", key=idempotency_key))

    def wait(self, job: Ref, *, progress: Callable[[JobListed], None] | None = None) -> JobOut:
        """The job once it has succeeded; JobFailed when it ended otherwise. `progress` sees it whenever it moves."""
        for seen in self.watch(job):
            if progress is not None:
                progress(seen)
        ended = self.get(job)
        if ended["state"] != "succeeded":
            raise JobFailed(ended)
        return ended

    def watch(self, job: Ref) -> Generator[JobListed, None]:
        """The job whenever something about it is new, until it has ended; over lost connections and expired tokens."""
        coming = Comings()
        while True:
            try:
                for seen in self._events(job):
                    coming.heard()
                    yield seen
                    if seen["state"] in FINAL:
                        return
                coming.ended("token_expired")
            except (Incomplete, Unreachable, RateLimited, Unavailable):
                coming.ended("lost")
            sleep(coming.rest_s)

    def _events(self, job: Ref) -> Generator[JobListed, None]:
        reader = Reader()
        call = Call("GET", f"{self.at(job)}/events", headers={"Accept": "text/event-stream"}, silence_s=SILENCE_S)
        with self._sender.stream(call) as response:
            for line in response.iter_lines():
                sent = reader.line(line)
                if sent is not None and sent.event == "job":
                    yield cast("JobListed", json.loads(sent.data))
