"""`bmp serve`: the parent process of the database, the API's workers and the background worker.

It alone starts PostgreSQL, and stops everything in order: first the API, which answers what it has begun, then the
worker, then the database. Whatever dies is started again; what is killed together with this process ends by itself
(the children) or is ended at the next start (PostgreSQL).
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from prometheus_client import multiprocess
from pydantic import SecretStr
from rich.console import Console

import app
from app.cli.serve_child import GRACE_S
from app.cli.serve_children import Child, ChildFailed, Pauses, Plan, first_of
from app.db.embedded import STOP_S, DataFolderUnusable, Embedded, EmbeddedError
from app.settings import Settings

BACKLOG = 2048
WATCH_S = 0.25
HURRIED_S = 5.0
RESERVE_S = 2.0
STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class AddressUnusable(Exception):
    """The service cannot listen where it was told to. Facts: `host`, `port`."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host = host
        self.port = port
        super().__init__(reason)


class PortInUse(AddressUnusable):
    """Somebody else listens there."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port, f"port {port} is in use; choose another with PORT=")


def serve(
    settings: Settings,
    *,
    migrate: Callable[[str], None] | None,
    seed: Callable[[str], None] | None,
    banner: Callable[[Console], None],
    app_path: str = "app.main:create_app",
    worker_module: str = "app.worker",
) -> int:
    """Run the service until SIGTERM, SIGINT or SIGHUP and return the exit code: 0 when it was asked to stop.

    With an embedded database `migrate` and `seed` are called with the owner's URL before anything is served; with
    somebody else's they are not (there, migrating is a command of its own). `banner` is called when every API worker
    answers. What keeps it from starting is said in a sentence on standard error, and the exit code is 1. A second
    signal hastens the stop: requests are cut off, the database repairs itself from its log next time.
    """
    errors = Console(stderr=True, highlight=False, soft_wrap=True)

    def say(sentence: str) -> None:
        errors.print(sentence, markup=False)

    try:
        with _signals_interrupting(), ExitStack() as stack:
            listener = stack.enter_context(reserve(settings.host, settings.port))
            server = _database(settings, stack, migrate, seed)
            metrics = _metrics_folder(settings, stack)
            listen(listener, settings.host, settings.port)
            plans = _plans(settings, server, listener, metrics, app_path, worker_module)
            asyncio.run(_Parent(plans, server, listener, say, lambda: banner(Console())).run())
    except (AddressUnusable, EmbeddedError, ChildFailed) as error:
        say(f"bmp: {error}")
        return 1
    except KeyboardInterrupt:
        say("Stopped before it was ready")
    return 0


def reserve(host: str, port: int) -> socket.socket:
    """Take the address, so that nobody else does while we prepare; connections are refused until `listen`.

    Tries for two seconds: after `kill -9` of a parent its API workers need a moment to notice and let go.
    Raises `PortInUse` or `AddressUnusable`.
    """
    deadline = time.monotonic() + RESERVE_S
    while True:
        try:
            with _address_trouble_named(host, port):
                return _bound(host, port)
        except PortInUse:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _bound(host: str, port: int) -> socket.socket:
    """A socket that has the address and does not listen yet."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except BaseException:
        listener.close()
        raise
    return listener


def listen(listener: socket.socket, host: str, port: int) -> None:
    """Let callers in. They queue until a worker takes them, also while workers are started again."""
    with _address_trouble_named(host, port):
        listener.listen(BACKLOG)


