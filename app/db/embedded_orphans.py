"""Which PostgreSQL processes work in a folder, whoever started them, and how they are ended.

After `kill -9` of the process that started it, a postmaster lives on (TRAPS, "Embedded PostgreSQL"); after `kill -9`
of a postmaster, its busy backends do. A pid read from a file proves nothing, because pids are used again: every
PostgreSQL process has its data folder as working directory, and that is what is asked for.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from app.db.embedded_errors import DataFolderInUse, DataFolderUnusable

PROC = Path("/proc")
PAUSE_S = 0.02


def living(pgdata: Path) -> set[int]:
    """The pids of all PostgreSQL processes that work in this folder, postmaster and backends."""
    if not pgdata.exists():
        return set()
    if not (PROC / "self" / "cwd").exists():
        return _living_by_ps(pgdata)
    here = pgdata.stat()
    return {int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and _works_in(entry, here)}


def _works_in(entry: Path, here: os.stat_result) -> bool:
    """True for a live `postgres` whose working directory is `here`. A zombie has neither, and is not one."""
    try:
        program = (entry / "exe").readlink().name.removesuffix(" (deleted)")
        there = (entry / "cwd").stat()
    except OSError:
        return False  # gone, a zombie, or of an account whose processes we may not look into
    return program == "postgres" and os.path.samestat(here, there)


def _living_by_ps(pgdata: Path) -> set[int]:
    """The same where there is no /proc (macOS): postmasters whose command line names the folder."""
    listing = subprocess.run(["/bin/ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=True)
    found = (line.split(None, 1) for line in listing.stdout.splitlines())
    return {int(pid) for pid, command in found if "postgres" in command and f" -D {pgdata} " in command}


def postmaster_pid(pgdata: Path) -> int | None:
    """The pid that `postmaster.pid` names, alive or not."""
    try:
        return int((pgdata / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def is_ready(pgdata: Path, pid: int) -> bool:
    """True when the postmaster with this pid says in `postmaster.pid` that it takes connections (as pg_ctl asks)."""
    try:
        lines = (pgdata / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004 - its line 8


def stop_all(folder: Path, pgdata: Path, wait_s: float) -> None:
    """End every PostgreSQL process of this folder: fast shutdown first, ever harder after `wait_s` seconds.

    Call it while holding the folder's lock only. Raises `DataFolderUnusable` when they are not ours to end, and
    `DataFolderInUse` when one outlives SIGKILL (a disk that does not answer).
    """
    postmaster = postmaster_pid(pgdata)
    alive = living(pgdata)
    if postmaster in alive:
        alive = _signal_and_wait(folder, pgdata, {postmaster}, signal.SIGINT, wait_s)
    for number in (signal.SIGQUIT, signal.SIGKILL):
        if alive:
            alive = _signal_and_wait(folder, pgdata, alive, number, 5.0)
    if alive:
        raise DataFolderInUse(folder, min(alive))


def _signal_and_wait(folder: Path, pgdata: Path, pids: set[int], number: int, wait_s: float) -> set[int]:
    """Send one signal and wait until no process of the folder is left; those still alive come back."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
        except PermissionError as error:
            raise DataFolderUnusable(folder, f"PostgreSQL of another account runs in it (pid {pid})") from error
    deadline = time.monotonic() + wait_s
    while (alive := living(pgdata)) and time.monotonic() < deadline:
        time.sleep(PAUSE_S)
    return alive
