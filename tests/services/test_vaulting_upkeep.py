"""The vault's upkeep, run as the owner: erasures replayed after a restore, indexes made anew."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.security.keys import Keys
from app.services import vaulting_upkeep
from app.services.vaulting import Identity
from tests.routers.training import get, post, trainee
from tests.world import World

pytestmark = pytest.mark.anyio


async def test_a_restore_brings_nobody_back(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    person = await trainee(client, world, external_id="BACK-UP")
    key = UUID(person["id"])
    before = await owner.fetchrow("SELECT * FROM vault WHERE trainee_id = $1", key)
    assert (await post(client, world, f"/trainees/{key}/erase", version=1)).status_code == 200
    assert await vaulting_upkeep.complete_tombstones(owner, tmp_path) >= 1
    assert await vaulting_upkeep.complete_tombstones(owner, tmp_path) == 0
    listed = (tmp_path / "erasures.jsonl").read_bytes()
    assert str(key).encode() in listed
    # What a backup from before the erasure would hold:
    await owner.execute(
        "UPDATE vault SET wrapped_key = $2, sealed_name = $3, blind_index = $4, erased_at = NULL WHERE trainee_id = $1",
        key,
        before["wrapped_key"],
        before["sealed_name"],
        before["blind_index"],
    )
    await owner.execute("UPDATE trainees SET erased_at = NULL, external_id = 'BACK-UP' WHERE id = $1", key)
    (tmp_path / "erasures.jsonl").write_bytes(listed + b'{"trainee_id":"cut sho')
    assert await vaulting_upkeep.replay_erasures(owner, tmp_path) == 1
    after = await owner.fetchrow("SELECT * FROM vault WHERE trainee_id = $1", key)
    assert [after[name] for name in ("wrapped_key", "sealed_name", "sealed_contact", "blind_index")] == [None] * 4
    shown = (await get(client, world, f"/trainees/{key}")).json()
    assert (shown["external_id"], shown["erased_at"] is not None) == (None, True)
    assert await owner.fetchval("SELECT count(*) FROM revisions WHERE after::text LIKE '%BACK-UP%'") == 0
    assert await vaulting_upkeep.replay_erasures(owner, tmp_path) == 0
    assert await vaulting_upkeep.replay_erasures(owner, tmp_path / "nowhere") == 0


async def test_a_tombstone_after_a_cut_line_is_read(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    path.write_bytes(b'{"trainee_id":"cut sho')
    key = UUID("3f3b6d7e-3b0c-4b61-9d1c-0d6a7b1f2a11")
    line = {"trainee_id": str(key), "erased_at": "2026-01-02T03:04:05+00:00"}
    vaulting_upkeep._append(path, [line])
    assert list(vaulting_upkeep._read(path)) == [key]


async def test_an_agency_that_changed_its_tree_is_indexed_anew(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection, keys: Keys
) -> None:
    person = await trainee(client, world, name="Indexed Person", agency="AG-TN-ZARZIS", posting=None)
    wanted = {"name": "Indexed Person", "agency": "AG-TN-ZARZIS", "purpose": "Attendance sheet"}

    async def found() -> list[str]:
        answer = await post(client, world, "/trainees/search", wanted, by="tn.focal")
        return [each["trainee"]["id"] for each in answer.json()["items"]]

    assert await found() == [person["id"]]
    ministry = await owner.fetchval(
        "INSERT INTO agencies (id, reference, organisation_id, country, name_en) "
        "VALUES (gen_random_uuid(), 'AG-TOP', $1, 'TN', 'Ministry') RETURNING id",
        world["tn-coast-guard"],
    )
    await owner.execute("UPDATE agencies SET parent_id = $2 WHERE id = $1", world["tn-directorate"], ministry)
    assert await found() == [person["id"]], "growing upwards needs no new indexes"
    await vaulting_upkeep.reindex(owner, keys)
    assert await found() == [person["id"]]
    assert await vaulting_upkeep.reindex(owner, keys) == 0


def test_an_identity_does_not_print_itself() -> None:
    key = UUID(int=7)
    assert repr(Identity(key, key, "Somebody", "somebody@example.org")) == f"Identity({key})"
