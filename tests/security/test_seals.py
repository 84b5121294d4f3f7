"""Checkpoints over the chains, and hashes of text that may be erased (DOMAIN 3)."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from app.security import keys, seals

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HEADS = hashlib.sha256(b"heads").digest()
FIRST = seals.Checkpoint(AT, 3000, HEADS, None)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> keys.Keys:
    folder = tmp_path_factory.mktemp("keys") / "secrets"
    keys.create_missing(folder)
    return keys.load(folder)


@pytest.fixture(scope="module")
def public(loaded: keys.Keys) -> Ed25519PublicKey:
    return loaded.chain.public_key()


def refused(public: Ed25519PublicKey, line: str, why: str) -> None:
    with pytest.raises(seals.CheckpointBroken) as caught:
        seals.verify_checkpoint(public, line)
    assert str(caught.value) == why


def test_a_line_says_what_anybody_can_check(loaded: keys.Keys, public: Ed25519PublicKey) -> None:
    line = seals.sign_checkpoint(loaded, FIRST)
    read = json.loads(line)
    signature = base64.urlsafe_b64decode(read.pop("signature") + "==")
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert read.pop("key") == hashlib.sha256(raw).digest()[:16].hex()
    assert read == {"at": "2026-11-23T02:00:00.000000Z", "count": 3000, "heads_digest": HEADS.hex(), "previous": None}
    public.verify(signature, b"bmp:checkpoint:1\n" + json.dumps(read, sort_keys=True, separators=(",", ":")).encode())
    assert "\n" not in line


def test_a_line_is_read_back(loaded: keys.Keys, public: Ed25519PublicKey) -> None:
    second = seals.Checkpoint(AT + timedelta(microseconds=1), 0, bytes(32), HEADS)
    for checkpoint in (FIRST, second):
        assert seals.verify_checkpoint(public, seals.sign_checkpoint(loaded, checkpoint)) == checkpoint


def test_an_instant_is_written_in_utc(loaded: keys.Keys) -> None:
    local = AT.astimezone(timezone(timedelta(hours=1)))
    assert seals.sign_checkpoint(loaded, seals.Checkpoint(local, 3000, HEADS, None)) == seals.sign_checkpoint(
        loaded, FIRST
    )


@pytest.mark.parametrize(
    "nonsense",
    [
        seals.Checkpoint(AT.replace(tzinfo=None), 1, HEADS, None),
        seals.Checkpoint(AT, -1, HEADS, None),
        seals.Checkpoint(AT, count=True, heads_digest=HEADS, previous=None),
        seals.Checkpoint(AT, 1, HEADS[:31], None),
        seals.Checkpoint(AT, 1, HEADS, b""),
    ],
)
def test_nonsense_is_not_signed(loaded: keys.Keys, nonsense: seals.Checkpoint) -> None:
    with pytest.raises(ValueError, match=r"an instant needs|a count is|a digest has"):
        seals.sign_checkpoint(loaded, nonsense)


@pytest.mark.parametrize(
    "change",
    [
        {"count": 2999},
        {"heads_digest": bytes(32).hex()},
        {"at": "2026-11-22T02:00:00.000000Z"},
        {"previous": HEADS.hex()},
        {"signature": "A" * 86},
        {"signature": ""},
    ],
)
def test_an_altered_line_is_noticed(loaded: keys.Keys, public: Ed25519PublicKey, change: dict[str, Any]) -> None:
    read = json.loads(seals.sign_checkpoint(loaded, FIRST)) | change
    line = json.dumps(read, sort_keys=True, separators=(",", ":"))
    refused(public, line, "the signature does not belong to what it says")


@pytest.mark.parametrize(
    "change",
    [
        {"at": "2026-11-23T02:00:00Z"},
        {"at": "2026-11-23T03:00:00.000000+01:00"},
        {"heads_digest": HEADS.hex().upper()},
        {"more": 1},
        {"key": 1},
    ],
)
def test_a_line_has_one_spelling(loaded: keys.Keys, public: Ed25519PublicKey, change: dict[str, Any]) -> None:
    good = seals.sign_checkpoint(loaded, FIRST)
    line = json.dumps(json.loads(good) | change, sort_keys=True, separators=(",", ":"))
    refused(public, line, "not written as checkpoints are: every one has one spelling")
    refused(public, f" {good}", "not written as checkpoints are: every one has one spelling")


@pytest.mark.parametrize(
    "change",
    [
        {"at": "yesterday"},
        {"at": 1},
        {"at": "2026-11-23T02:00:00"},
        {"count": 1.5},
        {"count": True},
        {"count": "3000"},
        {"heads_digest": "00"},
        {"heads_digest": None},
        {"previous": "x"},
        {"previous": ""},
        {"signature": 1},
        {"signature": "é"},
    ],
)
def test_a_member_of_another_kind_is_refused(
    loaded: keys.Keys, public: Ed25519PublicKey, change: dict[str, Any]
) -> None:
    read = json.loads(seals.sign_checkpoint(loaded, FIRST)) | change
    refused(public, json.dumps(read, sort_keys=True, separators=(",", ":")), "not a checkpoint")


@pytest.mark.parametrize("line", ["", "{}", "[]", "1", "null", "{", '"x"', "[" * 100_000])
def test_what_is_no_checkpoint(public: Ed25519PublicKey, line: str) -> None:
    refused(public, line, "not a checkpoint")


def test_a_line_of_another_deployment(public: Ed25519PublicKey, tmp_path: Path) -> None:
    keys.create_missing(tmp_path / "secrets")
    line = seals.sign_checkpoint(keys.load(tmp_path / "secrets"), FIRST)
    refused(public, line, f"signed with another key than {seals.fingerprint(public)}")


def test_the_public_key_can_be_kept_by_an_auditor(loaded: keys.Keys) -> None:
    kept = load_pem_public_key(seals.public_pem(loaded).encode())
    assert isinstance(kept, Ed25519PublicKey)
    assert seals.verify_checkpoint(kept, seals.sign_checkpoint(loaded, FIRST)) == FIRST


# The file


def week(loaded: keys.Keys) -> list[str]:
    lines: list[str] = []
    for day in range(7):
        previous = seals.line_digest(lines[-1].rstrip("\n")) if lines else None
        checkpoint = seals.Checkpoint(AT + timedelta(days=day), 3000 + day // 2, HEADS, previous)
        lines.append(seals.sign_checkpoint(loaded, checkpoint) + "\n")
    return lines


def test_a_file_of_checkpoints_holds_together(loaded: keys.Keys, public: Ed25519PublicKey, tmp_path: Path) -> None:
    (tmp_path / "checkpoints.jsonl").write_text("".join(week(loaded)))
    with (tmp_path / "checkpoints.jsonl").open() as file:
        found = seals.verify_lines(public, file)
    assert [(checkpoint.at, checkpoint.count) for checkpoint in found] == [
        (AT + timedelta(days=day), 3000 + day // 2) for day in range(7)
    ]
    assert seals.verify_lines(public, []) == []


def lines_refused(public: Ed25519PublicKey, lines: list[str], why: str) -> None:
    with pytest.raises(seals.CheckpointBroken) as caught:
        seals.verify_lines(public, lines)
    assert str(caught.value) == why


def test_a_line_taken_out_is_noticed(loaded: keys.Keys, public: Ed25519PublicKey) -> None:
    lines = week(loaded)
    for gone in range(6):
        number = gone + 1
        rest = lines[:gone] + lines[gone + 1 :]
        lines_refused(public, rest, f"line {number}: it follows another line than the one before it")


def test_a_line_that_is_broken_is_named(loaded: keys.Keys, public: Ed25519PublicKey) -> None:
    lines = week(loaded)
    lines_refused(public, [*lines, "\n"], "line 8: not a checkpoint")


@pytest.mark.parametrize(
    ("later", "count", "why"),
    [
        (0, 3000, "line 2: it is not later than the one before it"),
        (-1, 3000, "line 2: it is not later than the one before it"),
        (1, 2999, "line 2: it counts fewer chains than the one before it"),
    ],
)
def test_time_and_count_only_grow(
    loaded: keys.Keys, public: Ed25519PublicKey, later: int, count: int, why: str
) -> None:
    first = seals.sign_checkpoint(loaded, FIRST)
    second = seals.Checkpoint(AT + timedelta(days=later), count, HEADS, seals.line_digest(first))
    lines_refused(public, [first, seals.sign_checkpoint(loaded, second)], why)


# Text that may be erased


@given(st.text())
def test_a_salted_hash_belongs_to_its_text(text: str) -> None:
    salt, stored = seals.salted_hash(text)
    assert (len(salt), stored) == (16, hashlib.sha256(salt + text.encode()).digest())
    assert seals.same_text(text, salt, stored)
    assert not seals.same_text(text + "x", salt, stored)
    assert not seals.same_text(text, bytes(16), stored)


def test_the_same_text_hashes_differently_each_time() -> None:
    assert len({seals.salted_hash("lost at sea") for _ in range(50)}) == 50
