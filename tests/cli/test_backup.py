"""A backup is made while the service serves, verified, and is enough to lose the folder; erased people stay erased."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.db.embedded import TEST_SETTINGS, Embedded
from app.db.migrating import migrate
from app.security import keys as key_files
from app.security import vault
from app.services import vaulting_upkeep
from tests.cli.conftest import Answer, bmp
from tests.world import build

ROOT = Path(__file__).parents[2]
CHECKPOINT = "checkpoints.jsonl"
LOG_INS = "demo-credentials.json"
#: Stands in every text about the people of the deployment.
MARK = "Zyxwvutsrq"


@dataclass
class Deployment:
    """A data folder with a running server, two people in the vault and one stored file."""

    root: Path
    server: Embedded
    people: tuple[UUID, UUID]

    @property
    def data(self) -> Path:
        return self.server.folder.root

    def sql(self, query: str, *values: Any) -> Any:
        return asyncio.run(fetch(self.server.dsn("owner"), query, *values))


async def fetch(url: str, query: str, *values: Any) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query, *values)
    finally:
        await connection.close()


async def populate(url: str, keys: key_files.Keys) -> tuple[UUID, UUID]:
    connection = await asyncpg.connect(url)
    try:
        world = await build(connection, keys)
        people = uuid4(), uuid4()
        for number, person in enumerate(people):
            await add_person(connection, keys, world["tn-sfax"], person, f"Synthetic Officer {number}")
            await add_texts(connection, world["tn-sfax"], person)
        return people
    finally:
        await connection.close()


async def add_person(
    connection: asyncpg.Connection, keys: key_files.Keys, agency: UUID, person: UUID, name: str
) -> None:
    wrapped = vault.new_data_key(keys, owner_id=person)
    sealed = vault.seal(
        keys, table="vault", column="sealed_name", row_id=person, wrapped=wrapped, plaintext=name, owner_id=person
    )
    await connection.execute(
        "INSERT INTO trainees (id, agency_id, grade_band, sex, language) "
        "VALUES ($1, $2, 'civilian', 'undisclosed', 'fr')",
        person,
        agency,
    )
    await connection.execute(
        "INSERT INTO vault (trainee_id, agency_id, wrapped_key, key_version, sealed_name, blind_index) "
        "VALUES ($1, $2, $3, 1, $4, $5)",
        person,
        agency,
        wrapped,
        sealed,
        vault.blind_index(keys, agency, name),
    )


async def add_texts(connection: asyncpg.Connection, agency: UUID, person: UUID) -> None:
    """What is said of somebody in words: a licence, a note, why the name was read, an answer that is kept."""
    made, record = uuid4(), uuid4()
    await connection.execute(
        "INSERT INTO qualifications (id, trainee_id, agency_id, kind, type_id, starts_on, source, status, evidence) "
        "SELECT $1, $2, $3, 'operator', t.id, '2026-01-01', 'prior', 'proposed', $4 FROM equipment_types t",
        *(made, person, agency, f"{MARK} has a licence"),
    )
    await connection.execute(
        "INSERT INTO training_sessions (id, reference, component_id, course_id, starts_on, ends_on, half_days, "
        "language) SELECT $1::uuid, $1::uuid::text, c.id, k.id, '2026-01-01', '2026-01-05', 10, 'fr' "
        "FROM components c, courses k LIMIT 1",
        record,
    )
    await connection.execute(
        "INSERT INTO training_records (id, component_id, agency_id, session_id, trainee_id, nominated_by_person) "
        "SELECT s.id, s.component_id, $2, s.id, $3, $3 FROM training_sessions s WHERE s.id = $1",
        *(record, agency, person),
    )
    await connection.execute(
        "INSERT INTO record_events (id, record_id, component_id, agency_id, kind, occurred_at, actor_id, person_id, "
        "changes, note) SELECT $1, r.id, r.component_id, r.agency_id, 'nominate', now(), $1, $1, '{}', $2 "
        "FROM training_records r WHERE r.id = $1",
        *(record, f"{MARK} was late"),
    )
    await connection.execute(
        "INSERT INTO identity_reads (id, trainee_id, agency_id, caller_id, person_id, purpose) "
        "VALUES ($1, $2, $3, $1, $1, $4)",
        *(made, person, agency, f"Ask {MARK}"),
    )
    await connection.execute(
        "INSERT INTO idempotency_keys (caller_id, operation, key, body_hash, status, headers, answer) "
        "VALUES ($1, 'qualifications_create', 'k', '', 201, '{}', convert_to($2, 'UTF8'))",
        *(made, json.dumps({"id": str(made), "evidence": MARK})),
    )


def told_of(url: str) -> int:
    """Rows of any table in which something is said about people, as text or as bytes."""

    async def rows() -> int:
        connection = await asyncpg.connect(url)
        try:
            tables = await connection.fetch(
                "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
            words = f"{MARK}|{MARK.encode().hex()}"
            counts = [f"(SELECT count(*) FROM {table[0]} x WHERE x::text ~ $1)" for table in tables]
            return int(await connection.fetchval(f"SELECT {' + '.join(counts)}", words))
        finally:
            await connection.close()

    return asyncio.run(rows())


@pytest.fixture(scope="module")
def deployment(root: Path) -> Iterator[Deployment]:
    data = root / "data"
    with Embedded(data, 18, TEST_SETTINGS) as server:
        key_files.create_missing(data / "secrets")
        migrate(server.dsn("owner"))
        people = asyncio.run(populate(server.dsn("owner"), key_files.load(data / "secrets")))
        (data / "files" / "ab").mkdir(parents=True)
        (data / "files" / "ab" / "abcd").write_bytes(b"a stored file")
        (data / CHECKPOINT).write_text('{"a": "line"}\n')
        (data / "secrets" / LOG_INS).write_text("[]")
        yield Deployment(root, server, people)


def name_of(url: str, keys: key_files.Keys, person: UUID) -> str | None:
    async def row() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchrow("SELECT wrapped_key, sealed_name FROM vault WHERE trainee_id = $1", person)
        finally:
            await connection.close()

    found = asyncio.run(row())
    if found["wrapped_key"] is None:
        return None
    return vault.unseal(
        keys,
        table="vault",
        column="sealed_name",
        row_id=person,
        wrapped=found["wrapped_key"],
        sealed=found["sealed_name"],
        owner_id=person,
    )


@pytest.fixture(scope="module")
def made(deployment: Deployment) -> Answer:
    """One backup with its keys apart, made while the server runs."""
    answer = bmp(
        *("backup", "--to", deployment.root / "backups", "--keys-to", deployment.root / "safe"),
        *("--data", deployment.data),
    )
    assert answer.code == 0, answer.said
    return answer


def test_a_backup_tells_what_it_holds_and_holds_no_key(deployment: Deployment, made: Answer) -> None:
    folder = Path(made.facts["backup"])
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert sorted(manifest["parts"]) == ["checkpoints.jsonl", "database.dump", "erasures.jsonl", "files/ab/abcd"]
    assert manifest["tables"]["trainees"] == 2
    assert manifest["tables"]["sites"] == deployment.sql("SELECT count(*) FROM sites")
    assert (manifest["postgres"], list(manifest["keys"]["vault"])) == (18, ["1"])
    assert made.facts["rows"] == sum(manifest["tables"].values())
    assert {path.stat().st_mode & 0o077 for path in (folder, *folder.rglob("*"))} == {0}
    kek = (deployment.data / "secrets" / "vault" / "kek-1").read_bytes().strip()
    assert not any(kek in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert (Path(made.facts["keys"]) / "vault" / "kek-1").read_bytes().strip() == kek
    assert (Path(made.facts["keys"]) / LOG_INS).stat().st_mode & 0o777 == 0o600
    assert not list(folder.rglob(LOG_INS))


def test_the_folder_is_lost_and_comes_back_and_the_erased_stay_erased(
    deployment: Deployment, made: Answer, root: Path
) -> None:
    erased, kept = deployment.people
    outlived = root / "elsewhere.jsonl"
    outlived.write_text(json.dumps({"trainee_id": str(erased), "erased_at": "2026-11-20T08:00:00+00:00"}) + "\n")
    new = root / "new"
    answer = bmp(
        *("restore", made.facts["backup"], "--keys-from", made.facts["keys"], "--erasures", outlived),
        *("--data", new),
    )
    assert (answer.code, answer.facts) == (
        0,
        {
            "backup": made.facts["backup"],
            "made_at": json.loads((Path(made.facts["backup"]) / "manifest.json").read_bytes())["made_at"],
            "rows": made.facts["rows"],
            "erased_again": 1,
        },
    ), answer.said
    assert (new / "files" / "ab" / "abcd").read_bytes() == b"a stored file"
    assert (new / CHECKPOINT).read_text() == '{"a": "line"}\n'
    assert (new / "secrets" / LOG_INS).read_text() == "[]", "or the demo would give itself new passwords"
    assert (new / "secrets" / LOG_INS).stat().st_mode & 0o777 == 0o600
    assert not list(root.glob("new.*")), "nothing is left beside it"
    keys = key_files.load(new / "secrets")
    with Embedded(new, 18, TEST_SETTINGS) as server:
        url = server.dsn("owner")
        assert name_of(url, keys, erased) is None
        assert (told_of(deployment.server.dsn("owner")), told_of(url)) == (8, 4), "texts about the kept one only"
        assert name_of(url, keys, kept) == "Synthetic Officer 1"
        assert asyncio.run(fetch(server.dsn("app"), "SELECT count(*) FROM trainees")) == 0, "policies came along"
        assert asyncio.run(fetch(url, "SELECT count(*) FROM trainees WHERE erased_at IS NOT NULL")) == 1
        # The list knows it now: another restore needs no list from elsewhere.
        assert str(erased) in (new / vaulting_upkeep.TOMBSTONES).read_text()
    again = bmp("restore", made.facts["backup"], "--data", new)
    assert (again.code, "holds a service already" in again.said) == (1, True)


def test_a_copy_beside_the_original_sends_nothing(deployment: Deployment, root: Path) -> None:
    """Both would deliver what was waiting, and everything after it."""
    deployment.sql(
        "WITH a AS (SELECT id, organisation_id FROM accounts LIMIT 1) INSERT INTO webhooks "
        "(id, owner_id, person_id, organisation_id, scopes, url) "
        "SELECT gen_random_uuid(), id, id, organisation_id, '{}', 'https://receiver.test/' FROM a RETURNING 1"
    )
    made = bmp("backup", "--to", root / "hooks", "--keys-to", root / "hooks-keys", "--data", deployment.data)
    assert made.code == 0, made.said
    for copy, status in ((False, "active"), (True, "disabled")):
        new = root / f"copy-{copy}"
        more = ["--copy"] if copy else []
        answer = bmp("restore", made.facts["backup"], "--keys-from", made.facts["keys"], "--data", new, *more)
        assert answer.code == 0, answer.said
        with Embedded(new, 18, TEST_SETTINGS) as server:
            assert asyncio.run(fetch(server.dsn("owner"), "SELECT status FROM webhooks")) == status


def test_a_restore_into_an_empty_database_elsewhere(deployment: Deployment, made: Answer, root: Path) -> None:
    url = deployment.server.dsn("postgres", "postgres")
    asyncio.run(fetch(url, "CREATE DATABASE elsewhere OWNER bmp_owner"))
    target = deployment.server.dsn("owner", "elsewhere")
    asyncio.run(fetch(deployment.server.dsn("postgres", "elsewhere"), "ALTER SCHEMA public OWNER TO bmp_owner"))
    environment: dict[str, str | None] = {
        "DATABASE_URL": deployment.server.dsn("app", "elsewhere"),
        "DATABASE_OWNER_URL": target,
        "BMP_SECRETS": str(made.facts["keys"]),
        "BMP_DATA": str(root / "elsewhere"),
    }
    answer = bmp("restore", made.facts["backup"], environment=environment)
    assert (answer.code, answer.facts["rows"]) == (0, made.facts["rows"]), answer.said
    assert asyncio.run(fetch(target, "SELECT count(*) FROM trainees")) == 2
    assert (root / "elsewhere" / "files" / "ab" / "abcd").read_bytes() == b"a stored file"
    again = bmp("restore", made.facts["backup"], environment=environment)
    assert (again.code, "is not empty" in again.said) == (1, True)


@pytest.mark.parametrize("harm", ["changed", "missing", "strange", "manifest"])
def test_a_damaged_backup_is_refused_before_anything_is_made(made: Answer, root: Path, harm: str) -> None:
    copy = root / f"damaged-{harm}"
    shutil.copytree(made.facts["backup"], copy)
    dump = copy / "database.dump"
    if harm == "changed":
        content = bytearray(dump.read_bytes())
        content[len(content) // 2] ^= 1
        dump.write_bytes(content)
    elif harm == "missing":
        (copy / "files" / "ab" / "abcd").unlink()
    elif harm == "strange":
        (copy / "more").write_bytes(b"")
    else:
        (copy / "manifest.json").write_text("{")
    answer = bmp("restore", copy, "--keys-from", made.facts["keys"], "--data", root / f"never-{harm}")
    words = {
        "changed": f"{dump} was changed",
        "missing": f"{copy}/files/ab/abcd is missing",
        "strange": f"{copy}/more is not in the manifest",
        "manifest": f"{copy}/manifest.json cannot be read",
    }
    assert (answer.code, answer.said.splitlines()[-1]) == (1, f"bmp: {words[harm]}")
    assert not (root / f"never-{harm}").exists()


def test_other_keys_and_newer_versions_are_refused(made: Answer, root: Path) -> None:
    other = root / "other-keys"
    key_files.create_missing(other)
    answer = bmp("restore", made.facts["backup"], "--keys-from", other, "--data", root / "never")
    sentence = f"bmp: these are not the keys of this backup: chain, blind_index, vault/kek-1 in {other}"
    assert (answer.code, answer.said.splitlines()[-1]) == (1, sentence)
    newer = root / "newer"
    shutil.copytree(made.facts["backup"], newer)
    manifest = json.loads((newer / "manifest.json").read_bytes())
    (newer / "manifest.json").write_text(json.dumps({**manifest, "revision": "of_tomorrow", "version": "9.9"}))
    answer = bmp("restore", newer, "--keys-from", made.facts["keys"], "--data", root / "never")
    sentence = "bmp: the backup was made by bmp 9.9 (schema of_tomorrow), which is newer than this one"
    assert (answer.code, answer.said.splitlines()[-1]) == (1, sentence)
    assert not (root / "never").exists()


def test_keys_never_go_with_the_backup(deployment: Deployment, root: Path) -> None:
    for keys_to in (root / "both", root / "both" / "keys", root):
        answer = bmp("backup", "--to", root / "both", "--keys-to", keys_to, "--data", deployment.data)
        assert (answer.code, "keys do not go with the backup" in answer.said) == (1, True)
    assert not (root / "both").exists()


def test_no_copy_goes_into_the_data_folder(deployment: Deployment, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = deployment.data / "backups"
    (root / "link").symlink_to(deployment.data)
    monkeypatch.chdir(deployment.data)
    targets = ((inside, None), (deployment.data, None), (root / "link" / "backups", None), (Path("backups"), None))
    for to, keys_to in (*targets, (root / "apart", inside / "keys")):
        keys = () if keys_to is None else ("--keys-to", keys_to)
        answer = bmp("backup", "--to", to, *keys, "--data", deployment.data)
        wrong = keys_to or to
        sentence = f"bmp: {wrong} is in the data folder, and would be lost together with it: choose another place"
        assert (answer.code, answer.said.splitlines()[-1]) == (1, sentence)
    assert not inside.exists()
    assert not (root / "apart").exists()


def test_a_backup_killed_in_the_middle_leaves_no_half(deployment: Deployment, root: Path) -> None:
    """A pg_dump that writes something and never ends; then `kill -9`."""
    slow, to = root / "slow", root / "killed"
    slow.mkdir()
    program = slow / "pg_dump"
    program.write_text(
        f'#!/bin/sh\nfor a; do case $a in --file=*) echo half > "${{a#--file=}}";; esac; done\n'
        f'echo $$ > "{slow}/pid.new"; mv "{slow}/pid.new" "{slow}/pid"\nexec sleep 600\n'
    )
    program.chmod(0o755)
    arguments = ("backup", "--to", str(to), "--data", str(deployment.data))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BMP_", "DATABASE_"))}
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", "from app.cli import main; main()", *arguments, "--programs", str(slow)],
        env={**kept, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not (slow / "pid").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.wait()
    os.kill(int((slow / "pid").read_text()), signal.SIGKILL)
    assert [path.name.startswith(".bmp-part-") for path in to.iterdir()] == [True]
    answer = bmp(*arguments, "--no-trial")
    assert answer.code == 0, answer.said
    assert [path.name for path in to.iterdir()] == [Path(answer.facts["backup"]).name], "and the half is gone"


def test_a_failed_dump_says_why_and_leaves_nothing(deployment: Deployment, root: Path) -> None:
    broken = root / "broken"
    broken.mkdir()
    (broken / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump: error: no such luck' >&2\nexit 1\n")
    (broken / "pg_dump").chmod(0o755)
    answer = bmp("backup", "--to", root / "none", "--data", deployment.data, "--programs", broken)
    assert (answer.code, answer.said.splitlines()[-1]) == (1, "bmp: pg_dump: pg_dump: error: no such luck")
    assert list((root / "none").iterdir()) == []


def test_there_is_nothing_to_back_up_where_no_database_is(root: Path) -> None:
    folder = root / "empty"
    key_files.create_missing(folder / "secrets")
    answer = bmp("backup", "--to", root / "none", "--data", folder)
    assert (answer.code, answer.said.splitlines()[-1]) == (
        1,
        f"bmp: there is no database in {folder}; `bmp serve` makes one, --data names another folder",
    )
