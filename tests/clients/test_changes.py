"""The change feed through the client: to its end, for ever, over lost connections, with rights that come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from bmp_client import OUT_OF_SIGHT, Change, Client, errors
from tests.clients.conftest import Served, caught_up, serving, settled, site, until
from tests.world import World


def test_what_changed_is_told_with_cursors_that_lose_nothing(served: Served, world: World) -> None:
    with served.client(world) as bmp:
        assert str(world["tunisia"]) in bmp.changes.cursor().scope["components"]
        start = settled(bmp)
        made = [bmp.sites.create(**site()) for _ in range(3)]
        bmp.sites.change(made[0], kind="port")
        ids = {each["id"] for each in made}
        seen = caught_up(bmp, start, ids)
        for _ in until():
            if len(seen) == 4:
                break
            seen += list(bmp.changes.follow(seen[-1].cursor))
        assert [each.type for each in seen] == ["bmp.sites.created"] * 3 + ["bmp.sites.changed"]
        assert (seen[3].resource, seen[3].id, seen[3].version) == ("sites", made[0]["id"], 2)
        for at in range(4):  # whoever stops behind any event and goes on from its cursor misses nothing
            rest = list(bmp.changes.follow(seen[at].cursor))
            assert {each.event["id"] for each in seen[at + 1 :]} <= {each.event["id"] for each in rest}
        one_by_one = [event for page in bmp.changes.pages(start, limit=1) for event in page.events]
        assert [event["id"] for event in one_by_one] == [each.event["id"] for each in seen]
        assert list(bmp.changes.follow(start, resource=["equipment"])) == []
        assert list(bmp.changes.follow(seen[-1].cursor)) == []
        with pytest.raises(errors.Invalid):
            bmp.changes.page("no cursor")


class Breaking(httpx.BaseTransport):
    """Every stream of events breaks after its first event, as often as it is told."""

    def __init__(self, times: int) -> None:
        self.inner, self.left, self.opened = httpx.HTTPTransport(), times, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        if not request.url.path.endswith("/events"):
            return answer
        self.opened += 1
        if self.left == 0:
            return answer
        self.left -= 1

        class Broken(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                for chunk in answer.stream:  # type: ignore[union-attr] # it is a synchronous stream
                    yield chunk
                    if b"data:" in chunk:
                        raise httpx.ReadError("the network is gone", request=request)

            def close(self) -> None:
                answer.close()

        return httpx.Response(answer.status_code, headers=answer.headers, stream=Broken())

    def close(self) -> None:
        self.inner.close()


def live(bmp: Client, after: str | None, count: int, act: Callable[[int], None]) -> list[Change]:
    """So many events as they happen; `act` is called after each."""
    seen: list[Change] = []
    for change in bmp.changes.follow(after, live=True):
        seen.append(change)
        if len(seen) == count:
            break
        act(len(seen))
    return seen


def test_a_stream_goes_on_where_it_broke(served: Served, world: World) -> None:
    line = Breaking(2)
    with served.client(world, transport=line) as bmp, served.client(world) as other:
        start = settled(bmp)
        made = [other.sites.create(**site())["id"]]
        seen = live(bmp, start, 4, lambda _: made.append(other.sites.create(**site())["id"]))
        assert [each.id for each in seen] == made
        assert line.opened >= 2
        assert [each.id for each in bmp.changes.follow(seen[1].cursor)][-2:] == made[2:]


def test_streams_that_end_by_themselves_are_opened_again(served: Served, world: World) -> None:
    """Here each stream ends as soon as it has told what there is; whoever follows does not notice."""
    line = Breaking(0)
    with (
        serving(served.settings.model_copy(update={"stream_seconds": 0}), working=False) as short,
        short.client(world, transport=line) as bmp,
        served.client(world) as other,
    ):
        start = settled(bmp)
        made = [other.sites.create(**site())["id"]]
        seen = live(bmp, start, 3, lambda _: made.append(other.sites.create(**site())["id"]))
        assert [each.id for each in seen] == made
        assert line.opened >= 2


def test_what_goes_out_of_sight_is_told_by_id_only(served: Served, world: World) -> None:
    with served.client(world) as manager, served.client(world, "tn.focal.sfax") as focal:
        start = focal.changes.cursor()
        made = manager.sites.create(**site(organisation="ORG-TN-COAST-GUARD", agency="AG-TN-SFAX", kind="port"))
        seen = caught_up(focal, start.cursor, {made["id"]})
        assert seen[-1].type == "bmp.sites.created"
        manager.sites.change(made, agency="AG-TN-ZARZIS")
        gone: list[Change] = []
        for _ in until():
            if gone:
                break
            gone = list(focal.changes.follow(seen[-1].cursor))
        assert [(each.type, each.id, each.version) for each in gone] == [(OUT_OF_SIGHT, made["id"], None)]
