"""The commands of `bmp`. Each group has a module of its own; this one wires them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import orjson
import typer
from rich.console import Console
from sqlalchemy.exc import DBAPIError
from typer.core import TyperGroup

from app.cli.accounts import account
from app.cli.audit import audit
from app.cli.backup import backup
from app.cli.clients import client, token
from app.cli.demo import demo
from app.cli.doctor import doctor
from app.cli.exchange import export_command, import_command
from app.cli.jobs import jobs
from app.cli.options import AsJson, Data, many, say
from app.cli.reach import errors, fail, load_keys, owner_url, prepare_keys, read_settings
from app.cli.restore import restore
from app.cli.vault import keys, vault
from app.db.embedded import EmbeddedError
from app.db.migrating import head, migrate
from app.domain.errors import DomainError
from app.security.keys import KeysError
from app.settings import Settings


class Sentences(TyperGroup):
    """Commands whose known failures are a sentence on standard error and exit code 1, not a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")  # Pydantic's word, which Typer passes on
            raise
        except (EmbeddedError, KeysError, DomainError) as error:
            raise fail(str(error)) from error
        except DBAPIError as error:
            raise fail(f"the database refused: {error.orig}") from error
        except asyncpg.PostgresError as error:
            raise fail(f"the database refused: {error.args[0]}") from error
        except ConnectionError as error:
            raise fail(f"the database cannot be reached: {error}") from error
        except (OSError, TimeoutError) as error:
            raise fail(str(error) or type(error).__name__) from error


cli = typer.Typer(
    name="bmp",
    cls=Sentences,
    help="System of record for border-management programmes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (demo, account, client, vault, keys, audit, jobs):
    cli.add_typer(group)
for command in (token, backup, restore, doctor):
    cli.command()(command)
cli.command("export")(export_command)
cli.command("import")(import_command)


@cli.command()
def serve(
    *,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    data: Data = None,
    workers: Annotated[int | None, typer.Option(help="Number of API worker processes.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Synthetic programme, demo accounts, password grant.")] = False,
) -> None:
    """Serve the API. Without DATABASE_URL it runs a PostgreSQL of its own in the data folder."""
    from app.cli.banner import banner  # noqa: PLC0415  these bring in the whole application
    from app.cli.serve import AddressUnusable, reserve  # noqa: PLC0415
    from app.cli.serve import serve as run  # noqa: PLC0415

    settings = read_settings(port=port, host=host, data=data, workers=workers, demo=demo or None)
    if settings.demo and not settings.embedded:
        raise fail("demo data belongs in an embedded database only: unset DATABASE_URL or leave out --demo")
    try:
        reserve(settings.host, settings.port).close()  # before there are keys of a service that cannot start
    except AddressUnusable as error:
        raise fail(str(error)) from error
    made = prepare_keys(settings)
    if made:
        errors.print(f"Made {many(len(made), 'key')} in {settings.secrets_dir} (0600)", markup=False)
    if not settings.embedded:
        load_keys(settings)
    seeding = _seeder(settings) if settings.embedded else None
    raise typer.Exit(run(settings, migrate=migrate, seed=seeding, banner=lambda console: banner(console, settings)))


def _seeder(settings: Settings) -> Callable[[str], None]:
    def seed_all(dsn: str) -> None:
        from app.cli.filling import fill  # noqa: PLC0415

        fill(settings, dsn, console=Console(stderr=True))

    return seed_all


@cli.command("worker")
def worker_command(*, data: Data = None) -> None:
    """Run the background worker alone. `bmp serve` runs one by itself where it knows the worker's database role."""
    from app import worker  # noqa: PLC0415  brings in every service

    raise typer.Exit(worker.main(read_settings(data=data)))


@cli.command("migrate")
def migrate_command(*, data: Data = None, as_json: AsJson = False) -> None:
    """Bring the database to the newest schema. The service never does this to somebody else's database by itself."""
    settings = read_settings(data=data)
    with owner_url(settings, make=True) as url:
        migrate(url)
    say({"revision": head()}, f"The database is at revision {head()}", as_json)


@cli.command("seed")
def seed_command(*, data: Data = None, as_json: AsJson = False) -> None:
    """Write the public facts: programme, components, organisations, types, places. Running it twice is safe."""
    from app.cli.filling import seed_facts  # noqa: PLC0415

    settings = read_settings(data=data)
    with owner_url(settings) as url:
        counts = seed_facts(url)
    total = sum(counts.values())
    say(counts, f"Added {many(total, 'row')} of public facts" if total else "Everything was there already", as_json)


@cli.command("openapi")
def openapi_command() -> None:
    """Print the OpenAPI document of this version."""
    from app.main import create_app  # noqa: PLC0415

    document = create_app(Settings(secrets=Path("unused"), database_url="postgresql://unused/unused")).openapi()
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n")
