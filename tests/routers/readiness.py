"""What the tests of readiness share: items in service at a unit, people with qualifications, the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from app.db.session import Database, Statement
from app.db.writing import new_id
from app.services import door, door_corrections, door_rows
from app.services.door import Move, NewItem
from app.services.door_corrections import Correction
from app.services.rights import Rights
from tests.world import World

READINESS = "/api/v1/readiness"
NOW = datetime.now(UTC)
TODAY = NOW.date()
LATE = "Taken over from paper files."
CORRECTED = Statement(f"{door_rows.WRITE} SELECT t.id FROM changed t")
LAST = Statement(
    "SELECT i.version, coalesce(e.corrects, e.position) AS position FROM items i JOIN events e ON e.item_id = i.id "
    "WHERE i.id = :item ORDER BY e.position DESC LIMIT 1"
)


def ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def past(days: int) -> date:
    return TODAY - timedelta(days=days)


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


class Register:
    """Items of one component through the door, as its manager."""

    def __init__(self, database: Database, world: World, component: str = "tunisia") -> None:
        self.database, self.world, self.component = database, world, component

    async def items(self, n: int, unit: str, *, model: UUID | None = None, since: datetime | None = None) -> list[UUID]:
        """Items handed over to a unit at an instant."""
        world, at = self.world, since or ago(40)
        new = [NewItem(new_id(), world[self.component], model or world["radio"]) for _ in range(n)]
        ids = [item.id for item in new]
        organisation = world["tn-coast-guard" if unit.startswith("tn") else "ma-border"]
        arrived = {"custody_organisation_id": world["icmpd"], "custody_site_id": world["store"]}
        given = {
            "title_organisation_id": organisation,
            "custody_organisation_id": organisation,
            "custody_site_id": world[f"site-{unit}"],
            "unit_id": world[unit],
        }
        caller = await Rights(self.database, seconds=0).of(str(world.accounts["icmpd.manager"]), "x")
        async with self.database.transaction(caller) as tx:
            await door.register(tx, new, occurred_at=at - timedelta(days=3), reason=LATE)
        await self.move(ids, "deliver", arrived, at - timedelta(days=2))
        await self.move(ids, "accept", {"title_organisation_id": world["icmpd"]}, at - timedelta(days=1))
        await self.move(ids, "hand_over", given, at)
        return ids

    async def move(self, ids: Sequence[UUID], action: str, payload: dict[str, Any], at: datetime | None = None) -> None:
        """One step for all."""
        if not ids:
            return
        caller = await Rights(self.database, seconds=0).of(str(self.world.accounts["icmpd.manager"]), "x")
        async with self.database.transaction(caller) as tx:
            moves = [Move(each, action, payload) for each in ids]
            await door.move(tx, moves, occurred_at=at, reason=LATE if at else None, by_document=True)

    async def in_service(
        self, n: int, unit: str, *, since: datetime | None = None, confirmed: datetime | None = None, **more: Any
    ) -> list[UUID]:
        """Items that work, confirmed at an instant (by default soon after)."""
        at = since or ago(40)
        ids = await self.items(n, unit, since=at, **more)
        await self.move(ids, "put_in_service", {}, at + timedelta(hours=1))
        await self.report(ids, "up", at=confirmed or at + timedelta(hours=2))
        return ids

    async def report(
        self, ids: Sequence[UUID], condition: str, reason: str | None = None, at: datetime | None = None
    ) -> None:
        """Their condition."""
        payload = {"condition": condition} | ({"condition_reason": reason} if reason else {})
        await self.move(ids, "report_condition", payload, at)

    async def correct(self, item: UUID, payload: dict[str, Any] | None, at: datetime | None = None) -> None:
        """Correct what was last said about an item, or (without a payload) take it back."""
        caller = await Rights(self.database, seconds=0).of(str(self.world.accounts["icmpd.manager"]), "x")
        async with self.database.transaction(caller) as tx:
            row = await tx.row(LAST, item=item)
            assert row is not None
            correction = Correction(
                item, row["version"], row["position"], LATE, payload or {}, at, annul=payload is None
            )
            await door_corrections.correct(tx, correction, CORRECTED)


async def person(
    owner: asyncpg.Connection,
    world: World,
    unit: str,
    *skills: tuple[str, UUID],
    site: str | None = None,
    posted: tuple[date, date | None] = (date(2020, 1, 1), None),
    valid: tuple[date, date | None] = (date(2020, 1, 1), None),
    number: int | None = None,
) -> UUID:
    """Somebody posted to a unit, with qualifications (kind, model or type)."""
    made = UUID(int=number) if number else uuid4()
    await owner.execute(
        "INSERT INTO trainees (id, agency_id, grade_band, sex, language) VALUES ($1, $2, 'officer', 'female', 'ar')",
        made,
        world[unit],
    )
    await owner.execute(
        "INSERT INTO postings (id, trainee_id, agency_id, unit_id, site_id, starts_on, ends_on) "
        "VALUES ($1, $2, $3, $3, $4, $5, $6)",
        new_id(),
        made,
        world[unit],
        world[site] if site else None,
        *posted,
    )
    for kind, subject in skills:
        await qualify(owner, made, world[unit], kind, subject, valid)
    return made


async def qualify(
    owner: asyncpg.Connection,
    trainee: UUID,
    agency: UUID,
    kind: str,
    subject: UUID,
    valid: tuple[date, date | None] = (date(2020, 1, 1), None),
    **more: Any,
) -> UUID:
    """A qualification for a model or a type."""
    made = new_id()
    is_type = await owner.fetchval("SELECT EXISTS (SELECT 1 FROM equipment_types WHERE id = $1)", subject)
    columns = {"status": "valid", **more}
    await owner.execute(
        "INSERT INTO qualifications (id, trainee_id, agency_id, kind, model_id, type_id, starts_on, ends_on, source, "
        f"{', '.join(columns)}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'record', "
        f"{', '.join(f'${n + 9}' for n in range(len(columns)))})",
        made,
        trainee,
        agency,
        kind,
        None if is_type else subject,
        subject if is_type else None,
        *valid,
        *columns.values(),
    )
    return made


async def model(owner: asyncpg.Connection, world: World, reference: str, **needs: int) -> UUID:
    """Another model of the radio's type."""
    made = new_id()
    names = {"operators_n": 1, "operators_m": 1, "maintainers_n": 0, "maintainers_m": 1, "priority": 100, **needs}
    await owner.execute(
        f"INSERT INTO equipment_models (id, reference, type_id, manufacturer, name_en, {', '.join(names)}) "
        "VALUES ($1, $2, $3, 'Synthetic', $4, $5, $6, $7, $8, $9)",
        made,
        reference,
        world["radio-type"],
        f"Model {reference}",
        *names.values(),
    )
    return made


