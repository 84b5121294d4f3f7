"""Free text about a person goes with an erasure, from wherever it was; and a newcomer cannot forget it (DOMAIN 4).

One person's story is told with a mark in every text that operations about people accept. Which those are comes from
the OpenAPI document, and which columns may hold text from the models: a new member or column fails here until somebody
says what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.db import models
from app.db.base import Base
from app.db.erasure import statements, tables_with_texts
from app.db.session import Database, Statement
from app.db.tenancy import TABLE_OF, TENANCY
from app.domain.access import Caller
from app.domain.errors import Unavailable
from tests.conftest import running
from tests.house.sides import deref, rights, writing
from tests.routers.training import day, made_up_name, session, trainee
from tests.world import World

pytestmark = pytest.mark.anyio

assert models.__all__  # importing it fills the metadata

API = "/api/v1"
MARK = "Zyxwvutsrq"
OFFICER = "icmpd.training"
#: Operations whose bodies are about people although they stand below something that is not.
ABOUT_PEOPLE = ("trainees", "postings", "records", "qualifications", "sessions/{ident}/records")
#: Members that name something, or whose words are ours: never kept as they were sent.
NOT_KEPT = {"agency", "unit", "site", "session", "model", "type"}
#: Sealed in the vault, and tried in tests/routers/test_names_nowhere.py.
SEALED = {"name", "work_contact"}
READ = Statement(
    "INSERT INTO identity_reads (id, trainee_id, agency_id, caller_id, person_id, purpose) "
    "SELECT gen_random_uuid(), :person, :agency, app.caller(), app.person(), 'Attendance'"
)


def test_tables_about_people_say_of_every_text_column_what_it_is() -> None:
    silent = []
    for table in Base.metadata.sorted_tables:
        t = TENANCY[table.name]
        if not (t.personal or {"trainee_id", "record_id"} & set(table.c.keys()) - set(t.person)):
            continue
        checked = {
            column.name
            for column in table.columns
            for each in table.constraints | column.constraints
            if isinstance(each, sa.CheckConstraint) and f"{column.name} IN (" in str(each.sqltext)
        }
        texts = {c.name for c in table.columns if isinstance(c.type, sa.Text | sa.ARRAY | sa.JSON)}
        silent += [f"{table.name}.{name}" for name in texts - checked - set(t.texts) - set(t.codes)]
        silent += [] if t.person else [table.name]
    assert silent == []
    assert set(tables_with_texts()) == {"trainees", "record_events", "qualifications", "identity_reads"}


async def test_the_database_erases_as_the_table_of_tenancy_says(owner: asyncpg.Connection) -> None:
    """The frozen SQL of the migrations, against what this code would run today."""
    questions = (
        "SELECT proname, prosrc FROM pg_proc WHERE proname ~ '^(forget_trainees|about_erased)' ORDER BY 1",
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'about_erased' ORDER BY 1",
    )
    before = [[tuple(row) for row in await owner.fetch(each)] for each in questions]
    transaction = owner.transaction()
    await transaction.start()
    for each in statements():
        await owner.execute(each)
    assert [[tuple(row) for row in await owner.fetch(each)] for each in questions] == before
    await transaction.rollback()


async def holding(owner: asyncpg.Connection, *marks: str) -> set[str]:
    """Tables of which some row, as text or as bytes, holds one of the marks."""
    words = "|".join([*marks, *(mark.encode().hex() for mark in marks)])
    found = set()
    for table in Base.metadata.tables:
        if await owner.fetchval(f"SELECT EXISTS (SELECT 1 FROM {table} t WHERE t::text ~ $1)", words):
            found.add(table)
    return found


class Story:
    """Calls about one person, with a mark in each text; which members of which operations carried one is kept."""

    def __init__(self, client: httpx.AsyncClient, world: World) -> None:
        self.client, self.world = client, world
        self.planted: set[tuple[str, str, str]] = set()

    async def call(
        self, method: str, path: str, body: Any, version: int | None = None, *, by: str = OFFICER, key: bool = True
    ) -> Any:
        more = {} if version is None else {"If_Match": str(version)}
        more |= {"Idempotency_Key": f"story-{uuid4()}"} if key else {}
        answer = await self.client.request(method, f"{API}{path}", json=body, headers=self.world.headers(by, **more))
        assert answer.is_success, (method, path, answer.text)
        template = "/".join("{}" if _is_id(part) else part for part in path[1:].split("/"))
        self.planted |= {(method.lower(), template, name) for name in _marked(body)}
        return answer.json()


def _is_id(part: str) -> bool:
    try:
        UUID(part)
    except ValueError:
        return False
    return True


def _marked(value: Any) -> Iterator[str]:
    """Names of members that carry the mark."""
    for name, each in value.items() if isinstance(value, dict) else ():
        if isinstance(each, str) and MARK in each:
            yield name
        for inner in each if isinstance(each, list) else ():
            yield from _marked(inner)


def text(what: str) -> str:
    return f"{MARK} {what}"


async def tell(story: Story) -> dict[str, Any]:
    """A person is registered, identified, trained with every turn that there is, and recognised twice."""
    client, world = story.client, story.world
    name = made_up_name()
    body: dict[str, Any] = {
        "name": name,
        "agency": "AG-TN-SFAX",
        "grade_band": "officer",
        "sex": "male",
        "language": "fr",
    }
    body |= {"posting": {"unit": "AG-TN-SFAX", "starts_on": day(-400)}, "external_id": text(name)}
    person = await story.call("POST", "/trainees", body)
    path = f"/trainees/{person['id']}"
    person = await story.call("PATCH", path, {"external_id": text(f"{name} of ours")}, 1)
    await story.call("POST", f"{path}/identity", {"purpose": text("is asked for")}, key=False)
    looked = {"name": name, "agency": "AG-TN-SFAX", "purpose": text("is looked for")}
    await story.call("POST", "/trainees/search", looked, key=False)
    late = {"backdating_reason": text("was late")}
    marks = {"half_days_attended": 9, "post_test": 80, "rights_module_done": True}
    ways: tuple[tuple[str, dict[str, Any]], ...] = (
        ("complete", {}),
        ("fail", {"post_test": 1}),
        ("withdraw", {}),
        ("exclude", {}),
        ("correct", {}),
    )
    records = [await _trained(story, person["id"], way, late, marks) for way in ways]
    held = await session(client, world)
    named = await story.call("POST", f"/sessions/{held['id']}/records", {"trainees": [person["id"]], **late})
    moves = {"items": [{"id": named["items"][0]["id"], "version": 1, "action": "vet"}], **late}
    await story.call("POST", "/records/bulk", moves)
    qualified = [await _recognised(story, person["id"], verb) for verb in ("recognise", "refuse")]
    return {"person": person, "records": records, "qualifications": qualified}


async def _trained(story: Story, person: str, way: tuple[str, Any], late: Any, marks: Any) -> Any:
    verb, more = way
    held = await session(story.client, story.world)
    made = await story.call("POST", "/records", {"session": held["id"], "trainee": person, **late})
    path = f"/records/{made['id']}"
    if verb in {"withdraw", "exclude"}:
        reason = {"withdraw": "by_agency", "exclude": "not_eligible"}[verb]
        return await story.call("POST", f"{path}/{verb}", {"reason": reason, **late}, 1)
    made = await story.call("POST", f"{path}/vet", late, 1)
    made = await story.call("POST", f"{path}/enrol", late, made["version"])
    made = await story.call("POST", f"{path}/attend", {**marks, **late}, made["version"])
    made = await story.call("POST", f"{path}/results", {"post_test": 90, **more, **late}, made["version"])
    if verb == "correct":
        events = (await story.client.get(f"{API}{path}/events", headers=story.world.headers(OFFICER))).json()["items"]
        body = {"event": events[-1]["id"], "note": text("was wrong")}
        return await story.call("POST", f"{path}/corrections", body, made["version"])
    await story.call("POST", f"/sessions/{held['id']}/close", None, 2)
    return await story.call("POST", f"{path}/{verb}", late, made["version"])


async def _recognised(story: Story, person: str, verb: str) -> Any:
    body = {"trainee": person, "kind": "operator", "type": "COM-RADIO", "evidence": text("has a licence")}
    made = await story.call("POST", "/qualifications", body | {"period": {"start": day(-300), "end": day(60)}})
    path = f"/qualifications/{made['id']}"
    if verb == "refuse":
        return await story.call("POST", f"{path}/refuse", {"reason": text("is none")}, 1, by="italy.manager")
    made = await story.call("POST", f"{path}/recognise", {"evidence": text("was seen")}, 1, by="italy.manager")
    return await story.call("POST", f"{path}/revoke", {"reason": text("is over")}, 2, by="italy.manager")


def accepted(document: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Members of bodies about people in which a caller may write what they want."""
    found = set()
    for method, path, operation in writing(document):
        where = path.removeprefix(f"{API}/")
        if not where.startswith(ABOUT_PEOPLE):
            continue
        template = "/".join("{}" if part.startswith("{") else part for part in where.split("/"))
        for content in operation.get("requestBody", {}).get("content", {}).values():
            found |= {(method, template, name) for name in _free(document, content["schema"])}
    return found


