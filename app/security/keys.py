"""The keys of a deployment: one folder of secret files, outside the database.

::

    secrets/                  0700, every file 0600
      signing/<kid>           ES256 private key (PEM); the newest signs, all that are not retired verify
      vault/kek-<n>           key-encryption keys of the vault; the newest wraps, all unwrap
      blind_index             key of the blind index over names (DOMAIN 4)
      cursor                  key that signs list cursors (API 4)
      chain                   Ed25519 private key (PEM) of the checkpoints over the event chains (DOMAIN 3)

Symmetric keys are 32 bytes, written as 64 hexadecimal digits, so that `openssl rand -hex 32` makes one by hand.
A `kid` starts with the UTC instant of its making, so that names alone order signing keys: a copy or a restore that
changes file times does not change who signs.

Key files are never rewritten: rotation adds a file, retirement removes one. A running process therefore notices
both by looking at names. It looks at most every few seconds, and at once when it meets a key that it does not know,
so a token signed by one worker a moment after a rotation is not refused by its neighbour.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from app.security.keyfiles import (
    KeysDamaged,
    KeysError,
    KeysMissing,
    KeysUnsafe,
    KeyUnknown,
    check_folder,
    locked,
    read_secret,
    sync_folder,
    write_new,
)

__all__ = [
    "KeyUnknown",
    "Keys",
    "KeysDamaged",
    "KeysError",
    "KeysMissing",
    "KeysUnsafe",
    "SigningKey",
    "create_missing",
    "load",
    "retire_vault",
    "rotate_signing",
    "rotate_vault",
]

SYMMETRIC_BYTES = 32
SYMMETRIC_NAMES = ("blind_index", "cursor")
CHECK_SECONDS = 3.0
"""Seconds between two looks at the folder by one process."""
LONGEST_TOKEN_LIFE = timedelta(minutes=60)
"""The largest `BMP_ACCESS_TOKEN_MINUTES`; a superseded key verifies at least as long as a token it signed lives."""
OVERLAP_MARGIN = timedelta(minutes=1)
"""Added to every overlap: other workers go on signing with the old key until they look at the folder again."""

_KID = re.compile(r"(\d{8}T\d{12}Z)-[0-9a-f]{8}", re.ASCII)
_KID_TIME = "%Y%m%dT%H%M%S%fZ"
_KEK = re.compile(r"kek-([1-9]\d{0,8})", re.ASCII)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key pair that signs access tokens, as PEM; `app/security/tokens.py` turns it into a signer once."""

    kid: str
    created_at: datetime
    private_pem: bytes = field(repr=False)
    public_pem: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Material:
    """What one reading of the folder found. Replaced whole, so no reader sees half of a rotation."""

    stamp: object
    signing: tuple[SigningKey, ...]  # oldest first, never empty
    keks: Mapping[int, bytes] = field(repr=False)


