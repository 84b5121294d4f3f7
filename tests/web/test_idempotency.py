from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.db.session import Database, Statement, Tx
from app.services.rights import Rights
from app.web.idempotency import _FIND, Idempotency
from tests.world import World, ident

pytestmark = pytest.mark.anyio

PROBES = "/api/v1/probes"
BODY = {"label": "one"}


@pytest.fixture(autouse=True)
async def empty(probes: httpx.AsyncClient, owner: asyncpg.Connection) -> None:
    await owner.execute("TRUNCATE probes; TRUNCATE idempotency_keys; ALTER SEQUENCE tries RESTART")


@pytest.fixture
def keyed(writer: dict[str, str]) -> dict[str, str]:
    return writer | {"idempotency-key": "k-1"}


async def count(owner: asyncpg.Connection) -> int:
    found: int = await owner.fetchval("SELECT count(*) FROM probes")
    return found


async def test_a_retry_repeats_the_answer_and_not_the_effect(
    probes: httpx.AsyncClient, keyed: dict[str, str], owner: asyncpg.Connection
) -> None:
    first = await probes.post(PROBES, json=BODY, headers=keyed)
    again = await probes.post(PROBES, json=BODY, headers=keyed)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await count(owner) == 1


async def test_the_key_commits_with_its_effect(
    probes: httpx.AsyncClient, keyed: dict[str, str], world: World, owner: asyncpg.Connection
) -> None:
    made = await probes.post(PROBES, json=BODY, headers=keyed)
    row = await owner.fetchrow(
        "SELECT caller_id, operation, key, status, answer, xmin::text, "
        "(SELECT xmin::text FROM probes) AS effect FROM idempotency_keys"
    )
    assert row is not None
    assert row["xmin"] == row["effect"]
    assert (row["caller_id"], row["operation"], row["key"]) == (
        world.accounts["icmpd.logistics"],
        "probes_create_probe",
        "k-1",
    )
    assert (row["status"], bytes(row["answer"])) == (201, made.content)


async def test_another_request_with_the_same_key_is_refused(
    probes: httpx.AsyncClient, keyed: dict[str, str], owner: asyncpg.Connection
) -> None:
    await probes.post(PROBES, json=BODY, headers=keyed)
    other = await probes.post(PROBES, json={"label": "two"}, headers=keyed)
    invalid = await probes.post(PROBES, json={"label": ""}, headers=keyed)
    for answer in (other, invalid):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await count(owner) == 1


async def test_keys_belong_to_one_caller_and_one_operation(
    probes: httpx.AsyncClient, keyed: dict[str, str], world: World, owner: asyncpg.Connection
) -> None:
    await probes.post(PROBES, json=BODY, headers=keyed)
    stranger = world.headers("italy.logistics") | {"idempotency-key": "k-1"}
    assert "idempotency-replayed" not in (await probes.post(PROBES, json=BODY, headers=stranger)).headers
    elsewhere = await probes.post(f"{PROBES}/batch", json=BODY, headers=keyed)
    assert (elsewhere.status_code, "idempotency-replayed" in elsewhere.headers) == (200, False)
    assert await count(owner) == 3


async def test_refusals_are_not_kept(
    probes: httpx.AsyncClient, keyed: dict[str, str], owner: asyncpg.Connection
) -> None:
    assert (await probes.post(PROBES, json={"label": ""}, headers=keyed)).status_code == 422
    assert (await probes.post(f"{PROBES}/clash", headers=keyed)).status_code == 409
    assert await owner.fetchval("SELECT count(*) FROM idempotency_keys") == 0
    assert (await probes.post(PROBES, json=BODY, headers=keyed)).status_code == 201


