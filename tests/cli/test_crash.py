"""`kill -9` of any process, and of the parent, lose nothing that was acknowledged, and repeat nothing either."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from app.db.embedded import Embedded
from app.db.embedded_orphans import postmaster_pid
from app.domain.access import Scope
from app.security import keys as key_files
from app.security.tokens import issue_access
from app.services import bootstrap
from tests.cli.test_serve import children_of

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120.0


class Service:
    """`bmp serve`, which may be killed and started again on the same port and folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.log = data.with_name("serve.log")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BMP_", "DATABASE_"))}
        port = self.base.rpartition(":")[2]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", port],
                env={**kept, "PYTHONPATH": str(ROOT), "BMP_DATA": str(self.data), "BMP_RATE_LIMIT_PER_MINUTE": "0"},
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        return self.process

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.base}/readyz", timeout=5).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def child(self, *words: str) -> int:
        """The pid of a live child whose command line has these words."""
        found: list[int] = []

        def look() -> bool:
            children = children_of(self.process.pid)
            found[:] = [pid for pid, line in children.items() if all(word in line for word in words)]
            return bool(found)

        until(look)
        return found[0]


def until(holds: Callable[[], bool]) -> None:
    """Ask until it is so. The limit is there to fail, not to measure."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def service(root: Path) -> Iterator[Service]:
    made = Service(root / "data")
    try:
        until(made.ready)
        yield made
    finally:
        made.process.send_signal(signal.SIGTERM)
        try:
            made.process.wait(60)
        except subprocess.TimeoutExpired:
            made.process.kill()


@pytest.fixture(scope="module")
def manager(service: Service) -> UUID:
    """The account of a programme manager."""

    async def account() -> UUID:
        connection = await asyncpg.connect(Embedded(service.data).dsn("owner"))
        try:
            return await bootstrap.account(
                connection,
                organisation="ORG-ICMPD",
                account_name="crash.manager",
                password=None,
                roles=["programme_manager"],
            )
        finally:
            await connection.close()

    return asyncio.run(account())


def token(service: Service, account: UUID) -> str:
    """A new one: it lasts for one round of kills."""
    return issue_access(
        key_files.load(service.data / "secrets"),
        issuer=service.base,
        audience=service.base,
        subject=str(account),
        client_id="tests",
        scopes=[scope.value for scope in Scope],
        org=str(uuid4()),
        org_kind="implementer",
        minutes=10,
        now=datetime.now(UTC),
        jti=str(uuid4()),
    )


class Writer(threading.Thread):
    """Posts one site after the other, each with a key of its own, and again until it is acknowledged."""

    def __init__(self, service: Service, name: str, headers: dict[str, str]) -> None:
        super().__init__(name=name, daemon=True)
        self.base = service.base
        self.headers = headers
        self.stopping = threading.Event()
        self.acknowledged: dict[str, str] = {}
        self.tries = 0
        self.strange: list[str] = []

    def run(self) -> None:
        number = 0
        while not self.stopping.is_set():
            number += 1
            self.post(f"CRASH-{self.name}-{number}")

    def post(self, reference: str) -> httpx.Response | None:
        body = {
            "reference": reference,
            "kind": "store",
            "organisation": "ORG-ICMPD",
            "country": "TN",
            "names": {"en": "Synthetic store"},
        }
        while True:
            self.tries += 1
            try:
                headers = {**self.headers, "Idempotency-Key": reference}
                answer = httpx.post(f"{self.base}/api/v1/sites", json=body, headers=headers, timeout=30)
            except httpx.HTTPError:
                if self.stopping.is_set():
                    return None
                time.sleep(0.05)
                continue
            if answer.status_code == httpx.codes.CREATED:
                self.acknowledged[reference] = answer.json()["id"]
                return answer
            if answer.status_code not in (409, 503):  # still running, or not now
                self.strange.append(f"{answer.status_code} {answer.text}")
                self.stopping.set()
                return answer
            time.sleep(0.05)


def test_what_was_acknowledged_is_there_after_every_kill(service: Service, manager: UUID) -> None:
    survive(service, manager, "1")


@pytest.mark.deep
def test_again_and_again(service: Service, manager: UUID) -> None:
    for number in range(2, 12):
        survive(service, manager, str(number))


def survive(service: Service, manager: UUID, name: str) -> None:
    """Everything is killed once under three writers; then look at what is there."""
    headers = {"Authorization": f"Bearer {token(service, manager)}"}
    writers = [Writer(service, f"{name}{letter}", headers) for letter in ("A", "B", "C")]
    for writer in writers:
        writer.start()

    def count() -> int:
        return sum(len(writer.acknowledged) for writer in writers)

    def more() -> None:
        """Until twenty more writes were acknowledged: the service serves again."""
        before = count()
        until(lambda: count() >= before + 20 or any(writer.strange for writer in writers))

    more()
    for _ in range(2):
        os.kill(service.child("serve_child.py", " api "), signal.SIGKILL)
        more()
    os.kill(service.child("serve_child.py", "app.worker"), signal.SIGKILL)
    more()
    postmaster = postmaster_pid(service.data / "postgres")
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    more()
    service.process.kill()
    service.process.wait()
    service.start()
    more()
    for writer in writers:
        writer.stopping.set()
    for writer in writers:
        writer.join(PATIENCE_S)
        assert writer.strange == [], "\n".join(
            line for line in service.log.read_text().splitlines() if "status=201" not in line
        )
        assert not writer.is_alive()

    acknowledged = {reference: found for writer in writers for reference, found in writer.acknowledged.items()}
    assert len(acknowledged) >= 120
    assert sum(writer.tries for writer in writers) > len(acknowledged), "some of them really met a dead process"
    stored = asyncio.run(sites(service))
    assert {reference: stored.get(reference) for reference in acknowledged} == acknowledged
    replayed = writers[0].post(f"CRASH-{name}A-1")
    assert replayed is not None
    assert replayed.headers["idempotency-replayed"] == "true"
    assert replayed.json()["id"] == acknowledged[f"CRASH-{name}A-1"]
    unplaced_none = "SELECT count(*) FROM changes WHERE position IS NULL"
    until(lambda: asyncio.run(value(service, unplaced_none)) == 0)
    changes = "SELECT count(*) FROM changes WHERE resource = 'sites' AND action = 'insert'"
    assert asyncio.run(value(service, changes)) == asyncio.run(value(service, "SELECT count(*) FROM sites"))


async def sites(service: Service) -> dict[str, str]:
    connection = await asyncpg.connect(Embedded(service.data).dsn("owner"))
    try:
        rows = await connection.fetch("SELECT reference, id::text FROM sites WHERE reference LIKE 'CRASH-%'")
        return {row["reference"]: row["id"] for row in rows}
    finally:
        await connection.close()


async def value(service: Service, query: str) -> int:
    connection = await asyncpg.connect(Embedded(service.data).dsn("owner"))
    try:
        return int(await connection.fetchval(query))
    finally:
        await connection.close()
