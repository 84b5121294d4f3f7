"""Money: whole minor units and an ISO 4217 code, shown as a decimal string (DOMAIN 8, API 3). Never a float."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.errors import Rejected

#: Circulating currencies of ISO 4217; funds, metals and testing codes are not money to pay with.
CURRENCIES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP
    MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR
    SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND
    VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905  150 quoted codes would be read by nobody
)

#: Digits after the point, where ISO 4217 does not say two. `app.decimal` in the database is the twin.
EXPONENTS = {
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
}

#: Largest amount in minor units: what a bigint column holds.
LARGEST = 2**63 - 1

_AMOUNT = re.compile(r"(-?)(\d{1,19})(?:\.(\d{1,19}))?", re.ASCII)


def exponent(currency: str) -> int:
    """Digits after the point of a currency: TND 3, JPY 0, most 2."""
    return EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, millimes) of one currency. Raises ValueError for an unknown currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in CURRENCIES:
            raise ValueError(f"{self.currency} is not a currency of ISO 4217")

    @property
    def amount(self) -> str:
        """The decimal string with exactly the digits of the currency: `1234.50` EUR, `1.250` TND, `-7` JPY."""
        digits = exponent(self.currency)
        whole, part = divmod(abs(self.minor), 10**digits)
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{whole}.{part:0{digits}d}" if digits else f"{sign}{whole}"

    def __add__(self, other: Money) -> Money:
        """The sum. Raises ValueError for two currencies: rates are named, never assumed (DOMAIN 8)."""
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} are not added")
        return Money(self.minor + other.minor, self.currency)

    def as_json(self) -> dict[str, str]:
        """`{"amount": "1234.50", "currency": "EUR"}`."""
        return {"amount": self.amount, "currency": self.currency}


def parse_money(amount: str, currency: str, pointer: str = "", *, negative: bool = False) -> Money:
    """Money from a decimal string. Raises Rejected.

    Fewer decimals than the currency has are filled up; more are refused, zeros or not, because somebody meant them.
    `negative` allows amounts below zero (amendments, corrections).
    """
    if currency not in CURRENCIES:
        raise Rejected.at(f"{pointer}/currency", "unknown_currency", "An ISO 4217 code in capitals, such as EUR.")
    read = _AMOUNT.fullmatch(amount)
    if read is None:
        raise Rejected.at(
            f"{pointer}/amount", "invalid_amount", "A decimal string such as 1234.50, without separators."
        )
    sign, whole, part = read[1], read[2], read[3] or ""
    digits = exponent(currency)
    if len(part) > digits:
        raise Rejected.at(f"{pointer}/amount", "too_many_decimals", f"{currency} has {digits} decimals.")
    minor = int(whole + part.ljust(digits, "0"))
    if minor > LARGEST:
        raise Rejected.at(f"{pointer}/amount", "amount_too_large", "This amount is larger than can be held.")
    if sign and minor and not negative:
        raise Rejected.at(f"{pointer}/amount", "negative_amount", "An amount is not below zero here.")
    return Money(-minor if sign else minor, currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum in one currency; zero of it when there are none."""
    return sum(amounts, start=Money(0, currency))
