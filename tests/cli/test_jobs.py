"""`bmp jobs`: dead letters are seen, tried again, cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from typer.testing import CliRunner

from app.cli.root import cli
from app.settings import Settings
from tests.cli.conftest import Answer, bmp

Run = Callable[..., Answer]


@pytest.fixture
def jobs(settings: Settings, owner_dsn: str) -> dict[str, UUID]:
    """One job in each of three states."""

    async def make() -> dict[str, UUID]:
        connection = await asyncpg.connect(owner_dsn)
        made = {state: uuid4() for state in ("queued", "running", "dead")}
        try:
            await connection.execute("DELETE FROM jobs")
            for state, ident in made.items():
                await connection.execute(
                    "INSERT INTO jobs (id, kind, scopes, max_attempts, state, problem) "
                    "VALUES ($1, 'test.kind', '{}', 3, $2, CASE WHEN $2 = 'dead' THEN $3::jsonb END)",
                    ident,
                    state,
                    '{"code": "internal", "detail": "Something went wrong on our side"}',
                )
                await connection.execute("INSERT INTO job_details (job_id) VALUES ($1)", ident)
        finally:
            await connection.close()
        return made

    return asyncio.run(make())


@pytest.fixture
def run(settings: Settings) -> Run:
    urls = {
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url,
    }
    environment: dict[str, Any] = {name: url.get_secret_value() for name, url in urls.items() if url is not None}
    environment["BMP_SECRETS"] = str(settings.secrets_dir)

    def command(*arguments: object) -> Answer:
        return bmp("jobs", *arguments, environment=environment)

    return command


def state(run: Run, ident: UUID) -> str:
    shown = run("show", ident)
    assert shown.code == 0
    return str(shown.facts["state"])


def test_dead_letters_are_seen_and_tried_again(run: Run, jobs: dict[str, UUID]) -> None:
    assert len(run("list").facts["items"]) == 3
    assert len(run("list", "--kind", "other").facts["items"]) == 0
    (dead,) = run("list", "--state", "dead").facts["items"]
    assert (dead["id"], dead["problem"]["code"]) == (str(jobs["dead"]), "internal")
    assert run("retry", jobs["dead"]).facts == {"id": str(jobs["dead"]), "was": "dead", "state": "queued"}
    assert state(run, jobs["dead"]) == "queued"
    refused = run("retry", jobs["dead"])
    assert refused.code == 1
    assert "only a job that failed or is dead" in refused.sentence


def test_jobs_are_cancelled(run: Run, jobs: dict[str, UUID]) -> None:
    assert run("cancel", jobs["queued"]).facts["outcome"] == "cancelled"
    assert state(run, jobs["queued"]) == "cancelled"
    assert run("cancel", jobs["running"]).facts["outcome"] == "requested"
    assert run("show", jobs["running"]).facts["cancel_requested"] is True
    refused = run("cancel", jobs["dead"])
    assert (refused.code, "it is dead" in refused.sentence) == (1, True)


def test_a_job_whose_work_goes_on_in_another_is_not_tried_again(
    run: Run, jobs: dict[str, UUID], owner_dsn: str
) -> None:
    async def same_key() -> None:
        connection = await asyncpg.connect(owner_dsn)
        try:
            await connection.execute("UPDATE jobs SET unique_key = 'once' WHERE state IN ('dead', 'running')")
        finally:
            await connection.close()

    asyncio.run(same_key())
    refused = run("retry", jobs["dead"])
    assert (refused.code, refused.sentence) == (
        1, f"bmp: job {jobs['running']} is doing the same: wait for it or cancel it",
    )  # fmt: skip
    assert state(run, jobs["dead"]) == "dead"


def test_the_table_says_what_a_job_is_at_and_what_waits_for_its_lane(
    settings: Settings, jobs: dict[str, UUID], owner_dsn: str
) -> None:
    async def under_way() -> None:
        connection = await asyncpg.connect(owner_dsn)
        try:
            await connection.execute("UPDATE jobs SET phase = 'waiting' WHERE state = 'queued'")
            await connection.execute("UPDATE jobs SET phase = 'rows', done = 5, total = 9 WHERE state = 'running'")
            await connection.execute("UPDATE jobs SET phase = 'rows', attempts = 3 WHERE state = 'dead'")
        finally:
            await connection.close()

    asyncio.run(under_way())
    assert settings.database_owner_url is not None
    environment = {
        "DATABASE_URL": owner_dsn,
        "DATABASE_OWNER_URL": settings.database_owner_url.get_secret_value(),
        "BMP_SECRETS": str(settings.secrets_dir),
    }
    shown = CliRunner().invoke(cli, ["jobs", "list"], env=environment).stdout.splitlines()
    assert sorted(line[38:] for line in shown) == [
        "dead      test.kind  attempt 3 of 3  internal: Something went wrong on our side",
        "queued    test.kind waiting  attempt 0 of 3",
        "running   test.kind rows 5/9  attempt 0 of 3",
    ]


@pytest.mark.parametrize("command", ["show", "retry", "cancel"])
def test_what_is_no_job_is_said(run: Run, jobs: dict[str, UUID], command: str) -> None:
    unknown = run(command, uuid4())
    assert (unknown.code, "there is no job" in unknown.sentence) == (1, True)
    wrong = run(command, "not-an-id")
    assert (wrong.code, wrong.sentence) == (1, "bmp: a job is named by its id")