@contextmanager
def _address_trouble_named(host: str, port: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from error
        raise AddressUnusable(host, port, f"cannot listen on {host}, port {port}: {error.strerror}") from error


@contextmanager
def _signals_interrupting() -> Iterator[None]:
    """While preparing, SIGTERM and SIGHUP interrupt as Ctrl-C does, so that a started database is stopped.

    A SIGHUP that is ignored stays so: that is what nohup asks for.
    """
    before = {number: signal.getsignal(number) for number in STOPS}
    for number in STOPS:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _database(
    settings: Settings,
    stack: ExitStack,
    migrate: Callable[[str], None] | None,
    seed: Callable[[str], None] | None,
) -> Embedded | None:
    """The embedded database, started, migrated and seeded; None when the service uses somebody else's."""
    if not settings.embedded:
        return None
    server = stack.enter_context(Embedded(settings.data, settings.postgres_major))
    for step in (migrate, seed):
        if step is not None:
            step(server.dsn("owner"))
    return server


def _metrics_folder(settings: Settings, stack: ExitStack) -> Path:
    """The folder in which workers keep their metrics, emptied of those of processes that are no more (TRAPS)."""
    if settings.metrics_dir is None and not settings.embedded:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bmp-metrics-")))
    folder = (settings.metrics_dir or settings.data / "metrics").absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in folder.glob("*.db"):
            old.unlink(missing_ok=True)
    except OSError as error:
        raise DataFolderUnusable(folder, str(error)) from error
    return folder


def child_environment(settings: Settings, server: Embedded | None, metrics: Path) -> dict[str, str]:
    """The environment of every child: ours, with each setting as it is in force here, however it was given.

    The owner's URL is not in it, nor the worker's: children have no more rights than they need.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BMP_", "DATABASE_"))}
    for name, field in Settings.model_fields.items():
        variable = field.validation_alias if isinstance(field.validation_alias, str) else f"BMP_{name.upper()}"
        value = getattr(settings, name)
        if value is not None and variable not in ("DATABASE_OWNER_URL", "DATABASE_WORKER_URL"):
            environment[variable] = _written(value)
    if server is not None:
        environment["DATABASE_URL"] = server.dsn("app")
    environment["BMP_SECRETS"] = str(settings.secrets_dir.absolute())
    environment["BMP_METRICS_DIR"] = environment["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    here = str(Path(app.__file__).parents[1])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    return environment


def _written(value: Any) -> str:
    """A setting as pydantic-settings reads it from the environment."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return str(value.absolute())
    return value if isinstance(value, str) else json.dumps(value)


def _plans(
    settings: Settings, server: Embedded | None, listener: socket.socket, metrics: Path, app_path: str, worker: str
) -> list[Plan]:
    """The children, in the order in which they are stopped: API workers, then the background worker."""
    environment = child_environment(settings, server, metrics)
    descriptor = listener.fileno()

    def forget(pid: int) -> None:
        multiprocess.mark_process_dead(pid, str(metrics))  # type: ignore[no-untyped-call] # it has no annotations

    plans = [
        Plan(
            f"API worker {number}",
            ("api", str(descriptor), app_path),
            environment,
            descriptors=(descriptor,),
            essential=True,
            ended=forget,
        )
        for number in range(1, settings.workers + 1)
    ]
    url = server.dsn("worker") if server else _revealed(settings.database_worker_url)
    if url is not None:  # without its role it runs elsewhere (`bmp worker`), or the operator hears of it by `/readyz`
        own = {**environment, "DATABASE_WORKER_URL": url}
        plans.append(Plan("background worker", ("module", worker), own, ended=forget))
    return plans


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


class _Parent:
    """Keeps children and database running until it is told to stop."""

    def __init__(
        self,
        plans: list[Plan],
        server: Embedded | None,
        listener: socket.socket,
        say: Callable[[str], None],
        banner: Callable[[], None],
    ) -> None:
        self._plans = plans
        self._server = server
        self._listener = listener
        self._say = say
        self._banner = banner
        self._stopping = asyncio.Event()
        self._hurried = asyncio.Event()
        self._database_is_next = False

    async def run(self) -> None:
        """Run until a signal. Raises `ChildFailed` when the API cannot start; everything is stopped then, too."""
        loop = asyncio.get_running_loop()
        for number in STOPS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self._asked_to_stop)
        lifeline, held = os.pipe()
        children = [Child(plan, lifeline, self._say) for plan in self._plans]
        tasks = [asyncio.create_task(child.keep()) for child in children]
        database = asyncio.create_task(self._keep_database())
        screen = asyncio.create_task(self._announce(children))
        try:
            await self._until_told({*tasks, screen})
        finally:
            screen.cancel()
            await self._stop_in_order(children, tasks, database)
            os.close(lifeline)
            os.close(held)

    def _asked_to_stop(self) -> None:
        """The first signal stops in order, the second hastens."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._say("Stopping; once more to hasten")
            return
        self._hurried.set()
        if self._server is not None and self._database_is_next:
            self._server.hasten()

    async def _until_told(self, tasks: set[asyncio.Task[None]]) -> None:
        """Wait for a signal; an error of any of the tasks ends the wait and is raised."""
        told = asyncio.create_task(self._stopping.wait())
        pending: set[asyncio.Task[Any]] = {told, *tasks}
        while not told.done():
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    async def _announce(self, children: list[Child]) -> None:
        """Show the start screen when every API worker answers."""
        for child in children:
            if child.plan.essential:
                await child.ready.wait()
        self._banner()

    async def _keep_database(self) -> None:
        """Start the database again whenever it dies; meanwhile the API says 503."""
        pauses = Pauses()
        clock = asyncio.get_running_loop().time
        began = clock()
        while self._server is not None and not self._stopping.is_set():
            if self._server.alive:
                await first_of(WATCH_S, self._stopping.wait())
                continue
            pause = pauses.after(clock() - began)
            self._say(f"PostgreSQL ended; starting it again in {pause:g} s")
            await first_of(pause, self._stopping.wait())
            began = clock()
            try:
                await asyncio.to_thread(self._server.start)
            except EmbeddedError as error:
                self._say(f"bmp: {error}")

    async def _stop_in_order(
        self, children: list[Child], tasks: list[asyncio.Task[None]], database: asyncio.Task[None]
    ) -> None:
        """API, then worker, then database; nobody new is let in from the start on."""
        self._stopping.set()
        self._listener.close()
        for essential in (True, False):
            group = [child for child in children if child.plan.essential is essential]
            await asyncio.gather(*(child.stop(GRACE_S + 2, self._hurried) for child in group))
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            self._database_is_next = True
            if self._hurried.is_set() and not database.done():
                self._server.hasten()  # it is being started again just now
            await database
            await asyncio.to_thread(self._server.stop, HURRIED_S if self._hurried.is_set() else STOP_S)
