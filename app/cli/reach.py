"""How commands reach the database: the one of `DATABASE_URL*`, or the embedded one, started for a moment if need be."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError
from rich.console import Console

from app.db.embedded import Embedded, EmbeddedError
from app.db.embedded_account import Account
from app.db.embedded_folder import DataFolder
from app.security import keys
from app.security.keys import KeysError
from app.settings import Settings

errors = Console(stderr=True, highlight=False, soft_wrap=True)

#: Where root keeps data when PostgreSQL's account may not come to the folder that was meant.
ROOTS_OWN = Path("/var/lib/bmp")


def fail(sentence: str) -> typer.Exit:
    """Say what is wrong in a sentence on standard error; the exit code is 1."""
    errors.print(f"bmp: {sentence}", markup=False)
    return typer.Exit(1)


def read_settings(**given: Any) -> Settings:
    """The settings of the environment, with what the command line says on top."""
    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        settings = Settings(**chosen)
    except ValidationError as error:
        raise fail("the configuration is not usable: " + "; ".join(map(_told, error.errors()))) from None
    if settings.embedded and "data" not in chosen and "BMP_DATA" not in os.environ:
        folder = reachable(settings.data)
        if folder != settings.data:
            settings = settings.model_copy(update={"data": folder})
    return settings


def _told(error: Any) -> str:
    """One error of the configuration by the name of its variable, without the value: it may be a secret."""
    name = str(error["loc"][0]) if error["loc"] else ""
    variable = f"BMP_{name.upper()}" if name in Settings.model_fields else name
    if not variable:
        return str(error["msg"]).removeprefix("Value error, ")
    from app.services.fault_words import told  # noqa: PLC0415  brings in every service

    return f"{variable}: {told(error)}"


def reachable(folder: Path) -> Path:
    """The default data folder, or one that PostgreSQL's account can reach when we are root in a closed home.

    PostgreSQL does not run as root, and its account cannot pass through a home of mode 0700. The folder in its place is
    named for the first one, so that each clone keeps its own data.
    """
    if os.geteuid() != 0 or folder.exists():
        return folder
    meant = folder.absolute()
    try:
        if Account.choose(meant, meant / "postgres").refused_at(meant.parent) is None:
            return folder
    except EmbeddedError:
        return folder  # whoever starts the server says what is wrong
    return ROOTS_OWN / f"{meant.parent.name}-{hashlib.sha256(os.fsencode(meant)).hexdigest()[:8]}"


def no_database(settings: Settings) -> str | None:
    """A sentence when there is no embedded database yet where there should be one."""
    if not settings.embedded or (DataFolder(settings.data).pgdata / "PG_VERSION").exists():
        return None
    return f"there is no database in {settings.data}; `bmp serve` makes one, --data names another folder"


@contextmanager
def owner_url(settings: Settings, *, make: bool = False) -> Iterator[str]:
    """The owner's URL. The embedded server is used as it runs, or started for as long as the command takes.

    Only what begins a deployment may `make` one: whoever asks about jobs in a wrong folder wants to be told so.
    """
    with embedded(settings, make=make) as server:
        if server is not None:
            yield server.dsn("owner")
            return
        if settings.database_owner_url is None:
            raise fail("set DATABASE_OWNER_URL: this command works as the owner of the database")
        yield settings.database_owner_url.get_secret_value()


@contextmanager
def embedded(settings: Settings, *, make: bool = False) -> Iterator[Embedded | None]:
    """The embedded server as it runs, or started for as long as needed; None with somebody else's database."""
    if not settings.embedded:
        yield None
        return
    if not make and (missing := no_database(settings)):
        raise fail(missing)
    server = Embedded(settings.data, settings.postgres_major)
    if server.running():
        yield server
        return
    prepare_keys(settings)
    try:
        server.start()
    except EmbeddedError as error:
        raise fail(str(error)) from error
    try:
        yield server
    finally:
        server.stop()


def prepare_keys(settings: Settings) -> tuple[str, ...]:
    """Make the missing keys of an embedded deployment; somebody else's database wants them to be given.

    Where a database is already, only a folder without any key is filled: a new key in the place of a lost one would
    open nothing that the lost one sealed.
    """
    if not settings.embedded:
        return ()
    folder = DataFolder(settings.data)
    if (folder.pgdata / "PG_VERSION").exists():
        load_keys(settings)
        return ()
    try:
        folder.make()
        return keys.create_missing(settings.secrets_dir)
    except (EmbeddedError, KeysError, OSError) as error:
        raise fail(str(error)) from error


def load_keys(settings: Settings) -> keys.Keys:
    """The keys of the deployment, or a sentence about what is wrong with them, or that there is no deployment."""
    if missing := no_database(settings):
        raise fail(missing)
    try:
        return keys.load(settings.secrets_dir)
    except (KeysError, OSError) as error:
        new = "" if settings.embedded else "; `bmp keys create` makes those of a new deployment"
        raise fail(
            f"{error}; without its keys the service does not start (see `bmp restore --keys-from`){new}"
        ) from error
