"""The demo: a synthetic programme with its story, built through the services on top of the seeded public facts.

It is the same for the same seed, counted back from the day on which it was begun. Each step looks for what is there
already, so that a build that was cut short goes on and a second one does nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg

from app.db.session import Database
from app.domain.access import Caller
from app.security import keys as key_files
from app.services import demo_access, demo_equipment, demo_places, demo_reports, demo_requirements, demo_training
from app.services.demo_access import ADMINISTRATOR, MANAGER, Cast
from app.services.demo_stage import Connection, Stage, Told
from app.settings import Settings

#: Tables whose rows others refer to by reference.
_LASTING = ("components", "organisations", "agencies", "sites", "suppliers", "equipment_models", "courses")


async def build(
    database: Database,
    owner_dsn: str,
    *,
    secrets_dir: Path,
    items: int = 3000,
    seed: int = 2026,
    progress: Told,
) -> dict[str, int]:
    """Build what is missing of the demo; how many of each were added.

    `database` is the application role's; `owner_dsn` is used to look what is there and to appoint the administrator.
    The credentials are written to `secrets_dir`, where the keys are.
    """
    owner = await asyncpg.connect(owner_dsn)
    try:
        root = await demo_access.appoint(database, owner)
        added = {"agencies": await _units(database, owner, root)}
        cast = await _accounts(database, owner, secrets_dir, root, progress)
        today = await owner.fetchval(
            "SELECT (created_at AT TIME ZONE 'UTC')::date FROM accounts WHERE account_name = $1", ADMINISTRATOR
        )
        loaded = key_files.load(secrets_dir)
        stage = Stage(database, owner, cast, loaded, seed, items, today, progress, {})
        added |= await _catalogue(stage)
        stage.ids.update(await demo_places.ids_of(owner, *_LASTING))
        added["requirements"] = await demo_requirements.of_units(stage)
        added["items"] = await demo_equipment.build(stage)
        added |= await demo_training.build(stage)
        added["reports"] = await demo_reports.build(stage)
    finally:
        await owner.close()
    return added


async def _units(database: Database, owner: Connection, root: Caller) -> int:
    known = await demo_places.ids_of(owner, "agencies")
    async with database.transaction(root) as tx:
        return await demo_places.units(tx, known)


async def _accounts(database: Database, owner: Connection, folder: Path, root: Caller, told: Told) -> Cast:
    told("Accounts", 0, len(demo_access.PLAYERS))
    cast = await demo_access.accounts_of(database, owner, folder, root)
    await demo_access.scripts_of(cast, owner, folder)
    told("Accounts", len(demo_access.PLAYERS), len(demo_access.PLAYERS))
    return cast


async def _catalogue(stage: Stage) -> dict[str, int]:
    """Sites, suppliers, models, courses, support; by the programme manager."""
    stage.told("Catalogue", 0, 3)
    known = await demo_places.ids_of(stage.owner, "agencies", "sites", "suppliers", "equipment_models", "courses")
    manager = await stage.cast.caller(MANAGER)
    async with stage.database.transaction(manager) as tx:
        added = {"sites": await demo_places.places(tx, known)}
    stage.told("Catalogue", 1, 3)
    async with stage.database.transaction(manager) as tx:
        added["catalogue"] = await demo_places.catalogue(tx, known)
    stage.told("Catalogue", 2, 3)
    if not await stage.owner.fetchval("SELECT EXISTS (SELECT 1 FROM support_arrangements)"):
        async with stage.database.transaction(manager) as tx:
            added["support"] = await demo_places.support(tx)
    stage.told("Catalogue", 3, 3)
    return added


def credentials(settings: Settings) -> list[dict[str, Any]]:
    """Account names and passwords, client ids and secrets, by organisation and role; empty where no demo was built."""
    return demo_access.read(settings.secrets_dir)
