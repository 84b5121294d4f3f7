"""The plan of the demo: pure data, the same for the same seed, counted back from the day on which it is built.

Everything in it is synthetic and says so. It knows no database; `demo_places`, `demo_equipment` and `demo_training`
carry it out.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from uuid import UUID

LATE = "Synthetic demo: taken over from paper files."

#: UN/LOCODE → the unit there; the last part of its reference.
UNITS = {
    "TNSFA": "AG-TN-SFAX",
    "TNBIZ": "AG-TN-BIZERTE",
    "TNSUS": "AG-TN-SOUSSE",
    "TNGAE": "AG-TN-GABES-PORT",
    "TNZRZ": "AG-TN-ZARZIS",
    "TNMAH": "AG-TN-MAHDIA",
    "TNMIR": "AG-TN-MONASTIR",
    "TNTBJ": "AG-TN-TABARKA",
    "TNDJE": "AG-TN-DJERBA",
    "TNKER": "AG-TN-KERKENNAH",
    "MANDR": "AG-MA-NADOR",
    "MATNG": "AG-MA-TANGER",
    "MAPTM": "AG-MA-TANGERMED",
    "MAAHU": "AG-MA-ALHOCEIMA",
    "MAAGA": "AG-MA-AGADIR",
    "MACAS": "AG-MA-CASABLANCA",
    "MAOUD": "AG-MA-OUJDA",
    "MATTU": "AG-MA-TETOUAN",
}
COMPONENTS = {"TN": "BMP-TN", "MA": "BMP-MA"}
TOPS = {"TN": "AG-TN-CG", "MA": "AG-MA-BP"}
BENEFICIARIES = {"TN": "ORG-TN-CG", "MA": "ORG-MA-BP"}
STORES = {"TN": "SITE-STORE-TN", "MA": "SITE-STORE-MA"}
#: Suspended since a while: nothing new is handed over to it.
SUSPENDED = "AG-TN-TABARKA"

#: Types with how many items one person operates, and one maintains (0: nobody is needed), price in cents, need.
TYPES: dict[str, tuple[int, int, int]] = {
    "COM-RADIO": (1, 0, 95_000),
    "VEH-4X4": (1, 10, 4_200_000),
    "BOAT-RHIB": (1, 4, 18_500_000),
    "DOC-READER": (2, 0, 240_000),
    "NAV-GNSS": (3, 0, 310_000),
    "VEH-PICKUP": (1, 10, 3_100_000),
    "ENG-OUTB": (0, 6, 1_450_000),
    "SEC-XRAY": (1, 4, 3_900_000),
    "SAF-JACKET": (0, 0, 9_500),
    "IT-WORKST": (2, 20, 120_000),
    "SUR-THERMAL": (1, 0, 2_750_000),
    "VEH-MINIBUS": (2, 10, 3_700_000),
    "BOAT-PATROL": (1, 2, 96_000_000),
    "DOC-FINGER": (2, 0, 85_000),
    "SUR-BINO": (0, 0, 48_000),
    "VEH-MOTO": (1, 8, 890_000),
    "SUR-RADAR": (1, 2, 31_000_000),
    "SUR-NVG": (1, 0, 640_000),
    "ENG-DIESEL": (0, 4, 5_200_000),
    "VEH-AMB": (1, 5, 6_100_000),
    "SUR-CCTV": (8, 20, 145_000),
    "VEH-VAN": (1, 10, 3_300_000),
    "PWR-GENSET": (0, 8, 780_000),
    "VEH-QUAD": (1, 8, 1_100_000),
    "MAST": (0, 4, 2_300_000),
    "VEH-POL": (1, 10, 2_900_000),
    "DOC-VSC": (1, 2, 4_500_000),
    "SEC-METAL": (2, 0, 130_000),
    "IT-SERVER": (0, 6, 980_000),
    "VEH-TRUCK": (1, 5, 8_800_000),
    "SUR-UAV": (1, 3, 7_400_000),
    "PWR-UPS": (0, 20, 62_000),
}
#: Of these a second model was bought: 32 types, 40 models.
TWICE = ("COM-RADIO", "VEH-4X4", "BOAT-RHIB", "DOC-READER", "NAV-GNSS", "SEC-XRAY", "IT-WORKST", "SUR-THERMAL")
MARITIME = ("COM-RADIO", "BOAT-RHIB", "NAV-GNSS", "ENG-OUTB", "SAF-JACKET", "SUR-THERMAL", "BOAT-PATROL", "SUR-BINO",
            "SUR-RADAR", "ENG-DIESEL", "MAST", "PWR-GENSET")  # fmt: skip
CONTROLLED = {
    "COM-RADIO": "5A002",
    "SUR-RADAR": "6A008",
    "SUR-THERMAL": "6A002",
    "SUR-NVG": "6A002",
    "SUR-UAV": "9A012",
}

#: How far the last deliveries have come, latest first; all before them are in the hands of units.
LATEST = ("ordered", "shipped", "delivered", "accepted", "handed_over")
DELIVERED_DAYS_AGO = {"ordered": 0, "shipped": 0, "delivered": 9, "accepted": 24, "handed_over": 28}
OLDEST_DAYS, NEWEST_DAYS = 2_300, 110


@dataclass(frozen=True, slots=True)
class Batch:
    """One delivery of one model to one component, and the two units that its items are for."""

    number: int
    country: str
    type_code: str
    model: str
    items: int
    reach: str
    delivered_at: datetime
    units: tuple[str, str]
    supplier: str

    @property
    def component(self) -> str:
        """The component's reference."""
        return COMPONENTS[self.country]

    def serial(self, n: int) -> str:
        """The manufacturer's serial number of the batch's n-th item."""
        return f"SYN-{self.number:03d}-{n:05d}"

    def key(self, seed: int, kind: str, *more: object) -> UUID:
        """An id of this batch that is the same each time."""
        return ident(seed, kind, self.number, *more, at=self.delivered_at)


