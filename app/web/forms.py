"""Forms: files and fields, read piece by piece. Large files are held on disk, sealed, so only their size is bounded.

A form is parsed before the transaction begins. It can then be tried again like any other request, and its fields and
files, not its random boundary, are what an idempotency key belongs to.
"""

from __future__ import annotations

from contextlib import aclosing
from hashlib import sha256
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.types import Message

from app.problems import UnsupportedMedia
from app.security.sealed_files import Received
from app.web.bodies import too_large

MEDIA_TYPES = ("multipart/form-data", "application/x-www-form-urlencoded")
MAX_FILES = 20
MAX_FIELDS = 100
#: Bytes of a file that are held in memory.
MEMORY = 1024 * 1024
_CHUNK = 1024 * 1024


class _Parser(MultiPartParser):
    """Starlette's, but that files beyond `MEMORY` are sealed before they touch the disk."""

    def on_headers_finished(self) -> None:
        """Where a file begins, a place of ours for it."""
        super().on_headers_finished()
        theirs = self._current_part.file
        if theirs is not None:
            theirs.file.close()
            ours: Any = Received(MEMORY)
            self._files_to_close_on_error[-1] = ours
            self._current_part.file = UploadFile(ours, size=0, filename=theirs.filename, headers=theirs.headers)


async def read(request: Request, limit: int) -> tuple[Request, FormData]:
    """The form, and the request that FastAPI finds it in; TooLarge as soon as more than `limit` bytes have come."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in MEDIA_TYPES:
        raise UnsupportedMedia(f"The body has to be {' or '.join(MEDIA_TYPES)}.", expected=list(MEDIA_TYPES))
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > limit:
        raise too_large(limit)
    seen = 0

    async def receive() -> Message:
        nonlocal seen
        message = await request.receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise too_large(limit)
        return message

    counted = Request(request.scope, receive)
    if kind == MEDIA_TYPES[0]:
        try:
            async with aclosing(counted.stream()) as stream:
                parser = _Parser(counted.headers, stream, max_files=MAX_FILES, max_fields=MAX_FIELDS)
                counted._form = await parser.parse()  # noqa: SLF001  where Starlette and FastAPI look for it
        except MultiPartException as error:
            raise HTTPException(400, error.message) from error
    return counted, await counted.form(max_files=MAX_FILES, max_fields=MAX_FIELDS)


async def digest(form: FormData) -> bytes:
    """A hash of all fields and files in their order."""
    whole = sha256()
    for name, value in form.multi_items():
        facts = (name, value.filename, value.content_type) if isinstance(value, UploadFile) else (name, value)
        whole.update(repr(facts).encode("utf-8", "surrogatepass"))
        if isinstance(value, UploadFile):
            while chunk := await value.read(_CHUNK):
                whole.update(sha256(chunk).digest())
    await rewind(form)
    return whole.digest()


async def rewind(form: FormData) -> None:
    """Back to the beginning of every file, before somebody reads them again."""
    for _, value in form.multi_items():
        if isinstance(value, UploadFile):
            await value.seek(0)
