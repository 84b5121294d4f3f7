"""Seals over history: signed checkpoints of all chains, and salted hashes of text that may be erased (DOMAIN 3).

A checkpoint says how many chain heads there were at an instant and what they hashed to. It is signed and appended, as
one line of JSON, to a file outside the database. Each names the digest of the line before it, so that neither a cut
tail of an item's chain, nor a vanished item, nor a line taken out of the file stays unnoticed.

A line holds `at`, `count`, `heads_digest`, `previous` (null on the first line), `key` (the fingerprint of the public
key) and `signature`: Ed25519 over `bmp:checkpoint:1` and a newline, followed by the canonical JSON (keys sorted, no
spaces, ASCII) of the first four. Anybody with the public key can check it without this program.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.security.keys import Keys

SALT_BYTES = 16
_DIGEST_BYTES = 32
_PREFIX = b"bmp:checkpoint:1\n"


class CheckpointBroken(Exception):
    """A line is not what was signed, or the lines do not follow one another. The text says which and why."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of all chains at an instant. `count` is the number of heads, which never falls.

    `previous` is `line_digest` of the line before, None on the very first.
    """

    at: datetime
    count: int
    heads_digest: bytes
    previous: bytes | None


def sign_checkpoint(keys: Keys, checkpoint: Checkpoint) -> str:
    """The checkpoint as one signed line of JSON, without the newline. Raises ValueError for one that says nonsense."""
    _check(checkpoint)
    signature = keys.chain.sign(_PREFIX + _canonical(_said(checkpoint)))
    return _line(checkpoint, fingerprint(keys.chain.public_key()), signature)


def verify_checkpoint(public: Ed25519PublicKey, line: str) -> Checkpoint:
    """What a line says, once its signature is found good; raises CheckpointBroken."""
    try:
        read: dict[str, Any] = json.loads(line)
        previous = read["previous"]
        checkpoint = Checkpoint(
            datetime.fromisoformat(read["at"]),
            read["count"],
            bytes.fromhex(read["heads_digest"]),
            None if previous is None else bytes.fromhex(previous),
        )
        _check(checkpoint)
        key, signature = str(read["key"]), base64.urlsafe_b64decode(read["signature"] + "==")
    except (KeyError, ValueError, TypeError, RecursionError) as problem:
        raise CheckpointBroken("not a checkpoint") from problem
    if _line(checkpoint, key, signature) != line:
        raise CheckpointBroken("not written as checkpoints are: every one has one spelling")
    if key != fingerprint(public):
        raise CheckpointBroken(f"signed with another key than {fingerprint(public)}")
    try:
        public.verify(signature, _PREFIX + _canonical(_said(checkpoint)))
    except InvalidSignature:
        raise CheckpointBroken("the signature does not belong to what it says") from None
    return checkpoint


def verify_lines(public: Ed25519PublicKey, lines: Iterable[str]) -> list[Checkpoint]:
    """All checkpoints of a file from its first line on; raises CheckpointBroken naming the number of the line.

    Each has to name the line before it, to be later, and to count no fewer heads.
    """
    found: list[Checkpoint] = []
    digest: bytes | None = None
    for number, line in enumerate(lines, start=1):
        try:
            checkpoint = verify_checkpoint(public, line.rstrip("\n"))
        except CheckpointBroken as problem:
            raise CheckpointBroken(f"line {number}: {problem}") from problem.__cause__
        if checkpoint.previous != digest:
            raise CheckpointBroken(f"line {number}: it follows another line than the one before it")
        if found and checkpoint.at <= found[-1].at:
            raise CheckpointBroken(f"line {number}: it is not later than the one before it")
        if found and checkpoint.count < found[-1].count:
            raise CheckpointBroken(f"line {number}: it counts fewer chains than the one before it")
        found.append(checkpoint)
        digest = line_digest(line.rstrip("\n"))
    return found


def line_digest(line: str) -> bytes:
    """SHA-256 of a line without its newline: the `previous` of the next one."""
    return hashlib.sha256(line.encode("utf-8")).digest()


def fingerprint(public: Ed25519PublicKey) -> str:
    """A short name of a public key: the first 16 bytes of its SHA-256, in hexadecimal digits."""
    return hashlib.sha256(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:32]


def public_pem(keys: Keys) -> str:
    """The public half of the checkpoint key, for auditors to keep."""
    return keys.chain.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def salted_hash(text: str) -> tuple[bytes, bytes]:
    """A random salt, and the hash that may enter a chain in the place of a text that must stay erasable.

    The hash is SHA-256 over salt and UTF-8 text, which PostgreSQL computes alike: `sha256(salt || convert_to(text,
    'UTF8'))`. Once text and salt are erased the hash tells nothing, and the chain still holds.
    """
    salt = secrets.token_bytes(SALT_BYTES)
    return salt, hash_with(salt, text)


def hash_with(salt: bytes, text: str) -> bytes:
    """The hash of a text with the salt that was drawn for it."""
    return hashlib.sha256(salt + text.encode("utf-8")).digest()


def same_text(text: str, salt: bytes, stored: bytes) -> bool:
    """Whether a text kept apart is still the one whose hash entered the chain."""
    return hmac.compare_digest(hash_with(salt, text), stored)


def _check(checkpoint: Checkpoint) -> None:
    if checkpoint.at.utcoffset() is None:
        raise ValueError("an instant needs its offset")
    if type(checkpoint.count) is not int or checkpoint.count < 0:
        raise ValueError("a count is a whole number, zero or more")
    digests = [checkpoint.heads_digest] + ([] if checkpoint.previous is None else [checkpoint.previous])
    if any(len(digest) != _DIGEST_BYTES for digest in digests):
        raise ValueError("a digest has 32 bytes")


def _said(checkpoint: Checkpoint) -> dict[str, Any]:
    at = checkpoint.at.astimezone(UTC)
    return {
        "at": at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
        "count": checkpoint.count,
        "heads_digest": checkpoint.heads_digest.hex(),
        "previous": None if checkpoint.previous is None else checkpoint.previous.hex(),
    }


def _canonical(members: dict[str, Any]) -> bytes:
    return json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _line(checkpoint: Checkpoint, key: str, signature: bytes) -> str:
    text = base64.urlsafe_b64encode(signature).rstrip(b"=").decode("ascii")
    return _canonical({**_said(checkpoint), "key": key, "signature": text}).decode("ascii")
