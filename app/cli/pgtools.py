"""PostgreSQL's own programs for dumps: those of the embedded server, or of a folder that the operator names."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from app.db.embedded import binaries
from app.db.embedded_account import clean_environment

NEWEST = 18


class ToolFailed(Exception):
    """One of PostgreSQL's programs failed. The text is its last lines."""


def dump(url: str, target: Path, *, snapshot: str, programs: Path | None, major: int = NEWEST) -> None:
    """Write the whole database, as it is in an exported snapshot, to one compressed file.

    Every other session goes on meanwhile. Raises ToolFailed.
    """
    options = ["--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={target}"]
    _run("pg_dump", options, url, programs, major)


def load(url: str, source: Path, *, programs: Path | None, major: int = NEWEST) -> None:
    """Write a dump into an empty database, all or nothing. Raises ToolFailed."""
    options = ["--no-owner", "--single-transaction", "--exit-on-error", str(source)]
    _run("pg_restore", options, url, programs, major)


def _run(program: str, options: Sequence[str], url: str, programs: Path | None, major: int) -> None:
    """Run a program against a database. The password goes by the environment, where other accounts cannot see it."""
    bare, password = without_password(url)
    path = (programs or binaries(major)) / program
    environment = clean_environment(PGPASSWORD=password, PGCONNECT_TIMEOUT="10")
    environment |= {name: value for name, value in os.environ.items() if name.startswith("PGSSL")}
    try:
        done = subprocess.run(  # noqa: S603 - a program of ours or of the operator's, with arguments of our own
            [str(path), f"--dbname={bare}", "--no-password", *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
            check=False,
        )
    except OSError as error:
        raise ToolFailed(f"{path}: {error.strerror}") from error
    if done.returncode:
        raise ToolFailed(f"{program}: " + " ".join(done.stderr.split("\n")[-4:]).strip())


def without_password(url: str) -> tuple[str, str]:
    """A database URL as libpq reads it without its password, and the password."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    netloc = f"{name}@{host}" if user else host
    scheme = parts.scheme.partition("+")[0]
    return urlunsplit((scheme, netloc, parts.path, parts.query, "")), unquote(password)
