"""Server-sent events (API 14, 15): streams that hold no database connection while idle, bounded and ended in order.

One look per process and half second, however many streams wait, tells whether there is anything new. A stream asks
for its caller's rights again before everything it sends, and ends by itself: with the token, with the rights, with the
process, and after `BMP_STREAM_SECONDS`, so that callers spread over new processes. The last event says why.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from uuid import UUID

import asyncpg
import orjson
import structlog
from starlette.responses import Response

from app.db.session import RETRYABLE
from app.domain.access import Caller
from app.domain.errors import DomainError, TooManyAttempts, Unavailable
from app.web import metrics
from app.web.callers import Gate
from app.web.streamed import Streamed

MEDIA_TYPE = "text/event-stream"
#: Seconds between looks for something new, while anybody waits.
LOOK_S = 0.5
#: Seconds after which a stream that has nothing to tell says so; its rights are asked for again then.
HEARTBEAT_S = 15.0
#: Seconds for which a reader may leave unread what was sent, before its stream is cut.
PATIENCE_S = 30.0
#: Milliseconds after which a reader is told to come back.
RETRY_MS = 3_000

_AWAY = (*RETRYABLE, OSError, asyncpg.InterfaceError)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """What a stream has to tell now, whether there is more at once, and the news that this was about."""

    chunk: bytes
    more: bool = False
    newest: int = 0
    #: Nothing will follow: the stream ends.
    last: bool = False


Step = Callable[[Caller], Awaitable[Told]]


class Streams:
    """The streams of one process. `look` asks the database for the number of the latest news."""

    def __init__(self, look: Callable[[], Awaitable[int]], *, most: int, most_each: int, seconds: int) -> None:
        """`most` streams at once, `most_each` of one caller, each for so many seconds at most."""
        self._look = look
        self._most, self._most_each, self._seconds = most, most_each, seconds
        self.start()

    def start(self) -> None:
        """Nothing is open, nothing is known yet; once again where an application lives a second time."""
        self._open: Counter[UUID] = Counter()
        self._newest = self._waiting = 0
        self._news = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        self.stopping = False

    @property
    def open(self) -> int:
        """How many there are."""
        return self._open.total()

    async def run(self, gate: Gate, token: str, step: Step, every: float | None = None) -> AsyncGenerator[bytes, None]:
        """The chunks of a stream. What is wrong before the first is raised; later it ends the stream and says so.

        The next step comes with news of the feed, or `every` so many seconds where it is about something else.
        """
        caller = await gate.caller(token)
        with self._place(caller.id):
            expires, ends = float(gate.claims(token).exp), time.time() + self._seconds
            told = await step(caller)
            yield b"retry: %d\n" % RETRY_MS + told.chunk
            while (reason := "ended" if told.last else self._over(expires, ends)) is None:
                await self._until_next(told, every, max(0.0, min(expires, ends) - time.time()))
                if (reason := self._over(expires, ends)) is not None:
                    break
                try:
                    told = await step(await gate.caller(token))
                except (DomainError, *_AWAY) as error:
                    reason = _reason(error)
                    break
                yield told.chunk
            yield b"event: close\ndata: %s\n\n" % orjson.dumps({"reason": reason})

    def stop(self) -> None:
        """Let every stream end, and take no new one."""
        self.stopping = True
        self._news.set()

    async def close(self) -> None:
        """Stop, and stop looking."""
        self.stop()
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch

    def heed_signals(self) -> Callable[[], None]:
        """Stop when the process is told to stop; the returned function forgets it again.

        The server waits for running answers before it lets the application know, and streams do not end by themselves.
        """
        if threading.current_thread() is not threading.main_thread():
            return lambda: None
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        served = {number: handler for number, handler in before.items() if callable(handler)}

        def heard(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.stop)
            served[signal.Signals(number)](number, frame)

        for number in served:
            signal.signal(number, heard)

        def forget() -> None:
            for number, handler in served.items():
                signal.signal(number, handler)

        return forget

    def _over(self, expires: float, ends: float) -> str | None:
        """Why a stream ends now, if it does."""
        if self.stopping:
            return "stopping"
        now = time.time()
        return "token_expired" if now >= expires else "reconnect" if now >= ends else None

    @contextmanager
    def _place(self, caller: UUID) -> Iterator[None]:
        """A place among the streams: 503 when there is none, 429 for a caller who has too many."""
        if self.stopping or self.open >= self._most:
            raise Unavailable("This process serves as many streams as it can.", retry_after=RETRY_MS / 1000)
        if self._open[caller] >= self._most_each:
            raise TooManyAttempts(f"At most {self._most_each} streams at once.", retry_after=HEARTBEAT_S)
        self._open[caller] += 1
        metrics.STREAMS.set(self.open)
        try:
            yield
        finally:
            self._open[caller] -= 1
            self._open += Counter()  # forget callers who have none
            metrics.STREAMS.set(self.open)

    async def _until_next(self, told: Told, every: float | None, most: float) -> None:
        """The time between two steps; none where there is more to tell at once."""
        if every is not None:
            await self._pause(min(every, most))
        elif not told.more:
            await self._wait(told.newest, min(HEARTBEAT_S, most))

    async def _pause(self, seconds: float) -> None:
        """So many seconds, or until the process stops."""
        try:
            async with asyncio.timeout(seconds):
                while not self.stopping:
                    await self._news.wait()
        except TimeoutError:
            return

    async def _wait(self, known: int, seconds: float) -> None:
        """Until there is news, or the process stops, at most so many seconds."""
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watching())
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds):
                while self._newest <= known and not self.stopping:
                    await self._news.wait()
        except TimeoutError:
            return
        finally:
            self._waiting -= 1

    async def _watching(self) -> None:
        """Look for something new while anybody waits. A database that is away is looked at again later."""
        while self._waiting:
            try:
                newest = await self._look()
            except (DomainError, *_AWAY) as error:
                log.info("streams.look", error=type(error).__name__)
            else:
                if newest != self._newest:
                    self._newest = newest
                    news, self._news = self._news, asyncio.Event()
                    news.set()
            await asyncio.sleep(LOOK_S)


def _reason(error: Exception) -> str:
    return error.code if isinstance(error, DomainError) else Unavailable.code


async def answer_events(chunks: AsyncGenerator[bytes, None]) -> Response:
    """A stream of server-sent events; errors before its first chunk are ordinary problems."""
    response = Streamed(await anext(chunks), chunks, MEDIA_TYPE, PATIENCE_S)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Vary"] = "Authorization, Accept, Accept-Language"
    response.headers["X-Accel-Buffering"] = "no"  # a proxy that gathers would send events late
    return response
