"""Where things are and what there is to deliver and to learn: units, sites, suppliers, models, courses of the demo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from app.db import reading
from app.db.session import Tx
from app.schemas.agencies import AgencyIn
from app.schemas.common import Days, Names
from app.schemas.courses import CourseIn, Cover
from app.schemas.equipment_models import AcceptanceTest, EquipmentModelIn, MaintenanceTask, People
from app.schemas.sites import SiteChange, SiteIn
from app.schemas.suppliers import SupplierIn
from app.schemas.support_arrangements import SupportArrangementIn
from app.services import agencies, courses, equipment_models, sites, suppliers, support_arrangements
from app.services.demo_plan import (
    BENEFICIARIES,
    CONTROLLED,
    STORES,
    TOPS,
    TWICE,
    TYPES,
    UNITS,
    model,
)
from app.services.seeding import facts

Connection = Any  # asyncpg's, of the owner; it is not typed

WORKSHOPS = {"TN": "AG-TN-WORKSHOP", "MA": "AG-MA-WORKSHOP"}
SUPPLIERS = 6
SUPPORT_FROM = date(2020, 1, 1)


async def ids_of(owner: Connection, *tables: str) -> dict[str, UUID]:
    """Ids by reference; of courses, the last edition's."""
    found: dict[str, UUID] = {}
    for table in tables:
        order = "edition" if table == "courses" else "id"
        rows = await owner.fetch(f"SELECT reference, id FROM {table} ORDER BY {order}")
        found |= {row["reference"]: row["id"] for row in rows}
    return found


def _names(en: str, fr: str, it: str, ar: str) -> Names:
    return Names(en=en, fr=fr, it=it, ar=ar)


def _unit_names(row: Mapping[str, str]) -> Names:
    return _names(
        f"Synthetic unit {row['name_en']}",
        f"Unité synthétique {row['name_fr']}",
        f"Unità sintetica {row['name_it']}",
        f"وحدة افتراضية {row['name_ar']}",
    )


async def units(tx: Tx, known: Mapping[str, UUID]) -> int:
    """The units below the two agencies that take part, and a workshop each; how many were added."""
    wanted = [
        (UNITS[row["un_locode"]], row["country"], _unit_names(row))
        for row in facts("places.csv")
        if row["un_locode"] in UNITS
    ]
    workshop = _names("Synthetic workshop", "Atelier synthétique", "Officina sintetica", "ورشة افتراضية")
    wanted += [(reference, country, workshop) for country, reference in WORKSHOPS.items()]
    missing = [each for each in wanted if each[0] not in known]
    for reference, country, names in missing:
        await agencies.create(
            tx,
            AgencyIn(
                reference=reference,
                names=names,
                parent=TOPS[country],
                organisation=BENEFICIARIES[country],
                country=country,
                is_unit=True,
            ),
        )
    return len(missing)


async def places(tx: Tx, known: Mapping[str, UUID]) -> int:
    """About sixty sites: the ports become their units', each unit gets a post and a store, workshops and academies."""
    rows = [row for row in facts("places.csv") if row["un_locode"] in UNITS]
    for row in rows:
        await _give_port(tx, known[f"SITE-{row['un_locode']}"], UNITS[row["un_locode"]])
    wanted = [_site(row, kind) for row in rows for kind in ("post", "store")]
    wanted += [_central(country) for country in STORES]
    wanted += [_workshop(country) for country in STORES] + [_academy(country) for country in STORES]
    missing = [body for body in wanted if body.reference not in known]
    for body in missing:
        await sites.create(tx, body)
    return len(missing)


async def _give_port(tx: Tx, site_id: UUID, unit: str) -> None:
    """A port of the seed stands at the top of the tree; in the demo the unit there has it."""
    read = orjson.loads((await reading.one(tx, sites.LISTING, site_id)).body)
    if read["agency"]["reference"] != unit:
        await sites.change(tx, str(site_id), read["version"], SiteChange(agency=unit))


_KINDS = {"post": ("post", "Poste", "Posto", "مركز"), "store": ("store", "Magasin", "Magazzino", "مخزن")}


def _site(row: Mapping[str, str], kind: str) -> SiteIn:
    """A post or a store of the unit at a place."""
    english, french, italian, arabic = _KINDS[kind]
    unit = UNITS[row["un_locode"]]
    return SiteIn(
        reference=f"SITE-{kind.upper()}-{unit.removeprefix('AG-')}",
        names=_names(
            f"Synthetic {english} {row['name_en']}",
            f"{french} synthétique {row['name_fr']}",
            f"{italian} sintetico {row['name_it']}",
            f"{arabic} افتراضي {row['name_ar']}",
        ),
        kind=kind,
        organisation=BENEFICIARIES[row["country"]],
        agency=unit,
        country=row["country"],
        un_locode=row["un_locode"],
    )


