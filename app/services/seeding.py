"""The public facts of DOMAIN 1, written as the owner: programme, components, who is who, types, ports.

Nothing here is operational: towns with their UN/LOCODE, no bases. What is there already is left as it is, so that
running it again changes nothing, and what a deployment has edited stays edited.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from importlib import resources
from typing import Any, cast
from uuid import UUID

import orjson

from app.db.writing import new_id
from app.domain.requirements import RequirementKind

Connection = Any  # asyncpg's connection, of the owner; it is not typed
Row = dict[str, Any]

PROGRAMME = "BMP-MAGHREB"
BEGAN_AT = datetime(2018, 8, 1, tzinfo=UTC)
TRUST_FUND = "EU Emergency Trust Fund for Africa, North of Africa window"
LANGUAGES = ("en", "fr", "it", "ar")
LOCK = 7_320_461_118_021


def _names(*four: str) -> Row:
    return {f"name_{language}": text for language, text in zip(LANGUAGES, four, strict=True)}


ORGANISATIONS: tuple[tuple[str, str, str | None, Row], ...] = (
    (
        "ORG-ICMPD",
        "implementer",
        "AT",
        _names(
            "International Centre for Migration Policy Development",
            "Centre international pour le développement des politiques migratoires",
            "Centro internazionale per lo sviluppo delle politiche migratorie",
            "المركز الدولي لتطوير سياسات الهجرة",
        ),
    ),
    (
        "ORG-MOI-IT",
        "implementer",
        "IT",
        _names(
            "Ministry of Interior of Italy",
            "Ministère de l’Intérieur d’Italie",
            "Ministero dell’Interno",
            "وزارة الداخلية الإيطالية",
        ),
    ),
    ("ORG-EU", "donor", None, _names("European Union", "Union européenne", "Unione europea", "الاتحاد الأوروبي")),
    (
        "ORG-ECA",
        "audit_body",
        "LU",
        _names(
            "European Court of Auditors",
            "Cour des comptes européenne",
            "Corte dei conti europea",
            "محكمة المراجعين الأوروبية",
        ),
    ),
    (
        "ORG-TN-CG",
        "beneficiary",
        "TN",
        _names(
            "Tunisian Coast Guard",
            "Garde nationale maritime",
            "Guardia nazionale marittima tunisina",
            "الحرس الوطني البحري",
        ),
    ),
    (
        "ORG-MA-BP",
        "beneficiary",
        "MA",
        _names(
            "Border agencies of Morocco",
            "Services frontaliers du Maroc",
            "Servizi di frontiera del Marocco",
            "أجهزة الحدود المغربية",
        ),
    ),
)

OUTCOMES = (
    (
        "equipment",
        _names(
            "Equipment is purchased, with warranties, and delivered",
            "Les équipements sont achetés, sous garantie, et livrés",
            "Le attrezzature sono acquistate, con garanzia, e consegnate",
            "شراء المعدات مع ضماناتها وتسليمها",
        ),
    ),
    (
        "training",
        _names(
            "Border agencies are trained to use and maintain it",
            "Les services frontaliers sont formés à leur utilisation et à leur entretien",
            "I servizi di frontiera sono formati all’uso e alla manutenzione",
            "تدريب أجهزة الحدود على استخدامها وصيانتها",
        ),
    ),
    (
        "capacity",
        _names(
            "Capacity grows through technical assistance and rights-based procedures",
            "Les capacités croissent par l’assistance technique et des procédures fondées sur les droits",
            "Le capacità crescono con l’assistenza tecnica e procedure fondate sui diritti",
            "تنمية القدرات بالمساعدة الفنية وبإجراءات قائمة على الحقوق",
        ),
    ),
)

#: Amount in EUR and what it is; parts are as published, and need not add up to the euro.
FUNDING = (
    ("65000000.00", "Phases I and II together."),
    ("55000000.00", "Phase I."),
    ("24500000.00", "Phase I, Tunisia."),
    ("30000000.00", "Phase I, Morocco."),
)

#: reference → country, domains, objective, names
COMPONENTS: tuple[tuple[str, str, tuple[str, ...], str, Row], ...] = (
    (
        "BMP-MA",
        "MA",
        ("border_surveillance", "document_checks", "security", "transport", "mobility"),
        "Strengthen the main border agencies in protecting, monitoring and managing borders with respect for rights.",
        _names("Morocco", "Maroc", "Marocco", "المغرب"),
    ),
    (
        "BMP-TN",
        "TN",
        ("communication", "detection", "search_and_rescue", "mobility"),
        "Strengthen the Coast Guard at sea: communication, detection, search and rescue, mobility.",
        _names("Tunisia", "Tunisie", "Tunisia", "تونس"),
    ),
)

#: organisation → component (None: the whole programme), power
DELEGATIONS = (
    ("ORG-ICMPD", None, "manage"),
    ("ORG-MOI-IT", "BMP-TN", "manage"),
    ("ORG-EU", None, "observe"),
    ("ORG-ECA", None, "observe"),
)

#: agency → organisation, component, country, names
AGENCIES: tuple[tuple[str, str, str, str], ...] = (
    ("AG-TN-CG", "ORG-TN-CG", "BMP-TN", "TN"),
    ("AG-MA-BP", "ORG-MA-BP", "BMP-MA", "MA"),
)


async def seed(connection: Connection) -> dict[str, int]:
    """Write what is missing, in one transaction; how many rows were added to each table.

    `connection` is the owner's. Two that seed at once wait for each other.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        organisations = await _put(connection, "organisations", _organisations())
        programmes = await _put(connection, "programmes", [_programme()])
        ids = await _ids(connection, "programmes", "organisations")
        components = await _put(connection, "components", _components(ids[PROGRAMME]))
        agencies = await _put(connection, "agencies", _agencies(ids))
        ids |= await _ids(connection, "components", "agencies")
        return {
            "organisations": organisations,
            "programmes": programmes,
            "components": components,
            "agencies": agencies,
            "delegations": await _delegate(connection, ids),
            "participations": await _take_part(connection, ids),
            "equipment_types": await _put(connection, "equipment_types", _equipment_types()),
            "sites": await _put(connection, "sites", _sites(ids)),
        }


