"""`bmp backup`: everything but the keys, while the service serves, and tried by restoring it."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer

from app.cli import archive
from app.cli.archive import CHECKPOINTS, DUMP, ERASURES, FILES, MANIFEST, Manifest
from app.cli.options import AsJson, Data, many, say
from app.cli.pgtools import NEWEST, ToolFailed, dump, load
from app.cli.progress import Told, progress
from app.cli.reach import embedded, errors, fail, load_keys, read_settings
from app.db.embedded import TEST_SETTINGS, Embedded
from app.services import wrapped_keys
from app.settings import Settings

Programs = Annotated[
    Path | None, typer.Option(help="Folder with pg_dump and pg_restore; those that come with bmp know no TLS.")
]

KEY_NAMES = ("signing", "vault", "blind_index", "cursor", "chain")


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up: the owner's URL, the major version of its server, whose programs."""

    settings: Settings
    url: str
    major: int
    programs: Path | None


def backup(
    to: Annotated[Path, typer.Option(help="Folder in which the backup gets a folder of its own.")],
    *,
    keys_to: Annotated[
        Path | None, typer.Option(help="Another folder, for a copy of the keys; never inside the backup's.")
    ] = None,
    trial: Annotated[bool, typer.Option(help="Restore it into a throw-away database and count its rows.")] = True,
    data: Data = None,
    programs: Programs = None,
    as_json: AsJson = False,
) -> None:
    """Back up database, files, checkpoints and erasures while the service serves; the result is verified.

    Keys are left out, because a backup that holds its keys lets anybody read its names: `--keys-to` copies them
    elsewhere.
    """
    settings = read_settings(data=data)
    check_apart(to, keys_to)
    check_outside(settings.data, to, keys_to)
    loaded = load_keys(settings)
    name = f"bmp-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    try:
        with progress(errors) as told, reached(settings, programs) as source, archive.whole(to, name) as part:
            facts = _fill(source, part, told)
            parts = archive.measured(part, lambda done, total: told("Hashing", done, total))
            manifest = Manifest(
                format=archive.FORMAT,
                made_at=datetime.now(UTC).isoformat(),
                version=version("bmp"),
                revision=facts["revision"],
                postgres=source.major,
                keys=archive.described(loaded, facts["keks"]),
                tables=facts["tables"],
                parts=parts,
            )
            (part / MANIFEST).write_bytes(manifest.written())
            if trial:
                told("Trial restore", 0, 1)
                try_out(part, manifest, programs)
                told("Trial restore", 1, 1)
    except ToolFailed as error:
        raise fail(str(error)) from error
    copied = _copy_keys(settings, keys_to, name) if keys_to else None
    _tell(to / name, manifest, copied, trial, as_json)


def _tell(folder: Path, manifest: Manifest, copied: Path | None, trial: bool, as_json: bool) -> None:
    size = sum(part["bytes"] for part in manifest.parts.values())
    tried = "tried by restoring it" if trial else "not tried"
    apart = f"Keys: {copied}" if copied else "Its keys are not in it: keep a copy of the secrets folder elsewhere."
    rows = sum(manifest.tables.values())
    facts = {"backup": str(folder), "keys": str(copied) if copied else None, "bytes": size, "rows": rows}
    say(facts, f"Backup {folder}: {many(rows, 'row')}, {many(size, 'byte')}, {tried}. {apart}", as_json)


def check_apart(to: Path, keys_to: Path | None) -> None:
    """Refuse to put keys where the backup is: whoever takes one would take both."""
    if keys_to is None:
        return
    there, here = keys_to.expanduser().resolve(), to.expanduser().resolve()
    if there == here or here in there.parents or there in here.parents:
        raise fail(f"keys do not go with the backup: choose a folder for them apart from {to}")


def check_outside(data: Path, *targets: Path | None) -> None:
    """Refuse to put a copy into the folder that it is a copy of: both would be lost together."""
    folder = data.expanduser().resolve()
    for target in filter(None, targets):
        there = target.expanduser().resolve()
        if there == folder or folder in there.parents:
            raise fail(f"{target} is in the data folder, and would be lost together with it: choose another place")


@contextmanager
def reached(settings: Settings, programs: Path | None) -> Iterator[Source]:
    """The database to back up, running."""
    with embedded(settings) as server:
        if server is not None:
            yield Source(settings, server.dsn("owner"), server.major, programs)
        elif settings.database_owner_url is not None:
            yield Source(settings, settings.database_owner_url.get_secret_value(), NEWEST, programs)
        else:
            raise fail("set DATABASE_OWNER_URL: a backup is made as the owner of the database")


