"""`bmp demo`: the synthetic programme, and with what to log in to it."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import asyncpg
import orjson
import typer

from app.cli.banner import aligned, demo_credentials
from app.cli.options import AsJson, Data, say
from app.cli.progress import progress
from app.cli.reach import errors, fail, owner_url, read_settings
from app.settings import Settings

demo = typer.Typer(name="demo", help="The synthetic programme and its accounts.", no_args_is_help=True)

#: Above so many items the large, set-based builder adds what the story does not need.
STORY_ITEMS = 3_000


@demo.command("credentials")
def credentials_command(*, data: Data = None, as_json: AsJson = False) -> None:
    """Account names and passwords, client ids and secrets of the demo, by organisation and role."""
    found = demo_credentials(read_settings(data=data))
    if not found:
        raise fail("there is no demo here; `make run` or `bmp demo build` makes one")
    if as_json:
        sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    rows = [("organisation", "role", "account or client", "password or secret")]
    for entry in found:
        login = entry.get("account_name") or entry.get("client_id")
        secret = entry.get("password") or entry.get("client_secret")
        rows.append((entry["organisation"], entry["role"], str(login), str(secret)))
    sys.stdout.write("\n".join(aligned(rows)) + "\n")


@demo.command("build")
def build_command(
    *,
    data: Data = None,
    items: Annotated[int, typer.Option(min=1, max=10_000_000, help="Number of items.")] = STORY_ITEMS,
    as_json: AsJson = False,
) -> None:
    """Build the synthetic programme; with --items 1000000 a large one, events and chains included."""
    from app.cli.filling import build_demo, seed_facts  # noqa: PLC0415  brings in every service
    from app.db.migrating import migrate  # noqa: PLC0415

    settings = read_settings(data=data, demo=True)
    if not settings.embedded:
        raise fail("demo data belongs in an embedded database only: unset DATABASE_URL")
    with owner_url(settings, make=True) as url:
        migrate(url)
        seed_facts(url)
        built = build_demo(settings, url, errors)
        built["items"] = built.get("items", 0) + _add(settings, url, items)
    say(built, ", ".join(f"{count} {what}" for what, count in built.items() if count) or "It is all there", as_json)


def _add(settings: Settings, url: str, items: int) -> int:
    """Items that are missing up to the number wanted, built set-based as the owner; how many were added."""
    return asyncio.run(_add_large(settings, url, items))


async def _add_large(_settings: Settings, url: str, items: int) -> int:
    from app.services.demo_large import build_large  # noqa: PLC0415  brings in every service

    connection = await asyncpg.connect(url)
    try:
        missing = items - await connection.fetchval("SELECT count(*) FROM items")
        actor = await connection.fetchrow(
            "SELECT a.id, a.organisation_id FROM accounts a JOIN organisations o ON o.id = a.organisation_id "
            "WHERE o.reference = 'ORG-ICMPD' ORDER BY a.account_name LIMIT 1"
        )
    finally:
        await connection.close()
    if missing <= 0 or actor is None:
        return 0
    with progress(errors) as told:
        return await build_large(
            url,
            items=missing,
            actor=actor["id"],
            implementer=actor["organisation_id"],
            progress=lambda done, total: told("Items", done, total),
        )
