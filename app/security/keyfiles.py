"""Secret files on disk: read only when nobody else may read them, written whole or not at all."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LARGEST_FILE = 16_384


class KeysError(Exception):
    """The secrets folder cannot be used as it is. The text names the file, never its content."""


class KeysMissing(KeysError):
    """A key that has to be there is not."""


class KeysUnsafe(KeysError):
    """A file or folder may be read or changed by other accounts of this machine."""


class KeysDamaged(KeysError):
    """A file is there, but it does not hold a key of its kind."""


class KeyUnknown(KeysError):
    """Data in the database names a key version that this folder does not hold."""


def read_secret(path: Path) -> bytes:
    """The content of one key file, whose access rights are looked at through the same open file."""
    try:
        with path.open("rb") as file:
            _check_rights(path, os.fstat(file.fileno()))
            return file.read(_LARGEST_FILE)
    except FileNotFoundError:
        raise KeysMissing(f"{path} is missing") from None
    except OSError as problem:
        raise KeysDamaged(f"{path} cannot be read: {problem.strerror}") from None


def check_folder(path: Path) -> None:
    """Refuse a folder that is missing, or that other accounts may read or change."""
    try:
        _check_rights(path, path.stat())
    except FileNotFoundError:
        raise KeysMissing(f"{path} is missing") from None


def _check_rights(path: Path, status: os.stat_result) -> None:
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = stat.S_IMODE(status.st_mode)
        raise KeysUnsafe(f"{path} may be used by other accounts (mode {mode:04o}): run chmod go= on it")


def write_new(path: Path, content: bytes) -> None:
    """Write one key file whole or not at all, readable by nobody else whatever the umask, and safe on disk."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names durable: a vault key that is lost in a power cut takes every name with it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One writer at a time, over processes: two that start together must not each make a key."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
