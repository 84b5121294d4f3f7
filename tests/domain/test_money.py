from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Rejected
from app.domain.money import CURRENCIES, EXPONENTS, LARGEST, Money, exponent, parse_money, total


@pytest.mark.parametrize(
    ("amount", "currency", "minor", "shown"),
    [
        ("1234.5", "EUR", 123_450, "1234.50"),
        ("1.25", "TND", 1250, "1.250"),
        ("7", "JPY", 7, "7"),
        ("0", "EUR", 0, "0.00"),
        ("-0", "EUR", 0, "0.00"),
        ("007.10", "MAD", 710, "7.10"),
    ],
)
def test_decimal_strings_in_and_out(amount: str, currency: str, minor: int, shown: str) -> None:
    money = parse_money(amount, currency)
    assert money == Money(minor, currency)
    assert money.as_json() == {"amount": shown, "currency": currency}


@given(st.integers(-LARGEST, LARGEST), st.sampled_from(sorted(CURRENCIES)))
def test_every_amount_survives_the_round_trip(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert parse_money(money.amount, currency, negative=True) == money


@pytest.mark.parametrize(
    ("amount", "currency", "fault"),
    [
        ("1.234", "EUR", ("/price/amount", "too_many_decimals")),
        ("1.0", "JPY", ("/price/amount", "too_many_decimals")),
        ("1.0000", "TND", ("/price/amount", "too_many_decimals")),
        ("1,5", "EUR", ("/price/amount", "invalid_amount")),
        ("", "EUR", ("/price/amount", "invalid_amount")),
        (".5", "EUR", ("/price/amount", "invalid_amount")),
        ("1e3", "EUR", ("/price/amount", "invalid_amount")),
        ("+1", "EUR", ("/price/amount", "invalid_amount")),
        ("\u0661", "EUR", ("/price/amount", "invalid_amount")),
        ("-1", "EUR", ("/price/amount", "negative_amount")),
        ("9223372036854775808", "JPY", ("/price/amount", "amount_too_large")),
        ("92233720368547758.08", "EUR", ("/price/amount", "amount_too_large")),
        ("1", "eur", ("/price/currency", "unknown_currency")),
        ("1", "XAU", ("/price/currency", "unknown_currency")),
    ],
)
def test_what_is_not_money(amount: str, currency: str, fault: tuple[str, str]) -> None:
    with pytest.raises(Rejected) as refused:
        parse_money(amount, currency, "/price")
    assert [(f.pointer, f.code) for f in refused.value.faults] == [fault]


def test_sums_are_of_one_currency() -> None:
    assert total([Money(1, "TND"), Money(-3, "TND")], "TND") == Money(-2, "TND")
    assert total([], "EUR") == Money(0, "EUR")
    with pytest.raises(ValueError, match="are not added"):
        total([Money(1, "TND")], "EUR")
    with pytest.raises(ValueError, match="not a currency"):
        Money(1, "ABC")


def test_exponents_are_of_known_currencies() -> None:
    assert EXPONENTS.keys() <= CURRENCIES
    assert [exponent(code) for code in ("TND", "JPY", "EUR", "MAD")] == [3, 0, 2, 2]
