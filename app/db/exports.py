"""An export on its way: a task of its own owns the short read-only transaction, whoever reads gets its chunks.

The task is what makes endings prompt: when the reader leaves, it is cancelled, and with it the query in the database;
when the reader only stops reading, it ends at its time and frees the connection (HOUSE 3, API 13).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from app.db import reading
from app.db.listing import Form, Listing
from app.db.session import Database
from app.domain.access import Caller
from app.domain.asked import Asked
from app.domain.errors import Unavailable

#: Chunks that wait for the reader at most.
_WAITING = 4
#: How much is gathered into a chunk. One reading of the database's socket brings eight kilobytes, and what each chunk
#: costs on its way to the reader, and there, is the same for eight times as much.
_GATHERED = 64 * 1024


class TookTooLong(Unavailable):
    """The export did not end in the time that one may take. Ask for less by filters, or for fewer `fields`."""

    code = "export_took_too_long"
    title = "The export took longer than one may"


@dataclass(slots=True)
class Export:
    """What is exported, for whom, and for how many seconds at most."""

    database: Database
    caller: Caller | None
    listing: Listing
    asked: Asked
    form: Form
    seconds: int
    #: Of a spreadsheet, the names of its columns and their types in the database; there with the first chunk.
    columns: tuple[tuple[str, str], ...] = ()
    _chunks: asyncio.Queue[bytes | Exception | None] = field(default_factory=lambda: asyncio.Queue(_WAITING))
    _gathered: list[bytes] = field(default_factory=list)
    #: How much is missing to the next chunk: nothing to the first, which is sent as soon as it is there.
    _missing: int = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """Its chunks, whole lines each. When the block ends the database is free again, whatever was left unread."""
        work = asyncio.create_task(self._work())
        try:
            yield self._read()
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _read(self) -> AsyncIterator[bytes]:
        while (chunk := await self._chunks.get()) is not None:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    async def _work(self) -> None:
        ending: Exception | None = None
        try:
            async with asyncio.timeout(self.seconds):
                await self._copy()
        except TimeoutError as error:
            ending = _too_long(error)
        except Exception as error:  # noqa: BLE001 - carried to the reader, who raises it
            ending = error
            if isinstance(error.__cause__, asyncpg.QueryCanceledError):
                ending = _too_long(error)
        await self._chunks.put(ending)

    async def _copy(self) -> None:
        async with self.database.transaction(self.caller, read_only=True, beginning=self.beginning()) as tx:
            if self.form == "xlsx":
                self.columns = await reading.sheet_columns(tx, self.listing, self.asked)
            await reading.export(tx, self.listing, self.asked, self.form, self._gather)
        if self._gathered:
            await self._chunks.put(b"".join(self._gathered))

    async def _gather(self, rows: bytes) -> None:
        self._gathered.append(rows)
        self._missing -= len(rows)
        if self._missing <= 0:
            whole, self._missing = b"".join(self._gathered), _GATHERED
            self._gathered.clear()
            await self._chunks.put(whole)

    def beginning(self) -> str:
        """COPY is one statement from its first row to its last, so the limit of ordinary statements would cut it.

        Without a filter that an index could serve, rows come in the order of its index and the first one at once:
        sorting the whole would be cheaper in sum, and then silent for as long as it takes.
        """
        in_order = ";SET LOCAL enable_sort = off" if not self.asked.filters and self.asked.search is None else ""
        return f";SET LOCAL statement_timeout = {self.seconds * 1000}{in_order}"


def _too_long(error: BaseException) -> TookTooLong:
    told = TookTooLong(retry_after=60)
    told.__cause__ = error
    return told
