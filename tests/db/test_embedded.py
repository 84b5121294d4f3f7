"""The embedded PostgreSQL with real processes: made, found again, killed, misused."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.db import embedded_orphans
from app.db.embedded import (
    TEST_SETTINGS,
    BinariesMissing,
    DataFolderInUse,
    DataFolderUnusable,
    DataFolderVersion,
    Embedded,
    ServerFailed,
    binaries,
    temporary,
)

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0
PARENT = """
import sys
from pathlib import Path
from app.db.embedded import TEST_SETTINGS, Embedded
server = Embedded(Path(sys.argv[1]), settings=TEST_SETTINGS)
server.start()
print(server.pid, flush=True)
sys.stdin.read()
"""

Make = Callable[..., Embedded]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the account which runs PostgreSQL for root can reach; pytest's own is closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="bmp-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def make(place: Path) -> Iterator[Make]:
    """Makes servers in `place/data` and stops them, and whatever else runs in there, when the test ends."""
    made: list[Embedded] = []

    def one(folder: Path = place / "data", major: int = 18, **settings: str) -> Embedded:
        made.append(Embedded(folder, major, {**TEST_SETTINGS, **settings}))
        return made[-1]

    yield one
    for server in made:
        server.stop()
        embedded_orphans.stop_all(server.folder.root, server.folder.pgdata, 10)


def ask(dsn: str, *statements: str) -> Any:
    """Run statements on one connection and return the rows of the last."""

    async def connected() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return [tuple(row) for row in await connection.fetch(statements[-1])]
        finally:
            await connection.close()

    return asyncio.run(connected())


def parent_of(folder: Path) -> subprocess.Popen[str]:
    """Another process that starts a server in this folder and keeps it until it is killed."""
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", PARENT, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
    )


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def dead(server: Embedded) -> None:
    """Come back when the postmaster is no more."""
    assert server._postmaster is not None
    server._postmaster.wait(30)


@pytest.fixture(scope="module", params=[18, 16])
def shared(request: pytest.FixtureRequest) -> Iterator[Embedded]:
    """A server of each version, for tests that change nothing; started where the environment is full of traps."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "LANG": "fr_FR.UTF-8",
            "LC_ALL": "xx_XX",
            "TZ": "Africa/Tunis",
            "PGPORT": "9",
            "PGHOST": "nowhere.example",
            "PGUSER": "nobody",
            "PGOPTIONS": "-c no.such=1",
            "PGDATA": "/nowhere",
        }.items():
            environment.setenv(name, value)
        started = temporary(request.param, {"work_mem": "7MB"})
        server = started.__enter__()
    yield server
    started.__exit__(None, None, None)


def test_a_server_is_made_and_owes_nothing_to_the_environment(shared: Embedded) -> None:
    facts = ask(
        shared.dsn("postgres"),
        """SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'),
                  current_setting('data_checksums'), current_setting('listen_addresses'), current_setting('TimeZone'),
                  current_setting('password_encryption'), current_setting('lc_messages'), current_setting('work_mem'),
                  current_setting('jit'), current_setting('wal_level'), current_setting('fsync'),
                  (SELECT CASE datlocprovider WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc' END
                     FROM pg_database WHERE datname = current_database()),
                  (SELECT datcollate || ' ' || pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'bmp')""",
    )
    provider = {16: "libc", 18: "builtin"}[shared.major]
    plain = ("UTF8", "on", "", "UTC", "scram-sha-256", "C", "7MB", "off", "replica", "off")
    assert facts == [(shared.major, *plain, provider, "C bmp_owner")]


