"""How far something is, on standard error: bars on a terminal, a line per step elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

Told = Callable[[str, int, int | None], None]
"""What is being done, how many are done, out of how many (None: nobody knows)."""


#: Seconds between two lines about one step, where there is no terminal.
EVERY_S = 10.0


@contextmanager
def progress(console: Console) -> Iterator[Told]:
    """Tell people how far each step is. A new name begins a new step."""
    if not console.is_terminal:
        yield _lines(console, time.monotonic)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        steps: dict[str, TaskID] = {}

        def tell(step: str, done: int, total: int | None) -> None:
            if step not in steps:
                steps[step] = bars.add_task(step, total=total)
            bars.update(steps[step], completed=done, total=total)

        yield tell


@dataclass
class _Step:
    """What was told of a step."""

    began: float
    told: float
    done: int = 0
    over: bool = False


def _lines(console: Console, clock: Callable[[], float]) -> Told:
    """For logs and pipes: a line when a step is done, and every ten seconds while it goes on."""
    steps: dict[str, _Step] = {}

    def tell(step: str, done: int, total: int | None) -> None:
        now = clock()
        known = steps.get(step)
        if known is None or done < known.done:  # begun, or begun again
            known = steps[step] = _Step(now, now)
        if total is not None and done >= total:
            if not known.over:
                console.print(f"{step}: {done} ({now - known.began:.1f} s)", markup=False, highlight=False)
            known.over = True
        elif done > known.done and now - known.told >= EVERY_S:
            out_of = "" if total is None else f" of {total}"
            console.print(f"{step}: {done}{out_of}", markup=False, highlight=False)
            known.told = now
        known.done = done

    return tell
