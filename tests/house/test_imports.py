"""Every resource that has to be imported is; and what is exported comes in again without a change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from app.db.embedded import Embedded
from app.main import create_app
from app.security import keys as key_files
from app.services import demo, demo_access
from app.services.imports_columns import columns_of
from app.services.imports_files import template
from app.services.imports_resources import IMPORTINGS
from app.services.jobs_running import run_one
from app.settings import Settings
from tests.conftest import running
from tests.demo_place import Place, ask_token, make_blank, make_place
from tests.house.background import desk

pytestmark = pytest.mark.anyio

#: Issue 3 of the project names them.
WANTED = {
    "agencies", "sites", "suppliers", "equipment-types", "equipment-models", "equipment", "courses", "sessions",
    "trainees", "records",
}  # fmt: skip
ACCOUNT = demo_access.MANAGER


def test_everything_that_has_to_be_imported_is_declared() -> None:
    assert set(IMPORTINGS) == WANTED


@pytest.mark.parametrize("resource", sorted(WANTED))
def test_columns_are_those_of_the_export(resource: str) -> None:
    importing = IMPORTINGS[resource]
    shown = {cell[0] for column in importing.listing.columns for cell in column.cells or ((column.name, ""),)}
    assert shown <= set(columns_of(importing).cells)
    assert [cell.name for cell in columns_of(importing).template if cell.required]


@pytest.fixture(scope="module")
def place(cluster: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The demo world."""
    asyncio.run(make_blank(cluster))
    made = asyncio.run(make_place(cluster, "demo_imports", tmp_path_factory.mktemp("demo")))
    asyncio.run(made.build())
    return made


def settings_of(place: Place) -> Settings:
    worker = SecretStr(place.cluster.dsn("worker", place.name))
    return place.settings().model_copy(update={"database_worker_url": worker, "data": place.folder / "data"})


@pytest.fixture(scope="module")
def token(place: Place) -> str:
    """A person's token, asked for once: a password is slow to look at, on purpose."""
    settings = settings_of(place)

    async def ask() -> str:
        async with running(create_app(settings)) as client:
            entry = next(each for each in demo.credentials(settings) if each.get("account_name") == ACCOUNT)
            return str((await ask_token(client, entry)).json()["access_token"])

    return asyncio.run(ask())


@pytest.fixture
async def demo_client(place: Place, token: str) -> AsyncIterator[httpx.AsyncClient]:
    async with running(create_app(settings_of(place))) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
@pytest.mark.parametrize("resource", sorted(WANTED))
async def test_an_export_comes_in_again_without_a_change(
    demo_client: httpx.AsyncClient, place: Place, resource: str, form: str
) -> None:
    settings = settings_of(place)
    exported = await demo_client.get(f"/api/v1/{resource}?format={form}", headers={"Accept-Language": "fr"})
    assert exported.status_code == 200
    listed = await demo_client.get(f"/api/v1/{resource}?limit=1&total=exact")
    rows = listed.json()["page"]["total"]
    assert rows > 1
    answer = await demo_client.post(
        "/api/v1/imports",
        files={"file": (f"{resource}.{form}", exported.content)},
        data={"resource": resource, "mode": "commit"},
    )
    assert answer.status_code == 202, answer.text
    async with desk(settings, key_files.load(settings.secrets_dir)) as here:
        assert await run_one(here)
    found = (await demo_client.get(f"/api/v1/imports/{answer.json()['id']}")).json()
    faults = (await demo_client.get(f"/api/v1/imports/{answer.json()['id']}/faults?limit=5")).json()["items"]
    changes = (await demo_client.get(f"/api/v1/imports/{answer.json()['id']}/changes?outcome=changed")).json()["items"]
    assert (faults, changes[:3], found["state"]) == ([], [], "committed")
    assert (found["unchanged"], found["created"], found["changed"]) == (found["rows"], 0, 0)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("resource", sorted(WANTED))
async def test_a_template_is_an_empty_file(
    demo_client: httpx.AsyncClient, place: Place, resource: str, form: str
) -> None:
    settings = settings_of(place)
    answer = await demo_client.get(f"/api/v1/imports/templates/{resource}?format={form}")
    assert answer.content[:3] == template(resource, form)[0][:3]
    answer = await demo_client.post(
        "/api/v1/imports", files={"file": (f"x.{form}", answer.content)}, data={"resource": resource}
    )
    async with desk(settings, key_files.load(settings.secrets_dir)) as here:
        assert await run_one(here)
    found = (await demo_client.get(f"/api/v1/imports/{answer.json()['id']}")).json()
    assert (found["state"], found["rows"], found["faults"]) == ("valid", 0, 0)
