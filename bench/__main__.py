"""`python -m bench`: builds a register, runs each workload next to its limits, prints one table."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.db.identities import identity
from bench import bulk, imports, load, webhooks, workloads, writes
from bench.limits import pgbench
from bench.place import Place, place, uvicorn
from bench.report import Line, print_table

SECONDS = 6
CONNECTIONS = (16, 64)


@dataclass
class Options:
    """What to run."""

    items: int
    seconds: int
    only: str


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--only", default="", help="run only workloads whose name holds this text")
    options = Options(**vars(parser.parse_args()))
    lines: list[Line] = []
    with place(options.items) as made:
        asyncio.run(_run(made, options, lines))
    print_table(lines, options.items)
    results = Path("bench/results")
    results.mkdir(exist_ok=True)
    name = time.strftime("%Y-%m-%dT%H%M%S") + f"-{options.items}.json"
    (results / name).write_text(json.dumps([asdict(line) for line in lines], indent=1))


async def _run(made: Place, options: Options, lines: list[Line]) -> None:
    known = await workloads.callers(made)
    empty = None
    with uvicorn(made, "bench.empty:create_app"):
        empty = await _http(made, lambda: load.get("/livez", ""), 16, options.seconds)
        lines.append(Line.of("empty FastAPI answer", empty))
    cpu_of_empty = empty.cpu_seconds / max(len(empty.latencies), 1)
    with uvicorn(made):
        everything: dict[str, Callable[[], Any]] = {
            **workloads.steps(made, known),
            "create": lambda: writes.create(made, identity(known["all"])),
            "transition": lambda: writes.report(made, identity(known["all"])),
        }
        for name, step in everything.items():
            if options.only not in name:
                continue
            workload = await step()
            lines.append(await _measure(made, name, workload, options, cpu_of_empty))
            print(".", end="", flush=True)
        for name, work in {**bulk.steps(made), **webhooks.steps(made)}.items():
            if options.only in name:
                lines.append(await work())
                print(".", end="", flush=True)
        for name, several in imports.steps(made).items():
            if options.only in name:
                lines.extend(await several())
                print(".", end="", flush=True)
    print()


async def _measure(made: Place, name: str, workload: workloads.Workload, options: Options, cpu_of_empty: float) -> Line:
    result = await _http(made, workload.request, 16, options.seconds)
    wide = await _http(made, workload.request, 64, options.seconds)
    line = Line.of(name, result)
    line.p99_over_p50_at_64 = wide.percentile(0.99) / wide.percentile(0.5) if wide.latencies else None
    line.cpu_over_empty = result.cpu_seconds / max(len(result.latencies), 1) / cpu_of_empty
    line.target = workload.target
    if workload.script:
        line.bare = (await _limit(made, "owner", workload.script, options.seconds)).per_second
        line.as_application = (await _limit(made, "app", workload.app_script, options.seconds)).per_second
        line.ratio = line.per_second / line.bare
    if result.failures or wide.failures:
        line.note = f"{result.failures + wide.failures} failures: {result.first_failure or wide.first_failure}"[:300]
    return line


async def _limit(made: Place, role: str, script: str, seconds: int) -> Any:
    return await asyncio.to_thread(pgbench, made.dsn(role), script, clients=16, seconds=seconds)


async def _http(made: Place, request: Callable[[], bytes], connections: int, seconds: int) -> load.Result:
    return await load.drive(made.port, request, connections=connections, seconds=seconds, pid=made.pid)


if __name__ == "__main__":
    main()
