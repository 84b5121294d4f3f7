from __future__ import annotations

import asyncpg
import httpx
import pytest

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
