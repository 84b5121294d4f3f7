"""The table that the bench prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.load import Result


@dataclass
class Line:
    """One workload, beside its limits."""

    name: str
    per_second: float
    p50: float
    p99: float
    cpu_us: float
    peak_mib: float
    spread: float | None = None
    p99_over_p50_at_64: float | None = None
    cpu_over_empty: float | None = None
    bare: float | None = None
    as_application: float | None = None
    ratio: float | None = None
    target: float | None = None
    note: str = ""

    @classmethod
    def of(cls, name: str, rounds: Sequence[Result]) -> Line:
        """From what the load client saw: the middle one of the rounds, in each figure."""
        return cls(
            name,
            median(each.per_second for each in rounds),
            median(each.percentile(0.5) for each in rounds),
            median(each.percentile(0.99) for each in rounds),
            median(each.cpu_of_each for each in rounds) * 1e6,
            max(each.peak_mib for each in rounds),
            spread=median(each.spread for each in rounds),
        )

    @property
    def met(self) -> str:
        """Whether the target was met."""
        if self.ratio is None or self.target is None:
            return ""
        return "yes" if self.ratio >= self.target else "NO"


def _number(value: float | None, digits: int = 0) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def print_table(lines: list[Line], items: int) -> None:
    """Requests per second, milliseconds, CPU microseconds per request of the server, MiB at its peak."""
    table = Table(title=f"{items:,} items, one uvicorn worker, 16 connections")
    for heading in (
        "workload", "req/s", "p50 ms", "p99 ms", "p99/p50 @16", "@64", "CPU µs", "× empty", "MiB",
        "bare/s", "as app/s", "ratio", "target", "met",
    ):  # fmt: skip
        table.add_column(heading, justify="left" if heading == "workload" else "right")
    for line in lines:
        table.add_row(
            line.name,
            _number(line.per_second),
            _number(line.p50, 2),
            _number(line.p99, 2),
            _number(line.spread or line.p99 / line.p50 or None, 1),
            _number(line.p99_over_p50_at_64, 1),
            _number(line.cpu_us),
            _number(line.cpu_over_empty, 2),
            _number(line.peak_mib),
            _number(line.bare),
            _number(line.as_application),
            _number(line.ratio, 3),
            _number(line.target, 2),
            line.met,
        )
    console = Console(width=190)
    console.print(table)
    for line in lines:
        if line.note:
            console.print(f"{line.name}: {line.note}", markup=False)
