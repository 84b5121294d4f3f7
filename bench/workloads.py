"""The workloads and the limit of each: the same bare statement in pgbench."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import asyncpg

from app.db.cursors import make
from app.db.identities import identity
from app.db.plans import parameters, plan_one, plan_page
from app.db.session import Database
from app.domain.access import Caller
from app.domain.asked import Asked
from app.security import keys as key_files
from app.services.equipment import LISTING
from app.services.rights import Rights
from bench import load
from bench.limits import bare, transaction
from bench.place import Place

ITEM = "('01900000-0000-7000-8000-' || lpad(to_hex(CAST(:n AS bigint)), 12, '0'))::uuid"


@dataclass
class Workload:
    """What is asked over HTTP, what the bare statement is, and the target of the ratio."""

    name: str
    request: Callable[[], bytes]
    script: str
    app_script: str
    target: float | None


async def callers(made: Place) -> dict[str, Caller]:
    """The callers as the service itself sees them."""
    database = Database(made.dsn("app"), size=2)
    await database.open()
    try:
        rights = Rights(database, seconds=0)
        return {name: await rights.of(str(account), "bench") for name, account in made.callers.items()}
    finally:
        await database.close()


def item_path(number: int) -> str:
    """The address of a built item."""
    return f"/api/v1/equipment/01900000-0000-7000-8000-{number:012x}"


def item(made: Place, caller: Caller) -> Workload:
    """One item by id, a random one."""
    random = Random(1)
    sql = bare(plan_one(LISTING, "id", Asked()).statement.sql, ITEM)
    setup = f"\\set n random(1, {made.items})\n"
    return Workload(
        "item by id",
        lambda: load.get(item_path(random.randint(1, made.items)), made.tokens["all"]),
        transaction(sql, setup=setup),
        transaction(sql, setup=setup, preamble=identity(caller) + ";\n"),
        0.15,
    )


async def page(made: Place, caller: Caller, name: str, *, middle: bool, shape: Any, target: float | None) -> Workload:
    """A filtered list of fifty, the newest first, from the start or from the middle of the data."""
    after, cursor = None, ""
    stage = "in_service"
    asked = Asked(filters={"stage": [stage]})
    if middle:
        keys = await _middle(made, caller, stage)
        after = keys
        secret = key_files.load(made.folder / "keys").cursor
        cursor = "&cursor=" + make(secret, LISTING, asked, keys)
        asked = Asked(filters={"stage": [stage]}, after=after)
    statement = plan_page(LISTING, asked, shape).statement
    values = statement.values(parameters(LISTING, asked, caller, shape))
    sql = bare(statement.sql, *(_literal(v) for v in values))
    wire = load.get(f"/api/v1/equipment?stage={stage}{cursor}", made.tokens[name])
    label = f"list of 50, {'middle' if middle else 'first'} page, caller: {name}"
    return Workload(label, lambda: wire, transaction(sql), transaction(sql, preamble=identity(caller) + ";\n"), target)


async def _middle(made: Place, caller: Caller, stage: str) -> tuple[Any, ...]:
    connection = await asyncpg.connect(made.dsn("owner"))
    try:
        total = await connection.fetchval(
            "SELECT count(*) FROM items WHERE component_id = ANY($1) AND stage = $2", list(caller.see), stage
        )
        row = await connection.fetchrow(
            "SELECT created_at, id FROM items WHERE component_id = ANY($1) AND stage = $2 "
            "ORDER BY created_at DESC, id DESC OFFSET $3 LIMIT 1",
            list(caller.see),
            stage,
            total // 2,
        )
    finally:
        await connection.close()
    assert row is not None
    return tuple(row)


async def feed(made: Place, caller: Caller) -> Workload:
    """A page of the change feed from the start of what is kept, against its rows read by position."""
    owner = await asyncpg.connect(made.dsn("owner"))
    try:
        while await owner.fetchval("SELECT app.sequence_changes(100000)"):
            pass
    finally:
        await owner.close()
    sql = "SELECT position, resource, object_id, action, version, recorded_at FROM changes WHERE position > 0 "
    sql += "ORDER BY position LIMIT 100"
    wire = load.get("/api/v1/changes?limit=100", made.tokens["all"])
    bare_script = transaction(sql)
    return Workload(
        "feed page of 100", lambda: wire, bare_script, transaction(sql, preamble=identity(caller) + ";\n"), 0.5
    )


def _literal(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "ARRAY[" + ",".join(f"'{v}'" for v in value) + "]"
    return f"'{value}'"


def steps(made: Place, known: dict[str, Caller]) -> dict[str, Callable[[], Any]]:
    """Every workload by name, made when its turn comes."""

    async def item_step() -> Workload:
        return item(made, known["all"])

    def page_step(name: str, shape: str, *, middle: bool) -> Callable[[], Any]:
        async def step() -> Workload:
            return await page(made, known[name], name, middle=middle, shape=shape, target=0.22)

        return step

    async def feed_step() -> Workload:
        return await feed(made, known["all"])

    shapes = {"one": "one", "two": "several", "small": "one", "all": "all"}
    made_steps: dict[str, Callable[[], Any]] = {"item by id": item_step, "feed page of 100": feed_step}
    for name, shape in shapes.items():
        made_steps[f"list of 50, first page, caller: {name}"] = page_step(name, shape, middle=False)
        made_steps[f"list of 50, middle page, caller: {name}"] = page_step(name, shape, middle=True)
    return made_steps
