"""A small synthetic world for tests over HTTP: two components, two implementers, agencies, one account per role.

It is written as the owner, committed, and cloned per test module; tokens are real ones, signed with the test's keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from app.domain.access import Role, Scope
from app.security.keys import Keys
from app.security.tokens import issue_access

ISSUER = "http://test"


def ident() -> UUID:
    return uuids.uuid7()


@dataclass
class World:
    """Ids by name, and tokens by account name."""

    ids: dict[str, UUID] = field(default_factory=dict)
    accounts: dict[str, UUID] = field(default_factory=dict)
    organisations: dict[str, str] = field(default_factory=dict)
    keys: Keys | None = None

    def __getitem__(self, name: str) -> UUID:
        return self.ids[name]

    def token(self, account: str, scopes: frozenset[str] | None = None) -> str:
        assert self.keys is not None
        return issue_access(
            self.keys,
            issuer=ISSUER,
            audience=ISSUER,
            subject=str(self.accounts[account]),
            client_id="tests",
            scopes=scopes if scopes is not None else [s.value for s in Scope],
            org=self.organisations[account],
            org_kind="implementer",
            minutes=10,
            now=datetime.now(UTC),
            jti=str(ident()),
        )

    def headers(self, account: str, **more: str) -> dict[str, str]:
        """The headers of a call by this account; `If_Match="3"` becomes If-Match: "3"."""
        made = {"Authorization": f"Bearer {self.token(account)}"}
        for name, value in more.items():
            header = name.replace("_", "-")
            made[header] = f'"{value}"' if header == "If-Match" else value
        return made


#: account name → (organisation, roles, component or None, agency or None)
ACCOUNTS: dict[str, tuple[str, tuple[Role, ...], str | None, str | None]] = {
    "root": ("icmpd", (Role.ADMINISTRATOR,), None, None),
    "icmpd.manager": ("icmpd", (Role.PROGRAMME_MANAGER,), None, None),
    "icmpd.manager2": ("icmpd", (Role.PROGRAMME_MANAGER,), None, None),
    "icmpd.procurement": ("icmpd", (Role.PROCUREMENT_OFFICER,), None, None),
    "icmpd.logistics": ("icmpd", (Role.LOGISTICS_OFFICER,), None, None),
    "icmpd.training": ("icmpd", (Role.TRAINING_OFFICER,), None, None),
    "icmpd.monitoring": ("icmpd", (Role.MONITORING_OFFICER,), None, None),
    "icmpd.safeguards": ("icmpd", (Role.SAFEGUARDS_OFFICER,), None, None),
    "icmpd.morocco": ("icmpd", (Role.PROGRAMME_MANAGER,), "morocco", None),
    "italy.manager": ("italy", (Role.PROGRAMME_MANAGER,), None, None),
    "italy.logistics": ("italy", (Role.LOGISTICS_OFFICER,), None, None),
    "tn.focal": ("tn-coast-guard", (Role.FOCAL_POINT,), None, "tn-directorate"),
    "tn.focal.sfax": ("tn-coast-guard", (Role.FOCAL_POINT,), None, "tn-sfax"),
    "ma.focal": ("ma-border", (Role.FOCAL_POINT,), None, "ma-directorate"),
    "auditor": ("court", (Role.AUDITOR,), None, None),
    "observer": ("eu", (Role.OBSERVER,), None, None),
    "nobody": ("stranger", (Role.PROGRAMME_MANAGER,), None, None),
}

ORGANISATIONS = {
    "icmpd": "implementer",
    "italy": "implementer",
    "eu": "donor",
    "court": "audit_body",
    "tn-coast-guard": "beneficiary",
    "ma-border": "beneficiary",
    "stranger": "implementer",
    "supplier": "supplier",
}

#: organisation → (component, power)
DELEGATIONS = (
    ("icmpd", "morocco", "manage"),
    ("icmpd", "tunisia", "manage"),
    ("italy", "tunisia", "manage"),
    ("eu", "morocco", "observe"),
    ("eu", "tunisia", "observe"),
    ("court", "morocco", "observe"),
    ("court", "tunisia", "observe"),
)

#: agency → (parent, organisation, country, is a unit)
AGENCIES: dict[str, tuple[str | None, str, str, bool]] = {
    "tn-directorate": (None, "tn-coast-guard", "TN", False),
    "tn-sfax": ("tn-directorate", "tn-coast-guard", "TN", True),
    "tn-zarzis": ("tn-directorate", "tn-coast-guard", "TN", True),
    "ma-directorate": (None, "ma-border", "MA", False),
    "ma-nador": ("ma-directorate", "ma-border", "MA", True),
}


async def build(connection: asyncpg.Connection, keys: Keys | None) -> World:
    """Write the world; it is the same in every test database."""
    world = World(keys=keys)
    await _organisations(connection, world)
    await _components(connection, world)
    await _agencies(connection, world)
    await _catalogue(connection, world)
    for name, (organisation, roles, component, agency) in ACCOUNTS.items():
        account = world.accounts[name] = ident()
        world.organisations[name] = organisation
        await connection.execute(
            "INSERT INTO accounts (id, organisation_id, agency_id, account_name, display_name) "
            "VALUES ($1, $2, $3, $4, $5)",
            account,
            world[organisation],
            world[agency] if agency else None,
            name,
            f"Synthetic {name}",
        )
        for role in roles:
            await connection.execute(
                "INSERT INTO grants (id, account_id, organisation_id, role, component_id) VALUES ($1, $2, $3, $4, $5)",
                ident(),
                account,
                world[organisation],
                role.value,
                world[component] if component else None,
            )
    return world


async def _organisations(connection: asyncpg.Connection, world: World) -> None:
    for name, kind in ORGANISATIONS.items():
        world.ids[name] = ident()
        await connection.execute(
            "INSERT INTO organisations (id, reference, kinds, name_en) VALUES ($1, $2, $3, $4)",
            world[name],
            f"ORG-{name.upper()}",
            [kind],
            f"Organisation {name}",
        )
    await connection.execute(
        "INSERT INTO suppliers (id, reference, name_en) VALUES ($1, 'SUP-1', 'Synthetic supplier')", world["supplier"]
    )


async def _components(connection: asyncpg.Connection, world: World) -> None:
    world.ids["programme"] = ident()
    await connection.execute(
        "INSERT INTO programmes (id, reference, status, name_en, enforced_requirements) "
        "VALUES ($1, 'BMP', 'running', 'Synthetic programme', '{}')",
        world["programme"],
    )
    for name, country in (("morocco", "MA"), ("tunisia", "TN")):
        world.ids[name] = ident()
        await connection.execute(
            "INSERT INTO components (id, programme_id, reference, country, domains, name_en) "
            "VALUES ($1, $2, $3, $4, '{mobility}', $5)",
            world[name],
            world["programme"],
            f"BMP-{country}",
            country,
            name.title(),
        )
    for organisation, component, power in DELEGATIONS:
        await connection.execute(
            "INSERT INTO delegations (id, organisation_id, programme_id, component_id, power, starts_at) "
            "VALUES ($1, $2, $3, $4, $5, '2018-08-01Z')",
            ident(),
            world[organisation],
            world["programme"],
            world[component],
            power,
        )


async def _agencies(connection: asyncpg.Connection, world: World) -> None:
    for name, (parent, organisation, country, is_unit) in AGENCIES.items():
        world.ids[name] = ident()
        await connection.execute(
            "INSERT INTO agencies (id, reference, parent_id, organisation_id, country, is_unit, name_en, name_fr) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            world[name],
            f"AG-{name.upper()}",
            world[parent] if parent else None,
            world[organisation],
            country,
            is_unit,
            f"Agency {name}",
            f"Unité {name}",
        )
        world.ids[f"site-{name}"] = ident()
        await connection.execute(
            "INSERT INTO sites (id, reference, organisation_id, agency_id, kind, country, name_en) "
            "VALUES ($1, $2, $3, $4, 'port', $5, $6)",
            world[f"site-{name}"],
            f"SITE-{name.upper()}",
            world[organisation],
            world[name],
            country,
            f"Port of {name}",
        )
    world.ids["store"] = ident()
    await connection.execute(
        "INSERT INTO sites (id, reference, organisation_id, kind, country, name_en) "
        "VALUES ($1, 'SITE-STORE', $2, 'store', 'TN', 'Central store')",
        world["store"],
        world["icmpd"],
    )
    for component, agency in (("morocco", "ma-directorate"), ("tunisia", "tn-directorate")):
        await connection.execute(
            "INSERT INTO participations (id, component_id, agency_id, starts_at) VALUES ($1, $2, $3, '2018-08-01Z')",
            ident(),
            world[component],
            world[agency],
        )


async def _catalogue(connection: asyncpg.Connection, world: World) -> None:
    world.ids["radio-type"], world.ids["radio"] = ident(), ident()
    await connection.execute(
        "INSERT INTO equipment_types (id, reference, domain, cpv, hs, name_en) "
        "VALUES ($1, 'COM-RADIO', 'mobility', '32344280-2', '8517.62', 'Portable radio')",
        world["radio-type"],
    )
    await connection.execute(
        "INSERT INTO equipment_models (id, reference, type_id, manufacturer, name_en, operators_n, operators_m) "
        "VALUES ($1, 'MOD-RADIO-1', $2, 'Synthetic Radios', 'Radio One', 1, 2)",
        world["radio"],
        world["radio-type"],
    )
    world.ids["course"] = ident()
    await connection.execute(
        "INSERT INTO courses (id, reference, kind, languages, name_en, validity_months, hours_rights) "
        "VALUES ($1, 'CRS-RADIO-OP', 'operation', '{fr}', 'Operating the radio', 24, 2)",
        world["course"],
    )
    await connection.execute(
        "INSERT INTO course_covers (id, course_id, model_id) VALUES ($1, $2, $3)",
        ident(),
        world["course"],
        world["radio"],
    )
