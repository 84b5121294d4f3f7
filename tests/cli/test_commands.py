"""Accounts, clients, vault, keys, doctor by command: as people at the machine use them, against a real deployment."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from rich.console import Console
from rich.text import Text
from typer.main import get_command
from typer.testing import CliRunner

from app.cli import reach
from app.cli.banner import banner
from app.cli.root import cli
from app.db.embedded import TEST_SETTINGS, Embedded
from app.db.migrating import head
from app.security import keys as key_files
from app.security.tokens import hash_secret
from app.settings import Settings
from tests.cli.conftest import Answer, bmp
from tests.cli.test_backup import add_person, name_of

NEWEST = head()


@dataclass
class Deployment:
    server: Embedded

    def run(self, *arguments: object, **more: Any) -> Answer:
        return bmp(*arguments, "--data", self.server.folder.root, **more)

    def sql(self, query: str, *values: Any) -> list[asyncpg.Record]:
        async def fetch() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(self.server.dsn("owner"))
            try:
                return list(await connection.fetch(query, *values))
            finally:
                await connection.close()

        return asyncio.run(fetch())


@pytest.fixture(scope="module")
def place(root: Path) -> Iterator[Deployment]:
    """Made by the commands themselves, and then kept running so that each of them takes less time."""
    data = root / "data"
    assert bmp("migrate", "--data", data).facts == {"revision": head()}
    with Embedded(data, 18, TEST_SETTINGS) as server:
        yield Deployment(server)


def test_seeding_twice_adds_nothing(place: Deployment) -> None:
    first = place.run("seed")
    assert (first.code, first.facts["components"], first.facts["equipment_types"]) == (0, 2, 32)
    again = place.run("seed")
    assert (again.code, set(again.facts.values())) == (0, {0})


def test_the_first_administrator_and_whom_it_invites(place: Deployment) -> None:
    nobody = place.run("account", "list")
    sentence = "bmp: There is no administrator yet: bmp account create --administrator makes the first one."
    assert (nobody.code, nobody.sentence) == (1, sentence)
    made = place.run("account", "create", "first.admin", "--administrator", "--organisation", "ORG-ICMPD")
    assert made.code == 0, made.said
    assert made.facts == {
        "account_name": "first.admin",
        "kind": "invitation",
        "secret": made.facts["secret"],
        "expires_at": made.facts["expires_at"],
        "redeem_at": "http://127.0.0.1:8000/api/v1/oauth/redeem",
    }
    stored = place.sql(
        "SELECT kind, used_at FROM one_time_links WHERE secret_hash = $1", hash_secret(made.facts["secret"])
    )
    assert [tuple(row) for row in stored] == [("invitation", None)]
    kinds = place.sql("SELECT kind FROM security_log ORDER BY recorded_at")
    assert [row[0] for row in kinds] == ["account.created", "grant.added"]
    taken = place.run("account", "create", "first.admin", "--administrator", "--organisation", "ORG-ICMPD")
    assert (taken.code, taken.sentence) == (1, "bmp: This account name is already used.")
    strange = place.run("account", "create", "other.admin", "--administrator", "--organisation", "ORG-NONE")
    assert strange.sentence == "bmp: There is nothing with this reference among organisations."
    homeless = place.run("account", "create", "other.admin", "--administrator")
    assert homeless.sentence == "bmp: name the organisation of the administrator: --organisation ORG-ICMPD"

    manager = place.run(
        *("account", "create", "it.manager", "--organisation", "ORG-MOI-IT", "--display-name", "Synthetic Manager"),
        *("--role", "programme_manager", "--role", "auditor"),
    )
    assert (manager.code, manager.facts["kind"]) == (0, "invitation"), manager.said
    listed = place.run("account", "list").facts
    assert [(row["account_name"], row["has_password"], row["active"]) for row in listed] == [
        ("it.manager", False, True),
        ("first.admin", False, True),
    ]
    assert [grant["role"] for grant in listed[0]["grants"]] == ["programme_manager", "auditor"]
    text = CliRunner().invoke(cli, ["account", "list", "--data", str(place.server.folder.root)]).stdout
    assert "it.manager" in text
    assert "programme_manager, auditor" in text
    assert "ORG-MOI-IT" in text


def test_new_links_end_old_ones_and_resets_need_a_password(place: Deployment) -> None:
    before = place.sql("SELECT secret_hash FROM one_time_links ORDER BY created_at")
    again = place.run("account", "invite", "it.manager")
    assert (again.code, again.facts["kind"]) == (0, "invitation"), again.said
    after = place.sql("SELECT secret_hash FROM one_time_links ORDER BY created_at")
    assert len(after) == len(before)
    assert after[-1]["secret_hash"] == hash_secret(again.facts["secret"])
    reset = place.run("account", "invite", "it.manager", "--reset")
    assert reset.sentence == "bmp: This account has no password yet; what it needs is an invitation."
    unknown = place.run("account", "invite", "nobody.there")
    assert unknown.code == 1


def test_wrong_values_are_sentences(place: Deployment) -> None:
    answers = [
        place.run("account", "create", "X"),
        place.run("account", "create", "fine.name", "--role", "emperor"),
        place.run("account", "create", "fine.name", "--organisation", "ORG-NONE"),
        place.run("account", "list", "--as", "nobody.there"),
        place.run("client", "create", "Script", "--scope", "everything:all", "--as", "it.manager"),
    ]
    assert [answer.code for answer in answers] == [1] * 5
    assert all(answer.sentence.startswith("bmp: ") for answer in answers)
    assert not any("Traceback" in answer.said for answer in answers)
    assert answers[1].sentence.startswith("bmp: /grants/0/role: This has to be one of: administrator,")
    assert answers[3].sentence == "bmp: There is no open account nobody.there."


def test_nobody_gives_by_command_what_they_could_not_give_by_request(place: Deployment) -> None:
    given = place.run(
        *("account", "create", "too.much", "--organisation", "ORG-MOI-IT", "--role", "administrator"),
        *("--as", "it.manager"),
    )
    assert given.sentence == "bmp: This reaches beyond your own rights."
    assert place.sql("SELECT 1 FROM accounts WHERE account_name = 'too.much'") == [], "and nothing is half done"


def test_a_client_from_making_to_closing(place: Deployment) -> None:
    made = place.run(
        *("client", "create", "Nightly export", "--scope", "register:read", "--scope", "equipment:read"),
        *("--component", "BMP-TN", "--as", "it.manager"),
    )
    assert (made.code, made.facts["scopes"]) == (0, ["equipment:read", "register:read"]), made.said
    ident = made.facts["client_id"]
    rotated = place.run("client", "rotate", ident, "--as", "it.manager", "--overlap-hours", 1)
    assert rotated.facts["client_id"] == ident
    assert rotated.facts["client_secret"] != made.facts["client_secret"]
    secrets = place.sql("SELECT secret_hash, expires_at IS NULL AS lasting FROM client_secrets ORDER BY created_at")
    assert [tuple(row) for row in secrets] == [
        (hash_secret(made.facts["client_secret"]), False),
        (hash_secret(rotated.facts["client_secret"]), True),
    ]
    other = place.run("client", "rotate", ident)
    assert other.sentence == "bmp: A client counts as its owner, so only its owner may do this."
    listed = place.run("client", "list", "--as", "it.manager").facts
    assert [(row["client_id"], row["owner"]["reference"], row["active"]) for row in listed] == [
        (ident, "it.manager", True)
    ]
    assert place.run("client", "close", ident).facts == {"client_id": ident, "active": False}
    assert place.sql("SELECT 1 FROM client_secrets") == []
    assert place.run("client", "close", ident).sentence == "bmp: This client is closed already."


def test_an_account_is_closed(place: Deployment) -> None:
    assert place.run("account", "close", "it.manager").facts == {"account_name": "it.manager", "active": False}
    assert place.run("account", "list", "--as", "it.manager").sentence == "bmp: There is no open account it.manager."


def test_tokens_need_a_secret_and_a_service(place: Deployment) -> None:
    strange = place.run("token", "cl-unknown")
    sentence = "bmp: cl-unknown is no account or client of a demo here; give a client's secret in BMP_CLIENT_SECRET"
    assert (strange.code, strange.sentence) == (1, sentence)
    away = place.run("token", "cl-unknown", "--url", "http://127.0.0.1:1", stdin="a secret\n")
    assert away.sentence.startswith("bmp: no service answers at http://127.0.0.1:1")


def test_vault_keys_rotate_and_the_old_one_is_retired(place: Deployment) -> None:
    secrets = place.server.folder.root / "secrets"
    keys = key_files.load(secrets)
    people = [uuid4() for _ in range(3)]

    async def add() -> None:
        connection = await asyncpg.connect(place.server.dsn("owner"))
        try:
            agency = await connection.fetchval("SELECT id FROM agencies WHERE reference = 'AG-TN-CG'")
            for person in people:
                await add_person(connection, keys, agency, person, f"Synthetic {person}")
        finally:
            await connection.close()

    asyncio.run(add())
    early = place.run("vault", "retire", 1)
    assert early.sentence == "bmp: key 1 is in use: `bmp vault rotate` first"
    assert place.run("vault", "retire", 7).sentence == "bmp: there is no key 7, only 1"
    assert place.run("vault", "rotate").facts == {"version": 2, "rewrapped": 3}
    assert [row[0] for row in place.sql("SELECT DISTINCT key_version FROM vault")] == [2]
    assert place.run("vault", "rewrap").facts == {"rewrapped": 0}
    young = place.run("vault", "retire", 1)
    said, seconds = young.sentence.split("; ")
    assert said == "bmp: key 2 is not five minutes old: somebody may be at work with key 1 still"
    assert re.fullmatch(r"try again in (300|2\d\d) seconds", seconds)
    os.utime(secrets / "vault" / "kek-2", (time.time() - 400, time.time() - 400))
    assert place.run("vault", "retire", 1).facts == {"retired": 1}
    assert sorted(path.name for path in (secrets / "vault").iterdir()) == ["kek-2"]
    found = key_files.load(secrets)
    assert [name_of(place.server.dsn("owner"), found, person) for person in people] == [
        f"Synthetic {person}" for person in people
    ]
    assert place.run("vault", "reindex").facts == {"reindexed": 0}
    tombstone = f'{{"trainee_id": "{people[0]}", "erased_at": "2026-11-01T00:00:00+00:00"}}\n'
    (place.server.folder.root / "erasures.jsonl").write_text(tombstone)
    assert place.run("vault", "replay-erasures").facts == {"erased_again": 1}
    assert name_of(place.server.dsn("owner"), found, people[0]) is None


def test_signing_keys_rotate_and_leaked_ones_go(place: Deployment) -> None:
    folder = place.server.folder.root / "secrets" / "signing"
    before = {path.name for path in folder.iterdir()}
    kid = place.run("keys", "rotate").facts["kid"]
    assert {path.name for path in folder.iterdir()} == before | {kid}
    last = place.run("keys", "rotate", "--leaked").facts["kid"]
    assert {path.name for path in folder.iterdir()} == {last}
    assert place.run("keys", "create").facts == {"made": []}


def test_the_doctor_finds_a_healthy_deployment_healthy(place: Deployment) -> None:
    answer = place.run("doctor")
    assert answer.facts["healthy"] is True, answer.facts
    found = {check["check"]: check["status"] for check in answer.facts["checks"]}
    assert answer.code == 0
    expected = (
        *("python", "keys", "database", "migrations", "roles", "walls"),
        *("counts", "history", "chains", "vault", "clock"),
    )
    assert {name: found[name] for name in expected} == dict.fromkeys(expected, "ok")


@pytest.mark.parametrize(
    ("check", "harm", "cure", "detail"),
    [
        ("migrations", "UPDATE alembic_version SET version_num = 'old'",
         f"UPDATE alembic_version SET version_num = '{head()}'", f"at old, this code wants {head()}: bmp migrate"),
        ("walls", "ALTER TABLE sites DISABLE ROW LEVEL SECURITY",
         "ALTER TABLE sites ENABLE ROW LEVEL SECURITY", "sites"),
        ("roles", "GRANT bmp_owner TO bmp_app", "REVOKE bmp_owner FROM bmp_app",
         "bmp_app is a member of bmp_owner"),
        ("history",
         f"INSERT INTO history_sums SELECT '2020-01-01Z', u, u, u, 90, {'0, ' * 9}1, 0 FROM gen_random_uuid() u",
         "DELETE FROM history_sums WHERE summed_at = '2020-01-01Z'",
         "sums of the past begin or cease to differ from the items' states in 1 place"),
        ("vault", "UPDATE vault SET wrapped_key = set_byte(wrapped_key, 4, 1) WHERE wrapped_key IS NOT NULL",
         "UPDATE vault SET wrapped_key = set_byte(wrapped_key, 4, 2) WHERE wrapped_key IS NOT NULL",
         "keys are wrapped with keys that are not there: 1 (people)"),
    ],
)  # fmt: skip
def test_the_doctor_names_what_is_wrong(place: Deployment, check: str, harm: str, cure: str, detail: str) -> None:
    async def as_superuser(statement: str) -> None:
        connection = await asyncpg.connect(place.server.dsn("postgres", "bmp"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(as_superuser(harm))
    try:
        answer = place.run("doctor")
    finally:
        asyncio.run(as_superuser(cure))
    assert (answer.code, answer.facts["healthy"]) == (1, False)
    assert [each for each in answer.facts["checks"] if each["status"] == "fail"] == [
        {"check": check, "status": "fail", "detail": detail}
    ]


def test_the_doctor_tells_of_receivers_that_were_given_up(place: Deployment) -> None:
    async def given_up() -> None:
        connection = await asyncpg.connect(place.server.dsn("owner", "bmp"))
        try:
            for because in ("failing", "owner", None):
                await connection.execute(
                    "INSERT INTO webhooks (id, owner_id, person_id, organisation_id, scopes, url, status, "
                    "disabled_because) SELECT $1, a.id, a.id, a.organisation_id, '{}', 'https://receiver.example/', "
                    "CASE WHEN $2::text IS NULL THEN 'active' ELSE 'disabled' END, $2 FROM accounts a LIMIT 1",
                    uuid4(), because,
                )  # fmt: skip
        finally:
            await connection.close()

    before = {each["check"]: each for each in place.run("doctor").facts["checks"]}["webhooks"]
    assert before == {"check": "webhooks", "status": "ok", "detail": "0 active"}
    asyncio.run(given_up())
    after = {each["check"]: each for each in place.run("doctor").facts["checks"]}["webhooks"]
    assert after == {"check": "webhooks", "status": "warn", "detail": "1 active; given up: 1 failing"}


def test_the_doctor_sees_open_keys_and_a_missing_database(root: Path) -> None:
    data = root / "ill"
    key_files.create_missing(data / "secrets")
    (data / "secrets" / "chain").chmod(0o644)
    answer = bmp("doctor", "--data", data)
    failed = {check["check"] for check in answer.facts["checks"] if check["status"] == "fail"}
    assert (answer.code, failed) == (1, {"keys", "checkpoints", "database"})
    text = CliRunner().invoke(cli, ["doctor", "--data", str(data)])
    assert (text.exit_code, "fail" in text.stdout, "`bmp serve` makes one," in text.stdout) == (1, True, True)


def test_a_used_database_is_never_given_new_keys(root: Path) -> None:
    data = root / "keyless"
    (data / "postgres").mkdir(parents=True)
    (data / "postgres" / "PG_VERSION").write_text("18\n")
    answer = bmp("migrate", "--data", data)
    assert (answer.code, "without its keys the service does not start" in answer.said) == (1, True)
    assert not (data / "secrets").exists()


def test_keys_that_are_missing_beside_a_database_of_ones_own_server_are_a_sentence(root: Path) -> None:
    secrets = root / "no-secrets"
    given: dict[str, str | None] = {"DATABASE_URL": "postgresql://bmp_app:hush@/bmp", "BMP_SECRETS": str(secrets)}
    for command in ("vault rotate", "keys rotate"):
        answer = bmp(*command.split(), environment=given)
        assert answer.code == 1
        assert answer.sentence == (
            f"bmp: {secrets} is missing; without its keys the service does not start "
            "(see `bmp restore --keys-from`); `bmp keys create` makes those of a new deployment"
        )
    assert not secrets.exists()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"BMP_PORT": "many"},
         "the configuration is not usable: BMP_PORT: This has to be a whole number."),
        ({"DATABASE_URL": "postgresql://bmp_app:hush@/bmp"},
         "the configuration is not usable: with DATABASE_URL, BMP_SECRETS must name the folder that holds the keys"),
        ({"DATABASE_URL": "postgresql://bmp_app:hush@/bmp", "BMP_SECRETS": "/nowhere"},
         "set DATABASE_OWNER_URL: this command works as the owner of the database"),
    ],
)  # fmt: skip
def test_a_configuration_that_is_not_usable_is_a_sentence(environment: dict[str, str | None], sentence: str) -> None:
    answer = bmp("migrate", environment=environment)
    assert (answer.code, answer.said) == (1, f"bmp: {sentence}\n")


def test_demo_data_stay_out_of_other_peoples_databases() -> None:
    elsewhere: dict[str, str | None] = {"DATABASE_URL": "postgresql://bmp_app:hush@/bmp", "BMP_SECRETS": "/nowhere"}
    for arguments in (("demo", "build"), ("demo", "credentials")):
        assert bmp(*arguments, environment=elsewhere).code == 1
    done = CliRunner().invoke(cli, ["serve", "--demo"], env=elsewhere)
    assert (done.exit_code, done.stderr.startswith("bmp: demo data belongs in an embedded database only")) == (1, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give its rights away")
def test_root_in_a_closed_home_keeps_its_data_where_a_database_can_be(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, opened = root / "closed", root / "opened"
    closed.mkdir(mode=0o700)
    opened.mkdir(mode=0o711)
    opened.chmod(0o711)
    found = reach.reachable(closed / ".data")
    assert (found.parent, found.name.startswith("closed-")) == (reach.ROOTS_OWN, True)
    assert reach.reachable(closed / ".data") == found, "the same each time"
    assert reach.reachable(opened / ".data") == opened / ".data"
    monkeypatch.chdir(closed)
    for name in [name for name in os.environ if name.startswith(("BMP_", "DATABASE_"))]:
        monkeypatch.delenv(name)
    assert reach.read_settings().data == found
    assert reach.read_settings(data=Path("chosen")).data == Path("chosen")


def test_the_start_screen_shows_where_everything_is(root: Path) -> None:
    secrets = root / "shown" / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "demo-credentials.json").write_text(
        '[{"organisation": "ORG-ICMPD", "role": "programme_manager", "account_name": "a.b", "password": "hush-hush"}]'
    )
    out = StringIO()
    banner(Console(file=out, width=200), Settings(data=root / "shown", port=8123, demo=True))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert "  API            http://127.0.0.1:8123/api/v1" in lines
    assert "  Documentation  http://127.0.0.1:8123/docs  (or /scalar, /redoc, /openapi.json)" in lines
    assert f"  Data folder    {root / 'shown'}" in lines
    assert "  ORG-ICMPD     programme_manager  a.b      hush-hush" in lines


def test_openapi_is_the_document_of_the_service() -> None:
    answer = CliRunner().invoke(cli, ["openapi"])
    assert answer.exit_code == 0
    assert answer.stdout.startswith('{\n  "components": {')


def test_commands_find_their_migrations_from_any_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    assert head() == NEWEST


def test_a_port_in_use_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        argv = ["serve", "--host", "127.0.0.1", "--port", str(port), "--data", str(tmp_path / "data")]
        answer = CliRunner().invoke(cli, argv, env={"DATABASE_URL": None})
    sentence = f"bmp: port {port} is in use; choose another with PORT=\n"
    assert (answer.exit_code, answer.stderr, list(tmp_path.iterdir())) == (1, sentence, [])


def test_help_shows_every_word_of_every_option() -> None:
    """Where help is shown in colours, what stands in square brackets is taken for markup."""
    wanted = "Data folder of the embedded database; the environment says it by BMP_DATA."
    shown = CliRunner().invoke(cli, ["export", "--help"], env={"COLUMNS": "200"}).stdout
    assert wanted in re.sub(r"[\s│]+", " ", shown)

    def commands(command: Any) -> Iterator[Any]:
        yield command
        for each in getattr(command, "commands", {}).values():
            yield from commands(each)

    texts = [
        text
        for each in commands(get_command(cli))
        for text in (each.help, *(p.help for p in each.params if hasattr(p, "help")))
    ]
    assert wanted in texts
    for text in filter(None, texts):
        assert Text.from_markup(text).plain == text


#: Every command that works on what is there; `serve`, `migrate`, `demo build` and `restore` begin a deployment.
NEEDS_ONE = (
    "jobs list", f"jobs show {UUID(int=1)}", f"jobs retry {UUID(int=1)}", f"jobs cancel {UUID(int=1)}",
    "account list", "account create xenia --display-name X", "account invite x", "account close x", "client list",
    "client create X --scope register:read", "client rotate x", "client close x", "audit verify", "audit checkpoint",
    "vault rotate", "vault rewrap", "vault retire 1", "vault reindex", "vault replay-erasures", "keys rotate", "seed",
    "backup --to b",
)  # fmt: skip


@pytest.mark.parametrize("command", NEEDS_ONE)
def test_a_command_makes_no_database_where_there_is_none(root: Path, command: str) -> None:
    data = root / "nowhere"
    answer = bmp(*command.split(), "--data", data)
    assert answer.sentence == f"bmp: there is no database in {data}; `bmp serve` makes one, --data names another folder"
    assert (answer.code, data.exists()) == (1, False)
