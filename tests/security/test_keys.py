"""The secrets folder: made once, read by many, refused when it is not safe (API 17, DOMAIN 4)."""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from app.security import keyfiles, keys

KID = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{8}")


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "secrets"
    keys.create_missing(made)
    return made


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def only_kid(folder: Path) -> str:
    (kid,) = names(folder / "signing")
    return kid


def age(folder: Path, kid: str, by: timedelta) -> str:
    """Rename a signing key as if it had been made that much earlier."""
    stamp, _, tail = kid.partition("-")
    made_at = datetime.strptime(stamp, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC) - by
    older = f"{made_at.strftime('%Y%m%dT%H%M%S%fZ')}-{tail}"
    (folder / "signing" / kid).rename(folder / "signing" / older)
    return older


def test_everything_is_made_private_whatever_the_umask(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there" / "secrets"
    before = os.umask(0)
    try:
        made = keys.create_missing(folder)
    finally:
        os.umask(before)
    assert KID.fullmatch(made[0].removeprefix("signing/"))
    assert made[1:] == ("vault/kek-1", "blind_index", "cursor", "chain")
    assert set(files_of(folder)) == set(made)
    assert {oct(path.stat().st_mode & 0o7777) for path in folder.rglob("*") if path.is_file()} == {"0o600"}
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    assert [oct(path.stat().st_mode & 0o7777) for path in folders] == ["0o700"] * 3


def test_existing_keys_are_never_touched(folder: Path) -> None:
    before = files_of(folder)
    assert keys.create_missing(folder) == ()
    assert files_of(folder) == before


def test_only_what_is_missing_is_made(folder: Path) -> None:
    before = files_of(folder)
    (folder / "cursor").unlink()
    assert keys.create_missing(folder) == ("cursor",)
    after = files_of(folder)
    assert after.pop("cursor") != before.pop("cursor")
    assert after == before


def test_two_that_start_together_agree(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        made = pool.map(keys.create_missing, [folder] * 2)
    assert sorted(len(each) for each in made) == [0, 5]
    assert len(files_of(folder)) == 5


def test_what_is_loaded_is_what_the_files_say(folder: Path) -> None:
    loaded = keys.load(folder)
    assert loaded.signer().kid == only_kid(folder)
    assert loaded.signer().private_pem == (folder / "signing" / only_kid(folder)).read_bytes()
    assert loaded.verifiers() == (loaded.signer(),)
    assert loaded.verifier(only_kid(folder)) is loaded.signer()
    assert loaded.newest_kek() == (1, bytes.fromhex((folder / "vault" / "kek-1").read_text()))
    assert loaded.kek(1) == loaded.newest_kek()[1]
    assert loaded.cursor == bytes.fromhex((folder / "cursor").read_text())
    assert loaded.blind_index == bytes.fromhex((folder / "blind_index").read_text())
    assert len({loaded.cursor, loaded.blind_index, loaded.kek(1)}) == 3
    assert isinstance(loaded.chain, ed25519.Ed25519PrivateKey)


def test_nothing_secret_shows_in_a_representation(folder: Path) -> None:
    loaded = keys.load(folder)
    assert repr(loaded) == f"Keys({str(folder)!r})"
    assert repr(loaded.signer()) == (
        f"SigningKey(kid={loaded.signer().kid!r}, created_at={loaded.signer().created_at!r})"
    )


@pytest.mark.parametrize("name", ["blind_index", "cursor", "chain", "vault", "signing", "."])
def test_a_missing_part_is_named(folder: Path, name: str) -> None:
    (folder / name).rename(folder.parent / "elsewhere")
    with pytest.raises(keys.KeysMissing, match=re.escape(str(folder / name))):
        keys.load(folder)


@pytest.mark.parametrize("name", ["signing", "vault"])
def test_an_empty_folder_of_keys_is_refused(folder: Path, name: str) -> None:
    for path in (folder / name).iterdir():
        path.unlink()
    with pytest.raises(keys.KeysMissing, match=rf"{re.escape(str(folder / name))} holds no"):
        keys.load(folder)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
@pytest.mark.parametrize("name", ["blind_index", "cursor", "chain", "vault/kek-1"])
def test_a_file_that_others_may_use_is_refused(folder: Path, name: str, mode: int) -> None:
    (folder / name).chmod(mode)
    with pytest.raises(keys.KeysUnsafe) as refused:
        keys.load(folder)
    assert str(refused.value) == (
        f"{folder / name} may be used by other accounts (mode {mode:04o}): run chmod go= on it"
    )


def test_a_signing_key_that_others_may_read_is_refused(folder: Path) -> None:
    (folder / "signing" / only_kid(folder)).chmod(0o644)
    with pytest.raises(keys.KeysUnsafe, match=only_kid(folder)):
        keys.load(folder)


@pytest.mark.parametrize("name", [".", "signing", "vault"])
def test_a_folder_that_others_may_open_is_refused_and_not_mended(folder: Path, name: str) -> None:
    (folder / name).chmod(0o750)
    with pytest.raises(keys.KeysUnsafe):
        keys.load(folder)
    with pytest.raises(keys.KeysUnsafe):
        keys.create_missing(folder)
    assert (folder / name).stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("content", [b"", b"00" * 31, b"00" * 33, b"zz" * 32, b"\x00" * 32, b"00" * 32 + b"\nextra"])
@pytest.mark.parametrize("name", ["blind_index", "cursor", "vault/kek-1"])
def test_a_damaged_symmetric_key_is_refused(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(keys.KeysDamaged, match=f"{re.escape(str(folder / name))} has to hold 64 hexadecimal digits"):
        keys.load(folder)


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"no key", "unencrypted private key in PEM"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "a P-256 private key"),
        (pem(ed25519.Ed25519PrivateKey.generate()), "a P-256 private key"),
        (
            ec.generate_private_key(ec.SECP256R1()).private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a password")
            ),
            "unencrypted private key in PEM",
        ),
    ],
    ids=["junk", "other curve", "other kind", "encrypted"],
)
def test_a_signing_file_of_another_kind_is_refused(folder: Path, content: bytes, text: str) -> None:
    (folder / "signing" / only_kid(folder)).write_bytes(content)
    with pytest.raises(keys.KeysDamaged, match=f"{only_kid(folder)} has to hold (an )?{text}"):
        keys.load(folder)


