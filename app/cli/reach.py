"""How commands reach the database: the one of `DATABASE_URL*`, or the embedded one, started for a moment if need be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from app.db.embedded import Embedded, EmbeddedError
from app.security import keys
from app.settings import Settings

errors = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(sentence: str) -> typer.Exit:
    """Say what is wrong in a sentence on standard error; the exit code is 1."""
    errors.print(f"bmp: {sentence}", markup=False)
    return typer.Exit(1)


def read_settings(**given: Any) -> Settings:
    """The settings of the environment, with what the command line says on top."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValueError as error:
        raise fail(f"the configuration is not usable: {error}") from error


@contextmanager
def owner_url(settings: Settings) -> Iterator[str]:
    """The owner's URL. The embedded server is used as it runs, or started for as long as the command takes."""
    if not settings.embedded:
        if settings.database_owner_url is None:
            raise fail("set DATABASE_OWNER_URL: this command works as the owner of the database")
        yield settings.database_owner_url.get_secret_value()
        return
    server = Embedded(settings.data, settings.postgres_major)
    if server.running():
        yield server.dsn("owner")
        return
    try:
        with server:
            yield server.dsn("owner")
    except EmbeddedError as error:
        raise fail(str(error)) from error


def prepare_keys(settings: Settings) -> tuple[str, ...]:
    """Make the missing keys of an embedded deployment; somebody else's database wants them to be given."""
    if not settings.embedded:
        return ()
    Path(settings.data).mkdir(mode=0o755, parents=True, exist_ok=True)
    return keys.create_missing(settings.secrets_dir)