def test_roles_own_nothing_they_should_not_and_cannot_pass_policies(shared: Embedded) -> None:
    server = shared

    roles = ask(
        server.dsn("postgres"),
        """SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
                  has_database_privilege(rolname, 'bmp', 'CONNECT'), has_database_privilege(rolname, 'bmp', 'CREATE'),
                  has_database_privilege(rolname, 'bmp', 'TEMP'), has_schema_privilege(rolname, 'public', 'CREATE')
             FROM pg_roles WHERE rolname LIKE 'bmp%' ORDER BY rolname""",
    )
    assert roles == [
        ("bmp_app", True, False, False, False, False, False, True, False, False, False),
        ("bmp_owner", True, False, False, False, False, False, True, True, True, True),
        ("bmp_worker", True, False, False, False, False, False, True, False, False, False),
    ]
    ask(
        server.dsn("owner"),
        "CREATE TABLE kept (id int)",
        "INSERT INTO kept VALUES (1)",
        "ALTER TABLE kept ENABLE ROW LEVEL SECURITY",
        "GRANT SELECT ON kept TO bmp_app, bmp_worker",
        "SELECT 1",
    )
    assert ask(server.dsn("owner"), "SELECT id FROM kept") == [(1,)]
    for role in ("app", "worker"):
        assert ask(server.dsn(role), "SELECT id FROM kept") == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            ask(server.dsn(role), "SET row_security = off", "SELECT id FROM kept")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="schema public"):
            ask(server.dsn(role), "CREATE TABLE mine (id int)")
        for other in ("postgres", "template1"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
                ask(server.dsn(role, other), "SELECT 1")


def test_the_way_in_is_a_private_socket_and_a_password_that_is_shown_nowhere(shared: Embedded) -> None:
    server = shared
    folder = server.folder

    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (folder.pgdata, folder.run, folder.secrets, folder.log, *folder.secrets.iterdir())
    }
    assert modes == {
        "postgres": 0o700,
        "run": 0o700,
        "secrets": 0o700,
        "postgres.log": 0o600,
        "postgres_password": 0o600,
        "owner_password": 0o600,
        "app_password": 0o600,
        "worker_password": 0o600,
    }
    passwords = [path.read_text() for path in folder.secrets.iterdir()]
    assert len(set(passwords)) == 4
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(server.dsn("app").replace(":" + (server.folder.password("app") or ""), ":wrong"), "SELECT 1")
    assert server.pid is not None
    said = folder.log.read_text() + Path(f"/proc/{server.pid}/cmdline").read_text()
    assert [word for word in passwords if word in said] == []
    assert os.getsid(server.pid) == server.pid, "the terminal's Ctrl-C must not reach it"
    assert Path(f"/proc/{server.pid}").stat().st_uid == folder.pgdata.stat().st_uid != 0
    program = Path(f"/proc/{server.pid}/exe").readlink()
    assert program.is_relative_to(folder.runtime if AS_ROOT else binaries(shared.major))


def test_sqlalchemy_takes_the_same_url(shared: Embedded) -> None:

    async def who() -> str:
        engine = create_async_engine(shared.dsn("app").replace("postgresql://", "postgresql+asyncpg://"))
        try:
            async with engine.connect() as connection:
                return str(await connection.scalar(text("SELECT session_user")))
        finally:
            await engine.dispose()

    assert asyncio.run(who()) == "bmp_app"


def test_a_stop_keeps_what_was_committed_and_a_start_mends_what_is_missing(make: Make) -> None:
    server = make()
    assert (server.alive, server.running()) == (False, False)
    with pytest.raises(DataFolderUnusable, match="holds no password for bmp_app"):
        server.dsn("app")
    server.start()
    server.start()  # a second call finds it running
    ask(server.dsn("owner"), "CREATE TABLE kept AS SELECT 7 AS id", "SELECT 1")
    other = Embedded(server.folder.root)
    assert (server.alive, other.alive, other.running(), other.dsn("app")) == (True, False, True, server.dsn("app"))
    ask(server.dsn("postgres"), "DROP OWNED BY bmp_worker", "REVOKE ALL ON DATABASE bmp FROM bmp_worker", "SELECT 1")
    ask(server.dsn("postgres"), "DROP ROLE bmp_worker", "ALTER ROLE bmp_app BYPASSRLS SUPERUSER", "SELECT 1")

    server.stop()
    server.stop()

    assert (server.alive, other.running()) == (False, False)
    (server.folder.secrets / "owner_password").unlink()
    (server.folder.secrets / "postgres_password").unlink()
    server.start()
    assert ask(server.dsn("owner"), "SELECT id FROM kept") == [(7,)]
    assert ask(server.dsn("worker"), "SELECT session_user::text") == [("bmp_worker",)]
    assert ask(server.dsn("postgres"), "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = 'bmp_app'") == [
        (False, False)
    ]


def test_a_second_start_in_the_same_folder_names_the_first(make: Make, place: Path) -> None:
    parent = parent_of(place / "data")
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())

    with pytest.raises(DataFolderInUse) as refused:
        make().start()

    assert refused.value.pid == parent.pid
    assert str(refused.value) == (
        f"the data folder {place / 'data'} is in use by the process with pid {parent.pid};"
        " stop it first, or choose another folder"
    )
    assert embedded_orphans.postmaster_pid(place / "data" / "postgres") == pid, "the first still has its server"
    kill(parent)


