"""`bmp audit`: whether history is as it was recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer

from app.cli.options import AsJson, Data, many, say
from app.cli.progress import Told, progress
from app.cli.reach import errors, fail, load_keys, owner_url, read_settings
from app.db.session import Database, Statement, Tx
from app.services import audit as auditing
from app.services.chain import Verified, verify_batch
from app.settings import Settings

T = TypeVar("T")

audit = typer.Typer(name="audit", help="Proof that history is as it was recorded.", no_args_is_help=True)

_ITEM = Statement("SELECT id FROM items WHERE reference = :reference")
_COMPONENT = Statement("SELECT id FROM components WHERE reference = :reference")
_COUNT = Statement("SELECT count(*) FROM items")


def _as_owner(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    async def run(url: str) -> T:
        # Reading all chains of a large register takes its time, and nobody waits behind it.
        database = Database(url, size=2, statement_timeout_ms=600_000)
        await database.open()
        try:
            return await work(database)
        finally:
            await database.close()

    with owner_url(settings) as url:
        return asyncio.run(run(url))


@audit.command("verify")
def verify_command(
    *,
    item: Annotated[str | None, typer.Option(help="Only this item, by reference.")] = None,
    component: Annotated[str | None, typer.Option(help="Only items of this component, by reference.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Recompute every chain, and compare all of them with the latest signed checkpoint. Exit code 1 if any differs."""
    settings = read_settings(data=data)
    loaded = load_keys(settings)

    async def look(database: Database, told: Told) -> tuple[Verified, auditing.Compared]:
        report = await _chains(database, item, component, told)
        async with database.transaction(read_only=True) as tx:
            return report, await auditing.compare_with_checkpoint(tx, loaded, settings.data)

    with progress(errors) as told:
        report, compared = _as_owner(settings, lambda database: look(database, told))
    holds = not report.broken and compared.problem is None
    facts: dict[str, Any] = {
        "holds": holds,
        "items": report.items,
        "events": report.events,
        "broken": report.broken,
        "problems": [asdict(problem) for problem in report.problems],
        "checkpoint": asdict(compared),
    }
    lines = [f"{p.reference}, event {p.position}: {p.detail}" for p in report.problems]
    lines += [compared.problem] if compared.problem else []
    seal = f"; agrees with the checkpoint of {compared.at}" if compared.at and not compared.problem else ""
    counted = (many(report.items, "item"), many(report.events, "event"), many(report.broken, "chain"))
    lines.append(f"{', '.join(counted)} broken{seal}")
    say(facts, "\n".join(lines), as_json)
    raise typer.Exit(0 if holds else 1)


async def _chains(database: Database, item: str | None, component: str | None, told: Told) -> Verified:
    """One item, a component's, or all: a batch per transaction, so that none stays open for long."""
    async with database.transaction(read_only=True) as tx:
        item_id, component_id = await _id(tx, _ITEM, item), await _id(tx, _COMPONENT, component)
        total = await tx.value(_COUNT)
    report = Verified()
    while True:
        async with database.transaction(read_only=True) as tx:
            await verify_batch(tx, report, component_id=component_id, item_id=item_id)
        if report.complete:
            told("Chains", report.items, report.items)
            return report
        told("Chains", report.items, max(total, report.items + 1))


async def _id(tx: Tx, statement: Statement, reference: str | None) -> UUID | None:
    if reference is None:
        return None
    found: UUID | None = await tx.value(statement, reference=reference)
    if found is None:
        raise fail(f"there is no {reference}")
    return found


@audit.command("checkpoint")
def checkpoint_command(*, data: Data = None, as_json: AsJson = False) -> None:
    """Sign a checkpoint over all chains now, besides the daily one of the worker."""
    settings = read_settings(data=data)
    loaded = load_keys(settings)
    line = _as_owner(settings, lambda database: auditing.sign(database, loaded, settings.data))
    say({"line": line}, line, as_json)