class Keys:
    """All keys of one deployment, loaded once per process by `load`."""

    def __init__(self, folder: Path, *, overlap: timedelta, clock: Callable[[], float]) -> None:
        """Read every key; refuse what is missing, unsafe or damaged. `clock` counts seconds and never goes back."""
        check_folder(folder)
        self._folder = folder
        self._overlap = overlap + OVERLAP_MARGIN
        self._clock = clock
        self._looked_at = clock()
        self._material = _read_rotating(folder)
        self.blind_index = _read_symmetric(folder / "blind_index")
        self.cursor = _read_symmetric(folder / "cursor")
        self.chain = _read_chain(folder / "chain")

    def __repr__(self) -> str:
        return f"Keys({str(self._folder)!r})"

    def signer(self) -> SigningKey:
        """The key that signs from now on: the newest."""
        self._look()
        return self._material.signing[-1]

    def verifiers(self) -> tuple[SigningKey, ...]:
        """Every key whose signature is still good, newest first: what the key set (JWKS) publishes."""
        self._look()
        return self._verifiers()

    def verifier(self, kid: str) -> SigningKey | None:
        """The key of that id, or None when it is unknown or retired."""
        found = self._find(kid)
        if found is None:
            self._look(at_once=True)
            found = self._find(kid)
        return found

    def newest_kek(self) -> tuple[int, bytes]:
        """Version and key that wrap from now on."""
        self._look()
        version = max(self._material.keks)
        return version, self._material.keks[version]

    def kek(self, version: int) -> bytes:
        """The key-encryption key of that version; raises KeyUnknown."""
        if version not in self._material.keks:
            self._look(at_once=True)
        try:
            return self._material.keks[version]
        except KeyError:
            raise KeyUnknown(f"{self._folder / 'vault'} holds no kek-{version}") from None

    def kek_versions(self) -> list[int]:
        """Every version of a key-encryption key that is here, the oldest first."""
        self._look()
        return sorted(self._material.keks)

    def _find(self, kid: str) -> SigningKey | None:
        return next((key for key in self._verifiers() if key.kid == kid), None)

    def _verifiers(self) -> tuple[SigningKey, ...]:
        """The newest, and those whose successor is younger than the overlap."""
        oldest_successor = datetime.now(UTC) - self._overlap
        signing = self._material.signing
        kept = [key for key, successor in pairwise(signing)
                if successor.created_at > oldest_successor]  # fmt: skip
        return (signing[-1], *reversed(kept))

    def _look(self, *, at_once: bool = False) -> None:
        """Read rotating keys again if their folders changed. A bad change is logged and the known keys stay."""
        now = self._clock()
        if not at_once and now - self._looked_at < CHECK_SECONDS:
            return
        self._looked_at = now
        try:
            if _stamp(self._folder) != self._material.stamp:
                self._material = _read_rotating(self._folder)
        except (KeysError, OSError) as problem:
            _log.warning("the secrets folder changed and cannot be read, the keys known so far stay: %s", problem)


def load(folder: Path, *, overlap: timedelta = LONGEST_TOKEN_LIFE, clock: Callable[[], float] = time.monotonic) -> Keys:
    """Load every key of a folder, or refuse with KeysMissing, KeysUnsafe or KeysDamaged naming the file.

    `overlap` is how long a superseded signing key still verifies: the life of an access token or more.
    """
    return Keys(folder, overlap=overlap, clock=clock)


def create_missing(folder: Path) -> tuple[str, ...]:
    """Make every key that is missing, and the folder itself; return what was made, in order of making.

    Existing keys are never touched. A new vault key cannot open what a lost one sealed, so the caller decides
    whether missing keys of a used database may be made at all; this function only makes them.
    """
    for each in (folder, folder / "signing", folder / "vault"):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_folder(each)
    made: list[str] = []
    with locked(folder):
        if not _signing_names(folder):
            made.append(f"signing/{_add_signing(folder)}")
        if not _kek_versions(folder):
            made.append(_add_kek(folder, 1))
        for name in SYMMETRIC_NAMES:
            if not (folder / name).exists():
                write_new(folder / name, _new_symmetric())
                made.append(name)
        if not (folder / "chain").exists():
            write_new(folder / "chain", _private_pem(Ed25519PrivateKey.generate()))
            made.append("chain")
    return tuple(made)


def rotate_signing(folder: Path, retire_after: timedelta) -> str:
    """Make a new signing key and return its kid; it signs within seconds in every running process.

    Superseded keys are removed once their successor is older than `retire_after` (the life of an access token, plus
    a margin of a minute). `timedelta(0)` is for a key that leaked: every older key is removed at once, and every
    token that they signed is refused.
    """
    check_folder(folder)
    with locked(folder):
        kid = _add_signing(folder)
        names = _signing_names(folder)
        margin = OVERLAP_MARGIN if retire_after else timedelta(0)
        limit = datetime.now(UTC) - retire_after - margin
        for name, successor in pairwise(names):
            if not retire_after or _made_at(successor) <= limit:
                (folder / "signing" / name).unlink()
        sync_folder(folder / "signing")
    return kid


def rotate_vault(folder: Path) -> int:
    """Make a new key-encryption key and return its version. Wrapped keys move to it by `vault.rewrap`."""
    check_folder(folder)
    with locked(folder):
        version = max(_kek_versions(folder), default=0) + 1
        _add_kek(folder, version)
    return version


