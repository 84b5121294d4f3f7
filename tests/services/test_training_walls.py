"""The walls behind the gates: what the database itself gives out about people, whatever the service asks."""

from __future__ import annotations

import httpx
import pytest

from app.db.session import Database, Statement
from app.domain.errors import Forbidden
from app.services.rights import Rights
from app.services.vaulting import Identity
from tests.routers.training import close, get, post, record, session, trainee
from tests.world import World, ident

pytestmark = pytest.mark.anyio

TABLES = ("trainees", "vault", "postings", "training_records", "record_events", "qualifications")


async def counts(database: Database, world: World, account: str) -> dict[str, int]:
    caller = await Rights(database, seconds=0).of(str(world.accounts[account]), str(ident()))
    async with database.transaction(caller, read_only=True) as tx:
        return {name: await tx.value(Statement(f"SELECT count(*) FROM {name}")) for name in TABLES}


async def test_who_gets_rows_about_people(client: httpx.AsyncClient, world: World, database: Database) -> None:
    held = await session(client, world)
    person = await trainee(client, world)
    made = await record(client, world, held["id"], person["id"], until="attended")
    await close(client, world, held)
    assert (await post(client, world, f"/records/{made['id']}/complete", {}, version=4)).status_code == 200
    one = dict.fromkeys(TABLES, 1) | {"record_events": 5}
    nothing = dict.fromkeys(TABLES, 0)
    for account in ("icmpd.training", "italy.manager", "tn.focal", "tn.focal.sfax", "auditor"):
        assert await counts(database, world, account) == one, account
    for account in ("observer", "nobody", "root", "ma.focal", "icmpd.morocco", "icmpd.logistics"):
        assert await counts(database, world, account) == nothing, account
    async with database.transaction(None, read_only=True) as tx:
        for name in TABLES:
            assert await tx.value(Statement(f"SELECT count(*) FROM {name}")) == 0


async def test_events_and_reads_are_never_changed(client: httpx.AsyncClient, world: World, database: Database) -> None:
    person = await trainee(client, world)
    await post(client, world, f"/trainees/{person['id']}/identity", {"purpose": "Attendance sheet"})
    caller = await Rights(database, seconds=0).of(str(world.accounts["icmpd.training"]), str(ident()))
    for statement in (
        "UPDATE record_events SET kind = 'vet'",
        "DELETE FROM record_events",
        "UPDATE identity_reads SET purpose = ''",
        "DELETE FROM identity_reads",
        "DELETE FROM trainees",
        "DELETE FROM vault",
    ):
        with pytest.raises(Forbidden):
            async with database.transaction(caller) as tx:
                await tx.run(Statement(statement))
    assert (await get(client, world, f"/identity-reads?trainee_id={person['id']}", by="auditor")).json()["items"]


async def test_forgetting_needs_an_erasure_and_the_agency(
    client: httpx.AsyncClient, world: World, database: Database
) -> None:
    person = await trainee(client, world, external_id="KEEP-ME")
    forget = Statement("SELECT app.forget_trainees(ARRAY[CAST(:id AS uuid)])")
    kept = Statement("SELECT count(*) FROM revisions WHERE object_id = :id AND after ? 'external_id'")
    caller = await Rights(database, seconds=0).of(str(world.accounts["icmpd.training"]), str(ident()))
    async with database.transaction(caller) as tx:
        await tx.rows(forget, id=person["id"])
        assert await tx.value(kept, id=person["id"]) == 1


def test_a_name_is_not_printed() -> None:
    assert "Somebody" not in repr([Identity(ident(), ident(), "Somebody", None)])
