"""`bmp serve` with real processes: a tiny application and worker in place of ours, everything else as it is."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from app.cli.serve import AddressUnusable, PortInUse, child_environment, listen, reserve
from app.cli.serve_children import Pauses
from app.db import embedded_orphans
from app.settings import Settings

ROOT = Path(__file__).parents[2]
NO_DATABASE = "postgresql://bmp_app:none@/bmp?host=/nowhere"

Value = TypeVar("Value")

APP = """
import asyncio, json, os
from pathlib import Path

import asyncpg

STORY = Path(os.environ["STORY"])

def tell(line):
    with STORY.open("a") as story:
        story.write(line + "\\n")

async def who():
    try:
        connection = await asyncpg.connect(os.environ["DATABASE_URL"])
        try:
            return await connection.fetchval("SELECT session_user::text")
        finally:
            await connection.close()
    except (OSError, asyncpg.PostgresError):
        return None

def create():
    if os.environ.get("BROKEN"):
        raise RuntimeError("broken on purpose")

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            tell(f"api stopped, database: {await who()}")
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["path"] == "/slow":
            tell("slow began")
            while not STORY.with_name("go").exists():
                await asyncio.sleep(0.02)
        answer = {"pid": os.getpid(), "parent": os.getppid(), "client": scope["client"][0], "database": await who()}
        if scope["path"] == "/environment":
            answer = dict(os.environ)
        body = json.dumps(answer).encode()
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    return app
"""

WORKER = """
import os, signal, sys
from pathlib import Path
from tiny_app import asyncio, tell, who

def stop(*_):
    tell(f"worker stopped, database: {asyncio.run(who())}")
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
os.environ["DATABASE_URL"] = os.environ.get("DATABASE_WORKER_URL", os.environ["DATABASE_URL"])
tell(f"worker began {os.getpid()}")
while True:
    signal.pause()
"""

PARENT = """
import os, signal, sys
from pathlib import Path
from tiny_app import tell
from app.cli.serve import serve
from app.settings import Settings

# Whoever is started in the background of a shell is told to ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

def migrate(url):
    tell(f"migrate as {url.split(':')[1][2:]}")
    if os.environ.get("ENDLESS"):
        signal.pause()

sys.exit(serve(
    Settings(),
    migrate=migrate,
    seed=lambda url: tell(f"seed as {url.split(':')[1][2:]}"),
    banner=lambda console: console.print("at your service"),
    app_path="tiny_app:create",
    worker_module="tiny_worker",
))
"""


@dataclass
class Service:
    """One running `bmp serve` of the tiny application."""

    process: subprocess.Popen[str]
    story: Path
    port: int
    said: list[str] = field(default_factory=list)

    def get(self, path: str = "/") -> Any:
        """The answer to one request on a connection of its own."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=30)
        assert answer.status_code == 200
        assert "server" not in answer.headers
        return answer.json()

    def told(self) -> list[str]:
        """What the children have written down."""
        return self.story.read_text().splitlines() if self.story.exists() else []

    def end(self, number: int = signal.SIGTERM) -> tuple[int, list[str]]:
        """Send a signal, wait for the end; the exit code and what was said on standard error."""
        self.process.send_signal(number)
        return self.outcome()

    def outcome(self) -> tuple[int, list[str]]:
        """Wait for the end; the exit code and what was said on standard error."""
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors.splitlines()


def until(found: Callable[[], Value], wanted: Callable[[Value], bool] = bool) -> Value:
    """Ask again until the answer is as wanted. The limit is there to fail, not to measure."""
    deadline = time.monotonic() + 60
    while not wanted(value := found()):
        assert time.monotonic() < deadline, value
        time.sleep(0.02)
    return value


def children_of(parent: int) -> dict[int, str]:
    """The live children of a process, with their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "stat").read_text().rpartition(")")[2].split()[1] == str(parent):
                found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue  # ended while we looked
    return {pid: command for pid, command in found.items() if command}


def api_of(service: Service) -> set[int]:
    return {pid for pid, command in children_of(service.process.pid).items() if "tiny_app:create" in command}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Place:
    """A folder with the tiny application, in which services are run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.started: list[Service] = []
        (folder / "tiny_app.py").write_text(APP)
        (folder / "tiny_worker.py").write_text(WORKER)

    def run(self, **environment: str) -> Service:
        """Start a service without waiting for it."""
        environment = {"BMP_PORT": str(free_port()), **environment}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("BMP_", "DATABASE_"))}
        ours = {
            "PYTHONPATH": os.pathsep.join((str(self.folder), str(ROOT), os.environ.get("PYTHONPATH", ""))),
            "STORY": str(self.folder / "story"),
            "BMP_DATA": str(self.data),
        }
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", PARENT],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**inherited, **ours, **environment},
        )
        self.started.append(Service(process, self.folder / "story", int(environment["BMP_PORT"])))
        return self.started[-1]

    def serve(self, **environment: str) -> Service:
        """Start a service and wait until it shows its start screen."""
        service = self.run(**environment)
        assert service.process.stdout is not None
        assert service.process.stdout.readline() == "at your service\n", service.outcome()
        return service

    def clear(self) -> None:
        """End whatever a test has left running."""
        for service in self.started:
            if service.process.poll() is None:
                service.process.kill()
            service.process.communicate()
        embedded_orphans.stop_all(self.data, self.data / "postgres", 10)
        shutil.rmtree(self.folder, ignore_errors=True)


