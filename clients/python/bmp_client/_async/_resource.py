"""What every resource can do: lists, single objects, changes, exports. The typed resources are generated on top."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from os import PathLike
from typing import Any, cast

from bmp_client._async._sending import AsyncSender
from bmp_client._calls import API, Call, Ref, ident, if_match, new_key, parameters
from bmp_client._files import Progress, save
from bmp_client._shapes import Format, Page
from bmp_client.errors import Incomplete

#: Rows of a page when a list is iterated over.
MOST_ON_A_PAGE = 200
#: Ids that a list takes at once.
MOST_IDS = 100
MEDIA = {
    "csv": "text/csv",
    "jsonl": "application/jsonl",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class AsyncActing:
    """Calls of one resource."""

    def __init__(self, sender: AsyncSender, name: str) -> None:
        """`name` is the word of its path."""
        self._sender = sender
        self.name = name
        self.path = f"{API}/{name}"

    def at(self, *parts: Ref) -> str:
        """The path of something below the resource."""
        return "/".join((self.path, *(ident(part) for part in parts)))

    async def fetch(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """GET."""
        return await self._sender.json(Call("GET", path, parameters(query or {})))

    async def pages_of(
        self, path: str, query: Mapping[str, Any], cursor: str | None = None
    ) -> AsyncIterator[Page[Any]]:
        """Every page of a list, as it is asked for."""
        asked = {"limit": MOST_ON_A_PAGE, **query}
        while True:
            page = await self.page_of(path, asked, cursor)
            yield page
            if page.next is None:
                return
            cursor = page.next

    async def page_of(self, path: str, query: Mapping[str, Any], cursor: str | None) -> Page[Any]:
        """One page of a list."""
        value = await self.fetch(path, {**query, "cursor": cursor})
        page = value["page"]
        return Page(value["items"], page["next"], page["limit"], page.get("total"), page.get("truncated", False))

    async def rows_of(self, path: str, query: Mapping[str, Any]) -> AsyncIterator[Any]:
        """Every row of a list."""
        async for page in self.pages_of(path, query):
            for row in page.items:
                yield row

    async def many_of(self, path: str, refs: Iterable[Ref]) -> dict[str, Any]:
        """Rows of a list by id, many at a time. What is not there, or out of sight, is not in the answer."""
        wanted = tuple(dict.fromkeys(ident(ref) for ref in refs))
        found: dict[str, Any] = {}
        for begin in range(0, len(wanted), MOST_IDS):
            async for row in self.rows_of(path, {"id": wanted[begin : begin + MOST_IDS]}):
                found[row["id"]] = row
        return found

    async def act(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        on: Ref | None = None,
        version: int | None = None,
        key: str | None = None,
        keyed: bool = True,
    ) -> Any:
        """A call that changes something. `on` is the object whose version has to be the present one."""
        headers = {} if on is None else if_match(on, version)
        given = (key or new_key()) if method == "POST" and keyed else None
        return await self._sender.json(Call(method, path, body=body, headers=headers, key=given))

    async def save_rows(
        self,
        path: str,
        form: Format,
        target: str | PathLike[str],
        progress: Progress | None,
        query: Mapping[str, Any],
    ) -> int:
        """Write a whole list to a file; the number of bytes. The file is there whole, or not at all.

        An export that was cut off is begun again, as often as other calls are. JSON Lines are counted by the service
        too, and the two counts have to agree.
        """
        lines = {"trailer": "true"} if form == "jsonl" else {}
        call = Call("GET", path, parameters({**query, **lines}), headers={"Accept": MEDIA[form]})
        tries = self._sender.retries.most
        while True:
            try:
                return await self._save_once(call, target, progress, trailer=bool(lines))
            except Incomplete:
                tries -= 1
                if tries < 0:
                    raise

    async def _save_once(
        self, call: Call, target: str | PathLike[str], progress: Progress | None, *, trailer: bool
    ) -> int:
        async with self._sender.stream(call) as response:
            with save(target, progress, response.headers.get("content-length")) as file:
                async for chunk in response.aiter_bytes():
                    file.write(chunk)
                if trailer and not file.drop_trailer():
                    raise Incomplete(f"{call.path}: not every row has come")
            return file.written


class AsyncAnyResource(AsyncActing):
    """A resource by the word of its path, untyped: for what this version does not know yet."""

    def list(self, **filters: Any) -> AsyncIterator[dict[str, Any]]:
        """Every row, over all pages, as it is asked for."""
        return self.rows_of(self.path, filters)

    async def page(self, cursor: str | None = None, **filters: Any) -> Page[dict[str, Any]]:
        """One page."""
        return await self.page_of(self.path, filters, cursor)

    async def get(self, ref: Ref, /, **query: Any) -> dict[str, Any]:
        """One object, by its id or reference."""
        return cast("dict[str, Any]", await self.fetch(self.at(ref), query))

    async def get_many(self, refs: Iterable[Ref], /) -> dict[str, dict[str, Any]]:
        """Objects as the list shows them, by id. What is not there, or out of sight, is not in the answer."""
        return await self.many_of(self.path, refs)

    async def create(self, *, idempotency_key: str | None = None, **body: Any) -> dict[str, Any]:
        """A new object."""
        return cast("dict[str, Any]", await self.act("POST", self.path, body, key=idempotency_key))

    async def change(self, ref: Ref, /, *, if_match: int | None = None, **patch: Any) -> dict[str, Any]:
        """Change what is named; None empties. The object has to be at the version that was read."""
        made = await self.act("PATCH", self.at(ref), patch, on=ref, version=if_match)
        return cast("dict[str, Any]", made)

    async def post(
        self, ref: Ref, verb: str, /, *, if_match: int | None = None, idempotency_key: str | None = None, **body: Any
    ) -> dict[str, Any]:
        """A verb of the trade on an object."""
        path = f"{self.at(ref)}/{verb}"
        made = await self.act("POST", path, body or None, on=ref, version=if_match, key=idempotency_key)
        return cast("dict[str, Any]", made)

    async def export(
        self, form: Format, target: str | PathLike[str], *, progress: Progress | None = None, **filters: Any
    ) -> int:
        """Write the whole list to a file; the number of bytes."""
        return await self.save_rows(self.path, form, target, progress, filters)
