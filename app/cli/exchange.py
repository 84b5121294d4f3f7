"""`bmp import` and `bmp export`: tables in and out of a running service, over HTTP, with somebody looking on."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from app.cli.options import AsJson, Data, many, say
from app.cli.progress import Told, progress
from app.cli.reach import errors, fail
from app.cli.wire import Url, Who, connected
from app.domain.nearest import near

if TYPE_CHECKING:
    from bmp_client import Client
    from bmp_client.models import ImportFaultOut

FORMS = ("csv", "jsonl", "xlsx")
STDOUT = "-"
#: Faults that are shown; the file with all of them can be had by `--faults`.
SHOWN = 20


def export_command(
    resource: Annotated[str, typer.Argument(help="What to export, by the word of its path: equipment, sites, …")],
    *,
    form: Annotated[str, typer.Option("--format", help="csv, jsonl or xlsx.")] = "csv",
    filters: Annotated[
        list[str] | None, typer.Option("--filter", metavar="NAME=VALUE", help="As the list takes it; may be repeated.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to; `-` is standard output. By default RESOURCE.FORMAT."),
    ] = None,
    url: Url = None,
    who: Who = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write every row of a list that you may see to a file: whole, or not at all."""
    if form not in FORMS:
        raise fail(f"there is no format {form}: csv, jsonl or xlsx")
    query = _query(filters or [])
    _check_target(output, f"{resource}.{form}")
    with connected(who, url, data) as bmp, _target(output, f"{resource}.{form}") as target:
        with _lists_told(bmp, resource), progress(errors) as told:
            written = bmp.resource(resource).export(
                form,  # type: ignore[arg-type]  # one of FORMS
                target,
                progress=lambda done, total: told(resource, done, total),
                **query,
            )
            told(resource, written, written)
        shown = output or Path(f"{resource}.{form}")
    if str(shown) != STDOUT:
        say({"file": str(shown), "bytes": written}, f"{shown}: {written} bytes", as_json)


@contextmanager
def _lists_told(bmp: Client, resource: str) -> Iterator[None]:
    """Say which lists there are where none is of this name; of those below an object the service says it itself."""
    from bmp_client.errors import NotFound  # noqa: PLC0415  the types of the whole contract

    try:
        yield
    except NotFound as problem:
        if "/" in resource:
            raise
        typed = (each.path for each in vars(bmp).values() if hasattr(each, "export"))
        lists = sorted([*(path.rpartition("/")[2] for path in typed), "imports", "jobs"])
        raise fail(f"there is no list {resource}.{near(resource, lists)} Lists: {', '.join(lists)}") from problem


def _query(filters: list[str]) -> dict[str, list[str]]:
    query: dict[str, list[str]] = {}
    for each in filters:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise fail(f"a filter is NAME=VALUE, not {each}")
        query.setdefault(name, []).append(value)
    return query


def _check_target(output: Path | None, name: str) -> None:
    """A sentence about a place where no file can be, before anybody asks for a long list."""
    if str(output) == STDOUT:
        return
    target = output or Path(name)
    if target.is_dir():
        raise fail(f"{target} is a folder: name the file too, for instance {target / name}")
    if not target.parent.is_dir():
        raise fail(f"there is no folder {target.parent}: make it first, or choose another by --output")
    if not os.access(target if target.exists() else target.parent, os.W_OK):
        raise fail(f"nothing may be written to {target}: choose another place by --output")


@contextmanager
def _target(output: Path | None, name: str) -> Iterator[Path]:
    """The file to write; standard output gets it when it is whole."""
    if output is None or str(output) != STDOUT:
        yield output or Path(name)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder, name)
        with Path(folder, name).open("rb") as whole:
            shutil.copyfileobj(whole, sys.stdout.buffer)


def import_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, XLSX or JSON Lines.")],
    *,
    resource: Annotated[str, typer.Option(help="What its rows are: equipment, sites, …")],
    commit: Annotated[bool, typer.Option("--commit", help="Write it, when there is not one fault.")] = False,
    encoding: Annotated[str | None, typer.Option(help="utf-8, cp1252 or cp1256.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="`,`, `;` or `tab`; by default found in the header.")] = None,
    faults: Annotated[
        Path | None, typer.Option(help="Where to write the table with what is wrong in each row.")
    ] = None,
    url: Url = None,
    who: Who = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Validate a table, and with --commit write all its rows or none. The exit code is 1 when there are faults."""
    options = {"encoding": encoding, "delimiter": delimiter}
    with connected(who, url, data) as bmp:
        found = _carried(bmp, file, resource, "commit" if commit else "validate", options)
        shown = [fault for fault, _ in zip(bmp.imports.faults(found, limit=SHOWN), range(SHOWN), strict=False)]
        if found["faults"] and faults is not None:
            bmp.imports.save(found, faults, faults=True)
    if as_json:
        sys.stdout.write(orjson.dumps({**found, "shown_faults": shown}).decode() + "\n")
    else:
        _tell(found, shown, commit=commit)
    if found["state"] == "invalid":
        raise typer.Exit(1)


def _carried(bmp: Client, file: Path, resource: str, mode: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """The import, when the service is done with it."""
    with progress(errors) as told:
        made = bmp.imports.upload(
            file, resource=resource, mode=mode, progress=lambda done, total: told("Upload", done, total), **options
        )
        return dict(bmp.imports.wait(made, progress=lambda job: _step(told, job)))


def _step(told: Told, job: Mapping[str, Any]) -> None:
    step = job["progress"]
    told(str(step["phase"] or job["state"]).capitalize(), step["done"], step["total"])


def _tell(found: Mapping[str, Any], shown: Sequence[ImportFaultOut], *, commit: bool) -> None:
    for fault in shown:
        place = f"row {fault['row']}" + (f", {fault['column']}" if fault["column"] else "")
        sys.stdout.write(f"{place}: {fault['detail']} ({fault['code']})\n")
    if found["faults"] > len(shown):
        sys.stdout.write(f"… and {found['faults'] - len(shown)} more; --faults FILE writes them all\n")
    rows = many(found["rows"], "row")
    counts = f"{found['created']} new, {found['changed']} changed, {found['unchanged']} unchanged"
    if found["state"] == "invalid":
        sys.stdout.write(f"{rows}, {many(found['faults'], 'fault')}; nothing was written\n")
    elif commit:
        sys.stdout.write(f"{rows}: {counts}\n")
    else:
        which = "it" if found["rows"] == 1 else "them"
        sys.stdout.write(f"{rows} would be: {counts}; --commit writes {which}\n")
