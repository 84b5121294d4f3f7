"""Sending to addresses that others chose: only where the open internet is, or a deployment allows it (API 16, ADR 17).

A name is resolved here, every address it has is looked at, and the connection is made to the very address that was
looked at. There is no second look-up in which the name could say something else. TLS and `Host` go by the name.
Redirects are answers like others, proxies of the environment are not asked, and of a body little is read.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import httpcore

from app.domain.webhooks import Address, Allowed, as_address

#: Seconds for one attempt as a whole, and for making a connection.
ATTEMPT_S, CONNECT_S = 15.0, 5.0
#: Seconds for which an idle connection is kept.
KEEP_S = 30.0
#: Bytes of an answer that are read; a connection whose answer is longer is not used again.
MOST_READ = 16_384

Resolve = Callable[[str, int], Awaitable[list[str]]]
Headers = dict[bytes | str, bytes | str]
_Options = Iterable[httpcore.SOCKET_OPTION] | None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: a status and `Retry-After`; or the code of what went wrong instead."""

    status: int | None = None
    retry_after: str | None = None
    error: str | None = None


class Refused(httpcore.ConnectError):
    """The name leads to an address that webhooks do not go to."""


class Unresolved(httpcore.ConnectError):
    """The name leads nowhere."""


async def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, in the order of the system."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Guarded(httpcore.AsyncNetworkBackend):
    """Connections to addresses that have been looked at, and to no others."""

    def __init__(self, allowed: Allowed, resolver: Resolve, inner: httpcore.AsyncNetworkBackend) -> None:
        self._allowed, self._resolve, self._inner = allowed, resolver, inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is httpcore's
        local_address: str | None = None,
        socket_options: _Options = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, look, connect. One bad address among good ones refuses them all."""
        failure: Exception | None = None
        for address in await self._addresses(host, port):
            try:
                return await self._inner.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or Unresolved

    async def sleep(self, seconds: float) -> None:
        """As httpcore wants it."""
        await self._inner.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> list[Address]:
        try:
            async with asyncio.timeout(CONNECT_S):
                found = [as_address(text) for text in await self._resolve(host, port)]
        except (OSError, UnicodeError, TimeoutError) as error:
            raise Unresolved from error
        known = [address for address in found if address is not None]
        if len(known) < len(found) or any(not self._allowed.may_connect(host, address) for address in known):
            raise Refused
        return known


class Line:
    """Connections to one endpoint, kept open between deliveries.

    Each has a pool of its own: httpcore's looks at all requests for each of them, which cost four times as much at
    sixteen connections (measured).
    """

    def __init__(
        self,
        url: str,
        allowed: Allowed,
        *,
        resolver: Resolve = resolve,
        inner: httpcore.AsyncNetworkBackend | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Nothing is connected yet. There will be as many connections as attempts are made at a time."""
        self._url = url
        self.used_at = time.monotonic()
        self._trust = trust or _trust()
        self._backend = Guarded(allowed, resolver, inner or httpcore.AnyIOBackend())
        self._free: list[httpcore.AsyncConnectionPool] = []
        self._closed = False

    async def post(self, body: bytes, headers: Headers, *, attempt_s: float = ATTEMPT_S) -> Answered:
        """One attempt. Whatever goes wrong is told, never raised."""
        self.used_at = time.monotonic()
        lane = self._free.pop() if self._free else self._lane()
        try:
            return await self._attempt(lane, body, headers, attempt_s)
        finally:
            self._free.append(lane)
            if self._closed:
                await self.close()

    async def _attempt(
        self, lane: httpcore.AsyncConnectionPool, body: bytes, headers: Headers, attempt_s: float
    ) -> Answered:
        limits = {"connect": CONNECT_S, "read": attempt_s, "write": attempt_s, "pool": attempt_s}
        try:
            async with (
                asyncio.timeout(attempt_s),
                lane.stream(
                    "POST", self._url, headers=headers, content=body, extensions={"timeout": limits}
                ) as response,
            ):
                await _read_little(response)
                return Answered(response.status, _header(response, b"retry-after"))
        except Refused:
            return Answered(error="address_refused")
        except Unresolved:
            return Answered(error="name_unresolved")
        except (TimeoutError, httpcore.TimeoutException):
            return Answered(error="timeout")
        except (httpcore.ConnectError, ssl.SSLError) as error:
            return Answered(error="tls" if _is_tls(error) else "unreachable")
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
            return Answered(error="connection_lost")

    async def close(self) -> None:
        """Close every connection; one that is in use when its attempt ends."""
        self._closed = True
        while self._free:
            await self._free.pop().aclose()

    def _lane(self) -> httpcore.AsyncConnectionPool:
        return httpcore.AsyncConnectionPool(
            ssl_context=self._trust,
            max_connections=1,
            keepalive_expiry=KEEP_S,
            network_backend=self._backend,
        )


async def _read_little(response: httpcore.Response) -> None:
    """Enough for the connection to be used again, if the answer is short."""
    total = 0
    async for chunk in response.aiter_stream():
        total += len(chunk)
        if total > MOST_READ:
            return


def _header(response: httpcore.Response, wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in response.headers if name.lower() == wanted), None)


def _is_tls(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """The authorities that are trusted: those that httpx brings, made once (it takes 20 ms)."""
    return httpcore.default_ssl_context()