def ident(seed: int, *words: object, at: datetime | None = None) -> UUID:
    """An id that follows from words: a UUIDv7 of that instant, or a UUIDv4 where it points to a person."""
    digest = sha256(repr((seed, *words)).encode()).digest()
    if at is None:
        return UUID(bytes=digest[:16], version=4)
    stamp = int(at.timestamp() * 1000)
    value = (stamp << 80) | (7 << 76) | (int.from_bytes(digest[:2]) & 0xFFF) << 64
    return UUID(int=value | (2 << 62) | (int.from_bytes(digest[2:10]) & ((1 << 62) - 1)))


def models_of(country: str) -> list[tuple[str, str]]:
    """Type and model of what a component buys, in the order in which it does."""
    codes = [code for code in TYPES if (code in MARITIME) == (country == "TN") or code in {"COM-RADIO", "VEH-PICKUP"}]
    return [(code, model(code, 1)) for code in codes] + [(code, model(code, 2)) for code in codes if code in TWICE]


def model(code: str, n: int) -> str:
    """The reference of a type's n-th model."""
    return f"MOD-{code}-{n}"


def batches(seed: int, items: int, today: date) -> list[Batch]:
    """All deliveries, the oldest first: one for fifty items, and so many at least that every stage is reached."""
    draw = random.Random(seed)  # noqa: S311 - the same each time is what is wanted
    count = max(12, items // 50)
    each = max(1, count // 20)
    sizes = [items // count + (1 if n < items % count else 0) for n in range(count)]
    made = []
    for n in range(count):
        country = "TN" if n % 2 == 0 else "MA"
        choice = models_of(country)
        code, reference = choice[n // 2 % len(choice)]
        left = (count - 1 - n) // each
        reach = LATEST[left] if left < len(LATEST) else "in_service"
        live = count - each * len(LATEST)
        days = DELIVERED_DAYS_AGO.get(reach, OLDEST_DAYS - (OLDEST_DAYS - NEWEST_DAYS) * n // max(1, live))
        units = [unit for unit in UNITS.values() if unit[3:5] == country and unit != SUSPENDED]
        first, second = draw.sample(units, 2)
        made.append(
            Batch(
                number=n + 1,
                country=country,
                type_code=code,
                model=reference,
                items=sizes[n],
                reach=reach,
                delivered_at=at(today, -days, 9),
                units=(first, second),
                supplier=f"SUP-{1 + n % 6:03d}",
            )
        )
    return made


def at(today: date, days: int, hour: int = 12) -> datetime:
    """An instant so many days from today (negative: before)."""
    return datetime.combine(today + timedelta(days=days), time(hour), UTC)


def pick(draw: random.Random, weights: Sequence[tuple[str, int]]) -> str:
    """One of the words, by weight."""
    return draw.choices([word for word, _ in weights], [weight for _, weight in weights])[0]