def a_place() -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="bmp-test-"))
    folder.chmod(0o711)
    made = Place(folder)
    yield made
    made.clear()


place = pytest.fixture(a_place)
shared_place = pytest.fixture(a_place, scope="module")


@pytest.fixture(scope="module")
def service(shared_place: Place) -> Service:
    """One service with its own database, for tests that leave it as good as they found it."""
    return shared_place.serve()


def test_it_migrates_seeds_and_serves_as_roles_that_own_nothing(service: Service, shared_place: Place) -> None:
    told = until(service.told, lambda lines: len(lines) == 3)

    answer = service.get()

    assert told[:2] == ["migrate as bmp_owner", "seed as bmp_owner"]
    assert told[2].startswith("worker began ")
    api = api_of(service)
    assert len(api) == 2
    assert answer.pop("pid") in api
    assert answer == {"parent": service.process.pid, "client": "127.0.0.1", "database": "bmp_app"}
    environment = {k: v for k, v in service.get("/environment").items() if k.startswith(("BMP_", "DATABASE_", "PROM"))}
    assert environment["DATABASE_URL"].startswith("postgresql://bmp_app:")
    assert "DATABASE_WORKER_URL" not in environment
    assert "DATABASE_OWNER_URL" not in environment
    data = shared_place.data
    assert environment["BMP_DATA"] == str(data)
    assert environment["BMP_SECRETS"] == str(data / "secrets")
    assert environment["PROMETHEUS_MULTIPROC_DIR"] == environment["BMP_METRICS_DIR"] == str(data / "metrics")
    assert (data / "metrics").is_dir()


def test_a_killed_api_worker_comes_back(service: Service) -> None:
    before = api_of(service)
    victim = min(before)

    os.kill(victim, signal.SIGKILL)

    assert service.get()["database"] == "bmp_app"
    after = until(lambda: api_of(service), lambda pids: len(pids) == 2 and victim not in pids)
    assert after & before == before - {victim}
    os.kill(max(before), signal.SIGKILL)
    assert service.get()["pid"] in after | api_of(service), "callers queue while there is no worker"


def test_a_killed_background_worker_comes_back(service: Service) -> None:
    began = until(lambda: [line for line in service.told() if line.startswith("worker began")])

    os.kill(int(began[-1].split()[-1]), signal.SIGKILL)

    until(
        lambda: [line for line in service.told() if line.startswith("worker began")], lambda now: len(now) > len(began)
    )


def test_a_killed_database_comes_back_and_the_api_outlives_it(service: Service, shared_place: Place) -> None:
    api = until(lambda: api_of(service), lambda pids: len(pids) == 2)
    pgdata = shared_place.data / "postgres"
    killed = embedded_orphans.postmaster_pid(pgdata)
    assert killed is not None

    os.kill(killed, signal.SIGKILL)

    until(lambda: embedded_orphans.postmaster_pid(pgdata), lambda pid: pid not in (None, killed))
    until(service.get, lambda answer: answer["database"] == "bmp_app")
    assert api_of(service) == api


def test_a_second_service_in_the_same_folder_says_who_has_it(service: Service, shared_place: Place) -> None:
    code, errors = shared_place.run().outcome()

    holder = f"is in use by the process with pid {service.process.pid}; stop it first, or choose another folder"
    assert (code, errors) == (1, [f"bmp: the data folder {shared_place.data} {holder}"])


def test_sigterm_stops_api_then_worker_then_database(place: Place) -> None:
    service = place.serve()
    until(service.told, lambda lines: len(lines) == 3)
    with socket.create_connection(("127.0.0.1", service.port)) as caller:
        caller.sendall(b"GET /slow HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n")
        until(service.told, lambda lines: lines[-1] == "slow began")

        service.process.send_signal(signal.SIGTERM)

        until(lambda: refused(service.port))
        (place.folder / "go").touch()
        answered = b"".join(iter(lambda: caller.recv(4096), b""))
    code, errors = service.outcome()
    head, _, body = answered.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert json.loads(body)["database"] == "bmp_app", "what was begun is answered"
    assert service.told()[4:] == ["api stopped, database: bmp_app"] * 2 + ["worker stopped, database: bmp_worker"]
    assert (code, errors) == (0, ["Stopping; once more to hasten"])
    assert embedded_orphans.living(place.data / "postgres") == set()
    assert not (place.data / "postgres" / "postmaster.pid").exists(), "it was stopped in order"


