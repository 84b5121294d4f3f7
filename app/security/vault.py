"""The vault of names: sealing, opening, re-wrapping and finding personal data (DOMAIN 4).

Each person has a data key of their own. It seals the person's texts with AES-256-GCM, and is stored beside them only
*wrapped*: encrypted with a key-encryption key (KEK) that lives outside the database. So

- a copy of the database without the secrets folder tells nobody's name;
- rotating the KEK re-wraps 65 bytes per person and touches no text;
- **erasing a person is destroying their wrapped key**: every text that it sealed, in this database, in its replicas
  and in every later backup, is noise from then on. What was backed up before still holds the wrapped key: that is why
  erasures are replayed after a restore, and why a retired KEK is removed (`keys.retire_vault`).

A sealed text is bound to its table, column and row, and a wrapped key to the person it belongs to: neither opens
anywhere else, so nobody can give one person another's name by copying bytes.

Both formats are a version byte, then (wrapped keys only) the KEK's version as four bytes, then 12 bytes of nonce and
the ciphertext with its 16 bytes of tag. Numbers are big-endian.
"""

from __future__ import annotations

import hmac
import secrets
import struct
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.domain.names import fold_name
from app.security.keys import Keys

FORMAT = 1
_NONCE = 12
_TAG = 16
_KEY = 32
_WRAPPED_HEAD = struct.Struct(">BI")
_WRAPPED_LENGTH = _WRAPPED_HEAD.size + _NONCE + _KEY + _TAG


class VaultError(Exception):
    """Personal data cannot be opened. The text never holds any of it."""


class SealBroken(VaultError):
    """The bytes were changed, or belong to another person, table, column or row, or another secrets folder."""


class Erased(VaultError):
    """The person was erased: there is no wrapped key any more, and nothing will ever open these texts."""


def new_data_key(keys: Keys, *, owner_id: UUID) -> bytes:
    """A new person's data key, wrapped with the newest KEK."""
    return _wrap(keys, secrets.token_bytes(_KEY), owner_id)


def wrapped_version(wrapped: bytes) -> int:
    """The version of the KEK that a wrapped key needs; raises SealBroken for bytes of another format."""
    if len(wrapped) != _WRAPPED_LENGTH or wrapped[0] != FORMAT:
        raise SealBroken("not a wrapped key of a known format")
    return int(_WRAPPED_HEAD.unpack_from(wrapped)[1])


def open_data_key(keys: Keys, wrapped: bytes | None, *, owner_id: UUID) -> bytes:
    """A data key, for what is sealed piece by piece (`sealed_files.py`). Raises Erased without a wrapped key."""
    return _unwrap(keys, wrapped, owner_id)


def rewrap(keys: Keys, wrapped: bytes, *, owner_id: UUID) -> bytes:
    """The same data key wrapped with the newest KEK; the very same bytes when it already is."""
    if wrapped_version(wrapped) == keys.newest_kek()[0]:
        return wrapped
    return _wrap(keys, _unwrap(keys, wrapped, owner_id), owner_id)


def seal(
    keys: Keys,
    *,
    table: str,
    column: str,
    row_id: UUID,
    wrapped: bytes | None,
    plaintext: str,
    owner_id: UUID | None = None,
) -> bytes:
    """The text sealed for that table, column and row with a person's data key.

    `owner_id` is the person whose key it is, where that is not the row itself. Raises Erased without a wrapped key.
    """
    key = _unwrap(keys, wrapped, owner_id or row_id)
    nonce = secrets.token_bytes(_NONCE)
    return bytes([FORMAT]) + nonce + AESGCM(key).encrypt(nonce, plaintext.encode(), _place(table, column, row_id))


def unseal(
    keys: Keys,
    *,
    table: str,
    column: str,
    row_id: UUID,
    wrapped: bytes | None,
    sealed: bytes,
    owner_id: UUID | None = None,
) -> str:
    """The text that was sealed there. Raises Erased without a wrapped key, SealBroken when anything was changed."""
    key = _unwrap(keys, wrapped, owner_id or row_id)
    if len(sealed) < 1 + _NONCE + _TAG or sealed[0] != FORMAT:
        raise SealBroken(f"{table}.{column} of {row_id} is not in a known format")
    nonce, ciphertext = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, _place(table, column, row_id)).decode()
    except InvalidTag:
        raise SealBroken(f"{table}.{column} of {row_id} was changed or belongs elsewhere") from None


def blind_index(keys: Keys, agency_id: UUID, name: str) -> bytes:
    """What finds a person by exact name within one agency, and warns of duplicates, without the name (32 bytes).

    A keyed hash of the folded name (case, accents and spaces around do not count). The same name gives another value in
    another agency, so a copy of the table does not even tell who has namesakes elsewhere.
    """
    return hmac.digest(keys.blind_index, b"bmp:name:1" + agency_id.bytes + fold_name(name).encode(), "sha256")


def _wrap(keys: Keys, data_key: bytes, owner_id: UUID) -> bytes:
    version, kek = keys.newest_kek()
    head = _WRAPPED_HEAD.pack(FORMAT, version)
    nonce = secrets.token_bytes(_NONCE)
    return head + nonce + AESGCM(kek).encrypt(nonce, data_key, _owner(head, owner_id))


def _unwrap(keys: Keys, wrapped: bytes | None, owner_id: UUID) -> bytes:
    if wrapped is None:
        raise Erased("this person was erased")
    kek = keys.kek(wrapped_version(wrapped))
    head, body = wrapped[: _WRAPPED_HEAD.size], wrapped[_WRAPPED_HEAD.size :]
    try:
        return AESGCM(kek).decrypt(body[:_NONCE], body[_NONCE:], _owner(head, owner_id))
    except InvalidTag:
        raise SealBroken(f"the wrapped key of {owner_id} was changed or belongs to somebody else") from None


def _owner(head: bytes, owner_id: UUID) -> bytes:
    return b"bmp:key:" + head + owner_id.bytes


def _place(table: str, column: str, row_id: UUID) -> bytes:
    """Table, column and row, each with its length before it, so that no two places read the same."""
    parts = (table.encode(), column.encode(), row_id.bytes)
    return b"bmp:text:" + b"".join(struct.pack(">H", len(part)) + part for part in parts)
