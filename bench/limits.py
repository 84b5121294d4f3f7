"""The limits: pgbench with the same bare statements, as the owner and as the application role under its policies."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from app.db.embedded_runtime import binaries


@dataclass
class Limit:
    """What pgbench measured."""

    per_second: float
    p50: float
    p99: float


def _environment(dsn: str) -> dict[str, str]:
    parts = urlsplit(dsn)
    host = parse_qs(parts.query)["host"][0]
    return {
        **os.environ,
        "PGHOST": host,
        "PGPORT": "5432",
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.lstrip("/"),
    }


def pgbench(dsn: str, script: str, *, clients: int, seconds: int) -> Limit:
    """Run a script in prepared mode; transactions per second and milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(script)
        run = subprocess.run(
            [
                str(binaries(18) / "pgbench"),
                "-n",
                "-M",
                "prepared",
                "-c",
                str(clients),
                "-j",
                "1",
                "-T",
                str(seconds),
                "-l",
                "--log-prefix",
                f"{folder}/log",
                "-f",
                str(file),
            ],
            env=_environment(dsn),
            capture_output=True,
            text=True,
            check=False,
        )
        found = re.search(r"tps = ([\d.]+)", run.stdout)
        if found is None or run.returncode != 0:
            raise RuntimeError(f"pgbench failed: {run.stderr[-2000:]}")
        times = sorted(
            int(line.split()[2]) / 1000 for log in Path(folder).glob("log*") for line in log.read_text().splitlines()
        )
    return Limit(float(found[1]), times[len(times) // 2], times[int(len(times) * 0.99)])


def bare(sql: str, *values: str) -> str:
    """A compiled statement with its `$n` replaced by expressions of the script."""
    for number in range(len(values), 0, -1):
        sql = sql.replace(f"${number}", values[number - 1])
    return sql.replace("\n", " ")


def transaction(statement: str, *, preamble: str = "", setup: str = "") -> str:
    """One transaction of a script."""
    return f"{setup}BEGIN;\n{preamble}{statement};\nCOMMIT;\n"
