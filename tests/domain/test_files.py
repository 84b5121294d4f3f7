"""Files are what their bytes say."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Rejected
from app.domain.files import MEDIA_TYPES, MOST_ENTRIES, media_type_of

TYPES = "[Content_Types].xml"


def office(*parts: str, content: bytes = b"<x/>") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.writestr(part, content)
    return made.getvalue()


def refused(content: bytes, name: str) -> str:
    with pytest.raises(Rejected) as caught:
        media_type_of(content, name)
    (fault,) = caught.value.faults
    return fault.code


GOOD = [
    (b"%PDF-1.7\n", "signed.pdf"),
    (b"\x89PNG\r\n\x1a\n....", "photo.PNG"),
    (b"\xff\xd8\xff\xe0....", "photo.jpg"),
    (b"\xff\xd8\xff\xe0....", "photo.jpeg"),
    (office(TYPES, "word/document.xml"), "letter.docx"),
    (office(TYPES, "xl/workbook.xml"), "list.xlsx"),
    ("série;état\r\nSN-1;bon\r\n".encode(), "list.csv"),
    ("\ufeffCittà\t1\n".encode(), "note.txt"),
]


@pytest.mark.parametrize(("content", "name"), GOOD)
def test_what_is_taken(content: bytes, name: str) -> None:
    assert media_type_of(content, name) == MEDIA_TYPES["." + name.rpartition(".")[2].lower()]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "empty.pdf", "empty_file"),
        (b"%PDF-1.7", "no-extension", "file_type_not_taken"),
        (b"<svg/>", "drawing.svg", "file_type_not_taken"),
        (b"<html>", "page.html", "file_type_not_taken"),
        (b"%PDF-1.7", "signed.png", "file_not_as_named"),
        (b"GIF89a", "photo.jpg", "file_not_as_named"),
        (b"MZ\x90\x00", "tool.pdf", "file_not_as_named"),
        (b"a;b\x00c", "list.csv", "file_not_as_named"),
        ("été".encode("latin-1"), "note.txt", "file_not_as_named"),
        (b"\x1b[31mred", "note.txt", "file_not_as_named"),
        (b"%PDF-1.7 in a text", "note.txt", "file_not_as_named"),
        (office(TYPES, "word/document.xml"), "list.xlsx", "file_not_as_named"),
        (office("word/document.xml"), "letter.docx", "file_not_as_named"),
        (office("readme.txt"), "letter.docx", "file_not_as_named"),
        (b"PK\x03\x04 cut off", "letter.docx", "file_not_as_named"),
        (office(TYPES, "word/document.xml", "word/VBAProject.bin"), "letter.docx", "file_has_macros"),
        (office(TYPES, "xl/workbook.xml", content=b"0" * 1_000_000), "list.xlsx", "file_unfolds"),
        (office(TYPES, *(f"xl/{n}" for n in range(MOST_ENTRIES))), "list.xlsx", "file_unfolds"),
    ],
)
def test_what_is_not(content: bytes, name: str, code: str) -> None:
    assert refused(content, name) == code


@given(st.binary(min_size=1, max_size=200), st.sampled_from(sorted(MEDIA_TYPES)))
def test_whatever_comes_is_taken_or_refused_by_name(content: bytes, extension: str) -> None:
    try:
        found = media_type_of(content, f"any{extension}")
    except Rejected as error:
        found = error.faults[0].code
    assert found == MEDIA_TYPES[extension] or found == "file_not_as_named"
    assert not (found == "application/pdf" and not content.startswith(b"%PDF-"))
