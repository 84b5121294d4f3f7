"""Lists and single reads, from a declared listing to the answer; pages as JSON, everything as CSV or JSON Lines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.db import reading
from app.db.listing import Asked, Listing, plan_export
from app.db.session import Database, Tx
from app.domain.access import Caller
from app.domain.errors import Rejected
from app.schemas.common import ListQuery, ReadQuery
from app.web.answers import answer_list, answer_one, answer_stream, representation

FORMS = {"json": "application/json", "jsonl": "application/jsonl", "csv": "text/csv"}
#: What the list operations offer, for the OpenAPI document.
LIST_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/jsonl": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
        }
    }
}


async def answer_query(
    request: Request,
    tx: Tx,
    listing: Listing,
    query: ListQuery,
    language: str,
    *,
    within: Mapping[str, Any] | None = None,
) -> Response:
    """A page of a list, or the whole of it as a stream when CSV or JSON Lines are asked for (API 4 and 13).

    `within` are filters that the path sets: `/equipment/{id}/history` is a part of all histories.
    """
    asked = query.asked(language)
    if within:
        asked = replace(asked, filters={**asked.filters, **within})
    asked = await reading.named(tx, listing, asked)
    form = representation(request, FORMS, query.format)
    if query.trailer and form != "jsonl":
        raise Rejected.at("/query/trailer", "not_here", "Only JSON Lines end with a trailer.")
    if form != "json":
        return await _stream(request, tx.caller, listing, asked, form, trailer=query.trailer)
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
    request: Request, caller: Caller | None, listing: Listing, asked: Asked, form: str, *, trailer: bool
) -> Response:
    plan_export(listing, asked, as_cells=form == "csv")  # what is wrong with the question is said before it starts
    database: Database = request.app.state.database
    chunks = _rows(database, caller, listing, asked, as_cells=form == "csv")
    if trailer:
        chunks = _counted(chunks)
    return await answer_stream(chunks, media_type=FORMS[form], filename=f"{listing.resource}.{form}")


async def _rows(
    database: Database, caller: Caller | None, listing: Listing, asked: Asked, *, as_cells: bool
) -> AsyncIterator[bytes]:
    """The stream owns its short read-only transaction (HOUSE 3)."""
    async with database.transaction(caller, read_only=True) as tx:
        async for chunk in reading.export(tx, listing, asked, as_cells=as_cells):
            yield chunk


async def _counted(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """JSON Lines with their number at the end: a stream that was cut has none."""
    count = 0
    async for chunk in chunks:
        count += chunk.count(b"\n")
        yield chunk
    yield b'{"trailer":{"count":%d}}\n' % count