async def ask(
    client: httpx.AsyncClient, world: World, query: str = "", *, by: str = "icmpd.manager", path: str = ""
) -> dict[str, Any]:
    answer = await client.get(f"{READINESS}{path}{query}", headers=world.headers(by))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def waterfall(**reasons: int) -> dict[str, int]:
    names = (
        "not_in_service",
        "withdrawn",
        "down_failure",
        "down_awaiting_parts",
        "down_under_repair",
        "down_planned_maintenance",
        "down_no_consumables",
        "down_external",
        "condition_unknown",
        "operators_missing",
        "maintainers_missing",
    )
    return {name: reasons.get(name, 0) for name in names}


def staff(needed: int, allotted: int | None, reserve: int | None, missing: int | None) -> dict[str, Any]:
    return {
        "needed": needed,
        "allotted": allotted,
        "reserve": reserve,
        "missing": missing,
        "suppressed": None in (allotted, reserve, missing),
    }


async def unit(
    owner: asyncpg.Connection, world: World, name: str, parent: str = "tn-directorate", *, leaf: bool = True
) -> UUID:
    """Another unit (or agency) with a site, below one of the world."""
    world.ids[name], world.ids[f"site-{name}"] = new_id(), new_id()
    organisation = world["tn-coast-guard" if name.startswith("tn") else "ma-border"]
    await owner.execute(
        "INSERT INTO agencies (id, reference, parent_id, organisation_id, country, is_unit, name_en, name_fr) "
        "VALUES ($1, $2, $3, $4, 'TN', $5, $6, $7)",
        world[name],
        f"AG-{name.upper()}",
        world[parent] if parent else None,
        organisation,
        leaf,
        f"Agency {name}",
        f"Unité {name}",
    )
    await owner.execute(
        "INSERT INTO sites (id, reference, organisation_id, agency_id, kind, country, name_en) "
        "VALUES ($1, $2, $3, $4, 'port', 'TN', $5)",
        world[f"site-{name}"],
        f"SITE-{name.upper()}",
        organisation,
        world[name],
        f"Port of {name}",
    )
    return world[name]


async def component(
    owner: asyncpg.Connection, world: World, name: str, agencies: Sequence[str], managers: Sequence[str] = ("icmpd",)
) -> UUID:
    """Another component of the programme, with agencies that take part and organisations that manage it."""
    world.ids[name] = new_id()
    await owner.execute(
        "INSERT INTO components (id, programme_id, reference, country, domains, name_en) "
        "VALUES ($1, $2, $3, 'TN', '{mobility}', $4)",
        world[name],
        world["programme"],
        name.upper(),
        f"Component {name}",
    )
    for each in managers:
        await owner.execute(
            "INSERT INTO delegations (id, organisation_id, programme_id, component_id, power, starts_at) "
            "VALUES ($1, $2, $3, $4, 'manage', '2018-08-01Z')",
            new_id(),
            world[each],
            world["programme"],
            world[name],
        )
    for each in agencies:
        await owner.execute(
            "INSERT INTO participations (id, component_id, agency_id, starts_at) VALUES ($1, $2, $3, '2018-08-01Z')",
            new_id(),
            world[name],
            world[each],
        )
    return world[name]


async def support(
    owner: asyncpg.Connection, world: World, supported: str, by: str | None = None, model_id: UUID | None = None
) -> UUID:
    """Support of a unit by another one, or by contract."""
    made = new_id()
    await owner.execute(
        "INSERT INTO support_arrangements (id, agency_id, model_id, supporting_unit_id, contract_reference, starts_on) "
        "VALUES ($1, $2, $3, $4, $5, '2020-01-01')",
        made,
        world[supported],
        model_id,
        world[by] if by else None,
        None if by else "CONTRACT-1",
    )
    return made


def shown(row: dict[str, Any]) -> tuple[Any, ...]:
    """What a row is about, by reference, and its first figures."""
    about = [row[name]["reference"] if row[name] else None for name in ("unit", "model", "agency", "component")]
    return (*about, row["held"], row["functional"], row["crewed"], row["ready"], row["ready_confirmed"])
