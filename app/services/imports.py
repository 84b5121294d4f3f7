"""Imports as their uploaders see them: upload, look, commit, delete (API 12). The work is `imports_running.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from app.db import reading, writing
from app.db.columns import Column, instant, plain, structure
from app.db.listing import Listing, Order, equals, span
from app.db.session import Statement, Tx
from app.documents.tables import format_of
from app.domain.errors import Conflict, NotFound, Rejected, Stale, TooManyAttempts
from app.domain.imports import Mode
from app.security.keys import Keys
from app.services import imports_store, jobs
from app.services.authority import caller_of
from app.services.imports_lanes import lanes_of
from app.services.imports_resources import importing_of, kind_of
from app.services.imports_store import Stored, Upload
from app.settings import Settings

_JOB = "(SELECT j.state FROM jobs j WHERE j.id = t.job_id)"
#: What was found, or how the job that is to find it fares.
_STATE = f"CASE WHEN {_JOB} IN ('succeeded') OR {_JOB} IS NULL THEN coalesce(t.outcome, 'failed') ELSE {_JOB} END"

#: Its state is its job's, so its version goes on with the states of that job; every statement that says more adds 3.
_STEPS, _ENDED = {"queued": 0, "running": 1}, 2
_CASES = " ".join(f"WHEN '{state}' THEN {step}" for state, step in _STEPS.items())
_VERSION = f"(t.version + CASE {_JOB} {_CASES} ELSE {_ENDED} END)"

LISTING = Listing(
    resource="imports",
    table="imports",
    columns=(
        plain("id"),
        plain("resource"),
        plain("mode"),
        plain("state", _STATE),
        Column("job", "json_build_object('id', t.job_id)", cells=(("job_id", "t.job_id"),)),
        structure(
            "file",
            "json_build_object('name', t.file_name, 'size', t.size, 'sha256', t.sha256, 'format', t.format)",
        ),
        plain("rows"),
        plain("faults"),
        plain("created"),
        plain("changed"),
        plain("unchanged"),
        instant("expires_at"),
        plain("version", _VERSION),
        instant("created_at"),
        instant("updated_at"),
    ),
    version=_VERSION,
    filters={"resource": equals("t.resource"), "mode": equals("t.mode"), **span("t.created_at")},
    reference=None,
    personal=True,
)

#: After so many seconds a place may be free.
_SOON = 30

# Written in the order of rows, so their own numbers are that order; they begin with 1 in each import.
_BY_ROW = Order((("import_id", "uuid"),), id_kind="integer")
FAULTS = Listing(
    resource="import-faults",
    table="import_faults",
    columns=(
        plain("id"),
        plain("row", "t.row_number"),
        plain("column", "t.column_name", free_text=True),
        plain("code"),
        plain("detail"),
    ),
    filters={
        "import_id": equals("t.import_id", indexed=True),
        "code": equals("t.code"),
        "column": equals("t.column_name"),
    },
    orders={"row": _BY_ROW},
    default_sort="row",
    reference=None,
    versioned=False,
    personal=True,
)
CHANGES = Listing(
    resource="import-changes",
    table="import_changes",
    columns=(
        plain("id"),
        plain("row", "t.row_number"),
        plain("last_row"),
        plain("outcome"),
        plain("object_id"),
        plain("reference"),
        structure("before"),
        structure("after"),
    ),
    filters={"import_id": equals("t.import_id", indexed=True), "outcome": equals("t.outcome")},
    orders={"row": _BY_ROW},
    default_sort="row",
    reference=None,
    versioned=False,
    personal=True,
)

_WHOLE = Statement("SELECT * FROM imports WHERE id = :id")
_LOCKED = Statement(
    "SELECT i.*, (SELECT j.state FROM jobs j WHERE j.id = i.job_id) AS job_state FROM imports i "
    "WHERE i.id = :id FOR UPDATE OF i"
)
_ASK = Statement(
    "UPDATE imports SET job_id = :job_id, mode = 'commit', outcome = NULL, version = version + 3, "
    "updated_at = clock_timestamp() WHERE id = :id"
)
#: Of two uploads at once, the second waits for the first to be counted.
_COUNTED = Statement("SELECT pg_advisory_xact_lock(hashtextextended('imports:' || CAST(:id AS text), 0))")
_OPEN = Statement(
    "SELECT count(*) FROM imports i JOIN jobs j ON j.id = i.job_id WHERE i.owner_id = :id "
    "AND j.state IN ('queued', 'running')"
)
_DELETE = Statement("DELETE FROM imports WHERE id = :id")


class TooManyImports(TooManyAttempts):
    """As many imports of this caller wait or run as may. Wait for one to end, or cancel its job."""

    code = "too_many_imports"
    title = "Too many of your imports are waiting"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is said of a file that is uploaded."""

    resource: str
    mode: str
    format: str | None
    encoding: str
    delimiter: str | None
    language: str


