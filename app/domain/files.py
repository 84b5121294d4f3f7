"""Which files are taken, told by their bytes and not by what somebody says of them (API 22).

A short list of signatures. Office documents are looked into: they are what they say, without macros, and do not unfold
into many times their size. Text is UTF-8 without control characters; whether it is a table or prose its name says.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from app.domain.errors import Rejected

#: Extension → media type: everything that is taken.
MEDIA_TYPES: Mapping[str, str] = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".txt": "text/plain",
}
_SIGNATURES = ((b"%PDF-", ".pdf"), (b"\x89PNG\r\n\x1a\n", ".png"), (b"\xff\xd8\xff", ".jpeg"))
_OFFICE = (("word/document.xml", ".docx"), ("xl/workbook.xml", ".xlsx"))
_ZIP = b"PK\x03\x04"
#: An archive that unfolds into more than so many times its size, or has more entries, is a trap.
MOST_RATIO, MOST_ENTRIES = 200, 5_000
#: Control characters that text may hold: tab, line feed, form feed, carriage return.
_CONTROL = bytes(code for code in (*range(32), 127) if code not in {9, 10, 12, 13})


def media_type_of(content: bytes, file_name: str) -> str:
    """The media type of a file; Rejected when it is empty, none of those taken, or not what its name says."""
    if not content:
        raise Rejected.at("", "empty_file", "The file is empty.")
    extension = PurePosixPath(file_name).suffix.lower()
    if extension not in MEDIA_TYPES:
        raise Rejected.at("", "file_type_not_taken", f"The name has to end in one of: {', '.join(MEDIA_TYPES)}.")
    found = _by_content(content, extension)
    if found is None or MEDIA_TYPES[found] != MEDIA_TYPES[extension]:
        raise Rejected.at("", "file_not_as_named", f"The content is not that of a file named {extension}.")
    return MEDIA_TYPES[extension]


def _by_content(content: bytes, extension: str) -> str | None:
    """The extension that the bytes stand for, or None."""
    for signature, found in _SIGNATURES:
        if content.startswith(signature):
            return found
    if content.startswith(_ZIP):
        return _office(content)
    return extension if MEDIA_TYPES[extension].startswith("text/") and _is_text(content) else None


def _is_text(content: bytes) -> bool:
    if len(content.translate(None, _CONTROL)) != len(content):
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _office(content: bytes) -> str | None:
    """Which office document an archive is; Rejected for macros and for archives that unfold beyond reason."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return None
    names = {entry.filename for entry in entries}
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_RATIO * len(content):
        raise Rejected.at("", "file_unfolds", "The document unfolds into many times its size.")
    if any(PurePosixPath(name).name.lower() == "vbaproject.bin" for name in names):
        raise Rejected.at("", "file_has_macros", "Documents with macros are not taken.")
    if "[Content_Types].xml" not in names:
        return None
    return next((extension for part, extension in _OFFICE if part in names), None)
