"""A PostgreSQL of our own: found in an installed wheel, made in a data folder, started, watched and stopped.

Only the parent process starts one (TRAPS, "Embedded PostgreSQL"). There is no TCP: the way in is a Unix socket in a
private folder and a password. Everything here is synchronous and uses the standard library only.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

from app.db import embedded_orphans as orphans
from app.db import embedded_roles as roles
from app.db.embedded_account import Account, clean_environment
from app.db.embedded_errors import (
    BinariesMissing,
    DataFolderInUse,
    DataFolderUnusable,
    DataFolderVersion,
    EmbeddedError,
    ServerFailed,
)
from app.db.embedded_folder import DataFolder
from app.db.embedded_runtime import binaries, private_binaries

__all__ = [
    "STOP_S",
    "TEST_SETTINGS",
    "BinariesMissing",
    "DataFolderInUse",
    "DataFolderUnusable",
    "DataFolderVersion",
    "Embedded",
    "EmbeddedError",
    "Role",
    "ServerFailed",
    "binaries",
    "temporary",
]

Role = Literal["owner", "app", "worker", "postgres"]

TEST_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "on",
    "shared_buffers": "128MB",
}
"""For databases that may be lost: tests and benchmarks of throw-away data. Never for anything else."""

STOP_S = 60.0
ORPHAN_STOP_S = 30.0
QUIT_S = 10.0
BUILTIN_LOCALE_SINCE = 17
MIB = 1024 * 1024
DISK_FULL = re.compile(r"No space left on device|wrote only \d+ of \d+ bytes")


class Embedded:
    """One PostgreSQL server in one data folder. `settings` go over the ones of `default_settings`.

    Use it as a context manager, or call `start` and `stop`. Without being started it can still tell the `dsn` of a
    server that another process runs in the folder.
    """

    def __init__(
        self, data: Path, major: int = 18, settings: Mapping[str, str] | None = None, *, start_timeout_s: float = 120.0
    ) -> None:
        self.folder = DataFolder(data)
        self.major = major
        self._settings = default_settings() | dict(settings or {})
        self._start_timeout_s = start_timeout_s
        self._postmaster: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def alive(self) -> bool:
        """True while the server that this object started runs."""
        return self._postmaster is not None and self._postmaster.poll() is None

    @property
    def pid(self) -> int | None:
        """The pid of the server that this object started."""
        return self._postmaster.pid if self._postmaster else None

    def running(self) -> bool:
        """True when a server takes connections in this folder, whoever started it."""
        pid = orphans.postmaster_pid(self.folder.pgdata)
        return pid in orphans.living(self.folder.pgdata) and orphans.is_ready(self.folder.pgdata, pid)

    def dsn(self, role: Role, database: str = roles.DATABASE) -> str:
        """The URL with which a role connects, for asyncpg, SQLAlchemy and libpq alike.

        Raises `DataFolderUnusable` when the folder has no password for it: the server was never started here.
        """
        with self.folder.trouble_named():
            password = self.folder.password(role)
        if password is None:
            raise DataFolderUnusable(self.folder.root, f"it holds no password for {roles.ROLES[role]}")
        socket = quote(str(self.folder.socket_folder), safe="/")
        return f"postgresql://{roles.ROLES[role]}:{password}@/{quote(database, safe='')}?host={socket}&port=5432"

    def start(self) -> None:
        """Start the server and come back when it takes connections and its roles are as they should be.

        Makes what is missing, ends what a killed parent left running, and may be called again after the server died.
        Raises one of `EmbeddedError`'s kinds, and leaves nothing running then.
        """
        if self.alive:
            return
        self.folder.make()
        if not self.folder.held:
            self.folder.acquire()
        try:
            with self.folder.trouble_named():
                self._boot()
        except BaseException:
            self._halt(QUIT_S)
            self.folder.release()
            raise

    def stop(self, wait_s: float = STOP_S) -> None:
        """Stop the server in order: open transactions are rolled back, everything is written. Let the folder go.

        After `wait_s` seconds without success it is stopped at once, and repairs itself from its log next time.
        """
        self._halt(wait_s)
        if self.folder.held:
            self.folder.remove_socket_folder()
            self.folder.release()

    def _halt(self, wait_s: float) -> None:
        """End the server process, ever harder."""
        if self._postmaster is None:
            return
        for number, seconds in ((signal.SIGINT, wait_s), (signal.SIGQUIT, QUIT_S), (signal.SIGKILL, QUIT_S)):
            self._postmaster.send_signal(number)
            try:
                self._postmaster.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                continue
        self._postmaster = None

    def hasten(self) -> None:
        """Turn a stop that is under way in another thread into an immediate one."""
        postmaster = self._postmaster
        if postmaster is not None:
            postmaster.send_signal(signal.SIGQUIT)

    # --- the steps of a start ---

    def _boot(self) -> None:
        folder = self.folder
        account = Account.choose(folder.root, folder.pgdata)
        folder.check_reachable(account)
        exists = folder.check_version(self.major)
        orphans.stop_all(folder.root, folder.pgdata, ORPHAN_STOP_S)
        folder.remove_unfinished()
        programs = private_binaries(self.major, folder.runtime) if account.switched else binaries(self.major)
        if not exists:
            self._initdb(account, programs)
        elif not folder.password("postgres"):
            self._reset_superuser(account, programs)
        # Its owner is not among the living; left there, its pid could be somebody else's by now and stop the start.
        (folder.pgdata / "postmaster.pid").unlink(missing_ok=True)
        folder.make_socket_folder(account)
        self._run_server(account, programs)
        self._mend_roles(programs)

    def _initdb(self, account: Account, programs: Path) -> None:
        """Make the database beside its place and rename it there: a killed `initdb` never looks like a whole one."""
        part = self.folder.unfinished(account)
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        secret = part.with_name(f"{part.name}.password")
        try:
            secret.touch(0o600)
            account.own(secret)
            secret.write_text(self.folder.make_password("postgres"), encoding="ascii")
            done = account.run(
                [
                    *(str(programs / "initdb"), "--pgdata", str(part), "--pwfile", str(secret)),
                    *("--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
                    *(builtin if self.major >= BUILTIN_LOCALE_SINCE else []),
                    *("--data-checksums", "--no-instructions"),
                    *(["--no-sync"] if self._settings.get("fsync") == "off" else []),
                ]
            )
            if done.returncode:
                raise self._failure("initdb could not make the database", tuple(done.stdout.splitlines()[-15:]))
            self.folder.finish(part)
        finally:
            secret.unlink(missing_ok=True)
            shutil.rmtree(part, ignore_errors=True)

    def _reset_superuser(self, account: Account, programs: Path) -> None:
        """Give the superuser a new password in single-user mode, when its file was lost or left out of a backup."""
        statement = roles.set_password("postgres", self.folder.make_password("postgres"))
        argv = [str(programs / "postgres"), "--single", "-D", str(self.folder.pgdata), "postgres"]
        done = account.run(argv, text=statement)
        if done.returncode or "ERROR:" in done.stdout:
            (self.folder.secrets / "postgres_password").unlink(missing_ok=True)
            raise self._failure("the password of the superuser could not be set", tuple(done.stdout.splitlines()[-15:]))

    def _run_server(self, account: Account, programs: Path) -> None:
        """Start the postmaster and wait until it takes connections."""
        quoted = str(self.folder.socket_folder).replace('"', '""')
        fixed = {"listen_addresses": "", "port": "5432", "unix_socket_directories": f'"{quoted}"'}
        options = [f"--{name}={value}" for name, value in (self._settings | fixed).items()]
        log = self.folder.open_log()
        try:
            written = os.fstat(log).st_size
            argv = [str(programs / "postgres"), "-D", str(self.folder.pgdata), *options]
            self._postmaster = account.spawn(argv, log)
        finally:
            os.close(log)
        deadline = time.monotonic() + self._start_timeout_s
        while not orphans.is_ready(self.folder.pgdata, self._postmaster.pid):
            if self._postmaster.poll() is not None:
                raise self._failure("PostgreSQL could not start", self.folder.log_since(written))
            if time.monotonic() > deadline:
                what = f"PostgreSQL was not ready after {self._start_timeout_s:g} s"
                raise self._failure(what, self.folder.log_since(written))
            time.sleep(orphans.PAUSE_S)

    def _mend_roles(self, programs: Path) -> None:
        """Make or put right roles, passwords, database and rights, as the superuser through psql's standard input."""
        names = {role: name for role, name in roles.ROLES.items() if role != "postgres"}
        script = roles.mend({name: self.folder.make_password(role) for role, name in names.items()})
        connection = ["--host", str(self.folder.socket_folder), "--username=postgres", "--dbname=postgres"]
        done = subprocess.run(  # noqa: S603 - psql of our own wheel, with arguments of our own
            [str(programs / "psql"), "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", *connection],
            input=script,
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=clean_environment(PGPASSWORD=self.folder.make_password("postgres")),
            start_new_session=True,
            check=False,
        )
        if done.returncode:
            raise self._failure("the roles of the database could not be made", tuple(done.stdout.splitlines()[-15:]))

    def _failure(self, what: str, lines: tuple[str, ...]) -> EmbeddedError:
        """The typed error for a failed program; a full disk is the folder's trouble, not the program's."""
        if any(DISK_FULL.search(line) for line in lines):
            return DataFolderUnusable(self.folder.root, f"no space left on device ({what})")
        return ServerFailed(what, lines)