async def upload(tx: Tx, settings: Settings, keys: Keys, file: Upload, wanted: Wanted) -> tuple[reading.Reading, UUID]:
    """Seal a file into the store and ask for its validation, or its commit; the import and its job.

    The bytes are stored before the row: without the row nobody can open them, and a commit that fails leaves bytes
    that `imports.forget` removes later. Nothing is asked of the database before: storing keeps no connection waiting.
    """
    importing = importing_of(wanted.resource)
    caller_of(tx).require(importing.scope)
    import_id = writing.new_id()
    stored = await imports_store.store(settings, keys, import_id, file)
    try:
        job_id = await _ask_for(tx, settings, stored, file.filename, wanted, import_id)
    except BaseException:
        await imports_store.remove(settings, import_id)
        raise
    return await reading.one(tx, LISTING, import_id), job_id


async def _ask_for(
    tx: Tx, settings: Settings, stored: Stored, file_name: str | None, wanted: Wanted, import_id: UUID
) -> UUID:
    """The row of a stored file, and the job that reads it."""
    if stored.size == 0:
        raise Rejected.at("/file", "empty_file", "The file is empty.")
    await tx.rows(_COUNTED, id=str(caller_of(tx).id))
    await _check_open(tx, settings)
    args = {"import": str(import_id), "mode": Mode(wanted.mode).value}
    importing = importing_of(wanted.resource)
    job_id = await jobs.enqueue(tx, kind_of(wanted.resource), args, lanes=await lanes_of(tx, importing))
    values = {
        "id": import_id,
        "owner_id": caller_of(tx).id,
        "resource": wanted.resource,
        "mode": wanted.mode,
        "job_id": job_id,
        "file_name": _bare_name(file_name),
        "size": stored.size,
        "sha256": stored.sha256,
        "format": wanted.format or format_of(stored.head, file_name or ""),
        "encoding": wanted.encoding,
        "delimiter": "\t" if wanted.delimiter == "tab" else wanted.delimiter,
        "language": wanted.language,
        "wrapped_key": stored.wrapped_key,
        "personal": importing.listing.personal,
        "expires_at": datetime.now(UTC) + timedelta(days=settings.import_days),
    }
    await writing.insert(tx, "imports", values)
    return job_id


async def _check_open(tx: Tx, settings: Settings) -> None:
    most = settings.imports_per_caller
    if await tx.value(_OPEN, id=caller_of(tx).id) >= most:
        said = f"{most} of your imports wait or run already. Wait for one to end, or cancel its job."
        raise TooManyImports(said, limit=most, retry_after=_SOON)


def _bare_name(name: str | None) -> str | None:
    """The name without folders and control characters; it is shown to its uploader only."""
    if not name:
        return None
    bare = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in bare if letter.isprintable())[:200] or None


async def commit(tx: Tx, settings: Settings, import_id: UUID) -> tuple[reading.Reading, UUID]:
    """Ask for everything to be written, after it was validated once more; the import and its job."""
    row = await tx.row(_LOCKED, id=import_id)
    if row is None:
        raise NotFound
    importing = importing_of(row["resource"])
    caller_of(tx).require(importing.scope)
    if row["job_state"] in {"queued", "running"}:
        raise Conflict("A job is working on this import.", job=str(row["job_id"]))
    if row["wrapped_key"] is None:
        raise Conflict("The file was erased together with a person who may have stood in it.")
    if row["outcome"] == "committed":
        raise Conflict("This import was written already; a file can be imported again as another one.")
    if row["outcome"] == "invalid":
        raise Conflict("This import has faults; correct the file and import it again.", faults=row["faults"])
    await tx.rows(_COUNTED, id=str(caller_of(tx).id))
    await _check_open(tx, settings)
    args = {"import": str(import_id), "mode": Mode.COMMIT.value}
    job_id = await jobs.enqueue(tx, kind_of(row["resource"]), args, lanes=await lanes_of(tx, importing))
    await tx.run(_ASK, id=import_id, job_id=job_id)
    return await reading.one(tx, LISTING, import_id), job_id


async def remove(tx: Tx, settings: Settings, import_id: UUID, version: int) -> None:
    """Delete an import with its file and what it found. What it has written stays."""
    row = await tx.row(_LOCKED, id=import_id)
    if row is None:
        raise NotFound
    current = row["version"] + _STEPS.get(row["job_state"], _ENDED)
    if current != version:
        raise Stale(f"The current version is {current}.", current=current)
    if row["job_state"] in {"queued", "running"}:
        raise Conflict("A job is working on this import; cancel it first.", job=str(row["job_id"]))
    await tx.run(_DELETE, id=import_id)
    tx.after_commit.append(partial(imports_store.remove, settings, import_id))


async def within(tx: Tx, import_id: UUID) -> dict[str, Any]:
    """The filter of what one import found. The import has to be the caller's."""
    return {"import_id": [await reading.resolve(tx, LISTING, str(import_id))]}


async def whole(tx: Tx, import_id: UUID) -> Any:
    """The import's row; NotFound unless it is the caller's."""
    row = await tx.row(_WHOLE, id=import_id)
    if row is None:
        raise NotFound
    return row