def _free(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    for name, each in deref(document, schema).get("properties", {}).items():
        for one in each.get("anyOf", [each]):
            kind = deref(document, one)
            if kind.get("type") == "array":
                yield from _free(document, kind["items"])
            elif "properties" in kind:
                yield from _free(document, kind)
            elif kind.get("type") == "string" and not {"enum", "const", "format"} & kind.keys():
                yield name


async def test_no_text_about_a_person_outlives_them(app: FastAPI, world: World, owner: asyncpg.Connection) -> None:
    async with running(app) as client:
        story = Story(client, world)
        told = await tell(story)
        free = {each for each in accepted(app.openapi()) if each[2] not in NOT_KEPT | SEALED}
        # The reason of a step in a bulk call is one of a few words, as it is alone.
        assert free - story.planted == {("post", "records/bulk", "reason")}
        held = await holding(owner, MARK)
        assert held == {"trainees", "record_events", "qualifications", "identity_reads", "idempotency_keys"}
        person = told["person"]["id"]
        counts = (
            "SELECT stage, pre_test, post_test, completed_on, occurred_at FROM training_records WHERE trainee_id = $1"
        )
        before = await owner.fetch(f"{counts} ORDER BY id", UUID(person))
        await story.call("POST", f"/trainees/{person}/erase", None, told["person"]["version"])
        assert await holding(owner, MARK) == set()
        assert await owner.fetch(f"{counts} ORDER BY id", UUID(person)) == before
        assert len(before) == 6
        rows = await owner.fetch(
            "SELECT status, evidence, reason FROM qualifications WHERE trainee_id = $1", UUID(person)
        )
        assert sorted(row["status"] for row in rows if row["evidence"] is row["reason"] is None and row) == [
            "refused", "revoked", "valid",
        ]  # fmt: skip
        reads = await owner.fetch("SELECT caller_id, purpose FROM identity_reads WHERE trainee_id = $1", UUID(person))
        assert {tuple(row) for row in reads} == {(world.accounts[OFFICER], "erased")}


async def test_nothing_is_written_about_the_erased(app: FastAPI, world: World, owner: asyncpg.Connection) -> None:
    async with running(app) as client:
        story = Story(client, world)
        told = await tell(story)
        person = told["person"]["id"]
        await story.call("POST", f"/trainees/{person}/erase", None, told["person"]["version"])
        gained = await owner.fetchrow(
            "SELECT id, version FROM qualifications WHERE trainee_id = $1 AND source = 'record'", UUID(person)
        )
        revoked = await story.call(
            "POST", f"/qualifications/{gained['id']}/revoke", {"reason": text("is dead")}, gained["version"]
        )
        assert (revoked["status"], revoked["reason"]) == ("revoked", None)
        now = (await client.get(f"{API}/trainees/{person}", headers=world.headers(OFFICER))).json()
        patched = await story.call("PATCH", f"/trainees/{person}", {"external_id": text("again")}, now["version"])
        assert patched["external_id"] is None
        nominated = await owner.fetchrow(
            "SELECT id, version FROM training_records WHERE trainee_id = $1 AND stage = 'vetted'", UUID(person)
        )
        late = {"backdating_reason": text("was late"), "reason": "by_agency"}
        await story.call("POST", f"/records/{nominated['id']}/withdraw", late, nominated["version"])
        assert await holding(owner, MARK) == set()


async def test_a_retry_after_an_erasure_is_told_where_to_look(app: FastAPI, world: World) -> None:
    async with running(app) as client:
        person = await trainee(client, world)
        body = {"trainee": person["id"], "kind": "operator", "type": "COM-RADIO", "evidence": text("has a licence")}
        body |= {"period": {"start": day(-300), "end": day(60)}}
        headers = world.headers(OFFICER, Idempotency_Key="licence")
        made = await client.post(f"{API}/qualifications", json=body, headers=headers)
        again = await client.post(f"{API}/qualifications", json=body, headers=headers)
        assert (made.status_code, again.status_code, made.text) == (201, 201, again.text)
        erased = await client.post(f"{API}/trainees/{person['id']}/erase", headers=world.headers(OFFICER, If_Match="1"))
        assert erased.status_code == 200, erased.text
        again = await client.post(f"{API}/qualifications", json=body, headers=headers)
        assert (again.status_code, again.headers["location"]) == (303, made.headers["location"])
        assert again.headers["idempotency-replayed"] == "true"
        assert MARK not in again.text


async def test_histories_of_people_hold_no_text(app: FastAPI, world: World) -> None:
    async with running(app) as client:
        told = await tell(Story(client, world))
        for path, name in ((f"qualifications/{told['qualifications'][0]['id']}", "evidence"),
                           (f"trainees/{told['person']['id']}", "external_id")):  # fmt: skip
            for way in ("", "?format=jsonl", "?format=csv"):
                history = await client.get(f"{API}/{path}/history{way}", headers=world.headers(OFFICER))
                assert (history.status_code, MARK in history.text) == (200, False)
                assert name in history.text
                assert "withheld" in history.text


async def _read_at_once(database: Database, caller: Caller, **values: Any) -> None:
    """Without waiting for anybody."""
    async with database.transaction(caller) as tx:
        await tx.run(Statement("SET LOCAL lock_timeout = 1"))
        await tx.run(READ, **values)


async def test_who_writes_about_a_person_waits_for_their_erasure(
    app: FastAPI, database: Database, world: World, owner: asyncpg.Connection
) -> None:
    """Otherwise a text that was on its way would be written behind the back of the erasure."""
    async with running(app) as client:
        person = UUID((await trainee(client, world))["id"])
    assert TABLE_OF["qualifications"] == "qualifications"
    caller = await rights(database, world, OFFICER)
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute("SELECT 1 FROM trainees WHERE id = $1 FOR UPDATE", person)  # as an erasure that is under way
    try:
        with pytest.raises(Unavailable):
            await _read_at_once(database, caller, person=person, agency=world["tn-sfax"])
    finally:
        await transaction.rollback()


async def test_logs_of_people_are_emptied_and_never_edited(
    app: FastAPI, world: World, owner: asyncpg.Connection
) -> None:
    async with running(app) as client:
        await tell(Story(client, world))
    for change in ("identity_reads SET purpose = 'another'", "identity_reads SET request_id = 'x', purpose = 'erased'",
                   "record_events SET note = 'another'", "record_events SET kind = 'vet', note = NULL"):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await owner.execute(f"UPDATE {change}")
    for table in ("identity_reads", "record_events"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await owner.execute(f"DELETE FROM {table}")
