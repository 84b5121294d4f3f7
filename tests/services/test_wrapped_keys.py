"""A new key-encryption key wraps every key there is, wherever it lies; what they sealed opens as before."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.security import keys as key_files
from app.security import vault
from app.security.keys import Keys
from app.services import imports_store, wrapped_keys
from app.services.wrapped_keys import WRAPPED
from app.settings import Settings
from tests.importing import Importer
from tests.routers.training import post, trainee
from tests.world import World

pytestmark = pytest.mark.anyio


async def test_every_key_is_wrapped_anew_and_opens_the_same(
    client: httpx.AsyncClient,
    world: World,
    settings: Settings,
    keys: Keys,
    owner: asyncpg.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wrapped_keys, "BATCH", 2)
    people = [await trainee(client, world, name=f"Rotated Person {letter}") for letter in "abcde"]
    gone = people.pop()["id"]
    assert (await post(client, world, f"/trainees/{gone}/erase", version=1)).status_code == 200
    hook = {"url": "https://receiver.example/bmp", "resources": ["sites"]}
    assert (await post(client, world, "/webhooks", hook)).status_code == 201
    made = (await Importer(client, world, settings, keys).upload(b"reference\nSUP-1\n", "suppliers")).json()

    old = keys.newest_kek()[0]
    before = (await wrapped_keys.in_use(owner))[old]
    assert set(before) == {each.whose for each in WRAPPED}, "one of each is needed here"
    assert before["imported files"] == 1

    folder = tmp_path / "secrets"
    shutil.copytree(settings.secrets_dir, folder)
    folder.chmod(0o700)
    key_files.rotate_vault(folder)
    rotated = key_files.load(folder)
    seen: list[int] = []
    assert await wrapped_keys.rewrap(owner, rotated, progress=seen.append) == before.total()
    assert seen == sorted(seen)
    assert seen[-1] == before.total()
    assert await wrapped_keys.in_use(owner) == {rotated.newest_kek()[0]: before}
    assert await wrapped_keys.rewrap(owner, rotated) == 0

    key_files.retire_vault(folder, old)
    await _everything_opens(owner, key_files.load(folder), settings, people, UUID(made["id"]))
    assert await owner.fetchval("SELECT wrapped_key FROM vault WHERE trainee_id = $1", UUID(gone)) is None


async def _everything_opens(
    owner: asyncpg.Connection, keys: Keys, settings: Settings, people: list[dict[str, Any]], import_id: UUID
) -> None:
    """With nothing but the newest key."""
    for person, letter in zip(people, "abcd", strict=True):
        row = await owner.fetchrow("SELECT * FROM vault WHERE trainee_id = $1", UUID(person["id"]))
        assert row["key_version"] == keys.newest_kek()[0]
        place: Any = {"table": "vault", "column": "sealed_name", "row_id": row["trainee_id"]}
        name = vault.unseal(keys, wrapped=row["wrapped_key"], sealed=row["sealed_name"], **place)
        assert name == f"Rotated Person {letter}"
    row = await owner.fetchrow("SELECT * FROM webhook_secrets")
    place = {"table": "webhook_secrets", "column": "sealed_secret", "row_id": row["id"]}
    assert vault.unseal(keys, wrapped=row["wrapped_key"], sealed=row["sealed_secret"], **place)
    row = await owner.fetchrow("SELECT * FROM imports WHERE id = $1", import_id)
    assert imports_store.opened(settings, keys, row).read() == b"reference\nSUP-1\n"
