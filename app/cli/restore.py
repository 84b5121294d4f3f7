"""`bmp restore`: a verified backup becomes a service again, and erased people stay erased."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from app.cli import archive
from app.cli.archive import CHECKPOINTS, DUMP, ERASURES, FILES, ArchiveBroken, Manifest
from app.cli.backup import KEY_NAMES, Programs, check_rows, copy_demo_credentials
from app.cli.options import AsJson, Data, many, say
from app.cli.pgtools import ToolFailed, load
from app.cli.progress import Told, progress
from app.cli.reach import errors, fail, read_settings
from app.db import migrating
from app.db.embedded import Embedded
from app.security import keys as key_files
from app.security.keys import KeysError
from app.services import vaulting_upkeep
from app.settings import Settings

#: What may be in a data folder into which is restored: keys, and lists that outlived the database.
ALLOWED = {"secrets", CHECKPOINTS, ERASURES}
OUTLIVED = "checkpoints.before-restore.jsonl"


@dataclass(frozen=True, slots=True)
class Work:
    """One restore: from where, with which keys, and which lists of erasures count."""

    settings: Settings
    backup: Path
    manifest: Manifest
    keys_from: Path
    erasures: Sequence[Path]
    programs: Path | None
    #: Another service goes on beside this one.
    copy: bool
    told: Told


def restore(
    backup: Annotated[Path, typer.Argument(help="The folder that `bmp backup` made.")],
    *,
    keys_from: Annotated[Path | None, typer.Option(help="Folder with the keys, when they are not in place.")] = None,
    erasures: Annotated[
        list[Path] | None, typer.Option(help="A newer erasures.jsonl, from wherever one outlived the database.")
    ] = None,
    copy: Annotated[
        bool,
        typer.Option("--copy", help="For a copy beside the original: webhooks are disabled, or both would deliver."),
    ] = False,
    data: Data = None,
    programs: Programs = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into an empty data folder, or an empty database at DATABASE_OWNER_URL.

    Every byte is verified first. People who were erased since the backup are erased again: from its own list, from
    the one in the data folder, and from those named by --erasures.
    """
    settings = read_settings(data=data)
    lists = (backup / ERASURES, settings.data / ERASURES, *(erasures or []))
    for path in erasures or []:
        if not path.is_file():
            raise fail(f"there is no {path}")
    try:
        with progress(errors) as told:
            manifest = archive.verify(backup, lambda done, total: told("Verifying", done, total))
            work = Work(settings, backup, manifest, keys_from or settings.secrets_dir, lists, programs, copy, told)
            _check_revision(manifest)
            _check_keys(work)
            erased = _into_folder(work) if settings.embedded else _into_database(work)
    except (ArchiveBroken, ToolFailed) as error:
        raise fail(str(error)) from error
    rows = sum(manifest.tables.values())
    facts = {"backup": str(backup), "made_at": manifest.made_at, "rows": rows, "erased_again": erased}
    say(facts, f"Restored {many(rows, 'row')} as of {manifest.made_at}; erased again: {erased}", as_json)


def _check_revision(manifest: Manifest) -> None:
    """A backup of a newer version has tables that this one does not know."""
    try:
        ScriptDirectory.from_config(migrating.config()).get_revision(manifest.revision)
    except CommandError:
        raise ArchiveBroken(
            f"the backup was made by bmp {manifest.version} (schema {manifest.revision}), which is newer than this one"
        ) from None


def _check_keys(work: Work) -> None:
    """Without the keys of its time a backup holds names that nobody can read and chains that nobody can verify."""
    try:
        missing = archive.differences(work.manifest.keys, key_files.load(work.keys_from))
    except (KeysError, OSError) as error:
        raise fail(f"the keys of this backup are needed (--keys-from): {error}") from error
    if missing:
        raise fail(f"these are not the keys of this backup: {', '.join(missing)} in {work.keys_from}")


