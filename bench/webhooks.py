"""Deliveries of webhooks per second: one worker process, one endpoint, a receiver in a process of its own.

`python -m bench.webhooks` measures it alone. What counts is what the database says: from the first attempt to the last
delivery that is kept as delivered, visibility, signatures and log included.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

from app.db.session import Database
from app.schemas.webhooks import WebhookIn
from app.security import keys as key_files
from app.services import webhooks
from app.services.rights import Rights
from app.settings import Settings
from bench.load import cpu_seconds
from bench.place import Place, place, worker
from bench.report import Line, print_table

DELIVERIES = 10_000
TARGET = 500
#: A receiver that answers 204 to whatever comes, and tells its port on its first line.
RECEIVER = """
import asyncio, sys
class Receiver(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.seen = transport, b""
    def data_received(self, data):
        self.seen += data
        while (end := self.seen.find(b"\\r\\n\\r\\n")) >= 0:
            head = self.seen[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\\r\\n")[0])
            if len(self.seen) < end + 4 + length:
                return
            self.seen = self.seen[end + 4 + length:]
            self.transport.write(b"HTTP/1.1 204 No Content\\r\\n\\r\\n")
async def main():
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""

_CHANGE = (
    "UPDATE items SET version = version + 1 WHERE id IN "
    "(SELECT id FROM items WHERE component_id = $1 ORDER BY id LIMIT $2)"
)
_LEFT = "SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'"
_RATE = (
    "SELECT count(*) / extract(epoch FROM max(finished_at) - min(attempted_at))::float AS rate, "
    "percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) AS p50, "
    "percentile_cont(0.99) WITHIN GROUP (ORDER BY milliseconds) AS p99 FROM webhook_deliveries"
)


def steps(made: Place) -> dict[str, Callable[[], Awaitable[Line]]]:
    """By name, run when their turn comes."""
    return {"deliveries of webhooks": lambda: deliveries(made)}


async def deliveries(made: Place, number: int = DELIVERIES) -> Line:
    """So many objects change; how fast their events arrive at one endpoint."""
    with _receiver() as port:
        owner = await asyncpg.connect(made.dsn("owner"))
        try:
            await _settle(owner)
            await _subscribe(made, f"http://127.0.0.1:{port}/")
            await owner.execute(_CHANGE, made.ids["BMP-A"], number)
            with worker(made, BMP_WEBHOOK_ALLOW='["127.0.0.0/8"]') as pid:
                while await owner.fetchval(_LEFT) < number:  # noqa: ASYNC110  another process makes it so
                    await asyncio.sleep(0.2)
                cpu = cpu_seconds(pid)
            found = await owner.fetchrow(_RATE)
        finally:
            await owner.close()
    line = Line("deliveries of webhooks", found["rate"], found["p50"], found["p99"], cpu / number * 1e6, 0.0)
    line.ratio, line.target = found["rate"] / TARGET, 1.0
    line.note = f"{number:,} events for one endpoint; the ratio is of {TARGET} a second"
    return line


async def _settle(owner: asyncpg.Connection) -> None:
    """What the filling left behind is no news."""
    while await owner.fetchval("SELECT app.sequence_changes(100000)"):
        pass


async def _subscribe(made: Place, url: str) -> None:
    database = Database(made.dsn("app"), size=2)
    await database.open()
    try:
        caller = await Rights(database, seconds=0).of(str(made.callers["all"]), "bench")
        settings = Settings(**_settings(made))
        async with database.transaction(caller) as tx:
            await webhooks.create(
                tx, WebhookIn(url=url, resources=["equipment"]), key_files.load(settings.secrets_dir), settings
            )
    finally:
        await database.close()


def _settings(made: Place) -> dict[str, Any]:
    secrets = made.folder / "keys"
    key_files.create_missing(secrets)
    return {"database_url": made.dsn("app"), "secrets": secrets, "webhook_allow": ("127.0.0.0/8",)}


@contextmanager
def _receiver() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", RECEIVER], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.webhooks", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=DELIVERIES)
    number = parser.parse_args().deliveries
    with place(number * 3) as made:
        print_table([asyncio.run(deliveries(made, number))], number * 3)


if __name__ == "__main__":
    main()
