"""`bmp vault` and `bmp keys`: the keys outside the database, their rotation, and erasures."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, TypeVar

import asyncpg
import typer

from app.cli.options import AsJson, Data, many, say
from app.cli.progress import progress
from app.cli.reach import errors, fail, load_keys, owner_url, read_settings
from app.security import keys as key_files
from app.services import vaulting_upkeep, wrapped_keys
from app.settings import Settings

vault = typer.Typer(name="vault", help="Names of people: their keys, and erasures.", no_args_is_help=True)
keys = typer.Typer(name="keys", help="Key files of the deployment.", no_args_is_help=True)

#: A new key is noticed by every process within seconds; what was begun before has ended by then.
SETTLED_S = 300.0

T = TypeVar("T")


def _as_owner(settings: Settings, work: Callable[[Any], Awaitable[T]]) -> T:
    async def run(url: str) -> T:
        connection = await asyncpg.connect(url)
        try:
            return await work(connection)
        finally:
            await connection.close()

    with owner_url(settings) as url:
        return asyncio.run(run(url))


@vault.command("rotate")
def rotate_command(*, data: Data = None, as_json: AsJson = False) -> None:
    """Make a new key-encryption key and wrap all keys with it: of people, webhooks, imported files.

    May run while the service serves. When it was interrupted, `bmp vault rewrap` goes on.
    """
    settings = read_settings(data=data)
    load_keys(settings)
    version = key_files.rotate_vault(settings.secrets_dir)
    done = _rewrap(settings)
    say(
        {"version": version, "rewrapped": done},
        f"Key {version} wraps from now on; {many(done, 'key')} re-wrapped",
        as_json,
    )


@vault.command("rewrap")
def rewrap_command(*, data: Data = None, as_json: AsJson = False) -> None:
    """Wrap all keys with the newest key-encryption key, without making a new one."""
    done = _rewrap(read_settings(data=data))
    say({"rewrapped": done}, f"{many(done, 'key')} re-wrapped", as_json)


def _rewrap(settings: Settings) -> int:
    loaded = load_keys(settings)
    with progress(errors) as told:

        async def work(connection: Any) -> int:
            total = sum(each.total() for each in (await wrapped_keys.in_use(connection)).values())
            told("Re-wrapping", 0, max(total, 1))
            done = await wrapped_keys.rewrap(
                connection, loaded, progress=lambda count: told("Re-wrapping", count, max(total, count))
            )
            told("Re-wrapping", max(total, 1), max(total, 1))
            return done

        return _as_owner(settings, work)


@vault.command("retire")
def retire_command(
    version: Annotated[int, typer.Argument(help="Version of a key-encryption key that nothing uses any more.")],
    *,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Remove an old key-encryption key: from then on nobody reads the names in backups of its time."""
    settings = read_settings(data=data)
    loaded = load_keys(settings)
    newest, _ = loaded.newest_kek()
    if version not in (there := loaded.kek_versions()):
        raise fail(f"there is no key {version}, only {', '.join(map(str, there))}")
    made = (settings.secrets_dir / "vault" / f"kek-{newest}").stat().st_mtime
    if version == newest:
        raise fail(f"key {version} is in use: `bmp vault rotate` first")
    if (left := made + SETTLED_S - time.time()) > 0:
        told = f"key {newest} is not five minutes old: somebody may be at work with key {version} still"
        raise fail(f"{told}; try again in {math.ceil(left)} seconds")
    if wrapped := _as_owner(settings, wrapped_keys.in_use).get(version):
        told = ", ".join(f"{count} of {whose}" for whose, count in wrapped.items())
        raise fail(f"keys are wrapped with key {version} ({told}): `bmp vault rewrap` first")
    key_files.retire_vault(settings.secrets_dir, version)
    say({"retired": version}, f"Key {version} is gone", as_json)


@vault.command("reindex")
def reindex_command(*, data: Data = None, as_json: AsJson = False) -> None:
    """Make the blind indexes anew, after agencies with people were moved to another tree."""
    settings = read_settings(data=data)
    loaded = load_keys(settings)
    done = _as_owner(settings, lambda connection: vaulting_upkeep.reindex(connection, loaded))
    say({"reindexed": done}, f"{done} blind indexes differed and were made anew", as_json)


@vault.command("replay-erasures")
def replay_command(*, data: Data = None, as_json: AsJson = False) -> None:
    """Erase again whoever erasures.jsonl names and the database knows; `bmp restore` does it by itself."""
    settings = read_settings(data=data)
    done = _as_owner(settings, lambda connection: vaulting_upkeep.replay_erasures(connection, settings.data))
    say({"erased_again": done}, f"{done} people were erased again", as_json)


@keys.command("create")
def create_command(*, data: Data = None, as_json: AsJson = False) -> None:
    """Make the keys that are missing, for a new deployment with a database of its own server.

    Not for a database in use: a new key opens nothing that a lost one sealed.
    """
    settings = read_settings(data=data)
    made = key_files.create_missing(settings.secrets_dir)
    sentence = f"Made {', '.join(made)} in {settings.secrets_dir}" if made else "Every key is there already"
    say({"made": made}, sentence, as_json)


@keys.command("rotate")
def rotate_signing_command(
    *,
    leaked: Annotated[bool, typer.Option("--leaked", help="Refuse every token of older keys at once.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a new key for signing access tokens; older ones verify until their tokens have run out."""
    settings = read_settings(data=data)
    load_keys(settings)
    after = timedelta(0) if leaked else timedelta(minutes=settings.access_token_minutes)
    kid = key_files.rotate_signing(settings.secrets_dir, after)
    say({"kid": kid}, f"{kid} signs from now on", as_json)