async def test_who_may_not_do_it_does_not_learn_that_it_was_done(
    probes: httpx.AsyncClient, keyed: dict[str, str], world: World
) -> None:
    await probes.post(PROBES, json=BODY, headers=keyed)
    token = world.token("icmpd.logistics", frozenset({"equipment:read"}))
    answer = await probes.post(PROBES, json=BODY, headers=keyed | {"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_a_key_that_is_being_worked_on_is_told_at_once(
    probes: httpx.AsyncClient, keyed: dict[str, str], world: World, owner: asyncpg.Connection, database: Database
) -> None:
    """Another process holds the lock of the same key, and has not committed yet."""
    request = Idempotency(world.accounts["icmpd.logistics"], "probes_create_probe", "k-1", b"", _lock(world), PROBES)
    caller = await Rights(database, seconds=0).of(str(request.caller_id), str(ident()))
    tx = Tx(database, caller)
    try:
        row = await tx.row(
            _FIND, lock=request.lock, caller_id=request.caller_id, operation=request.operation, key=request.key
        )  # fmt: skip
        assert row is not None
        assert row["free"] is True
        answer = await probes.post(PROBES, json=BODY, headers=keyed)
        assert (answer.status_code, answer.json()["code"]) == (409, "still_running")
    finally:
        await tx.close()
    assert (await probes.post(PROBES, json=BODY, headers=keyed)).status_code == 201
    assert await count(owner) == 1


async def test_a_claim_reads_no_key_but_its_own(world: World, database: Database, owner: asyncpg.Connection) -> None:
    """Compared by another collation, the index would find a caller's operation only: all keys used so far.

    Planned while the table is empty, as after a night, nothing else would take the index at all.
    """
    await owner.execute("DELETE FROM idempotency_keys")
    await owner.execute("VACUUM (ANALYZE) idempotency_keys")
    account = world.accounts["icmpd.logistics"]
    tx = Tx(database, await Rights(database, seconds=0).of(str(account), str(ident())))
    keys = [Idempotency(account, "probes_create_probe", f"k-{number}", b"", number, PROBES) for number in range(100)]
    kept = (key.keeping(201, {}, b"", None).rstrip(";") for key in keys[:-1])
    read = Statement(
        "SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'idempotency_keys'"
    )
    try:
        connection = await tx.connection
        await connection.execute(keys[-2].claim.removeprefix(";"))  # planned while there are hardly any
        for statement in kept:
            await connection.execute(statement)
        before = await tx.value(read)
        await connection.execute(keys[-1].claim.removeprefix(";"))
        assert await tx.value(read) == before
        with pytest.raises(asyncpg.PostgresError, match="this key was used before"):
            await connection.execute(keys[3].claim.removeprefix(";"))
    finally:
        await tx.close()


def _lock(world: World) -> int:
    from hashlib import blake2b  # noqa: PLC0415 - the formula that old and new processes share, spelt out once

    name = f"{world.accounts['icmpd.logistics']}|probes_create_probe|k-1"
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


@pytest.mark.parametrize("path", [PROBES, f"{PROBES}/batch"])
async def test_ten_at_once_have_one_effect(
    probes: httpx.AsyncClient, keyed: dict[str, str], owner: asyncpg.Connection, path: str
) -> None:
    answers = await asyncio.gather(*(probes.post(path, json=BODY, headers=keyed) for _ in range(10)))
    assert await count(owner) == 1
    done = [a for a in answers if a.is_success]
    assert {a.content for a in done} == {done[0].content}
    assert {a.json()["code"] for a in answers if not a.is_success} <= {"still_running"}


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "k" * 201, "tab\there"])
async def test_keys_are_visible_ascii(probes: httpx.AsyncClient, writer: dict[str, str], key: str) -> None:
    headers = httpx.Headers({**writer, "idempotency-key": key}, encoding="utf-8")
    answer = await probes.post(PROBES, json=BODY, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


async def test_operations_with_secrets_take_no_key(probes: httpx.AsyncClient, keyed: dict[str, str]) -> None:
    answer = await probes.post(f"{PROBES}/token", json=BODY, headers=keyed)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_not_supported")


@pytest.mark.parametrize("path", [f"{PROBES}/private", f"{PROBES}/large"])
async def test_private_and_large_answers_are_not_kept_only_pointed_at(
    probes: httpx.AsyncClient, keyed: dict[str, str], owner: asyncpg.Connection, path: str
) -> None:
    first = await probes.post(path, json=BODY, headers=keyed)
    again = await probes.post(path, json=BODY, headers=keyed, follow_redirects=False)
    assert (first.status_code, again.status_code) == (201, 303)
    assert again.headers["location"] == first.headers["location"]
    assert again.content == b""
    assert await owner.fetchval("SELECT length(answer) FROM idempotency_keys") == 0
    assert await count(owner) == 1


async def test_a_replay_ends_when_the_object_is_out_of_sight(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    """A real resource: the site stays where it is, the component leaves the caller's sight."""
    headers = world.headers("icmpd.manager") | {"idempotency-key": "site-1"}
    body = {
        "reference": "SITE-QUAY",
        "names": {"en": "New quay"},
        "kind": "port",
        "organisation": "ORG-TN-COAST-GUARD",
        "agency": "AG-TN-SFAX",
        "country": "TN",
    }
    made = await client.post("/api/v1/sites", json=body, headers=headers)
    assert made.status_code == 201, made.text
    again = await client.post("/api/v1/sites", json=body, headers=headers)
    assert (again.headers["idempotency-replayed"], again.content) == ("true", made.content)
    await owner.execute("UPDATE delegations SET ends_at = now() WHERE component_id = $1", world["tunisia"])
    try:
        gone = await client.post("/api/v1/sites", json=body, headers=headers)
        assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
    finally:
        await owner.execute("UPDATE delegations SET ends_at = NULL")


async def test_a_step_without_location_is_replayed_too(
    probes: httpx.AsyncClient, writer: dict[str, str], owner: asyncpg.Connection
) -> None:
    made = await probes.post(PROBES, json=BODY, headers=writer)
    path = f"{PROBES}/{made.json()['id']}/touch"
    headers = writer | {"idempotency-key": "touch"}
    first = await probes.post(path, headers=headers)
    again = await probes.post(path, headers=headers)
    assert first.json() == again.json() == {"id": made.json()["id"], "label": "one", "version": 2}
    assert await owner.fetchval("SELECT version FROM probes") == 2


async def test_answers_about_many_objects_are_replayed_while_sight_is_the_same(
    probes: httpx.AsyncClient, keyed: dict[str, str], world: World, owner: asyncpg.Connection
) -> None:
    first = await probes.post(f"{PROBES}/batch", json=BODY, headers=keyed)
    again = await probes.post(f"{PROBES}/batch", json=BODY, headers=keyed)
    assert first.json() == again.json() == {"label": "one"}
    assert again.headers["idempotency-replayed"] == "true"
    await owner.execute("UPDATE delegations SET ends_at = now() WHERE component_id = $1", world["morocco"])
    try:
        gone = await probes.post(f"{PROBES}/batch", json=BODY, headers=keyed)
        assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
    finally:
        await owner.execute("UPDATE delegations SET ends_at = NULL")


async def test_a_key_that_was_used_meanwhile_undoes_the_second_effect(
    probes: httpx.AsyncClient, keyed: dict[str, str], owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who took no lock kept an answer after the claim: the message that would commit fails as a whole."""
    first = await probes.post(PROBES, json=BODY, headers=keyed)
    await owner.execute("CREATE TEMP TABLE aside AS SELECT * FROM idempotency_keys; TRUNCATE idempotency_keys, probes")
    commit = Tx.commit

    async def late(tx: Tx) -> None:
        await owner.execute("INSERT INTO idempotency_keys SELECT * FROM aside ON CONFLICT DO NOTHING")
        await commit(tx)

    monkeypatch.setattr(Tx, "commit", late)
    try:
        second = await probes.post(PROBES, json=BODY, headers=keyed)
    finally:
        await owner.execute("DROP TABLE aside")
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["idempotency-replayed"] == "true"
    assert await count(owner) == 0


async def test_a_key_survives_a_lost_commit(
    probes: httpx.AsyncClient, keyed: dict[str, str], owner: asyncpg.Connection
) -> None:
    lost = await probes.post(PROBES, json={"label": "cut at commit"}, headers=keyed)
    assert (lost.status_code, lost.json()["code"]) == (503, "outcome_unknown")
    assert await count(owner) == 0
    await owner.execute("ALTER TABLE probes DISABLE TRIGGER cut")
    try:
        again = await probes.post(PROBES, json={"label": "cut at commit"}, headers=keyed)
        assert (again.status_code, "idempotency-replayed" in again.headers) == (201, False)
    finally:
        await owner.execute("ALTER TABLE probes ENABLE TRIGGER cut")
    assert UUID(again.json()["id"])
