"""A name is in the vault, sealed, and in the answers of identity reads: nowhere else, whatever happens (DOMAIN 4)."""

from __future__ import annotations

import asyncpg
import httpx
import pytest

from tests.routers.training import API, close, get, patch, post, record, session, trainee
from tests.world import World

pytestmark = pytest.mark.anyio

MARK = "Zyxwvutsrq"
OTHER = "Qrstuvwxyz"
CONTACT = "zyxwvutsrq@example.org"


async def found_in(owner: asyncpg.Connection) -> list[str]:
    """Tables of which a row, as text or as bytes, holds one of the marks."""
    tables = await owner.fetch(
        "SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname IN ('public', 'app')"
    )
    marks = [mark.encode().hex() for text in (MARK, OTHER) for mark in (text, text.lower(), text.upper())]
    hits = []
    for table in tables:
        count = await owner.fetchval(
            f"SELECT count(*) FROM {table['name']} t WHERE t::text ~* $1", f"{MARK}|{OTHER}|{'|'.join(marks)}"
        )
        hits += [table["name"]] if count else []
    return hits


async def journey(client: httpx.AsyncClient, world: World) -> list[httpx.Response]:
    """Everything that has to do with one person, wrong turns included; the answers that may not hold the name."""
    body = {"agency": "AG-TN-SFAX", "grade_band": "officer", "sex": "male", "language": "fr"}
    named = {**body, "name": f"{MARK} Person", "work_contact": CONTACT}
    headers = world.headers("icmpd.training", Idempotency_Key="marked")
    made = await client.post(f"{API}/trainees", json=named, headers=headers)
    assert made.status_code == 201
    path = f"/trainees/{made.json()['id']}"
    held = await session(client, world)
    done = await record(client, world, held["id"], made.json()["id"], until="attended")
    await close(client, world, held)
    looked = {"name": f"{MARK} Person", "agency": "AG-TN-SFAX", "purpose": "Attendance sheet"}
    return [
        made,
        await client.post(f"{API}/trainees", json=named, headers=headers),
        await post(client, world, "/trainees", named),
        await post(client, world, "/trainees", {**named, "name": f"{MARK} 12345678"}),
        await post(client, world, "/trainees", {**named, "sex": MARK, "other": MARK}),
        await post(client, world, "/trainees", {**named, "work_contact": f"{MARK} 12345678"}),
        await post(client, world, "/trainees/search", {**looked, "purpose": f"Where is {MARK} Person?"}),
        await post(client, world, "/trainees/search", {**looked, "agency": "AG-MA-NADOR"}, by="tn.focal"),
        await patch(client, world, path, {"name": f"{OTHER} Person"}, version=9),
        await patch(client, world, path, {"name": f"{OTHER} Person", "agency": "AG-TN-SFAX"}, version=1),
        await post(client, world, f"/records/{done['id']}/complete", {}, version=4),
        await get(client, world, path),
        await get(client, world, "/trainees?format=csv"),
        await get(client, world, "/records?format=jsonl"),
        await get(client, world, "/identity-reads", by="auditor"),
        await post(client, world, f"{path}/erase", version=2),
    ]


async def test_a_name_is_nowhere_but_in_the_vault(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection, capfd: pytest.CaptureFixture[str]
) -> None:
    control = await trainee(client, world, external_id="Control")
    answers = await journey(client, world)
    statuses = [each.status_code for each in answers]
    assert statuses == [201, 303, 409, 422, 422, 422, 422, 422, 412, 200, 200, 200, 200, 200, 200, 200]
    for answer in answers:
        told = answer.text.lower() + str(answer.headers).lower()
        assert MARK.lower() not in told, answer.request.url
        assert OTHER.lower() not in told, answer.request.url
    assert await found_in(owner) == []
    await owner.execute("UPDATE trainees SET external_id = $2 WHERE id = $1", control["id"], f"x{MARK.lower()}")
    assert await found_in(owner) == ["trainees"], "the scan finds what there is to find"
    captured = capfd.readouterr()
    lines = captured.out + captured.err
    assert "trainees" in lines, "the log was captured"
    assert MARK.lower() not in lines.lower()
    assert OTHER.lower() not in lines.lower()