def test_a_chain_key_of_another_kind_is_refused(folder: Path) -> None:
    (folder / "chain").write_bytes(pem(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(keys.KeysDamaged, match="chain has to hold an Ed25519 private key"):
        keys.load(folder)


def test_a_folder_in_place_of_a_key_is_refused(folder: Path) -> None:
    (folder / "cursor").unlink()
    (folder / "cursor").mkdir(mode=0o700)
    with pytest.raises(keys.KeysDamaged, match="cursor cannot be read: Is a directory"):
        keys.load(folder)


def test_a_kid_that_is_no_instant_is_refused(folder: Path) -> None:
    (folder / "signing" / only_kid(folder)).rename(folder / "signing" / "20261399T000000000000Z-00000000")
    with pytest.raises(keys.KeysDamaged, match="20261399T000000000000Z-00000000 is not named for the instant"):
        keys.load(folder)


def test_other_names_are_no_keys(folder: Path) -> None:
    for name in ("signing/README", f"signing/{only_kid(folder)}.bak", "vault/kek-0", "vault/kek-2.tmp", "vault/.kek-3"):
        (folder / name).write_bytes(b"not a key")
    loaded = keys.load(folder)
    assert len(loaded.verifiers()) == 1
    assert loaded.newest_kek()[0] == 1


def test_a_new_signing_key_signs_and_the_old_one_verifies(folder: Path) -> None:
    first = only_kid(folder)
    second = keys.rotate_signing(folder, timedelta(minutes=10))
    loaded = keys.load(folder)
    assert loaded.signer().kid == second
    assert [key.kid for key in loaded.verifiers()] == [second, first]


def test_a_running_process_notices_a_rotation_after_a_few_seconds(folder: Path) -> None:
    clock = Clock()
    loaded = keys.load(folder, clock=clock)
    first = loaded.signer().kid
    second = keys.rotate_signing(folder, timedelta(minutes=10))
    clock.pass_by(keys.CHECK_SECONDS - 0.1)
    assert loaded.signer().kid == first
    clock.pass_by(0.1)
    assert loaded.signer().kid == second
    assert loaded.newest_kek()[0] == 1


def test_a_kid_that_is_not_known_is_looked_for_at_once(folder: Path) -> None:
    loaded = keys.load(folder, clock=Clock())
    second = keys.rotate_signing(folder, timedelta(minutes=10))
    found = loaded.verifier(second)
    assert found is not None
    assert found.kid == second
    assert loaded.verifier("20200101T000000000000Z-00000000") is None


def test_a_superseded_key_verifies_for_the_overlap_and_no_longer(folder: Path) -> None:
    first = only_kid(folder)
    second = keys.rotate_signing(folder, timedelta(minutes=10))
    assert keys.load(folder, overlap=timedelta(minutes=10)).verifier(first) is not None
    aged = age(folder, second, timedelta(minutes=12))
    oldest = age(folder, first, timedelta(minutes=20))
    late = keys.load(folder, overlap=timedelta(minutes=10))
    assert late.verifier(oldest) is None
    assert [key.kid for key in late.verifiers()] == [aged]
    assert [key.kid for key in keys.load(folder).verifiers()] == [aged, oldest]


def test_rotation_removes_keys_whose_time_is_over(folder: Path) -> None:
    oldest = age(folder, only_kid(folder), timedelta(hours=2))
    middle = age(folder, keys.rotate_signing(folder, timedelta(minutes=10)), timedelta(hours=1))
    newest = keys.rotate_signing(folder, timedelta(minutes=10))
    assert names(folder / "signing") == [middle, newest]
    assert oldest < middle < newest


def test_a_leaked_key_goes_at_once(folder: Path) -> None:
    loaded = keys.load(folder, clock=Clock())
    leaked = only_kid(folder)
    newest = keys.rotate_signing(folder, timedelta(0))
    assert names(folder / "signing") == [newest]
    assert loaded.verifier(newest) is not None
    assert loaded.verifier(leaked) is None


def test_a_clock_set_back_does_not_bury_the_new_key(folder: Path) -> None:
    ahead = age(folder, only_kid(folder), -timedelta(days=3))
    newest = keys.rotate_signing(folder, timedelta(minutes=10))
    assert newest > ahead
    assert keys.load(folder).signer().kid == newest


def test_a_new_vault_key_wraps_and_the_old_one_unwraps(folder: Path) -> None:
    loaded = keys.load(folder, clock=Clock())
    first = loaded.kek(1)
    assert keys.rotate_vault(folder) == 2
    assert loaded.newest_kek() == (1, first)
    second = loaded.kek(2)
    assert loaded.newest_kek() == (2, second)
    assert loaded.kek(1) == first
    assert second != first


def test_versions_of_vault_keys_are_numbers_and_not_words(folder: Path) -> None:
    for _ in range(10):
        keys.rotate_vault(folder)
    assert keys.load(folder).newest_kek()[0] == 11


def test_a_retired_vault_key_is_gone_and_the_newest_cannot_be_retired(folder: Path) -> None:
    keys.rotate_vault(folder)
    keys.retire_vault(folder, 1)
    loaded = keys.load(folder)
    with pytest.raises(keys.KeyUnknown, match=f"{re.escape(str(folder / 'vault'))} holds no kek-1"):
        loaded.kek(1)
    with pytest.raises(ValueError, match="in use"):
        keys.retire_vault(folder, 2)
    with pytest.raises(keys.KeysMissing, match="kek-1 is missing"):
        keys.retire_vault(folder, 1)
    assert names(folder / "vault") == ["kek-2"]


def test_a_bad_change_is_logged_and_the_known_keys_stay(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    loaded = keys.load(folder, clock=Clock())
    known = loaded.signer()
    second = keys.rotate_signing(folder, timedelta(minutes=10))
    (folder / "signing" / second).chmod(0o644)
    with caplog.at_level(logging.WARNING):
        assert loaded.verifier(second) is None
    assert loaded.signer() is known
    assert f"{second} may be used by other accounts" in caplog.text
    (folder / "signing" / second).chmod(0o600)
    assert loaded.verifier(second) is not None


def test_a_folder_that_vanished_is_logged_and_the_known_keys_stay(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    loaded = keys.load(folder, clock=clock)
    known = loaded.signer()
    folder.rename(folder.parent / "elsewhere")
    clock.pass_by(keys.CHECK_SECONDS)
    with caplog.at_level(logging.WARNING):
        assert loaded.signer() is known
    assert "the keys known so far stay" in caplog.text


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        keyfiles.write_new(tmp_path / "cursor", b"secret")
    assert list(tmp_path.iterdir()) == []
