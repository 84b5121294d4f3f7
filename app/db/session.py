"""The one owner of BEGIN, COMMIT and ROLLBACK, the one pool, and the way statements reach the driver.

SQLAlchemy describes tables and statements; each statement is compiled once to the driver's SQL and runs on asyncpg's
own connection (HOUSE 3). A transaction begins with its first statement, in one message with the caller's identity,
so a request that never asks the database costs no connection.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from app.db.constraints import translate
from app.db.identities import SETTINGS, preamble, settings_of
from app.db.memory import Memory
from app.db.pool import Connection, Pool
from app.domain.access import Caller
from app.domain.errors import StillRunning, Unavailable
from app.domain.time import BACKDATING_DAYS

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import ClauseElement

_DIALECT: Any = cast("Any", asyncpg_dialect)()

#: Errors after which the same transaction may be tried again from the start, as long as COMMIT was not sent.
RETRYABLE = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.AdminShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.CrashShutdownError,
    asyncpg.InvalidCachedStatementError,
)


class Statement:
    """A statement compiled once: SQL with `$n`, and the order of its named parameters."""

    __slots__ = ("_alone", "defaults", "names", "sql")

    def __init__(self, source: str | ClauseElement) -> None:
        """Compile a Core statement, or SQL text with `:name` parameters."""
        clause: Any = text(source) if isinstance(source, str) else source
        compiled = clause.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        self.sql: str = str(compiled)
        self.names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self.defaults: dict[str, Any] = {k: v for k, v in compiled.params.items() if v is not None}
        self._alone = ""

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """The parameters in the driver's order; a name that nobody gave is a programming error."""
        defaults = self.defaults
        return [given[n] if n in given else defaults[n] for n in self.names]

    @property
    def alone(self) -> str:
        """The statement as a transaction of its own that sets the caller's identity first (ADR 7).

        The lateral reference forces the order: settings, then the statement with its policies. `OFFSET 0` keeps the
        planner from pulling it up past them. The settings are parameters behind the statement's own.
        """
        if not self._alone:
            start = len(self.names) + 1
            calls = " || ".join(f"set_config('app.{name}', ${start + i}, true)" for i, name in enumerate(SETTINGS))
            read_only = "set_config('transaction_read_only', 'on', true)"
            self._alone = (
                f"WITH who AS MATERIALIZED (SELECT {read_only} || {calls} AS ready) "
                "SELECT x.* FROM who CROSS JOIN LATERAL "
                f"(SELECT i.* FROM ({self.sql}) i WHERE who.ready IS NOT NULL OFFSET 0) x"
            )
        return self._alone


class Unknown(Unavailable):
    """The connection broke while COMMIT was under way: it may or may not have happened (HOUSE 3)."""

    code = "outcome_unknown"
    title = "The connection broke while saving; repeat the request with the same Idempotency-Key"


class KeyUsed(Exception):
    """The idempotency key that the transaction claims was used before: its answer can be looked up."""


#: What `app.claim_key` raises.
_STILL_RUNNING, _USED = "BMP01", "BMP02"