def default_settings() -> dict[str, str]:
    """The server's configuration for a small machine; everything else is as PostgreSQL has it."""
    shared = min(512 * MIB, max(32 * MIB, _memory_bytes() // 8))
    chosen = {
        "shared_buffers": f"{shared // MIB}MB",
        "max_connections": "200",
        "wal_level": "replica",
        "synchronous_commit": "on",
        "wal_compression": "on",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "jit": "off",
        "random_page_cost": "1.1",
        "password_encryption": "scram-sha-256",
        "unix_socket_permissions": "0700",
        "TimeZone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %u@%d ",
        "log_min_messages": "warning",
        # Statements, values and the DETAIL of constraint errors hold personal data: they stay out of the log.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length": "0",
    }
    if sys.platform == "linux":  # elsewhere PostgreSQL 16 accepts 0 only
        chosen["effective_io_concurrency"] = "32"
    return chosen


def _memory_bytes() -> int:
    """The memory that we may use: the machine's, or less when our control group has a limit."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(machine, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):
        return machine


@contextmanager
def temporary(major: int = 18, settings: Mapping[str, str] | None = None) -> Iterator[Embedded]:
    """A running server with `TEST_SETTINGS` in a folder of its own that is deleted afterwards.

    The folder is made directly below the system's temporary folder, because that of pytest is closed to the account
    that runs PostgreSQL for root.
    """
    root = Path(tempfile.mkdtemp(prefix="bmp-test-"))
    root.chmod(0o711)
    try:
        with Embedded(root / "data", major, {**TEST_SETTINGS, **(settings or {})}) as server:
            yield server
    finally:
        shutil.rmtree(root, ignore_errors=True)
