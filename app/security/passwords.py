"""Passwords: a policy after NIST SP 800-63B, and Argon2id where it cannot starve the event loop.

One hash at the defaults of pwdlib takes some 250 ms of one core and 64 MiB. It runs in a thread, and at most two at
a time per process: people who log in wait for one another, everybody else notices nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.domain.errors import Fault, Rejected

SHORTEST = 12
LONGEST = 256
AT_ONCE = 2
"""Hashes computed at the same time by one process: 128 MiB."""

_T = TypeVar("_T")
_argon2 = Argon2Hasher()
_hasher = PasswordHash((_argon2,))
_limiter: RunVar[CapacityLimiter] = RunVar("bmp_password_limiter")  # a limiter belongs to one event loop

_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$vp5dfRt1jA6DqhN2Tx4qBg$"  # no password belongs to it: its hash part is random
    "wPX2w9QjB8oMIkd8dMqo3CYcm2JbT4P1mDk5w0cfKqI"
)
_STEMS = (
    *("password", "mypassword", "thisismypassword", "passwort", "motdepasse", "changeme", "letmein", "trustno"),
    *("azerty", "azertyuiop", "qwerty", "qwertz", "qwertyuiop", "qwertyuiopasdfghjkl", "asdfgh", "asdfghjkl", "zxcvbn"),
    *("zxcvbnm", "qsdfghjklm", "wxcvbn", "qazwsx", "qazwsxedc", "qazwsxedcrfv", "welcome", "bienvenue", "benvenuto"),
    *("iloveyou", "monkey", "dragon", "sunshine", "princess", "football", "baseball", "superman", "batman", "master"),
    *("shadow", "whatever", "starwars", "default", "secret", "admin", "administrator", "administrateur", "login"),
    *("amministratore", "root", "guest", "user", "test", "hello", "bonjour", "salam", "abcdef", "abcdefgh"),
    *("bmp", "icmpd", "border", "frontiere", "maroc", "morocco", "marocco", "tunisie", "tunisia", "maghreb"),
)
_STEMS_ONLY = re.compile(r"({0})\1*({0})?".format("|".join(sorted(_STEMS, key=len, reverse=True))))
_FAMOUS = frozenset({"1q2w3e4r5t6y", "q1w2e3r4t5y6", "1qaz2wsx3edc", "correcthorsebatterystaple"})
_SEQUENCES = ("0123456789" * 30, "abcdefghijklmnopqrstuvwxyz" * 10)
_FEWEST_DIFFERENT = 5
_FEWEST_OWN = 8
"""Characters that have to be left of a password once the account name is taken out of it."""
_SHORTEST_WORD = 3
_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")


async def hash_password(password: str) -> str:
    """The Argon2id hash to store, with its salt and its cost in it."""
    return await _in_thread(lambda: _hasher.hash(_prepared(password)))


async def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one.

    `None` stands for an account that is unknown, locked or without a password: the answer is no, after the same work,
    so that the time taken does not tell which account names exist.
    """
    right = await _in_thread(lambda: _hasher.verify(_prepared(password), stored or _NOBODY))
    return right and stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made at another cost than today's. Ask after a log-in that succeeded, and hash again."""
    return _argon2.check_needs_rehash(stored)


def check_password(password: str, *, account_name: str, pointer: str = "/password") -> None:
    """Refuse a password that is too short, too long, common, or little more than the account name.

    There are no rules of composition (NIST SP 800-63B 3.1.1.2): they make people write passwords that are easier to
    guess. Raises Rejected with every fault found: `password_too_short`, `password_too_long`, `password_common`,
    `password_is_account_name`.
    """
    text = unicodedata.normalize("NFKC", password)
    own = "This password is little more than the account name."
    checks = (
        (len(text) < SHORTEST, "password_too_short", f"A password has at least {SHORTEST} characters."),
        (len(text) > LONGEST, "password_too_long", f"A password has at most {LONGEST} characters."),
        (_is_common(text.casefold()), "password_common", "This password is among those that are tried first."),
        (_is_mostly(account_name.casefold(), text.casefold()), "password_is_account_name", own),
    )
    faults = [Fault(pointer, code, detail) for found, code, detail in checks if found]
    if faults:
        raise Rejected(faults)


def _is_common(text: str) -> bool:
    """Whether guessers come to it early: a stem or two with digits around, a row of keys, few different characters."""
    plain = re.sub(r"[\W_]", "", text)
    if plain in _FAMOUS or len(set(text)) < _FEWEST_DIFFERENT:
        return True
    if any(plain in sequence or plain[::-1] in sequence for sequence in _SEQUENCES):
        return True
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    spellings = (re.sub(r"[\W\d_]", "", text), core.translate(_LOOKALIKES))
    return any(_STEMS_ONLY.fullmatch(spelling) for spelling in spellings)


def _is_mostly(account_name: str, text: str) -> bool:
    """Whether little is left of the text without the account name, the part before its @, and its words."""
    words = {account_name, account_name.partition("@")[0], *re.split(r"[\W_]+", account_name)}
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            text = text.replace(word, "")
    return len(text) < _FEWEST_OWN


def _prepared(password: str) -> bytes:
    """One spelling for what keyboards compose differently (NFKC), and bytes for any text at all."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


async def _in_thread(work: Callable[[], _T]) -> _T:
    try:
        limiter = _limiter.get()
    except LookupError:
        limiter = CapacityLimiter(AT_ONCE)
        _limiter.set(limiter)
    return await to_thread.run_sync(work, limiter=limiter)