def refused(port: int) -> bool:
    """True when nobody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_second_signal_hastens(place: Place) -> None:
    service = place.serve(DATABASE_URL=NO_DATABASE, BMP_SECRETS=str(place.folder), BMP_WORKERS="1")
    with socket.create_connection(("127.0.0.1", service.port)) as caller:
        caller.sendall(b"GET /slow HTTP/1.1\r\nhost: here\r\n\r\n")
        until(service.told, lambda lines: "slow began" in lines)
        service.process.send_signal(signal.SIGINT)
        assert service.process.stderr is not None
        assert service.process.stderr.readline() == "Stopping; once more to hasten\n"

        code, errors = service.end(signal.SIGINT)

    assert (code, errors) == (0, [])
    told = [line for line in service.told() if "began" not in line]
    assert [line for line in told if line.startswith("api")] == [], "it was not given the time"


def test_children_end_with_a_killed_parent_and_the_next_start_takes_over(place: Place) -> None:
    first = place.serve()
    children = set(children_of(first.process.pid))
    orphan = embedded_orphans.postmaster_pid(place.data / "postgres")
    assert orphan is not None
    first.process.kill()
    first.process.communicate()
    (place.data / "metrics" / "counter_1.db").write_bytes(b"of a process that is no more")

    second = place.serve(BMP_PORT=str(first.port))

    assert second.get()["database"] == "bmp_app"
    until(lambda: {pid for pid in children if Path(f"/proc/{pid}/exe").exists()}, lambda left: not left)
    assert embedded_orphans.postmaster_pid(place.data / "postgres") != orphan
    assert not (place.data / "metrics" / "counter_1.db").exists()
    assert second.end()[0] == 0


def test_a_stop_while_it_prepares_leaves_nothing_running(place: Place) -> None:
    service = place.run(ENDLESS="1")
    until(service.told)

    assert service.end() == (0, ["Stopped before it was ready"])
    assert embedded_orphans.living(place.data / "postgres") == set()


def test_somebody_elses_database_is_neither_migrated_nor_seeded(place: Place) -> None:
    service = place.serve(
        DATABASE_URL=NO_DATABASE, DATABASE_OWNER_URL="postgresql://secret@/x", BMP_SECRETS=str(place.folder)
    )

    assert [line for line in service.told() if not line.startswith("worker began")] == []
    environment = service.get("/environment")
    assert environment["DATABASE_URL"] == NO_DATABASE
    assert "DATABASE_OWNER_URL" not in environment
    folder = Path(environment["PROMETHEUS_MULTIPROC_DIR"])
    assert folder.is_dir()
    assert service.end()[0] == 0
    assert not folder.exists()
    assert not place.data.exists()


def test_a_port_in_use_is_said_before_anything_is_made(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        outcome = place.run(BMP_PORT=str(port)).outcome()

    assert outcome == (1, [f"bmp: port {port} is in use; choose another with PORT="])
    assert not place.data.exists()


def test_an_application_that_cannot_start_ends_the_service(place: Place) -> None:
    code, errors = place.run(BROKEN="1", DATABASE_URL=NO_DATABASE, BMP_SECRETS=str(place.folder)).outcome()

    assert code == 1
    assert "RuntimeError: broken on purpose" in errors
    assert errors[-1] in [f"bmp: API worker {n} could not start (exit code 1); the reason is above" for n in (1, 2)]


def test_addresses_that_cannot_be_had_are_named() -> None:
    port = free_port()
    with reserve("127.0.0.1", port) as first, reserve("127.0.0.1", port) as second:
        listen(first, "127.0.0.1", port)
        with pytest.raises(PortInUse, match=f"^port {port} is in use; choose another with PORT=$"):
            listen(second, "127.0.0.1", port)
    with pytest.raises(AddressUnusable, match=f"^cannot listen on 192.0.2.1, port {port}: Cannot assign"):
        reserve("192.0.2.1", port)


def test_children_read_the_settings_that_are_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("BMP_", "DATABASE_"))]:
        monkeypatch.delenv(name)
    given = Settings.model_validate(
        {
            "DATABASE_URL": NO_DATABASE,
            "data": tmp_path,
            "secrets": tmp_path / "keys",
            "port": 8123,
            "demo": True,
            "cors_origins": ("https://a.example", "https://b.example"),
            "metrics_dir": tmp_path / "metrics",
            "log_format": "json",
        }
    )
    monkeypatch.setenv("BMP_PORT", "1")

    environment = child_environment(given, None, tmp_path / "metrics")

    monkeypatch.delenv("BMP_PORT")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Settings() == given


def test_pauses_double_up_to_ten_seconds_and_start_afresh_after_a_steady_life() -> None:
    pauses = Pauses()

    assert [pauses.after(0.1) for _ in range(8)] == [0.25, 0.5, 1, 2, 4, 8, 10, 10]
    assert [pauses.after(60), pauses.after(0.1), pauses.after(0.1)] == [0.25, 0.25, 0.5]
