"""A backup on disk: a folder that is there whole or not at all, with a manifest that tells every byte in it.

::

    bmp-20261123T193000Z/      0700, every file 0600
      manifest.json            what, when, of which version; size and SHA-256 of each part; rows of each table
      database.dump            pg_dump's custom format
      files/…                  stored files
      checkpoints.jsonl        signed checkpoints over the event chains
      erasures.jsonl           who has to be erased again after a restore

Keys are not in it (DOMAIN 4): whoever finds a backup reads no names. The manifest names them by fingerprint, so that
a restore tells before it begins whether the right ones are there.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from app.security.keys import Keys, KeyUnknown
from app.security.seals import fingerprint

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
FILES = "files"
CHECKPOINTS = "checkpoints.jsonl"
ERASURES = "erasures.jsonl"
CHUNK = 1 << 20


class ArchiveBroken(Exception):
    """The folder is no backup, or not what it was. The text says what differs."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `parts` is by relative path; `tables` counts rows in the snapshot that was dumped."""

    format: int
    made_at: str
    version: str
    revision: str
    postgres: int
    keys: dict[str, Any]
    tables: dict[str, int]
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def written(self) -> bytes:
        """As JSON."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


def described(keys: Keys, versions: Iterable[int]) -> dict[str, Any]:
    """The keys that a backup needs, without telling any: fingerprints. `versions` wrap people's keys in it."""
    return {
        "chain": fingerprint(keys.chain.public_key()),
        "blind_index": _digest(b"bmp:blind-index", keys.blind_index),
        "vault": {str(version): _digest(b"bmp:kek", keys.kek(version)) for version in versions},
    }


def _digest(context: bytes, key: bytes) -> str:
    return hashlib.sha256(context + key).hexdigest()[:32]


def differences(wanted: Mapping[str, Any], keys: Keys) -> list[str]:
    """Which keys that a backup needs are missing or other ones."""
    found = described(keys, ())
    bad = [name for name in ("chain", "blind_index") if wanted.get(name) != found[name]]
    for version, digest in wanted["vault"].items():
        try:
            same = _digest(b"bmp:kek", keys.kek(int(version))) == digest
        except KeyUnknown:
            same = False
        bad += [] if same else [f"vault/kek-{version}"]
    return bad


@contextmanager
def whole(folder: Path, name: str) -> Iterator[Path]:
    """A new folder `name` in `folder` that takes its name only when the block has ended well.

    One backup at a time; what a killed one left behind is removed by the next.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(".bmp-part-*"):
            shutil.rmtree(left, ignore_errors=True)
        part = Path(tempfile.mkdtemp(prefix=".bmp-part-", dir=folder))
        try:
            yield part
            sync(part)
            part.rename(folder / name)
            os.fsync(lock)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    finally:
        os.close(lock)


def sync(folder: Path) -> None:
    """Write every file and folder below to the disk, and let nobody else read them."""
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fchmod(descriptor, 0o700 if path.is_dir() else 0o600)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def measured(folder: Path, told: Callable[[int, int], None] = lambda _done, _total: None) -> dict[str, dict[str, Any]]:
    """Size and SHA-256 of every file below, by relative path; the manifest itself is not among them."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    found = {}
    for number, path in enumerate(paths, start=1):
        digest = hashlib.sha256()
        size = 0
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
        found[path.relative_to(folder).as_posix()] = {"bytes": size, "sha256": digest.hexdigest()}
        told(number, len(paths))
    return found


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises ArchiveBroken."""
    try:
        found = orjson.loads((folder / MANIFEST).read_bytes())
        manifest = Manifest(**found)
    except FileNotFoundError:
        raise ArchiveBroken(f"{folder} is not a backup: it has no {MANIFEST}") from None
    except (ValueError, TypeError):
        raise ArchiveBroken(f"{folder / MANIFEST} cannot be read") from None
    if manifest.format != FORMAT:
        raise ArchiveBroken(f"this is a backup of format {manifest.format}, and this version reads {FORMAT}")
    return manifest


def verify(folder: Path, told: Callable[[int, int], None] = lambda _done, _total: None) -> Manifest:
    """Read every byte of a backup and compare it with its manifest. Raises ArchiveBroken naming what differs."""
    manifest = read(folder)
    found = measured(folder, told)
    missing = sorted(manifest.parts.keys() - found.keys())
    strange = sorted(found.keys() - manifest.parts.keys())
    changed = sorted(name for name in manifest.parts.keys() & found.keys() if manifest.parts[name] != found[name])
    for what, names in (("is missing", missing), ("was changed", changed), ("is not in the manifest", strange)):
        if names:
            more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
            raise ArchiveBroken(f"{folder / names[0]} {what}{more}")
    return manifest
