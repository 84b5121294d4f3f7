"""`bmp doctor`: what an operator would look at, in one look. Exit code 1 when anything fails."""

from __future__ import annotations

import asyncio
import platform
import shutil
import stat
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import asyncpg
import orjson
import typer
from rich.console import Console

from app.cli.options import AsJson, Data, many
from app.cli.reach import no_database, owner_url, read_settings
from app.db import migrating
from app.security import keys as key_files
from app.security import seals
from app.security.keys import KeysError
from app.services import wrapped_keys
from app.settings import Settings

Status = Literal["ok", "warn", "fail"]
Check = Callable[[Any, Settings], Awaitable[tuple[Status, str]]]
COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}

OLDEST_POSTGRES, NEWEST_POSTGRES = 16, 18
#: Bytes left on the disk below which it warns, and below which it fails.
ROOM_WARN, ROOM_FAIL = 2 << 30, 200 << 20
#: Seconds between the two clocks; tokens are good for minutes.
CLOCK_WARN_S, CLOCK_FAIL_S = 2.0, 60.0
LAG_WARN_S = 60.0
CHECKPOINT_WARN_S = 26 * 3600.0
SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    status: Status
    detail: str


def doctor(*, data: Data = None, as_json: AsJson = False) -> None:
    """Check versions, folders, keys, roles, migrations, counts, chains, clock and room; change nothing."""
    settings = read_settings(data=data)
    findings = [*_outside(settings), *_database(settings)]
    failed = any(finding.status == "fail" for finding in findings)
    if as_json:
        answer = {"healthy": not failed, "checks": [asdict(finding) for finding in findings]}
        sys.stdout.write(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        console = Console(highlight=False, soft_wrap=True)
        for finding in findings:
            console.print(f"[{COLOURS[finding.status]}]{finding.status:<5}[/] {finding.check:<14}", end="")
            console.print(finding.detail, markup=False)
    raise typer.Exit(1 if failed else 0)


def _outside(settings: Settings) -> Iterator[Finding]:
    """What can be seen without the database."""
    python = sys.version_info >= (3, 11)
    yield Finding("python", "ok" if python else "fail", platform.python_version())
    yield _keys(settings)
    yield _folder(settings)
    yield _checkpoints(settings)


def _keys(settings: Settings) -> Finding:
    folder = settings.secrets_dir
    try:
        loaded = key_files.load(folder)
    except (KeysError, OSError) as error:
        return Finding("keys", "fail", str(error))
    version, _ = loaded.newest_kek()
    return Finding("keys", "ok", f"{folder}: complete, closed to others; vault key {version}")


def _folder(settings: Settings) -> Finding:
    """Access and room of the data folder."""
    folder = settings.data
    if not folder.exists():
        return Finding("data folder", "fail" if settings.embedded else "warn", f"{folder} is not there")
    left = shutil.disk_usage(folder).free
    room = f"{folder}, {left >> 20} MiB free"
    if left < ROOM_FAIL:
        return Finding("data folder", "fail", f"{room}: hardly any")
    readable = stat.S_IMODE(folder.stat().st_mode) & 0o066
    if readable or left < ROOM_WARN:
        return Finding("data folder", "warn", room + (": others may list or change it" if readable else ": not much"))
    return Finding("data folder", "ok", room)


def _checkpoints(settings: Settings) -> Finding:
    """The signed list outside the database: whole, and of today."""
    path = settings.data / "checkpoints.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        found = seals.verify_lines(key_files.load(settings.secrets_dir).chain.public_key(), lines)
    except (seals.CheckpointBroken, KeysError, OSError) as error:
        return Finding("checkpoints", "fail", f"{path}: {error}")
    if not found:
        return Finding("checkpoints", "warn", "none yet: the worker signs one a day")
    age = (datetime.now(UTC) - found[-1].at).total_seconds()
    said = f"{len(found)} signed, the last {age / 3600:.1f} h ago over {found[-1].count} chains"
    return Finding("checkpoints", "warn" if age > CHECKPOINT_WARN_S else "ok", said)


def _database(settings: Settings) -> list[Finding]:
    missing = no_database(settings)
    if missing is not None:
        return [Finding("database", "fail", missing)]

    async def look(url: str) -> list[Finding]:
        try:
            connection = await asyncpg.connect(url, timeout=10)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            return [Finding("database", "fail", f"cannot be reached: {error}")]
        try:
            return [await _found(name, check, connection, settings) for name, check in _CHECKS.items()]
        finally:
            await connection.close()

    with owner_url(settings) as url:
        return asyncio.run(look(url))


async def _found(name: str, check: Check, connection: Any, settings: Settings) -> Finding:
    """One check. Where it cannot even look, that is what it found; most often the schema is another one."""
    try:
        status, detail = await check(connection, settings)
    except asyncpg.PostgresError as error:
        return Finding(name, "fail", f"cannot be looked at: {error.args[0]}")
    return Finding(name, status, detail)


async def _version(connection: Any, _settings: Settings) -> tuple[Status, str]:
    number = int(await connection.fetchval("SHOW server_version_num")) // 10_000
    status: Status = "ok" if OLDEST_POSTGRES <= number <= NEWEST_POSTGRES else "fail"
    status = "warn" if number > NEWEST_POSTGRES else status
    tested = "" if status == "ok" else f"; tested with {OLDEST_POSTGRES} to {NEWEST_POSTGRES}"
    return status, f"PostgreSQL {await connection.fetchval('SHOW server_version')}{tested}"


async def _migrations(connection: Any, _settings: Settings) -> tuple[Status, str]:
    found, head = await connection.fetchval("SELECT version_num FROM alembic_version"), migrating.head()
    if found == head:
        return "ok", f"at {found}"
    return "fail", f"at {found}, this code wants {head}: bmp migrate"


async def _roles(connection: Any, _settings: Settings) -> tuple[Status, str]:
    """The service's roles own nothing and go around no policy (HOUSE 4)."""
    bad = await connection.fetch(
        "SELECT r.rolname, CASE WHEN r.rolsuper THEN 'is superuser' WHEN r.rolbypassrls THEN 'bypasses row security' "
        "WHEN pg_has_role(r.oid, 'bmp_owner', 'MEMBER') THEN 'is a member of bmp_owner' "
        "WHEN EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid) THEN 'owns tables' "
        "WHEN NOT r.rolcanlogin THEN 'may not log in' END AS why "
        "FROM pg_roles r WHERE r.rolname IN ('bmp_app', 'bmp_worker')"
    )
    wrong = [f"{row['rolname']} {row['why']}" for row in bad if row["why"]]
    missing = {"bmp_app", "bmp_worker"} - {row["rolname"] for row in bad}
    wrong += [f"{name} is missing" for name in sorted(missing)]
    return "fail" if wrong else "ok", "; ".join(wrong) or "bmp_app and bmp_worker obey the policies"


async def _walls(connection: Any, _settings: Settings) -> tuple[Status, str]:
    bare = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
        "AND NOT relrowsecurity AND relname <> 'alembic_version' ORDER BY 1"
    )
    names = ", ".join(row[0] for row in bare)
    return "fail" if names else "ok", names or "row-level security is on for every table"


