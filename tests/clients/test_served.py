"""The synchronous client, and whatever streams, against the application behind a real port."""

from __future__ import annotations

import csv
import hashlib
import json
from contextlib import aclosing
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import openpyxl
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jose import jwk

from bmp_client import AsyncClient, Client, errors
from tests.clients.conftest import EAGER, Served, settled, site
from tests.world import World

PDF = b"%PDF-1.7\n" + b"synthetic\n" * 40_000 + b"%%EOF\n"


def item(**more: Any) -> Any:
    return {"component": "BMP-TN", "model": "MOD-RADIO-1", "external_id": uuid4().hex, **more}


def pem(key: Any) -> bytes:
    made: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made


def public_jwk(key: Any, algorithm: str) -> dict[str, Any]:
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    made: dict[str, Any] = jwk.construct(public, algorithm).to_dict()
    return made


def test_the_synchronous_client_does_the_same(served: Served, world: World) -> None:
    with served.client(world) as bmp:
        made = bmp.equipment.create(**item(note="Synthetic"))
        assert (made["stage"], made["version"]) == ("ordered", 1)
        changed = bmp.equipment.change(made, note=None)
        moved = bmp.equipment.move(changed, action="ship")
        assert (moved["stage"], moved["version"]) == ("shipped", 3)
        with pytest.raises(errors.TransitionNotAllowed) as refused:
            bmp.equipment.move(moved, action="put_in_service")
        assert "deliver" in refused.value.legal
        with pytest.raises(errors.Stale):
            bmp.equipment.move(changed, action="ship")
        assert [event["position"] for event in bmp.equipment.history(made, sort="position")] == [1, 2]
        found = list(bmp.equipment.list(stage=["shipped"], external_id=made["external_id"] or ""))
        assert [each["id"] for each in found] == [made["id"]]
        many = bmp.equipment.get_many([made, uuid4(), made["id"], *(str(uuid4()) for _ in range(150))])
        assert (list(many), many[made["id"]]["version"]) == ([made["id"]], 3)
        untyped = bmp.resource("equipment").get(made)
        assert untyped["version"] == 3


def test_bulk_is_one_call_with_one_key(served: Served, world: World) -> None:
    with served.client(world) as bmp:
        done = bmp.equipment.bulk(items=[item(operation="create") for _ in range(3)])
        assert (done["done"], done["refused"]) == (3, 0)
        key = uuid4().hex
        one = bmp.equipment.create(idempotency_key=key, **item(external_id=key))
        assert bmp.equipment.create(idempotency_key=key, **item(external_id=key)) == one
        with pytest.raises(errors.KeyReused):
            bmp.equipment.create(idempotency_key=key, **item())


def test_exports_land_whole_with_somebody_looking_on(served: Served, world: World, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    with served.client(world) as bmp:
        target = tmp_path / "sites.csv"
        written = bmp.sites.export("csv", target, progress=lambda done, total: seen.append((done, total)))
        assert target.stat().st_size == written == seen[-1][0]
        references = {row["reference"] for row in csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines())}
        assert references == {site["reference"] for site in bmp.sites.list()}
        lines = tmp_path / "sites.jsonl"
        bmp.sites.export("jsonl", lines, country=["MA"])
        assert {json.loads(line)["country"] for line in lines.read_text().splitlines()} == {"MA"}
        assert len(lines.read_text().splitlines()) == len(list(bmp.sites.list(country=["MA"])))
        bmp.sites.export("jsonl", tmp_path / "none.jsonl", external_id=["nobody's"])
        assert (tmp_path / "none.jsonl").read_bytes() == b""
        bmp.sites.export("xlsx", tmp_path / "sites.xlsx")
        sheet = openpyxl.load_workbook(tmp_path / "sites.xlsx").worksheets[0]
        assert sheet.max_row == len(references) + 1
    assert len(list(tmp_path.iterdir())) == 4


class Cutting(httpx.BaseTransport):
    """The first answers break off in the middle."""

    def __init__(self, times: int) -> None:
        self.inner, self.left = httpx.HTTPTransport(), times

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        if self.left == 0 or "/oauth/" in request.url.path:
            return answer
        self.left -= 1

        class Broken(httpx.SyncByteStream):
            def __iter__(self) -> Any:
                yield next(answer.iter_raw())[:20]
                raise httpx.RemoteProtocolError("the peer closed the connection")

            def close(self) -> None:
                answer.close()

        return httpx.Response(answer.status_code, headers=answer.headers, stream=Broken())

    def close(self) -> None:
        self.inner.close()


class Short(httpx.BaseTransport):
    """Somebody on the way takes the last rows away and ends the answer well."""

    def __init__(self) -> None:
        self.inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        lines = answer.read().splitlines(keepends=True)
        answer.close()
        kept = lines[:1] + lines[2:] if "trailer=true" in str(request.url) else lines
        return httpx.Response(answer.status_code, headers={"Content-Type": "application/jsonl"}, content=b"".join(kept))

    def close(self) -> None:
        self.inner.close()


