from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.world import World

pytestmark = pytest.mark.anyio

UPLOAD = "/api/v1/probes/upload"


@pytest.fixture(autouse=True)
async def empty(probes: httpx.AsyncClient, owner: asyncpg.Connection) -> None:
    await owner.execute("TRUNCATE probes; TRUNCATE idempotency_keys; ALTER SEQUENCE tries RESTART")


def parts(content: bytes = b"abc", note: str = "n") -> dict[str, object]:
    return {"files": {"file": ("a.txt", content, "text/plain")}, "data": {"note": note}}


async def labels(owner: asyncpg.Connection) -> list[str]:
    return [row["label"] for row in await owner.fetch("SELECT label FROM probes ORDER BY id")]


async def test_a_form_arrives_whole(
    probes: httpx.AsyncClient, writer: dict[str, str], owner: asyncpg.Connection
) -> None:
    made = await probes.post(UPLOAD, headers=writer, **parts(b"x" * 15_000))  # type: ignore[arg-type]
    assert (made.status_code, made.json()) == (201, {"note": "n", "size": 15_000})
    assert await labels(owner) == ["n a.txt 15000"]


async def test_a_form_is_read_again_at_the_next_attempt(
    probes: httpx.AsyncClient, writer: dict[str, str], owner: asyncpg.Connection
) -> None:
    made = await probes.post(UPLOAD, headers=writer, params={"fail": 2}, **parts())  # type: ignore[arg-type]
    assert made.status_code == 201, made.text
    assert await labels(owner) == ["n a.txt 3"]


async def test_a_key_belongs_to_fields_and_files_and_not_to_the_boundary(
    probes: httpx.AsyncClient, writer: dict[str, str], owner: asyncpg.Connection
) -> None:
    headers = writer | {"idempotency-key": "f"}
    first = await probes.post(UPLOAD, headers=headers, **parts())  # type: ignore[arg-type]
    again = await probes.post(UPLOAD, headers=headers, **parts())  # type: ignore[arg-type]
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert (again.headers["idempotency-replayed"], again.content) == ("true", first.content)
    for other in (parts(b"abd"), parts(note="m")):
        refused = await probes.post(UPLOAD, headers=headers, **other)  # type: ignore[arg-type]
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert await labels(owner) == ["n a.txt 3"]


async def test_a_form_beyond_its_limit_is_cut_off(
    probes: httpx.AsyncClient, writer: dict[str, str], owner: asyncpg.Connection
) -> None:
    announced = await probes.post(UPLOAD, headers=writer, **parts(b"x" * 20_001))  # type: ignore[arg-type]
    request = probes.build_request("POST", UPLOAD, headers=writer, **parts(b"x" * 20_001))  # type: ignore[arg-type]
    del request.headers["content-length"]
    silent = await probes.send(request)
    for answer in (announced, silent):
        assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (413, "too_large", 20_000)
    assert await labels(owner) == []


async def test_what_is_no_form_is_refused(probes: httpx.AsyncClient, writer: dict[str, str]) -> None:
    other = await probes.post(UPLOAD, headers=writer, json={"note": "n"})
    assert (other.status_code, other.json()["code"]) == (415, "unsupported_media_type")
    headers = writer | {"content-type": "multipart/form-data; boundary=x"}
    broken = await probes.post(UPLOAD, headers=headers, content=b"--y\r\nnonsense")
    assert (broken.status_code, broken.json()["code"]) == (400, "malformed")
    missing = await probes.post(UPLOAD, headers=writer, data={"note": "n"}, files={"other": b""})
    assert missing.status_code == 422
    assert [(e["pointer"], e["code"]) for e in missing.json()["errors"]] == [("/file", "missing")]


async def test_many_fields_and_files_are_refused(probes: httpx.AsyncClient, writer: dict[str, str]) -> None:
    files = [("file", (f"{n}.txt", b"", "text/plain")) for n in range(21)]
    answer = await probes.post(UPLOAD, headers=writer, files=files, data={"note": "n"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


MARKED = b"the name of a synthetic person;"


def in_clear(folder: Path) -> list[str]:
    """Files of the temporary folder, and those that this process holds open, in which the mark stands."""
    found = []
    for path in (*folder.rglob("*"), *Path("/proc/self/fd").iterdir()):
        try:
            if path.is_file() and MARKED in path.read_bytes():
                found.append(str(path))
        except OSError:
            continue  # closed meanwhile
    return found


async def test_nothing_of_a_form_stands_in_clear_on_disk_while_it_comes_in(
    client: httpx.AsyncClient, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However large: what does not fit into memory is sealed. The whole way of an import, chunk by chunk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen: list[list[str]] = []

    async def body() -> AsyncIterator[bytes]:
        yield (
            b'--b\r\nContent-Disposition: form-data; name="resource"\r\n\r\nsites\r\n--b\r\n'
            b'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nreference,name_en\r\n'
        )
        for _ in range(16):
            yield MARKED * 10_000
            seen.append(in_clear(tmp_path))
        yield b"\r\n--b--\r\n"

    headers = world.headers("icmpd.manager") | {"content-type": "multipart/form-data; boundary=b"}
    answer = await client.post("/api/v1/imports", headers=headers, content=body())
    assert answer.status_code == 202, answer.text
    assert (seen, in_clear(tmp_path)) == ([[]] * 16, [])
    kept = await client.get(f"/api/v1/imports/{answer.json()['id']}/file", headers=world.headers("icmpd.manager"))
    assert kept.content == b"reference,name_en\r\n" + MARKED * 160_000