def test_an_orphan_of_a_killed_parent_is_stopped_and_loses_nothing(make: Make, place: Path) -> None:
    parent = parent_of(place / "data")
    assert parent.stdout is not None
    orphan = int(parent.stdout.readline())
    server = make()
    ask(server.dsn("owner"), "CREATE TABLE kept AS SELECT 7 AS id", "SELECT 1")
    kill(parent)
    assert orphan in embedded_orphans.living(server.folder.pgdata)

    server.start()

    assert orphan not in embedded_orphans.living(server.folder.pgdata)
    assert server.pid in embedded_orphans.living(server.folder.pgdata)
    assert ask(server.dsn("owner"), "SELECT id FROM kept") == [(7,)]


def test_a_killed_postmaster_is_started_again_in_spite_of_a_busy_backend(make: Make) -> None:
    server = make(synchronous_commit="on")
    server.start()
    dsn = server.dsn("owner")
    ask(dsn, "CREATE TABLE kept AS SELECT 7 AS id", "SELECT 1")
    assert server.pid is not None
    killed = server.pid

    async def kill_while_busy() -> None:
        # A backend that computes looks for its postmaster only when it waits, so it outlives it.
        connection = await asyncpg.connect(dsn)
        watcher = await asyncpg.connect(server.dsn("postgres"))
        many = "generate_series(1, 1000000)"
        busy = asyncio.ensure_future(connection.execute(f"SELECT count(*) FROM {many} AS a, {many} AS b"))
        active = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT count%' AND state = 'active'"
        while not await watcher.fetchval(active):  # noqa: ASYNC110 - the state is in another process
            await asyncio.sleep(0.01)
        os.kill(killed, signal.SIGKILL)
        await asyncio.to_thread(dead, server)
        await asyncio.to_thread(server.start)
        with pytest.raises(asyncpg.PostgresConnectionError):
            await busy
        watcher.terminate()

    asyncio.run(kill_while_busy())

    assert server.pid != killed
    assert server.dsn("owner") == dsn
    assert ask(dsn, "SELECT id FROM kept") == [(7,)]