async def _counts(connection: Any, _settings: Settings) -> tuple[Status, str]:
    """The counts behind readiness against the items themselves (HOUSE 3.10)."""
    astray = await connection.fetchval("SELECT count(*) FROM app.holdings_astray()")
    items = await connection.fetchval("SELECT count(*) FROM items")
    if astray:
        return "fail", f"{many(astray, 'count')} of holdings not as the items are"
    return "ok", f"holdings add up over {many(items, 'item')}"


async def _history(connection: Any, _settings: Settings) -> tuple[Status, str]:
    """The sums of the past against the dated states of items (ADR 30)."""
    astray = await connection.fetchval("SELECT count(*) FROM app.history_astray()")
    sums, instants = await connection.fetchrow("SELECT count(*), count(DISTINCT summed_at) FROM history_sums")
    if astray:
        return "fail", f"sums of the past begin or cease to differ from the items' states in {many(astray, 'place')}"
    return "ok", f"{many(sums, 'sum')} of {many(instants, 'past instant')} are what the items' states add up to"


async def _chains(connection: Any, _settings: Settings) -> tuple[Status, str]:
    """The newest items' chains, by the database's own hash; `bmp audit verify` reads all of them."""
    row = await connection.fetchrow(
        "WITH s AS (SELECT id, head, event_count FROM items ORDER BY updated_at DESC, id LIMIT $1), "
        "e AS (SELECT e.*, lag(e.hash, 1, ''::bytea) OVER (PARTITION BY e.item_id ORDER BY e.position) AS before, "
        "rank() OVER (PARTITION BY e.item_id ORDER BY e.position) AS n FROM events e JOIN s ON s.id = e.item_id), "
        "bad AS (SELECT e.item_id FROM e WHERE e.n <> e.position OR e.previous <> e.before OR e.hash <> app.event_hash("
        "e.item_id, e.position, e.kind, e.occurred_at, e.recorded_at, e.actor_id, e.person_id, e.changes, e.payload, "
        "e.text_hash, e.corrects, e.document_id, e.previous) UNION "
        "SELECT s.id FROM s LEFT JOIN e ON e.item_id = s.id AND e.position = s.event_count "
        "WHERE e.hash IS DISTINCT FROM s.head) "
        "SELECT (SELECT count(*) FROM s) AS looked, (SELECT count(*) FROM bad) AS bad",
        SAMPLE,
    )
    if row["bad"]:
        return "fail", f"{row['bad']} of {row['looked']} chains do not hold: bmp audit verify"
    return "ok", f"of the newest items, {many(row['looked'], 'chain')} looked into, sound"


