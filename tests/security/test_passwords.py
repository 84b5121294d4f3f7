"""Passwords: what is refused, what is stored, and that nobody is starved or told who exists."""

from __future__ import annotations

import threading
import unicodedata

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pwdlib.hashers.argon2 import Argon2Hasher

from app.domain.errors import Rejected
from app.security import passwords

GOOD = "seven herons over the bay"


def codes(password: str, account_name: str = "amel.k@customs.example") -> list[str]:
    try:
        passwords.check_password(password, account_name=account_name)
    except Rejected as refused:
        return [fault.code for fault in refused.faults if fault.pointer == "/password"]
    return []


@pytest.mark.anyio
async def test_a_password_is_stored_as_argon2id_and_verified() -> None:
    stored = await passwords.hash_password(GOOD)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await passwords.verify_password(GOOD, stored) is True
    assert await passwords.verify_password(GOOD + " ", stored) is False
    assert await passwords.verify_password("", stored) is False
    assert passwords.needs_rehash(stored) is False


@pytest.mark.anyio
async def test_two_keyboards_make_one_password() -> None:
    stored = await passwords.hash_password(unicodedata.normalize("NFD", "été à Zarzis"))
    assert await passwords.verify_password(unicodedata.normalize("NFC", "été à Zarzis"), stored) is True


@pytest.mark.anyio
async def test_text_that_is_no_unicode_is_only_a_wrong_password() -> None:
    assert await passwords.verify_password("\ud800\x00", await passwords.hash_password(GOOD)) is False


@pytest.mark.anyio
async def test_an_unknown_account_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str | bytes] = []
    verify = Argon2Hasher.verify

    def counted(self: Argon2Hasher, password: str | bytes, stored: str | bytes) -> bool:
        checked.append(stored)
        return verify(self, password, stored)

    monkeypatch.setattr(Argon2Hasher, "verify", counted)
    assert await passwords.verify_password(GOOD, None) is False
    (nobody,) = checked
    cost = nobody.rsplit("$", 2)[0] if isinstance(nobody, str) else ""
    assert cost == "$argon2id$v=19$m=65536,t=3,p=4"
    assert passwords.needs_rehash(str(nobody)) is False


@pytest.mark.anyio
async def test_two_at_once_and_not_on_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    running = most = 0
    lock, both, threads = threading.Lock(), threading.Barrier(2), set[int]()

    def hashed(_self: Argon2Hasher, _password: str | bytes, **_: object) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            threads.add(threading.get_ident())
        both.wait(timeout=10)
        with lock:
            running -= 1
        return "hash"

    monkeypatch.setattr(Argon2Hasher, "hash", hashed)
    async with anyio.create_task_group() as group:
        for _ in range(6):
            group.start_soon(passwords.hash_password, GOOD)
    assert (most, running) == (passwords.AT_ONCE, 0)
    assert threading.get_ident() not in threads


def test_a_cheaper_hash_is_to_be_made_again() -> None:
    assert passwords.needs_rehash(Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1).hash("x")) is True


@pytest.mark.parametrize(
    "password",
    [GOOD, "x7Lq0vTz9Rk2", "كلمة سر طويلة جدا", "839201847562", "maroc football dragon sunshine", "d" * 3 + GOOD],
)
def test_a_good_password_needs_no_special_characters(password: str) -> None:
    assert codes(password) == []


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", ["password_too_short", "password_common", "password_is_account_name"]),
        ("x7Lq0vTz9Rk", ["password_too_short"]),
        ("x7Lq0vTz9R" * 26, ["password_too_long"]),
        ("Password1234", ["password_common"]),
        ("P@ssw0rd!!2026", ["password_common"]),
        ("password-password-password", ["password_common"]),
        ("Welcome.Tunisia.2026", ["password_common"]),
        ("Motdepasse2026", ["password_common"]),
        ("111111111111", ["password_common"]),
        ("abcabcabcabc", ["password_common"]),
        ("123456789012", ["password_common"]),
        ("210987654321", ["password_common"]),
        ("abcdefghijklm", ["password_common"]),
        ("1q2w3e4r5t6y", ["password_common"]),
        ("Correct Horse Battery Staple", ["password_common"]),
        ("azertyuiop123", ["password_common"]),
        ("amel.k@customs.example", ["password_is_account_name"]),
        ("Customs-Amel-99", ["password_is_account_name"]),
        ("EXAMPLE.customs.amel.k", ["password_is_account_name"]),
    ],
)
def test_a_bad_password_is_told_why(password: str, expected: list[str]) -> None:
    assert codes(password) == expected


def test_the_limits_are_inclusive() -> None:
    assert codes("x7Lq0vTz9RkW") == []
    assert codes(("x7Lq0vTz9RkW" * 30)[:256]) == []


def test_short_parts_of_an_account_name_take_nothing_away() -> None:
    assert codes("ak ak ak ak 7x", "ak") == []


def test_the_place_of_the_fault_is_the_callers() -> None:
    with pytest.raises(Rejected) as caught:
        passwords.check_password("short", account_name="a", pointer="/new_password")
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [
        ("/new_password", "password_too_short"),
        ("/new_password", "password_is_account_name"),
    ]


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    assert isinstance(codes(text), list)
