"""Attachments over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.attachments import AttachmentIn, AttachmentOut, AttachmentQuery
from app.schemas.common import Listed, ReadQuery
from app.services import attachments
from app.web.answers import answer_created, answer_none
from app.web.callers import FilesReader, FilesWriter
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/attachments", tags=["attachments"], route_class=HouseRoute)
Attachment = Annotated[UUID, Path(description="The id of the attachment.")]


@router.get("", response_model=Listed[AttachmentOut], responses=LIST_CONTENT)
async def list_attachments(
    request: Request, query: Annotated[AttachmentQuery, Query()], _: FilesReader, tx: Transaction, language: Language
) -> Response:
    """Files at things that the caller may see; `object_id=` asks for those of one thing."""
    return await answer_query(request, tx, attachments.LISTING, query, language)


@router.get("/{attachment}", response_model=AttachmentOut, responses=problems(404))
async def get_attachment(
    request: Request,
    attachment: Attachment,
    query: Annotated[ReadQuery, Query()],
    _: FilesReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One attachment."""
    return await answer_read(request, tx, attachments.LISTING, attachment, query, language)


@router.post("", status_code=201, response_model=AttachmentOut, responses=problems(409))
async def create_attachment(body: AttachmentIn, _: FilesWriter, tx: Transaction) -> Response:
    """Attach a file to a document, a delivery, an item, an event or a requirement; who sees that sees the file."""
    made = await attachments.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/attachments/{made.id}")


@router.delete("/{attachment}", status_code=204, responses=problems(404, 409, 412, 428))
async def remove_attachment(attachment: Attachment, version: IfMatch, _: FilesWriter, tx: Transaction) -> Response:
    """Detach the file, which stays with its uploader. What is attached to an approved document stays (409)."""
    await attachments.remove(tx, attachment, version)
    return answer_none()