async def _vault(connection: Any, settings: Settings) -> tuple[Status, str]:
    """Every key that wraps other keys is there."""
    used = await wrapped_keys.in_use(connection)
    there = {int(path.name.removeprefix("kek-")) for path in (settings.secrets_dir / "vault").glob("kek-*")}
    lost = [f"{version} ({', '.join(used[version])})" for version in sorted(used) if version not in there]
    if lost:
        return "fail", f"keys are wrapped with keys that are not there: {', '.join(lost)}"
    return "ok", "every name, webhook and imported file can be opened"


async def _webhooks(connection: Any, _settings: Settings) -> tuple[Status, str]:
    """Receivers that the service gave up: somebody waits for events that are not sent."""
    lost = await connection.fetch(
        "SELECT disabled_because AS why, count(*) AS many FROM webhooks "
        "WHERE disabled_because IN ('failing', 'gone') GROUP BY 1 ORDER BY 1"
    )
    active = await connection.fetchval("SELECT count(*) FROM webhooks WHERE status = 'active'")
    said = ", ".join(f"{row['many']} {row['why']}" for row in lost)
    return "warn" if said else "ok", f"{active} active" + (f"; given up: {said}" if said else "")


async def _feed(connection: Any, _settings: Settings) -> tuple[Status, str]:
    lag = orjson.loads(await connection.fetchval("SELECT app.change_lag()"))
    said = f"{lag['waiting']} changes wait for their place, the oldest {lag['seconds']:.1f} s"
    late = lag["seconds"] > LAG_WARN_S
    return "warn" if late else "ok", said + ("; does the worker run?" if late else "")


async def _clock(connection: Any, _settings: Settings) -> tuple[Status, str]:
    theirs: datetime = await connection.fetchval("SELECT clock_timestamp()")
    apart = abs((datetime.now(UTC) - theirs).total_seconds())
    status: Status = "fail" if apart > CLOCK_FAIL_S else "warn" if apart > CLOCK_WARN_S else "ok"
    return status, f"{apart:.1f} s apart from the database's"


_CHECKS: dict[str, Check] = {
    "database": _version,
    "migrations": _migrations,
    "roles": _roles,
    "walls": _walls,
    "counts": _counts,
    "history": _history,
    "chains": _chains,
    "vault": _vault,
    "change feed": _feed,
    "webhooks": _webhooks,
    "clock": _clock,
}