class Tx:
    """One transaction with one identity. Opened by `Database.transaction`, begun by its first statement."""

    __slots__ = (
        "_beginning",
        "_connection",
        "_database",
        "after_commit",
        "begun",
        "caller",
        "claim",
        "hints",
        "parting",
        "read_only",
        "remembered",
    )

    def __init__(
        self, database: Database, caller: Caller | None, *, read_only: bool = False, beginning: str = ""
    ) -> None:
        """Nothing happens yet."""
        self._database = database
        #: Settings of this transaction alone (`;SET LOCAL …`), in the message that begins it.
        self._beginning = beginning
        self._connection: Connection | None = None
        self.caller = caller
        self.read_only = read_only
        self.begun = False
        #: A claim of an idempotency key (`web/idempotency.py`), made in the message that begins the transaction.
        self.claim = ""
        #: So many unknown references of this transaction are compared with those that there are (`db/hints.py`).
        self.hints = 3
        #: The answer that is kept for that key, in the message that commits: what it tells about and it, or neither.
        self.parting = ""
        #: For a transaction that writes many rows through services of single ones: what they look up again and again
        #: under one caller is remembered, and nobody reads what they answer (`reading.answer`). None: not so.
        self.remembered: Memory | None = None
        #: Callables that run after a successful COMMIT (cache invalidation, files that go with their row). What they
        #: answer is awaited; they do not fail, for what was committed has happened.
        self.after_commit: list[Any] = []

    async def _begin(self) -> Connection:
        connection = await self._database.acquire()
        self._connection = connection
        try:
            await connection.execute(preamble(self.caller, read_only=self.read_only) + self._beginning + self.claim)
        except asyncpg.PostgresError as error:
            if error.sqlstate == _STILL_RUNNING:
                raise StillRunning from error
            if error.sqlstate == _USED:
                raise KeyUsed from error
            raise
        self.begun = True
        return connection

    async def begin(self) -> None:
        """Begin at once, not with the first statement. Raises StillRunning or KeyUsed where a key is claimed."""
        if not self.begun:
            await self._begin()

    @property
    async def connection(self) -> Connection:
        """The driver's connection, inside the transaction."""
        return self._connection if self.begun and self._connection is not None else await self._begin()

    @property
    def lost(self) -> bool:
        """True when the connection broke under the transaction, which therefore left nothing behind."""
        return self._connection is not None and bool(self._connection.is_closed())

    @property
    def cursor_secret(self) -> bytes:
        """The key that signs cursors of lists."""
        return self._database.cursor_secret

    @property
    def backdating_days(self) -> int:
        """For how many days an event may be recorded late without a reason and the scope (DOMAIN 3)."""
        return self._database.backdating_days

    def identify(self, caller: Caller) -> None:
        """Say who is acting; only before the first statement."""
        if self.begun:
            raise RuntimeError("the transaction has already begun with another identity")
        self.caller = caller

    async def rows(self, statement: Statement, /, **values: Any) -> list[asyncpg.Record]:
        """All rows."""
        if self.read_only and not self.begun:
            return cast("list[asyncpg.Record]", await self._alone("fetch", statement, values))
        connection = await self.connection
        try:
            return cast("list[asyncpg.Record]", await connection.fetch(statement.sql, *statement.values(values)))
        except asyncpg.PostgresError as error:
            raise translate(error) from error

    async def row(self, statement: Statement, /, **values: Any) -> asyncpg.Record | None:
        """The first row, or None."""
        if self.read_only and not self.begun:
            return cast("asyncpg.Record | None", await self._alone("fetchrow", statement, values))
        connection = await self.connection
        try:
            return await connection.fetchrow(statement.sql, *statement.values(values))
        except asyncpg.PostgresError as error:
            raise translate(error) from error

    async def _alone(self, fetch: str, statement: Statement, values: Mapping[str, Any]) -> Any:
        """One statement of a read-only transaction in one round trip, identity included (ADR 7)."""
        pool = self._database.pool
        connection = self._connection = pool.take_at_once() or await pool.take()
        try:
            found = await getattr(connection, fetch)(
                statement.alone, *statement.values(values), *settings_of(self.caller)
            )
        except asyncpg.PostgresError as error:  # the server answered: the statement, its own transaction, has ended
            self._connection = None
            pool.give_back_clean(connection)
            raise translate(error) from error
        self._connection = None
        pool.give_back_clean(connection)
        return found

    async def value(self, statement: Statement, /, **values: Any) -> Any:
        """The first column of the first row, or None."""
        row = await self.row(statement, **values)
        return None if row is None else row[0]

    async def run(self, statement: Statement, /, **values: Any) -> int:
        """Run a statement that returns nothing; the number of rows it touched."""
        connection = await self.connection
        try:
            status = await connection.execute(statement.sql, *statement.values(values))
        except asyncpg.PostgresError as error:
            raise translate(error) from error
        count = status.rsplit(" ", 1)[-1]
        return int(count) if count.isdigit() else 0

    async def commit(self) -> None:
        """Make it so. A connection lost here is `Unknown`: only the idempotency key can tell (HOUSE 3)."""
        if not self.begun or self._connection is None:
            return
        connection, self.begun = self._connection, False
        try:
            outcome = await connection.execute(self.parting + "COMMIT")
        except asyncpg.PostgresError as error:
            raise translate(error) from error
        except (OSError, asyncpg.InterfaceError) as error:
            raise Unknown(retry_after=1) from error
        self._connection = None  # it goes back before the answer is sent (HOUSE 3.7)
        await self._database.release(connection, clean=True)
        if outcome != "COMMIT":  # PostgreSQL ends a failed transaction by rolling it back, and calls that no error
            raise RuntimeError("a statement failed before, so nothing was saved")
        for then in self.after_commit:
            ended = then()
            if ended is not None:
                await ended

    async def leave_behind(self, statement: Statement, /, **values: Any) -> None:
        """Roll everything back and commit this one statement of the same caller, for a request that will be refused.

        What somebody learnt from a refusal about a person is logged although nothing else happened (DOMAIN 4).
        """
        await self.close()
        async with self._database.transaction(self.caller) as aside:
            await aside.run(statement, **values)

    async def close(self) -> None:
        """Give the connection back; whatever was not committed is rolled back."""
        connection, self._connection, self.begun = self._connection, None, False
        if connection is not None:
            await self._database.release(connection)