async def _put(connection: Connection, table: str, rows: Sequence[Row]) -> int:
    """Insert the rows whose references are not there yet; how many those were."""
    columns = list(rows[0])
    places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) ON CONFLICT (reference) DO NOTHING RETURNING id"
    )
    added = [await connection.fetchval(statement, *row.values()) for row in rows]
    return sum(ident is not None for ident in added)


async def _ids(connection: Connection, *tables: str) -> dict[str, UUID]:
    """Ids by reference; references of different tables never meet, their prefixes differ."""
    found: dict[str, UUID] = {}
    for table in tables:
        found |= {row["reference"]: row["id"] for row in await connection.fetch(f"SELECT reference, id FROM {table}")}
    return found


def _organisations() -> list[Row]:
    return [
        {"id": new_id(), "reference": reference, "kinds": [kind], "country": country, **names}
        for reference, kind, country, names in ORGANISATIONS
    ]


def _programme() -> Row:
    """The programme, with every kind of requirement enforced.

    It is `running` here although its funding period is over: its equipment is still followed, and closing a programme
    is a decision of its own (DOMAIN 3).
    """
    outcomes = [
        {"code": code, "names": {language: names[f"name_{language}"] for language in LANGUAGES}}
        for code, names in OUTCOMES
    ]
    funding = [
        {
            "source": TRUST_FUND,
            "reference": "T05-EUTF-NOA-REG-07",
            "amount": {"amount": amount, "currency": "EUR"},
            "note": note,
        }
        for amount, note in FUNDING
    ]
    return {
        "id": new_id(),
        "reference": PROGRAMME,
        **_names(
            "Border Management Programme for the Maghreb Region",
            "Programme de gestion des frontières pour la région du Maghreb",
            "Programma di gestione delle frontiere per la regione del Maghreb",
            "برنامج إدارة الحدود لمنطقة المغرب العربي",
        ),
        "status": "running",
        "starts_on": date(2018, 8, 1),
        "ends_on": date(2024, 8, 31),
        "outcomes": orjson.dumps(outcomes).decode(),
        "funding": orjson.dumps(funding).decode(),
        "enforced_requirements": [kind.value for kind in RequirementKind],
    }


