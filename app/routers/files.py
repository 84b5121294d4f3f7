"""Files over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from app.adapters.file_store import file_store
from app.domain.files import MEDIA_TYPES
from app.problems import problems
from app.schemas.common import ReadQuery
from app.schemas.files import FileOut, UploadQuery
from app.services import files
from app.web.answers import answer_created, answer_stream
from app.web.callers import FilesReader, FilesWriter
from app.web.lists import answer_read
from app.web.params import Configuration, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/files", tags=["files"], route_class=HouseRoute)
File = Annotated[UUID, Path(description="The id of the file.")]
_TYPES = tuple(dict.fromkeys((files.UNKNOWN, *MEDIA_TYPES.values())))
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_UPLOAD = {
    "x-body-limit": "max_file_bytes",
    "x-media-types": _TYPES,
    "requestBody": {"required": True, "content": dict.fromkeys(_TYPES, _BINARY)},
}


@router.get("/{file}", response_model=FileOut, responses=problems(404))
async def get_file(
    request: Request,
    file: File,
    query: Annotated[ReadQuery, Query()],
    _: FilesReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """What is known of a file: name, type, size, hash."""
    return await answer_read(request, tx, files.LISTING, file, query, language)


@router.get(
    "/{file}/content",
    response_class=Response,
    responses={200: {"content": dict.fromkeys(MEDIA_TYPES.values(), _BINARY)}, **problems(404)},
)
async def get_file_content(file: File, _: FilesReader, tx: Transaction, configuration: Configuration) -> Response:
    """The bytes of a file, as an attachment: nothing is shown in the browser from here."""
    chunks, media_type, name = await files.content_of(tx, file_store(configuration), file)
    return await answer_stream(chunks, media_type=media_type, filename=name)


@router.post("", status_code=201, response_model=FileOut, responses=problems(409), openapi_extra=_UPLOAD)
async def upload_file(
    request: Request,
    query: Annotated[UploadQuery, Query()],
    _: FilesWriter,
    tx: Transaction,
    configuration: Configuration,
) -> Response:
    """Upload a file: the bytes are the body. PDF, PNG, JPEG, DOCX, XLSX, CSV and plain text are taken.

    What it is, is read from its bytes, not from what is said of it. Until it is attached, only its uploader sees it.
    """
    declared = request.headers.get("content-type", files.UNKNOWN)
    made = await files.upload(tx, file_store(configuration), query, declared, await request.body())
    return answer_created(made.body, made.version, f"/api/v1/files/{made.id}")
