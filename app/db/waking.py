"""Waking whoever waits for work: PostgreSQL's NOTIFY as a bell. Who hears nothing looks by itself a little later."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import asyncpg
import structlog

log = structlog.get_logger(__name__)

#: Seconds until a listener that lost its connection makes another.
PAUSE_S = 5.0


class Bell:
    """`next` is the coming ring: take it before looking for work, and what arrives in between is not missed."""

    def __init__(self) -> None:
        """Silent."""
        self.next = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits."""
        rung, self.next = self.next, asyncio.Event()
        rung.set()


async def listen(dsn: str, bells: Mapping[str, Bell], stopping: asyncio.Event) -> None:
    """Ring whenever somebody notifies a bell's channel, on a connection of its own, until told to stop."""
    while not stopping.is_set():
        try:
            await _hear(dsn, bells, stopping)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.info("bells.silent", error=type(error).__name__)
        if not stopping.is_set():
            await _either(stopping, asyncio.Event(), PAUSE_S)


async def _hear(dsn: str, bells: Mapping[str, Bell], stopping: asyncio.Event) -> None:
    lost = asyncio.Event()
    connection: Any = await asyncpg.connect(dsn, server_settings={"application_name": "bmp-bell"})
    try:
        connection.add_termination_listener(lambda _connection: lost.set())
        for channel in bells:
            await connection.add_listener(channel, lambda _connection, _pid, told, _payload: bells[told].ring())
        for bell in bells.values():
            bell.ring()  # whatever was told while nobody listened
        await _either(stopping, lost, None)
    finally:
        if not connection.is_closed():
            await connection.close(timeout=2)


async def _either(one: asyncio.Event, other: asyncio.Event, seconds: float | None) -> None:
    waits = [asyncio.create_task(each.wait()) for each in (one, other)]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for each in waits:
        each.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