def test_pids_that_are_used_again_by_others_neither_confuse_nor_are_hurt(make: Make) -> None:
    server = make()
    server.start()
    server.stop()
    pgdata = server.folder.pgdata
    with subprocess.Popen(["/bin/sleep", "1000"], cwd=pgdata) as stranger:
        stale = f"{stranger.pid}\n{pgdata}\n1700000000\n5432\n{server.folder.run}\n\n  123456  7\nready   \n"
        (pgdata / "postmaster.pid").write_text(stale)
        (server.folder.run / ".s.PGSQL.5432.lock").write_text(stale)
        assert not server.running()

        server.start()

        assert stranger.poll() is None
        assert server.pid in embedded_orphans.living(pgdata)
        assert stranger.pid not in embedded_orphans.living(pgdata)
        stranger.kill()


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="this machine has no ps; it has /proc")
def test_where_there_is_no_proc_ps_finds_the_postmaster(shared: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    server = shared
    monkeypatch.setattr(embedded_orphans, "PROC", Path("/nowhere"))

    assert embedded_orphans.living(server.folder.pgdata) == {server.pid}
    assert embedded_orphans.living(server.folder.pgdata.parent) == set()


def test_a_folder_of_another_major_version_is_refused_unharmed(make: Make, place: Path) -> None:
    older = make(major=16)
    older.start()
    older.stop()

    with pytest.raises(DataFolderVersion) as refused:
        make(major=18).start()

    assert (refused.value.found, refused.value.wanted) == (16, 18)
    assert str(refused.value) == (
        f"the data folder {place / 'data'} was made by PostgreSQL 16, and PostgreSQL 18 was asked for;"
        " set BMP_POSTGRES_MAJOR=16, or back up with 16 and restore into a new folder"
    )
    older.start()
    assert ask(older.dsn("app"), "SELECT 1") == [(1,)]


def test_an_initdb_killed_half_way_is_done_again(make: Make, place: Path) -> None:
    data = place / "data"
    parent = parent_of(data)
    while not list(data.glob("postgres.part-*/PG_VERSION")):
        assert parent.poll() is None
    kill(parent)
    assert not (data / "postgres").exists()
    server = make()

    server.start()

    assert ask(server.dsn("app"), "SELECT session_user::text") == [("bmp_app",)]


def test_files_that_are_no_database_are_refused_and_kept(make: Make, place: Path) -> None:
    strange = place / "data" / "postgres" / "thesis.txt"
    strange.parent.mkdir(parents=True)
    for folder in (strange.parents[1], strange.parent):
        folder.chmod(0o711)
    strange.write_text("years of work")

    with pytest.raises(DataFolderUnusable) as refused:
        make().start()

    assert refused.value.reason == f"{strange.parent} holds files, but no database"
    assert strange.read_text() == "years of work"


def test_a_folder_that_cannot_be_is_refused_with_its_reason(place: Path, make: Make) -> None:
    (place / "file").write_text("")

    with pytest.raises(DataFolderUnusable) as refused:
        make(place / "file" / "data").start()

    assert refused.value.reason == f"Not a directory ({place / 'file' / 'data'})"


def test_a_closed_folder_on_the_way_is_named(place: Path, make: Make) -> None:
    closed = place / "closed"
    closed.mkdir()
    closed.chmod(0o700 if AS_ROOT else 0o500)

    with pytest.raises(DataFolderUnusable) as refused:
        make(closed / "data").start()

    assert str(closed) in refused.value.reason
    assert stat.S_IMODE(closed.stat().st_mode) == (0o700 if AS_ROOT else 0o500), "never opened by us"


@pytest.mark.skipif(not AS_ROOT, reason="only root runs PostgreSQL as somebody else")
def test_a_closed_data_folder_is_opened_when_it_holds_nothing_but_ours(place: Path, make: Make) -> None:
    ours = place / "data"
    ours.mkdir(mode=0o700)
    home = place / "home"
    home.mkdir(mode=0o700)
    (home / "thesis.txt").write_text("years of work")

    make(ours).start()
    with pytest.raises(DataFolderUnusable, match=f"may not pass through {home};"):
        make(home).start()

    assert (stat.S_IMODE(ours.stat().st_mode), stat.S_IMODE(home.stat().st_mode)) == (0o711, 0o700)


@pytest.mark.parametrize(
    "said",
    [
        'FATAL:  could not write to file "pg_wal/xlogtemp.77": No space left on device',
        'ERROR:  could not extend file "base/16387/3609": wrote only 4096 of 8192 bytes at block 4',
    ],
)
def test_a_full_disk_is_the_folders_trouble(place: Path, said: str) -> None:
    server = Embedded(place / "data")

    trouble = server._failure("PostgreSQL could not start", ("LOG:  starting", said))

    assert isinstance(trouble, DataFolderUnusable)
    assert trouble.reason == "no space left on device (PostgreSQL could not start)"


def test_a_path_too_long_for_a_socket_gets_a_remembered_folder_elsewhere(place: Path, make: Make) -> None:
    data = place / ("long-" * 20) / "data"
    server = make(data)
    server.start()
    elsewhere = server.folder.socket_folder

    assert elsewhere.parent != data
    assert len(str(elsewhere / ".s.PGSQL.5432").encode()) <= 107
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o700
    assert ask(Embedded(data).dsn("app"), "SELECT 1") == [(1,)]
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    dead(server)
    server.start()
    assert server.folder.socket_folder == elsewhere, "callers keep their URL when the server comes back"
    server.stop()
    assert not elsewhere.exists()


def test_trouble_at_start_brings_the_last_lines_of_the_log(make: Make) -> None:
    broken = make(shared_buffers="many")

    with pytest.raises(ServerFailed) as refused:
        broken.start()

    assert refused.value.what == "PostgreSQL could not start"
    assert [line.split("FATAL:")[-1].strip() for line in refused.value.log_lines] == [
        'invalid value for parameter "shared_buffers": "many"'
    ]
    server = make()
    server.start()
    assert ask(server.dsn("app"), "SELECT 1") == [(1,)]


def test_a_temporary_server_leaves_nothing_behind() -> None:
    with temporary() as server:
        folder = server.folder.root
        assert ask(server.dsn("app"), "SELECT current_setting('fsync')") == [("off",)]

    assert not folder.parent.exists()


def test_the_wheel_brings_two_major_versions() -> None:
    for major in (16, 18):
        said = subprocess.check_output([binaries(major) / "postgres", "--version"], text=True)  # noqa: S603 - the wheel's
        assert said.startswith(f"postgres (PostgreSQL) {major}.")
    with pytest.raises(BinariesMissing, match="no embedded PostgreSQL 17 is installed"):
        binaries(17)
