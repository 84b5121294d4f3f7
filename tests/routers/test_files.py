"""Files and attachments over HTTP: what is taken, where it is stored, who sees it."""

from __future__ import annotations

import resource
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from app.settings import Settings
from tests.routers.papers import EQUIPMENT, HANDOVERS, Desk, faults
from tests.world import World

pytestmark = pytest.mark.anyio

FILES, ATTACHMENTS = "/api/v1/files", "/api/v1/attachments"
PDF = b"%PDF-1.7\n synthetic protocol"


@pytest.fixture
def desk(client: httpx.AsyncClient, world: World) -> Desk:
    return Desk(client, world)


async def upload(
    desk: Desk,
    content: bytes = PDF,
    name: str = "signed.pdf",
    *,
    declared: str = "application/octet-stream",
    account: str | None = None,
    **more: str,
) -> httpx.Response:
    headers = {**desk.world.headers(account or desk.account), "Content-Type": declared, **more}
    return await desk.client.post(FILES, params={"file_name": name}, content=content, headers=headers)


def stored(settings: Settings) -> list[Path]:
    return [path for path in (settings.data / "files").rglob("*") if path.is_file()]


async def test_a_file_is_uploaded_and_read_by_its_uploader_only(desk: Desk, settings: Settings) -> None:
    answer = await upload(desk, name="Protocole signé.pdf", declared="application/pdf")
    assert answer.status_code == 201, answer.text
    made = answer.json()
    digest = sha256(PDF).hexdigest()
    assert made == {
        "id": made["id"],
        "file_name": "Protocole signé.pdf",
        "media_type": "application/pdf",
        "size": len(PDF),
        "sha256": digest,
        "uploaded_by": {
            "id": str(desk.world.accounts["icmpd.logistics"]),
            "label": "Synthetic icmpd.logistics",
        },
        "organisation": {"id": str(desk.world["icmpd"]), "reference": "ORG-ICMPD", "label": "Organisation icmpd"},
        "version": 1,
        "created_at": made["created_at"],
    }
    path = f"{FILES}/{made['id']}"
    assert answer.headers["location"] == path
    assert await desk.get(path) == made
    content = await desk.call("GET", f"{path}/content")
    assert content.content == PDF
    assert content.headers["content-type"] == "application/pdf"
    assert content.headers["content-disposition"] == (
        "attachment; filename=\"Protocole_sign_.pdf\"; filename*=UTF-8''Protocole%20sign%C3%A9.pdf"
    )
    assert (content.headers["x-content-type-options"], content.headers["cache-control"]) == (
        "nosniff",
        "private, no-store",
    )
    for account in ("icmpd.manager", "italy.manager", "auditor", "tn.focal"):
        for address in (path, f"{path}/content"):
            assert (await desk.call("GET", address, account=account)).status_code == 404, account
    assert [(p.parent.name, p.name, p.read_bytes()) for p in stored(settings) if p.name == digest] == [
        (digest[:2], digest, PDF)
    ]
    before = len(stored(settings))
    assert (await upload(desk, name="copy.pdf")).status_code == 201
    assert len(stored(settings)) == before


@pytest.mark.parametrize(
    ("content", "name", "declared", "status", "code"),
    [
        (b"", "a.pdf", "application/pdf", 422, "empty_file"),
        (b"GIF89a", "a.pdf", "application/pdf", 422, "file_not_as_named"),
        (PDF, "a.exe", "application/pdf", 422, "file_type_not_taken"),
        (PDF, "a.pdf", "image/png", 422, "file_not_as_declared"),
        (PDF, "a.pdf", "text/html", 415, "unsupported_media_type"),
        (PDF, "a.pdf", "", 415, "unsupported_media_type"),
        (PDF, "../a.pdf", "application/pdf", 422, "string_pattern_mismatch"),
        (PDF, "a\u202efdp.pdf", "application/pdf", 422, "string_pattern_mismatch"),
    ],
)
async def test_what_is_not_taken(desk: Desk, content: bytes, name: str, declared: str, status: int, code: str) -> None:
    answer = await upload(desk, content, name, declared=declared)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert code in {problem["code"], *(each["code"] for each in problem.get("errors", ()))}


