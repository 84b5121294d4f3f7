"""The connections of one process, behind a fair queue.

asyncpg's own pool wraps each taking and each giving back in tasks and timers of its own, which cost more than the
statement of a single read (ADR 18), and lets newcomers overtake (HOUSE 3.7). Nothing here sets session state, so
there is nothing to reset: what is left to do is to keep open connections, in order.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import asyncpg
import structlog

from app.domain.errors import Unavailable

Connection = Any  # asyncpg's connection is not typed

#: A connection that nobody wanted for so long is closed instead of used: something between may have forgotten it.
IDLE_SECONDS = 300.0
#: How long a transaction that was left open may take to roll back before its connection is cut.
ROLLBACK_SECONDS = 2.0
CLOSE_SECONDS = 5.0

log = structlog.get_logger(__name__)


class Pool:
    """At most `size` connections, made when they are needed, each used by one transaction at a time."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], *, size: int, timeout: float) -> None:
        """Nothing is opened before it is needed. `timeout` bounds the wait for a place, in seconds."""
        self._connect = connect
        self._timeout = timeout
        self._gate = FairGate(size)
        #: Free connections and since when, the one used last at the end.
        self._idle: deque[tuple[Connection, float]] = deque()
        self._taken: set[Connection] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._open = True

    @property
    def busy(self) -> int:
        """How many places are taken."""
        return self._gate.taken

    async def take(self) -> Connection:
        """A connection, in the order of asking; Unavailable when none comes free in time or the server is away."""
        if not self._open:
            raise Unavailable("The service is stopping.", retry_after=2)
        try:
            await self._gate.enter(self._timeout)
        except TimeoutError:
            raise Unavailable("All database connections are busy.", retry_after=1) from None
        try:
            connection = self._last_used() or await self._connect()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            self._gate.leave()
            log.warning("database.unreachable", error=type(error).__name__)
            raise Unavailable("The database cannot be reached.", retry_after=2) from error
        except BaseException:
            self._gate.leave()
            raise
        self._taken.add(connection)
        return connection

    def take_at_once(self) -> Connection | None:
        """A connection where one is free and nobody waits for it; else None, and `take` is the way."""
        if not self._open or not self._idle or not self._gate.enter_at_once():
            return None
        connection = self._last_used()
        if connection is None:
            self._gate.leave()
            return None
        self._taken.add(connection)
        return connection

    def give_back_clean(self, connection: Connection) -> None:
        """Take a connection back whose last statement ended, with no transaction open."""
        self._taken.discard(connection)
        if not connection.is_closed():
            if self._open:
                self._idle.append((connection, time.monotonic()))
            else:
                cut(connection)
        self._gate.leave()

    def _last_used(self) -> Connection | None:
        """The free connection that was used last, if it still stands."""
        idle = self._idle
        while idle:
            connection, since = idle.pop()
            if connection.is_closed():
                continue
            if time.monotonic() - since <= IDLE_SECONDS:
                return connection
            self._close_later([connection, *(older for older, _ in idle)])
            idle.clear()
        return None

    async def give_back(self, connection: Connection, *, clean: bool) -> None:
        """Take a connection back. `clean` says that its last statement ended and no transaction is open.

        Otherwise an open transaction is rolled back, and whatever else was under way is cut off with its connection:
        the driver knows of a BEGIN only once it is answered, and the next caller must find nothing of this one.
        """
        try:
            if not clean and not connection.is_closed():
                await asyncio.shield(_end(connection))
        except asyncio.CancelledError:
            cut(connection)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, a connection that is cut leaves nothing behind
            log.warning("database.rollback", error=type(error).__name__)
            cut(connection)
        finally:
            self.give_back_clean(connection)

    def _close_later(self, connections: Iterable[Connection]) -> None:
        task = asyncio.get_running_loop().create_task(_close_all(connections))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Let what runs end in time, then close every connection; those that do not end are cut."""
        self._open = False
        free, self._idle = [connection for connection, _ in self._idle], deque()
        await _close_all(free)
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                for _ in range(self._gate.places):
                    await self._gate.enter(CLOSE_SECONDS)
        except TimeoutError:
            for connection in tuple(self._taken):
                cut(connection)
        await asyncio.gather(*self._closing, return_exceptions=True)


class FairGate:
    """A semaphore that serves in the order of arrival and never lets a newcomer overtake.

    One timer looks after all who wait: one for each would cost more than the waiting.
    """

    def __init__(self, places: int) -> None:
        """All places free."""
        self.places = places
        self._free = places
        #: Who waits, and until when.
        self._waiting: deque[tuple[asyncio.Future[None], float]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None  # of the timer: one that has ended calls nobody any more

    @property
    def taken(self) -> int:
        """How many places are taken."""
        return self.places - self._free

    def enter_at_once(self) -> bool:
        """A place if one is free; whoever waits has been given one before it could be."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def enter(self, within: float) -> None:
        """Wait for a place, at most so many seconds (then TimeoutError)."""
        if self.enter_at_once():
            return
        loop = asyncio.get_running_loop()
        waiting = loop.create_future(), loop.time() + within
        self._waiting.append(waiting)
        if self._timer is None or self._loop is not loop or self._timer.when() > waiting[1]:
            self._look_at(loop, waiting[1])
        try:
            await waiting[0]
        except asyncio.CancelledError:
            if not waiting[0].cancelled() and waiting[0].exception() is None:
                self.leave()  # the place was given, and is not wanted any more
            raise

    def leave(self) -> None:
        """Free a place: the longest waiting gets it."""
        while self._waiting:
            ticket, _ = self._waiting.popleft()
            if not ticket.done():
                ticket.set_result(None)
                return
        self._free += 1

    def _look_at(self, loop: asyncio.AbstractEventLoop, instant: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._loop = loop.call_at(instant, self._send_away, loop), loop

    def _send_away(self, loop: asyncio.AbstractEventLoop) -> None:
        """Whose time is up; then again when it is for the next."""
        self._timer = None
        now = loop.time()
        for ticket, until in self._waiting:
            if until <= now and not ticket.done():
                ticket.set_exception(TimeoutError())
        self._waiting = deque((ticket, until) for ticket, until in self._waiting if until > now)
        if self._waiting:
            self._look_at(loop, min(until for _, until in self._waiting))


def cut(connection: Connection) -> None:
    """Drop a connection without a word to the server."""
    if not connection.is_closed():
        connection.terminate()


async def _end(connection: Connection) -> None:
    """Roll back; a statement that is being cancelled is waited for by the driver. What it knows of no end of is cut."""
    if connection.is_in_transaction():
        await asyncio.wait_for(connection.execute("ROLLBACK"), ROLLBACK_SECONDS)
    else:
        cut(connection)


async def _close_all(connections: Iterable[Connection]) -> None:
    for connection in connections:
        try:
            await connection.close(timeout=CLOSE_SECONDS)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            cut(connection)
