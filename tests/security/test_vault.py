"""The vault: nothing opens anywhere but in its place, and erasing a key erases the person (DOMAIN 4)."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.security import keys, vault

PERSON = UUID("6f3c1f6e-6c1e-4f5a-9a3b-2f7a5d0c1b11")
OTHER = UUID("6f3c1f6e-6c1e-4f5a-9a3b-2f7a5d0c1b12")
NAME = "Ines Ben Example"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "secrets"
    keys.create_missing(made)
    return made


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> keys.Keys:
    made = tmp_path_factory.mktemp("keys") / "secrets"
    keys.create_missing(made)
    return keys.load(made)


def place(**changes: Any) -> dict[str, Any]:
    return {"table": "vault", "column": "sealed_name", "row_id": PERSON} | changes


@given(st.text())
def test_what_is_sealed_opens_in_its_place(loaded: keys.Keys, text: str) -> None:
    wrapped = vault.new_data_key(loaded, owner_id=PERSON)
    sealed = vault.seal(loaded, **place(), wrapped=wrapped, plaintext=text)
    assert vault.unseal(loaded, **place(), wrapped=wrapped, sealed=sealed) == text
    assert len(sealed) == 1 + 12 + len(text.encode()) + 16


def test_a_persons_key_seals_texts_in_other_tables_too(loaded: keys.Keys) -> None:
    wrapped = vault.new_data_key(loaded, owner_id=PERSON)
    elsewhere = place(table="notes", column="text", row_id=uuid4(), owner_id=PERSON, wrapped=wrapped)
    sealed = vault.seal(loaded, **elsewhere, plaintext=NAME)
    assert vault.unseal(loaded, **elsewhere, sealed=sealed) == NAME
    with pytest.raises(vault.SealBroken):
        vault.unseal(loaded, **elsewhere | {"owner_id": None}, sealed=sealed)


def test_nothing_is_sealed_or_wrapped_the_same_way_twice(loaded: keys.Keys) -> None:
    wrapped = {vault.new_data_key(loaded, owner_id=PERSON) for _ in range(50)}
    one = next(iter(wrapped))
    sealed = {vault.seal(loaded, **place(), wrapped=one, plaintext=NAME) for _ in range(50)}
    assert (len(wrapped), len(sealed)) == (50, 50)
    assert not any(NAME.encode() in each for each in sealed)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"table": "trainees"},
        {"column": "sealed_contact"},
        {"row_id": OTHER},
        {"row_id": OTHER, "owner_id": PERSON},
        {"owner_id": OTHER},
        {"table": "vaultsealed", "column": "_name"},
        {"table": "", "column": "vaultsealed_name"},
    ],
)
def test_a_sealed_text_opens_nowhere_else(loaded: keys.Keys, elsewhere: dict[str, Any]) -> None:
    wrapped = vault.new_data_key(loaded, owner_id=PERSON)
    sealed = vault.seal(loaded, **place(), wrapped=wrapped, plaintext=NAME)
    with pytest.raises(vault.SealBroken) as caught:
        vault.unseal(loaded, **place(**elsewhere), wrapped=wrapped, sealed=sealed)
    assert NAME not in str(caught.value)


def test_a_sealed_text_does_not_open_with_another_persons_key(loaded: keys.Keys) -> None:
    mine, yours = (vault.new_data_key(loaded, owner_id=each) for each in (PERSON, OTHER))
    sealed = vault.seal(loaded, **place(), wrapped=mine, plaintext=NAME)
    for wrapped in (yours, vault.new_data_key(loaded, owner_id=PERSON)):
        with pytest.raises(vault.SealBroken):
            vault.unseal(loaded, **place(), wrapped=wrapped, sealed=sealed)


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def test_every_changed_byte_is_noticed(loaded: keys.Keys) -> None:
    wrapped = vault.new_data_key(loaded, owner_id=PERSON)
    sealed = vault.seal(loaded, **place(), wrapped=wrapped, plaintext=NAME)
    for at in range(len(sealed)):
        with pytest.raises(vault.SealBroken):
            vault.unseal(loaded, **place(), wrapped=wrapped, sealed=flipped(sealed, at))
    for at in range(len(wrapped)):
        with pytest.raises((vault.SealBroken, keys.KeyUnknown)):
            vault.unseal(loaded, **place(), wrapped=flipped(wrapped, at), sealed=sealed)


@pytest.mark.parametrize("cut", [0, 1, 12, 28, -1])
def test_cut_bytes_are_noticed(loaded: keys.Keys, cut: int) -> None:
    wrapped = vault.new_data_key(loaded, owner_id=PERSON)
    sealed = vault.seal(loaded, **place(), wrapped=wrapped, plaintext=NAME)
    for broken in (sealed[:cut], sealed + b"x"):
        with pytest.raises(vault.SealBroken):
            vault.unseal(loaded, **place(), wrapped=wrapped, sealed=broken)
    for broken_key in (wrapped[:cut], wrapped + b"x"):
        with pytest.raises(vault.SealBroken):
            vault.unseal(loaded, **place(), wrapped=broken_key, sealed=sealed)


def test_another_deployments_vault_does_not_open(loaded: keys.Keys, folder: Path) -> None:
    wrapped = vault.new_data_key(loaded, owner_id=PERSON)
    sealed = vault.seal(loaded, **place(), wrapped=wrapped, plaintext=NAME)
    with pytest.raises(vault.SealBroken):
        vault.unseal(keys.load(folder), **place(), wrapped=wrapped, sealed=sealed)


def test_an_erased_person_is_told_apart_from_a_broken_seal(loaded: keys.Keys) -> None:
    wrapped = vault.new_data_key(loaded, owner_id=PERSON)
    sealed = vault.seal(loaded, **place(), wrapped=wrapped, plaintext=NAME)
    with pytest.raises(vault.Erased):
        vault.unseal(loaded, **place(), wrapped=None, sealed=sealed)
    with pytest.raises(vault.Erased):
        vault.seal(loaded, **place(), wrapped=None, plaintext=NAME)


def test_rotation_moves_wrapped_keys_and_touches_no_text(folder: Path) -> None:
    loaded = keys.load(folder)
    wrapped = vault.new_data_key(loaded, owner_id=PERSON)
    sealed = vault.seal(loaded, **place(), wrapped=wrapped, plaintext=NAME)
    assert vault.wrapped_version(wrapped) == 1
    assert vault.rewrap(loaded, wrapped, owner_id=PERSON) == wrapped
    keys.rotate_vault(folder)
    rotated = keys.load(folder)
    moved = vault.rewrap(rotated, wrapped, owner_id=PERSON)
    assert (vault.wrapped_version(moved), len(moved)) == (2, 65)
    assert vault.unseal(rotated, **place(), wrapped=wrapped, sealed=sealed) == NAME
    keys.retire_vault(folder, 1)
    after = keys.load(folder)
    assert vault.unseal(after, **place(), wrapped=moved, sealed=sealed) == NAME
    with pytest.raises(keys.KeyUnknown):
        vault.unseal(after, **place(), wrapped=wrapped, sealed=sealed)
    with pytest.raises(vault.SealBroken):
        vault.rewrap(rotated, wrapped, owner_id=OTHER)


def test_another_worker_opens_what_was_just_rewrapped(folder: Path) -> None:
    running = keys.load(folder, clock=lambda: 0.0)
    keys.rotate_vault(folder)
    wrapped = vault.new_data_key(keys.load(folder), owner_id=PERSON)
    sealed = vault.seal(running, **place(), wrapped=wrapped, plaintext=NAME)
    assert vault.unseal(running, **place(), wrapped=wrapped, sealed=sealed) == NAME


@pytest.mark.parametrize("wrapped", [b"", b"\x01", bytes(65), b"\x02" + bytes(64)])
def test_a_wrapped_key_of_another_format(wrapped: bytes) -> None:
    with pytest.raises(vault.SealBroken, match="known format"):
        vault.wrapped_version(wrapped)


def test_the_blind_index_finds_an_exact_name_in_one_agency(loaded: keys.Keys) -> None:
    agency, elsewhere = uuid4(), uuid4()
    found = vault.blind_index(loaded, agency, " Amélie  EXAMPLE ")
    assert found == vault.blind_index(loaded, agency, "amelie example")
    assert found == hmac.new(loaded.blind_index, b"bmp:name:1" + agency.bytes + b"amelie example", "sha256").digest()
    assert found != vault.blind_index(loaded, elsewhere, "amelie example")
    assert found != vault.blind_index(loaded, agency, "amelie exampl")
    assert found != hashlib.sha256(b"amelie example").digest()


def test_the_blind_index_is_keyed(loaded: keys.Keys, folder: Path) -> None:
    agency = uuid4()
    assert vault.blind_index(loaded, agency, NAME) != vault.blind_index(keys.load(folder), agency, NAME)
