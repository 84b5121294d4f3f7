"""A few operations on a table of their own, declared as any router would, to see what the web layer does with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated
from uuid import UUID

import asyncpg
import httpx
import pytest
import uuid_utils.compat as uuids
from fastapi import APIRouter, FastAPI, Form, Query, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from app.db.session import Statement
from app.domain.errors import Conflict, NotFound, Stale
from app.main import create_app
from app.problems import problems
from app.settings import Settings
from app.web.answers import answer_changed, answer_created, answer_json, answer_list, answer_none, answer_one
from app.web.answers import answer_stream as streamed
from app.web.callers import AnyCaller, EquipmentReader, EquipmentWriter
from app.web.idempotency import MAX_ANSWER_BYTES
from app.web.lean import LeanRoute
from app.web.params import Commas, Cursor, IfMatch, Language, Limit, Transaction
from app.web.route import HouseRoute
from tests.conftest import running
from tests.world import World

SCHEMA = """
CREATE TABLE probes (id uuid PRIMARY KEY, label text NOT NULL, version integer NOT NULL DEFAULT 1);
GRANT SELECT, INSERT, UPDATE, DELETE ON probes TO bmp_app;
CREATE SEQUENCE tries; GRANT USAGE, SELECT, UPDATE ON SEQUENCE tries TO bmp_app;
CREATE FUNCTION fail_first(times integer, state text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  IF nextval('tries') <= times THEN RAISE EXCEPTION 'made up' USING ERRCODE = state; END IF; END $$;
CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON probes DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.label = 'cut at commit') EXECUTE FUNCTION cut();
GRANT EXECUTE ON FUNCTION fail_first, cut TO bmp_app;
"""
READ = Statement("SELECT json_build_object('id', id, 'label', label, 'version', version)::text AS body, version"
                 " FROM probes WHERE id = :id")  # fmt: skip
WRITE = Statement("INSERT INTO probes (id, label) VALUES (:id, :label)")
CHANGE = Statement("UPDATE probes SET label = :label, version = version + 1 WHERE id = :id AND version = :version")
TOUCH = Statement("UPDATE probes SET version = version + 1 WHERE id = :id RETURNING version,"
                  " json_build_object('id', id, 'label', label, 'version', version)::text AS body")  # fmt: skip
REMOVE = Statement("DELETE FROM probes WHERE id = :id AND version = :version")
WHO = Statement("SELECT current_setting('app.caller', true) AS caller, pg_backend_pid() AS connection")
FAIL = Statement("SELECT fail_first(CAST(:times AS integer), :state)")
CUT = Statement("SELECT pg_terminate_backend(pg_backend_pid()) FROM nextval('tries') t WHERE t <= :times")


class ProbeIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    label: str = Field(min_length=1, max_length=40, examples=["north"])
    weight: float | None = None
    inner: list[ProbeIn] = []


class ProbeOut(BaseModel):
    id: UUID
    label: str
    version: int


class ProbeQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    label: Annotated[list[str] | None, Commas] = None
    newest: bool = False


async def get_probe(
    request: Request, probe_id: UUID, _: EquipmentReader, tx: Transaction, language: Language
) -> Response:
    """One probe."""
    row = await tx.row(READ, id=probe_id)
    if row is None:
        raise NotFound
    return answer_one(request, row["body"], row["version"], personal=language == "ar")


async def list_probes(
    request: Request,
    _: EquipmentReader,
    label: Annotated[list[str] | None, Query(), Commas] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """All of it is made up; what matters is how it was asked for."""
    items = b'[{"asked":"%s"}]' % ("|".join(label or ()) + f"/{cursor}").encode()
    return answer_list(request, items, next_cursor="c2&=", limit=limit)


async def search_probes(request: Request, _: EquipmentReader, query: Annotated[ProbeQuery, Query()]) -> Response:
    """The same by a model of the query."""
    return answer_json(query.model_dump())


async def create_probe(body: ProbeIn, _: EquipmentWriter, tx: Transaction) -> Response:
    """Add a probe."""
    ident = uuids.uuid7()
    await tx.run(WRITE, id=ident, label=body.label)
    row = await tx.row(READ, id=ident)
    assert row is not None
    return answer_created(row["body"], row["version"], f"/api/v1/probes/{ident}")


async def change_probe(
    probe_id: UUID, body: ProbeIn, version: IfMatch, _: EquipmentWriter, tx: Transaction
) -> Response:
    """Change a probe."""
    if not await tx.run(CHANGE, id=probe_id, label=body.label, version=version):
        raise Stale(current=1)
    row = await tx.row(READ, id=probe_id)
    assert row is not None
    return answer_changed(row["body"], row["version"])


async def remove_probe(probe_id: UUID, version: IfMatch, _: EquipmentWriter, tx: Transaction) -> Response:
    """Remove a probe."""
    if not await tx.run(REMOVE, id=probe_id, version=version):
        raise NotFound
    return answer_none()


async def fail_probe(
    caller: EquipmentWriter, tx: Transaction, times: int = 0, state: str = "40001", label: str = "failed"
) -> Response:
    """Write, then fail the first `times` times with an SQLSTATE (`cut`: with a lost connection)."""
    await tx.run(WRITE, id=uuids.uuid7(), label=label)
    if state == "cut":
        await tx.row(CUT, times=times)
    else:
        await tx.row(FAIL, times=times, state=state)
    return answer_json({"by": str(caller.id)})


async def refuse_probe(_: AnyCaller, tx: Transaction) -> Response:
    """Write, then answer with a refusal instead of raising it."""
    await tx.run(WRITE, id=uuids.uuid7(), label="refused")
    return answer_json({"refused": True}, status=409)


async def break_probe(_: AnyCaller) -> Response:
    """A programming error."""
    raise ZeroDivisionError("the inside of the house")


async def clash_probe(_: AnyCaller) -> Response:
    """An error that carries facts."""
    raise Conflict("It is taken.", legal=["ship", "cancel"], status="not told")


async def token_probe(body: ProbeIn, _: AnyCaller) -> Response:
    """Answers with a secret."""
    return answer_json({"secret": body.label})


async def open_probe() -> Response:
    """Anybody may."""
    return answer_json({"open": True})


async def see_probe(_: AnyCaller, tx: Transaction) -> Response:
    """A reading that is recorded."""
    await tx.run(WRITE, id=uuids.uuid7(), label="seen")
    return answer_json({"seen": True})


async def hold_probe(request: Request, _: EquipmentWriter, tx: Transaction) -> Response:
    """Write, tell the test, and never come to an end."""
    await tx.run(WRITE, id=uuids.uuid7(), label="held")
    request.app.state.reached.set()
    await asyncio.Event().wait()
    return answer_none()


async def who_probe(_: EquipmentReader, tx: Transaction) -> Response:
    """Who the policies take the caller for, and in which connection."""
    return answer_json(dict(await tx.row(WHO) or {}))


async def upload_probe(
    file: UploadFile, note: Annotated[str, Form()], _: EquipmentWriter, tx: Transaction, fail: int = 0
) -> Response:
    """A file and a field, written down as the label."""
    content = await file.read()
    await tx.run(WRITE, id=uuids.uuid7(), label=f"{note} {file.filename} {len(content)}")
    await tx.row(FAIL, times=fail, state="40001")
    return answer_json({"note": note, "size": len(content)}, status=201)


async def batch_of_probes(body: ProbeIn, _: EquipmentWriter, tx: Transaction) -> Response:
    """An answer that is about no single object."""
    await tx.run(WRITE, id=uuids.uuid7(), label=body.label)
    return answer_json({"label": body.label})


async def stream_probe(_: EquipmentReader, rows: int = 3, fail_at: int = -1) -> Response:
    """Some rows; an error before the first or in the middle."""

    async def chunks() -> AsyncGenerator[bytes, None]:
        for row in range(rows):
            if row == fail_at:
                raise Conflict("No more of it.")
            yield b"%d\n" % row

    return await streamed(chunks(), media_type="application/jsonl", filename="rapport d'été.jsonl")


def make_router(route_class: type[HouseRoute], prefix: str, tag: str) -> APIRouter:
    router = APIRouter(prefix=prefix, tags=[tag], route_class=route_class)
    router.get("", response_model=list[ProbeOut])(list_probes)
    router.get("/search")(search_probes)
    router.get("/stream")(stream_probe)
    router.post("", status_code=201, response_model=ProbeOut, responses=problems(409))(create_probe)
    router.post("/fail")(fail_probe)
    router.post("/refuse")(refuse_probe)
    router.post("/break")(break_probe)
    router.post("/clash")(clash_probe)
    router.post("/token", openapi_extra={"x-no-idempotency": True, "x-body-limit": 2048})(token_probe)
    router.post("/private", openapi_extra={"x-personal": True})(create_probe_privately)
    router.get("/open")(open_probe)
    router.get("/sly", name="sly")(see_probe)
    router.get("/seen", openapi_extra={"x-writes": True})(see_probe)
    router.post("/hold")(hold_probe)
    router.get("/who")(who_probe)
    if route_class is HouseRoute:
        router.post("/upload", status_code=201, openapi_extra={"x-body-limit": 20_000})(upload_probe)
    router.post("/batch")(batch_of_probes)
    router.post("/{probe_id}/touch")(touch_probe)
    router.post("/large", status_code=201)(create_large_probe)
    router.get("/{probe_id}", response_model=ProbeOut, responses=problems(404))(get_probe)
    router.patch("/{probe_id}", response_model=ProbeOut)(change_probe)
    router.delete("/{probe_id}", status_code=204)(remove_probe)
    return router


async def touch_probe(probe_id: UUID, _: EquipmentWriter, tx: Transaction) -> Response:
    """A step that needs no version and has no Location."""
    row = await tx.row(TOUCH, id=probe_id)
    if row is None:
        raise NotFound
    return answer_changed(row["body"], row["version"])


async def create_large_probe(body: ProbeIn, _: EquipmentWriter, tx: Transaction) -> Response:
    """An answer that is too large to be kept."""
    made = await create_probe(body, _, tx)
    return answer_created(b'"' + b"x" * MAX_ANSWER_BYTES + b'"', 1, made.headers["location"])


async def create_probe_privately(body: ProbeIn, _: EquipmentWriter, tx: Transaction) -> Response:
    """Add a probe whose answer may not be kept."""
    return await create_probe(body, _, tx)


def with_probes(settings: Settings) -> FastAPI:
    app = create_app(settings)
    app.include_router(make_router(HouseRoute, "/probes", "probes"), prefix="/api/v1")
    app.include_router(make_router(LeanRoute, "/lean-probes", "lean-probes"), prefix="/api/v1")
    return app


@pytest.fixture(scope="module")
async def probes_table(owner_dsn: str) -> None:
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute(SCHEMA)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def probing(settings: Settings) -> FastAPI:
    """One application with the probes in it."""
    return with_probes(settings)


@pytest.fixture
async def probes(probing: FastAPI, probes_table: None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application with the probes."""
    async with running(probing) as client:
        yield client


@pytest.fixture
def writer(world: World) -> dict[str, str]:
    """Headers of a caller who may read and write equipment."""
    return world.headers("icmpd.logistics")
