"""A small HTTP/1.1 load client on raw asyncio protocols: it costs little, so that the server is what is measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path


@dataclass
class Result:
    """What one workload did."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failures: int = 0
    first_failure: str = ""
    cpu_seconds: float = 0.0
    peak_mib: float = 0.0

    @property
    def per_second(self) -> float:
        """Requests that succeeded."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        if not self.latencies:
            return float("nan")
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000

    @property
    def spread(self) -> float:
        """p99 over p50."""
        return self.percentile(0.99) / self.percentile(0.5)

    @property
    def cpu_of_each(self) -> float:
        """CPU seconds of the server for one answer."""
        return self.cpu_seconds / max(len(self.latencies), 1)


class _Connection(asyncio.Protocol):
    """One keep-alive connection that sends the next request as soon as an answer is whole."""

    def __init__(self, make: Callable[[], bytes], until: float, result: Result) -> None:
        self._make = make
        self._until = until
        self._result = result
        self._buffer = bytearray()
        self._needed = -1
        self._sent_at = 0.0
        self._ok = True
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        now = time.perf_counter()
        if now >= self._until:
            self._transport.close()
            return
        self._sent_at = now
        self._transport.write(self._make())

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        if self._needed < 0:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(buffer[:end]).lower()
            at = head.find(b"content-length:")
            length = (
                int(head[at + 15 : head.find(b"\r", at) if head.find(b"\r", at) > 0 else len(head)]) if at > 0 else 0
            )
            self._needed = end + 4 + length
            self._ok = head[9:10] == b"2"
        if len(buffer) < self._needed:
            return
        if self._ok:
            self._result.latencies.append(time.perf_counter() - self._sent_at)
        else:
            self._result.failures += 1
            if not self._result.first_failure:
                self._result.first_failure = bytes(buffer[: self._needed]).decode(errors="replace")[:1500]
        del buffer[: self._needed]
        self._needed = -1
        self._send()

    def connection_lost(self, _reason: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def resident_mib(pid: int, *, peak: bool = False) -> float:
    """Memory of a process now, or at its peak since `reset_peak`."""
    key = "VmHWM:" if peak else "VmRSS:"
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    return float("nan")


def reset_peak(pid: int) -> None:
    """Start the peak anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


async def drive(
    port: int, make: Callable[[], bytes], *, connections: int, seconds: float, pid: int, warm: float = 1.0
) -> Result:
    """So many connections for so many seconds, after a warm-up that does not count."""
    loop = asyncio.get_running_loop()
    for length, result in ((warm, Result()), (seconds, Result())):
        reset_peak(pid)
        before = cpu_seconds(pid)
        began = time.perf_counter()
        begin = partial(_Connection, make, began + length, result)
        made = [(await loop.create_connection(begin, "127.0.0.1", port))[1] for _ in range(connections)]
        await asyncio.gather(*(connection.done for connection in made))
        result.seconds = time.perf_counter() - began
        result.cpu_seconds = cpu_seconds(pid) - before
        result.peak_mib = resident_mib(pid, peak=True)
    return result


async def swallow(port: int, request: bytes) -> int:
    """One long answer, read to its last chunk and forgotten; how many bytes it had. Costs as little as the limit's."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if head[9:12] != b"200" or b"transfer-encoding: chunked" not in head.lower():
            raise RuntimeError(f"no stream: {head[:200]!r}")
        size, end = 0, b""
        while not end.endswith(b"\r\n0\r\n\r\n"):
            if not (part := await reader.read(1 << 20)):
                raise RuntimeError("the stream was cut")
            size, end = size + len(part), (end + part)[-7:]
        return size
    finally:
        writer.close()


def get(path: str, token: str, accept: str = "application/json") -> bytes:
    """A GET as bytes."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nAccept: {accept}\r\n\r\n"
    ).encode()


def post(path: str, token: str, body: bytes, **headers: str) -> bytes:
    """A POST as bytes."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    ).encode() + body
