"""Sleeping and excluding one another, for the asynchronous client (asyncio or trio). Not generated: see `_sync`."""

from anyio import Lock, sleep

__all__ = ["Lock", "sleep"]
