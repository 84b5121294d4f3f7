"""Lists and single reads, from a declared listing to the answer; pages as JSON, everything as CSV, JSON Lines, XLSX."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response

from app.db import reading
from app.db.exports import Export
from app.db.listing import Form, Listing
from app.db.plans import plan_export
from app.db.session import Tx
from app.documents import sheets
from app.domain.access import Caller
from app.domain.asked import Asked
from app.domain.errors import Rejected
from app.problems import ParameterFault
from app.schemas.common import PageQuery, ReadQuery
from app.web.answers import answer_list, answer_one, answer_stream, representation
from app.web.exports import Places

FORMS = {"json": "application/json", "jsonl": "application/jsonl", "csv": "text/csv", "xlsx": sheets.MEDIA_TYPE}
#: What the list operations offer, for the OpenAPI document.
LIST_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/jsonl": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
            sheets.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}
#: What the database's types are in a spreadsheet; all others are text.
_KINDS: dict[str, sheets.Kind] = {
    **dict.fromkeys(("int2", "int4", "int8"), "integer"),
    **dict.fromkeys(("numeric", "float4", "float8"), "decimal"),
    "bool": "truth",
    "date": "day",
    "timestamptz": "instant",
}
#: How much of a table is made into sheet XML and packed at a time, in a thread: enough to be worth the way there.
_PACKED_AT_ONCE = 256 * 1024


async def answer_query(
    request: Request,
    tx: Tx,
    listing: Listing,
    query: PageQuery,
    language: str,
    *,
    within: Mapping[str, Any] | None = None,
) -> Response:
    """A page of a list, or the whole of it as a stream when CSV, JSON Lines or XLSX is asked for (API 4 and 13).

    `within` are filters that the path sets: `/equipment/{id}/history` is a part of all histories.
    """
    asked = query.asked(language)
    if within:
        asked = replace(asked, filters={**asked.filters, **within})
    asked = await reading.named(tx, listing, asked)
    form = representation(request, FORMS, query.format)
    if query.trailer and form != "jsonl":
        raise Rejected([ParameterFault("/trailer", "no_trailer", "Only `format=jsonl` ends in a trailer.")])
    if form != "json":
        return await _stream(request, tx.caller, listing, query, asked, cast("Form", form))
    page = await reading.page(tx, listing, asked, query.cursor)
    return answer_list(
        request,
        page.items,
        next_cursor=page.next,
        limit=page.limit,
        total=page.total,
        truncated=page.truncated,
        estimated=page.estimated,
        personal=listing.personal,
    )


async def answer_read(
    request: Request, tx: Tx, listing: Listing, ident: Any, query: ReadQuery, language: str
) -> Response:
    """One object by its id or reference, with its validators."""
    found = await reading.one(tx, listing, ident, query.asked(language))
    return answer_one(request, found.body, found.version, personal=listing.personal)


async def _stream(
    request: Request, caller: Caller | None, listing: Listing, query: PageQuery, asked: Asked, form: Form
) -> Response:
    plan_export(listing, asked, form)  # what is wrong with the question is said before it starts
    state = request.app.state
    export = Export(state.database, caller, listing, asked, form, state.settings.export_seconds)
    chunks = _held(state.exports, export, trailer=query.trailer)
    return await answer_stream(chunks, media_type=FORMS[form], filename=f"{listing.resource}.{form}")


async def _held(places: Places, export: Export, *, trailer: bool) -> AsyncGenerator[bytes, None]:
    """The export's bytes, while it holds one of the places."""
    with places.one(export.caller.id if export.caller else None):
        async with export.running() as chunks, aclosing(_formed(export, chunks, trailer=trailer)) as formed:
            async for chunk in formed:
                yield chunk


async def _formed(export: Export, chunks: AsyncIterator[bytes], *, trailer: bool) -> AsyncGenerator[bytes, None]:
    if export.form == "xlsx":
        async for packed in _packed(export, chunks):
            yield packed
        return
    count = 0
    async for chunk in chunks:
        if trailer:
            count += chunk.count(b"\n")
        yield chunk
    if trailer:
        yield b'{"count":%d}\n' % count


async def _packed(export: Export, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The table as XLSX. The first chunk is packed at once, so that the first byte does not wait for more."""
    book: sheets.Workbook | None = None
    waiting: list[bytes] = []
    async for chunk in chunks:
        waiting.append(chunk)
        if book is None:
            book = _book(export)
        elif sum(map(len, waiting)) < _PACKED_AT_ONCE:
            continue
        yield await asyncio.to_thread(book.rows, b"".join(waiting))
        waiting.clear()
    book = book or _book(export)
    yield await asyncio.to_thread(book.rows, b"".join(waiting)) + book.end()


def _book(export: Export) -> sheets.Workbook:
    return sheets.Workbook(export.listing.resource, [(name, _KINDS.get(kind, "text")) for name, kind in export.columns])
