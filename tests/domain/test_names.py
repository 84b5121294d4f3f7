from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Rejected
from app.domain.names import check_person_name, check_work_contact, fold, fold_name, holds_identity_number


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Élève  à   Sfax", "eleve a sfax"),
        ("FORLÌ\u00a0Città", "forli citta"),
        ("مُحَمَّد", "محمد"),
        ("أحمد", "احمد"),
        ("ŒUVRE", "oeuvre"),
        ("Straße", "strasse"),
        ("GROẞ", "gross"),
        ("\u0131l\u0131man", "iliman"),
        ("Łódź Ærø ðÞ", "lodz aero dth"),
        ("ﬁﬂ \uff37\uff49\uff44\uff45", "fifl wide"),
        ("ﻣﺤﻤﺪ", "محمد"),
        ("مـحـمـد", "محمد"),
        ("ОДЕСА Йод", "одеса иод"),
        ("İstanbul", "istanbul"),
        ("\u0391\u03a3", "\u03b1\u03c3"),
        ("\u03b1\u03c2", "\u03b1\u03c3"),
        (" a ", " a "),
        ("a\x1fb", "a\x1fb"),
    ],
)
def test_folding_strips_accents_case_and_runs_of_spaces(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_folding_is_the_same_for_all_compositions(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@given(st.text(st.characters(max_codepoint=0x6FF)))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_names_are_compared_without_outer_spaces() -> None:
    assert fold_name("  Émile\tZ ") == "emile z"


@pytest.mark.parametrize(("name", "kept"), [("ŒUVRE ", "œuvre"), ("Straße", "straße"), ("İlke", "ilke")])
def test_what_blind_indexes_hash_does_not_learn_new_letters(name: str, kept: str) -> None:
    assert fold_name(name) == kept


@pytest.mark.parametrize(
    "text",
    ["12345678", "AB123456", "12 34 56 78", "CA12345BB", "1-2-3-4-5", "rssmra85t10a562s", "٠٩٨٧٦٥٤٣", "mat. 55.421"],
)
def test_numbers_of_cards_and_service_are_recognised(text: str) -> None:
    assert holds_identity_number(text)
    with pytest.raises(Rejected) as refused:
        check_person_name(f"Amel {text}")
    assert [(f.pointer, f.code) for f in refused.value.faults] == [("/name", "identity_number")]
    with pytest.raises(Rejected) as refused:
        check_work_contact(f"{text}@example.org")
    assert [(f.pointer, f.code) for f in refused.value.faults] == [("/work_contact", "identity_number")]


@pytest.mark.parametrize("text", ["Room 12", "2026", "EQ 1234", ""])
def test_short_numbers_are_no_identity(text: str) -> None:
    assert not holds_identity_number(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  Amel   Ben-Salah ", "Amel Ben-Salah"),
        ("Jean-Luc D’Arc (Jr.)", "Jean-Luc D’Arc (Jr.)"),
        ("Niccolo\u0300", "Niccolò"),
        ("مُحَمَّد بن سالم", "مُحَمَّد بن سالم"),
    ],
)
def test_names_of_people(text: str, name: str) -> None:
    assert check_person_name(text) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("text", ["", "  ", "-", "Agent 7", "a" * 201, "A\nB;", "<b>"])
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(Rejected) as refused:
        check_person_name(text, "/people/0/name")
    assert [(f.pointer, f.code) for f in refused.value.faults] == [("/people/0/name", "invalid_name")]


@pytest.mark.parametrize(
    "text", ["+216 71 123 456", "+39-06-4651234", " a.b@interieur.example.tn ", "hr2024@example.org"]
)
def test_work_contacts(text: str) -> None:
    assert check_work_contact(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("71 123 456", "identity_number"),
        ("12345678", "identity_number"),
        ("nobody", "invalid_contact"),
        ("a@b", "invalid_contact"),
        ("+12", "invalid_contact"),
        ("x" * 250 + "@y.zz", "invalid_contact"),
    ],
)
def test_what_is_no_work_contact(text: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        check_work_contact(text)
    assert [f.code for f in refused.value.faults] == [code]
