"""Suggestions are worth reading: what is near is named, what is not is not."""

from __future__ import annotations

import pytest

from app.domain.nearest import cut_off, meant, near


@pytest.mark.parametrize(
    ("given", "valid", "wanted"),
    [
        ("knid", ["kind", "country"], "kind"),
        ("ORG-ICMDP", ["ORG-ICMPD", "ORG-ITALY"], "ORG-ICMPD"),
        ("MOD-RADIO-11", ["MOD-RADIO-1", "MOD-RADAR-1"], "MOD-RADIO-1"),
        ("refernce", ["reference", "country"], "reference"),
        ("custody_site_ref", ["custody_site_label", "custody_site_id"], ""),
        ("custody_site_refrence", ["custody_site_label", "custody_site_reference"], "custody_site_reference"),
        ("de", ["en", "fr", "it", "ar"], ""),
        ("fe", ["en", "fr", "it", "ar"], "fr"),
        ("abc", ["abd", "xyz"], "abd"),
        ("abc", ["acd"], ""),
        ("store", ["post", "port", "workshop"], ""),
        ("palace", ["port", "post", "workshop", "store", "academy", "office"], ""),
        ("office block", ["office"], ""),
        ("academic", ["academy", "office"], "academy"),
        ("SITE-SFAX-PORT", ["SITE-GABES-PORT", "SITE-TUNIS-PORT"], ""),
        ("ORG-NOBODY", ["ORG-NORWAY", "ORG-ITALY"], ""),
        ("colour", ["country", "controlled"], ""),
        ("", ["a"], ""),
        ("something else", [f"VALUE-{n}" for n in range(30)], ""),
        ("Post", ["port", "post"], "post"),
        ("prot", ["post", "port"], "port"),
    ],
)
def test_only_what_is_like_it_is_suggested(given: str, valid: list[str], wanted: str) -> None:
    assert near(given, valid) == (f" Did you mean {wanted}?" if wanted else "")


@pytest.mark.parametrize(
    ("given", "valid", "wanted"),
    [
        ("MOD-COM-RADIO", ["MOD-COM-RADIO-1", "MOD-COM-MAST"], "MOD-COM-RADIO-1"),
        ("mod-com-radio", ["MOD-COM-RADIO-1"], "MOD-COM-RADIO-1"),
        ("MOD-COM-RADIO", ["MOD-COM-RADIO-1", "MOD-COM-RADIO-2"], ""),
        ("MO", ["MOD-COM-RADIO-1"], ""),
        ("", ["MOD-COM-RADIO-1"], ""),
    ],
)
def test_what_is_cut_off_is_completed_where_one_goes_on_so(given: str, valid: list[str], wanted: str) -> None:
    assert cut_off(given, valid) == (f" Did you mean {wanted}?" if wanted else "")


def test_what_goes_on_is_meant_before_what_is_near() -> None:
    assert meant("MOD-RADIO", ["MOD-RADIA", "MOD-RADIO-1"]) == " Did you mean MOD-RADIO-1?"
    assert meant("MOD-RADOI", ["MOD-RADIO"]) == " Did you mean MOD-RADIO?"