async def test_a_file_may_be_as_large_as_the_setting_says_and_no_larger(desk: Desk, settings: Settings) -> None:
    whole = PDF + b"0" * (settings.max_file_bytes - len(PDF))
    answer = await upload(desk, whole)
    assert (answer.status_code, answer.json()["size"]) == (201, settings.max_file_bytes)
    content = await desk.call("GET", f"{FILES}/{answer.json()['id']}/content")
    assert sha256(content.content).hexdigest() == answer.json()["sha256"]
    over = await upload(desk, whole + b"0")
    assert (over.status_code, over.json()["limit"]) == (413, settings.max_file_bytes)


async def test_a_key_repeats_the_upload_and_belongs_to_its_bytes(desk: Desk, owner: asyncpg.Connection) -> None:
    first = await upload(desk, PDF + b"key", **{"Idempotency-Key": "upload-1"})
    again = await upload(desk, PDF + b"key", **{"Idempotency-Key": "upload-1"})
    assert (again.status_code, again.json(), again.headers["idempotency-replayed"]) == (201, first.json(), "true")
    other = await upload(desk, PDF + b"other", **{"Idempotency-Key": "upload-1"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    found = await owner.fetchval("SELECT count(*) FROM files WHERE sha256 = $1", sha256(PDF + b"key").hexdigest())
    assert found == 1


async def test_a_disk_without_room_is_said_and_leaves_nothing(
    desk: Desk, settings: Settings, owner: asyncpg.Connection
) -> None:
    content = PDF + b"does not fit" * 100_000
    digest = sha256(content).hexdigest()
    assert (await upload(desk, PDF)).status_code == 201  # the folder is there
    before = stored(settings)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        answer = await upload(desk, content)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "unavailable", "60")
    assert str(settings.data) not in answer.text
    assert stored(settings) == before
    assert await owner.fetchval("SELECT count(*) FROM files WHERE sha256 = $1", digest) == 0
    assert (await upload(desk, content)).status_code == 201


async def test_bytes_that_are_gone_are_said_to_be_unavailable(desk: Desk, settings: Settings) -> None:
    made = (await upload(desk, PDF + b"lost")).json()
    (settings.data / "files" / made["sha256"][:2] / made["sha256"]).unlink()
    answer = await desk.call("GET", f"{FILES}/{made['id']}/content")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_an_attached_file_is_seen_by_whoever_sees_the_object(desk: Desk) -> None:
    items = await desk.accepted(1)
    file = (await upload(desk, PDF + b"attached")).json()
    sent = {"file": file["id"], "resource": "equipment", "object": items[0]["reference"], "label": "Photo of the plate"}
    answer = await desk.call("POST", ATTACHMENTS, sent)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made == {
        "id": made["id"],
        "file": {name: file[name] for name in ("id", "file_name", "media_type", "size", "sha256")},
        "resource": "equipment",
        "object_id": items[0]["id"],
        "position": None,
        "label": "Photo of the plate",
        "attached_by": file["uploaded_by"],
        "version": 1,
        "created_at": made["created_at"],
    }
    path = f"{ATTACHMENTS}/{made['id']}"

    async def sees(account: str) -> bool:
        statuses = {
            (await desk.call("GET", address, account=account)).status_code
            for address in (path, f"{FILES}/{file['id']}", f"{FILES}/{file['id']}/content")
        }
        assert len(statuses) == 1
        listed = await desk.get(f"{ATTACHMENTS}?object_id={items[0]['id']}", account)
        assert bool(listed["items"]) == (statuses == {200})
        return statuses == {200}

    for account in ("icmpd.manager", "italy.manager", "observer", "auditor"):
        assert await sees(account), account
    for account in ("icmpd.morocco", "ma.focal", "nobody", "tn.focal.sfax"):
        assert not await sees(account), account
    await desk.handed_over(items)
    assert await sees("tn.focal.sfax")
    assert not await sees("ma.focal")
    twice = await desk.call("POST", ATTACHMENTS, sent)
    assert twice.status_code == 409
    refusals: tuple[tuple[int | None, str | None, int], ...] = (
        (None, None, 428),
        (7, None, 412),
        (1, "icmpd.morocco", 404),
        (1, "observer", 403),
    )
    for version, by, status in refusals:
        removal = await desk.call("DELETE", path, version=version, account=by)
        assert removal.status_code == status
    assert (await desk.call("DELETE", path, version=1)).status_code == 204
    assert not await sees("icmpd.manager")
    assert (await desk.get(f"{FILES}/{file['id']}"))["id"] == file["id"]


async def test_everything_that_takes_attachments(desk: Desk) -> None:
    delivery, items = await desk.arrived(1)
    certificate = await desk.certificate([])
    protocol = await desk.protocol(items)
    granted = await desk.done(
        "POST",
        "/api/v1/requirements",
        {"kind": "export_check", "item": items[0]["id"], "reference": "EXP-1"},
    )
    file = (await upload(desk, PDF + b"many")).json()["id"]
    for sent in (
        {"resource": "deliveries", "object": delivery["reference"]},
        {"resource": "acceptances", "object": certificate["reference"]},
        {"resource": "handovers", "object": protocol["reference"]},
        {"resource": "equipment", "object": items[0]["id"]},
        {"resource": "events", "object": items[0]["id"], "position": 2},
        {"resource": "events", "object": items[0]["id"], "position": 1},
        {"resource": "requirements", "object": granted["id"]},
    ):
        made = await desk.done("POST", ATTACHMENTS, {"file": file, **sent})
        assert (made["resource"], made["position"]) == (sent["resource"], sent.get("position"))
    assert len((await desk.get(f"{ATTACHMENTS}?file_id={file}"))["items"]) == 7
    found = (await desk.get(f"{ATTACHMENTS}?object_id={items[0]['id']}&resource=events&sort=created_at"))["items"]
    assert [each["position"] for each in found] == [2, 1]
    assert len((await desk.get(f"{ATTACHMENTS}?file_id={file}", "tn.focal.sfax"))["items"]) == 1
    moved = {"receiving_unit": "AG-TN-ZARZIS", "site": "SITE-TN-ZARZIS"}
    await desk.done("PATCH", f"{HANDOVERS}/{protocol['id']}", moved, version=1)
    assert (await desk.get(f"{ATTACHMENTS}?file_id={file}", "tn.focal.sfax"))["items"] == []
    assert len((await desk.get(f"{ATTACHMENTS}?file_id={file}", "tn.focal"))["items"]) == 1


async def test_a_file_out_of_sight_or_an_object_out_of_reach_is_not_attached(desk: Desk) -> None:
    _, items = await desk.arrived(1)
    moroccan = await desk.done(
        "POST", EQUIPMENT, {"component": "BMP-MA", "model": "MOD-RADIO-1"}, account="icmpd.manager"
    )
    mine = (await upload(desk, PDF + b"mine")).json()["id"]
    italian = (await upload(desk, PDF + b"theirs", account="italy.manager")).json()["id"]
    sent: dict[str, Any]
    for sent, account, expected in (
        ({"file": italian, "resource": "equipment", "object": items[0]["id"]}, None, ("/file", "reference_unknown")),
        (
            {"file": italian, "resource": "equipment", "object": moroccan["id"]},
            "italy.manager",
            ("/object", "reference_unknown"),
        ),
        ({"file": mine, "resource": "handovers", "object": str(uuid4())}, None, ("/object", "reference_unknown")),
        (
            {"file": mine, "resource": "events", "object": items[0]["id"], "position": 99},
            None,
            ("/position", "reference_unknown"),
        ),
        ({"file": mine, "resource": "events", "object": items[0]["id"]}, None, ("", "value_error")),
        (
            {"file": mine, "resource": "equipment", "object": items[0]["id"], "position": 1},
            None,
            ("", "value_error"),
        ),
    ):
        assert faults(await desk.call("POST", ATTACHMENTS, sent, account=account)) == [expected]
    observed = await desk.call(
        "POST", ATTACHMENTS, {"file": mine, "resource": "equipment", "object": items[0]["id"]}, account="observer"
    )
    assert observed.status_code == 403


async def test_the_signed_file_gives_its_hash_to_the_protocol_and_is_seen_with_it(
    desk: Desk, owner: asyncpg.Connection
) -> None:
    items = await desk.accepted(1)
    file = (await upload(desk, PDF + b"signed by both")).json()
    wrong = await desk.call(
        "POST",
        HANDOVERS,
        {
            "component": "BMP-TN",
            "receiving_unit": "AG-TN-SFAX",
            "site": "SITE-TN-SFAX",
            "signed_file": file["id"],
            "signed_sha256": "00" * 32,
        },
    )
    assert faults(wrong) == [("/signed_sha256", "other_hash")]
    paper = await desk.protocol(items, signed_file=file["id"], signed_sha256=None)
    assert (paper["signed_file_id"], paper["signed_sha256"]) == (file["id"], file["sha256"])
    assert (
        await desk.call("GET", f"{FILES}/{file['id']}/content", account="tn.focal.sfax")
    ).content == PDF + b"signed by both"
    assert (await desk.call("GET", f"{FILES}/{file['id']}", account="ma.focal")).status_code == 404
    stranger = (await upload(desk, PDF + b"of italy", account="italy.manager")).json()["id"]
    refused = await desk.call("PATCH", f"{HANDOVERS}/{paper['id']}", {"signed_file": stranger}, version=1)
    assert faults(refused) == [("/signed_file", "reference_unknown")]
    emptied = await desk.done("PATCH", f"{HANDOVERS}/{paper['id']}", {"signed_file": None}, version=1)
    assert (emptied["signed_file_id"], emptied["signed_sha256"]) == (None, None)
    assert await owner.fetchval("SELECT count(*) FROM files WHERE id = $1", UUID(file["id"])) == 1


async def test_what_is_attached_to_an_approved_document_stays(desk: Desk) -> None:
    items = await desk.accepted(1)
    file = (await upload(desk, PDF + b"evidence")).json()["id"]
    paper = await desk.protocol(items)
    made = await desk.done("POST", ATTACHMENTS, {"file": file, "resource": "handovers", "object": paper["id"]})
    paper = await desk.submitted(HANDOVERS, paper, "icmpd.logistics")
    paper = await desk.approved(HANDOVERS, await desk.approved(HANDOVERS, paper, "icmpd.manager"), "italy.manager")
    answer = await desk.call("DELETE", f"{ATTACHMENTS}/{made['id']}", version=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert (await desk.get(f"{ATTACHMENTS}/{made['id']}"))["id"] == made["id"]


async def test_who_only_sees_an_object_attaches_nothing_to_it(desk: Desk, owner: asyncpg.Connection) -> None:
    """Italy's logistics officer, while Italy may only observe Tunisia."""
    _, items = await desk.arrived(1)
    file = (await upload(desk, PDF + b"observed", account="italy.logistics")).json()["id"]
    italy = desk.world["italy"]
    await owner.execute("UPDATE delegations SET power = 'observe' WHERE organisation_id = $1", italy)
    try:
        sent = {"file": file, "resource": "equipment", "object": items[0]["id"]}
        attached = await desk.call("POST", ATTACHMENTS, sent, account="italy.logistics")
        body = {"kind": "export_check", "item": items[0]["id"], "reference": "R"}
        recorded = await desk.call("POST", "/api/v1/requirements", body, account="italy.logistics")
    finally:
        await owner.execute("UPDATE delegations SET power = 'manage' WHERE organisation_id = $1", italy)
    assert [(answer.status_code, answer.json()["code"]) for answer in (attached, recorded)] == [(403, "forbidden")] * 2