def retire_vault(folder: Path, version: int) -> None:
    """Remove a key-encryption key that no wrapped key uses any more; the newest is refused by ValueError.

    Whoever still held an old backup and this key could open it: removing the key ends that too.
    """
    check_folder(folder)
    with locked(folder):
        versions = _kek_versions(folder)
        if version not in versions:
            raise KeysMissing(f"{folder / 'vault' / f'kek-{version}'} is missing")
        if version == max(versions):
            raise ValueError("the newest key-encryption key is in use")
        (folder / "vault" / f"kek-{version}").unlink()
        sync_folder(folder / "vault")


def _read_rotating(folder: Path) -> _Material:
    """Read `signing/` and `vault/`. The stamp is taken first: a change while reading is seen at the next look."""
    for name in ("signing", "vault"):
        check_folder(folder / name)
    stamp = _stamp(folder)
    signing = tuple(_read_signing(folder / "signing" / name) for name in _signing_names(folder))
    if not signing:
        raise KeysMissing(f"{folder / 'signing'} holds no signing key")
    keks = {version: _read_symmetric(folder / "vault" / f"kek-{version}") for version in _kek_versions(folder)}
    if not keks:
        raise KeysMissing(f"{folder / 'vault'} holds no key-encryption key")
    return _Material(stamp, signing, keks)


def _stamp(folder: Path) -> object:
    """What changes when a key is added or removed. Names count too: two changes may share one file-system tick."""
    parts = [folder / "signing", folder / "vault"]
    return [(part.stat().st_ino, part.stat().st_mtime_ns, _names(part)) for part in parts]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _signing_names(folder: Path) -> list[str]:
    """Kids, oldest first. Other names (temporary files, editors' copies) are no keys."""
    return [name for name in _names(folder / "signing") if _KID.fullmatch(name)]


def _kek_versions(folder: Path) -> list[int]:
    return sorted(int(match[1]) for name in _names(folder / "vault") if (match := _KEK.fullmatch(name)))


def _made_at(kid: str) -> datetime:
    """The instant that a kid starts with; raises KeysDamaged where the digits are no instant."""
    try:
        return datetime.strptime(kid.partition("-")[0], _KID_TIME).replace(tzinfo=UTC)
    except ValueError:
        raise KeysDamaged(f"signing/{kid} is not named for the instant of its making") from None


def _read_symmetric(path: Path) -> bytes:
    text = read_secret(path).strip()
    if not re.fullmatch(rb"[0-9a-fA-F]{64}", text):
        raise KeysDamaged(f"{path} has to hold {2 * SYMMETRIC_BYTES} hexadecimal digits")
    return bytes.fromhex(text.decode("ascii"))


def _read_signing(path: Path) -> SigningKey:
    pem = read_secret(path)
    key = _load_private(path, pem)
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise KeysDamaged(f"{path} has to hold a P-256 private key")
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return SigningKey(path.name, _made_at(path.name), pem, public)


def _read_chain(path: Path) -> Ed25519PrivateKey:
    key = _load_private(path, read_secret(path))
    if not isinstance(key, Ed25519PrivateKey):
        raise KeysDamaged(f"{path} has to hold an Ed25519 private key")
    return key


def _load_private(path: Path, pem: bytes) -> object:
    try:
        return load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):  # TypeError: the key is encrypted, and nobody is there to type a password
        raise KeysDamaged(f"{path} has to hold an unencrypted private key in PEM") from None


def _add_signing(folder: Path) -> str:
    """Write a new newest key, newer by name than every other even when the machine's clock was set back."""
    made_at = datetime.now(UTC)
    if names := _signing_names(folder):
        made_at = max(made_at, _made_at(names[-1]) + timedelta(microseconds=1))
    kid = f"{made_at.strftime(_KID_TIME)}-{secrets.token_hex(4)}"
    write_new(folder / "signing" / kid, _private_pem(generate_private_key(SECP256R1())))
    return kid


def _add_kek(folder: Path, version: int) -> str:
    name = f"vault/kek-{version}"
    write_new(folder / name, _new_symmetric())
    return name


def _new_symmetric() -> bytes:
    return secrets.token_hex(SYMMETRIC_BYTES).encode("ascii") + b"\n"


def _private_pem(key: EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
