"""Every list and every single read of what there is, from the OpenAPI document: a newcomer is read with no edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.house.walking import API, Call, Document, Walk

#: Somebody among them holds each scope to read.
READERS = ("auditor", "root", "icmpd.manager", "icmpd.training", "icmpd.monitoring")
#: Objects of a list that are looked at one by one.
LOOKED_AT = 3


def is_list(document: Document, path: str) -> bool:
    """True for a GET that pages and counts."""
    operation = document.operations.get(("get", path), {})
    return {"cursor", "total"} <= {each["name"] for each in operation.get("parameters", ())}


async def everything(walk: Walk, readers: Sequence[str] = READERS) -> None:
    """Lists before what is inside of them."""
    for path in sorted((path for method, path in walk.document.operations if method == "get"), key=_depth):
        for address in await _addresses(walk, path):
            if is_list(walk.document, path):
                await _list(walk, address, readers)
            else:
                await _one(walk, address, readers)


def _depth(path: str) -> tuple[int, str]:
    return path.count("{"), path


async def _addresses(walk: Walk, path: str) -> list[str]:
    """The path itself, or with the ids of what its list shows."""
    if "{" not in path:
        return [path]
    parent, _, rest = path.partition("/{")
    name, _, rest = rest.partition("}")
    seen = [each for call in walk.calls if call.path == parent for each in _items(call)]
    made = walk.found.get(parent.removeprefix(API)) or walk.found.get(f"/{name}s") or []
    ids = list(dict.fromkeys(each["id"] for each in [*made, *seen]))
    return [f"{parent}/{each}{rest}" for each in ids[:LOOKED_AT]]


def _items(call: Call) -> list[dict[str, Any]]:
    if call.method != "GET" or not call.response.is_success or "format=" in call.address:
        return []
    items = call.response.json().get("items", [])
    return [each for each in items if "id" in each]


async def _list(walk: Walk, address: str, readers: Sequence[str]) -> None:
    """The page, its count, its second page, one line per object, and each related object in full."""
    first = await _read(walk, f"{address}?limit=2&total=exact", readers)
    if not first.response.is_success:
        return
    for query in ("limit=200", "format=jsonl", "format=csv"):
        await walk.ask("GET", f"{address}?{query}", by=first.account)
    following = first.response.json()["page"]["next"]
    if following:
        await walk.ask("GET", f"{address}?limit=2&total=exact&cursor={following}", by=first.account)
    for name in {name for item in first.response.json()["items"] for name in item}:
        await walk.ask("GET", f"{address}?expand={name}&limit=5", by=first.account)


async def _one(walk: Walk, address: str, readers: Sequence[str]) -> None:
    first = await _read(walk, address, readers)
    if not first.response.is_success:
        return
    if first.response.headers.get("etag"):
        headers = walk.world.headers(first.account)  # one token for both: `/me` tells when it ends
        tag = (await walk.ask("GET", address, headers=headers)).response.headers["etag"]
        again = await walk.ask("GET", address, headers={**headers, "If-None-Match": tag})
        assert (again.response.status_code, again.response.content) == (304, b""), address


async def _read(walk: Walk, address: str, readers: Sequence[str]) -> Call:
    """By the first reader who finds something, else by the first who may."""
    calls = []
    for account in readers:
        calls.append(await walk.ask("GET", address, by=account))
        if calls[-1].response.is_success and not _is_empty(calls[-1]):
            return calls[-1]
    return next((call for call in calls if call.response.is_success), calls[-1])


def _is_empty(call: Call) -> bool:
    return call.response.content.startswith(b'{"items":[]')
