"""Dockerfile, compose.yaml and the script of roles: read here, because no container runs in these tests."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml  # type: ignore[import-untyped] # comes with schemathesis, without types
from typer.main import get_command

from app.cli.root import cli
from app.db.embedded import TEST_SETTINGS, Embedded, binaries
from app.db.migrating import migrate
from app.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if name != "database"}


def instructions(word: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.split(None, 1)[1] for line in joined.splitlines() if line.startswith(f"{word} ")]


def test_two_stages_and_nobody_is_root() -> None:
    assert len(instructions("FROM")) == 2
    assert instructions("USER") == ["10001:10001"]
    assert DOCKERFILE.index("USER 10001") > DOCKERFILE.rindex("RUN "), "and nothing is done as root after it"
    assert "--require-hashes" in instructions("RUN")[1]
    assert "/livez" in instructions("HEALTHCHECK")[0]


def test_what_is_copied_is_there_and_not_ignored() -> None:
    ignored = set((ROOT / ".dockerignore").read_text().split())
    sources = [word for line in instructions("COPY") if "--from" not in line for word in line.split()[:-1]]
    assert sources
    assert [name for name in sources if not (ROOT / name).exists() or name in ignored] == []


def test_every_command_is_one_of_bmps() -> None:
    known: Any = get_command(cli)
    entry, default = json.loads(instructions("ENTRYPOINT")[0]), json.loads(instructions("CMD")[0])
    assert entry == ["bmp"]
    for words in [default, *(service["command"] for service in OURS.values())]:
        command = known
        for word in words:
            assert word in command.commands, words
            command = command.commands[word]


def test_every_variable_is_a_setting() -> None:
    known = {
        field.validation_alias if isinstance(field.validation_alias, str) else f"BMP_{name.upper()}"
        for name, field in Settings.model_fields.items()
    }
    given = set(re.findall(r"\b(?:BMP|DATABASE)_[A-Z_]+(?==)", DOCKERFILE))
    for service in OURS.values():
        given |= set(service["environment"])
    assert given - known == set()
    assert {"DATABASE_URL", "BMP_SECRETS"} <= given


def test_each_service_has_the_roles_that_it_needs_and_no_other() -> None:
    roles = {
        name: {url.split("//")[1].split(":")[0] for key, url in service["environment"].items() if "DATABASE" in key}
        for name, service in OURS.items()
    }
    assert roles == {
        "keys": {"bmp_app"},
        "migrate": {"bmp_app", "bmp_owner"},
        "seed": {"bmp_app", "bmp_owner"},
        "api": {"bmp_app"},
        "worker": {"bmp_app", "bmp_worker"},
    }


def test_it_starts_in_order() -> None:
    after = {name: set(service.get("depends_on", ())) for name, service in OURS.items()}
    assert after == {
        "keys": set(),
        "migrate": {"database", "keys"},
        "seed": {"migrate"},
        "api": {"migrate"},
        "worker": {"migrate"},
    }
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / "docs/guides/compose.env.example").read_text(), re.MULTILINE))
    assert asked == named


@pytest.mark.parametrize("who", ["postgres", "clerk"])
def test_the_script_of_roles_prepares_a_server(root: Path, who: str) -> None:
    """On a server without our roles, as its superuser and as somebody who may only make roles and databases."""
    with Embedded(root / f"roles-{who}", 18, TEST_SETTINGS) as server:
        admin = server.dsn("postgres", "postgres")
        asyncio.run(forget_roles(admin))
        environment = {
            "PATH": f"{binaries(18)}:{os.environ['PATH']}",
            "PGHOST": str(server.folder.socket_folder),
            "PGUSER": who,
            "PGPASSWORD": server.folder.make_password("postgres") if who == "postgres" else "clerk-secret",
            "PGDATABASE": "postgres",
            "OWNER_PASSWORD": "o'wner",
            "APP_PASSWORD": "app",
            "WORKER_PASSWORD": "worker",
        }
        for _ in range(2):
            done = subprocess.run(  # noqa: S603 - a script of our own
                ["sh", str(ROOT / "docs/guides/roles.sh")],  # noqa: S607 - as the guide says it
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        socket = f"?host={server.folder.socket_folder}&port=5432"
        migrate(f"postgresql://bmp_owner:o%27wner@/bmp{socket}")
        assert asyncio.run(seen(f"postgresql://bmp_app:app@/bmp{socket}")) == ("bmp_app", 0)
        assert asyncio.run(seen(f"postgresql://bmp_worker:worker@/bmp{socket}")) == ("bmp_worker", 0)


async def forget_roles(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("DROP DATABASE bmp")
        for role in ("bmp_app", "bmp_worker", "bmp_owner"):
            await connection.execute(f"DROP OWNED BY {role}")
            await connection.execute(f"DROP ROLE {role}")
        await connection.execute("CREATE ROLE clerk LOGIN CREATEROLE CREATEDB PASSWORD 'clerk-secret'")
        await connection.execute("GRANT CONNECT ON DATABASE postgres TO clerk")
    finally:
        await connection.close()


async def seen(url: str) -> tuple[str, int]:
    connection = await asyncpg.connect(url)
    try:
        return (
            await connection.fetchval("SELECT session_user::text"),
            await connection.fetchval("SELECT count(*) FROM organisations"),
        )
    finally:
        await connection.close()
