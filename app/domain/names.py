"""Names of people and things: how they are folded for search, and what may not stand in them.

Nobody's identity-card, passport or service number is ever held (DOMAIN 4). Names and work contacts are where such
numbers would slip in, so their patterns are refused there.
"""

from __future__ import annotations

import re
import unicodedata

from app.domain.errors import Rejected

LONGEST_NAME = 200
LONGEST_CONTACT = 254

#: Combining marks of Latin, Greek and Cyrillic letters, the short vowels of Arabic, and its line stretcher.
_MARKS = re.compile("[\u0300-\u036f\u0640\u064b-\u065f]")
#: White space that NFKD leaves.
_SPACES = re.compile("[\t-\r \x85\u1680\u2028\u2029]+")
#: Letters that do not decompose, and capitals beyond ASCII: told one by one, because what servers know differs.
_LETTERS = str.maketrans(
    "ĐđÐðĦħıĸŁłŊŋØøŦŧƉƏƒÆŒÞẞςΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЂЄІЈЉЊЋЏҐЅ",
    "ddddhhikllnnoottdəfæœþßσαβγδεζηθικλμνξοπρστυφχψωабвгдежзиклмнопрстуфхцчшщъыьэюяђєіјљњћџґѕ",  # noqa: RUF001  letters of other scripts are meant
)
#: Letters that are two.
_PAIRS = (("æ", "ae"), ("œ", "oe"), ("ß", "ss"), ("þ", "th"))
_ASCII = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")

#: What blind indexes were made with, and stays for them: kept hashes could not be made anew without the names.
_NAME_MARKS = re.compile("[\u0300-\u036f\u064b-\u065f]")
_NAME_SPACES = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")

#: Five digits or more in a row, whatever separates them: identity cards and passports of Tunisia (12345678), Morocco
#: (AB123456) and Italy (CA12345BB), service numbers, national telephone numbers.
_DIGIT_RUN = re.compile(r"\d(?:[\s.\-/_]*\d){4,}")
#: Italian fiscal code.
_FISCAL_CODE = re.compile(r"\b[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]\b", re.IGNORECASE)

_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]{2,}")
_TELEPHONE = re.compile(r"\+[1-9](?:[ .\-]?\d){6,14}", re.ASCII)
#: A letter, in any script, or what joins the parts of a name.
_NAME = re.compile(r"(?:[^\W\d_]|[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0640'\u2019\u02bc.,()\- ])+")


def fold(text: str) -> str:
    """Accents (Latin and Arabic marks) stripped, lower case, ligatures spelled out, each run of spaces one space.

    The twin of `app.fold` in the database, character by character, and the same on every server: only NFKD, which
    never changes for a character once there is one, and tables of our own. Letters beyond Latin, Greek, Cyrillic and
    Arabic keep their case (ADR 10).
    """
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text)).translate(_LETTERS).translate(_ASCII)
    for letter, pair in _PAIRS:
        bare = bare.replace(letter, pair)
    return _SPACES.sub(" ", bare)


def fold_name(text: str) -> str:
    """What two spellings of one name have in common: folded, without spaces at the ends. Blind indexes hash this.

    It is not `fold`, which may learn more letters: a hash that is kept has to be made the same way for ever.
    """
    bare = _NAME_MARKS.sub("", unicodedata.normalize("NFD", text))
    return "".join(map(str.lower, _NAME_SPACES.sub(" ", bare))).strip(" ")


def holds_identity_number(text: str) -> bool:
    """True when a text holds something that looks like the number of a card, passport or service file."""
    return bool(_DIGIT_RUN.search(text) or _FISCAL_CODE.search(text))


def check_person_name(text: str, pointer: str = "/name") -> str:
    """A person's name with single spaces and composed letters. Raises Rejected.

    Letters of any script, apostrophes, hyphens, full stops; no digits at all, so no number can hide in it.
    """
    name = _NAME_SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")
    if holds_identity_number(name):
        raise Rejected.at(pointer, "identity_number", "Numbers of identity cards, passports and service are not held.")
    if not 1 <= len(name) <= LONGEST_NAME or not _NAME.fullmatch(name) or not any(map(str.isalpha, name)):
        raise Rejected.at(pointer, "invalid_name", f"A name has 1 to {LONGEST_NAME} letters, and no digits.")
    return name


def check_work_contact(text: str, pointer: str = "/work_contact") -> str:
    """A work e-mail address, or a work telephone in international form (`+216 71 …`). Raises Rejected.

    National numbers are refused: eight digits alone are a Tunisian identity card as well as a telephone.
    """
    contact = text.strip()
    if len(contact) > LONGEST_CONTACT:
        raise Rejected.at(pointer, "invalid_contact", f"A contact has at most {LONGEST_CONTACT} characters.")
    if _TELEPHONE.fullmatch(contact):
        return contact
    if holds_identity_number(contact):
        raise Rejected.at(pointer, "identity_number", "Numbers of identity cards, passports and service are not held.")
    if not _MAIL.fullmatch(contact):
        raise Rejected.at(pointer, "invalid_contact", "An e-mail address, or a telephone that begins with +.")
    return contact