class Database:
    """The pool of one process, behind a fair queue (asyncpg's own lets newcomers overtake, HOUSE 3)."""

    def __init__(
        self,
        dsn: str,
        *,
        size: int = 12,
        acquire_timeout: float = 5.0,
        statement_timeout_ms: int = 15_000,
        cursor_secret: bytes = b"",
        backdating_days: int = BACKDATING_DAYS,
    ) -> None:
        """Remember how to connect; nothing is opened before `open`. Without a cursor secret, one per process."""
        self.cursor_secret = cursor_secret or secrets.token_bytes(32)
        #: The deployment's limit for events that are recorded late (`Settings.backdating_days`).
        self.backdating_days = backdating_days
        self._dsn = dsn
        self._size = size
        self._timeout = acquire_timeout
        self._statement_timeout_ms = statement_timeout_ms
        self.pool = self._new_pool()

    @property
    def busy(self) -> int:
        """How many connections are in use right now."""
        return self.pool.busy

    async def open(self) -> None:
        """Ready for transactions. A database that is down is no error here: connections are made when needed."""
        self.pool = self._new_pool()

    async def close(self) -> None:
        """Close every connection; those that do not end in time are cut."""
        await self.pool.close()

    def _new_pool(self) -> Pool:
        return Pool(self._connect, size=self._size, timeout=self._timeout)

    async def _connect(self) -> Connection:
        connection = await asyncpg.connect(
            self._dsn,
            statement_cache_size=1024,
            max_cached_statement_lifetime=0,
            timeout=self._timeout,
            server_settings={
                "application_name": "bmp",
                "timezone": "UTC",
                "statement_timeout": str(self._statement_timeout_ms),
                "idle_in_transaction_session_timeout": str(self._statement_timeout_ms * 2),
                "lock_timeout": str(self._statement_timeout_ms),
                "jit": "off",
                # Planning a list costs more than running it; its plans do not depend on the values (HOUSE 3.12).
                "plan_cache_mode": "force_generic_plan",
            },
        )
        await _prepare_connection(connection)
        return connection

    async def acquire(self) -> Connection:
        """A connection in the order of asking; Unavailable when none comes free in time or the server is away."""
        return await self.pool.take()

    async def release(self, connection: Connection, *, clean: bool = False) -> None:
        """Take a connection back; unless its last use ended cleanly, it is rolled back or cut."""
        await self.pool.give_back(connection, clean=clean)

    @asynccontextmanager
    async def transaction(
        self, caller: Caller | None = None, *, read_only: bool = False, beginning: str = ""
    ) -> AsyncIterator[Tx]:
        """A transaction that commits when the block ends well and leaves nothing otherwise."""
        tx = Tx(self, caller, read_only=read_only, beginning=beginning)
        try:
            yield tx
            await tx.commit()
        finally:
            await tx.close()


async def _prepare_connection(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=_json, decoder=orjson.loads, schema="pg_catalog", format="text")
    # json columns come back as the text PostgreSQL made: answers are passed on, not parsed.
    await connection.set_type_codec("json", encoder=str, decoder=str, schema="pg_catalog", format="text")


def _json(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, default=_as_text).decode()


def _as_text(value: Any) -> str:
    """The driver's own UUIDs are a subclass that orjson does not know."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")
