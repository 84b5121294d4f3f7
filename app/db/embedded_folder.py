"""The data folder of the embedded PostgreSQL: what lies where, who holds it, and its secrets.

::

    postgres/         PGDATA, 0700, of the account that runs PostgreSQL
    postgres.log      what the server said
    run/              folder of the Unix socket, 0700 (or `socket_folder` names another, when this path is too long)
    runtime/          root only: the copy of PostgreSQL's programs
    secrets/          0700; one file for each password, 0600
    server.lock       held by flock while the server may run; says by which pid
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.db.embedded_account import Account
from app.db.embedded_errors import DataFolderInUse, DataFolderUnusable, DataFolderVersion

SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_BYTES = 107  # sun_path holds 108 bytes with its closing NUL on Linux; PostgreSQL refuses longer ones
LOG_BYTES = 16 * 1024 * 1024
PASSWORD_BYTES = 24
OUR_NAMES = {"postgres", "run", "runtime", "secrets", "server.lock", "socket_folder", "metrics", "files"}


class DataFolder:
    """Paths of one data folder and what is done with them. Makes nothing until it is asked to."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().resolve()
        self.pgdata = self.root / "postgres"
        self.log = self.root / "postgres.log"
        self.run = self.root / "run"
        self.runtime = self.root / "runtime"
        self.secrets = self.root / "secrets"
        self._socket_note = self.root / "socket_folder"
        self._lock: int | None = None

    # --- making it ---

    @contextmanager
    def trouble_named(self) -> Iterator[None]:
        """Turn an error of the operating system in here into `DataFolderUnusable` with its reason."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise DataFolderUnusable(self.root, f"{reason} ({error.filename})" if error.filename else reason) from error

    def make(self) -> None:
        """Make the folder and its secrets folder where they are missing.

        Made by root they let others pass, not look (0711): the account that runs PostgreSQL has to reach its data.
        Folders that were there are left as they are.
        """
        with self.trouble_named():
            missing = [step for step in (self.root, *self.root.parents) if not step.exists()]
            for step in reversed(missing):
                step.mkdir(exist_ok=True)
                step.chmod(0o711 if os.geteuid() == 0 else 0o700)
            self.secrets.mkdir(exist_ok=True)
            self.secrets.chmod(0o700)

    def check_reachable(self, account: Account) -> None:
        """Raise `DataFolderUnusable`, naming the folder in the way, when the account cannot come to its data.

        The data folder itself is opened for passing when it is empty or holds nothing but our own files; folders
        above it, and one that holds other things as well, are somebody's to open, not ours.
        """
        closed = account.refused_at(self.root)
        if closed == self.root and all(_is_ours(entry.name) for entry in self.root.iterdir()):
            self.root.chmod(stat.S_IMODE(self.root.stat().st_mode) | 0o011)
            closed = account.refused_at(self.root)
        if closed is not None:
            reason = f"we are root, PostgreSQL runs as uid {account.uid}, and that may not pass through {closed}"
            raise DataFolderUnusable(self.root, f"{reason}; choose another, such as /var/lib/bmp")

    # --- holding it ---

    def acquire(self) -> None:
        """Take the folder for this process. Raises `DataFolderInUse` with the holder's pid."""
        with self.trouble_named():
            descriptor = os.open(self.root / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.read(descriptor, 20)
                os.close(descriptor)
                raise DataFolderInUse(self.root, int(holder) if holder.isdigit() else None) from None
            except BaseException:
                os.close(descriptor)
                raise
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            self._lock = descriptor

    @property
    def held(self) -> bool:
        """True while this object holds the folder."""
        return self._lock is not None

    def release(self) -> None:
        """Let the folder go. The lock file stays: removing it would let two hold two files of one name."""
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    # --- the database inside ---

    def check_version(self, major: int) -> bool:
        """True when a database of this major version is there, False when none is.

        Raises `DataFolderVersion`, or `DataFolderUnusable` for something that `initdb` did not leave there: it is not
        ours to delete.
        """
        try:
            found = int((self.pgdata / "PG_VERSION").read_text())
        except FileNotFoundError:
            if self.pgdata.exists() and any(self.pgdata.iterdir()):
                raise DataFolderUnusable(self.root, f"{self.pgdata} holds files, but no database") from None
            return False
        except (OSError, ValueError) as error:
            raise DataFolderUnusable(self.root, f"the version of its database cannot be read: {error}") from error
        if found != major:
            raise DataFolderVersion(self.root, found, major)
        return True

    def remove_unfinished(self) -> None:
        """Delete what an `initdb` that was killed left behind. A finished one has been renamed to `postgres`."""
        for part in self.root.glob("postgres.part-*"):
            shutil.rmtree(part, ignore_errors=True)

    def unfinished(self, account: Account) -> Path:
        """A new empty folder for `initdb`, next to where its result will be."""
        part = Path(tempfile.mkdtemp(prefix="postgres.part-", dir=self.root))
        account.own(part)
        return part

    def finish(self, part: Path) -> None:
        """Make a finished `initdb` the database of this folder, in one step."""
        part.rename(self.pgdata)
        _sync_folder(self.root)

    # --- the log ---

    def open_log(self) -> int:
        """Open the log for appending and return its descriptor; a log over 16 MiB is put aside first, one is kept."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        return os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def log_since(self, offset: int, lines: int = 15) -> tuple[str, ...]:
        """The last lines written after `offset` bytes."""
        with suppress(OSError), self.log.open("rb") as log:
            log.seek(offset)
            return tuple(log.read().decode("utf-8", "replace").splitlines()[-lines:])
        return ()

    # --- the socket ---

    @property
    def socket_folder(self) -> Path:
        """Where the socket is: `run`, unless the note names another folder."""
        with suppress(OSError):
            return Path(os.fsdecode(self._socket_note.read_bytes()))
        return self.run

    def make_socket_folder(self, account: Account) -> Path:
        """Make or find the private folder for the socket, empty of what a killed server left. Needs the lock."""
        folder = self._short_folder(account)
        for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (folder / name).unlink(missing_ok=True)
        return folder

    def _short_folder(self, account: Account) -> Path:
        if _fits(self.run):
            self._socket_note.unlink(missing_ok=True)
            self.run.mkdir(exist_ok=True)
            self.run.chmod(0o700)
            account.own(self.run)
            return self.run
        remembered = self.socket_folder
        if remembered != self.run and _is_private(remembered, account.uid):
            return remembered
        for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - mkdtemp makes a private folder in it
            folder = Path(tempfile.mkdtemp(prefix="bmp-", dir=parent))
            if _fits(folder):
                account.own(folder)
                write_whole(self._socket_note, os.fsencode(folder))
                return folder
            folder.rmdir()
        raise DataFolderUnusable(self.root, f"no folder for its socket has a path under {SOCKET_PATH_BYTES} bytes")

    def remove_socket_folder(self) -> None:
        """After a stop: take away the folder outside the data folder, if there was one."""
        if self._socket_note.exists():
            with suppress(OSError):
                self.socket_folder.rmdir()
            self._socket_note.unlink()

    # --- the passwords ---

    def password(self, name: str) -> str | None:
        """The password of that name, or None when there is no such file."""
        try:
            return (self.secrets / f"{name}_password").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None

    def make_password(self, name: str) -> str:
        """The password of that name; a new one of 192 bits is made and kept when there is none."""
        found = self.password(name)
        if found:
            return found
        made = secrets.token_urlsafe(PASSWORD_BYTES)
        write_whole(self.secrets / f"{name}_password", made.encode())
        return made


def write_whole(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 that is there whole or not at all, even after a power cut."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_ours(name: str) -> bool:
    """True for a name that the service itself gives to something in its data folder."""
    return name in OUR_NAMES or name.startswith("postgres.")


def _fits(folder: Path) -> bool:
    """True when a socket in this folder has a path that the kernel accepts."""
    return len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_PATH_BYTES


def _is_private(folder: Path, uid: int) -> bool:
    """True for a real folder of this account that nobody else may enter: /tmp is everybody's to write to."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077