def _central(country: str) -> SiteIn:
    """Where deliveries arrive: a store of the implementer."""
    names = _names("Synthetic central store", "Magasin central synthétique", "Magazzino sintetico", "مخزن افتراضي")
    return SiteIn(reference=STORES[country], names=names, kind="store", organisation="ORG-ICMPD", country=country)


def _of_beneficiary(country: str, kind: str, agency: str, names: Names) -> SiteIn:
    return SiteIn(
        reference=f"SITE-{kind.upper()}-{country}",
        names=names,
        kind=kind,
        organisation=BENEFICIARIES[country],
        agency=agency,
        country=country,
    )


def _workshop(country: str) -> SiteIn:
    names = _names("Synthetic workshop", "Atelier synthétique", "Officina sintetica", "ورشة افتراضية")
    return _of_beneficiary(country, "workshop", WORKSHOPS[country], names)


def _academy(country: str) -> SiteIn:
    names = _names("Synthetic academy", "Académie synthétique", "Accademia sintetica", "أكاديمية افتراضية")
    return _of_beneficiary(country, "academy", TOPS[country], names)


async def catalogue(tx: Tx, known: Mapping[str, UUID]) -> int:
    """Suppliers, models of every type, and the courses that teach them; how many were added."""
    labels = {row["code"]: row for row in facts("equipment_types.csv")}
    made = 0
    for n in range(1, SUPPLIERS + 1):
        if f"SUP-{n:03d}" not in known:
            names = Names(en=f"Synthetic Supplier {n}", fr=f"Fournisseur synthétique {n}")
            await suppliers.create(tx, SupplierIn(reference=f"SUP-{n:03d}", names=names, country="IT"))
            made += 1
    for code in TYPES:
        for n in (1, 2) if code in TWICE else (1,):
            if model(code, n) not in known:
                await equipment_models.create(tx, _model(code, n, labels[code]))
                made += 1
    for body in _courses(labels):
        if body.reference not in known:
            await courses.create(tx, body)
            made += 1
    return made


def _model(code: str, n: int, label: Mapping[str, str]) -> EquipmentModelIn:
    operates, maintains, _ = TYPES[code]
    test = AcceptanceTest(code="works", text="Synthetic: it does what the technical specification says.")
    service = MaintenanceTask(code="service", text="Synthetic: general inspection.", every_months=12)
    return EquipmentModelIn(
        reference=model(code, n),
        names=_names(*(f"{label[f'name_{language}']} SYN-{n}" for language in ("en", "fr", "it", "ar"))),
        type=code,
        manufacturer="Synthetic Industries",
        model_number=f"SYN-{n}",
        controlled=code in CONTROLLED,
        control_reference=CONTROLLED.get(code),
        useful_life_months=96,
        operators=People(persons=1 if operates else 0, items=max(1, operates)),
        maintainers=People(persons=1 if maintains else 0, items=max(1, maintains)),
        priority=10 * (1 + list(TYPES).index(code)),
        acceptance_tests=[test],
        maintenance_plan=[service] if maintains else [],
    )


def course_of(code: str, *, maintenance: bool) -> str:
    """The reference of the course that teaches a type."""
    return f"CRS-{code}-{'MT' if maintenance else 'OP'}"


def _courses(labels: Mapping[str, Mapping[str, str]]) -> list[CourseIn]:
    """One per type for operators where any are needed, one for maintainers likewise."""
    return [
        _course(code, labels[code], maintenance=maintenance)
        for code, (operates, maintains, _) in TYPES.items()
        for maintenance in (False, True)
        if (maintains if maintenance else operates)
    ]


def _course(code: str, label: Mapping[str, str], *, maintenance: bool) -> CourseIn:
    english, french = ("Maintaining", "Entretien") if maintenance else ("Operating", "Utilisation")
    return CourseIn(
        reference=course_of(code, maintenance=maintenance),
        names=Names(
            en=f"Synthetic course: {english}: {label['name_en']}",
            fr=f"Cours synthétique : {french} : {label['name_fr']}",
        ),
        kind="technical_maintenance" if maintenance else "operation",
        covers=[Cover(type=code)],
        hours_theory=10,
        hours_practice=16,
        hours_rights=4,
        practical_required=maintenance,
        validity_months=60,
        languages=["fr", "ar", "en"],
    )


async def support(tx: Tx) -> int:
    """The workshops maintain for every second unit, a contract does for one more."""
    made = 0
    for n, unit in enumerate(UNITS.values()):
        country = unit[3:5]
        if n % 4 == 1:
            body = SupportArrangementIn(
                agency=unit, supporting_unit=WORKSHOPS[country], period=Days(start=SUPPORT_FROM)
            )
        elif n % 4 == 3:  # noqa: PLR2004 - every fourth unit
            contract = f"SYN-MAINT-{country}-{n}"
            body = SupportArrangementIn(agency=unit, contract_reference=contract, period=Days(start=SUPPORT_FROM))
        else:
            continue
        await support_arrangements.create(tx, body)
        made += 1
    return made