def _fill(source: Source, part: Path, told: Told) -> dict[str, Any]:
    """Write the parts in the order in which they stay consistent.

    The list of checkpoints first, so that it names no state later than the dump; files after the dump, as a file is
    stored before the row that names it; erasures last, because one too many does no harm and one too few does.
    """
    _copy_list(source.settings.data / CHECKPOINTS, part / CHECKPOINTS)
    told("Database", 0, 1)
    facts = asyncio.run(_dump(source, part / DUMP))
    told("Database", 1, 1)
    _copy_files(source.settings, part / FILES, told)
    _copy_list(source.settings.data / ERASURES, part / ERASURES)
    return facts


def _copy_list(source: Path, target: Path) -> None:
    """Copy an append-only list; there may be none yet."""
    target.write_bytes(source.read_bytes() if source.exists() else b"")


def _copy_files(settings: Settings, target: Path, told: Told) -> None:
    """Copy stored files. Those in a bucket are the bucket's to back up."""
    target.mkdir()
    if settings.files_url and not settings.files_url.startswith("file://"):
        errors.print(f"bmp: files are at BMP_FILES_URL, outside of this backup: {settings.files_url}", markup=False)
        return
    source = Path(settings.files_url.removeprefix("file://")) if settings.files_url else settings.data / FILES
    paths = [path for path in source.rglob("*") if path.is_file()] if source.exists() else []
    for number, path in enumerate(sorted(paths), start=1):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        told("Files", number, len(paths))


async def _dump(source: Source, target: Path) -> dict[str, Any]:
    """Dump one snapshot, and count in that same snapshot what has to be in it."""
    connection = await asyncpg.connect(source.url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            revision = await connection.fetchval("SELECT version_num FROM alembic_version")
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            dumping = asyncio.create_task(
                asyncio.to_thread(
                    dump, source.url, target, snapshot=snapshot, programs=source.programs, major=source.major
                )
            )
            try:
                return {
                    "tables": await counted(connection),
                    "revision": revision,
                    "keks": sorted(await wrapped_keys.in_use(connection)),
                }
            finally:
                await dumping
    finally:
        await connection.close()


async def counted(connection: Any) -> dict[str, int]:
    """Rows of every table, as the owner sees them."""
    tables = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
    )
    return {row[0]: await connection.fetchval(f'SELECT count(*) FROM public."{row[0]}"') for row in tables}


def try_out(folder: Path, manifest: Manifest, programs: Path | None) -> None:
    """Restore a dump into a throw-away database and count its rows. Raises ToolFailed when anything is missing."""
    root = Path(tempfile.mkdtemp(prefix="bmp-trial-"))
    root.chmod(0o711)
    try:
        with Embedded(root / "data", manifest.postgres, TEST_SETTINGS) as server:
            url = server.dsn("owner")
            load(url, folder / DUMP, programs=programs, major=manifest.postgres)
            check_rows(url, manifest)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def check_rows(url: str, manifest: Manifest) -> None:
    """Compare a restored database with what was counted when it was dumped. Raises ToolFailed."""

    async def found() -> dict[str, int]:
        connection = await asyncpg.connect(url)
        try:
            return await counted(connection)
        finally:
            await connection.close()

    there = asyncio.run(found())
    wrong = sorted(name for name in manifest.tables | there if manifest.tables.get(name) != there.get(name))
    if wrong:
        raise ToolFailed(f"restored, the table {wrong[0]} has {there.get(wrong[0])} rows, not what was dumped")


def copy_demo_credentials(source: Path, target: Path) -> None:
    """Copy the log-ins of a demo beside the keys, readable by their owner only; there are none without a demo.

    Without them the demo gives itself new passwords and secrets.
    """
    from app.services.demo_access import CREDENTIALS  # noqa: PLC0415  brings in every service

    if (source / CREDENTIALS).is_file():
        (target / CREDENTIALS).touch(mode=0o600)
        shutil.copyfile(source / CREDENTIALS, target / CREDENTIALS)


def _copy_keys(settings: Settings, keys_to: Path, name: str) -> Path:
    """Copy the key files to a folder of their own, whole or not at all."""
    with archive.whole(keys_to, f"{name}-keys") as part:
        for key in KEY_NAMES:
            source = settings.secrets_dir / key
            if source.is_dir():
                shutil.copytree(source, part / key, copy_function=shutil.copyfile)
            else:
                shutil.copyfile(source, part / key)
        copy_demo_credentials(settings.secrets_dir, part)
    return keys_to / f"{name}-keys"