def _components(programme_id: UUID) -> list[Row]:
    return [
        {
            "id": new_id(),
            "programme_id": programme_id,
            "reference": reference,
            "country": country,
            "domains": list(domains),
            "objective": objective,
            **names,
        }
        for reference, country, domains, objective, names in COMPONENTS
    ]


def _agencies(ids: Mapping[str, UUID]) -> list[Row]:
    names = {reference: names for reference, _, _, names in ORGANISATIONS}
    return [
        {
            "id": new_id(),
            "reference": reference,
            "organisation_id": ids[organisation],
            "country": country,
            **names[organisation],
        }
        for reference, organisation, _, country in AGENCIES
    ]


async def _delegate(connection: Connection, ids: Mapping[str, UUID]) -> int:
    """One that was ended is there, too, and is not begun again."""
    added = [
        await connection.fetchval(
            "INSERT INTO delegations (id, organisation_id, programme_id, component_id, power, starts_at) "
            "SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT 1 FROM delegations d WHERE d.organisation_id = $2 "
            "AND d.programme_id = $3 AND d.component_id IS NOT DISTINCT FROM $4 AND d.power = $5) RETURNING id",
            new_id(),
            ids[organisation],
            ids[PROGRAMME],
            None if component is None else ids[component],
            power,
            BEGAN_AT,
        )
        for organisation, component, power in DELEGATIONS
    ]
    return sum(ident is not None for ident in added)


async def _take_part(connection: Connection, ids: Mapping[str, UUID]) -> int:
    added = [
        await connection.fetchval(
            "INSERT INTO participations (id, component_id, agency_id, starts_at) SELECT $1, $2, $3, $4 "
            "WHERE NOT EXISTS (SELECT 1 FROM participations p WHERE p.component_id = $2 AND p.agency_id = $3) "
            "RETURNING id",
            new_id(),
            ids[component],
            ids[agency],
            BEGAN_AT,
        )
        for agency, _, component, _ in AGENCIES
    ]
    return sum(ident is not None for ident in added)


def _equipment_types() -> list[Row]:
    return [
        {
            "id": new_id(),
            "reference": row["code"],
            **{f"name_{language}": row[f"name_{language}"] for language in LANGUAGES},
            "domain": row["domain"],
            "cpv": row["cpv"],
            "hs": row["hs"] or None,
            "controlled_hint": row["controlled_hint"] or None,
        }
        for row in facts("equipment_types.csv")
    ]


def _sites(ids: Mapping[str, UUID]) -> list[Row]:
    """Ports and towns, as places of the agency that takes part in the country's component."""
    of_country = {country: (organisation, agency) for agency, organisation, _, country in AGENCIES}
    made = []
    for row in facts("places.csv"):
        organisation, agency = of_country[row["country"]]
        made.append(
            {
                "id": new_id(),
                "reference": f"SITE-{row['un_locode']}",
                "organisation_id": ids[organisation],
                "agency_id": ids[agency],
                "kind": row["kind"],
                "country": row["country"],
                "un_locode": row["un_locode"],
                **{f"name_{language}": row[f"name_{language}"] for language in LANGUAGES},
            }
        )
    return made


def facts(name: str) -> list[dict[str, str]]:
    """The rows of one of the lists in `app/data`."""
    text = resources.files("app").joinpath("data", name).read_text(encoding="utf-8")
    return cast("list[dict[str, str]]", list(csv.DictReader(text.splitlines())))
