"""`python -m bench`: builds a register, runs each workload by turns with its limits, prints one table.

A machine is not the same for ten minutes on end. So each workload is measured in rounds, and in each round one after
the other: an empty FastAPI answer, the workload by 16 and by 64 connections, and the bare statements. Every figure, and
every ratio of two, is the middle one of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from app.db.identities import identity
from bench import bulk, imports, load, webhooks, workloads, writes
from bench.limits import pgbench
from bench.place import Place, place, uvicorn
from bench.report import Line, print_table

SECONDS = 2
ROUNDS = 3
EMPTY = "bench.empty:create_app"


@dataclass(frozen=True)
class Server:
    """A uvicorn to ask."""

    port: int
    pid: int


@dataclass
class Options:
    """What to run."""

    items: int
    seconds: int
    rounds: int
    only: str


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of each part of a round")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="", help="run only workloads whose name holds this text")
    options = Options(**vars(parser.parse_args()))
    lines: list[Line] = []
    try:
        with place(options.items) as made:
            asyncio.run(_run(made, options, lines))
    finally:  # what was measured before something failed, or somebody stopped it, is not lost
        if lines:
            _keep(lines, options)


def _keep(lines: list[Line], options: Options) -> None:
    print_table(lines, options.items)
    results = Path("bench/results")
    results.mkdir(exist_ok=True)
    name = time.strftime("%Y-%m-%dT%H%M%S") + f"-{options.items}.json"
    (results / name).write_text(json.dumps([asdict(line) for line in lines], indent=1))


async def _run(made: Place, options: Options, lines: list[Line]) -> None:
    known = await workloads.callers(made)
    with uvicorn(made, EMPTY):
        empty = Server(made.port, made.pid)
        with uvicorn(made):
            await _all(made, options, known, empty, lines)
    print()


async def _all(made: Place, options: Options, known: Any, empty: Server, lines: list[Line]) -> None:
    everything: dict[str, Callable[[], Any]] = {
        **workloads.steps(made, known),
        "create": lambda: writes.create(made, identity(known["all"])),
        "transition": lambda: writes.report(made, identity(known["all"])),
    }
    empties: list[load.Result] = []
    for name, step in everything.items():
        if options.only in name:
            lines.append(await _measure(made, name, await step(), options, empty, empties))
            print(".", end="", flush=True)
    if empties:
        lines.insert(0, Line.of("empty FastAPI answer", empties))
    for name, work in {**bulk.steps(made), **webhooks.steps(made)}.items():
        if options.only in name:
            lines.append(await work())
            print(".", end="", flush=True)
    for name, several in imports.steps(made).items():
        if options.only in name:
            lines.extend(await several())
            print(".", end="", flush=True)


@dataclass(frozen=True)
class _Round:
    """What one round saw, one after the other."""

    empty: load.Result
    ours: load.Result
    wide: load.Result
    bare: float
    as_application: float

    @property
    def ratio(self) -> float:
        """Of the bare statements."""
        return self.ours.per_second / self.bare

    @property
    def cpu_over_empty(self) -> float:
        """The server's CPU time of an answer, in those of an empty one."""
        return self.ours.cpu_of_each / self.empty.cpu_of_each


async def _measure(
    made: Place, name: str, workload: workloads.Workload, options: Options, empty: Server, empties: list[load.Result]
) -> Line:
    ours = Server(made.port, made.pid)
    await _http(ours, workload.request, 16, options.seconds)
    rounds = [await _round(made, workload, options.seconds, empty, ours) for _ in range(options.rounds)]
    empties += [each.empty for each in rounds]
    line = Line.of(name, [each.ours for each in rounds])
    line.p99_over_p50_at_64 = median(each.wide.spread for each in rounds)
    line.cpu_over_empty = median(each.cpu_over_empty for each in rounds)
    line.bare = median(each.bare for each in rounds)
    line.as_application = median(each.as_application for each in rounds)
    line.ratio, line.target = median(each.ratio for each in rounds), workload.target
    results = [result for each in rounds for result in (each.ours, each.wide)]
    if failures := sum(result.failures for result in results):
        first = next(result.first_failure for result in results if result.failures)
        line.note = f"{failures} failures: {first}"[:300]
    return line


async def _round(made: Place, workload: workloads.Workload, seconds: int, empty: Server, ours: Server) -> _Round:
    return _Round(
        await _http(empty, lambda: load.get("/livez", ""), 16, seconds),
        await _http(ours, workload.request, 16, seconds),
        await _http(ours, workload.request, 64, seconds),
        await _limit(made, "owner", workload.script, seconds),
        await _limit(made, "app", workload.app_script, seconds),
    )


async def _limit(made: Place, role: str, script: str, seconds: int) -> float:
    return (await asyncio.to_thread(pgbench, made.dsn(role), script, clients=16, seconds=seconds)).per_second


async def _http(server: Server, request: Callable[[], bytes], connections: int, seconds: int) -> load.Result:
    return await load.drive(server.port, request, connections=connections, seconds=seconds, pid=server.pid, warm=0.3)


if __name__ == "__main__":
    main()
