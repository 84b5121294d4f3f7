"""The operating-system account and the environment in which PostgreSQL's programs run.

PostgreSQL refuses to run as root, so root runs it as the owner of the existing data, else as `postgres`, else as
`nobody` (TRAPS, "Embedded PostgreSQL"). Everybody else runs it as themselves.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.db.embedded_errors import DataFolderUnusable


def clean_environment(**extra: str) -> dict[str, str]:
    """An environment that owes nothing to the caller's: no `LANG`, no `PG*`, no library paths; UTC and the C locale."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **extra}


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs PostgreSQL. `switched` is true when we are root and give our rights away to run it."""

    uid: int
    gid: int
    switched: bool

    @classmethod
    def choose(cls, folder: Path, pgdata: Path) -> Account:
        """The account for this data folder. Raises `DataFolderUnusable` when its data belong to somebody else."""
        me = os.geteuid()
        owner = pgdata.stat().st_uid if pgdata.exists() else None
        if me != 0:
            if owner not in (None, me):
                raise DataFolderUnusable(folder, f"its database belongs to the account with uid {owner}")
            return cls(me, os.getegid(), switched=False)
        if owner:
            return cls(owner, pgdata.stat().st_gid, switched=True)
        for name in ("postgres", "nobody"):
            try:
                found = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(found.pw_uid, found.pw_gid, switched=True)
        raise DataFolderUnusable(
            folder, "PostgreSQL does not run as root, and there is no account `postgres` or `nobody`"
        )

    def run(self, argv: Sequence[str], *, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run one program to its end as this account with `text` as its input; both outputs come back together.

        It has a session of its own, so that the terminal's Ctrl-C reaches our process only, which then ends it.
        """
        uid, gid, groups = self._identity()
        return subprocess.run(  # noqa: S603 - the programs of our own wheel, with arguments of our own
            argv,
            input=text,
            text=True,
            encoding="utf-8",
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=clean_environment(),
            user=uid,
            group=gid,
            extra_groups=groups,
            umask=0o077,
            start_new_session=True,
            check=False,
        )

    def spawn(self, argv: Sequence[str], log: int) -> subprocess.Popen[bytes]:
        """Start one program as this account, in a session of its own, writing to the open file `log`."""
        uid, gid, groups = self._identity()
        return subprocess.Popen(  # noqa: S603 - the server of our own wheel, with arguments of our own
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=clean_environment(),
            user=uid,
            group=gid,
            extra_groups=groups,
            umask=0o077,
            start_new_session=True,
        )

    def own(self, path: Path) -> None:
        """Give one path of our own data folder to this account."""
        if self.switched:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def refused_at(self, folder: Path) -> Path | None:
        """The first folder on the way down to `folder` that this account may not pass through; None when it may.

        Asked of the kernel as that account, so that access lists and mount options count as well.
        """
        if not self.switched:
            return None
        way = [str(step) for step in (*reversed(folder.parents), folder)]
        script = 'for step do [ -x "$step" ] || { printf %s "$step"; exit 1; }; done'
        done = self.run(["/bin/sh", "-c", script, "sh", *way])
        return Path(done.stdout) if done.returncode else None

    def _identity(self) -> tuple[int | None, int | None, list[int] | None]:
        """What subprocess needs to become this account without root's other groups; nothing when we are it."""
        return (self.uid, self.gid, []) if self.switched else (None, None, None)