def test_rows_that_are_missing_are_noticed_though_the_answer_ended_well(
    served: Served, world: World, tmp_path: Path
) -> None:
    with served.client(world, transport=Short()) as bmp, pytest.raises(errors.Incomplete, match="not every row"):
        bmp.agencies.export("jsonl", tmp_path / "agencies.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_breaks_off_is_begun_again_or_leaves_nothing(
    served: Served, world: World, tmp_path: Path
) -> None:
    with served.client(world, transport=Cutting(2)) as bmp:
        bmp.agencies.export("csv", tmp_path / "agencies.csv")
        assert len((tmp_path / "agencies.csv").read_text().splitlines()) == len(list(bmp.agencies.list())) + 1
    (tmp_path / "agencies.csv").write_text("of yesterday")
    with served.client(world, transport=Cutting(99)) as bmp, pytest.raises(errors.Incomplete):
        bmp.agencies.export("csv", tmp_path / "agencies.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["agencies.csv"]
    assert (tmp_path / "agencies.csv").read_text() == "of yesterday"


def test_files_go_up_and_come_down_with_somebody_looking_on(served: Served, world: World, tmp_path: Path) -> None:
    source, seen = tmp_path / "signed.pdf", list[tuple[int, int | None]]()
    source.write_bytes(PDF)
    with served.client(world) as bmp:
        made = bmp.files.upload(source, progress=lambda done, total: seen.append((done, total)))
        assert (made["file_name"], made["sha256"]) == ("signed.pdf", hashlib.sha256(PDF).hexdigest())
        assert seen[-1] == (len(PDF), len(PDF))
        assert len(seen) > 5
        assert bmp.files.get(made) == made
        assert bmp.files.save(made, tmp_path / "back.pdf") == len(PDF)
    assert (tmp_path / "back.pdf").read_bytes() == PDF


@pytest.mark.parametrize("kind", ["ES256", "RS256"])
def test_a_script_proves_itself_with_its_private_key(served: Served, world: World, kind: str) -> None:
    key: Any = ec.generate_private_key(ec.SECP256R1()) if kind == "ES256" else rsa.generate_private_key(65537, 2048)
    with served.client(world) as people:
        made = people.clients.create(
            name="Signer",
            scopes=["register:read"],
            authentication="private_key_jwt",
            public_jwk=public_jwk(key, kind),
        )
    name = made["client"]["client_id"]
    with Client(served.url, name, private_key=pem(key), scopes=["register:read"], retries=EAGER) as bmp:
        assert bmp.sites.get("SITE-STORE")["reference"] == "SITE-STORE"
        assert bmp.me.get()["scopes"] == ["register:read"]
    other = ec.generate_private_key(ec.SECP256R1())
    with Client(served.url, name, private_key=pem(other), retries=EAGER) as bmp, pytest.raises(errors.Unauthorised):
        bmp.sites.get("SITE-STORE")


def test_a_client_says_how_it_proves_itself() -> None:
    with pytest.raises(ValueError, match="one of them"):
        Client("http://127.0.0.1:1", "me")
    with pytest.raises(ValueError, match="P-256 or RSA"):
        Client("http://127.0.0.1:1", "me", private_key=pem(ec.generate_private_key(ec.SECP384R1())))


def test_nobody_there_is_unreachable() -> None:
    with Client("http://127.0.0.1:1", token="none", retries=EAGER) as bmp, pytest.raises(errors.Unreachable) as away:
        bmp.sites.get("SITE-STORE")
    assert not away.value.sent


@pytest.mark.anyio
async def test_the_asynchronous_client_streams_too(served: Served, world: World, tmp_path: Path) -> None:
    source = tmp_path / "signed.pdf"
    source.write_bytes(PDF)
    async with AsyncClient(served.url, token=world.token("icmpd.manager"), retries=EAGER) as bmp:
        made = await bmp.files.upload(source)
        assert await bmp.files.save(made, tmp_path / "back.pdf") == len(PDF)
        assert (tmp_path / "back.pdf").read_bytes() == PDF
        written = await bmp.agencies.export("jsonl", tmp_path / "agencies.jsonl")
        assert (tmp_path / "agencies.jsonl").stat().st_size == written > 0
        with served.client(world) as other:
            start = settled(other)
        new = await bmp.sites.create(**site())
        async with aclosing(bmp.changes.follow(start, live=True)) as following:
            assert [(await anext(following)).id] == [new["id"]]
        table = tmp_path / "sites.csv"
        table.write_text("reference,name_en,kind,organisation_reference,country\nSITE-TABLE,Store,store,ORG-ICMPD,TN\n")
        looked = await bmp.imports.wait(await bmp.imports.upload(table, resource="sites"))
        assert (looked["state"], looked["created"]) == ("valid", 1)
