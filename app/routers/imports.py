"""Imports over HTTP."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Path, Query, Request, Response, UploadFile
from pydantic import Field as FormField

from app.problems import problems
from app.schemas.common import Body, Listed, ReadQuery
from app.schemas.imports import (
    Delimiter,
    Encoding,
    FileFormat,
    ImportChangeOut,
    ImportChangeQuery,
    ImportFaultOut,
    ImportFaultQuery,
    ImportFileQuery,
    ImportMode,
    ImportOut,
    ImportQuery,
    TemplateQuery,
    TemplatesOut,
)
from app.services import imports, imports_files
from app.services.imports import Wanted
from app.web.answers import answer_accepted, answer_bytes, answer_json, answer_none, answer_stream
from app.web.callers import AnyCaller
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import Configuration, IfMatch, Language, Transaction, VaultKeys
from app.web.route import HouseRoute

_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "headers": {
            "Content-Location": {
                "description": "Where the import is.",
                "schema": {"type": "string", "format": "uri-reference"},
            }
        }
    }
}
router = APIRouter(prefix="/imports", tags=["imports"], route_class=HouseRoute)
Import = Annotated[UUID, Path(description="The id of the import.")]
Resource = Annotated[
    str,
    Path(min_length=1, max_length=40, description="What the rows are, by the word of its path.", examples=["sites"]),
]
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_TABLES = dict.fromkeys(
    ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/jsonl"), _BINARY
)


class ImportForm(Body):
    """A file and what it is."""

    file: UploadFile = FormField(
        examples=["reference,name_en\nSITE-TN-1,A synthetic store\n"], description="CSV, XLSX or JSON Lines."
    )
    resource: str = FormField(max_length=40, examples=["sites"], description="`/imports/templates` names them all.")
    mode: ImportMode = "validate"
    format: FileFormat | None = None
    encoding: Encoding = "utf-8"
    delimiter: Delimiter | None = None


@router.get("", response_model=Listed[ImportOut], responses=LIST_CONTENT)
async def list_imports(
    request: Request, query: Annotated[ImportQuery, Query()], _: AnyCaller, tx: Transaction, language: Language
) -> Response:
    """The caller's own imports, the latest first."""
    return await answer_query(request, tx, imports.LISTING, query, language)


@router.get("/templates", response_model=TemplatesOut)
async def list_templates(_: AnyCaller) -> Response:
    """What can be imported, and with which columns: their types, valid values, and the scope that it takes."""
    return answer_json(imports_files.templates())


@router.get("/templates/{resource}", response_class=Response, responses={200: {"content": _TABLES}, **problems(404)})
async def get_template(resource: Resource, query: Annotated[TemplateQuery, Query()], _: AnyCaller) -> Response:
    """The file to fill, as CSV or XLSX. A help row stands below its header; what begins with `#` there is not read."""
    content, media_type, name = imports_files.template(resource, query.format)
    return answer_bytes(content, media_type=media_type, filename=name)


@router.get("/{import_id}", response_model=ImportOut, responses=problems(404))
async def get_import(
    request: Request,
    import_id: Import,
    query: Annotated[ReadQuery, Query()],
    _: AnyCaller,
    tx: Transaction,
    language: Language,
) -> Response:
    """One import: how many rows it has, how many faults, and what it would change or has changed."""
    return await answer_read(request, tx, imports.LISTING, str(import_id), query, language)


@router.get("/{import_id}/faults", response_model=Listed[ImportFaultOut], responses=LIST_CONTENT | problems(404))
async def list_faults(
    request: Request,
    import_id: Import,
    query: Annotated[ImportFaultQuery, Query()],
    _: AnyCaller,
    tx: Transaction,
    language: Language,
) -> Response:
    """Every wrong cell: row, column, code and what was expected. What stands in it is not repeated."""
    within = await imports.within(tx, import_id)
    return await answer_query(request, tx, imports.FAULTS, query, language, within=within)


@router.get("/{import_id}/changes", response_model=Listed[ImportChangeOut], responses=LIST_CONTENT | problems(404))
async def list_changes(
    request: Request,
    import_id: Import,
    query: Annotated[ImportChangeQuery, Query()],
    _: AnyCaller,
    tx: Transaction,
    language: Language,
) -> Response:
    """What the rows would do, or did: created, changed with before and after, unchanged."""
    within = await imports.within(tx, import_id)
    return await answer_query(request, tx, imports.CHANGES, query, language, within=within)


@router.get("/{import_id}/file", response_class=Response, responses={200: {"content": _TABLES}, **problems(404)})
async def get_import_file(
    request: Request,
    import_id: Import,
    query: Annotated[ImportFileQuery, Query()],
    _: AnyCaller,
    tx: Transaction,
    configuration: Configuration,
    keys: VaultKeys,
) -> Response:
    """The uploaded file; `with=faults`: the same table with a column that says what is wrong with each row.

    Correct it and import it again: that column is not read.
    """
    database = request.app.state.database if query.with_ else None
    chunks, media_type, name = await imports_files.file_of(tx, database, configuration, keys, import_id)
    return await answer_stream(chunks, media_type=media_type, filename=name)


@router.post(
    "",
    status_code=202,
    response_model=ImportOut,
    responses=_ACCEPTED | problems(404),
    openapi_extra={"x-body-limit": "max_import_bytes", "x-personal": True},
)
async def create_import(
    form: Annotated[ImportForm, Form(media_type="multipart/form-data")],
    _: AnyCaller,
    tx: Transaction,
    configuration: Configuration,
    keys: VaultKeys,
    language: Language,
) -> Response:
    """Upload a CSV, XLSX or JSONL file and validate it; with `mode=commit`, write it when there is not one fault.

    A job does it: `Location` is where to follow it, `Content-Location` the import; a retry with the same key is led to
    that (303), because file names may name people and are not kept. Without `format` the file says itself what it is;
    text is UTF-8 unless `encoding` says otherwise, and the delimiter is found in the header. A caller has
    `BMP_IMPORTS_PER_CALLER` (20) imports that wait or run at once; one more is refused (429 `too_many_imports`).
    """
    wanted = Wanted(**form.model_dump(exclude={"file"}), language=language)
    made, job = await imports.upload(tx, configuration, keys, form.file, wanted)
    return answer_accepted(made.body, f"/api/v1/jobs/{job}", f"/api/v1/imports/{made.id}")


@router.post(
    "/{import_id}/commit",
    status_code=202,
    response_model=ImportOut,
    responses=_ACCEPTED | problems(404, 409),
    openapi_extra={"x-personal": True},
)
async def commit_import(import_id: Import, _: AnyCaller, tx: Transaction, configuration: Configuration) -> Response:
    """Write everything, after it was validated once more against what there is now; all of it or nothing."""
    made, job = await imports.commit(tx, configuration, import_id)
    return answer_accepted(made.body, f"/api/v1/jobs/{job}", f"/api/v1/imports/{made.id}")


@router.delete("/{import_id}", status_code=204, responses=problems(404, 409, 412, 428))
async def remove_import(
    import_id: Import, version: IfMatch, _: AnyCaller, tx: Transaction, configuration: Configuration
) -> Response:
    """Delete an import, its file and what it found. What it has written stays."""
    await imports.remove(tx, configuration, import_id, version)
    return answer_none()
