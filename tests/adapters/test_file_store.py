"""The file store: by hash, whole or not at all, and honest when it cannot be reached."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from app.adapters.file_store import FileStore, file_store
from app.domain.errors import Unavailable
from app.settings import Settings

pytestmark = pytest.mark.anyio

CONTENT = b"%PDF-1.7 " + b"x" * 3_000_000
DIGEST = sha256(CONTENT).hexdigest()


def settings(folder: Path, url: str = "") -> Settings:
    return Settings(data=folder, secrets=folder, files_url=url)


async def read(store: FileStore) -> bytes:
    return b"".join([chunk async for chunk in store.get(DIGEST)])


@pytest.mark.parametrize("url", ["", "file://"])
async def test_bytes_are_kept_in_a_folder_by_their_hash(tmp_path: Path, url: str) -> None:
    place = tmp_path / "elsewhere" if url else tmp_path / "files"
    store = file_store(settings(tmp_path, f"{url}{place}" if url else ""))
    await store.put(DIGEST, CONTENT)
    await store.put(DIGEST, CONTENT)
    assert [path.relative_to(place) for path in place.rglob("*") if path.is_file()] == [Path(DIGEST[:2]) / DIGEST]
    assert await read(store) == CONTENT


async def test_a_store_by_url_is_opened_by_it(tmp_path: Path) -> None:
    store = file_store(settings(tmp_path, "memory:///"))
    await store.put(DIGEST, CONTENT)
    assert await read(store) == CONTENT
    assert not (tmp_path / "files").exists()


async def test_a_file_that_was_cut_short_is_written_again(tmp_path: Path) -> None:
    store = file_store(settings(tmp_path))
    path = tmp_path / "files" / DIGEST[:2] / DIGEST
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT[:100])
    await store.put(DIGEST, CONTENT)
    assert path.read_bytes() == CONTENT


async def test_what_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable) as caught:
        await read(FileStore(MemoryStore()))
    assert caught.value.facts == {"retry_after": 60}


async def test_a_folder_that_cannot_be_is_unavailable_and_not_forgotten(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(Unavailable):
        file_store(settings(tmp_path))
    (tmp_path / "files").unlink()
    await file_store(settings(tmp_path)).put(DIGEST, CONTENT)
