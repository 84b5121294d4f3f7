"""Commands that act as an account, through the same services and policies as a request of that account would.

Whoever runs them has the machine or the owner's URL already; naming the account keeps rights, separation of duties
and the security log as they are everywhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import asyncpg
import orjson
import typer
from pydantic import ValidationError

from app.cli.reach import embedded, fail, load_keys
from app.db import reading
from app.db.embedded import Embedded
from app.db.listing import Listing
from app.db.session import Database, Tx
from app.domain.asked import Asked
from app.domain.errors import Rejected
from app.services import administrators, fault_words
from app.services.rights import of_principal
from app.settings import Settings

T = TypeVar("T")
Acting = Annotated[
    str | None, typer.Option("--as", help="Account name to act as. Default: the deployment's first administrator.")
]


def act(settings: Settings, account_name: str | None, work: Callable[[Tx], Awaitable[T]]) -> T:
    """Do something in one transaction with the rights of an account."""
    cursor = load_keys(settings).cursor

    async def run(owner: str, url: str) -> T:
        connection = await asyncpg.connect(owner)
        try:
            account_id, _ = await administrators.named(connection, account_name)
        finally:
            await connection.close()
        database = Database(url, size=2, cursor_secret=cursor, backdating_days=settings.backdating_days)
        await database.open()
        try:
            async with database.transaction(read_only=True) as tx:
                caller = await of_principal(tx, account_id)
            async with database.transaction(caller) as tx:
                return await work(tx)
        finally:
            await database.close()

    with embedded(settings) as server:
        return told_apart(lambda: asyncio.run(run(*urls(settings, server))))


def urls(settings: Settings, server: Embedded | None) -> tuple[str, str]:
    """The owner's URL and the application's."""
    if server is not None:
        return server.dsn("owner"), server.dsn("app")
    if settings.database_owner_url is None or settings.database_url is None:
        raise fail("set DATABASE_OWNER_URL: this command finds accounts as the owner of the database")
    return settings.database_owner_url.get_secret_value(), settings.database_url.get_secret_value()


def told_apart(work: Callable[[], T]) -> T:
    """Say in one sentence what was wrong with the values given."""
    try:
        return work()
    except Rejected as error:
        raise fail("; ".join(f"{fault.pointer}: {fault.detail}" for fault in error.faults)) from error


def body_of(model: type[T], **values: Any) -> T:
    """The body that a request would have sent. What is wrong with it is a sentence."""
    try:
        return model(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        raise fail("; ".join(f"{_place(e['loc'])}: {fault_words.told(e)}" for e in error.errors())) from None


def _place(location: tuple[int | str, ...]) -> str:
    return "/" + "/".join(map(str, location))


async def everything(tx: Tx, listing: Listing) -> list[dict[str, Any]]:
    """Every row that the account may see."""
    chunks: list[bytes] = []

    async def keep(chunk: bytes) -> None:
        chunks.append(bytes(chunk))

    await reading.export(tx, listing, Asked(), "jsonl", keep)
    return [orjson.loads(line) for line in b"".join(chunks).splitlines()]


async def version_of(tx: Tx, listing: Listing, ident: str) -> int:
    """The present version: a command means the object as it is now."""
    return (await reading.one(tx, listing, ident)).version or 1