def _into_folder(work: Work) -> int:
    """Restore beside the data folder, and put it in its place when everything is done; how many were erased again."""
    data = work.settings.data.expanduser().resolve()
    strange = sorted({path.name for path in data.iterdir()} - ALLOWED) if data.exists() else []
    if strange:
        raise fail(f"{data} holds a service already ({strange[0]}); restore into another folder, or move it away")
    part = data.with_name(f"{data.name}.restoring")
    shutil.rmtree(part, ignore_errors=True)
    server = Embedded(part, work.settings.postgres_major)
    try:
        server.folder.make()
        if work.settings.secrets is None:
            _copy_keys(work.keys_from, part / "secrets")
        with server:
            erased = _fill(work, server.dsn("owner"), part)
        if (data / CHECKPOINTS).exists():
            shutil.copyfile(data / CHECKPOINTS, part / OUTLIVED)
        _swap(part, data)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return erased


def _swap(part: Path, data: Path) -> None:
    """Put the finished folder in its place. What was there (keys, lists) has been copied into it."""
    old = data.with_name(f"{data.name}.before-restore")
    shutil.rmtree(old, ignore_errors=True)
    if data.exists():
        data.rename(old)
    part.rename(data)
    shutil.rmtree(old, ignore_errors=True)


def _into_database(work: Work) -> int:
    """Restore into the empty database at DATABASE_OWNER_URL; how many were erased again."""
    if work.settings.database_owner_url is None:
        raise fail("set DATABASE_OWNER_URL: a restore is done as the owner of the database")
    url = work.settings.database_owner_url.get_secret_value()
    if asyncio.run(_tables(url)):
        raise fail("the database at DATABASE_OWNER_URL is not empty: restore into a new one")
    if work.keys_from != work.settings.secrets_dir and not work.settings.secrets_dir.exists():
        _copy_keys(work.keys_from, work.settings.secrets_dir)
    work.settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _fill(work, url, work.settings.data)


async def _tables(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            )
        )
    finally:
        await connection.close()


def _copy_keys(source: Path, target: Path) -> None:
    """Copy key files, closed to everybody else before there is anything in them."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in KEY_NAMES:
        if (source / name).is_dir():
            (target / name).mkdir(mode=0o700)
            for path in (source / name).iterdir():
                shutil.copyfile(path, target / name / path.name)
        else:
            shutil.copyfile(source / name, target / name)
    copy_demo_credentials(source, target)
    archive.sync(target)


def _fill(work: Work, url: str, data: Path) -> int:
    """Rows, files and lists, then what has to happen before anybody is served; how many people were erased again."""
    work.told("Database", 0, 1)
    load(url, work.backup / DUMP, programs=work.programs, major=work.settings.postgres_major)
    check_rows(url, work.manifest)
    work.told("Database", 1, 1)
    tombstones = b"\n".join(path.read_bytes() for path in work.erasures if path.exists())
    (data / CHECKPOINTS).write_bytes((work.backup / CHECKPOINTS).read_bytes())
    (data / ERASURES).write_bytes(tombstones)
    for path in (data / CHECKPOINTS, data / ERASURES):
        path.chmod(0o600)
    _copy_files(work, data)
    migrating.migrate(url)
    return asyncio.run(_mend(url, data, copy=work.copy))


def _copy_files(work: Work, data: Path) -> None:
    """Put stored files back, unless they are in a bucket, which was not part of the backup."""
    url = work.settings.files_url
    if url and not url.startswith("file://"):
        return
    target = Path(url.removeprefix("file://")) if url else data / FILES
    names = [name for name in work.manifest.parts if name.startswith(f"{FILES}/")]
    for number, name in enumerate(names, start=1):
        path = target / Path(name).relative_to(FILES)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(work.backup / name, path)
        path.chmod(0o600)
        work.told("Files", number, len(names))


async def _mend(url: str, data: Path, *, copy: bool) -> int:
    """Erase again whoever a list names, complete both lists from what the database knows, and tell the change feed.

    What happens from now on is another history than the one that readers of the feed may have seen go on (ADR 13).
    """
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT app.begin_era()")
        if copy:
            await connection.execute(
                "SELECT app.disable_webhook(w.id, 'owner') FROM webhooks w WHERE w.status = 'active'"
            )
        erased = await vaulting_upkeep.replay_erasures(connection, data)
        await vaulting_upkeep.complete_tombstones(connection, data)
        written = set((data / CHECKPOINTS).read_text().splitlines())
        lines = [row["line"] for row in await connection.fetch("SELECT line FROM checkpoints ORDER BY recorded_at, id")]
        with (data / CHECKPOINTS).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines if line not in written)
    finally:
        await connection.close()
    return erased
